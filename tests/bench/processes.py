"""Programs on cores of their own: servers that run until they are stopped, and
tools whose CPU time and memory are measured."""

import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

WATCHERS = pathlib.Path(__file__).with_name("watchers.py")
PACKAGES = ("wrk", "apache2-utils", "nghttp2-client", "hey", "siege", "nginx")


class Unavailable(Exception):
    """A tool that is not there, or did not do what it was asked to."""


def client_environment():
    """Keys, and no bundle of certificates: to read one would be 1 % of what a
    short run costs, and only of ours, since no peer knows that variable."""
    return {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "not-a-secret",
            **{name: value for name, value in os.environ.items()
               if name != "AWS_CA_BUNDLE"}}


class Watch(threading.Thread):
    """Kills a process that takes too long, and looks at the most memory it had
    five times a second: rusage tells that of its parent, if that had more."""

    def __init__(self, process, limit_s):
        super().__init__(daemon=True)
        self.process = process
        self.deadline = time.monotonic() + limit_s
        self.ended = threading.Event()
        self.rss_mb = 0
        self.start()

    def run(self):
        while not self.ended.wait(0.2):
            self.look()
            if time.monotonic() > self.deadline:
                self.process.kill()

    def look(self):
        try:
            with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
                found = re.search(r"^VmHWM:\s*(\d+) kB", file.read(), re.M)
        except OSError:
            return
        if found:
            self.rss_mb = max(self.rss_mb, int(found.group(1)) / 1024)

    def end(self):
        self.ended.set()
        self.join()


class Stage:
    """The server has the first core, tools the last: `client_cores` of them
    where there are so many, without the server's."""

    def __init__(self, scratch):
        self.scratch = scratch
        self.cores = sorted(os.sched_getaffinity(0))
        if len(self.cores) < 2:
            sys.exit("bench: needs two cores, one for the tool, one for the server")
        self.server_core = self.cores[0]

    def client_cores(self, wanted=1, share=False):
        """With `share`, the server's is one of them where there are too few."""
        return (self.cores if share else self.cores[1:])[-wanted:]

    def write(self, name, text):
        """A file of that name; with None for a text it stays as it is."""
        path = os.path.join(self.scratch, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        return path

    def start_server(self, *command):
        """Starts a server; its words go to the file that is returned too."""
        log = open(os.path.join(self.scratch, "server.log"), "w+", encoding="utf-8")
        process = subprocess.Popen(
            ["taskset", "-c", str(self.server_core), *map(str, command)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        return process, log

    def start_watchers(self, url, count):
        """Starts browsers with the live page of that URL (watchers.py)."""
        return subprocess.Popen(
            ["taskset", "-c", str(self.server_core), sys.executable,
             str(WATCHERS), url, str(count)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def run_client(self, *command, seconds, cores=1, share=False, under=(),
                   expect_success=True, meanwhile=None):
        """Runs a tool to its end: (what it printed, CPU seconds, RSS in MB).
        `under` is a program that runs it, with that program's arguments.
        `meanwhile` is called when it has started, with the file of its words."""
        if not shutil.which(command[0]):
            raise Unavailable(f"{command[0]} is not installed")
        core_list = ",".join(map(str, self.client_cores(cores, share)))
        with tempfile.TemporaryFile("a+", dir=self.scratch) as out:
            process = subprocess.Popen(
                ["taskset", "-c", core_list, *map(str, (*under, *command))],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env=client_environment())
            watch = Watch(process, seconds + 30)
            try:
                if meanwhile:
                    meanwhile(out)
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                raise
            finally:
                watch.end()
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read()
        if expect_success and process.returncode != 0:
            tail = "\n".join(text.splitlines()[-5:])
            raise Unavailable(f"{command[0]}: exit {process.returncode}\n{tail}")
        cpu_s = usage.ru_utime + usage.ru_stime
        return text, cpu_s, watch.rss_mb

    def facts(self):
        """The machine, for whoever reads the numbers."""
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            models = re.findall(r"^model name\s*: (.*)$", file.read(), re.M)
        versions = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES],
            capture_output=True, text=True, check=False).stdout.split("\n")
        return {"cpu": models[0] if models else platform.machine(),
                "cores": os.cpu_count(), "kernel": platform.release(),
                "load_average_at_start": os.getloadavg()[0],
                "server_core": self.server_core,
                "client_core": self.client_cores()[0],
                "packages": [version for version in versions if version]}


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_match(log, pattern):
    """The first group of the pattern once it is in the log."""
    for _ in range(200):
        log.seek(0)
        if found := re.search(pattern, log.read()):
            return found[1]
        time.sleep(0.05)
    raise Unavailable(f"{pattern} was not printed")


def wait_for_line(process, log, prefix):
    for _ in range(100):
        log.seek(0)
        line = log.readline()
        if line.startswith(prefix) and line.endswith("\n"):
            return line[len(prefix):].strip()
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise Unavailable(f"{process.args[3]} did not start")
