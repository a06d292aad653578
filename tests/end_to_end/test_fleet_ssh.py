"""scripts/fleet_ssh.sh against real sshd instances: two "hosts" on loopback
addresses, with keys, configuration and folders of their own."""

import os
import pathlib
import shutil
import signal
import subprocess

import pytest
from conftest import (
    REPOSITORY,
    clean_environment,
    free_port,
    program,
    stop,
    wait_until_listening,
)
from results import (
    KEYS,
    SECRET,
    Results,
    every,
    planned_keys,
    stats,
    wait_until,
    write_workload,
)

SCRIPT = str(REPOSITORY / "scripts" / "fleet_ssh.sh")
SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin")
DEADLINE_S = 30

pytestmark = pytest.mark.skipif(
    SSHD is None or shutil.which("ssh") is None,
    reason="no sshd: scripts/install_deps.sh --test installs it",
)


class Hosts:
    """The aliases east and west of an ssh configuration; remote folders are
    made in the folder that bears the alias."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "ssh_config"
        self.processes = []
        for key in ("user_key", "host_key"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key],
                check=True,
            )
        if os.geteuid() == 0:
            pathlib.Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)

    def start(self, alias, address):
        port = free_port()
        home = self.folder / alias
        home.mkdir()
        server = self.folder / f"sshd_{alias}"
        sanitizer_options = " ".join(
            f'"{k}={v}"' for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")
        )
        server.write_text(
            f"Port {port}\n"
            f"ListenAddress {address}\n"
            f"HostKey {self.folder}/host_key\n"
            f"AuthorizedKeysFile {self.folder}/user_key.pub\n"
            "PidFile none\nStrictModes no\nUsePAM no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            f"SetEnv TMPDIR={home} {sanitizer_options}\n"
        )
        with open(self.folder / f"sshd_{alias}.log", "wb") as log:
            process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", server],
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
        self.processes.append(process)
        with open(self.config, "a") as config:
            config.write(f"Host {alias}\n  HostName {address}\n  Port {port}\n")
        wait_until_listening(process, port, address=address)

    def finish_config(self):
        with open(self.config, "a") as config:
            config.write(
                f"Host *\n  IdentityFile {self.folder}/user_key\n"
                "  IdentitiesOnly yes\n  UserKnownHostsFile /dev/null\n"
                "  StrictHostKeyChecking no\n  LogLevel ERROR\n"
            )

    def left_behind(self):
        """Remote folders, and processes that were started in one."""
        found = [p for h in ("east", "west") for p in (self.folder / h).iterdir()]
        for link in pathlib.Path("/proc").glob("[0-9]*/cwd"):
            try:
                if os.readlink(link).startswith(str(self.folder)):
                    found.append((link.parent / "cmdline").read_bytes())
            except OSError:
                pass  # it has ended
        return found

    def libraries_in_use(self):
        """Names of shared libraries that processes have from a remote folder."""
        names = set()
        for maps in pathlib.Path("/proc").glob("[0-9]*/maps"):
            try:
                words = maps.read_text().split()
            except OSError:
                continue  # it has ended
            names |= {
                pathlib.Path(word).name.split(".so")[0].split("-")[0]
                for word in words
                if word.startswith(str(self.folder)) and ".so" in word
            }
        return names

    def wait_until_clean(self):
        wait_until(lambda: not self.left_behind(), "clean hosts", DEADLINE_S)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    found = Hosts(tmp_path_factory.mktemp("ssh"))
    try:
        found.start("east", "127.0.0.1")
        found.start("west", "127.0.0.2")
        found.finish_config()
        yield found
    finally:
        for process in found.processes:
            stop(process)


class Fleet:
    """Starts the script, with what all tests give it."""

    def __init__(self, folder, hosts):
        self.folder, self.hosts, self.processes = folder, hosts, []

    def start(self, *arguments, env=None, **popen):
        command = [
            SCRIPT,
            *("--coordinator", f"127.0.0.1:{free_port()}"),
            *("--ssh-config", self.hosts.config),
            *("--logs", self.folder / "logs"),
            *arguments,
        ]
        process = subprocess.Popen(
            list(map(str, command)),
            env=clean_environment(
                {"INVOCATOR_BIN_DIR": str(pathlib.Path(program("invocator")).parent)}
                | (env or {})
            ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **popen,
        )
        self.processes.append(process)
        return process

    def run(self, *arguments, **options):
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=2 * DEADLINE_S)
        return subprocess.CompletedProcess([], process.returncode, out, err)


@pytest.fixture
def fleet(tmp_path, hosts):
    found = Fleet(tmp_path, hosts)
    yield found
    for process in found.processes:
        stop(process)


@pytest.fixture
def keys_file(tmp_path):
    path = tmp_path / "keys"
    path.write_text("".join(f"{k}={v}\n" for k, v in KEYS.items()))
    return path


@pytest.fixture
def secured(tmp_path):
    """The options of a fleet with certificates and a join token."""
    certs = tmp_path / "certs"
    subprocess.run(
        [REPOSITORY / "scripts" / "make_certs.sh", certs, "127.0.0.1"],
        check=True,
        capture_output=True,
    )
    token = tmp_path / "token"
    token.write_text("t0k3n-0123456789abcdef0123456789abcdef\n")
    return ["--certs", certs, "--token-file", token]


def test_two_hosts_play_one_workload(
    fleet, hosts, gateway, keys_file, secured, invocator, tmp_path
):
    workload = write_workload(tmp_path, {"a": every(0.02, 40), "b": every(0.05, 15)})
    done = fleet.run(
        *(*secured, "--env", keys_file, "east", "west", "--"),
        *(workload, "--endpoint-url", gateway(), "--out", tmp_path / "out"),
    )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    assert {w["name"] for w in results.summary["workers"]} == {"east", "west"}
    assert results.outcomes == {"ok": 55}
    assert results.keys() == planned_keys(invocator, workload)
    for host in ("east", "west"):
        assert f"{host}: worker ended with 0" in done.stderr
        log = (tmp_path / "logs" / f"{host}.log").read_text()
        assert "run ended" in log
        assert SECRET not in log and "t0k3n" not in log
    hosts.wait_until_clean()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_interrupted_run_leaves_nothing(
    fleet, hosts, gateway, keys_file, tmp_path, number
):
    workload = write_workload(
        tmp_path, {"a": every(0.02, 2500)}, test_duration_in_seconds=60
    )
    url = gateway()
    process = fleet.start(
        *("--with-libraries", "--env", keys_file, "east", "west", "--"),
        *(workload, "--endpoint-url", url, "--out", tmp_path / "out"),
        start_new_session=True,
    )
    wait_until(lambda: stats(url)["requests"] > 0, "a call", DEADLINE_S)
    # The worker runs there, with the libraries that were brought.
    assert hosts.libraries_in_use() >= {"libcurl", "libstdc++"}
    # As a terminal does it: to the whole foreground group.
    os.killpg(process.pid, number)
    process.communicate(timeout=DEADLINE_S)
    hosts.wait_until_clean()
    if number != signal.SIGKILL:
        assert process.returncode == 130
        assert Results(tmp_path / "out").summary["interrupted"] is True


def test_a_host_out_of_reach_is_named_and_nothing_is_begun(fleet, hosts, tmp_path):
    workload = write_workload(tmp_path, {"a": every(0.02, 10)})
    done = fleet.run("east", "127.0.0.3", "--", workload, "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "127.0.0.3: " in done.stderr and "east: " not in done.stderr
    assert not (tmp_path / "out").exists()
    assert hosts.left_behind() == []


# As scripts/make_certs.sh names them.
CERTS = ["ca.pem", "ca.key", "coordinator.pem", "coordinator.key"]
CERTS += ["worker.pem", "worker.key"]
STUB_WORKER = """#!/bin/sh
[ "$1" != --version ] || exit 0
{
  echo "$@"
  stat -c '%a %n' . token env ca.pem worker.pem worker.key
  echo "$A_NAME"
  tr '\\0' ' ' </proc/$$/cmdline
  echo
  ls
} >"$TMPDIR.said" 2>&1
exit 7
"""
STUB_INVOCATOR = """#!/bin/sh
echo "$@"
for i in $(seq 200); do
  [ -s "$SAID/east.said" ] && [ -s "$SAID/west.said" ] && break
  sleep 0.05
