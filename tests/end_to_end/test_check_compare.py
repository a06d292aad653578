"""`invocator check` and `invocator compare` judge the folders of runs."""

import json
import os
import re
import shutil
import xml.etree.ElementTree

import pytest
from results import (
    KEYS,
    Results,
    every,
    instance,
    stats,
    wait_until,
    write_workload,
)
from stage import Stage, ended, kill

HOSTILE = 'a/b, "c" %2F <i> ü | `x`'
CHECKS = [
    "response p99 < 10s",
    "ok >= 90%",
    {"check": "service p50 < 10s", "each": True},
]


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway("--latency", "lognormal:5ms:0.5")


def play(invocator, url, folder, *options, code=0, **keys):
    """A run with a hostile instance and a plain one; .stdout has its output."""
    folder.mkdir(exist_ok=True)
    workload = write_workload(
        folder,
        {
            HOSTILE: instance(distribution="Poisson", rate=200),
            "plain": every(0.02, 20, thresholds=["failed < 1", "sent <= 20"]),
        },
        **{"thresholds": CHECKS} | keys,
    )
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--threads", 1]
        + ["--out", folder / "out", "--records", "none"]
        # A busy machine is not what is tested.
        + ["--kept-within", "10s", *options],
        env=KEYS,
    )
    assert done.returncode == code, done.stderr
    results = Results(folder / "out")
    results.stdout = done.stdout
    return results


