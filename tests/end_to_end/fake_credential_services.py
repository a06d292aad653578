"""The services that hand out AWS credentials, on loopback: instance metadata
(IMDSv2), a container's agent, and the Security Token Service, which verifies
what is signed with botocore."""

import base64
import datetime
import http.server
import json
import ssl
import threading
import time
import urllib.parse
from xml.sax.saxutils import escape

from botocore.credentials import Credentials
from botocore_verifier import SeenRequest, reason_to_refuse

IMDS_TOKEN = "an-imds-session=="
ROLE = "the-instance-role"
IMDS_REGION = "eu-north-1"
ROLE_PATH = "/latest/meta-data/iam/security-credentials/"
CONTAINER_PATH = "/v1/credentials"
CONTAINER_TOKEN = "Basic container-token"
WEB_IDENTITY = "eyJ.web/identity+token"


def utc(unix_s):
    time_of = datetime.datetime.fromtimestamp(unix_s, datetime.timezone.utc)
    return time_of.strftime("%Y-%m-%dT%H:%M:%SZ")


def issued(key_id, life_s=3600):
    """What the services hand out under a key id."""
    return {
        "AccessKeyId": key_id,
        "SecretAccessKey": f"secret/of+{key_id}",
        "Token": f"token/of+{key_id}==",
        "Expiration": utc(time.time() + life_s),
    }


def jwt(**claims):
    """A token as an identity provider gives one, but for the signature."""
    claims = {
        "iss": "https://oidc.test/id",
        "sub": "system:serviceaccount:a:<b>",
        "aud": ["sts.amazonaws.com"],
        "exp": int(time.time()) + 3600,
    } | claims
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims))
    encoded = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts]
    return b".".join([*encoded, b"c2lnbmF0dXJl"]).decode()


def as_botocore(keys):
    return Credentials(
        keys["AccessKeyId"], keys["SecretAccessKey"], keys["Token"]
    )


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def handle_any(self):
        services = self.server.services
        length = int(self.headers.get("Content-Length", 0))
        seen = SeenRequest(
            self.command,
            self.path,
            list(self.headers.items()),
            self.rfile.read(length),
        )
        with services.lock:
            services.seen.append(seen)
            status, body = services.answer(seen)
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass

    do_GET = do_POST = do_PUT = handle_any


class FakeCredentialServices:
    """Listens on loopback while in its context.

    `issue(service)` -> what "imds", "container", "sts" hand out. `sources`: the
    credentials that may sign an AssumeRole. `certificate`: (certificate, key)
    files, to be asked by https. What came is kept in `seen`.
    """

    def __init__(self, issue=None, sources=(), certificate=None):
        self.issue = issue or (lambda service: issued(f"ASIA{service.upper()}X"))
        self.sources = list(sources)
        self.status = 200  # another one: every answer has it
        self.imds_v1_only = False
        self.seen = []
        self.lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), _Handler
        )
        self._server.daemon_threads = True
        self._server.services = self
        self._scheme = "http"
        if certificate:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True
            )

    @property
    def url(self):
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def answer(self, seen):
        if self.status != 200:
            return self.status, ""
        if seen.target.startswith("/latest/"):
            return self.answer_imds(seen)
        if seen.target == CONTAINER_PATH:
            if seen.header("authorization") != CONTAINER_TOKEN:
                return 401, "who are you?"
            return 200, json.dumps(self.issue("container"))
        if seen.method == "POST" and seen.target == "/":
            return self.answer_sts(seen)
        return 404, "no such thing"

    def answer_imds(self, seen):
        if seen.target == "/latest/api/token":
            ttl = seen.header("x-aws-ec2-metadata-token-ttl-seconds")
            if seen.method != "PUT" or self.imds_v1_only:
                return 405, ""
            return (200, IMDS_TOKEN) if ttl and ttl.isdigit() else (400, "")
        shown = seen.header("x-aws-ec2-metadata-token")
        if shown != (None if self.imds_v1_only else IMDS_TOKEN):
            return 401, ""
        if seen.target == "/latest/meta-data/placement/region":
            return 200, IMDS_REGION
        if seen.target == ROLE_PATH:
            return 200, ROLE
        if seen.target == ROLE_PATH + ROLE:
            return 200, json.dumps({"Code": "Success"} | self.issue("imds"))
        return 404, ""

    def answer_sts(self, seen):
        form = dict(urllib.parse.parse_qsl(seen.body.decode()))
        action = form.get("Action", "")
        if form.get("Version") != "2011-06-15":
            return self.sts_error("InvalidAction", "no such version")
        if action == "AssumeRoleWithWebIdentity":
            if seen.header("authorization") is not None:
                return self.sts_error("Signed", "nothing is to be signed")
            if form.get("WebIdentityToken") != WEB_IDENTITY:
                return self.sts_error("AccessDenied", "not this identity")
        elif action == "AssumeRole":
            reasons = [
                reason_to_refuse(seen, source, time.time())
                for source in self.sources
            ]
            if "" not in reasons:
                return self.sts_error("SignatureDoesNotMatch", str(reasons))
        else:
            return self.sts_error("InvalidAction", action)
        if "denied" in form.get("RoleArn", ""):
            return self.sts_error("AccessDenied", "you & yours may not")
        keys = self.issue("sts")
        return 200, (
            f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
            f"<{action}Result><AssumedRoleUser><Arn>{form['RoleArn']}</Arn>"
            "</AssumedRoleUser><Credentials>"
            f"<AccessKeyId>{keys['AccessKeyId']}</AccessKeyId>"
            f"<SecretAccessKey>{escape(keys['SecretAccessKey'])}</SecretAccessKey>"
            f"<SessionToken>{escape(keys['Token'])}</SessionToken>"
            f"<Expiration>{keys['Expiration']}</Expiration></Credentials>"
            f"</{action}Result></{action}Response>"
        )

    @staticmethod
    def sts_error(code, message):
        return 403, (
            "<ErrorResponse><Error><Type>Sender</Type>"
            f"<Code>{code}</Code><Message>{escape(message)}</Message></Error>"
            "</ErrorResponse>"
        )

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
