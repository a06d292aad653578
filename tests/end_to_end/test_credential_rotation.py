"""Credentials that expire while a run goes on: renewed in time, not one request
is refused; not renewed, and AWS's words are in the outcomes and the log."""

import json
import os
import time
import urllib.request

from fake_credential_services import (
    CONTAINER_PATH,
    CONTAINER_TOKEN,
    FakeCredentialServices,
    utc,
)
from results import Results, instance, write_workload

SANITIZED = bool(os.environ.get("INVOCATOR_SANITIZER"))
RATE = 200 if SANITIZED else 2000
# INVOCATOR_ROTATION_SECONDS=60 is what the project promises: 20 rotations and
# more within a minute.
DURATION_S = int(os.environ.get("INVOCATOR_ROTATION_SECONDS", 16))
MARGIN_S = 60  # generations beyond the run


class Generations:
    """A pair of keys for every second, good for `life_s` after that second."""

    def __init__(self, life_s, duration_s):
        self.first = int(time.time())
        self.life_s = life_s
        self.count = duration_s + MARGIN_S
        self.handed_out = []

    def keys(self, number):
        return {
            "AccessKeyId": f"ASIAGENERATION{number:04}",
            "SecretAccessKey": f"secret/{number}",
            "Token": f"token/{number}==",
            "Expiration": utc(self.first + number + 1 + self.life_s),
        }

    def issue(self, _service):
        number = int(time.time()) - self.first
        self.handed_out.append(number)
        return self.keys(number)

    def write(self, path):
        """For invocator-gateway --credentials-file."""
        path.write_text(
            "".join(
                f"[{number}]\n"
                f"aws_access_key_id = {keys['AccessKeyId']}\n"
                f"aws_secret_access_key = {keys['SecretAccessKey']}\n"
                f"aws_session_token = {keys['Token']}\n"
                f"expiration = {keys['Expiration']}\n"
                for number, keys in (
                    (number, self.keys(number)) for number in range(self.count)
                )
            )
        )
        return path


def container_environment(services):
    return {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": services.url + CONTAINER_PATH,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": CONTAINER_TOKEN,
    }


def play(invocator, gateway, folder, services, generations, duration_s):
    url = gateway("--credentials-file", generations.write(folder / "accepted"))
    path = write_workload(
        folder,
        {"a": instance(distribution="Uniform", rate=RATE)},
        test_duration_in_seconds=duration_s,
    )
    done = invocator(
        ["run", path, "--endpoint-url", url, "--records", "none"]
        + ["--out", folder / "out", "--threads", 2],
        env=container_environment(services),
        timeout=duration_s + 60,
    )
    assert done.returncode == 0, done.stderr
    with urllib.request.urlopen(url + "/_stats", timeout=10) as answer:
        stats = json.loads(answer.read())
    return Results(folder / "out").summary, stats, done.stderr


def rotate(invocator, gateway, folder, life_s, duration_s, rotations):
    generations = Generations(life_s, duration_s)
    with FakeCredentialServices(generations.issue) as services:
        summary, stats, words = play(
            invocator, gateway, folder, services, generations, duration_s
        )
    planned = summary["planned"]
    assert planned >= RATE * duration_s - 1
    assert summary["outcomes"] == {
        name: planned if name == "ok" else 0 for name in summary["outcomes"]
    }
    assert stats["verified"] == planned
    renewed = words.count("credentials renewed (container): key ASIA...")
    assert renewed >= rotations, words
    assert len(set(generations.handed_out)) >= rotations
    assert "not renewed" not in words
    for number in generations.handed_out:
        assert f"secret/{number}" not in words
        assert f"token/{number}" not in words


def test_keys_of_four_seconds_rotate_without_one_refusal(
    invocator, gateway, tmp_path
):
    """Good for 3 to 4 s, renewed after half of that, in use a second later."""
    rotate(
        invocator,
        gateway,
        tmp_path,
        life_s=3,
        duration_s=DURATION_S,
        rotations=DURATION_S // 2 - 1,
    )


def test_without_renewal_requests_are_refused_after_the_expiry(
    invocator, gateway, tmp_path
):
    """The control of the test above; and the log says what happens."""
    generations = Generations(life_s=3, duration_s=8)
    issue = generations.issue

    with FakeCredentialServices(issue) as services:

        def issue_and_fail_from_then_on(service):
            services.status = 403
            return issue(service)

        services.issue = issue_and_fail_from_then_on
        summary, _, words = play(
            invocator, gateway, tmp_path, services, generations, duration_s=8
        )
    assert len(generations.handed_out) == 1
    refused = summary["outcomes"]["auth_error"]
    assert summary["outcomes"]["ok"] + refused == summary["planned"]
    # Accepted while they were good, refused from then on.
    assert 2 * RATE < summary["outcomes"]["ok"] < 5 * RATE
    assert "those in use are good until" in words
    assert "those in use expired at" in words
