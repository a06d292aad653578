"""What a worker shows its targets, and the way it takes to them: certificates of
clients, and unix sockets. nginx is the other side."""

import socket
import threading

import pytest
from conftest import free_port
from results import KEYS, every, play, write_workload
from stage import Stage, ended

COUNT = 30
TRANSPORTS = pytest.mark.parametrize(
    "http2", [[], ["--http2"]], ids=["http1", "http2"]
)


def refusal(invocator, folder, *options):
    """What a run says that ends before it begins."""
    done = invocator(
        ["run", write_workload(folder, {"a": every(0.01, COUNT)})]
        + ["--endpoint-url", f"http://127.0.0.1:{free_port()}"]
        + ["--out", folder / "out", *options],
        env=KEYS,
    )
    assert done.returncode == 2, done.stderr
    assert not (folder / "out").exists()
    return done.stderr


@pytest.fixture(scope="module")
def client_cert(certificates):
    return certificates.issue("client", "DNS:load.test")


@pytest.fixture
def strict(nginx, certificates, loopback_cert):
    """start(listen) -> an nginx that wants certificates of clients."""

    def start(listen="ssl"):
        return nginx(listen=listen, cert=loopback_cert, client_ca=certificates.ca)

    return start


@TRANSPORTS
def test_a_client_certificate_is_shown(
    invocator, strict, certificates, client_cert, tmp_path, http2
):
    server = strict("ssl http2" if http2 else "ssl")
    results = play(
        *(invocator, tmp_path, server.url, "--ca-file", certificates.ca),
        *("--client-cert", client_cert[0], "--client-key", client_cert[1]),
        *http2,
    )
    assert results.outcomes == {"ok": COUNT}
    assert {verified for *_, verified, _ in server.fields()} == {"SUCCESS"}


@TRANSPORTS
def test_the_environment_names_the_authorities(
    invocator, nginx, certificates, loopback_cert, tmp_path, http2
):
    server = nginx(listen="ssl http2" if http2 else "ssl", cert=loopback_cert)
    results = play(
        *(invocator, tmp_path, server.url, *http2),
        env=KEYS | {"SSL_CERT_FILE": str(certificates.ca)},
    )
    assert results.outcomes == {"ok": COUNT}


def test_authorities_that_are_not_there_are_told(
    invocator, nginx, loopback_cert, tmp_path
):
    server = nginx(listen="ssl", cert=loopback_cert)
    done = invocator(
        ["run", write_workload(tmp_path, {"a": every(0.01, COUNT)})]
        + ["--endpoint-url", server.url, "--out", tmp_path / "out"],
        env=KEYS | {"SSL_CERT_FILE": "/nowhere.pem"},
    )
    assert done.returncode == 3
    assert "/nowhere.pem" in done.stderr


def test_certificate_and_key_may_be_in_one_file(
    invocator, strict, certificates, client_cert, tmp_path
):
    both = tmp_path / "both.pem"
    both.write_text("".join(path.read_text() for path in client_cert))
    results = play(
        *(invocator, tmp_path, strict().url, "--ca-file", certificates.ca),
        *("--client-cert", both),
    )
    assert results.outcomes == {"ok": COUNT}


def test_without_one_nginx_says_no(invocator, strict, certificates, tmp_path):
    server = strict()
    results = play(invocator, tmp_path, server.url, "--ca-file", certificates.ca)
    assert results.outcomes == {"http_error": COUNT}
    assert {verified for *_, verified, _ in server.fields()} == {"NONE"}
    (failure,) = results.summary["failures"]
    assert "--client-cert" in failure["hint"]


def test_http_at_a_port_for_https_is_told(
    invocator, nginx, loopback_cert, tmp_path
):
    server = nginx(listen="ssl", cert=loopback_cert)
    url = server.url.replace("https:", "http:")
    results = play(invocator, tmp_path, url)
    assert results.outcomes == {"http_error": COUNT}
    (failure,) = results.summary["failures"]
    assert "https://" in failure["hint"]


def test_workers_show_their_own(
    strict, certificates, client_cert, tmp_path
):
    server = strict()
    workload = write_workload(tmp_path, {"a": every(0.01, COUNT)})
    with Stage(tmp_path) as stage:
        coordinator = stage.coordinator(workload, server.url, workers=2)
        for name in ("one", "two"):
            stage.worker(
                *(name, "--ca-file", certificates.ca),
                *("--client-cert", client_cert[0]),
                *("--client-key", client_cert[1]),
            )
        ended(coordinator, 0)
        assert stage.results().outcomes == {"ok": COUNT}


def test_certificates_that_are_none_are_bad_usage(
    invocator, certificates, client_cert, loopback_cert, tmp_path
):
    cert, key = client_cert
    none = tmp_path / "none.pem"
    none.write_text("no certificate")
    weak = tmp_path / "weak.pem"
    certificates.openssl(
        *("req", "-x509", "-newkey", "rsa:1024", "-nodes", "-days", "1"),
        *("-subj", "/CN=weak", "-keyout", weak, "-out", tmp_path / "cert.pem"),
    )
    weak.write_text((tmp_path / "cert.pem").read_text() + weak.read_text())
    cases = {
        ("--client-cert", none): f"--client-cert {none}: holds no certificate",
        ("--client-cert", cert): f"--client-cert {cert}: holds no private key",
        ("--client-cert", cert, "--client-key", none): (
            f"--client-key {none}: holds no private key"
        ),
        ("--client-cert", cert, "--client-key", loopback_cert[1]): (
            "key values mismatch"
        ),
        ("--client-cert", cert, "--client-key", "/dev/null"): (
            "is not a regular file"
        ),
        ("--client-cert", weak): "ee key too small",
        ("--client-key", key): "--client-cert",
        ("--client-cert", tmp_path / "missing.pem"): "missing.pem",
    }
    for options, words in cases.items():
        assert words in refusal(invocator, tmp_path, *options)


