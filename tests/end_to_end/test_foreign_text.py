"""What targets, peers and files say reaches terminals and files as text that can
do no harm: valid UTF-8, no control characters, no line forged."""

import csv
import json
import os
import pty
import re
import select
import socket
import subprocess
import threading
import time

import pytest
from conftest import clean_environment, program
from results import KEYS, every, write_told_workload, write_workload
from rogue_peer import RoguePeer, field, hello, pong, varint
from stage import Stage, ended, said
from summary_schema import check_summary

ESCAPE = b"\x1b[2J\x9b31m\x07\xc2\x9b1m\xe2\x80\xae\r\nforged: line"
DEADLINE_S = 60


def check_clean(data):
    """Valid UTF-8 without control characters but the ends of lines, and without
    what reorders text; returns it."""
    text = data.decode()
    found = re.findall(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff]",
        text,
    )
    assert not found, f"{found} in {text!r}"
    return text


def run_bytes(*args, env=None):
    return subprocess.run(
        [program("invocator"), *map(str, args)],
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=DEADLINE_S,
    )


class HostileTarget:
    """Answers every request with the bytes it was given."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(DEADLINE_S)
                try:
                    read = b""
                    while b"\r\n\r\n" not in read:
                        data = peer.recv(65536)
                        if not data:
                            break
                        read += data
                    peer.sendall(self.answer)
                except OSError:
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def answer(status, headers, body):
    head = b"".join(
        name.encode() + b": " + value + b"\r\n"
        for name, value in headers.items()
    )
    return (
        b"HTTP/1.1 %d No\r\nContent-Length: %d\r\nConnection: close\r\n"
        % (status, len(body))
        + head + b"\r\n" + body
    )


@pytest.mark.parametrize(
    "reply, request_id",
    [
        (
            answer(
                403,
                {"x-amzn-RequestId": b"gr\xfcn", "x-amzn-ErrorType": b"\xff=x"},
                b"gr\xfc\xdf " + ESCAPE,
            ),
            "gr\ufffdn",
        ),
        (
            answer(
                500,
                {"x-amzn-RequestId": b'=HYPERLINK("http://x",1)'},
                json.dumps({"message": ESCAPE.decode("latin-1")}).encode(),
            ),
            "'=HYPERLINK(\"http://x\",1)",
        ),
        (
            # Cut within a character: an id has 40 bytes at most.
            answer(
                403,
                {"x-amzn-RequestId": b"a" * 39 + b"\xe6\x97\xa5"},
                b"The Canonical String for this request should have been\n'"
                + ESCAPE + b"\n\n'\n\nThe String-to-Sign\xff",
            ),
            "a" * 39 + "\ufffd",
        ),
        (b"HTTP/1.1 200 O\x1b[2JK\r\n\x9b\xff: 1\r\n\r\n", ""),
        (b"\x1b[2J\xff\r\n\r\n", ""),
    ],
    ids=["Latin-1", "JSON", "cut", "no header", "no HTTP"],
)
def test_a_target_that_says_anything(tmp_path, reply, request_id):
    with HostileTarget(reply) as target:
        path = write_workload(tmp_path, {"a": every(0.02, 5)})
        out = tmp_path / "out"
        done = run_bytes(
            *("run", path, "--endpoint-url", target.url, "--out", out),
            *("--stop-on", "none"),
            env=KEYS,
        )
    assert done.returncode == 0, done.stderr
    for data in (done.stdout, done.stderr):
        assert not re.search(r"(?m)^forged", check_clean(data))
    summary = json.loads(check_clean((out / "summary.json").read_bytes()))
    check_summary(summary)
    assert summary["sent"] == 5
    rows = check_clean((out / "invocations.csv").read_bytes()).splitlines()
    ids = [row["request_id"] for row in csv.DictReader(rows)]
    assert ids == [request_id] * 5


def test_names_and_values_of_a_workload(tmp_path):
    # A wide name lines up; one of controls is refused, and not printed raw.
    path = write_workload(
        tmp_path, {"日本語": every(1, 1), "grün": every(1, 1)}
    )
    done = run_bytes("plan", path)
    assert done.returncode == 0, done.stderr
    text = check_clean(done.stdout)
    counts = []
    for name, width in (("日本語", 6), ("grün", 4)):
        line = next(x for x in text.splitlines() if x.startswith(name))
        counts.append(line.index(" 1 ") + width - len(name))
    assert counts[0] == counts[1], text

    for bad in ("\x1b[2J", "a\nforged", "\x9b1m", "\u202eabc", "\x7f"):
        path = write_workload(tmp_path, {bad: every(1, 1)})
        done = run_bytes("run", path, "--endpoint-url", "http://127.0.0.1:1")
        assert done.returncode == 2
        assert not re.search(r"(?m)^forged", check_clean(done.stderr))
    path = write_workload(tmp_path, {"a": every(1, 1, method="\x9bGE\u2028T")})
    done = run_bytes("plan", path)
    assert done.returncode == 2
    check_clean(done.stderr)


def test_command_lines_and_environment(tmp_path):
    for args in (
        ("plan", b"no\x1b[2J\xff.json"),
        ("run", "x.json", "--out\x1b[2J", b"\xff"),
        ("run", "x.json", "--threads", b"\x9b\xff"),
    ):
        done = subprocess.run(
            [program("invocator"), *args],
            env=clean_environment(),
            capture_output=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode == 2
        check_clean(done.stderr)
    path = write_workload(tmp_path, {"a": every(0.1, 1)})
    profile = "no\x1b[2J\u202e\nforged: x"
    done = run_bytes("run", path, env={"AWS_PROFILE": profile})
    assert done.returncode == 2
    assert not re.search(r"(?m)^forged", check_clean(done.stderr))
    for name in ("a\x1b[2J", "a\x85b", "=1+1"):
        done = subprocess.run(
            [program("invocator-worker"), "--coordinator", "127.0.0.1:1"]
            + [f"--name={name}"],
            env=clean_environment(),
            capture_output=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode == 2
        assert "a worker's name" in check_clean(done.stderr)


def on_a_terminal(tmp_path, out, env):
    """What a run writes to a terminal that is its stderr."""
    path = write_workload(tmp_path, {"a": every(0.1, 15)})
    with HostileTarget(answer(200, {}, b"{}")) as target:
        ours, its = pty.openpty()
        process = subprocess.Popen(
            [program("invocator"), "run", path, "--endpoint-url", target.url]
            + ["--out", out],
            env=clean_environment({**KEYS, **env}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=its,
        )
        os.close(its)
        seen = b""
        end_s = time.monotonic() + DEADLINE_S
        while time.monotonic() < end_s:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                data = os.read(ours, 65536)
            except OSError:  # the other side is closed
                break
            if not data:
                break
            seen += data
        os.close(ours)
        assert process.wait(DEADLINE_S) == 0, seen
    return seen


@pytest.mark.parametrize(
    "env, has_escapes",
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": ""}, False),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, False),
    ],
)
def test_a_terminal_gets_the_escapes_that_it_knows(tmp_path, env, has_escapes):
    seen = on_a_terminal(tmp_path, tmp_path / "out", env)
    assert (b"\x1b" in seen) == has_escapes, seen


def packed(values):
    return b"".join(varint(value) for value in values)


def zigzag(values):
    return packed(2 * v if v >= 0 else -2 * v - 1 for v in values)


def deltas(values):
    return [b - a for a, b in zip([0, *values], values)]


def records(rows, request_id=b""):
    """A RecordBatch (proto/record.proto) of (instance, sequence, ns)."""
    n = len(rows)
    return (
        field(1, packed(row[0] for row in rows))
        + field(2, zigzag(deltas([row[1] for row in rows])))
        + field(3, zigzag(deltas([row[2] for row in rows])))
        + field(4, packed([0] * n))
        + field(5, packed([0] * n))
        + field(6, packed([0] * n))
        + field(7, packed([0] * n))
        + field(8, packed([200] * n))
        + field(9, packed([1] * n))
        + field(10, packed([1] * n))
        + field(11, bytes(n))
        + field(12, packed([len(request_id)] * n))
        + field(13, request_id * n)
    )


def report(number, kind, message):
    return field(7, field(1, number) + field(kind, message))


READY = b"\x22\x00"
PING, START = b"\x1a", b"\x32"


def varints(data):
    """{field: value} of a message's integers."""
    values, at = {}, 0

    def take():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = take()
        assert key & 7 == 0, data
        values[key >> 3] = take()
    return values


