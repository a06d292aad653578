"""What end-to-end tests share: the programs under test, started and stopped.

Only loopback is used. The programs are those of INVOCATOR_BIN_DIR, by default
<repository>/build/bin.
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests" / "oracle"))

SANITIZED = bool(os.environ.get("INVOCATOR_SANITIZER"))
# On a busy machine a sanitizer takes its time.
START_DEADLINE_S = 60 if SANITIZED else 10
STOP_DEADLINE_S = 10

# Each asks a program to end, in the same way.
ENDING_SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT]

# A shell without job control, or nohup, starts the tests with these ignored,
# and the programs under test would leave them so. A handler is not inherited.
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, lambda *_: None)


def program(name):
    folder = os.environ.get("INVOCATOR_BIN_DIR", REPOSITORY / "build" / "bin")
    path = pathlib.Path(folder) / name
    if not path.is_file():
        pytest.fail(f"{path} is absent: build it, or set INVOCATOR_BIN_DIR")
    return str(path)


# Sanitizers take descriptors and address space themselves and abort without,
# are slow with large plans, and TSan delivers no signal during a write.
not_sanitized = pytest.mark.skipif(
    SANITIZED,
    reason="sanitizers need descriptors, memory and signals themselves",
)


def clean_environment(extra=None):
    """This process's environment without what would change a run: no AWS
    settings, no proxies, nobody's ~/.aws, and no look for the metadata service
    of an EC2 instance; then `extra`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "INVOCATOR_"))
        and not name.lower().endswith("_proxy")
    }
    own = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    return kept | own | (extra or {})


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_listening(
    process, port, deadline_s=START_DEADLINE_S, address="127.0.0.1"
):
    """Until `port` of a loopback address accepts; fails if the process ends
    before."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"{process.args} ended with {process.returncode}")
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    pytest.fail(f"{process.args} does not listen after {deadline_s} s")


def stop(process):
    """SIGTERM, then SIGKILL after a deadline; returns the exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(STOP_DEADLINE_S)


@pytest.fixture(scope="session")
def invocator():
    """run(args, env=None, timeout=60) -> CompletedProcess with text output."""

    def run(args, env=None, timeout=60):
        return subprocess.run(
            [program("invocator"), *map(str, args)],
            env=clean_environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    return run


@pytest.fixture
def launch():
    """start(args, env=None, name="invocator", **popen) -> Popen of a program
    that runs beside the test; ended with it."""
    processes = []

    def start(args, env=None, name="invocator", **popen):
        process = subprocess.Popen(
            [program(name), *map(str, args)],
            env=clean_environment(env),
            **{"stdin": subprocess.DEVNULL} | popen,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        stop(process)


def gateways(folder):
    """The two gateway fixtures: yields the function that starts one."""
    processes = []

    def start(*options, env=None, address="127.0.0.1", port=None):
        port = port or free_port()
        with open(folder / f"gateway-{address}-{port}.log", "wb") as log:
            process = subprocess.Popen(
                [
                    program("invocator-gateway"),
                    "--listen",
                    f"{address}:{port}",
                    *map(str, options),
                ],
                env=clean_environment(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        processes.append(process)
        wait_until_listening(process, port, address=address)
        scheme = "https" if "--tls-cert" in options else "http"
        return f"{scheme}://{address}:{port}"

    yield start
    for process in processes:
        stop(process)


@pytest.fixture
def gateway(tmp_path):
    """start(*options, env=None, address=..., port=...) -> URL of an
    invocator-gateway on a free port of loopback; stopped when the test ends.
    Its output is in gateway-*.log."""
    yield from gateways(tmp_path)


@pytest.fixture(scope="module")
def module_gateway(tmp_path_factory):
    """The same, stopped when the module's last test has ended."""
    yield from gateways(tmp_path_factory.mktemp("gateway"))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A certificate authority."""
    from nginx_target import Certificates

    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def loopback_cert(certificates):
    """(certificate, key) files of loopback's names."""
    return certificates.issue("loopback", "DNS:localhost,IP:127.0.0.1")


@pytest.fixture
def nginx(tmp_path):
    """start(**options) -> Nginx, stopped when the test ends."""
    from nginx_target import Nginx

    servers = []

    def start(**options):
        servers.append(Nginx(tmp_path, **options))
        return servers[-1]

    yield start
    for server in servers:
        stop(server.process)


@pytest.fixture
def stub():
    """start(functions, ...) -> LambdaStub; ended with the test, which fails if
    botocore found a control call signed wrong."""
    from lambda_stub import LambdaStub
    from results import KEY, SECRET

    started = []

    def start(functions, **keys):
        started.append(LambdaStub(KEY, SECRET, functions, **keys).__enter__())
        return started[-1]

    yield start
    for each in started:
        each.__exit__()
        assert each.refused == []
