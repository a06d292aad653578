"""What there is to be measured: ways to be saturated, rates, and the rows that
invocator has in the tables."""

import typing

CONNECTIONS = 64
RATES_PER_S = (1_000, 10_000, 50_000)
WATCHED_RATE_PER_S = 10_000
# More than any tool reaches with one core and a real server; not much more,
# since what is planned and not sent costs invocator CPU, too.
SATURATING_RATE_PER_S = 300_000
BODY = '{"n": 1}\n'
PATH = "/default/bench"
PERCENTILES = ("p50", "p99")


class Case(typing.NamedTuple):
    """One way to be called."""

    tls: bool = False
    connections: int = CONNECTIONS
    body_bytes: int = len(BODY)
    engines: int = 1
    # Only invocator and wrk, or h2load: what is compared costs no more time
    # than it must.
    few: bool = True
    # On each connection, of HTTP/2; 0: HTTP/1.1.
    streams: int = 0
    quick: bool = False  # measured with --quick, too

    @property
    def in_flight(self):
        return self.connections * max(self.streams, 1)


CASES = {
    "clear": Case(few=False, quick=True),
    "TLS": Case(tls=True, few=False, quick=True),
    "2 engines": Case(engines=2),
    "1 connection": Case(connections=1),
    "TLS, 1 connection": Case(tls=True, connections=1),
    "1,000 connections": Case(connections=1_000, quick=True),
    "TLS, 1,000 connections": Case(tls=True, connections=1_000),
    "10 KB bodies": Case(body_bytes=10_000),
    "1 MB bodies": Case(body_bytes=1_000_000),
}
# The first of them with every tool.
HTTP2_SHAPES = ((4, 32), (1, 1), (1, 32), (8, 1), (8, 32), (64, 1), (64, 32))
HTTP2_CASES = {
    f"{'TLS' if tls else 'clear'}, {connections} x {streams}": Case(
        tls=tls, connections=connections, streams=streams, few=not first,
        quick=first)
    for tls in (False, True)
    for first, (connections, streams) in zip(
        (True, *[False] * len(HTTP2_SHAPES)), HTTP2_SHAPES)
}
# At a constant rate: enough for any of them, opened before.
STEADY_HTTP2 = Case(connections=4, streams=32)

# A signature is 250 bytes more to send, which have a price of their own.
PADDING = {"X-Date": "20260101T000000Z", "X-Instead-Of-A": "x" * 206}


class Ours(typing.NamedTuple):
    """A row of invocator's. The options must be known to the program, and the
    loop to the kernel, else the row is left out."""

    records: str = "none"
    auth: str = "iam"
    headers: dict[str, str] = {}
    options: tuple[str, ...] = ()
    case: typing.Optional[Case] = None  # None: that of the measurement
    loop: str = ""  # the only one in summary.json


URING = {"options": ("--io", "uring"), "loop": "io_uring"}
EPOLL = {"options": ("--io", "epoll"), "loop": "epoll"}
SIGNED = "invocator --records none"
RECORDED = "invocator --records all"
LOOPS = {
    "invocator --io uring --records none": Ours(**URING),
    "invocator --io uring --records all": Ours("all", **URING),
    "invocator --io epoll --records none": Ours(**EPOLL),
    "invocator --io epoll --records all": Ours("all", **EPOLL),
}
UNSIGNED = {
    "invocator, unsigned": Ours(auth="none"),
    "invocator, unsigned, as many bytes": Ours(auth="none", headers=PADDING),
}
PADDED_WRK = "wrk, with a signature's bytes"
# Rows that only the first case has.
ABOUT_SIGNING = (*UNSIGNED, PADDED_WRK)
PACED = {SIGNED: Ours(), RECORDED: Ours("all")}
OVER_HTTP2 = ", HTTP/2"  # the end of a row's name, after that of a tool
PACED_LOOPS = {
    "invocator --io uring": Ours(**URING),
    "invocator --io epoll": Ours(**EPOLL),
    "invocator" + OVER_HTTP2: Ours(case=STEADY_HTTP2),
}


def without_spinning(ours):
    return ours._replace(options=("--no-spin", *ours.options))


UNSPUN = "invocator, no spin"
UNSPUN_LOOPS = {
    "invocator --io uring, no spin": without_spinning(Ours(**URING)),
    "invocator --io epoll, no spin": without_spinning(Ours(**EPOLL)),
}
IDLING = {
    "invocator, spin": Ours(),
    UNSPUN: without_spinning(Ours()),
    "invocator, no spin, CSV": without_spinning(Ours("all")),
    **UNSPUN_LOOPS,
    "invocator, no spin" + OVER_HTTP2: without_spinning(
        Ours(case=STEADY_HTTP2)),
}
# Seconds by rate. Else what a run costs before and after would be taken for the
# cost of calls.
IDLING_SECONDS = {1_000: 10, 10_000: 3}
OURS = {**PACED, **LOOPS, **UNSIGNED, **PACED_LOOPS, **IDLING}


class Watched(typing.NamedTuple):
    options: tuple[str, ...] = ()
    watchers: int = 0


UNWATCHED = "without --dashboard"
WATCHED = {UNWATCHED: Watched(),
           "--dashboard": Watched(("--dashboard",)),
           "--dashboard, 3 watchers": Watched(("--dashboard",), 3)}


class Counted(typing.NamedTuple):
    """A row of the table of system calls. Invocator does not spin: how often it
    would ask depends on the time, not on the calls."""

    tool: str
    case: Case = Case()
    quick: bool = False


def counted_rows():
    rows = {}
    for tls, words in ((False, "clear"), (True, "TLS")):
        h1 = Case(tls=tls)
        h2 = Case(tls=tls, connections=4, streams=32)
        for tool in (UNSPUN, *UNSPUN_LOOPS, "wrk", "h2load"):
            rows[f"{tool}, {words}"] = Counted(
                tool, h1, quick=not tls and tool in (UNSPUN, "wrk"))
        for tool in (UNSPUN, "h2load"):
            rows[f"{tool}, {words}, HTTP/2 4 x 32"] = Counted(
                tool, h2, quick=not tls and tool == UNSPUN)
    return rows


COUNTED = counted_rows()
COUNTED_RATES = {"as fast as possible": None, "1,000/s": 1_000,
                 "10,000/s": 10_000}

SCALED_ENGINES = (1, 2)
# More than one engine reaches with a server that costs little, over HTTP/1.1
# and over HTTP/2.
SCALING_RATE_PER_S = {False: 300_000, True: 500_000}


class Scaled(typing.NamedTuple):
    """A row of the table of engines."""

    tool: str
    case: Case = Case()
    # Of each engine; None: as fast as they go.
    rate_per_s: typing.Optional[int] = None


SCALED = {
    SIGNED: Scaled(SIGNED),
    "wrk": Scaled("wrk"),
    SIGNED + OVER_HTTP2: Scaled(SIGNED, Case(connections=8, streams=32)),
    "h2load" + OVER_HTTP2: Scaled("h2load", Case(connections=8, streams=32)),
    "invocator, no spin, 20,000/s an engine": Scaled(UNSPUN,
                                                     rate_per_s=20_000),
}
