#!/usr/bin/python3
"""An HTTP server that checks SigV4 signatures with botocore.

An oracle for requests on the wire, independent of Invocator's own signer: it
takes every request exactly as received, computes its signature with botocore's
SigV4Auth from the headers it names, and answers 200, or 403 with the reason as
JSON. What it saw is kept in `seen`.

By hand (one line of JSON per request on stdout; Ctrl-C ends it):
  AWS_ACCESS_KEY_ID=AKID AWS_SECRET_ACCESS_KEY=secret \\
      tests/oracle/botocore_verifier.py --port 9001
"""

import argparse
import calendar
import dataclasses
import hmac
import http.server
import json
import os
import re
import threading
import time
from urllib.parse import unquote

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8})/([^/, ]+)/([^/, ]+)"
    r"/aws4_request, SignedHeaders=([^, ]+), Signature=([0-9a-f]{64})"
)
MAX_SKEW_S = 300
MAX_BODY_BYTES = 16 * 1024 * 1024


@dataclasses.dataclass
class SeenRequest:
    method: str
    target: str  # of the request line, as received
    headers: list  # of (name, value), in the order received
    body: bytes
    reason: str = ""  # why it was refused
    connection: int = 0  # counts the server's connections

    @property
    def verified(self):
        return not self.reason

    def header(self, name):
        """The only value of a header, or None."""
        values = [v for n, v in self.headers if n.lower() == name]
        return values[0] if len(values) == 1 else None

    def as_json(self):
        return json.dumps(
            {
                "verified": self.verified,
                "reason": self.reason,
                "method": self.method,
                "target": self.target,
                "headers": self.headers,
                "body": self.body.decode("utf-8", "backslashreplace"),
                "connection": self.connection,
            }
        )


def reason_to_refuse(request, credentials, now_s):
    """Why a SeenRequest is not signed right; empty if it is."""
    authorization = AUTHORIZATION.fullmatch(
        request.header("authorization") or ""
    )
    if authorization is None:
        return "no well-formed Authorization header"
    key_id, date, region, service, names, signature = authorization.groups()
    if key_id != credentials.access_key:
        return "unknown access key id"

    amz_date = request.header("x-amz-date") or ""
    if re.fullmatch(r"\d{8}T\d{6}Z", amz_date) is None:
        return "no well-formed X-Amz-Date header"
    if amz_date[:8] != date:
        return "X-Amz-Date and the credential's date differ"
    sent_s = calendar.timegm(time.strptime(amz_date, "%Y%m%dT%H%M%SZ"))
    if abs(now_s - sent_s) > MAX_SKEW_S:
        return "X-Amz-Date is more than five minutes away"
    if request.header("x-amz-security-token") != credentials.token:
        return "wrong or missing X-Amz-Security-Token"

    names = names.split(";")
    if names != sorted(set(names)):
        return "SignedHeaders are not in order"
    sent_names = {name.lower() for name, _ in request.headers}
    must_sign = {n for n in sent_names if n.startswith("x-amz-")} | {"host"}
    if unsigned := must_sign - set(names):
        return f"not signed: {sorted(unsigned)}"
    if absent := set(names) - sent_names:
        return f"signed but not sent: {sorted(absent)}"

    expected = botocore_signature(request, names, credentials, region, service)
    if not hmac.compare_digest(expected["signature"], signature):
        return (
            "the signature does not match; the canonical request should have "
            f"been\n{expected['canonical_request']}"
        )
    return ""


def botocore_signature(request, names, credentials, region, service):
    path, _, query = request.target.partition("?")
    # botocore takes the query of a URL as canonical already; parameters it
    # encodes and sorts.
    parameters = []
    for part in query.split("&") if query else []:
        name, _, value = part.partition("=")
        parameters.append((unquote(name), unquote(value)))
    # The host of the URL is not used: the Host header is always signed.
    aws = AWSRequest(
        method=request.method,
        url="https://host" + path,
        params=parameters,
        data=request.body,
    )
    for name, value in request.headers:
        if name.lower() in names:
            aws.headers.add_header(name, value)
    aws.context["timestamp"] = request.header("x-amz-date")
    auth = SigV4Auth(credentials, service, region)
    canonical_request = auth.canonical_request(aws)
    to_sign = auth.string_to_sign(aws, canonical_request)
    return {
        "canonical_request": canonical_request,
        "signature": auth.signature(to_sign, aws),
    }


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body of a response leave together
    timeout = 60

    def setup(self):
        super().setup()
        self.connection_number = self.server.verifier.count_connection()

    def handle_any(self):
        body = self.read_body()
        if body is None:
            return
        verifier = self.server.verifier
        seen = SeenRequest(
            method=self.command,
            target=_as_received(self.requestline.split(" ")[1]),
            headers=[(n, _as_received(v)) for n, v in self.headers.items()],
            body=body,
            connection=self.connection_number,
        )
        seen.reason = reason_to_refuse(
            seen, verifier.credentials, time.time()
        )
        verifier.remember(seen)
        answer = {"message": seen.reason} if seen.reason else {"ok": True}
        self.answer(403 if seen.reason else 200, answer)

    def read_body(self):
        """None when the request was answered with an error already."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self.answer(411, {"message": "expected a Content-Length"})
        elif not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.answer(413, {"message": f"bad Content-Length {length}"})
        else:
            return self.rfile.read(int(length))
        self.close_connection = True
        return None

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any
    do_OPTIONS = handle_any


def _as_received(text):
    """http.server decodes Latin-1; the wire's non-ASCII bytes are UTF-8."""
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class BotocoreVerifier:
    """A verifying server on loopback, listening while in its context."""

    def __init__(self, credentials, port=0, on_seen=None):
        self.credentials = credentials
        self.seen = []
        self._on_seen = on_seen
        self._lock = threading.Lock()
        self._connections = 0
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.verifier = self

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def count_connection(self):
        with self._lock:
            self._connections += 1
            return self._connections

    def remember(self, seen):
        with self._lock:
            self.seen.append(seen)
            if self._on_seen is not None:
                self._on_seen(seen)

    def __enter__(self):
        self._thread = threading.Thread(
            target=self._server.serve_forever, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)


def main():
    parser = argparse.ArgumentParser(
        description="Check SigV4 requests with botocore. Credentials come from "
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN."
    )
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    try:
        credentials = Credentials(
            os.environ["AWS_ACCESS_KEY_ID"],
            os.environ["AWS_SECRET_ACCESS_KEY"],
            os.environ.get("AWS_SESSION_TOKEN") or None,
        )
    except KeyError as error:
        parser.error(f"{error.args[0]} is not set")
    with BotocoreVerifier(
        credentials, port, lambda seen: print(seen.as_json(), flush=True)
    ) as verifier:
        print(json.dumps({"url": verifier.url}), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
    verified = sum(seen.verified for seen in verifier.seen)
    refused = len(verifier.seen) - verified
    print(json.dumps({"verified": verified, "refused": refused}))


if __name__ == "__main__":
    main()
