"""Workloads for end-to-end tests, and the results of a run: read, and checked
against each other and against what `plan` says, without Invocator's help."""

import csv
import json
import ssl
import time
import urllib.request

import numpy
import pytest
import timeline_oracle
from summary_schema import check_summary

KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
HOST = "abc123.execute-api.us-west-1.amazonaws.com"

HEADER = (
    "instance,sequence,worker,scheduled_s,sent_s,first_byte_s,done_s,"
    "lateness_us,service_us,response_us,outcome,status,bytes_sent,"
    "bytes_received,new_connection,request_id,cold,billed_ms"
)
# Of Invocator's histogram: 1024 cells a doubling, the lowest 512 ns wide.
RELATIVE_RESOLUTION = 1 / 1024
RESOLUTION_US = 0.512
QUANTILES = {
    "p50": 0.5,
    "p90": 0.9,
    "p99": 0.99,
    "p99_9": 0.999,
    "p99_99": 0.9999,
}
DEADLINE_S = 15


def instance(**keys):
    """An instance of a workload; a key of value None is left out. It names no
    application, so that no function's memory is to be set."""
    defaults = {
        "host": HOST,
        "stage": "default",
        "resource": "f",
        "interarrivals_list": [0.01] * 20,
    }
    merged = defaults | keys
    if "distribution" in keys:
        del merged["interarrivals_list"]
    return {key: value for key, value in merged.items() if value is not None}


def every(gap_s, count, **keys):
    return instance(interarrivals_list=[gap_s] * count, **keys)


def write_workload(folder, instances, name="workload.json", **keys):
    """The path of a workload file of one second, or as `keys` say."""
    document = {
        "test_name": "test",
        "test_duration_in_seconds": 1,
        "random_seed": 100,
        "instances": instances,
    } | keys
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def write_told_workload(folder, instances, duration_s, **keys):
    """A workload whose every call names itself to a TellingTarget: instance
    `name` of {name: keys} posts its sequence to /default/<name>, unsigned. Its
    arrivals are a list or "Uniform"."""
    count = 1
    for own in instances.values():
        gaps = own.get("interarrivals_list")
        # Of an even rate: a Poisson process might have more.
        planned = len(gaps) if gaps else int(duration_s * own["rate"])
        count = max(count, planned)
    (folder / "sequences.json").write_text(json.dumps(list(range(count))))
    return write_workload(
        folder,
        {
            name: instance(
                resource=name, auth="none", payload="sequences.json", **own
            )
            for name, own in instances.items()
        },
        test_duration_in_seconds=duration_s,
        **keys,
    )


def ns(decimal):
    """Nanoseconds of a CSV field in seconds (nine decimals) or in microseconds
    (three), without rounding."""
    whole, fraction = decimal.split(".")
    assert len(fraction) in (3, 9), decimal
    return int(whole + fraction)


class Results:
    """A run's folder."""

    def __init__(self, folder):
        self.folder = folder
        self.summary = json.loads((folder / "summary.json").read_text())
        check_summary(self.summary)
        self.workload = folder / "workload.json"
        self.rows = []
        if (folder / "invocations.csv").exists():
            lines = (folder / "invocations.csv").read_text().splitlines()
            # Only with a warm-up does the file tell the phases apart.
            phase = ",phase" if "warmup_s" in self.summary else ""
            assert lines[0] == HEADER + phase
            self.rows = [
                {"phase": "measured"} | row for row in csv.DictReader(lines)
            ]

    @property
    def outcomes(self):
        return self.summary["outcomes"]

    @property
    def reasons(self):
        return "; ".join(self.summary["verdict"]["reasons"])

    def rows_of(self, name):
        """In the order of their sequence."""
        rows = [row for row in self.rows if row["instance"] == name]
        return sorted(rows, key=lambda row: int(row["sequence"]))

    def keys(self):
        """{(instance, sequence, scheduled_s)}, of which none may be double."""
        keys = {
            (row["instance"], int(row["sequence"]), row["scheduled_s"])
            for row in self.rows
        }
        assert len(keys) == len(self.rows)
        return keys


def planned_keys(invocator, workload):
    done = invocator(["plan", workload, "--events"])
    assert done.returncode == 0, done.stderr
    return {
        (row["instance"], int(row["sequence"]), row["time_s"])
        for row in csv.DictReader(done.stdout.splitlines())
    }


MASK = 2**64 - 1


def mix(x):
    """SplitMix64's finalizer."""
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & MASK
    x = (x ^ x >> 27) * 0x94D049BB133111EB & MASK
    return x ^ x >> 31


def digest(keys):
    """The schedule digest of keys, by its definition (common/plan/digest.h)."""
    total = 0
    for name, sequence, scheduled_s in keys:
        hashed = 0xCBF29CE484222325
        for byte in name.encode():
            hashed = (hashed ^ byte) * 0x100000001B3 & MASK
        hashed = mix(hashed + sequence * 0x9E3779B97F4A7C15 & MASK)
        total += mix(hashed + ns(scheduled_s) & MASK)
    return f"{total & MASK:016x}"


def check_books(block):
    """Planned, sent, dropped, unsent and outcomes of a block add up."""
    touched = block["sent"] + block["dropped"] + block["unsent"]
    assert block["planned"] == touched, block
    assert block["sent"] == sum(block["outcomes"].values()), block


