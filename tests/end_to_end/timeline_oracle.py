"""Counts the timeline and the histograms of a run again from its rows, without
Invocator's code and by HdrHistogram's published formats."""

import base64
import collections
import csv
import math
import struct
import urllib.parse
import zlib

import numpy

OUTCOMES = (
    "ok",
    "http_error",
    "throttled",
    "auth_error",
    "function_error",
    "timeout",
    "connect_error",
    "tls_error",
    "protocol_error",
    "aborted",
    "lost",
)
HEADER = (
    "start_s,width_s,instance,planned,sent,completed,dropped,ok,failed,cold,"
    "in_flight,response_p50_us,response_p90_us,response_p99_us,"
    "response_max_us,lateness_p99_us"
)
BEYOND = 600
MOST_LANES = 64
RELATIVE_RESOLUTION = 1 / 1024
RESOLUTION_US = 0.512


def width_s(duration_s):
    """Width of a bin, by the rule of docs/results.md."""
    if duration_s < 30:
        return 0.1
    for width in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600):
        if duration_s / width <= 1200:
            return width
    raise AssertionError(duration_s)


def read(results, name="timeline.csv"):
    lines = (results.folder / name).read_text().splitlines()
    if name == "timeline.csv":
        assert lines[0].startswith(HEADER)
    return list(csv.DictReader(lines))


def check_sums(results):
    """The sums over the bins are the totals of the run and of each instance."""
    rows = read(results)
    sums = collections.defaultdict(collections.Counter)
    for row in rows:
        for key in ("planned", "sent", "completed", "dropped", "failed",
                    *OUTCOMES):
            sums[row["instance"]][key] += int(row[key])
    blocks = {"": results.summary}
    if len(results.summary["instances"]) <= MOST_LANES:
        blocks |= results.summary["instances"]
        assert set(sums) == set(blocks)
    for name, block in blocks.items():
        outcomes = block["outcomes"]
        for key in ("planned", "sent", "dropped"):
            assert sums[name][key] == block[key], (name, key)
        for outcome in OUTCOMES:
            assert sums[name][outcome] == outcomes.get(outcome, 0), (
                name,
                outcome,
            )
        assert sums[name]["failed"] == block["sent"] - outcomes.get("ok", 0)
    of_workers = collections.Counter()
    for row in read(results, "workers.csv"):
        of_workers[row["worker"]] += int(row["sent"])
    assert sum(of_workers.values()) == results.summary["sent"]
    check_log_sums(results)


def cell(ns):
    """Index of a value's count in HdrHistogram(1_000, 3_600_000_000_000, 3)."""
    ns = min(max(ns, 0), 3_600_000_000_000)
    doubling = max(0, (ns >> 9).bit_length() - 11)
    return (doubling << 10) + (ns >> (9 + doubling))


def decode(text):
    """{cell: count} of a V2 compressed histogram."""
    packed = base64.b64decode(text, validate=True)
    cookie, length = struct.unpack(">ii", packed[:8])
    assert cookie & ~0xF0 == 0x1C849304 and length == len(packed) - 8
    plain = zlib.decompress(packed[8:])
    cookie, length, offset, digits, lowest, highest, ratio = struct.unpack(
        ">iiiiqqd", plain[:40]
    )
    assert cookie & ~0xF0 == 0x1C849303 and length == len(plain) - 40
    assert (offset, digits, lowest, highest, ratio) == (
        *(0, 3, 1_000, 3_600_000_000_000),
        1.0,
    )
    cells, index, at = {}, 0, 40
    while at < len(plain):
        number, shift = 0, 0
        while True:
            byte = plain[at]
            at += 1
            if shift == 56:  # the ninth byte holds eight bits
                number |= byte << shift
                break
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        value = (number >> 1) ^ -(number & 1)
        if value < 0:
            index -= value
        else:
            if value:
                cells[index] = value
            index += 1
    return cells


def read_log(results):
    """{(tag, start in seconds): {cell: count}}; lines without a tag have ""."""
    lines = {}
    text = (results.folder / "histograms.hlog").read_text().splitlines()
    assert text[0] == "#[Histogram log format version 1.3]"
    for line in text:
        if line.startswith(("#", '"')):
            continue
        tag = ""
        if line.startswith("Tag="):
            tag, line = line[4:].split(",", 1)
        start, _, _, histogram = line.split(",")
        key = (tag, float(start))
        assert key not in lines, key
        lines[key] = decode(histogram)
    return lines


def tag(*names):
    return "/".join(urllib.parse.quote(name, safe="") for name in names)


def summed(log, wanted):
    cells = collections.Counter()
    for (name, _), counts in log.items():
        if name == wanted:
            cells.update(counts)
    return cells


