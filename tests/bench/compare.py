#!/usr/bin/python3
"""Compares invocator with wrk, hey, ab and h2load on this machine.

Two questions, each put to every tool that can answer it, in rounds, so that
what disturbs the machine disturbs all of them:

  CPU per call  64 connections, as fast as they go, against one nginx worker:
                user + system time of the whole process, divided by the calls
                answered with 2xx.
  Lateness      a constant rate, against a sink that stamps arrivals
                (stamping_sink.cc): how far they lie from the even ones.

The tool has one core, the server another. Printed are medians over the
rounds, ratios to wrk are taken within a round; every single value goes to the
JSON file. Run it with scripts/bench.sh, on a machine that is doing nothing else.
Exit 1 if a measurement failed: its place in the table shows "-".
"""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

CONNECTIONS = 64
RATES_PER_S = (1_000, 10_000)
# More than any tool reaches with one core.
SATURATING_RATE_PER_S = 300_000
BODY = '{"n": 1}\n'
# hey and h2load send in bursts, one call per connection: these many
# connections gave them the steadiest arrivals of those tried (1 to 64).
STEADY_CONNECTIONS = {
    "hey": {1_000: 4, 10_000: 64},
    "h2load": {1_000: 10, 10_000: 10},
}
PEERS = ("wrk", "ab", "h2load", "hey")
OURS = {"invocator --records none": "none", "invocator --records all": "all"}
PACKAGES = ("wrk", "apache2-utils", "nghttp2-client", "hey", "nginx")


class Unavailable(Exception):
    """A tool that is not there, or did not do what it was asked to."""


