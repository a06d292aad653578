"""`invocator report` makes the report page of finished runs."""

import json
import os
import re
import shutil
import signal
import stat

import pytest
from results import (
    KEYS,
    Results,
    every,
    instance,
    wait_until,
    write_workload,
)
from stage import Stage, ended

HOSTILE = 'a/b, "c" %2F </script><i> ü | `x`'
FILES = [
    "summary.json",
    "timeline.csv",
    "workers.csv",
    "histograms.hlog",
    "workload.json",
]


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway(
        *("--latency", "lognormal:20ms:0.7", "--cold-start", "100ms")
    )


def play(invocator, url, folder, instances, *options, **keys):
    folder.mkdir(exist_ok=True)
    workload = write_workload(folder, instances, **keys)
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--threads", 1]
        + ["--out", folder / "out", "--records", "none", *options],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    return Results(folder / "out")


@pytest.fixture(scope="module")
def first(invocator, url, tmp_path_factory):
    instances = {
        HOSTILE: instance(distribution="Poisson", rate=200),
        "plain": every(0.02, 20),
    }
    folder = tmp_path_factory.mktemp("first")
    return play(invocator, url, folder, instances, warmup_in_seconds=0.3)


@pytest.fixture(scope="module")
def many(invocator, url, tmp_path_factory):
    """More instances than the timeline has lanes."""
    instances = {
        f"f{i}": instance(distribution="Poisson", rate=5 + i % 7)
        for i in range(70)
    }
    return play(invocator, url, tmp_path_factory.mktemp("many"), instances)


@pytest.fixture
def copy(first, tmp_path):
    """A copy of a run's folder, for tests that damage it."""
    return shutil.copytree(first.folder, tmp_path / "copy")


def report(invocator, *arguments, code=0):
    done = invocator(["report", *arguments])
    assert done.returncode == code, done.stdout + done.stderr
    return done


def data(path):
    """The data that a page embeds."""
    [text] = re.findall(
        r'<script type="application/json" id="data">(.*?)</script>',
        path.read_text(),
        re.DOTALL,
    )
    return json.loads(text)


@pytest.mark.parametrize("run", ["first", "many"])
def test_the_page_is_that_of_the_run(
    invocator, request, run, tmp_path
):
    folder = request.getfixturevalue(run).folder
    page = tmp_path / "page.html"
    done = report(invocator, folder, "-o", page)
    assert (done.stdout, done.stderr) == (f"{page}\n", "")
    [own] = data(folder / "report.html")["runs"]
    [made] = data(page)["runs"]
    assert own["command"].startswith("invocator run workload.json")
    for key in own:
        assert made[key] == own[key], key
    assert made.keys() == own.keys()
    assert len(made["series"]["lanes"]) == {"first": 2, "many": 65}[run]


def test_the_page_needs_only_the_files_of_results(
    invocator, first, copy, tmp_path
):
    for name in os.listdir(copy):
        if (copy / name).is_dir():
            shutil.rmtree(copy / name)
        elif name not in FILES:
            (copy / name).unlink()
    done = report(invocator, copy)
    assert done.stdout == f"{copy / 'report.html'}\n"
    own = data(first.folder / "report.html")["runs"][0]
    made = data(copy / "report.html")["runs"][0]
    assert made["folder"] == "copy"
    assert made["series"] == own["series"]


def test_several_runs_are_in_one_page(invocator, first, many, tmp_path):
    page = tmp_path / "both.html"
    report(invocator, first.folder, many.folder, "--output", page)
    names = [
        [entry["name"] for entry in run["instances"]]
        for run in data(page)["runs"]
    ]
    assert names == [[HOSTILE, "plain"], [f"f{i}" for i in range(70)]]


def test_a_private_run_gives_a_private_page(invocator, copy):
    (copy / "summary.json").chmod(0o600)
    report(invocator, copy)
    assert stat.S_IMODE((copy / "report.html").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["DIR", "DIR"],
        ["DIR", "-o"],
        ["DIR"] * 17 + ["-o", "x.html"],
        ["/no/such/folder"],
        ["/dev/null"],
        ["DIR", "/no/such/folder", "-o", "x.html"],
    ],
    ids=str,
)
def test_bad_usage_of_report_exits_with_2(invocator, first, arguments):
    words = [first.folder if word == "DIR" else word for word in arguments]
    done = report(invocator, *words, code=2)
    assert done.stdout == "" and done.stderr.strip()
    assert not os.path.exists("x.html")


@pytest.mark.parametrize("name", FILES)
def test_a_broken_folder_exits_with_2(invocator, copy, name):
    before = (copy / "report.html").read_bytes()
    whole = (copy / name).read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"\xff" * 100, b"{}" * 5):
        (copy / name).write_bytes(broken)
        done = report(invocator, copy, code=2)
        assert f"{copy / name}:" in done.stderr and done.stdout == ""
    os.remove(copy / name)
    assert "is missing" in report(invocator, copy, code=2).stderr
    # A pipe without a writer.
    os.mkfifo(copy / name)
    assert f"{copy / name}:" in report(invocator, copy, code=2).stderr
    assert (copy / "report.html").read_bytes() == before


@pytest.mark.parametrize("name", ["timeline.csv", "workers.csv"])
def test_files_of_two_runs_contradict_each_other(invocator, many, copy, name):
    shutil.copy(many.folder / name, copy)
    assert f"{copy / name}:" in report(invocator, copy, code=2).stderr


def test_a_page_that_cannot_be_written_exits_with_3(invocator, first):
    done = report(invocator, first.folder, "-o", "/no/such/x.html", code=3)
    assert "/no/such/x.html" in done.stderr and done.stdout == ""


def test_a_run_called_off_while_gathering_has_a_page(invocator, tmp_path):
    workload = write_workload(tmp_path, {"a": every(0.1, 9)})
    with Stage(tmp_path) as stage:
        coordinator = stage.coordinator(
            workload, "http://127.0.0.1:1", workers=2
        )
        # It listens before it has a folder.
        wait_until(lambda: "results in" in coordinator.log(), "a folder")
        coordinator.send_signal(signal.SIGINT)
        ended(coordinator, 130)
    assert Results(stage.out).summary["sent"] == 0
    done = invocator(["report", stage.out, "-o", tmp_path / "page.html"])
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.html").read_text().count("<html") == 1
