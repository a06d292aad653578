"""Whatever is wrong with what it is given: Invocator says what, where and what
was expected, exits with 2 (3 where a port is taken), prints nothing on stdout
and sends nothing."""

import json
import os
import pathlib
import re
import subprocess
import tempfile

import pytest
from conftest import REPOSITORY, clean_environment, not_sanitized, program
from results import KEYS, every, instance, stats, write_workload

BAD_WORKLOADS = REPOSITORY / "tests" / "testdata" / "bad_workloads"
BAD_USAGE = 2
OUT = "out"


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway()


@pytest.fixture
def refused(invocator, url, tmp_path):
    """refused(workload, *options, env, says) -> stderr of a run that has to be
    refused for the reasons `says` (parts of the message)."""

    def run(workload, *options, env=KEYS, says=(), out=None):
        done = invocator(
            ["run", workload, "--endpoint-url", url]
            + ["--out", out or tmp_path / OUT, *options],
            env=env,
        )
        check_refused(done, says)
        assert stats(url)["requests"] == 0
        if out is None:
            assert not (tmp_path / OUT).exists()
        return done.stderr

    return run


def check_refused(done, says):
    assert done.returncode == BAD_USAGE, done.stderr
    assert done.stdout == ""
    for words in says:
        assert str(words) in done.stderr, done.stderr
    # A sentence or a few, not a trace.
    assert all(len(line) < 1000 for line in done.stderr.splitlines())
    assert "terminate" not in done.stderr


def one(folder, **keys):
    """A workload of one instance with these keys."""
    return write_workload(folder, {"a": instance(**keys)})


@pytest.mark.parametrize(
    "name", sorted(path.name for path in BAD_WORKLOADS.glob("*.json"))
)
def test_bad_workload(refused, name):
    path = BAD_WORKLOADS / name
    says = re.findall(r"^// expect: (.*)$", path.read_text(), re.MULTILINE)
    assert says
    env = {k: v for k, v in KEYS.items()}
    stderr = refused(path, env=env, says=[path, *says])
    # `plan` says the same.
    done = subprocess.run(
        [program("invocator"), "plan", path],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    check_refused(done, ())
    assert done.stderr == stderr


def test_all_errors_of_a_file_are_told_at_once(refused, tmp_path):
    path = write_workload(
        tmp_path,
        {
            "a": instance(distribution="Possion", rate=-1),
            "b": instance(host="http://x.example/", payloads="x"),
            "c": instance(payload="absent.json", timeout_in_seconds="1"),
        },
        random_seed=-5,
        test_duration_in_seconds=0,
    )
    stderr = refused(path)
    told = [line for line in stderr.splitlines() if str(path) in line]
    for where in (
        "random_seed",
        "test_duration_in_seconds",
        "instances.a.distribution",
        "instances.a.rate",
        "instances.b.host",
        "instances.b.payloads",
        "instances.c.payload",
        "instances.c.timeout_in_seconds",
    ):
        assert sum(f"{where}:" in line for line in told) == 1, (where, stderr)
    assert 'did you mean "Poisson"?' in stderr
    assert 'did you mean "payload"?' in stderr


@pytest.fixture
def unreadable(tmp_path):
    """A file that cannot be read, whoever asks."""
    if os.geteuid() == 0:
        return "/proc/self/mem"  # modes do not hold root back
    path = tmp_path / "unreadable.json"
    path.write_text("{}")
    path.chmod(0)
    return str(path)


def test_no_file(refused, tmp_path):
    path = tmp_path / "absent.json"
    refused(path, says=[path, "No such file"])


def test_folder(refused, tmp_path):
    refused(tmp_path, says=[tmp_path, "is a folder"])


def test_unreadable_file(refused, unreadable):
    refused(unreadable, says=[unreadable, "cannot be"])


@pytest.mark.parametrize("content", ["", " \n\t\n"])
def test_empty_file(refused, tmp_path, content):
    path = tmp_path / "empty.json"
    path.write_text(content)
    refused(path, says=[path, "is empty"])


def test_binary_file(refused):
    refused(program("invocator-gateway"), says=["not UTF-8"])


def test_broken_json_names_line_and_column(refused, tmp_path):
    path = tmp_path / "broken.json"
    path.write_text('{\n  "test_name": "t",\n  "instances": {]\n}\n')
    refused(path, says=[f"{path}:3:17:"])


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "1e400"])
def test_numbers_json_does_not_have(refused, tmp_path, number):
    path = tmp_path / "number.json"
    text = one(tmp_path, distribution="Poisson", rate=12321).read_text()
    path.write_text(text.replace("12321", number))
    refused(path, says=[f"{path}:1:"])


