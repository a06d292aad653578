"""Through an HTTP proxy of the environment: tinyproxy on loopback, with the
gateway behind it.

127.1 is another way to write 127.0.0.1 that is not taken for loopback, for
which proxies of the environment are not used."""

import os
import shutil
import ssl
import subprocess

import pytest
from conftest import clean_environment, free_port, stop, wait_until_listening
from misbehaving_target import Target, context, silent
from results import KEYS, new_connections, play, stats
from tls_proxy import TlsProxy

COUNT = 30

CONF = """
Port {port}
Listen 127.0.0.1
Allow 127.0.0.1
Timeout 60
MaxClients 200
LogFile "{folder}/proxy.log"
LogLevel Connect
{more}
"""


class Proxy:
    def __init__(self, folder, more):
        program = shutil.which("tinyproxy")
        if program is None:
            pytest.skip("tinyproxy is not installed")
        self.log = folder / "proxy.log"
        port = free_port()
        conf = folder / "proxy.conf"
        conf.write_text(CONF.format(port=port, folder=folder, more=more))
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [program, "-d", "-c", conf],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until_listening(self.process, port)

    def tunnels(self):
        """Requests to be connected that it saw."""
        return self.log.read_text().count("CONNECT 127.")


@pytest.fixture
def proxy(tmp_path):
    """start(more="") -> Proxy, stopped when the test ends."""
    proxies = []

    def start(more=""):
        proxies.append(Proxy(tmp_path, more))
        return proxies[-1]

    yield start
    for each in proxies:
        stop(each.process)


@pytest.fixture
def secure(gateway, certificates):
    """The URL of an HTTPS gateway, in the spelling that is sent to a proxy."""
    cert, key = certificates.issue("behind", "DNS:127.1")
    url = gateway("--tls-cert", cert, "--tls-key", key)
    return url.replace("127.0.0.1", "127.1")


def test_https_goes_through_a_tunnel(
    invocator, secure, proxy, certificates, tmp_path
):
    tunnel = proxy()
    results = play(
        *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
        env=KEYS | {"https_proxy": tunnel.url},
    )
    assert results.outcomes == {"ok": COUNT}
    assert tunnel.tunnels() == new_connections(results) < COUNT


def test_http_goes_through_a_tunnel_too(invocator, gateway, proxy, tmp_path):
    tunnel = proxy()
    url = gateway()
    results = play(
        *(invocator, tmp_path, url.replace("127.0.0.1", "127.1")),
        env=KEYS | {"http_proxy": tunnel.url},
    )
    assert results.outcomes == {"ok": COUNT}
    assert tunnel.tunnels() == new_connections(results) < COUNT
    assert stats(url)["requests"] == COUNT


def test_hosts_of_no_proxy_are_reached_directly(
    invocator, secure, proxy, certificates, tmp_path
):
    tunnel = proxy()
    # libcurl compares with the address as it reads it.
    exempt = {"https_proxy": tunnel.url, "no_proxy": "127.1,127.0.0.1"}
    results = play(
        *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
        env=KEYS | exempt,
    )
    assert results.outcomes == {"ok": COUNT}
    assert tunnel.tunnels() == 0


def test_a_proxy_that_refuses_is_a_connect_error(
    invocator, secure, proxy, certificates, tmp_path
):
    tunnel = proxy("ConnectPort 1")
    results = play(
        *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
        env=KEYS | {"https_proxy": tunnel.url},
    )
    assert results.outcomes == {"connect_error": COUNT}
    (worker,) = results.summary["workers"]
    assert worker["connections"] == {
        "opened": 0,
        "reused": 0,
        "failed": COUNT,
        "closed_by_peer": 0,
    }


def test_a_proxy_that_is_not_there_is_a_connect_error(
    invocator, secure, certificates, tmp_path
):
    results = play(
        *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
        env=KEYS | {"https_proxy": f"http://127.0.0.1:{free_port()}"},
    )
    assert results.outcomes == {"connect_error": COUNT}


def through(tls_proxy, certificates, user=""):
    return KEYS | {
        "https_proxy": f"https://{user}127.0.0.1:{tls_proxy.port}",
        "SSL_CERT_FILE": str(certificates.ca),
    }


@pytest.fixture
def proxy_tls(certificates):
    """The TLS context of an HTTPS proxy."""
    return context(certificates.issue("proxy", "IP:127.0.0.1"))


