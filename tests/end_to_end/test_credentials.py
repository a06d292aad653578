"""Where credentials come from: every source by its own protocol, and the
requests signed with what it handed out verified by botocore."""

import json
import shlex
import subprocess
import sys

import pytest
from botocore.credentials import Credentials
from botocore_verifier import BotocoreVerifier

from conftest import clean_environment, program
from fake_credential_services import (
    CONTAINER_PATH,
    CONTAINER_TOKEN,
    WEB_IDENTITY,
    FakeCredentialServices,
    as_botocore,
    issued,
)
from results import KEYS, every, instance, write_workload

BASE = Credentials("AKIDBASEBASE", "base/secret+", None)
BASE_KEYS = (
    "aws_access_key_id = AKIDBASEBASE\naws_secret_access_key = base/secret+\n"
)


class World:
    """Files and variables of one test, and the services they point to."""

    def __init__(self, folder, services):
        self.folder = folder
        self.services = services
        self.env = {
            "HOME": str(folder),
            "AWS_CONFIG_FILE": "",
            "AWS_SHARED_CREDENTIALS_FILE": "",
            "AWS_ENDPOINT_URL_STS": services.url,
        }
        (folder / ".aws").mkdir()

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def config(self, text):
        self.write(".aws/config", text)

    # Each sets one source up and returns the credentials that come of it.

    def environment(self):
        self.env |= KEYS
        return Credentials(*KEYS.values())

    def keys(self):
        self.write(".aws/credentials", f"[default]\n{BASE_KEYS}")
        return BASE

    def role(self):
        self.config(
            "[default]\nrole_arn = arn:aws:iam::1:role/a+b\n"
            "source_profile = base\nregion = eu-west-1\n"
            f"external_id = a b&c=d/é\n[profile base]\n{BASE_KEYS}"
        )
        return as_botocore(self.services.issue("sts"))

    def role_of_a_temporary_source(self):
        """A role assumed with the container's credentials."""
        self.container()
        self.services.sources.append(
            as_botocore(self.services.issue("container"))
        )
        self.config(
            "[default]\nrole_arn = arn:aws:iam::1:role/r\n"
            "credential_source = EcsContainer\n"
        )
        return as_botocore(self.services.issue("sts"))

    def web_identity(self):
        self.env |= {
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(
                self.write("token", WEB_IDENTITY + "\n")
            ),
            "AWS_ROLE_ARN": "arn:aws:iam::1:role/web",
        }
        return as_botocore(self.services.issue("sts"))

    def web_identity_of_the_profile(self):
        token = self.write("token", WEB_IDENTITY)
        self.config(
            "[default]\nrole_arn = arn:aws:iam::1:role/web\n"
            f"web_identity_token_file = {token}\n"
        )
        return as_botocore(self.services.issue("sts"))

    def process(self):
        keys = issued("ASIAPROCESSX")
        answer = keys | {"Version": 1, "SessionToken": keys["Token"]}
        path = self.write("the answer.json", json.dumps(answer))
        self.config(
            f"[default]\ncredential_process = cat {shlex.quote(str(path))}\n"
        )
        return as_botocore(keys)

    def container(self):
        self.env |= {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": self.services.url
            + CONTAINER_PATH,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(
                self.write("container", CONTAINER_TOKEN)
            ),
        }
        return as_botocore(self.services.issue("container"))

    def instance(self):
        self.env |= {
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.services.url,
        }
        return as_botocore(self.services.issue("imds"))

    def instance_of_version_one(self):
        self.services.imds_v1_only = True
        return self.instance()


SOURCES = {
    World.environment: "environment",
    World.keys: "keys of profile default",
    World.role: "role arn:aws:iam::1:role/a+b of profile default",
    World.role_of_a_temporary_source: (
        "role arn:aws:iam::1:role/r of profile default"
    ),
    World.web_identity: "web identity of AWS_WEB_IDENTITY_TOKEN_FILE",
    World.web_identity_of_the_profile: (
        "role arn:aws:iam::1:role/web of profile default"
    ),
    World.process: "credential_process of profile default",
    World.container: "container",
    World.instance: "instance metadata",
    World.instance_of_version_one: "instance metadata",
}


@pytest.fixture
def world(tmp_path):
    with FakeCredentialServices(sources=[BASE]) as services:
        yield World(tmp_path, services)


