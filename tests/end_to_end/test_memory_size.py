"""The memory size of functions: set before a run, put back after it, whatever
happens in between."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time

import pytest
from botocore.credentials import Credentials
from conftest import REPOSITORY, clean_environment, free_port, program
from memory_runs import (
    INTERRUPTED,
    NOT_CARRIED_OUT,
    Running,
    command,
    journal_of,
    states_of,
    two_functions,
)
from results import (
    KEY,
    KEYS,
    SECRET,
    Results,
    check_all_books,
    check_rows,
    instance,
    stats,
    wait_until,
    write_workload,
)

def original(folder):
    """The original's example, over in two seconds instead of fifteen."""
    text = (REPOSITORY / "examples" / "original.json").read_text()
    for old, new in (
        ('"test_duration_in_seconds": 15', '"test_duration_in_seconds": 3'),
        ("[5, 10]", "[1, 2]"),
        ("[5,0.13", "[1,0.13"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "original.json").write_text(text)
    shutil.copy(REPOSITORY / "examples" / "poisson.json", folder)
    return folder / "original.json"


def test_original_example_with_256_mb(invocator, gateway, tmp_path):
    url = gateway("--memory-size", 512, "--update-delay", "1s")
    out = tmp_path / "out"
    done = invocator(
        command(original(tmp_path), url, out, "--memory-size", 256), env=KEYS
    )
    assert done.returncode == 0, done.stderr
    assert "memory of chameleon (us-west-1): 512 MB -> 256 MB" in done.stderr
    assert "memory of chameleon (us-west-1) is back at 512 MB" in done.stderr
    assert "chameleon 256 MB (512 MB before, restored)" in done.stdout
    results = Results(out)
    check_all_books(results)
    check_rows(results)
    assert set(results.summary["instances"]) == {"instance1", "instance2"}
    assert all(b["sent"] > 0 for b in results.summary["instances"].values())
    assert results.outcomes == {"ok": results.summary["sent"]}
    assert results.summary["memory"] == [
        {
            "application": "chameleon",
            "region": "us-west-1",
            "memory_mb": 256,
            "before_mb": 512,
            "state": "restored",
        }
    ]
    seen = stats(url)
    # Every invocation found the size set, and now it is as it was.
    assert seen["by_memory_mb"] == {"256": results.summary["sent"]}
    assert seen["memory_mb"] == {"chameleon": 512}
    assert seen["control"]["UpdateFunctionConfiguration"] == 2


def test_default_is_128_mb_and_already_so_in_the_gateway(
    invocator, gateway, tmp_path
):
    url = gateway()
    out = tmp_path / "out"
    done = invocator(command(original(tmp_path), url, out), env=KEYS)
    assert done.returncode == 0, done.stderr
    assert "memory of chameleon (us-west-1) is 128 MB already" in done.stderr
    # Before the run, when it is to be set, and when the run has ended.
    assert stats(url)["control"] == {"GetFunctionConfiguration": 3}
    assert not (out / "memory.json").exists()
    assert Results(out).summary["memory"][0]["state"] == "unchanged"


@pytest.mark.parametrize(
    "instances, options",
    [
        (two_functions(), ["--memory-size", "keep"]),
        (two_functions(memory_size=512), ["--memory-size", "keep"]),
        (two_functions(auth="none"), []),
        ({"a": instance()}, ["--memory-size", 256]),
    ],
    ids=["keep", "keep_beats_the_workload", "unsigned", "no_application"],
)
def test_no_control_call_where_there_is_nothing_to_set(
    invocator, gateway, tmp_path, instances, options
):
    url = gateway("--no-auth")
    workload = write_workload(tmp_path, instances)
    out = tmp_path / "out"
    done = invocator(command(workload, url, out, *options), env=KEYS)
    assert done.returncode == 0, done.stderr
    assert stats(url)["control"] == {}
    assert "memory" not in Results(out).summary


def test_instances_own_size_wins(invocator, stub, tmp_path):
    lamb = stub({"first": 128, "second": 128})
    instances = two_functions()
    instances["second"]["memory_size"] = 1024
    out = tmp_path / "out"
    done = invocator(
        command(write_workload(tmp_path, instances), lamb.url, out,
                "--memory-size", 256),
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    assert lamb.puts() == [
        "PUT first 256", "PUT second 1024", "PUT second 128", "PUT first 128",
    ]
    assert len(lamb.invoked_at) == 40
    assert all(
        sizes == {"first": 256, "second": 1024} for sizes in lamb.invoked_at
    )
    written = json.loads((out / "workload.json").read_text())["instances"]
    assert written["second"]["memory_size"] == 1024
    assert "memory_size" not in written["first"]


def test_no_restore_leaves_it_and_restore_memory_undoes_it(
    invocator, stub, tmp_path
):
    lamb = stub({"first": 128, "second": 3008})
    out = tmp_path / "out"
    done = invocator(
        command(write_workload(tmp_path, two_functions()), lamb.url, out,
                "--memory-size", 256, "--no-restore-memory"),
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    assert "stays at 256 MB (--no-restore-memory)" in done.stderr
    assert lamb.functions == {"first": 256, "second": 256}
    assert states_of(out) == ["changed", "changed"]
    done = invocator(["restore-memory", out], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"first": 128, "second": 3008}
    assert states_of(out) == ["restored", "restored"]
    calls = list(lamb.calls)
    done = invocator(["restore-memory", out], env=KEYS)
    assert (done.returncode, lamb.calls) == (0, calls)
    assert "all memory sizes are restored" in done.stderr


def test_conflict_of_five_seconds_is_waited_out(invocator, stub, tmp_path):
    lamb = stub({"f": 512}, update_s=0.3)
    lamb.busy_until["f"] = time.monotonic() + 5
    out = tmp_path / "out"
    done = invocator(
        command(
            write_workload(tmp_path, {"a": instance(application="f")}),
            lamb.url, out, "--memory-size", 256,
        ),
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"f": 512}
    assert all(sizes == {"f": 256} for sizes in lamb.invoked_at)


def test_throttles_errors_and_hang_ups_are_tried_again(
    invocator, stub, tmp_path
):
    answers = iter([
        (429, "TooManyRequestsException", "Rate exceeded"),
        None,
        (500, "ServiceException", "later"),
        "hang up",
        (429, "TooManyRequestsException", "slow", {"Retry-After": "1"}),
    ])
    lamb = stub({"f": 512}, script=lambda *_: next(answers, None))
    out = tmp_path / "out"
    done = invocator(
        command(
            write_workload(tmp_path, {"a": instance(application="f")}),
            lamb.url, out, "--memory-size", 256,
        ),
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"f": 512}
    assert all(sizes == {"f": 256} for sizes in lamb.invoked_at)


def refuse(code, status=400, message="so says AWS", when=lambda *_: True):
    return lambda method, name, body: (
        (status, code, message) if when(method, name) else None
    )


DENIED = (
    "User: arn:aws:iam::123456789012:user/u is not authorized to perform: "
    "lambda:GetFunctionConfiguration on resource: arn:aws:lambda:..:f because "
    "no identity-based policy allows the lambda:GetFunctionConfiguration action"
)


@pytest.mark.parametrize(
    "script, words",
    [
        (refuse("AccessDeniedException", 403, DENIED),
         f"403 AccessDeniedException: {DENIED}"),
        (refuse("ResourceNotFoundException", 404),
         "404 ResourceNotFoundException: so says AWS"),
        (refuse("ValidationException", 400,
                "'MemorySize' value failed to satisfy constraint",
                when=lambda method, _: method == "PUT"),
         "400 ValidationException: 'MemorySize' value failed to satisfy"),
    ],
    ids=["denied", "absent", "quota"],
)
def test_refusal_ends_the_run_before_any_invocation(
    invocator, stub, tmp_path, script, words
):
    lamb = stub({"f": 512}, script=script)
    out = tmp_path / "out"
    workload = write_workload(tmp_path, {"a": instance(application="f")})
    done = invocator(command(workload, lamb.url, out), env=KEYS)
    assert done.returncode == NOT_CARRIED_OUT
    assert words in done.stderr
    assert "f (us-west-1)" in done.stderr
    assert "--memory-size keep leaves all functions as they are" in done.stderr
    assert SECRET not in done.stderr
    assert lamb.invoked_at == []
    assert lamb.functions == {"f": 512}
    assert not out.exists()  # for the next try
    # And the hint is right.
    done = invocator(
        command(workload, lamb.url, out, "--memory-size", "keep"), env=KEYS
    )
    assert done.returncode == 0, done.stderr
    assert len(lamb.invoked_at) == 20


@pytest.mark.parametrize("at", ["GET", "PUT"])
def test_first_is_restored_when_the_second_fails(
    invocator, stub, tmp_path, at
):
    lamb = stub(
        {"first": 512, "second": 1024},
        update_s=0.5,
        script=refuse(
            "AccessDeniedException", 403,
            when=lambda method, name: (method, name) == (at, "second"),
        ),
    )
    out = tmp_path / "out"
    done = invocator(
        command(write_workload(tmp_path, two_functions()), lamb.url, out,
                "--memory-size", 256),
        env=KEYS,
    )
    assert done.returncode == NOT_CARRIED_OUT
    assert "second (us-west-1): 403 AccessDeniedException" in done.stderr
    assert lamb.functions == {"first": 512, "second": 1024}
    assert lamb.invoked_at == []
    expected = [] if at == "GET" else ["PUT first 256", "PUT second 256"]
    assert lamb.puts()[:2] == expected
    assert not out.exists()


def test_what_cannot_be_restored_is_kept_on_record(invocator, stub, tmp_path):
    """The second fails, and the first cannot be put back either: the folder
    stays, and says what to do."""
    broken = True

    def script(method, name, body):
        if not broken or method == "GET":
            return None
        if name == "second" or b"512" in body:
            return (403, "AccessDeniedException", "no more")
        return None

    lamb = stub({"first": 512, "second": 1024}, script=script)
    out = tmp_path / "out"
    done = invocator(
        command(write_workload(tmp_path, two_functions()), lamb.url, out,
                "--memory-size", 256),
        env=KEYS,
    )
    assert done.returncode == NOT_CARRIED_OUT
    assert f"invocator restore-memory {out}" in done.stderr
    assert lamb.functions == {"first": 256, "second": 1024}
    assert "changed" in states_of(out)
    done = invocator(["restore-memory", out], env=KEYS)
    assert done.returncode == NOT_CARRIED_OUT
    broken = False
    done = invocator(["restore-memory", out], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"first": 512, "second": 1024}


# When the signal comes: a condition of the stub.
MOMENTS = {
    "while_reading": lambda s: len(s.calls) >= 1,
    "after_the_first_change": lambda s: len(s.puts()) >= 1,
    "while_updating": lambda s: len(s.puts()) >= 2,
    "while_playing": lambda s: len(s.invoked_at) >= 10,
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM],
                         ids=lambda s: s.name)
def test_interrupt_at_any_moment_restores(
    launch, stub, tmp_path, moment, number
):
    # Slow enough to be met in the middle.
    lamb = stub({"first": 512, "second": 1024}, update_s=1,
                script=lambda *_: time.sleep(0.2))
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lambda: MOMENTS[moment](lamb), moment)
    run.process.send_signal(number)
    assert run.finish() == INTERRUPTED, run.stderr
    assert lamb.functions == {"first": 512, "second": 1024}
    for name, until in lamb.busy_until.items():
        assert time.monotonic() >= until, f"{name} was not waited for"
    results = Results(run.out)
    assert results.summary["interrupted"] is True
    assert results.summary["sent"] == len(lamb.invoked_at)
    if moment != "while_playing":
        assert lamb.invoked_at == []


def test_an_interrupted_change_does_not_outlive_the_restoring(
    launch, stub, tmp_path
):
    """AWS may take its time for a change, and show the old size meanwhile."""
    lamb = stub(
        {"first": 512, "second": 1024},
        script=lambda method, *_: time.sleep(0.7 if method == "PUT" else 0),
    )
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lambda: lamb.puts(), "a change under way")
    run.process.send_signal(signal.SIGINT)
    assert run.finish() == INTERRUPTED, run.stderr
    assert lamb.puts() == ["PUT first 256", "PUT first 512"]
    assert lamb.functions == {"first": 512, "second": 1024}
    assert set(states_of(run.out)) == {"restored"}


