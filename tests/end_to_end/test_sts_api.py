"""The gateway as STS, judged by AWS's own clients: boto3 and the AWS CLI, which
read its answers by AWS's service model, of which nothing here is ours, and sign
with the keys it hands out."""

import datetime
import json
import time

import pytest
from aws_cli import aws_cli, needs_aws_cli
from fake_credential_services import jwt
from results import KEY, KEYS, SECRET, stats, wait_until
from test_gateway import ask, signed

boto3 = pytest.importorskip("boto3", reason="no python3-boto3")

from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

ROLE = "arn:aws:iam::123456789012:role/team/demo"
SESSION = "arn:aws:sts::123456789012:assumed-role/demo/me"
AS_ME = {"RoleArn": ROLE, "RoleSessionName": "me"}


def client_of(url, service="sts", key=KEY, secret=SECRET, token=None):
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="eu-west-1",
        config=Config(retries={"max_attempts": 0}, read_timeout=10),
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def client_with(url, keys, service="sts"):
    """`keys`: Credentials of an answer."""
    return client_of(
        url,
        service,
        keys["AccessKeyId"],
        keys["SecretAccessKey"],
        keys["SessionToken"],
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


def invoke(url, keys, token="SessionToken"):
    """Status and x-amzn-ErrorType of a call of a function behind API Gateway,
    as botocore signs it."""
    target = "/default/f"
    headers = signed(
        url,
        target,
        key=keys["AccessKeyId"],
        secret=keys["SecretAccessKey"],
        token=keys.get(token),
    )
    status, answer, _ = ask(url, target, headers=headers)
    return status, answer["x-amzn-ErrorType"]


def test_boto3_assumes_a_role_whose_keys_are_accepted(gateway):
    url = gateway()
    before = datetime.datetime.now(datetime.timezone.utc)
    answer = client_of(url).assume_role(**AS_ME, DurationSeconds=900)
    assert answer["AssumedRoleUser"]["Arn"] == SESSION
    assert answer["AssumedRoleUser"]["AssumedRoleId"].endswith(":me")
    metadata = answer["ResponseMetadata"]
    assert metadata["RequestId"] == metadata["HTTPHeaders"]["x-amzn-requestid"]
    keys = answer["Credentials"]
    assert keys["AccessKeyId"].startswith("ASIA")
    life = (keys["Expiration"] - before).total_seconds()
    assert 898 < life < 920

    identity = client_with(url, keys).get_caller_identity()
    assert identity["Arn"] == SESSION
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert identity["Account"] == "123456789012"
    function = client_with(url, keys, "lambda").invoke(FunctionName="f")
    assert function["StatusCode"] == 200
    assert invoke(url, keys) == (200, None)
    # A role may assume another.
    other = client_with(url, keys).assume_role(**AS_ME)["Credentials"]
    assert invoke(url, other) == (200, None)

    seen = stats(url)
    assert seen["control"] == {"AssumeRole": 2, "GetCallerIdentity": 1}
    assert seen["requests"] == seen["verified"] == seen["ok"] == 3


def test_keys_are_refused_without_their_own_token(gateway):
    url = gateway()
    sts = client_of(url)
    keys = sts.assume_role(**AS_ME)["Credentials"]
    other = sts.assume_role(**AS_ME)["Credentials"]
    invalid = (403, "UnrecognizedClientException")
    assert invoke(url, keys, token=None) == invalid
    assert invoke(url, keys | {"SessionToken": "made/up=="}) == invalid
    assert (
        invoke(url, keys | {"SessionToken": other["SessionToken"]}) == invalid
    )
    swapped = keys | {"SecretAccessKey": other["SecretAccessKey"]}
    assert invoke(url, swapped) == (403, "InvalidSignatureException")
    # Another gateway has not handed them out.
    assert invoke(gateway(), keys) == invalid
    assert invoke(url, keys) == (200, None)


def test_boto3_assumes_a_role_with_a_web_identity(gateway):
    url = gateway()
    token = jwt()
    answer = client_of(url).assume_role_with_web_identity(
        **AS_ME, WebIdentityToken=token
    )
    assert answer["AssumedRoleUser"]["Arn"] == SESSION
    assert answer["SubjectFromWebIdentityToken"] == (
        "system:serviceaccount:a:<b>"
    )
    assert answer["Provider"] == "https://oidc.test/id"
    assert answer["Audience"] == "sts.amazonaws.com"
    keys = answer["Credentials"]
    assert client_with(url, keys).get_caller_identity()["Arn"] == SESSION
    assert invoke(url, keys) == (200, None)


def test_keys_are_good_until_they_expire(gateway):
    url = gateway("--session-life", "3s")
    keys = client_of(url).assume_role(**AS_ME)["Credentials"]
    answers = set()

    def refused():
        answers.add(invoke(url, keys))
        return max(answers)[0] == 403

    wait_until(refused, "the keys' expiry")
    # Whole seconds, on both sides.
    assert time.time() >= keys["Expiration"].timestamp()
    assert answers == {(200, None), (403, "ExpiredTokenException")}
    assert error_of(client_with(url, keys).get_caller_identity) == (
        403,
        "ExpiredToken",
        "The security token included in the request is expired",
    )


def test_boto3_understands_every_refusal(gateway):
    url = gateway("--roles", "demo,other")
    sts = client_of(url)
    wrong = client_of(url, secret="wrong")
    assert error_of(wrong.get_caller_identity)[:2] == (
        403,
        "SignatureDoesNotMatch",
    )
    unknown = client_of(url, key="AKIDUNKNOWN")
    assert error_of(unknown.get_caller_identity)[:2] == (
        403,
        "InvalidClientTokenId",
    )
    assert error_of(
        sts.assume_role,
        RoleArn="arn:aws:iam::123456789012:role/absent",
        RoleSessionName="me",
    ) == (
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/anybody is not authorized to "
        "perform: sts:AssumeRole on resource: "
        "arn:aws:iam::123456789012:role/absent",
    )
    status, code, message = error_of(
        sts.assume_role, RoleArn=ROLE, RoleSessionName="<a & b>"
    )
    assert (status, code) == (400, "ValidationError")
    assert message == (
        "1 validation error detected: Value '<a & b>' at 'roleSessionName' "
        "failed to satisfy constraint: Member must satisfy regular expression "
        r"pattern: [\w+=,.@-]*"
    )
    assert error_of(sts.get_session_token) == (
        400,
        "InvalidAction",
        "Could not find operation GetSessionToken for version 2011-06-15",
    )
    web = sts.assume_role_with_web_identity
    assert error_of(web, **AS_ME, WebIdentityToken="opaque")[:2] == (
        400,
        "InvalidIdentityToken",
    )
    assert error_of(web, **AS_ME, WebIdentityToken=jwt(exp=1))[:2] == (
        400,
        "ExpiredTokenException",
    )
    seen = stats(url)
    assert seen["requests"] == 0
    assert seen["refused"] == {}
    assert seen["control"] == {
        "AssumeRole": 2,
        "AssumeRoleWithWebIdentity": 2,
        "GetCallerIdentity": 2,
        "(unknown)": 1,
    }


@needs_aws_cli
def test_aws_cli_makes_the_same_calls(gateway, tmp_path):
    url = gateway()
    aws = aws_cli("sts", url, tmp_path)
    assert aws("get-caller-identity")["Arn"] == (
        "arn:aws:iam::123456789012:user/anybody"
    )
    role = ("--role-arn", ROLE, "--role-session-name", "me")
    answer = aws("assume-role", *role, "--duration-seconds", "1200")
    keys = answer["Credentials"]
    identity = aws(
        "get-caller-identity",
        keys={
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        },
    )
    assert identity["Arn"] == answer["AssumedRoleUser"]["Arn"] == SESSION
    answer = aws("assume-role-with-web-identity", *role,
                 "--web-identity-token", jwt(), keys={})
    assert answer["AssumedRoleUser"]["Arn"] == SESSION
