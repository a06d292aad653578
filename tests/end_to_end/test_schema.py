"""workload.schema.json against every example and every bad workload.

The files are made strict by a routine of this test's own, and validated by
Debian's python3-jsonschema; tests/bad_workloads_test.cc holds the program to the
same files, so that schema and program cannot drift apart.
"""

import json
import math
import pathlib
import re

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BAD = sorted((ROOT / "tests/testdata/bad_workloads").glob("*.json"))
# Payloads of examples are JSON files too, but no workloads.
EXAMPLES = [p for p in sorted((ROOT / "examples").glob("*.json"))
            if p.name != "poisson.json"]

# A string, kept; or a comment; or a comma before a closing bracket.
RELAXED = re.compile(
    r'(?P<keep>"(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
TRAILING = re.compile(
    r'(?P<keep>"(?:\\.|[^"\\])*")|(?<=[\]}"\w])(?P<gap>\s*),(?=\s*[\]}])')


def strict_json(text):
    text = RELAXED.sub(lambda m: m.group("keep") or " ", text)
    return TRAILING.sub(lambda m: m.group("keep") or m.group("gap"), text)


def refuse(word):
    raise ValueError(word + " is not JSON")


def finite(digits):
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(digits + " is too large")
    return value


def load(path):
    return json.loads(strict_json(path.read_text(encoding="utf-8")),
                      parse_constant=refuse, parse_float=finite)


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((ROOT / "coordinator/workload/workload.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_there_are_examples_and_bad_workloads():
    assert len(EXAMPLES) >= 4
    assert len(BAD) >= 50


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_example_is_valid(validator, path):
    validator.validate(load(path))


@pytest.mark.parametrize("path", BAD, ids=lambda p: p.stem)
def test_bad_workload_is_refused_where_a_schema_can_know(validator, path):
    word = re.search(r"^// schema: (.*)$", path.read_text(), re.M).group(1)
    if word == "not json":
        with pytest.raises(ValueError):
            if depth(load(path)) > 64:
                raise ValueError("nested too deep")
        return
    assert word in ("refuses", "accepts")
    assert validator.is_valid(load(path)) == (word == "accepts")


def depth(value):
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return 0
    return 1 + max(map(depth, value), default=0)


@pytest.mark.parametrize("relaxed, value", [
    ('{"a": [1, 2,], }', {"a": [1, 2]}),
    ('["//", "/*", ",]", "\\",]",] // x', ["//", "/*", ",]", '",]']),
    ('/* , */ [1 /* ] */ , // ]\n ]', [1]),
])
def test_strict_json_keeps_strings_and_values(relaxed, value):
    assert json.loads(strict_json(relaxed)) == value


@pytest.mark.parametrize("change", [
    {"test_duration_in_seconds": True},
    {"random_seed": "1"},
    {"blocking_cli": 1},
    {"instances": {}},
])
def test_schema_refuses_changes_of_a_good_workload(validator, change):
    workload = load(ROOT / "examples/original.json")
    assert validator.is_valid(workload)
    assert not validator.is_valid({**workload, **change})
