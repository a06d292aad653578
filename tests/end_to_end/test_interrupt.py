"""Ctrl-C: sending stops at once, calls in flight are drained, what there is is
written and marked; a second time everything ends at once."""

import os
import signal
import socket
import subprocess
import threading
import time

import pytest
from conftest import ENDING_SIGNALS, SANITIZED, not_sanitized
from results import (
    KEYS,
    Results,
    check_all_books,
    check_rows,
    instance,
    ns,
    stats,
    wait_until,
    write_workload,
)

INTERRUPTED = 130
STOP_WITHIN_S = 5


class Running:
    """A run in the background, of 100/s for a minute unless told otherwise."""

    def __init__(self, launch, folder, url, *options, **keys):
        document = {
            "instances": {"a": instance(distribution="Uniform", rate=100)},
            "test_duration_in_seconds": 60,
        } | keys
        path = write_workload(folder, **document)
        self.url = url
        self.out = folder / "out"
        self.process = launch(
            ["run", path, "--endpoint-url", url, "--out", self.out, *options],
            env=KEYS,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.err = []
        self.reader = threading.Thread(target=self.read_stderr, daemon=True)
        self.reader.start()

    def read_stderr(self):
        for line in self.process.stderr:
            self.err.append(line)

    def stderr(self):
        return "".join(self.err)

    def wait_for_requests(self, count):
        wait_until(
            lambda: stats(self.url)["requests"] >= count,
            f"{count} requests",
        )

    def wait_for_words(self, words):
        wait_until(lambda: words in self.stderr(), words)

    def finish(self, timeout=STOP_WITHIN_S):
        """(exit code, stdout) of the run, which has to end soon."""
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still runs {timeout} s later: {self.stderr()}")
        with pytest.raises(ProcessLookupError):
            os.killpg(self.process.pid, 0)  # no process is left of it
        stdout = self.process.stdout.read()
        self.reader.join(timeout)
        return code, stdout


def check_marked(run, stdout):
    results = Results(run.out)
    check_all_books(results)
    check_rows(results)
    assert results.summary["interrupted"] is True
    assert results.summary["unsent"] > 0
    assert results.summary["verdict"]["state"] == "missed"
    assert "interrupted" in results.reasons
    assert "INTERRUPTED" in stdout
    return results


@pytest.mark.parametrize("number", ENDING_SIGNALS, ids=lambda s: s.name)
def test_sending_stops_and_calls_in_flight_are_drained(
    launch, gateway, tmp_path, number
):
    run = Running(launch, tmp_path, gateway("--latency", "400ms"))
    run.wait_for_requests(50)
    at_signal = stats(run.url)["requests"]
    run.process.send_signal(number)
    start = time.monotonic()
    code, stdout = run.finish()
    assert code == INTERRUPTED
    # Drained, not aborted: the calls in flight took 400 ms.
    assert 0.2 < time.monotonic() - start < 3
    results = check_marked(run, stdout)
    assert results.outcomes == {"ok": results.summary["sent"]}
    assert stats(run.url)["requests"] == results.summary["sent"]
    # Half a second's worth, though a sixth of that is what it should take; a
    # sanitizer on a busy machine is slower.
    assert results.summary["sent"] - at_signal < (300 if SANITIZED else 50)
    last_sent = max(ns(row["sent_s"]) for row in results.rows)
    assert all(ns(r["scheduled_s"]) <= last_sent for r in results.rows)
    assert results.summary["duration_s"] < 30


def test_second_interrupt_ends_at_once(launch, gateway, tmp_path):
    run = Running(launch, tmp_path, gateway("--latency", "1m"))
    run.wait_for_requests(20)
    run.process.send_signal(signal.SIGINT)
    run.wait_for_words("interrupt again to end at once")
    assert run.process.poll() is None
    run.process.send_signal(signal.SIGINT)
    start = time.monotonic()
    code, stdout = run.finish()
    assert code == INTERRUPTED
    assert time.monotonic() - start < 2
    results = check_marked(run, stdout)
    assert results.outcomes == {"aborted": results.summary["sent"]}
    assert stats(run.url)["requests"] == results.summary["sent"]


def test_drain_limits_the_wait_after_an_interrupt(launch, gateway, tmp_path):
    run = Running(
        launch, tmp_path, gateway("--latency", "1m"), "--drain", "300ms"
    )
    run.wait_for_requests(20)
    run.process.send_signal(signal.SIGINT)
    code, stdout = run.finish()
    assert code == INTERRUPTED
    results = check_marked(run, stdout)
    assert results.outcomes == {"aborted": results.summary["sent"]}


def test_queue_behind_the_limit_is_not_sent_any_more(
    launch, gateway, tmp_path
):
    run = Running(
        *(launch, tmp_path, gateway("--latency", "300ms")),
        *("--max-in-flight", 4, "--threads", 1),
    )
    run.wait_for_requests(8)
    run.process.send_signal(signal.SIGINT)
    code, stdout = run.finish()
    assert code == INTERRUPTED
    results = check_marked(run, stdout)
    assert results.summary["sent"] <= 16


def test_blocking_run_is_interrupted_too(launch, gateway, tmp_path):
    run = Running(
        *(launch, tmp_path, gateway("--latency", "50ms")), blocking_cli=True
    )
    run.wait_for_requests(5)
    run.process.send_signal(signal.SIGINT)
    code, stdout = run.finish()
    assert code == INTERRUPTED
    check_marked(run, stdout)


def test_interrupt_while_nothing_is_due(launch, gateway, tmp_path):
    """Between two calls a minute apart the engines sleep."""
    run = Running(
        *(launch, tmp_path, gateway()),
        instances={"a": instance(interarrivals_list=[0.01, 59])},
    )
    run.wait_for_requests(1)
    run.process.send_signal(signal.SIGINT)
    code, stdout = run.finish(timeout=2)
    assert code == INTERRUPTED
    results = check_marked(run, stdout)
    assert (results.summary["sent"], results.summary["unsent"]) == (1, 1)


@pytest.mark.parametrize("number", ENDING_SIGNALS, ids=lambda s: s.name)
def test_interrupt_before_the_start(launch, tmp_path, number):
    """While connections are opened to what takes them and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(10)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        run = Running(launch, tmp_path, url, "--warm-connections", 1)
        with silent.accept()[0]:
            run.process.send_signal(number)
            code, stdout = run.finish(timeout=3)
    assert code == INTERRUPTED
    results = check_marked(run, stdout)
    assert results.summary["sent"] == 0
    assert results.rows == []


def begun(launch, arguments, **keys):
    return launch(
        arguments,
        env=KEYS | keys,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def is_alive(pid):
    """And no zombie that nobody reaps."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", ENDING_SIGNALS, ids=lambda s: s.name)
