"""--until: a run ends early once a latency is known well enough, at an instant
of the schedule, and what was sent is exactly the plan up to it."""

import signal
import time

import pytest
from results import (
    Results,
    check_all_books,
    digest,
    instance,
    ns,
    planned_keys,
    stats,
    wait_until,
    write_workload,
)
from stage import Stage, ended, said, sleep_until

# Below 30 s bins take 0.1 s: looks are at 3, 6, 12 and 24 s. The spread of easy
# latencies is independent from call to call, and larger than that of a busy
# machine, which would correlate.
EASY = ("--no-auth", "--latency", "lognormal:200ms:0.1")
NOISY = ("--no-auth", "--latency", "lognormal:20ms:1.5")
GOAL = "response p50 within 10%"
ENDS = "known as precisely as --until asks: nothing is sent from "
S = 10**9


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path) as it:
        yield it


def workload_of(folder, duration_s=20, **keys):
    return write_workload(
        folder,
        {
            "a": instance(distribution="Poisson", rate=150, auth="none"),
            "b": instance(distribution="Uniform", rate=40, auth="none"),
        },
        test_duration_in_seconds=duration_s,
        **keys,
    )


def run(invocator, workload, url, out, *goals, options=(), code=0):
    words = [word for goal in goals for word in ("--until", goal)]
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", out, *words, *options],
        timeout=90,
    )
    assert done.returncode == code, done.stdout + done.stderr
    results = Results(out)
    results.stdout, results.stderr = done.stdout, done.stderr
    check_all_books(results)
    return results


def before(keys, instant_s):
    return {key for key in keys if ns(key[2]) < instant_s * S}


def end_of(summary):
    """Where the run ended: 3 s after its second look, or a moment later if
    reports were late."""
    for goal in summary["until"]:
        assert goal["known"]
        assert all(look["within"] for look in goal["looks"])
    looks = [look["at_s"] for look in goal["looks"]]
    assert len(looks) == 2
    assert looks[1] + 3 <= summary["stopped_at_s"] < looks[1] + 6
    return summary["stopped_at_s"]


def check_prefix(invocator, results):
    """All that was planned before the instant was sent, and nothing else."""
    summary = results.summary
    stopped_at_s = end_of(summary)
    planned = planned_keys(invocator, results.workload)
    prefix = before(planned, stopped_at_s)
    assert 0 < len(prefix) < len(planned)
    assert results.keys() == prefix
    assert summary["planned"] == summary["sent"] == len(prefix)
    assert summary["unsent"] == summary["dropped"] == 0
    assert summary["schedule_digest"] == {
        "planned": digest(prefix),
        "sent": digest(prefix),
    }
    for name, block in summary["instances"].items():
        own = {key for key in prefix if key[0] == name}
        assert block["planned"] == block["sent"] == len(own)
        assert block["schedule_digest"]["planned"] == digest(own)
    for worker in summary["workers"]:
        own = sum(row["worker"] == worker["name"] for row in results.rows)
        assert worker["planned"] == worker["sent"] == own
        assert "stopped_at_s" not in worker
    assert "not sent" not in results.reasons
    return prefix, stopped_at_s


def test_an_easy_run_ends_after_its_second_look(gateway, invocator, tmp_path):
    out = tmp_path / "out"
    goals = [GOAL, "service mean within 10%"]
    results = run(invocator, workload_of(tmp_path), gateway(*EASY), out, *goals)
    summary = results.summary
    prefix, end_s = check_prefix(invocator, results)
    assert [goal["goal"] for goal in summary["until"]] == goals
    for goal in summary["until"]:
        assert [look["at_s"] for look in goal["looks"]] == [3, 6]
        last = goal["looks"][-1]
        for key in ("estimate_us", "low_us", "high_us"):
            assert goal[key] == last[key]
        assert goal["low_us"] <= goal["estimate_us"] <= goal["high_us"]
        assert 180_000 < goal["estimate_us"] < 260_000
    assert end_s <= summary["duration_s"] < end_s + 2
    # Of what was played, by the time that it took.
    assert summary["rate_per_s"]["planned"] == len(prefix) / end_s
    assert summary["rate_per_s"]["sent"] == len(prefix) / end_s
    assert f"until        {GOAL}: known, " in results.stdout
    assert f"ended early  at {end_s:g} s of 20 s" in results.stdout
    assert f"--until '{GOAL}'" in summary["command"]
    assert "stopped" not in summary and not summary["interrupted"]


def test_a_warm_up_is_before_the_first_look(gateway, invocator, tmp_path):
    workload = workload_of(tmp_path, warmup_in_seconds=1.25)
    results = run(invocator, workload, gateway(*EASY), tmp_path / "out",
                  GOAL)
    # The first bin wholly after the warm-up begins at 1.3 s.
    goal, = results.summary["until"]
    assert [look["at_s"] for look in goal["looks"]] == [4.3, 7.3]
    prefix, _ = check_prefix(invocator, results)
    warm = before(prefix, 1.25)
    assert results.summary["warmup"]["planned"] == len(warm)
    assert results.summary["measured"]["planned"] == len(prefix) - len(warm)


