"""Requests of `invocator run`, verified by botocore as they come off the wire."""

import collections
import dataclasses
import http.client
import json
import urllib.parse

import pytest
from botocore.credentials import Credentials
from botocore_verifier import BotocoreVerifier
from results import Results

KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}
TOKEN = "AQoDYXdzEPT//////////wEXAMPLE+tc764=="
BODIES = [{"text": "grüße 你好 🚀"}, [1.5, None, "é"], "just a string"]
CALLS = 2  # per instance

# Stage, resource, and the target that has to come off the wire.
TARGETS = [
    ("prod", "plain", "/prod/plain"),
    ("prod", "/a/b/c/", "/prod/a/b/c/"),
    ("prod", "blank%20here", "/prod/blank%20here"),
    ("prod", "raw blank", "/prod/raw%20blank"),
    ("prod", "slash%2Fupper", "/prod/slash%2Fupper"),
    ("prod", "slash%2flower", "/prod/slash%2flower"),
    ("prod", "at@colon:dollar$tilde~", "/prod/at@colon:dollar$tilde~"),
    ("prod", "escaped%40%3A%24%7E", "/prod/escaped%40%3A%24%7E"),
    ("prod", "plus+(star*)!,;='&", "/prod/plus+(star*)!,;='&"),
    ("prod", "grüße/你好", "/prod/gr%C3%BC%C3%9Fe/%E4%BD%A0%E5%A5%BD"),
    ("prod", "gr%c3%bc%c3%9fe", "/prod/gr%c3%bc%c3%9fe"),
    ("", "no-stage", "/no-stage"),
    ("", "", "/"),
    ("prod", "", "/prod"),
    ("prod", "q?b=2&a=1&A=0&a-b=3", "/prod/q?b=2&a=1&A=0&a-b=3"),
    ("prod", "q?k=2&k=1&k=1", "/prod/q?k=2&k=1&k=1"),
    ("prod", "q?flag&empty=&z", "/prod/q?flag&empty=&z"),
    ("prod", "q?a=%2B&b=%20&c=%2f&d=~", "/prod/q?a=%2B&b=%20&c=%2f&d=~"),
    ("prod", "q?raw=*!():@/?,$'", "/prod/q?raw=*!():@/?,$'"),
    ("prod", "q?ü=你|b=c=d", "/prod/q?%C3%BC=%E4%BD%A0%7Cb=c=d"),
]
SCOPED_BY_HOST = "abc123.execute-api.ap-southeast-2.amazonaws.com"
OTHERS = {
    "port": {"host": "Api.Example.com:8443", "resource": "port"},
    "default-port": {"host": "api.example.com:443", "resource": "default-port"},
    "address": {"host": "[2001:DB8::1]:8443", "resource": "address"},
    "scope": {"host": SCOPED_BY_HOST, "resource": "scope", "region": None},
    "lambda": {"resource": "lambda", "service": "lambda"},
    "no-body": {"resource": "no-body", "payload": None},
    "get": {"resource": "get", "method": "GET", "payload": None},
    "headers": {
        "resource": "headers",
        "headers": {
            "X-Amz-Meta": "two   words",
            "X-Own": "value",
            "User-Agent": "a test",
        },
    },
}


def workload_instances():
    defaults = {
        "application": "function",
        "host": "api.example.com",
        "stage": "prod",
        "region": "eu-central-1",
        "service": "execute-api",
        "payload": "bodies.json",
        "interarrivals_list": [0.02] * CALLS,
    }
    instances = {
        f"target-{number}": defaults | {"stage": stage, "resource": resource}
        for number, (stage, resource, _) in enumerate(TARGETS)
    }
    for name, keys in OTHERS.items():
        merged = defaults | keys
        if merged["region"] is None:
            del merged["region"], merged["service"]
        if merged["payload"] is None:
            del merged["payload"]
        instances[name] = merged
    return instances


@dataclasses.dataclass
class Played:
    verifier: BotocoreVerifier
    seen: list
    summary: dict
    token: str

    def of_path(self, path):
        return [r for r in self.seen if r.target.split("?")[0] == path]


@pytest.fixture(
    scope="module", params=["", TOKEN], ids=["long-term", "session-token"]
)
def played(request, invocator, tmp_path_factory):
    folder = tmp_path_factory.mktemp("signing")
    (folder / "bodies.json").write_text(
        json.dumps(BODIES, ensure_ascii=False), encoding="utf-8"
    )
    workload = {
        "test_name": "signing",
        "test_duration_in_seconds": 1,
        "random_seed": 1,
        "blocking_cli": False,
        "instances": workload_instances(),
    }
    path = folder / "workload.json"
    path.write_text(
        json.dumps(workload, ensure_ascii=False), encoding="utf-8"
    )
    token = request.param
    environment = KEYS | ({"AWS_SESSION_TOKEN": token} if token else {})
    credentials = Credentials(*KEYS.values(), token or None)
    with BotocoreVerifier(credentials) as verifier:
        finished = invocator(
            ["run", path, "--endpoint-url", verifier.url]
            + ["--out", folder / "out", "--threads", "1"]
            + ["--memory-size", "keep"],  # the verifier is no Lambda API
            env=environment,
        )
        assert finished.returncode == 0, finished.stderr
        assert KEYS["AWS_SECRET_ACCESS_KEY"] not in finished.stderr
        summary = Results(folder / "out").summary
        yield Played(verifier, list(verifier.seen), summary, token)


