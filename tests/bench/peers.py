"""The other load generators: how each is told what to do, and how its report
is read. To add one, add a line to PEERS.

Adapters of those that are not in Debian are written from their manuals; that
they do what they ought to is tested with stand-ins (test_bench_peers.py).
"""

import json
import pathlib
import re
import typing


class Order(typing.NamedTuple):
    """What a tool is to do: POST the body, on so many connections."""

    url: str
    connections: int
    seconds: int
    body: str  # a file
    write: typing.Callable[[str, str], str]  # (name, text): path of a new file
    rate_per_s: typing.Optional[int] = None  # None: as fast as it goes
    threads: int = 1
    headers: typing.Mapping[str, str] = {}  # heeded by wrk and wrk2
    streams: int = 1  # on each connection, heeded by those of http2_peers.py


class Peer(typing.NamedTuple):
    command: typing.Callable[[Order], list]
    count: typing.Callable[[str], int]  # calls answered with 2xx
    # Prints what is counted, where the tool itself does not; its time is not
    # the tool's.
    report: typing.Optional[typing.Callable[[Order], list]] = None
    saturates: bool = True  # can go as fast as it goes
    paces: bool = False     # can be told a rate
    tls: bool = True
    clear: bool = True
    # For tools that send in bursts, one call per connection: how many gave the
    # steadiest arrivals, of those tried, by rate.
    steady_connections: typing.Mapping[int, int] = {}
    in_debian: bool = True


JSON = "application/json"


def total(pattern, text):
    return sum(int(value.replace(",", "")) for value in re.findall(pattern, text))


def wrk(order, *rate):
    headers = {"Content-Type": JSON, **order.headers}
    script = order.write("post.lua", f"""\
local file = io.open("{order.body}")
wrk.method = "POST"
wrk.body = file:read("*a")
""" + "".join(f'wrk.headers["{name}"] = "{value}"\n'
              for name, value in headers.items()))
    return [f"-t{order.threads}", "-c", order.connections, "-d",
            f"{order.seconds}s", *rate, "-s", script, order.url]


def count_wrk(text):
    return total(r"(\d+) requests in", text) - total(r"Non-2xx .*: (\d+)", text)


def ab(order):
    return ["ab", "-q", "-k", "-c", order.connections, "-t", order.seconds, "-n",
            100_000_000, "-p", order.body, "-T", JSON, order.url]


def count_ab(text):
    return (total(r"Complete requests: +(\d+)", text)
            - total(r"Non-2xx responses: +(\d+)", text))


def h2load(order):
    rate = ([f"--rps={order.rate_per_s / order.connections}"]
            if order.rate_per_s else [])
    return ["h2load", *rate, "--h1", "-t", order.threads, "-c", order.connections,
            "-D", order.seconds, "-d", order.body, "-H",
            f"content-type: {JSON}", order.url]


def hey(order):
    rate = (["-q", order.rate_per_s / order.connections]
            if order.rate_per_s else [])
    return ["hey", *rate, "-z", f"{order.seconds}s", "-c", order.connections,
            "-m", "POST", "-T", JSON, "-D", order.body, order.url]


def siege(order):
    config = order.write("siege.conf", "connection = keep-alive\nlimit = 1024\n"
                         "logging = false\nverbose = false\n")
    return ["siege", "-b", "-c", order.connections, "-t", f"{order.seconds}S",
            "--rc", config, "--content-type", JSON,
            f"{order.url} POST <{order.body}"]


def oha(order):
    rate = ["-q", order.rate_per_s] if order.rate_per_s else []
    return ["oha", "--no-tui", *rate, "-z", f"{order.seconds}s", "-c",
            order.connections, "-m", "POST", "-T", JSON, "-D", order.body,
            "--insecure", order.url]


def vegeta(order):
    targets = order.write("vegeta.targets",
                          f"POST {order.url}\nContent-Type: {JSON}\n"
                          f"@{order.body}\n")
    rate = ([f"-rate={order.rate_per_s}/s"] if order.rate_per_s
            else ["-rate=0", f"-max-workers={order.connections}"])
    return ["vegeta", "attack", *rate, f"-connections={order.connections}",
            f"-duration={order.seconds}s", "-insecure", f"-targets={targets}",
            "-output=" + order.write("vegeta.bin", "")]


def count_vegeta(text):
    return sum(count for status, count in json.loads(text)["status_codes"].items()
               if status.startswith("2"))


def fortio(order):
    return ["fortio", "load", "-qps", order.rate_per_s or 0, "-c",
            order.connections, "-t", f"{order.seconds}s", "-k", "-payload-file",
            order.body, "-content-type", JSON, order.url]


