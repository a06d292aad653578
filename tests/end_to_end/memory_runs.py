"""Runs that set the memory of functions of a LambdaStub."""

import json
import subprocess

from results import KEYS, instance, write_workload

INTERRUPTED = 130
NOT_CARRIED_OUT = 3


def two_functions(**keys):
    return {
        name: instance(application=name, resource=name, **keys)
        for name in ("first", "second")
    }


def command(workload, url, out, *options):
    return ["run", workload, "--endpoint-url", url, "--out", out, *options]


def journal_of(out):
    return json.loads((out / "memory.json").read_text())


def states_of(out):
    return [entry["state"] for entry in journal_of(out)["functions"]]


class Running:
    """A run of a minute in the background, of two functions."""

    def __init__(self, launch, folder, url, *options, env=KEYS):
        instances = two_functions(distribution="Uniform", rate=20)
        workload = write_workload(
            folder, instances, test_duration_in_seconds=60
        )
        self.out = folder / "out"
        self.process = launch(
            command(workload, url, self.out, "--memory-size", 256, *options),
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def kill(self):
        self.process.kill()
        self.process.wait(10)
        self.process.stderr.close()

    def finish(self, timeout=20):
        _, self.stderr = self.process.communicate(timeout=timeout)
        return self.process.returncode
