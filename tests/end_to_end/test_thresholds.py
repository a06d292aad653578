"""Thresholds: exact judgement, compared with the rows of the run; runs ended
early; reports for CI systems."""

import json
import math
import re
import signal
import time
import xml.etree.ElementTree as ElementTree

import numpy
import pytest
from results import (
    KEYS,
    Results,
    check_all_books,
    every,
    instance,
    wait_until,
    write_workload,
)
from stage import Stage, ended, said
from timeline_oracle import (
    RELATIVE_RESOLUTION,
    RESOLUTION_US,
    check_bins,
    check_sums,
)

MET, MISSED, NO_DATA = "met", "missed", "no data"


@pytest.fixture
def stage(tmp_path):
    with Stage(tmp_path) as it:
        yield it


def play(invocator, path, url, out, *options, code=0, env=KEYS):
    done = invocator(
        ["run", path, "--endpoint-url", url, "--out", out, *options],
        env=env,
        timeout=90,
    )
    assert done.returncode == code, done.stdout + done.stderr
    results = Results(out)
    results.stdout, results.stderr = done.stdout, done.stderr
    check_all_books(results)
    return results


def judged(results):
    """{(instance, check): result}"""
    return {
        (entry["instance"], entry["check"]): entry
        for entry in results.summary["thresholds"]
    }


# ---- every form, compared with the rows

COLUMNS = {
    "lateness": lambda row: float(row["lateness_us"]),
    "service": lambda row: float(row["service_us"]),
    "response": lambda row: float(row["response_us"]),
    "first_byte": lambda row: (
        float(row["first_byte_s"]) - float(row["sent_s"])
    )
    * 1e6,
}


def values_of(metric, rows):
    kind, _, of = metric.partition("_")
    if kind in ("cold", "warm") and of:
        flag = "true" if kind == "cold" else "false"
        rows, metric = [row for row in rows if row["cold"] == flag], of
    rows = [row for row in rows if row["outcome"] != "aborted"]
    return numpy.array([COLUMNS[metric](row) for row in rows])


def aggregate(name, values):
    if name in ("min", "mean", "max"):
        return getattr(values, name)()
    return numpy.quantile(
        values, float(name[1:]) / 100, method="inverted_cdf"
    )


LATENCIES = [
    f"{metric} {aggregate}"
    for metric in (*COLUMNS, "cold_service", "cold_response", "warm_service",
                   "warm_response")
    for aggregate in ("min", "mean", "max", "p50", "p95", "p99", "p99.9")
]
COUNTS = ("sent", "ok", "failed", "dropped", "unsent", "lost", "cold",
          "function_error", "throttled")


def count_of(metric, rows):
    if metric == "sent":
        return len(rows)
    if metric == "failed":
        return sum(row["outcome"] != "ok" for row in rows)
    if metric == "cold":
        return sum(row["cold"] == "true" for row in rows)
    return sum(row["outcome"] == metric for row in rows)


def base_of(metric, rows):
    if metric == "cold":
        return sum(row["cold"] != "" for row in rows)
    return len(rows)  # all that was planned was sent


