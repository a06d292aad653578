"""A client of the Lambda API's Invoke in asyncio, unsigned, that takes the time
of its calls itself: one of ours would not be independent."""

import asyncio
import base64
import dataclasses
import re
import time
import urllib.parse

LENGTH = re.compile(rb"(?i)\r\ncontent-length: (\d+)\r\n")
LOG = re.compile(rb"(?i)\r\nx-amz-log-result: (\S+)\r\n")
DURATION = re.compile(rb"\tDuration: ([\d.]+) ms\t")
DEADLINE_S = 30


@dataclasses.dataclass
class Call:
    sent_s: float
    done_s: float
    status: int
    duration_ms: float  # as the function's log says; 0 without one

    @property
    def took_ms(self):
        return (self.done_s - self.sent_s) * 1000


class LambdaCaller:
    """Keeps its connections; one that is free is used again."""

    def __init__(self, url):
        self.address = urllib.parse.urlsplit(url)
        self.free = []

    async def call(self, function, qualifier=None):
        if not self.free:
            self.free.append(
                await asyncio.open_connection(
                    self.address.hostname, self.address.port
                )
            )
        reader, writer = self.free.pop()
        query = f"?Qualifier={qualifier}" if qualifier else ""
        request = (
            f"POST /2015-03-31/functions/{function}/invocations{query} "
            f"HTTP/1.1\r\nHost: {self.address.netloc}\r\n"
            "X-Amz-Log-Type: Tail\r\nContent-Length: 2\r\n\r\n{}"
        )
        sent_s = time.monotonic()
        writer.write(request.encode())
        head = await reader.readuntil(b"\r\n\r\n")
        done_s = time.monotonic()
        await reader.readexactly(int(LENGTH.search(head)[1]))
        self.free.append((reader, writer))
        log = LOG.search(head)
        found = log and DURATION.search(base64.b64decode(log[1]))
        return Call(
            *(sent_s, done_s, int(head.split(b" ", 2)[1])),
            float(found[1]) if found else 0.0,
        )


def call_at(url, instants_s, function="f"):
    """Calls at those instants from now, whatever the answers, in order."""

    async def play():
        caller = LambdaCaller(url)
        start_s = time.monotonic()
        calls = []
        for instant_s in instants_s:
            await asyncio.sleep(
                max(0, start_s + instant_s - time.monotonic())
            )
            calls.append(asyncio.ensure_future(caller.call(function)))
        return await asyncio.wait_for(asyncio.gather(*calls), DEADLINE_S)

    return asyncio.run(play())


def call_in_turn(url, qualifiers, function="f"):
    """One call after the other, each with its qualifier."""

    async def play():
        caller = LambdaCaller(url)
        return [await caller.call(function, each) for each in qualifiers]

    return asyncio.run(asyncio.wait_for(play(), DEADLINE_S))
