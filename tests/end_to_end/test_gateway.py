"""invocator-gateway, asked by botocore: what it signs is let in, what is not
signed by its rules is refused in API Gateway's words."""

import concurrent.futures
import datetime
import hashlib
import http.client
import json
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.parse

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from conftest import ENDING_SIGNALS, clean_environment, program, stop

KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "AQoDYXdzEPT//////////wEXAMPLE+tc764=="
AWS_HOST = "abc123.execute-api.us-west-1.amazonaws.com"
TIMEOUT_S = 10


def ask(url, target, method="POST", body=b"", headers=None, context=None):
    """(status, headers, body) of exactly that request: no redirects, nothing
    normalised, no header but Host, Accept-Encoding and Content-Length added."""
    address = urllib.parse.urlsplit(url)
    if address.scheme == "https":
        connection = http.client.HTTPSConnection(
            address.netloc, timeout=TIMEOUT_S, context=context
        )
    else:
        connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT_S)
    try:
        connection.request(method, target, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def signed(
    url,
    target,
    method="POST",
    body=b"",
    headers=None,
    key=KEY,
    secret=SECRET,
    token=None,
    region="us-west-1",
    service="execute-api",
    host=None,
):
    """The headers botocore makes for that request."""
    host = host or urllib.parse.urlsplit(url).netloc
    request = AWSRequest(
        method, f"https://{host}{target}", data=body, headers=headers or {}
    )
    request.headers["Host"] = host
    SigV4Auth(Credentials(key, secret, token), service, region).add_auth(request)
    return dict(request.headers.items())


def call(url, target="/default/chameleon", **options):
    """Signs with botocore and asks."""
    headers = signed(url, target, **options)
    return ask(
        url,
        target,
        options.get("method", "POST"),
        options.get("body", b""),
        headers,
    )


def stats(url):
    return json.loads(ask(url, "/_stats", "GET")[2])


def assert_refused(answer, error_type, message, status=403):
    assert answer[0] == status, answer[2]
    assert answer[1]["x-amzn-ErrorType"] == error_type
    assert re.search(message, json.loads(answer[2])["message"]), answer[2]


@pytest.mark.parametrize(
    "target",
    [
        "/prod/plain",
        "/prod/a%20b",
        "/prod/slash%2Fupper/slash%2flower",
        "/prod/at@colon:dollar$",
        "/prod/%C3%A4%F0%9F%9A%80",
        "/prod/q?b=2&a=1&a=0&flag&empty=",
        "/prod/q?plus=%2B&blank=%20&slash=%2F",
        "/prod/trailing/",
    ],
)
def test_what_botocore_signs_is_let_in(gateway, target):
    url = gateway()
    for method, body in [("POST", b'{"n": 1}'), ("GET", b""), ("PUT", b"\0\xff")]:
        status, headers, answer = call(url, target, method=method, body=body)
        assert status == 200, answer
        assert headers["Content-Type"] == "application/json"
        assert re.fullmatch(
            r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
            headers["x-amzn-RequestId"],
        )
        assert re.fullmatch(r"[A-Za-z0-9+/]{15}=", headers["x-amz-apigw-id"])
        assert re.fullmatch(
            r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Sampled=[01]",
            headers["X-Amzn-Trace-Id"],
        )
        assert "x-amzn-ErrorType" not in headers
        assert json.loads(answer)["statusCode"] == 200


def test_signed_headers_are_covered_as_sent(gateway):
    url = gateway()
    headers = {"Content-Type": "application/json", "X-Amz-Meta": "  a   b  "}
    assert call(url, headers=headers, body=b"{}")[0] == 200


def test_unsigned_is_refused(gateway):
    url = gateway()
    assert_refused(
        ask(url, "/default/f"),
        "MissingAuthenticationTokenException",
        "^Missing Authentication Token$",
    )


def test_wrong_secret_is_refused_with_the_canonical_string(gateway):
    url = gateway()
    answer = call(url, "/prod/a%20b", body=b"x", secret="other")
    assert_refused(
        answer,
        "InvalidSignatureException",
        r"(?s)^The request signature we calculated does not match.*"
        r"The Canonical String for this request should have been\n"
        r"'POST\n/prod/a%2520b\n.*" + hashlib.sha256(b"x").hexdigest() + "'",
    )


def test_tampering_is_refused(gateway):
    url = gateway()
    target = "/default/f?a=1"
    headers = signed(url, target, body=b"{}", headers={"X-Amz-Meta": "1"})

    def refused(target=target, method="POST", body=b"{}", **changed):
        answer = ask(url, target, method, body, headers | changed)
        assert_refused(answer, "InvalidSignatureException", "does not match")

    assert ask(url, target, "POST", b"{}", headers)[0] == 200
    refused(target="/default/g?a=1")
    refused(target="/default/f?a=2")
    refused(target="/default/f")
    refused(method="PUT")
    refused(body=b"{ }")
    refused(**{"X-Amz-Meta": "2"})
    refused(Authorization=headers["Authorization"][:-1])


def test_unknown_key_is_refused(gateway):
    assert_refused(
        call(gateway(), key="AKIDOTHER"),
        "UnrecognizedClientException",
        r"^The security token included in the request is invalid\.$",
    )


def test_region_is_that_of_the_host_and_service_is_execute_api(gateway):
    url = gateway()
    assert call(url, host=AWS_HOST)[0] == 200
    assert_refused(
        call(url, host=AWS_HOST, region="us-east-1", service="lambda"),
        "InvalidSignatureException",
        r"^Credential should be scoped to a valid region, not 'us-east-1'\. "
        r"Credential should be scoped to correct service: 'execute-api'\. $",
    )


def test_five_minutes_are_too_old(gateway, monkeypatch):
    class EarlierClock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return cls.now(datetime.timezone.utc).replace(
                tzinfo=None
            ) - datetime.timedelta(minutes=6)

    monkeypatch.setattr("botocore.auth.datetime.datetime", EarlierClock)
    # Newer versions of botocore read the clock here.
    monkeypatch.setattr(
        "botocore.auth.get_current_datetime",
        lambda **_: EarlierClock.utcnow(),
        raising=False,
    )
    assert_refused(
        call(gateway()),
        "InvalidSignatureException",
        r"^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z "
        r"\(\d{8}T\d{6}Z - 5 min\.\)$",
    )


def test_accepts_its_environments_key_and_asks_for_its_token(gateway):
    url = gateway(
        env={
            "AWS_ACCESS_KEY_ID": "AKIDMINE",
            "AWS_SECRET_ACCESS_KEY": "mine",
            "AWS_SESSION_TOKEN": TOKEN,
        }
    )
    mine = {"key": "AKIDMINE", "secret": "mine"}
    assert call(url, token=TOKEN, **mine)[0] == 200
    for token in (None, "other"):
        assert_refused(
            call(url, token=token, **mine),
            "UnrecognizedClientException",
            "security token",
        )
    assert_refused(call(url), "UnrecognizedClientException", "security token")


def test_stats_tell_what_came(gateway):
    url = gateway()
    for _ in range(3):
        call(url, "/default/f")
    call(url, "/default/g?a=1")
    call(url, "/default/g", secret="other")
    ask(url, "/default/g")
    ask(url, "/default")
    assert ask(url, "/ping", "GET")[::2] == (200, b"healthy")
    seen = stats(url)
    assert seen["requests"] == 7
    assert seen["ok"] == seen["verified"] == 4
    assert seen["by_status"] == {"200": 4, "403": 3}
    assert seen["refused"] == {
        "InvalidSignatureException": 1,
        "MissingAuthenticationTokenException": 2,
    }
    assert seen["by_path"] == {"/default/f": 3, "/default/g": 3}
    assert seen["cold_starts"] == seen["environments"] == 2


def test_throttle_answers_429(gateway):
    url = gateway("--throttle", "0.001/s:2")
    assert [call(url)[0] for _ in range(2)] == [200, 200]
    assert_refused(
        call(url), "TooManyRequestsException", "^Too Many Requests$", status=429
    )


def test_failing_function_answers_502(gateway):
    assert_refused(
        call(gateway("--fail", 1)),
        "InternalServerErrorException",
        "^Internal server error$",
        status=502,
    )


def test_cold_starts_are_paid_per_concurrent_environment(gateway):
    url = gateway("--no-auth", "--latency", "200ms", "--cold-start", "500ms")

    def timed(_):
        start = time.monotonic()
        answer = json.loads(ask(url, "/default/f")[2])
        return answer["coldStart"], time.monotonic() - start

    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        for cold, took_s in pool.map(timed, range(5)):
            assert cold and took_s >= 0.7
    cold, took_s = timed(0)
    assert not cold and took_s >= 0.2
    assert stats(url)["cold_starts"] == 5


def test_response_has_the_bytes_asked_for(gateway):
    status, headers, body = call(gateway("--response-bytes", 100_000))
    assert (status, len(body)) == (200, 100_000)
    json.loads(body)


def test_https(gateway, tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
        + ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
        timeout=60,
    )
    url = gateway("--tls-cert", cert, "--tls-key", key)
    headers = signed(url, "/default/f")
    context = ssl.create_default_context(cafile=cert)
    assert ask(url, "/default/f", headers=headers, context=context)[0] == 200


def test_prints_one_line_when_ready_and_ends_at_signals():
    for ending in ENDING_SIGNALS:
        process = subprocess.Popen(
            [program("invocator-gateway"), "--listen", "127.0.0.1:0"]
            + ["--no-auth", "--latency", "10m"],
            env=clean_environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            line = process.stdout.readline()
            port = re.fullmatch(
                r"listening on http://127\.0\.0\.1:(\d+)\n", line
            ).group(1)
            with socket.create_connection(("127.0.0.1", int(port)), TIMEOUT_S) as one:
                one.sendall(b"GET /a/b HTTP/1.1\r\nHost: h\r\n\r\n")
                process.send_signal(ending)
                assert process.wait(TIMEOUT_S) == 0
            assert process.stdout.read() == ""
        finally:
            stop(process)
            process.stdout.close()


def run_to_end(*options, env=None):
    return subprocess.run(
        [program("invocator-gateway"), *options],
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


def test_exit_codes_and_words_of_what_cannot_be(gateway):
    url = gateway()
    taken = urllib.parse.urlsplit(url).netloc
    result = run_to_end("--listen", taken)
    assert result.returncode == 3
    assert taken in result.stderr and "in use" in result.stderr
    assert result.stdout == ""

    result = run_to_end("--latency", "fast")
    assert result.returncode == 2 and "'fast'" in result.stderr

    result = run_to_end(env={"AWS_ACCESS_KEY_ID": "AKIDMINE"})
    assert result.returncode == 2 and "AWS_SECRET_ACCESS_KEY" in result.stderr

    result = run_to_end("--help")
    assert result.returncode == 0 and "--cold-start" in result.stdout


def test_http_clients_connection_is_kept(gateway):
    url = gateway()
    connection = http.client.HTTPConnection(
        urllib.parse.urlsplit(url).netloc, timeout=TIMEOUT_S
    )
    for _ in range(20):
        connection.request("POST", "/default/f", headers=signed(url, "/default/f"))
        response = connection.getresponse()
        response.read()
        assert response.status == 200
    connection.request("GET", "/_stats")
    seen = json.loads(connection.getresponse().read())
    connection.close()
    assert seen["by_path"] == {"/default/f": 20}
    # The fixture's probe, and this one.
    assert seen["connections_accepted"] == 2