@pytest.fixture(scope="module")
def first(invocator, url, tmp_path_factory):
    return play(invocator, url, tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def second(invocator, url, tmp_path_factory):
    return play(invocator, url, tmp_path_factory.mktemp("second"))


@pytest.fixture
def copy(first, tmp_path):
    """A copy of a run's folder, for tests that damage it."""
    return shutil.copytree(first.folder, tmp_path / "copy")


def edit(folder, change, name="summary.json"):
    document = json.loads((folder / name).read_text())
    change(document)
    (folder / name).write_text(json.dumps(document))


def check(invocator, folder, *options, code=0):
    done = invocator(["check", folder, *options])
    assert done.returncode == code, done.stdout + done.stderr
    return done


def compare(invocator, *arguments, code=0):
    done = invocator(["compare", *arguments])
    assert done.returncode == code, done.stdout + done.stderr
    return done


def us(text):
    """A printed latency in microseconds."""
    number, unit = text.split()
    return float(number) * {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}[unit]


def test_a_finished_run_is_judged_by_its_own_thresholds(invocator, first):
    done = check(invocator, first.folder)
    assert done.stderr == ""
    assert "thresholds   6 of 6 met\n" in done.stdout
    for scope in (HOSTILE, "plain"):
        assert re.search(
            rf"^  met +{re.escape(scope)} +service p50 < 10s ",
            done.stdout,
            re.MULTILINE,
        )
    verdict = first.summary["verdict"]
    reasons = "; ".join(verdict["reasons"])
    assert f"verdict      {verdict['state']}: {reasons}\n" in done.stdout
    assert done.stdout.splitlines()[-1] == first.stdout.splitlines()[-1]


def test_nothing_but_the_folder_is_needed(invocator, first, copy):
    for name in os.listdir(copy):
        if name not in ("summary.json", "histograms.hlog", "workload.json"):
            (copy / name).unlink()
    expected = check(invocator, first.folder).stdout
    assert check(invocator, copy).stdout == expected


@pytest.mark.parametrize("metric", ["lateness", "service", "response"])
def test_check_judges_what_the_summary_says(invocator, first, metric):
    """A limit just above a percentile of the summary is met, a limit at it is
    missed, and the printed number is the same."""
    for key, aggregate in {
        "p50": "p50",
        "p90": "p90",
        "p99": "p99",
        "p99_9": "p99.9",
        "p99_99": "p99.99",
        "min": "min",
        "max": "max",
    }.items():
        ns = round(first.summary[f"{metric}_us"][key] * 1000)
        subject = f"{metric} {aggregate}"
        done = check(
            *(invocator, first.folder),
            *("--threshold", f"{subject} <= {ns}ns"),
            *("--threshold", f"{subject} < {ns + 1}ns"),
            *("--threshold", f"{subject} > {ns - 1}ns"),
        )
        [found] = re.findall(
            rf"{re.escape(subject)} <= \S+ +(\S+ \S+) \(", done.stdout
        )
        assert us(found) == pytest.approx(ns / 1000, rel=0.006), found
        check(
            *(invocator, first.folder, "--threshold", f"{subject} < {ns}ns"),
            code=5,
        )


def test_counts_and_rates_are_those_of_the_summary(invocator, first):
    summary = first.summary
    ok, sent = summary["outcomes"]["ok"], summary["sent"]
    rate = summary["rate_per_s"]["sent"]
    mean_ns = summary["response_us"]["mean"] * 1000
    for held in (
        f"ok >= {ok}",
        f"ok <= {ok}",
        f"sent <= {sent}",
        f"sent_rate <= {rate + 1e-9:.9f}",
        f"sent_rate >= {rate - 1e-9:.9f}",
        f"max_in_flight <= {summary['max_in_flight']}",
        f"max_in_flight >= {summary['max_in_flight']}",
        f"response mean <= {int(mean_ns) + 1}ns",
        f"response mean >= {int(mean_ns)}ns",
    ):
        check(invocator, first.folder, "--threshold", held)
    check(invocator, first.folder, "--threshold", f"ok > {ok}", code=5)


def test_what_is_missed_or_has_no_data_exits_with_5(invocator, first, tmp_path):
    junit, markdown = tmp_path / "junit.xml", tmp_path / "summary.md"
    done = check(
        *(invocator, first.folder, "--threshold", "response p50 < 1us"),
        *("--threshold", "init p95 < 2s"),
        *("--junit", junit, "--markdown", markdown),
        code=5,
    )
    assert "thresholds   6 of 8 met\n" in done.stdout
    assert re.search(r"^  MISSED +run +response p50 < 1us ", done.stdout, re.M)
    assert re.search(r"^  NO DATA +run +init p95 < 2s +no calls$", done.stdout,
                     re.MULTILINE)
    suite = xml.etree.ElementTree.parse(junit).getroot()[0]
    assert suite.get("tests") == "11"
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")
    classes = {case.get("classname") for case in suite.iter("testcase")}
    assert classes == {"test.total", f"test.{HOSTILE}", "test.plain"}
    assert "thresholds 6 of 8 met" in markdown.read_text().splitlines()[0]


def test_a_report_that_cannot_be_written_exits_with_3(invocator, first):
    done = check(invocator, first.folder, "--junit", "/no/such/x.xml", code=3)
    assert "/no/such/x.xml" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--threshold", "response p99 < 300ms"],
        ["DIR", "--threshold", "response p99 < 300"],
        ["DIR", "--threshold", "respons p99 < 300ms"],
        ["DIR", "DIR"],
        ["/no/such/folder"],
        ["/dev/null"],
    ],
    ids=str,
)
def test_bad_usage_of_check_exits_with_2(invocator, first, arguments):
    words = [first.folder if word == "DIR" else word for word in arguments]
    done = check(invocator, *words, code=2) if words else invocator(["check"])
    assert done.returncode == 2
    assert done.stdout == "" and done.stderr.strip()


@pytest.mark.parametrize(
    "name", ["summary.json", "histograms.hlog", "workload.json"]
)
def test_a_broken_folder_exits_with_2(invocator, first, copy, name):
    whole = (copy / name).read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"\xff" * 100, b"{}" * 5):
        (copy / name).write_bytes(broken)
        done = check(invocator, copy, code=2)
        assert f"{copy / name}:" in done.stderr and done.stdout == ""
        done = compare(invocator, first.folder, copy, code=2)
        assert f"{copy / name}:" in done.stderr and done.stdout == ""
    os.remove(copy / name)
    assert "is missing" in check(invocator, copy, code=2).stderr
    # A pipe without a writer.
    os.mkfifo(copy / name)
    assert "is not a file" in check(invocator, copy, code=2).stderr