def test_every_form_is_what_the_rows_say(invocator, gateway, tmp_path):
    checks = [f"{subject} < 50ms" for subject in LATENCIES]
    checks += [f"{metric} <= 3" for metric in COUNTS]
    checks += [f"{metric} >= 20%" for metric in COUNTS]
    checks += ["sent_rate > 60", "ok_rate < 20.5", "max_in_flight >= 4",
               "cost < 1"]
    path = write_workload(
        tmp_path,
        {
            "a": instance(
                distribution="Poisson",
                rate=80,
                thresholds=["response p50 > 1us", "ok > 10"],
                cold_start_from="header:X-Cold",
            ),
            "b": every(0.1, 25, cold_start_from="header:X-Cold"),
        },
        test_duration_in_seconds=3,
        warmup_in_seconds=0.5,
        thresholds=[
            *({"check": check, "optional": True} for check in checks[:90]),
            {"check": "service p90 < 40ms", "each": True},
        ],
    )
    url = gateway(
        *("--latency", "lognormal:30ms:0.7", "--cold-start", "100ms"),
        *("--keep-warm", "200ms", "--fail", "0.05"),
        *("--cold-start-header", "X-Cold"),
    )
    done = invocator(
        ["run", path, "--endpoint-url", url, "--out", tmp_path / "out"]
        + [part for check in checks[90:] for part in ("--threshold", check)],
        env=KEYS,
    )
    assert done.returncode == 5, done.stderr
    results = Results(tmp_path / "out")
    check_sums(results)
    rows = [row for row in results.rows if row["phase"] == "measured"]
    found = judged(results)
    assert len(found) == len(checks) + 2 + 2
    compare = {"<": numpy.less, "<=": numpy.less_equal, ">": numpy.greater,
               ">=": numpy.greater_equal}
    for (name, check), entry in found.items():
        own = [row for row in rows if name in (None, row["instance"])]
        subject, op, limit = re.fullmatch(r"(.*) ([<>]=?) (\S+)", check).groups()
        metric, _, how = subject.partition(" ")
        if how:
            values = values_of(metric, own)
            exact = aggregate(how, values)
            value = entry["value"]
            assert entry["calls"] == len(values)
            if how == "mean":
                assert value == pytest.approx(exact, rel=1e-6)
            elif how in ("min", "max"):
                assert value == pytest.approx(exact, abs=0.01)
            else:
                most = exact * (1 + RELATIVE_RESOLUTION) + RESOLUTION_US
                assert exact - 0.01 <= value <= most, check
                # The smallest n with p^n <= 2.5 %.
                ratio = float(how[1:]) / 100
                needed = math.ceil(math.log(0.025) / math.log(ratio))
                assert entry.get("calls_needed", 0) == (
                    needed if len(values) < needed else 0
                )
        elif metric in COUNTS:
            count, base = count_of(metric, own), base_of(metric, own)
            assert (entry["count"], entry["of"]) == (count, base), check
            value = 100 * count / base if "%" in check else count
            assert entry["value"] == pytest.approx(value)
        else:
            value = entry["value"]
            expected = {
                "sent_rate": len(own) / 2.5,
                "ok_rate": count_of("ok", own)
                / (results.summary["duration_s"] - 0.5),
                "max_in_flight": results.summary["max_in_flight"],
                "cost": results.summary["cost"]["measured_total"],
            }[metric]
            assert value == pytest.approx(expected, rel=0.01), check
        assert entry["state"] == (
            MET if compare[op](entry["value"], entry["limit"]) else MISSED
        ), check
    # The judged values are those of the summary.
    for quantile, key in (("p50", "p50"), ("p99", "p99"), ("p99.9", "p99_9")):
        assert (
            found[None, f"response {quantile} < 50ms"]["value"]
            == results.summary["response_us"][key]
        )


# ---- no data

COLD = "cold_service p95 < 2s"


def test_no_data_is_missed_unless_it_is_optional(invocator, gateway, tmp_path):
    url = gateway()
    path = write_workload(tmp_path, {"a": every(0.05, 5)}, thresholds=[COLD])
    results = play(invocator, path, url, tmp_path / "out", code=5)
    assert judged(results)[None, COLD]["state"] == NO_DATA
    assert "NO DATA" in results.stdout
    path = write_workload(
        tmp_path,
        {"a": every(0.05, 5)},
        thresholds=[{"check": COLD, "optional": True}],
    )
    results = play(invocator, path, url, tmp_path / "optional")
    assert judged(results)[None, COLD]["state"] == NO_DATA


def test_a_run_in_which_nothing_was_sent_meets_nothing(
    invocator, tmp_path
):
    """Every call fails to connect: all are sent and none is ok."""
    path = write_workload(
        tmp_path,
        {"a": every(0.05, 5, auth="none", timeout_in_seconds=1)},
        thresholds=["ok >= 99%", "first_byte p99 < 1s", "throttled < 1%"],
    )
    results = play(
        invocator, path, "http://127.0.0.1:9", tmp_path / "out", code=5
    )
    found = judged(results)
    assert found[None, "ok >= 99%"]["state"] == MISSED
    assert found[None, "first_byte p99 < 1s"]["state"] == NO_DATA
    assert found[None, "throttled < 1%"]["state"] == MET


# ---- exit codes


def test_a_schedule_not_kept_comes_before_a_threshold(
    invocator, gateway, tmp_path
):
    path = write_workload(
        tmp_path,
        {"a": every(0.005, 100)},
        thresholds=["dropped < 1%"],
    )
    options = ("--overload", "drop", "--max-in-flight", 2, "--threads", 1)
    url = gateway("--latency", "200ms")
    play(invocator, path, url, tmp_path / "out", *options, code=5)
    play(
        *(invocator, path, url, tmp_path / "kept", *options),
        "--require-kept",
        code=4,
    )


