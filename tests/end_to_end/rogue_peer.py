"""A peer that speaks just enough HTTP/2 and gRPC to join a fleet, and then
sends whatever a test wants: no library would send the half of it."""

import re
import socket
import struct
import time

from conftest import REPOSITORY

DEADLINE_S = 15
DATA, HEADERS, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 4, 6, 8
INITIAL_WINDOW_SIZE = 4  # a setting
FRAME_BYTES = 16384
ACK, END_HEADERS = 1, 4
RESOURCE_EXHAUSTED = 8


def protocol_version():
    text = (REPOSITORY / "common/wire/protocol.h").read_text()
    return int(re.search(r"kProtocolVersion = (\d+)", text)[1])


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """A field of a protobuf message: an integer, or bytes or text."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def hello(name, version=None):
    """A WorkerMessage of a Hello (proto/fleet.proto)."""
    return field(
        1,
        field(1, version or protocol_version()) + field(3, name) + field(4, 1),
    )


def rejoin(key):
    """A WorkerMessage of a Rejoin."""
    return field(2, field(1, protocol_version()) + field(2, key))


def pong(sent_ns, steady_ns):
    """A WorkerMessage of a ClockPong."""
    return field(3, field(1, sent_ns) + field(2, steady_ns))


class RoguePeer:
    """Has opened a Fleet.Join stream."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), DEADLINE_S)
        self.buffer = b""
        # What may be sent: on the connection, on the stream.
        self.windows = [65535, 65535]
        self.stream_window_at_first = 65535
        self.socket.sendall(
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + self.frame(SETTINGS, 0, 0, b"")
        )
        self.open_stream(1)

    def open_stream(self, number):
        """One more Fleet.Join stream; `send` and `read` are the first's."""
        headers = {
            ":method": "POST",
            ":scheme": "http",
            ":path": "/invocator.wire.Fleet/Join",
            ":authority": "rogue",
            "te": "trailers",
            "content-type": "application/grpc",
        }
        block = b"".join(  # literals without indexing, new names
            b"\0" + bytes([len(name)]) + name.encode()
            + bytes([len(value)]) + value.encode()
            for name, value in headers.items()
        )
        self.socket.sendall(self.frame(HEADERS, END_HEADERS, number, block))

    @staticmethod
    def frame(kind, flags, stream, payload):
        return (
            struct.pack("!I", len(payload))[1:]
            + struct.pack("!BBI", kind, flags, stream) + payload
        )

    def send(self, message, deadline_s=DEADLINE_S):
        """One gRPC message; of several frames if it is large."""
        rest = struct.pack("!BI", 0, len(message)) + message
        deadline = time.monotonic() + deadline_s
        while rest:
            size = min(FRAME_BYTES, len(rest), *self.windows)
            if size <= 0:
                self.next_frame(deadline)
                continue
            self.socket.sendall(self.frame(DATA, 0, 1, rest[:size]))
            self.windows = [window - size for window in self.windows]
            rest = rest[size:]

    def next_frame(self, deadline):
        """(kind, payload), after what the protocol asks for was done."""
        while len(self.buffer) < 9 or len(self.buffer) < self.frame_bytes():
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            data = self.socket.recv(1 << 16)
            if not data:
                raise ConnectionError("closed by the coordinator")
            self.buffer += data
        kind, flags, stream = struct.unpack("!BBI", self.buffer[3:9])
        end = self.frame_bytes()
        payload, self.buffer = self.buffer[9:end], self.buffer[end:]
        if kind in (SETTINGS, PING) and not flags & ACK:
            answer = payload if kind == PING else b""
            self.socket.sendall(self.frame(kind, ACK, 0, answer))
        if kind == SETTINGS:
            for at in range(0, len(payload), 6):
                name, value = struct.unpack("!HI", payload[at : at + 6])
                if name == INITIAL_WINDOW_SIZE:
                    self.windows[1] += value - self.stream_window_at_first
                    self.stream_window_at_first = value
        if kind == WINDOW_UPDATE:
            self.windows[min(stream, 1)] += struct.unpack("!I", payload)[0]
        return kind, payload

    def frame_bytes(self):
        return 9 + int.from_bytes(self.buffer[:3], "big")

    def read(self, until, deadline_s=DEADLINE_S):
        """The first frame that `until(kind, payload)` takes."""
        deadline = time.monotonic() + deadline_s
        while True:
            kind, payload = self.next_frame(deadline)
            if until(kind, payload):
                return payload

    def await_message(self, deadline_s=DEADLINE_S):
        """The next gRPC message, if it comes in one frame."""
        return self.read(
            lambda kind, payload: kind == DATA and payload, deadline_s
        )[5:]

    def await_status(self):
        """(code, message) that the stream ends with."""
        trailers = self.read(
            lambda kind, payload: kind == HEADERS and b"grpc-status" in payload
        )

        def value(name):
            at = trailers.find(name) + len(name)
            if at < len(name):
                return ""
            length, at = trailers[at], at + 1
            if length == 127:  # and more, in a varint
                shift = 0
                while True:
                    byte = trailers[at]
                    length += (byte & 127) << shift
                    shift, at = shift + 7, at + 1
                    if byte < 128:
                        break
            return trailers[at : at + length].decode()

        return int(value(b"grpc-status")), value(b"grpc-message")

    def close(self):
        self.socket.close()
