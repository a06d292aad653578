"""The browsers of scripts/bench.sh: they count only if they saw the end."""

import json
import subprocess
import sys

from conftest import REPOSITORY
from live_run import LiveRun

WATCHERS = REPOSITORY / "tests" / "bench" / "watchers.py"


def start_watchers(run, count):
    return subprocess.Popen(
        [sys.executable, WATCHERS, run.url.geturl(), str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def test_every_watcher_reads_to_the_end(launch, gateway, tmp_path):
    run = LiveRun(
        launch, tmp_path, gateway(), "--memory-size", "keep", "--dashboard",
        seconds=3,
    )  # fmt: skip
    watchers = start_watchers(run, 3)
    assert run.wait() == 0
    text, _ = watchers.communicate(timeout=20)
    counts = json.loads(text)
    # A snapshot, bins and the end.
    assert len(counts) == 3 and min(counts) >= 3


def test_without_an_end_nothing_counts(launch, gateway, tmp_path):
    run = LiveRun(
        launch, tmp_path, gateway(), "--memory-size", "keep", "--dashboard"
    )
    watchers = start_watchers(run, 1)
    run.watch().event_of("bins")
    run.process.kill()
    run.wait()
    text, _ = watchers.communicate(timeout=20)
    assert json.loads(text) == [0]