def test_files_of_two_runs_contradict_each_other(invocator, url, copy, tmp_path):
    other = play(
        *(invocator, url, tmp_path / "other"), test_duration_in_seconds=0.5
    )
    shutil.copy(other.folder / "histograms.hlog", copy)
    done = check(invocator, copy, code=2)
    assert re.search(r"histograms.hlog:\d+: measured/\S+ has count", done.stderr)
    assert f"{copy}/summary.json" in done.stderr


def test_books_and_losses_exit_with_3_and_interrupts_with_130(invocator, copy):
    missed = ["--threshold", "ok < 1"]

    def lose(summary):
        summary["workers"][0]["lost"] = True

    edit(copy, lose)
    done = check(invocator, copy, *missed, code=3)
    assert "LOST         worker local was lost\n" in done.stdout
    edit(copy, lambda summary: summary.update(interrupted=True))
    check(invocator, copy, *missed, code=130)
    edit(copy, lambda summary: summary["outcomes"].update(ok=1))
    done = check(invocator, copy, *missed, code=3)
    assert re.search(r"^BOOKS +total: sent \d+ is not the sum", done.stdout,
                     re.MULTILINE)


def test_refused_calls_exit_as_the_run_did(invocator, url, tmp_path):
    path = write_workload(
        *(tmp_path, {"unsigned": every(0.01, 500, auth="none")}),
        test_duration_in_seconds=5,
    )
    done = invocator(
        ["run", path, "--endpoint-url", url, "--threads", 1]
        + ["--records", "none", "--out", tmp_path / "out"],
    )
    assert done.returncode == 3, done.stderr
    words = check(invocator, tmp_path / "out", code=3).stdout
    stopped = Results(tmp_path / "out").summary["stopped"]
    assert f"STOPPED      {stopped}\n" in words


def test_a_lost_worker_exits_as_the_run_did(invocator, url, tmp_path):
    before = stats(url)["requests"]
    with Stage(tmp_path) as stage:
        workload = write_workload(
            *(tmp_path, {"a": instance(distribution="Uniform", rate=100)}),
            test_duration_in_seconds=3,
        )
        coordinator = stage.coordinator(
            *(workload, url, "--records", "none"), workers=2
        )
        workers = [stage.worker(name) for name in ("one", "two")]
        wait_until(
            lambda: stats(url)["requests"] > before + 20, "calls that were sent"
        )
        kill(workers[0])
        ended(coordinator, 3)
        [loss] = stage.results().summary["losses"]
        words = check(invocator, stage.out, code=3).stdout
        assert f"LOST         {loss}\n" in words


def test_a_warmup_is_left_out_as_in_the_run(invocator, url, tmp_path):
    results = play(invocator, url, tmp_path / "warm", warmup_in_seconds=0.4)
    measured = results.summary["measured"]
    assert 0 < measured["sent"] < results.summary["sent"]
    sent = measured["sent"]
    rate = results.summary["rate_per_s"]["sent"]
    check(
        *(invocator, results.folder, "--threshold", f"sent <= {sent}"),
        *("--threshold", f"sent >= {sent}"),
        *("--threshold", f"sent_rate >= {rate - 1e-9:.9f}"),
        *("--threshold", f"sent_rate <= {rate + 1e-9:.9f}"),
    )


# ---- compare


def row(text, name):
    [line] = re.findall(rf"^{re.escape(name)}  +(.*)$", text, re.MULTILINE)
    return re.split(r"  +", line)


def test_equal_schedules_are_told_and_shown_side_by_side(
    invocator, first, second
):
    done = compare(invocator, first.folder, second.folder, "--anyway")
    assert done.stderr == ""
    digest = first.summary["schedule_digest"]["planned"]
    assert f"schedule     the same: {digest}\n" in done.stdout
    assert "differs" not in done.stdout
    sent = str(first.summary["sent"])
    assert row(done.stdout, "sent") == [sent, sent, "+0"]
    for name in ("lateness", "service", "response"):
        for key, shown in {"p50": "p50", "p99": "p99", "max": "max"}.items():
            cells = row(done.stdout, f"{name} {shown}")
            for cell, run in zip(cells, (first, second), strict=False):
                value = run.summary[f"{name}_us"][key]
                assert us(cell) == pytest.approx(value, rel=0.006)
    cells = row(done.stdout, HOSTILE)
    block = first.summary["instances"][HOSTILE]
    assert us(cells[0]) == pytest.approx(block["response_us"]["p99"], rel=0.006)
    assert row(done.stdout, "thresholds") == ["6 of 6 met"] * 2