def test_a_noisy_run_goes_on_to_its_end(gateway, invocator, tmp_path):
    workload = workload_of(tmp_path, duration_s=8)
    results = run(invocator, workload, gateway(*NOISY), tmp_path / "out",
                  "response p50 within 40%", "response p99 within 1%")
    summary = results.summary
    assert "stopped_at_s" not in summary
    known, unknown = summary["until"]
    # The last look is at the end, of all bins.
    assert [look["at_s"] for look in unknown["looks"]] == [3, 6, 8]
    assert not unknown["known"] and not unknown["looks"][-1]["within"]
    assert known["known"]
    planned = planned_keys(invocator, workload)
    assert results.keys() == planned
    assert summary["schedule_digest"]["sent"] == digest(planned)
    assert "until        response p99 within 1%: not known, " in results.stdout
    assert "ended early" not in results.stdout


def test_a_run_with_too_few_bins_has_no_look(gateway, invocator, tmp_path):
    workload = workload_of(tmp_path, duration_s=2)
    results = run(invocator, workload, gateway(*EASY), tmp_path / "out",
                  "lateness p90 within 50%")
    goal, = results.summary["until"]
    assert goal["looks"] == [] and goal["known"] is False
    assert goal["estimate_us"] is None
    assert "fewer than 30 bins" in results.stdout


def test_a_slow_call_holds_a_look_up(gateway, invocator, tmp_path):
    """A look waits for the calls of its bins, the slow ones among them."""
    workload = write_workload(
        tmp_path,
        {"a": instance(distribution="Uniform", rate=100, auth="none")},
        test_duration_in_seconds=25,
    )
    url = gateway("--no-auth", "--latency", "lognormal:1500ms:0.1")
    results = run(invocator, workload, url,
                  tmp_path / "out", GOAL)
    goal, = results.summary["until"]
    assert [look["at_s"] for look in goal["looks"]] == [3, 6]
    # Calls that are due just before 6 s end after 7.5 s, and are reported after
    # that.
    assert results.summary["stopped_at_s"] >= 9
    check_prefix(invocator, results)


def test_thresholds_judge_what_was_played(gateway, invocator, tmp_path):
    workload = workload_of(
        tmp_path,
        thresholds=["unsent < 1", "sent_rate > 100", "ok >= 100%"],
    )
    results = run(invocator, workload, gateway(*EASY), tmp_path / "out",
                  GOAL)
    check_prefix(invocator, results)
    assert all(t["state"] == "met" for t in results.summary["thresholds"])
    checked = invocator(["check", tmp_path / "out", "--threshold",
                         "sent_rate > 100"])
    assert checked.returncode == 0, checked.stdout + checked.stderr
    shown = invocator(["report", tmp_path / "out", "-o", tmp_path / "again.html"])
    assert shown.returncode == 0, shown.stdout + shown.stderr


def test_a_blocking_plan_ends_with_its_queue(gateway, invocator, tmp_path):
    """All that is due before the instant is sent, late as it is."""
    workload = write_workload(
        tmp_path,
        {
            name: instance(distribution="Uniform", rate=4.5, auth="none")
            for name in "abcdef"
        },
        test_duration_in_seconds=20,
        blocking_cli=True,
    )
    results = run(invocator, workload, gateway(*EASY), tmp_path / "out",
                  "service p50 within 20%")
    assert results.summary["blocked_us"]["max"] > 0
    check_prefix(invocator, results)


def play_fleet(stage, workload, url, workers, *options):
    coordinator = stage.coordinator(
        workload, url, "--until", GOAL, *options,
        workers=workers,
    )
    names = [f"w{i}" for i in range(workers)]
    processes = [stage.worker(name) for name in names]
    return coordinator, processes


@pytest.mark.parametrize("policy", ["finish", "replan"])
def test_three_workers_send_the_prefix_of_one(gateway, invocator, stage,
                                              tmp_path, policy):
    workload = workload_of(tmp_path)
    coordinator, workers = play_fleet(stage, workload, gateway(*EASY), 3,
                                      "--on-worker-loss", policy)
    ended(coordinator, 0)
    for worker in workers:
        ended(worker, 0)
    results = stage.results()
    check_all_books(results)
    check_prefix(invocator, results)
    assert len(results.summary["workers"]) == 3


def test_a_worker_that_leaves_while_the_run_ends(gateway, stage, tmp_path):
    """It sends nothing from its Leave on, which shows."""
    workload = workload_of(tmp_path)
    coordinator, workers = play_fleet(stage, workload, gateway(*EASY), 2)
    said(coordinator, ENDS)
    workers[1].send_signal(signal.SIGTERM)
    ended(workers[0], 0)
    ended(workers[1], 0)
    ended(coordinator, 3)
    results = stage.results()
    check_all_books(results)
    summary = results.summary
    end_s = end_of(summary)
    leaver, = (w for w in summary["workers"] if w["name"] == "w1")
    left_s = leaver["left_at_s"]
    assert left_s < end_s
    assert summary["unsent"] == leaver["unsent"] > 0
    assert "the run was being stopped" in summary["losses"][0]
    for row in results.rows:
        until_s = left_s if row["worker"] == "w1" else end_s
        assert float(row["scheduled_s"]) < until_s


