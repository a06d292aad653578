"""/metrics: what Prometheus and its tools read, that it equals the summary, and
who may read it."""

import json
import re
import shutil
import subprocess
import time

import pytest
from live_run import LiveRun, sum_of
from prometheus_server import PrometheusServer
from results import (
    KEYS,
    Results,
    every,
    instance,
    wait_until,
    write_workload,
)


@pytest.fixture
def live(launch, tmp_path, gateway):
    def start(*options, **keys):
        return LiveRun(
            launch, tmp_path, gateway(), "--memory-size", "keep", *options,
            **keys,
        )  # fmt: skip

    return start


def check_with_promtool(text):
    if not shutil.which("promtool"):
        pytest.skip("no promtool")
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr


def check_against_summary(text, out):
    with open(out / "summary.json") as file:
        summary = json.load(file)
    for name in ("planned", "sent", "dropped", "unsent"):
        assert sum_of(text, f"invocator_{name}_total") == summary[name], name
    for outcome, count in summary["outcomes"].items():
        found = [
            float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.startswith("invocator_completed_total{")
            and f'outcome="{outcome}"' in line
        ]
        assert sum(found) == count
    assert summary["run_id"] in text
    completed = sum_of(text, "invocator_completed_total")
    assert sum_of(text, "invocator_response_seconds_count") == completed
    assert sum_of(text, "invocator_lateness_seconds_count") == summary["sent"]
    mean = sum_of(text, "invocator_response_seconds_sum") / completed
    assert mean * 1e6 == pytest.approx(
        summary["response_us"]["mean"], rel=1e-3
    )


def test_metrics_grow_and_equal_the_summary_in_the_end(live):
    run = live("--metrics", "127.0.0.1:0", "--metrics-linger", "20s", seconds=3)
    planned = 149
    assert run.url.path == "/metrics" and run.token == ""
    run.wait_for_start()
    middle = run.metrics_text()
    check_with_promtool(middle)
    # A busy machine may get to see the end alone.
    sent = sum_of(middle, "invocator_sent_total")
    assert 0 < sent <= planned
    if sent < planned:
        assert 'invocator_workers{state="playing"} 1' in middle
    kept = run.out / "metrics.prom"
    wait_until(kept.exists, "the end")
    wait_until(
        lambda: run.metrics_text() == kept.read_text(), "the last values"
    )
    last = run.metrics_text()
    assert 'invocator_workers{state="done"} 1' in last
    assert sum_of(last, "invocator_sent_total") == planned
    check_with_promtool(last)
    check_against_summary(last, run.out)
    assert not run.ended()
    # An interrupt ends the lingering.
    begin = time.monotonic()
    run.process.terminate()
    assert run.wait() == 0
    assert time.monotonic() - begin < 3


def test_every_run_leaves_its_metrics(invocator, gateway, tmp_path):
    path = write_workload(tmp_path, {"a": every(0.01, 20), "b": every(0.02, 9)})
    out = tmp_path / "out"
    done = invocator(
        ["run", path, "--endpoint-url", gateway(), "--out", out], env=KEYS
    )
    assert done.returncode == 0, done.stderr
    text = (out / "metrics.prom").read_text()
    check_with_promtool(text)
    check_against_summary(text, out)
    assert 'invocator_sent_total{instance="b"} 9' in text


def test_buckets_count_the_rows(invocator, gateway, tmp_path):
    path = write_workload(tmp_path, {"a": every(0.002, 400)})
    out = tmp_path / "out"
    invocator(
        ["run", path, "--endpoint-url", gateway(), "--out", out], env=KEYS
    )
    text = (out / "metrics.prom").read_text()
    rows = list(Results(out).rows)
    limits = re.findall(
        r'invocator_response_seconds_bucket\{le="([0-9.]+)"\} (\d+)', text
    )
    assert len(limits) == 22
    for limit, count in limits:
        # Rows have microseconds; no border is within one of many values.
        near = [
            row
            for row in rows
            if float(row["response_us"]) / 1e6 <= float(limit) + 1e-6
        ]
        surely = [
            row
            for row in rows
            if float(row["response_us"]) / 1e6 <= float(limit) - 1e-6
        ]
        assert len(surely) <= int(count) <= len(near)


def test_hostile_names_stay_labels(live):
    # Control characters are refused at loading.
    name = 'a"} 1\\nevil_metric 2\\'
    run = live(
        "--metrics",
        "127.0.0.1:0",
        instances={name: instance(distribution="Uniform", rate=50)},
    )
    text = run.metrics_text()
    check_with_promtool(text)
    assert not re.search("^evil_metric", text, re.MULTILINE)


def test_without_a_page_there_is_nothing_but_metrics(live):
    run = live("--metrics", "127.0.0.1:0")
    assert run.get("/metrics")[0] == 200
    assert run.get("/")[0] == 404
    assert run.get("/events")[0] == 404


def test_a_bearer_token_is_asked_for_if_there_is_one(live, tmp_path):
    token = tmp_path / "metrics.token"
    token.write_text("sixteen-letters-or-more\n")
    token.chmod(0o600)
    run = live("--metrics", "127.0.0.1:0", "--metrics-token-file", token)
    assert run.get("/metrics")[0] == 401
    right = {"Authorization": "Bearer sixteen-letters-or-more"}
    assert run.get("/metrics", right)[0] == 200
    wrong = {"Authorization": "Bearer sixteen-letters-or-mor3"}
    assert run.get("/metrics", wrong)[0] == 401
    assert "sixteen" not in run.stderr()


def test_prometheus_scrapes_it(live, tmp_path):
    run = live("--metrics", "127.0.0.1:0", "--metrics-linger", "60s", seconds=4)
    config = (
        "global: {scrape_interval: 500ms}\n"
        "scrape_configs:\n"
        "- job_name: invocator\n"
        f"  static_configs: [{{targets: ['127.0.0.1:{run.port}']}}]\n"
    )
    with PrometheusServer(tmp_path, config) as prometheus:
        wait_until(
            lambda: prometheus.value("sum(invocator_sent_total)") == 199,
            "all calls in Prometheus",
        )
        assert prometheus.value("sum(invocator_completed_total)") == 199
        assert prometheus.value("invocator_response_seconds_count") == 199
        assert prometheus.value("up") == 1
    run.process.terminate()
    assert run.wait() == 0