class Bench:
    def __init__(self, scratch, bin_dir, seconds):
        self.scratch = scratch
        self.bin_dir = bin_dir
        self.seconds = seconds
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            sys.exit("bench: needs two cores, one for the tool, one for the server")
        self.server_core, self.client_core = cores[0], cores[-1]
        self.body = self.file("body.json", BODY)
        self.runs = 0

    def file(self, name, text):
        path = os.path.join(self.scratch, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def start_server(self, *command):
        """Starts a server; its words go to the file that is returned too."""
        log = open(os.path.join(self.scratch, "server.log"), "w+", encoding="utf-8")
        process = subprocess.Popen(
            ["taskset", "-c", str(self.server_core), *command],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        return process, log

    def run_client(self, *command, expect_success=True):
        """Runs a tool to its end: (what it printed, its CPU seconds)."""
        if not shutil.which(command[0]):
            raise Unavailable(f"{command[0]} is not installed")
        with tempfile.TemporaryFile("w+", dir=self.scratch) as out:
            process = subprocess.Popen(
                ["taskset", "-c", str(self.client_core), *command],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                env={"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                     "AWS_SECRET_ACCESS_KEY": "not-a-secret", **os.environ})
            limit = threading.Timer(self.seconds + 30, process.kill)
            limit.start()
            try:
                _, status, usage = os.wait4(process.pid, 0)
            except BaseException:
                process.kill()
                raise
            finally:
                limit.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read()
        if expect_success and process.returncode != 0:
            tail = "\n".join(text.splitlines()[-5:])
            raise Unavailable(f"{command[0]}: exit {process.returncode}\n{tail}")
        return text, usage.ru_utime + usage.ru_stime

    def invocator(self, url, rate_per_s, records, expect_success=True):
        """Plays a constant rate: (summary.json, CPU seconds)."""
        self.runs += 1
        out = os.path.join(self.scratch, f"run{self.runs}")
        workload = self.file("workload.json", json.dumps({
            "test_name": "bench",
            "test_duration_in_seconds": self.seconds,
            "random_seed": 1,
            "instances": {"bench": {
                "application": "bench", "distribution": "Uniform",
                "rate": rate_per_s, "payload": "body.json",
                "host": "bench.execute-api.us-east-1.amazonaws.com",
                "stage": "default", "resource": "bench"}}}))
        text, cpu_s = self.run_client(
            os.path.join(self.bin_dir, "invocator"), "run", workload,
            "--endpoint-url", url, "--threads", "1", "--records", records,
            "--max-in-flight", str(CONNECTIONS), "--drain", "1s", "--out", out,
            expect_success=expect_success)
        try:
            with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
                return json.load(file), cpu_s
        except (OSError, ValueError) as error:
            tail = "\n".join(text.splitlines()[-5:])
            raise Unavailable(f"invocator: {error}\n{tail}") from error
        finally:
            shutil.rmtree(out, ignore_errors=True)

    def saturate(self, tool, url):
        """One tool at full speed: CPU per call and calls per second."""
        if tool in OURS:
            # What it cannot send in time it reports as lost, which is not
            # success; here it is the point.
            summary, cpu_s = self.invocator(
                url, SATURATING_RATE_PER_S, OURS[tool], expect_success=False)
            calls = summary["outcomes"].get("ok", 0)
            calls_per_s = summary["rate_per_s"]["completed"]
        else:
            text, cpu_s = self.run_client(*self.peer_command(tool, url))
            calls = count_2xx(tool, text)
            calls_per_s = calls / self.seconds
        if not calls:
            raise Unavailable(f"{tool}: no call was answered with 2xx")
        return {"cpu_us_per_call": 1e6 * cpu_s / calls,
                "calls_per_s": calls_per_s}

    def peer_command(self, tool, url):
        seconds, connections = str(self.seconds), str(CONNECTIONS)
        return {
            "wrk": ("wrk", "-t1", "-c", connections, "-d", seconds + "s", "-s",
                    self.file("post.lua",
                              'wrk.method = "POST"\n'
                              f"wrk.body = {json.dumps(BODY)}\n"
                              'wrk.headers["Content-Type"] = "application/json"\n'),
                    url),
            "ab": ("ab", "-q", "-k", "-c", connections, "-t", seconds, "-n",
                   "100000000", "-p", self.body, "-T", "application/json", url),
            "h2load": ("h2load", "--h1", "-t", "1", "-c", connections, "-D",
                       seconds, "-d", self.body, "-H",
                       "content-type: application/json", url),
            "hey": ("hey", "-z", seconds + "s", "-c", connections, "-m", "POST",
                    "-T", "application/json", "-D", self.body, url),
        }[tool]

    def pace(self, tool, rate_per_s):
        """One tool at a constant rate: what the sink saw, what it says itself."""
        sink, log = self.start_server(
            os.path.join(self.bin_dir, "stamping_sink"), str(rate_per_s),
            str(self.seconds + 30))
        own = None
        try:
            url = wait_for_line(sink, log, "listening on ") + "/default/bench"
            if tool in OURS:
                summary, _ = self.invocator(
                    url.removesuffix("/default/bench"), rate_per_s, OURS[tool])
                own = {key: summary["lateness_us"][key] for key in ("p50", "p99")}
            else:
                connections = STEADY_CONNECTIONS[tool][rate_per_s]
                each = str(rate_per_s / connections)
                command = list(self.peer_command(tool, url))
                command[command.index("-c") + 1] = str(connections)
                command[1:1] = {"hey": ["-q", each],
                                "h2load": [f"--rps={each}"]}[tool]
                self.run_client(*command)
        finally:
            stop(sink)
        log.seek(0)
        seen = json.loads(log.read().splitlines()[-1])
        return {"wire": seen, "own": own,
                "sent_share": seen["count"] / (rate_per_s * self.seconds)}

    def start_nginx(self):
        """An nginx that answers every request itself: (process, URL)."""
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if not nginx:
            sys.exit("bench: nginx is not installed")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        temp_paths = "".join(
            f"  {name}_temp_path {self.scratch}/{name};\n"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        config = self.file("nginx.conf", f"""\
daemon off;
worker_processes 1;
pid {self.scratch}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  default_type application/json;
{temp_paths}  server {{
    listen 127.0.0.1:{port};
    location / {{ return 200 '{{"statusCode": 200}}'; }}
  }}
}}
""")
        process, log = self.start_server(
            nginx, "-p", self.scratch, "-c", config)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return process, f"http://127.0.0.1:{port}"
            except OSError:
                if process.poll() is not None:
                    break
                time.sleep(0.05)
        stop(process)
        log.seek(0)
        sys.exit("bench: nginx did not start:\n" + log.read())


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


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


def count_2xx(tool, text):
    """How many calls a peer's report says were answered with 2xx."""
    def number(pattern):
        return sum(int(value) for value in re.findall(pattern, text))
    if tool == "wrk":
        return number(r"(\d+) requests in") - number(r"Non-2xx .*: (\d+)")
    if tool == "ab":
        return (number(r"Complete requests: +(\d+)")
                - number(r"Non-2xx responses: +(\d+)"))
    if tool == "h2load":
        return number(r"status codes: (\d+) 2xx")
    return number(r"\[2\d\d\]\s+(\d+) responses")


def attempt(what, measure, *arguments):
    """A measurement, or None and a word about why there is none."""
    try:
        return measure(*arguments)
    except Unavailable as error:
        print(f"bench: {what}: {error}", file=sys.stderr)
        return None


def measure(bench, rounds):
    """All single values: {tool: {"saturated": [...], "lateness": {rate: [...]}}}."""
    tools = list(OURS) + list(PEERS)
    result = {tool: {"saturated": [], "lateness": {r: [] for r in RATES_PER_S}}
              for tool in tools}
    for round_number in range(rounds):
        # Everyone goes first once: nobody profits from the order.
        first = round_number % len(tools)
        order = tools[first:] + tools[:first]
        print(f"bench: round {round_number + 1} of {rounds}", file=sys.stderr)
        nginx, url = bench.start_nginx()
        try:
            for tool in order:
                target = url if tool in OURS else url + "/default/bench"
                result[tool]["saturated"].append(
                    attempt(tool, bench.saturate, tool, target))
        finally:
            stop(nginx)
        for rate in RATES_PER_S:
            for tool in order:
                if tool in OURS or tool in STEADY_CONNECTIONS:
                    result[tool]["lateness"][rate].append(
                        attempt(tool, bench.pace, tool, rate))
    return result


def median(values, digits=1):
    values = [value for value in values if value is not None]
    return f"{statistics.median(values):,.{digits}f}" if values else "-"


def field(rows, *keys):
    """One field of each row; None where a row or the field is missing."""
    for key in keys:
        rows = [row and row[key] for row in rows]
    return rows


def lateness_cell(rows, side):
    text = " / ".join(median(field(rows, side, p)) for p in ("p50", "p99"))
    shares = [share for share in field(rows, "sent_share") if share]
    if side == "wire" and shares and statistics.median(shares) < 0.99:
        text += f" (sent {100 * statistics.median(shares):.0f} %)"
    return "-" if text == "- / -" else text


def table(result):
    wrk = field(result["wrk"]["saturated"], "cpu_us_per_call")
    heads = ["tool", "signed", "CPU per call, us", "x wrk", "calls/s"]
    heads += [f"lateness at {rate:,}/s, p50 / p99 us" for rate in RATES_PER_S]
    lines = ["| " + " | ".join(heads) + " |",
             "| --- | --- |" + " ---: |" * (len(heads) - 2)]
    for tool, values in result.items():
        cpu = field(values["saturated"], "cpu_us_per_call")
        ratios = [mine / other for mine, other in zip(cpu, wrk) if mine and other]
        cells = [tool, "yes" if tool in OURS else "no", median(cpu),
                 median(ratios, 2),
                 median(field(values["saturated"], "calls_per_s"), 0)]
        cells += [lateness_cell(rows, "wire") for rows in values["lateness"].values()]
        lines.append("| " + " | ".join(cells) + " |")
        if tool in OURS:
            cells = ["- by its own summary", "", "", "", ""]
            cells += [lateness_cell(rows, "own") for rows in values["lateness"].values()]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def machine(bench):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = re.findall(r"^model name\s*: (.*)$", file.read(), re.M)
    versions = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *PACKAGES],
        capture_output=True, text=True, check=False).stdout.split("\n")
    return {"cpu": models[0] if models else platform.machine(),
            "cores": os.cpu_count(), "kernel": platform.release(),
            "load_average_at_start": os.getloadavg()[0],
            "server_core": bench.server_core, "client_core": bench.client_core,
            "packages": [version for version in versions if version]}


def main():
    parser = argparse.ArgumentParser(
        prog="scripts/bench.sh", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true",
                        help="one round of 1 s each: to see that it works")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3,
                        help="length of one measurement")
    parser.add_argument("--json", default="build/bench.json", metavar="FILE")
    parser.add_argument("--bin-dir", default="build/bin", metavar="DIR")
    options = parser.parse_args()
    if options.quick:
        options.rounds = options.seconds = 1
    if not (1 <= options.rounds <= 100 and 1 <= options.seconds <= 60):
        parser.error("--rounds is 1..100 and --seconds 1..60")

    with tempfile.TemporaryDirectory(prefix="invocator-bench-") as scratch:
        # nginx gives up root's rights, but has to see its folder.
        os.chmod(scratch, 0o755)
        bench = Bench(scratch, os.path.abspath(options.bin_dir), options.seconds)
        facts = machine(bench)
        if facts["load_average_at_start"] > 0.5:
            print("bench: this machine is busy; do not trust the numbers",
                  file=sys.stderr)
        result = measure(bench, options.rounds)

    with open(options.json, "w", encoding="utf-8") as file:
        json.dump({"machine": facts, "rounds": options.rounds,
                   "seconds": options.seconds, "connections": CONNECTIONS,
                   "tools": result}, file, indent=1)
    print(f"{facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}; "
          f"median of {options.rounds} rounds of {options.seconds} s; "
          f"{CONNECTIONS} connections; {', '.join(facts['packages'])}\n")
    print(table(result))
    print(f"bench: every single value is in {options.json}", file=sys.stderr)
    missing = any(
        row is None for values in result.values()
        for rows in (values["saturated"], *values["lateness"].values())
        for row in rows)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
