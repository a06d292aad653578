"""Versions of an instance are played under one schedule: paired or split, by
one node or a fleet, and again from the run's own folder."""

import csv
import json
import urllib.parse

import pytest
from botocore.credentials import Credentials
from botocore_verifier import BotocoreVerifier
from results import (
    KEYS,
    Results,
    check_all_books,
    check_rows,
    digest,
    instance,
    planned_keys,
    write_workload,
)
from stage import Stage, ended
from version_coin import order

SEED = 100  # of write_workload
NAMES = ["a", "b", "c"]


def shaped(**keys):
    return instance(interarrivals_list=None, auth="none", **keys)


def workload_of(folder, count=2, pairing=None, **keys):
    """An instance of `count` versions, which differ in their resource, with a
    spike and bursts, beside one without versions."""
    versions = {name: {"resource": name} for name in NAMES[:count]}
    return write_workload(
        folder,
        {
            "alone": shaped(distribution="Uniform", rate=20),
            "x": shaped(
                distribution="Poisson",
                rate=60,
                bursts={
                    "rate": 100,
                    "mean_on_in_seconds": 0.2,
                    "mean_off_in_seconds": 0.2,
                },
                spikes=[[0.5, 7]],
                versions=versions,
                **({"pairing": pairing} if pairing else {}),
            ),
        },
        **keys,
    )


def events(invocator, workload):
    """[(instance, sequence, time_s)] in the order of `plan --events`."""
    done = invocator(["plan", workload, "--events"])
    assert done.returncode == 0, done.stderr
    return [
        (row["instance"], int(row["sequence"]), row["time_s"])
        for row in csv.DictReader(done.stdout.splitlines())
    ]


def times_alone(invocator, folder):
    """The instants of "x" without versions."""
    workload = json.loads(workload_of(folder).read_text())
    del workload["instances"]["x"]["versions"]
    path = folder / "alone.json"
    path.write_text(json.dumps(workload))
    return [e[2] for e in events(invocator, path) if e[0] == "x"]


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway("--no-auth", "--latency", "2ms")


def play(invocator, workload, url, out, *options):
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", out, *options]
    )
    assert done.returncode == 0, done.stderr
    results = Results(out)
    check_all_books(results)
    check_rows(results)
    return results


@pytest.mark.parametrize("count", [2, 3])
def test_paired_calls_are_planned_in_the_order_of_the_coin(
    invocator, tmp_path, count
):
    times = times_alone(invocator, tmp_path)
    assert len(times) > 50
    expected = [
        (f"x@{NAMES[version]}", sequence, time_s)
        for sequence, time_s in enumerate(times)
        for version in order(SEED, "x", count, sequence)
    ]
    workload = workload_of(tmp_path, count)
    assert [
        e for e in events(invocator, workload) if e[0] != "alone"
    ] == expected


@pytest.mark.parametrize("count", [2, 3])
def test_split_calls_are_planned_in_rounds(invocator, tmp_path, count):
    times = times_alone(invocator, tmp_path)
    expected = []
    for number, time_s in enumerate(times):
        round_, turn = divmod(number, count)
        version = order(SEED, "x", count, round_)[turn]
        expected.append((f"x@{NAMES[version]}", round_, time_s))
    workload = workload_of(tmp_path, count, pairing="split")
    assert [
        e for e in events(invocator, workload) if e[0] != "alone"
    ] == expected


@pytest.mark.parametrize("pairing, part", [("both", 1), ("split", 2)])
def test_plan_counts_each_version(invocator, tmp_path, pairing, part):
    calls = len(times_alone(invocator, tmp_path))
    workload = workload_of(tmp_path, pairing=pairing)
    done = invocator(["plan", workload])
    assert done.returncode == 0, done.stderr
    # The chart has lines of these names, too.
    counts = [
        int(line.split()[1])
        for line in done.stdout.splitlines()
        if line.startswith("x@") and line.split()[1].isdigit()
    ]
    assert len(counts) == 2
    assert sum(counts) == calls * 2 // part
    assert abs(counts[0] - counts[1]) <= 1

    checked = invocator(["plan", workload, "--check"])
    assert checked.returncode == 0, checked.stderr
    lines = [
        line.split()[1:]
        for line in checked.stdout.splitlines()
        if line.startswith("x@")
    ]
    assert len(lines) == 2 and lines[0] == lines[1]
    assert lines[0][-1] == "fits"

    seconds = invocator(["plan", workload, "--csv"])
    expected = {
        row["instance"]: float(row["expected"])
        for row in csv.DictReader(seconds.stdout.splitlines())
    }
    assert expected["x@a"] == expected["x@b"] > 0


