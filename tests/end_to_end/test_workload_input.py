"""What a user may write into a workload: secrets that stay in the environment,
numbers that keep their digits, files of FaaSProfiler, standard input, and a
schedule without a single call."""

import http.server
import json
import pathlib
import subprocess
import threading

import pytest
from conftest import clean_environment, program
from results import KEYS, Results, check_all_books, instance, write_workload

TOKEN = "Bearer eyJhbGciOi.s3cret-Token_1234567890"
NUMBERS = (
    '{"a":123456789012345678901234567890,"b":18446744073709551616,'
    '"c":1.10,"d":[-0,1e400,-0.0,1E+2],"e":"1.10"}'
)


class Target:
    """Remembers every request, and answers with `status` and an echo of all it
    was sent."""

    def __init__(self, status=200):
        self.requests = []
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                headers = dict(self.headers.items())
                target.requests.append((self.path, headers, body.decode()))
                echo = json.dumps({"message": "no", "headers": headers})
                self.send_response(status)
                self.send_header("Content-Length", str(len(echo)))
                self.end_headers()
                self.wfile.write(echo.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), Handler
        )
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever)

    @property
    def host(self):
        return f"127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join(10)
        self.server.server_close()


def to_target(target, **keys):
    return {
        "url": f"http://{target.host}/f",
        "interarrivals_list": [0.01] * 3,
    } | keys


def run(*arguments, text=None, env=None, cwd=None):
    return subprocess.run(
        [program("invocator"), *map(str, arguments)],
        env=clean_environment(env),
        input=text if text is not None else "",
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
    )


def everything_below(folder):
    return b"".join(
        path.read_bytes()
        for path in sorted(pathlib.Path(folder).rglob("*"))
        if path.is_file()
    )


def test_authorization_comes_from_the_environment_and_goes_nowhere_else(
    tmp_path,
):
    with Target(status=403) as target:
        workload = write_workload(
            tmp_path,
            {
                "a": to_target(
                    target,
                    headers={
                        "Authorization": {"env": "API_TOKEN"},
                        "X-Plain": {"env": "OTHER"},
                    },
                )
            },
        )
        done = run(
            "run", workload, "--out", tmp_path / "out",
            env={"API_TOKEN": TOKEN, "OTHER": "hunter2"},
        )
        assert done.returncode == 0, done.stderr
        assert len(target.requests) == 3
        for _, headers, _ in target.requests:
            assert headers["Authorization"] == TOKEN
            assert headers["X-Plain"] == "hunter2"
    results = Results(tmp_path / "out")
    check_all_books(results)
    left = everything_below(tmp_path).decode() + done.stdout + done.stderr
    for secret in [TOKEN, TOKEN.split()[1], "hunter2"]:
        assert secret not in left
    kept = json.loads((tmp_path / "out" / "workload.json").read_text())
    assert kept["instances"]["a"]["headers"] == {
        "Authorization": {"env": "API_TOKEN"},
        "X-Plain": {"env": "OTHER"},
    }


def test_a_run_without_its_variable_is_refused_and_a_plan_warns(tmp_path):
    workload = write_workload(
        tmp_path,
        {
            "a": instance(
                auth="none", headers={"Authorization": {"env": "API_TOKEN"}}
            )
        },
    )
    words = (
        "instances.a.headers.Authorization: the environment variable "
        "API_TOKEN is not set or empty"
    )
    for env in [{}, {"API_TOKEN": ""}]:
        done = run("run", workload, "--out", tmp_path / "out", env=env)
        assert done.returncode == 2
        assert words in done.stderr
        assert not (tmp_path / "out").exists()
        done = run("plan", workload, env=env)
        assert done.returncode == 0
        assert words in done.stderr
    done = run("run", workload, env={"API_TOKEN": "s3cret\nX: y"})
    assert done.returncode == 2
    assert "is not a valid header value" in done.stderr
    assert "s3cret" not in done.stderr


