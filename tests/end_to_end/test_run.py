"""`invocator run` keeps its books: summary, CSV, schedule and payloads agree,
for any number of threads and any choice of records."""

import json
import shutil

import pytest
from botocore.credentials import Credentials
from botocore_verifier import BotocoreVerifier
from results import (
    KEY,
    KEYS,
    SECRET,
    Results,
    check_all_books,
    check_rows,
    digest,
    every,
    instance,
    planned_keys,
    stats,
    write_workload,
)

MIXED = {
    "poisson": instance(distribution="Poisson", rate=300),
    "uniform": instance(distribution="Uniform", rate=100, resource="u"),
    "windowed": instance(
        distribution="Poisson", rate=200, activity_window=[0.3, 0.7]
    ),
    'with, comma "ü"': every(0.05, 20, resource="list"),
    "none": instance(distribution="Poisson", rate=0),
}


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway("--latency", "lognormal:5ms:0.5", "--fail", "0.05")


@pytest.fixture(scope="module")
def workload(tmp_path_factory):
    return write_workload(tmp_path_factory.mktemp("workload"), MIXED)


def play(invocator, workload, url, out, *options, code=0, env=KEYS):
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", out, *options],
        env=env,
    )
    assert done.returncode == code, done.stderr
    results = Results(out)
    check_all_books(results)
    results.stdout, results.stderr = done.stdout, done.stderr
    return results


@pytest.fixture(scope="module")
def played(invocator, workload, url, tmp_path_factory):
    out = tmp_path_factory.mktemp("played") / "a" / "new folder"
    before = stats(url)["requests"]
    results = play(invocator, workload, url, out, "--threads", 2)
    results.requests = stats(url)["requests"] - before
    return results


def test_everything_planned_was_sent_once(invocator, workload, played):
    keys = planned_keys(invocator, workload)
    assert 400 < len(keys) < 700
    assert played.keys() == keys
    assert played.requests == len(keys)
    summary = played.summary
    assert summary["planned"] == summary["sent"] == len(keys)
    assert set(summary["outcomes"]) == {"ok", "function_error"}
    assert summary["schedule_digest"] == {
        "planned": digest(keys),
        "sent": digest(keys),
    }


def test_rows_and_summary_agree(played):
    check_rows(played)
    assert list(played.summary["instances"]) == list(MIXED)
    assert {row["worker"] for row in played.rows} == {
        worker["name"] for worker in played.summary["workers"]
    }
    for row in played.rows:
        assert len(row["request_id"]) == 36
        assert int(row["bytes_sent"]) > 300
        assert int(row["bytes_received"]) > 100


def test_summary_says_what_the_run_was(played):
    summary = played.summary
    assert summary["schema_version"] == 1
    assert len(summary["run_id"]) == 16
    assert (summary["test_name"], summary["seed"]) == ("test", 100)
    assert summary["interrupted"] is False
    assert 1 <= summary["duration_s"] < 5
    rates = summary["rate_per_s"]
    assert rates["planned"] == pytest.approx(summary["planned"])
    assert 0 < rates["completed"] <= rates["sent"] <= rates["planned"]
    (worker,) = summary["workers"]
    assert worker["threads"] == 2 and worker["cpu_s"] > 0
    assert worker["max_rss_bytes"] > 1_000_000
    assert summary["verdict"]["state"] in ("kept", "marginal", "missed")
    assert summary["verdict"]["reasons"]


def test_connections_are_reused(played):
    opened = sum(int(row["new_connection"]) for row in played.rows)
    assert 1 <= opened < len(played.rows) / 4
    (worker,) = played.summary["workers"]
    assert sum(e["connections"] for e in worker["engines"]) == opened


def test_resolved_workload_plays_the_same_schedule(
    invocator, played, url, tmp_path
):
    # Elsewhere, so that nothing of it can point to where it came from.
    shutil.copy(played.workload, tmp_path / "again.json")
    again = play(invocator, tmp_path / "again.json", url, tmp_path / "out")
    assert again.keys() == played.keys()
    assert (
        again.summary["schedule_digest"] == played.summary["schedule_digest"]
    )


def test_drawn_seed_is_told_and_repeats_the_run(invocator, url, tmp_path):
    path = write_workload(
        tmp_path,
        {"a": instance(distribution="Poisson", rate=50)},
        random_seed=None,
    )
    first = play(invocator, path, url, tmp_path / "first")
    seed = first.summary["seed"]
    assert str(seed) in first.stderr and str(seed) in first.stdout
    again = play(invocator, first.workload, url, tmp_path / "again")
    assert again.summary["seed"] == seed
    assert again.keys() == first.keys()


