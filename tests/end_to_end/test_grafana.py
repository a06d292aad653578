"""examples/grafana: its dashboard asks for what a run has, and a Prometheus with
its prometheus.yml answers every query of it."""

import itertools
import json
import math
import re
import shutil
import subprocess

import pytest
import yaml
from conftest import REPOSITORY
from live_run import LiveRun
from prometheus_server import PrometheusServer
from results import play, wait_until

GRAFANA = REPOSITORY / "examples" / "grafana"
CONFIG = (GRAFANA / "prometheus.yml").read_text()
DASHBOARD = json.loads((GRAFANA / "dashboard.json").read_text())
PANELS = DASHBOARD["panels"]
TARGETS = [target for panel in PANELS for target in panel["targets"]]
VARIABLES = {v["name"]: v for v in DASHBOARD["templating"]["list"]}
# Labels that Prometheus sets, as prometheus.yml says.
SCRAPED = {
    rule["target_label"]
    for job in yaml.safe_load(CONFIG)["scrape_configs"]
    for rule in job["relabel_configs"]
}


def samples_of(text):
    """{metric: [labels of a sample]}"""
    samples = {}
    for line in text.splitlines():
        if found := re.match(r"(\w+)(?:\{(.*)\})? \S+$", line):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            samples.setdefault(found[1], []).append(labels)
    return samples


def test_queries_ask_for_metrics_and_labels_of_a_run(
    invocator, gateway, tmp_path
):
    play(invocator, tmp_path, gateway(), "--memory-size", "keep")
    samples = samples_of((tmp_path / "out" / "metrics.prom").read_text())
    for target in TARGETS:
        selectors = re.findall(r"(invocator_\w+)\{([^}]*)\}", target["expr"])
        # No metric is without its braces, in which the coordinator is chosen.
        assert len(selectors) == target["expr"].count("invocator_") > 0
        for metric, matchers in selectors:
            assert metric in samples, target["expr"]
            labels = set(samples[metric][0]) | SCRAPED
            asked = dict(re.findall(r'(\w+)=~?"([^"]*)"', matchers))
            assert asked["coordinator"] == "$coordinator"
            shown = re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
            grouped = re.findall(r"by \((\w+)\)", target["expr"])
            assert {*asked, *shown, *grouped} <= labels, target["expr"]
            for label in set(asked) - SCRAPED:
                assert asked[label] in {s[label] for s in samples[metric]}
    wanted = re.fullmatch(
        r"label_values\((\w+), (\w+)\)",
        VARIABLES["coordinator"]["query"]["query"],
    )
    assert wanted[1] in samples and wanted[2] in SCRAPED


def test_every_metric_of_a_run_is_shown(invocator, gateway, tmp_path):
    play(invocator, tmp_path, gateway(), "--memory-size", "keep")
    text = (tmp_path / "out" / "metrics.prom").read_text()
    shown = " ".join(target["expr"] for target in TARGETS)
    for name, kind in re.findall(r"# TYPE (\w+) (\w+)", text):
        suffix = "_bucket" if kind == "histogram" else ""
        assert f"{name}{suffix}{{" in shown, name


def test_prometheus_answers_every_query(launch, gateway, tmp_path):
    run = LiveRun(
        launch, tmp_path, gateway(), "--memory-size", "keep",
        "--metrics", "127.0.0.1:0",
    )  # fmt: skip
    target = f"127.0.0.1:{run.port}"
    assert "targets: [127.0.0.1:7071]" in CONFIG
    config = CONFIG.replace("[127.0.0.1:7071]", f"[{target}]")
    assert "scrape_interval: 5s" in config
    config = config.replace("scrape_interval: 5s", "scrape_interval: 500ms")
    with PrometheusServer(tmp_path, config) as prometheus:
        wait_until(
            lambda: prometheus.value("rate(invocator_sent_total[30s])"),
            "calls between two scrapes",
        )
        for query in TARGETS:
            expression = query["expr"].replace("$__rate_interval", "30s")
            expression = expression.replace("$coordinator", target)
            found = prometheus.samples(expression)
            assert found, expression
            assert not any(math.isnan(value) for _, value in found), expression
            if "by (instance)" in expression:
                assert [labels for labels, _ in found] == [{"instance": "a"}]
        due, sent, planned = (
            prometheus.value(f"sum(invocator_{name}_total)")
            for name in ("due", "sent", "planned")
        )
        assert 0 < due < planned and 0 < sent < planned
    run.process.terminate()
    run.wait()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool")
@pytest.mark.parametrize("tls", [False, True], ids=["loopback", "tls"])
def test_promtool_accepts_the_config(tls, tmp_path):
    text = CONFIG
    if tls:
        text, lines = re.subn(r"(?m)^( +)#(\w+: )", r"\1\2", CONFIG)
        assert lines == 3
    for name in ("ca.pem", "metrics.token"):
        (tmp_path / name).touch()
    (tmp_path / "prometheus.yml").write_text(text)
    done = subprocess.run(
        ["promtool", "check", "config", tmp_path / "prometheus.yml"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_panels_lie_side_by_side_and_use_the_chosen_data_source():
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    cells = [
        cell
        for panel in PANELS
        for at in [panel["gridPos"]]
        for cell in itertools.product(
            range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])
        )
    ]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24
    assert VARIABLES["datasource"]["query"] == "prometheus"
    for user in [*PANELS, *TARGETS, VARIABLES["coordinator"]]:
        assert user["datasource"]["uid"] == "${datasource}"
