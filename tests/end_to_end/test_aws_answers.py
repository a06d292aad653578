"""What AWS's answers say beyond their status: cold starts and bills, and which
refusal or failure it is."""

import json

import pytest
from results import (
    KEYS,
    Results,
    check_all_books,
    check_rows,
    every,
    instance,
    stats,
    write_workload,
)
from stage import Stage, ended

LAMBDA = {
    "application": "f",
    "invoker": "lambda",
    "region": "eu-west-1",
    "interarrivals_list": [0.02] * 20,
}
WRONG = KEYS | {"AWS_SECRET_ACCESS_KEY": "wrong"}


class Played:
    def __init__(self, done, results):
        self.done = done
        self.results = results
        self.summary = results.summary

    @property
    def reasons(self):
        return self.summary.get("reasons", {})

    @property
    def failure(self):
        (failure,) = self.summary["failures"]
        return failure


def play(invocator, folder, url, instances, *options, env=KEYS, code=0, **keys):
    if not isinstance(instances, dict) or "host" in instances:
        instances = {"a": instances}
    workload = write_workload(folder, instances, **keys)
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", folder / "out"]
        + ["--memory-size", "keep", *options],
        env=env,
    )
    assert done.returncode == code, done.stderr
    results = Results(folder / "out")
    check_all_books(results)
    if results.rows:
        check_rows(results)
    return Played(done, results)


# Cold starts and bills


def test_the_report_line_tells_cold_starts_and_what_is_billed(
    invocator, gateway, tmp_path
):
    url = gateway(
        *("--latency", "5ms", "--cold-start", "150ms", "--memory-size", 512)
    )
    played = play(
        *(invocator, tmp_path, url),
        {"a": LAMBDA, "b": LAMBDA | {"application": "g"}},
    )
    seen = stats(url)["cold_starts"]
    assert played.summary["cold_starts"]["cold"] == seen >= 2
    assert played.summary["cold_starts"]["unknown"] == 0
    assert played.summary["cold"]["service_us"]["min"] >= 150_000
    assert played.summary["cold"]["init_us"]["min"] == 150_000
    assert played.summary["warm"]["service_us"]["min"] < 150_000
    for block in played.summary["instances"].values():
        assert block["billed"]["mb_ms"] == block["billed"]["ms"] * 512
    cold = [r for r in played.results.rows if r["cold"] == "true"]
    warm = [r for r in played.results.rows if r["cold"] == "false"]
    # The init phase is billed, since August 2025.
    assert {row["billed_ms"] for row in cold} == {"155"}
    assert {row["billed_ms"] for row in warm} == {"5"}
    assert f"cold starts  {seen} of 40 known" in played.done.stdout
    assert "\n  cold " in played.done.stdout
    assert "\nbilled " in played.done.stdout


def test_a_failed_function_is_billed_too(invocator, gateway, tmp_path):
    url = gateway("--fail", 1, "--latency", "5ms")
    played = play(invocator, tmp_path, url, {"a": LAMBDA})
    assert played.results.outcomes == {"function_error": 20}
    assert played.reasons == {"function_error": {"function_failed": 20}}
    assert played.summary["billed"]["count"] == 20
    assert "errorMessage" in played.failure["first"]["body"]


def test_without_a_report_nothing_is_claimed(invocator, gateway, tmp_path):
    url = gateway("--cold-start-header", "x-cold")
    played = play(
        *(invocator, tmp_path, url),
        {
            "event": LAMBDA | {"invocation_type": "Event"},
            "no log": LAMBDA | {"headers": {"x-amz-log-type": "None"}},
            "gateway": instance(),
        },
    )
    assert played.results.outcomes == {"ok": 60}
    assert {row["cold"] for row in played.results.rows} == {""}
    assert {row["billed_ms"] for row in played.results.rows} == {""}
    assert "cold" not in played.done.stdout


@pytest.mark.parametrize("source", ["header:X-Cold", "json:/coldStart"])
def test_a_named_source_tells_cold_starts(
    invocator, gateway, tmp_path, source
):
    url = gateway(
        *("--cold-start-header", "x-cold", "--cold-start", "100ms"),
        *("--latency", "1ms"),
    )
    played = play(
        invocator, tmp_path, url, {"a": instance(cold_start_from=source)}
    )
    cold = stats(url)["cold_starts"]
    assert cold >= 1
    assert played.summary["cold_starts"] == {
        "cold": cold, "warm": 20 - cold, "unknown": 0,
    }
    assert "billed" not in played.summary
    # The run's own workload says where, too.
    resolved = json.loads(played.results.workload.read_text())
    assert resolved["instances"]["a"]["cold_start_from"] == source


def test_of_a_body_over_64_kb_nothing_is_claimed(invocator, gateway, tmp_path):
    url = gateway("--response-bytes", 70_000)
    played = play(
        *(invocator, tmp_path, url),
        {"a": instance(cold_start_from="json:/coldStart")},
    )
    assert played.results.outcomes == {"ok": 20}
    assert {row["cold"] for row in played.results.rows} == {""}


