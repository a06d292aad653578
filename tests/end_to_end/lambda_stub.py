"""A Lambda control API for tests, and the API Gateway in front of it: what it
knows of functions is at hand, and it misbehaves as a test tells it to. Every
control call's signature is verified by botocore.

A function has a new RevisionId after every update, and once more when that is
over, as AWS has it; an update that names another one is refused."""

import collections
import http.server
import json
import threading
import time
import urllib.parse

from botocore.credentials import Credentials
from botocore_verifier import SeenRequest, reason_to_refuse

PREFIX = "/2015-03-31/functions/"


class LambdaStub:
    """Listens on loopback while in its context.

    `functions`: {name: MB}, changed by what comes in. `update_s`: how long an
    update takes. `script`: called with (method, name, body) before a control
    call takes effect; what it returns, if anything, is (status, error code,
    message) or (status, error code, message, headers), or "hang up".
    """

    account = "123456789012"

    def __init__(self, key, secret, functions, update_s=0.0, script=None):
        self.credentials = Credentials(key, secret)
        self.functions = dict(functions)
        self.update_s = update_s
        self.script = script or (lambda *_: None)
        self.state = {"State": "Active"}  # of all functions
        self.calls = []  # "GET f", "PUT f 256"
        self.refused = []  # signatures that did not verify, and why
        self.invoked_at = []  # {name: MB} at each invocation
        self.busy_until = {}
        self.updates = collections.Counter()
        self.answered = []  # of control calls: "PUT f 256: 200"
        self.lock = threading.Lock()
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), self.handler()
        )
        self.server.daemon_threads = True

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05},
            daemon=True,
        )
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(timeout=10)

    def puts(self):
        return [call for call in self.calls if call.startswith("PUT")]

    def control(self, method, path, body, region):
        """(status, headers, JSON) of a call that is signed right."""
        name = urllib.parse.unquote(path.removeprefix(PREFIX).split("/")[0])
        asked = json.loads(body) if method == "PUT" else {}
        size = asked.get("MemorySize")
        call = f"{method} {name}" + (f" {size}" if size else "")
        with self.lock:
            self.calls.append(call)
        answer = self.take_effect(method, name, body, asked, region)
        with self.lock:
            self.answered.append(f"{call}: {answer[0] if answer else None}")
        return answer

    def take_effect(self, method, name, body, asked, region):
        told = self.script(method, name, body)
        if told == "hang up":
            return None
        if told:
            status, code, message, headers = (*told, {})[:4]
            return status, {"x-amzn-ErrorType": code} | headers, {
                "Type": "User", "message": message}
        with self.lock:
            if name not in self.functions:
                return 404, {"x-amzn-ErrorType": "ResourceNotFoundException"}, {
                    "Type": "User", "Message": f"Function not found: {name}"}
            busy = time.monotonic() < self.busy_until.get(name, 0)
            if method == "PUT":
                if busy:
                    return 409, {
                        "x-amzn-ErrorType": "ResourceConflictException"
                    }, {"Type": "User", "message": "An update is in progress"}
                revision = self.revision(name, busy)
                if asked.get("RevisionId", revision) != revision:
                    return 412, {
                        "x-amzn-ErrorType": "PreconditionFailedException"
                    }, {"Type": "User", "message": "Another RevisionId"}
                self.functions[name] = asked["MemorySize"]
                self.updates[name] += 1
                self.busy_until[name] = time.monotonic() + self.update_s
                busy = self.update_s > 0
            return 200, {}, {
                "FunctionName": name,
                "FunctionArn":
                    f"arn:aws:lambda:{region}:{self.account}:function:{name}",
                "MemorySize": self.functions[name],
                "LastUpdateStatus": "InProgress" if busy else "Successful",
                "RevisionId": self.revision(name, busy),
            } | self.state

    def revision(self, name, busy):
        return f"{self.updates[name]}-{'updating' if busy else 'settled'}"

    def handler(self):
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1
            timeout = 60

            def handle_any(self):
                body = self.rfile.read(
                    int(self.headers.get("Content-Length", 0))
                )
                if not self.path.startswith(PREFIX):
                    with stub.lock:
                        stub.invoked_at.append(dict(stub.functions))
                    return self.answer(200, {}, {})
                seen = SeenRequest(
                    self.command, self.path, list(self.headers.items()), body
                )
                reason = reason_to_refuse(seen, stub.credentials, time.time())
                if "/lambda/aws4_request" not in self.headers["Authorization"]:
                    reason = reason or "not signed for the service lambda"
                if reason:
                    stub.refused.append(reason)
                    return self.answer(403, {}, {"message": reason})
                region = self.headers["Authorization"].split("/")[2]
                answer = stub.control(self.command, self.path, body, region)
                if answer is None:
                    self.close_connection = True
                    return None
                return self.answer(*answer)

            def answer(self, status, headers, value):
                body = json.dumps(value).encode()
                self.send_response(status)
                for name, text in headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

            do_GET = do_POST = do_PUT = handle_any

        return Handler
