"""`invocator trace` makes workloads from public traces: their plans have exactly
the calls of the files, with every quirk of each format."""

import csv
import hashlib
import json
import re
import resource
import subprocess

import numpy
import pytest
from conftest import REPOSITORY, clean_environment, not_sanitized, program
from python_package import VENV_PYTHON, venv_with
from traces import (
    MINUTES_OF_DAY,
    azure2019_names,
    write_azure2019,
    write_azure2021,
    write_durations,
    write_huawei,
)

BAD_USAGE = 2
DOCS = REPOSITORY / "docs" / "traces.md"


@pytest.fixture
def rng():
    return numpy.random.default_rng(20261130)


@pytest.fixture
def template(tmp_path):
    """template({name: expected_duration_ms}) -> path of a workload without
    arrivals but for a rate that the trace replaces."""

    def write(instances=None, **keys):
        instances = instances or {"f": None}
        (tmp_path / "body.json").write_text('{"n": 1}')
        entries = {
            name: {
                "url": "http://127.0.0.1:9/f",
                "auth": "none",
                "payload": "body.json",
                "rate": 99,
            }
            | ({} if ms is None else {"expected_duration_ms": ms})
            for name, ms in instances.items()
        }
        document = {
            "test_name": "traced",
            "test_duration_in_seconds": 5,
            "random_seed": 11,
            "mix": {"rate": 5},
            "instances": entries,
        }
        path = tmp_path / "template.json"
        path.write_text("// A template.\n" + json.dumps(document | keys))
        return path

    return write


