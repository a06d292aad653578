"""report.html in a browser, from its file: what it shows is what summary.json
says, of whatever run it is, and nothing leaves it."""

import concurrent.futures
import json
import re
import shutil
import subprocess
import zlib

import pytest
from browser import (  # noqa: F401
    PLOTS,
    TIME_PLOTS,
    browser,
    needs_browser,
)
from conftest import free_port
from hour_folder import write_hour
from misbehaving_target import Target, answering
from results import (
    KEYS,
    Results,
    every,
    wait_until,
    write_told_workload,
    write_workload,
)
from stage import Stage, ended, kill, said

pytestmark = needs_browser

IMAGE = "</script><img src=x onerror=alert(1)>"
# A name for a folder, too: without a slash.
TITLE = "<script>alert(1)<img src=x onerror=alert(1)>"
HOSTILE = [
    IMAGE,
    "<b onmouseover=\"alert(1)\">'\"&amp;",
    "__proto__",
    "constructor",
    "data-key",
    "-" * 200,
    "\u05d0\u05d1 ü 名",
]
SECTIONS = [
    "Thresholds",
    "Books",
    "Latencies",
    "Calls planned, sent and completed",
    "Response time",
    "Heat map of response times",
    "Percentiles",
    "Calls in flight",
    "Outcomes",
    "Lateness",
    "Cold against warm",
    "Instances",
    "Workers",
    "Cost",
    "Workload",
    "Run it again",
]


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway(
        *("--latency", "lognormal:10ms:0.5", "--cold-start", "100ms"),
    )


@pytest.fixture(scope="module")
def play(invocator, tmp_path_factory):
    def start(url, instances, *options, code=0, **keys):
        folder = tmp_path_factory.mktemp("run")
        workload = write_workload(folder, instances, **keys)
        done = invocator(
            ["run", workload, "--endpoint-url", url, "--threads", 1]
            + ["--memory-size", "keep", "--out", folder / "out", *options],
            env=KEYS,
        )
        assert done.returncode == code, done.stderr
        return Results(folder / "out")

    return start


def invoked(application, **arrivals):
    """An instance of Lambda's Invoke, of whose calls it is known whether they
    were cold."""
    return {
        "invoker": "lambda",
        "application": application,
        "region": "us-east-1",
        **arrivals,
    }


@pytest.fixture(scope="module")
def normal(play, url):
    instances = {
        "slow": invoked("f", distribution="Uniform", rate=40),
        "fast": invoked("g", distribution="Poisson", rate=160),
        "late": invoked("h", interarrivals_list=[0.5] + 8 * [0.1]),
        "list": every(0.1, 10),
    }
    return play(
        *(url, instances, "--threshold", "response p99 < 1s"),
        *("--threshold", "ok >= 99%"),
        test_duration_in_seconds=1.5,
        warmup_in_seconds=0.3,
    )


@pytest.fixture(scope="module")
def hostile(play):
    body = json.dumps({"message": IMAGE}).encode()
    answer = (
        b"HTTP/1.1 500 Oh\r\nx-amzn-ErrorType: " + IMAGE.encode()
        + b"\r\nx-amzn-RequestId: " + IMAGE.encode()
        + b"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        + body
    )  # fmt: skip
    with Target(answering(answer)) as target:
        return play(
            target.url,
            {name: every(0.05, 5 + i) for i, name in enumerate(HOSTILE)},
            *("--threshold", "ok >= 1%"),
            code=5,
            test_name=TITLE,
        )


@pytest.fixture(scope="module", autouse=True)
def killed(tmp_path_factory):
    """The future of a run of two workers of which one is killed: it takes a
    while until it is given up."""

    def run(stage):
        workload = write_told_workload(
            stage.folder,
            {f"i{n}": {"distribution": "Uniform", "rate": 40} for n in (0, 1)},
            duration_s=10,
        )
        target = stage.target()
        coordinator = stage.coordinator(workload, target.url, workers=2)
        for name in ("first", "second"):
            worker = stage.worker(name)
            said(coordinator, f"worker {name} has joined")
        wait_until(lambda: len(target.calls()) >= 40, "calls")
        kill(worker)
        ended(coordinator, 3, 60)
        return stage.results()

    with Stage(tmp_path_factory.mktemp("killed")) as stage:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            yield pool.submit(run, stage)


def page_of(results):
    return results.folder / "report.html"


