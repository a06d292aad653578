"""Runs started by programs: progress as JSON on stderr, and the end of a run
whose parent process has ended."""

import json
import os
import pty
import signal
import subprocess
import sys

import pytest
from conftest import clean_environment, program
from results import KEYS, Results, instance, write_workload

# Longer than calls in flight take, even with a sanitizer.
DEADLINE_S = 20


def command(folder, url, *options, seconds=60, **keys):
    workload = write_workload(
        folder,
        {"a": instance(distribution="Uniform", rate=50, **keys)},
        test_duration_in_seconds=seconds,
    )
    return [
        *("run", workload, "--endpoint-url", url, "--out", folder / "out"),
        *("--progress", "json", *options),
    ]


def objects(text):
    return [json.loads(s) for s in text.splitlines() if s.startswith("{")]


@pytest.fixture
def start(launch, gateway, tmp_path):
    """Starts a run of 60 s and reads its first object."""
    def begin(**popen):
        process = launch(
            command(
                tmp_path, gateway(), "--memory-size", "keep", "--stop-at-eof"
            ),
            env=KEYS,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )
        await_object(process.stderr)
        return process

    return begin


def await_object(stream):
    for line in stream:
        if line.startswith("{"):
            return json.loads(line)
    raise AssertionError("no progress")


def test_an_object_a_second_and_the_end(invocator, gateway, tmp_path):
    url = gateway()
    done = invocator(
        command(
            tmp_path, url, "--memory-size", "256", "--threshold",
            "ok <= 10", seconds=3, application="f",
        ),
        env=KEYS,
    )
    assert done.returncode == 5, done.stderr
    summary = Results(tmp_path / "out").summary
    seen = objects(done.stderr)
    times = [o["elapsed_s"] for o in seen]
    assert times == sorted(times)
    assert times[0] < 0.5
    # At 0, 1 and 2 s and at the end.
    assert 4 <= len(seen) <= 6
    last = seen[-1]
    assert {o["folder"] for o in seen} == {str(tmp_path / "out")}
    assert {o["memory_mb"] for o in seen} == {256}
    assert {o["duration_s"] for o in seen} == {3}
    assert {o["planned"] for o in seen} == {summary["planned"]}
    for name in ("sent", "outcomes", "dropped"):
        assert last[name] == summary[name], name
    assert last["completed"] == summary["sent"]
    assert last["in_flight"] == 0
    for latency in ("response_us", "lateness_us"):
        assert last[latency]["p99"] == pytest.approx(
            summary[latency]["p99"], rel=0.002
        )
    assert last["missed"] == [f"ok <= 10 (now {summary['outcomes']['ok']})"]
    # Messages remain; text progress does not.
    assert "in flight" not in done.stderr
    assert "memory of f (us-west-1)" in done.stderr


def test_a_series_names_folder_and_size_of_each_run(
    invocator, gateway, tmp_path
):
    done = invocator(
        command(
            tmp_path, gateway(), "--memory-size", "128,256",
            seconds=1, application="f",
        ),
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "out"
    assert {(o["folder"], o["memory_mb"]) for o in objects(done.stderr)} == {
        (f"{folder}-128mb", 128), (f"{folder}-256mb", 256),
    }


def test_an_interrupted_run_has_a_last_object(start, tmp_path):
    process = start()
    process.send_signal(signal.SIGINT)
    seen = objects(process.stderr.read())
    assert process.wait(DEADLINE_S) == 130
    summary = Results(tmp_path / "out").summary
    assert summary["interrupted"] is True
    assert seen[-1]["outcomes"] == summary["outcomes"]
    assert seen[-1]["completed"] == summary["outcomes"]["ok"]


def test_closing_its_input_stops_the_run(start, tmp_path):
    process = start()
    process.stdin.write("whatever is said is not the end\n" * 10_000)
    process.stdin.flush()
    await_object(process.stderr)
    process.stdin.close()
    process.stderr.read()
    assert process.wait(DEADLINE_S) == 130
    assert Results(tmp_path / "out").summary["interrupted"] is True


def test_the_starter_may_ignore_signals(start, tmp_path):
    process = start(
        preexec_fn=lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN)
    )
    process.stdin.close()
    process.stderr.read()
    assert process.wait(DEADLINE_S) == 130
    assert Results(tmp_path / "out").summary["interrupted"] is True


STARTER = """
import subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
print("started", flush=True)
child.wait()
"""


def test_a_run_ends_with_the_program_that_started_it(gateway, tmp_path):
    starter = subprocess.Popen(
        [
            *(sys.executable, "-c", STARTER, program("invocator")),
            *map(str, command(
                tmp_path, gateway(), "--memory-size", "keep", "--stop-at-eof"
            )),
        ],
        env=clean_environment(KEYS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        await_object(starter.stderr)
    finally:
        starter.kill()
        starter.wait()
    # The run holds the other end: this waits for its end.
    starter.stderr.read()
    starter.stderr.close()
    assert Results(tmp_path / "out").summary["interrupted"] is True


def test_an_input_that_has_ended_stops_it_before_anything_is_sent(
    invocator, gateway, tmp_path
):
    done = invocator(
        command(tmp_path, gateway(), "--memory-size", "keep", "--stop-at-eof"),
        env=KEYS,
    )
    assert done.returncode == 130, done.stderr
    if (tmp_path / "out").exists():
        assert Results(tmp_path / "out").summary["sent"] < 50


def test_input_that_is_something_else_is_refused(invocator, tmp_path):
    done = invocator(["run", "-", "--stop-at-eof"])
    assert done.returncode == 2
    assert "--stop-at-eof: standard input is the workload" in done.stderr


def test_a_terminal_is_no_pipe(launch, tmp_path):
    ours, theirs = pty.openpty()
    try:
        process = launch(
            command(tmp_path, "http://127.0.0.1:9", "--stop-at-eof"),
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert "standard input is a terminal" in process.stderr.read()
        assert process.wait(DEADLINE_S) == 2
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_gateway_ends_with_its_input(launch):
    gateway = launch(
        ["--listen", "127.0.0.1:0", "--stop-at-eof"],
        name="invocator-gateway",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert gateway.stdout.readline().startswith("listening on ")
    assert gateway.poll() is None
    gateway.stdin.close()
    assert gateway.wait(DEADLINE_S) == 0


def test_a_workload_that_is_passed_on_has_the_working_folders_files(
    launch, gateway, tmp_path
):
    (tmp_path / "body.json").write_text('{"a": 1}')
    arguments = command(
        tmp_path, gateway(), "--memory-size", "keep",
        seconds=1, payload="body.json",
    )
    with open(arguments[1]) as workload:
        arguments[1] = f"/dev/fd/{workload.fileno()}"
        run = launch(
            arguments, env=KEYS, cwd=tmp_path,
            pass_fds=[workload.fileno()],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        assert (run.stderr.read() is not None, run.wait(DEADLINE_S)) == (
            True, 0,
        )
    results = Results(tmp_path / "out")
    assert {row["bytes_sent"] != "0" for row in results.rows} == {True}