def check_all_books(results):
    """Every block's books balance, and the parts add up to the whole."""
    summary = results.summary
    assert "book_errors" not in summary
    check_books(summary)
    instances = summary["instances"].values()
    for parts in (instances, summary["workers"]):
        for part in parts:
            check_books(part)
        for key in ("planned", "sent", "dropped", "unsent"):
            assert sum(part[key] for part in parts) == summary[key], key
        for outcome, count in summary["outcomes"].items():
            found = sum(part["outcomes"].get(outcome, 0) for part in parts)
            assert found == count, outcome
    for side in ("planned", "sent"):
        total = sum(int(b["schedule_digest"][side], 16) for b in instances)
        assert f"{total & MASK:016x}" == summary["schedule_digest"][side]
    timeline_oracle.check_sums(results)


def check_latencies(block, values_us):
    """A latency block of the summary against the values it stands for."""
    values = numpy.array(values_us)
    assert block["count"] == len(values)
    if len(values) == 0:
        return
    assert block["min"] == pytest.approx(values.min(), abs=0.001)
    assert block["max"] == pytest.approx(values.max(), abs=0.001)
    assert block["mean"] == pytest.approx(values.mean(), rel=1e-9, abs=0.001)
    for name, ratio in QUANTILES.items():
        exact = numpy.quantile(values, ratio, method="inverted_cdf")
        assert exact - 0.001 <= block[name], name
        limit = exact * (1 + RELATIVE_RESOLUTION) + RESOLUTION_US
        assert block[name] <= limit, name


def check_warmth_and_bill(block, rows):
    """What is known of cold starts and bills, and nothing else, is claimed."""
    assert {row["cold"] for row in rows} <= {"", "true", "false"}
    measured = [row for row in rows if row["phase"] == "measured"]
    known = {
        "cold": [row for row in measured if row["cold"] == "true"],
        "warm": [row for row in measured if row["cold"] == "false"],
    }
    if any(known.values()):
        assert block["cold_starts"] == {
            "cold": len(known["cold"]),
            "warm": len(known["warm"]),
            "unknown": sum(row["cold"] == "" for row in measured),
        }
        for name, of in known.items():
            for latency in ("service_us", "response_us"):
                check_latencies(
                    block[name][latency], [float(row[latency]) for row in of]
                )
    else:
        assert not {"cold_starts", "cold", "warm"} & block.keys()
    billed = [int(row["billed_ms"]) for row in rows if row["billed_ms"]]
    if billed:
        assert block["billed"]["count"] == len(billed)
        assert block["billed"]["ms"] == sum(billed)
        gb_s = block["billed"]["mb_ms"] / 1024 / 1000
        assert block["billed"]["gb_s"] == pytest.approx(gb_s)
    else:
        assert "billed" not in block


def check_rows(results):
    """Every row agrees with itself, and the summary with all rows."""
    rows = results.rows
    assert len(rows) == results.summary["sent"]
    warmup_ns = round(results.summary.get("warmup_s", 0) * 1e9)
    for row in rows:
        scheduled, sent = ns(row["scheduled_s"]), ns(row["sent_s"])
        done = ns(row["done_s"])
        assert scheduled <= sent <= done
        phase = "warmup" if scheduled < warmup_ns else "measured"
        assert row["phase"] == phase
        if row["first_byte_s"]:
            assert sent <= ns(row["first_byte_s"]) <= done
        assert ns(row["lateness_us"]) == sent - scheduled
        assert ns(row["service_us"]) == done - sent
        assert ns(row["response_us"]) == done - scheduled
        assert row["new_connection"] in ("0", "1")
        if row["outcome"] == "ok":
            assert row["status"].startswith("2")
    blocks = [(results.summary, rows)]
    blocks += [
        (block, results.rows_of(name))
        for name, block in results.summary["instances"].items()
    ]
    for block, own in blocks:
        counts = {}
        for row in own:
            counts[row["outcome"]] = counts.get(row["outcome"], 0) + 1
        assert counts == block["outcomes"]
        check_warmth_and_bill(block, own)
        # What was aborted has no latency, but was sent as late as it was.
        measured = [row for row in own if row["phase"] == "measured"]
        ended = [row for row in measured if row["outcome"] != "aborted"]
        for name, of in (("lateness", measured), ("service", ended),
                         ("response", ended)):
            check_latencies(
                block[f"{name}_us"], [float(row[f"{name}_us"]) for row in of]
            )
        first_bytes = [
            (ns(row["first_byte_s"]) - ns(row["sent_s"])) / 1e3
            for row in ended
            if row["first_byte_s"]
        ]
        check_latencies(block["first_byte_us"], first_bytes)
        keys = {(r["instance"], int(r["sequence"]), r["scheduled_s"])
                for r in own}
        assert block["schedule_digest"]["sent"] == digest(keys)


def stats(url):
    """What a gateway has seen."""
    # No proxy of the environment may come between.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl._create_unverified_context()),
    )
    with opener.open(f"{url}/_stats", timeout=DEADLINE_S) as answer:
        return json.load(answer)


def play(invocator, folder, url, *options, env=KEYS, count=30, **keys):
    """Plays `count` calls of one instance in half a second; the books balance.
    Its .stderr is what the run has said."""
    path = write_workload(folder, {"a": every(0.5 / count, count, **keys)})
    endpoint = ["--endpoint-url", url] if url else []
    done = invocator(
        ["run", path, "--out", folder / "out", "--threads", 1]
        + [*endpoint, *options],
        env=env,
    )
    assert done.returncode == 0, done.stderr
    results = Results(folder / "out")
    results.stderr = done.stderr
    check_all_books(results)
    check_rows(results)
    return results


def new_connections(results):
    return sum(int(row["new_connection"]) for row in results.rows)


def wait_until(is_so, what, deadline_s=DEADLINE_S, every_s=0.01):
    end = time.monotonic() + deadline_s
    while not is_so():
        if time.monotonic() > end:
            pytest.fail(f"{what}: not within {deadline_s} s")
        time.sleep(every_s)