def look_at(browser, results, empty=()):
    """Opens the page of a run and checks what holds of every one."""
    browser.open(page_of(results))
    browser.check_plots(*empty)
    assert browser.check_values(results.summary) >= 6
    check_instances(browser, results.summary)
    headings = browser.headings()
    assert headings == [name for name in SECTIONS if name in headings]
    browser.check_quiet("file://")


def instance_rows(browser):
    """{name: {column: value}} of the table of instances."""
    rows = browser.js(
        "return [...document.querySelectorAll('#instances tbody tr')].map("
        "(row) => [row.dataset.name, row.querySelector('th').textContent,"
        " Object.fromEntries([...row.querySelectorAll('td')].map((cell) => "
        "[cell.dataset.column, cell.dataset.value]))])"
    )
    for name, text, _ in rows:
        assert name == text
    return {name: cells for name, _, cells in rows}


def check_instances(browser, summary):
    rows = instance_rows(browser)
    assert set(rows) <= set(summary["instances"])
    assert len(rows) == min(100, len(summary["instances"]))
    for name, cells in rows.items():
        block = summary["instances"][name]
        ok = block["outcomes"].get("ok", 0)
        expected = {
            "planned": block["planned"],
            "sent": block["sent"],
            "ok": ok,
            "not ok": sum(block["outcomes"].values()) - ok,
            "response_us.p50": block["response_us"]["p50"],
            "response_us.p99": block["response_us"]["p99"],
            "response_us.max": block["response_us"]["max"],
        }
        for column, value in expected.items():
            if cells.get(column) is not None:
                assert float(cells[column]) == value, (name, column)
            else:
                assert block["response_us"]["count"] == 0, (name, column)


def rates(browser):
    """Calls planned, sent and completed, from the table below the plot."""
    rows = browser.table("rate")
    assert 0 < len(rows) <= 24
    return [
        round(sum(float(row[i].removesuffix("/s").replace(",", ""))
                  for row in rows) * 0.1)
        for i in (1, 2, 3)
    ]  # fmt: skip


def digests(browser, names):
    plots = browser.plots()
    return [plots[name]["digest"] for name in names]


def test_a_normal_run(browser, normal):
    look_at(browser, normal)
    summary = normal.summary
    assert browser.text("h1") == "test"
    assert browser.headings() == SECTIONS
    state = browser.js("return document.getElementById('verdict').dataset")
    assert state["state"] == summary["verdict"]["state"]
    assert "✓ All thresholds met" in browser.text(".first")
    assert rates(browser) == [summary["planned"], *2 * [summary["sent"]]]
    # The first screen has verdict, thresholds and books.
    low = browser.js(
        "return document.querySelector('#books h2').getBoundingClientRect()"
        ".bottom"
    )
    assert 0 < low < 900
    # Cold starts are marked.
    assert summary["cold_starts"]["cold"] > 0
    assert "cold starts" in browser.text("#response .legend")


def test_a_press_on_an_instance_filters_the_plots(browser, normal):
    browser.open(page_of(normal))
    before = digests(browser, PLOTS)
    row = '#instances tr[data-name="slow"]'
    browser.press(browser.one(f"{row} button"))
    assert browser.js("return page.dataset.filter") == "slow"
    assert browser.one(f"{row} button").get_attribute("aria-pressed") == "true"
    assert "filtered: slow" in browser.text(".bar")
    block = normal.summary["instances"]["slow"]
    assert rates(browser) == [block["planned"], *2 * [block["sent"]]]
    plots = browser.plots()
    assert "response of slow" in plots["percentiles"]["lines"]
    browser.check_plots()
    for name, old in zip(PLOTS, before):
        whole = name in ("heat", "lateness", "warmth")
        assert (plots[name]["digest"] == old) == whole, name
    browser.press(browser.one(".bar .chip"))
    assert browser.js("return page.dataset.filter") == ""
    assert digests(browser, PLOTS) == before
    browser.check_quiet("file://")


def test_a_drag_zooms_all_plots_over_time(browser, normal):
    browser.open(page_of(normal))
    before = digests(browser, PLOTS)
    box = browser.one("#response .box")
    browser.drag(box, -200, 100)
    zoom = [float(v) for v in browser.js("return page.dataset.zoom").split()]
    assert 0 < zoom[0] < zoom[1] < 1.5
    assert "zoom:" in browser.text(".bar")
    zoomed = digests(browser, PLOTS)
    for name, old, new in zip(PLOTS, before, zoomed):
        assert (old == new) == (name not in TIME_PLOTS), name
    browser.check_plots()
    browser.double_click(box)
    assert browser.js("return page.dataset.zoom") == ""
    assert digests(browser, PLOTS) == before
    browser.drag(browser.one("#heat .box"), -100, 100)
    assert browser.js("return page.dataset.zoom")
    browser.press(browser.one(".bar .chip"))
    assert digests(browser, PLOTS) == before
    browser.check_quiet("file://")