@pytest.mark.parametrize("rate", [-1, -0.001, 1e300, "5", True])
def test_rate_out_of_range_or_of_another_type(refused, tmp_path, rate):
    path = one(tmp_path, distribution="Poisson", rate=rate)
    refused(
        path,
        says=[f"{path}: instances.a.rate: expected a number", "found "],
    )


@pytest.mark.parametrize("rate, says", [
    ([], "rate: expected points [second, calls per second]"),
    ([[0, -1]], "rate: expected a rate from 0 to"),
    ({}, "rate.points: missing, expected points of a shape"),
])
def test_rate_of_another_shape(refused, tmp_path, rate, says):
    path = one(tmp_path, distribution="Poisson", rate=rate)
    refused(path, says=[f"{path}: instances.a.{says}"])


def test_payload_that_is_not_there(refused, tmp_path):
    path = one(tmp_path, payload="absent.json")
    refused(
        path,
        says=["instances.a.payload", tmp_path / "absent.json", "No such file"],
    )


def test_payload_that_cannot_be_read(refused, tmp_path, unreadable):
    path = one(tmp_path, payload=unreadable)
    refused(path, says=["instances.a.payload", unreadable, "cannot be"])


def test_payload_that_is_no_json(refused, tmp_path):
    (tmp_path / "bad.json").write_text('{"a": 1,\n "b" 2}')
    path = one(tmp_path, payload="bad.json")
    refused(path, says=["instances.a.payload", f"{tmp_path}/bad.json:2:6"])


def test_payload_of_20_megabytes(refused, tmp_path):
    (tmp_path / "big.json").write_text(json.dumps("x" * 20_000_000))
    path = one(tmp_path, payload="big.json")
    refused(
        path, says=["instances.a.payload", "20000002 bytes", "expected at most"]
    )


@pytest.mark.parametrize(
    "env, says",
    [
        ({}, "no AWS credentials"),
        ({"AWS_ACCESS_KEY_ID": "AKID"}, "AWS_SECRET_ACCESS_KEY is not"),
        ({"AWS_SECRET_ACCESS_KEY": "x"}, "AWS_ACCESS_KEY_ID is not"),
        (KEYS | {"AWS_SESSION_TOKEN": "a\nb"}, "AWS_SESSION_TOKEN holds"),
    ],
)
def test_credentials_missing_or_broken(refused, tmp_path, env, says):
    refused(one(tmp_path), env=env, says=[says])


def test_no_region(refused, tmp_path):
    path = one(tmp_path, host="localhost")
    refused(path, says=["instances.a.region", "AWS_REGION", '"region"'])


def test_region_of_the_environment_that_is_none(refused, tmp_path):
    path = one(tmp_path, host="localhost")
    refused(path, env=KEYS | {"AWS_REGION": "a/b"}, says=["a/b"])


def test_out_that_exists_is_left_alone(refused, tmp_path):
    out = tmp_path / "precious"
    out.mkdir()
    (out / "summary.json").write_text("precious")
    refused(one(tmp_path), out=out, says=[out, "exists already"])
    assert (out / "summary.json").read_text() == "precious"
    assert len(list(out.iterdir())) == 1


