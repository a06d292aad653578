"""The Python package agrees with the programs: the summary's schema, the
command's options, the version; its types and its wheel are complete."""

import dataclasses
import datetime
import json
import os
import re
import shutil
import subprocess
import typing
import zipfile

import pytest
from conftest import REPOSITORY
from python_package import PACKAGE, VENV_PYTHON, environment, venv_with
from summary_schema import SCHEMA

import invocator as package
from invocator import RunOptions, report
from invocator._decoding import decode, is_optional, without_none
from invocator._options import Duration, File, arguments
from invocator.report import Report

DOCUMENT = json.loads(SCHEMA.read_text())
JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def resolved(node):
    """Follows references; the first part of allOf is the type."""
    while True:
        if "$ref" in node:
            path = node["$ref"].split("/")[1:]
            node = DOCUMENT
            for key in path:
                node = node[key]
        elif "allOf" in node:
            node = node["allOf"][0]
        else:
            return node


def types_of(node):
    if "const" in node:
        return ["boolean" if node["const"] is True or node["const"] is False
                else "integer"]  # fmt: skip
    listed = node.get("type", "string")  # enums are strings
    return listed if isinstance(listed, list) else [listed]


def check_type(hint, node, path):
    """Checks a field's type against the schema, recursively."""
    node = resolved(node)
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        assert set(typing.get_args(hint)) == set(node["enum"]), path
    elif dataclasses.is_dataclass(hint):
        check_class(hint, node, path)
    elif origin is tuple:
        item, dots = typing.get_args(hint)
        assert dots is ... and node["type"] == "array", path
        check_type(item, node["items"], f"{path}[]")
    elif origin is dict:
        assert node["type"] == "object", path
        each = node.get("additionalProperties") or next(
            iter(node["properties"].values())
        )
        check_type(typing.get_args(hint)[1], each, f"{path}{{}}")
    else:
        assert "enum" not in node, path
        assert JSON_TYPES[hint] in types_of(node), path


def check_class(kind, node, path):
    fields = typing.get_type_hints(kind)
    assert fields.keys() == node["properties"].keys(), path
    for name, hint in fields.items():
        own = resolved(node["properties"][name])
        may_be_none = name not in node["required"] or "null" in types_of(own)
        assert is_optional(hint) == may_be_none, f"{path}.{name}"
        check_type(without_none(hint), own, f"{path}.{name}")
    assert kind.__dataclass_params__.frozen


def test_report_has_the_schemas_attributes_and_types():
    check_class(Report, DOCUMENT, "")


def test_every_class_of_the_report_is_part_of_it():
    """No class remains that the schema no longer has."""
    reached, left = set(), [Report]
    while left:
        hint = left.pop()
        if dataclasses.is_dataclass(hint):
            reached.add(hint.__name__)
            left += typing.get_type_hints(hint).values()
        left += typing.get_args(hint)
    own = {
        name
        for name, value in vars(report).items()
        if dataclasses.is_dataclass(value) and not name.startswith("_")
    }
    assert reached == own


def test_unknown_keys_are_ignored_and_missing_ones_are_errors():
    verdict = {"state": "kept", "reasons": ["a"], "of_a_newer_version": {}}
    assert decode(report.Verdict, verdict).reasons == ("a",)
    with pytest.raises(KeyError, match="reasons"):
        decode(report.Verdict, {"state": "kept"})
    with pytest.raises(TypeError, match="expected int"):
        decode(report.ColdStarts, {"cold": "1", "warm": 0, "unknown": 0})


# By the placeholder of a value in --help.
OPTION_TYPES = {
    "": bool,
    "N": int,
    "DURATION": Duration,
    "FILE": File,
    "DIR": File,
    "PATH": File,
    "URL": str,
    "NAME": str,
    "WHAT": str,
    "WHICH": str,
    "POLICY": str,
    "LOOP": str,
    "ADDR": str,
    "CHECK": typing.Union[str, typing.Sequence[str]],
    "GOAL": typing.Union[str, typing.Sequence[str]],
    "CHANGE": typing.Union[str, typing.Sequence[str]],
}
# The value may be omitted.
FLAG_OR_VALUE = {"dashboard": typing.Union[bool, str]}
# invoke_all sets these itself.
OWN = {"help", "memory_size", "progress", "stop_at_eof"}


