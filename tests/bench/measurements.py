"""What is measured of each tool: at full speed, at a constant rate, idling; and
of invocator, being watched.

Each method returns the single values of one run, or raises Unavailable.
"""

import csv
import json
import os
import shutil
import subprocess
import typing

from peers import PEERS, Order
from processes import Unavailable, stop, wait_for_line, wait_for_match

CONNECTIONS = 64
RATES_PER_S = (1_000, 10_000, 50_000)
IDLING_RATE_PER_S = 1_000
WATCHED_RATE_PER_S = 10_000
# Else what a run costs before and after would be taken for the cost of calls.
IDLING_SECONDS = 10
# More than any tool reaches with one core; not much more, since what is planned
# and not sent costs invocator CPU, too.
SATURATING_RATE_PER_S = 200_000
BODY = '{"n": 1}\n'
PATH = "/default/bench"
PERCENTILES = ("p50", "p99")


class Case(typing.NamedTuple):
    """One way to be saturated."""

    tls: bool = False
    connections: int = CONNECTIONS
    body_bytes: int = len(BODY)
    engines: int = 1
    # Only invocator and wrk: what is compared costs no more time than it must.
    few: bool = True


CASES = {
    "clear": Case(few=False),
    "TLS": Case(tls=True, few=False),
    "2 engines": Case(engines=2),
    "1 connection": Case(connections=1),
    "TLS, 1 connection": Case(tls=True, connections=1),
    "1,000 connections": Case(connections=1_000),
    "TLS, 1,000 connections": Case(tls=True, connections=1_000),
    "10 KB bodies": Case(body_bytes=10_000),
    "1 MB bodies": Case(body_bytes=1_000_000),
}


# A signature is 250 bytes more to send, which have a price of their own.
PADDING = {"X-Date": "20260101T000000Z", "X-Instead-Of-A": "x" * 206}


class Ours(typing.NamedTuple):
    records: str
    auth: str = "iam"
    headers: dict[str, str] = {}


OURS = {
    "invocator --records none": Ours("none"),
    "invocator --records all": Ours("all"),
    "invocator, unsigned": Ours("none", auth="none"),
    "invocator, unsigned, as many bytes": Ours("none", auth="none",
                                               headers=PADDING),
}
SIGNED = "invocator --records none"
UNSIGNED = ("invocator, unsigned", "invocator, unsigned, as many bytes")
PADDED_WRK = "wrk, with a signature's bytes"
# Rows that only the first case has.
ABOUT_SIGNING = (*UNSIGNED, PADDED_WRK)
PACED_OURS = ("invocator --records none", "invocator --records all")
IDLING_OURS = {"invocator, spin": ("none",),
               "invocator, no spin": ("none", "--no-spin"),
               "invocator, no spin, CSV": ("all", "--no-spin")}


class Watched(typing.NamedTuple):
    options: tuple[str, ...] = ()
    watchers: int = 0


UNWATCHED = "without --dashboard"
WATCHED = {UNWATCHED: Watched(),
           "--dashboard": Watched(("--dashboard",)),
           "--dashboard, 3 watchers": Watched(("--dashboard",), 3)}


