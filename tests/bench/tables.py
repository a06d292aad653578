"""The measurements as Markdown: medians over the rounds."""

import statistics

from measurements import (ABOUT_SIGNING, CONNECTIONS, IDLING_RATE_PER_S, OURS,
                          RATES_PER_S, SIGNED, UNWATCHED, WATCHED_RATE_PER_S)


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


def saturation_table(result):
    rows = []
    for name, rows_of in result["saturated"].items():
        wrk = field(rows_of["wrk"], "cpu_us_per_call")
        for tool, values in rows_of.items():
            cpu = field(values, "cpu_us_per_call")
            rows.append([name, tool, median(cpu), median(ratios(cpu, wrk), 2),
                         median(field(values, "calls_per_s"), 0),
                         median(field(values, "rss_mb"), 0)])
    return markdown(["as fast as possible", "tool", "CPU per call, us", "x wrk",
                     "calls/s", "memory, MB"], rows)


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
    rows = []
    for name, suffix in (("lateness", ""), ("poisson", ", Poisson")):
        rates = result[name]
        for tool in rates[RATES_PER_S[0]]:
            sides = {"": "wire"}
            if tool in OURS:
                sides[", by its own summary"] = "own"
            for words, side in sides.items():
                rows.append([tool + suffix + words,
                             *(lateness_cell(rows_of[tool], side)
                               for rows_of in rates.values())])
    heads = ["lateness, p50 / p99 us"] + [f"{rate:,}/s" for rate in rates]
    return markdown(heads, rows)


def idling_table(result):
    wrk2 = field(result["idling"].get("wrk2", []), "cpu_us_per_call")
    rows = []
    for tool, values in result["idling"].items():
        cpu = field(values, "cpu_us_per_call")
        rows.append([tool, median(cpu), median(ratios(cpu, wrk2), 2),
                     median(field(values, "rss_mb"), 0)])
    return markdown([f"at {IDLING_RATE_PER_S:,}/s", "CPU per call, us", "x wrk2",
                     "memory, MB"], rows)


def watched_table(result):
    without = field(result["watched"][UNWATCHED], "cpu_us_per_call")
    rows = []
    for name, values in result["watched"].items():
        cpu = field(values, "cpu_us_per_call")
        rows.append([name, lateness_cell(values, "wire"),
                     lateness_cell(values, "own"), median(cpu),
                     median(ratios(cpu, without), 2)])
    return markdown([f"invocator at {WATCHED_RATE_PER_S:,}/s",
                     "lateness, p50 / p99 us", "by its own summary",
                     "CPU per call, us", "x without"], rows)


def report(result, facts, rounds, seconds):
    heading = (f"{facts['cpu']}, {facts['cores']} cores, Linux "
               f"{facts['kernel']}; median of {rounds} rounds of {seconds} s; "
               f"{CONNECTIONS} connections unless named; "
               f"{', '.join(facts['packages'])}")
    return "\n\n".join([heading, saturation_table(result), signing_lines(result),
                        lateness_table(result), idling_table(result),
                        watched_table(result)])
