"""Which rows scripts/bench.sh measures with a program and a machine, and how it
counts system calls: with stand-ins for invocator, perf and strace."""

import json
import os
import pathlib
import sys

import pytest

BENCH = pathlib.Path(__file__).resolve().parents[1] / "bench"
sys.path.insert(0, str(BENCH))

import system_calls  # noqa: E402
from cases import (COUNTED, HTTP2_CASES, LOOPS, SIGNED,  # noqa: E402
                   STEADY_HTTP2, UNSPUN, Case)
from compare import PARTS, any_missing, play  # noqa: E402
from processes import Stage, Unavailable  # noqa: E402
from rows import empty_result  # noqa: E402
from tables import report  # noqa: E402
from tools import Tools  # noqa: E402

URL = "http://127.0.0.1:9"
URING, EPOLL = ("invocator --io uring --records none",
                "invocator --io epoll --records none")
SUMMARY = {"outcomes": {"ok": 100}, "unsent": 7, "rate_per_s": {"completed": 50.0},
           "lateness_us": {"p50": 1.0, "p99": 2.0}}


@pytest.fixture(name="invocator")
def invocator_fixture(tmp_path):
    """Writes a stand-in for invocator that knows some options and has, for each
    --io, a loop: returns the tools that have it."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("the bench needs two cores")

    def write(options, loops):
        summaries = tmp_path / "summaries"
        summaries.mkdir()
        for io in ("", "uring", "epoll"):
            (summaries / f"of-{io}").write_text(json.dumps(
                {**SUMMARY, "workers": [{"io": loops.get(io, "epoll")}]}))
        program = tmp_path / "invocator"
        program.write_text(f"""\
#!/bin/sh
[ "$2" != --help ] || {{ echo 'Options: {options}'; exit; }}
echo "$@" >> {tmp_path}/said
while [ $# -gt 0 ]; do
  case $1 in --out) out=$2 ;; --io) io=$2 ;; esac
  shift
done
mkdir "$out" && cp {summaries}/of-$io "$out/summary.json"
""", encoding="utf-8")
        program.chmod(0o755)
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        return Tools(Stage(str(scratch)), str(tmp_path))
    return write


KNOWN = "--http2 --no-spin --io --connections"
BOTH_LOOPS = {"uring": "io_uring", "epoll": "epoll"}


def test_options_that_the_program_does_not_know_have_no_row(invocator):
    result = empty_result(invocator("--http2 --no-spin", BOTH_LOOPS))
    rows = {row for groups in result.values() for of in groups.values()
            for row in of}
    assert not [row for row in rows if "--io" in row]
    assert {SIGNED, "invocator, no spin", "invocator, HTTP/2"} <= rows


def test_a_loop_that_the_kernel_forbids_has_no_row(invocator):
    result = empty_result(invocator(KNOWN, {"uring": "epoll", "epoll": "epoll"}))
    rows = {row for groups in result.values() for of in groups.values()
            for row in of}
    assert not [row for row in rows if "--io uring" in row]
    assert EPOLL in rows


def test_both_loops_stand_beside_wrk_in_the_same_case(invocator):
    result = empty_result(invocator(KNOWN, BOTH_LOOPS))
    for case in ("clear", "TLS"):
        assert {*LOOPS, "wrk"} <= set(result["saturated"][case])
    assert {"invocator --io epoll, no spin, clear",
            "invocator --io uring, no spin, TLS"} <= set(
        result["system_calls"]["10,000/s"])


def test_http2_has_every_number_of_connections_and_streams_beside_h2load(
        invocator):
    result = empty_result(invocator(KNOWN, BOTH_LOOPS))
    shapes = {(case.tls, case.connections, case.streams)
              for case in HTTP2_CASES.values()}
    assert shapes == {(tls, c, s) for tls in (False, True)
                      for c, s in [(c, s) for c in (1, 8, 64) for s in (1, 32)]
                      + [(4, 32)]}
    assert all({SIGNED, "h2load"} <= set(rows)
               for rows in result["http2"].values())


def test_a_quick_run_has_every_part_and_fewer_rows(invocator):
    tools = invocator(KNOWN, BOTH_LOOPS)
    whole, quick = empty_result(tools), empty_result(tools, quick=True)
    assert set(whole) == set(quick) == set(PARTS)

    def count(result):
        return sum(len(rows) for part in result.values()
                   for rows in part.values())
    assert count(quick) < count(whole) / 2
    assert all(any(groups.values()) for groups in quick.values())


@pytest.mark.parametrize("options,told", [
    (KNOWN, "--max-in-flight 128 --drain 1s --memory-size keep --out OUT"
            " --http2 --connections 4"),
    ("--http2", "--max-in-flight 128 --drain 1s --memory-size keep --out OUT"
                " --http2"),
])
def test_connections_are_named_where_they_can_be(invocator, tmp_path, options,
                                                 told):
    tools = invocator(options, BOTH_LOOPS)
    tools.pace(SIGNED, URL, 1, 10, STEADY_HTTP2)
    words = (tmp_path / "said").read_text().split()
    words[words.index("--out") + 1] = "OUT"
    assert " ".join(words).endswith(told)


def test_a_run_that_fell_back_to_another_loop_is_no_measurement(invocator):
    tools = invocator(KNOWN, {"uring": "epoll", "epoll": "epoll"})
    assert tools.saturate(EPOLL, URL, 1, Case()).calls == 100
    with pytest.raises(Unavailable, match="epoll.*expected io_uring"):
        tools.saturate(URING, URL, 1, Case())


def test_every_table_is_printed_without_a_single_value(invocator):
    result = empty_result(invocator(KNOWN, BOTH_LOOPS))

    def fail(*_):
        raise Unavailable("is tried")
    for part in PARTS:
        play(result, part, 0, fail)
    assert any_missing(result)
    facts = {"cpu": "C", "cores": 2, "kernel": "K", "packages": [],
             "counter": "perf"}
    text = report(result, facts, 1, 1)
    for title in ("as fast as possible", "HTTP/2, connections x streams",
                  "lateness, p50 / p99 us", "CPU per call, us",
                  "invocator at 10,000/s", "against a sink that costs little",
                  "system calls per call, by perf"):
        assert f"| {title} |" in text
    for line in text.splitlines():
        if line.startswith("|"):
            assert line.count("|") == len(line.split("|")) - 1 >= 3


PERF = """\
# started on Mon Nov 30 00:00:00 2026