class Bench:
    def __init__(self, stage, bin_dir, seconds, idling_seconds=IDLING_SECONDS):
        self.stage = stage
        self.bin_dir = bin_dir
        self.seconds = seconds
        self.idling_seconds = idling_seconds
        self.runs = 0

    def program(self, name):
        return os.path.join(self.bin_dir, name)

    def body_file(self, size):
        text = BODY if size == len(BODY) else json.dumps("x" * (size - 2))
        return self.stage.write(f"body{size}.json", text)

    def workload(self, rate_per_s, seconds, case=Case(), distribution="Uniform",
                 auth="iam", headers=None):
        return self.stage.write("workload.json", json.dumps({
            "test_name": "bench",
            "test_duration_in_seconds": seconds,
            "random_seed": 1,
            "instances": {"bench": {
                "application": "bench", "distribution": distribution,
                "rate": rate_per_s, "auth": auth, "headers": headers or {},
                "payload": os.path.basename(self.body_file(case.body_bytes)),
                "host": "bench.execute-api.us-east-1.amazonaws.com",
                "stage": "default", "resource": "bench"}}}))

    def invocator(self, url, workload, records, *options, seconds, case=Case(),
                  drain="1s", expect_success=True, meanwhile=None):
        """Plays a workload: (summary.json, CPU seconds, RSS in MB)."""
        self.runs += 1
        out = os.path.join(self.stage.scratch, f"run{self.runs}")
        if case.tls:
            options += ("--ca-file", self.stage.write("cert.pem", None))
        text, cpu_s, rss_mb = self.stage.run_client(
            self.program("invocator"), "run", workload,
            "--endpoint-url", url, "--threads", case.engines, "--records",
            records, "--max-in-flight", case.connections, "--drain", drain,
            "--memory-size", "keep",  # what is asked is no Lambda API
            "--out", out, *options, seconds=seconds, cores=case.engines,
            expect_success=expect_success, meanwhile=meanwhile)
        try:
            with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
                return json.load(file), cpu_s, rss_mb
        except (OSError, ValueError) as error:
            tail = "\n".join(text.splitlines()[-5:])
            raise Unavailable(f"invocator: {error}\n{tail}") from error
        finally:
            shutil.rmtree(out, ignore_errors=True)

    def peer(self, tool, url, seconds, case=Case(), rate_per_s=None, headers={}):
        """Runs a peer: (calls answered with 2xx, CPU seconds, RSS in MB)."""
        peer = PEERS[tool]
        order = Order(url + PATH, case.connections, seconds,
                      self.body_file(case.body_bytes), self.stage.write,
                      rate_per_s, case.engines, headers)
        text, cpu_s, rss_mb = self.stage.run_client(
            *peer.command(order), seconds=seconds, cores=case.engines)
        if peer.report:
            text, *_ = self.stage.run_client(*peer.report(order), seconds=seconds)
        try:
            calls = peer.count(text)
        except (ValueError, KeyError) as error:
            raise Unavailable(f"{tool}: its report is not understood: {error!r}"
                              ) from error
        if not calls:
            raise Unavailable(f"{tool}: no call was answered with 2xx")
        return calls, cpu_s, rss_mb

    def saturate(self, tool, urls, case):
        """One tool at full speed: CPU per call, calls per second, memory."""
        url = urls[case.tls]
        if tool in OURS:
            workload = self.workload(SATURATING_RATE_PER_S, self.seconds, case,
                                     auth=OURS[tool].auth,
                                     headers=OURS[tool].headers)
            # What it cannot send in time it reports as lost, which is not
            # success; here it is the point. A drain would make its run longer
            # than a peer's, and its start cheaper.
            summary, cpu_s, rss_mb = self.invocator(
                url, workload, OURS[tool].records, seconds=self.seconds,
                case=case, drain="0s", expect_success=False)
            calls = summary["outcomes"].get("ok", 0)
            calls_per_s = summary["rate_per_s"]["completed"]
            if not calls:
                raise Unavailable(f"{tool}: no call was answered with 2xx")
            if summary["unsent"] == 0:
                raise Unavailable(f"{tool}: {SATURATING_RATE_PER_S}/s were not "
                                  "enough for this machine")
        else:
            padded = tool == PADDED_WRK
            calls, cpu_s, rss_mb = self.peer(
                "wrk" if padded else tool, url, self.seconds, case,
                headers=PADDING if padded else {})
            calls_per_s = calls / self.seconds
        return {"cpu_us_per_call": 1e6 * cpu_s / calls,
                "calls_per_s": calls_per_s, "rss_mb": rss_mb}

    def with_sink(self, rate_per_s, play, *plan_file, seconds=None):
        """Has `play` call a sink: (what that returned, what the sink saw)."""
        seconds = seconds or self.seconds
        sink, log = self.stage.start_server(
            self.program("stamping_sink"), rate_per_s, seconds + 30, *plan_file)
        try:
            result = play(wait_for_line(sink, log, "listening on "))
        finally:
            stop(sink)
        log.seek(0)
        return result, json.loads(log.read().splitlines()[-1])

    def pace(self, tool, rate_per_s):
        """One tool at a constant rate: what the sink saw, what it says itself."""
        def play(url):
            if tool in OURS:
                summary, *_ = self.invocator(
                    url, self.workload(rate_per_s, self.seconds),
                    OURS[tool].records, seconds=self.seconds)
                return {key: summary["lateness_us"][key] for key in PERCENTILES}
            connections = PEERS[tool].steady_connections.get(rate_per_s,
                                                             CONNECTIONS)
            self.peer(tool, url, self.seconds, Case(connections=connections),
                      rate_per_s)
            return None
        own, seen = self.with_sink(rate_per_s, play)
        return {"wire": seen, "own": own,
                "sent_share": seen["count"] / (rate_per_s * self.seconds)}

    def pace_poisson(self, tool, rate_per_s):
        """Invocator playing Poisson arrivals, against those planned."""
        workload = self.workload(rate_per_s, self.seconds, distribution="Poisson")
        text, *_ = self.stage.run_client(
            self.program("invocator"), "plan", workload, "--events",
            seconds=self.seconds)
        instants = [row["time_s"] for row in csv.DictReader(text.splitlines())]
        plan_file = self.stage.write("plan.txt", "\n".join(instants) + "\n")

        def play(url):
            summary, *_ = self.invocator(url, workload, OURS[tool].records,
                                         seconds=self.seconds)
            return {key: summary["lateness_us"][key] for key in PERCENTILES}
        own, seen = self.with_sink(rate_per_s, play, plan_file)
        return {"wire": seen, "own": own,
                "sent_share": seen["count"] / max(len(instants), 1)}

    def idle(self, tool):
        """CPU per call, and memory, at a low rate."""
        seconds = self.idling_seconds

        def play(url):
            if tool in IDLING_OURS:
                records, *options = IDLING_OURS[tool]
                summary, cpu_s, rss_mb = self.invocator(
                    url, self.workload(IDLING_RATE_PER_S, seconds), records,
                    *options, seconds=seconds)
                return summary["outcomes"].get("ok", 0), cpu_s, rss_mb
            connections = PEERS[tool].steady_connections.get(IDLING_RATE_PER_S,
                                                             CONNECTIONS)
            return self.peer(tool, url, seconds, Case(connections=connections),
                             IDLING_RATE_PER_S)
        (calls, cpu_s, rss_mb), _ = self.with_sink(IDLING_RATE_PER_S, play,
                                                   seconds=seconds)
        return {"cpu_us_per_call": 1e6 * cpu_s / max(calls, 1),
                "rss_mb": rss_mb}

    def watch(self, row):
        """Lateness and CPU per call of invocator, with a live page or without."""
        seconds = self.idling_seconds
        processes = []

        def start_watchers(out):
            url = wait_for_match(out, r"live page: (\S+)\n")
            processes.append(
                self.stage.start_watchers(url, WATCHED[row].watchers))

        def play(url):
            summary, cpu_s, _ = self.invocator(
                url, self.workload(WATCHED_RATE_PER_S, seconds), "none",
                *WATCHED[row].options, seconds=seconds,
                meanwhile=start_watchers if WATCHED[row].watchers else None)
            for process in processes:
                check_watchers(process)
            return summary, cpu_s
        try:
            (summary, cpu_s), seen = self.with_sink(WATCHED_RATE_PER_S, play,
                                                    seconds=seconds)
        finally:
            for process in processes:
                stop(process)
        calls = summary["outcomes"].get("ok", 0)
        return {"wire": seen,
                "own": {key: summary["lateness_us"][key] for key in PERCENTILES},
                "sent_share": seen["count"] / (WATCHED_RATE_PER_S * seconds),
                "cpu_us_per_call": 1e6 * cpu_s / max(calls, 1)}


def check_watchers(process):
    """Watchers that missed the end would not be what is measured."""
    try:
        text, _ = process.communicate(timeout=10)
        counts = json.loads(text)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise Unavailable(f"watchers: {error}") from error
    if not all(counts):
        raise Unavailable(f"watchers: events read are {counts}")