class Fleet:
    """A worker of ours, and a rogue that plays along until it has armed."""

    def __init__(self, stage, folder, *options):
        target = stage.target()
        # Of each a call every 0.1 s: sequence n is due at (n + 1) / 10 s.
        workload = write_told_workload(
            folder,
            {name: {"interarrivals_list": [0.1] * 30} for name in ("i0", "i1")},
            4,
        )
        self.coordinator = stage.coordinator(
            workload, target.url, *options, workers=2
        )
        self.worker = stage.worker("honest")
        said(self.coordinator, "honest has joined")
        self.rogue = RoguePeer(stage.port)
        self.rogue.send(hello("rogue"))
        self.rogue.await_message()  # Welcome
        self.rogue.await_message()  # Assignment
        self.rogue.send(READY)

    def arm(self):
        while True:
            message = self.rogue.await_message()
            if message[:1] == PING:
                ping = varints(message[2:])
                self.rogue.send(pong(ping.get(1, 0), time.monotonic_ns()))
            elif message[:1] == START:
                start_ns = varints(message[2:])[1]
                self.rogue.send(field(5, field(1, start_ns)))
                return


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path) as made:
        yield made


def due(sequence):
    return (sequence + 1) * 100_000_000


# i1 is the rogue's: the second worker has the second instance.
@pytest.mark.parametrize(
    "batches, says",
    [
        ([[(1, 3, due(3))] * 2], "i1 #3 at 0.400 s, for the second time"),
        (
            [[(1, n, due(n)) for n in range(20)], [(1, 7, due(7))]],
            "i1 #7 at 0.800 s, for the second time",
        ),
        ([[(0, 3, due(3))]], "i0 #3 at 0.400 s, which is planned for another worker"),
        ([[(1, 30, due(29))]], "i1 #30 at 3.000 s, which is not in the plan"),
        ([[(1, 2**62, due(3))]], "which is not in the plan"),
        ([[(1, 3, 1)]], "i1 #3 at 0.000 s, which is not in the plan"),
    ],
)
def test_a_worker_brings_only_rows_of_its_own(stage, tmp_path, batches, says):
    fleet = Fleet(stage, tmp_path)
    fleet.arm()
    for number, rows in enumerate(batches, 1):
        fleet.rogue.send(report(number, 3, records(rows)))
    ended(fleet.coordinator, 3, 30)
    assert f"worker rogue sent the record of" in fleet.coordinator.log()
    assert says in fleet.coordinator.log()
    results = stage.results()
    keys = [(r["instance"], r["sequence"]) for r in results.rows]
    assert len(keys) == len(set(keys))
    assert "book_errors" not in results.summary
    fleet.rogue.close()