def test_memory_sizes_are_compared_by_what_is_billed(
    invocator, gateway, tmp_path
):
    workload = write_workload(tmp_path, {"a": LAMBDA})
    url = gateway("--latency", "5ms")
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", tmp_path / "out"]
        + ["--memory-size", "128,1024"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()[-3:]
    assert "billed mean" in lines[0]
    assert all("5.0 ms" in line for line in lines[1:])
    for memory in (128, 1024):
        results = Results(tmp_path / f"out-{memory}mb")
        check_rows(results)
        billed = results.summary["billed"]
        assert billed["mb_ms"] == billed["ms"] * memory


# Refusals and failures


def test_a_wrong_secret_is_told_by_equal_canonical_requests(
    invocator, gateway, tmp_path
):
    played = play(
        *(invocator, tmp_path, gateway()),
        instance(resource="a%20b?z=1&a=%C3%A4"), env=WRONG,
    )
    assert played.reasons == {"auth_error": {"signature_mismatch": 20}}
    first = played.failure["first"]
    assert first["sequence"] == 0
    assert first["status"] == 403
    assert first["error_type"] == "InvalidSignatureException"
    message = json.loads(first["body"])["message"]
    assert first["canonical_request"] in message
    assert "/default/a%2520b\na=%C3%A4&z=1\n" in first["canonical_request"]
    assert "the secret access key is not the one" in played.done.stdout
    assert played.done.stdout.count("canonical request") == 1


def test_session_tokens_are_not_in_the_results(invocator, gateway, tmp_path):
    token = {"AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLE/token+=="}
    url = gateway(env=KEYS | token)
    played = play(invocator, tmp_path, url, instance(), env=WRONG | token)
    assert played.reasons == {"auth_error": {"signature_mismatch": 20}}
    assert "(session token)" in played.failure["first"]["canonical_request"]
    assert "the secret access key is not the one" in played.done.stdout
    said = played.done.stdout + played.done.stderr
    files = [p.read_text() for p in (tmp_path / "out").rglob("*.*")]
    assert not any("FwoGZXIvYXdz" in text for text in [said, *files])


def test_session_tokens_are_not_in_what_control_calls_say(
    invocator, gateway, tmp_path
):
    token = {"AWS_SESSION_TOKEN": "FwoGZXIvYXdzEXAMPLE/token+=="}
    workload = write_workload(tmp_path, {"a": instance(application="f")})
    done = invocator(
        ["run", workload, "--out", tmp_path / "out"]
        + ["--endpoint-url", gateway(env=KEYS | token)],
        env=WRONG | token,
    )
    assert done.returncode == 3
    assert "(session token)" in done.stderr
    assert "FwoGZXIvYXdz" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "offset_s, words", [(600, "behind"), (-600, "ahead")]
)
def test_a_clock_that_is_off_is_said_in_words(
    invocator, gateway, tmp_path, offset_s, words
):
    url = gateway("--clock-offset-s", offset_s)
    played = play(invocator, tmp_path, url, instance())
    assert played.reasons == {"auth_error": {"clock_skew": 20}}
    ahead_s = played.failure["first"]["date_ahead_s"]
    assert abs(ahead_s - offset_s) <= 2
    assert words in played.failure["hint"]
    assert played.failure["hint"] in played.done.stdout


def test_a_typo_in_the_path_may_be_a_missing_token(
    invocator, gateway, tmp_path
):
    played = play(invocator, tmp_path, gateway(), instance(resource=""))
    assert played.reasons == {
        "auth_error": {"missing_authentication_token": 20}
    }
    assert "no such stage, resource" in played.done.stdout


def test_unsigned_is_a_missing_token(invocator, gateway, tmp_path):
    played = play(invocator, tmp_path, gateway(), instance(auth="none"))
    assert played.reasons == {
        "auth_error": {"missing_authentication_token": 20}
    }


def test_access_denied_and_another_region(invocator, gateway, tmp_path):
    played = play(
        *(invocator, tmp_path, gateway("--deny", "f,g")),
        {
            "denied": instance(),
            "scope": instance(resource="x", region="eu-west-1"),
            "good": instance(resource="x"),
        },
    )
    assert played.reasons == {
        "auth_error": {"access_denied": 20, "wrong_scope": 20}
    }
    assert played.results.outcomes == {"ok": 20, "auth_error": 40}
    assert "execute-api:Invoke on resource" in played.done.stdout


