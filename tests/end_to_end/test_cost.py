"""What a run costs, against sums of decimals made here from prices.json."""

import json
import math
import re
import shutil
import subprocess
from decimal import ROUND_HALF_UP, Decimal

import pytest
from conftest import REPOSITORY, clean_environment, program
from results import (
    HEADER,
    KEYS,
    Results,
    every,
    instance,
    write_workload,
)

US = "abc123.execute-api.us-east-1.amazonaws.com"
NANO = Decimal("1e-9")


def read_prices(path):
    """With every number as it is written; no text in the file holds //."""
    text = re.sub(r"//.*", "", path.read_text())
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


PRICES = read_prices(REPOSITORY / "coordinator/cost/prices.json")
EAST = PRICES["regions"]["us-east-1"]


def rounded(amount):
    return amount.quantize(NANO, ROUND_HALF_UP)


def of_requests(count, price_per_million):
    return rounded(count * price_per_million / 1_000_000)


def of_duration(mb_ms, price_per_gb_s=EAST["lambda_gb_second"]["x86_64"]):
    return rounded(Decimal(mb_ms) / 1024 / 1000 * price_per_gb_s)


LAMBDA_REQUESTS = EAST["lambda_requests_per_million"]
REST_REQUESTS = EAST["api_gateway_requests_per_million"]["rest"]


def cost_of(results):
    """The block of summary.json, its amounts as decimals, its sum checked."""
    text = (results.folder / "summary.json").read_text()
    cost = json.loads(text, parse_float=Decimal)["cost"]
    amounts = [Decimal(item["amount"]) for item in cost["items"]]
    assert Decimal(cost["total"]) == sum(amounts)
    return cost


def amounts(cost):
    return {
        (item["instance"], item["what"]): Decimal(item["amount"])
        for item in cost["items"]
    }


def unbroken(text):
    return " ".join(text.split())


def test_plan_tells_the_cost_before(invocator, tmp_path):
    workload = write_workload(
        tmp_path,
        {"a": every(0.01, 100, host=US, application="f",
                    expected_duration_ms=79.2)},
        test_duration_in_seconds=10,
    )
    done = invocator(["plan", workload, "--memory-size", "128,1024"])
    assert done.returncode == 0 and done.stderr == ""
    requests = of_requests(100, REST_REQUESTS + LAMBDA_REQUESTS)
    lines = re.findall(r"^cost with (\d+) MB about ([\d.]+) USD: 100 requests "
                       r"([\d.]+), ([\d.]+) GB-s", done.stdout, re.MULTILINE)
    assert [line[0] for line in lines] == ["128", "1024"]
    for memory, total, of_calls, gb_s in lines:
        mb_ms = 100 * 80 * int(memory)
        expected = requests + of_duration(mb_ms)
        assert math.isclose(Decimal(total), expected, rel_tol=0.006)
        assert math.isclose(Decimal(of_calls), requests, rel_tol=0.006)
        assert math.isclose(float(gb_s), mb_ms / 1024 / 1000)
    for words in ("us-east-1", PRICES["date"], "REST API", "x86_64",
                  "without free tier"):
        assert words in unbroken(done.stdout)
    assert invocator(["plan", workload, "--events"]).stdout.count("cost") == 0


