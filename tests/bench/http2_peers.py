"""The other load generators that speak HTTP/2, as peers.py has them for
HTTP/1.1. Each counts only what was answered over HTTP/2.
"""

from peers import JSON, Peer, total


def h2load(order):
    rate = ([f"--rps={order.rate_per_s / order.connections}"]
            if order.rate_per_s else [])
    return ["h2load", *rate, "--npn-list=h2", "-t", order.threads, "-c",
            order.connections, "-m", order.streams, "-D", order.seconds, "-d",
            order.body, "-H", f"content-type: {JSON}", order.url]


def count_h2load(text):
    if not total(r"(?m)^Application protocol: h(2)c?$", text):
        return 0
    return total(r"status codes: (\d+) 2xx", text)


def oha(order):
    rate = ["-q", order.rate_per_s] if order.rate_per_s else []
    return ["oha", "--no-tui", "--http2", *rate, "-z", f"{order.seconds}s", "-c",
            order.connections, "-p", order.streams, "-m", "POST", "-T", JSON,
            "-D", order.body, "--insecure", order.url]


def k6(order):
    """A user has a connection of its own, and calls in batches: one for each
    stream. What is late in a batch holds up the next."""
    script = order.write("k6_http2.js", f"""\
import http from 'k6/http';
import {{ Counter }} from 'k6/metrics';
const ok = new Counter('ok');
const body = open('{order.body}');
const call = {{ method: 'POST', url: '{order.url}', body: body,
               params: {{ headers: {{ 'Content-Type': '{JSON}' }} }} }};
const calls = new Array({order.streams}).fill(call);
export const options = {{
  insecureSkipTLSVerify: true, discardResponseBodies: true,
  batch: {order.streams}, batchPerHost: {order.streams},
  scenarios: {{ post: {{ executor: 'constant-vus', vus: {order.connections},
                       duration: '{order.seconds}s' }} }},
}};
export default function () {{
  for (const answer of http.batch(calls)) {{
    if (answer.proto === 'HTTP/2.0' &&
        answer.status >= 200 && answer.status < 300) ok.add(1);
  }}
}}
export function handleSummary(data) {{
  const count = data.metrics.ok ? data.metrics.ok.values.count : 0;
  return {{ stdout: 'answered ' + count + '\\n' }};
}}
""")
    return ["k6", "run", "--quiet", script]


HTTP2_PEERS = {
    "h2load": Peer(h2load, count_h2load, paces=True),
    "oha": Peer(oha, lambda text: total(r"\[2\d\d\]\s+(\d+) responses", text),
                paces=True, in_debian=False),
    # Speaks HTTP/2 only where TLS has negotiated it.
    "k6": Peer(k6, lambda text: total(r"answered (\d+)", text), clear=False,
               in_debian=False),
}