def check_log_sums(results):
    """The bins of a metric add up to its phases, cell by cell."""
    log = read_log(results)
    for metric in ("response", "lateness", "service", "first_byte"):
        bins = summed(log, "" if metric == "response" else metric)
        phases = summed(log, f"measured/{metric}")
        assert sum(phases.values()) == results.summary[f"{metric}_us"]["count"]
        assert bins == phases + summed(log, f"warmup/{metric}"), metric
    if len(results.summary["instances"]) > MOST_LANES:
        return
    for name, block in results.summary["instances"].items():
        phases = summed(log, tag("measured", "response", name))
        assert sum(phases.values()) == block["response_us"]["count"]
        assert summed(log, tag("response", name)) == phases + summed(
            log, tag("warmup", "response", name)
        )


def to_ns(decimal):
    whole, fraction = decimal.split(".")
    return int(whole + fraction)


def check_quantile(text, values_us, ratio):
    if not values_us:
        assert text == ""
        return
    exact = numpy.quantile(values_us, ratio, method="inverted_cdf")
    limit = exact * (1 + RELATIVE_RESOLUTION) + RESOLUTION_US
    assert exact - 0.001 <= float(text) <= limit


def check_latencies_of(block, rows):
    """The statistics of the block are those of the rows."""
    ended = [row for row in rows if row["outcome"] != "aborted"]
    for name, of in (("lateness", rows), ("service", ended),
                     ("response", ended)):
        values = [float(row[f"{name}_us"]) for row in of]
        found = block[f"{name}_us"]
        assert found["count"] == len(values)
        if not values:
            continue
        assert abs(found["max"] - max(values)) <= 0.001
        for key, ratio in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99)):
            check_quantile(found[key], values, ratio)
    first = [
        to_ns(row["first_byte_s"]) - to_ns(row["sent_s"])
        for row in ended
        if row["first_byte_s"]
    ]
    assert block["first_byte_us"]["count"] == len(first)
    if first:
        assert abs(block["first_byte_us"]["max"] - max(first) / 1000) <= 0.001


def check_bins(results, duration_s, warmup_s=0):
    """Every bin agrees with its rows. Requires a row for every call."""
    width_ns = round(width_s(duration_s) * 1e9)
    last = math.ceil(round(duration_s * 1e9) / width_ns) + BEYOND - 1

    def bin_of(row, instant):
        return min(to_ns(row[f"{instant}_s"]) // width_ns, last)

    counts = collections.defaultdict(collections.Counter)
    latencies = collections.defaultdict(list)
    cells = collections.defaultdict(collections.Counter)
    for row in results.rows:
        aborted = row["outcome"] == "aborted"
        ended = bin_of(row, "scheduled" if aborted else "done")
        for name in ("", row["instance"]):
            scheduled = (name, bin_of(row, "scheduled"))
            counts[name, bin_of(row, "sent")]["sent"] += 1
            counts[name, ended][row["outcome"]] += 1
            counts[name, ended]["completed"] += not aborted
            counts[name, ended]["cold"] += row["cold"] == "true"
            if not aborted:
                latencies[scheduled].append(float(row["response_us"]))
                cells[scheduled][cell(to_ns(row["response_us"]))] += 1
    in_flight = collections.Counter()
    most = collections.Counter()
    rows = read(results)
    for row in rows:
        assert float(row["width_s"]) == width_ns / 1e9
        name, number = row["instance"], round(float(row["start_s"]) * 1e9)
        assert number % width_ns == 0
        found = counts.pop((name, number // width_ns), collections.Counter())
        for key in ("sent", "completed", "cold", *OUTCOMES):
            assert int(row[key]) == found[key], (row, key)
        in_flight[name] += found["sent"] - found["completed"]
        assert int(row["in_flight"]) == in_flight[name]
        # The bin in which the warm-up ends, ends after it.
        if number // width_ns >= round(warmup_s * 1e9) // width_ns:
            most[name] = max(most[name], in_flight[name])
        values = latencies[name, number // width_ns]
        for quantile in (50, 90, 99):
            check_quantile(
                row[f"response_p{quantile}_us"], values, quantile / 100
            )
        check_quantile(row["response_max_us"], values, 1)
    assert not +sum(counts.values(), collections.Counter())
    assert results.summary["max_in_flight"] == most[""]
    for name, block in results.summary["instances"].items():
        assert block["max_in_flight"] == most[name]
    log = read_log(results)
    for (name, number), expected in cells.items():
        key = tag("response", name) if name else ""
        assert log[key, round(number * width_ns / 1e9, 3)] == expected