def k6(order):
    how = (f"executor: 'constant-arrival-rate', rate: {order.rate_per_s}, "
           f"timeUnit: '1s', preAllocatedVUs: {order.connections}"
           if order.rate_per_s else
           f"executor: 'constant-vus', vus: {order.connections}")
    script = order.write("k6.js", f"""\
import http from 'k6/http';
import {{ Counter }} from 'k6/metrics';
const ok = new Counter('ok');
const body = open('{order.body}');
export const options = {{
  insecureSkipTLSVerify: true, discardResponseBodies: true,
  scenarios: {{ post: {{ {how}, duration: '{order.seconds}s' }} }},
}};
export default function () {{
  const answer = http.post('{order.url}', body,
                           {{ headers: {{ 'Content-Type': '{JSON}' }} }});
  if (answer.status >= 200 && answer.status < 300) ok.add(1);
}}
export function handleSummary(data) {{
  return {{ stdout: 'answered ' + data.metrics.ok.values.count + '\\n' }};
}}
""")
    return ["k6", "run", "--quiet", script]


def locust(order):
    pace = ("wait_time = constant_throughput("
            f"{order.rate_per_s / order.connections})" if order.rate_per_s
            else "wait_time = constant(0)")
    script = order.write("locustfile.py", f"""\
from locust import FastHttpUser, constant, constant_throughput, task
BODY = open({order.body!r}).read()
class Caller(FastHttpUser):
    insecure = True
    {pace}
    @task
    def call(self):
        self.client.post({order.url!r}, data=BODY,
                         headers={{"Content-Type": "{JSON}"}})
""")
    return ["locust", "-f", script, "--headless", "--json", "-u",
            order.connections, "-r", order.connections, "-t",
            f"{order.seconds}s", "--host", order.url]


def count_locust(text):
    rows = json.loads(text[text.index("["):text.rindex("]") + 1])
    return sum(row["num_requests"] - row["num_failures"] for row in rows)


def artillery(order):
    script = order.write("artillery.yml", json.dumps({
        "config": {"target": order.url, "tls": {"rejectUnauthorized": False},
                   "http": {"pool": order.connections},
                   "phases": [{"duration": order.seconds,
                               "arrivalRate": order.rate_per_s}]},
        "scenarios": [{"flow": [{"post": {
            "url": order.url, "headers": {"content-type": JSON},
            "body": pathlib.Path(order.body).read_text(encoding="utf-8")}}]}]}))
    return ["artillery", "run", script]


PEERS = {
    "wrk": Peer(lambda order: ["wrk", *wrk(order)], count_wrk),
    "ab": Peer(ab, count_ab),
    "h2load": Peer(h2load, lambda text: total(r"status codes: (\d+) 2xx", text),
                   paces=True,
                   steady_connections={1_000: 10, 10_000: 10, 50_000: 10}),
    "hey": Peer(hey, lambda text: total(r"\[2\d\d\]\s+(\d+) responses", text),
                paces=True,
                steady_connections={1_000: 4, 10_000: 64, 50_000: 64}),
    # Debian's siege does not get through a TLS handshake.
    "siege": Peer(siege, lambda text: total(
        r'"?[Ss]uccessful_?\s?transactions"?:\s+(\d+)', text), tls=False),
    "wrk2": Peer(lambda order: ["wrk2", *wrk(order, "-R",
                                             order.rate_per_s or 300_000)],
                 count_wrk, paces=True, in_debian=False,
                 tls=False),  # it answers one call in its first seconds
    "vegeta": Peer(vegeta, count_vegeta, paces=True, in_debian=False,
                   report=lambda order: ["vegeta", "report", "-type=json",
                                         order.write("vegeta.bin", None)]),
    "k6": Peer(k6, lambda text: total(r"answered (\d+)", text), paces=True,
               in_debian=False),
    "oha": Peer(oha, lambda text: total(r"\[2\d\d\]\s+(\d+) responses", text),
                paces=True, in_debian=False),
    "fortio": Peer(fortio, lambda text: total(r"Code 2\d\d : (\d+)", text),
                   paces=True, in_debian=False),
    "locust": Peer(locust, count_locust, paces=True, in_debian=False),
    # Its users come at a rate; it knows no "as fast as possible".
    "artillery": Peer(artillery, lambda text: total(
        r"http\.codes\.2\d\d:\s*\.*\s*(\d+)", text.split("Summary report")[-1]),
        saturates=False, paces=True, in_debian=False),
}
