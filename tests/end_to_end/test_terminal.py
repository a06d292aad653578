"""On a terminal a run shows how it goes, in a few lines that are gone in the end.
The terminal is tmux's."""

import re
import shutil
import subprocess
import sys

import pytest
from conftest import clean_environment, program
from results import KEYS, Results, every, wait_until, write_workload
from stage import Stage, ended, kill
from tmux_pane import Pane

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed"
)

RATE = 50
BAR = re.compile(r"^ *(\d+\.\d) / \d+\.\d s( \[#*-*\])? +\d+ %$")
LABELS = ["rate", "response", "in flight", "outcomes", "lateness"]
# What the report never has.
REMAINS = re.compile(r" / \d+\.\d s|/s planned|^in flight |^outcomes +\d")


def of_seconds(folder, duration_s, **keys):
    return write_workload(
        folder,
        {"a": every(1 / RATE, int(RATE * duration_s) - 1)},
        test_duration_in_seconds=duration_s,
        **keys,
    )


def arguments(folder, url, duration_s, *options, **keys):
    return [
        "run", of_seconds(folder, duration_s, **keys), "--endpoint-url", url,
        "--threads", 1, "--out", folder / "out", *options,
    ]  # fmt: skip


def view_of(screen):
    """The view's lines on a screen, which has nothing below them; None if it is
    absent."""
    bars = [i for i, line in enumerate(screen) if BAR.match(line)]
    if not bars:
        return None
    assert len(bars) == 1, screen
    view = screen[bars[0]:]
    labels = LABELS[:len(view) - 1]
    for label, line in zip(labels, view[1:]):
        assert line.startswith(label) or line.startswith("MISSED"), screen
    return view


def shows(*parts):
    """Whether the view is there and has all of these."""

    def is_so(screen):
        view = view_of(screen)
        return view is not None and all(
            any(re.search(part, line) for line in view) for part in parts
        )

    return is_so


def ok_of(view):
    found = re.search(r"outcomes +(\d+) ok", "\n".join(view or []))
    return int(found.group(1)) if found else 0


def has_no_remains(pane):
    lines = pane.everything()
    assert not [line for line in lines if REMAINS.search(line)], lines
    return lines


def test_the_view_moves_and_leaves_the_report_alone(gateway, tmp_path):
    url = gateway("--latency", "20ms")
    with Pane(arguments(tmp_path, url, 4)) as pane:
        first = pane.wait_for(
            shows(r"outcomes +[1-9]\d* ok", r"\d ms p50, \d+\.?\d* ms p99"),
            "the view",
        )
        view = view_of(first)
        assert len(view) == 6
        assert first[-len(view) - 1] == "", "an empty line above"
        assert "results in" in "\n".join(first[:-len(view)])
        before = ok_of(view)
        later = view_of(
            pane.wait_for(
                lambda screen: ok_of(view_of(screen)) > before, "more calls"
            )
        )
        elapsed = [float(BAR.match(v[0]).group(1)) for v in (view, later)]
        assert elapsed[0] < elapsed[1] <= 4.5
        sent = re.search(r"rate +(\d+\.\d)/s sent, (\d+\.\d)/s planned; (\d+)",
                         later[1])
        assert abs(float(sent.group(1)) - RATE) < RATE / 2, later
        assert abs(float(sent.group(2)) - RATE) < RATE / 10, later
        assert before < int(sent.group(3)) < RATE * 4
        assert pane.ended() == 0
        lines = has_no_remains(pane)
    # As where there never was a view.
    again = subprocess.run(
        [program("invocator"), "run", tmp_path / "workload.json"]
        + ["--endpoint-url", url, "--threads", "1", "--out", tmp_path / "out2"],
        env=clean_environment(KEYS), stdin=subprocess.DEVNULL, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
    )  # fmt: skip
    # A host may take the cores away from one of the runs ("cores").
    words, others = (
        [word for word in (line.split()[:1] for line in text)
         if word != ["cores"]]
        for text in (lines, again.stdout.rstrip().split("\n"))
    )
    assert words == others


def test_ctrl_c_takes_the_view_away(gateway, tmp_path):
    url = gateway("--latency", "1500ms")
    with Pane(arguments(tmp_path, url, 60)) as pane:
        pane.wait_for(shows(r"in flight [1-9]"), "calls in flight")
        pane.type("C-c")
        screen = pane.wait_for(
            lambda screen: any("interrupted:" in line for line in screen),
            "the message",
        )
        # A line of its own, above the view, if that is there.
        told = [line for line in screen if "interrupted:" in line]
        assert len(told) == 1
        assert re.match(r"\d\d:\d\d:\d\d warning: interrupted: ", told[0])
        view_of(screen)
        assert pane.ended() == 130
        lines = has_no_remains(pane)
        assert not any("^C" in line for line in lines)
        assert any(line.startswith("verdict") for line in lines)


