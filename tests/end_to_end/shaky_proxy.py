#!/usr/bin/python3
"""A link between a worker and its coordinator that can be made bad: a TCP
proxy that delays either direction by its own amount, and that is cut,
blackholed and healed while it runs.

As a program (usage: shaky_proxy.py LISTEN_HOST TARGET_HOST:PORT) it says its
port on stdout, takes one command a line on stdin, answers each with "ok", and
ends with stdin. ShakyProxy is a test's handle on such a process: its own, so
that its delays do not depend on what the test is doing.

  delay UP DOWN   seconds; up is from those who connect to the target
  cut             resets every connection, and every new one at once
  blackhole       keeps connections, takes new ones, forwards nothing
  heal            of either; what a blackhole held is delivered, as TCP would
  rewrite OLD NEW from now on, in what goes up; hexadecimal, of equal length
"""

import asyncio
import collections
import selectors
import sys

from child import Child


class Direction(asyncio.Protocol):
    """What one end of a connection says, on its way to the other end."""

    def __init__(self, proxy, is_up):
        self.proxy = proxy
        self.is_up = is_up
        self.transport = None  # of the end that says it
        self.other = None  # the opposite direction
        self.pending = collections.deque()  # (due, bytes, or None: the end)

    def connection_made(self, transport):
        self.transport = transport
        self.proxy.directions.add(self)
        if self.proxy.state == "cut":
            transport.abort()
        elif self.proxy.state == "blackhole":
            transport.pause_reading()

    def data_received(self, data):
        if self.is_up:
            for old, new in self.proxy.rewrites:
                data = data.replace(old, new)
        self.push(data)

    def eof_received(self):
        self.push(None)
        return True  # the other direction may still have something to say

    def connection_lost(self, _):
        self.proxy.directions.discard(self)
        self.push(None)

    def push(self, data):
        loop = asyncio.get_running_loop()
        due = loop.time() + self.proxy.delay_s[self.is_up]
        self.pending.append((due, data))
        loop.call_at(due, self.deliver)

    def deliver(self):
        """Everything that is due; nothing unless the link is whole."""
        if self.proxy.state != "whole" or self.other is None:
            return
        out = self.other.transport
        now = asyncio.get_running_loop().time()
        while self.pending and self.pending[0][0] <= now + 1e-6:
            data = self.pending.popleft()[1]
            if out.is_closing():
                continue
            if data is None:
                out.close()
            else:
                out.write(data)


class Proxy:
    def __init__(self, target):
        self.target = target
        self.state = "whole"
        self.delay_s = {True: 0.0, False: 0.0}  # by whether it is up
        self.rewrites = []
        self.directions = set()
        self.waiting = []  # connections taken in a blackhole
        self.tasks = set()

    def accept(self):
        up = Direction(self, is_up=True)
        task = asyncio.ensure_future(self.connect(up))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return up

    async def connect(self, up):
        while self.state == "blackhole":
            healed = asyncio.get_running_loop().create_future()
            self.waiting.append(healed)
            await healed
        if self.state == "cut" or (up.transport and up.transport.is_closing()):
            return
        down = Direction(self, is_up=False)
        down.other = up
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: down, *self.target
            )
        except OSError:
            up.transport.abort()
            return
        up.other = down
        up.deliver()
        down.deliver()

    def heal(self):
        for healed in self.waiting:
            healed.set_result(None)
        self.waiting.clear()
        for direction in list(self.directions):
            if not direction.transport.is_closing():
                direction.transport.resume_reading()
            direction.deliver()

    def obey(self, verb, *arguments):
        if verb == "delay":
            up, down = map(float, arguments)
            self.delay_s = {True: up, False: down}
        elif verb == "cut":
            self.state = "cut"
            for direction in list(self.directions):
                direction.transport.abort()
            self.heal()
        elif verb == "blackhole":
            self.state = "blackhole"
            for direction in self.directions:
                if not direction.transport.is_closing():
                    direction.transport.pause_reading()
        elif verb == "heal":
            self.state = "whole"
            self.heal()
        elif verb == "rewrite":
            old, new = map(bytes.fromhex, arguments)
            assert len(old) == len(new)
            self.rewrites.append((old, new))
        else:
            raise ValueError(f"no such command: {verb}")


async def serve(listen_host, target):
    loop = asyncio.get_running_loop()
    proxy = Proxy(target)
    server = await loop.create_server(proxy.accept, listen_host, 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    while line := await commands.readline():
        proxy.obey(*line.decode().split())
        print("ok", flush=True)


def main(listen_host, target):
    host, port = target.rsplit(":", 1)
    # select() takes microseconds where epoll takes milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    loop.run_until_complete(serve(listen_host, (host, int(port))))


class ShakyProxy(Child):
    """`prefix`: a command that runs the proxy elsewhere, such as
    ["ip", "netns", "exec", NAME]."""

    def __init__(
        self, target, up_s=0, down_s=0, listen_host="127.0.0.1", prefix=()
    ):
        super().__init__([*prefix, __file__, listen_host, target])
        self.address = f"{listen_host}:{self.port}"
        self.delay(up_s, down_s)

    def delay(self, up_s, down_s):
        self.tell("delay", up_s, down_s)

    def cut(self):
        self.tell("cut")

    def blackhole(self):
        self.tell("blackhole")

    def heal(self):
        self.tell("heal")

    def rewrite(self, old, new):
        self.tell("rewrite", old.hex(), new.hex())


if __name__ == "__main__":
    main(*sys.argv[1:])
