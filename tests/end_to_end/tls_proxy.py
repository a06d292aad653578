"""An HTTPS proxy, on threads of the test."""

import select
import socket

from misbehaving_target import DEADLINE_S, Target


def pass_on(client, target):
    """Until one of them ends."""
    ends = {client: target, target: client}
    while True:
        ready = [client] if client.pending() else ()
        ready = ready or select.select(list(ends), [], [], DEADLINE_S)[0]
        for end in ready:
            data = end.recv(65536)
            if not data:
                return
            ends[end].sendall(data)


class TlsProxy(Target):
    """Connects to the port of this machine that CONNECT names, and passes bytes
    on. `.heads`: the requests; `credentials`: the Proxy-Authorization that they
    must have; `pass_on(client, target)`: what it does after CONNECT."""

    def __init__(self, tls, credentials=None, pass_on=pass_on):
        super().__init__(self.tunnel, tls)
        self.credentials = credentials
        self.pass_on = pass_on
        self.heads = []

    def tunnel(self, client):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = client.recv(1)
            if not byte:
                return
            head += byte
        with self.lock:
            self.heads.append(head.decode())
        wanted = f"\r\nProxy-Authorization: {self.credentials}\r\n"
        if self.credentials and wanted not in head.decode():
            client.sendall(b"HTTP/1.1 407 Who are you\r\n\r\n")
            return
        port = int(head.split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as target:
            client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            self.pass_on(client, target)
