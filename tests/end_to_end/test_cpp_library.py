"""The C++ library, used by the host program tests/library/host.cc."""

import json
import pathlib
import re
import subprocess
import time

import pytest
from conftest import (
    REPOSITORY,
    SANITIZED,
    clean_environment,
    free_port,
    not_sanitized,
    program,
)
from results import KEYS, Results, check_all_books, instance, write_workload

TIMEOUT_S = 300 if SANITIZED else 60


def facts_of(text):
    """{name: [values]}, from the host's output."""
    facts = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        facts.setdefault(name, []).append(value)
    return facts


@pytest.fixture
def host(gateway, tmp_path):
    def run(mode, workload=None, env=None, path=None):
        done = subprocess.run(
            [
                path or program("library_host"),
                *(mode, workload or brief(tmp_path), gateway()),
                tmp_path / "out",
            ],
            env=clean_environment(KEYS | (env or {})),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        assert done.stderr == ""
        return facts_of(done.stdout)

    return run


def brief(folder, seconds=2):
    return write_workload(
        folder,
        {"a": instance(distribution="Poisson", rate=50)},
        test_duration_in_seconds=seconds,
        random_seed=7,
    )


ORIGINAL = REPOSITORY / "examples" / "original.json"


def test_the_originals_two_lines(host, invocator, gateway, tmp_path):
    facts = host("original", ORIGINAL)
    assert facts["exit_code"] == ["0"]
    assert facts["sent"] == ["34"]
    summary = Results(tmp_path / "out").summary
    assert facts["digest"] == [summary["schedule_digest"]["sent"]]
    plan = invocator(["plan", ORIGINAL])
    assert facts["digest"][0] in plan.stdout
    assert summary["memory"][0]["memory_mb"] == 256


def test_a_run_tells_its_host_everything(host, tmp_path):
    facts = host("everything")
    results = Results(tmp_path / "out")
    check_all_books(results)
    sent = str(results.summary["sent"])
    assert facts["exit_code"] == ["0"]
    assert facts["sent"] == facts["rows"] == facts["completed"] == [sent]
    # At 0 and 1 s and at the end; perhaps at 2 s, too.
    assert 3 <= int(facts["steps"][0]) <= 5
    assert facts["messages"] == facts["lines"]
    assert int(facts["lines"][0]) > 0
    assert facts["folder"] == [str(tmp_path / "out")]
    assert facts["verdict"] == [results.summary["verdict"]["state"]]
    assert facts["text_has_verdict"] == ["true"]


def test_a_run_that_ends_early_says_why(host, tmp_path):
    facts = host(
        "everything",
        brief(tmp_path, seconds=20),
        env={"AWS_ACCESS_KEY_ID": "AKIDOTHER", "AWS_SECRET_ACCESS_KEY": "x"},
    )
    assert facts["exit_code"] == ["3"]
    assert "authentication error" in facts["error"][0]


def test_a_workload_in_memory(host, tmp_path):
    facts = host("in_memory")
    folder = tmp_path / "out"
    assert facts["exit_code"] == ["0"]
    # Private, like the workload.
    assert (folder / "summary.json").stat().st_mode & 0o077 == 0


def test_runs_at_once_and_one_after_the_other(host, tmp_path):
    facts = host("overlapping")
    assert facts["exit_code"] == ["0", "0", "0"]
    assert len(facts["digest"]) == 3 and len(set(facts["digest"])) == 1
    for name in "abc":
        check_all_books(Results(tmp_path / f"out-{name}"))


def test_a_run_can_be_cancelled_at_any_time(host, tmp_path):
    begin = time.monotonic()
    facts = host("cancel", brief(tmp_path, seconds=60))
    assert facts["exit_code"] == ["130"] * 12
    assert time.monotonic() - begin < (120 if SANITIZED else 30)
    for folder in tmp_path.glob("out-*"):
        assert Results(folder).summary["interrupted"] is True


def test_a_run_ends_with_its_object(host, tmp_path):
    begin = time.monotonic()
    assert host("destroy", brief(tmp_path, seconds=60)) == {"ended": ["true"]}
    assert time.monotonic() - begin < (120 if SANITIZED else 30)


def test_the_hosts_own_things_keep_working(host):
    facts = host("own_things")
    assert facts["exit_code"] == ["0"]
    # Ctrl-C is for the host and does not reach the run.
    assert facts["interrupts"] == ["1"]
    assert facts["interrupted"] == ["false"]
    for name in ("connects_before", "connects_after", "sigpipe_kept", "curl"):
        assert facts[name] == ["true"], name


def test_nothing_is_printed(host, tmp_path):
    # The fixture checks that stderr is empty; stdout has only facts.
    assert set(host("original")) <= {
        "exit_code", "sent", "digest", "interrupted"
    }
    for path in tmp_path.glob("out*"):
        path.rename(tmp_path / "first")
    assert host("silent") == {}
    facts = (tmp_path / "out.facts").read_text()
    assert facts.startswith("0 2 /nowhere"), facts
    check_all_books(Results(tmp_path / "out"))


def test_a_callback_that_throws_ends_its_run(host, tmp_path):
    facts = host("throwing", brief(tmp_path, seconds=30))
    assert facts["exit_code"] == ["3", "3", "3"]
    assert [e.partition(": ")[2] for e in facts["error"]] == [
        "no more messages", "", "std::bad_alloc",
    ]
    assert all("a callback threw" in e for e in facts["error"])


def test_callbacks_may_end_runs(host, tmp_path):
    facts = host("callbacks", brief(tmp_path, seconds=30))
    assert facts["exit_code"] == ["130"] * 3


def profile(folder, command):
    """Environment with a credential_process."""
    config = folder / "config"
    config.write_text(f"[default]\ncredential_process = {command}\n")
    return {
        "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "",
        "AWS_CONFIG_FILE": str(config),
    }


def test_children_that_the_host_reaps(host, tmp_path):
    script = tmp_path / "keys.sh"
    script.write_text(
        "#!/bin/sh\n"
        "echo 'for people' >&2\n"
        f"echo '{json.dumps(credentials())}'\n"
    )
    script.chmod(0o700)
    # `host` checks that stderr is empty.
    facts = host("children", env=profile(tmp_path, script))
    assert facts["exit_code"] == ["0"], facts


def credentials():
    return {
        "Version": 1,
        "AccessKeyId": KEYS["AWS_ACCESS_KEY_ID"],
        "SecretAccessKey": KEYS["AWS_SECRET_ACCESS_KEY"],
    }


def test_a_search_for_credentials_can_be_cancelled(host, tmp_path):
    facts = host(
        "slow_credentials", env=profile(tmp_path, "/bin/sleep 60")
    )
    assert facts["exit_code"] == ["130"]
    assert facts["soon"] == ["true"]


def test_bad_workloads_are_told_in_the_commands_words(
    host, invocator, tmp_path
):
    workload = tmp_path / "bad.json"
    workload.write_text('{"instances": {"a": {"rate": -1}}, "seed": 1}')
    facts = host("original", workload)
    done = invocator(["run", workload, "--memory-size", "256"], env=KEYS)
    assert done.returncode == 2
    assert facts["exit_code"] == ["2"]
    told = done.stderr.splitlines()
    assert told[0] == "invocator: " + facts["error"][0]


# In the order of tests/library/host.cc.
FAULTS = [
    ["--endpoint-url", "ftp://x"],
    ["--threads", "2000"],
    ["--records", "sample:2"],
    ["--kept-within", "1s", "--marginal-within", "0s"],
    ["--threshold", "p99 < x"],
    ["--listen", "127.0.0.1:7000"],
    ["--junit", "/nowhere/x.xml"],
    ["--ca-file", "/nowhere.pem"],
    ["--drain", "-1s"],
    ["--metrics-linger", "1s"],
    ["--memory-size", "1"],
]


def test_bad_options_are_told_in_the_commands_words(
    host, invocator, tmp_path
):
    workload = brief(tmp_path)
    facts = host("faulty", workload)
    assert facts["exit_code"] == ["2"] * len(FAULTS)
    for fault, error in zip(FAULTS, facts["error"]):
        done = invocator(["run", workload, *fault], env=KEYS)
        assert done.returncode == 2
        first = done.stderr.splitlines()[0].removeprefix("invocator: ")
        if "nowhere.pem" in error:
            # The command line checks the file earlier, in other words.
            assert "/nowhere.pem" in first
            continue
        assert error == first, fault


def test_a_fleet(host, launch, tmp_path):
    port = free_port()
    for name in ("w0", "w1"):
        launch(
            ["--coordinator", f"127.0.0.1:{port}", "--once", "--name", name],
            env=KEYS,
            name="invocator-worker",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    facts = host("fleet", env={"FLEET_PORT": str(port)})
    assert facts["exit_code"] == ["0"]
    workers = Results(tmp_path / "out").summary["workers"]
    assert {w["name"] for w in workers} == {"w0", "w1"}


def test_only_the_api_can_be_seen():
    library = pathlib.Path(program("invocator")).parents[1] / "lib"
    listed = subprocess.run(
        ["nm", "-DC", "--defined-only", library / "libinvocator.so"],
        capture_output=True, text=True, check=True,
    ).stdout
    own = r"invocator::v1::(Run::|AwsFunctionInvocator::|Version\()"
    symbols = [line.split(maxsplit=2)[2] for line in listed.splitlines()]
    assert symbols
    assert [symbol for symbol in symbols if not re.match(own, symbol)] == []


@not_sanitized
def test_an_installed_library_is_found(host, gateway, tmp_path):
    build = pathlib.Path(program("invocator")).parents[1]
    if not (build / "cmake_install.cmake").exists():
        pytest.skip("the programs are not in their build folder")
    prefix = tmp_path / "installed"
    for command in (
        ["cmake", "--install", build, "--prefix", prefix],
        [
            *("cmake", "-S", REPOSITORY / "tests" / "library"),
            *("-B", tmp_path / "host", f"-DCMAKE_PREFIX_PATH={prefix}"),
        ],
        ["cmake", "--build", tmp_path / "host"],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr + done.stdout
    headers = prefix / "include" / "invocator"
    for header in headers.iterdir():
        included = re.findall(
            r"^#include [<\"](.*)[>\"]", header.read_text(), re.MULTILINE
        )
        for name in included:
            assert "/" not in name or name == "invocator/invoke_types.h", name
    facts = host("everything", path=tmp_path / "host" / "host")
    assert facts["exit_code"] == ["0"]
    plain = subprocess.run(
        [tmp_path / "host" / "plain", ORIGINAL, gateway(), tmp_path / "plain"],
        env=clean_environment(KEYS), capture_output=True, text=True,
        timeout=TIMEOUT_S,
    )
    assert (plain.returncode, plain.stderr) == (0, ""), plain.stdout
    with open(tmp_path / "plain" / "summary.json") as file:
        assert json.load(file)["sent"] == 34
