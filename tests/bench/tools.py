"""Has invocator or a peer play calls, and tells what that cost."""

import csv
import functools
import json
import os
import shutil
import typing

from cases import (BODY, OURS, PATH, PERCENTILES, SATURATING_RATE_PER_S, Case,
                   Ours)
from http2_peers import HTTP2_PEERS
from peers import PEERS, Order
from processes import Unavailable


class Cost(typing.NamedTuple):
    """What a tool's run came to."""

    calls: int  # answered with 2xx
    cpu_s: float
    rss_mb: float
    calls_per_s: float
    summary: typing.Optional[dict] = None  # invocator's

    @property
    def cpu_us_per_call(self):
        return 1e6 * self.cpu_s / max(self.calls, 1)

    @property
    def own_lateness(self):
        return self.summary and {key: self.summary["lateness_us"][key]
                                 for key in PERCENTILES}


def values_of(tree, wanted):
    """All values of a key, wherever it is in a JSON value."""
    if isinstance(tree, list):
        return set().union(*(values_of(value, wanted) for value in tree))
    if not isinstance(tree, dict):
        return set()
    found = {tree[wanted]} if isinstance(tree.get(wanted), str) else set()
    return found.union(*(values_of(value, wanted) for value in tree.values()))


class Tools:
    def __init__(self, stage, bin_dir):
        self.stage = stage
        self.bin_dir = bin_dir
        self.runs = 0

    def program(self, name):
        return os.path.join(self.bin_dir, name)

    def body_file(self, size):
        text = BODY if size == len(BODY) else json.dumps("x" * (size - 2))
        return self.stage.write(f"body{size}.json", text)

    def workload(self, rate_per_s, seconds, case=Case(), distribution="Uniform",
                 ours=Ours()):
        return self.stage.write("workload.json", json.dumps({
            "test_name": "bench",
            "test_duration_in_seconds": seconds,
            "random_seed": 1,
            "instances": {"bench": {
                "application": "bench", "distribution": distribution,
                "rate": rate_per_s, "auth": ours.auth, "headers": ours.headers,
                "payload": os.path.basename(self.body_file(case.body_bytes)),
                "host": "bench.execute-api.us-east-1.amazonaws.com",
                "stage": "default", "resource": "bench"}}}))

    def planned_instants_s(self, workload, seconds):
        """The instants of a workload's calls, as words."""
        text, *_ = self.stage.run_client(
            self.program("invocator"), "plan", workload, "--events",
            seconds=seconds)
        return [row["time_s"] for row in csv.DictReader(text.splitlines())]

    @functools.cached_property
    def help(self):
        text, *_ = self.stage.run_client(self.program("invocator"), "run",
                                         "--help", seconds=1)
        return text.split()

    @functools.lru_cache(maxsize=None)
    def has_loop(self, option, loop):
        """Whether --io OPTION is to be had here: plays one call to nobody."""
        try:
            summary, *_ = self.invocator(
                "http://127.0.0.1:9", self.workload(1, 1),
                Ours(options=("--io", option)), seconds=1, expect_success=False)
        except Unavailable:
            return False
        return values_of(summary, "io") == {loop}

    def knows(self, tool):
        """Whether a row can be measured with this program on this machine."""
        ours = OURS.get(tool)
        if ours is None:
            return True
        if any(option.startswith("--") and option not in self.help
               for option in ours.options):
            return False
        return not ours.loop or self.has_loop(ours.options[-1], ours.loop)

    def options_of(self, case):
        options = []
        if case.tls:
            options += ["--ca-file", self.stage.write("cert.pem", None)]
        if case.streams:
            options += ["--http2"]
            # Without that option, invocator opens as many as it likes.
            if "--connections" in self.help:
                options += ["--connections", case.connections]
        return options

    def invocator(self, url, workload, ours, *, seconds, case=Case(), drain="1s",
                  expect_success=True, **how):
        """Plays a workload: (summary.json, CPU seconds, RSS in MB). `how`: of
        run_client."""
        self.runs += 1
        out = os.path.join(self.stage.scratch, f"run{self.runs}")
        text, cpu_s, rss_mb = self.stage.run_client(
            self.program("invocator"), "run", workload,
            "--endpoint-url", url, "--threads", case.engines, "--records",
            ours.records, "--max-in-flight", case.in_flight, "--drain", drain,
            "--memory-size", "keep",  # what is asked is no Lambda API
            "--out", out, *self.options_of(case), *ours.options,
            seconds=seconds, cores=case.engines, expect_success=expect_success,
            **how)
        try:
            with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
                summary = json.load(file)
        except (OSError, ValueError) as error:
            tail = "\n".join(text.splitlines()[-5:])
            raise Unavailable(f"invocator: {error}\n{tail}") from error
        finally:
            shutil.rmtree(out, ignore_errors=True)
        if ours.loop and (loops := values_of(summary, "io")) != {ours.loop}:
            raise Unavailable(f"invocator: its loops were {loops}, expected "
                              f"{ours.loop}")
        return summary, cpu_s, rss_mb

    def peer(self, tool, url, seconds, case=Case(), rate_per_s=None, headers={},
             **how):
        """Runs a peer. `how`: of run_client."""
        peer = (HTTP2_PEERS if case.streams else PEERS)[tool]
        order = Order(url + PATH, case.connections, seconds,
                      self.body_file(case.body_bytes), self.stage.write,
                      rate_per_s, case.engines, headers, max(case.streams, 1))
        text, cpu_s, rss_mb = self.stage.run_client(
            *peer.command(order), seconds=seconds, cores=case.engines, **how)
        if peer.report:
            text, *_ = self.stage.run_client(*peer.report(order), seconds=seconds)
        try:
            calls = peer.count(text)
        except (ValueError, KeyError) as error:
            raise Unavailable(f"{tool}: its report is not understood: {error!r}"
                              ) from error
        if not calls:
            raise Unavailable(f"{tool}: no call was answered with 2xx")
        return Cost(calls, cpu_s, rss_mb, calls / seconds)

    def saturate(self, tool, url, seconds, case, headers={},
                 planned_per_s=SATURATING_RATE_PER_S, **how):
        """Has a tool call as fast as it can."""
        if tool not in OURS:
            return self.peer(tool, url, seconds, case, headers=headers, **how)
        ours = OURS[tool]
        # What it cannot send in time it reports as lost, which is not success;
        # here it is the point. A drain would make its run longer than a peer's,
        # and its start cheaper.
        summary, cpu_s, rss_mb = self.invocator(
            url, self.workload(planned_per_s, seconds, case, ours=ours), ours,
            seconds=seconds, case=case, drain="0s", expect_success=False, **how)
        calls = summary["outcomes"].get("ok", 0)
        if not calls:
            raise Unavailable(f"{tool}: no call was answered with 2xx")
        if summary["unsent"] == 0:
            raise Unavailable(f"{tool}: {planned_per_s}/s were not enough for "
                              "this machine")
        return Cost(calls, cpu_s, rss_mb, summary["rate_per_s"]["completed"],
                    summary)

    def pace(self, tool, url, seconds, rate_per_s, case=Case(), workload=None,
             ours=None, **how):
        """Has a tool call at a constant rate, or invocator play a workload."""
        ours = ours or OURS.get(tool)
        if ours is None:
            if not case.streams:
                case = case._replace(
                    connections=PEERS[tool].steady_connections.get(
                        rate_per_s, case.connections))
            return self.peer(tool, url, seconds, case, rate_per_s, **how)
        case = ours.case or case
        summary, cpu_s, rss_mb = self.invocator(
            url, workload or self.workload(rate_per_s, seconds, case), ours,
            seconds=seconds, case=case, **how)
        return Cost(summary["outcomes"].get("ok", 0), cpu_s, rss_mb,
                    summary["rate_per_s"]["completed"], summary)
