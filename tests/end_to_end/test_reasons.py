"""No failure without its cause: outcome, reason, the first call's words and a
hint, in the report and in summary.json, for the run and its instances."""

import socket
import ssl

import pytest
from conftest import free_port
from misbehaving_target import (
    ConnectionEnder,
    EndsWithHandshake,
    KeepAlive,
    StreamResetter,
    Target,
    answering,
    context,
    resetting,
    silent,
    stalling,
)
from nginx_target import Certificates
from results import Results, check_all_books, check_rows, every, write_workload

COUNT = 6
BOTH = pytest.mark.parametrize(
    "transport", [(), ("--http2",)], ids=["http1", "http2"]
)
CA_CONF = """
[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
"""


@pytest.fixture(scope="module")
def dated(certificates):
    """issue(name, start, end) -> (certificate, key) of loopback, valid between
    those dates (YYYYMMDD)."""
    folder = certificates.folder
    (folder / "ca.conf").write_text(CA_CONF)
    (folder / "index.txt").touch()

    def issue(name, start, end):
        certificates.issue(name, "IP:127.0.0.1,DNS:localhost")
        certificates.openssl(
            "ca", "-batch", "-config", "ca.conf", "-cert", "ca.pem",
            "-keyfile", "ca.key", "-in", f"{name}.csr", "-extfile",
            f"{name}.ext", "-startdate", f"{start}000000Z", "-enddate",
            f"{end}000000Z", "-notext", "-out", f"{name}-dated.pem",
        )
        return folder / f"{name}-dated.pem", folder / f"{name}.key"

    return issue


def play(
    invocator, folder, url, *options, env=None, gap_s=0.02, count=COUNT, **keys
):
    """Plays calls of one instance, all of which fail for one reason. Returns
    that one of the summary's failures; the report tells it, too."""
    keys = {"auth": "none", "timeout_in_seconds": 5} | keys
    path = write_workload(folder, {"i": every(gap_s, count, **keys)})
    done = invocator(
        ["run", path, "--endpoint-url", url, "--out", folder / "out"]
        + ["--threads", 1, *options],
        env=env or {},
    )
    assert done.returncode == 0, done.stderr
    results = Results(folder / "out")
    check_all_books(results)
    check_rows(results)
    assert len(results.summary["failures"]) == 1, results.summary["failures"]
    failure = results.summary["failures"][0]
    assert failure["count"] == count
    assert results.outcomes == {failure["outcome"]: count}
    reasons = {failure["outcome"]: {failure["reason"]: count}}
    instance = results.summary["instances"]["i"]
    assert results.summary["reasons"] == instance["reasons"] == reasons
    assert failure["first"]["instance"] == "i"
    assert instance["failures"] == [failure]
    assert (
        f"{failure['outcome']}, {failure['reason']} {count}: "
        f"{failure['hint']}\n"
    ) in done.stdout
    first = f"first i #{failure['first']['sequence']} at "
    assert first in done.stdout
    if "detail" in failure["first"]:
        assert failure["first"]["detail"] in done.stdout
    last = done.stdout.rstrip("\n").split("\n")[-1]
    assert last.endswith(f"; 0 of {count} calls succeeded"), last
    return failure


def reason_of(failure):
    return failure["outcome"], failure["reason"]


def detail_of(failure):
    return failure["first"].get("detail", "")


@BOTH
def test_nothing_listens(invocator, tmp_path, transport):
    failure = play(
        invocator, tmp_path, f"http://127.0.0.1:{free_port()}", *transport
    )
    assert reason_of(failure) == ("connect_error", "connection_refused")
    assert detail_of(failure).endswith(": Connection refused")
    assert "port" in failure["hint"]


@BOTH
def test_no_route(invocator, tmp_path, transport):
    # TCP cannot go to a broadcast address: the kernel says so at once.
    failure = play(invocator, tmp_path, "http://255.255.255.255:1", *transport)
    assert reason_of(failure) == ("connect_error", "unreachable")
    assert detail_of(failure).endswith("Network is unreachable")


@BOTH
def test_a_ca_that_is_not_trusted(
    invocator, loopback_cert, tmp_path, transport
):
    with Target(silent, context(loopback_cert)) as target:
        failure = play(invocator, tmp_path, target.url, *transport)
    assert reason_of(failure) == ("tls_error", "unknown_ca")
    assert "unable to get local issuer certificate" in detail_of(failure)
    assert "--ca-file" in failure["hint"]