def test_other_schedules_and_missing_instances_are_named(
    invocator, url, first, tmp_path
):
    path = write_workload(tmp_path, {"new": every(0.01, 20)}, random_seed=9)
    done = invocator(
        ["run", path, "--endpoint-url", url, "--records", "none"]
        + ["--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    text = compare(
        invocator, first.folder, tmp_path / "out", "--anyway"
    ).stdout
    assert "schedule     not the same" in text
    assert "differs      seed 100, 9\n" in text
    assert "instances    run 1 lacks new\n" in text
    assert f"instances    run 2 lacks {HOSTILE}, plain\n" in text


def test_fail_if_holds_beyond_the_limit_only(invocator, first, second):
    """An extreme has no interval: its value decides."""
    before = first.summary["response_us"]["max"]
    after = second.summary["response_us"]["max"]
    folders = [first.folder, second.folder, "--anyway"]
    if after < before:
        folders[:2] = folders[1::-1]
        before, after = after, before
    rise_ns = round((after - before) * 1000)
    limit = f"response max +{rise_ns}ns"
    done = compare(invocator, *folders, "--fail-if", limit)
    assert "fail-if      0 of 1 hold\n" in done.stdout
    if rise_ns > 0:
        done = compare(
            *(invocator, *folders, "--fail-if", "ok -50pp"),
            *("--fail-if", f"response max +{rise_ns - 1}ns"),
            code=5,
        )
        assert "fail-if      1 of 2 hold\n" in done.stdout
    # Against itself, nothing rises.
    compare(
        *(invocator, first.folder, first.folder, "--anyway"),
        *("--fail-if", "response p99 +0%", "--fail-if", "ok -0pp"),
    )
    # It has to hold against every earlier run, including the higher one.
    higher = folders[1]
    compare(
        *(invocator, folders[0], higher, higher, "--anyway"),
        *("--fail-if", "response max +0%"),
    )


def test_without_a_timeline_values_decide(invocator, first, copy):
    (copy / "timeline.csv").unlink()
    done = compare(
        *(invocator, first.folder, copy, "--anyway"),
        *("--fail-if", "response p99 +5%"),
    )
    assert f"{copy}/timeline.csv: is missing, so changes have no" in done.stderr
    assert "95 %" not in done.stdout


def test_no_data_holds_and_says_why(invocator, first, second):
    done = compare(
        *(invocator, first.folder, second.folder, "--anyway"),
        *("--fail-if", "init p50 +5%"),
        code=5,
    )
    assert re.search(r"^  HOLDS +init p50 \+5% .*no data: no calls in run 1$",
                     done.stdout, re.MULTILINE)


def test_a_missed_schedule_is_refused(invocator, first, copy):
    def miss(summary):
        summary["verdict"] = {"state": "missed", "reasons": ["it was late"]}

    def keep(summary):
        summary["verdict"] = {"state": "kept", "reasons": ["it was not"]}

    edit(copy, keep)
    compare(invocator, copy, copy)
    kept = shutil.copytree(copy, copy.parent / "kept")
    edit(copy, miss)
    for pair in ([kept, copy], [copy, kept]):
        done = compare(invocator, *pair, code=4)
        assert f"{copy}: the schedule was missed (it was late)" in done.stderr
        assert done.stdout == ""
        done = compare(invocator, *pair, "--anyway")
        assert "schedule missed\n" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["DIR"],
        ["DIR", "/no/such/folder"],
        ["DIR", "DIR", "--fail-if", "response p99 5%"],
        ["DIR", "DIR", "--fail-if", "response p99 +5"],
        ["DIR", "DIR", "--fail-if", "ok -5ms"],
        ["DIR"] * 17,
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_bad_usage_of_compare_exits_with_2(invocator, first, arguments):
    words = [first.folder if word == "DIR" else word for word in arguments]
    done = compare(invocator, *words, code=2)
    assert done.stdout == "" and done.stderr.strip()