@pytest.mark.parametrize("threads", [1, 4])
def test_any_number_of_threads_sends_the_same(
    invocator, workload, url, played, tmp_path, threads
):
    results = play(
        invocator, workload, url, tmp_path / "out", "--threads", threads
    )
    assert results.keys() == played.keys()
    (worker,) = results.summary["workers"]
    assert len(worker["engines"]) == worker["threads"] == threads


def test_without_records_the_summary_is_whole(
    invocator, workload, url, played, tmp_path
):
    results = play(
        invocator, workload, url, tmp_path / "out", "--records", "none"
    )
    assert not (tmp_path / "out" / "invocations.csv").exists()
    summary = results.summary
    assert (
        summary["schedule_digest"] == played.summary["schedule_digest"]
    )
    for name in ("lateness_us", "service_us", "response_us"):
        assert summary[name]["count"] == summary["sent"]


def test_sampled_records_are_the_same_for_any_number_of_threads(
    invocator, workload, url, played, tmp_path
):
    samples = []
    for threads in (1, 2):
        results = play(
            invocator,
            workload,
            url,
            tmp_path / str(threads),
            *("--records", "sample:0.1", "--threads", threads),
        )
        assert results.summary["sent"] == len(played.rows)
        assert results.summary["response_us"]["count"] == len(played.rows)
        samples.append(results.keys())
    assert samples[0] == samples[1]
    assert samples[0] < played.keys()
    # Five standard deviations of a binomial; the seed is given, so no luck.
    expected = 0.1 * len(played.rows)
    assert abs(len(samples[0]) - expected) < 5 * (0.9 * expected) ** 0.5


def test_payloads_are_cycled_in_the_order_of_sequence(invocator, tmp_path):
    bodies = [{"n": 1}, [2, "zwei"], "drei", 4.5, None]
    (tmp_path / "list.json").write_text(json.dumps(bodies))
    (tmp_path / "one.json").write_text('{"only": "one"}')
    path = write_workload(
        tmp_path,
        {
            "list": every(0.01, 12, payload="list.json", resource="list"),
            "one": every(0.01, 3, payload="one.json", resource="one"),
            "empty": every(0.01, 3, resource="empty"),
        },
        # One after the other, so that they arrive in order.
        blocking_cli=True,
    )
    with BotocoreVerifier(Credentials(KEY, SECRET)) as verifier:
        results = play(invocator, path, verifier.url, tmp_path / "out")
        seen = list(verifier.seen)
    assert results.outcomes == {"ok": 18}

    def received(resource):
        return [r.body for r in seen if r.target == f"/default/{resource}"]

    assert [json.loads(b) for b in received("list")] == (bodies * 3)[:12]
    assert [json.loads(b) for b in received("one")] == [{"only": "one"}] * 3
    assert received("empty") == [b""] * 3
    for request in seen:
        has_body = request.target != "/default/empty"
        kind = "application/json" if has_body else None
        assert request.header("content-type") == kind


def test_payload_of_a_megabyte_arrives_whole(invocator, tmp_path):
    body = {"text": "x" * 1_500_000}
    (tmp_path / "big.json").write_text(json.dumps(body))
    path = write_workload(tmp_path, {"a": every(0.1, 3, payload="big.json")})
    with BotocoreVerifier(Credentials(KEY, SECRET)) as verifier:
        results = play(invocator, path, verifier.url, tmp_path / "out")
        received = [json.loads(r.body) for r in verifier.seen]
    assert received == [body] * 3
    assert results.outcomes == {"ok": 3}
    assert all(int(r["bytes_sent"]) > 1_500_000 for r in results.rows)


def test_plan_of_nothing_is_a_run_of_nothing(invocator, url, tmp_path):
    path = write_workload(
        tmp_path, {"a": instance(distribution="Poisson", rate=0)}
    )
    results = play(invocator, path, url, tmp_path / "out")
    assert results.summary["planned"] == results.summary["sent"] == 0
    assert results.rows == []


def test_out_may_be_relative_and_end_in_a_slash(
    invocator, url, tmp_path, monkeypatch
):
    path = write_workload(tmp_path, {"a": every(0.1, 2)})
    monkeypatch.chdir(tmp_path)
    for out in ("slash/", "deep/er//", "plain"):
        done = invocator(
            ["run", path, "--endpoint-url", url, "--out", out], env=KEYS
        )
        assert done.returncode == 0, done.stderr
        assert Results(tmp_path / out).summary["sent"] == 2


def test_results_go_to_a_new_folder_under_runs(
    invocator, url, tmp_path, monkeypatch
):
    path = write_workload(tmp_path, {"a": every(0.1, 2)}, test_name="my test")
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        done = invocator(["run", path, "--endpoint-url", url], env=KEYS)
        assert done.returncode == 0, done.stderr
    folders = sorted((tmp_path / "runs").iterdir())
    assert len(folders) == 2
    for folder in folders:
        assert folder.name.startswith("my test-2")
        assert Results(folder).summary["sent"] == 2