def test_every_request_verifies(played):
    assert [(r.target, r.reason) for r in played.seen if r.reason] == []
    planned = CALLS * (len(TARGETS) + len(OTHERS))
    assert len(played.seen) == planned
    assert played.summary["outcomes"]["ok"] == planned


def test_targets_come_off_the_wire_as_written(played):
    targets = collections.Counter(r.target for r in played.seen)
    for _, resource, target in TARGETS:
        assert targets[target] == CALLS, (resource, targets)


def test_bodies_are_the_payloads_cycled(played):
    for _, _, target in TARGETS:
        bodies = [json.loads(r.body) for r in played.seen if r.target == target]
        # Any order: two calls in flight may overtake each other.
        assert all(body in bodies for body in BODIES[:CALLS]), target
    for request in played.of_path("/prod/no-body") + played.of_path("/prod/get"):
        assert request.body == b""


def test_host_headers_keep_their_port_unless_it_is_the_default(played):
    for path, host in [
        ("/prod/plain", "api.example.com"),
        ("/prod/port", "api.example.com:8443"),
        ("/prod/default-port", "api.example.com"),
        ("/prod/address", "[2001:db8::1]:8443"),
        ("/prod/scope", SCOPED_BY_HOST),
    ]:
        assert {r.header("host") for r in played.of_path(path)} == {host}


def test_scope_is_that_of_the_workload_or_else_of_the_host(played):
    for path, scope in [
        ("/prod/plain", "/eu-central-1/execute-api/aws4_request"),
        ("/prod/lambda", "/eu-central-1/lambda/aws4_request"),
        ("/prod/scope", "/ap-southeast-2/execute-api/aws4_request"),
    ]:
        requests = played.of_path(path)
        assert len(requests) == CALLS
        assert all(scope in r.header("authorization") for r in requests)


def test_token_is_sent_and_signed_with_temporary_credentials_only(played):
    for request in played.seen:
        assert request.header("x-amz-security-token") == (played.token or None)
        is_signed = "x-amz-security-token" in request.header("authorization")
        assert is_signed == bool(played.token)


def replay(played, request):
    """The status of a request sent to the verifier header by header."""
    address = urllib.parse.urlsplit(played.verifier.url).netloc
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.putrequest(
            request.method,
            request.target,
            skip_host=True,
            skip_accept_encoding=True,
        )
        for name, value in request.headers:
            connection.putheader(name, value.encode("utf-8"))
        connection.endheaders(request.body)
        return connection.getresponse().status
    finally:
        connection.close()


def with_header(request, name, change):
    headers = [
        (n, change(v) if n.lower() == name else v) for n, v in request.headers
    ]
    assert headers != request.headers, f"{name} is not there to be changed"
    return dataclasses.replace(request, headers=headers)


def one_second_later(amz_date):
    second = int(amz_date[13:15])
    return f"{amz_date[:13]}{second + 1 if second < 59 else 0:02}Z"


def with_last_digit_changed(text):
    return text[:-1] + ("0" if text[-1] != "0" else "1")


TAMPERINGS = {
    "body": lambda r: dataclasses.replace(
        r, body=r.body.replace(b"t", b"T", 1)
    ),
    "path": lambda r: dataclasses.replace(
        r, target=r.target.replace("/q", "/Q")
    ),
    "query value": lambda r: dataclasses.replace(
        r, target=r.target.replace("b=2", "b=3")
    ),
    "query parameter": lambda r: dataclasses.replace(
        r, target=r.target + "&c=1"
    ),
    "method": lambda r: dataclasses.replace(r, method="PUT"),
    "host": lambda r: with_header(r, "host", lambda v: "evil.example.com"),
    "date": lambda r: with_header(r, "x-amz-date", one_second_later),
    "signature": lambda r: with_header(
        r, "authorization", with_last_digit_changed
    ),
    "added x-amz- header": lambda r: dataclasses.replace(
        r, headers=r.headers + [("X-Amz-Meta", "1")]
    ),
    "no authorization": lambda r: dataclasses.replace(
        r, headers=[h for h in r.headers if h[0].lower() != "authorization"]
    ),
}


def captured(played):
    """A request with a query and a body."""
    (target,) = [t for _, _, t in TARGETS if "?b=2" in t]
    return next(
        r for r in played.seen if r.target == target and b"text" in r.body
    )


def test_replaying_a_request_as_it_was_is_accepted(played):
    assert replay(played, captured(played)) == 200


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampered_request_is_refused(played, tampering):
    original = captured(played)
    tampered = TAMPERINGS[tampering](original)
    assert tampered != original
    assert replay(played, tampered) == 403


def test_tampered_header_of_the_workload_is_refused(played):
    request = played.of_path("/prod/headers")[0]
    assert replay(played, request) == 200
    assert replay(played, with_header(request, "x-amz-meta", str.upper)) == 403


def test_tampered_token_is_refused(played):
    request = captured(played)
    if played.token:
        tampered = with_header(request, "x-amz-security-token", str.lower)
    else:
        forged = request.headers + [("X-Amz-Security-Token", TOKEN)]
        tampered = dataclasses.replace(request, headers=forged)
    assert replay(played, tampered) == 403
