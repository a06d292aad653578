"""The servers of scripts/bench.sh: they see every request of HTTP/1.1 and of
HTTP/2, however its bytes come, as PyPI's h2 writes them."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys

import pytest

from conftest import REPOSITORY, STOP_DEADLINE_S

sys.path.insert(0, str(REPOSITORY / "tests" / "bench"))

from nginx import start_nginx  # noqa: E402
from processes import Stage, stop  # noqa: E402

HEADERS = [(":method", "POST"), (":scheme", "http"), (":path", "/"),
           (":authority", "127.0.0.1")]
POST = (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")


@pytest.fixture(name="sink", params=["stamping_sink", "cheap_sink"])
def sink_fixture(request):
    """A running sink: (its address, a function that ends it and returns what it
    has printed)."""
    folder = pathlib.Path(os.environ.get("INVOCATOR_BIN_DIR",
                                         REPOSITORY / "build" / "bin"))
    if not (folder / request.param).is_file():
        pytest.skip("built with -DINVOCATOR_BENCHMARKS=ON only")
    rate = ["1000"] if request.param == "stamping_sink" else []
    process = subprocess.Popen([folder / request.param, *rate, "60"],
                               stdout=subprocess.PIPE, text=True)

    def end():
        process.terminate()
        text, _ = process.communicate(timeout=STOP_DEADLINE_S)
        assert process.returncode == 0
        seen = json.loads(text)
        return seen.get("count", seen.get("calls")), seen
    try:
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        yield ("127.0.0.1", port), end
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def connect(address):
    return contextlib.closing(socket.create_connection(address, STOP_DEADLINE_S))


class Http2Client:
    """A connection of h2's, and what has been received on it."""

    def __init__(self, peer):
        from h2.connection import H2Connection
        self.socket = peer
        self.h2 = H2Connection()
        self.events = []
        self.h2.initiate_connection()

    def flush(self, piece=None):
        data = self.h2.data_to_send()
        for at in range(0, len(data), piece or len(data) or 1):
            self.socket.sendall(data[at:at + (piece or len(data))])

    def post(self, body=b"", headers=()):
        stream = self.h2.get_next_available_stream_id()
        self.h2.send_headers(stream, [*HEADERS, *headers], end_stream=not body)
        while body:
            size = min(self.h2.local_flow_control_window(stream), 16_384)
            if size == 0:
                self.flush()
                self.receive()
                continue
            self.h2.send_data(stream, body[:size], end_stream=size >= len(body))
            body = body[size:]
        return stream

    def receive(self):
        data = self.socket.recv(65_536)
        assert data, "the sink has closed the connection"
        self.events += self.h2.receive_data(data)

    def wait_for(self, count, kind):
        while sum(isinstance(event, kind) for event in self.events) < count:
            self.flush()
            self.receive()
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture(name="client")
def client_fixture(sink):
    pytest.importorskip("h2")
    with connect(sink[0]) as peer:
        yield Http2Client(peer)


def test_requests_of_http1_are_counted_and_answered(sink):
    address, end = sink
    with connect(address) as peer:
        peer.sendall(POST * 3)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 3:
            received += peer.recv(4096)
        assert received.endswith(b"\r\n\r\n{}")
    assert end()[0] == 3


def test_a_request_that_comes_byte_by_byte_is_one(sink):
    address, end = sink
    with connect(address) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in POST:
            peer.sendall(bytes([byte]))
        assert peer.recv(4096).startswith(b"HTTP/1.1 200")
    assert end()[0] == 1


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 300_000],
                         ids=["none", "short", "longer-than-a-window"])
def test_streams_of_http2_are_counted_and_answered(sink, client, body):
    from h2.events import ResponseReceived, StreamEnded
    streams = [client.post(body) for _ in range(5)]
    answers = client.wait_for(5, ResponseReceived)
    ends = client.wait_for(5, StreamEnded)
    assert sorted(event.stream_id for event in ends) == streams
    # Some versions of h2 have bytes here, others str.
    assert {tuple(event.headers) for event in answers} <= {
        ((":status", "200"),), ((b":status", b"200"),)}
    assert sink[1]()[0] == 5


