"""Many workers make one run: the single node's schedule, one start whatever
their clocks and links are like, and one result."""

import glob
import json
import os
import shutil
import subprocess
import time

import hosts as hosts_module
import pytest
from results import (
    KEYS,
    Results,
    check_all_books,
    check_rows,
    digest,
    every,
    instance,
    ns,
    planned_keys,
    write_told_workload,
    write_workload,
)
from stage import Stage, ended
from test_fleet_security import TOKEN, certificates, tls

WORKERS = 4
# How far the starts of two workers may lie apart, beyond what is known of
# their clocks.
START_WITHIN_NS = 2_000_000
ATTEMPTS = 3


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path) as it:
        yield it


def rate(per_s, **keys):
    return {"distribution": "Uniform", "rate": per_s} | keys


# ---- the same as a single node


def mixed_workload(folder, **keys):
    """One that is striped, some that are placed whole, one that waits for its
    answers by and by."""
    return write_workload(
        folder,
        {
            "heavy": instance(distribution="Poisson", rate=400),
            "even": instance(**rate(60)),
            "windowed": instance(
                distribution="Poisson", rate=80, activity_window=[0.5, 1.5]
            ),
            "list": every(0.05, 30, payload=None),
        },
        test_duration_in_seconds=2,
        **keys,
    )


def play_alone(stage, invocator, workload, url, *options):
    out = stage.folder / "alone"
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", out, *options],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    return Results(out)


def play_in_fleet(stage, workload, url, *options, workers=WORKERS, threads=1):
    coordinator = stage.coordinator(workload, url, *options, workers=workers)
    names = [f"w{number}" for number in range(workers)]
    processes = [stage.worker(name, threads=threads) for name in names]
    ended(coordinator, 0)
    for process in processes:
        ended(process, 0)
    results = stage.results()
    check_all_books(results)
    found = sorted(worker["name"] for worker in results.summary["workers"])
    assert found == names
    return results


@pytest.mark.parametrize(
    "rng, threads", [("independent", 1), ("faasprofiler", 2)]
)
def test_four_workers_play_what_one_node_plays(
    stage, invocator, gateway, rng, threads
):
    workload = mixed_workload(stage.folder, arrival_rng=rng)
    url = gateway()
    alone = play_alone(stage, invocator, workload, url)
    fleet = play_in_fleet(stage, workload, url, threads=threads)
    check_rows(fleet)
    keys = fleet.keys()
    assert keys == alone.keys() == planned_keys(invocator, workload)
    for side in ("planned", "sent"):
        assert fleet.summary["schedule_digest"][side] == digest(keys)
    for name, block in fleet.summary["instances"].items():
        other = alone.summary["instances"][name]
        for key in ("planned", "sent", "outcomes", "schedule_digest"):
            assert block[key] == other[key], name
    for key in ("seed", "planned", "sent", "outcomes", "schedule_digest"):
        assert fleet.summary[key] == alone.summary[key]
    for worker in fleet.summary["workers"]:
        rows = [r for r in fleet.rows if r["worker"] == worker["name"]]
        assert len(rows) == worker["sent"] == worker["planned"] > 0
        assert worker["threads"] == threads
        assert worker["lost"] is False
        assert worker["cpu_s"] > 0
        assert 1e6 < worker["max_rss_bytes"] < 1e9
    assert fleet.workload.read_text() == alone.workload.read_text()


def test_a_sample_of_records_is_the_single_nodes(stage, invocator, gateway):
    workload = mixed_workload(stage.folder)
    url = gateway()
    options = ("--records", "sample:0.3")
    alone = play_alone(stage, invocator, workload, url, *options)
    fleet = play_in_fleet(stage, workload, url, *options)
    assert fleet.keys() == alone.keys()
    assert 0 < len(fleet.rows) < fleet.summary["sent"] / 2
    assert fleet.summary["sent"] == alone.summary["sent"]