def test_options_are_those_of_the_command(invocator):
    about = invocator(["run", "--help"]).stdout
    options = re.findall(
        r"^  (?:-\w,)?--([a-z0-9-]+)(?: ([A-Z]+)\b)?",
        about,
        re.MULTILINE,
    )
    assert len(options) > 40
    expected = {}
    for name, word in options:
        name = name.replace("-", "_")
        if name not in OWN:
            expected[name] = FLAG_OR_VALUE.get(name, OPTION_TYPES[word])
    assert typing.get_type_hints(RunOptions) == expected
    assert OWN <= {name.replace("-", "_") for name, _ in options}


def test_options_become_words():
    assert arguments(
        (128, 256),
        {
            "http2": True,
            "pin": False,
            "profile": None,
            "out": REPOSITORY,
            "drain": datetime.timedelta(seconds=1.5),
            "threshold": ["ok > 1", "response p99 < 1s"],
            "max_in_flight": 3,
        },
    ) == [
        "--http2",
        f"--out={REPOSITORY}",
        "--drain=1500000us",
        "--threshold=ok > 1",
        "--threshold=response p99 < 1s",
        "--max-in-flight=3",
        "--memory-size=128,256",
    ]


def test_version_is_the_programs(invocator):
    done = invocator(["--version"])
    assert done.stdout == f"invocator {package.__version__}\n"
    assert package.AWSFuncctionInvocator is package.AWSFunctionInvocator


@venv_with("mypy")
def test_types_are_checked(tmp_path):
    """Strictly in the package, and in a user's script."""
    user = tmp_path / "user.py"
    user.write_text(
        "from invocator import AWSFunctionInvocator, Run\n"
        "ivk = AWSFunctionInvocator({'instances': {}})\n"
        "run: Run = ivk.invoke_all([1, 2], drain='1s', threads=2)\n"
        "late: float = run.wait().report.lateness_us.p99\n"
        "ivk.invoke_all(threads='two')\n"
        "ivk.invoke_all(thread=2)\n"
        "run.report.verdict.state == 'kep'\n"
    )
    done = subprocess.run(
        [VENV_PYTHON, "-m", "mypy", "--cache-dir", tmp_path / "cache"]
        # It has pytest.
        + ["--python-executable", "/usr/bin/python3"]
        + ["--config-file", PACKAGE / "pyproject.toml"]
        + ["--strict-equality", PACKAGE / "invocator", user],
        env=environment(),
        cwd=PACKAGE,
        capture_output=True,
        text=True,
    )
    errors = re.findall(r"^(\S+?):(\d+): error: (.*)", done.stdout, re.M)
    assert [(os.path.basename(f), int(n)) for f, n, _ in errors] == [
        ("user.py", 5),
        ("user.py", 6),
        ("user.py", 7),
    ], done.stdout + done.stderr


@venv_with("hatchling")
def test_wheel_has_the_programs_and_types_that_were_put_there(tmp_path):
    source = tmp_path / "python"
    shutil.copytree(
        PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__", "dist")
    )
    (source / "invocator" / "bin").mkdir(exist_ok=True)
    (source / "invocator" / "bin" / "invocator").write_text("a program")
    (source / "invocator" / "bin" / "invocator").chmod(0o755)
    subprocess.run(
        [VENV_PYTHON, "-m", "hatchling", "build", "-t", "wheel"],
        env=environment(),
        cwd=source,
        check=True,
        capture_output=True,
    )
    (wheel,) = (source / "dist").glob("*.whl")
    assert package.__version__ in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        mode = archive.getinfo("invocator/bin/invocator").external_attr >> 16
        (entries,) = [n for n in names if n.endswith("entry_points.txt")]
        text = archive.read(entries).decode()
    assert mode & 0o111
    assert {"invocator/py.typed", "invocator/__init__.py"} <= names
    assert "[pytest11]" in text and "invocator-gateway = " in text
