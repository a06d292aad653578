#!/usr/bin/python3
"""A function's endpoint that remembers every call: which it was, when it came,
on a clock that all of a machine's network namespaces share, and from where.

As a program (usage: telling_target.py LISTEN_HOST LATENCY_S) it says its port
on stdout, tells as JSON all it knows for every line on stdin, and ends with
that. A call is POST /<stage>/<instance> with its sequence for a body, as
results.write_told_workload has it.
"""

import asyncio
import collections
import json
import sys
import time

from child import Child

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
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
            if head.startswith("POST ") and body.isdigit():
                self.take(head.split(" ")[1], int(body), now_ns)
            else:  # of somebody else, who had this port before
                print(f"not a call: {head}", file=sys.stderr, flush=True)
                self.transport.write(NOT_FOUND)

    def take(self, path, sequence, now_ns):
        instance = path.rsplit("/", 1)[1]
        self.told["calls"].append([instance, sequence, now_ns, self.peer])
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
    questions = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(questions), sys.stdin
    )
    while await questions.readline():
        print(json.dumps(told), flush=True)


# One call as the target saw it; the instant is of the monotonic clock.
Call = collections.namedtuple("Call", "instance sequence arrived_ns peer")


class TellingTarget(Child):
    """A test's handle on such a process."""

    def __init__(self, latency_s=0, listen_host="127.0.0.1", prefix=()):
        super().__init__([*prefix, __file__, listen_host, latency_s])
        self.url = f"http://{listen_host}:{self.port}"

    def calls(self):
        """In the order of their arrival."""
        return [Call(*call) for call in json.loads(self.ask("?"))["calls"]]

    def connections(self):
        """That were ever opened to it."""
        return json.loads(self.ask("?"))["connections"]


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2])))
