"""However a program has to end, it says so: closed standard streams, results
that cannot be written, limits of files and memory, signals of others."""

import os
import signal
import socket
import subprocess

import pytest
from conftest import (
    ENDING_SIGNALS,
    clean_environment,
    free_port,
    program,
    stop,
    wait_until_listening,
)
from results import KEYS, Results, every, instance, stats, write_workload

TIMEOUT_S = 60


def shell(line, *args, env=None, timeout=TIMEOUT_S, **options):
    """A line of sh, with "$@" for the arguments."""
    return subprocess.run(
        ["sh", "-c", line, "sh", *map(str, args)],
        env=clean_environment(KEYS | (env or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        timeout=timeout,
        **options,
    )


@pytest.fixture
def workload(tmp_path):
    return write_workload(tmp_path, {"a": every(0.01, 10)})


@pytest.fixture
def run_line(workload, gateway, tmp_path):
    """A run of ten calls."""
    return [program("invocator"), "run", workload, "--endpoint-url", gateway()] + [
        "--out", tmp_path / "out"]


CLOSED = ["<&-", "2>&-", "<&- 2>&-"]
NO_STDOUT = [">&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"]


@pytest.mark.parametrize("closed", CLOSED + NO_STDOUT)
def test_a_run_with_closed_streams_keeps_its_books(run_line, tmp_path, closed):
    done = shell(f'exec "$@" {closed}', *run_line)
    assert done.returncode == (3 if closed in NO_STDOUT else 0), done.stderr
    results = Results(tmp_path / "out")
    assert results.outcomes == {"ok": 10}
    assert len(results.rows) == 10
    # Nothing was written but what belongs there.
    text = (tmp_path / "out" / "invocations.csv").read_text()
    assert text.startswith("instance,") and text.count("\n") == 11
    if closed in (">&-", "<&- >&-"):
        assert "stdout" in done.stderr and "Bad file descriptor" in done.stderr


def commands(workload):
    """Every command that prints a result."""
    return {
        "plan": ["invocator", "plan", workload],
        "events": ["invocator", "plan", workload, "--events"],
        "help": ["invocator", "--help"],
        "run help": ["invocator", "run", "--help"],
        "version": ["invocator", "--version"],
        "worker help": ["invocator-worker", "--help"],
        "worker version": ["invocator-worker", "--version"],
        "credentials": ["invocator-worker", "--check-credentials"],
        "gateway help": ["invocator-gateway", "--help"],
        "gateway version": ["invocator-gateway", "--version"],
        "gateway's port": ["invocator-gateway", "--listen", "127.0.0.1:0"],
    }


@pytest.mark.parametrize("name", commands(""))
@pytest.mark.parametrize(
    "stdout, reason",
    [(">&-", "Bad file descriptor"), (">/dev/full", "No space left on device")],
)
def test_a_result_that_cannot_be_written_is_told(workload, name, stdout, reason):
    words = commands(workload)[name]
    done = shell(f'exec "$@" {stdout}', program(words[0]), *words[1:])
    assert done.returncode == 3, done.stderr
    lines = [line for line in done.stderr.splitlines() if "stdout" in line]
    assert len(lines) == 1 and reason in lines[0], done.stderr
    assert lines[0].startswith(words[0] + ": ")


@pytest.mark.parametrize("closed", CLOSED)
def test_a_plan_with_other_streams_closed_is_printed(workload, closed):
    whole = shell('exec "$@"', program("invocator"), "plan", workload)
    done = shell(f'exec "$@" {closed}', program("invocator"), "plan", workload)
    assert (done.returncode, done.stdout) == (0, whole.stdout)


def test_a_closed_standard_input_is_named():
    done = shell('exec "$@" <&-', program("invocator"), "plan", "-")
    assert done.returncode == 2
    assert "standard input: cannot be read: Bad file descriptor" in done.stderr


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", "<&- >&- 2>&-"])
def test_a_gateway_and_a_worker_live_with_closed_streams(
    invocator, workload, tmp_path, closed
):
    """A gateway whose port is known need not say it."""
    port, fleet = free_port(), free_port()
    processes = []

    def start(name, *args):
        processes.append(
            subprocess.Popen(
                ["sh", "-c", f'exec "$@" {closed}', "sh", program(name), *args],
                env=clean_environment(KEYS),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
        return processes[-1]

    try:
        gateway = start(
            "invocator-gateway", "--listen", f"127.0.0.1:{port}", "--no-auth"
        )
        wait_until_listening(gateway, port)
        worker = start(
            "invocator-worker", "--coordinator", f"127.0.0.1:{fleet}", "--once"
        )
        done = invocator(
            ["run", workload, "--endpoint-url", f"http://127.0.0.1:{port}"]
            + ["--out", tmp_path / "out", "--workers", 1]
            + ["--listen", f"127.0.0.1:{fleet}"]
        )
        assert done.returncode == 0, done.stderr
        assert worker.wait(TIMEOUT_S) == 0
        assert Results(tmp_path / "out").outcomes == {"ok": 10}
    finally:
        for process in processes:
            stop(process)
    assert gateway.returncode == 0


@pytest.mark.parametrize("number", ENDING_SIGNALS[2:], ids=lambda s: s.name)
def test_an_ignored_signal_stays_ignored(run_line, number):
    """As under nohup."""
    line = f'trap "" {number.value}; "$@" & child=$!; sleep 0.02;' \
        f"kill -{number.value} $child; sleep 0.02; kill -{number.value} $child;" \
        "wait $child"
    assert shell(line, *run_line).returncode == 0


def test_files_that_may_not_grow_are_a_full_disk(invocator, gateway, tmp_path):
    url = gateway("--no-auth")
    path = write_workload(
        tmp_path,
        {"a": instance(distribution="Uniform", rate=2000, auth="none")},
        test_duration_in_seconds=1,
    )
    done = shell(
        'ulimit -f 64; exec "$@"',
        *(program("invocator"), "run", path, "--endpoint-url", url),
        *("--out", tmp_path / "out"),
    )
    assert done.returncode == 3, done.stderr
    assert "invocations.csv" in done.stderr
    assert "File too large" in done.stderr
    assert "verdict" in done.stdout
    assert stats(url)["requests"] in (1999, 2000)
    assert Results(tmp_path / "out").summary["sent"] in (1999, 2000)


def test_a_port_in_use_is_one_line(invocator, workload, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        done = invocator(
            ["run", workload, "--workers", 1, "--listen", address]
            + ["--out", tmp_path / "out"]
        )
    assert done.returncode == 3
    assert done.stderr == (
        f"invocator: cannot listen on {address}: Address already in use\n"
    )
    assert not (tmp_path / "out").exists()


def modes(folder):
    """By name, of the folder itself and of what is in it."""
    files = {str(f.relative_to(folder)): f for f in folder.rglob("*")}
    return {n: f.stat().st_mode & 0o777 for n, f in files.items()} | {
        ".": folder.stat().st_mode & 0o777
    }


@pytest.mark.parametrize("private", [None, "workload.json", "body.json"])
def test_results_are_as_private_as_their_source(gateway, tmp_path, private):
    (tmp_path / "body.json").write_text('{"secret": 1}')
    path = write_workload(
        tmp_path, {"a": every(0.01, 5) | {"payload": "body.json"}}
    )
    for file in (path, tmp_path / "body.json"):
        os.chmod(file, 0o600 if file.name == private else 0o644)
    done = shell(
        'umask 0; exec "$@"',
        *(program("invocator"), "run", path, "--endpoint-url", gateway()),
        *("--out", tmp_path / "out"),
    )
    assert done.returncode == 0, done.stderr
    found = modes(tmp_path / "out")
    for name, mode in found.items():
        if private:
            assert mode & 0o077 == 0 or name == "memory.json", (name, mode)
    # What is copied is always its owner's alone.
    assert found["workload.json"] == found["payloads/body.json"] == 0o600
    if not private:
        assert found["summary.json"] & 0o044 == 0o044


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user")
def test_a_folder_that_cannot_be_written_is_the_reason(workload, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o755)
    for folder in [tmp_path, *tmp_path.parents[:-1]]:
        os.chmod(folder, folder.stat().st_mode | 0o055)
    done = subprocess.run(
        [program("invocator"), "run", workload, "--endpoint-url", "http://127.0.0.1:1"]
        + ["--memory-size", "keep"],
        env=clean_environment(KEYS),
        cwd=locked,
        user=65534,
        group=65534,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert "runs cannot be created: Permission denied" in last