def test_a_worker_that_dies_while_the_run_ends(gateway, stage, tmp_path):
    workload = workload_of(tmp_path)
    coordinator, workers = play_fleet(stage, workload, gateway(*EASY), 2,
                                      "--on-worker-loss", "replan")
    said(coordinator, ENDS)
    workers[1].kill()
    workers[1].wait()
    ended(coordinator, 3, 60)
    results = stage.results()
    check_all_books(results)
    end_s = end_of(results.summary)
    for worker in results.summary["workers"]:
        assert worker["lost"] == (worker["name"] == "w1")
        # What the other one was to play, it played.
        assert worker["lost"] or worker["unsent"] == 0
    assert all(float(row["scheduled_s"]) < end_s for row in results.rows)


def test_an_order_that_comes_late_shows(gateway, stage, invocator, tmp_path):
    """A worker that gets the order after its instant stops when it gets it:
    its part of the plan ends there, to the call."""
    workload = workload_of(tmp_path)
    url = gateway(*EASY)
    proxy = stage.proxy()
    coordinator = stage.coordinator(
        workload, url, "--until", GOAL, workers=2)
    workers = [stage.worker("near"), stage.worker("far", via=proxy)]
    wait_until(lambda: stats(url)["requests"] > 20, "calls")
    # Step by step: after 3 s without a ping a worker gives its stream up.
    begun_s = time.monotonic()
    for delay_s in range(1, 5):
        proxy.delay(0, delay_s)
        sleep_until(begun_s + delay_s)
    ended(coordinator, 0, 60)
    for worker in workers:
        ended(worker, 0)
    results = stage.results()
    check_all_books(results)
    summary = results.summary
    end_s = end_of(summary)
    near, far = sorted(summary["workers"], key=lambda w: w["name"], reverse=True)
    assert "stopped_at_s" not in near
    assert end_s < far["stopped_at_s"] < end_s + 5
    assert "worker far at " in coordinator.log()
    assert "the order came too late" in coordinator.log()
    # Each has sent all of its own before its end, and nothing later.
    planned = planned_keys(invocator, workload)
    rows = {}
    for row in results.rows:
        key = (row["instance"], int(row["sequence"]), row["scheduled_s"])
        rows.setdefault(row["worker"], set()).add(key)
    assert before(rows["near"], end_s) == rows["near"]
    assert before(rows["far"], far["stopped_at_s"]) == rows["far"]
    assert rows["near"] | before(rows["far"], end_s) == before(planned, end_s)
    late = rows["far"] - before(planned, end_s)
    assert late
    assert summary["planned"] == summary["sent"] == len(results.rows)
    assert summary["schedule_digest"]["planned"] == digest(results.keys())


def test_interrupted_while_it_ends(gateway, stage, tmp_path):
    workload = workload_of(tmp_path)
    coordinator, workers = play_fleet(stage, workload, gateway(*EASY), 1)
    said(coordinator, ENDS)
    coordinator.send_signal(signal.SIGINT)
    ended(coordinator, 130)
    results = stage.results()
    check_all_books(results)
    assert results.summary["interrupted"] is True
    assert results.summary["sent"] < results.summary["planned"]


@pytest.mark.parametrize(
    "goal, what",
    [
        ("response p99", 'character 13: expected "within" after response p99, '
         "found the end"),
        ("response p99 within", "expected a number such as 5 or 0.5, found "
         "the end"),
        ("response p99 within 5", "expected % at the end, found the end"),
        ("response p99 within 5ms", 'expected % at the end, found "ms"'),
        ("response p99 within 0%", "character 21: expected more than 0"),
        ("response p99 within 101%", "at most 100"),
        ("response p99 < 5%", 'expected "within" after response p99, found '
         '"<"'),
        ("response max within 5%", "character 10: expected mean or a "
         'percentile below p100, whose precision is known, found "max"'),
        ("response p100 within 5%", "expected mean or a percentile below p100"),
        ("cold within 5%", "character 1: expected lateness, service, response "
         'or first_byte, whose precision is known, found "cold"'),
        ("cold_service p50 within 5%", "expected lateness, service"),
        ("respons p99 within 5%", 'did you mean "response"?'),
        ("", "expected one of: lateness"),
        ("response p99 within 5% of it", 'found "% of it"'),
        ("response \x1b[31m within 5%", "found"),
    ],
)
def test_bad_goals_are_refused(invocator, tmp_path, goal, what):
    workload = workload_of(tmp_path)
    done = invocator(["run", workload, "--out", tmp_path / "out",
                      "--until", goal])
    assert done.returncode == 2
    assert what in done.stderr
    assert "--until" in done.stderr
    assert "\x1b" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_all_bad_goals_are_told(invocator, tmp_path):
    done = invocator(["run", workload_of(tmp_path), "--out", tmp_path / "out",
                      "--until", "sent within 5%", "--until", "init p9"])
    assert done.returncode == 2
    assert done.stderr.count("--until") == 2
