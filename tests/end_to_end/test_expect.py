"""An instance's "expect" decides which answers are ok."""

import http.server
import json
import threading

import pytest
from results import KEYS, Results, check_all_books, every, write_workload
from stage import Stage, ended

CALLS = 10
# More refusals than it takes to end a run early.
MANY = 120


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers POST /default/<status> with that status; `error` in the query
    makes it a function error."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        path, _, query = self.path.partition("?")
        status = int(path.rsplit("/", 1)[1])
        self.server.answers.append(status)
        self.send_response(status)
        if query == "error":
            self.send_header("X-Amz-Function-Error", "Unhandled")
        if status != 204:
            self.send_header("Content-Length", "2")
        self.end_headers()
        if status != 204:
            self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def target():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.answers = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


def asks(status, *expected, query="", count=CALLS, gap_s=0.02):
    """An instance with answers of `status` only."""
    return every(
        *(gap_s, count),
        resource=f"{status}{query}",
        auth="none",
        expect={"status": list(expected)} if expected else None,
    )


class Played:
    def __init__(self, invocator, folder, target, instances):
        path = write_workload(folder, instances, test_duration_in_seconds=3)
        self.done = invocator(
            ["run", path, "--endpoint-url", target.url, "--threads", 1]
            + ["--out", folder / "out"],
            env=KEYS,
        )
        assert self.done.returncode == 0, self.done.stderr
        self.results = Results(folder / "out")
        check_all_books(self.results)

    def outcome(self, name):
        """Outcome of all calls of an instance; summary and rows agree on it."""
        [(outcome, _)] = self.results.summary["instances"][name][
            "outcomes"
        ].items()
        assert {r["outcome"] for r in self.results.rows_of(name)} == {outcome}
        return outcome


def test_the_listed_statuses_are_ok_and_no_others(invocator, target, tmp_path):
    played = Played(
        *(invocator, tmp_path, target),
        {
            "404 listed": asks(404, 200, 404),
            "200 listed": asks(200, 404, 200, 404),
            "201 unlisted": asks(201, 200, 404),
            "204 unlisted": asks(204, 200),
            "500 unlisted": asks(500, 200, 404),
            "429 listed": asks(429, 429),
            "503 listed": asks(503, 503),
            "302 listed": asks(302, 302),
            "error listed": asks(200, 200, query="?error"),
            "404 by default": asks(404),
            "201 by default": asks(201),
            "204 by default": asks(204),
        },
    )
    outcomes = {
        "404 listed": "ok",
        "200 listed": "ok",
        "201 unlisted": "http_error",
        "204 unlisted": "http_error",
        "500 unlisted": "http_error",
        "429 listed": "ok",
        "503 listed": "ok",
        "302 listed": "ok",
        "error listed": "function_error",
        "404 by default": "http_error",
        "201 by default": "ok",
        "204 by default": "ok",
    }
    assert {name: played.outcome(name) for name in outcomes} == outcomes
    for name in outcomes:
        rows = played.results.rows_of(name)
        assert len(rows) == CALLS
        if name != "error listed":
            assert {row["status"] for row in rows} == {name.split()[0]}
    assert len(target.answers) == CALLS * len(outcomes)
    assert played.results.summary["reasons"]["http_error"] == {
        "unexpected_2xx": 2 * CALLS,
        "status_4xx": CALLS,
        "status_5xx": CALLS,
    }
    assert 'that the workload\'s "expect" does not list' in played.done.stdout


def test_an_expected_404_keeps_its_connection(invocator, target, tmp_path):
    played = Played(invocator, tmp_path, target, {"a": asks(404, 404)})
    assert played.results.outcomes == {"ok": CALLS}
    fresh = [row["new_connection"] for row in played.results.rows_of("a")]
    # Overlapping calls open further connections.
    assert fresh.count("1") < CALLS / 2
    assert "failures" not in played.results.summary


@pytest.mark.parametrize("status", [401, 403])
def test_expected_refusals_do_not_end_the_run(
    invocator, target, tmp_path, status
):
    played = Played(
        *(invocator, tmp_path, target),
        {"a": asks(status, status, count=MANY, gap_s=0.01)},
    )
    assert played.results.outcomes == {"ok": MANY}
    assert "stopped" not in played.results.summary


def test_unexpected_refusals_end_it_still(invocator, target, tmp_path):
    path = write_workload(
        tmp_path,
        {"a": asks(403, 200, 404, count=400, gap_s=0.01)},
        test_duration_in_seconds=5,
    )
    done = invocator(
        ["run", path, "--endpoint-url", target.url, "--out", tmp_path / "out"]
    )
    assert done.returncode == 3, done.stderr
    assert "all refused" in Results(tmp_path / "out").summary["stopped"]


def test_the_kept_workload_expects_the_same(invocator, target, tmp_path):
    played = Played(
        *(invocator, tmp_path, target),
        {"listed": asks(404, 404, 200, 404), "not": asks(200)},
    )
    kept = json.loads(played.results.workload.read_text())["instances"]
    assert kept["listed"]["expect"] == {"status": [200, 404]}
    assert "expect" not in kept["not"]
    again = invocator(
        ["run", played.results.workload, "--endpoint-url", target.url]
        + ["--out", tmp_path / "again"],
    )
    assert again.returncode == 0, again.stderr
    assert Results(tmp_path / "again").outcomes == {"ok": 2 * CALLS}


def test_the_statuses_travel_to_the_workers(target, tmp_path):
    path = write_workload(
        tmp_path, {"a": asks(404, 404), "b": asks(200, 404)}
    )
    with Stage(tmp_path) as stage:
        run = stage.coordinator(path, target.url, workers=2)
        workers = [stage.worker(name) for name in ("w1", "w2")]
        for process in (run, *workers):
            ended(process, 0)
        results = stage.results()
    assert results.outcomes == {"ok": CALLS, "http_error": CALLS}
    by_outcome = {(row["status"], row["outcome"]) for row in results.rows}
    assert by_outcome == {("404", "ok"), ("200", "http_error")}
