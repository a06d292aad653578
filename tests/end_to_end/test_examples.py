"""The examples that start programs: the CI job is run as it is; systemd units
and Kubernetes manifests are checked against the programs' own options, against
each other, and by the tools that know their formats where those are there."""

import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess

import pytest
import yaml
from conftest import REPOSITORY, clean_environment, free_port, program

EXAMPLES = REPOSITORY / "examples"
UNITS = sorted((EXAMPLES / "systemd").glob("*.service"))
BIN_DIR = pathlib.Path(program("invocator")).parent


def run(command, env=None, timeout=60, **popen):
    return subprocess.run(
        list(map(str, command)),
        env=clean_environment({"INVOCATOR_BIN_DIR": str(BIN_DIR)} | (env or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        **popen,
    )


def check_options(command):
    """Every option of a command line is one its program's --help has; values
    are separate words or follow a "="."""
    name = pathlib.Path(command[0]).name
    subcommand = command[1:2] if name == "invocator" else []
    about = run([program(name), *subcommand, "--help"]).stdout
    known = set(re.findall(r"--[a-z0-9][a-z0-9-]*", about))
    used = {word.split("=")[0] for word in command if word.startswith("--")}
    assert used and used <= known


SHORT = """{
    "test_name": "short", "test_duration_in_seconds": 1, "random_seed": 1,
    "instances": {"f": {
        "application": "f", "distribution": "Uniform", "rate": 50,
        "host": "abc123.execute-api.us-east-1.amazonaws.com",
        "stage": "prod", "resource": "f"}}
}"""


@pytest.mark.parametrize(
    "settings, code, words",
    [
        ({}, 0, "passed"),
        ({"KEPT_WITHIN": "0s"}, 4, "was not kept"),
        # The gateway takes 20 ms.
        ({"MAX_P99": "19ms"}, 5, "not good enough"),
    ],
    ids=["passes", "verdict", "slow_function"],
)
def test_ci_job(tmp_path, settings, code, words):
    (tmp_path / "short.json").write_text(SHORT)
    lax = {"KEPT_WITHIN": "10s", "MAX_P99": "60s"}
    process = subprocess.Popen(
        [EXAMPLES / "ci.sh", tmp_path / "short.json"],
        env=clean_environment(
            {
                "INVOCATOR_BIN_DIR": str(BIN_DIR),
                "JOIN_PORT": str(free_port()),
                "OUT": str(tmp_path / "out"),
            }
            | lax
            | settings
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=60)
        assert process.returncode == code, out + err
        assert words in out + err
        assert (tmp_path / "out" / "summary.json").is_file()
        # All that the job started has ended with it.
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_gives_options_there_are(unit):
    text = unit.read_text().replace("\\\n", " ")
    command = shlex.split(re.search(r"^ExecStart=(.*)$", text, re.M)[1])
    assert command[0] == f"/usr/bin/{unit.stem}"
    check_options(command)
    credentials = set(re.findall(r"CREDENTIALS_DIRECTORY}/(\w+)", text))
    assert credentials == set(re.findall(r"^LoadCredential=(\w+):", text, re.M))
    # Variables without a value of their own come from the environment file.
    if unit.stem == "invocator-worker":
        given = (unit.parent / "worker.env").read_text()
        for name in re.findall(r"\$\{?(INVOCATOR_\w+)", text):
            assert re.search(rf"^{name}=", given, re.M)


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze"
)
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_unit_is_one_systemd_takes_without_a_word(unit, tmp_path):
    copy = tmp_path / unit.name
    copy.write_text(unit.read_text().replace("/usr/bin/", f"{BIN_DIR}/"))
    done = run(["systemd-analyze", "verify", "--man=no", copy])
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def documents():
    return [
        document
        for path in sorted((EXAMPLES / "kubernetes").glob("*.yaml"))
        for document in yaml.safe_load_all(path.read_text())
    ]


def by_name(kind):
    return {d["metadata"]["name"]: d for d in documents() if d["kind"] == kind}


JOBS = by_name("Job")


def pod_of(job):
    return JOBS[job]["spec"]["template"]["spec"]


def command_of(job):
    (container,) = pod_of(job)["containers"]
    return container["command"] + container["args"]


def option(job, name):
    (value,) = [
        word.split("=")[1]
        for word in command_of(job)
        if word.startswith(f"--{name}=")
    ]
    return value


def test_manifests_satisfy_the_schemas_of_kubernetes():
    validator = pytest.importorskip(
        "kubernetes_validate", reason="pip install kubernetes-validate"
    )
    for document in documents():
        validator.validate(document, desired_version="1.29", strict=True)


@pytest.mark.parametrize("job", JOBS)
def test_pod_gives_options_there_are_and_files_it_has(job):
    check_options(command_of(job))
    pod = pod_of(job)
    (container,) = pod["containers"]
    data = {n: d.get("stringData") or d["data"]
            for kind in ("Secret", "ConfigMap") for n, d in by_name(kind).items()}
    files = {}
    for volume in pod["volumes"]:
        source = volume.get("secret") or volume.get("configMap") or {}
        name = source.get("secretName") or source.get("name")
        files[volume["name"]] = data[name] if name else None
        claim = volume.get("persistentVolumeClaim")
        assert not claim or claim["claimName"] in by_name("PersistentVolumeClaim")
    mounts = {m["mountPath"]: m for m in container["volumeMounts"]}
    assert sorted(m["name"] for m in mounts.values()) == sorted(files)
    for word in command_of(job):
        path = pathlib.PurePath(word.split("=")[-1])
        if path.is_absolute():
            assert path.name in files[mounts[str(path.parent)]["name"]]
    for source in container.get("envFrom", []):
        assert "AWS_SECRET_ACCESS_KEY" in data[source["secretRef"]["name"]]
    # A secret of the other side is not in the pod.
    other = "worker" if "coordinator" in job else "coordinator"
    assert not any(f"{other}.key" in (names or {}) for names in files.values())


@pytest.mark.parametrize("job", JOBS)
def test_pod_has_no_rights_to_speak_of(job):
    pod = pod_of(job)
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])


