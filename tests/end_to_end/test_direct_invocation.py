"""Invocations past API Gateway: the Invoke API, function URLs and any URL,
against the gateway, and against a server that verifies with botocore."""

import json

from botocore.credentials import Credentials
from botocore_verifier import BotocoreVerifier
from results import (
    KEYS,
    Results,
    check_all_books,
    check_rows,
    stats,
    write_workload,
)

LAMBDA = {
    "application": "chameleon",
    "invoker": "lambda",
    "region": "eu-west-1",
    "interarrivals_list": [0.02] * 20,
}
FUNCTION_URL = {
    "invoker": "function_url",
    "url": "https://abc.lambda-url.us-east-1.on.aws/p?a=1",
    "interarrivals_list": [0.02] * 20,
}


def play(invocator, folder, url, instances, *options):
    workload = write_workload(folder, instances)
    endpoint = ["--endpoint-url", url] if url else []
    done = invocator(
        ["run", workload, *endpoint, "--out", folder / "out", *options],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    results = Results(folder / "out")
    check_all_books(results)
    check_rows(results)
    return results


def test_lambda_is_invoked_with_its_memory_set(invocator, gateway, tmp_path):
    url = gateway("--memory-size", 512)
    results = play(
        *(invocator, tmp_path, url, {"a": LAMBDA | {"data": {"n": 1}}}),
        *("--memory-size", 256),
    )
    assert results.outcomes == {"ok": 20}
    seen = stats(url)
    path = "/2015-03-31/functions/chameleon/invocations"
    assert seen["by_path"] == {path: 20}
    assert seen["verified"] == 20
    assert seen["by_memory_mb"] == {"256": 20}
    assert seen["memory_mb"] == {"chameleon": 512}
    assert all(row["request_id"] for row in results.rows)


def test_function_error_is_one_though_the_status_is_200(
    invocator, gateway, tmp_path
):
    results = play(invocator, tmp_path, gateway("--fail", 1), {"a": LAMBDA})
    assert results.outcomes == {"function_error": 20}
    assert {row["status"] for row in results.rows} == {"200"}


def test_throttles_of_lambda_are_told(invocator, gateway, tmp_path):
    url = gateway("--concurrency", 1, "--latency", "10s")
    results = play(
        *(invocator, tmp_path, url, {"a": LAMBDA}), *("--drain", "100ms")
    )
    assert results.outcomes == {"throttled": 19, "aborted": 1}


def test_events_are_not_waited_for(invocator, gateway, tmp_path):
    url = gateway("--latency", "10s")
    results = play(
        *(invocator, tmp_path, url),
        {"a": LAMBDA | {"invocation_type": "Event"}},
    )
    assert results.outcomes == {"ok": 20}
    assert {row["status"] for row in results.rows} == {"202"}
    assert results.summary["duration_s"] < 5


def test_unknown_function_is_an_error_of_each_call(
    invocator, gateway, tmp_path
):
    results = play(
        *(invocator, tmp_path, gateway("--functions", "other")),
        *({"a": LAMBDA}, "--memory-size", "keep"),
    )
    assert results.outcomes == {"http_error": 20}
    assert {row["status"] for row in results.rows} == {"404"}


def test_function_url_is_verified(invocator, gateway, tmp_path):
    url = gateway()
    results = play(invocator, tmp_path, url, {"a": FUNCTION_URL})
    assert results.outcomes == {"ok": 20}
    assert stats(url)["by_path"] == {"/p": 20}
    assert stats(url)["verified"] == 20


def test_any_url_is_asked_in_the_clear(invocator, gateway, tmp_path):
    """FaaSProfiler's generic endpoint: url and data; no --endpoint-url."""
    url = gateway("--no-auth")
    instances = {
        "a": {
            "url": f"{url}/any/where?x=1",
            "data": {"n": [1, 2]},
            "interarrivals_list": [0.02] * 20,
        }
    }
    results = play(invocator, tmp_path, None, instances)
    assert results.outcomes == {"ok": 20}
    assert stats(url)["by_path"] == {"/any/where": 20}
    # The run's own workload does the same again.
    again = tmp_path / "again"
    done = invocator(["run", results.workload, "--out", again], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert Results(again).outcomes == {"ok": 20}
    assert stats(url)["by_path"] == {"/any/where": 40}


def test_botocore_verifies_every_kind(invocator, tmp_path):
    """Service lambda, escaped ARNs and qualifiers, and what is not signed."""
    instances = {
        "plain": LAMBDA,
        "arn": LAMBDA
        | {"application": "arn:aws:lambda:eu-west-1:123456789012:function:f",
           "qualifier": "$LATEST", "invocation_type": "Event",
           "data": ["ä", 1]},
        "url": FUNCTION_URL,
    }
    with BotocoreVerifier(Credentials(*KEYS.values())) as verifier:
        results = play(
            *(invocator, tmp_path, verifier.url, instances),
            *("--memory-size", "keep"),
        )
        seen = list(verifier.seen)
    assert [(r.target, r.reason) for r in seen if r.reason] == []
    assert results.outcomes == {"ok": 60}
    targets = {r.target: r for r in seen}
    arn = targets[
        "/2015-03-31/functions/123456789012%3Afunction%3Af/invocations"
        "?Qualifier=%24LATEST"
    ]
    assert arn.header("host") == "lambda.eu-west-1.amazonaws.com"
    assert arn.header("x-amz-invocation-type") == "Event"
    assert json.loads(arn.body) == ["ä", 1]
    assert "/eu-west-1/lambda/aws4_request" in arn.header("authorization")
    url = targets["/p?a=1"]
    assert "/us-east-1/lambda/aws4_request" in url.header("authorization")