def test_an_interrupt_comes_before_a_threshold(launch, gateway, tmp_path):
    path = write_workload(
        tmp_path,
        {"a": every(0.1, 200)},
        test_duration_in_seconds=20,
        thresholds=["sent >= 100"],
    )
    out = tmp_path / "out"
    process = launch(
        ["run", path, "--endpoint-url", gateway(), "--out", out], env=KEYS
    )
    csv = out / "invocations.csv"
    wait_until(csv.exists, "the run to begin")
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert judged(Results(out))[None, "sent >= 100"]["state"] == MISSED


@pytest.mark.parametrize(
    "check, words",
    [
        ("respnse p99 < 3ms", 'did you mean "response"?'),
        ("response p99 < 300", "expected a unit"),
        ("response < 3ms", "min, mean, max or a percentile"),
        ("ok == 3", "<, <=, > or >="),
        ("ok > 101%", "at most 100%"),
        ("", "expected one of"),
    ],
)
def test_a_wrong_check_is_bad_usage(
    invocator, tmp_path, check, words
):
    path = write_workload(tmp_path, {"a": every(0.05, 5)})
    done = invocator(
        ["run", path, "--threshold", check, "--out", tmp_path / "out"]
        + ["--endpoint-url", "http://127.0.0.1:9"],
        env=KEYS,
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "out").exists()


# ---- runs ended early

ABORT = {
    "check": "throttled < 1%",
    "abort": True,
    "after_in_seconds": 2,
    "window_in_seconds": 3,
}


def throttling_workload(folder, **keys):
    return write_workload(
        folder,
        {
            name: instance(distribution="Uniform", rate=60)
            for name in ("a", "b", "c")
        },
        test_duration_in_seconds=40,
        **keys,
    )


# Throttles after five seconds: of 180/s it grants 80.
THROTTLE = ("--throttle", "80/s:500")


def check_aborted(results, window_s=3):
    summary = results.summary
    assert summary["interrupted"] is False
    at_s = summary["aborted_by"]["at_s"]
    assert summary["aborted_by"]["check"] == "throttled < 1%"
    check_all_books(results)
    check_sums(results)
    throttled = [
        float(row["done_s"])
        for row in results.rows
        if row["outcome"] == "throttled"
    ]
    assert min(throttled) < at_s <= min(throttled) + window_s + 1
    # Sending stopped then.
    assert max(float(row["sent_s"]) for row in results.rows) < at_s + 3
    assert summary["unsent"] > 5_000
    assert summary["verdict"]["state"] != "missed", summary["verdict"]
    assert judged(results)[None, "throttled < 1%"]["state"] == MISSED


def test_a_gateway_that_begins_to_throttle_ends_the_run(
    invocator, gateway, tmp_path
):
    path = throttling_workload(tmp_path, thresholds=[ABORT])
    results = play(
        *(invocator, path, gateway(*THROTTLE), tmp_path / "out"),
        *("--kept-within", "200ms"),
        code=5,
    )
    check_aborted(results)
    check_bins(results, duration_s=40)
    assert "ABORTED" in results.stdout
    assert "the run ends here" in results.stderr


def test_it_ends_a_fleet_of_three(gateway, stage):
    path = throttling_workload(stage.folder, thresholds=[ABORT])
    coordinator = stage.coordinator(
        *(path, gateway(*THROTTLE), "--kept-within", "200ms"), workers=3
    )
    workers = [stage.worker(f"w{number}") for number in range(3)]
    ended(coordinator, 5, deadline_s=40)
    for worker in workers:
        ended(worker, 0)
    check_aborted(stage.results())
    assert "the run ends here" in coordinator.log()


def test_a_silent_worker_is_waited_for_and_a_killed_one_is_not(gateway, stage):
    """The window ends at the newest second that every worker has reported,
    except for lost workers, which report no more."""
    path = throttling_workload(stage.folder, thresholds=[ABORT])
    coordinator = stage.coordinator(
        *(path, gateway("--throttle", "40/s:1000")), workers=3
    )
    workers = [stage.worker(f"w{number}") for number in range(3)]
    said(coordinator, "sent", deadline_s=30)
    workers[1].kill()
    ended(coordinator, 3, deadline_s=60)  # load was lost
    results = stage.results()
    check_all_books(results)
    check_sums(results)
    assert results.summary["aborted_by"]["check"] == "throttled < 1%"