def test_out_that_is_a_file_or_below_one(refused, tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    refused(one(tmp_path), out=file, says=[file, "exists already"])
    below = file / "below"
    refused(one(tmp_path), out=below, says=[below, "Not a directory"])


def test_out_where_nothing_can_be_written(refused, tmp_path):
    if os.geteuid() == 0:
        out = "/proc/invocator/out"
    else:
        (tmp_path / "closed").mkdir(mode=0o500)
        out = tmp_path / "closed" / "out"
    refused(one(tmp_path), out=out, says=["--out", out])


BAD_OPTIONS = [
    *[("--threads", v) for v in ("0", "-1", "1.5", "nan", "x", "", "9" * 30)],
    *[("--max-in-flight", v) for v in ("0", "-5", "nan", "1e3", "inf")],
    *[("--warm-connections", v) for v in ("-1", "nan", "many")],
    *[("--drain", v) for v in ("nan", "5", "-1s", "inf", "1y", "", "1s2")],
    *[("--spin", v) for v in ("-1us", "nan", "x")],
    *[("--kept-within", v) for v in ("nan", "-1ms", "1")],
    *[("--marginal-within", v) for v in ("inf", "soon")],
    *[
        ("--records", v)
        for v in ("some", "sample:0", "sample:nan", "sample:1.1", "sample:")
        + ("sample:-0.5", "sample:inf", "sample:x", "")
    ],
    *[("--overload", v) for v in ("explode", "", "DROP")],
    *[
        ("--endpoint-url", v)
        for v in ("", "127.0.0.1:9000", "ftp://127.0.0.1", "http://")
        + ("http://u@127.0.0.1:1", "http://a b")
        + ("http://127.0.0.1:99999", "http://127.0.0.1:x", "http://127.0.0.1:")
    ],
    ("--ca-file", "/absent.pem"),
    ("--ca-file", "/"),
]


@pytest.mark.parametrize(
    "option, value", BAD_OPTIONS, ids=lambda text: text[:30] or "empty"
)
def test_bad_option_value(invocator, tmp_path, option, value):
    done = invocator(
        # Nothing listens there, should it be taken for good.
        ["run", one(tmp_path), "--out", tmp_path / OUT]
        + ([] if option == "--endpoint-url" else ["--endpoint-url"])
        + ([] if option == "--endpoint-url" else ["http://127.0.0.1:1"])
        + [option, value],
        env=KEYS,
    )
    check_refused(done, [option, value])
    assert not (tmp_path / OUT).exists()


@pytest.mark.parametrize(
    "arguments, says",
    [
        ([], "Usage: invocator"),
        (["runn"], "runn"),
        (["run"], "WORKLOAD"),
        (["plan"], "WORKLOAD"),
        (["run", "WORKLOAD", "--bogus"], "--bogus"),
        (["run", "WORKLOAD", "another.json"], "another.json"),
        (["run", "WORKLOAD", "--out"], "--out"),
        (["run", "WORKLOAD", "--secret-key", "x"], "--secret-key"),
        (["plan", "WORKLOAD", "--workers", "0"], "--workers"),
        (["plan", "WORKLOAD", "--workers", "nan"], "--workers"),
        (["plan", "WORKLOAD", "--threads", "-1"], "--threads"),
        (["plan", "WORKLOAD", "--endpoint-url", "x"], "--endpoint-url"),
    ],
)
def test_bad_usage(invocator, tmp_path, arguments, says):
    path = one(tmp_path)
    done = invocator(
        [path if a == "WORKLOAD" else a for a in arguments], env=KEYS
    )
    check_refused(done, [says])


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("invocator-worker", []),
        ("invocator-worker", ["--coordinator"]),
        ("invocator-worker", ["--coordinator", "x:1", "--threads", "0"]),
        ("invocator-worker", ["--coordinator", "x:1", "--bogus"]),
        ("invocator-worker", ["--coordinator", "x:1", "--ca-file", "/x"]),
        ("invocator-gateway", ["--bogus"]),
        ("invocator-gateway", ["--listen", "nowhere"]),
        ("invocator-gateway", ["--listen", "127.0.0.1:70000"]),
        ("invocator-gateway", ["--latency", "-5ms"]),
        ("invocator-gateway", ["--latency", "lognormal:5ms:nan"]),
        ("invocator-gateway", ["--fail", "nan"]),
        ("invocator-gateway", ["--fail", "1.5"]),
        ("invocator-gateway", ["--throttle", "0/s"]),
        ("invocator-gateway", ["--throttle", "nan/s"]),
        ("invocator-gateway", ["--cold-start", "inf"]),
        ("invocator-gateway", ["--tls-cert", "/x"]),
    ],
)
def test_bad_usage_of_the_other_programs(name, arguments):
    done = subprocess.run(
        [program(name), *arguments],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10,
    )
    # The option at fault, which is the last one.
    check_refused(done, [a for a in arguments if a.startswith("--")][-1:])


