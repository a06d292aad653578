"""Connections: kept, opened ahead, encrypted, multiplexed; and never through a
proxy to loopback. A gateway or nginx on loopback is the other side."""

import shlex
import subprocess
import time

import pytest
from conftest import clean_environment, free_port, program
from results import (
    KEYS,
    Results,
    every,
    new_connections,
    play,
    stats,
    write_workload,
)

COUNT = 30


@pytest.fixture(scope="module")
def secure(module_gateway, loopback_cert):
    """The URL of an HTTPS gateway."""
    cert, key = loopback_cert
    return module_gateway("--tls-cert", cert, "--tls-key", key)


def test_https_with_its_authority(invocator, secure, certificates, tmp_path):
    results = play(
        *(invocator, tmp_path, secure, "--ca-file", certificates.ca),
        *("--max-in-flight", 3),
    )
    assert results.outcomes == {"ok": COUNT}
    assert 1 <= new_connections(results) <= 3


def test_https_is_the_default_without_endpoint_url(
    invocator, secure, certificates, tmp_path
):
    port = secure.rsplit(":", 1)[1]
    results = play(
        *(invocator, tmp_path, None, "--ca-file", certificates.ca),
        host=f"localhost:{port}",
        region="us-west-1",
        service="execute-api",
    )
    assert results.outcomes == {"ok": COUNT}


def test_unknown_authority_is_a_tls_error(invocator, secure, tmp_path):
    before = stats(secure)["requests"]
    results = play(invocator, tmp_path, secure)
    assert results.outcomes == {"tls_error": COUNT}
    assert stats(secure)["requests"] == before


def test_certificate_of_another_name_is_a_tls_error(
    invocator, gateway, certificates, tmp_path
):
    cert, key = certificates.issue("other", "DNS:other.example")
    url = gateway("--tls-cert", cert, "--tls-key", key)
    results = play(invocator, tmp_path, url, "--ca-file", certificates.ca)
    assert results.outcomes == {"tls_error": COUNT}
    assert stats(url)["requests"] == 0


def test_https_asked_of_http_is_a_tls_error(invocator, gateway, tmp_path):
    url = gateway().replace("http:", "https:")
    results = play(invocator, tmp_path, url)
    assert results.outcomes == {"tls_error": COUNT}


