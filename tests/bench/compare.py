#!/usr/bin/python3
"""Compares invocator with wrk, hey, ab, h2load and siege on this machine, and
with wrk2 and oha where they are on the PATH.

Three questions, each put to every tool that can answer it, in rounds, so that
what disturbs the machine disturbs all of them:

  CPU per call  as fast as they go, against one nginx worker: user + system
                time of the whole process, divided by the calls answered with
                2xx; and the memory it took. In the clear and under TLS, with
                few and many connections, small and large bodies (CASES).
  Lateness      a constant rate, against a sink that stamps arrivals
                (stamping_sink.cc): how far they lie from the even ones. And by
                invocator's own account, also for Poisson arrivals.
  Idling        CPU per call at 1,000/s, where waiting must not cost.

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
import typing

CONNECTIONS = 64
RATES_PER_S = (1_000, 10_000, 50_000)
IDLING_RATE_PER_S = 1_000
# More than any tool reaches with one core.
SATURATING_RATE_PER_S = 300_000
BODY = '{"n": 1}\n'


class Case(typing.NamedTuple):
    """One way to be saturated."""

    tls: bool = False
    connections: int = CONNECTIONS
    body_bytes: int = len(BODY)
    # Only invocator and wrk: what is compared costs no more time than it must.
    few: bool = True


CASES = {
    "clear": Case(few=False),
    "TLS": Case(tls=True, few=False),
    "1 connection": Case(connections=1),
    "1,000 connections": Case(connections=1_000),
    "TLS, 1,000 connections": Case(tls=True, connections=1_000),
    "10 KB bodies": Case(body_bytes=10_000),
    "1 MB bodies": Case(body_bytes=1_000_000),
}
# hey and h2load send in bursts, one call per connection: these many
# connections gave them the steadiest arrivals of those tried (1 to 64).
STEADY_CONNECTIONS = {
    "hey": {1_000: 4, 10_000: 64, 50_000: 64},
    "h2load": {1_000: 10, 10_000: 10, 50_000: 10},
}
PEERS = ("wrk", "ab", "h2load", "hey", "siege")
# Not in Debian.
PEERS_ON_PATH = tuple(name for name in ("wrk2", "oha") if shutil.which(name))
OURS = {"invocator --records none": "none", "invocator --records all": "all"}
PACKAGES = ("wrk", "apache2-utils", "nghttp2-client", "hey", "siege", "nginx")


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
        """Runs a tool to its end: (what it printed, CPU seconds, RSS in MB)."""
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
        cpu_s = usage.ru_utime + usage.ru_stime
        return text, cpu_s, usage.ru_maxrss / 1024

    def body_file(self, size):
        text = BODY if size == len(BODY) else json.dumps("x" * (size - 2))
        return self.file(f"body{size}.json", text)

    def invocator(self, url, rate_per_s, records, *options, case=Case(),
                  distribution="Uniform", expect_success=True):
        """Plays a rate: (summary.json, CPU seconds, RSS in MB)."""
        self.runs += 1
        out = os.path.join(self.scratch, f"run{self.runs}")
        workload = self.file("workload.json", json.dumps({
            "test_name": "bench",
            "test_duration_in_seconds": self.seconds,
            "random_seed": 1,
            "instances": {"bench": {
                "application": "bench", "distribution": distribution,
                "rate": rate_per_s,
                "payload": os.path.basename(self.body_file(case.body_bytes)),
                "host": "bench.execute-api.us-east-1.amazonaws.com",
                "stage": "default", "resource": "bench"}}}))
        if case.tls:
            options += ("--ca-file", os.path.join(self.scratch, "cert.pem"))
        text, cpu_s, rss_mb = self.run_client(
            os.path.join(self.bin_dir, "invocator"), "run", workload,
            "--endpoint-url", url, "--threads", "1", "--records", records,
            "--max-in-flight", str(case.connections), "--drain", "1s",
            "--memory-size", "keep",  # what is asked is no Lambda API
            "--out", out, *options, expect_success=expect_success)
        try:
            with open(os.path.join(out, "summary.json"), encoding="utf-8") as file:
                return json.load(file), cpu_s, rss_mb
        except (OSError, ValueError) as error:
            tail = "\n".join(text.splitlines()[-5:])
            raise Unavailable(f"invocator: {error}\n{tail}") from error
        finally:
            shutil.rmtree(out, ignore_errors=True)

    def saturate(self, tool, urls, case):
        """One tool at full speed: CPU per call, calls per second, memory."""
        url = urls[case.tls]
        if tool in OURS:
            # What it cannot send in time it reports as lost, which is not
            # success; here it is the point.
            summary, cpu_s, rss_mb = self.invocator(
                url, SATURATING_RATE_PER_S, OURS[tool], case=case,
                expect_success=False)
            calls = summary["outcomes"].get("ok", 0)
            calls_per_s = summary["rate_per_s"]["completed"]
        else:
            text, cpu_s, rss_mb = self.run_client(
                *self.peer_command(tool, url + "/default/bench", case))
            calls = count_2xx(tool, text)
            calls_per_s = calls / self.seconds
        if not calls:
            raise Unavailable(f"{tool}: no call was answered with 2xx")
        return {"cpu_us_per_call": 1e6 * cpu_s / calls,
                "calls_per_s": calls_per_s, "rss_mb": rss_mb}

    def peer_command(self, tool, url, case=Case(), rate_per_s=None):
        seconds, connections = str(self.seconds), str(case.connections)
        body = self.body_file(case.body_bytes)
        post = self.file("post.lua", f"""\