def test_interrupt_that_cannot_restore_says_so_and_exits_3(
    launch, stub, tmp_path
):
    def script(method, name, body):
        if method == "PUT" and json.loads(body)["MemorySize"] != 256:
            return (403, "AccessDeniedException", "no more")
        time.sleep(0.2)
        return None

    lamb = stub({"first": 512, "second": 1024}, update_s=1, script=script)
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lambda: lamb.puts(), "a change under way")
    run.process.send_signal(signal.SIGINT)
    assert run.finish() == NOT_CARRIED_OUT, run.stderr
    assert run.stderr.count("no more") == 1
    assert f"invocator restore-memory {run.out}" in run.stderr
    assert "changed" in states_of(run.out)
    assert lamb.functions["first"] == 256


def test_restoring_uses_the_credentials_of_its_time(launch, stub, tmp_path):
    """A file of credentials may be written anew while the run goes on."""
    path = tmp_path / "credentials"

    def write(secret):
        path.write_text(
            f"[default]\naws_access_key_id = {KEY}\n"
            f"aws_secret_access_key = {secret}\n"
        )

    write(SECRET)
    lamb = stub({"first": 512, "second": 1024})
    run = Running(launch, tmp_path, lamb.url,
                  env={"AWS_SHARED_CREDENTIALS_FILE": str(path)})
    wait_until(lambda: len(lamb.invoked_at) >= 10, "invocations")
    lamb.credentials = Credentials(KEY, "another" + SECRET)
    write("another" + SECRET)
    run.process.send_signal(signal.SIGINT)
    assert run.finish() == INTERRUPTED, run.stderr
    assert lamb.functions == {"first": 512, "second": 1024}


