"""What may befall a fleet, and what must come of it: every fault ends by
itself, within its deadline, and the books tell what it cost.

Three workers play an instance each; `victim` is the one that it befalls. The
target tells what really was sent.
"""

import collections
import csv
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest
from conftest import clean_environment, program
from results import (
    check_all_books,
    check_books,
    check_rows,
    digest,
    instance,
    wait_until,
    write_told_workload,
    write_workload,
)
from rogue_peer import RESOURCE_EXHAUSTED, RoguePeer, hello, pong, protocol_version, rejoin
from stage import (
    cpu_s,
    ended,
    freeze,
    kill,
    said,
    sleep_until,
    thaw,
)
from stories import stories, story  # noqa: F401

RATE = 40
# A worker sends nothing more this long after the last sign of its coordinator,
LEASE_S = 6
# and is given up some seconds later.
GIVE_UP_S = 20
NAMES = ("w0", "w1", "w2")
VICTIM = 1
OTHERS = (0, 2)
# From an instant of the schedule to its call's arrival, on a busy machine.
SLACK_S = 0.5

Planned = collections.namedtuple("Planned", "scheduled_s worker")


def plan(workload, workers):
    """{(instance, sequence): Planned}, as `plan` says."""
    done = subprocess.run(
        [program("invocator"), "plan", workload, "--events"]
        + ["--workers", str(workers)],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return {
        (row["instance"], int(row["sequence"])): Planned(
            row["time_s"], int(row["worker"])
        )
        for row in csv.DictReader(done.stdout.splitlines())
    }


class Fleet:
    """Its coordinator runs; its workers are for the test to start."""

    def __init__(
        self,
        stage,
        *options,
        duration_s,
        workers=3,
        rate=RATE,
        latency_s=0,
        **more,
    ):
        self.stage = stage
        self.duration_s = duration_s
        self.target = stage.target(latency_s=latency_s)
        self.workload = write_told_workload(
            stage.folder,
            {
                f"i{n}": {"distribution": "Uniform", "rate": rate}
                for n in range(workers)
            },
            duration_s,
        )
        self.planned = plan(self.workload, workers)
        self.coordinator = stage.coordinator(
            *(self.workload, self.target.url, *options),
            workers=workers,
            **more,
        )
        self.workers = []

    def join(self, *options, **more):
        """The next worker, once the coordinator has said that it joined: its
        number is the order of arrivals."""
        name = NAMES[len(self.workers)]
        words = f"worker {name} has joined"
        before = self.coordinator.log().count(words)  # of one that left again
        worker = self.stage.worker(name, *options, **more)
        self.workers.append(worker)
        wait_until(
            lambda: self.coordinator.log().count(words) > before,
            f"{words}; the coordinator said: {self.coordinator.log()}",
            deadline_s=30,
        )
        return worker

    def join_all(self, link=None, **more):
        """Three, the victim by way of `link`."""
        for number in range(3):
            self.join(via=link if number == VICTIM else None, **more)
        self.victim = self.workers[VICTIM]
        return self

    def share(self, worker):
        """The keys of what a worker is to play."""
        return {key for key, p in self.planned.items() if p.worker == worker}

    def calls(self, worker=VICTIM):
        """What the target saw of a worker's share."""
        share = self.share(worker)
        return [
            call
            for call in self.target.calls()
            if (call.instance, call.sequence) in share
        ]

    def await_calls(self, count, worker=VICTIM):
        wait_until(
            lambda: len(self.calls(worker)) >= count,
            f"{count} calls of {NAMES[worker]}; "
            f"the coordinator said: {self.coordinator.log()}",
            deadline_s=30,
            every_s=0.05,
        )

    def begun_s(self):
        """The run's start on our clock, or somewhat later."""
        return min(
            call.arrived_ns / 1e9
            - float(self.planned[call.instance, call.sequence].scheduled_s)
            for call in self.target.calls()
        )

    def results(self):
        return self.stage.results()


@pytest.fixture(scope="module", autouse=True)
def no_core_dumps():
    """SIGKILL leaves none, but what a fault breaks might."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, limits)


def check(fleet, code, deadline_s, faulty=(VICTIM,)):
    """The run ends with this exit code. Its books balance, nothing was sent
    twice, nothing that was sent is denied, and every worker but the faulty has
    played its whole share. Returns the results."""
    ended(fleet.coordinator, code, deadline_s)
    results = fleet.results()
    check_all_books(results)
    seen = collections.Counter(
        (call.instance, call.sequence) for call in fleet.target.calls()
    )
    assert [key for key, times in seen.items() if times > 1] == []
    assert set(seen) <= set(fleet.planned)
    rows = {}
    for name, sequence, scheduled_s in results.keys():
        assert fleet.planned[name, sequence].scheduled_s == scheduled_s
        rows[name, sequence] = scheduled_s
    assert set(rows) <= set(seen)
    blocks = [(results.summary, set(fleet.planned))] + [
        (block, {key for key in fleet.planned if key[0] == name})
        for name, block in results.summary["instances"].items()
    ]
    for block, keys in blocks:
        lost = block["outcomes"].get("lost", 0)
        assert len(keys) == block["planned"]
        assert len(keys & set(seen)) <= block["sent"]
        # What was reported has a row; the last rows may have come before the
        # last report.
        assert block["sent"] - lost <= len(keys & set(rows)) <= block["sent"]
    for number, worker in enumerate(results.summary["workers"]):
        assert worker["name"] == NAMES[number]
        if number not in faulty:
            assert fleet.share(number) <= set(rows)
            assert worker["lost"] is False
            assert worker["outcomes"].get("lost", 0) == 0
            assert worker["unsent"] == worker["dropped"] == 0
    return results


def check_unharmed(fleet, deadline_s=30):
    """Nothing is missing: all was sent and reported, once."""
    results = check(fleet, 0, deadline_s, faulty=())
    check_rows(results)
    planned = digest((*key, p.scheduled_s) for key, p in fleet.planned.items())
    assert results.summary["schedule_digest"] == {
        "planned": planned,
        "sent": planned,
    }
    assert results.outcomes == {"ok": len(fleet.planned)}
    for worker in fleet.workers:
        ended(worker, 0)
    return results


def check_missed(fleet, results):
    """The verdict says so, and everybody is told of whom."""
    assert results.summary["verdict"]["state"] == "missed"
    assert NAMES[VICTIM] in results.reasons
    assert NAMES[VICTIM] in fleet.coordinator.log()


def check_lost(fleet, code=3, deadline_s=GIVE_UP_S):
    """The victim never came back: what it may have sent is lost, the rest
    unsent. Returns its block of the summary."""
    results = check(fleet, code, fleet.duration_s + deadline_s)
    check_missed(fleet, results)
    victim = results.summary["workers"][VICTIM]
    assert victim["lost"] is True
    for number in OTHERS:
        ended(fleet.workers[number], 0)
    return victim


# ---- a connection that is cut


@story
@pytest.mark.parametrize("how", ["cut", "blackhole"])
def test_a_cut_of_ten_seconds(stage, how):
    """The worker plays on to its lease's end; when it is back it delivers all
    that, and sends nothing more."""
    fleet = Fleet(stage, duration_s=14)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(20)
    getattr(link, how)()
    cut_s = time.monotonic()
    sleep_until(cut_s + 10)
    link.heal()
    results = check(fleet, 3, 30)
    check_missed(fleet, results)
    arrivals_s = [call.arrived_ns / 1e9 - cut_s for call in fleet.calls()]
    # It played on, though nobody heard of it, and stopped in time.
    assert sum(0 < s < 3 for s in arrivals_s) >= 2 * RATE
    assert max(arrivals_s) < LEASE_S + SLACK_S
    victim = results.summary["workers"][VICTIM]
    assert victim["sent"] == len(arrivals_s)
    assert victim["outcomes"] == {"ok": len(arrivals_s)}
    assert victim["unsent"] == victim["planned"] - len(arrivals_s) > 0
    check_rows(results)
    fleet.victim.wait(30)


@story
@pytest.mark.parametrize("how", ["cut", "blackhole"])
def test_a_cut_for_ever(stage, how):
    fleet = Fleet(stage, duration_s=9)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(20)
    getattr(link, how)()
    cut_s = time.monotonic()
    victim = check_lost(fleet)
    arrivals_s = [call.arrived_ns / 1e9 - cut_s for call in fleet.calls()]
    assert max(arrivals_s) < LEASE_S + SLACK_S
    assert victim["outcomes"]["lost"] >= 2 * RATE
    # It frees itself, though it cannot hear that it was given up.
    ended(fleet.victim, 3, 60)


@story
@pytest.mark.parametrize("how", ["cut", "blackhole"])
def test_a_cut_of_a_second(stage, how):
    fleet = Fleet(stage, duration_s=5)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(20)
    getattr(link, how)()
    cut_s = time.monotonic()
    sleep_until(cut_s + 1)
    link.heal()
    check_unharmed(fleet)
    during = [
        call
        for call in fleet.calls()
        if 0.2 < call.arrived_ns / 1e9 - cut_s < 0.9
    ]
    assert len(during) >= RATE / 4


@story
def test_a_link_that_is_cut_again_and_again(stage):
    fleet = Fleet(stage, duration_s=6)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(10)
    for _ in range(4):
        link.cut()
        sleep_until(time.monotonic() + 0.3)
        link.heal()
        sleep_until(time.monotonic() + 0.7)
    check_unharmed(fleet)


@story
def test_a_cut_while_draining(stage):
    """The last reports of calls that ended meanwhile are not missed."""
    fleet = Fleet(stage, duration_s=1, latency_s=1.5)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(len(fleet.share(VICTIM)))
    link.cut()
    sleep_until(time.monotonic() + 2)
    link.heal()
    check_unharmed(fleet)


# ---- a worker that is lost


@story
def test_a_worker_is_killed_in_mid_run(stage):
    fleet = Fleet(stage, duration_s=12)
    fleet.join_all()
    fleet.await_calls(20)
    kill(fleet.victim)
    victim = check_lost(fleet)
    sent = len(fleet.calls())
    # It may have sent until its lease ended, for all that was known of it.
    assert 0 < victim["outcomes"]["lost"] <= (LEASE_S + 2) * RATE
    assert sent <= victim["sent"] <= sent + (LEASE_S + 2) * RATE
    assert victim["unsent"] >= RATE


@story
def test_a_worker_is_frozen_for_ever(stage):
    fleet = Fleet(stage, duration_s=10)
    fleet.join_all()
    fleet.await_calls(20)
    freeze(fleet.victim)
    victim = check_lost(fleet)
    assert victim["outcomes"]["lost"] > 0
    # Back from the dead it sends nothing more, and goes.
    before = len(fleet.calls())
    thaw(fleet.victim)
    ended(fleet.victim, 3, 60)
    assert len(fleet.calls()) == before


@story
def test_a_worker_is_frozen_beyond_its_lease(stage):
    """What was due meanwhile is not sent in a burst."""
    fleet = Fleet(stage, duration_s=13)
    fleet.join_all()
    fleet.await_calls(20)
    freeze(fleet.victim)
    frozen_s = time.monotonic()
    sleep_until(frozen_s + 9)
    before = len(fleet.calls())
    thaw(fleet.victim)
    results = check(fleet, 3, 30)
    check_missed(fleet, results)
    assert len(fleet.calls()) == before
    assert results.summary["workers"][VICTIM]["unsent"] > 0


@story
def test_a_worker_is_frozen_for_three_seconds(stage):
    fleet = Fleet(stage, duration_s=6)
    fleet.join_all()
    fleet.await_calls(20)
    freeze(fleet.victim)
    sleep_until(time.monotonic() + 3)
    thaw(fleet.victim)
    results = check_unharmed(fleet)
    # It shows.
    lateness_us = results.summary["workers"][VICTIM]["lateness_us"]
    assert 2_500_000 < lateness_us["max"] < 5_000_000
    for number in OTHERS:
        worker = results.summary["workers"][number]
        assert worker["lateness_us"]["max"] < 1_000_000


@story
def test_a_worker_is_killed_while_draining(stage):
    """All of its calls are in flight: sent, and never heard of again."""
    fleet = Fleet(stage, duration_s=1.5, latency_s=3)
    fleet.join_all()
    share = fleet.share(VICTIM)
    fleet.await_calls(len(share))
    kill(fleet.victim)
    victim = check_lost(fleet)
    assert victim["outcomes"] == {"lost": len(share)}
    assert victim["unsent"] == 0


def join_all_but_ready(fleet, frozen):
    """All have joined, of whom one could not get ready."""
    for number in range(3):
        fleet.join()
        if number == frozen:
            freeze(fleet.workers[number])
    fleet.victim = fleet.workers[VICTIM]


LOST_BEFORE_THE_START = pytest.mark.parametrize(
    "policy", [None, "finish", "abort", "replan"]
)


@story
@LOST_BEFORE_THE_START
@pytest.mark.parametrize("when", ["before ready", "when ready"])
def test_a_worker_is_killed_before_the_start(stage, policy, when):
    options = ["--on-worker-loss", policy] if policy else []
    options += ["--warm-connections", 1]
    fleet = Fleet(stage, *options, duration_s=1.5)
    if when == "before ready":
        join_all_but_ready(fleet, frozen=VICTIM)
        kill(fleet.victim)
    else:
        join_all_but_ready(fleet, frozen=0)
        # Connections are warmed right before a worker is ready.
        wait_until(lambda: fleet.target.connections() >= 2, "two are ready")
        sleep_until(time.monotonic() + 0.3)
        kill(fleet.victim)
        thaw(fleet.workers[0])
    if policy == "abort":
        ended(fleet.coordinator, 3)
        said(fleet.coordinator, NAMES[VICTIM])
        assert fleet.target.calls() == []
        for number in OTHERS:
            ended(fleet.workers[number], 3)
        return
    if policy == "replan":
        results = check(fleet, 0, 30)
        assert results.outcomes == {"ok": len(fleet.planned)}
        assert len(results.rows) == len(fleet.planned)
        sent_by = {row["worker"] for row in results.rows}
        assert sent_by == {NAMES[number] for number in OTHERS}
        assert NAMES[VICTIM] in fleet.coordinator.log()
        return
    victim = check_lost(fleet, deadline_s=30)
    assert victim["planned"] == victim["unsent"] == len(fleet.share(VICTIM))
    assert fleet.calls() == []


@story
def test_all_workers_are_killed(stage):
    fleet = Fleet(stage, duration_s=5)
    fleet.join_all()
    fleet.await_calls(10)
    for worker in fleet.workers:
        kill(worker)
    ended(fleet.coordinator, 3, 5 + GIVE_UP_S)
    results = fleet.results()
    check_all_books(results)
    assert len(fleet.target.calls()) <= results.summary["sent"]
    assert all(worker["lost"] for worker in results.summary["workers"])


@story
def test_a_worker_is_told_to_end(stage):
    """SIGTERM leaves: it reports everything, and what it leaves is unsent
    (--on-worker-loss finish; test_fleet_leave.py has the others)."""
    fleet = Fleet(stage, duration_s=3)
    fleet.join_all()
    fleet.await_calls(20)
    fleet.victim.terminate()
    fleet.victim.wait(10)
    fleet.coordinator.wait(30)
    results = check(fleet, fleet.coordinator.returncode, 1)
    victim = results.summary["workers"][VICTIM]
    assert victim["sent"] == len(fleet.calls())
    assert victim["outcomes"] == {"ok": victim["sent"]}
    assert victim["unsent"] > 0
    assert results.summary["verdict"]["state"] == "missed"
    check_rows(results)


# ---- --on-worker-loss


@story
@pytest.mark.parametrize("how", ["killed", "frozen", "cut"])
def test_abort_ends_the_run_with_what_there_is(stage, how):
    fleet = Fleet(stage, "--on-worker-loss", "abort", duration_s=60)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(20)
    lost_s = time.monotonic()
    {
        "killed": lambda: kill(fleet.victim),
        "frozen": lambda: freeze(fleet.victim),
        "cut": link.blackhole,
    }[how]()
    ended(fleet.coordinator, 3, GIVE_UP_S)
    results = fleet.results()
    check_all_books(results)
    check_missed(fleet, results)
    calls = fleet.target.calls()
    assert max(c.arrived_ns for c in calls) / 1e9 - lost_s < GIVE_UP_S
    assert len(calls) == len({(c.instance, c.sequence) for c in calls})
    assert len(calls) <= results.summary["sent"] < len(fleet.planned)
    # Of the run as it was, not as it was planned.
    assert results.summary["duration_s"] < GIVE_UP_S + 10
    for number in OTHERS:
        worker = results.summary["workers"][number]
        assert worker["sent"] == len(fleet.calls(number))
        # Nobody waits for what is in flight, and it is known what that was.
        assert set(worker["outcomes"]) <= {"ok", "aborted"}
        assert worker["unsent"] > 0
        fleet.workers[number].wait(10)


@story
@pytest.mark.parametrize("how", ["killed", "cut", "cut and healed"])
def test_replan_gives_the_rest_to_the_others(stage, how):
    """The victim may still be sending when the others are told; no call is
    made twice, and only what lies between is missing."""
    fleet = Fleet(stage, "--on-worker-loss", "replan", duration_s=20)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(20)
    lost_s = time.monotonic()
    if how == "killed":
        kill(fleet.victim)
    else:
        link.blackhole()
    if how == "cut and healed":
        sleep_until(lost_s + 14)
        link.heal()
    ended(fleet.coordinator, 3, fleet.duration_s + GIVE_UP_S)
    results = fleet.results()
    check_all_books(results)
    calls = fleet.target.calls()
    seen = {(call.instance, call.sequence) for call in calls}
    assert len(seen) == len(calls)
    rows = {(name, sequence) for name, sequence, _ in results.keys()}
    assert rows <= seen
    for number in OTHERS:
        assert fleet.share(number) <= rows
    # From some instant on the victim's share was played by others ...
    begun_s = fleet.begun_s()
    missing = sorted(
        float(fleet.planned[key].scheduled_s)
        for key in fleet.share(VICTIM) - rows
    )
    taken_over = [
        row
        for row in results.rows
        if (row["instance"], int(row["sequence"])) in fleet.share(VICTIM)
        and row["worker"] != NAMES[VICTIM]
    ]
    assert len(taken_over) >= 2 * RATE
    # ... that was told, was soon, and after which nothing is missing.
    told = re.search(r"from ([0-9.]+) s on, .* planned for worker w1",
                     fleet.coordinator.log())
    from_s = float(told[1])
    # A lease may have been granted until nothing was heard for 3 s.
    assert from_s < lost_s - begun_s + 3 + LEASE_S + 1
    assert missing[-1] < from_s
    assert all(float(row["scheduled_s"]) >= from_s for row in taken_over)
    assert len(taken_over) == sum(
        float(fleet.planned[key].scheduled_s) >= from_s
        for key in fleet.share(VICTIM)
    )
    assert {row["worker"] for row in taken_over} == {NAMES[0], NAMES[2]}
    # What fell between is accounted for: lost is what it may have sent, told
    # or not, after its last report.
    summary = results.summary
    accounted = summary["unsent"] + summary["outcomes"].get("lost", 0)
    assert len(missing) <= accounted <= len(missing) + 1.5 * RATE
    assert summary["workers"][VICTIM]["lost"] is True
    assert summary["verdict"]["state"] == "missed"


# ---- the coordinator


@story
def test_a_coordinator_is_killed(stage):
    """Its workers stop sending, and those that may serve the next."""
    fleet = Fleet(stage, duration_s=60, workers=2)
    once = fleet.join()
    staying = fleet.join(once=False)
    fleet.await_calls(20)
    kill(fleet.coordinator)
    killed_s = time.monotonic()
    ended(once, 3, 30)
    assert staying.poll() is None
    last_s = max(c.arrived_ns for c in fleet.target.calls()) / 1e9
    assert last_s - killed_s < 10
    # They may play on for the while that a coordinator's fault could take.
    assert last_s - killed_s > 1
    check_serves_another_run(stage, staying)
    calls = fleet.target.calls()
    assert max(call.arrived_ns for call in calls) / 1e9 == last_s


def check_serves_another_run(stage, worker):
    """A coordinator on the same port finds this worker ready for it."""
    target = stage.target()
    folder = stage.folder / "another"
    folder.mkdir()
    workload = write_told_workload(
        folder, {"i": {"distribution": "Uniform", "rate": 20}}, 1
    )
    coordinator = stage.coordinator(
        workload, target.url, workers=1, out=folder / "out"
    )
    ended(coordinator, 0, 60)
    results = stage.results(folder / "out")
    check_all_books(results)
    assert results.outcomes == {"ok": len(plan(workload, 1))}
    assert len(target.calls()) == len(plan(workload, 1))
    assert worker.poll() is None


@story
@pytest.mark.parametrize("seconds", [2, 3.5])
def test_a_coordinator_is_frozen(stage, seconds):
    """Nobody waits for it: calls are sent meanwhile, results are kept."""
    fleet = Fleet(stage, duration_s=seconds + 3)
    fleet.join_all()
    fleet.await_calls(20)
    freeze(fleet.coordinator)
    frozen_s = time.monotonic()
    sleep_until(frozen_s + seconds)
    thaw(fleet.coordinator)
    check_unharmed(fleet)
    for number in range(3):
        arrivals_s = [c.arrived_ns / 1e9 - frozen_s
                      for c in fleet.calls(number)]
        during = [s for s in arrivals_s if 0 < s < seconds]
        assert len(during) >= RATE * (seconds - SLACK_S)


@story
def test_a_coordinator_is_frozen_beyond_the_leases(stage):
    """It finds all workers silent, but none gone: they report what they sent
    until their leases ended."""
    fleet = Fleet(stage, duration_s=12)
    fleet.join_all()
    fleet.await_calls(20)
    freeze(fleet.coordinator)
    frozen_s = time.monotonic()
    sleep_until(frozen_s + 9)
    thaw(fleet.coordinator)
    fleet.coordinator.wait(60)
    results = check(fleet, 3, 1, faulty=(0, 1, 2))
    calls = fleet.target.calls()
    silent_s = [
        call for call in calls
        if frozen_s + LEASE_S + SLACK_S < call.arrived_ns / 1e9 < frozen_s + 9
    ]
    assert silent_s == []
    assert results.summary["sent"] == len(calls)
    assert results.outcomes == {"ok": len(calls)}
    assert results.summary["verdict"]["state"] == "missed"
    check_rows(results)


@story
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_coordinator_is_interrupted(stage, number):
    fleet = Fleet(stage, duration_s=60, latency_s=0.4)
    fleet.join_all()
    fleet.await_calls(20)
    fleet.coordinator.send_signal(number)
    ended(fleet.coordinator, 130, 10)
    results = fleet.results()
    check_all_books(results)
    check_rows(results)
    assert results.summary["interrupted"] is True
    # Drained: what was in flight has ended.
    assert results.outcomes == {"ok": len(fleet.target.calls())}
    for worker in fleet.workers:
        ended(worker, 0)


@story
@pytest.mark.parametrize("times", [1, 2])
def test_a_coordinator_is_interrupted_while_a_worker_is_cut_off(stage, times):
    """Once: that one is waited for, as one that is lost. Twice: nobody is."""
    fleet = Fleet(stage, duration_s=60)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(20)
    link.blackhole()
    fleet.coordinator.send_signal(signal.SIGINT)
    said(fleet.coordinator, "interrupt again to end at once")
    if times == 2:
        fleet.coordinator.send_signal(signal.SIGINT)
    # Load was lost, too; that it was interrupted says more.
    ended(fleet.coordinator, 130, GIVE_UP_S if times == 1 else 3)
    results = fleet.results()
    check_all_books(results)
    assert results.summary["interrupted"] is True
    assert len(fleet.target.calls()) <= results.summary["sent"]
    # What was lost may have been sent after the others had ended.
    rates = results.summary["rate_per_s"]
    assert rates["sent"] <= rates["planned"] * 1.1
    for number in OTHERS:
        ended(fleet.workers[number], 0)


@story
def test_a_coordinator_is_interrupted_while_it_gathers(stage):
    fleet = Fleet(stage, duration_s=1)
    workers = [fleet.join(), fleet.join()]
    fleet.coordinator.send_signal(signal.SIGINT)
    ended(fleet.coordinator, 130, 5)
    summary = fleet.results().summary
    check_books(summary)
    assert summary["unsent"] == summary["planned"] == len(fleet.planned)
    # The third share is nobody's, and counted all the same.
    assert [w["name"] for w in summary["workers"]] == [*NAMES[:2], None]
    for key in ("planned", "unsent"):
        assert sum(w[key] for w in summary["workers"]) == summary[key]
    for worker in workers:
        worker.wait(10)


@story
def test_a_worker_that_takes_no_payload_does_not_hold_up_the_end(stage):
    """A write to it would wait for ever."""
    (stage.folder / "p.json").write_text(json.dumps(["x" * (4 << 20)] * 6))
    workload = write_workload(
        stage.folder,
        {
            name: instance(
                interarrivals_list=[0.1], auth="none", payload="p.json"
            )
            for name in "ab"
        },
    )
    coordinator = stage.coordinator(workload, stage.target().url, workers=2)
    link = stage.proxy()
    stage.worker("a", via=link)
    said(coordinator, "worker a has joined")
    link.blackhole()
    stage.worker("b")
    said(coordinator, "worker b has joined")
    time.sleep(2)  # the link is full by then
    coordinator.send_signal(signal.SIGINT)
    assert coordinator.wait(8) == 130


@story
def test_a_second_coordinator_on_the_port(stage):
    fleet = Fleet(stage, duration_s=1.5)
    fleet.join()
    second = stage.start(
        "invocator",
        ["run", fleet.workload, "--out", stage.folder / "second"]
        + ["--workers", 1, "--listen", f"127.0.0.1:{stage.port}"],
    )
    ended(second, 3, 10)
    said(second, f"cannot listen on 127.0.0.1:{stage.port}")
    assert not (stage.folder / "second").exists()
    fleet.join()
    fleet.join()
    check_unharmed(fleet)


# ---- peers that are none


@story
def test_a_worker_of_another_version(stage):
    """The Hello of a real worker, changed on its way."""
    fleet = Fleet(stage, duration_s=1)
    link = stage.proxy()
    ours = hello("w", protocol_version())
    theirs = hello("w", 99)
    at = next(i for i, pair in enumerate(zip(ours, theirs))
              if pair[0] != pair[1])
    # The version, and the key of the field behind it.
    link.rewrite(b"\x08" + ours[at : at + 2], b"\x08" + theirs[at : at + 2])
    stranger = stage.worker("stranger", via=link, once=False)
    ended(stranger, 3, 10)
    said(stranger, "99", f"protocol {protocol_version()}")
    for _ in range(3):
        fleet.join()
    check_unharmed(fleet)


@story
def test_two_workers_of_one_name(stage):
    fleet = Fleet(stage, duration_s=1)
    workers = [stage.worker("twin") for _ in range(3)]
    ended(fleet.coordinator, 0)
    results = fleet.results()
    check_all_books(results)
    check_rows(results)
    names = ["twin", "twin-2", "twin-3"]
    assert [w["name"] for w in results.summary["workers"]] == names
    assert {row["worker"] for row in results.rows} == set(names)
    for worker in workers:
        ended(worker, 0)


@story
def test_a_late_worker(stage):
    fleet = Fleet(stage, duration_s=3)
    fleet.join_all()
    fleet.await_calls(10)
    late = stage.worker("late")
    patient = stage.worker("patient", once=False)
    ended(late, 3, 10)
    said(late, "the fleet is complete")
    check_unharmed(fleet)
    assert patient.poll() is None
    # It waits for its turn without being busy about it.
    assert cpu_s(patient) < 1
    check_serves_another_run(stage, patient)


@story
def test_a_gather_that_comes_to_nothing(stage):
    fleet = Fleet(stage, duration_s=1, gather_timeout="2s")
    worker = fleet.join()
    ended(fleet.coordinator, 3, 10)
    said(fleet.coordinator, "3 workers")
    assert fleet.target.calls() == []
    assert not stage.out.exists()
    ended(worker, 3, 10)


ROGUES = {
    "a message too large": (
        lambda peer: peer.send(bytes(17 << 20)),
        RESOURCE_EXHAUSTED,
    ),
    "a message that is none": (lambda peer: peer.send(b"\xff" * 100), None),
    "an empty message": (lambda peer: peer.send(b""), None),
    "another message first": (lambda peer: peer.send(b"\x22\x00"), 3),
    "a key that is nobody's": (
        lambda peer: peer.send(rejoin("0123456789abcdef")),
        9,
    ),
    "a name of control characters": (
        lambda peer: peer.send(hello("\n\x1b[31m")),
        3,
    ),
    "a name of a megabyte": (lambda peer: peer.send(hello("n" * 10**6)), 3),
    "nothing at all": (lambda peer: None, None),
}


@story
@pytest.mark.parametrize("how", ROGUES)
def test_a_peer_that_never_joined(stage, how):
    does, code = ROGUES[how]
    fleet = Fleet(stage, duration_s=1.5)
    fleet.join()
    rogue = RoguePeer(stage.port)
    does(rogue)
    # Those that say nothing have ten seconds to say Hello.
    found, message = rogue.await_status()
    assert found == code if code is not None else found != 0, message
    fleet.join()
    fleet.join()
    check_unharmed(fleet)
    rogue.close()


# By the numbers of their fields in proto/fleet.proto.
READY, ARMED = b"\x22\x00", b"\x2a\x00"
PING, START = b"\x1a", b"\x32"
MISBEHAVIOURS = {
    "ready twice": lambda peer: peer.send(READY) or peer.send(READY),
    "a report before the start": lambda peer: peer.send(b"\x3a\x02\x08\x01"),
    "a message too large": lambda peer: peer.send(bytes(17 << 20)),
    "a message that is none": lambda peer: peer.send(b"\xff" * 100),
    "a second Hello": lambda peer: peer.send(hello("again")),
    "a connection that ends": lambda peer: peer.close(),
    "garbage in its frames": lambda peer: peer.socket.sendall(b"\xff" * 9999),
}


@story
@pytest.mark.parametrize("how", MISBEHAVIOURS)
def test_a_peer_that_joined_and_then_misbehaves(stage, how):
    """It is a worker lost, and no more than that."""
    fleet = Fleet(stage, duration_s=1.5)
    fleet.join()
    rogue = RoguePeer(stage.port)
    rogue.send(hello(NAMES[VICTIM]))
    rogue.await_message()
    fleet.workers.append(None)
    fleet.join()
    MISBEHAVIOURS[how](rogue)
    victim = check_lost(fleet, deadline_s=30)
    assert victim["planned"] == victim["unsent"]
    rogue.close()


@story
@pytest.mark.parametrize(
    "sent_ns, steady_ns", [(0, 0), (2**63 - 1, 2**63 - 1), (1, 2**64 - 1)]
)
def test_a_peer_that_lies_about_its_clock(stage, sent_ns, steady_ns):
    """It cannot make the others wait for a start that never comes."""
    fleet = Fleet(stage, duration_s=1.5)
    fleet.join()
    rogue = RoguePeer(stage.port)
    rogue.send(hello(NAMES[VICTIM]))
    rogue.await_message()  # Welcome
    fleet.workers.append(None)
    fleet.join()
    rogue.send(READY)
    end_s = time.monotonic() + 8
    try:
        while time.monotonic() < end_s:
            message = rogue.await_message()
            if message.startswith(PING):
                rogue.send(pong(sent_ns, steady_ns))
            elif message.startswith(START):
                rogue.send(ARMED)
    except (OSError, ConnectionError):
        pass  # it was seen through
    rogue.close()
    victim = check_lost(fleet, deadline_s=30)
    assert fleet.calls() == []
    assert victim["sent"] == victim["outcomes"].get("lost", 0)


@story
def test_garbage_on_the_port_in_mid_run(stage):
    fleet = Fleet(stage, duration_s=3)
    fleet.join_all()
    fleet.await_calls(10)
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    peers = []
    for garbage in (b"", b"\0" * 5000, b"GET / HTTP/1.1\r\n\r\n", preface,
                    preface + os.urandom(5000), os.urandom(100_000)):
        peer = socket.create_connection(("127.0.0.1", stage.port), timeout=5)
        peers.append(peer)
        try:
            peer.sendall(garbage)
        except ConnectionError:
            pass  # it has seen enough
    for _ in range(20):
        rogue = RoguePeer(stage.port)
        rogue.send(os.urandom(50))
        peers.append(rogue)
    check_unharmed(fleet)
    for peer in peers:
        peer.close()