def test_columns_of_instances_sort(browser, normal):
    browser.open(page_of(normal))
    instances = normal.summary["instances"]
    assert list(instance_rows(browser)) == list(instances)
    for column, value in [
        ("instance", lambda name: name),
        ("sent", lambda name: instances[name]["sent"]),
        ("p99", lambda name: instances[name]["response_us"]["p99"]),
    ]:
        [head] = [
            head
            for head in browser.all("#instances thead th")
            if head.text.strip(" ↕↑↓") == column
        ]
        names = sorted(instances, key=value)
        orders = ["ascending", "descending"]
        # Numbers begin with the highest.
        for order in orders if column == "instance" else orders[::-1]:
            browser.press(head.find_element("css selector", "button"))
            assert head.get_attribute("aria-sort") == order
            found = list(instance_rows(browser))
            assert found == (names if order == "ascending" else names[::-1])
    browser.check_quiet("file://")


def test_a_press_in_a_legend_hides_a_line(browser, normal):
    browser.open(page_of(normal))
    before = digests(browser, ["rate", "response"])
    sent = browser.all("#rate .legend button")[1]
    browser.press(sent)
    assert sent.get_attribute("aria-pressed") == "false"
    after = digests(browser, ["rate", "response"])
    assert after[0] != before[0] and after[1] == before[1]
    browser.press(sent)
    assert digests(browser, ["rate", "response"]) == before
    browser.check_quiet("file://")


def test_the_print_has_all_sections(browser, normal, tmp_path):
    browser.open(page_of(normal))
    before = digests(browser, PLOTS)
    pdf = browser.pdf(tmp_path / "page.pdf")
    titles = [
        title.replace(rb"\(", b"(").decode()
        for title in re.findall(rb"/Title \((.*?)\)\n", pdf)
    ]
    assert [t for t in titles if t in SECTIONS] == SECTIONS
    assert 2 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 12
    # The heat map is no picture but rectangles.
    assert colourful_images(pdf) == len(PLOTS) - 1
    assert len(fills(pdf)) > 20
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "page.pdf", "-"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in (*SECTIONS, "slow", "fast", "late", "test_name"):
            assert name in text, name
    # The page is then as it was.
    assert digests(browser, PLOTS) == before
    browser.check_quiet("file://")


def colourful_images(pdf):
    """Pictures of a PDF that are not of a few colours only."""
    found = 0
    for start in re.finditer(rb"/Subtype /Image", pdf):
        head = pdf.rfind(b"obj", 0, start.start())
        begin = pdf.index(b"stream\n", start.start()) + len(b"stream\n")
        if b"/DeviceGray" in pdf[head:begin]:  # of another's transparency
            continue
        data = zlib.decompressobj().decompress(pdf[begin:])
        pixels = {data[i : i + 3] for i in range(0, len(data), 3)}
        found += len(pixels) > 3
    return found


def fills(pdf):
    """Colours of what is filled on a PDF's pages."""
    found = set()
    for start in re.finditer(rb"stream\r?\n", pdf):
        try:
            data = zlib.decompressobj().decompress(pdf[start.end() :])
        except zlib.error:
            continue
        found |= set(re.findall(rb"([\d.]+ [\d.]+ [\d.]+) rg\b", data))
    return found


def test_one_call(browser, play, url):
    results = play(url, {"a": invoked("one", interarrivals_list=[0.1])})
    assert results.summary["sent"] == 1
    look_at(browser, results)


def test_no_call(browser, play, url):
    results = play(url, {"a": every(5, 1)})
    assert results.summary["planned"] == 0
    look_at(browser, results, empty=PLOTS)


def test_all_calls_failed(browser, play):
    results = play(f"http://127.0.0.1:{free_port()}", {"a": every(0.05, 15)})
    assert results.summary["outcomes"] == {"connect_error": 15}
    look_at(browser, results, empty=["warmth"])
    assert "connect error" in browser.text("#failures")
    assert browser.plots()["outcomes"]["lines"] == ["connect error"]


