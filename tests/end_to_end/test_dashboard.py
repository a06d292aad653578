"""The live page's server: who is let in, what is sent, and that nobody who
watches, or attacks, changes the run."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from conftest import SANITIZED, free_port
from live_run import LiveRun
from results import KEYS, instance, wait_until, write_workload


@pytest.fixture
def live(launch, tmp_path, gateway):
    def start(*options, **keys):
        return LiveRun(
            launch,
            tmp_path,
            gateway(),
            "--dashboard",
            "--memory-size",
            "keep",
            *options,
            **keys,
        )

    return start


def summary_of(run):
    with open(run.out / "summary.json") as file:
        return json.load(file)


def series_length(series):
    return len(series["whole"]["planned"])


def test_the_printed_url_opens_the_page(live):
    run = live()
    assert run.url.hostname == "127.0.0.1"
    assert len(run.token) == 64
    status, headers, _ = run.get(f"/?token={run.token}")
    assert status == 303
    assert headers["Location"] == "/"
    cookie = headers["Set-Cookie"]
    assert cookie.startswith(f"invocator_{run.port}={run.token};")
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    status, headers, body = run.get("/", run.cookie)
    assert status == 200
    assert "<!doctype html>" in body.lower()
    assert run.token not in body
    for name, value in {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }.items():
        assert headers[name] == value
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "Access-Control-Allow-Origin" not in headers


def test_events_add_up_to_the_summary(live):
    run = live(seconds=4)
    watcher = run.watch()
    assert watcher.status == 200
    kind, _, snapshot = watcher.event()
    assert kind == "snapshot"
    assert snapshot["live"] is True
    assert [i["name"] for i in snapshot["instances"]] == ["a"]
    whole = {}

    def take(series):
        # A zero-filled array may be the number 0.
        length = series["from"] + series_length(series)
        for name in ("planned", "sent", "completed"):
            values = series["whole"][name]
            values = values or [0] * series_length(series)
            whole[name] = whole.get(name, [])[: series["from"]] + values
            assert len(whole[name]) == length

    take(snapshot["series"])
    elapsed = []
    completed = 0
    while event := watcher.event():
        kind, _, data = event
        if kind == "done":
            break
        assert kind == "bins"
        take(data["series"])
        elapsed.append(data["totals"]["elapsed_s"])
        completed = sum(whole["completed"])
    assert run.wait() == 0
    assert kind == "done"
    assert elapsed and elapsed == sorted(elapsed)
    summary = summary_of(run)
    assert data["live"] is False
    sent = summary["sent"]
    assert data["run"]["sent"] == sent == summary["planned"] == 199
    assert sum(data["series"]["whole"]["sent"]) == sent
    # What was sent live is what the end says, but for what came after it, at
    # 50/s, and for half a second of calls on their way.
    shown = len(whole["planned"])
    assert whole["planned"] == data["series"]["whole"]["planned"][:shown]
    assert 0 <= sent - completed <= 50 * (max(4 - elapsed[-1], 0) + 1) + 25
    assert data["run"]["run_id"] == snapshot["run"]["run_id"]


def test_a_watcher_that_returns_goes_on(live):
    run = live()
    first, second = run.watch(), run.watch()
    last = first.event_of("bins")[1]
    first.close()
    second.event_of("bins")
    again = run.watch(**{"Last-Event-ID": last})
    kind, number, _ = again.event()
    assert (kind, number) == ("bins", last + 1)
    stranger = run.watch(**{"Last-Event-ID": "18446744073709551616"})
    assert stranger.event()[0] == "snapshot"


@pytest.mark.parametrize(
    "path, headers, host, expected",
    [
        ("/", {}, None, 401),
        ("/events", {}, None, 401),
        ("/anything", {}, None, 401),
        ("/?token=" + 64 * "0", {}, None, 401),
        ("/", {"cookie": True}, "evil.example", 421),
        ("/metrics", {}, "evil.example", 421),
        ("/", {"cookie": True}, "localhost:9", 200),
        ("/", {"cookie": True, "Origin": "http://evil.example"}, None, 403),
        ("/events", {"cookie": True, "Origin": "null"}, None, 403),
        ("/metrics", {"Origin": "http://127.0.0.1:1"}, None, 403),
        ("/", {"cookie": True, "Sec-Fetch-Site": "cross-site"}, None, 403),
        ("/metrics", {"Sec-Fetch-Site": "same-site"}, None, 403),
    ],
)
def test_who_is_let_in(live, path, headers, host, expected):
    run = live()
    if headers.pop("cookie", False):
        headers = headers | run.cookie
    status, answered, body = run.get(path, headers, host)
    assert status == expected
    assert answered["X-Frame-Options"] == "DENY"
    assert run.token not in body


def test_nothing_can_be_written(live):
    run = live()
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert run.get("/", run.cookie, method=method)[0] == 405
    assert run.get("/", run.cookie, method="HEAD")[0] == 200


def raw(run, request):
    with socket.create_connection(("127.0.0.1", run.port), 20) as client:
        try:
            client.sendall(request)
        except OSError:
            pass
        try:
            return client.recv(100)
        except ConnectionResetError:
            return b""


def test_attacks_are_refused_and_the_run_is_not_disturbed(live):
    run = live(seconds=25)
    run.wait_for_start()
    host = f"Host: 127.0.0.1:{run.port}\r\n".encode()
    megabyte = b"GET / HTTP/1.1\r\n" + host + b"X: " + 1_000_000 * b"x"
    assert raw(run, megabyte + b"\r\n\r\n").startswith(b"HTTP/1.1 431 ")
    many = b"GET / HTTP/1.1\r\n" + host + 50_000 * b"A: b\r\n" + b"\r\n"
    assert raw(run, many).startswith(b"HTTP/1.1 4")
    two_hosts = b"GET / HTTP/1.1\r\n" + host + host + b"\r\n"
    assert raw(run, two_hosts).startswith(b"HTTP/1.1 400 ")
    raw(run, os.urandom(10_000) + b"\r\n\r\n")
    slow = []
    begin = time.monotonic()
    for _ in range(60):
        client = socket.create_connection(("127.0.0.1", run.port), 20)
        client.sendall(b"GET / HTTP/1.1\r\nHos")
        slow.append(client)
    # They do not keep others out, and are cut.
    assert run.get("/", run.cookie)[0] == 200
    for client in slow:
        try:
            assert client.recv(100) == b""
        except ConnectionResetError:
            pass
        client.close()
    assert time.monotonic() - begin < 20
    assert run.process.wait(60) == 0
    summary = summary_of(run)
    assert summary["sent"] == summary["planned"] == 1249
    assert summary["outcomes"] == {"ok": 1249}


def test_the_seventeenth_watcher_is_refused(live):
    run = live()
    watchers = [run.watch() for _ in range(16)]
    assert all(watcher.status == 200 for watcher in watchers)
    assert run.watch().status == 503
    watchers[0].close()
    wait_until(lambda: run.watch().status == 200, "a free place")


def test_watchers_of_any_kind_do_not_hold_the_end_up(live):
    # With so many lanes the final event does not fit into a socket's buffers,
    # which grow with the size of its segments.
    lanes = {
        f"i{n}": instance(distribution="Uniform", rate=1) for n in range(64)
    }
    run = live(seconds=6, instances=lanes)
    # A stopped process that watches, one that is killed, one that reads
    # nothing, and one that reads.
    code = (
        "import socket, sys, time\n"
        "s = socket.socket()\n"
        "s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)\n"
        "s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)\n"
        f"s.connect(('127.0.0.1', {run.port}))\n"
        "s.sendall(sys.argv[1].encode())\n"
        "s.recv(100)\n"
        "print('watching', flush=True)\n"
        "sys.stdin.read(1)\n"
        "got = 0\n"
        "try:\n"
        "    while part := s.recv(65536):\n"
        "        got += len(part)\n"
        "except ConnectionResetError:\n"
        "    pass\n"
        "print(got, flush=True)\n"
    )
    request = (
        f"GET /events HTTP/1.1\r\nHost: localhost\r\n"
        f"Cookie: {run.cookie['Cookie']}\r\n\r\n"
    )
    children = []
    for _ in range(3):
        child = subprocess.Popen(
            [sys.executable, "-c", code, request],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout.readline() == "watching\n"
        children.append(child)
    try:
        children[0].send_signal(signal.SIGSTOP)
        children[1].kill()
        reader = run.watch()
        done = reader.event_of("done")
        begin = time.monotonic()
        assert run.wait() == 0
        assert time.monotonic() - begin < (10 if SANITIZED else 3)
        children[2].stdin.close()
        got = int(children[2].stdout.readline())
        assert got < len(json.dumps(done[2])), "it did fit: no test"
    finally:
        for child in children:
            child.send_signal(signal.SIGCONT)
            child.kill()
            child.wait()
            child.stdin.close()
            child.stdout.close()
    summary = summary_of(run)
    assert summary["outcomes"] == {"ok": summary["planned"]}


def test_ctrl_c_ends_the_run_though_somebody_watches(live):
    run = live()
    watcher = run.watch()
    watcher.event_of("bins")
    run.process.send_signal(signal.SIGINT)
    assert watcher.event_of("done")[2]["run"]["interrupted"] is True
    assert run.wait() == 130


def test_a_watcher_learns_why_a_run_did_not_start(live):
    run = live(
        *("--workers", "2", "--listen", f"127.0.0.1:{free_port()}"),
        *("--gather-timeout", "3s"),
    )
    done = run.watch().event_of("done")
    assert run.wait() == 3
    assert list(done[2]) == ["refused"]
    assert "2 workers to join" in done[2]["refused"]
    assert done[2]["refused"] in run.stderr()


def test_a_series_is_watched_at_one_url(launch, tmp_path, gateway):
    run = LiveRun(
        launch,
        tmp_path,
        gateway(),
        *("--dashboard", "--memory-size", "128,256"),
        seconds=2,
        instances={"a": instance(application="f", rate=50,
                                 distribution="Uniform")},
    )
    watcher = run.watch()
    seen = {}
    kind = None
    while kind != "done":
        kind, _, data = watcher.event()
        if kind != "bins":
            seen[data["run"]["run_id"]] = data["live"]
    assert run.wait() == 0
    assert list(seen.values()) == [True, False]
    folders = [f"{run.out}-{mb}mb" for mb in (128, 256)]
    ids = [
        json.loads(open(f"{folder}/summary.json").read())["run_id"]
        for folder in folders
    ]
    assert list(seen) == ids
    assert f"invocator report {' '.join(folders)} -o FILE" in run.stderr()


def test_the_token_is_in_the_url_alone(live):
    run = live(seconds=2)
    with open(f"/proc/{run.process.pid}/cmdline") as file:
        assert run.token not in file.read()
    run.watch().event_of("done")
    assert run.wait() == 0
    assert run.stderr().count(run.token) == 1
    for path in run.out.iterdir():
        assert run.token not in path.read_text(errors="replace"), path


def test_beyond_loopback_tls_is_needed(invocator, tmp_path):
    workload = write_workload(tmp_path, {"a": instance()})
    for options, words in [
        (["--dashboard", "0.0.0.0:0"], "--dashboard-tls-cert"),
        (["--metrics", "0.0.0.0:0"], "--dashboard-tls-cert"),
        (["--dashboard-tls-cert", "x", "--dashboard", "[::]:0"], "requires"),
        (["--metrics-linger", "1s"], "needs --dashboard or --metrics"),
        (["--dashboard", "nonsense"], "host:port"),
        (["--dashboard", "--metrics", "127.0.0.1:0"], "excludes"),
    ]:
        done = invocator(["run", workload, *options], env=KEYS)
        assert done.returncode == 2, (options, done.stderr)
        assert words in done.stderr, (options, done.stderr)


def test_over_tls(live, tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    run = live("--dashboard-tls-cert", cert, "--dashboard-tls-key", key)
    assert run.url.scheme == "https"
    status, headers, _ = run.get(f"/?token={run.token}", ca_file=cert)
    assert status == 303
    assert "; Secure" in headers["Set-Cookie"]
    assert run.get("/", run.cookie, ca_file=cert)[0] == 200