def test_more_workers_than_there_is_to_play(stage, gateway):
    workload = write_workload(stage.folder, {"a": every(0.1, 3)})
    results = play_in_fleet(stage, workload, gateway())
    assert results.outcomes == {"ok": 3}
    check_rows(results)
    sent = sorted(worker["sent"] for worker in results.summary["workers"])
    assert sum(sent) == 3 and sent[0] == 0


def test_a_blocking_instance_is_one_workers(stage, gateway):
    """Closed loop: two of its calls are never in flight together."""
    workload = write_workload(
        stage.folder,
        {
            "closed": instance(**rate(100)),
            "closed2": instance(**rate(20)),
        },
        blocking_cli=True,
    )
    results = play_in_fleet(stage, workload, gateway("--latency", "20ms"))
    check_rows(results)
    for name in ("closed", "closed2"):
        rows = results.rows_of(name)
        assert len({row["worker"] for row in rows}) == 1
        for before, after in zip(rows, rows[1:]):
            assert ns(before["done_s"]) <= ns(after["sent_s"])


def test_ten_megabytes_of_payload_reach_every_worker(stage, gateway):
    size = 10 << 20
    (stage.folder / "large.json").write_text('"' + "x" * (size - 2) + '"')
    workload = write_workload(
        stage.folder,
        {
            name: every(0.4, 2, payload="large.json", auth="none")
            for name in ("a", "b")
        },
    )
    results = play_in_fleet(stage, workload, gateway("--no-auth"), workers=2)
    check_rows(results)
    # API Gateway takes no more than this in a body; all of it was sent.
    assert all(int(row["bytes_sent"]) > size for row in results.rows)
    assert {row["worker"] for row in results.rows} == {"w0", "w1"}
    assert results.outcomes == {"ok": 4}


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "fleet"])
def test_many_small_bodies_are_there_soon(
    stage, invocator, gateway, workers
):
    count = 20_000
    bodies = stage.folder / "bodies.json"
    bodies.write_text(json.dumps(list(range(count))))
    workload = write_workload(
        stage.folder, {"a": every(0.1, 5, payload="bodies.json")}
    )
    begun_s = time.monotonic()
    if workers:
        play_in_fleet(stage, workload, gateway(), workers=workers)
    else:
        play_alone(stage, invocator, workload, gateway())
    assert time.monotonic() - begun_s < 10


# ---- one start


@pytest.fixture(scope="module")
def hosts():
    """Machines, as far as a network can tell."""
    why = hosts_module.missing()
    if why:
        pytest.skip(why)
    made = hosts_module.Hosts(WORKERS)
    yield made
    made.close()


@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    addresses = [hosts_module.Hosts.hub_side(n) for n in range(WORKERS)]
    return certificates(tmp_path_factory.mktemp("certs") / "certs", *addresses)


def shifted(seconds):
    """The command that runs another with a monotonic clock of its own."""
    return [
        *("unshare", "--time", "--fork", "--kill-child"),
        *("--monotonic", str(seconds)),
    ]


def can_shift_clocks():
    if shutil.which("unshare") is None:
        return False
    done = subprocess.run(
        [*shifted(1000), "true"], stdin=subprocess.DEVNULL, capture_output=True
    )
    return done.returncode == 0


needs_shifted_clocks = pytest.mark.skipif(
    not can_shift_clocks(),
    reason="clocks cannot be shifted: unshare --time needs root and Linux 5.6",
)

# (seconds up, seconds down) of the link of each worker.
EVEN = [(0.02, 0.02)] * WORKERS
UNEVEN = [(0.005, 0.035), (0.035, 0.005), (0.02, 0.02), (0.0, 0.04)]
NO_SHIFTS = [0] * WORKERS
SHIFTS = [100_000, 0, 3, 7_200]


