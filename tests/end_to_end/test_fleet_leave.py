"""Workers that are asked to end, and runs that end early: whoever leaves says
so, and nothing is sent that the books call unsent."""

import re
import signal
import socket
import time

import pytest
from conftest import SANITIZED
from rogue_peer import RoguePeer, field, hello, pong
from stage import ended, freeze, kill, said, sleep_until, thaw
from stories import stories, story  # noqa: F401
from test_fleet_faults import (
    NAMES,
    OTHERS,
    PING,
    READY,
    START,
    VICTIM,
    Fleet,
    check,
    check_unharmed,
)

LEFT = "left at"


def ask(worker, how=signal.SIGTERM):
    worker.send_signal(how)


def instant_s(fleet):
    """From which on the victim sends nothing, as the summary says."""
    return fleet.results().summary["workers"][VICTIM]["left_at_s"]


def sent_by_victim(fleet):
    return {
        (row["instance"], int(row["sequence"]))
        for row in fleet.results().rows
        if row["worker"] == NAMES[VICTIM]
    }


def before(fleet, instant, keys):
    return {key for key in keys if float(fleet.planned[key].scheduled_s) < instant}


@story
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_replanned_nothing_is_lost_and_nothing_sent_twice(stage, how):
    fleet = Fleet(stage, "--on-worker-loss", "replan", duration_s=5)
    fleet.join_all()
    fleet.await_calls(40)
    asked_s = time.monotonic()
    ask(fleet.victim, how)
    ended(fleet.victim, 0, 8)
    assert time.monotonic() - asked_s < 4, "calls end at once here"
    results = check_unharmed(fleet)
    left_s = instant_s(fleet)
    assert 1 < left_s < 4
    share = fleet.share(VICTIM)
    assert sent_by_victim(fleet) == before(fleet, left_s, share)
    assert f"worker {NAMES[VICTIM]} {LEFT} {left_s:.1f} s" in fleet.coordinator.log()
    assert results.summary["departures"][0].startswith(f"worker {NAMES[VICTIM]}")
    assert "go back to the coordinator" in fleet.victim.log()
    assert results.summary["interrupted"] is False


@story
def test_several_leave_one_after_the_other(stage):
    fleet = Fleet(stage, "--on-worker-loss", "replan", duration_s=6)
    fleet.join_all()
    fleet.await_calls(40)
    ask(fleet.workers[0])
    time.sleep(0.1)  # its Extends may cross the next one's Leave
    ask(fleet.workers[VICTIM])
    check_unharmed(fleet)


@story
@pytest.mark.parametrize("policy", ["finish", "abort"])
def test_the_policy_is_applied_as_for_a_loss(stage, policy):
    fleet = Fleet(stage, "--on-worker-loss", policy, duration_s=5)
    fleet.join_all()
    fleet.await_calls(40)
    ask(fleet.victim)
    ended(fleet.victim, 3, 10)
    faulty = (VICTIM,) if policy == "finish" else (0, 1, 2)
    results = check(fleet, 3, 30, faulty)
    left_s = instant_s(fleet)
    victim = results.summary["workers"][VICTIM]
    assert victim["lost"] is False and victim["unsent"] > 0
    if policy == "finish":
        share = fleet.share(VICTIM)
        assert sent_by_victim(fleet) == before(fleet, left_s, share)
        assert victim["unsent"] == len(share) - victim["sent"]
    assert LEFT in results.reasons
    for number in OTHERS:
        ended(fleet.workers[number], 0)


@story
def test_a_stream_that_is_cut_carries_the_leave_when_it_is_back(stage):
    fleet = Fleet(stage, "--on-worker-loss", "replan", duration_s=6)
    link = stage.proxy()
    fleet.join_all(link)
    fleet.await_calls(40)
    link.cut()
    ask(fleet.victim)
    time.sleep(1)
    link.heal()
    ended(fleet.victim, 0, 15)
    results = check(fleet, 0, 30, faulty=())
    assert results.summary["unsent"] == 0
    assert sent_by_victim(fleet) == before(
        fleet, instant_s(fleet), fleet.share(VICTIM)
    )


