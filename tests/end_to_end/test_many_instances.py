"""Large plans: what an instance costs a worker, of which a plan may have very
many, and lists of gaps beyond what other messages may hold."""

import json
import resource

import pytest
from conftest import free_port, not_sanitized
from results import Results, instance, write_workload
from stage import Stage, ended
from test_workload_input import run

MOST_BYTES = 4096


def worker_rss(folder, count):
    """Of a worker that plays one signed call of each of so many instances; all
    of them fail, which takes the most."""
    folder.mkdir()
    workload = folder / "workload.json"
    workload.write_text(
        json.dumps(
            {
                "test_name": "many",
                "test_duration_in_seconds": 1,
                "random_seed": 1,
                "instances": {
                    f"instance-{i:06}": instance(
                        resource=f"f{i}", interarrivals_list=[(i % 500) / 1000]
                    )
                    for i in range(count)
                },
            }
        )
    )
    with Stage(folder) as stage:
        coordinator = stage.coordinator(
            workload,
            f"http://127.0.0.1:{free_port()}",
            *("--max-in-flight", 16, "--records", "none"),
            workers=1,
        )
        worker = stage.worker("w")
        ended(coordinator, 0, deadline_s=60)
        ended(worker, 0)
        summary = stage.results().summary
    assert summary["sent"] == count
    return summary["workers"][0]["max_rss_bytes"]


@not_sanitized
def test_an_instance_takes_a_worker_at_most_4_kb(tmp_path):
    few, many = 1_000, 9_000
    grown = worker_rss(tmp_path / "many", many) - worker_rss(
        tmp_path / "few", few
    )
    assert grown / (many - few) <= MOST_BYTES


def cpu_of_run(folder, count):
    """Of a run of so many instances, one in twenty of which has a call, which
    fails."""
    folder.mkdir()
    busy = {"interarrivals_list": [0.1]}
    idle = {"distribution": "Poisson", "rate": 0.0001}
    workload = write_workload(
        folder,
        {
            f"instance-{i:06}": instance(
                auth="none", resource=f"f{i}", **(idle if i % 20 else busy)
            )
            for i in range(count)
        },
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run(
        *("run", workload, "--endpoint-url", f"http://127.0.0.1:{free_port()}"),
        *("--max-in-flight", 16, "--out", folder / "out"),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr[-2000:]
    summary = Results(folder / "out").summary
    assert len(summary["instances"]) == count
    assert summary["sent"] == summary["planned"] >= count // 20
    return sum(
        getattr(after, part) - getattr(before, part)
        for part in ["ru_utime", "ru_stime"]
    )


def test_twenty_thousand_instances_take_seconds(tmp_path):
    few, many = 4_000, 20_000
    took_few = cpu_of_run(tmp_path / "few", few)
    took_many = cpu_of_run(tmp_path / "many", many)
    # In proportion, which a search of all of them for each of them is not.
    assert took_many <= 2 * (many / few) * took_few
    assert took_many <= 20


def write_lists(path, count, gaps, gap_s=9):
    """With gaps of 9 s the test sends one call of each list."""
    one = '{"auth": "none", "host": "127.0.0.1:1", "interarrivals_list": [0.5'
    one += f",{gap_s}" * (gaps - 1) + "]}"
    with path.open("w") as file:
        file.write('{"test_name": "t", "test_duration_in_seconds": 1,')
        file.write('"random_seed": 1, "instances": {')
        file.write(", ".join(f'"i{n}": {one}' for n in range(count)))
        file.write("}}")
    return path


@pytest.mark.parametrize("workers", [0, 1])
def test_lists_of_25_mb_are_handed_out(tmp_path, workers):
    workload = write_lists(tmp_path / "w.json", 50, 63_660)
    target = f"http://127.0.0.1:{free_port()}"
    if workers == 0:
        done = run(
            *("run", workload, "--endpoint-url", target),
            *("--out", tmp_path / "out"),
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert Results(tmp_path / "out").summary["sent"] == 50
        return
    with Stage(tmp_path) as stage:
        coordinator = stage.coordinator(workload, target, workers=workers)
        worker = stage.worker("w")
        ended(coordinator, 0, deadline_s=60)
        ended(worker, 0)
        assert stage.results().summary["sent"] == 50


@not_sanitized
def test_a_plan_no_worker_takes_is_refused_before_anything_happens(tmp_path):
    workload = write_lists(tmp_path / "w.json", 34, 1_000_000, gap_s=1e-9)
    done = run("run", workload, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "more than the 268435456 that one takes: shorten" in done.stderr
    assert not (tmp_path / "out").exists()
