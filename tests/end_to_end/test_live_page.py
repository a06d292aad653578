"""The live page in a browser while a run plays: its values move and are the
summary's at the end, and no browser holds the run up or reads it by stealth."""

import datetime
import http.server
import json
import re
import signal
import threading
import time

import pytest
from browser import (  # noqa: F401
    Browser,
    browser,
    needs_browser,
)
from conftest import SANITIZED, free_port
from live_run import LiveRun
from results import wait_until
from shaky_proxy import ShakyProxy

pytestmark = needs_browser

SLACK_S = 1 if not SANITIZED else 5


class Ending:
    """Notes when a process ends."""

    def __init__(self, process):
        self.at = None
        self.thread = threading.Thread(target=self.wait, args=(process,))
        self.thread.start()

    def wait(self, process):
        process.wait()
        self.at = time.time()

    def wait_for(self):
        self.thread.join(30)
        assert self.at is not None
        return self.at


@pytest.fixture
def live(launch, tmp_path, gateway):
    def start(**keys):
        url = gateway("--latency", "lognormal:20ms:0.5")
        return LiveRun(
            launch,
            tmp_path,
            url,
            *("--dashboard", "--memory-size", "keep"),
            **keys,
        )

    return start


def origin(run):
    return f"http://127.0.0.1:{run.port}"


def totals(browser):
    """{name: value} of the first tiles."""
    return {
        path: float(value)
        for path, value, _ in browser.values()
        if value is not None
    }


def status(browser):
    return browser.text("#status")


def await_calls(browser, count):
    wait_until(
        lambda: totals(browser).get("completed", 0) >= count,
        f"{count} calls on the page",
    )


def await_end(browser):
    wait_until(
        lambda: status(browser).startswith("The run has ended."), "the end"
    )


def summary_of(run):
    return json.loads((run.out / "summary.json").read_text())


def end_of_calls(summary):
    """When the last call ended, of time.time()."""
    begin = datetime.datetime.fromisoformat(
        summary["started_at"].replace("Z", "+00:00")
    )
    return begin.timestamp() + summary["duration_s"]


def test_values_move_and_are_the_summary_at_the_end(browser, live):
    run = live(seconds=12, warmup_in_seconds=1)
    ending = Ending(run.process)
    browser.open(run.url.geturl())
    # The token is not kept in the address.
    assert browser.driver.current_url == f"{origin(run)}/"
    first = browser.driver.current_window_handle
    second = browser.window()
    browser.driver.get(f"{origin(run)}/")
    windows = (first, second)

    seen = {window: [] for window in windows}
    drawn = {window: set() for window in windows}
    while not status(browser).startswith("The run has ended."):
        for window in windows:
            browser.driver.switch_to.window(window)
            if now := totals(browser):
                seen[window].append(now)
                drawn[window].add(browser.plots()["rate"]["digest"])
        time.sleep(0.3)
    known_at = time.time()
    ended_at = ending.wait_for()
    assert run.wait() == 0
    assert abs(ended_at - known_at) < SLACK_S
    summary = summary_of(run)
    assert ended_at - end_of_calls(summary) < SLACK_S
    assert summary["outcomes"] == {"ok": 599}

    for window in windows:
        browser.driver.switch_to.window(window)
        await_end(browser)
        moving = [now for now in seen[window] if "elapsed_s" in now]
        assert len({now["elapsed_s"] for now in moving}) >= 6
        # Not of the warm-up.
        assert len({now.get("response_us.p50") for now in moving}) >= 5
        for name in ("sent", "completed", "elapsed_s"):
            values = [now[name] for now in moving]
            assert values == sorted(values), name
            assert len(set(values)) >= 6, name
        for now in moving:
            assert now["completed"] <= now["sent"] <= now["planned"] == 599
            assert now["sent"] == now["completed"] + now["in_flight"]
        assert len(drawn[window]) >= 6
        assert browser.check_values(summary) >= 40
        assert sum_of_rates(browser) == [599, 599, 599]
        browser.check_plots("warmth")
        assert browser.all("#save")
    # The performance log is of both windows.
    browser.check_quiet(f"{origin(run)}/")
    browser.driver.close()
    browser.driver.switch_to.window(first)
    browser.check_quiet(f"{origin(run)}/")


