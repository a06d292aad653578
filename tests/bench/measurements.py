"""What is measured of each tool: at full speed, at a constant rate, idling,
with more engines; and of invocator, being watched.

Each method returns the single values of one run, or raises Unavailable.
"""

import json
import subprocess

from cases import (IDLING_SECONDS, OURS, OVER_HTTP2, PADDED_WRK, PADDING,
                   SCALED, SCALING_RATE_PER_S, STEADY_HTTP2, WATCHED,
                   WATCHED_RATE_PER_S, Case, Ours)
from processes import Unavailable, stop, wait_for_line, wait_for_match
from tools import Tools


def tool_and_case(row):
    """Invocator's rows have a case of their own, peers' are named by it."""
    if row in OURS or not row.endswith(OVER_HTTP2):
        return row, Case()
    return row.removesuffix(OVER_HTTP2), STEADY_HTTP2


class Bench:
    def __init__(self, stage, bin_dir, seconds, idling_seconds=IDLING_SECONDS):
        self.stage = stage
        self.tools = Tools(stage, bin_dir)
        self.seconds = seconds
        self.idling_seconds = idling_seconds  # by rate

    def saturate(self, tool, urls, case):
        """One tool at full speed: CPU per call, calls per second, memory."""
        padded = tool == PADDED_WRK
        cost = self.tools.saturate(
            "wrk" if padded else tool, urls[case.tls, bool(case.streams)],
            self.seconds, case, headers=PADDING if padded else {})
        return {"cpu_us_per_call": cost.cpu_us_per_call,
                "calls_per_s": cost.calls_per_s, "rss_mb": cost.rss_mb}

    def with_sink(self, play, name, *arguments):
        """Has `play` call a sink: (what that returned, what the sink saw)."""
        sink, log = self.stage.start_server(self.tools.program(name), *arguments)
        try:
            result = play(wait_for_line(sink, log, "listening on "))
        finally:
            stop(sink)
        log.seek(0)
        return result, json.loads(log.read().splitlines()[-1])

    def with_stamps(self, rate_per_s, seconds, play, *plan_file):
        return self.with_sink(play, "stamping_sink", rate_per_s, seconds + 30,
                              *plan_file)

    def call(self, row, rate_per_s, seconds, **how):
        """A function for with_sink that has a row's tool call at a rate."""
        tool, case = tool_and_case(row)
        return lambda url: self.tools.pace(tool, url, seconds, rate_per_s, case,
                                           **how)

    def pace(self, row, rate_per_s):
        """A tool at a constant rate: what the sink saw, what it says itself."""
        cost, seen = self.with_stamps(
            rate_per_s, self.seconds, self.call(row, rate_per_s, self.seconds))
        return {"wire": seen, "own": cost.own_lateness,
                "sent_share": seen["count"] / (rate_per_s * self.seconds)}

    def pace_poisson(self, row, rate_per_s):
        """Invocator playing Poisson arrivals, against those planned."""
        workload = self.tools.workload(rate_per_s, self.seconds,
                                       distribution="Poisson")
        instants = self.tools.planned_instants_s(workload, self.seconds)
        cost, seen = self.with_stamps(
            rate_per_s, self.seconds,
            self.call(row, rate_per_s, self.seconds, workload=workload),
            self.stage.write("plan.txt", "\n".join(instants) + "\n"))
        return {"wire": seen, "own": cost.own_lateness,
                "sent_share": seen["count"] / max(len(instants), 1)}

    def idle(self, row, rate_per_s):
        """CPU per call, and memory, at a low rate."""
        seconds = self.idling_seconds[rate_per_s]
        cost, _ = self.with_stamps(rate_per_s, seconds,
                                   self.call(row, rate_per_s, seconds))
        return {"cpu_us_per_call": cost.cpu_us_per_call, "rss_mb": cost.rss_mb}

    def scale(self, row, engines):
        """A tool with so many engines, against a sink that costs little: CPU
        per call of both, and the sink's share of all of it."""
        tool, case, rate_per_s = SCALED[row]
        case = case._replace(engines=engines)

        def play(url):
            if rate_per_s:
                return self.tools.pace(tool, url, self.seconds,
                                       engines * rate_per_s, case, share=True)
            return self.tools.saturate(
                tool, url, self.seconds, case, share=True,
                planned_per_s=engines * SCALING_RATE_PER_S[bool(case.streams)])
        cost, seen = self.with_sink(play, "cheap_sink", self.seconds + 30)
        return {"calls_per_s": cost.calls_per_s,
                "cpu_us_per_call": cost.cpu_us_per_call,
                "sink_us_per_call": 1e6 * seen["cpu_s"] / max(seen["calls"], 1),
                "sink_share": seen["cpu_s"] / (seen["cpu_s"] + cost.cpu_s)}

    def watch(self, row):
        """Lateness and CPU per call of invocator, with a live page or without."""
        seconds = max(self.idling_seconds.values())
        watched = WATCHED[row]
        processes = []

        def start_watchers(out):
            url = wait_for_match(out, r"live page: (\S+)\n")
            processes.append(self.stage.start_watchers(url, watched.watchers))

        def play(url):
            cost = self.tools.pace(
                row, url, seconds, WATCHED_RATE_PER_S,
                ours=Ours(options=watched.options),
                meanwhile=start_watchers if watched.watchers else None)
            for process in processes:
                check_watchers(process)
            return cost
        try:
            cost, seen = self.with_stamps(WATCHED_RATE_PER_S, seconds, play)
        finally:
            for process in processes:
                stop(process)
        return {"wire": seen, "own": cost.own_lateness,
                "sent_share": seen["count"] / (WATCHED_RATE_PER_S * seconds),
                "cpu_us_per_call": cost.cpu_us_per_call}


def check_watchers(process):
    """Watchers that missed the end would not be what is measured."""
    try:
        text, _ = process.communicate(timeout=10)
        counts = json.loads(text)
    except (subprocess.TimeoutExpired, ValueError) as error:
        raise Unavailable(f"watchers: {error}") from error
    if not all(counts):
        raise Unavailable(f"watchers: events read are {counts}")