@story
def test_alone_there_is_nobody_to_hand_over_to(stage):
    fleet = Fleet(
        stage, "--on-worker-loss", "replan", duration_s=5, workers=1
    )
    worker = fleet.join()
    fleet.await_calls(20, worker=0)
    ask(worker)
    ended(worker, 3, 10)
    ended(fleet.coordinator, 3, 20)
    assert "no worker is left" in fleet.coordinator.log()
    assert "no worker is left" in worker.log()
    assert fleet.results().summary["unsent"] > 0


@story
def test_the_only_heir_may_be_away_for_a_moment(stage):
    fleet = Fleet(
        stage, "--on-worker-loss", "replan", duration_s=6, workers=2
    )
    link = stage.proxy()
    fleet.join()
    fleet.join(via=link)
    fleet.await_calls(20, worker=0)
    link.cut()
    said(fleet.coordinator, "w1's stream is broken")
    ask(fleet.workers[0])
    said(fleet.coordinator, LEFT)
    link.heal()
    ended(fleet.workers[0], 0, 10)
    results = check(fleet, 0, 30, faulty=())
    assert results.summary["unsent"] == 0
    assert "worker w1 plays its later invocations" in fleet.coordinator.log()


@story
@pytest.mark.parametrize("policy", ["finish", "abort"])
def test_with_nothing_left_to_play_a_leave_costs_nothing(stage, policy):
    fleet = Fleet(
        stage, "--on-worker-loss", policy, duration_s=3, latency_s=4
    )
    fleet.join_all()
    fleet.await_calls(len(fleet.share(VICTIM)))
    sleep_until(fleet.begun_s() + 3)
    ask(fleet.victim)
    ended(fleet.victim, 0, 10)
    results = check(fleet, 0, 30, faulty=())
    assert results.summary["outcomes"] == {"ok": results.summary["planned"]}
    assert "it had no later invocations" in fleet.coordinator.log()


@story
def test_calls_in_flight_are_awaited(stage):
    fleet = Fleet(
        stage, "--on-worker-loss", "replan", duration_s=5, latency_s=1.5
    )
    fleet.join_all()
    fleet.await_calls(40)
    ask(fleet.victim)
    ended(fleet.victim, 0, 9)
    check_unharmed(fleet)


@story
@pytest.mark.parametrize("fault", ["killed", "frozen"])
def test_without_its_coordinator_a_leaver_ends_within_ten_seconds(stage, fault):
    """After which `docker stop` would kill it."""
    fleet = Fleet(stage, duration_s=20)
    fleet.join_all()
    fleet.await_calls(20)
    (kill if fault == "killed" else freeze)(fleet.coordinator)
    asked_s = time.monotonic()
    ask(fleet.victim)
    ended(fleet.victim, 3, 15)
    # A sanitizer takes a second or two to take its process down.
    assert time.monotonic() - asked_s < (12 if SANITIZED else 10)
    assert "the coordinator is gone" in fleet.victim.log()
    for number in OTHERS:
        kill(fleet.workers[number])
    if fault == "frozen":
        thaw(fleet.coordinator)
        ended(fleet.coordinator, 3, 30)


@story
@pytest.mark.parametrize("policy", ["finish", "replan"])
def test_before_the_start_a_leaver_learns_what_becomes_of_its_share(
    stage, policy
):
    """While another still gets ready."""
    fleet = Fleet(
        stage, "--on-worker-loss", policy, duration_s=2, workers=2
    )
    victim = fleet.join()
    rogue = RoguePeer(stage.port)
    rogue.send(hello("w1"))
    rogue.await_message()  # Welcome
    rogue.await_message()  # Assignment: the other's was sent before
    time.sleep(0.5)
    ask(victim)
    ended(victim, 0 if policy == "replan" else 3, 5)
    said(fleet.coordinator, "worker w0: the worker was asked to stop")
    rogue.close()
    ended(fleet.coordinator, 3, 10)

    fleet = Fleet(
        stage, "--on-worker-loss", "replan", duration_s=6, latency_s=5
    )
    fleet.join_all()
    fleet.await_calls(40)
    ask(fleet.victim)
    said(fleet.victim, "leaving at")
    time.sleep(0.5)  # its instant lies a moment ahead
    asked_s = time.monotonic()
    ask(fleet.victim)
    fleet.victim.wait(4)
    assert time.monotonic() - asked_s < 3
    results = check(fleet, 0, 40, faulty=(VICTIM,))
    victim = results.summary["workers"][VICTIM]
    assert victim["outcomes"]["aborted"] > 0
    assert victim["lost"] is False