@pytest.mark.parametrize("source", ["stdin", "fifo"])
def test_interrupt_while_the_workload_is_awaited(
    launch, tmp_path, number, source
):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    run = begun(launch, ["run", "-" if source == "stdin" else fifo])
    # From then on it catches the signal.
    wait_until(lambda: catches(run.pid, number), "a handler")
    run.send_signal(number)
    _, err = run.communicate(timeout=STOP_WITHIN_S)
    assert run.returncode == INTERRUPTED
    assert err == "invocator: interrupted\n"


def catches(pid, number):
    with open(f"/proc/{pid}/status") as status:
        mask = next(line for line in status if line.startswith("SigCgt"))
    return int(mask.split()[1], 16) >> (number - 1) & 1


def test_interrupt_ends_the_credential_process_too(launch, tmp_path):
    child = tmp_path / "child"
    slow = tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\necho $$ > {child}.new\nmv {child}.new {child}\nsleep 60\n")
    slow.chmod(0o700)
    config = tmp_path / "config"
    config.write_text(f"[profile slow]\ncredential_process = {slow}\n")
    path = write_workload(tmp_path, {"a": instance(interarrivals_list=[0.1])})
    run = begun(
        launch,
        ["run", path, "--profile", "slow", "--out", tmp_path / "out"],
        AWS_CONFIG_FILE=str(config),
    )
    wait_until(child.exists, "the child runs")
    run.send_signal(signal.SIGTERM)
    _, err = run.communicate(timeout=STOP_WITHIN_S)
    assert run.returncode == INTERRUPTED
    assert err.endswith("invocator: interrupted\n")
    assert not (tmp_path / "out").exists()
    pid = int(child.read_text())
    wait_until(lambda: not is_alive(pid), "the child has ended")


@not_sanitized
def test_a_second_interrupt_ends_a_run_whose_words_nobody_reads(
    launch, gateway, tmp_path
):
    path = write_workload(tmp_path, {"a": instance(interarrivals_list=[0.1])})
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(writable, b"x" * 4096)
    os.set_blocking(writable, True)
    run = launch(
        ["run", path, "--endpoint-url", gateway(), "--out", tmp_path / "out"],
        env=KEYS,
        stdout=subprocess.DEVNULL,
        stderr=writable,
        start_new_session=True,
    )
    wait_until(lambda: catches(run.pid, signal.SIGTERM), "a handler")
    time.sleep(1)  # until it is stuck
    run.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        run.wait(3.2)
    run.send_signal(signal.SIGTERM)
    assert run.wait(STOP_WITHIN_S) == INTERRUPTED
    os.close(readable)
    os.close(writable)


@pytest.mark.parametrize("program", ["invocator-worker", "invocator-gateway"])
def test_sigabrt_from_outside_ends_a_program(launch, tmp_path, program):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
    arguments = {
        "invocator-worker": ["--coordinator", address],
        "invocator-gateway": ["--listen", "127.0.0.1:0"],
    }[program]
    process = launch(
        arguments,
        name=program,
        env=KEYS,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: catches(process.pid, signal.SIGTERM), "a handler")
    process.send_signal(signal.SIGABRT)
    _, err = process.communicate(timeout=STOP_WITHIN_S)
    assert process.returncode == -signal.SIGABRT
    assert err.endswith(f"{program}: ended by SIGABRT\n")
