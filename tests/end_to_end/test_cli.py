"""What the programs print: help, versions, words for people on stderr, results
on stdout, and no secret anywhere."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import time

import pytest
from conftest import REPOSITORY, clean_environment, program
from results import (
    KEY,
    KEYS,
    SECRET,
    Results,
    every,
    instance,
    write_workload,
)

PROGRAMS = ["invocator", "invocator-worker", "invocator-gateway"]
TOKEN = "AQoDYXdzEPT//////////wEXAMPLE+tc764=="
CONTROL = re.compile(r"[^\n\x20-\x7e\u00a0-\uffff]")


def run(*arguments):
    return subprocess.run(
        arguments,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10,
    )


@pytest.mark.parametrize("name", PROGRAMS)
def test_version(name):
    done = run(program(name), "--version")
    assert done.returncode == 0 and done.stderr == ""
    assert re.fullmatch(rf"{name} \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize(
    "command",
    [
        ["invocator"],
        ["invocator", "run"],
        ["invocator", "plan"],
        ["invocator", "check"],
        ["invocator", "compare"],
        ["invocator", "report"],
        ["invocator", "trace"],
        ["invocator-worker"],
        ["invocator-gateway"],
    ],
    ids=" ".join,
)
def test_help_has_examples(command):
    done = run(program(command[0]), *command[1:], "--help")
    assert done.returncode == 0 and done.stderr == ""
    examples = done.stdout.split("Examples:\n")[1]
    assert examples.count("\n  " + command[0]) >= 1
    assert "  " + " ".join(command) in examples
    assert not CONTROL.search(done.stdout)
    assert "secret" not in done.stdout.lower().replace(
        "aws_secret_access_key", ""
    )


@pytest.fixture
def workload(tmp_path):
    return write_workload(
        tmp_path,
        {"a": every(0.01, 10), "b": instance(distribution="Poisson", rate=20)},
    )


def test_plan_says_what_would_happen(invocator, workload):
    done = invocator(["plan", workload, "--workers", "2", "--threads", "2"])
    assert done.returncode == 0 and done.stderr == ""
    words = done.stdout.split()
    assert words[0] == "test:" and "100," in words
    for row in ("a", "b", "total"):
        assert re.search(rf"^{row} +\d+ +\d", done.stdout, re.MULTILINE)
    assert re.search(r"^schedule digest [0-9a-f]{16}$", done.stdout, re.M)
    assert not CONTROL.search(done.stdout)


def test_plan_events_is_csv_on_stdout(invocator, workload):
    done = invocator(["plan", workload, "--events"])
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "time_s,instance,sequence,worker"
    assert "0.010000000,a,0,0" in lines
    rows = list(csv.reader(io.StringIO(done.stdout)))[1:]
    assert all(re.fullmatch(r"\d+\.\d{9}", row[0]) for row in rows)


def test_plan_of_the_original_example_sends_nothing_and_needs_no_keys(
    invocator,
):
    done = invocator(["plan", REPOSITORY / "examples" / "original.json"])
    assert done.returncode == 0, done.stderr
    assert "instance2" in done.stdout


def test_plan_events_to_a_reader_that_leaves(workload, tmp_path):
    path = write_workload(
        tmp_path,
        {"a": instance(distribution="Poisson", rate=100_000)},
        test_duration_in_seconds=100,
    )
    process = subprocess.Popen(
        [program("invocator"), "plan", path, "--events"],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout.readline().startswith(b"time_s,")
        process.stdout.close()
        process.wait(10)
        assert process.returncode != 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def test_summary_is_on_stdout_and_words_are_on_stderr(
    invocator, gateway, workload, tmp_path
):
    done = invocator(
        ["run", workload, "--endpoint-url", gateway(), "--threads", 1]
        + ["--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    summary = results.summary
    assert not CONTROL.search(done.stdout + done.stderr)
    for row in ("lateness", "service", "response"):
        assert len(re.findall(rf"^{row} ", done.stdout, re.MULTILINE)) == 1
    assert f"ok {summary['sent']}" in done.stdout
    assert summary["schedule_digest"]["sent"] in done.stdout
    verdict = summary["verdict"]
    assert f"{verdict['state']}: {results.reasons}" in done.stdout
    assert all(len(line) <= 100 for line in done.stdout.splitlines()[:-1])
    assert str(tmp_path / "out") in done.stderr
    assert "sent" not in done.stderr  # it is too short for a progress line


def test_results_are_written_though_the_reader_of_stdout_leaves(
    gateway, workload, tmp_path
):
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen(
        [program("invocator"), "run", workload, "--endpoint-url", gateway()]
        + ["--out", tmp_path / "out"],
        env=clean_environment(KEYS),
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    assert process.wait(30) != 0
    results = Results(tmp_path / "out")
    assert len(results.rows) == results.summary["sent"] > 0


def test_secrets_show_up_nowhere(gateway, workload, tmp_path):
    env = KEYS | {"AWS_SESSION_TOKEN": TOKEN}
    url = gateway(env=env)
    out = tmp_path / "out"
    process = subprocess.Popen(
        [program("invocator"), "run", workload, "--endpoint-url", url]
        + ["--out", out],
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with open(f"/proc/{process.pid}/cmdline", "rb") as cmdline:
        argv = cmdline.read()
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 0, stderr
    assert Results(out).outcomes.keys() == {"ok"}
    written = {path: path.read_bytes() for path in out.rglob("*")
               if path.is_file()}
    assert len(written) == 8
    gateway_log = b"".join(p.read_bytes() for p in tmp_path.glob("gateway-*"))
    places = {"argv": argv, "stdout": stdout, "stderr": stderr,
              "gateway": gateway_log} | written
    for place, content in places.items():
        for secret in (SECRET, TOKEN, KEY):
            assert secret.encode() not in content, place


def test_escape_sequences_of_a_workload_are_not_passed_on(
    invocator, tmp_path
):
    path = tmp_path / "evil.json"
    evil = "\x1b[31mred\x07\x9b\u202e"
    path.write_text(
        json.dumps({"test_name": evil, evil: evil, "instances": {evil: evil}})
    )
    done = invocator(["plan", path])
    assert done.returncode == 2
    assert "\x1b" not in done.stderr and "\x07" not in done.stderr


def test_progress_is_a_plain_line_every_five_seconds_elsewhere(
    invocator, gateway, tmp_path
):
    path = write_workload(
        tmp_path,
        {"a": every(0.26, 20)},
        test_duration_in_seconds=5.3,
    )
    done = invocator(
        ["run", path, "--endpoint-url", gateway(), "--threads", 1]
        + ["--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if "of 20 sent" in line]
    assert len(lines) == 1
    assert re.match(r" *5\.\d / 5\.3 s  1\d of 20 sent, 1\d ok", lines[0])
    assert not CONTROL.search(done.stderr)


def test_progress_renews_itself_on_a_terminal(gateway, tmp_path):
    path = write_workload(
        tmp_path, {"a": every(0.02, 80)}, test_duration_in_seconds=1.6
    )
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [program("invocator"), "run", path, "--endpoint-url", gateway()]
        + ["--threads", "1", "--out", tmp_path / "out"],
        env=clean_environment(KEYS | {"TERM": "xterm"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=slave,
    )
    os.close(slave)
    seen = b""
    end = time.monotonic() + 20
    try:
        while time.monotonic() < end:
            try:
                chunk = os.read(master, 4096)
            except OSError:  # EIO: the other side has gone
                break
            if not chunk:
                break
            seen += chunk
        assert process.wait(5) == 0
    finally:
        os.close(master)
        process.kill()
        process.wait()
    text = seen.decode()
    # Each frame goes back up to where it began, and the last one is erased.
    frames = re.findall(r"\r\x1b\[K\r?\n(.*?)\x1b\[J\x1b\[\?7h\r\x1b\[(\d+)A",
                        text, re.DOTALL)
    assert 3 <= len(frames) <= 5
    for frame, lines in frames:
        assert frame.count("\n") == int(lines) - 1
        assert frame.count("\x1b[K") == int(lines)
        assert re.search(r"planned; \d+ of 80\x1b", frame)
    assert text.endswith("A\r\x1b[J")
    stdout = process.stdout.read().decode()
    process.stdout.close()
    assert "verdict" in stdout and not CONTROL.search(stdout)
