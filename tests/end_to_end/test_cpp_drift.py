"""The C++ library's structs and options, held against what they repeat: the
summary's schema and the command's help."""

import json
import re

from conftest import REPOSITORY


def properties(schema, node):
    """Names of an object's properties, through references."""
    while "$ref" in node or "allOf" in node:
        target = node.get("$ref") or node["allOf"][0]["$ref"]
        node = schema
        for step in target.removeprefix("#/").split("/"):
            node = node[step]
    return set(node["properties"])


def test_the_structs_have_every_key_of_the_schema():
    with open(
        REPOSITORY / "coordinator" / "report" / "summary.schema.json"
    ) as file:
        schema = json.load(file)
    source = (
        REPOSITORY / "coordinator" / "api" / "summary_structs.cc"
    ).read_text()
    read = {}
    for name, body in re.findall(
        r"\b(?:void|Summary) Read(?:Calls|Summary)?\(const Json& \w+"
        r"(?:,\s+(\S+)& value)?\) \{\n(.*?)\n\}",
        source, re.DOTALL,
    ):
        read.setdefault(name or "Summary", set()).update(
            re.findall(r'"(\w+)",\s+value\.', body)
        )
    definitions = schema["definitions"]
    instance_ = definitions["instance"]["properties"]
    worker = definitions["worker"]["properties"]
    cost = definitions["cost"]["properties"]
    for name, node in {
        "Latencies": definitions["latencies"],
        "PhaseCounts": instance_["warmup"],
        "FailureSummary": definitions["failure"],
        "FirstFailure": definitions["failure"]["properties"]["first"],
        "InstanceSummary": definitions["instance"],
        "InstanceSummary::Rates": instance_["rate_per_s"],
        "ColdStartCounts": instance_["cold_starts"],
        "WarmthLatencies": instance_["cold"],
        "BilledSums": instance_["billed"],
        "InstanceSummary::Digest": instance_["schedule_digest"],
        "WorkerSummary::Connections": worker["connections"],
        "WorkerSummary::Engine": worker["engines"]["items"],
        "MemorySummary": definitions["memory"],
        "CostSummary": definitions["cost"],
        "CostSummary::Durations": cost["durations"],
        "CostSummary::Item": definitions["cost_item"],
        "CostSummary::Prices": cost["prices"],
        "ThresholdSummary": definitions["threshold"],
        "GoalSummary": definitions["goal"],
        "GoalSummary::Look": definitions["goal"]["properties"]["looks"][
            "items"
        ],
        "Summary::Verdict": schema["properties"]["verdict"],
        "VersionsSummary": definitions["versions"],
    }.items():
        assert read[name] == properties(schema, node), name
    counts = read["PhaseCounts"] - {"cold"}
    assert read["WorkerSummary"] | counts == set(worker)
    assert read["Summary"] | read["InstanceSummary"] == set(
        schema["properties"]
    )


def test_the_options_are_the_commands(invocator):
    told = invocator(["run", "--help"]).stdout
    options = set(re.findall(r"^ +(?:-h,)?(--[a-z0-9-]+)", told, re.MULTILINE))
    assert len(options) > 40
    header = (
        REPOSITORY / "coordinator" / "api" / "invoke_types.h"
    ).read_text()
    struct = re.search(
        r"struct InvokeOptions \{(.*?)\n\};", header, re.DOTALL
    ).group(1)
    fields = set(re.findall(r"(\w+) = ", struct))
    # For a terminal or a separate process only.
    options -= {"--help", "--yes", "--progress", "--stop-at-eof"}
    spelled = {
        "--memory-size": "memory_size_mb",
        "--no-report": "write_report_html",
        "--no-restore-memory": "restore_memory",
        "--no-spin": "spin",
        "--stop-on": "stop_on_auth_error",
        "--threshold": "thresholds",
    }
    wanted = {
        spelled.get(o, o.removeprefix("--").replace("-", "_"))
        for o in options
    }
    assert wanted - fields == set()
    assert fields - wanted == {
        "keep_memory_size", "record_ratio",
        "on_message", "on_progress", "on_invocation",
    }