def test_a_thousand_instances(browser, play, url):
    instances = {f"f{i:03}": every(0.3, 1 + i % 3) for i in range(1000)}
    results = play(url, instances, "--records", "none")
    assert page_of(results).stat().st_size < 1_600_000
    look_at(browser, results, empty=["warmth"])
    status = "#instances [role=status]"
    assert "100 of 1,000" in browser.text(status)
    search = browser.one("#instances input")
    search.send_keys("f99")
    assert list(instance_rows(browser)) == [f"f99{i}" for i in range(10)]
    assert "10 have “f99”" in browser.text(status)
    # Those with most calls have series of their own.
    enabled = "#instances tbody button:not(:disabled)"
    assert len(browser.all(enabled)) < 10
    search.clear()
    search.send_keys("f00")
    browser.press(browser.all(enabled)[0])
    assert browser.js("return page.dataset.filter") == "f002"
    browser.check_plots("warmth")
    browser.check_quiet("file://")


def test_an_hour_of_twenty_instances(browser, play, url, invocator):
    results = play(
        url,
        {
            f"an-instance-{i}": invoked(
                f"f{i}", interarrivals_list=12 * [0.1]
            )
            for i in range(20)
        },
        test_duration_in_seconds=1.5,
    )
    write_hour(results)
    done = invocator(["report", results.folder])
    assert done.returncode == 0, done.stderr
    hour = Results(results.folder)
    assert page_of(hour).stat().st_size <= 800_000
    look_at(browser, hour)
    browser.drag(browser.one("#rate .box"), -200, 100)
    zoom = [float(v) for v in browser.js("return page.dataset.zoom").split()]
    assert 600 < zoom[0] < zoom[1] < 3000
    browser.check_plots()
    browser.press(browser.all("#instances tbody button")[7])
    assert browser.js("return page.dataset.filter") == "an-instance-7"
    browser.check_plots()
    browser.check_quiet("file://")


def test_hostile_text_stays_text(browser, hostile, tmp_path):
    look_at(browser, hostile, empty=["warmth"])
    assert browser.text("h1") == TITLE
    assert browser.driver.title.startswith(TITLE)
    assert IMAGE in browser.text("#failures")
    browser.js("for (const d of document.querySelectorAll('details')) "
               "d.open = true")
    for number, name in enumerate(HOSTILE):
        browser.press(browser.all("#instances tbody button")[number])
        assert browser.js("return page.dataset.filter") == name
        assert f"response of {name}" in browser.text("#percentiles .legend")
        assert f"filtered: {name}" in browser.text(".bar")
        assert rates(browser)[0] == 5 + number
        browser.check_plots("warmth")
    browser.pdf(tmp_path / "page.pdf")
    assert browser.all("img, b[onmouseover], #page script") == []
    browser.check_quiet("file://")


def test_several_runs_beside_each_other(
    browser, normal, hostile, play, url, invocator, tmp_path
):
    nothing = play(url, {"a": every(5, 1)})
    page = tmp_path / "page.html"
    runs = [normal, nothing, hostile]
    done = invocator(["report", *(r.folder for r in runs), "-o", page])
    assert done.returncode == 0, done.stderr
    browser.open(page)
    assert browser.text("#fastest")
    for number, results in enumerate(runs):
        browser.press(browser.all("#comparison tbody button")[number])
        pressed = [
            tab.get_attribute("aria-pressed") for tab in browser.all(".tab")
        ]
        assert pressed.index("true") == number and pressed.count("true") == 1
        assert browser.check_values(results.summary) >= 6
        check_instances(browser, results.summary)
        empty = {0: [], 1: PLOTS, 2: ["warmth"]}[number]
        browser.check_plots(*empty)
    browser.check_quiet("file://")


def test_a_dark_screen(browser, normal):
    def prefer(value):
        browser.command(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": value}],
        )

    browser.open(page_of(normal))
    before = digests(browser, PLOTS)
    prefer("dark")
    try:
        browser.settle()
        browser.check_plots()
        for old, new in zip(before, digests(browser, PLOTS)):
            assert old != new
    finally:
        prefer("light")
    browser.check_quiet("file://")


def test_a_killed_worker(browser, killed):
    results = killed.result(60)
    lost = results.summary["outcomes"]["lost"]
    assert lost > 0
    look_at(browser, results, empty=["warmth"])
    assert "lost" in browser.plots()["outcomes"]["lines"]
    assert "second" in browser.text("#workers")
    assert browser.text(".first .verdict.warn")
