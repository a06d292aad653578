"""The timeline of a run: every bin agrees with the rows of its calls, for any
number of workers, and the bins add up to the totals."""

import collections
import json
import subprocess

import pytest
from conftest import REPOSITORY
from results import (
    KEYS,
    Results,
    check_all_books,
    every,
    instance,
    ns,
    planned_keys,
    write_told_workload,
    write_workload,
)
from stage import Stage, ended
from timeline_oracle import (
    check_bins,
    check_latencies_of,
    check_sums,
    read,
    read_log,
    width_s,
)

# Calls that last longer than a bin, some of them cold.
LATENCY = ("--latency", "lognormal:60ms:1", "--cold-start", "300ms")


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path) as it:
        yield it


def play(invocator, path, url, out, *options, code=0):
    done = invocator(
        ["run", path, "--endpoint-url", url, "--out", out, *options],
        env=KEYS,
        timeout=90,
    )
    assert done.returncode == code, done.stderr
    results = Results(out)
    results.stdout, results.stderr = done.stdout, done.stderr
    check_all_books(results)
    check_sums(results)
    return results


def mixed(folder, duration_s, **keys):
    return write_workload(
        folder,
        {
            "steady": instance(distribution="Uniform", rate=120),
            "bursty": instance(distribution="Poisson", rate=60),
            'na,me "/]]>': every(0.05, 20),
        },
        test_duration_in_seconds=duration_s,
        **keys,
    )


