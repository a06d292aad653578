"""The gateway as the Lambda API, judged by AWS's own clients: boto3 and the AWS
CLI, Debian's packages of them. They sign, retry, wait and read answers by
AWS's service model, of which nothing here is ours."""

import base64
import json
import re
import time

import pytest
from aws_cli import aws_cli, needs_aws_cli
from results import KEY, KEYS, SECRET, stats

boto3 = pytest.importorskip("boto3", reason="no python3-boto3")

from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

REPORT = re.compile(
    r"^REPORT RequestId: (?P<id>[0-9a-f-]{36})\tDuration: (?P<ms>[\d.]+) ms"
    r"\tBilled Duration: (?P<billed>\d+) ms\tMemory Size: (?P<memory>\d+) MB"
    r"\tMax Memory Used: \d+ MB\t(Init Duration: (?P<init>[\d.]+) ms\t)?$",
    re.M,
)


def client_of(url, retries=0, **keys):
    return boto3.client(
        "lambda",
        endpoint_url=url,
        config=Config(retries={"max_attempts": retries}, read_timeout=10),
        **{
            "region_name": "eu-west-1",
            "aws_access_key_id": KEY,
            "aws_secret_access_key": SECRET,
        }
        | keys,
    )


def error_of(call, **arguments):
    """(status, code, message) of a call that has to fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return (
        answer["ResponseMetadata"]["HTTPStatusCode"],
        answer["Error"]["Code"],
        answer["Error"]["Message"],
    )


def report_of(answer):
    log = base64.b64decode(answer["LogResult"]).decode()
    return REPORT.search(log).groupdict()


def test_boto3_changes_memory_and_waits(gateway):
    url = gateway("--update-delay", "1500ms")
    client = client_of(url)
    name = "chameleon"
    before = client.get_function_configuration(FunctionName=name)
    assert before["MemorySize"] == 128
    assert before["FunctionArn"] == (
        "arn:aws:lambda:eu-west-1:123456789012:function:chameleon"
    )
    changed = client.update_function_configuration(
        FunctionName=name, MemorySize=256, RevisionId=before["RevisionId"]
    )
    assert changed["MemorySize"] == 256
    assert changed["LastUpdateStatus"] == "InProgress"
    status, code, message = error_of(
        client.update_function_configuration, FunctionName=name, MemorySize=512
    )
    assert (status, code) == (409, "ResourceConflictException")
    assert "An update is in progress for resource: arn:aws:lambda" in message
    start = time.monotonic()
    client.get_waiter("function_updated_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 10}
    )
    assert time.monotonic() - start < 5
    # By its ARN it is the same function.
    after = client.get_function(FunctionName=changed["FunctionArn"])
    assert after["Configuration"]["MemorySize"] == 256
    assert after["Configuration"]["LastUpdateStatus"] == "Successful"
    seen = stats(url)
    assert seen["memory_mb"] == {"chameleon": 256}
    assert seen["control"]["UpdateFunctionConfiguration"] == 2
    assert seen["requests"] == 0


def test_boto3_understands_every_refusal(gateway):
    client = client_of(gateway("--functions", "f", "--max-memory-size", 3008))
    update = client.update_function_configuration
    assert error_of(update, FunctionName="g", MemorySize=256)[:2] == (
        *(404, "ResourceNotFoundException"),
    )
    assert error_of(update, FunctionName="f", MemorySize=3009) == (
        *(400, "ValidationException"),
        "'MemorySize' value failed to satisfy constraint: Member must have "
        "value less than or equal to 3008",
    )
    assert error_of(
        update, FunctionName="f", MemorySize=256, RevisionId="other"
    )[:2] == (412, "PreconditionFailedException")
    assert error_of(update, FunctionName="f", Timeout=3)[:2] == (
        *(400, "InvalidParameterValueException"),
    )
    assert error_of(client.invoke, FunctionName="g")[:2] == (
        *(404, "ResourceNotFoundException"),
    )
    assert error_of(client.invoke, FunctionName="f", Payload=b"{")[:2] == (
        *(400, "InvalidRequestContentException"),
    )


@pytest.mark.parametrize(
    "keys, code",
    [
        ({"aws_secret_access_key": "wrong"}, "InvalidSignatureException"),
        ({"aws_access_key_id": "AKIDOTHER"}, "UnrecognizedClientException"),
        ({"aws_session_token": "none"}, "UnrecognizedClientException"),
    ],
)
def test_signatures_are_verified(gateway, keys, code):
    client = client_of(gateway(), **keys)
    for call in (client.get_function_configuration, client.invoke):
        assert error_of(call, FunctionName="f")[:2] == (403, code)


def test_control_throttle_is_one_that_boto3_retries(gateway):
    url = gateway("--control-throttle", "2/s:1")
    client = client_of(url)
    client.get_function_configuration(FunctionName="f")
    status, code, message = error_of(
        client.get_function_configuration, FunctionName="f"
    )
    assert (status, code) == (429, "TooManyRequestsException")
    assert message == "Rate exceeded"
    patient = client_of(url, retries=5)
    answer = patient.get_function_configuration(FunctionName="f")
    assert answer["ResponseMetadata"]["RetryAttempts"] > 0


def test_boto3_invokes_with_log_tail(gateway):
    url = gateway("--latency", "20ms", "--cold-start", "300ms")
    client = client_of(url)

    def invoke(**arguments):
        return client.invoke(
            FunctionName="f", Payload=b'{"n": 1}', LogType="Tail", **arguments
        )

    cold = invoke()
    assert cold["StatusCode"] == 200
    assert json.load(cold["Payload"])["coldStart"] is True
    assert cold["ExecutedVersion"] == "$LATEST"
    report = report_of(cold)
    assert report["id"] == cold["ResponseMetadata"]["RequestId"]
    assert (report["init"], report["billed"]) == ("300.00", "320")
    warm = report_of(invoke())
    assert (warm["init"], warm["billed"]) == (None, "20")
    # Another memory size is another environment.
    client.update_function_configuration(FunctionName="f", MemorySize=1024)
    other = report_of(invoke(Qualifier="$LATEST"))
    assert (other["init"], other["memory"]) == ("300.00", "1024")
    assert client.invoke(FunctionName="f", InvocationType="Event")[
        "StatusCode"
    ] == 202
    assert client.invoke(FunctionName="f", InvocationType="DryRun")[
        "StatusCode"
    ] == 204
    seen = stats(url)
    assert seen["by_memory_mb"] == {"128": 2, "1024": 2}
    assert seen["requests"] == seen["verified"] == 5


def test_boto3_sees_a_function_error(gateway):
    client = client_of(gateway("--fail", 1))
    answer = client.invoke(FunctionName="f")
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert "errorMessage" in json.load(answer["Payload"])


def test_throttled_invocations_say_why(gateway):
    client = client_of(gateway("--throttle", "1/s:1"))
    client.invoke(FunctionName="f")
    with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
        client.invoke(FunctionName="f")
    assert caught.value.response["Reason"] == "CallerRateLimitExceeded"


@needs_aws_cli
def test_aws_cli_makes_the_same_calls(gateway, tmp_path):
    url = gateway("--update-delay", "500ms")
    aws = aws_cli("lambda", url, tmp_path)
    of = ("--function-name", "chameleon")
    assert aws("get-function-configuration", *of)["MemorySize"] == 128
    changed = aws("update-function-configuration", *of, "--memory-size", "256")
    assert changed["LastUpdateStatus"] == "InProgress"
    aws("wait", "function-updated", *of)
    assert aws("get-function", *of)["Configuration"]["MemorySize"] == 256
    out = tmp_path / "answer.json"
    (tmp_path / "payload.json").write_text('{"n": 1}')
    answer = aws("invoke", *of, "--log-type", "Tail",
                 "--payload", f"fileb://{tmp_path}/payload.json", str(out))
    assert answer["StatusCode"] == 200
    assert report_of(answer)["memory"] == "256"
    assert json.loads(out.read_text())["statusCode"] == 200
