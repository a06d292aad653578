"""The measurements as Markdown: medians over the rounds."""

import statistics

from cases import (ABOUT_SIGNING, CONNECTIONS, OURS, SIGNED, UNWATCHED,
                   WATCHED_RATE_PER_S)


def median(values, digits=1):
    values = [value for value in values if value is not None]
    return f"{statistics.median(values):,.{digits}f}" if values else "-"


def field(rows, *keys):
    """One field of each row; None where a row or the field is missing."""
    for key in keys:
        rows = [row and row[key] for row in rows]
    return rows


def ratios(mine, others):
    """Of what was measured in the same round."""
    return [a / b for a, b in zip(mine, others) if a and b]


def markdown(heads, rows):
    lines = ["| " + " | ".join(heads) + " |",
             "| --- |" + " ---: |" * (len(heads) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def saturation_table(groups, heads, base):
    rows = []
    for name, rows_of in groups.items():
        costs_of_base = field(rows_of[base], "cpu_us_per_call")
        for tool, values in rows_of.items():
            cpu = field(values, "cpu_us_per_call")
            rows.append([name, tool, median(cpu),
                         median(ratios(cpu, costs_of_base), 2),
                         median(field(values, "calls_per_s"), 0),
                         median(field(values, "rss_mb"), 0)])
    return markdown([*heads, "CPU per call, us", f"x {base}", "calls/s",
                     "memory, MB"], rows)


def signing_lines(result):
    rows_of = result["saturated"]["clear"]
    signed = field(rows_of[SIGNED], "cpu_us_per_call")
    return "\n".join(
        f"signed against {tool}: "
        f"{median(ratios(signed, field(rows_of[tool], 'cpu_us_per_call')), 3)}"
        " x the CPU" for tool in ABOUT_SIGNING)


def lateness_cell(rows, side):
    text = " / ".join(median(field(rows, side, p)) for p in ("p50", "p99"))
    shares = [share for share in field(rows, "sent_share") if share]
    if side == "wire" and shares and statistics.median(shares) < 0.99:
        text += f" (sent {100 * statistics.median(shares):.0f} %)"
    return "-" if text == "- / -" else text


def lateness_table(result):
    rows, rates = [], ()
    for name, suffix in (("lateness", ""), ("poisson", ", Poisson")):
        rates = result.get(name) or rates
        for tool in next(iter(result.get(name, {}).values()), ()):
            sides = {"": "wire"}
            if tool in OURS:
                sides[", by its own summary"] = "own"
            for words, side in sides.items():
                rows.append([tool + suffix + words,
                             *(lateness_cell(rows_of[tool], side)
                               for rows_of in rates.values())])
    heads = ["lateness, p50 / p99 us"] + [f"{rate:,}/s" for rate in rates]
    return markdown(heads, rows)


def idling_table(groups):
    rows = []
    for tool in next(iter(groups.values())):
        row = [tool]
        for rows_of in groups.values():
            cpu = field(rows_of[tool], "cpu_us_per_call")
            wrk2 = field(rows_of.get("wrk2", []), "cpu_us_per_call")
            row += [median(cpu), median(ratios(cpu, wrk2), 2),
                    median(field(rows_of[tool], "rss_mb"), 0)]
        rows.append(row)
    heads = ["CPU per call, us"]
    for rate in groups:
        heads += [f"{rate:,}/s", "x wrk2", "memory, MB"]
    return markdown(heads, rows)


def watched_table(groups):
    rows_of = groups[WATCHED_RATE_PER_S]
    without = field(rows_of[UNWATCHED], "cpu_us_per_call")
    rows = []
    for name, values in rows_of.items():
        cpu = field(values, "cpu_us_per_call")
        rows.append([name, lateness_cell(values, "wire"),
                     lateness_cell(values, "own"), median(cpu),
                     median(ratios(cpu, without), 2)])
    return markdown([f"invocator at {WATCHED_RATE_PER_S:,}/s",
                     "lateness, p50 / p99 us", "by its own summary",
                     "CPU per call, us", "x without"], rows)


def scaling_table(groups):
    fewest = next(iter(groups.values()))
    rows = []
    for tool in fewest:
        of_one = {key: field(fewest[tool], key)
                  for key in ("cpu_us_per_call", "calls_per_s")}
        for engines, rows_of in groups.items():
            values = rows_of[tool]
            cpu, rate = (field(values, key) for key in of_one)
            share = [100 * share
                     for share in field(values, "sink_share") if share]
            rows.append([
                tool, str(engines), median(rate, 0),
                median(ratios(rate, of_one["calls_per_s"]), 2), median(cpu),
                median(ratios(cpu, of_one["cpu_us_per_call"]), 2),
                median(field(values, "sink_us_per_call")), median(share, 0)])
    return markdown(["against a sink that costs little", "engines", "calls/s",
                     "x one engine", "CPU per call, us", "x one engine",
                     "the sink's, us", "its share of all CPU, %"], rows)


def system_calls_cell(values):
    counts = next((value for value in values if value), None)
    if not counts:
        return "-"
    most = sorted((name for name in counts if name != "all"),
                  key=counts.get, reverse=True)[:3]
    words = ", ".join(f"{name} {counts[name]:.2f}" for name in most
                      if counts[name] >= 0.005)
    return f"{counts['all']:.2f} ({words})"


def system_calls_table(groups, counter):
    rows = [[row, *(system_calls_cell(rows_of.get(row, []))
                    for rows_of in groups.values())]
            for row in next(iter(groups.values()))]
    return markdown([f"system calls per call, by {counter}", *groups], rows)


def report(result, facts, rounds, seconds):
    heading = (f"{facts['cpu']}, {facts['cores']} cores, Linux "
               f"{facts['kernel']}; median of {rounds} rounds of {seconds} s; "
               f"{CONNECTIONS} connections unless named; "
               f"{', '.join(facts['packages'])}")
    parts = {
        "saturated": lambda groups: "\n\n".join([
            saturation_table(groups, ["as fast as possible", "tool"], "wrk"),
            signing_lines(result)]),
        "http2": lambda groups: saturation_table(
            groups, ["HTTP/2, connections x streams", "tool"], "h2load"),
        "lateness": lambda _: lateness_table(result),
        "poisson": lambda _: "" if "lateness" in result
                   else lateness_table(result),
        "idling": idling_table,
        "watched": watched_table,
        "scaling": scaling_table,
        "system_calls": lambda groups: system_calls_table(groups,
                                                          facts["counter"]),
    }
    tables = [table(result[part]) for part, table in parts.items()
              if part in result]
    return "\n\n".join([heading, *filter(None, tables)])
