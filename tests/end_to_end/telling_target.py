#!/usr/bin/python3
"""A function's endpoint that remembers every call: which it was, when it came,
on a clock that all of a machine's network namespaces share, and from where.

As a program (usage: telling_target.py LISTEN_HOST LATENCY_S) it says its port
on stdout and serves until stdin ends. A call is POST /<stage>/<instance> with
its sequence for a body, as results.write_told_workload has it; GET /_seen tells all.
"""

import asyncio
import collections
import json
import sys
import time
import urllib.request

from child import Child

DEADLINE_S = 10
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Connection(asyncio.Protocol):
    def __init__(self, told, latency_s):
        self.told = told
        self.latency_s = latency_s
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport
        self.peer = transport.get_extra_info("peername")[0]
        self.told["connections"] += 1

    def data_received(self, data):
        now_ns = time.monotonic_ns()
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode()
            length = 0
            for line in head.split("\r\n")[1:]:
                name, value = line.split(":", 1)
                if name.lower() == "content-length":
                    length = int(value)
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length].decode()
            self.buffer = self.buffer[end + 4 + length :]
            self.answer(head.split(" ")[1], body, now_ns)

    def answer(self, path, body, now_ns):
        if path == "/_seen":
            self.told["connections"] -= 1
            told = json.dumps(self.told).encode()
            self.transport.write(
                b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(told), told)
            )
            self.transport.close()
            return
        instance = path.rsplit("/", 1)[1]
        self.told["calls"].append([instance, int(body), now_ns, self.peer])
        if self.latency_s == 0:
            self.transport.write(ANSWER)
        else:
            asyncio.get_running_loop().call_later(
                self.latency_s, self.transport.write, ANSWER
            )


async def serve(listen_host, latency_s):
    loop = asyncio.get_running_loop()
    told = {"connections": 0, "calls": []}
    server = await loop.create_server(
        lambda: Connection(told, latency_s), listen_host, 0, backlog=1000
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    end = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(end), sys.stdin
    )
    await end.read()


# One call as the target saw it; the instant is of the monotonic clock.
Call = collections.namedtuple("Call", "instance sequence arrived_ns peer")


class TellingTarget(Child):
    """A test's handle on such a process."""

    def __init__(self, latency_s=0, listen_host="127.0.0.1", prefix=()):
        super().__init__([*prefix, __file__, listen_host, latency_s])
        self.url = f"http://{listen_host}:{self.port}"

    def told(self):
        # No proxy of the environment may come between.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/_seen", timeout=DEADLINE_S) as answer:
            return json.load(answer)

    def calls(self, instance=None):
        """All, or those of one instance, in the order of their arrival."""
        calls = [Call(*call) for call in self.told()["calls"]]
        return [c for c in calls if instance in (None, c.instance)]

    def connections(self):
        """That were ever opened to it, but for those that asked this."""
        return self.told()["connections"]


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2])))
