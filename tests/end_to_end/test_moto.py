"""AWS as moto stands in for it: a server that others wrote, found by the settings
that AWS's own tools know."""

import io
import json
import pathlib
import ssl
import subprocess
import urllib.request
import zipfile

import boto3
import pytest
from conftest import (
    REPOSITORY,
    clean_environment,
    free_port,
    program,
    stop,
    wait_until_listening,
)
from results import KEY, KEYS, SECRET, Results, wait_until, write_workload

SERVER = REPOSITORY / ".venv" / "bin" / "moto_server"
REGION = "us-west-1"

pytestmark = pytest.mark.skipif(
    not SERVER.is_file(),
    reason="moto is not installed: scripts/install_deps.sh --python does that "
    "where PyPI is reachable",
)


class Moto:
    """Moto's server on loopback, whose functions answer with what they are
    sent; one of them is thumb, with 512 MB."""

    def __init__(self, folder, *options, ca=None):
        port = free_port()
        self.host = f"127.0.0.1:{port}"
        self.url = f"http{'s' if ca else ''}://{self.host}"
        self.log = open(folder / f"moto-{port}.log", "w+b")
        self.process = subprocess.Popen(
            [str(SERVER), "-H", "127.0.0.1", "-p", str(port),
             *map(str, options)],
            env=clean_environment(), stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=subprocess.STDOUT,
        )
        wait_until_listening(self.process, port, deadline_s=60)
        self.client = lambda service: boto3.client(
            service, region_name=REGION, endpoint_url=self.url,
            aws_access_key_id=KEY, aws_secret_access_key=SECRET, verify=ca,
        )
        urllib.request.urlopen(
            f"{self.url}/moto-api/config",
            data=json.dumps({"lambda": {"use_docker": False}}).encode(),
            timeout=10,
            context=ca and ssl.create_default_context(cafile=ca),
        ).close()
        self.role = self.client("iam").create_role(
            RoleName="load", AssumeRolePolicyDocument="{}"
        )["Role"]["Arn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("h.py", "def h(event, context): return event")
        self.functions = self.client("lambda")
        self.functions.create_function(
            FunctionName="thumb", Runtime="python3.12", Role=self.role,
            Handler="h.h", Code={"ZipFile": code.getvalue()}, MemorySize=512,
        )

    def memory(self, size=None):
        if size:
            self.functions.update_function_configuration(
                FunctionName="thumb", MemorySize=size
            )
        return self.functions.get_function_configuration(
            FunctionName="thumb"
        )["MemorySize"]

    def requests(self, words):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text().count(words)

    def stop(self):
        stop(self.process)
        self.log.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = Moto(tmp_path_factory.mktemp("moto"))
    yield started
    started.stop()


@pytest.fixture
def moto(server):
    server.memory(512)
    return server


def workload_of(folder, name="workload.json", count=10, **keys):
    thumb = {"invoker": "lambda", "application": "thumb", "region": REGION,
             "interarrivals_list": [0.05] * count, "data": {"a": 1}}
    return write_workload(
        folder, {"thumb": thumb | keys}, name=name,
        test_duration_in_seconds=0.05 * count + 0.5,
    )


def check_played(done, out, moto, count=10):
    assert done.returncode == 0, done.stderr
    results = Results(out)
    assert results.outcomes == {"ok": count}
    assert results.summary["memory"] == [
        {"application": "thumb", "region": REGION, "memory_mb": 128,
         "before_mb": 512, "state": "restored"}
    ]
    assert moto.memory() == 512


def settings(folder, config):
    """The environment of a user with that ~/.aws/config and keys."""
    (folder / "config").write_text(config)
    (folder / "credentials").write_text(
        f"[base]\naws_access_key_id = {KEY}\n"
        f"aws_secret_access_key = {SECRET}\n"
    )
    return {"AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials")}


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_LAMBDA"])
def test_calls_go_where_the_environment_says(moto, invocator, tmp_path, name):
    dead = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    env = KEYS | dead | {name: moto.url}
    invoked = moto.requests("/invocations")
    workload = workload_of(tmp_path)
    planned = invocator(["plan", workload], env=env)
    line = f"calls of thumb go to {moto.url} ({name})\n"
    assert line in planned.stdout
    assert ("will set memory of thumb to 128 MB; --memory-size keep leaves it "
            f"({REGION}, {moto.url})\n") in planned.stdout
    done = invocator(["run", workload, "--out", tmp_path / "out"], env=env)
    check_played(done, tmp_path / "out", moto)
    assert line in done.stderr
    assert moto.requests("/invocations") == invoked + 10
    # Lines are broken at blanks.
    words = " ".join(done.stdout.split())
    assert f"as if AWS had answered, not {moto.url}" in words


