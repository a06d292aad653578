"""Runs whose calls are signed with the temporary keys of a role, which the
gateway hands out as STS and then accepts."""

import pytest
from fake_credential_services import jwt
from results import KEY, SECRET, Results, instance, stats, write_workload

ROLE = "arn:aws:iam::123456789012:role/team/demo"


def role_profile(url, folder):
    """The environment of a role that a profile says how to assume."""
    config = folder / "config"
    config.write_text(
        f"[default]\nrole_arn = {ROLE}\nsource_profile = base\n"
        "region = us-west-1\n"
        f"[profile base]\naws_access_key_id = {KEY}\n"
        f"aws_secret_access_key = {SECRET}\n"
    )
    return {"AWS_CONFIG_FILE": str(config), "AWS_ENDPOINT_URL_STS": url}


def web_identity(url, folder):
    """The environment of a pod."""
    token = folder / "token"
    token.write_text(jwt())
    return {
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_ROLE_ARN": ROLE,
        "AWS_REGION": "us-west-1",
        "AWS_ENDPOINT_URL_STS": url,
    }


SOURCES = {
    "AssumeRole": role_profile,
    "AssumeRoleWithWebIdentity": web_identity,
}


def play(invocator, url, environment, folder, duration_s=1, rate=100):
    path = write_workload(
        folder,
        {"a": instance(distribution="Uniform", rate=rate)},
        test_duration_in_seconds=duration_s,
    )
    done = invocator(
        ["run", path, "--endpoint-url", url, "--threads", 1]
        + ["--out", folder / "out", "--stop-on", "none"],
        env=environment,
        timeout=duration_s + 60,
    )
    return done, Results(folder / "out")


@pytest.mark.parametrize("action", SOURCES)
def test_run_signs_with_the_keys_of_a_role(
    invocator, gateway, tmp_path, action
):
    url = gateway()
    environment = SOURCES[action](url, tmp_path)
    done, results = play(invocator, url, environment, tmp_path)
    assert done.returncode == 0, done.stderr
    planned = results.summary["planned"]
    assert planned >= 99
    assert results.outcomes["ok"] == planned
    seen = stats(url)
    assert seen["verified"] == seen["requests"] == planned
    assert seen["control"] == {action: 1}


@pytest.mark.parametrize("action", SOURCES)
def test_nothing_but_the_keys_of_the_role_signs_a_run(
    invocator, gateway, tmp_path, action
):
    """The control of the test above: where the role's keys are unknown nothing
    is accepted, as it would be with those of the source profile."""
    sts, url = gateway(), gateway()
    environment = SOURCES[action](sts, tmp_path)
    _, results = play(invocator, url, environment, tmp_path)
    planned = results.summary["planned"]
    assert results.outcomes["auth_error"] == planned >= 99
    seen = stats(url)
    assert seen["refused"] == {"UnrecognizedClientException": planned}
    assert seen["control"] == {}
    assert stats(sts)["control"] == {action: 1}


@pytest.mark.parametrize("action", SOURCES)
def test_keys_of_a_role_are_renewed_within_a_run(
    invocator, gateway, tmp_path, action
):
    """Keys of 4 s, in a run of 10 s: not one call is refused."""
    url = gateway("--session-life", "4s")
    environment = SOURCES[action](url, tmp_path)
    done, results = play(
        invocator, url, environment, tmp_path, duration_s=10, rate=200
    )
    assert done.returncode == 0, done.stderr
    planned = results.summary["planned"]
    assert results.outcomes["ok"] == planned >= 1999
    seen = stats(url)
    assert seen["verified"] == planned
    # Without renewal there would be one; at most one a second.
    assert 3 <= seen["control"][action] <= 12
    assert "credentials renewed" in done.stderr
