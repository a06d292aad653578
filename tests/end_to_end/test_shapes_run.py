"""Shapes are played: alone, by several threads, by a fleet, closed loop, and
again from the run's own folder."""

import json
import shutil

import pytest
from results import (
    KEYS,
    Results,
    check_all_books,
    digest,
    instance,
    planned_keys,
    write_workload,
)
from stage import Stage, ended

DURATION = 2


def shaped(**keys):
    return instance(interarrivals_list=None, **keys)


def every_form(folder, **top):
    """A workload with every form of arrivals, and its files."""
    (folder / "c.csv").write_text("t,count\n0,30\n1,0\n2,70\n3,20\n")
    (folder / "t.csv").write_text(
        "start\n" + "".join(f"{1000 + (i * 37 % 500) / 250}\n"
                            for i in range(120)))
    return write_workload(folder, {
        "ramp": shaped(distribution="Poisson", rate=[[0, 0], [1, 120], [1, 20]]),
        "waves": shaped(distribution={"Gamma": {"cv": 2}},
                        rate={"points": [[0, 80], [0.2, 0]],
                              "every_in_seconds": 0.5}),
        "sine": shaped(distribution={"Weibull": {"cv": 2}},
                       rate={"mean": 40, "amplitude": 40,
                             "period_in_seconds": 1}),
        "lognormal": shaped(distribution={"Lognormal": {"cv": 2}}, rate=40,
                            activity_window=[0.5, 1.5]),
        "pareto": shaped(distribution={"Pareto": {"alpha": 1.5}}, rate=40),
        # A rate of 0 keeps them out of the mix.
        "bursts": shaped(distribution="Poisson", rate=0, bursts={"rate": 200, "mean_on_in_seconds": 0.2,
                                "mean_off_in_seconds": 0.2}),
        "spikes": shaped(distribution="Poisson", rate=0, spikes=[[0, 10], [1, 40]]),
        "counts": shaped(arrivals={"counts": "c.csv", "bin_in_seconds": 1,
                                   "speed": 2, "thin": 0.9}),
        "even": shaped(arrivals={"counts": "c.csv", "bin_in_seconds": 0.5,
                                 "within_bin": "even"}),
        "stamps": shaped(arrivals={"timestamps": "t.csv"}),
        "mixed": shaped(distribution="Uniform"),
        "mixed too": shaped(),
    }, test_duration_in_seconds=DURATION, mix={"rate": 60, "zipf": 1}, **top)


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway("--latency", "2ms")


def play(invocator, workload, url, out, *options):
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", out, *options],
        env=KEYS)
    assert done.returncode == 0, done.stderr
    results = Results(out)
    check_all_books(results)
    return results


def check_all_sent(results, keys):
    assert results.keys() == keys
    assert results.summary["schedule_digest"] == {
        "planned": digest(keys), "sent": digest(keys)}


@pytest.mark.parametrize("threads", [1, 4])
def test_every_form_is_sent_as_planned(invocator, url, tmp_path, threads):
    workload = every_form(tmp_path)
    keys = planned_keys(invocator, workload)
    results = play(invocator, workload, url, tmp_path / "out", "--threads",
                   threads)
    check_all_sent(results, keys)
    assert results.summary["instances"]["spikes"]["planned"] == 50
    assert results.summary["instances"]["even"]["planned"] == 120
    assert results.summary["instances"]["stamps"]["planned"] == 120


def test_the_folder_plays_the_same_without_the_files(
        invocator, url, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    first = play(invocator, every_form(source), url, tmp_path / "first")
    shutil.rmtree(source)
    # Elsewhere, with its files beside it.
    shutil.copytree(first.folder, tmp_path / "copy")
    again = play(invocator, tmp_path / "copy" / "workload.json", url,
                 tmp_path / "again")
    check_all_sent(again, first.keys())
    assert sorted(p.name for p in (first.folder / "arrivals").iterdir()) == [
        "counts.csv", "even.csv", "stamps.csv"]


def test_a_fleet_sends_as_planned(invocator, url, tmp_path):
    workload = every_form(tmp_path)
    keys = planned_keys(invocator, workload)
    with Stage(tmp_path) as stage:
        coordinator = stage.coordinator(workload, url, workers=3)
        workers = [stage.worker(f"w{n}", threads=2) for n in range(3)]
        for process in (coordinator, *workers):
            ended(process, 0)
        results = stage.results()
    check_all_books(results)
    check_all_sent(results, keys)
    assert all(worker["sent"] > 0 for worker in results.summary["workers"])


def test_a_closed_loop_has_every_shape(invocator, url, tmp_path):
    workload = every_form(tmp_path, blocking_cli=True)
    results = play(invocator, workload, url, tmp_path / "out")
    check_all_sent(results, planned_keys(invocator, workload))
    for name in ("spikes", "bursts", "stamps"):
        rows = results.rows_of(name)
        ends = [float(row["done_s"]) for row in rows]
        starts = [float(row["sent_s"]) for row in rows]
        assert all(b >= a for a, b in zip(ends, starts[1:])), name


def test_results_of_private_files_are_private(invocator, url, tmp_path):
    (tmp_path / "c.csv").write_text("count\n3\n")
    (tmp_path / "c.csv").chmod(0o600)
    workload = write_workload(tmp_path, {
        "a": shaped(arrivals={"counts": "c.csv", "bin_in_seconds": 1})})
    results = play(invocator, workload, url, tmp_path / "out")
    for path in results.folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_resolved_workloads_hold_points_and_file_settings(
        invocator, url, tmp_path):
    results = play(invocator, every_form(tmp_path), url, tmp_path / "out")
    instances = json.loads(results.workload.read_text())["instances"]
    assert instances["ramp"]["rate"] == [[0, 0], [1, 120], [1, 20]]
    assert len(instances["sine"]["rate"]["points"]) == 361
    assert instances["counts"]["arrivals"] == {
        "counts": "arrivals/counts.csv", "column": "count",
        "bin_in_seconds": 1, "within_bin": "random", "speed": 2, "thin": 0.9}
    assert instances["mixed"]["rate"] == pytest.approx(40)
    assert instances["mixed too"]["rate"] == pytest.approx(20)
    assert instances["mixed too"]["distribution"] == "Poisson"
