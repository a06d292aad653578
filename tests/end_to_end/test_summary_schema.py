"""summary.schema.json refuses what is no summary. That it takes every summary
is tested wherever one is read (results.Results)."""

import copy

import pytest
from conftest import free_port
from results import KEYS, Results, every, write_workload
from summary_schema import complaint

LATENCIES = dict.fromkeys(
    ["count", "mean", "min", "p50", "p90", "p99", "p99_9", "p99_99", "max"], 1
) | {"clamped": 0}


@pytest.fixture(scope="module")
def summary(invocator, tmp_path_factory):
    """Of a run with a warm-up whose calls all fail."""
    folder = tmp_path_factory.mktemp("schema")
    workload = write_workload(
        folder,
        {"a": every(0.1, 9)},
        warmup_in_seconds=0.3,
        thresholds=["response p99 < 1s", "ok >= 1%", "sent_rate > 0"],
    )
    done = invocator(
        ["run", workload, "--out", folder / "out"]
        + ["--endpoint-url", f"http://127.0.0.1:{free_port()}"],
        env=KEYS,
    )
    assert done.returncode == 5, done.stderr
    return Results(folder / "out").summary


def at(document, path):
    for key in path:
        document = document[key]
    return document


@pytest.mark.parametrize(
    "path, value",
    [
        # A key too many, at every depth.
        (["x"], 1),
        (["outcomes", "x"], 1),
        (["measured", "cold"], 0),
        (["instances", "a", "workers"], []),
        (["instances", "a", "response_us", "p95"], 1.0),
        (["workers", 0, "x"], None),
        (["workers", 0, "engines", 0, "x"], 0),
        (["failures", 0, "x"], ""),
        (["failures", 0, "first", "x"], ""),
        (["cost", "x"], 0),
        (["cost", "durations", "x"], 0),
        (["cost", "prices", "x"], ""),
        (["thresholds", 0, "x"], 0),
        (["verdict", "x"], ""),
        # Other types, and values out of range.
        (["schema_version"], 2),
        (["run_id"], "00C0FFEE00C0FFEE"),
        (["started_at"], "2026-11-30T08:00:00Z"),
        (["duration_s"], None),
        (["seed"], 2**32),
        (["interrupted"], 0),
        (["warmup_s"], 0),
        (["planned"], -1),
        (["sent"], 0.5),
        (["dropped"], True),
        (["unsent"], "0"),
        (["outcomes", "connect_error"], 0),
        (["rate_per_s", "ok"], -0.1),
        (["lateness_us", "max"], 3_600_000_001),
        (["lateness_us", "p50"], None),
        (["schedule_digest", "sent"], "0"),
        (["instances"], {}),
        (["instances", ""], {}),
        (["workers", 0, "name"], ""),
        (["workers", 0, "engines", 0, "busy_ratio"], 1.1),
        (["workers", 0, "clock_drift_ppm"], "0"),
        (["verdict", "reasons"], []),
        (["losses"], []),
        (["losses"], [""]),
        (["cost", "currency"], "usd"),
        (["cost", "basis"], "roughly"),
        (["verdict", "state"], "kept?"),
        (["thresholds"], []),
        (["thresholds", 0, "state"], "maybe"),
        (["thresholds", 0, "optional"], False),
        (["thresholds", 0, "check"], "response p99 is low"),
        # What contradicts something else.
        (["reasons", "connect_error", "unknown_ca"], 1),
        (["reasons", "ok"], {"none": 1}),
        (["reasons", "connect_error"], {}),
        (["failures", 0, "reason"], "unknown_ca"),
        (["failures", 0, "outcome"], "ok"),
        (["thresholds", 0, "count"], 1),
        (["thresholds", 0, "value"], None),
        (["thresholds", 0, "state"], "no data"),
        (["thresholds", 0, "at_s"], 1.0),
        (["thresholds", 1, "calls_needed"], 7),
        (["blocked_us"], LATENCIES),
        (["cold"], {"service_us": LATENCIES, "response_us": LATENCIES}),
        (["cost", "items"], [{"instance": "a", "what": "lambda_requests",
                              "amount": 0, "gb_s": 1.0, "mb_ms": 1024000,
                              "price_per_gb_s": 0.1}]),
        (["memory"], [{"application": "f", "region": "us-west-1",
                       "memory_mb": 128, "before_mb": 256,
                       "state": "changed"}]),
        (["memory"], [{"application": "f", "region": "us-west-1",
                       "memory_mb": 128, "before_mb": 256,
                       "state": "restored", "found_mb": 512}]),
    ],
    ids=lambda part: str(part)[:40],
)
def test_a_wrong_value_is_refused(summary, path, value):
    wrong = copy.deepcopy(summary)
    at(wrong, path[:-1])[path[-1]] = value
    assert complaint(wrong)
    assert complaint(summary) is None


@pytest.mark.parametrize(
    "path",
    [
        *([key] for key in ["run_id", "sent", "workers", "verdict", "warmup"]),
        *([key] for key in ["measured", "warmup_s", "failures", "reasons"]),
        ["instances", "a", "response_us"],
        ["instances", "a", "outcomes"],
        ["instances", "a", "measured"],
        ["warmup", "cold"],
        ["lateness_us", "clamped"],
        ["workers", 0, "lost"],
        ["workers", 0, "connections", "failed"],
        ["failures", 0, "hint"],
        ["failures", 0, "first", "sequence"],
        ["cost", "prices", "date"],
        ["cost", "measured_items"],
        ["thresholds", 0, "value"],
        ["thresholds", 1, "of"],
        ["verdict", "reasons"],
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_an_absent_key_is_refused(summary, path):
    wrong = copy.deepcopy(summary)
    del at(wrong, path[:-1])[path[-1]]
    assert complaint(wrong)


def test_the_complaint_names_the_place(summary):
    wrong = copy.deepcopy(summary)
    wrong["workers"][0]["engines"][0]["busy_ratio"] = -1
    assert complaint(wrong).startswith("$.workers[0].engines[0].busy_ratio: -1")


@pytest.mark.parametrize("broken", [0, 299])
def test_of_very_many_instances_those_at_both_ends_are_read(summary, broken):
    block = summary["instances"]["a"]
    many = {f"i{n}": block for n in range(300)}
    assert complaint(summary | {"instances": many}) is None
    many[f"i{broken}"] = {}
    assert complaint(summary | {"instances": many})