def test_every_bin_is_what_its_rows_say(invocator, gateway, tmp_path):
    url = gateway(*LATENCY, "--fail", "0.1")
    path = mixed(tmp_path, 3)
    results = play(invocator, path, url, tmp_path / "out")
    check_bins(results, duration_s=3)
    planned = collections.Counter(
        (name, ns(at) // 100_000_000)
        for name, _, at in planned_keys(invocator, path)
    )
    for row in read(results):
        if row["instance"]:
            number = round(float(row["start_s"]) * 10)
            assert int(row["planned"]) == planned[row["instance"], number]


def test_hdrhistogram_reads_the_log(invocator, gateway, tmp_path):
    python = REPOSITORY / ".venv" / "bin" / "python"
    has_it = python.exists() and not subprocess.run(
        [python, "-c", "import hdrh"], stderr=subprocess.DEVNULL
    ).returncode
    if not has_it:
        pytest.skip("no .venv with hdrhistogram (scripts/test.sh makes it)")
    path = mixed(tmp_path, 2, warmup_in_seconds=0.5)
    results = play(invocator, path, gateway(*LATENCY), tmp_path / "out")
    done = subprocess.run(
        [python, REPOSITORY / "tests" / "oracle" / "hdr_log.py", "read"]
        + [results.folder / "histograms.hlog"],
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    log = read_log(results)
    lines = done.stdout.splitlines()
    assert len(lines) == len(log)
    for line, ((tag, _), cells) in zip(lines, log.items(), strict=True):
        name, _, _, _, total, *counts = line.split(" ")
        assert name == (tag or "-")
        assert int(total) == sum(cells.values())
        assert counts == [f"{cell}:{n}" for cell, n in cells.items()]


def test_a_run_of_half_a_minute_has_bins_of_a_second(
    invocator, gateway, tmp_path
):
    path = write_workload(
        tmp_path,
        {"a": every(1.5, 20)},
        test_duration_in_seconds=30,
    )
    results = play(invocator, path, gateway(), tmp_path / "out")
    assert width_s(30) == 1
    check_bins(results, duration_s=30)
    # Bins without calls have a row without percentiles.
    rows = [row for row in read(results) if row["instance"] == ""]
    assert len(rows) >= 30
    assert {row["response_p99_us"] == "" for row in rows} == {True, False}


def test_dropped_and_aborted_calls_are_in_the_bins_of_their_instants(
    invocator, gateway, tmp_path
):
    path = write_workload(
        tmp_path, {"a": every(0.02, 100)}, test_duration_in_seconds=2
    )
    results = play(
        *(invocator, path, gateway("--latency", "10s"), tmp_path / "out"),
        *("--overload", "drop", "--max-in-flight", 30, "--threads", 1),
        *("--drain", "200ms"),
    )
    assert results.outcomes == {"aborted": 30}
    check_bins(results, duration_s=2)
    rows = [row for row in read(results) if row["instance"] == "a"]
    # The first thirty fill the limit: 20 ms, 40 ms, ... 600 ms.
    for row in rows:
        start_s = float(row["start_s"])
        assert int(row["dropped"]) == (5 if 0.65 < start_s < 1.95 else
                                       4 if 0.55 < start_s < 0.65 else
                                       1 if 1.95 < start_s < 2.05 else 0), row
    assert results.summary["max_in_flight"] == 30
    assert rows[-1]["in_flight"] == "30"


def test_a_warmup_is_in_the_books_and_the_bins_but_in_no_statistics(
    invocator, gateway, tmp_path
):
    path = mixed(tmp_path, 3, warmup_in_seconds=0.87)
    results = play(
        *(invocator, path, gateway(*LATENCY, "--cold-start-header", "X-Cold"),
          tmp_path / "out"),
    )
    check_bins(results, duration_s=3, warmup_s=0.87)
    summary = results.summary
    for block, rows in [(summary, results.rows)] + [
        (block, results.rows_of(name))
        for name, block in summary["instances"].items()
    ]:
        for row in rows:
            early = ns(row["scheduled_s"]) < 870_000_000
            assert row["phase"] == ("warmup" if early else "measured")
        measured = [row for row in rows if row["phase"] == "measured"]
        check_latencies_of(block, measured)
        assert block["sent"] == len(rows)
        assert block["measured"]["sent"] == len(measured)
        assert block["warmup"]["sent"] == len(rows) - len(measured)
        ok = sum(row["outcome"] == "ok" for row in measured)
        assert block["measured"]["outcomes"]["ok"] == ok
        assert block["rate_per_s"]["sent"] == pytest.approx(
            len(measured) / (3 - 0.87), rel=0.02
        )
    # The kept workload plays the same run.
    kept = json.loads(results.workload.read_text())
    assert kept["warmup_in_seconds"] == 0.87


def test_beyond_64_instances_the_rest_share_a_lane(
    invocator, gateway, tmp_path
):
    instances = {
        f"i{n:02}": every(0.9 / (n % 7 + 2), n % 7 + 1) for n in range(70)
    }
    path = write_workload(tmp_path, instances)
    results = play(invocator, path, gateway(), tmp_path / "out")
    rows = read(results)
    names = {row["instance"] for row in rows} - {""}
    assert len(names) == 65 and "(others)" in names
    fewest = {name for name in instances if name not in names}
    # The shared lane has the six instances with the fewest invocations: of
    # those with one, the last.
    once = [f"i{n:02}" for n in range(70) if n % 7 == 0]
    assert fewest == set(once[-6:])
    others = [row for row in rows if row["instance"] == "(others)"]
    assert sum(int(row["sent"]) for row in others) == 6
    log = read_log(results)
    assert any(tag == "response/%28others%29" for tag, _ in log)


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_the_bins_of_a_fleet_are_those_of_its_rows(
    invocator, gateway, stage, workers
):
    path = mixed(stage.folder, 3, warmup_in_seconds=1)
    coordinator = stage.coordinator(
        path, gateway(*LATENCY), workers=workers
    )
    for number in range(workers):
        stage.worker(f"w{number}")
    ended(coordinator, 0)
    results = stage.results()
    check_all_books(results)
    check_sums(results)
    check_bins(results, duration_s=3, warmup_s=1)
    # The same by worker.
    sent = collections.Counter(
        (row["worker"], ns(row["sent_s"]) // 100_000_000)
        for row in results.rows
    )
    late = collections.defaultdict(list)
    for row in results.rows:
        key = row["worker"], ns(row["scheduled_s"]) // 100_000_000
        late[key].append(float(row["lateness_us"]))
    for row in read(results, "workers.csv"):
        key = row["worker"], round(float(row["start_s"]) * 10)
        assert int(row["sent"]) == sent[key]
        if late[key]:
            assert float(row["lateness_max_us"]) == pytest.approx(
                max(late[key]), abs=0.001
            )
        else:
            assert row["lateness_max_us"] == ""


def test_lost_calls_are_in_the_bins_for_which_they_were_scheduled(
    invocator, stage
):
    """A killed worker has sent calls that it did not report: the calls of its
    last bins."""
    target = stage.target(latency_s=0.3)
    path = write_told_workload(
        stage.folder,
        {f"i{n}": {"distribution": "Uniform", "rate": 50} for n in range(2)},
        duration_s=6,
    )
    planned = {
        (name, sequence): ns(at)
        for name, sequence, at in planned_keys(invocator, path)
    }
    coordinator = stage.coordinator(path, target.url, workers=2)
    workers = [stage.worker("w0"), stage.worker("w1")]
    from stage import kill
    from results import wait_until

    wait_until(lambda: len(target.calls()) > 200, "the run to be under way")
    kill(workers[0])
    ended(coordinator, 3, deadline_s=60)
    results = stage.results()
    check_all_books(results)
    check_sums(results)
    lost = results.outcomes["lost"]
    assert lost > 0
    # Calls without a row that were due before the coordinator noticed the loss:
    # lost or unsent.
    missing = set(planned) - {
        (row["instance"], int(row["sequence"])) for row in results.rows
    }
    by_bin = collections.Counter(planned[key] // 100_000_000 for key in missing)
    left = lost
    for row in read(results):
        if row["instance"] == "" and int(row["lost"]):
            number = round(float(row["start_s"]) * 10)
            assert int(row["lost"]) <= by_bin[number]
            left -= int(row["lost"])
    assert left == 0
    first = min(by_bin)
    lost_bins = [
        round(float(row["start_s"]) * 10)
        for row in read(results)
        if row["instance"] == "" and int(row["lost"])
    ]
    # They form one stretch from the first missing call on.
    assert lost_bins[0] == first
    assert lost_bins == [
        number for number in sorted(by_bin) if number <= lost_bins[-1]
    ]