@BOTH
@pytest.mark.parametrize(
    ("reason", "dates", "words"),
    [
        (
            "certificate_expired",
            ("20200101", "20200201"),
            "certificate has expired",
        ),
        (
            "certificate_not_yet_valid",
            ("20450101", "20460101"),
            "certificate is not yet valid",
        ),
    ],
    ids=["expired", "not yet valid"],
)
def test_a_certificate_out_of_its_time(
    invocator, certificates, dated, tmp_path, transport, reason, dates, words
):
    certificate = dated(f"{reason}{len(transport)}", *dates)
    with Target(silent, context(certificate)) as target:
        failure = play(
            *(invocator, tmp_path, target.url),
            *("--ca-file", certificates.ca, *transport),
        )
    assert reason_of(failure) == ("tls_error", reason)
    assert detail_of(failure) == words
    assert "clock" in failure["hint"]


@BOTH
def test_a_certificate_of_another_name(
    invocator, certificates, tmp_path, transport
):
    other = certificates.issue("other", "DNS:other.test")
    with Target(silent, context(other)) as target:
        failure = play(
            *(invocator, tmp_path, target.url),
            *("--ca-file", certificates.ca, *transport),
        )
    assert reason_of(failure) == ("tls_error", "wrong_host")
    assert detail_of(failure)


@BOTH
def test_tls_1_0_only(
    invocator, certificates, loopback_cert, tmp_path, transport
):
    old = context(
        loopback_cert, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1
    )
    with Target(silent, old) as target:
        failure = play(
            *(invocator, tmp_path, target.url),
            *("--ca-file", certificates.ca, *transport),
        )
    assert reason_of(failure) == ("tls_error", "tls_version")


@BOTH
def test_an_end_that_comes_with_the_handshakes(
    invocator, certificates, loopback_cert, tmp_path, transport
):
    """No later event tells of it."""
    with EndsWithHandshake(loopback_cert) as target:
        failure = play(
            *(invocator, tmp_path, target.url, "--ca-file", certificates.ca),
            *transport,
        )
    assert reason_of(failure) == ("protocol_error", "closed_before_answer")


@BOTH
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_client_certificate_that_is_missing(
    invocator, certificates, loopback_cert, tmp_path, version, transport
):
    strict = context(
        loopback_cert,
        maximum=ssl.TLSVersion[version],
        client_ca=certificates.ca,
    )
    with Target(answering(b""), strict) as target:
        failure = play(
            *(invocator, tmp_path, target.url),
            *("--ca-file", certificates.ca, *transport),
        )
    assert reason_of(failure) == ("tls_error", "client_certificate_required")
    assert "--client-cert" in failure["hint"]


@BOTH
@pytest.mark.parametrize("protocol", ["http/1.1", "h2"])
@pytest.mark.parametrize("shows", [False, True], ids=["none", "refused"])
def test_many_calls_without_the_right_certificate_have_one_reason(
    invocator, certificates, loopback_cert, tmp_path, transport, protocol, shows
):
    """In TLS 1.3 the alert, the end and the reset race with the request."""
    strict = context(loopback_cert, client_ca=certificates.ca)
    options = []
    if shows:
        own = tmp_path / "own"
        own.mkdir()
        cert, key = Certificates(own).issue("client", "DNS:load.test")
        options = ["--client-cert", cert, "--client-key", key]
    strict.set_alpn_protocols([protocol])
    with Target(answering(b""), strict) as target:
        failure = play(
            *(invocator, tmp_path, target.url, "--ca-file", certificates.ca),
            *(*options, *transport),
            gap_s=0.003,
            count=300,
            # A busy machine's target takes its time for so many handshakes.
            timeout_in_seconds=60,
        )
    reason = "client_certificate_" + ("refused" if shows else "required")
    assert reason_of(failure) == ("tls_error", reason)


