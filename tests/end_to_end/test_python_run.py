"""Runs from Python: the same load as with the command, results, errors."""

import concurrent.futures
import datetime
import json
import pathlib
import re
import webbrowser

import pytest
from conftest import REPOSITORY
from python_package import programs, run_script  # noqa: F401
from results import (
    KEYS,
    Results,
    check_all_books,
    instance,
    stats,
    write_workload,
)

import invocator as package
from invocator import (
    AWSFunctionInvocator,
    BadInput,
    InvocatorError,
    NotCarriedOut,
    ProgramNotFound,
    ScheduleNotKept,
    ThresholdMissed,
)

ORIGINAL = REPOSITORY / "examples" / "original.json"
BAD_WORKLOADS = REPOSITORY / "tests" / "testdata" / "bad_workloads"

pytestmark = pytest.mark.usefixtures("programs")


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway("--latency", "5ms")


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Makes tmp_path the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def document(**keys):
    """A workload of twenty calls in a fifth of a second."""
    return {
        "test_name": "dict",
        "test_duration_in_seconds": 1,
        "random_seed": 100,
        "instances": {"a": instance(**keys)},
    }


@pytest.fixture(scope="module", autouse=True)
def original(module_gateway, tmp_path_factory):
    """Plays the original project's example with its two lines. Starts with the
    first test since it takes long. Future of (stdout, folder, gateway URL)."""
    folder = tmp_path_factory.mktemp("original")
    url = module_gateway()
    text = f"""
        from invocator import AWSFuncctionInvocator
        ivk = AWSFuncctionInvocator({str(ORIGINAL)!r})
        ivk.invoke_all(256, endpoint_url={url!r}, out="out")
        """
    with concurrent.futures.ThreadPoolExecutor() as pool:
        yield pool.submit(lambda: (run_script(text, folder), folder, url))


def test_report_is_the_summary(url, work):
    run = AWSFunctionInvocator(document()).invoke_all(endpoint_url=url)
    assert run.exit_code is None
    with pytest.raises(InvocatorError, match="goes on"):
        run.report
    assert run.wait() is run
    assert run.exit_code == 0
    (results,) = run.results
    assert results.folder.parent == work / "runs"
    summary = Results(results.folder).summary
    assert run.report.sent == summary["sent"] == 20
    assert run.report.outcomes == {"ok": 20}
    assert run.report.instances["a"].response_us.p99 == (
        summary["instances"]["a"]["response_us"]["p99"]
    )
    assert run.report.verdict.reasons == tuple(summary["verdict"]["reasons"])
    assert run.report.warmup is None
    rows = list(run.invocations("rows"))
    assert sorted(row["sequence"] for row in rows) == list(range(20))
    assert rows[0]["new_connection"] is True
    assert rows[0]["cold"] is None
    whole = [row for row in run.timeline("rows") if row["instance"] == ""]
    assert sum(row["sent"] for row in whole) == 20
    # The text that the command prints.
    assert "schedule kept" in run.text or "verdict" in run.text
    assert any("20 invocations" in line for line in run.messages)
    assert not any(line.startswith("{") for line in run.messages)


def test_nothing_reaches_the_scripts_own_output(url, tmp_path):
    path = write_workload(tmp_path, {"a": instance()})
    out = run_script(
        f"""
        from invocator import AWSFunctionInvocator
        AWSFunctionInvocator({str(path)!r}).invoke_all(
            endpoint_url={url!r}).wait()
        print("done")
        """,
        tmp_path,
    )
    assert out == "done\n"


def test_progress_tells_of_the_run_from_its_start_to_its_end(url, work):
    workload = document(distribution="Uniform", rate=50)
    workload["test_duration_in_seconds"] = 2.5
    run = AWSFunctionInvocator(workload).invoke_all(
        endpoint_url=url, out="out", threshold="response p99 < 1us"
    )
    seen = list(run)
    assert len(seen) >= 3
    assert seen[0].sent < seen[-1].sent == run.report.sent
    assert {each.folder for each in seen} == {"out"}
    assert [e.elapsed_s for e in seen] == sorted(e.elapsed_s for e in seen)
    last = seen[-1]
    assert last.planned == run.report.planned
    assert last.outcomes == {"ok": last.completed}
    assert last.in_flight == 0
    assert last.response_us.p99 > 5000
    assert len(last.missed) == 1 and "response p99" in last.missed[0]
    # A later iteration gives only the last progress.
    assert list(run) == [last] == [run.progress]