@pytest.mark.parametrize("io", ["auto", "epoll"])
@pytest.mark.parametrize("http2", [[], ["--http2"]], ids=["http1", "http2"])
def test_calls_go_through_an_https_proxy(
    invocator, secure, nginx, certificates, proxy_tls, tmp_path, io, http2
):
    url = secure
    if http2:
        cert = certificates.issue("nginx", "DNS:127.1")
        server = nginx(listen="ssl http2", cert=cert)
        url = server.url.replace("127.0.0.1", "127.1")
    with TlsProxy(proxy_tls, "Basic dXNlcjpzOmNyZXQ=") as proxy:
        results = play(
            *(invocator, tmp_path, url, "--ca-file", certificates.ca),
            *("--io", io, *http2),
            env=through(proxy, certificates, "user:s%3Acret@"),
        )
    assert results.outcomes == {"ok": COUNT}
    assert len(proxy.heads) == new_connections(results) < COUNT
    target = url.removeprefix("https://")
    for head in proxy.heads:
        assert head.startswith(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n")
    if io == "epoll":
        assert results.summary["workers"][0]["io"] == io
    assert "cret" not in (results.folder / "summary.json").read_text()


def test_a_fault_of_the_targets_tls_is_told_through_an_https_proxy(
    invocator, certificates, proxy_tls, tmp_path
):
    old = ssl.TLSVersion.TLSv1
    tls = context(certificates.issue("old", "DNS:127.1"), old, old)
    with Target(silent, tls) as target, TlsProxy(proxy_tls) as proxy:
        results = play(
            *(invocator, tmp_path, target.url.replace("127.0.0.1", "127.1")),
            *("--ca-file", certificates.ca),
            env=through(proxy, certificates),
        )
    (failure,) = results.summary["failures"]
    assert failure["reason"] == "tls_version"


@pytest.mark.parametrize("io", ["auto", "epoll"])
def test_a_proxy_that_breaks_tls_is_not_the_targets_fault(
    invocator, secure, certificates, proxy_tls, tmp_path, io
):
    def junk(client, _):
        client.recv(65536)
        os.write(client.fileno(), b"\x17\x03\x03\x00\x20" + bytes(32))

    with TlsProxy(proxy_tls, pass_on=junk) as proxy:
        results = play(
            *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
            *("--io", io),
            env=through(proxy, certificates),
        )
    (failure,) = results.summary["failures"]
    assert failure["reason"] == "proxy_failed"
    assert failure["first"]["detail"].startswith(
        f"TLS with the proxy 127.0.0.1:{proxy.port}: "
    )


def test_control_calls_go_through_an_https_proxy(
    invocator, stub, proxy_tls, certificates, tmp_path
):
    """libcurl's, which verifies the proxy as the direct transport does."""
    lambda_api = stub({"first": 512})
    with TlsProxy(proxy_tls) as proxy:
        tunnel = through(proxy, certificates)
        tunnel["http_proxy"] = tunnel["https_proxy"]
        play(
            *(invocator, tmp_path, lambda_api.url.replace("127.0.0.1", "127.1")),
            *("--memory-size", 256),
            env=tunnel,
            application="first",
        )
    assert "PUT first 256" in lambda_api.calls
    assert len(proxy.heads) > 1


def test_an_unusable_proxy_url_is_a_connect_error(
    invocator, secure, certificates, tmp_path
):
    """Neither used without its credentials nor quoted."""
    url = f"https://user:s%0d%0aecret@127.0.0.1:{free_port()}"
    results = play(
        *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
        env=KEYS | {"https_proxy": url},
    )
    (failure,) = results.summary["failures"]
    assert failure["reason"] == "proxy_failed"
    assert (
        failure["first"]["detail"]
        == "the URL of the environment's proxy cannot be used"
    )
    assert "ecret" not in (results.folder / "summary.json").read_text()


def test_a_tls_proxy_that_wants_other_credentials_is_a_connect_error(
    invocator, secure, certificates, proxy_tls, tmp_path
):
    with TlsProxy(proxy_tls, "Basic AAAA") as proxy:
        results = play(
            *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
            env=through(proxy, certificates),
        )
    assert results.outcomes == {"connect_error": COUNT}
    (failure,) = results.summary["failures"]
    assert failure["reason"] == "proxy_refused"
    assert failure["first"]["detail"] == "the proxy answered CONNECT with 407"


def test_the_certificate_of_a_tls_proxy_is_verified(
    invocator, secure, certificates, proxy_tls, tmp_path
):
    """Against the system's authorities: --ca-file is about the target."""
    with TlsProxy(proxy_tls) as proxy:
        results = play(
            *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
            env=through(proxy, certificates) | {"SSL_CERT_FILE": ""},
        )
    assert results.outcomes == {"connect_error": COUNT}
    (failure,) = results.summary["failures"]
    assert failure["reason"] == "proxy_failed"
    assert failure["first"]["detail"].startswith(
        f"TLS with the proxy 127.0.0.1:{proxy.port}: "
    )
