"""Targets that fail a call in one way each, on threads of the test: in the
clear or under TLS, and one that speaks just enough HTTP/2 to refuse it."""

import socket
import ssl
import struct
import threading

DEADLINE_S = 30


class Target:
    """Treats every connection as `treat(socket)` says, then closes it. With a
    `tls` context, after the handshake."""

    def __init__(self, treat, tls=None):
        self.treat = treat
        self.tls = tls
        self.connections = 0
        self.open = []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.threads = [threading.Thread(target=self.accept, daemon=True)]

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(DEADLINE_S)
            with self.lock:
                self.connections += 1
                self.open.append(connection)
            thread = threading.Thread(
                target=self.serve, args=(connection,), daemon=True
            )
            self.threads.append(thread)
            thread.start()

    def serve(self, connection):
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
                with self.lock:
                    self.open.append(connection)
            self.treat(connection)
        except OSError:  # ssl.SSLError is one
            pass
        finally:
            connection.close()

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            for connection in self.open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        for thread in self.threads:
            thread.join(timeout=DEADLINE_S)


class EndsWithHandshake(Target):
    """Sends the end of its handshake, close_notify and FIN together."""

    def __init__(self, certificate):
        # With TLS 1.3 it is the client's turn when the handshake ends.
        super().__init__(
            None, context(certificate, maximum=ssl.TLSVersion.TLSv1_2)
        )
        self.url = self.url.replace("http:", "https:")

    def serve(self, connection):
        received, unsent = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.tls.wrap_bio(received, unsent, server_side=True)
        try:
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    connection.sendall(unsent.read())
                    received.write(connection.recv(65536))
            try:
                tls.unwrap()
            except ssl.SSLError:  # it would wait for the client's
                pass
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            connection.sendall(unsent.read())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except OSError:
            pass
        finally:
            connection.close()


def context(certificate, minimum=None, maximum=None, client_ca=None):
    """A server's context; with `client_ca` it wants a client certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*certificate)
    if minimum is not None:
        made.set_ciphers("DEFAULT:@SECLEVEL=0")
        made.minimum_version = minimum
    if maximum is not None:
        made.maximum_version = maximum
    if client_ca is not None:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(client_ca)
    return made


def answering(answer):
    """Reads a request, sends that, and closes."""

    def treat(connection):
        connection.recv(65536)
        connection.sendall(answer)

    return treat


def stalling(answer=b""):
    """Reads a request, sends that, and then nothing till the client leaves."""

    def treat(connection):
        connection.recv(65536)
        connection.sendall(answer)
        while connection.recv(65536):
            pass

    return treat


def silent(connection):
    while connection.recv(65536):
        pass


def resetting(connection):
    connection.recv(65536)
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )


def reset(connection):
    """At once, without what TLS has to say at an end."""
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    socket.socket(fileno=connection.detach()).close()


class KeepAlive:
    """Answers the first requests of a connection, then ends it at the next
    one. `.requests` counts all."""

    def __init__(self, answers, resets):
        self.answers = answers
        self.resets = resets
        self.requests = 0

    def __call__(self, connection):
        for taken in range(self.answers + 1):
            if not connection.recv(65536):
                return
            self.requests += 1
            if taken < self.answers:
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                )
        if self.resets:
            reset(connection)


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionError("ended")
        data += more
    return data


class StreamResetter(Target):
    """Speaks HTTP/2 in the clear, or under TLS; answers `answers` requests of
    a connection with 200, and resets further streams with that error code.
    `.streams` counts all."""

    HEADERS, RST_STREAM, SETTINGS, PING = 1, 3, 4, 6

    def __init__(self, code, tls=None, answers=0):
        if tls is not None:
            tls.set_alpn_protocols(["h2"])
        super().__init__(self.serve_streams, tls)
        self.code = code
        self.answers = answers
        self.streams = 0

    @staticmethod
    def frame(kind, stream, payload=b"", flags=0):
        head = struct.pack("!I", len(payload))[1:] + bytes([kind, flags])
        return head + struct.pack("!I", stream) + payload

    def serve_streams(self, connection):
        read_exactly(connection, len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
        connection.sendall(self.frame(self.SETTINGS, 0))
        taken = 0
        while True:
            head = read_exactly(connection, 9)
            length = int.from_bytes(head[:3], "big")
            kind, flags = head[3], head[4]
            stream = int.from_bytes(head[5:], "big") & 0x7FFFFFFF
            payload = read_exactly(connection, length)
            if kind == self.SETTINGS and not flags & 1:
                connection.sendall(self.frame(self.SETTINGS, 0, flags=1))
            elif kind == self.PING and not flags & 1:
                connection.sendall(self.frame(self.PING, 0, payload, 1))
            elif kind == self.HEADERS:
                with self.lock:
                    self.streams += 1
                taken += 1
                if taken <= self.answers:
                    # :status: 200, and the end of headers and stream.
                    connection.sendall(
                        self.frame(self.HEADERS, stream, b"\x88", flags=5)
                    )
                elif not self.end_stream(connection, stream):
                    return

    def end_stream(self, connection, stream):
        """False: the connection ends."""
        connection.sendall(
            self.frame(self.RST_STREAM, stream, struct.pack("!I", self.code))
        )
        return True


class ConnectionEnder(StreamResetter):
    """Ends the connection instead of a stream, with a reset if told so."""

    def __init__(self, tls, answers, resets):
        super().__init__(0, tls, answers)
        self.resets = resets

    def end_stream(self, connection, _):
        if self.resets:
            reset(connection)
        return False