def test_kept_workload_goes_to_the_same_place(moto, invocator, tmp_path):
    env = KEYS | {"AWS_ENDPOINT_URL": moto.url}
    done = invocator(
        ["run", workload_of(tmp_path), "--out", tmp_path / "first"], env=env
    )
    check_played(done, tmp_path / "first", moto)
    # Calls and memory, without the variable, and with another one.
    for name, more in (("second", {}),
                       ("third", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})):
        out = tmp_path / name
        done = invocator(
            ["run", tmp_path / "first" / "workload.json", "--out", out],
            env=KEYS | more,
        )
        check_played(done, out, moto)


def test_profile_and_its_services_section_are_heeded(
    moto, invocator, tmp_path
):
    """STS and Lambda each at its own, and a role assumed with a profile's
    keys."""
    env = settings(
        tmp_path,
        f"[profile load]\nrole_arn = {moto.role}\nsource_profile = base\n"
        f"region = {REGION}\nservices = local\n"
        "endpoint_url = http://127.0.0.1:1\n"
        f"[services local]\nlambda =\n  endpoint_url = {moto.url}\n"
        f"sts =\n  endpoint_url = {moto.url}/\n",
    )
    out = tmp_path / "out"
    done = invocator(
        ["run", workload_of(tmp_path), "--out", out, "--profile", "load"],
        env=env,
    )
    check_played(done, out, moto)
    assert f"{moto.url} ([services local] of {tmp_path}/config)" in done.stderr


def test_endpoint_of_the_profile_is_the_last_that_is_looked_at(
    moto, invocator, tmp_path
):
    env = settings(
        tmp_path, f"[profile base]\nregion = {REGION}\n"
        f"endpoint_url = {moto.url}\n",
    ) | {"AWS_PROFILE": "base"}
    out = tmp_path / "out"
    done = invocator(["run", workload_of(tmp_path), "--out", out], env=env)
    check_played(done, out, moto)


def test_ignored_and_wrong_endpoints(moto, invocator, tmp_path):
    workload = workload_of(tmp_path)
    env = KEYS | {"AWS_ENDPOINT_URL": moto.url,
                  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}
    planned = invocator(["plan", workload], env=env)
    assert planned.returncode == 0
    assert "go to" not in planned.stdout
    assert f"keep leaves it ({REGION})\n" in planned.stdout
    env = settings(tmp_path, "[profile base]\nservices = gone\n")
    planned = invocator(["plan", workload, "--profile", "base"], env=env)
    assert planned.returncode == 2
    assert "has no section [services gone]" in planned.stderr


def test_other_calls_stay_at_their_hosts_and_that_is_said(
    moto, invocator, tmp_path
):
    workload = write_workload(tmp_path, {
        "api": {"host": "x.execute-api.us-west-1.amazonaws.com",
                "stage": "s", "resource": "r", "interarrivals_list": [0.1]},
        "furl": {"invoker": "function_url", "interarrivals_list": [0.1],
                 "host": "x.lambda-url.us-west-1.on.aws"},
    })
    env = KEYS | {"AWS_ENDPOINT_URL": moto.url}
    planned = invocator(["plan", workload], env=env)
    assert "calls of api, furl go to their own hosts: AWS_ENDPOINT_URL redirects" in (
        planned.stdout
    )
    assert "calls of thumb go to" not in planned.stdout