def test_an_instance_ends_the_run_by_its_own_calls(
    invocator, gateway, tmp_path
):
    """An instance misses its threshold while the run meets its own."""
    own = {"check": "failed < 5%", "abort": True, "after_in_seconds": 1,
           "window_in_seconds": 2}
    path = write_workload(
        tmp_path,
        {
            "good": instance(distribution="Uniform", rate=200),
            "bad": instance(
                distribution="Uniform",
                rate=20,
                application="bad",
                thresholds=[own],
            ),
        },
        test_duration_in_seconds=40,
        thresholds=[own | {"check": "failed < 50%"}],
    )
    results = play(
        *(invocator, path, gateway("--fail", "0.2"), tmp_path / "out"),
        *("--memory-size", "keep"),
        code=5,
    )
    assert results.summary["aborted_by"]["instance"] == "bad"
    assert results.summary["duration_s"] < 10


# ---- reports for CI systems


def check_junit(text):
    """Checks the relevant rules of Jenkins' junit-10.xsd: names and order of
    elements, required and typed attributes, counts that add up."""
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    cases = []
    for suite in root:
        assert suite.tag == "testsuite" and suite.get("name")
        order = [child.tag for child in suite]
        assert set(order) <= {"properties", "testcase"}
        assert order == sorted(order)  # properties before test cases
        own = suite.findall("testcase")
        for case in own:
            assert case.get("name") and case.get("classname")
            float(case.get("time"))
            assert {child.tag for child in case} <= {
                *("skipped", "error", "failure", "system-out"),
            }
            for child in case:
                assert set(child.attrib) <= {"message", "type"}
        for attribute, tag in (("failures", "failure"), ("errors", "error"),
                               ("skipped", "skipped")):
            count = sum(case.find(tag) is not None for case in own)
            assert int(suite.get(attribute)) == count
        assert int(suite.get("tests")) == len(own)
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp")
        )
        cases += own
    keys = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(keys)) == len(keys)
    return {
        key: case for key, case in zip(keys, cases, strict=True)
    }


HOSTILE = ["]]>", '"quoted" & <b>', "a'b|c`d`", "æøå ☃", "total"]


def test_junit_and_markdown_survive_hostile_names(
    invocator, gateway, tmp_path
):
    path = write_workload(
        tmp_path,
        {name: every(0.1, 3) for name in HOSTILE},
        test_name="]]> <t> & \"q\"",
        thresholds=[
            "response p99 < 10s",
            "ok < 1",
            {"check": "cold < 1%", "each": True},
            {"check": "init max < 1s", "optional": True},
        ],
    )
    junit, markdown = tmp_path / "junit.xml", tmp_path / "report.md"
    play(
        *(invocator, path, gateway(), tmp_path / "out"),
        *("--junit", junit, "--markdown", markdown),
        code=5,
    )
    test = "]]> <t> & \"q\""
    cases = check_junit(junit.read_text())
    missed = cases[f"{test}.total", "ok < 1"].find("failure")
    assert "15" in missed.get("message")
    assert cases[f"{test}.total", "response p99 < 10s"].find("failure") is None
    assert cases[f"{test}.total", "init max < 1s"].find("skipped") is not None
    for name in HOSTILE[:4]:
        assert cases[f"{test}.{name}", "cold < 1%"].find("error") is not None
    text = markdown.read_text()
    assert "**missed**" in text and "**no data**" in text
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")


def test_a_report_that_cannot_be_written_is_found_before_the_run(
    invocator, tmp_path
):
    path = write_workload(tmp_path, {"a": every(0.1, 3)})
    done = invocator(
        ["run", path, "--junit", tmp_path / "none" / "junit.xml"]
        + ["--endpoint-url", "http://127.0.0.1:9", "--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 2
    assert "none is not a folder" in done.stderr


def test_the_kept_workload_has_the_thresholds_of_file_and_command_line(
    invocator, gateway, tmp_path
):
    path = write_workload(
        tmp_path, {"a": every(0.1, 3)}, thresholds=["ok >= 50%"]
    )
    results = play(
        *(invocator, path, gateway(), tmp_path / "out"),
        *("--threshold", "sent>=3", "--threshold", "response p99<10 s"),
    )
    kept = json.loads(results.workload.read_text())
    assert kept["thresholds"] == [
        "ok >= 50%",
        "sent >= 3",
        "response p99 < 10s",
    ]
    again = play(invocator, results.workload, gateway(), tmp_path / "again")
    assert len(judged(again)) == 3