def test_qualifiers_reach_the_function_and_leave_its_memory(
    invocator, tmp_path
):
    """By Lambda's Invoke API, without --memory-size keep: no control call is
    made, which this server would not answer."""
    workload = write_workload(
        tmp_path,
        {
            "x": {
                "application": "f",
                "invoker": "lambda",
                "region": "eu-west-1",
                "interarrivals_list": [0.02] * 30,
                "versions": {
                    "blue": {"qualifier": "1"},
                    "green": {"qualifier": "green"},
                },
            }
        },
    )
    out = tmp_path / "out"
    with BotocoreVerifier(Credentials(*KEYS.values())) as verifier:
        done = invocator(
            ["run", workload, "--endpoint-url", verifier.url, "--out", out],
            env=KEYS,
        )
        seen = list(verifier.seen)
    assert done.returncode == 0, done.stderr
    assert [(r.target, r.reason) for r in seen if r.reason] == []
    paths = [urllib.parse.urlsplit(r.target) for r in seen]
    assert {p.path for p in paths} == {
        "/2015-03-31/functions/f/invocations"
    }
    assert sorted(p.query for p in paths) == (
        ["Qualifier=1"] * 30 + ["Qualifier=green"] * 30
    )
    results = Results(out)
    check_all_books(results)
    versions = results.summary["versions"]["x"]
    assert versions["pairing"] == "both"
    assert versions["instances"] == ["x@blue", "x@green"]
    assert "memory" not in results.summary
    blue, green = results.rows_of("x@blue"), results.rows_of("x@green")
    assert [r["scheduled_s"] for r in blue] == [
        r["scheduled_s"] for r in green
    ]
    planned = invocator(["plan", workload], env=KEYS)
    assert (
        'leaves the memory of "f:1", "f:green", as a version or alias keeps'
        in planned.stdout
    )


def test_the_first_of_a_pair_is_the_coins(invocator, url, tmp_path):
    """Also on the wire: the instants of sending tell."""
    workload = write_workload(
        tmp_path,
        {
            "x": instance(
                auth="none",
                interarrivals_list=[0.02] * 100,
                versions={"a": {}, "b": {"resource": "b"}},
            )
        },
        test_duration_in_seconds=3,
    )
    results = play(
        *(invocator, workload, url, tmp_path / "out"),
        *("--threads", 1, "--warm-connections", 4),
    )
    as_drawn = 0
    pairs = zip(results.rows_of("x@a"), results.rows_of("x@b"))
    for number, (a, b) in enumerate(pairs):
        assert a["scheduled_s"] == b["scheduled_s"]
        first = 0 if float(a["sent_s"]) < float(b["sent_s"]) else 1
        as_drawn += first == order(SEED, "x", 2, number)[0]
    # A call may have to wait for a connection when the machine stalls.
    assert as_drawn >= 95


@pytest.mark.parametrize("pairing", ["both", "split"])
@pytest.mark.parametrize("threads", [1, 2])
def test_one_node_and_a_fleet_send_the_same(
    invocator, url, tmp_path, pairing, threads
):
    workload = workload_of(tmp_path, 3, pairing)
    keys = planned_keys(invocator, workload)
    assert {k[0] for k in keys} == {"alone", "x@a", "x@b", "x@c"}
    single = play(
        *(invocator, workload, url, tmp_path / "single"),
        *("--threads", threads),
    )
    with Stage(tmp_path) as stage:
        coordinator = stage.coordinator(workload, url, workers=3)
        workers = [stage.worker(f"w{n}", threads=threads) for n in range(3)]
        for process in (coordinator, *workers):
            ended(process, 0)
        fleet = stage.results()
    check_all_books(fleet)
    for results in (single, fleet):
        assert results.keys() == keys
        assert results.summary["schedule_digest"] == {
            "planned": digest(keys),
            "sent": digest(keys),
        }
        versions = results.summary["versions"]
        del versions["x"]["changes"]
        assert versions == {
            "x": {"pairing": pairing, "instances": ["x@a", "x@b", "x@c"]}
        }
    assert all(worker["sent"] > 0 for worker in fleet.summary["workers"])
    if pairing == "both":
        players = [
            [(r["sequence"], r["scheduled_s"], r["worker"]) for r in rows]
            for rows in map(fleet.rows_of, ("x@a", "x@b", "x@c"))
        ]
        assert players[0] == players[1] == players[2]


