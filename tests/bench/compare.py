#!/usr/bin/python3
"""Compares invocator with wrk, hey, ab, h2load and siege on this machine, and
with wrk2, vegeta, k6, oha, fortio, locust and artillery where they are on the
PATH (peers.py; over HTTP/2 h2load, oha and k6: http2_peers.py).

Questions, each put to every tool that can answer it, in rounds, so that what
disturbs the machine disturbs all of them:

  CPU per call  as fast as they go, against one nginx worker: user + system
                time of the whole process, divided by the calls answered with
                2xx; and the memory it took. In the clear and under TLS, with
                few and many connections, small and large bodies, two engines,
                both event loops (cases.py); what signing adds to it. HTTP/2
                with 1 to 64 connections of 1 or 32 streams, beside h2load.
  Lateness      a constant rate, against a sink that stamps arrivals
                (stamping_sink.cc): how far they lie from the even ones. For
                invocator, Poisson arrivals too, against those planned; and by
                its own account.
  Idling        CPU per call, and memory, at 1,000/s and 10,000/s, where waiting
                must not cost; in runs of 10 and 3 s.
  Being watched lateness and CPU per call at 10,000/s without --dashboard, with
                it, and with three browsers (watchers.py); in runs of 10 s.
  Scaling       one and two engines, against a sink that costs little
                (cheap_sink.cc); with two cores they share them with it.
  System calls  per call, at full speed and at two rates (system_calls.py);
                counted once, since they repeat.

The tool has one core (the case of two engines: two, where there are three), the
server another. Printed are medians over the rounds, ratios are taken within a
round; every single value goes to the JSON file. Rows whose options the program,
or whose event loop the kernel, does not know are left out. Run it with
scripts/bench.sh, on a machine that is doing nothing else. No round is begun that
would not end within --minutes. Exit 1 if a measurement failed: its place in the
table shows "-".
"""

import argparse
import json
import os
import sys
import tempfile
import time
import typing

from cases import CASES, CONNECTIONS, HTTP2_CASES, IDLING_SECONDS
from measurements import Bench
from nginx import start_nginx
from processes import Stage, Unavailable, stop
from rows import empty_result
from system_calls import count, find_counter
from tables import report


PARTS = ("saturated", "http2", "lateness", "poisson", "idling", "watched",
         "scaling", "system_calls")


class Counting(typing.NamedTuple):
    """How system calls are counted: by what, in runs of which two lengths."""

    counter: typing.Any
    lengths_s: tuple[int, int]


def attempt(what, measure, *arguments):
    """A measurement, or None and a word about why there is none."""
    try:
        return measure(*arguments)
    except Unavailable as error:
        print(f"bench: {what}: {error}", file=sys.stderr)
        return None


def in_turn(names, number):
    """Everyone goes first once: nobody profits from the order."""
    names = list(names)
    first = number % len(names)
    return names[first:] + names[:first]


def play(result, part, number, measure):
    """Another value for every row of a part: measure(row, group)."""
    for group, rows_of in result.get(part, {}).items():
        for row in in_turn(rows_of, number):
            rows_of[row].append(attempt(f"{part}, {row}, {group}", measure, row,
                                        group))


def measure_round(bench, number, result, counting):
    nginx, urls = start_nginx(bench.stage)
    try:
        for part, cases in (("saturated", CASES), ("http2", HTTP2_CASES)):
            play(result, part, number, lambda row, case, of=cases:
                 bench.saturate(row, urls, of[case]))
        if number == 0 and counting.counter:
            play(result, "system_calls", number, lambda row, rate:
                 count(bench.tools, counting.counter, row, rate, urls,
                       counting.lengths_s))
    finally:
        stop(nginx)
    play(result, "lateness", number, bench.pace)
    play(result, "poisson", number, bench.pace_poisson)
    play(result, "idling", number, bench.idle)
    play(result, "watched", number, lambda row, _: bench.watch(row))
    play(result, "scaling", number, bench.scale)


def measure(bench, rounds, minutes, result, counting):
    """Fills in all single values; returns how many rounds there were."""
    begun = time.monotonic()
    for number in range(rounds):
        spent = time.monotonic() - begun
        if number > 0 and spent * (number + 1) / number > 60 * minutes:
            print(f"bench: {number} rounds took {spent / 60:.1f} minutes, "
                  f"another does not fit into {minutes}", file=sys.stderr)
            return number
        print(f"bench: round {number + 1} of {rounds}", file=sys.stderr)
        measure_round(bench, number, result, counting)
    return rounds


def any_missing(result):
    return any(row is None for part in result.values()
               for rows_of in part.values() for rows in rows_of.values()
               for row in rows)


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/bench.sh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="one round of 1 s each: to see that it works")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2,
                        help="length of one measurement")
    parser.add_argument("--minutes", type=float, default=30,
                        help="how long all may take")
    parser.add_argument("--part", action="append", choices=PARTS, metavar="PART",
                        help="measure only this; may be repeated: "
                        + ", ".join(PARTS))
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
        bench = Bench(stage, os.path.abspath(options.bin_dir), options.seconds,
                      {rate: 1 for rate in IDLING_SECONDS} if options.quick
                      else IDLING_SECONDS)
        facts = stage.facts()
        if facts["load_average_at_start"] > 0.5:
            print("bench: this machine is busy; do not trust the numbers",
                  file=sys.stderr)
        counting = Counting(find_counter(), (1, 2) if options.quick else (1, 3))
        facts["counter"] = counting.counter and counting.counter.name
        result = {part: groups for part, groups
                  in empty_result(bench.tools, options.quick).items()
                  if part in (options.part or PARTS)}
        rounds = measure(bench, options.rounds, options.minutes, result, counting)

    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": facts, "rounds": rounds,
                   "seconds": options.seconds, "connections": CONNECTIONS,
                   **result}, file, indent=1)
    print(report(result, facts, rounds, options.seconds))
    print(f"bench: every single value is in {options.json}", file=sys.stderr)
    return 1 if any_missing(result) else 0


if __name__ == "__main__":
    sys.exit(main())