def test_http2_in_single_bytes_is_the_same(sink, client):
    from h2.events import StreamEnded
    client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for _ in range(3):
        client.post(b"abc")
    client.flush(piece=1)
    client.wait_for(3, StreamEnded)
    assert sink[1]()[0] == 3


def test_a_header_block_in_several_frames_is_one_request(sink, client):
    from h2.events import StreamEnded
    for body in (b"", b"abc"):
        client.post(body, [("x-long", os.urandom(20_000).hex())])
    client.wait_for(2, StreamEnded)
    assert sink[1]()[0] == 2


def test_trailers_are_no_second_request(sink, client):
    from h2.events import StreamEnded
    stream = client.h2.get_next_available_stream_id()
    client.h2.send_headers(stream, HEADERS)
    client.h2.send_data(stream, b"abc")
    client.h2.send_headers(stream, [("x-sum", "1")], end_stream=True)
    client.wait_for(1, StreamEnded)
    assert sink[1]()[0] == 1


def test_pings_are_answered(client):
    from h2.events import PingAckReceived
    client.h2.ping(b"12345678")
    (answer,) = client.wait_for(1, PingAckReceived)
    assert answer.ping_data == b"12345678"


def frame(kind, payload, stream=1, size=None):
    size = len(payload) if size is None else size
    return struct.pack(">I", size)[1:] + bytes([kind, 0]) + struct.pack(
        ">I", stream) + payload


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, b"", stream=0)


@pytest.mark.parametrize("words", [
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"x" * 100_000,
    PREFACE + frame(0, b"", size=16_385),
    PREFACE + frame(0, b"data of no stream"),
    PREFACE + frame(1, b"\x82", stream=2),
    PREFACE + frame(5, b"a push"),
    PREFACE + frame(6, b"a short ping"),
], ids=["chunked", "negative", "endless-head", "large-frame", "no-stream",
        "even-stream", "push", "ping"])
def test_what_is_no_request_ends_the_connection(sink, words):
    address, end = sink
    with connect(address) as peer:
        with contextlib.suppress(ConnectionError):
            peer.sendall(words)
            while peer.recv(4096):
                pass
    with connect(address) as peer:  # others are served as before
        peer.sendall(POST)
        assert peer.recv(4096).startswith(b"HTTP/1.1 200")
    end()


def test_the_cheap_sink_says_what_it_cost(sink):
    address, end = sink
    with connect(address) as peer:
        peer.sendall(POST)
        peer.recv(4096)
    _, seen = end()
    assert "count" in seen or 0 <= seen["cpu_s"] < STOP_DEADLINE_S


@pytest.mark.skipif(not shutil.which("nginx", path=os.environ["PATH"]
                                     + ":/usr/sbin"), reason="needs nginx")
def test_nginx_speaks_on_each_port_what_it_is_for(tmp_path):
    curl = shutil.which("curl")
    if not curl or b"HTTP2" not in subprocess.run(
            [curl, "--version"], capture_output=True, check=True).stdout:
        pytest.skip("needs curl with HTTP/2")
    tmp_path.chmod(0o755)
    nginx, urls = start_nginx(Stage(str(tmp_path)))
    try:
        for (tls, http2), url in urls.items():
            for words in (["--http1.1"],
                          ["--http2" if tls else "--http2-prior-knowledge"]):
                done = subprocess.run(
                    [curl, "-sk", *words, "-o", "/dev/null", "-w",
                     "%{http_code} %{http_version}", f"{url}/x"],
                    capture_output=True, text=True, check=False)
                wanted = http2 == (words != ["--http1.1"])
                if wanted:
                    assert done.stdout == f"200 {'2' if http2 else '1.1'}"
                else:
                    assert done.stdout != f"200 {'1.1' if http2 else '2'}"
    finally:
        stop(nginx)
