"""Uses of the Python package: a notebook, the documentation's examples, the
example study, tests with the gateway's fixture."""

import json
import os
import re
import subprocess
import sys
import textwrap

import pytest
from browser import browser, needs_browser  # noqa: F401
from conftest import REPOSITORY
from python_package import (  # noqa: F401
    VENV_PYTHON,
    environment,
    programs,
    run_script,
    venv_with,
)
from results import every, instance, write_workload

from invocator import Gateway, InvocatorError, Results, _page

# Shows a run in progress, a finished run, and a series.
NOTEBOOK = """
    import sys
    import nbclient, nbformat
    cells = [
        "from invocator import AWSFunctionInvocator\\n"
        f"ivk = AWSFunctionInvocator('workload.json')\\n"
        f"run = ivk.invoke_all(endpoint_url={url!r})\\n"
        "run",
        "for progress in run:\\n    pass\\nrun",
        "await ivk.invoke_all([128, 256], endpoint_url={url!r})",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in cells]
    )
    nbclient.NotebookClient(notebook, timeout=60).execute()
    nbformat.write(notebook, "notebook.ipynb")
"""


def html_of(cell):
    (output,) = [o for o in cell["outputs"] if "data" in o]
    assert [o for o in cell["outputs"] if o["output_type"] == "error"] == []
    return "".join(output["data"]["text/html"])


@pytest.fixture(scope="module")
def url(module_gateway):
    return module_gateway("--latency", "5ms")


@pytest.fixture(scope="module")
def notebook(url, tmp_path_factory):
    """The HTML output of each cell."""
    folder = tmp_path_factory.mktemp("notebook")
    write_workload(folder, {"<i>a": instance(application="f")})
    done = subprocess.run(
        [VENV_PYTHON, "-c"]
        + [textwrap.dedent(NOTEBOOK.replace("{url!r}", repr(url)))],
        env=environment(HOME=str(folder)),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    cells = json.loads((folder / "notebook.ipynb").read_text())["cells"]
    return [html_of(cell) for cell in cells]


@venv_with("nbclient", "ipykernel")
def test_notebook_shows_a_run_and_its_report(notebook):
    running, report, series = notebook
    assert running.startswith("<p>Running: ")
    for shown in (report, series):
        assert shown.count("<iframe") == 1
        # The whole page is within the attribute.
        assert re.fullmatch(r'<iframe srcdoc="[^"<>]+"[^<>]+></iframe>', shown)
        assert ' sandbox="allow-scripts" ' in shown


@venv_with("nbclient", "ipykernel")
@needs_browser
def test_report_in_a_notebook_works_and_cannot_reach_it(
    notebook, browser, tmp_path  # noqa: F811
):
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><title>notebook</title><script>secret = 1</script>"
        + notebook[1]
        + notebook[2]
    )
    browser.open(page)
    for number, word in ((0, "Books"), (1, "256 MB")):
        browser.driver.switch_to.default_content()
        frame = browser.all("iframe")[number]
        assert frame.size["height"] == _page.FRAME_HEIGHT_PX
        browser.driver.switch_to.frame(frame)
        assert word in browser.js("return document.body.innerText")
        assert browser.js("return document.querySelectorAll('canvas').length")
        reach = "try { return parent.secret } catch (e) { return e.name }"
        assert browser.js(reach) == "SecurityError"
        assert browser.js("return window.origin") == "null"
    browser.driver.switch_to.default_content()
    assert browser.driver.get_log("browser") == []  # of the console


def test_page_too_large_for_a_notebook_is_named(tmp_path, monkeypatch):
    page = tmp_path / "a&b.html"
    assert "No such file" in _page.frame(page)
    page.write_text("x" * 100)
    monkeypatch.setattr(_page, "MAX_INLINE_BYTES", 99)
    assert "a&amp;b.html" in _page.frame(page)
    assert "iframe" not in _page.frame(page)
    monkeypatch.setattr(_page, "MAX_INLINE_BYTES", 100)
    assert 'srcdoc="xxx' in _page.frame(page)


# Executes the page's blocks in order, in one namespace.
PLAY_PAGE = """
    import re, sys
    with open(sys.argv[1]) as file:
        text = file.read().replace("http://127.0.0.1:9000", sys.argv[2])
    namespace = {}
    for block in re.findall("^```python\\n(.*?)^```", text, re.M | re.S):
        exec(compile(block, block, "exec"), namespace)
"""