@BOTH
def test_no_tls_at_that_port(invocator, tmp_path, transport):
    with Target(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as target:
        failure = play(
            *(invocator, tmp_path, target.url.replace("http:", "https:")),
            *transport,
        )
    assert reason_of(failure) == ("tls_error", "not_tls")
    assert "wrong version number" in detail_of(failure)
    assert "http://" in failure["hint"]


@BOTH
def test_a_handshake_that_is_cut(invocator, tmp_path, transport):
    with Target(resetting) as target:
        failure = play(
            *(invocator, tmp_path, target.url.replace("http:", "https:")),
            *transport,
        )
    assert reason_of(failure) == ("tls_error", "tls_handshake_cut")


@BOTH
@pytest.mark.parametrize("status", [403, 407, 502])
def test_a_proxy_that_refuses(invocator, tmp_path, status, transport):
    answer = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()
    with Target(answering(answer)) as proxy:
        failure = play(
            *(invocator, tmp_path, "https://127.1:1", *transport),
            env={"https_proxy": proxy.url},
        )
    assert reason_of(failure) == ("connect_error", "proxy_refused")
    assert detail_of(failure) == f"the proxy answered CONNECT with {status}"
    assert "NO_PROXY" in failure["hint"]
    assert ("credentials" in failure["hint"]) == (status == 407)


MALFORMED = {
    "LF alone": (
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
        "byte 15: a line ends with CR LF, not with LF alone, after HTTP/1.1 "
        "200 OK",
    ),
    "blank before the colon": (
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nhi",
        "byte 31: no blank may stand before a header's colon, after HTTP/1.1 "
        "200 OK",
    ),
    "ESC in a header": (
        b"HTTP/1.1 503 Oh\r\nServer: \x1b[31mred\r\nContent-Length: 0\r\n\r\n",
        "byte 25: control character 0x1B in a header's value, after HTTP/1.1 "
        "503 Oh",
    ),
    "gzip and a length": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 2"
        b"\r\n\r\nhi",
        "byte 17: Transfer-Encoding is chunked and nothing else, after "
        "HTTP/1.1 200 OK",
    ),
    "no chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhi\r\n",
        "byte 47: a chunk begins with its size in hexadecimal, and ends with "
        "CR LF, after HTTP/1.1 200 OK",
    ),
    "no HTTP": (
        b"220 mail.test ESMTP\r\n",
        "byte 0: a status line begins with HTTP/1.0 or HTTP/1.1, after 220 "
        "mail.test ESMTP",
    ),
}


@pytest.mark.parametrize("kind", MALFORMED)
@pytest.mark.parametrize("end", [answering, stalling])
def test_a_malformed_answer(invocator, tmp_path, kind, end):
    answer, detail = MALFORMED[kind]
    with Target(end(answer)) as target:
        failure = play(invocator, tmp_path, target.url)
    assert reason_of(failure) == ("protocol_error", "malformed_answer")
    assert detail_of(failure) == detail


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"


@pytest.mark.parametrize(
    ("treat", "reason", "words"),
    [
        (answering(b""), "closed_before_answer", "closed by the peer"),
        (resetting, "closed_before_answer", "Connection reset by peer"),
        (answering(HEAD[:20]), "closed_in_head", "after 20 bytes"),
        (
            answering(HEAD + b"half"),
            "closed_in_body",
            "after 4 of 100 bytes of the body",
        ),
    ],
    ids=["nothing", "reset", "in head", "in body"],
)
def test_a_connection_that_ends_amid_a_call(
    invocator, tmp_path, treat, reason, words
):
    with Target(treat) as target:
        failure = play(invocator, tmp_path, target.url)
    assert reason_of(failure) == ("protocol_error", reason)
    assert words in detail_of(failure)


@pytest.mark.parametrize(
    ("treat", "reason", "words"),
    [
        (stalling(), "first_byte_timeout", ""),
        (stalling(HEAD[:20]), "head_timeout", "after 20 bytes"),
        (
            stalling(HEAD + b"half"),
            "body_timeout",
            "after 4 of 100 bytes of the body",
        ),
    ],
    ids=["first byte", "head", "body"],
)
def test_which_timeout(invocator, tmp_path, treat, reason, words):
    with Target(treat) as target:
        failure = play(
            *(invocator, tmp_path, target.url), timeout_in_seconds=0.3
        )
    assert reason_of(failure) == ("timeout", reason)
    assert detail_of(failure) == words