def test_a_dict_leaves_no_trace_but_the_results(url, work):
    secret = "s3cr3t-word"
    (work / "payload.json").write_text('{"n": 1}')
    workload = document(
        headers={"x-secret": secret}, payload=pathlib.Path("payload.json")
    )
    run = AWSFunctionInvocator(workload).invoke_all(endpoint_url=url, out="out")
    workload["instances"].clear()  # has no effect any more
    arguments = pathlib.Path(f"/proc/{run._child.pid}/cmdline").read_bytes()
    run.wait()
    assert b"/dev/fd/" in arguments and secret.encode() not in arguments
    assert run.report.outcomes == {"ok": 20}
    assert list(run.invocations("rows"))[0]["bytes_sent"] > 0
    holders = {
        path.name
        for path in work.rglob("*")
        if path.is_file() and secret in path.read_text(errors="replace")
    }
    assert holders == {"workload.json"}
    # Private, as with a workload file of mode 0600.
    for path in (work / "out").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_same_schedule_from_a_dict_and_from_its_file(url, work):
    path = write_workload(work, document()["instances"])
    digests = {
        AWSFunctionInvocator(workload)
        .invoke_all(endpoint_url=url, no_report=True)
        .wait()
        .report.schedule_digest.sent
        for workload in (path, str(path), json.loads(path.read_text()))
    }
    assert len(digests) == 1


@pytest.mark.parametrize("kind", ["file", "dict"])
def test_bad_workload_raises_with_all_errors(url, work, kind):
    workload = document(rate=-1, distribution="Poison", colour="red")
    if kind == "file":
        path = work / "workload.json"
        path.write_text(json.dumps(workload))
        workload = path
    run = AWSFunctionInvocator(workload).invoke_all(endpoint_url=url)
    with pytest.raises(BadInput) as caught:
        run.wait()
    for words in ("rate", "Poison", "colour"):
        assert words in str(caught.value)
    name = path if kind == "file" else "workload"
    assert str(caught.value).startswith(f"invocator: {name}: ")
    assert caught.value.exit_code == run.exit_code == 2
    assert caught.value.messages == run.messages
    assert run.results == ()
    with pytest.raises(BadInput):
        run.report
    with pytest.raises(BadInput):
        list(run)
    assert "colour" in run._repr_html_()


@pytest.mark.parametrize(
    "options, words",
    [
        ({"endpoint_urll": "x"}, "--endpoint-urll"),
        ({"max_in_flight": 0}, "--max-in-flight"),
        ({"memory_size": 1}, "--memory-size"),
        ({"out": "-x\n--yes", "listen": "--pin"}, "--pin"),
    ],
)
def test_bad_option_raises_in_the_commands_words(work, options, words):
    run = AWSFunctionInvocator(document()).invoke_all(**options)
    with pytest.raises(BadInput, match=re.escape(words)):
        run.wait()


def test_a_workload_that_is_not_there(work):
    with pytest.raises(BadInput, match="absent.json"):
        AWSFunctionInvocator("absent.json").invoke_all().wait()
    with pytest.raises(TypeError, match="has no JSON form"):
        AWSFunctionInvocator({"test_name": object()})


@pytest.mark.parametrize(
    "options, code, error",
    [
        ({"threshold": ["ok >= 1%", "response p50 < 1us"]}, 5, ThresholdMissed),
        ({"kept_within": datetime.timedelta(0), "marginal_within": "0s",
          "require_kept": True}, 4, ScheduleNotKept),
    ],
    ids=["threshold", "schedule"],
)  # fmt: skip
def test_a_result_that_is_not_good_enough_raises_for_who_asks(
    url, work, options, code, error
):
    run = AWSFunctionInvocator(document()).invoke_all(
        endpoint_url=url, **options
    )
    assert run.wait().exit_code == code
    assert run.report.sent == 20
    with pytest.raises(error):
        run.wait(check=True)


