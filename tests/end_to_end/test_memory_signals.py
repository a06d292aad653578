"""Signals while the control API hangs: a run that is asked to end ends, and
a function that is not back at its size is told of."""

import signal
import subprocess
import threading
import time

import pytest
from memory_runs import INTERRUPTED, Running, command, states_of
from results import KEYS, Results, instance, wait_until, write_workload

SOON_S = 5
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
NAMES = [number.name for number in SIGNALS]


class Hanging:
    """Answers of calls like "PUT first 256" come when it is released."""

    def __init__(self, lamb, call):
        self.call = call
        self.lamb = lamb
        self.gate = threading.Event()
        self.met = threading.Event()
        lamb.script = self.script

    def script(self, method, name, body):
        if self.lamb.calls[-1] == self.call:
            self.met.set()
            self.gate.wait(30)


def wait_for_words(process, words):
    """What stderr has up to a line with these words."""
    lines = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            break
    return "".join(lines)


@pytest.fixture
def hang(stub):
    """start(call) -> the stub of first and second, and what hangs."""
    started = []

    def start(call, **keys):
        lamb = stub({"first": 512, "second": 1024}, **keys)
        started.append(Hanging(lamb, call))
        return lamb, started[-1]

    yield start
    for each in started:
        each.gate.set()


def ask_again(process, number):
    """As a person does: what comes within 200 ms may be the system's."""
    time.sleep(0.3)
    process.send_signal(number)


def check_ends_at_once(run, number):
    """The second signal does, and the command that restores is named."""
    ask_again(run.process, number)
    start = time.monotonic()
    assert run.finish() == INTERRUPTED, run.stderr
    assert time.monotonic() - start < SOON_S
    assert f"invocator restore-memory {run.out}" in run.stderr


@pytest.mark.parametrize("number", SIGNALS, ids=NAMES)
def test_one_signal_ends_reading(launch, hang, tmp_path, number):
    lamb, hanging = hang("GET first")
    run = Running(launch, tmp_path, lamb.url)
    assert hanging.met.wait(10)
    start = time.monotonic()
    run.process.send_signal(number)
    assert run.finish() == INTERRUPTED, run.stderr
    assert time.monotonic() - start < SOON_S
    assert lamb.puts() == []
    assert not (run.out / "memory.json").exists()


@pytest.mark.parametrize("number", SIGNALS, ids=NAMES)
def test_one_signal_waits_for_a_change_and_undoes_it(
    launch, hang, tmp_path, number
):
    lamb, hanging = hang("PUT first 256")
    run = Running(launch, tmp_path, lamb.url)
    assert hanging.met.wait(10)
    run.process.send_signal(number)
    wait_for_words(run.process, "interrupt again to abandon it")
    hanging.gate.set()
    assert run.finish() == INTERRUPTED, run.stderr
    assert lamb.functions == {"first": 512, "second": 1024}
    assert set(states_of(run.out)) == {"restored"}


@pytest.mark.parametrize("number", SIGNALS, ids=NAMES)
def test_a_second_signal_leaves_a_change_under_way(
    launch, invocator, hang, tmp_path, number
):
    lamb, hanging = hang("PUT first 256")
    run = Running(launch, tmp_path, lamb.url)
    assert hanging.met.wait(10)
    run.process.send_signal(number)
    wait_for_words(run.process, "interrupt again to abandon it")
    check_ends_at_once(run, number)
    assert states_of(run.out) == ["changing"]
    assert Results(run.out).summary["interrupted"] is True
    hanging.gate.set()
    wait_until(lambda: len(lamb.answered) == len(lamb.calls), "the change")
    done = invocator(["restore-memory", run.out], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"first": 512, "second": 1024}


@pytest.mark.parametrize("number", SIGNALS, ids=NAMES)
def test_a_signal_while_a_change_takes_effect(
    launch, invocator, hang, tmp_path, number
):
    """LastUpdateStatus stays InProgress: the first signal begins to restore,
    which waits as well; the second one leaves it."""
    lamb, _ = hang("none", update_s=30)
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lambda: len(lamb.puts()) == 2, "both changes")
    run.process.send_signal(number)
    wait_for_words(run.process, "interrupt again to leave them")
    check_ends_at_once(run, number)
    assert states_of(run.out) == ["changed", "changed"]
    lamb.busy_until.clear()
    done = invocator(["restore-memory", run.out], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"first": 512, "second": 1024}


@pytest.mark.parametrize("call", ["PUT f 512", "GET f"])
@pytest.mark.parametrize("number", SIGNALS, ids=NAMES)
def test_two_signals_leave_restoring(
    launch, invocator, stub, tmp_path, number, call
):
    """At the end of a run that nobody interrupted, and with restore-memory."""
    lamb = stub({"f": 512})
    workload = write_workload(
        tmp_path, {"a": instance(application="f", rate=20)},
    )
    out = tmp_path / "out"
    process = launch(
        command(workload, lamb.url, out, "--memory-size", 256), env=KEYS,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    wait_until(lambda: lamb.invoked_at, "calls")
    hanging = Hanging(lamb, call)
    again = ["restore-memory", out]
    for process in (process, None):
        process = process or launch(
            again, env=KEYS, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )
        assert hanging.met.wait(20)
        process.send_signal(number)
        wait_for_words(process, "interrupt again to leave them")
        start = time.monotonic()
        ask_again(process, number)
        _, words = process.communicate(timeout=20)
        assert process.returncode == INTERRUPTED, words
        assert time.monotonic() - start < SOON_S
        assert f"invocator restore-memory {out}" in words
        assert states_of(out) == ["changed"]
        hanging.met.clear()
    hanging.gate.set()
    wait_until(lambda: len(lamb.answered) == len(lamb.calls), "answers")
    done = invocator(again, env=KEYS)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"f": 512}
