"""Two runs on one function, and whoever else changes it."""

import os
import subprocess

import pytest
from conftest import clean_environment, program
from memory_runs import (
    NOT_CARRIED_OUT,
    Running,
    command,
    states_of,
    two_functions,
)
from results import KEYS, Results, instance, wait_until, write_workload


@pytest.mark.parametrize("before", [512, 256], ids=["changed", "unchanged"])
@pytest.mark.parametrize("now", [2048, 512, 256])
def test_somebody_elses_change_is_found_and_left(
    invocator, stub, tmp_path, before, now
):
    """From another machine; also one that has put the run's size back."""
    lamb = stub({"f": before})

    def script(method, name, body):
        if len(lamb.invoked_at) >= 20:
            lamb.script = lambda *_: None
            lamb.functions["f"] = now
            lamb.updates["f"] += 2

    lamb.script = script
    out = tmp_path / "out"
    done = invocator(
        command(
            write_workload(tmp_path, {"a": instance(application="f")}),
            lamb.url, out, "--memory-size", 256,
        ),
        env=KEYS,
    )
    assert done.returncode == NOT_CARRIED_OUT
    assert "f (us-west-1) was not 256 MB throughout" in done.stderr
    assert f"it has {now} MB now" in done.stderr
    assert f"Before the run it had {before} MB" in done.stderr
    assert f"f not 256 MB throughout: {now} MB at the end" in done.stdout
    told = Results(out).summary["memory"][0]
    assert (told["throughout"], told["found_mb"]) == (False, now)
    assert told["warning"] == "not 256 MB throughout"
    if before != 256:
        assert told["restore"] == f"invocator restore-memory {out} " \
            f"--endpoint-url {lamb.url}"
        assert f"512 MB before, not restored: {told['restore']})" in (
            " ".join(done.stdout.split()))
    assert lamb.functions == {"f": now}
    if before == 256:
        assert lamb.puts() == []
        return
    assert lamb.puts() == ["PUT f 256"]
    assert states_of(out) == ["changed"]
    assert f"restore-memory {out}" in done.stderr
    assert "try again" not in done.stderr
    again = invocator(["restore-memory", out], env=KEYS)
    if now == 2048:  # somebody still uses it
        assert again.returncode == NOT_CARRIED_OUT
        assert "is 2048 MB now" in again.stderr
        assert again.stderr.endswith(
            "once nobody else uses it: aws lambda update-function-"
            "configuration --function-name f --region us-west-1 "
            f"--memory-size 512 --endpoint-url {lamb.url}\n"
        )
        assert states_of(out) == ["changed"]
        lamb.functions["f"] = 256
        again = invocator(["restore-memory", out], env=KEYS)
    assert again.returncode == 0, again.stderr
    assert lamb.functions == {"f": 512}
    assert states_of(out) == ["restored"]


def test_change_of_a_run_that_restores_nothing_is_not_contradicted(
    invocator, stub, tmp_path
):
    lamb = stub({"first": 512, "second": 512})

    def script(method, name, body):
        if len(lamb.invoked_at) >= 20:
            lamb.functions["first"] = 2048

    lamb.script = script
    out = tmp_path / "out"
    done = invocator(
        command(write_workload(tmp_path, two_functions()), lamb.url, out,
                "--memory-size", 256, "--no-restore-memory"),
        env=KEYS,
    )
    assert done.returncode == NOT_CARRIED_OUT
    assert "it has 2048 MB now" in done.stderr
    assert "Before the run it had 512 MB\n" in done.stderr
    assert f"restore-memory {out}" not in done.stderr
    assert done.stderr.count("stays at 256 MB (--no-restore-memory)") == 1
    assert "memory of second (us-west-1) stays at 256 MB" in done.stderr


def test_runs_of_one_machine_do_not_overlap(
    invocator, launch, stub, tmp_path
):
    lamb = stub({"first": 512, "second": 512})
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lambda: lamb.invoked_at, "the first run's calls")
    folder = tmp_path / "later"
    folder.mkdir()
    workload = write_workload(
        folder, {"b": instance(application="second", resource="second")}
    )
    calls = len(lamb.puts())
    out = folder / "out"
    for options in (["--memory-size", 1024], ["--memory-size", 256]):
        done = invocator(command(workload, lamb.url, out, *options), env=KEYS)
        assert done.returncode == 2
        assert (f"the memory of second (us-west-1) is locked by process "
                f"{run.process.pid}") in done.stderr
        assert not out.exists()
    assert len(lamb.puts()) == calls
    done = invocator(["restore-memory", run.out], env=KEYS)
    assert done.returncode == NOT_CARRIED_OUT
    assert f"process {run.process.pid}" in done.stderr
    # Who leaves memory alone may call it.
    done = invocator(
        command(workload, lamb.url, out, "--memory-size", "keep"), env=KEYS
    )
    assert done.returncode == 0, done.stderr
    run.kill()
    # A lock dies with its process, and the original size is not lost.
    done = invocator(["restore-memory", run.out], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"first": 512, "second": 512}


def run_as_nobody(workload, folder, *options):
    for path in [folder, *folder.parents[:-1]]:
        os.chmod(path, path.stat().st_mode | 0o055)
    out = folder / "theirs"
    out.mkdir()
    os.chown(out, 65534, 65534)
    return subprocess.run(
        [program("invocator"), *map(str, command(workload, *options))],
        env=clean_environment(KEYS),
        cwd=out,
        stdin=subprocess.DEVNULL,
        user=65534,
        group=65534,
        extra_groups=[],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="takes another user")
@pytest.mark.parametrize("umask", [0o022, 0o077], ids=oct)
def test_users_of_one_machine_do_not_overlap(launch, stub, tmp_path, umask):
    lamb = stub({"first": 512, "second": 512})
    before = os.umask(umask)
    run = Running(launch, tmp_path, lamb.url)
    os.umask(before)
    wait_until(lambda: lamb.invoked_at, "the first run's calls")
    workload = write_workload(
        tmp_path, {"b": instance(application="first")}, name="theirs.json"
    )
    os.chmod(workload, 0o644)
    calls = len(lamb.puts())
    done = run_as_nobody(
        workload, tmp_path, lamb.url, "out", "--memory-size", 1024
    )
    assert done.returncode == 2, done.stderr
    assert (f"the memory of first (us-west-1) is locked by process "
            f"{run.process.pid} ") in done.stderr
    assert len(lamb.puts()) == calls
    run.kill()