1200,,raw_syscalls:sys_enter,2022791,100.00,,
500,,syscalls:sys_enter_recvfrom,2022791,100.00,,
<not counted>,,syscalls:sys_enter_read,0,100.00,,
0,,syscalls:sys_enter_io_uring_enter,2022791,100.00,,
"""
STRACE = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 66.67    0.000032           1       500         3 recvfrom
 33.33    0.000016          16       700           epoll_wait
------ ----------- ----------- --------- --------- ----------------
100.00    0.003323          23      1200        18 total
"""


def test_counts_of_perf_are_read():
    assert system_calls.perf_report(PERF) == {"all": 1200, "recvfrom": 500}


def test_counts_of_strace_are_read():
    assert system_calls.strace_report(STRACE) == {
        "all": 1200, "recvfrom": 500, "epoll_wait": 700}


@pytest.mark.parametrize("read", [system_calls.perf_report,
                                  system_calls.strace_report])
def test_a_report_without_a_sum_is_no_count(read):
    with pytest.raises(Unavailable):
        read("Access to performance monitoring is limited.\n")


def test_what_a_run_begins_and_ends_with_is_not_counted():
    shorter = (100, {"all": 300 + 200, "mmap": 300, "recvfrom": 200})
    longer = (300, {"all": 300 + 600, "mmap": 300, "recvfrom": 600})
    assert system_calls.difference(shorter, longer) == {
        "all": 2.0, "mmap": 0.0, "recvfrom": 2.0}
    with pytest.raises(Unavailable, match="no more calls"):
        system_calls.difference(longer, shorter)
    with pytest.raises(Unavailable, match="no more system calls"):
        system_calls.difference(longer, (400, {"all": 900}))


@pytest.fixture(name="counters")
def counters_fixture(tmp_path, monkeypatch):
    """Writes stand-ins for perf and strace, which print what they are given and
    run nothing, and leaves nothing else on the PATH."""
    programs = tmp_path / "counters"
    programs.mkdir()

    def write(**reports):
        for name, text in reports.items():
            program = programs / name
            program.write_text(f"#!/bin/sh\nwhile read -r line; do echo \"$line\""
                               f"\ndone << 'END'\n{text}END\n")
            program.chmod(0o755)
        monkeypatch.setenv("PATH", str(programs))
    return write


def test_perf_counts_where_it_may(counters):
    counters(perf=PERF, strace=STRACE)
    assert system_calls.find_counter().name == "perf"


def test_strace_counts_where_perf_may_not(counters):
    counters(perf="No permission to enable raw_syscalls:sys_enter event.\n",
             strace=STRACE)
    assert system_calls.find_counter().name == "strace"


def test_nothing_counts_where_there_is_neither(counters):
    counters()
    assert system_calls.find_counter() is None


def test_the_counter_runs_the_tool(invocator, tmp_path):
    class TwicePerCall:
        name = "stand-in"

        def command(self, file):
            return [str(tmp_path / "counter"), file]

        @staticmethod
        def read(text):
            return {"all": int(text)}

    # Says as many system calls as seconds asked for, a thousandfold.
    counter = tmp_path / "counter"
    counter.write_text(
        "#!/bin/sh\nfile=$1; shift\n\"$@\" || exit\n"
        "sed -n 's/.*\"test_duration_in_seconds\": \\([0-9]*\\).*/\\1000/p' "
        f"{tmp_path}/scratch/workload.json > $file\n")
    counter.chmod(0o755)
    tools = invocator(KNOWN, BOTH_LOOPS)
    program = tmp_path / "invocator"
    # The longer run has made 250 calls more.
    program.write_text(program.read_text() + (
        "grep -q 'seconds\": 3' \"" + str(tmp_path) + "/scratch/workload.json\" "
        "&& sed -i 's/\"ok\": 100/\"ok\": 350/' \"$out/summary.json\"; true\n"))
    row = next(name for name, counted in COUNTED.items()
               if counted.tool == UNSPUN and not counted.case.tls)
    assert system_calls.count(
        tools, TwicePerCall(), row, "1,000/s", {(False, False): URL},
        (1, 3)) == {"all": 2000 / 250}