def test_second_interrupt_ends_the_run_and_still_restores(
    launch, gateway, tmp_path
):
    """Calls of a minute: the first Ctrl-C waits for them, the second not."""
    url = gateway("--latency", "1m")
    run = Running(launch, tmp_path, url)
    wait_until(lambda: stats(url)["requests"] >= 10, "requests")
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.3)  # two signals of a kind are one while one is pending
    run.process.send_signal(signal.SIGINT)
    assert run.finish() == INTERRUPTED, run.stderr
    assert stats(url)["memory_mb"] == {"first": 128, "second": 128}


def test_interrupts_leave_what_does_not_answer(launch, stub, tmp_path):
    """Restoring waits for a control API that hangs; two more interrupts end
    that, and the way back is told."""
    hang = False

    def script(*_):
        if hang:
            time.sleep(15)

    lamb = stub({"first": 512, "second": 512}, script=script)
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lambda: len(lamb.invoked_at) >= 10, "invocations")
    hang = True
    calls = len(lamb.calls)
    run.process.send_signal(signal.SIGINT)
    wait_until(lambda: len(lamb.calls) > calls, "restoring")
    for _ in range(2):
        run.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    start = time.monotonic()
    assert run.finish() == INTERRUPTED, run.stderr
    assert time.monotonic() - start < 5
    assert f"invocator restore-memory {run.out}" in run.stderr
    assert (run.out / "summary.json").is_file()
    hang = False
    assert "changed" in states_of(run.out)


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_is_survived_by_restore_memory(
    launch, invocator, stub, tmp_path, moment
):
    lamb = stub({"first": 512, "second": 1024}, update_s=1,
                script=lambda *_: time.sleep(0.2))
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lambda: MOMENTS[moment](lamb), moment)
    run.kill()
    if run.out.exists():  # else nothing can have been changed
        done = invocator(["restore-memory", run.out], env=KEYS)
        assert done.returncode == 0, done.stderr
    wait_until(lambda: len(lamb.answered) == len(lamb.calls), "answers")
    assert lamb.functions == {"first": 512, "second": 1024}
    if moment == "while_playing":
        assert "is back at 512 MB" in done.stderr
        assert states_of(run.out) == ["restored", "restored"]