@BOTH
def test_a_tls_handshake_that_takes_too_long(invocator, tmp_path, transport):
    with Target(silent) as target:
        failure = play(
            *(invocator, tmp_path, target.url.replace("http:", "https:")),
            *transport,
            timeout_in_seconds=0.3,
        )
    assert reason_of(failure) == ("timeout", "tls_handshake_timeout")


@BOTH
def test_a_proxy_that_never_answers(invocator, tmp_path, transport):
    with Target(silent) as proxy:
        failure = play(
            *(invocator, tmp_path, "https://127.1:1", *transport),
            env={"https_proxy": proxy.url},
            timeout_in_seconds=0.3,
        )
    assert reason_of(failure) == ("timeout", "connect_timeout")
    assert detail_of(failure) == (
        f"still waiting for the proxy 127.0.0.1:{proxy.port} to answer CONNECT"
    )
    assert "proxy" in failure["hint"] and "firewall" not in failure["hint"]


@BOTH
def test_a_connection_that_is_never_taken(invocator, tmp_path, transport):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        port = full.getsockname()[1]
        failure = play(
            *(invocator, tmp_path, f"http://127.0.0.1:{port}", *transport),
            timeout_in_seconds=0.3,
        )
        for filler in fillers:
            filler.close()
    assert reason_of(failure) == ("timeout", "connect_timeout")
    assert detail_of(failure) == f"still connecting to 127.0.0.1:{port}"
    assert "firewall" in failure["hint"]


@BOTH
def test_a_proxy_that_is_not_there(invocator, tmp_path, transport):
    port = free_port()
    failure = play(
        *(invocator, tmp_path, "https://127.1:1", *transport),
        env={"https_proxy": f"http://user:secret@127.0.0.1:{port}"},
    )
    assert reason_of(failure) == ("connect_error", "proxy_failed")
    assert detail_of(failure) == (
        f"connecting to the proxy 127.0.0.1:{port}: Connection refused"
    )


@BOTH
@pytest.mark.parametrize(
    "treat", [answering(b""), answering(b"SSH-2.0\r\n\r\n"), resetting],
    ids=["closes", "garbage", "resets"],
)
def test_a_proxy_that_breaks_off(invocator, tmp_path, transport, treat):
    with Target(treat) as proxy:
        failure = play(
            *(invocator, tmp_path, "https://127.1:1", *transport),
            env={"https_proxy": proxy.url},
        )
    assert reason_of(failure) == ("connect_error", "proxy_failed")
    assert detail_of(failure).startswith(
        f"waiting for the proxy 127.0.0.1:{proxy.port} to answer CONNECT: "
    )


# The look-up takes a while; the calls' time ends at some point of it.
@BOTH
@pytest.mark.parametrize("of_proxy", [False, True], ids=["host", "proxy"])
def test_a_name_without_address_has_one_reason(
    invocator, tmp_path, transport, of_proxy
):
    env = {"https_proxy": "http://user:secret@nosuch.invalid:3128"}
    failure = play(
        invocator,
        tmp_path,
        "https://127.1:1" if of_proxy else "https://nosuch.invalid:1",
        *transport,
        env=env if of_proxy else {},
        gap_s=0.01,
        count=100,
        timeout_in_seconds=0.2,
    )
    if of_proxy:
        assert reason_of(failure) == ("connect_error", "proxy_failed")
        assert detail_of(failure) == (
            "no address found for the proxy nosuch.invalid:3128"
        )
    else:
        assert reason_of(failure) == ("connect_error", "host_not_found")


def test_instances_have_their_own_first_failures(invocator, tmp_path):
    with Target(answering(b"")) as target:
        path = write_workload(
            tmp_path,
            {
                "up": every(0.02, 3, auth="none"),
                "down": every(0.01, 4, auth="none"),
            },
        )
        done = invocator(
            ["run", path, "--endpoint-url", target.url, "--out"]
            + [tmp_path / "out", "--threads", 2]
        )
    assert done.returncode == 0, done.stderr
    summary = Results(tmp_path / "out").summary
    for name, count in (("up", 3), ("down", 4)):
        (failure,) = summary["instances"][name]["failures"]
        assert failure["count"] == count
        assert failure["first"]["instance"] == name
        assert failure["first"]["sequence"] == 0
        assert f"first {name} #0 at " in done.stdout
    (failure,) = summary["failures"]
    assert failure["first"]["instance"] == "down"


