"""File descriptors that are scarce: a coordinator under idle connections, fleets
larger than a limit, workers that run out of them."""

import os
import resource
import socket
import subprocess
import time

import pytest
from conftest import (
    clean_environment,
    free_port,
    not_sanitized,
    program,
    wait_until_listening,
)
from results import KEYS, check_all_books, every, stats, wait_until, write_workload
from rogue_peer import HEADERS, RoguePeer
from stage import Stage, ended, said

HARD = resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def limited(soft, hard):
    return ("prlimit", f"--nofile={soft}:{hard}", "--")


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path) as stage:
        yield stage


@pytest.fixture
def idle(stage):
    """idle(count): silent connections to the coordinator, closed with the
    test."""
    if HARD < 4096:
        pytest.skip("takes more descriptors than this shell may have")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
    sockets = []

    def connect(count):
        for _ in range(count):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", stage.port))
            sockets.append(one)
        return sockets

    yield connect
    for one in sockets:
        one.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def close_all(sockets):
    for one in sockets:
        one.close()


def workload(folder, calls=20):
    return write_workload(folder, {"a": every(0.02, calls)})


@not_sanitized
def test_calls_that_a_worker_has_no_descriptors_for_are_its_own_fault(
    stage, gateway, tmp_path
):
    """Each call needs another connection: all are in flight at once."""
    url = gateway("--latency", "3s")
    path = write_workload(
        tmp_path, {"a": every(0.1, 40)}, test_duration_in_seconds=5
    )
    coordinator = stage.coordinator(path, url, workers=1)
    worker = stage.worker("w0")
    wait_until(lambda: stats(url)["requests"] > 0, "the first call")
    subprocess.run(
        ["prlimit", f"--pid={worker.pid}", "--nofile=16:16"], check=True
    )
    ended(coordinator, 0, 30)
    ended(worker, 0, 10)
    results = stage.results()
    check_all_books(results)
    failed = results.outcomes["connect_error"]
    assert results.summary["reasons"] == {
        "connect_error": {"no_local_resources": failed}
    }
    assert failed == 40 - stats(url)["requests"]
    assert results.summary["verdict"]["state"] == "missed"
    assert f"{failed} invocations failed for want of descriptors" in str(
        results.summary["verdict"]["reasons"]
    )
    assert "Too many open files" in coordinator.log()
    assert "raise ulimit -n" in coordinator.log()
    assert worker.log().count("for want of descriptors") == 1


def check_sent(stage, url, calls=20):
    results = stage.results()
    check_all_books(results)
    assert results.outcomes == {"ok": calls}
    assert stats(url)["requests"] == calls


@pytest.mark.parametrize("limit, count", [(64, 100), (1024, 1074)])
def test_a_coordinator_hears_again_after_idle_connections(
    stage, gateway, idle, tmp_path, limit, count
):
    url = gateway()
    coordinator = stage.coordinator(
        *(workload(tmp_path), url),
        workers=2,
        prefix=limited(limit, limit),
    )
    said(coordinator, "results in")
    held = idle(count)
    said(coordinator, "connections are open, 0 of them workers")
    time.sleep(2)  # the fault lasts
    close_all(held)
    workers = [stage.worker("a"), stage.worker("b")]
    for process in [coordinator, *workers]:
        ended(process, 0)
    check_sent(stage, url)


def test_silent_connections_do_not_keep_workers_out_for_long(
    stage, gateway, idle, tmp_path
):
    """They are closed in the end, though they stay."""
    url = gateway()
    coordinator = stage.coordinator(
        *(workload(tmp_path), url),
        workers=2,
        prefix=limited(64, 64),
    )
    said(coordinator, "results in")
    idle(50)
    workers = [stage.worker("a"), stage.worker("b")]
    for process in [coordinator, *workers]:
        ended(process, 0, 60)
    check_sent(stage, url)


def test_streams_without_a_hello_do_not_keep_a_connection(
    stage, gateway, tmp_path
):
    """However often it opens one."""
    token = tmp_path / "token"
    token.write_text("a" * 40)
    token.chmod(0o600)
    stage.coordinator(
        *(workload(tmp_path), gateway(), "--token-file", token), workers=1
    )
    begin = time.monotonic()
    rogue = RoguePeer(stage.port)
    with pytest.raises(OSError):
        for stream in range(3, 100, 2):
            rogue.open_stream(stream)
            rogue.read(lambda kind, payload: kind == HEADERS)
            time.sleep(0.5)
    assert 8 < time.monotonic() - begin < 15


