"""HTTP/2 against servers that are not ours: every request signed right and
sent once, whatever limits and ends they set."""

import collections
import time

import pytest
from botocore.credentials import Credentials
from botocore_verifier import reason_to_refuse
from h2_target import H2Target, Nghttpd
from misbehaving_target import context
from results import KEYS, Results, check_all_books, every, write_workload

CLEAR_OR_TLS = pytest.mark.parametrize(
    "tls", [False, True], ids=["clear", "tls"]
)


def run(invocator, folder, url, instances, *options, env=None):
    path = write_workload(folder, instances, test_duration_in_seconds=3)
    done = invocator(
        ["run", path, "--endpoint-url", url]
        + ["--http2", "--out", folder / "out", "--threads", 1, *options],
        env=env or KEYS,
    )
    assert done.returncode == 0, done.stderr
    results = Results(folder / "out")
    check_all_books(results)
    return results


@CLEAR_OR_TLS
def test_botocore_verifies_what_a_strict_server_takes(
    invocator, certificates, loopback_cert, tmp_path, tls
):
    """Over more than two seconds, so that signatures change amid a
    connection; and with a header that needs several frames."""
    token = "tok/en+" * 200
    long_fields = {f"X-Amz-Long-{i}": "Long,Z" * 1300 for i in range(4)}
    instances = {
        "post": every(0.01, 250, payload="body.json"),
        "get": every(0.012, 200, headers=long_fields),
        "plain": every(0.02, 100, auth="none", method="DELETE"),
    }
    (tmp_path / "body.json").write_text('{"n": 1}')
    own = context(loopback_cert) if tls else None
    with H2Target(own) as target:
        results = run(
            *(invocator, tmp_path, target.url, instances),
            *("--ca-file", certificates.ca, "--connections", 2),
            env=KEYS | {"AWS_SESSION_TOKEN": token},
        )
    assert target.faults == []
    assert results.outcomes == {"ok": 550}
    assert len(target.seen) == 550
    keys = Credentials(*KEYS.values(), token)
    signed = [r for r in target.seen if r.header("authorization")]
    assert len(signed) == 450
    refusals = {reason_to_refuse(r, keys, time.time()) for r in signed}
    assert refusals == {""}
    assert len({r.header("authorization") for r in signed}) >= 5
    bodies = collections.Counter(r.body for r in target.seen)
    assert bodies == {b'{"n":1}': 250, b"": 300}
    assert target.connections == 2


@CLEAR_OR_TLS
@pytest.mark.parametrize("after", [1, 7])
def test_a_server_that_ends_after_so_many_gets_every_call_once(
    invocator, certificates, loopback_cert, tmp_path, after, tls
):
    (tmp_path / "bodies.json").write_text(str(list(range(100))))
    instances = {"i": every(0.025, 100, auth="none", payload="bodies.json")}
    own = context(loopback_cert) if tls else None
    with H2Target(own, goaway_after=after) as target:
        results = run(
            *(invocator, tmp_path, target.url, instances),
            *("--ca-file", certificates.ca),
        )
    assert target.faults == []
    # On a slow machine many calls wait for a connection that takes one; those
    # that two or five of them refused were never processed.
    refused = results.outcomes.get("protocol_error", 0)
    assert results.outcomes.get("ok") == 100 - refused
    if refused:
        (failure,) = results.summary["failures"]
        detail = failure["first"]["detail"]
        assert detail in ("refused twice", "refused 5 times")
    counts = collections.Counter(r.body for r in target.seen)
    assert set(counts.values()) == {1}
    assert len(counts) == 100 - refused
    (worker,) = results.summary["workers"]
    ended = worker["connections"]["closed_by_peer"]
    assert ended >= (100 - refused) // after
    assert target.connections == worker["connections"]["opened"]


@CLEAR_OR_TLS
@pytest.mark.parametrize("streams", [1, 100])
def test_nghttpds_limit_on_streams_is_kept(
    invocator, certificates, loopback_cert, tmp_path, streams, tls
):
    with Nghttpd(tmp_path, streams, loopback_cert if tls else None) as server:
        results = run(
            *(invocator, tmp_path, server.url),
            {"i": every(0.001, 800, auth="none", method="GET")},
            *("--ca-file", certificates.ca),
        )
    assert results.outcomes == {"ok": 800}
    (worker,) = results.summary["workers"]
    assert worker["connections"] == {
        "opened": 1, "reused": 799, "failed": 0, "closed_by_peer": 0,
    }


def test_connections_are_opened_ahead_and_share_the_calls(
    invocator, nginx, certificates, loopback_cert, tmp_path
):
    server = nginx(listen="ssl http2", cert=loopback_cert)
    results = run(
        *(invocator, tmp_path, server.url, {"i": every(0.0025, 200)}),
        *("--ca-file", certificates.ca, "--connections", 4),
    )
    assert results.outcomes == {"ok": 200}
    used = collections.Counter(c for _, c, _ in server.requests())
    assert len(used) == 4
    assert max(used.values()) <= 60
    (worker,) = results.summary["workers"]
    assert worker["connections"]["opened"] == 4
    assert worker["connections"]["reused"] == 200


def test_connections_are_of_http2(invocator, tmp_path):
    path = write_workload(tmp_path, {"i": every(0.1, 2)})
    done = invocator(["run", path, "--connections", 4], env=KEYS)
    assert done.returncode == 2
    assert "--connections requires --http2" in done.stderr