def test_a_worker_brings_no_more_rows_than_it_reports(stage, tmp_path):
    fleet = Fleet(stage, tmp_path)
    fleet.arm()
    fleet.rogue.send(report(1, 3, records([(1, 0, due(0)), (1, 1, due(1))])))
    fleet.rogue.send(report(2, 4, b""))  # Done
    ended(fleet.coordinator, 3, 30)
    assert (
        "worker rogue sent 2 records of i1, but reported 0 invocations"
        in fleet.coordinator.log()
    )
    losses = " ".join(stage.results().summary["verdict"]["reasons"])
    assert "invocations.csv has 2 rows of worker rogue" in losses
    fleet.rogue.close()


def test_a_worker_that_takes_back_what_it_reported_harms_no_heir(stage, tmp_path):
    fleet = Fleet(stage, tmp_path, "--on-worker-loss", "replan")
    fleet.arm()
    rows = [(1, n, due(n)) for n in range(10)]
    fleet.rogue.send(report(1, 3, records(rows)))
    fleet.rogue.send(field(9, field(1, 0)))  # Leave, from the start on
    ended(fleet.coordinator, 3, 30)
    ended(fleet.worker, 0)
    assert "error: worker rogue" in fleet.coordinator.log()
    assert "error: worker honest" not in fleet.coordinator.log()
    workers = {w["name"]: w for w in stage.results().summary["workers"]}
    assert workers["honest"]["sent"] == workers["honest"]["planned"]
    fleet.rogue.close()


def test_a_worker_that_fails_with_any_words(stage, tmp_path):
    words = "\x1b[2J\u009b\u202e\n12:00:00 info: all is well" + "x" * 5000
    fleet = Fleet(stage, tmp_path)
    fleet.arm()
    fleet.rogue.send(field(8, field(1, 13) + field(2, words)))
    ended(fleet.coordinator, 3, 30)
    text = check_clean(fleet.coordinator.log().encode())
    assert not re.search(r"(?m)^12:00:00", text)
    assert "all is wellxxx" in text
    assert max(map(len, text.splitlines())) < 1500
    summary = check_clean((stage.out / "summary.json").read_bytes())
    check_summary(json.loads(summary))
    fleet.rogue.close()


def test_request_ids_of_a_worker(stage, tmp_path):
    fleet = Fleet(stage, tmp_path)
    fleet.arm()
    rows = records([(1, 0, due(0))], request_id=b"=1+1\x1b\xff\n")
    fleet.rogue.send(report(1, 3, rows))
    fleet.rogue.send(hello("again"))  # out of order: the end of it
    ended(fleet.coordinator, 3, 30)
    fleet.rogue.close()
    text = check_clean((stage.out / "invocations.csv").read_bytes())
    assert ",'=1+1\ufffd\ufffd ," in text
