#!/usr/bin/python3
"""Measures one coordinator with many workers, which are simulated
(tests/bench/fleet_scale.cc): how long it takes to gather and to start them, and
what it costs to merge what they report.

Printed is a Markdown table, one line for every way to keep records. CPU is the
coordinator's, from the start to its end, divided by the invocations reported;
memory is the most it ever had. Exit 1 if a run failed or its books did not
balance. Run it with scripts/bench.sh --fleet, on a machine that is doing
nothing else.
"""

import argparse
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

RECORDS = ("none", "sample:0.01", "all")
HOST = "bench.execute-api.us-east-1.amazonaws.com"
DEADLINE_S = 600
HEADER = (
    "| workers | instances | --records | gathered, s | started, s | "
    "invocations/s | us CPU each | M/s per core | memory, MB |"
)


def workload(path, instances, rate_per_s, seconds):
    path.write_text(json.dumps({
        "test_name": "fleet",
        "test_duration_in_seconds": seconds,
        "random_seed": 1,
        "instances": {
            f"instance{n}": {
                "application": "f", "distribution": "Poisson",
                "rate": rate_per_s / instances, "host": HOST,
                "stage": "default", "resource": "f", "auth": "none"}
            for n in range(instances)}}))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_listening(process, port):
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit("fleet_scale.py: the coordinator does not listen")


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(options, scratch, instances, records):
    """One run: a line of the table."""
    path = scratch / "workload.json"
    workload(path, instances, options.rate, options.seconds)
    out = scratch / f"out-{instances}-{records}"
    port = free_port()
    with open(scratch / "coordinator.log", "w", encoding="utf-8") as log:
        coordinator = subprocess.Popen(
            [options.bin_dir / "invocator", "run", path, "--out", out,
             "--workers", str(options.workers), "--records", records,
             "--listen", f"127.0.0.1:{port}", "--drain", "60s"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    fleet = None
    steps = {}
    try:
        wait_until_listening(coordinator, port)
        fleet = subprocess.Popen(
            [options.bin_dir / "fleet_scale", f"127.0.0.1:{port}",
             str(options.workers), str(options.flush_ms)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        for line in fleet.stdout:
            step = json.loads(line)
            # After the end it may be gone at any moment.
            step["cpu_s"] = cpu_s(coordinator.pid)
            steps[step["step"]] = step
        _, status, usage = os.wait4(coordinator.pid, 0)
        coordinator.returncode = os.waitstatus_to_exitcode(status)
        failed = fleet.wait(DEADLINE_S)
    finally:
        for process in (fleet, coordinator):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
    if failed or coordinator.returncode != 0:
        sys.stderr.write((scratch / "coordinator.log").read_text())
        sys.exit(f"fleet_scale.py: the run with --records {records} ended with "
                 f"{coordinator.returncode}")
    summary = json.loads((out / "summary.json").read_text())
    assert summary["sent"] == summary["planned"], "not all was reported"
    cost_s = usage.ru_utime + usage.ru_stime - steps["started"]["cpu_s"]
    each_us = cost_s / summary["sent"] * 1e6
    return {
        "workers": options.workers,
        "instances": instances,
        "records": records,
        "gathered_s": steps["gathered"]["s"],
        "started_s": steps["started"]["s"],
        "per_s": summary["sent"] / options.seconds,
        "cpu_us": each_us,
        "m_per_core_s": 1 / each_us,
        "memory_mb": usage.ru_maxrss / 1024,
        "late_s": steps["ended"]["s"] - steps["started"]["s"]
        - options.seconds,
    }


def line_of(run):
    return (
        f"| {run['workers']} | {run['instances']} | {run['records']} | "
        f"{run['gathered_s']:.2f} | {run['started_s']:.2f} | "
        f"{run['per_s']:.0f} | {run['cpu_us']:.2f} | "
        f"{run['m_per_core_s']:.2f} | {run['memory_mb']:.0f} |"
    )


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--bin-dir", type=pathlib.Path,
                        default=root / "build" / "bin")
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=100_000,
                        help="invocations per second of all workers")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--instances", type=int, nargs="+", default=[1],
                        help="of the workload, in which they share the rate")
    parser.add_argument("--records", nargs="+", default=RECORDS)
    parser.add_argument("--flush-ms", type=int, default=1000,
                        help="how often a worker sends its records")
    parser.add_argument("--json", type=pathlib.Path, help="all numbers")
    options = parser.parse_args()
    runs = []
    print(HEADER)
    print("| ---: " * HEADER.count(" | ") + "| ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        for instances in options.instances:
            for records in options.records:
                runs.append(measure(options, pathlib.Path(scratch), instances,
                                    records))
                print(line_of(runs[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(runs, indent=1) + "\n")


if __name__ == "__main__":
    main()
