"""Traces in the formats of public ones, made up: their files, and the counts
that they stand for as arrays of functions by bins."""

import hashlib

import numpy

MINUTES_OF_DAY = 1440
TRIGGERS = ["http", "timer", "event", "queue", "storage", "orchestration", "others"]


def hashed(*words):
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()


def azure2019_names(functions):
    """Apps of three functions, owners of two apps: (owner, app, function)."""
    return [
        (hashed("o", n // 6), hashed("a", n // 3), hashed("f", n % 3))
        for n in range(functions)
    ]


def write_azure2019(path, names, counts):
    """A day: counts are functions by 1,440 minutes."""
    with path.open("w") as file:
        minutes = ",".join(map(str, range(1, MINUTES_OF_DAY + 1)))
        file.write(f"HashOwner,HashApp,HashFunction,Trigger,{minutes}\n")
        for n, (name, row) in enumerate(zip(names, counts)):
            cells = ",".join(map(str, row))
            file.write(f"{','.join(name)},{TRIGGERS[n % 7]},{cells}\n")
    return path


def write_durations(path, names, averages_ms):
    percentiles = ",".join(
        f"percentile_Average_{p}" for p in (0, 1, 25, 50, 75, 99, 100)
    )
    with path.open("w") as file:
        file.write(
            "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,"
            f"{percentiles}\n"
        )
        for name, average in zip(names, averages_ms):
            file.write(f"{','.join(name)},{average},9,,,0,0,0,0,0,0,0\n")
    return path


def write_azure2021(path, rng, calls, seconds):
    """Random calls of six functions, in no order of start; returns the counts
    by second of those that start within the seconds, by (app, func)."""
    apps, functions = rng.integers(0, 3, calls), rng.integers(0, 2, calls)
    # Whole microseconds: exact in decimals.
    starts = rng.integers(-5_000_000, seconds * 1_000_000, calls)
    durations = rng.integers(0, 9_000_000, calls) * rng.integers(0, 2, calls)
    ends = starts + durations
    kept = ends >= 0
    with path.open("w") as file:
        file.write("app,func,end_timestamp,duration\n")
        for n in numpy.flatnonzero(kept):
            file.write(
                f"app{apps[n]},f{functions[n]},"
                f"{ends[n] / 1e6:.6f},{durations[n] / 1e6:.6f}\n"
            )
    counts = {}
    for n in numpy.flatnonzero(kept & (starts >= 0)):
        row = counts.setdefault(
            f"app{apps[n]}/f{functions[n]}", numpy.zeros(seconds, int)
        )
        row[starts[n] // 1_000_000] += 1
    return counts


def write_huawei(path, day, step_s, names, counts, left_out=()):
    """A day's file: counts are bins by functions; `left_out`: rows that are not
    there. None is NaN, and cells are floating-point."""
    with path.open("w") as file:
        file.write(f"day,time,{','.join(names)}\n")
        for n, row in enumerate(counts):
            if n in left_out:
                continue
            cells = ",".join("NaN" if not c else f"{c}.0" for c in row)
            file.write(f"{day},{day * 86400 + n * step_s},{cells}\n")
    return path
