"""Early ends of runs from Python: by cancelling, with the script, with the
process, by a crash. Nothing is sent afterwards."""

import asyncio
import os
import pathlib
import signal
import time

import pytest
from conftest import SANITIZED
from python_package import programs, script  # noqa: F401
from results import Results, check_all_books, instance, stats, wait_until

from invocator import AWSFunctionInvocator, Crashed, Interrupted, _child

SOON_S = 10 if SANITIZED else 1
DEADLINE_S = 20

pytestmark = pytest.mark.usefixtures("programs")

MINUTE = {
    "test_name": "minute",
    "test_duration_in_seconds": 60,
    "random_seed": 1,
    "instances": {"a": instance(distribution="Uniform", rate=100)},
}


@pytest.fixture
def url(gateway):
    return gateway("--latency", "20ms")


@pytest.fixture
def invoke(url, tmp_path):
    """invoke(**options) -> a one-minute run that has begun to send."""
    runs = []

    def start(**options):
        before = stats(url)["requests"]
        options = {"out": tmp_path / f"out{len(runs)}"} | options
        run = AWSFunctionInvocator(MINUTE).invoke_all(
            endpoint_url=url, **options
        )
        runs.append(run)
        wait_until(lambda: stats(url)["requests"] > before, "a request")
        return run

    yield start
    for run in runs:
        run._child.signal(signal.SIGKILL)
        run._child.wait(DEADLINE_S)


def check_silence(url):
    """Checks that no more calls arrive, for the time of thirty calls."""
    before = stats(url)["requests"]
    time.sleep(0.3)
    assert stats(url)["requests"] == before > 0


def check_interrupted(run):
    assert run.exit_code == 130
    results = Results(run.results[0].folder)
    check_all_books(results)
    assert run.report.interrupted is True
    assert 0 < run.report.sent < run.report.planned


def test_cancel(invoke, url):
    run = invoke()
    start = time.monotonic()
    run.cancel()
    assert run.wait() is run
    assert time.monotonic() - start < SOON_S
    check_interrupted(run)
    check_silence(url)
    with pytest.raises(Interrupted):
        run.wait(check=True)
    run.cancel()  # changes nothing


def test_cancel_at_once(url):
    """Before the command handles signals."""
    run = AWSFunctionInvocator(MINUTE).invoke_all(endpoint_url=url)
    run.cancel()
    assert run.wait(DEADLINE_S).exit_code == 130


def test_calls_in_flight_have_the_grace_then_are_aborted(gateway, tmp_path):
    url = gateway("--latency", "50s")
    run = AWSFunctionInvocator(MINUTE).invoke_all(
        endpoint_url=url, out=tmp_path / "out"
    )
    wait_until(lambda: stats(url)["requests"] > 10, "requests")
    start = time.monotonic()
    run.cancel(grace=0.5)
    run.wait(DEADLINE_S)
    assert 0.5 < time.monotonic() - start < DEADLINE_S
    check_interrupted(run)
    assert run.report.outcomes == {"aborted": run.report.sent}


def test_cancelled_task_cancels_its_run(invoke, url):
    run = invoke()
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    async def main():
        clock = asyncio.ensure_future(tick())
        task = asyncio.ensure_future(run)
        await asyncio.sleep(0.3)
        assert ticks > 10  # the loop is not blocked
        start = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - start < SOON_S
        clock.cancel()

    asyncio.run(main())
    check_interrupted(run)
    check_silence(url)


def test_asyncio_watches_and_waits(url):
    workload = MINUTE | {"test_duration_in_seconds": 1.2}

    async def main():
        ivk = AWSFunctionInvocator(workload)
        watched = ivk.invoke_all(endpoint_url=url, no_report=True)
        other = ivk.invoke_all(endpoint_url=url, no_report=True)
        seen = [progress async for progress in watched]
        assert len(seen) >= 2 and seen[-1].sent == watched.report.sent
        assert await asyncio.gather(watched, other) == [watched, other]
        assert other.report.schedule_digest == watched.report.schedule_digest

    asyncio.run(main())


def test_cancelled_watch_cancels_its_run(invoke):
    run = invoke()

    async def watch():
        async for _ in run:
            pass

    async def main():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(watch(), 0.2)

    asyncio.run(main())
    check_interrupted(run)


def test_exception_in_a_with_block_cancels(invoke):
    with pytest.raises(ZeroDivisionError):
        with invoke() as run:
            1 / 0
    check_interrupted(run)


# Starts a run; a test adds the rest of the script.
BEGIN = """
    import os, signal, sys, threading, time
    from invocator import AWSFunctionInvocator
    URL = {url!r}
    ivk = AWSFunctionInvocator({workload!r})
    run = ivk.invoke_all(endpoint_url=URL, out="out")
    print(run._child.pid, flush=True)
"""


@pytest.fixture
def begin(url, tmp_path):
    """begin(rest of a script) -> (process, pid of its command), once calls
    arrive."""
    processes = []

    def start(rest):
        text = BEGIN.format(workload=MINUTE, url=url) + rest
        process = script(text, tmp_path, start_new_session=True)
        processes.append(process)
        pid = int(process.stdout.readline())
        wait_until(lambda: stats(url)["requests"] > 0, "a request")
        return process, pid

    yield start
    for process in processes:
        process.kill()
        process.communicate(timeout=DEADLINE_S)