def test_workers_find_the_coordinator():
    host, port = option("invocator-worker", "coordinator").split(":")
    service = by_name("Service")[host]["spec"]
    labels = JOBS["invocator-coordinator"]["spec"]["template"]["metadata"]["labels"]
    assert service["selector"] == labels
    (served,) = service["ports"]
    assert served["port"] == int(port)
    (container,) = pod_of("invocator-coordinator")["containers"]
    (opened,) = container["ports"]
    assert served["targetPort"] == opened["name"]
    listen = option("invocator-coordinator", "listen")
    assert listen == f"0.0.0.0:{opened['containerPort']}"
    policy = by_name("NetworkPolicy")["invocator-coordinator"]["spec"]
    assert policy["podSelector"]["matchLabels"] == labels
    (rule,) = policy["ingress"]
    assert [p["port"] for p in rule["ports"]] == [opened["name"]]
    worker = JOBS["invocator-worker"]["spec"]
    assert (
        rule["from"][0]["podSelector"]["matchLabels"]
        == worker["template"]["metadata"]["labels"]
    )
    count = int(option("invocator-coordinator", "workers"))
    assert worker["completions"] == worker["parallelism"] == count


def test_workload_of_the_config_map_is_one(tmp_path, invocator):
    for name, text in by_name("ConfigMap")["invocator-workload"]["data"].items():
        (tmp_path / name).write_text(text)
    done = invocator(["plan", tmp_path / "workload.json"])
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "path", ["scripts/fleet_ssh.sh", "examples/slurm/fleet.sbatch"]
)
def test_scripts_give_options_there_are(path):
    """Of the options both programs share the scripts build lists by hand."""
    text = (REPOSITORY / path).read_text()
    shared = ["--tls-ca", "--tls-cert", "--tls-key"]
    for word in shared:
        assert text.count(word) >= 2
    check_options(["invocator", "run", "--workers", "--listen", *shared])
    check_options(["invocator-worker", "--coordinator", "--name", "--threads",
                   "--once", "--token-file", *shared])
