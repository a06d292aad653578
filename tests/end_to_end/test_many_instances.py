"""What an instance costs a worker: a plan may have very many."""

import json

from conftest import free_port
from results import instance
from stage import Stage, ended

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


def test_an_instance_takes_a_worker_at_most_4_kb(tmp_path):
    few, many = 1_000, 9_000
    grown = worker_rss(tmp_path / "many", many) - worker_rss(
        tmp_path / "few", few
    )
    assert grown / (many - few) <= MOST_BYTES