local file = io.open("{body}")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "application/json"
""")
        return {
            "wrk": ("wrk", "-t1", "-c", connections, "-d", seconds + "s", "-s",
                    post, url),
            "wrk2": ("wrk2", "-t1", "-c", connections, "-d", seconds + "s",
                     "-R", str(rate_per_s or SATURATING_RATE_PER_S), "-s",
                     post, url),
            "ab": ("ab", "-q", "-k", "-c", connections, "-t", seconds, "-n",
                   "100000000", "-p", body, "-T", "application/json", url),
            "h2load": ("h2load", "--h1", "-t", "1", "-c", connections, "-D",
                       seconds, "-d", body, "-H",
                       "content-type: application/json", url),
            "hey": ("hey", "-z", seconds + "s", "-c", connections, "-m", "POST",
                    "-T", "application/json", "-D", body, url),
            "oha": ("oha", "--no-tui", "-z", seconds + "s", "-c", connections,
                    "-m", "POST", "-T", "application/json", "-D", body,
                    "--insecure", url),
            "siege": ("siege", "-b", "-c", connections, "-t", seconds + "S",
                      "--rc", self.file("siege.conf", "connection = keep-alive\n"
                                        "limit = 1024\nlogging = false\n"
                                        "verbose = false\n"),
                      "--content-type", "application/json",
                      f"{url} POST <{body}"),
        }[tool]

    def idle(self, tool):
        """CPU per call at a low rate."""
        sink, log = self.start_server(
            os.path.join(self.bin_dir, "stamping_sink"), str(IDLING_RATE_PER_S),
            str(self.seconds + 30))
        try:
            url = wait_for_line(sink, log, "listening on ")
            if tool == "wrk2":
                text, cpu_s, _ = self.run_client(*self.peer_command(
                    tool, url + "/default/bench", rate_per_s=IDLING_RATE_PER_S))
                calls = count_2xx(tool, text)
            else:
                options = ("--no-spin",) if tool == "no spin" else ()
                summary, cpu_s, _ = self.invocator(
                    url, IDLING_RATE_PER_S, "none", *options)
                calls = summary["outcomes"].get("ok", 0)
        finally:
            stop(sink)
        return {"cpu_us_per_call": 1e6 * cpu_s / max(calls, 1)}

    def pace(self, tool, rate_per_s):
        """One tool at a constant rate: what the sink saw, what it says itself."""
        sink, log = self.start_server(
            os.path.join(self.bin_dir, "stamping_sink"), str(rate_per_s),
            str(self.seconds + 30))
        own = None
        try:
            url = wait_for_line(sink, log, "listening on ") + "/default/bench"
            if tool in OURS:
                summary, *_ = self.invocator(
                    url.removesuffix("/default/bench"), rate_per_s, OURS[tool])
                own = {key: summary["lateness_us"][key] for key in ("p50", "p99")}
            else:
                connections = STEADY_CONNECTIONS[tool][rate_per_s]
                each = str(rate_per_s / connections)
                command = list(self.peer_command(
                    tool, url, Case(connections=connections)))
                command[1:1] = {"hey": ["-q", each],
                                "h2load": [f"--rps={each}"]}[tool]
                self.run_client(*command)
        finally:
            stop(sink)
        log.seek(0)
        seen = json.loads(log.read().splitlines()[-1])
        return {"wire": seen, "own": own,
                "sent_share": seen["count"] / (rate_per_s * self.seconds)}

    def pace_poisson(self, rate_per_s):
        """Invocator's own account of lateness for Poisson arrivals."""
        sink, log = self.start_server(
            os.path.join(self.bin_dir, "stamping_sink"), str(rate_per_s),
            str(self.seconds + 30))
        try:
            summary, *_ = self.invocator(
                wait_for_line(sink, log, "listening on "), rate_per_s, "none",
                distribution="Poisson")
        finally:
            stop(sink)
        return {"own": {key: summary["lateness_us"][key]
                        for key in ("p50", "p99")}}

    def start_nginx(self):
        """An nginx that answers every request itself: (process, URLs in the
        clear and under TLS)."""
        nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if not nginx:
            sys.exit("bench: nginx is not installed")
        with socket.socket() as probe, socket.socket() as other:
            probe.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            port, tls_port = (p.getsockname()[1] for p in (probe, other))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
             "1", "-subj", "/CN=127.0.0.1", "-addext",
             "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out",
             "cert.pem"], cwd=self.scratch, check=True, capture_output=True)
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
    listen 127.0.0.1:{port} backlog=1024;
    listen 127.0.0.1:{tls_port} ssl backlog=1024;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    client_max_body_size 16m;
    location / {{ return 200 '{{"statusCode": 200}}'; }}
  }}
}}
""")
        process, log = self.start_server(
            nginx, "-p", self.scratch, "-c", config)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return process, (f"http://127.0.0.1:{port}",
                                 f"https://127.0.0.1:{tls_port}")
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
    if tool in ("wrk", "wrk2"):
        return number(r"(\d+) requests in") - number(r"Non-2xx .*: (\d+)")
    if tool == "ab":
        return (number(r"Complete requests: +(\d+)")
                - number(r"Non-2xx responses: +(\d+)"))
    if tool == "h2load":
        return number(r"status codes: (\d+) 2xx")
    if tool == "siege":
        return number(r'"?[Ss]uccessful_?\s?transactions"?:\s+(\d+)')
    return number(r"\[2\d\d\]\s+(\d+) responses")


def attempt(what, measure, *arguments):
    """A measurement, or None and a word about why there is none."""
    try:
        return measure(*arguments)
    except Unavailable as error:
        print(f"bench: {what}: {error}", file=sys.stderr)
        return None


def measure(bench, rounds):
    """All single values: {"saturated": {case: {tool: [...]}}, "lateness":
    {rate: {tool: [...]}}, "poisson": {rate: [...]}, "idling": {tool: [...]}}."""
    tools = [*OURS, *PEERS, *PEERS_ON_PATH]
    few = [*OURS, "wrk"]
    paced = [tool for tool in tools if tool in OURS or tool in STEADY_CONNECTIONS]
    idling = ["spin", "no spin", *(t for t in PEERS_ON_PATH if t == "wrk2")]
    result = {
        "saturated": {
            # Debian's siege does not get through a TLS handshake.
            name: {tool: [] for tool in (few if case.few else tools)
                   if not (case.tls and tool == "siege")}
            for name, case in CASES.items()},
        "lateness": {rate: {tool: [] for tool in paced} for rate in RATES_PER_S},
        "poisson": {rate: [] for rate in RATES_PER_S},
        "idling": {tool: [] for tool in idling},
    }

    def in_turn(rows_of, round_number):
        # Everyone goes first once: nobody profits from the order.
        names = list(rows_of)
        first = round_number % len(names)
        return names[first:] + names[:first]

    for number in range(rounds):
        print(f"bench: round {number + 1} of {rounds}", file=sys.stderr)
        nginx, urls = bench.start_nginx()
        try:
            for name, rows_of in result["saturated"].items():
                for tool in in_turn(rows_of, number):
                    rows_of[tool].append(attempt(
                        f"{tool}, {name}", bench.saturate, tool, urls, CASES[name]))
        finally:
            stop(nginx)
        for rate, rows_of in result["lateness"].items():
            for tool in in_turn(rows_of, number):
                rows_of[tool].append(attempt(tool, bench.pace, tool, rate))
            result["poisson"][rate].append(
                attempt("poisson", bench.pace_poisson, rate))
        for tool in in_turn(result["idling"], number):
            result["idling"][tool].append(attempt(tool, bench.idle, tool))
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


def markdown(heads, rows):
    lines = ["| " + " | ".join(heads) + " |",
             "| --- |" + " ---: |" * (len(heads) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def saturation_table(result):
    rows = []
    for name, rows_of in result["saturated"].items():
        wrk = field(rows_of["wrk"], "cpu_us_per_call")
        for tool, values in rows_of.items():
            cpu = field(values, "cpu_us_per_call")
            ratios = [mine / other for mine, other in zip(cpu, wrk)
                      if mine and other]
            rows.append([name, tool, median(cpu), median(ratios, 2),
                         median(field(values, "calls_per_s"), 0),
                         median(field(values, "rss_mb"), 0)])
    return markdown(["as fast as possible", "tool", "CPU per call, us", "x wrk",
                     "calls/s", "memory, MB"], rows)


def lateness_table(result):
    rates = result["lateness"]
    rows = []
    for tool in rates[RATES_PER_S[0]]:
        sides = {"": "wire"}
        if tool in OURS:
            sides[", by its own summary"] = "own"
        for words, side in sides.items():
            rows.append([tool + words, *(lateness_cell(rows_of[tool], side)
                                         for rows_of in rates.values())])
    rows.append(["invocator, Poisson, by its own summary",
                 *(lateness_cell([row and {**row, "sent_share": 1} for row in rows_],
                                 "own")
                   for rows_ in result["poisson"].values())])
    heads = ["lateness, p50 / p99 us"] + [f"{rate:,}/s" for rate in rates]
    return markdown(heads, rows)


def idling_table(result):
    rows = [[tool if tool == "wrk2" else f"invocator, {tool}",
             median(field(values, "cpu_us_per_call"))]
            for tool, values in result["idling"].items()]
    return markdown([f"at {IDLING_RATE_PER_S:,}/s", "CPU per call, us"], rows)


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
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2,
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
                   **result}, file, indent=1)
    print(f"{facts['cpu']}, {facts['cores']} cores, Linux {facts['kernel']}; "
          f"median of {options.rounds} rounds of {options.seconds} s; "
          f"{CONNECTIONS} connections unless named; "
          f"{', '.join(facts['packages'])}")
    for table in (saturation_table, lateness_table, idling_table):
        print("\n" + table(result))
    print(f"bench: every single value is in {options.json}", file=sys.stderr)
    measured = [*result["saturated"].values(), *result["lateness"].values(),
                result["poisson"], result["idling"]]
    missing = any(row is None for rows_of in measured
                  for rows in rows_of.values() for row in rows)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