@pytest.mark.parametrize(
    "options, kind, outcome, reason, status",
    [
        (["--throttle", "0.001/s:1"], {}, "throttled", "rate_exceeded", 429),
        (["--throttle", "0.001/s:1", "--http-api"], {}, "throttled",
         "rate_exceeded", 429),
        (["--throttle", "0.001/s:1"], LAMBDA, "throttled", "rate_exceeded",
         429),
        (["--concurrency", 1, "--latency", "800ms"], {}, "throttled",
         "integration_throttled", 500),
        (["--concurrency", 1, "--latency", "800ms", "--http-api"], {},
         "throttled", "integration_throttled", 503),
        (["--concurrency", 1, "--latency", "800ms"], LAMBDA, "throttled",
         "concurrency_exceeded", 429),
        (["--fail", 1], {}, "function_error", "bad_function_answer", 502),
        (["--fail", 1, "--http-api"], {}, "function_error", "function_failed",
         500),
        (["--latency", "10s", "--integration-timeout", "50ms"], {},
         "http_error", "integration_timeout", 504),
        (["--latency", "10s", "--integration-timeout", "50ms", "--http-api"],
         {}, "throttled", "integration_throttled", 503),
        (["--functions", "other"], LAMBDA, "http_error", "gateway_error", 404),
    ],
)
def test_forms_of_failure(
    invocator, gateway, tmp_path, options, kind, outcome, reason, status
):
    played = play(
        *(invocator, tmp_path, gateway(*options)),
        {"a": instance() | kind if not kind else dict(kind)},
    )
    (kinds,) = played.reasons.values()
    assert set(kinds) == {reason}
    assert played.results.outcomes[outcome] == kinds[reason] >= 19
    assert played.failure["first"]["status"] == status
    assert played.failure["first"]["body"]


def test_an_http_api_gives_no_reason(invocator, gateway, tmp_path):
    played = play(
        *(invocator, tmp_path, gateway("--http-api")), instance(), env=WRONG
    )
    assert played.reasons == {"auth_error": {"forbidden": 20}}
    assert played.failure["first"]["body"] == '{"message":"Forbidden"}'


# --stop-on


def refused(count=400, gap_s=0.01):
    return {"a": every(gap_s, count)}


def test_a_run_that_is_refused_ends_early(invocator, gateway, tmp_path):
    played = play(
        *(invocator, tmp_path, gateway(), refused()), env=WRONG, code=3,
        test_duration_in_seconds=30,
    )
    summary = played.summary
    assert 50 <= summary["sent"] < 400
    assert summary["unsent"] == 400 - summary["sent"]
    assert summary["interrupted"] is False
    assert "all refused" in summary["stopped"]
    assert summary["duration_s"] < 4
    assert "STOPPED" in played.done.stdout
    assert "--stop-on none" in played.done.stderr


def test_it_plays_on_if_told_to(invocator, gateway, tmp_path):
    played = play(
        *(invocator, tmp_path, gateway(), refused()),
        *("--stop-on", "none"), env=WRONG, test_duration_in_seconds=5,
    )
    assert played.results.outcomes == {"auth_error": 400}
    assert "stopped" not in played.summary


def test_one_good_answer_keeps_a_run_going(invocator, gateway, tmp_path):
    played = play(
        *(invocator, tmp_path, gateway("--deny", "f")),
        {"good": every(0.01, 1, resource="x"), **refused()},
        test_duration_in_seconds=5,
    )
    assert played.results.outcomes == {"ok": 1, "auth_error": 400}


# In a fleet


def test_workers_merge_what_they_learn(gateway, tmp_path):
    url = gateway("--latency", "5ms", "--cold-start", "100ms", "--deny", "no")
    workload = write_workload(
        tmp_path,
        {
            "a": {"application": "f", "invoker": "lambda", "rate": 100,
                  "region": "eu-west-1", "distribution": "Uniform"},
            "b": instance(distribution="Uniform", rate=100, resource="no"),
        },
        test_duration_in_seconds=2,
    )
    with Stage(tmp_path) as stage:
        coordinator = stage.coordinator(
            workload, url, "--memory-size", "keep", workers=2
        )
        workers = [stage.worker(name) for name in ("east", "west")]
        ended(coordinator, 0)
        for worker in workers:
            ended(worker, 0)
        results = stage.results()
    check_all_books(results)
    check_rows(results)
    assert {row["worker"] for row in results.rows} == {"east", "west"}
    summary = results.summary
    sent = {n: b["sent"] for n, b in summary["instances"].items()}
    assert min(sent.values()) >= 190
    assert summary["instances"]["a"]["billed"]["count"] == sent["a"]
    assert summary["instances"]["a"]["cold_starts"]["unknown"] == 0
    assert summary["cold_starts"]["cold"] == stats(url)["cold_starts"]
    assert summary["reasons"] == {"auth_error": {"access_denied": sent["b"]}}
    (failure,) = summary["failures"]
    denied = [r for r in results.rows if r["outcome"] == "auth_error"]
    earliest = min(denied, key=lambda row: float(row["scheduled_s"]))
    assert failure["first"]["sequence"] == int(earliest["sequence"])
    assert failure["first"]["worker"] == earliest["worker"]
    assert failure["count"] == sent["b"]


def test_a_fleet_that_is_refused_ends_early(gateway, tmp_path):
    workload = write_workload(
        tmp_path, refused(3000), test_duration_in_seconds=60
    )
    with Stage(tmp_path) as stage:
        coordinator = stage.coordinator(
            workload, gateway(), "--memory-size", "keep", workers=2
        )
        workers = [stage.worker(name, env=WRONG) for name in ("east", "west")]
        ended(coordinator, 3)
        for worker in workers:
            ended(worker, 0)
        results = stage.results()
    check_all_books(results)
    assert "all refused" in results.summary["stopped"]
    assert results.summary["duration_s"] < 15
    assert results.summary["unsent"] > 0