def with_worker(run, address, env, *options):
    with subprocess.Popen(
        [program("invocator-worker"), "--coordinator", address, "--once",
         *options],
        env=clean_environment(env), stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as worker:
        try:
            return run.communicate(timeout=60)
        finally:
            worker.kill()


def start_fleet(launch, workload, out, env):
    address = f"127.0.0.1:{free_port()}"
    run = launch(
        ["run", workload, "--out", out, "--workers", 1, "--listen", address],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    return run, address


def test_coordinator_says_where_workers_calls_go(moto, launch, tmp_path):
    """Whatever the workers' own environment says; and --allow-host looks at
    the place that is really called."""
    workload = workload_of(tmp_path)
    env = KEYS | {"AWS_ENDPOINT_URL": moto.url}
    run, address = start_fleet(launch, workload, tmp_path / "out", env)
    with_worker(run, address, KEYS | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
                "--allow-host", moto.host)
    assert run.returncode == 0
    assert Results(tmp_path / "out").outcomes == {"ok": 10}
    assert moto.memory() == 512
    run, address = start_fleet(launch, workload, tmp_path / "no", env)
    words = with_worker(run, address, KEYS, "--allow-host", "*.amazonaws.com")
    assert run.returncode == 3
    assert f"would be sent to {moto.host}" in words[1]
    assert moto.memory() == 512


def test_control_calls_may_go_elsewhere(moto, invocator, gateway, tmp_path):
    url = gateway("--memory-size", 1024)
    out = tmp_path / "out"
    done = invocator(
        ["run", workload_of(tmp_path), "--out", out,
         "--control-endpoint-url", url],
        env=KEYS | {"AWS_ENDPOINT_URL": moto.url},
    )
    assert done.returncode == 0, done.stderr
    assert Results(out).summary["memory"][0]["before_mb"] == 1024
    assert moto.memory() == 512


def test_overlapping_runs_do_not_lose_the_size(
    moto, launch, invocator, tmp_path
):
    env = KEYS | {"AWS_ENDPOINT_URL": moto.url}
    first = launch(
        ["run", workload_of(tmp_path, count=200), "--out", tmp_path / "a"],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )
    wait_until(lambda: moto.memory() == 128, "the first run's size")
    second = invocator(
        ["run", workload_of(tmp_path, "b.json"), "--out", tmp_path / "b",
         "--memory-size", 256],
        env=env,
    )
    assert second.returncode == 2
    assert f"process {first.pid}" in second.stderr
    assert not (tmp_path / "b").exists()
    # From elsewhere, where there is no such lock.
    moto.memory(256)
    _, words = first.communicate(timeout=60)
    assert first.returncode == 3
    assert "thumb (us-west-1) was not 128 MB throughout" in words
    assert moto.memory() == 256
    told = Results(tmp_path / "a").summary["memory"]
    assert told[0]["warning"] == "not 128 MB throughout"
    moto.memory(128)
    done = invocator(["restore-memory", tmp_path / "a"], env=KEYS)
    assert done.returncode == 0, done.stderr
    assert moto.memory() == 512


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory, certificates, loopback_cert):
    cert, key = loopback_cert
    started = Moto(
        tmp_path_factory.mktemp("tls"), "-s", "-c", cert, "-k", key,
        ca=str(certificates.ca),
    )
    yield started
    started.stop()


@pytest.mark.parametrize("source", ["AWS_CA_BUNDLE", "ca_bundle"])
def test_ca_bundle_is_trusted_by_all_calls_to_aws(
    tls_server, certificates, invocator, tmp_path, source
):
    """By STS's, the control calls and the invocations."""
    ca = certificates.ca
    config = (
        f"[profile load]\nrole_arn = {tls_server.role}\n"
        f"source_profile = base\nregion = {REGION}\n"
        f"endpoint_url = {tls_server.url}\n"
    )
    env = settings(tmp_path, config) | {"AWS_PROFILE": "load"}
    workload = workload_of(tmp_path)
    done = invocator(["run", workload, "--out", tmp_path / "no"], env=env)
    assert done.returncode == 2 and "certificate" in done.stderr
    if source == "AWS_CA_BUNDLE":
        env["AWS_CA_BUNDLE"] = str(ca)
    else:
        (tmp_path / "config").write_text(f"{config}ca_bundle = {ca}\n")
    out = tmp_path / "out"
    done = invocator(["run", workload, "--out", out], env=env)
    check_played(done, out, tls_server)