def test_run_that_is_not_carried_out(url, work):
    """The gateway refuses every call."""
    workload = document(interarrivals_list=[0.01] * 1000)
    workload["test_duration_in_seconds"] = 20
    run = AWSFunctionInvocator(
        workload, env={"AWS_SECRET_ACCESS_KEY": "wrong"}
    ).invoke_all(endpoint_url=url, out="out")
    with pytest.raises(NotCarriedOut):
        run.wait()
    assert run.report.stopped
    assert run.report.failures[0].reason == "signature_mismatch"
    assert run.report.failures[0].first.instance == "a"


def test_environment_of_a_run_is_its_own(url, work, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "of another")
    env = {"AWS_ACCESS_KEY_ID": KEYS["AWS_ACCESS_KEY_ID"], "AWS_PROFILE": None}
    run = AWSFunctionInvocator(document(), env=env).invoke_all(endpoint_url=url)
    assert run.wait(check=True).report.outcomes == {"ok": 20}


def test_series_has_the_results_of_each_size(gateway, work, monkeypatch):
    url = gateway("--cold-start", "50ms")
    sizes = (256, 128)
    run = AWSFunctionInvocator(document(application="f")).invoke_all(
        sizes, endpoint_url=url, out="out"
    )
    seen = list(run)
    assert list(dict.fromkeys(p.memory_mb for p in seen)) == list(sizes)
    assert list(run.reports) == list(sizes)
    for results in run.results:
        assert results.folder == work / f"out-{results.memory_mb}mb"
        (memory,) = results.report.memory
        assert memory.memory_mb == results.memory_mb
        assert results.report.outcomes == {"ok": 20}
        assert len(list(results.invocations("rows"))) == 20
    with pytest.raises(InvocatorError, match="series of 2 runs"):
        run.report
    # One page for both, in a notebook and in a browser.
    shown = []
    monkeypatch.setattr(webbrowser, "open", lambda uri: not shown.append(uri))
    assert run._repr_html_().count("<iframe") == 1
    assert run.open()
    assert shown == [run._page.as_uri()]
    assert run.results[0].open()
    assert shown[1] == (work / "out-256mb" / "report.html").as_uri()


def test_keep_changes_no_function(gateway, work):
    url = gateway()
    run = AWSFunctionInvocator(document(application="f")).invoke_all(
        "keep", endpoint_url=url
    )
    assert run.wait().report.memory is None
    assert stats(url)["requests"] == 20


def test_wait_gives_up_after_its_timeout_and_the_run_goes_on(url, work):
    run = AWSFunctionInvocator(
        document(distribution="Uniform", rate=50)
    ).invoke_all(endpoint_url=url)
    with pytest.raises(TimeoutError):
        run.wait(timeout=0.05)
    assert run.exit_code is None
    assert run.wait(timeout=30).report.outcomes == {"ok": run.report.planned}


def test_program_that_is_nowhere(monkeypatch, tmp_path):
    monkeypatch.setenv("INVOCATOR_BIN_DIR", str(tmp_path))
    # The script that pip installs for this package is skipped.
    own = tmp_path / "invocator"
    own.write_text("#!/bin/sh\nfrom invocator._programs import x\n")
    own.chmod(0o755)
    monkeypatch.setenv("INVOCATOR_BIN_DIR", str(tmp_path / "absent"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramNotFound, match="scripts/build.sh"):
        AWSFunctionInvocator(document()).invoke_all()
    own.write_text("#!/absent\n")
    with pytest.raises(ProgramNotFound, match="cannot be started"):
        AWSFunctionInvocator(document()).invoke_all()


def test_script_of_the_package_becomes_the_program(tmp_path):
    out = run_script(
        """
        import sys
        from invocator._programs import run_gateway
        sys.argv = ["invocator-gateway", "--version"]
        run_gateway()
        """,
        tmp_path,
    )
    assert out == f"invocator-gateway {package.__version__}\n"


def test_the_originals_two_lines_play_its_example(invocator, original):
    """The script ends after them; Python waits for the load."""
    out, folder, url = original.result()
    assert out == ""
    results = Results(folder / "out")
    check_all_books(results)
    assert results.outcomes == {"ok": 34}
    # Further requests set and restore the memory size.
    assert stats(url)["requests"] >= 34
    (memory,) = results.summary["memory"]
    assert (memory["memory_mb"], memory["state"]) == (256, "restored")
    done = invocator(["plan", ORIGINAL])
    assert results.summary["schedule_digest"]["sent"] in done.stdout