@pytest.mark.parametrize("pairing", ["both", "split"])
def test_the_folder_plays_the_same_again(invocator, url, tmp_path, pairing):
    (tmp_path / "t.csv").write_text("s\n" + "".join(
        f"{i * 37 % 50 / 50}\n" for i in range(50)))
    workload = write_workload(
        tmp_path,
        {
            "x": shaped(
                arrivals={"timestamps": "t.csv"},
                pairing=pairing,
                thresholds=["ok >= 50%"],
                versions={
                    "a": {"data": [1.10]},
                    "b": {"resource": "b", "thresholds": ["sent > 10"]},
                },
            )
        },
    )
    first = play(invocator, workload, url, tmp_path / "first")
    again = play(invocator, first.workload, url, tmp_path / "again")
    assert again.keys() == first.keys()
    assert again.summary["schedule_digest"] == first.summary["schedule_digest"]
    states, states_again = (
        [
            (result["check"], result["instance"], result["state"])
            for result in results.summary["thresholds"]
        ]
        for results in (first, again)
    )
    assert states == states_again
    written = json.loads(first.workload.read_text())["instances"]
    assert list(written) == ["x"]
    assert list(written["x"]["versions"]) == ["a", "b"]
    checks = {
        (t["instance"], t["check"]) for t in first.summary["thresholds"]
    }
    assert checks == {
        ("x@a", "ok >= 50%"),
        ("x@b", "ok >= 50%"),
        ("x@b", "sent > 10"),
    }


def test_a_workers_tape_serves_all_versions(invocator, url, tmp_path):
    """Split versions land on different workers, each of which needs the
    timestamps that the plan states once."""
    (tmp_path / "t.csv").write_text(
        "s\n" + "".join(f"{i / 100}\n" for i in range(99)))
    workload = write_workload(
        tmp_path,
        {
            "x": shaped(
                arrivals={"timestamps": "t.csv"},
                pairing="split",
                versions={name: {"resource": name} for name in NAMES},
            )
        },
    )
    keys = planned_keys(invocator, workload)
    with Stage(tmp_path) as stage:
        coordinator = stage.coordinator(workload, url, workers=3)
        workers = [stage.worker(f"w{n}") for n in range(3)]
        for process in (coordinator, *workers):
            ended(process, 0)
        results = stage.results()
    assert results.keys() == keys
    assert {k[0] for k in keys} == {"x@a", "x@b", "x@c"}
    assert [w["sent"] for w in results.summary["workers"]] == [33, 33, 33]


def test_a_version_may_miss_a_threshold_of_its_own(invocator, url, tmp_path):
    workload = write_workload(
        tmp_path,
        {
            "x": instance(
                auth="none",
                versions={
                    "a": {},
                    "b": {"thresholds": ["response p50 < 1us"]},
                },
            )
        },
    )
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", tmp_path / "out"]
    )
    assert done.returncode == 5, done.stderr
    missed = Results(tmp_path / "out").summary["thresholds"]
    assert [(t["instance"], t["state"]) for t in missed] == [
        ("x@b", "missed")
    ]


def test_a_closed_loop_is_refused(invocator, tmp_path):
    workload = workload_of(tmp_path, blocking_cli=True)
    done = invocator(["plan", workload])
    assert done.returncode == 2
    assert "instances.x.versions: expected \"blocking_cli\": false" in (
        done.stderr
    )
