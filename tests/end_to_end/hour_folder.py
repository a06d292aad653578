"""Makes of a short run's folder that of an hour: its bins again and again, each
of five seconds. `report` checks that the files agree with each other."""

import base64
import copy
import csv
import json
import struct
import zlib

from timeline_oracle import decode, read

HOUR_S = 3600
WIDTH_S = 5


def encode(cells):
    """A V2 compressed histogram of {cell: count}."""
    words = bytearray()
    at = 0
    for index in sorted(cells):
        if index > at:
            words += zigzag(at - index)
        words += zigzag(cells[index])
        at = index + 1
    head = struct.pack(
        *(">iiiiqqd", 0x1C849313, len(words), 0, 3, 1_000),
        *(3_600_000_000_000, 1.0),
    )
    packed = zlib.compress(head + words)
    whole = struct.pack(">ii", 0x1C849314, len(packed)) + packed
    return base64.b64encode(whole).decode()


def zigzag(value):
    number = (value << 1) ^ (value >> 63)
    result = bytearray()
    while number >= 0x80:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return result


def times(block, factor):
    """Counts of a block of the summary, multiplied in place."""
    for key, value in block.items():
        if isinstance(value, dict):
            times(value, factor)
        elif key in COUNTS and isinstance(value, int):
            block[key] = value * factor


COUNTS = {
    *("planned", "sent", "dropped", "unsent", "ok", "count", "cold", "warm"),
    *("unknown", "opened", "reused"),
}


def write_hour(results):
    folder = results.folder
    rows = read(results)
    bins = len({row["start_s"] for row in rows})
    factor = HOUR_S // WIDTH_S // bins

    summary = copy.deepcopy(results.summary)
    for block in (summary, *summary["workers"]):
        times(block, factor)
    summary["duration_s"] = float(HOUR_S)
    (folder / "summary.json").write_text(json.dumps(summary))

    workload = json.loads((folder / "workload.json").read_text())
    workload["test_duration_in_seconds"] = float(HOUR_S)
    (folder / "workload.json").write_text(json.dumps(workload))

    for name in ("timeline.csv", "workers.csv"):
        repeat_csv(folder / name, read(results, name), bins, factor)
    repeat_log(folder / "histograms.hlog", bins, factor)


def repeat_csv(path, rows, bins, factor):
    with open(path, "w", newline="") as file:
        out = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        out.writeheader()
        for turn in range(factor):
            for row in rows:
                number = turn * bins + round(float(row["start_s"]) / 0.1)
                row = row | {
                    "start_s": f"{number * WIDTH_S}.0",
                    "width_s": f"{WIDTH_S}.0",
                }
                out.writerow(row)


def repeat_log(path, bins, factor):
    head, turn, phases = [], [], []
    for line in path.read_text().splitlines():
        if line.startswith(("#", '"')):
            head.append(line)
            continue
        tag = line.split(",")[0] + "," if line.startswith("Tag=") else ""
        start, span, largest, histogram = line.removeprefix(tag).split(",")
        if tag.startswith(("Tag=measured", "Tag=warmup")):
            cells = {k: n * factor for k, n in decode(histogram).items()}
            phases.append(
                f"{tag}0.000,{HOUR_S}.000,{largest},{encode(cells)}"
            )
        else:
            turn.append((tag, round(float(start) / 0.1), largest, histogram))
    lines = [
        f"{tag}{(again * bins + number) * WIDTH_S}.000,{WIDTH_S}.000,"
        f"{largest},{histogram}"
        for again in range(factor)
        for tag, number, largest, histogram in turn
    ]
    path.write_text("\n".join(head + lines + phases) + "\n")