def test_prices_are_within_the_program(tmp_path):
    """Which works from anywhere, without the file."""
    shutil.copy(program("invocator"), tmp_path / "moved")
    workload = write_workload(tmp_path, {"a": instance(host=US)})
    done = subprocess.run(
        [tmp_path / "moved", "plan", workload],
        cwd="/", env=clean_environment(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "cost at least 0.0000740 USD: 20 requests" in done.stdout


def test_api_gateway_costs_requests_and_expected_durations(
    invocator, gateway, tmp_path
):
    """Regions without prices of their own have those of the default."""
    workload = write_workload(
        tmp_path,
        {
            "a": every(0.01, 30, host=US, application="f",
                       expected_duration_ms=12.01),
            "b": every(0.01, 20),
            "c": every(0.01, 10, host=US, application="f", memory_size=None),
        },
    )
    done = invocator(
        ["run", workload, "--endpoint-url", gateway(), "--memory-size", 512,
         "--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    cost = cost_of(results)
    expected = {
        ("a", "lambda_duration_estimated"): of_duration(30 * 13 * 512)
    }
    for name, count in {"a": 30, "b": 20, "c": 10}.items():
        expected |= {
            (name, "api_gateway_requests"): of_requests(count, REST_REQUESTS),
            (name, "lambda_requests"): of_requests(count, LAMBDA_REQUESTS),
        }
    assert amounts(cost) == expected
    assert cost["currency"] == "USD" and cost["basis"] == "lower_bound"
    assert cost["requests"] == 60 and cost["not_charged"] == 0
    assert cost["durations"] == {"billed": 0, "estimated": 30, "unknown": 30}
    assert cost["per_million_requests"] == rounded(
        Decimal(cost["total"]) * 1_000_000 / 60
    )
    assert cost["prices"] == {k: PRICES[k] for k in ("date", "source")}
    said = "; ".join(cost["assumptions"])
    for words in ("us-east-1 (also for us-west-1)", "REST API", "x86_64",
                  "without free tier", "as if AWS had answered", PRICES["date"]):
        assert words in said
    before = re.search(r"^estimated cost (.*)$", done.stderr, re.M)[1]
    after = re.search(r"^cost +(.*)$", done.stdout, re.M)[1]
    assert before == after and after.startswith("at least 0.00022")

    # The run's own workload costs the same again.
    again = invocator(["plan", results.workload, "--memory-size", 512])
    assert f"cost with 512 MB {before}" in again.stdout


def test_what_is_refused_is_not_charged(invocator, gateway, tmp_path):
    url = gateway("--throttle", "1/s:5")
    workload = write_workload(tmp_path, {"a": every(0.001, 40, host=US)})
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    ok = results.outcomes["ok"]
    assert results.outcomes == {"ok": ok, "throttled": 40 - ok} and ok < 40
    cost = cost_of(results)
    assert Decimal(cost["total"]) == of_requests(
        ok, REST_REQUESTS
    ) + of_requests(ok, LAMBDA_REQUESTS)
    assert cost["not_charged"] == 40 - ok
    assert f"{40 - ok} refused or unconnected calls" in unbroken(done.stdout)


def test_what_is_not_of_aws_costs_nothing(invocator, gateway, tmp_path):
    url = gateway("--no-auth")
    workload = write_workload(
        tmp_path, {"a": {"url": f"{url}/f", "interarrivals_list": [0.01] * 5}}
    )
    done = invocator(["run", workload, "--out", tmp_path / "out"])
    assert done.returncode == 0, done.stderr
    assert "USD" not in done.stdout + done.stderr
    cost = Results(tmp_path / "out").summary["cost"]
    assert cost["total"] == 0 and cost["items"] == []


OWN_PRICES = """{
    "currency": "EUR", "date": "2026-11-24", "source": "a contract",
    "assume": {"architecture": "arm64", "api_gateway": "http"},
    "default_region": "us-west-1",
    "regions": {"us-west-1": {
        "lambda_requests_per_million": 1.5,
        "lambda_gb_second": {"arm64": 0.000123456789},
        "api_gateway_requests_per_million": {"http": 2.25},
    }},
}"""


def test_own_prices_win(invocator, gateway, tmp_path):
    prices = tmp_path / "prices.json"
    prices.write_text(OWN_PRICES)
    workload = write_workload(
        tmp_path,
        {"a": every(0.01, 30, application="f", expected_duration_ms=7)},
    )
    done = invocator(
        ["run", workload, "--endpoint-url", gateway(), "--prices", prices,
         "--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    cost = cost_of(Results(tmp_path / "out"))
    assert amounts(cost) == {
        ("a", "api_gateway_requests"): of_requests(30, Decimal("2.25")),
        ("a", "lambda_requests"): of_requests(30, Decimal("1.5")),
        ("a", "lambda_duration_estimated"): of_duration(
            30 * 7 * 128, Decimal("0.000123456789")
        ),
    }
    assert cost["currency"] == "EUR" and cost["basis"] == "estimated"
    for words in (" EUR: 30 requests", "us-west-1 as of 2026-11-24",
                  "HTTP API", "arm64"):
        assert words in unbroken(done.stdout)


@pytest.mark.parametrize("command", ["run", "plan"])
def test_bad_prices_are_refused_before_anything_is_sent(
    invocator, tmp_path, command
):
    workload = write_workload(tmp_path, {"a": instance()})
    prices = tmp_path / "prices.json"
    prices.write_text(
        OWN_PRICES.replace("1.5", '"1.5"').replace("source", "sauce")
    )
    out = ["--out", tmp_path / "out"] if command == "run" else []
    done = invocator([command, workload, "--prices", prices, *out], env=KEYS)
    assert done.returncode == 2 and done.stdout == ""
    for words in (
        f"{prices}: sauce: unknown key, did you mean \"source\"?",
        f"{prices}: source: missing, expected where the prices are from",
        "regions.us-west-1.lambda_requests_per_million: expected a number "
        'from 0 to 1000000, found "1.5"',
    ):
        assert words in done.stderr
    assert not (tmp_path / "out").exists()
    missing = invocator([command, workload, "--prices", tmp_path / "none"])
    assert missing.returncode == 2 and "--prices" in missing.stderr


def test_memory_sizes_are_compared_by_cost(invocator, gateway, tmp_path):
    workload = write_workload(
        tmp_path,
        {"a": every(0.01, 20, host=US, application="f",
                    expected_duration_ms=100)},
    )
    done = invocator(
        ["run", workload, "--endpoint-url", gateway(), "--memory-size",
         "128,1024", "--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    heading, *rows = done.stdout.splitlines()[-3:]
    assert "cost per million" in heading
    for row, memory in zip(rows, (128, 1024)):
        cost = cost_of(Results(tmp_path / f"out-{memory}mb"))
        assert Decimal(cost["total"]) == of_requests(
            20, REST_REQUESTS + LAMBDA_REQUESTS
        ) + of_duration(20 * 100 * memory)
        assert f"~{cost['per_million_requests']:.2f} USD" in row


@pytest.mark.skipif(
    "billed_ms" not in HEADER, reason="invocations.csv has no such column yet"
)
def test_lambda_costs_what_it_billed(invocator, gateway, tmp_path):
    """Exactly, from the REPORT lines, whatever was expected."""
    url = gateway("--latency", "lognormal:4ms:0.5", "--cold-start", "30ms")
    gaps = {"interarrivals_list": [0.01] * 40}
    calls = {"invoker": "lambda", "application": "f", "region": "us-east-1"}
    workload = write_workload(
        tmp_path,
        {
            "a": calls | gaps | {"expected_duration_ms": 5000},
            "b": calls | gaps | {"application": "g", "memory_size": 1024},
        },
    )
    done = invocator(
        ["run", workload, "--endpoint-url", url, "--memory-size", 256,
         "--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    cost = cost_of(results)
    expected = {}
    for name, memory in {"a": 256, "b": 1024}.items():
        billed_ms = [int(row["billed_ms"]) for row in results.rows_of(name)]
        assert len(billed_ms) == 40 and min(billed_ms) >= 1
        expected |= {
            (name, "lambda_requests"): of_requests(40, LAMBDA_REQUESTS),
            (name, "lambda_duration"): of_duration(sum(billed_ms) * memory),
        }
    assert amounts(cost) == expected
    assert Decimal(cost["total"]) == sum(expected.values())
    assert cost["basis"] == "exact"
    assert cost["durations"] == {"billed": 80, "estimated": 0, "unknown": 0}
    # Before the run only one instance's durations were expected.
    assert "estimated cost at least " in done.stderr
    assert re.search(r"^cost +[\d.]+ USD: 80 requests", done.stdout, re.M)


def test_events_are_billed_where_nobody_sees_it(invocator, gateway, tmp_path):
    event = {
        "invoker": "lambda", "application": "f", "region": "us-east-1",
        "invocation_type": "Event", "interarrivals_list": [0.01] * 10,
    }
    dry = event | {"invocation_type": "DryRun"}
    workload = write_workload(tmp_path, {"a": event, "b": dry})
    done = invocator(
        ["run", workload, "--endpoint-url", gateway(), "--out",
         tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    cost = cost_of(Results(tmp_path / "out"))
    assert amounts(cost) == {
        ("a", "lambda_requests"): of_requests(10, LAMBDA_REQUESTS)
    }
    assert cost["basis"] == "requests_only"
    assert cost["durations"]["unknown"] == 10