def test_numbers_go_out_as_they_were_written_also_the_second_time(tmp_path):
    with Target() as target:
        text = json.dumps(
            {
                "test_name": "t",
                "test_duration_in_seconds": 1,
                "random_seed": 1,
                "instances": {
                    "a": to_target(target, data="HERE"),
                    "b": to_target(target, payload="p.json"),
                },
            }
        ).replace('"HERE"', NUMBERS)
        (tmp_path / "w.json").write_text(text)
        (tmp_path / "p.json").write_text(f"[{NUMBERS}]")
        done = run("run", tmp_path / "w.json", "--out", tmp_path / "one")
        assert done.returncode == 0, done.stderr
        done = run(
            "run", tmp_path / "one" / "workload.json",
            "--out", tmp_path / "two",
        )
        assert done.returncode == 0, done.stderr
        assert [body for _, _, body in target.requests] == [NUMBERS] * 12


def test_standard_input_is_a_workload_of_the_working_folder(tmp_path):
    with Target() as target:
        text = json.dumps(
            {
                "test_name": "t",
                "test_duration_in_seconds": 1,
                "random_seed": 1,
                "instances": {"a": to_target(target, payload="p/b.json")},
            }
        )
        (tmp_path / "p").mkdir()
        (tmp_path / "p" / "b.json").write_text('{"n": 1.50}')
        planned = run("plan", "-", text=text, cwd=tmp_path)
        assert planned.returncode == 0, planned.stderr
        assert "total" in planned.stdout
        done = run("run", "-", "--out", "out", text=text, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert [body for _, _, body in target.requests] == ['{"n":1.50}'] * 3
        (tmp_path / "p" / "b.json").unlink()
        done = run("run", "out/workload.json", "--out", "o2", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert len(target.requests) == 6
    for text, words in [
        ("", "standard input: is empty, expected a workload"),
        ("{}", "standard input: test_name: missing"),
        ("{} x", "standard input:1:4: syntax error"),
        ("{}\0", "standard input:1:3: zero byte"),
    ]:
        for command in ["plan", "run"]:
            done = run(command, "-", text=text, cwd=tmp_path)
            assert done.returncode == 2
            assert words in done.stderr


def test_a_series_of_runs_reads_standard_input_once(gateway, tmp_path):
    text = json.dumps(
        {
            "test_name": "t",
            "test_duration_in_seconds": 1,
            "random_seed": 1,
            "instances": {"a": instance(application="f")},
        }
    )
    done = run(
        "run", "-", "--endpoint-url", gateway(),
        "--memory-size", "128,256", "--out", "out",
        text=text, env=KEYS, cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out-128mb" / "summary.json").exists()
    assert (tmp_path / "out-256mb" / "summary.json").exists()


def test_a_schedule_without_calls_is_warned_of_and_missed(tmp_path):
    uniform = {
        "url": "http://127.0.0.1:1/", "distribution": "Uniform", "rate": 0.1,
    }
    workload = write_workload(
        tmp_path,
        {f"i{n}": uniform for n in range(50)},
        test_duration_in_seconds=1,
    )
    words = [
        'no invocations are planned for "i0", "i1", "i2", "i3", "i4" and 45 more',
        "no invocations are planned: a run",
    ]
    plan = run("plan", workload)
    events = run("plan", workload, "--events")
    assert plan.returncode == 0 and events.returncode == 0
    assert events.stdout == "time_s,instance,sequence,worker\n"
    assert "no invocations" not in plan.stdout
    for option, code in [([], 0), (["--require-kept"], 4)]:
        out = tmp_path / f"out{code}"
        done = run("run", workload, "--out", out, *option)
        assert done.returncode == code
        for said in [plan.stderr, events.stderr, done.stderr]:
            for word in words:
                assert word in said
        verdict = Results(out).summary["verdict"]
        assert verdict == {
            "state": "missed", "reasons": ["nothing was planned"],
        }


def test_a_workload_of_faasprofiler_plays(tmp_path):
    """Keys and layout of workload_configs_generic_endpoint.json."""
    with Target() as target:
        workload = write_workload(
            tmp_path,
            {
                "instance1": {
                    "application": "example_app",
                    "url": f"http://{target.host}/f",
                    "host": target.host,
                    "param_file": "param_file.json",
                    "distribution": "Uniform",
                    "rate": 10,
                    "activity_window": None,
                    "_comment_param_file": "functions/x.json",
                },
                "instance2": {
                    "application": "example_app",
                    "url": f"http://{target.host}/f",
                    "data": {"message": "sample.png"},
                    "interarrivals_list": [0, 0.13, 5],
                },
            },
            blocking_cli=False,
            endpoint="generic",
            perf_monitoring={
                "runtime_script": None,
                "__comment": "monitoring/RuntimeMonitoring.sh",
                "post_script": None,
            },
        )
        (tmp_path / "param_file.json").write_text('{"num_of_rows": 10}')
        done = run("run", workload, "--out", tmp_path / "out")
        assert done.returncode == 0, done.stderr
        assert (
            f"endpoint: ignored, calls go where each instance says: to "
            f"{target.host}"
        ) in done.stderr
        assert "perf_monitoring: ignored" in done.stderr
        bodies = sorted({body for _, _, body in target.requests})
        assert bodies == ['{"message":"sample.png"}', '{"num_of_rows":10}']
        assert sum("sample" in body for _, _, body in target.requests) == 2


def test_lists_of_a_whole_day_are_cut_as_faasprofiler_cuts_them(tmp_path):
    """50 lists of 63,660 gaps: 20 bytes a gap, and a line each."""
    gaps, lists, duration_s = 63_660, 50, 1200
    # A list that passes the test's end in its last sixth.
    gap_s = [0.02 + 0.000123456789012345 * (i % 53) for i in range(gaps)]
    kept = 0
    sum_s = 0.0
    for gap in gap_s:
        sum_s += gap
        if sum_s > duration_s:
            break
        kept += 1
    assert 0 < kept < gaps
    lines = ",\n                ".join(map(repr, gap_s))
    one = '{"url": "http://127.0.0.1:1/", "interarrivals_list": [\n%s]}' % lines
    path = tmp_path / "w.json"
    with open(path, "w") as file:
        file.write(
            '{"test_name": "t", "test_duration_in_seconds": %d, '
            '"random_seed": 1, "instances": {' % duration_s
        )
        file.write(", ".join(f'"i{n}": {one}' for n in range(lists)))
        file.write("}}")
    assert path.stat().st_size > 100_000_000
    done = run("plan", path)
    assert done.returncode == 0, done.stderr[:2000]
    total = next(
        line for line in done.stdout.splitlines() if line.startswith("total")
    )
    assert int(total.split()[1]) == kept * lists


def test_a_payload_of_the_working_folder_is_only_hinted_at(tmp_path):
    (tmp_path / "w").mkdir()
    (tmp_path / "there.json").write_text("1")
    workload = write_workload(
        tmp_path / "w", {"a": instance(payload="there.json", auth="none")}
    )
    done = run("plan", workload, cwd=tmp_path)
    assert done.returncode == 2
    assert (
        "the working folder has one, but paths are relative to the workload's "
        'folder: expected "../there.json"'
    ) in done.stderr


@pytest.mark.parametrize("size", ["10241", "127", "0", "-1", "1e3", "32768"])
def test_memory_sizes_lambda_does_not_have_are_refused(tmp_path, size):
    workload = write_workload(tmp_path, {"a": instance(application="f")})
    for command in ["plan", "run"]:
        done = run(command, workload, f"--memory-size={size}", env=KEYS)
        assert done.returncode == 2
        assert "memory sizes in MB, 128 to 10240" in done.stderr
