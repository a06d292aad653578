"""How well a run's numbers are known: in its summary and report, in thresholds,
in comparisons of runs and of versions."""

import json
import re

import pytest
from results import KEYS, Results, check_all_books, write_workload

PERCENTILES = ["mean", "p50", "p90", "p99", "p99_9", "p99_99"]
LATENCY = "lognormal:5ms:0.3"


FUNCTION = {
    "invoker": "lambda",
    "application": "f",
    "region": "eu-west-1",
    "distribution": "Poisson",
    "rate": 100,
}
VERSIONS = {
    "versions": {"a": {"qualifier": "blue"}, "b": {"qualifier": "green"}}
}


def play(invocator, folder, url, *options, code=0, **keys):
    """8 s at 100/s."""
    folder.mkdir()
    workload = write_workload(
        folder, {"f": FUNCTION | keys}, test_duration_in_seconds=8
    )
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", folder / "out"]
        + ["--records", "none", *options],
        env=KEYS,
    )
    assert done.returncode == code, done.stdout + done.stderr
    if code not in (0, 5):
        return done
    results = Results(folder / "out")
    check_all_books(results)
    results.text = done.stdout
    return results


@pytest.fixture(scope="module")
def runs(tmp_path_factory, module_gateway, invocator):
    """Two runs of the same function, and one of another that is slower."""
    folder = tmp_path_factory.mktemp("intervals")
    usual = module_gateway("--no-auth", "--latency", LATENCY)
    slower = module_gateway("--no-auth", "--latency", "lognormal:10ms:0.3")
    checks = ("--threshold", "response p90 < 1s", "--threshold", "ok >= 50%")
    return [
        play(invocator, folder / name, url, *checks)
        for name, url in (("a", usual), ("b", usual), ("c", slower))
    ]


def test_every_shown_latency_has_an_interval(runs):
    summary = runs[0].summary
    for key in ("lateness_us", "service_us", "response_us", "first_byte_us"):
        latencies = summary[key]
        assert list(latencies["intervals"]) == PERCENTILES
        for name, interval in latencies["intervals"].items():
            low, high = interval["low"], interval["high"]
            # The mean is that of whole bins, and so of all calls here.
            assert low is None or low <= latencies[name] * 1.001
            assert high is None or high >= latencies[name] * 0.999
            assert (None in (low, high)) == ("unknown" in interval)
    known = summary["response_us"]["intervals"]
    assert None not in (known["p50"]["low"], known["p90"]["high"])
    # 800 calls are too few for p99.9: 3,688 would do if they were independent.
    assert known["p99_9"]["unknown"] == "few_calls"
    assert known["p99_9"]["needed_calls"] > 3_000
    of_instance = summary["instances"]["f"]["response_us"]["intervals"]
    assert of_instance == known
    assert "intervals" not in summary["instances"]["f"]["service_us"]


def test_the_report_shows_them(runs):
    text = runs[0].text
    known = runs[0].summary["response_us"]["intervals"]["p50"]
    low, high = (f"{known[end] / 1000:.2f}" for end in ("low", "high"))
    rows = re.findall(r"^response .*\n  95 % +(.*)$", text, re.MULTILINE)
    assert f" {low}..{high} " in rows[0]
    assert re.search(
        r"^not known    of the response: p9.* needs about \d+ calls",
        text,
        re.MULTILINE,
    )
    assert re.search(
        r"response p90 < 1s .* ms \([\d.]+\.\.[\d.]+ ms, \d+ calls", text
    )
    assert re.search(r"ok >= 50% +100.00 % \(99\.\d+\.\.100 %, ", text)
    latency, share = runs[0].summary["thresholds"]
    response = runs[0].summary["response_us"]
    assert latency["interval"] == response["intervals"]["p90"]
    assert share["interval"]["high"] == 100


def test_steadiness_follows_from_its_evidence(runs):
    steadiness = runs[0].summary["steadiness"]
    assert steadiness["bins"] == 80
    change = steadiness["change"]
    assert change["low"] <= change["estimate"] <= change["high"]
    is_noise = change["low"] <= 0 <= change["high"]
    # One steady run in twenty seems to change.
    assert (steadiness["state"] == "not steady") == (
        not is_noise and abs(change["estimate"]) >= 0.05
    )


def test_a_run_that_slows_down_is_told(invocator, gateway, tmp_path):
    """A queue that grows: 100/s come, 5 places of 100 ms each take 50/s."""
    url = gateway(
        *("--no-auth", "--latency", "100ms"),
        *("--concurrency", 5, "--queue", 10_000),
    )
    results = play(invocator, tmp_path / "a", url, "--drain", "20s")
    assert results.summary["steadiness"]["state"] == "not steady"
    assert "NOT STEADY   median response " in results.text
    # Each call waits longer than the one before it.
    unknown = results.summary["response_us"]["intervals"]["p50"]["unknown"]
    assert unknown == "memory"
    assert "not known: the run is shorter than its own memory" in results.text