@pytest.mark.parametrize("comes", ["with_the_restoring", "after_it"])
def test_change_that_outlives_its_process_is_shut_out(
    launch, invocator, stub, tmp_path, comes
):
    """kill -9 while the change is under way, to an API that takes its time: it
    takes effect when the restoring has read the old size already, or tries to
    when that is done."""
    arrive = threading.Event()

    def late_answers():
        return [a for a in lamb.answered if a.startswith("PUT first 256")]

    def script(method, name, body):
        if method == "GET":
            return
        if json.loads(body)["MemorySize"] == 256:
            assert arrive.wait(30)
        elif comes == "with_the_restoring":
            arrive.set()
            wait_until(late_answers, "the late change")

    lamb = stub({"first": 512, "second": 1024}, script=script)
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lamb.puts, "a change under way")
    run.kill()
    assert states_of(run.out) == ["changing"]
    done = invocator(["restore-memory", run.out], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert "memory of first (us-west-1) is back at 512 MB" in done.stderr
    arrive.set()
    wait_until(late_answers, "the late change")
    expected = 200 if comes == "with_the_restoring" else 412
    assert late_answers() == [f"PUT first 256: {expected}"]
    assert lamb.functions == {"first": 512, "second": 1024}
    assert states_of(run.out) == ["restored"]


def test_journal_of_version_1_is_restored(invocator, stub, tmp_path):
    lamb = stub({"f": 256, "g": 512})
    journal = {
        "schema_version": 1, "endpoint_url": lamb.url,
        "functions": [
            {"application": name, "region": "us-west-1", "before_mb": 512,
             "set_mb": 256, "state": "changed"}
            for name in ("f", "g")
        ],
    }
    (tmp_path / "memory.json").write_text(json.dumps(journal))
    done = invocator(["restore-memory", tmp_path], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"f": 512, "g": 512}
    # Of g nobody knows whether its change is still under way.
    assert lamb.puts() == ["PUT g 512", "PUT f 512"]
    assert states_of(tmp_path) == ["restored", "restored"]


def test_function_of_another_account_is_not_taken_for_it(
    invocator, stub, tmp_path
):
    lamb = stub({"f": 512})
    out = tmp_path / "out"
    workload = write_workload(tmp_path, {"a": instance(application="f")})
    done = invocator(
        command(workload, lamb.url, out, "--memory-size", 256,
                "--no-restore-memory"),
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    home, lamb.account = lamb.account, "999999999999"
    calls = len(lamb.puts())
    done = invocator(["restore-memory", out], env=KEYS)
    assert done.returncode == NOT_CARRIED_OUT
    arn = "arn:aws:lambda:us-west-1:{0}:function:f of account {0}"
    assert (
        f"{out}/memory.json: functions[0].function_arn: f (us-west-1) is "
        f"{arn.format(lamb.account)} with these credentials, expected "
        f"{arn.format(home)}"
    ) in done.stderr
    assert states_of(out) == ["changed"]
    assert len(lamb.puts()) == calls
    lamb.account = home
    done = invocator(["restore-memory", out], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"f": 512}


def test_way_back_can_be_pasted(invocator, stub, tmp_path):
    """It names the profile that the run was given, and its folder as a shell
    wants it."""
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = AKIDOTHER\n"
        "aws_secret_access_key = other\n"
        f"[load]\naws_access_key_id = {KEY}\n"
        f"aws_secret_access_key = {SECRET}\n"
    )
    env = {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")}
    lamb = stub({"f": 512})
    lamb.script = lambda method, name, body: (
        (403, "AccessDeniedException", "no more") if b"512" in body else None
    )
    out = tmp_path / "somebody's run"
    workload = write_workload(tmp_path, {"a": instance(application="f")})
    done = invocator(
        command(workload, lamb.url, out, "--memory-size", 256, "--profile",
                "load"),
        env=env,
    )
    assert done.returncode == NOT_CARRIED_OUT
    pasted = shlex.split(
        re.search(r"try again with (invocator restore-memory .*)",
                  done.stderr)[1]
    )
    assert pasted == ["invocator", "restore-memory", str(out), "--profile",
                      "load", "--endpoint-url", lamb.url]
    lamb.script = lambda *_: None
    done = invocator(pasted[1:], env=env)
    assert done.returncode == 0, done.stderr
    assert lamb.functions == {"f": 512}


def test_message_of_aws_survives_an_interrupt_after_it(launch, stub, tmp_path):
    """Ctrl-C while the first is put back because the second was refused."""
    proceed = threading.Event()

    def script(method, name, body):
        if method == "PUT" and name == "second":
            return (403, "AccessDeniedException", "so says AWS")
        if method == "PUT" and b"512" in body:
            assert proceed.wait(30)
        return None

    lamb = stub({"first": 512, "second": 1024}, script=script)
    run = Running(launch, tmp_path, lamb.url)
    wait_until(lambda: "PUT first 512" in lamb.puts(), "restoring")
    run.process.send_signal(signal.SIGINT)
    proceed.set()
    assert run.finish() == NOT_CARRIED_OUT, run.stderr
    assert ("second (us-west-1): 403 AccessDeniedException: so says AWS"
            in run.stderr)
    assert lamb.functions == {"first": 512, "second": 1024}
    assert lamb.invoked_at == []
    assert not run.out.exists()


@pytest.mark.parametrize("state", ["Failed", "Inactive"])
def test_function_that_is_not_active_is_named(
    invocator, stub, tmp_path, state
):
    lamb = stub({"f": 256})
    lamb.state = {"State": state, "StateReason": "its image is gone",
                  "StateReasonCode": "ImageDeleted"}
    done = invocator(
        command(write_workload(tmp_path, {"a": instance(application="f")}),
                lamb.url, tmp_path / "out", "--memory-size", 256),
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    assert (f"f (us-west-1) is {state}: ImageDeleted its image is gone"
            in done.stderr)


def test_several_sizes_play_one_schedule_and_compare(
    invocator, gateway, tmp_path
):
    url = gateway("--memory-size", 512)
    out = tmp_path / "sizes"
    workload = write_workload(
        tmp_path,
        {"a": instance(application="f", distribution="Poisson", rate=50)},
        random_seed=None,
    )
    done = invocator(
        command(workload, url, out, "--memory-size", "128,256,1024"), env=KEYS
    )
    assert done.returncode == 0, done.stderr
    runs = [Results(tmp_path / f"sizes-{mb}mb") for mb in (128, 256, 1024)]
    digests = {r.summary["schedule_digest"]["sent"] for r in runs}
    seeds = {r.summary["seed"] for r in runs}
    assert len(digests) == len(seeds) == 1
    sent = runs[0].summary["sent"]
    seen = stats(url)
    assert seen["by_memory_mb"] == {"128": sent, "256": sent, "1024": sent}
    assert seen["memory_mb"] == {"f": 512}
    table = done.stdout.splitlines()[-4:]
    assert table[0].split()[:2] == ["memory", "sent"]
    assert [re.match(r"(\d+ MB)", row)[1] for row in table[1:]] == [
        "128 MB", "256 MB", "1024 MB",
    ]


@pytest.mark.parametrize("program_command", ["run", "plan"])
def test_sizes_that_make_no_difference_are_not_compared(
    invocator, gateway, tmp_path, program_command
):
    url = gateway()
    workload = write_workload(tmp_path, two_functions(memory_size=512))
    options = ["--endpoint-url", url, "--out", tmp_path / "out"]
    done = invocator(
        [program_command, workload, "--memory-size", "128,256",
         *(options if program_command == "run" else [])],
        env=KEYS,
    )
    assert done.returncode == (2 if program_command == "run" else 0)
    assert "--memory-size 128,256: nothing to compare" in done.stderr
    assert '"first", "second"' in done.stderr
    assert stats(url)["requests"] == 0 and stats(url)["control"] == {}
    assert sorted(tmp_path.glob("out*")) == []


def test_instances_that_are_not_compared_are_named(
    invocator, gateway, tmp_path
):
    url = gateway()
    instances = two_functions()
    instances["second"]["memory_size"] = 512
    workload = write_workload(tmp_path, instances)
    done = invocator(
        command(workload, url, tmp_path / "out", "--memory-size", "128,256"),
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    warning = re.search(r"^.*does not apply to.*$", done.stderr, re.M)[0]
    assert '"second"' in warning and '"first"' not in warning
    assert stats(url)["by_memory_mb"] == {"128": 20, "256": 20, "512": 40}


def finish_with_worker(run, address, *options):
    """The exit code of a run of one worker, which is started here."""
    with subprocess.Popen(
        [program("invocator-worker"), "--coordinator", address, "--once",
         *options],
        env=clean_environment(KEYS), stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as worker:
        try:
            run.communicate(timeout=40)
            worker.wait(10)
        finally:
            worker.kill()
    return run.returncode


def test_fleet_has_memory_set_by_its_coordinator(launch, gateway, tmp_path):
    url = gateway("--memory-size", 512, "--update-delay", "500ms")
    address = f"127.0.0.1:{free_port()}"
    run = launch(
        command(write_workload(tmp_path, two_functions()), url,
                tmp_path / "out", "--memory-size", 256,
                "--workers", 1, "--listen", address),
        env=KEYS, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    assert finish_with_worker(run, address) == 0
    seen = stats(url)
    assert seen["by_memory_mb"] == {"256": 40}
    assert seen["memory_mb"] == {"first": 512, "second": 512}


def test_run_that_fails_after_the_change_restores(launch, stub, tmp_path):
    """A worker refuses the workload when the memory is set already."""
    lamb = stub({"first": 512, "second": 1024})
    address = f"127.0.0.1:{free_port()}"
    out = tmp_path / "out"
    run = launch(
        command(write_workload(tmp_path, two_functions()), lamb.url, out,
                "--memory-size", 256, "--workers", 1, "--listen", address),
        env=KEYS, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    code = finish_with_worker(run, address, "--allow-host", "other.example")
    assert code == NOT_CARRIED_OUT
    assert len(lamb.puts()) == 4
    assert lamb.functions == {"first": 512, "second": 1024}
    assert lamb.invoked_at == []
    assert not out.exists()


def test_fleet_plays_every_size_with_workers_that_come_again(
    launch, gateway, tmp_path
):
    url = gateway("--memory-size", 512)
    address = f"127.0.0.1:{free_port()}"
    run = launch(
        command(write_workload(tmp_path, two_functions()), url,
                tmp_path / "out", "--memory-size", "128,256",
                "--workers", 1, "--listen", address),
        env=KEYS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    with subprocess.Popen(
        [program("invocator-worker"), "--coordinator", address],
        env=clean_environment(KEYS), stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as worker:
        try:
            table = run.communicate(timeout=60)[0]
        finally:
            worker.kill()
    assert run.returncode == 0
    assert "128 MB" in table and "256 MB" in table
    assert stats(url)["by_memory_mb"] == {"128": 40, "256": 40}
    assert stats(url)["memory_mb"] == {"first": 512, "second": 512}


def test_fleets_coordinator_needs_credentials_or_keep(invocator, tmp_path):
    """They are the workers' to have, unless memory is to be set."""
    workload = write_workload(tmp_path, two_functions())
    done = invocator(
        command(workload, "http://127.0.0.1:1", tmp_path / "out",
                "--workers", 1, "--listen", f"127.0.0.1:{free_port()}")
    )
    assert done.returncode == 2
    assert "needed to set the memory of first (us-west-1)" in done.stderr
    assert "--memory-size keep" in done.stderr


def test_endpoint_of_the_environment_is_asked(invocator, stub, gateway,
                                              tmp_path):
    """--endpoint-url wins; without it AWS_ENDPOINT_URL_LAMBDA, and the calls
    themselves go where the workload says."""
    lamb = stub({"f": 512})
    port = lamb.url.rsplit(":", 1)[1]
    out = tmp_path / "out"
    workload = write_workload(
        tmp_path, {"a": instance(application="f",
                                 host="127.0.0.1:1", region="us-west-1")}
    )
    env = KEYS | {"AWS_ENDPOINT_URL_LAMBDA": f"http://127.0.0.1:{port}"}
    done = invocator(
        ["run", workload, "--out", out, "--memory-size", 256], env=env
    )
    assert done.returncode == 0, done.stderr
    assert lamb.puts() == ["PUT f 256", "PUT f 512"]
    # Nobody listens at port 1.
    assert Results(out).outcomes == {"connect_error": 20}
    # restore-memory knows where the run went, without the variable.
    assert journal_of(out)["endpoint_url"] == f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    "options, code, words",
    [
        (["--memory-size", "64"], 2, '"64": expected keep, or memory sizes'),
        (["--memory-size", "128,64"], 2, "expected keep, or memory sizes"),
        (["--memory-size", "128,128"], 2, "every memory size once"),
        (["--memory-size", "20000"], 2, "memory sizes in MB, 128 to 10240"),
    ],
)
def test_wrong_sizes_are_named_before_anything_is_sent(
    invocator, gateway, tmp_path, options, code, words
):
    url = gateway()
    workload = write_workload(tmp_path, {"a": instance(application="f")})
    done = invocator(
        command(workload, url, tmp_path / "out", *options), env=KEYS
    )
    assert done.returncode == code
    assert words in done.stderr
    assert stats(url)["requests"] == 0
    assert not (tmp_path / "out").exists()


def test_missing_credentials_are_told_before_anything_is_sent(
    invocator, gateway, tmp_path
):
    url = gateway()
    workload = write_workload(tmp_path, {"a": instance(application="f")})
    done = invocator(command(workload, url, tmp_path / "out"))
    assert done.returncode == 2
    assert "AWS_ACCESS_KEY_ID" in done.stderr
    assert stats(url)["control"] == {}


@pytest.mark.parametrize(
    "make, code, words",
    [
        (lambda folder: None, 2, "is not the folder of a run"),
        (lambda folder: folder.mkdir(), 0, "nothing to restore"),
        (
            lambda folder: (
                folder.mkdir(),
                (folder / "memory.json").write_text('{"schema_version": 1'),
            ),
            2,
            "memory.json",
        ),
    ],
    ids=["no_folder", "no_journal", "cut_short"],
)
def test_restore_memory_of_something_else(
    invocator, tmp_path, make, code, words
):
    folder = tmp_path / "runs"
    make(folder)
    done = invocator(["restore-memory", folder], env=KEYS)
    assert done.returncode == code
    assert words in done.stderr


def test_endless_file_is_no_journal(invocator, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    os.symlink("/dev/zero", folder / "memory.json")
    done = invocator(["restore-memory", folder], env=KEYS)
    assert done.returncode == 2
    assert "too large" in done.stderr


@pytest.mark.parametrize(
    "host, reason",
    [("127.0.0.1", "connect"), ("no-such-host.invalid", "resolve")],
)
def test_what_is_tried_again_is_said(launch, tmp_path, host, reason):
    """Before half a minute of retries, not after it."""
    workload = write_workload(tmp_path, {"a": instance(application="f")})
    log = tmp_path / "log"
    with log.open("wb") as err:
        process = launch(
            command(workload, f"http://{host}:{free_port()}", tmp_path / "out")
            + ["--memory-size", 256],
            env=KEYS,
            stderr=err,
            stdout=subprocess.DEVNULL,
        )
        wait_until(
            lambda: "; trying again, at most 7 times" in log.read_text(),
            "the words on the first retry",
        )
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == INTERRUPTED, log.read_text()
    line = next(x for x in log.read_text().splitlines() if "trying again" in x)
    assert "reading the configuration of f (" in line
    assert reason in line
    assert log.read_text().count("trying again") == 1
