#!/usr/bin/python3
"""Compares invocator with wrk, hey, ab, h2load and siege on this machine, and
with wrk2, vegeta, k6, oha, fortio, locust and artillery where they are on the
PATH (peers.py).

Three questions, each put to every tool that can answer it, and one to invocator
alone, in rounds, so that what disturbs the machine disturbs all of them:

  CPU per call  as fast as they go, against one nginx worker: user + system
                time of the whole process, divided by the calls answered with
                2xx; and the memory it took. In the clear and under TLS, with
                few and many connections, small and large bodies, two engines
                (measurements.py, CASES). And what signing adds to it.
  Lateness      a constant rate, against a sink that stamps arrivals
                (stamping_sink.cc): how far they lie from the even ones. For
                invocator, Poisson arrivals too, against those planned; and by
                its own account.
  Idling        CPU per call, and memory, at 1,000/s, where waiting must not
                cost; in runs of 10 s.
  Being watched lateness and CPU per call at 10,000/s without --dashboard, with
                it, and with three browsers (watchers.py); in runs of 10 s.

The tool has one core (the case of two engines: two, where there are three), the
server another. Printed are medians over the rounds, ratios are taken within a
round; every single value goes to the JSON file. Run it with scripts/bench.sh, on
a machine that is doing nothing else. No round is begun that would not end within
--minutes. Exit 1 if a measurement failed: its place in the table shows "-".
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time

from measurements import (ABOUT_SIGNING, CASES, CONNECTIONS, IDLING_OURS, OURS,
                          PACED_OURS, PADDED_WRK, RATES_PER_S, SIGNED, WATCHED,
                          Bench)
from peers import PEERS
from processes import Stage, Unavailable, stop
from tables import report


def attempt(what, measure, *arguments):
    """A measurement, or None and a word about why there is none."""
    try:
        return measure(*arguments)
    except Unavailable as error:
        print(f"bench: {what}: {error}", file=sys.stderr)
        return None


def empty_result():
    """{"saturated": {case: {tool: []}}, "lateness": {rate: {tool: []}},
    "poisson": {rate: {tool: []}}, "idling": {tool: []}, "watched": {row: []}}"""
    there = {name: peer for name, peer in PEERS.items()
             if peer.in_debian or shutil.which(name)}
    paced = [*PACED_OURS, *(name for name, peer in there.items() if peer.paces)]
    saturated = {}
    for name, case in CASES.items():
        tools = [SIGNED, "invocator --records all", "wrk"]
        if not case.few:
            tools = [*OURS, PADDED_WRK,
                     *(tool for tool, peer in there.items()
                       if peer.saturates and (peer.tls or not case.tls))]
        saturated[name] = {tool: [] for tool in tools
                           if tool not in ABOUT_SIGNING or name == "clear"}
    return {
        "saturated": saturated,
        "lateness": {rate: {tool: [] for tool in paced} for rate in RATES_PER_S},
        "poisson": {rate: {tool: [] for tool in PACED_OURS}
                    for rate in RATES_PER_S},
        "idling": {tool: [] for tool in (
            *IDLING_OURS, *(name for name in paced if name in there))},
        "watched": {row: [] for row in WATCHED},
    }


def in_turn(names, number):
    """Everyone goes first once: nobody profits from the order."""
    names = list(names)
    first = number % len(names)
    return names[first:] + names[:first]


def measure_round(bench, number, result):
    nginx, urls = bench.stage.start_nginx()
    try:
        for name, rows_of in result["saturated"].items():
            for tool in in_turn(rows_of, number):
                rows_of[tool].append(attempt(
                    f"{tool}, {name}", bench.saturate, tool, urls, CASES[name]))
    finally:
        stop(nginx)
    for part, measure in (("lateness", bench.pace),
                          ("poisson", bench.pace_poisson)):
        for rate, rows_of in result[part].items():
            for tool in in_turn(rows_of, number):
                rows_of[tool].append(attempt(
                    f"{tool}, {part} at {rate}/s", measure, tool, rate))
    for tool in in_turn(result["idling"], number):
        result["idling"][tool].append(
            attempt(f"{tool}, idling", bench.idle, tool))
    for row in in_turn(result["watched"], number):
        result["watched"][row].append(attempt(row, bench.watch, row))


def measure(bench, rounds, minutes):
    """All single values, and in how many rounds they were measured."""
    result = empty_result()
    begun = time.monotonic()
    for number in range(rounds):
        spent = time.monotonic() - begun
        if number > 0 and spent * (number + 1) / number > 60 * minutes:
            print(f"bench: {number} rounds took {spent / 60:.1f} minutes, "
                  f"another does not fit into {minutes}", file=sys.stderr)
            return result, number
        print(f"bench: round {number + 1} of {rounds}", file=sys.stderr)
        measure_round(bench, number, result)
    return result, rounds


def any_missing(result):
    rows_of_all = [*result["saturated"].values(), *result["lateness"].values(),
                   *result["poisson"].values(), result["idling"],
                   result["watched"]]
    return any(row is None for rows_of in rows_of_all
               for rows in rows_of.values() for row in rows)


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/bench.sh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="one round of 1 s each: to see that it works")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2,
                        help="length of one measurement")
    parser.add_argument("--minutes", type=float, default=15,
                        help="how long all may take")
    parser.add_argument("--json", default="build/bench.json", metavar="FILE")
    parser.add_argument("--bin-dir", default="build/bin", metavar="DIR")
    options = parser.parse_args()
    if options.quick:
        options.rounds = options.seconds = 1
    if not (1 <= options.rounds <= 100 and 1 <= options.seconds <= 60):
        parser.error("--rounds is 1..100 and --seconds 1..60")

    with tempfile.TemporaryDirectory(prefix="invocator-bench-") as scratch:
        # nginx gives up root's rights, but has to see its folder.
        os.chmod(scratch, 0o755)
        stage = Stage(scratch)
        idling = {"idling_seconds": 1} if options.quick else {}
        bench = Bench(stage, os.path.abspath(options.bin_dir), options.seconds,
                      **idling)
        facts = stage.facts()
        if facts["load_average_at_start"] > 0.5:
            print("bench: this machine is busy; do not trust the numbers",
                  file=sys.stderr)
        result, rounds = measure(bench, options.rounds, options.minutes)

    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": facts, "rounds": rounds,
                   "seconds": options.seconds, "connections": CONNECTIONS,
                   **result}, file, indent=1)
    print(report(result, facts, rounds, options.seconds))
    print(f"bench: every single value is in {options.json}", file=sys.stderr)
    return 1 if any_missing(result) else 0


if __name__ == "__main__":
    sys.exit(main())
