"""System calls per call: of two runs of a tool, one longer than the other, the
difference; so what a run begins and ends with is not counted.

perf counts them inside the kernel, at next to no cost. Where it may not, strace
does, which stops the tool at every one of them: fewer calls are made then, and
more answers are found at once. So only counts are taken, never times, and the
table says which of the two has counted.
"""

import pathlib
import re
import shutil
import subprocess

from cases import COUNTED, COUNTED_RATES
from processes import Unavailable

EVENTS = pathlib.Path("/sys/kernel/tracing/events/syscalls")
ALL = "raw_syscalls:sys_enter"
ONE = "syscalls:sys_enter_"
# Those that a load generator makes in a call, or when it waits.
NAMED = ("epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "poll",
         "ppoll", "select", "pselect6", "recvfrom", "recvmsg", "read", "readv",
         "pread64", "sendto", "sendmsg", "write", "writev", "io_uring_enter",
         "futex", "nanosleep", "clock_nanosleep", "timerfd_settime",
         "sched_yield", "socket", "connect", "close", "setsockopt",
         "getsockopt", "getsockname", "getpeername", "fcntl")


def perf_report(text):
    """{system call: count, "all": count} of `perf stat -x,`."""
    rows = [line.split(",") for line in text.splitlines()]
    counts = {row[2].removeprefix(ONE): int(row[0]) for row in rows
              if len(row) > 2 and row[0].isdigit()}
    if ALL not in counts:
        raise Unavailable(f"perf has not counted {ALL}")
    counts["all"] = counts.pop(ALL)
    return {name: count for name, count in counts.items() if count}


def strace_report(text):
    """{system call: count, "all": count} of `strace -c`."""
    counts = {name: int(count) for count, name in re.findall(
        r"(?m)^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", text)}
    if "total" not in counts:
        raise Unavailable("strace has not counted anything")
    counts["all"] = counts.pop("total")
    return counts


class Perf:
    name = "perf"

    def __init__(self):
        there = [name for name in NAMED if (EVENTS / f"sys_enter_{name}").exists()]
        self.events = ",".join([ALL, *(ONE + name for name in there)])

    def command(self, file):
        return ["perf", "stat", "-x,", "-o", file, "-e", self.events, "--"]

    read = staticmethod(perf_report)


class Strace:
    name = "strace"

    def command(self, file):
        return ["strace", "-c", "-f", "-o", file, "--"]

    read = staticmethod(strace_report)


def find_counter():
    """What can count here, the cheapest first; None if nothing can."""
    for counter in (Perf(), Strace()):
        command = counter.command("/dev/stdout") + ["true"]
        if not shutil.which(command[0]):
            continue
        probe = subprocess.run(command, capture_output=True, text=True,
                               check=False)
        try:
            if probe.returncode == 0 and counter.read(probe.stdout)["all"] > 0:
                return counter
        except Unavailable:
            pass
    return None


def difference(shorter, longer):
    """System calls per call, from (calls, counts) of two runs."""
    calls = longer[0] - shorter[0]
    if calls <= 0:
        raise Unavailable("the longer run made no more calls than the shorter")
    if longer[1]["all"] <= shorter[1]["all"]:
        raise Unavailable("the longer run made no more system calls")
    return {name: max(count - shorter[1].get(name, 0), 0) / calls
            for name, count in longer[1].items()}


def count(tools, counter, row, rate, urls, lengths_s):
    """System calls per call of a row, {"all": ..., "epoll_wait": ..., ...}."""
    tool, case, _ = COUNTED[row]
    url = urls[case.tls, bool(case.streams)]
    rate_per_s = COUNTED_RATES[rate]
    file = tools.stage.write("system_calls.txt", "")

    def play(seconds):
        under = counter.command(file)
        if rate_per_s:
            cost = tools.pace(tool, url, seconds, rate_per_s, case, under=under)
        else:
            cost = tools.saturate(tool, url, seconds, case, under=under)
        return cost.calls, counter.read(
            pathlib.Path(file).read_text(encoding="utf-8"))
    return difference(*map(play, lengths_s))
