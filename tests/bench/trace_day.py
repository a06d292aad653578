#!/usr/bin/python3
"""Measures `invocator trace` with a day of the size of Azure's trace of 2019:
50,000 functions by 1,440 minutes, made up, about 160 MB.

Prints a line with size, wall time, CPU time and the most memory used. Exit 1 if
it takes more than 15 s or 100 MB; run it on a machine that is doing nothing
else. usage: trace_day.py [PROGRAM]
"""

import hashlib
import json
import os
import pathlib
import random
import sys
import tempfile
import time

FUNCTIONS = 50_000
MINUTES = 1440
MOST_S = 15
MOST_MB = 100


def rows_of_minutes(rng):
    """Rows of counts, from a call an hour to hundreds a minute."""
    rows = []
    for n in range(400):
        rate = 0.01 * 10_000 ** (n / 400)
        counts = (
            str(int(rng.gammavariate(1 + rate, 1)) if rng.random() < rate else 0)
            for _ in range(MINUTES)
        )
        rows.append(",".join(counts))
    return rows


def write_day(path):
    rng = random.Random(1)
    rows = rows_of_minutes(rng)
    # Most functions are rarely called.
    weights = [1 / (n + 1) for n in range(len(rows))]
    chosen = rng.choices(rows, weights, k=FUNCTIONS)
    with path.open("w") as file:
        minutes = ",".join(str(n + 1) for n in range(MINUTES))
        file.write(f"HashOwner,HashApp,HashFunction,Trigger,{minutes}\n")
        for n, row in enumerate(chosen):
            names = (hashlib.sha256(f"{k}{n}".encode()).hexdigest() for k in "oaf")
            file.write(f"{','.join(names)},http,{row}\n")


def main():
    default = pathlib.Path(__file__).parents[2] / "build" / "bin" / "invocator"
    program = sys.argv[1] if len(sys.argv) > 1 else str(default)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        day = folder / "day.csv"
        write_day(day)
        template = folder / "template.json"
        entry = {"url": "http://127.0.0.1:9/f", "auth": "none"}
        template.write_text(json.dumps({
            "test_name": "day", "test_duration_in_seconds": 1,
            "random_seed": 1, "instances": {"f": entry},
        }))  # fmt: skip
        begin = time.monotonic()
        child = os.posix_spawn(
            program,
            [program, "trace", "azure2019", "--from", str(day), "--start"]
            + ["00:09:00", "--onto", str(template), "-o", str(folder / "out")],
            os.environ,
        )
        _, status, usage = os.wait4(child, 0)
        wall_s = time.monotonic() - begin
        mb = usage.ru_maxrss / 1000
        print(
            f"{day.stat().st_size / 1e6:.0f} MB: {wall_s:.1f} s, "
            f"{usage.ru_utime + usage.ru_stime:.1f} s of CPU, {mb:.0f} MB"
        )
        return int(status != 0 or wall_s > MOST_S or mb > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