done
"""


def test_secrets_are_copied_for_the_user_alone_and_named_nowhere(
    fleet, hosts, tmp_path
):
    for name, text in (
        ("bin/invocator", STUB_INVOCATOR),
        ("bin/invocator-worker", STUB_WORKER),
        ("token", "t0k3n-s3cr3t"),
        ("env", "A_NAME='a value with blanks'"),
        *((f"certs/{name}", name) for name in CERTS),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    certs = tmp_path / "certs"
    done = fleet.run(
        *("--token-file", tmp_path / "token", "--env", tmp_path / "env"),
        *("--certs", certs, "--threads", 2, "--listen", "127.0.0.1:7"),
        *("east", "west", "--", "w.json", "--records", "none"),
        env={"INVOCATOR_BIN_DIR": str(tmp_path / "bin"), "SAID": str(hosts.folder)},
    )
    assert done.stdout == (
        "run w.json --records none --workers 2 --listen 127.0.0.1:7"
        f" --token-file {tmp_path}/token --tls-ca {certs}/ca.pem"
        f" --tls-cert {certs}/coordinator.pem"
        f" --tls-key {certs}/coordinator.key\n"
    ), done.stderr
    said = (hosts.folder / "west.said").read_text().splitlines()
    assert said[0].startswith("--name west --once --coordinator 127.0.0.1:")
    assert said[0].endswith(
        " --threads 2 --token-file token --tls-ca ca.pem"
        " --tls-cert worker.pem --tls-key worker.key"
    )
    files = ["token", "env", "ca.pem", "worker.pem", "worker.key"]
    assert said[1:7] == ["700 ."] + [f"600 {name}" for name in files]
    assert said[7] == "a value with blanks"
    assert "s3cr3t" not in said[8] and "blanks" not in said[8]
    # No other key than the worker's own.
    assert [name for name in said[9:] if name.endswith(".key")] == ["worker.key"]
    # A worker that failed makes a run that did not fail one that did.
    assert "west: worker ended with 7" in done.stderr and done.returncode == 3
    hosts.wait_until_clean()


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "usage:"),
        (["--coordinator", "a:1", "h"], "usage:"),
        (["--coordinator", "a:1", "h;true", "--", "w"], "'h;true' is no address"),
        (["--coordinator", "a:1", "h", "h", "--", "w"], "named twice: h"),
        (["--coordinator", "a:1", "--tokenfile", "t", "h", "--", "w"], "--tokenfile"),
    ],
)
def test_bad_usage(arguments, words):
    done = subprocess.run(
        [SCRIPT, *arguments], capture_output=True, text=True, timeout=10
    )
    assert done.returncode == 2 and words in done.stderr