def check(env, *options):
    """invocator-worker --check-credentials"""
    return subprocess.run(
        [program("invocator-worker"), "--check-credentials", *options],
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
    )


def lines_of(checked):
    assert checked.returncode == 0, checked.stderr
    return dict(
        (part.strip() for part in line.split(":", 1))
        for line in checked.stdout.splitlines()
    )


@pytest.mark.parametrize("set_up", SOURCES, ids=lambda f: f.__name__)
def test_requests_are_signed_with_what_the_source_handed_out(
    invocator, world, set_up
):
    credentials = set_up(world)
    path = write_workload(world.folder, {"a": every(0.01, 5)})
    with BotocoreVerifier(credentials) as verifier:
        done = invocator(
            ["run", path, "--endpoint-url", verifier.url, "--threads", 1]
            + ["--out", world.folder / "out"],
            env=world.env,
        )
        assert done.returncode == 0, done.stderr
        assert [r.reason for r in verifier.seen] == [""] * 5
    for output in [done.stdout, done.stderr]:
        assert credentials.secret_key not in output
        assert not credentials.token or credentials.token not in output


@pytest.mark.parametrize("set_up", SOURCES, ids=lambda f: f.__name__)
def test_check_names_the_source_and_no_secret(world, set_up):
    credentials = set_up(world)
    checked = check(world.env)
    lines = lines_of(checked)
    assert lines["source"] == SOURCES[set_up]
    key_id = credentials.access_key
    shown = key_id[:4] + "..." + key_id[-4:] if len(key_id) > 11 else "..."
    token = ", with a session token" if credentials.token else ""
    assert lines["key id"] == shown + token
    assert lines["expires"].startswith("20" if credentials.token else "never")
    assert credentials.secret_key not in checked.stdout + checked.stderr
    if credentials.token:
        assert credentials.token not in checked.stdout + checked.stderr


def test_a_role_is_asked_for_as_the_profile_says(world):
    world.role()
    lines_of(check(world.env))
    (request,) = world.services.seen
    assert request.body.decode() == (
        "Action=AssumeRole&Version=2011-06-15"
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa%2Bb"
        + request.body.decode()[
            request.body.decode().index("&RoleSessionName=invocator-") :
        ]
    )
    assert request.body.decode().endswith("&ExternalId=a%20b%26c%3Dd%2F%C3%A9")
    assert "/eu-west-1/sts/aws4_request" in request.header("authorization")


def test_the_option_names_the_profile(world):
    world.environment()
    world.config(f"[profile dev]\nregion = ap-south-1\n{BASE_KEYS}")
    lines = lines_of(check(world.env, "--profile", "dev"))
    assert lines["source"] == "keys of profile dev"
    assert lines["region"] == "ap-south-1"
    assert lines_of(check(world.env))["source"] == "environment"


def test_the_region_is_the_profiles_where_nothing_else_says(invocator, world):
    world.config(f"[profile dev]\nregion = ap-south-1\n{BASE_KEYS}")
    path = write_workload(
        world.folder, {"a": every(0.01, 5, host="api.example.com")}
    )
    with BotocoreVerifier(BASE) as verifier:
        done = invocator(
            ["run", path, "--endpoint-url", verifier.url, "--profile", "dev"]
            + ["--out", world.folder / "out"],
            env=world.env,
        )
        assert done.returncode == 0, done.stderr
        assert len(verifier.seen) == 5
        for request in verifier.seen:
            assert request.verified
            assert "/ap-south-1/execute-api/" in request.header("authorization")


def test_region_that_nothing_names_is_the_instances_own(world, invocator):
    world.instance()
    path = world.write("lambda.json", json.dumps({
        "test_name": "t", "test_duration_in_seconds": 1, "random_seed": 1,
        "instances": {"a": {"invoker": "lambda", "application": "f",
                            "interarrivals_list": [0.1]}},
    }))
    done = invocator(["plan", path], env=world.env)
    assert done.returncode == 0, done.stderr
    assert "keep leaves it (eu-north-1)" in done.stdout
    asked = len(world.services.seen)
    assert asked == 2  # a token, the region
    done = invocator(["plan", path], env=world.env | {"AWS_REGION": "us-east-2"})
    assert "keep leaves it (us-east-2)" in done.stdout
    off = {"AWS_EC2_METADATA_DISABLED": "true"}
    done = invocator(["plan", path], env=world.env | off)
    assert done.returncode == 2 and 'add "region"' in done.stderr
    assert len(world.services.seen) == asked


