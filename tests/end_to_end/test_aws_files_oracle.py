"""The tables that the parsers of AWS's files are held to (by unit tests), held
against botocore and Python themselves."""

import json
import os
import shlex

import botocore.exceptions
import botocore.session
import pytest

from conftest import REPOSITORY

TESTDATA = REPOSITORY / "tests" / "testdata"
PROFILES = json.loads((TESTDATA / "aws_profiles.json").read_text())
COMMAND_LINES = json.loads((TESTDATA / "command_lines.json").read_text())


def flat(value):
    """A nested value as it is in the file."""
    if isinstance(value, dict):
        return "".join(f"\n{k} = {v}" for k, v in value.items())
    return value


def botocore_profile(tmp_path, monkeypatch, case):
    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, variable in [
        ("config", "AWS_CONFIG_FILE"),
        ("credentials", "AWS_SHARED_CREDENTIALS_FILE"),
    ]:
        path = tmp_path / name
        path.write_text(case[name], encoding="utf-8", newline="")
        monkeypatch.setenv(variable, str(path))
    try:
        profiles = botocore.session.Session().full_config["profiles"]
    except botocore.exceptions.ConfigParseError:
        return "error"
    profile = profiles.get(case["profile"])
    return profile and {key: flat(value) for key, value in profile.items()}


@pytest.mark.parametrize("case", PROFILES, ids=lambda case: case["name"])
def test_botocore_reads_what_the_table_says(case, tmp_path, monkeypatch):
    expected = case["expect"]
    if case["botocore"] != "same":
        assert case["botocore"]["differs"]
        expected = case["botocore"]["expect"]
        assert expected != case["expect"]
    found = botocore_profile(tmp_path, monkeypatch, case)
    assert (found or None) == (expected or None)


@pytest.mark.parametrize("case", COMMAND_LINES, ids=lambda case: case["line"])
def test_shlex_splits_as_the_table_says(case):
    try:
        words = shlex.split(case["line"])
    except ValueError:
        words = None
    assert words == case["words"]