def test_more_in_flight_than_files_can_be_open(invocator, url, tmp_path):
    done = subprocess.run(
        ["prlimit", "--nofile=1024:1024", program("invocator"), "run"]
        + [one(tmp_path), "--endpoint-url", url, "--out", tmp_path / OUT]
        + ["--max-in-flight", "2000"],
        env=clean_environment(KEYS),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode in (2, 3), done.stderr
    assert not (tmp_path / OUT).exists()
    assert "--max-in-flight 2000" in done.stderr
    assert "1024" in done.stderr
    assert done.stdout == ""
    assert stats(url)["requests"] == 0


NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def nobodys_folder():
    """One that every user can write to."""
    with tempfile.TemporaryDirectory(prefix="invocator-") as name:
        os.chmod(name, 0o777)
        may = subprocess.run(
            [*NOBODY, program("invocator"), "--version"],
            cwd="/",
            capture_output=True,
            timeout=60,
        )
        if may.returncode != 0:
            pytest.skip("cannot be another user")
        yield pathlib.Path(name)


@pytest.mark.parametrize("out", [OUT, "new/" + OUT])
@pytest.mark.parametrize("umask", ["0777", "0300"])
def test_umask_that_locks_its_user_out(url, nobodys_folder, umask, out):
    # Root may write anywhere.
    done = subprocess.run(
        [*NOBODY, "sh", "-c", f'umask {umask}; exec "$@"', "sh"]
        + [program("invocator"), "run", one(nobodys_folder)]
        + ["--endpoint-url", url, "--out", nobodys_folder / out],
        env=clean_environment(KEYS),
        cwd=nobodys_folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    says = "Permission denied in a folder just made, as the umask says"
    assert says in done.stderr
    assert [path.name for path in nobodys_folder.iterdir()] == ["workload.json"]


@pytest.mark.parametrize(
    "threads, says",
    [(8, "cannot start a thread"), (40, r"engine \d+ of 64: cannot start a thread")],
    ids=["for anything", "for engines"],
)
def test_more_threads_than_there_may_be(url, nobodys_folder, threads, says):
    # The limit is a user's, and not root's.
    workload = one(nobodys_folder)
    done = subprocess.run(
        [*NOBODY, "prlimit", f"--nproc={threads}", program("invocator"), "run"]
        + [workload, "--endpoint-url", url, "--out", nobodys_folder / OUT]
        + ["--threads", "64"],
        env=clean_environment(KEYS),
        cwd=nobodys_folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3, done.stderr
    assert re.search(says, done.stderr)
    assert "ulimit -u" in done.stderr
    assert done.stdout == ""
    assert stats(url)["requests"] == 0


@not_sanitized
@pytest.mark.parametrize("kib", [40_000, 60_000, 100_000, 200_000, 400_000])
@pytest.mark.parametrize("command", ["worker", "run", "gateway"])
def test_little_memory_ends_in_words_or_is_enough(tmp_path, command, kib):
    """gRPC waits for ever for a thread it did not get."""
    commands = {
        "worker": ["invocator-worker", "--coordinator", "127.0.0.1:1"],
        "run": ["invocator", "run", one(tmp_path), "--out", tmp_path / OUT]
        + ["--endpoint-url", "http://127.0.0.1:1"],
        "gateway": ["invocator-gateway", "--listen", "127.0.0.1:0"],
    }
    name, *arguments = commands[command]
    process = subprocess.Popen(
        ["prlimit", f"--as={kib * 1024}", program(name), *map(str, arguments)],
        env=clean_environment(KEYS),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        # A run ends by itself, the others serve as long as they may.
        timeout = 60 if command == "run" else 3
        said = process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        process.terminate()  # it had enough, and has not hung either
        said = process.communicate(timeout=20)[0]
    finally:
        process.kill()
    assert said
    # 127: the loader's
    assert process.returncode in (0, 3, 127), said
    assert not list(tmp_path.glob("core*"))


def test_instance_that_is_good_is_not_played_beside_a_bad_one(
    refused, tmp_path
):
    path = write_workload(
        tmp_path, {"good": every(0.01, 5), "bad": instance(rate="x")}
    )
    refused(path, says=["instances.bad.rate"])