def play_on_hosts(folder, hosts, certs, links, shifts_s):
    """(results, {worker's number: instant its schedule began at, in ns of our
    clock, at most a call's way later})."""
    token = folder / "token"
    token.write_text(TOKEN)
    secured = ("--token-file", token)
    with Stage(folder) as stage:
        hub = hosts.within()
        target = stage.target(
            listen_host=hosts_module.HUB_ADDRESS, prefix=hub
        )
        names = [f"w{number}" for number in range(WORKERS)]
        workload = write_told_workload(
            folder, {name: rate(100) for name in names}, 1.5
        )
        coordinator = stage.coordinator(
            *(workload, target.url, *secured, *tls(certs, "coordinator")),
            workers=WORKERS,
            prefix=hub,
        )
        for number, (up_s, down_s) in enumerate(links):
            link = stage.proxy(
                up_s=up_s,
                down_s=down_s,
                listen_host=hosts.hub_side(number),
                prefix=hub,
            )
            shift = shifts_s[number]
            stage.worker(
                *(names[number], *secured, *tls(certs, "worker")),
                via=link,
                prefix=hosts.within(number) + (shifted(shift) if shift else []),
            )
        ended(coordinator, 0)
        results = stage.results()
        check_all_books(results)
        check_rows(results)
        sent_ns = {
            (row["instance"], int(row["sequence"])): ns(row["sent_s"])
            for row in results.rows
        }
        begun_ns = {}
        for call in target.calls():
            # Every host has sent an instance of its own, from its own address.
            number = int(call.peer.split(".")[2])
            begun = call.arrived_ns - sent_ns[call.instance, call.sequence]
            begun_ns[number] = min(begun, begun_ns.get(number, begun))
        assert len(begun_ns) == WORKERS
    return results, begun_ns


@needs_shifted_clocks
@pytest.mark.parametrize(
    "links, shifts_s",
    [(EVEN, NO_SHIFTS), (UNEVEN, SHIFTS)],
    ids=["even links", "uneven links and shifted clocks"],
)
def test_workers_on_four_hosts_start_together(
    tmp_path, hosts, certs, links, shifts_s
):
    for attempt in range(ATTEMPTS):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        results, begun_ns = play_on_hosts(folder, hosts, certs, links,
                                          shifts_s)
        workers = {
            int(worker["name"][1:]): worker
            for worker in results.summary["workers"]
        }
        starts_us = [w["start_error_us"] for w in workers.values()]
        # A machine that was busy with something else gets another chance.
        if max(starts_us) * 1000 < START_WITHIN_NS:
            break
    assert max(starts_us) * 1000 < START_WITHIN_NS
    assert min(starts_us) >= 0
    known_ns = {}
    for number, worker in workers.items():
        up_s, down_s = links[number]
        offset_us = worker["clock_offset_us"]
        uncertainty_us = worker["clock_uncertainty_us"]
        truth_us = shifts_s[number] * 1e6
        assert abs(offset_us - truth_us) <= uncertainty_us
        # Half the round trip, that of the best of many pings.
        delay_us = (up_s + down_s) / 2 * 1e6
        assert delay_us <= uncertainty_us < delay_us + 10_000
        # What no ping can tell, the link's unevenness, is all that is wrong.
        uneven_us = (down_s - up_s) / 2 * 1e6
        unsure_us = uncertainty_us - delay_us
        assert abs(offset_us - truth_us - uneven_us) <= unsure_us + 1
        # From here on the clock's error is known, but for the rest.
        known_ns[number] = (uneven_us * 1000, unsure_us * 1000)
    for a in workers:
        for b in workers:
            apart_ns = begun_ns[a] - begun_ns[b]
            uncertainty_us = sum(
                workers[n]["clock_uncertainty_us"] for n in (a, b)
            )
            assert apart_ns <= START_WITHIN_NS + uncertainty_us * 1000
            # And nearer by far, when what the pings could not tell is known:
            # a worker whose clock seems ahead was told to start later.
            late_ns = known_ns[a][0] - known_ns[b][0]
            unsure_ns = known_ns[a][1] + known_ns[b][1]
            assert abs(apart_ns - late_ns) <= START_WITHIN_NS + unsure_ns


# ---- clocks that differ


def libfaketime():
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    return found[0] if found else None