def sum_of_rates(browser):
    """Calls planned, sent and completed, from the table below the plot. Its
    rows are means of several bins."""
    rows = browser.table("rate")
    whole = re.compile(r"([\d.]+) s – ([\d.]+) s")
    sums = [0, 0, 0]
    for row in rows:
        begin, end = map(float, whole.fullmatch(row[0]).groups())
        for i in range(3):
            per_second = float(row[i + 1].removesuffix("/s"))
            sums[i] += per_second * (end - begin)
    return [round(value) for value in sums]


def test_a_page_that_is_saved_is_the_report(browser, live, tmp_path):
    run = live(seconds=2)
    browser.command(
        "Browser.setDownloadBehavior",
        behavior="allow",
        downloadPath=str(tmp_path / "saved"),
    )
    browser.open(run.url.geturl())
    await_end(browser)
    assert run.wait() == 0
    browser.press(browser.one("#save"))
    saved = tmp_path / "saved" / "report.html"
    wait_until(saved.exists, "the saved page")
    browser.open(saved)
    assert browser.check_values(summary_of(run)) >= 40
    browser.check_plots("warmth")
    browser.check_quiet("file://")


def test_a_page_that_loses_the_run_says_so_and_returns(browser, live):
    """By way of another port, as of `ssh -L`."""
    run = live(seconds=9)
    proxy = ShakyProxy(f"127.0.0.1:{run.port}")
    try:
        browser.open(f"http://{proxy.address}/?token={run.token}")
        await_calls(browser, 40)
        proxy.cut()
        wait_until(lambda: "Reconnecting" in status(browser), "its notice")
        before = totals(browser)["completed"]
        proxy.heal()
        wait_until(lambda: status(browser) == "Live.", "its return")
        await_calls(browser, before + 60)
        await_end(browser)
        assert run.wait() == 0
        assert browser.check_values(summary_of(run)) >= 40
        assert sum_of_rates(browser) == [449, 449, 449]
    finally:
        proxy.stop()


def test_the_page_says_why_a_run_did_not_start(browser, launch, tmp_path):
    run = LiveRun(
        launch,
        tmp_path,
        "http://127.0.0.1:9",
        *("--dashboard", "--memory-size", "keep"),
        *("--workers", "1", "--listen", f"127.0.0.1:{free_port()}"),
        *("--gather-timeout", "6s"),
    )
    browser.open(run.url.geturl())
    wait_until(
        lambda: status(browser).startswith("The run ended before its start:"),
        "the reason",
    )
    assert "gave up waiting for 1 worker" in status(browser)
    assert run.wait() == 3


def test_a_run_that_is_gone_leaves_the_page_as_it_was(browser, live):
    run = live()
    browser.open(run.url.geturl())
    await_calls(browser, 40)
    run.process.kill()
    wait_until(lambda: "does not answer" in status(browser), "its notice")
    assert totals(browser)["completed"] >= 40
    browser.check_plots("percentiles", "warmth")


def test_a_browser_stopped_and_killed_does_not_hold_the_run_up(
    live, tmp_path
):
    run = live(seconds=7)
    ending = Ending(run.process)
    other = Browser(tmp_path)
    try:
        other.open(run.url.geturl())
        await_calls(other, 40)
        other.signal(signal.SIGSTOP)
        sent = run.metric("invocator_sent_total")
        wait_until(
            lambda: run.metric("invocator_sent_total") > sent + 75,
            "calls while nobody looks",
        )
        other.signal(signal.SIGCONT)
        await_calls(other, sent + 75)
        other.signal(signal.SIGSTOP)
        other.signal(signal.SIGKILL)
        ended_at = ending.wait_for()
    finally:
        other.close()
    assert run.wait() == 0
    summary = summary_of(run)
    assert ended_at - end_of_calls(summary) < SLACK_S
    assert summary["outcomes"] == {"ok": 349}


