"""Who may join a fleet, where a coordinator may listen, and what a worker may
be aimed at. Certificates are made by scripts/make_certs.sh, all is on loopback.
"""

import os
import pathlib
import socket
import stat
import subprocess
import types

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
    check_all_books,
    every,
    stats,
    wait_until,
    write_workload,
)
from stage import Stage, said

TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f90-of-the-fleet"
WRONG_TOKEN = "a1b2c3d4e5f60718293a4b5c6d7e8f91-of-another"
MAKE_CERTS = REPOSITORY / "scripts" / "make_certs.sh"
NAMES = ("ca", "coordinator", "worker")
DEADLINE_S = 30


def make_certs(*arguments):
    return subprocess.run(
        [MAKE_CERTS, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def certificates(folder, *hosts):
    done = make_certs(folder, *hosts)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    """The fleet's own, another CA's, and the fleet's for another host."""
    folder = tmp_path_factory.mktemp("certs")
    return types.SimpleNamespace(
        ours=certificates(folder / "ours"),
        theirs=certificates(folder / "theirs"),
        elsewhere=certificates(folder / "elsewhere", "load.example", "::1"),
    )


@pytest.fixture
def tokens(tmp_path):
    def write(name, token):
        path = tmp_path / name
        path.write_text(token + "\n")
        path.chmod(0o600)
        return path

    return types.SimpleNamespace(
        right=write("right.token", TOKEN), wrong=write("wrong.token",
                                                       WRONG_TOKEN)
    )


def tls(pair, name, ca=None):
    return [
        *("--tls-cert", pair / f"{name}.pem"),
        *("--tls-key", pair / f"{name}.key"),
        *("--tls-ca", (ca or pair) / "ca.pem"),
    ]


@pytest.fixture
def start(tmp_path):
    """start(name, args, env=None) -> process whose .log() is what it said;
    ended with the test."""
    with Stage(tmp_path) as stage:
        yield stage.start


@pytest.fixture
def fleet(start, gateway, tmp_path):
    """A coordinator that waits for workers, and how to start those."""

    def make(*options, workers=1, env=None):
        port = free_port()
        url = gateway()
        out = tmp_path / "out"
        workload = write_workload(
            tmp_path, {"a": every(0.01, 30), "b": every(0.02, 15)}
        )
        coordinator = start(
            "invocator",
            ["run", workload, "--endpoint-url", url, "--out", out]
            + ["--workers", workers, "--listen", f"127.0.0.1:{port}"]
            + ["--gather-timeout", f"{DEADLINE_S}s", *options],
            env=env,
        )
        wait_until_listening(coordinator, port)

        def worker(*worker_options, host="127.0.0.1", env=None, name="w"):
            return start(
                "invocator-worker",
                ["--coordinator", f"{host}:{port}", "--name", name, "--once"]
                + ["--threads", 1, *worker_options],
                env=KEYS | (env or {}),
            )

        return types.SimpleNamespace(
            coordinator=coordinator, worker=worker, out=out, url=url
        )

    return make


def check_run(fleet, workers=1):
    """The coordinator ends well, everything was sent and all books balance."""
    assert fleet.coordinator.wait(DEADLINE_S) == 0, fleet.coordinator.log()
    results = Results(fleet.out)
    check_all_books(results)
    assert results.outcomes == {"ok": 45}
    digest = results.summary["schedule_digest"]
    assert digest["planned"] == digest["sent"]
    assert len(results.summary["workers"]) == workers


# ---- the script


def test_make_certs_makes_keys_for_their_owner_alone(certs):
    for name in NAMES:
        key = os.stat(certs.ours / f"{name}.key")
        assert stat.S_IMODE(key.st_mode) == 0o600
    assert sorted(p.name for p in certs.ours.iterdir()) == sorted(
        f"{name}.{kind}" for name in NAMES for kind in ("pem", "key")
    )


def test_make_certs_overwrites_nothing(tmp_path):
    (tmp_path / "worker.key").write_text("precious")
    done = make_certs(tmp_path)
    assert done.returncode == 1 and "worker.key is there" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["worker.key"]
    assert (tmp_path / "worker.key").read_text() == "precious"


@pytest.mark.parametrize("host", ["a,IP:10.0.0.1", "", "a b", "-a", "a\nb=c"])
def test_make_certs_takes_only_names_and_addresses(tmp_path, host):
    done = make_certs(tmp_path / "certs", host)
    assert done.returncode == 2
    assert not (tmp_path / "certs").exists()


# ---- who may join


def test_a_fleet_with_tls_and_token(fleet, certs, tokens):
    f = fleet(
        *tls(certs.ours, "coordinator"),
        *("--token-file", tokens.right),
        workers=2,
    )
    workers = [
        f.worker(*tls(certs.ours, "worker"), "--token-file", tokens.right,
                 name="east"),
        f.worker(*tls(certs.ours, "worker"), host="localhost", name="west",
                 env={"INVOCATOR_TOKEN": TOKEN}),
    ]
    check_run(f, workers=2)
    for worker in workers:
        assert worker.wait(DEADLINE_S) == 0, worker.log()


def test_tls_without_a_token_and_a_token_without_tls(fleet, certs, tokens):
    f = fleet(*tls(certs.ours, "coordinator"))
    worker = f.worker(*tls(certs.ours, "worker"))
    check_run(f)
    assert worker.wait(DEADLINE_S) == 0


def test_a_token_without_tls_on_loopback(fleet, tokens):
    f = fleet(env={"INVOCATOR_TOKEN": TOKEN})
    worker = f.worker("--token-file", tokens.right)
    check_run(f)
    assert worker.wait(DEADLINE_S) == 0


REFUSED_BY_TLS = {
    "in the clear": (lambda c: [], "may want TLS"),
    "another CA": (
        lambda c: tls(c.theirs, "worker"),
        "not one that --tls-ca has signed",
    ),
    "a certificate of another CA": (
        lambda c: tls(c.theirs, "worker", ca=c.ours),
        "may not take our certificate",
    ),
    "a certificate that is not a worker's": (
        lambda c: tls(c.ours, "coordinator"),
        "may not take our certificate",
    ),
}


@pytest.mark.parametrize("how", REFUSED_BY_TLS)
def test_a_worker_without_the_right_certificate(fleet, certs, tokens, how):
    options, words = REFUSED_BY_TLS[how]
    token = ("--token-file", tokens.right)
    f = fleet(*tls(certs.ours, "coordinator"), *token)
    refused = f.worker(*options(certs), *token)
    said(refused, "cannot reach", words)
    assert f.coordinator.poll() is None
    good = f.worker(*tls(certs.ours, "worker"), *token, name="good")
    check_run(f)
    assert good.wait(DEADLINE_S) == 0
    assert Results(f.out).summary["workers"][0]["name"] == "good"


def test_a_peer_without_a_certificate(fleet, certs):
    f = fleet(*tls(certs.ours, "coordinator"))
    address = f.coordinator.args[f.coordinator.args.index("--listen") + 1]
    # One that is let in would be kept, and this would run into its deadline.
    done = subprocess.run(
        ["openssl", "s_client", "-connect", address, "-alpn", "h2", "-ign_eof"]
        + ["-CAfile", certs.ours / "ca.pem", "-verify_return_error"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=DEADLINE_S,
    )
    assert b"CONNECTED" in done.stdout
    assert b"unexpected eof" in done.stderr or b"alert" in done.stderr
    f.worker(*tls(certs.ours, "worker"))
    check_run(f)


@pytest.mark.parametrize(
    "pair, name, words",
    [
        ("ours", "worker", "not one that --tls-ca has signed"),
        ("elsewhere", "coordinator", "for another host"),
        (None, None, "does not speak TLS"),
    ],
)
def test_a_coordinator_that_is_none(fleet, certs, tokens, pair, name, words):
    """One with a worker's certificate, one of another host, one without."""
    options = tls(getattr(certs, pair), name) if pair else []
    f = fleet(*options)
    own = getattr(certs, pair) if pair else certs.ours
    worker = f.worker(*tls(own, "worker"), "--token-file", tokens.right)
    said(worker, "cannot reach", words)
    assert f.coordinator.poll() is None
    assert stats(f.url)["requests"] == 0
    assert stop(worker) == 0
    assert TOKEN not in worker.log()


@pytest.mark.parametrize("with_tls", [True, False])
@pytest.mark.parametrize(
    "shown, words",
    [
        ([], "showed none"),
        (["--token-file", "wrong"], "is not this coordinator's"),
    ],
    ids=["no token", "wrong token"],
)
def test_a_worker_without_the_right_token(
    fleet, certs, tokens, shown, words, with_tls
):
    ours = tls(certs.ours, "coordinator") if with_tls else []
    its = tls(certs.ours, "worker") if with_tls else []
    f = fleet(*ours, "--token-file", tokens.right)
    refused = f.worker(*its, *[tokens.wrong if s == "wrong" else s
                               for s in shown])
    said(refused, "UNAUTHENTICATED", words)
    said(f.coordinator, "turned away", words)
    assert refused.poll() is None or refused.wait() == 3
    assert f.coordinator.poll() is None
    good = f.worker(*its, "--token-file", tokens.right, name="good")
    check_run(f)
    assert good.wait(DEADLINE_S) == 0
    for process in (refused, good, f.coordinator):
        assert TOKEN not in process.log()
        assert WRONG_TOKEN not in process.log()


def test_garbage_on_the_port_harms_nobody(fleet, certs, tokens):
    token = ("--token-file", tokens.right)
    f = fleet(*tls(certs.ours, "coordinator"), *token)
    address = f.coordinator.args[f.coordinator.args.index("--listen") + 1]
    host, port = address.split(":")
    for garbage in (b"", b"\0" * 5000, b"GET / HTTP/1.1\r\n\r\n",
                    b"\x16\x03\x01\x40\x00" + os.urandom(2000)):
        with socket.create_connection((host, int(port)), timeout=5) as peer:
            peer.sendall(garbage)
    f.worker(*tls(certs.ours, "worker"), *token)
    check_run(f)


# ---- secrets


def test_secrets_show_up_nowhere(fleet, certs, tokens, tmp_path):
    f = fleet(*tls(certs.ours, "coordinator"), "--token-file", tokens.right,
              workers=2)
    options = tls(certs.ours, "worker")
    f.worker(*options, "--token-file", tokens.wrong, name="wrong")
    workers = [
        f.worker(*options, "--token-file", tokens.right, name="file"),
        f.worker(*options, name="variable", env={"INVOCATOR_TOKEN": TOKEN}),
    ]
    places = {}
    for process in [f.coordinator, *workers]:
        argv = pathlib.Path(f"/proc/{process.pid}/cmdline")
        wait_until(argv.read_bytes, f"a command line of {process.pid}")
        places[argv] = argv.read_bytes()
    check_run(f, workers=2)
    for worker in workers:
        assert worker.wait(DEADLINE_S) == 0
    for path in [*tmp_path.glob("*.log"), *f.out.rglob("*")]:
        if path.is_file():
            places[path] = path.read_bytes()
    assert len(places) >= 3 + 5 + 3
    key = (certs.ours / "worker.key").read_text().splitlines()[1]
    for place, content in places.items():
        for secret in (TOKEN, WRONG_TOKEN, SECRET, key):
            assert secret.encode() not in content, place


# ---- where a coordinator may listen, and what a worker may send


@pytest.fixture
def bad_usage(tmp_path):
    """The stderr of a command that is refused before it does anything."""

    def run(*command, env=None):
        done = subprocess.run(
            [program(command[0]), *map(str, command[1:])],
            env=clean_environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
        )
        assert done.returncode == 2, done.stderr
        assert done.stdout == ""
        assert TOKEN not in done.stderr
        assert not (tmp_path / "out").exists()
        return done.stderr

    return run


@pytest.fixture
def run_on(tmp_path):
    def command(listen, *options):
        workload = write_workload(tmp_path, {"a": every(0.1, 3, auth="none")})
        return ["invocator", "run", workload, "--out", tmp_path / "out"] + [
            *("--workers", "1", "--gather-timeout", "1s"),
            *("--listen", listen, *options),
        ]

    return command


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:7000", "[::]:7000", "10.255.0.1:7000",
               "load.example:7000", "[::ffff:127.0.0.1]:7000"]
)
def test_listening_beyond_loopback_needs_both(
    bad_usage, run_on, certs, tokens, listen
):
    stderr = bad_usage(*run_on(listen))
    for words in (listen, "--tls-cert", "--token-file", "--insecure"):
        assert words in stderr
    stderr = bad_usage(*run_on(listen, *tls(certs.ours, "coordinator")))
    assert "--token-file" in stderr and "--tls-cert" not in stderr
    stderr = bad_usage(*run_on(listen), env={"INVOCATOR_TOKEN": TOKEN})
    assert "--tls-cert" in stderr and "--token-file" not in stderr


def test_insecure_listens_and_warns(start, run_on):
    # An address that is not of this machine: nothing is opened to anybody.
    process = start("invocator", run_on("192.0.2.1:7000", "--insecure")[1:])
    assert process.wait(DEADLINE_S) == 3
    said(process, "--insecure: 192.0.2.1:7000 is open", "cannot listen on")


@pytest.mark.parametrize(
    "options, words",
    [
        (["--tls-cert", "CERTS/coordinator.pem"], "--tls-key"),
        (["--tls-ca", "CERTS/ca.pem"], "--tls-"),
        (
            ["--tls-cert", "CERTS/coordinator.pem"]
            + ["--tls-key", "CERTS/worker.key", "--tls-ca", "CERTS/ca.pem"],
            "is not the key of",
        ),
        (
            ["--tls-cert", "CERTS/ca.key"]
            + ["--tls-key", "CERTS/ca.key", "--tls-ca", "CERTS/ca.pem"],
            "holds no certificate",
        ),
        (
            ["--tls-cert", "", "--tls-key", "", "--tls-ca", ""],
            "--tls-",
        ),
        (["--token-file", "CERTS/absent"], "CERTS/absent"),
        (["--token-file", "CERTS/ca.pem"], "is not a join token"),
        (["--token-file", "CERTS"], "CERTS"),
    ],
)
def test_files_that_are_not_what_they_should_be(
    bad_usage, run_on, certs, options, words
):
    def fill(text):
        return text.replace("CERTS", str(certs.ours))

    options = [fill(option) for option in options]
    assert fill(words) in bad_usage(*run_on("127.0.0.1:7000", *options))
    worker = ["invocator-worker", "--coordinator", "127.0.0.1:7000"]
    assert fill(words) in bad_usage(*worker, *options)


def test_a_worker_sends_no_token_in_the_clear(bad_usage, tokens):
    command = ["invocator-worker", "--coordinator", "0.0.0.0:1"]
    stderr = bad_usage(*command, "--token-file", tokens.right)
    assert "0.0.0.0:1" in stderr and "--insecure" in stderr
    assert stderr == bad_usage(*command, env={"INVOCATOR_TOKEN": TOKEN})


# ---- what a worker may be aimed at


def test_a_target_outside_is_refused_before_anything_is_sent(fleet):
    f = fleet()
    worker = f.worker("--allow-host", "*.execute-api.us-west-1.amazonaws.com",
                      "--allow-host", "127.0.0.1:1")
    # The workload's own host is allowed, but not where requests would go.
    assert f.coordinator.wait(DEADLINE_S) == 3
    target = f.url.removeprefix("http://")
    for words in ("worker w", target, "--allow-host"):
        assert words in f.coordinator.log()
    assert worker.wait(DEADLINE_S) == 3
    assert "PERMISSION_DENIED" in worker.log() and target in worker.log()
    assert stats(f.url)["requests"] == 0
    assert not f.out.exists()


def test_a_target_that_is_allowed(fleet):
    f = fleet()
    target = f.url.removeprefix("http://")
    worker = f.worker("--allow-host", "10.0.0.*", "--allow-host", target)
    check_run(f)
    assert worker.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("pattern", ["", "https://a.example", "a/b", "a:b"])
def test_a_pattern_that_could_never_match(bad_usage, pattern):
    stderr = bad_usage("invocator-worker", "--coordinator", "127.0.0.1:7000",
                       "--allow-host", pattern)
    assert "--allow-host" in stderr
