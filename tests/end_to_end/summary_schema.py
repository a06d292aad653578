"""summary.schema.json, held against every summary that the tests read."""

import functools
import json
import pathlib

import jsonschema

SCHEMA = (
    pathlib.Path(__file__).resolve().parents[2]
    / "coordinator/report/summary.schema.json"
)
# Instances that are looked at, at each end of a summary: one takes a
# millisecond.
MOST = 100


@functools.cache
def validator():
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def complaint(summary):
    """What the schema has against a summary, with its place; or None."""
    instances = list(summary.get("instances", {}).items())
    if len(instances) > 2 * MOST:
        ends = instances[:MOST] + instances[-MOST:]
        summary = summary | {"instances": dict(ends)}
    error = jsonschema.exceptions.best_match(validator().iter_errors(summary))
    return error and f"{error.json_path}: {error.message[:1000]}"


def check_summary(summary):
    assert complaint(summary) is None