def refused(world, *options):
    checked = check(world.env, *options)
    assert checked.returncode == 2
    assert checked.stdout == ""
    return checked.stderr


def test_nothing_anywhere_says_what_was_tried(world):
    words = refused(world)
    for source in ["environment", "profile default", "web identity", "container"]:
        assert f"\n  {source}" in words
    assert "instance metadata: AWS_EC2_METADATA_DISABLED is true" in words
    assert world.services.seen == []


def test_a_profile_that_is_not_there_is_named(world):
    words = refused(world, "--profile", "nobody")
    assert "profile nobody" in words
    assert str(world.folder / ".aws/config") in words


def test_plan_misses_a_profile_where_anything_is_signed(invocator, world):
    signed = write_workload(world.folder, {"a": instance()})
    unsigned = write_workload(
        world.folder, {"a": instance(auth="none")}, name="unsigned.json"
    )
    for options, variables, source in (
        (["--profile", "nope"], {}, "--profile"),
        ([], {"AWS_PROFILE": "nope"}, "AWS_PROFILE"),
    ):
        words = f"profile nope could not be found ({source}): "
        env = world.env | KEYS | variables
        for verb in ("plan", "run"):
            done = invocator([verb, signed, *options], env=env)
            assert done.returncode == 2
            assert done.stdout == ""
            assert words in done.stderr
        done = invocator(["plan", unsigned, *options], env=env)
        assert done.returncode == 0, done.stderr
        assert words in done.stderr
        assert "so none needs it" in done.stderr


def test_sts_own_words_are_passed_on(world):
    world.config(
        "[default]\nrole_arn = arn:denied\nsource_profile = default\n"
        + BASE_KEYS
    )
    assert "AccessDenied: you & yours may not" in refused(world)
    world.services.sources.clear()
    assert "SignatureDoesNotMatch" in refused(world)


def test_a_container_that_does_not_know_us(world):
    world.container()
    world.write("container", "Basic wrong")
    assert "container: the container's agent answered with status 401" in (
        refused(world)
    )


def test_a_process_that_fails(world):
    world.config("[default]\ncredential_process = sh -c 'echo hush; exit 7'\n")
    words = refused(world)
    assert "credential_process: sh ended with status 7" in words
    assert "hush" not in words


def test_a_broken_file_is_named_with_its_line(world):
    world.write(".aws/credentials", "[default]\nhush hush\n")
    words = refused(world)
    assert ".aws/credentials:2: expected" in words
    assert "hush" not in words


def test_a_coordinator_is_needed_for_anything_else(world):
    worker = program("invocator-worker")
    for arguments, says in [
        ([], "--coordinator"),
        (["--check-credentials", "--coordinator", "127.0.0.1:1"], "excludes"),
    ]:
        done = subprocess.run(
            [worker, *arguments],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert done.returncode == 2
        assert says in done.stderr


def test_the_helper_process_gets_no_file_of_ours(world):
    script = world.write(
        "helper.py",
        "import json, os\n"
        "held = [fd for fd in os.listdir('/proc/self/fd') if int(fd) > 2]\n"
        # One is that of the listing itself.
        "assert len(held) == 1, held\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': 'AKIDHELPERXX',\n"
        "                  'SecretAccessKey': 's'}))\n",
    )
    world.config(
        f"[default]\ncredential_process = {sys.executable} {script}\n"
    )
    assert lines_of(check(world.env))["key id"] == "AKID...ERXX"


def test_https_is_checked_against_the_ca_bundle(tmp_path):
    """Of STS and of a container's agent alike."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"]
        + ["ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
        + ["-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
        timeout=30,
    )
    with FakeCredentialServices(
        sources=[BASE], certificate=(cert, key)
    ) as services:
        world = World(tmp_path, services)
        for set_up, source in [(World.role, "role"), (World.container, "cont")]:
            (tmp_path / ".aws/config").unlink(missing_ok=True)
            set_up(world)
            trusting = world.env | {"AWS_CA_BUNDLE": str(cert)}
            assert lines_of(check(trusting))["source"].startswith(source)
            assert "certificate" in refused(world)
