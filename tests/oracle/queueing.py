"""Queueing theory, for oracles: Erlang's formulas, and what happens to given
calls in a first-in-first-out queue."""

import heapq


def erlang_b(places, load):
    """Share of calls that is refused in M/G/c/c; load in erlang."""
    share = 1.0
    for k in range(1, places + 1):
        share = load * share / (k + load * share)
    return share


def erlang_c(places, load):
    """Share of calls that waits in M/M/c."""
    lost = erlang_b(places, load)
    return lost / (1 - load / places * (1 - lost))


def fifo_waits(places, arrivals, services):
    """The wait of each call, by Kiefer and Wolfowitz's recursion."""
    free = [float("-inf")] * places
    waits = []
    for arrival, service in zip(arrivals, services):
        start = max(arrival, heapq.heappop(free))
        waits.append(start - arrival)
        heapq.heappush(free, start + service)
    return waits