@story
def test_before_the_run_a_worker_ends_in_silence(stage):
    fleet = Fleet(stage, duration_s=2)
    worker = fleet.join()
    ask(worker)
    ended(worker, 0, 5)
    assert not re.search(r"\d error:", worker.log())
    fleet.workers.clear()
    for _ in range(3):
        fleet.join()
    check_unharmed(fleet)


@story
def test_a_worker_that_nobody_welcomes_gives_up(stage):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        worker = stage.worker("w", "--join-timeout", "1s", via=address)
        ended(worker, 3, 20)
    assert "no coordinator" in worker.log()
    idle = stage.worker("w", via=address, once=False)
    said(idle, "cannot reach")
    ask(idle)
    ended(idle, 0, 10)
    assert not re.search(r"\d error:", idle.log())


def play_rogue(rogue, at_start):
    """As a worker would, up to its Start."""
    rogue.send(hello("rogue"))
    rogue.await_message()  # Welcome
    rogue.send(READY)
    while True:
        message = rogue.await_message()
        if message.startswith(PING):
            rogue.send(pong(_sent_ns(message), time.monotonic_ns()))
        elif message.startswith(START):
            at_start(message)
            return


def _sent_ns(ping):
    """Of a ClockPing: field 1 of field 3."""
    value = shift = 0
    for byte in ping[3:]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value
    return value


@story
def test_called_off_nothing_is_sent_that_the_books_call_unsent(stage):
    """A stream ends after Start and before StartArmed."""
    fleet = Fleet(stage, "--on-worker-loss", "abort", duration_s=4)
    fleet.join()
    fleet.join()
    rogue = RoguePeer(stage.port)
    play_rogue(rogue, lambda _: rogue.close())
    ended(fleet.coordinator, 3, 20)
    for worker in fleet.workers:
        ended(worker, 0, 10)
    summary = fleet.results().summary
    assert len(fleet.target.calls()) <= summary["sent"]
    assert summary["planned"] == summary["sent"] + summary["unsent"]
    assert summary["unsent"] > 0


@story
def test_who_answers_pings_and_never_reports_is_lost_and_replanned_for(stage):
    fleet = Fleet(stage, "--on-worker-loss", "replan", duration_s=22, rate=10)
    fleet.join()
    fleet.join()
    rogue = RoguePeer(stage.port)

    def arm(start):
        rogue.send(field(5, start[2:]))  # the same field names the instant

    play_rogue(rogue, arm)
    end_s = time.monotonic() + 40
    try:
        while time.monotonic() < end_s:
            message = rogue.await_message()
            if message.startswith(PING):
                rogue.send(pong(_sent_ns(message), time.monotonic_ns()))
    except (OSError, ConnectionError, TimeoutError):
        pass  # it was given up
    rogue.close()
    ended(fleet.coordinator, 3, 40)
    for worker in fleet.workers:
        ended(worker, 0, 10)
    summary = fleet.results().summary
    assert "it reports nothing" in fleet.coordinator.log()
    lost = summary["workers"][2]
    assert lost["name"] == "rogue" and lost["lost"] is True
    # Ten seconds without a report, and what is left of a lease.
    assert 100 <= lost["outcomes"]["lost"] <= 185
    # Others come in when it is surely silent, and a moment later.
    assert summary["unsent"] <= 8
    assert summary["duration_s"] < 35
