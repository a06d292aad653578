"""The adapters of scripts/bench.sh for other load generators, with stand-ins on
the PATH that print what such a tool prints."""

import os
import pathlib
import sys

import pytest

BENCH = pathlib.Path(__file__).resolve().parents[1] / "bench"
sys.path.insert(0, str(BENCH))

from cases import PADDED_WRK, PADDING, STEADY_HTTP2, Case  # noqa: E402
from http2_peers import HTTP2_PEERS  # noqa: E402
from measurements import Bench  # noqa: E402
from peers import PEERS  # noqa: E402
from processes import Stage, Unavailable  # noqa: E402

URL = "http://127.0.0.1:9"
ANSWERED = 1234
# What each prints after 1,234 calls were answered with 2xx and 6 were not.
REPORTS = {
    "wrk": "  1240 requests in 2.00s, 1.10MB read\n"
           "  Non-2xx or 3xx responses: 6\nRequests/sec: 620.00\n",
    "ab": "Complete requests:      1240\nFailed requests:        0\n"
          "Non-2xx responses:      6\nKeep-Alive requests:    1240\n",
    "h2load": "Application protocol: h2c\n"
              "requests: 1240 total, 1240 started, 1240 done, 1234 succeeded\n"
              "status codes: 1234 2xx, 0 3xx, 6 4xx, 0 5xx\n",
    "hey": "Status code distribution:\n  [200]\t1230 responses\n"
           "  [202]\t4 responses\n  [500]\t6 responses\n",
    "siege": '{\t"transactions":\t\t\t1240,\n'
             '\t"successful_transactions":\t1234,\n'
             '\t"failed_transactions":\t\t6\n}\n',
    "wrk2": "  1240 requests in 2.00s, 1.10MB read\n"
            "  Non-2xx or 3xx responses: 6\n",
    "vegeta": '{"requests": 1240, "success": 0.99, "status_codes": '
              '{"200": 1230, "202": 4, "500": 6}}\n',
    "k6": "answered 1234\n",
    "oha": "Status code distribution:\n  [200] 1234 responses\n"
           "  [503] 6 responses\n",
    "fortio": "Code 200 : 1234 (99.5 %)\nCode 500 : 6 (0.5 %)\n"
              "All done 1240 calls 0.2 ms avg, 620.0 qps\n",
    "locust": '[{"name": "/", "num_requests": 1240, "num_failures": 6}]\n',
    "artillery": "http.codes.200: ..... 600\n--------\nSummary report @ 12:00\n"
                 "http.codes.200: ............... 1234\n"
                 "http.codes.500: ............... 6\n",
}
# Every adapter, with the way in which it is asked to call.
ASKED = [(name, Case()) for name in PEERS]
ASKED += [(name, STEADY_HTTP2) for name in HTTP2_PEERS]
IDS = [f"{name}-h{2 if case.streams else 1}" for name, case in ASKED]


def adapter(name, case):
    return (HTTP2_PEERS if case.streams else PEERS)[name]


@pytest.fixture(name="bench")
def bench_fixture(tmp_path, monkeypatch):
    """A bench for which every peer is a stand-in; its arguments and the files
    that they name are in the file `said`."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("the bench needs two cores")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, report in REPORTS.items():
        (tmp_path / f"{name}.report").write_text(report, encoding="utf-8")
        program = programs / name
        program.write_text(f"""\
#!/bin/sh
for argument; do
  echo "$argument" >> {tmp_path}/said
  case $argument in
    *post.lua|*k6*.js|*locustfile.py|*artillery.yml|-targets=*)
      cat "${{argument#-targets=}}" >> {tmp_path}/said ;;
  esac
