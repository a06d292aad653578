"""Headless Chromium that opens pages of Invocator, by selenium. It reaches only
this machine: other names do not resolve, and its own services are off."""

import base64
import json
import os
import pathlib
import shutil
import signal

import pytest
from conftest import clean_environment

try:
    from selenium import webdriver
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
except ImportError:
    webdriver = None

needs_browser = pytest.mark.skipif(
    webdriver is None
    or shutil.which("chromium") is None
    or shutil.which("chromedriver") is None,
    reason="python3-selenium, chromium or chromium-driver is not installed",
)

DEADLINE_S = 20
TIME_PLOTS = [
    *("rate", "response", "heat", "in_flight", "outcomes", "lateness")
]
PLOTS = [*TIME_PLOTS, "percentiles", "warmth"]

# Runs before a page's own scripts, and by the debugger's leave: no policy of
# the page holds it up.
WATCH = """
window.seen = {violations: [], errors: [], alerts: 0};
window.alert = () => { window.seen.alerts += 1; };
document.addEventListener('securitypolicyviolation', (event) =>
    window.seen.violations.push(event.violatedDirective + ': ' +
                                event.blockedURI + event.sample));
window.addEventListener('error', (event) =>
    window.seen.errors.push(String(event.message)), true);
"""


def descendants(pid):
    """Process ids of all children, their children and so on."""
    children = {}
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue
        parent = int(stat.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(entry.name))
    found, left = [], [pid]
    while left:
        new = children.get(left.pop(), [])
        found += new
        left += new
    return found


class Browser:
    def __init__(self, folder):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in (
            "--headless=new",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            "--window-size=1280,900",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-pings",
            "--no-proxy-server",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={folder / 'profile'}",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ):
            options.add_argument(argument)
        options.set_capability(
            "goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"}
        )
        # Else selenium would ask a proxy for its way to the driver.
        options.ignore_local_proxy_environment_variables()
        service = Service(
            shutil.which("chromedriver"),
            log_path=str(folder / "chromedriver.log"),
            env=clean_environment(),
        )
        try:
            self.driver = webdriver.Chrome(options=options, service=service)
        except WebDriverException as error:
            # As in a container that lets no browser make its processes.
            pytest.skip(f"Chromium does not start here: {error.msg}")
        self.driver.set_page_load_timeout(DEADLINE_S)
        self.driver.set_script_timeout(DEADLINE_S)
        self.pids = descendants(service.process.pid)
        self.watch()
        self.performance = []

    def watch(self):
        self.command("Page.addScriptToEvaluateOnNewDocument", source=WATCH)

    def command(self, name, **arguments):
        """Of the debugger's protocol."""
        return self.driver.execute_cdp_cmd(name, arguments)

    def window(self):
        """A further window, which is then the one looked at; its handle."""
        self.driver.switch_to.new_window("window")
        self.watch()
        return self.driver.current_window_handle

    def open(self, target):
        """A file or a URL, in place of the page that was open, of which the
        logs are forgotten."""
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.performance = []
        if isinstance(target, pathlib.Path):
            target = target.as_uri()
        self.driver.get(target)
        self.settle()

    def settle(self):
        """Until what was changed has been drawn."""
        self.js_async(
            "requestAnimationFrame(() => requestAnimationFrame(done))"
        )

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def js_async(self, script, *arguments):
        """`script` calls done(result)."""
        return self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];" + script,
            *arguments,
        )

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        [element] = self.all(selector)
        return element

    def text(self, selector):
        return self.js(
            "return document.querySelector(arguments[0]).textContent", selector
        )

    def press(self, element):
        """A click of the mouse in the middle of the screen, clear of what is
        fixed at its top."""
        self.center(element)
        ActionChains(self.driver).click(element).perform()

    def center(self, element):
        self.js("arguments[0].scrollIntoView({block: 'center'})", element)

    def drag(self, element, from_x, to_x):
        """Across an element; x from its middle."""
        self.center(element)
        ActionChains(self.driver).move_to_element_with_offset(
            element, from_x, 0
        ).click_and_hold().move_by_offset(
            to_x - from_x, 2
        ).release().perform()

    def double_click(self, element):
        self.center(element)
        ActionChains(self.driver).double_click(element).perform()

    # ---- what went on

    def messages(self):
        """Of the performance log since open()."""
        self.performance += [
            json.loads(entry["message"])["message"]
            for entry in self.driver.get_log("performance")
        ]
        return self.performance

    def requests(self):
        """URLs that were asked for since open()."""
        return [
            message["params"]["request"]["url"]
            for message in self.messages()
            if message["method"] == "Network.requestWillBeSent"
        ]

    def check_quiet(self, *allowed):
        """The console has nothing, no policy was violated, and nothing was
        asked for but what begins with one of `allowed`."""
        console = self.driver.get_log("browser")
        assert console == [], console
        seen = self.js("return window.seen")
        assert seen == {"violations": [], "errors": [], "alerts": 0}, seen
        requests = self.requests()
        assert requests
        for url in requests:
            assert url.startswith(("data:", *allowed)), url

    # ---- a page of Invocator

    def values(self):
        """[(path in summary.json, exact value, text)] of the page's numbers."""
        return self.js(
            "return [...document.querySelectorAll('[data-key]')].map((e) => "
            "[e.dataset.key, e.dataset.value, e.textContent])"
        )

    def check_values(self, summary):
        """Every number on the page that stands for one of the summary is it;
        returns how many there are."""
        values = self.values()
        for path, value, text in values:
            expected = at(summary, path)
            if value is None:
                assert expected is None and text == "–", path
                continue
            assert float(value) == expected, path
            if isinstance(expected, int):
                assert text == f"{expected:,}", path
        return len(values)

    def plots(self):
        """{id: what its section has} of the page's plots."""
        return self.js(LOOK)

    def check_plots(self, *empty):
        """All plots but `empty` have something drawn in the colours of their
        lines, and the others say why they are empty."""
        plots = self.plots()
        assert set(plots) >= set(PLOTS)
        for name, plot in plots.items():
            if name in empty:
                assert plot["empty"] and len(plot["why"]) > 10, (name, plot)
            else:
                assert not plot["empty"], (name, plot)
                assert plot["inked"] >= 20, (name, plot)
                assert plot["lines"] or name == "heat", name

    def table(self, name):
        """Rows of the table below a plot."""
        return self.js(
            "const d = document.querySelector("
            "`#${arguments[0]} > details`); d.open = true;"
            "return new Promise((done) => setTimeout(() => done([..."
            "d.querySelectorAll('tbody tr')].map((row) => [...row.cells].map("
            "(cell) => cell.textContent))), 50))",
            name,
        )

    def headings(self):
        return self.js(
            "return [...document.querySelectorAll('h2')].map((e) => "
            "e.textContent)"
        )

    def pdf(self, path):
        """Prints the page into a file; returns its bytes."""
        answer = self.command(
            "Page.printToPDF",
            printBackground=True,
            generateTaggedPDF=True,
            generateDocumentOutline=True,
        )
        path.write_bytes(base64.b64decode(answer["data"]))
        return path.read_bytes()

    # ---- its processes

    def signal(self, number):
        """To all of the browser's processes; not to its driver."""
        for pid in self.pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def close(self):
        try:
            self.signal(signal.SIGCONT)
            self.driver.quit()
        except Exception:  # of a browser that was killed
            pass
        self.signal(signal.SIGKILL)


