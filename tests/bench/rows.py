"""The tables' rows, by part and group, still without values."""

import shutil

from cases import (ABOUT_SIGNING, CASES, COUNTED, COUNTED_RATES, HTTP2_CASES,
                   IDLING, IDLING_SECONDS, LOOPS, OURS, OVER_HTTP2, PACED,
                   PACED_LOOPS, PADDED_WRK, RATES_PER_S, RECORDED, SCALED,
                   SCALED_ENGINES, SIGNED, UNSIGNED, WATCHED,
                   WATCHED_RATE_PER_S)
from http2_peers import HTTP2_PEERS
from peers import PEERS

QUICK_RATE_PER_S = 10_000
QUICK_IDLING_RATE_PER_S = 1_000


def there(peers):
    """Those in Debian are expected to be there; others may be."""
    return {name: peer for name, peer in peers.items()
            if peer.in_debian or shutil.which(name)}


def loops(quick):
    return [row for row, ours in LOOPS.items()
            if not (quick and ours.records == "all")]


def saturated(name, case, quick):
    ours = [SIGNED, RECORDED]
    if case.few:
        return [*ours, "wrk"]
    peers = [name for name, peer in there(PEERS).items()
             if peer.saturates and (peer.tls or not case.tls)]
    tools = [*ours, *loops(quick), *UNSIGNED, PADDED_WRK, *peers]
    return [tool for tool in tools
            if tool not in ABOUT_SIGNING or name == "clear"]


def saturated_http2(case, quick):
    if case.few:
        return [SIGNED, "h2load"]
    return [SIGNED, RECORDED, *loops(quick),
            *(name for name, peer in there(HTTP2_PEERS).items()
              if peer.saturates and (peer.clear or case.tls))]


def paced_peers():
    """Against a sink, which speaks both protocols, but no TLS."""
    return [*(name for name, peer in there(PEERS).items() if peer.paces),
            *(name + OVER_HTTP2 for name, peer in there(HTTP2_PEERS).items()
              if peer.paces and peer.clear)]


def counted(rate, quick):
    return [name for name, row in COUNTED.items()
            if (row.quick or not quick)
            and (row.tool in OURS or not COUNTED_RATES[rate]
                 or (HTTP2_PEERS if row.case.streams else PEERS)[row.tool].paces)]


def empty_result(tools, quick=False):
    """{part: {group: {row: []}}}, of what this machine and program can do."""
    cases, http2_cases = (
        {name: case for name, case in of.items() if case.quick or not quick}
        for of in (CASES, HTTP2_CASES))
    rates = [QUICK_RATE_PER_S] if quick else RATES_PER_S
    idling_rates = [QUICK_IDLING_RATE_PER_S] if quick else IDLING_SECONDS
    paced = [*PACED, *PACED_LOOPS, *paced_peers()]
    idling = [*IDLING, *paced_peers()]
    result = {
        "saturated": {name: saturated(name, case, quick)
                      for name, case in cases.items()},
        "http2": {name: saturated_http2(case, quick)
                  for name, case in http2_cases.items()},
        "lateness": {rate: paced for rate in rates},
        "poisson": {rate: PACED for rate in rates},
        "idling": {rate: idling for rate in idling_rates},
        "watched": {WATCHED_RATE_PER_S: WATCHED},
        "scaling": {engines: SCALED for engines in SCALED_ENGINES},
        "system_calls": {rate: counted(rate, quick)
                         for rate in list(COUNTED_RATES)[:1 if quick else None]},
    }
    # Rows of these two have names of their own; all others are named by tools.
    tool_of = {row: named.tool for named_rows in (COUNTED, SCALED)
               for row, named in named_rows.items()}
    return {part: {group: {row: [] for row in rows
                           if tools.knows(tool_of.get(row, row))}
                   for group, rows in groups.items()}
            for part, groups in result.items()}