done
[ "$1" = attack ] || cat {tmp_path}/{name}.report
""", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Bench(Stage(str(scratch)), "unused", seconds=1)


def said(tmp_path):
    return (tmp_path / "said").read_text(encoding="utf-8")


def test_every_peer_has_a_stand_in():
    assert set(REPORTS) == set(PEERS) | set(HTTP2_PEERS)


@pytest.mark.parametrize("name,case", ASKED, ids=IDS)
def test_calls_answered_with_2xx_are_counted_and_no_others(name, case, bench):
    rate = None if adapter(name, case).saturates else 1_000
    cost = bench.tools.peer(name, URL, 1, case, rate_per_s=rate)
    assert cost.calls == ANSWERED
    assert cost.cpu_s >= 0 and cost.rss_mb >= 0


@pytest.mark.parametrize("name,case", ASKED, ids=IDS)
def test_a_peer_is_told_where_to_send_what(name, case, bench, tmp_path):
    rate = None if adapter(name, case).saturates else 1_000
    bench.tools.peer(name, URL, 1, case, rate_per_s=rate)
    words = said(tmp_path)
    assert f"{URL}/default/bench" in words
    body = bench.tools.body_file(Case().body_bytes)
    # Artillery's script holds the body itself.
    assert body in words or '"body": "{\\"n\\": 1}\\n"' in words


def test_wrk_can_carry_the_bytes_of_a_signature(bench, tmp_path):
    bench.saturate(PADDED_WRK, {(False, False): URL}, Case())
    for name, value in PADDING.items():
        assert f'wrk.headers["{name}"] = "{value}"' in said(tmp_path)


@pytest.mark.parametrize(
    "name,case", [(n, c) for n, c in ASKED if adapter(n, c).paces],
    ids=[i for i, (n, c) in zip(IDS, ASKED) if adapter(n, c).paces])
def test_a_peer_that_paces_is_told_the_rate(name, case, bench, tmp_path):
    connections = 8
    bench.tools.peer(name, URL, 1, case._replace(connections=connections),
                     rate_per_s=7_200)
    words = said(tmp_path)
    assert "7200" in words or str(7_200 / connections) in words


@pytest.mark.parametrize("name,words", [
    ("h2load", ("--npn-list=h2", "-c 3", "-m 17")),
    ("oha", ("--http2", "-c 3", "-p 17")),
    ("k6", ("vus: 3,", "batch: 17,", "batchPerHost: 17,", "Array(17)")),
])
def test_an_http2_peer_is_told_connections_and_streams(name, words, bench,
                                                       tmp_path):
    bench.tools.peer(name, URL, 1, Case(connections=3, streams=17))
    told = " ".join(said(tmp_path).split())
    for word in words:
        assert word in told


def test_k6_counts_over_http2_what_came_over_http2(bench, tmp_path):
    bench.tools.peer("k6", URL, 1, Case(connections=3, streams=17))
    assert "answer.proto === 'HTTP/2.0' &&" in said(tmp_path)


def test_what_h2load_sent_over_http1_is_no_http2_call(bench, tmp_path):
    report = REPORTS["h2load"].replace("h2c", "http/1.1")
    (tmp_path / "h2load.report").write_text(report, encoding="utf-8")
    with pytest.raises(Unavailable, match="no call was answered"):
        bench.tools.peer("h2load", URL, 1, STEADY_HTTP2)


def test_memory_is_the_tool_s_and_not_the_bench_s(bench):
    ballast = bytearray(64 << 20)
    ballast[::4096] = b"x" * len(ballast[::4096])
    _, _, rss_mb = bench.stage.run_client("sleep", "0.5", seconds=1)
    assert 0 < rss_mb < 32


def test_a_report_that_is_not_understood_is_no_measurement(bench, tmp_path):
    for name in ("wrk", "vegeta", "locust"):
        (tmp_path / f"{name}.report").write_text("nonsense", encoding="utf-8")
        with pytest.raises(Unavailable):
            bench.tools.peer(name, URL, 1)


def test_a_tool_that_fails_is_no_measurement(bench, tmp_path):
    program = tmp_path / "bin" / "hey"
    program.write_text("#!/bin/sh\necho no such host\nexit 3\n", encoding="utf-8")
    with pytest.raises(Unavailable, match="(?s)exit 3.*no such host"):
        bench.tools.peer("hey", URL, 1)