def test_the_view_follows_the_window(gateway, tmp_path):
    url = gateway("--latency", "20ms", "--throttle", "10/s")
    checks = ["response p99 < 1us"]
    run = arguments(tmp_path, url, 30, thresholds=checks)
    # As a shell that has been in use: narrowed, tmux moves rows of an emptier
    # screen out of it although there is room.
    used = ["sh", "-c", 'seq 100; exec "$@"', "sh"]
    with Pane(run, env=used) as pane:
        pane.wait_for(shows("throttled", "MISSED"), "the view")
        for columns, rows, lines in [
            (40, 30, 7), (20, 30, 7), (20, 6, 5), (120, 4, 3), (60, 2, 1),
            (25, 1, 1), (90, 30, 7), (30, 8, 7), (90, 30, 7),
        ]:  # fmt: skip
            pane.resize(columns, rows)
            last = "MISSED" if lines > 1 else r"/ 30\.0 s"

            def is_drawn(screen, but=None):
                view = view_of(screen) or []
                return (
                    len(view) == lines
                    and re.search(last, view[-1])
                    and all(len(line) < columns for line in view)
                    and BAR.match(view[0]).group(1) != but
                )

            where = f"{lines} lines in {columns} x {rows}"
            view = view_of(pane.wait_for(is_drawn, where))
            # It is drawn anew in the same place, and nothing is above it.
            now = BAR.match(view[0]).group(1)
            screen = pane.wait_for(lambda s: is_drawn(s, now), where)
            above = screen[:-lines]
            assert not [line for line in above if REMAINS.search(line)], screen
        pane.type("C-c")
        assert pane.ended() == 130


def test_what_was_missed_is_red(gateway, tmp_path):
    url = gateway("--latency", "20ms")
    checks = ["response p99 < 1us"]
    run = arguments(tmp_path, url, 30, thresholds=checks)
    with Pane(run) as pane:
        pane.wait_for(shows("MISSED"), "the view")
        wait_until(lambda: "\x1b[31mMISSED" in pane.colours(), "red")
        pane.type("C-c")
        assert pane.ended() == 130
        has_no_remains(pane)


@pytest.mark.parametrize("env", ["TERM=dumb", "NO_COLOR=1"])
def test_a_terminal_without_escapes_gets_plain_lines(gateway, tmp_path, env):
    with Pane(arguments(tmp_path, gateway(), 8), env=[env]) as pane:
        assert pane.ended() == 0
        assert "\x1b" not in pane.colours()
        lines = pane.everything()
        plain = [line for line in lines if f"of {RATE * 8 - 1} sent, " in line]
        assert len(plain) == 1
        assert re.match(r" *[567]\.\d / 8\.0 s +\d+ of ", plain[0])
        assert not any(BAR.match(line) for line in lines)


def test_stderr_elsewhere_has_no_view(gateway, tmp_path):
    script = 'exec "$@" 2>"$0"'
    told = tmp_path / "stderr"
    run = arguments(tmp_path, gateway(), 1)
    with Pane(run, env=["sh", "-c", script, told]) as pane:
        assert pane.ended() == 0
        has_no_remains(pane)
    assert "\x1b" not in told.read_text()


def test_messages_go_above_the_view(gateway, tmp_path):
    """Of a worker that is lost: the coordinator says so, and plays on."""
    with Stage(tmp_path) as stage:
        run = [
            "run", of_seconds(tmp_path, 8), "--endpoint-url", gateway(),
            "--out", stage.out, "--workers", 2,
            "--listen", f"127.0.0.1:{stage.port}",
            "--on-worker-loss", "finish",
        ]  # fmt: skip
        with Pane(run, columns=150) as pane:
            workers = [stage.worker(name) for name in ("one", "two")]
            pane.wait_for(shows(r"outcomes +[1-9]\d* ok"), "the view")
            kill(workers[0])
            screen = pane.wait_for(
                lambda screen: any("may come back" in line for line in screen)
                and view_of(screen) is not None,
                "the message and the view",
            )
            told = [line for line in screen if "may come back" in line]
            assert len(told) == 1
            assert re.fullmatch(
                r"\d\d:\d\d:\d\d warning: worker one's stream is broken; "
                r"it may come back",
                told[0].rstrip(),
            )
            assert screen.index(told[0]) < len(screen) - len(view_of(screen))
            ended(workers[1], 0)
            pane.ended()
            lines = has_no_remains(pane)
            assert len([line for line in lines if "may come back" in line]) == 1


def test_a_stopped_terminal_does_not_stop_the_run(gateway, tmp_path):
    """Nor the coordinator, which writes all its files."""
    url = gateway("--latency", "20ms")
    with Pane(arguments(tmp_path, url, 4)) as pane:
        pane.wait_for(shows(r"outcomes +[1-9]\d* ok"), "the view")
        pane.type("C-s")
        summary = tmp_path / "out" / "summary.json"
        wait_until(summary.exists, "the results", 30)
        # Once the run is over, it waits to print its report.
        assert pane.exit_code() is None
        assert view_of(pane.screen()) is not None, "the screen stands still"
        pane.type("C-q")
        assert pane.ended() == 0
        has_no_remains(pane)
    results = Results(tmp_path / "out")
    assert results.outcomes == {"ok": RATE * 4 - 1}
    assert results.summary["sent"] == results.summary["planned"]