@pytest.fixture
def convert(invocator, tmp_path):
    """convert(format, files, onto, *options) -> the new folder; checks that it
    reports its work and that the folder has a valid workload."""

    def run(kind, files, onto, *options):
        folder = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
        done = invocator(
            ["trace", kind, "--from", *files, "--onto", onto, "-o", folder]
            + list(map(str, options))
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert f"{folder}/workload.json" in done.stdout
        return folder

    return run


def workload_of(folder):
    return json.loads((folder / "workload.json").read_text())


def trace_of(folder):
    return json.loads((folder / "trace.json").read_text())


def counts_of(folder):
    """Counts by the function's name in the trace, as the workload's files have
    them."""
    instances = workload_of(folder)["instances"]
    counts = {}
    for function in trace_of(folder)["functions"]:
        path = folder / instances[function["instance"]]["arrivals"]["counts"]
        with path.open(newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == ["count"]
        counts[function["function"]] = [int(row[0]) for row in rows[1:]]
    return counts


def check_plan(invocator, folder):
    """The plan has as many calls of each instance and bin as the files."""
    done = invocator(["plan", folder / "workload.json", "--events"])
    assert done.returncode == 0, done.stderr
    events = list(csv.DictReader(done.stdout.splitlines()))
    workload = workload_of(folder)
    for function in trace_of(folder)["functions"]:
        name = function["instance"]
        arrivals = workload["instances"][name]["arrivals"]
        width = arrivals["bin_in_seconds"]
        bins = round(workload["test_duration_in_seconds"] / width)
        planned = numpy.zeros(bins, int)
        for event in events:
            if event["instance"] == name:
                planned[int(float(event["time_s"]) // width)] += 1
        with (folder / arrivals["counts"]).open() as file:
            expected = [int(line) for line in file.read().split()[1:]]
        assert planned.tolist() == expected


def test_azure2019(rng, tmp_path, template, convert, invocator):
    names = azure2019_names(9)
    counts = rng.poisson(rng.exponential(0.3, (9, 1)), (9, 2 * MINUTES_OF_DAY))
    counts[4] = 0
    days = [
        write_azure2019(tmp_path / "d01.csv", names[:7], counts[:7, :1440]),
        # Another set of functions, in another order.
        write_azure2019(
            tmp_path / "d02.csv", names[:1:-1], counts[:1:-1, 1440:]
        ),
    ]
    counts[:2, 1440:] = 0
    counts[7:, :1440] = 0
    averages = [1, 30, 90, 5000, 7, 0, 120_000, "", 64]
    durations = write_durations(tmp_path / "ms.csv", names, averages)
    onto = template({"short": 10, "middle": 100, "long": 10_000})
    folder = convert(
        "azure2019", [durations, *days], onto, "--start", "23:30:00",
        "--minutes", 90, "--functions", 6,
    )  # fmt: skip

    window = counts[:, 1410:1500]
    busiest = sorted(range(9), key=lambda n: (-window[n].sum(), n))[:6]
    assert counts_of(folder) == {
        "/".join(names[n]): window[n].tolist() for n in busiest
    }
    # By logarithm: 10 and 100 meet at 31.6, 100 and 10,000 at 1,000. The first
    # function without a duration is mapped in turn, to the first instance.
    nearest = ["short", "short", "middle", "long", None, "short", "long",
               "short", "middle"]  # fmt: skip
    trace = trace_of(folder)
    for rank, (n, function) in enumerate(zip(busiest, trace["functions"])):
        assert function["template"] == nearest[n]
        assert function["instance"] == f"{nearest[n]}-{rank + 1}"
        assert function["calls"] == window[n].sum()
        known = averages[n] != ""
        assert function["mapped"] == ("by duration" if known else "in turn")
        assert function["duration_ms"] == (max(averages[n], 1) if known else None)
    assert trace["format"] == "azure2019"
    assert trace["window"] == {
        "start_s": 84600, "minutes": 90, "bin_in_seconds": 60,
    }  # fmt: skip
    assert trace["peak_per_s"] == window[busiest].sum(axis=0).max() / 60
    assert trace["thin"] == 1
    idle = int((window.sum(axis=1) == 0).sum())
    assert trace["dropped"] == {
        "functions without calls in the window": idle,
        "functions not picked": 9 - idle - 6,
        "calls of functions not picked": window.sum() - window[busiest].sum(),
        "calls outside the window": counts.sum() - window.sum(),
        "durations without an average": 1,
    }
    for source, file in zip(trace["sources"], [durations, *days]):
        assert source == {
            "file": str(file),
            "bytes": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }

    workload = workload_of(folder)
    assert workload["test_duration_in_seconds"] == 90 * 60
    assert workload["random_seed"] == 11
    assert "mix" not in workload
    for entry in workload["instances"].values():
        assert "rate" not in entry
        assert entry["payload"] == "payloads/body.json"
    assert (folder / "payloads/body.json").read_text() == '{"n": 1}'
    check_plan(invocator, folder)


def test_azure2021(rng, tmp_path, template, convert, invocator):
    path = tmp_path / "t.csv"
    counts = write_azure2021(path, rng, calls=3000, seconds=400)
    onto = template({"short": 100, "long": 4000})
    folder = convert(
        "azure2021", [path], onto, "--start", "00:00:30", "--minutes", 2
    )
    assert counts_of(folder) == {
        name: row[30:150].tolist() for name, row in counts.items()
    }
    check_plan(invocator, folder)


@pytest.mark.parametrize("step_s", [1, 60])
def test_huawei(rng, tmp_path, template, convert, invocator, step_s):
    names = ["0", "400---418---pool22-300-128", "7"]
    bins = 86400 // step_s
    counts = rng.poisson([[0.2, 3, 0.01]], (bins, 3))
    missing = set(range(45, 60)) | {bins - 1}
    counts[sorted(missing)] = 0
    files = [
        write_huawei(tmp_path / "day_005.csv", 5, step_s, names, counts, missing),
        # Day 6 is missing.
        write_huawei(tmp_path / "day_007.csv", 7, step_s, names[::-1],
                     counts[:100, ::-1]),
    ]  # fmt: skip
    folder = convert("huawei", files, template(), "--minutes", 2)
    width = 120 // step_s
    assert counts_of(folder) == {
        name: counts[:width, n].tolist()
        for n, name in enumerate(names)
        if counts[:width, n].any()
    }
    check_plan(invocator, folder)
    folder = convert(
        "huawei", files, template(), "--start", "48:00:00", "--minutes", 1
    )
    assert counts_of(folder)[names[1]] == counts[: 60 // step_s, 1].tolist()


@pytest.mark.parametrize(
    "unit, text",
    [
        ("s", lambda ns: f"{ns // 10**9}.{ns % 10**9:09}"),
        ("us", lambda ns: f"{ns // 1000}.{ns % 1000:03}"),
        ("iso8601", lambda ns: str(numpy.datetime64(ns, "ns"))),
    ],
)
def test_timestamps(rng, tmp_path, template, convert, invocator, unit, text):
    start_ns = 1_700_000_000_123_456_789
    instants = rng.integers(0, 200 * 10**9, 500)
    instants[7] = 0
    functions = rng.choice(["/a", 'b,"c"', "d\ne"], 500)
    path = tmp_path / "log.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["n", "when", "path"])
        for n, (ns, function) in enumerate(zip(instants, functions)):
            writer.writerow([n, text(start_ns + int(ns)), function])
    folder = convert(
        "timestamps", [path], template({"a": None, "b": None}), "--column",
        "when", "--unit", unit, "--function-column", "path", "--start",
        "00:01:00", "--minutes", 1,
    )  # fmt: skip
    assert counts_of(folder) == {
        name: numpy.bincount(
            instants[functions == key] // 10**9, minlength=200
        )[60:120].tolist()
        for name, key in [("/a", "/a"), ('b,"c"', 'b,"c"'), ("d e", "d\ne")]
    }
    check_plan(invocator, folder)


def test_peak_rate_thins_and_never_adds(rng, tmp_path, template, convert, invocator):
    names = azure2019_names(2)
    counts = numpy.zeros((2, MINUTES_OF_DAY), int)
    counts[0, :3] = [600, 60, 0]
    counts[1, 1] = 60
    day = write_azure2019(tmp_path / "d.csv", names, counts)
    onto = template()
    folder = convert("azure2019", [day], onto, "--minutes", 3, "--peak-rate", 2.5)
    # The peak is 10/s, in the first minute.
    assert trace_of(folder)["thin"] == 0.25
    for entry in workload_of(folder)["instances"].values():
        assert entry["arrivals"]["thin"] == 0.25
    assert counts_of(folder)["/".join(names[0])] == [600, 60, 0]
    done = invocator(["plan", folder / "workload.json", "--events"])
    planned = len(done.stdout.splitlines()) - 1
    # Binomial: five standard deviations.
    assert abs(planned - 180) < 5 * (720 * 0.25 * 0.75) ** 0.5
    folder = convert("azure2019", [day], onto, "--minutes", 3, "--peak-rate", 11)
    assert trace_of(folder)["thin"] == 1
    for entry in workload_of(folder)["instances"].values():
        assert "thin" not in entry["arrivals"]


def test_pick(rng, tmp_path, template, convert):
    names = azure2019_names(20)
    counts = rng.poisson(2, (20, MINUTES_OF_DAY))
    counts[::2, :10] = 0
    day = write_azure2019(tmp_path / "d.csv", names, counts)
    onto = template()

    def rows(*options):
        folder = convert("azure2019", [day], onto, "--minutes", 10, *options)
        return [f["row"] for f in trace_of(folder)["functions"]]

    assert rows("--pick", "4,2,20") == [4, 2, 20]
    first = rows("--pick", "random", "--functions", 3, "--seed", 5)
    assert rows("--pick", "random", "--functions", 3, "--seed", 5) == first
    assert len(set(first)) == 3 and all(row % 2 == 0 for row in first)
    picks = {
        tuple(rows("--pick", "random", "--functions", 3, "--seed", seed))
        for seed in range(5)
    }
    assert len(picks) > 1
    assert len(rows("--pick", "random")) == 10  # all with calls


# What pandas makes of the files: a JSON object of counts by function.
PANDAS = """
import json, sys
import pandas
kind, *files = sys.argv[1:]
if kind == "azure2019":
    table = pandas.read_csv(files[0])
    table.index = table.HashOwner + "/" + table.HashApp + "/" + table.HashFunction
    table = table[[str(n) for n in range(1, 1441)]].T
elif kind == "azure2021":
    table = pandas.read_csv(files[0])
    table["name"] = table.app + "/" + table.func
    # Doubles, in whole microseconds.
    us = (table.end_timestamp * 1e6).round() - (table.duration * 1e6).round()
    table["second"] = us // 1e6
    table = table[(table.second >= 0) & (table.second < 120)]
    table = table.groupby(["second", "name"]).size().unstack(fill_value=0)
    table = table.reindex(range(120), fill_value=0)
else:
    table = pandas.read_csv(files[0]).set_index(["day", "time"]).fillna(0)
print(json.dumps({name: [int(n) for n in table[name]] for name in table}))
"""


@venv_with("pandas")
@pytest.mark.parametrize("kind", ["azure2019", "azure2021", "huawei"])
def test_counts_are_those_that_pandas_reads(rng, tmp_path, template, convert, kind):
    path = tmp_path / "t.csv"
    minutes = 1440
    if kind == "azure2019":
        write_azure2019(path, azure2019_names(5), rng.poisson(1, (5, 1440)))
    elif kind == "azure2021":
        write_azure2021(path, rng, calls=2000, seconds=300)
        minutes = 2
    else:
        write_huawei(path, 3, 60, ["0", "1"], rng.poisson(0.7, (1440, 2)))
    folder = convert(
        kind, [path], template({"f": 100}), "--minutes", minutes
    )
    done = subprocess.run(
        [VENV_PYTHON, "-c", PANDAS, kind, path],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert counts_of(folder) == json.loads(done.stdout)


def ibm_script():
    """The Python of docs/traces.md that rewrites IBM's pickles."""
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (script,) = [block for block in blocks if "read_pickle" in block]
    return script


@venv_with("pandas")
def test_ibm_pickles_become_azure2021(tmp_path, template, convert):
    script = tmp_path / "ibm.py"
    script.write_text(ibm_script())
    make = """
import pandas
pandas.DataFrame({
    "NamespaceHash": ["n", "n", "m"],
    "AppHash": ["a", "b", "a"],
    "NumEvents": [3, 1, 0],
    "InvocationTimes": [[61.5, 60.25, 119.999], [70.0], []],
    "AppExecTimes": [[100.0, 2000.0, 0.5], [1.0], []],
}).to_pickle("week_1.pickle")
"""
    for command in (["-c", make], [script, "week_1.pickle", "ibm.csv"]):
        subprocess.run(
            [VENV_PYTHON, *command], cwd=tmp_path, check=True,
            env=clean_environment(),
        )  # fmt: skip
    folder = convert(
        "azure2021", [tmp_path / "ibm.csv"], template({"f": 5}), "--start",
        "00:01:00", "--minutes", 1,
    )  # fmt: skip
    expected = {"n/a": [0] * 60, "n/b": [0] * 60}
    for second in (0, 1, 59):
        expected["n/a"][second] = 1
    expected["n/b"][10] = 1
    assert counts_of(folder) == expected
    durations = {f["function"]: f["duration_ms"] for f in trace_of(folder)["functions"]}
    assert durations["n/a"] == pytest.approx((100 + 2000 + 0.5) / 3)


AZURE = "app,func,end_timestamp,duration\n"
BAD_FILES = {
    "empty": ("azure2021", b"", ":1: is empty"),
    "nul": ("azure2021", AZURE.encode() + b"a\0,f,1,0\n", ":2: "),
    "not UTF-8": ("azure2021", AZURE.encode() + b"a\xff,f,1,0\n", ":2: "),
    "open quote": ("azure2021", AZURE.encode() + b'"a,f,1,0\n', ":2: "),
    "infinite": ("azure2021", AZURE.encode() + b"a,f,inf,0\n", ":2: "),
    "far": ("azure2021", AZURE.encode() + b"a,f,1e300,0\n", ":2: "),
    "digits": ("azure2021", AZURE.encode() + b"a,f," + b"9" * 400 + b",0\n", ":2: "),
    "cells": ("azure2021", AZURE.encode() + b"a,f\n", ":2: row has 2 fields"),
    "columns": ("huawei", b"day,time" + b",x" * 200_000, ":1: row has more than"),
    "controls": ("huawei", b"day,time,\x1b]0;x\x07\n0,0,-1\n", ":2: "),
    "azure 2019": ("azure2019", b"HashOwner\n", ":1: has 1 column"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_named_by_line(tmp_path, template, invocator, name):
    kind, text, says = BAD_FILES[name]
    path = tmp_path / "bad.csv"
    path.write_bytes(text)
    folder = tmp_path / "out"
    done = invocator(
        ["trace", kind, "--from", path, "--onto", template(), "-o", folder]
    )
    assert done.returncode == BAD_USAGE
    assert f"{path}{says}" in done.stderr
    assert done.stdout == "" and not folder.exists()
    assert "\x1b" not in done.stderr
    assert all(len(line) < 1000 for line in done.stderr.splitlines())


@not_sanitized
@pytest.mark.parametrize("byte", [b"x", b",", b'"', b"\0"])
def test_endless_rows_take_no_memory(tmp_path, template, byte):
    path = tmp_path / "bad.csv"
    with path.open("wb") as file:
        for _ in range(300):
            file.write(byte * 1_000_000)
    done = subprocess.run(
        [program("invocator"), "trace", "azure2021", "--from", path]
        + ["--onto", template(), "-o", tmp_path / "out"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_DATA, (150_000_000, 150_000_000)
        ),
    )
    assert done.returncode == BAD_USAGE
    assert "bad.csv:1: " in done.stderr


def test_bad_usage(tmp_path, template, invocator):
    path = tmp_path / "t.csv"
    path.write_text(AZURE + "a,f,100,1\n")
    onto = template({"a": None, "b": None})

    def says(*arguments, kind="azure2021", template=onto):
        done = invocator(
            ["trace", kind, "--from", path, "--onto", template]
            + ["-o", tmp_path / "out", *arguments]
        )
        assert done.returncode == BAD_USAGE, done.stdout
        assert done.stdout == "" and not (tmp_path / "out").exists()
        return done.stderr

    assert "instances.a: has no expected_duration_ms" in says()
    assert "the trace has calls from 00:01:39 to 00:01:40" in says(
        "--start", "01:00:00"
    )
    assert "--start: expected a time" in says("--start", "9")
    assert "FORMAT: expected azure2019" in says(kind="azure2020")
    assert "--column: is for the format timestamps" in says("--column", "x")
    assert "names the functions' rows already" in says(
        "--pick", "1", "--functions", "2"
    )
    assert "the trace has 1 function" in says("--pick", "2")
    assert "--peak-rate" in says("--peak-rate", "0")
    assert "nowhere.json: cannot be opened" in says(
        template=tmp_path / "nowhere.json"
    )
    path = tmp_path / "none.csv"
    assert "none.csv: cannot be opened" in says()
    path = tmp_path
    assert "is a folder, expected a file" in says()


def test_peak_rate_that_keeps_too_little_is_refused(tmp_path, template, invocator):
    path = tmp_path / "t.csv"
    path.write_text(AZURE + "a,f,100,1\n")
    done = invocator(
        ["trace", "azure2021", "--from", path, "--onto", template({"a": 5})]
        + ["-o", tmp_path / "out", "--peak-rate", "0.000000001"]
    )
    assert done.returncode == BAD_USAGE
    assert "--peak-rate 1e-09 would keep" in done.stderr
    assert not (tmp_path / "out").exists()


def test_template_that_is_no_workload_is_refused_at_the_end(
    tmp_path, template, invocator
):
    path = tmp_path / "t.csv"
    path.write_text(AZURE + "a,f,100,1\n")
    onto = template({"a": 5}, no_such_key=1)
    done = invocator(
        ["trace", "azure2021", "--from", path, "--onto", onto]
        + ["-o", tmp_path / "out"]
    )
    assert done.returncode == BAD_USAGE
    assert "no_such_key" in done.stderr
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over(tmp_path, template, invocator):
    path = tmp_path / "t.csv"
    path.write_text(AZURE + "a,f,100,1\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("kept")
    command = ["trace", "azure2021", "--from", path, "--onto"]
    command += [template({"a": 5}), "-o", out]
    done = invocator(command)
    assert done.returncode == BAD_USAGE
    assert "is not empty" in done.stderr
    assert [file.name for file in out.iterdir()] == ["mine"]
    (out / "mine").unlink()
    assert invocator(command).returncode == 0
