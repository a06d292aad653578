"""Each way a call can fail has its outcome; none of them ends a run."""

import socket
import threading

import pytest
from conftest import free_port
from results import (
    KEYS,
    Results,
    check_all_books,
    check_rows,
    every,
    stats,
    write_workload,
)


def play(invocator, folder, url, *options, env=KEYS, **keys):
    path = write_workload(folder, {"a": every(0.02, 10, **keys)})
    done = invocator(
        ["run", path, "--endpoint-url", url, "--out", folder / "out"]
        + ["--threads", 1, *options],
        env=env,
    )
    assert done.returncode == 0, done.stderr
    results = Results(folder / "out")
    check_all_books(results)
    check_rows(results)
    for outcome, count in results.outcomes.items():
        assert f"{outcome} {count}" in done.stdout
    return results


def statuses(results):
    return {row["status"] for row in results.rows}


def test_timeout(invocator, gateway, tmp_path):
    results = play(
        *(invocator, tmp_path, gateway("--latency", "1m")),
        timeout_in_seconds=0.2,
    )
    assert results.outcomes == {"timeout": 10}
    assert results.summary["service_us"]["min"] >= 0.199e6
    assert results.summary["service_us"]["max"] < 1e6
    assert statuses(results) == {"0"}


def test_throttled(invocator, gateway, tmp_path):
    results = play(invocator, tmp_path, gateway("--throttle", "0.001/s:3"))
    assert results.outcomes == {"ok": 3, "throttled": 7}
    assert statuses(results) == {"200", "429"}


def test_function_error(invocator, gateway, tmp_path):
    results = play(invocator, tmp_path, gateway("--fail", 1))
    assert results.outcomes == {"function_error": 10}
    assert statuses(results) == {"502"}


def test_wrong_secret_is_an_auth_error_and_data(invocator, gateway, tmp_path):
    url = gateway()
    env = KEYS | {"AWS_SECRET_ACCESS_KEY": "not the gateway's".replace(" ", "")}
    results = play(invocator, tmp_path, url, env=env)
    assert results.outcomes == {"auth_error": 10}
    assert statuses(results) == {"403"}
    assert stats(url)["refused"] == {"InvalidSignatureException": 10}


def test_nothing_listening_is_a_connect_error(invocator, tmp_path):
    url = f"http://127.0.0.1:{free_port()}"
    results = play(invocator, tmp_path, url)
    assert results.outcomes == {"connect_error": 10}
    assert statuses(results) == {"0"}
    assert {row["bytes_received"] for row in results.rows} == {"0"}


def test_unsigned_requests_need_no_credentials(invocator, gateway, tmp_path):
    results = play(
        *(invocator, tmp_path, gateway("--no-auth")), env={}, auth="none"
    )
    assert results.outcomes == {"ok": 10}


def test_unsigned_requests_are_not_signed_even_with_credentials(
    invocator, gateway, tmp_path
):
    results = play(invocator, tmp_path, gateway(), auth="none")
    assert results.outcomes == {"auth_error": 10}


class RawServer:
    """Answers each connection with the same bytes, then closes it."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.thread = threading.Thread(target=self.serve, daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    connection.sendall(self.answer)
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(timeout=10)


def response(status, *headers, body="{}"):
    lines = [f"HTTP/1.1 {status} Words", *headers]
    lines += [f"Content-Length: {len(body)}", "Connection: close", "", body]
    return "\r\n".join(lines).encode()


ANSWERS = {
    "200": (response(200), "ok"),
    "204": (response(204, body=""), "ok"),
    "after 100": (b"HTTP/1.1 100 Continue\r\n\r\n" + response(200), "ok"),
    "redirect": (
        response(301, "Location: http://127.0.0.1:1/x"),
        "http_error",
    ),
    "400": (response(400), "http_error"),
    "404": (response(404), "http_error"),
    "401": (response(401), "auth_error"),
    "429": (response(429), "throttled"),
    "503": (response(503), "http_error"),
    "503 of an HTTP API": (
        response(
            *(503, "apigw-requestid: a="),
            body='{"message":"Service Unavailable"}',
        ),
        "throttled",
    ),
    "503 of a function behind an HTTP API": (
        response(503, "apigw-requestid: a="),
        "http_error",
    ),
    "500": (response(500), "http_error"),
    "500 of a REST API": (
        response(500, "x-amzn-ErrorType: InternalServerErrorException"),
        "throttled",
    ),
    "unhandled": (
        response(200, "X-Amz-Function-Error: Unhandled"),
        "function_error",
    ),
    "nothing": (b"", "protocol_error"),
    "cut": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut",
        "protocol_error",
    ),
    "no HTTP": (b"no HTTP at all\r\n\r\n", "protocol_error"),
    "endless header": (
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 400_000,
        "protocol_error",
    ),
    "broken chunk": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "protocol_error",
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_answers_of_a_server(invocator, tmp_path, kind):
    answer, outcome = ANSWERS[kind]
    with RawServer(answer) as server:
        results = play(invocator, tmp_path, server.url)
    assert results.outcomes == {outcome: 10}


def test_request_id_of_a_hostile_server_stays_one_field(invocator, tmp_path):
    answer = response(200, 'x-amzn-RequestId: a,"b",' + "c" * 1000)
    with RawServer(answer) as server:
        results = play(invocator, tmp_path, server.url)
    assert {row["request_id"] for row in results.rows} == {
        ('a,"b",' + "c" * 1000)[:40]
    }


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY")


@pytest.mark.parametrize("with_body", [False, True], ids=["empty", "body"])
def test_methods_go_out_as_written_and_signed(
    invocator, gateway, tmp_path, with_body
):
    (tmp_path / "body.json").write_text('{"n": 1}')
    payload = {"payload": "body.json"} if with_body else {}
    # HEAD cannot carry a body: such a workload is refused.
    methods = [m for m in METHODS if not (with_body and m == "HEAD")]
    path = write_workload(
        tmp_path,
        {
            method: every(
                *(0.05, 4), method=method, resource=method.lower(), **payload
            )
            for method in methods
        },
    )
    url = gateway()
    done = invocator(
        ["run", path, "--endpoint-url", url, "--out", tmp_path / "out"],
        env=KEYS,
    )
    assert done.returncode == 0, done.stderr
    results = Results(tmp_path / "out")
    check_all_books(results)
    check_rows(results)
    for method in methods:
        block = results.summary["instances"][method]
        # The signature covers method and body: the gateway has seen both.
        assert block["outcomes"] == {"ok": 4}, method
        # Bodies go and come, connections last.
        assert block["service_us"]["max"] < 1e6, method
    assert stats(url)["verified"] == 4 * len(methods)