def test_a_key_with_a_passphrase_is_not_asked_for_it(
    invocator, certificates, client_cert, tmp_path
):
    cert, key = client_cert
    certificates.openssl(
        *("rsa", "-aes128", "-passout", "pass:secret", "-in", key),
        *("-out", tmp_path / "locked.key"),
    )
    words = refusal(
        *(invocator, tmp_path, "--client-cert", cert),
        *("--client-key", tmp_path / "locked.key"),
    )
    assert "without a passphrase" in words


@TRANSPORTS
@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
def test_all_goes_over_a_unix_socket(
    invocator, nginx, certificates, loopback_cert, tmp_path, http2, tls
):
    server = nginx(
        listen=" ".join(["ssl"] * tls + ["http2"] * bool(http2)),
        cert=loopback_cert if tls else None,
    )
    # Nobody listens there.
    url = f"http{'s' * tls}://localhost:{free_port()}"
    results = play(
        *(invocator, tmp_path, url, "--unix-socket", server.unix_socket),
        *("--ca-file", certificates.ca, "--max-in-flight", 4, *http2),
    )
    assert results.outcomes == {"ok": COUNT}
    seen = server.fields()
    assert len(seen) == COUNT
    hosts = {host for *_, host, _, _ in seen}
    assert hosts == {"abc123.execute-api.us-west-1.amazonaws.com"}


@TRANSPORTS
def test_no_name_is_looked_up_and_no_proxy_asked_for_a_unix_socket(
    invocator, nginx, tmp_path, http2
):
    server = nginx(listen="http2" if http2 else "")
    dead = f"http://127.0.0.1:{free_port()}"
    results = play(
        *(invocator, tmp_path, "http://no-such-host.invalid:1"),
        *("--unix-socket", server.unix_socket, "--warm-connections", 2, *http2),
        env=KEYS | {"http_proxy": dead, "all_proxy": dead},
    )
    assert results.outcomes == {"ok": COUNT}
    assert "no address" not in results.stderr


def test_a_unix_socket_nobody_listens_on_is_a_connect_error(invocator, tmp_path):
    path = tmp_path / "deserted"
    with socket.socket(socket.AF_UNIX) as deserted:
        deserted.bind(str(path))
    results = play(
        invocator, tmp_path, "http://localhost:1", "--unix-socket", path
    )
    assert results.outcomes == {"connect_error": COUNT}


def test_a_unix_socket_whose_backlog_is_full_is_a_connect_error(
    invocator, tmp_path
):
    path = tmp_path / "full"
    with socket.socket(socket.AF_UNIX) as full:
        full.bind(str(path))
        full.listen(0)
        results = play(
            *(invocator, tmp_path, "http://localhost:1"),
            *("--unix-socket", path, "--drain", "1s"),
        )
    # One fits into it, and waits for its answer.
    assert results.outcomes == {"connect_error": COUNT - 1, "aborted": 1}


def test_paths_that_are_no_sockets_are_bad_usage(invocator, tmp_path):
    for path, words in (
        (tmp_path, "is not a socket"),
        (tmp_path / "missing", "No such file"),
        ("/" + "x" * 108, "107 bytes"),
        ("", "empty"),
    ):
        said = refusal(invocator, tmp_path, "--unix-socket", path)
        assert "--unix-socket" in said
        assert words in said


class Forwarder(threading.Thread):
    """A unix socket whose connections go on to an address of loopback."""

    def __init__(self, path, port):
        super().__init__(daemon=True)
        self.port = port
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)
        self.start()

    def run(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.port), 10)
            for one, other in ((near, far), (far, near)):
                threading.Thread(
                    target=self.pump, args=(one, other), daemon=True
                ).start()

    @staticmethod
    def pump(one, other):
        try:
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join(10)


@pytest.fixture
def behind(gateway, tmp_path):
    """The path of a unix socket with a gateway behind it."""
    url = gateway("--functions", "app", "--memory-size", 512)
    forwarder = Forwarder(tmp_path / "socket", int(url.rsplit(":", 1)[1]))
    yield tmp_path / "socket"
    forwarder.stop()


def test_memory_is_set_and_restored_over_the_unix_socket(
    invocator, behind, tmp_path
):
    results = play(
        *(invocator, tmp_path, "http://no-such-host.invalid"),
        *("--unix-socket", behind, "--memory-size", 256),
        application="app",
    )
    assert results.outcomes == {"ok": COUNT}
    (memory,) = results.summary["memory"]
    assert (memory["memory_mb"], memory["before_mb"]) == (256, 512)
    assert memory["state"] == "restored"


def test_restoring_takes_the_unix_socket_too(invocator, behind, tmp_path):
    results = play(
        *(invocator, tmp_path, "http://no-such-host.invalid"),
        *("--unix-socket", behind, "--memory-size", 256, "--no-restore-memory"),
        application="app",
    )
    assert results.outcomes == {"ok": COUNT}
    done = invocator(
        ["restore-memory", tmp_path / "out", "--unix-socket", behind], env=KEYS
    )
    assert done.returncode == 0, done.stderr
    assert "512 MB" in done.stderr


def test_with_a_fleet_they_are_the_workers_own(invocator, certificates, tmp_path):
    for options in (
        ("--unix-socket", tmp_path / "socket"),
        ("--client-cert", certificates.ca),
    ):
        said = refusal(
            *(invocator, tmp_path, *options, "--workers", 2),
            *("--listen", f"127.0.0.1:{free_port()}"),
        )
        assert options[0] in said
        assert "--workers" in said
