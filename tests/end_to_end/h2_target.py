"""HTTP/2 targets that are not ours: python3-h2, which takes no frame or field
that breaks the protocol, on threads of the test; and nghttpd."""

import pathlib
import shutil
import subprocess
import tempfile

import pytest
from botocore_verifier import SeenRequest
from conftest import clean_environment, free_port, stop, wait_until_listening
from misbehaving_target import Target

try:
    import h2.config
    import h2.connection
    import h2.events
    import h2.settings
except ImportError:  # without python3-h2 the tests are skipped
    h2 = None


class H2Target(Target):
    """Answers every request with 200. `.seen` has what came, `.faults` what h2
    refused. `streams`: its limit; `goaway_after`: requests of a connection
    after which it announces the connection's end."""

    def __init__(self, tls=None, streams=100, goaway_after=None):
        if h2 is None:
            pytest.skip("python3-h2 is not installed")
        if tls is not None:
            tls.set_alpn_protocols(["h2"])
        super().__init__(self.serve_http2, tls)
        self.streams = streams
        self.goaway_after = goaway_after
        self.seen = []
        self.faults = []
        self.most_open = 0

    def serve_http2(self, socket):
        peer = h2.connection.H2Connection(
            h2.config.H2Configuration(
                client_side=False, header_encoding="utf-8"
            )
        )
        peer.local_settings[
            h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS
        ] = self.streams
        peer.initiate_connection()
        socket.sendall(peer.data_to_send())
        requests = {}
        taken = 0
        ends = False
        while data := socket.recv(65536):
            if ends:
                continue  # till the client has seen the end
            try:
                events = peer.receive_data(data)
            except h2.exceptions.ProtocolError as fault:
                self.faults.append(repr(fault))
                socket.sendall(peer.data_to_send())
                return
            for event in events:
                if isinstance(event, h2.events.RequestReceived):
                    requests[event.stream_id] = (dict(event.headers), b"")
                    self.most_open = max(self.most_open, len(requests))
                elif isinstance(event, h2.events.DataReceived):
                    fields, body = requests[event.stream_id]
                    requests[event.stream_id] = (fields, body + event.data)
                    peer.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id
                    )
                elif isinstance(event, h2.events.StreamEnded):
                    request = requests.pop(event.stream_id)
                    # What comes after the announcement was not taken.
                    if ends:
                        continue
                    taken += 1
                    self.note(*request)
                    peer.send_headers(event.stream_id, [(":status", "200")])
                    peer.send_data(event.stream_id, b"hi", end_stream=True)
                    if taken == self.goaway_after:
                        ends = True
                        peer.close_connection(last_stream_id=event.stream_id)
            socket.sendall(peer.data_to_send())

    def note(self, fields, body):
        headers = [(n, v) for n, v in fields.items() if not n.startswith(":")]
        headers.append(("host", fields[":authority"]))
        with self.lock:
            self.seen.append(
                SeenRequest(fields[":method"], fields[":path"], headers, body)
            )


class Nghttpd:
    """nghttpd, which takes so many streams of a connection at once."""

    def __init__(self, folder, streams, cert=None):
        program = shutil.which("nghttpd")
        if program is None:
            pytest.skip("nghttpd is not installed")
        root = pathlib.Path(tempfile.mkdtemp("-nghttpd", dir=folder))
        (root / "default").mkdir()
        (root / "default" / "f").write_text("hi")
        port = free_port()
        tls = [cert[1], cert[0]] if cert else ["--no-tls"]
        self.url = f"http{'s' if cert else ''}://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [program, "-m", str(streams), "-d", root, str(port), *tls],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until_listening(self.process, port)
        except BaseException:
            stop(self.process)
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop(self.process)