@venv_with("pandas")
def test_examples_of_the_documentation(url, tmp_path):
    write_workload(
        tmp_path,
        {"f": every(0.01, 40, application="f")},
        test_duration_in_seconds=0.5,
    )
    text = (REPOSITORY / "docs" / "python.md").read_text()
    # test_fixture_of_pytest runs this example.
    page = tmp_path / "python.md"
    page.write_text(
        re.sub(r"```python\nimport pytest.*?```", "", text, flags=re.S)
    )
    out = run_script(PLAY_PAGE, tmp_path, page, url, python=VENV_PYTHON)
    lines = out.splitlines()
    assert re.fullmatch(r"40 \{'ok': 40\} [0-9.]+ \w+", lines[0])
    assert "rat" in out  # the fault of the bad workload
    assert lines[-1] == "True"  # interrupted
    readme = (REPOSITORY / "python" / "README.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", readme, re.S)
    write_workload(tmp_path, {"a": instance()}, name="original.json")
    (tmp_path / "examples").mkdir()
    (tmp_path / "original.json").rename(tmp_path / "examples/original.json")
    example = example.replace("256)", f"256, endpoint_url={url!r})")
    assert float(run_script(example, tmp_path)) > 5000


def test_fixture_of_pytest(tmp_path):
    """The documentation's example of a test, as pytest runs it."""
    text = (REPOSITORY / "docs" / "python.md").read_text()
    (example,) = re.findall(r"```python\n(import pytest.*?)```", text, re.S)
    write_workload(tmp_path, {"a": instance()})
    (tmp_path / "test_example.py").write_text(
        "from invocator import AWSFunctionInvocator\n" + example + """

def test_no_options(invocator_gateway):
    with open("pid", "w") as file:
        file.write(str(invocator_gateway.pid))
    assert invocator_gateway.stats()["requests"] == 0
"""
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        + ["-p", "invocator.pytest_plugin", "--strict-markers"],
        env=environment(AWS_PROFILE="nobody", https_proxy="http://127.0.0.1:9"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.usefixtures("programs")
def test_gateway_that_does_not_start():
    with pytest.raises(InvocatorError, match="--latensy"):
        Gateway("--latensy", "1ms")


def test_gateway_ends_with_its_script(tmp_path):
    """A forked child's end does not stop it."""
    write_workload(tmp_path, {"a": instance()})
    out = run_script(
        """
        import os, time
        from invocator import AWSFunctionInvocator, Gateway
        gateway = Gateway()
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            print(gateway.pid)
            AWSFunctionInvocator("workload.json", env=gateway.env).invoke_all(
                endpoint_url=gateway.url, out="out")
        """,
        tmp_path,
    )
    with pytest.raises(ProcessLookupError):
        os.kill(int(out), 0)
    # The gateway outlived the load.
    assert Results(tmp_path / "out").report.outcomes == {"ok": 20}


@venv_with("matplotlib")
def test_memory_study(url, tmp_path):
    workload = write_workload(
        tmp_path,
        {
            "thumbnails": {
                "application": "thumbnails", "invoker": "lambda",
                "region": "us-east-1", "distribution": "Poisson", "rate": 99,
                "expected_duration_ms": 30,
            }
        },
        test_duration_in_seconds=0.4,
    )  # fmt: skip
    done = subprocess.run(
        [VENV_PYTHON, REPOSITORY / "examples" / "python" / "memory_study.py"]
        + [workload, "--endpoint-url", url],
        # Keeps the font cache, which takes seconds to build.
        env=environment(
            MPLCONFIGDIR=str(VENV_PYTHON.parents[1] / "matplotlib")
        ),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^ *(\d+) +(\d+) +(\d+) +[0-9.]+ +[0-9.]+  \w+$",
                      done.stdout, re.M)  # fmt: skip
    assert [int(row[0]) for row in rows] == [128, 512, 1024]
    assert {row[1] for row in rows} == {row[2] for row in rows}
    assert len({row[1] for row in rows}) == 1  # the same schedule
    assert (tmp_path / "memory_study.png").read_bytes().startswith(b"\x89PNG")


def test_studys_own_workload_is_one(invocator):
    path = REPOSITORY / "examples" / "python" / "study.json"
    done = invocator(["plan", path])
    assert done.returncode == 0, done.stderr