def at(summary, path):
    """The value at response_us.p99; a list's parts have numbers for names. An
    outcome that did not occur is left out of the summary."""
    found = summary
    for name in path.split("."):
        if isinstance(found, list):
            found = found[int(name)]
        else:
            found = found.get(name, 0 if ".outcomes." in f".{path}" else None)
        if found is None:
            return None
    return found


# Of each plot: pixels in its lines' colours (of a heat map: in any colour but
# those of its frame) between its axes, how many colours there are, and a digest
# of all.
LOOK = """
const tone = (name) => {
  const style = getComputedStyle(document.documentElement);
  const hex = style.getPropertyValue(name).trim().slice(1);
  const long = hex.length === 3 ? [...hex].map((c) => c + c).join('') : hex;
  return [0, 2, 4].map((i) => parseInt(long.slice(i, i + 2), 16));
};
const result = {};
for (const section of document.querySelectorAll('section[data-plot]')) {
  const names = [...section.querySelectorAll('svg.swatch path')].map((path) =>
      /--\\w+/.exec(path.getAttribute('stroke') ||
                    path.getAttribute('fill'))[0]);
  const colors = names.map(tone);
  const frame = ['--grey', '--faint', '--grid', '--shade'].map(tone);
  const near = (a, data, i) => Math.abs(a[0] - data[i]) < 24 &&
      Math.abs(a[1] - data[i + 1]) < 24 && Math.abs(a[2] - data[i + 2]) < 24;
  let inked = 0;
  let digest = 0;
  const different = new Set();
  for (const canvas of section.querySelectorAll('.chart canvas')) {
    if (canvas.width < 80 || canvas.height < 40) continue;
    // A copy: to read the page's own would change how it is drawn.
    const copy = document.createElement('canvas');
    const low = section.id === 'heat' ? 28 : 18;
    copy.width = canvas.width - 80;
    copy.height = canvas.height - low;
    const context = copy.getContext('2d', {willReadFrequently: true});
    context.drawImage(canvas, -66, -2);
    const {data} = context.getImageData(0, 0, copy.width, copy.height);
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] < 128) continue;
      different.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
      digest = (digest * 31 + i * 7 + data[i] + data[i + 1] * 3 +
                data[i + 2] * 5) % 1000000007;
      if (section.id === 'heat' ? !frame.some((c) => near(c, data, i)) :
          colors.some((c) => near(c, data, i))) ++inked;
    }
  }
  result[section.id] = {
    empty: section.dataset.empty === 'true',
    why: section.querySelector('.why').textContent,
    lines: [...section.querySelectorAll('.legend button')].map((button) =>
        button.title),
    inked, digest, colors: different.size,
  };
}
return result;
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """One for all tests of a module."""
    opened = Browser(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()