def compare(invocator, runs, *limits, code=0):
    words = [word for limit in limits for word in ("--fail-if", limit)]
    done = invocator(
        ["compare", *(r.folder for r in runs), "--anyway", *words]
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_a_difference_has_to_be_more_than_chance(invocator, runs):
    usual, again, slower = runs
    compare(invocator, [usual, again], "response p50 +40%", "ok -1pp")
    text = compare(invocator, [usual, slower], "response p50 +40%", code=5)
    found = re.search(r"95 %: \+([\d.]+) \.\. \+([\d.]+) %", text)
    low, high = map(float, found.groups())
    # 10 ms against 5 ms, and what both need to travel.
    assert 40 < low < 100 < high + 20 < 150
    # Slower for certain, but not by so much.
    compare(invocator, [usual, slower], f"response p50 +{high - 1:.0f}%")
    assert re.search(
        r"^response p50 .*\+[\d.]+ % \(\+[\d.]+ \.\. \+[\d.]+ %\)$",
        text,
        re.MULTILINE,
    )


def test_several_earlier_runs_add_their_variance(invocator, runs):
    usual, again, slower = runs
    one = compare(invocator, [usual, slower], "response p50 +1000%")
    # Two that differ so much say little.
    two = compare(invocator, [usual, slower, again], "response p50 +0%")
    width = []
    for text in (one, two):
        low, high = map(
            float,
            re.search(r"95 %: ([+-][\d.]+) \.\. ([+-][\d.]+) %", text).groups(),
        )
        width.append(high - low)
    assert width[1] > 5 * width[0]


def test_versions_are_compared_pair_by_pair(invocator, gateway, tmp_path):
    url = gateway("--no-auth", "--latency", LATENCY, "--slower", "green=30%")
    results = play(
        *(invocator, tmp_path / "a", url, "--fail-if", "b response p50 +5%"),
        *("--fail-if", "b ok -1pp"),
        code=5,
        **VERSIONS,
    )
    changes = {
        c["subject"]: c for c in results.summary["versions"]["f"]["changes"]
    }
    latencies = [f"response {name}" for name in ("mean", "p50", "p90", "p99")]
    assert list(changes) == [*latencies, "cold"]
    assert 0 < changes["cold"]["before"] < 100  # percent
    for change in map(changes.get, latencies):
        assert change["instance"] == "f@b"
        relative = change["relative"]
        assert relative["estimate"] == pytest.approx(
            change["after"] / change["before"] - 1
        )
    mean = changes["response mean"]["relative"]
    assert 0.1 < mean["low"] < 0.3 < mean["high"] + 0.1 < 0.6
    holds = [(f["check"], f["holds"]) for f in results.summary["fail_if"]]
    assert holds == [("b response p50 +5%", True), ("b ok -1pp", False)]
    assert "versions     f@a to f@b\n  response mean " in results.text
    assert "FAIL-IF      f@b: response p50 +5% holds\n" in results.text
    page = (results.folder / "report.html").read_text()
    assert json.dumps("f@b") in page


def test_equal_versions_do_not_fail(invocator, gateway, tmp_path):
    url = gateway("--no-auth", "--latency", LATENCY)
    play(
        *(invocator, tmp_path / "a", url),
        *("--fail-if", "b response p50 +20%"),
        *("--fail-if", "b response p50 -20%"),
        **VERSIONS,
    )


@pytest.mark.parametrize(
    "limit, expected",
    [
        ("a response p99 +5%", "a version that is not the first (b)"),
        ("response p99 +5%", "a version that is not the first (b)"),
        ("", "a version that is not the first (b)"),
        ("b service p99 +5%", "the mean or a percentile of response"),
        ("b response max +5%", "the mean or a percentile of response"),
        ("b ok_rate -5%", "the mean or a percentile of response"),
        ("b response p99 5%", "expected"),
    ],
)
def test_a_limit_on_nothing_is_bad_usage(invocator, tmp_path, limit, expected):
    done = play(
        *(invocator, tmp_path / "a", "http://127.0.0.1:1", "--fail-if", limit),
        code=2,
        **VERSIONS,
    )
    assert "--fail-if" in done.stderr and expected in done.stderr


def test_without_versions_there_is_no_limit_on_them(invocator, tmp_path):
    done = play(
        *(invocator, tmp_path / "a", "http://127.0.0.1:1"),
        *("--fail-if", "b response p99 +5%"),
        code=2,
    )
    assert "no instance has versions" in done.stderr
