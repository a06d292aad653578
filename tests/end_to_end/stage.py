"""The stage of a fleet's run: a coordinator, its workers, what they send to,
and what lies between; on loopback, or wherever a prefix command puts them.

Whatever was started ends with the stage.
"""

import os
import pathlib
import random
import signal
import socket
import subprocess
import time

import pytest
from conftest import (
    clean_environment,
    program,
    stop,
    wait_until_listening,
)
from results import KEYS, Results, wait_until
from shaky_proxy import ShakyProxy
from telling_target import TellingTarget

DEADLINE_S = 30


def said(process, *words, deadline_s=DEADLINE_S):
    """Waits until a process has said all this."""
    wait_until(
        lambda: all(w in process.log() for w in words),
        f"{words} of {process.args}, which said: {process.log()}",
        deadline_s,
    )


def quiet_port():
    """A free port of loopback that no outgoing connection will take: of those
    that the kernel does not hand out by itself."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


class Stage:
    def __init__(self, folder):
        self.folder = folder
        self.out = folder / "out"
        self.processes = []
        self.children = []
        self.port = quiet_port()

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                stop(process)
        for child in self.children:
            child.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, name, args, env=None, prefix=()):
        """A program of ours; the process's .log() is what it has said."""
        path = self.folder / f"{len(self.processes)}-{name}.log"
        with open(path, "wb") as log:
            process = subprocess.Popen(
                [*map(str, prefix), program(name), *map(str, args)],
                env=clean_environment(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        process.log = path.read_text
        self.processes.append(process)
        return process

    def target(self, **options):
        target = TellingTarget(**options)
        self.children.append(target)
        return target

    def proxy(self, **options):
        """A shaky link to the coordinator."""
        proxy = ShakyProxy(f"127.0.0.1:{self.port}", **options)
        self.children.append(proxy)
        return proxy

    def coordinator(
        self,
        workload,
        url,
        *options,
        workers,
        out=None,
        gather_timeout="60s",
        prefix=(),
    ):
        """One that listens already, on self.port."""
        process = self.start(
            "invocator",
            ["run", workload, "--endpoint-url", url]
            + ["--out", out or self.out, "--workers", workers]
            + ["--listen", f"127.0.0.1:{self.port}"]
            + ["--gather-timeout", gather_timeout, *options],
            prefix=prefix,
        )
        if not prefix:
            wait_until_listening(process, self.port)
        return process

    def worker(
        self,
        name,
        *options,
        via=None,
        threads=1,
        once=True,
        env=None,
        prefix=(),
    ):
        """`via`: a proxy, or an address; else straight to the coordinator."""
        address = getattr(via, "address", via) or f"127.0.0.1:{self.port}"
        return self.start(
            "invocator-worker",
            ["--coordinator", address, "--name", name, "--threads", threads]
            + (["--once"] if once else []) + [*options],
            env=KEYS | (env or {}),
            prefix=prefix,
        )

    def results(self, out=None):
        return Results(out or self.out)


def ended(process, code, deadline_s=DEADLINE_S):
    """Waits for a process to end, which it does with this exit code."""
    try:
        found = process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        pytest.fail(f"{process.args} runs {deadline_s} s later, and said: "
                    f"{process.log()}")
    assert found == code, f"{process.args} said: {process.log()}"


def freeze(process):
    process.send_signal(signal.SIGSTOP)


def thaw(process):
    process.send_signal(signal.SIGCONT)


def kill(process):
    process.kill()
    process.wait()


def cpu_s(process):
    """User and system time so far."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
    user, system = fields.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def sleep_until(instant_s):
    """Of time.monotonic(). For faults that last; never to wait for a result."""
    time.sleep(max(0, instant_s - time.monotonic()))