def test_members_outlast_the_deadline_of_strangers(stage, gateway, tmp_path):
    """By IPv4 and IPv6: their connections are told apart by the address."""
    url = gateway()
    coordinator = stage.start(
        "invocator",
        ["run", workload(tmp_path), "--endpoint-url", url, "--workers", 3]
        + ["--listen", f"[::]:{stage.port}", "--insecure", "--out", stage.out],
        env=KEYS,
    )
    wait_until_listening(coordinator, stage.port)

    def join(name, host):
        return stage.start(
            "invocator-worker",
            ["--coordinator", f"{host}:{stage.port}", "--once", "--name", name],
            env=KEYS,
        )

    workers = [join("four", "127.0.0.1"), join("six", "[::1]")]
    said(coordinator, "worker four has joined", "worker six has joined")
    time.sleep(13)
    workers.append(join("last", "127.0.0.1"))
    for process in [coordinator, *workers]:
        ended(process, 0, 60)
    check_sent(stage, url)


def test_strangers_do_not_hold_up_a_rejoin(stage, gateway, idle, tmp_path):
    """Not for as long as a lease lasts."""
    url = gateway()
    path = write_workload(
        tmp_path, {"a": every(0.02, 400)}, test_duration_in_seconds=9
    )
    coordinator = stage.coordinator(
        path, url, workers=1, prefix=limited(64, 64)
    )
    link = stage.proxy()
    worker = stage.worker("a", via=link)
    wait_until(lambda: stats(url)["requests"] >= 5, "calls")
    idle(100)
    said(coordinator, "connections are open, 1 of them workers")
    link.cut()
    link.heal()
    for process in [coordinator, worker]:
        ended(process, 0, 60)
    assert "worker a is back" in coordinator.log()
    check_sent(stage, url, 400)


def test_a_fleet_of_more_workers_than_the_soft_limit(stage, gateway, tmp_path):
    url = gateway()
    coordinator = stage.coordinator(
        *(workload(tmp_path, 48), url),
        workers=24,
        prefix=limited(24, 1024),
    )
    workers = [stage.worker(f"w{i}") for i in range(24)]
    for process in [coordinator, *workers]:
        ended(process, 0, 60)
    check_sent(stage, url, 48)


def test_a_fleet_that_just_fits_the_hard_limit(stage, gateway, tmp_path):
    url = gateway()
    coordinator = stage.coordinator(
        *(workload(tmp_path, 48), url),
        workers=32,
        prefix=limited(64, 64),
    )
    workers = [stage.worker(f"w{i}") for i in range(32)]
    for process in [coordinator, *workers]:
        ended(process, 0, 60)
    check_sent(stage, url, 48)


def test_more_workers_than_the_hard_limit_are_refused(tmp_path):
    done = subprocess.run(
        [*limited(24, 64), program("invocator"), "run", workload(tmp_path)]
        + ["--workers", "33", "--listen", f"127.0.0.1:{free_port()}"]
        + ["--out", tmp_path / "out"],
        env=clean_environment(KEYS),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2, done.stderr
    assert "--workers 33 needs 65 open files" in done.stderr
    assert "may open 64" in done.stderr
    assert not os.path.exists(tmp_path / "out")


# Below that not even the program's libraries can be loaded.
@not_sanitized
@pytest.mark.parametrize("limit", [4, 5, 6, 7, 12, 19])
@pytest.mark.parametrize("name", ["invocator-worker", "invocator"])
def test_too_few_descriptors_from_the_start_are_told(tmp_path, name, limit):
    args = {
        "invocator-worker": ["--coordinator", "127.0.0.1:1", "--once"],
        "invocator": ["run", workload(tmp_path), "--out", tmp_path / "out"],
    }[name]
    done = subprocess.run(
        [*limited(limit, limit), program(name), *args, "--threads", "1"],
        env=clean_environment(KEYS),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 3, done.stderr
    assert f"{name}: " in done.stderr.splitlines()[-1]
    assert "out of file descriptors" in done.stderr.splitlines()[-1]


@not_sanitized
def test_a_worker_that_runs_out_of_descriptors_amid_a_run(
    stage, gateway, tmp_path
):
    """Its stream breaks, and it cannot dial again: words, no core."""
    url = gateway()
    path = write_workload(
        tmp_path, {"a": every(0.02, 100)}, test_duration_in_seconds=3
    )
    link = stage.proxy()
    coordinator = stage.coordinator(path, url, workers=1)
    worker = stage.worker("a", via=link)
    wait_until(lambda: stats(url)["requests"] >= 5, "calls")
    subprocess.run(
        ["prlimit", "--pid", str(worker.pid), "--nofile=12:12"],
        check=True,
    )
    link.cut()
    ended(worker, 3, 60)
    ended(coordinator, 3, 60)
    assert "oo many open files" in worker.log() or "gone" in worker.log()
    check_all_books(stage.results())
