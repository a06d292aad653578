"""The engines' event loops: io_uring where the kernel allows it, else epoll;
the results are the same."""

import pathlib
import subprocess
import sys

import pytest
from conftest import clean_environment, program
from results import KEYS, Results, check_all_books, every, write_workload

COUNT = 200
UNDER_A_FILTER = [sys.executable, pathlib.Path(__file__).parent / "seccomp.py"]


def run(args, prefix=()):
    return subprocess.run(
        [*prefix, program("invocator"), *map(str, args)],
        env=clean_environment(KEYS),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def has_uring():
    told = run(["--version", "-v"]).stdout.splitlines()
    assert told[0] == run(["--version"]).stdout.strip()
    assert told[1].startswith("event loop: ")
    return told[1] == "event loop: uring"


def play(tmp_path, name, url, *options, prefix=()):
    path = write_workload(tmp_path, {"i": every(0.005, COUNT)})
    out = tmp_path / name
    done = run(
        ["run", path, "--endpoint-url", url, "--threads", 2, *options]
        + ["--out", out],
        prefix,
    )
    assert done.returncode == 0, done.stderr
    results = Results(out)
    check_all_books(results)
    assert results.outcomes == {"ok": COUNT}
    (worker,) = results.summary["workers"]
    assert "io_uring" not in done.stdout + done.stderr
    return worker["io"], results.summary["schedule_digest"]


def test_every_loop_gives_the_same_results(
    has_uring, gateway, nginx, certificates, loopback_cert, tmp_path
):
    url = gateway()
    io, digest = play(tmp_path, "epoll", url, "--io", "epoll")
    assert io == "epoll"
    assert digest["planned"] == digest["sent"]
    best = "uring" if has_uring else "epoll"
    assert play(tmp_path, "auto", url) == (best, digest)
    if has_uring:
        assert play(tmp_path, "uring", url, "--io", "uring") == ("uring", digest)
    for listen in ("http2", "ssl http2"):
        cert = loopback_cert if "ssl" in listen else None
        server = nginx(listen=listen, cert=cert)
        for name in ("epoll", best):
            _, of_http2 = play(
                *(tmp_path, f"{listen}-{name}", server.url, "--http2"),
                *("--io", name, "--ca-file", certificates.ca),
            )
            assert of_http2 == digest


def test_where_the_kernel_forbids_it_epoll_does(gateway, tmp_path):
    url = gateway()
    plain = play(tmp_path, "plain", url, "--io", "epoll")
    filtered = play(tmp_path, "filtered", url, prefix=UNDER_A_FILTER)
    assert filtered == plain
    told = run(["--version", "-v"], UNDER_A_FILTER).stdout.splitlines()
    assert told[1].startswith("event loop: epoll (io_uring unavailable: ")
    assert "Operation not permitted" in told[1]


def test_asking_for_what_is_forbidden_is_an_error(gateway, tmp_path):
    path = write_workload(tmp_path, {"i": every(0.01, 2)})
    out = tmp_path / "out"
    done = run(
        ["run", path, "--endpoint-url", gateway(), "--io", "uring"]
        + ["--out", out],
        UNDER_A_FILTER,
    )
    assert done.returncode == 3, done.stderr
    assert "--io uring" in done.stderr
    assert "Operation not permitted" in done.stderr
    assert done.stdout == ""


def test_the_loop_is_one_of_three(tmp_path):
    path = write_workload(tmp_path, {"i": every(0.01, 2)})
    done = run(["run", path, "--io", "select"])
    assert done.returncode == 2
    assert "--io: select not in {auto,epoll,uring}" in done.stderr