def is_gone(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return state.rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_load_ends_with_the_python_process(begin, url, tmp_path, number):
    process, pid = begin("    run.wait()")
    process.send_signal(number)
    start = time.monotonic()
    wait_until(lambda: is_gone(pid), "the command has ended")
    assert time.monotonic() - start < SOON_S
    check_silence(url)
    assert Results(tmp_path / "out").summary["interrupted"] is True


@pytest.mark.parametrize(
    "fork",
    [
        "os.fork() or time.sleep(60)",
        "multiprocessing.get_context('fork').Process(target=time.sleep, "
        "args=(60,)).start()",
        "subprocess.Popen(['sleep', '60'])",
        "subprocess.Popen(['sleep', '60'], close_fds=False)",
        "os.posix_spawnp('sleep', ['sleep', '60'], os.environ)",
    ],
    ids=["fork", "multiprocessing", "popen", "popen_all_fds", "posix_spawn"],
)
def test_other_children_do_not_keep_the_load_alive(begin, url, fork):
    process, pid = begin(f"""
    import multiprocessing, subprocess
    {fork}
    print("forked", flush=True)
    time.sleep(60)
    """)
    try:
        assert process.stdout.readline() == "forked\n"
        process.kill()
        wait_until(lambda: is_gone(pid), "the command has ended")
        check_silence(url)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the script's other child


def test_one_run_does_not_keep_another_alive(begin, url):
    """It would if it inherited the other's pipe."""
    process, pid = begin("""
    other = ivk.invoke_all(endpoint_url=URL, out="b")
    print(other._child.pid, flush=True)
    time.sleep(60)
    """)
    other_pid = int(process.stdout.readline())
    process.kill()
    for each in (pid, other_pid):
        wait_until(lambda: is_gone(each), "the command has ended")
    check_silence(url)


@pytest.mark.parametrize(
    "wait", ["run.wait()", "for _ in run: pass", "time.sleep(60)"]
)
def test_ctrl_c_ends_load_and_script(begin, url, tmp_path, wait):
    """Also in a script that does not wait: the exception ends it."""
    process, pid = begin(f"    {wait}")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == -signal.SIGINT
    assert err.rstrip().endswith("KeyboardInterrupt")
    assert is_gone(pid)
    # Drained and written.
    results = Results(tmp_path / "out")
    assert results.summary["interrupted"] is True
    assert set(results.outcomes) == {"ok"}
    check_silence(url)


def test_second_ctrl_c_does_not_wait_for_calls_in_flight(
    gateway, tmp_path
):
    url = gateway("--latency", "50s")
    process = script(
        BEGIN.format(workload=MINUTE, url=url) + """
    import logging
    logging.basicConfig(level="INFO", stream=sys.stdout)
    run.wait()
    """,
        tmp_path,
    )
    try:
        wait_until(lambda: stats(url)["requests"] > 10, "requests")
        process.send_signal(signal.SIGINT)
        for line in process.stdout:
            if "interrupt again" in line:
                break
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        process.communicate(timeout=DEADLINE_S)
        assert time.monotonic() - start < DEADLINE_S
        assert set(Results(tmp_path / "out").outcomes) == {"aborted"}
    finally:
        process.kill()
        process.wait()


def test_exception_ends_the_load_of_its_script(begin, url):
    process, pid = begin("""
    while not (run.progress and run.progress.sent):
        time.sleep(0.01)
    raise SystemError("enough")
    """)
    _, err = process.communicate(timeout=DEADLINE_S)
    assert "enough" in err and is_gone(pid)
    check_silence(url)


def test_failure_that_nobody_waits_for_is_logged(tmp_path):
    process = script(
        """
        from invocator import AWSFunctionInvocator
        AWSFunctionInvocator("absent.json").invoke_all()
        """,
        tmp_path,
    )
    _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 0
    assert err.startswith("BadInput: ") and "absent.json" in err
    assert len(err.splitlines()) == 1


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """fake(body of a shell script) -> a run with the script as its command."""
    runs = []

    def start(body):
        path = tmp_path / "invocator"
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)
        monkeypatch.setenv("INVOCATOR_BIN_DIR", str(tmp_path))
        runs.append(AWSFunctionInvocator("x").invoke_all())
        return runs[-1]

    yield start
    for run in runs:
        run._child.signal(signal.SIGKILL)


def test_crash_is_an_exception(fake):
    run = fake("echo last words >&2; kill -SEGV $$")
    with pytest.raises(Crashed, match="(?s)signal 11.*last words") as caught:
        run.wait()
    assert caught.value.exit_code == -signal.SIGSEGV
    with pytest.raises(Crashed, match="exit code 77"):
        fake("exit 77").wait()


def test_command_that_does_not_end_is_killed(fake, monkeypatch):
    monkeypatch.setattr(_child, "END_WITHIN_S", 0.2)
    # Its child keeps the pipes open.
    run = fake("trap '' TERM; echo ready >&2; sleep 30; sleep 30")
    wait_until(lambda: run.messages == ["ready"], "its trap")
    run.cancel(grace=0.2)
    with pytest.raises(Crashed, match="signal 9"):
        run.wait(DEADLINE_S)


def test_output_without_end_is_read(fake):
    """Both pipes are read at the same time, so that neither fills."""
    run = fake(
        "head -c 3000000 /dev/zero | tr '\\0' x; echo\n"
        "yes '{\"folder\"}' | head -n 200000 >&2; echo end >&2\n"
        "head -c 3000000 /dev/zero | tr '\\0' x\n"
    )
    run.wait(DEADLINE_S)
    assert len(run.text) == 6_000_001
    assert run.messages == ["{\"folder\"}"] * 200_000 + ["end"]