# ---- another page in the same browser

STRANGER = """<!doctype html><title>stranger</title><body><script>
async function attack(url) {
  const tell = (promise) => promise.then(
      (answer) => answer.type + ' ' + answer.status, () => 'refused');
  const element = (tag, attributes) => new Promise((done) => {
    const made = Object.assign(document.createElement(tag), attributes);
    made.onload = () => done('loaded');
    made.onerror = () => done('refused');
    document.body.append(made);
  });
  const source = new EventSource(url + 'events', {withCredentials: true});
  const events = await new Promise((done) => {
    source.onopen = () => done('opened');
    source.onmessage = () => done('opened');
    source.onerror = () => done('refused');
  });
  source.close();
  return {
    page: await tell(fetch(url, {credentials: 'include'})),
    token: await tell(fetch(url + location.hash.replace('#', '?token='),
                            {credentials: 'include'})),
    metrics: await tell(fetch(url + 'metrics')),
    post: await tell(fetch(url, {method: 'POST', credentials: 'include'})),
    events,
    image: await element('img', {src: url + 'metrics'}),
    script: await element('script', {src: url + 'events'}),
    opaque: await tell(fetch(url, {mode: 'no-cors', credentials: 'include'})),
  };
}
</script></body>"""


@pytest.fixture(params=["another port", "a file"])
def stranger(request, tmp_path):
    """The address of a page that is not the run's."""
    if request.param == "a file":
        (tmp_path / "stranger.html").write_text(STRANGER)
        yield (tmp_path / "stranger.html").as_uri()
        return

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = STRANGER.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_page_in_the_browser_is_refused(browser, live, stranger):
    run = live()
    # The browser has the cookie.
    browser.open(run.url.geturl())
    await_calls(browser, 1)
    browser.open(f"{stranger}#{run.token}")
    found = browser.js_async(f"attack('{origin(run)}/').then(done)")
    assert found.pop("opaque") in ("opaque 0", "refused")
    assert found == dict.fromkeys(found, "refused")
    answers = {}
    cookies = 0
    for message in browser.messages():
        params = message["params"]
        if message["method"] == "Network.responseReceivedExtraInfo":
            answers[params["requestId"]] = params
        elif message["method"] == "Network.requestWillBeSentExtraInfo":
            cookies += run.token in params["headers"].get("Cookie", "")
    # A port makes no other site: there the cookie comes along.
    assert (cookies > 0) == stranger.startswith("http")
    asked = 0
    for message in browser.messages():
        params = message["params"]
        if (
            message["method"] == "Network.requestWillBeSent"
            and params["request"]["url"].startswith(origin(run))
            and params["requestId"] in answers
        ):
            asked += 1
            answer = answers[params["requestId"]]
            assert answer["statusCode"] in (401, 403, 405), params["request"]
            names = {name.lower() for name in answer["headers"]}
            assert "access-control-allow-origin" not in names
            assert "set-cookie" not in names
    assert asked >= 5
    # A frame shows nothing of it either.
    browser.js(
        "const frame = document.createElement('iframe');"
        "frame.src = arguments[0]; document.body.append(frame)",
        origin(run) + "/",
    )
    browser.settle()
    time.sleep(0.5)
    browser.driver.switch_to.frame(browser.one("iframe"))
    assert browser.all("#page, #status") == []
    browser.driver.switch_to.default_content()
    # And the run's own page goes on.
    browser.open(f"{origin(run)}/")
    await_calls(browser, 1)
    browser.check_quiet(f"{origin(run)}/")