needs_faketime = pytest.mark.skipif(
    libfaketime() is None or "thread" in os.environ.get(
        "INVOCATOR_SANITIZER", "") or "address" in os.environ.get(
        "INVOCATOR_SANITIZER", ""),
    reason="wall clocks cannot be shifted: no libfaketime, or a sanitizer",
)


def faked(time, monotonic=False):
    """The environment in which the wall clock is off by `time`; with
    `monotonic`, the other clocks are too."""
    return {
        "LD_PRELOAD": libfaketime(),
        "FAKETIME": time,
        "FAKETIME_DONT_FAKE_MONOTONIC": "0" if monotonic else "1",
        "DONT_FAKE_MONOTONIC": "0" if monotonic else "1",
    }


@needs_faketime
@pytest.mark.parametrize(
    "wall, warns",
    [("+2h", True), ("-90s", True), ("+30s", False)],
)
def test_a_wall_clock_that_is_wrong_is_told(stage, wall, warns):
    """Signatures of a worker that is minutes off are refused."""
    target = stage.target()
    workload = write_told_workload(
        stage.folder, {"a": rate(20), "b": rate(20)}, 1
    )
    coordinator = stage.coordinator(workload, target.url, workers=2)
    stage.worker("right")
    stage.worker("wrong", env=faked(wall))
    ended(coordinator, 0)
    warnings = [
        line
        for line in coordinator.log().splitlines()
        if "clock" in line and "wrong" in line
    ]
    assert bool(warnings) == warns
    assert not any("clock" in line and "right" in line
                   for line in coordinator.log().splitlines())
    check_all_books(stage.results())


@needs_faketime
def test_a_clock_that_runs_fast_is_told(stage):
    """By two in a thousand, which 60 ppm of a real one never are."""
    target = stage.target()
    workload = write_told_workload(
        stage.folder, {"a": rate(20), "b": rate(20)}, 8
    )
    coordinator = stage.coordinator(workload, target.url, workers=2)
    stage.worker("steady")
    stage.worker("fast", env=faked("+0 x1.002", monotonic=True))
    ended(coordinator, 0)
    workers = {w["name"]: w for w in stage.results().summary["workers"]}
    assert workers["fast"]["clock_drift_ppm"] == pytest.approx(2000, rel=0.2)
    assert abs(workers["steady"]["clock_drift_ppm"]) < 200


# ---- rate


@pytest.mark.skipif(
    not os.environ.get("INVOCATOR_SLOW_TESTS"),
    reason="a measurement, not for a busy machine: INVOCATOR_SLOW_TESTS=1",
)
def test_eight_thousand_a_second_are_kept(stage, invocator, gateway):
    workload = write_workload(
        stage.folder,
        {f"i{n}": instance(**rate(2000)) for n in range(WORKERS)},
        test_duration_in_seconds=10,
    )
    results = play_in_fleet(
        stage, workload, gateway(), "--warm-connections", 16
    )
    summary = results.summary
    assert summary["verdict"]["state"] == "kept", results.reasons
    assert summary["planned"] == pytest.approx(80_000, rel=0.001)
    assert summary["outcomes"] == {"ok": summary["planned"]}
    planned = planned_keys(invocator, workload)
    assert results.keys() == planned
    assert summary["schedule_digest"]["sent"] == digest(planned)


# ---- what machines are able to


@pytest.mark.parametrize("files, is_told", [(281, True), (283, False)])
def test_the_weakest_machines_limits_are_told(stage, gateway, files, is_told):
    # 300 calls in flight, of which each of two workers has half; of its files it
    # needs 132 for itself.
    workload = write_workload(
        stage.folder, {"a": instance(**rate(300), expected_duration_ms=1000)}
    )
    coordinator = stage.coordinator(workload, gateway(), workers=2)
    stage.worker("strong")
    stage.worker("weak", prefix=["prlimit", f"--nofile={files}:{files}"])
    ended(coordinator, 0)
    told = "open files allow on 2 machines like that of worker weak"
    assert (told in coordinator.log()) == is_told, coordinator.log()
