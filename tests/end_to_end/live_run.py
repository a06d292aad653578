"""A run with a live page or /metrics that a test looks at while it plays: its
printed address, requests made with http.client, and its event stream."""

import http.client
import json
import re
import socket
import ssl
import subprocess
import threading
import urllib.parse

from results import KEYS, instance, wait_until, write_workload

DEADLINE_S = 20


class LiveRun:
    """50/s for `seconds`; `options` of the run."""

    def __init__(self, launch, folder, url, *options, seconds=60, **keys):
        document = {
            "instances": {"a": instance(distribution="Uniform", rate=50)},
            "test_duration_in_seconds": seconds,
        } | keys
        self.out = folder / "out"
        path = write_workload(folder, **document)
        self.process = launch(
            ["run", path, "--endpoint-url", url, "--out", self.out, *options],
            env=KEYS,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.err = []
        threading.Thread(target=self.read_stderr, daemon=True).start()
        wait_until(lambda: self.printed() or self.ended(), "a printed URL")
        assert self.printed(), self.stderr()
        self.url = urllib.parse.urlsplit(self.printed().group(1))
        self.port = self.url.port
        self.token = self.url.query.removeprefix("token=")
        self.cookie = {"Cookie": f"invocator_{self.port}={self.token}"}

    def read_stderr(self):
        for line in self.process.stderr:
            self.err.append(line)

    def stderr(self):
        return "".join(self.err)

    def printed(self):
        return re.search(r"(?:live page|metrics): (\S+)\n", self.stderr())

    def ended(self):
        return self.process.poll() is not None

    def wait_for_start(self):
        """Until something has been sent."""
        wait_until(
            lambda: self.metric("invocator_sent_total", 0) > 0, "a sent call"
        )

    def get(self, path, headers=None, host=None, method="GET", ca_file=None):
        """(status, headers, body) of one request."""
        if ca_file:
            context = ssl.create_default_context(cafile=ca_file)
            connection = http.client.HTTPSConnection(
                "localhost", self.port, timeout=DEADLINE_S, context=context
            )
        else:
            connection = http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=DEADLINE_S
            )
        all_headers = {"Host": host or f"127.0.0.1:{self.port}"}
        try:
            connection.request(
                method, path, headers=all_headers | (headers or {})
            )
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def metrics_text(self):
        status, _, text = self.get("/metrics")
        assert status == 200
        return text

    def metric(self, name, default=None):
        """Sum over the samples of that name."""
        return sum_of(self.metrics_text(), name, default)

    def watch(self, **headers):
        return Watcher(self, headers)

    def wait(self):
        """The exit code."""
        return self.process.wait(DEADLINE_S)


def sum_of(text, name, default=None):
    found = [
        float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if re.match(rf"{name}(\{{.*\}})? ", line)
    ]
    if not found:
        return default
    return sum(found)


class Watcher:
    """Reads /events as a browser's EventSource does."""

    def __init__(self, run, headers=None):
        self.socket = socket.create_connection(
            ("127.0.0.1", run.port), DEADLINE_S
        )
        lines = [
            "GET /events HTTP/1.1",
            f"Host: 127.0.0.1:{run.port}",
            f"Cookie: {run.cookie['Cookie']}",
            *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.stream = self.socket.makefile("rb")
        self.status = int(self.stream.readline().split()[1])
        while self.stream.readline().strip():
            pass

    def event(self):
        """(kind, id, data) of the next one; None at the end."""
        fields = {}
        for line in self.stream:
            text = line.decode().rstrip("\n")
            if not text and fields:
                return (
                    fields["event"],
                    int(fields["id"]),
                    json.loads(fields["data"]),
                )
            name, _, value = text.partition(": ")
            if name and not text.startswith(":"):
                fields[name] = value
        return None

    def event_of(self, wanted):
        while event := self.event():
            if event[0] == wanted:
                return event
        return None

    def close(self):
        self.stream.close()
        self.socket.close()
