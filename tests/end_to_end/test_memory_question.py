"""Before a run changes a function that nobody gave a memory size for, it asks the
person at the terminal, and only there."""

import os
import pty
import select
import subprocess
import time

import pytest
from conftest import clean_environment, program
from lambda_stub import LambdaStub
from results import KEY, KEYS, SECRET, instance, write_workload

DEADLINE_S = 30


@pytest.fixture
def lamb():
    with LambdaStub(KEY, SECRET, {"f": 512}) as stub:
        yield stub
    assert stub.refused == []


class AtTerminal:
    """A run whose standard input and error are a terminal; `type` answers what
    it asks."""

    def __init__(self, args, stdin=None):
        self.mine, theirs = pty.openpty()
        self.said = b""
        self.process = subprocess.Popen(
            [program("invocator"), *map(str, args)],
            env=clean_environment(KEYS), stdin=stdin or theirs, stderr=theirs,
            stdout=subprocess.DEVNULL, start_new_session=True,
        )
        os.close(theirs)

    def read(self, until=None):
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if until and until in self.said:
                return
            if select.select([self.mine], [], [], 0.1)[0]:
                try:
                    part = os.read(self.mine, 4096)
                except OSError:  # nobody has the other end any more
                    part = b""
                if not part:
                    break
                self.said += part
        assert until is None or until in self.said, self.said

    def type(self, text):
        self.read(until=b"[y/N] ")
        os.write(self.mine, text)
        return self.finish()

    def finish(self):
        try:
            self.read()
            return self.process.wait(DEADLINE_S)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self.mine)


def arguments(folder, lamb, *options, host="0.0.0.0", **keys):
    """Of a run whose control calls go to this machine, which its URL does not
    say."""
    url = f"http://{host}:{lamb.server.server_port}"
    workload = write_workload(folder, {"a": instance(application="f", **keys)})
    return ["run", workload, "--endpoint-url", lamb.url,
            "--control-endpoint-url", url, "--out", folder / "out", *options]


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"what?\n", b"\x04"])
def test_anything_but_yes_changes_nothing(lamb, tmp_path, answer):
    run = AtTerminal(arguments(tmp_path, lamb))
    assert run.type(answer) == 2
    assert b"function:f: 512 MB -> 128 MB" in run.said
    assert b"nothing was changed" in run.said
    assert lamb.puts() == [] and lamb.invoked_at == []
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("answer", [b"y\n", b"Yes\n"])
def test_yes_goes_on(lamb, tmp_path, answer):
    run = AtTerminal(arguments(tmp_path, lamb))
    assert run.type(answer) == 0, run.said
    assert lamb.puts() == ["PUT f 128", "PUT f 512"]
    assert len(lamb.invoked_at) == 20


def test_interrupt_at_the_question_changes_nothing(lamb, tmp_path):
    run = AtTerminal(arguments(tmp_path, lamb))
    run.read(until=b"[y/N] ")
    run.process.send_signal(2)
    assert run.finish() == 130
    assert lamb.puts() == [] and lamb.invoked_at == []


@pytest.mark.parametrize(
    "options, keys, host",
    [
        (["--yes"], {}, "0.0.0.0"),
        (["--memory-size", "128"], {}, "0.0.0.0"),
        ([], {"memory_size": 128}, "0.0.0.0"),
        ([], {}, "127.0.0.1"),
        (["--memory-size", "keep"], {}, "0.0.0.0"),
    ],
    ids=["yes", "option", "workload", "loopback", "keep"],
)
def test_nobody_is_asked_what_is_said_already(
    lamb, tmp_path, options, keys, host
):
    run = AtTerminal(arguments(tmp_path, lamb, *options, host=host, **keys))
    assert run.finish() == 0, run.said
    assert b"[y/N]" not in run.said
    assert len(lamb.invoked_at) == 20


def test_function_of_the_default_size_is_no_question(lamb, tmp_path):
    lamb.functions["f"] = 128
    run = AtTerminal(arguments(tmp_path, lamb))
    assert run.finish() == 0, run.said
    assert b"[y/N]" not in run.said


def test_without_a_terminal_nobody_is_asked(lamb, tmp_path, invocator):
    done = invocator(arguments(tmp_path, lamb), env=KEYS)
    assert done.returncode == 0, done.stderr
    assert "[y/N]" not in done.stderr
    # Half a terminal is none: the answer would come from a file.
    (tmp_path / "out").rename(tmp_path / "first")
    run = AtTerminal(arguments(tmp_path, lamb), stdin=subprocess.DEVNULL)
    assert run.finish() == 0, run.said
    assert b"[y/N]" not in run.said