def test_some_calls_that_succeed_are_counted(invocator, gateway, tmp_path):
    path = write_workload(tmp_path, {"i": every(0.02, 10, auth="none")})
    done = invocator(
        ["run", path, "--endpoint-url", gateway("--no-auth"), "--out"]
        + [tmp_path / "out"]
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("; 10 of 10 calls succeeded\n")


@pytest.mark.parametrize("tls", [False, True], ids=["clear", "tls"])
@pytest.mark.parametrize(
    ("code", "times"), [(7, 2), (2, 1)], ids=["refused", "internal"]
)
def test_a_stream_that_is_refused_is_sent_again_once(
    invocator, certificates, loopback_cert, tmp_path, code, times, tls
):
    own = context(loopback_cert) if tls else None
    with StreamResetter(code, own) as target:
        failure = play(
            *(invocator, tmp_path, target.url, "--http2"),
            *("--ca-file", certificates.ca),
        )
        assert reason_of(failure) == ("protocol_error", "stream_reset")
        assert target.streams == times * COUNT
        assert target.connections == 1
    (worker,) = Results(tmp_path / "out").summary["workers"]
    assert worker["connections"]["closed_by_peer"] == 0
    if code == 7:
        assert detail_of(failure) == "refused twice"
    else:
        assert detail_of(failure) == "RST_STREAM: INTERNAL_ERROR"


# The request may have been carried out.
@pytest.mark.parametrize("resets", [False, True], ids=["ends", "resets"])
@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_nothing_is_sent_again_when_a_reused_connection_dies(
    invocator, certificates, loopback_cert, tmp_path, protocol, resets
):
    count = 40
    own = context(loopback_cert)
    if protocol == "h2":
        target = ConnectionEnder(own, answers=2, resets=resets)
    else:
        treat = KeepAlive(answers=2, resets=resets)
        target = Target(treat, own)
    path = write_workload(
        tmp_path, {"i": every(0.02, count, auth="none", timeout_in_seconds=5)}
    )
    with target:
        done = invocator(
            ["run", path, "--endpoint-url", target.url, "--http2", "--out"]
            + [tmp_path / "out", "--ca-file", certificates.ca, "--threads", 1]
        )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    check_all_books(results)
    assert results.outcomes["protocol_error"] >= 5
    assert results.outcomes["ok"] + results.outcomes["protocol_error"] == count
    # A reset may also cost an answer that was on its way.
    reasons = results.summary["reasons"]["protocol_error"]
    assert "closed_before_answer" in reasons
    sent = target.streams if protocol == "h2" else treat.requests
    assert sent <= count


# It says so beforehand (GOAWAY), and what it has not looked at is sent again.
def test_a_server_that_ends_its_http2_connections_refuses_nothing(
    invocator, nginx, certificates, loopback_cert, tmp_path
):
    server = nginx(listen="ssl http2", cert=loopback_cert, keepalive=20)
    # Few at a time, even on a slow machine: a call may be refused once.
    path = write_workload(
        tmp_path,
        {"i": every(0.01, 200, auth="none")},
        test_duration_in_seconds=2,
    )
    done = invocator(
        ["run", path, "--endpoint-url", server.url, "--http2", "--out"]
        + [tmp_path / "out", "--ca-file", certificates.ca, "--threads", 1]
    )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    assert results.outcomes == {"ok": 200}
    assert len(server.requests()) == 200


@pytest.mark.parametrize(
    "transport", [(), ("--http2",)], ids=["http1", "http2"]
)
def test_a_silent_tls_server_does_not_hold_up_the_start(
    invocator, tmp_path, transport
):
    path = write_workload(
        tmp_path, {"i": every(0.02, 2, auth="none", timeout_in_seconds=0.2)}
    )
    with Target(silent) as target:
        url = target.url.replace("http:", "https:")
        done = invocator(
            ["run", path, "--endpoint-url", url, "--out", tmp_path / "out"]
            + ["--warm-connections", 4, "--threads", 2, *transport],
            timeout=9,
        )
    assert done.returncode == 0, done.stderr
    assert "connections could not be opened before the start" in done.stderr
    assert f"{url}: not in time, still in the TLS handshake" in done.stderr