def test_http_asked_of_https_is_data_too(invocator, secure, tmp_path):
    results = play(invocator, tmp_path, secure.replace("https:", "http:"))
    assert "ok" not in results.outcomes
    assert results.summary["sent"] == COUNT


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_ca_file_without_certificates_is_bad_usage(
    invocator, secure, tmp_path, content
):
    bad = tmp_path / "bad.pem"
    bad.write_text(content)
    path = write_workload(tmp_path, {"a": every(0.1, 2)})
    done = invocator(
        ["run", path, "--endpoint-url", secure, "--ca-file", bad]
        + ["--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 2, done.stderr
    assert "bad.pem" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_warm_connections_are_used(
    invocator, gateway, certificates, loopback_cert, tmp_path, tls
):
    options = ["--latency", "10ms"]
    trust = []
    if tls:
        cert, key = loopback_cert
        options += ["--tls-cert", cert, "--tls-key", key]
        trust = ["--ca-file", certificates.ca]
    url = gateway(*options)
    # However late a busy machine is, there are no more calls than connections.
    results = play(
        *(invocator, tmp_path, url, "--warm-connections", 8),
        *("--max-in-flight", 8, *trust),
    )
    assert results.outcomes == {"ok": COUNT}
    assert new_connections(results) == 0
    (worker,) = results.summary["workers"]
    assert worker["engines"][0]["connections"] == 8
    if not tls:
        # Those, the fixture's probe, and this question.
        assert stats(url)["connections_accepted"] == 10
        assert stats(url)["requests"] == COUNT


def test_warming_what_does_not_listen_is_told_and_played(
    invocator, tmp_path
):
    url = f"http://127.0.0.1:{free_port()}"
    results = play(invocator, tmp_path, url, "--warm-connections", 2)
    assert results.outcomes == {"connect_error": COUNT}
    assert url in results.stderr


PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def test_proxies_of_the_environment_are_not_used_for_loopback(
    invocator, gateway, tmp_path
):
    dead = f"http://127.0.0.1:{free_port()}"
    env = {name: dead for name in PROXIES}
    env |= {name.upper(): dead for name in PROXIES}
    results = play(invocator, tmp_path, gateway(), env=KEYS | env)
    assert results.outcomes == {"ok": COUNT}


def test_http2_over_tls_multiplexes(
    invocator, nginx, certificates, loopback_cert, tmp_path
):
    server = nginx(listen="ssl http2", cert=loopback_cert)
    results = play(
        *(invocator, tmp_path, server.url, "--http2"),
        *("--ca-file", certificates.ca),
    )
    assert results.outcomes == {"ok": COUNT}
    seen = server.requests()
    assert len(seen) == COUNT
    assert {protocol for protocol, _, _ in seen} == {"HTTP/2.0"}
    assert len({connection for _, connection, _ in seen}) == 1
    assert new_connections(results) == 1


def test_http2_in_the_clear(invocator, nginx, tmp_path):
    server = nginx(listen="http2")
    results = play(invocator, tmp_path, server.url, "--http2")
    assert results.outcomes == {"ok": COUNT}
    assert {protocol for protocol, _, _ in server.requests()} == {"HTTP/2.0"}


def test_http2_falls_back_where_the_server_has_none(
    invocator, nginx, certificates, loopback_cert, tmp_path
):
    server = nginx(listen="ssl", cert=loopback_cert)
    results = play(
        *(invocator, tmp_path, server.url, "--http2"),
        *("--ca-file", certificates.ca),
    )
    assert results.outcomes == {"ok": COUNT}
    assert {protocol for protocol, _, _ in server.requests()} == {"HTTP/1.1"}


def test_both_protocols_send_and_see_the_same(
    invocator, gateway, certificates, loopback_cert, tmp_path
):
    cert, key = loopback_cert
    url = gateway("--tls-cert", cert, "--tls-key", key)
    instances = {
        "signed": every(0.01, COUNT),
        "unsigned": every(0.013, COUNT, auth="none"),
        "elsewhere": every(0.017, COUNT, service="s3", region="us-west-1"),
    }
    seen = []
    for version, options in (("http1", []), ("http2", ["--http2"])):
        folder = tmp_path / version
        folder.mkdir()
        done = invocator(
            ["run", write_workload(folder, instances), "--endpoint-url", url]
            + ["--out", folder / "out", "--ca-file", certificates.ca, *options],
            env=KEYS,
        )
        assert done.returncode == 0, done.stderr
        summary = Results(folder / "out").summary
        seen.append(
            {
                name: (block["schedule_digest"], block["outcomes"])
                for name, block in summary["instances"].items()
            }
            | {"reasons": summary["reasons"]}
        )
    assert seen[0] == seen[1]
    assert seen[0]["signed"][1] == {"ok": COUNT}
    assert seen[0]["unsigned"][1] == {"auth_error": COUNT}


@pytest.mark.parametrize("source", ["header:X-Cold", "json:/coldStart"])
def test_cold_starts_are_told_over_http2_too(
    invocator, gateway, certificates, loopback_cert, tmp_path, source
):
    cert, key = loopback_cert
    url = gateway(
        *("--tls-cert", cert, "--tls-key", key),
        *("--cold-start-header", "x-cold", "--cold-start", "100ms"),
    )
    results = play(
        *(invocator, tmp_path, url, "--http2"),
        *("--ca-file", certificates.ca),
        cold_start_from=source,
    )
    cold = stats(url)["cold_starts"]
    assert cold >= 1
    assert results.summary["cold_starts"] == {
        "cold": cold, "warm": COUNT - cold, "unknown": 0,
    }


@pytest.mark.parametrize("version", ["http1", "http2"])
def test_connections_the_server_retires_cost_no_call(
    invocator, nginx, certificates, loopback_cert, tmp_path, version
):
    http2 = version == "http2"
    server = nginx(
        listen="ssl http2" if http2 else "ssl",
        cert=loopback_cert,
        keepalive=20,
    )
    results = play(
        *(invocator, tmp_path, server.url, "--ca-file", certificates.ca),
        *(["--http2"] if http2 else []),
        count=200,
    )
    assert results.outcomes == {"ok": 200}
    assert len({connection for _, connection, _ in server.requests()}) >= 10
    assert new_connections(results) >= 10


def test_tls_sessions_are_resumed(
    invocator, nginx, certificates, loopback_cert, tmp_path
):
    server = nginx(listen="ssl", cert=loopback_cert, keepalive=10)
    results = play(
        *(invocator, tmp_path, server.url, "--ca-file", certificates.ca),
        *("--max-in-flight", 1),
        count=200,
    )
    assert results.outcomes == {"ok": 200}
    resumed = [reused for *_, reused in server.fields()]
    # The first connection has nothing to resume.
    assert resumed[:10] == ["."] * 10
    assert set(resumed[10:]) == {"r"}
    (worker,) = results.summary["workers"]
    assert worker["connections"] == {
        "opened": 20,
        "reused": 180,
        "failed": 0,
        "closed_by_peer": 20,
    }


def test_run_ends_with_its_last_call(invocator, nginx, tmp_path):
    """Connections kept open do not hold it up."""
    server = nginx()
    start = time.monotonic()
    play(invocator, tmp_path, server.url, count=2)
    assert time.monotonic() - start < 5


def with_hosts(folder, lines):
    """The command that runs another with those names in its /etc/hosts."""
    hosts = folder / "hosts"
    hosts.write_text(lines)
    mount = f"mount --bind {shlex.quote(str(hosts))} /etc/hosts"
    prefix = ["unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh"]
    done = subprocess.run([*prefix, "true"], capture_output=True, timeout=30)
    if done.returncode != 0:
        pytest.skip(f"no names of its own: {done.stderr.decode()}")
    return prefix


def test_engines_begin_at_different_addresses_of_a_host(gateway, tmp_path):
    one = gateway()
    port = int(one.rsplit(":", 1)[1])
    other = gateway(address="127.0.0.2", port=port)
    prefix = with_hosts(tmp_path, "127.0.0.1 two.test\n127.0.0.2 two.test\n")
    workload = write_workload(tmp_path, {"a": every(0.02, COUNT)})
    done = subprocess.run(
        [*prefix, program("invocator"), "run", workload, "--threads", "2"]
        + ["--endpoint-url", f"http://two.test:{port}"]
        + ["--max-in-flight", "2"]  # a connection for each engine
        + ["--out", tmp_path / "out"],
        env=clean_environment(KEYS),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    assert results.outcomes == {"ok": COUNT}
    assert new_connections(results) == 2
    assert stats(one)["requests"] == stats(other)["requests"] == COUNT / 2


def test_no_more_are_warmed_than_may_be_in_flight(
    invocator, gateway, tmp_path
):
    url = gateway()
    results = play(
        *(invocator, tmp_path, url, "--warm-connections", 8),
        *("--max-in-flight", 5),
    )
    assert "fewer than 8 connections" in results.stderr
    (worker,) = results.summary["workers"]
    assert worker["connections"]["opened"] == 5
    assert worker["connections"]["closed_by_peer"] == 0
