"""Makes the checkout's Python package and the programs under test available to
the tests and to scripts that they run."""

import functools
import os
import pathlib
import subprocess
import sys
import textwrap

import pytest
from conftest import REPOSITORY, clean_environment, program
from results import KEYS

PACKAGE = REPOSITORY / "python"
sys.path.insert(0, str(PACKAGE))

# The interpreter with the packages of tests/requirements.txt.
VENV_PYTHON = REPOSITORY / ".venv" / "bin" / "python"
SCRIPT_WITHIN_S = 60


def bin_dir():
    return str(pathlib.Path(program("invocator")).parent)


def environment(**extra):
    """Environment of a script: package, programs and the gateway's keys."""
    own = {
        "INVOCATOR_BIN_DIR": bin_dir(),
        "PYTHONPATH": str(PACKAGE),
        "PYTHONDONTWRITEBYTECODE": "1",
        # A file left open is an error.
        "PYTHONWARNINGS": "error::ResourceWarning",
    }
    return clean_environment(KEYS | own | extra)


@pytest.fixture
def programs(monkeypatch):
    """Gives this process the environment of a script."""
    for name in set(os.environ) - set(environment()):
        monkeypatch.delenv(name)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)


def script(text, folder, *arguments, python=sys.executable, **popen):
    """Starts a script; stdout and stderr are text pipes."""
    path = folder / "script.py"
    path.write_text(textwrap.dedent(text))
    return subprocess.Popen(
        [str(python), str(path), *map(str, arguments)],
        env=environment(),
        cwd=folder,
        **{
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }
        | popen,
    )


def run_script(*arguments, **keys):
    """Runs a script, which must succeed; returns its stdout."""
    process = script(*arguments, **keys)
    try:
        out, err = process.communicate(timeout=SCRIPT_WITHIN_S)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, err
    return out


@functools.cache
def has_package(name):
    look = f"from importlib import util; exit(util.find_spec({name!r}) is None)"
    return VENV_PYTHON.is_file() and 0 == subprocess.call(
        [VENV_PYTHON, "-c", look], env=clean_environment()
    )


def venv_with(*packages):
    """Mark of a test that needs packages of tests/requirements.txt."""
    return pytest.mark.skipif(
        not all(map(has_package, packages)),
        reason=f"{', '.join(packages)} not installed: scripts/install_deps.sh "
        "--python does that where PyPI is reachable",
    )
