"""Tables of a run in Python: values, types, and the time for a million rows."""

import csv

import pytest
from conftest import not_sanitized
from python_package import VENV_PYTHON, run_script, venv_with
from results import HEADER

from invocator import InvocatorError, Results

# Names and ids that a CSV reader might misinterpret.
ROWS = [
    ["NA", 0, "w,1", 0.1, 0.100000123, 0.2, 0.3, 0.123, 199999.877, 200000.0,
     "ok", 200, 10, 20, 1, "0012345", "true", 7],
    ["null", 1, "NaN", 0.2, 0.2, "", 0.25, 0.0, 50000.0, 50000.0,
     "connect_error", 0, 0, 0, 0, "", "", ""],
    ["1", 2, "w", 0.3, 0.3, 0.35, 0.4, 0.0, 1e5, 1e5,
     "http_error", 500, 10, 20, 0, "1e5", "false", 0],
]  # fmt: skip
MILLION = 1_000_000
WITHIN_S = 10


def write(folder, rows, header=HEADER):
    with open(folder / "invocations.csv", "w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(header.split(","))
        lines.writerows(rows)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    write(folder, [row + ["measured"] for row in ROWS], f"{HEADER},phase")
    (folder / "timeline.csv").write_text(
        "start_s,width_s,instance,planned,response_p99_us,timeout\n"
        "0.0,0.1,,3,1.5,1\n0.0,0.1,NA,2,,0\n"
    )
    return folder


def test_rows(small):
    first, second, third = Results(small).invocations("rows")
    assert (first["instance"], first["worker"]) == ("NA", "w,1")
    assert first["sent_s"] == 0.100000123
    assert (first["new_connection"], first["cold"]) == (True, True)
    assert (first["request_id"], first["billed_ms"]) == ("0012345", 7)
    assert second["first_byte_s"] is second["request_id"] is None
    assert second["cold"] is second["billed_ms"] is None
    assert second["new_connection"] is False
    assert (third["cold"], third["billed_ms"]) == (False, 0)
    assert third["phase"] == "measured"
    whole, part = Results(small).timeline("rows")
    assert whole == {
        "start_s": 0.0, "width_s": 0.1, "instance": "", "planned": 3,
        "response_p99_us": 1.5, "timeout": 1,
    }  # fmt: skip
    assert part["instance"] == "NA" and part["response_p99_us"] is None


def test_a_library_that_is_none_and_files_that_are_not_there(small, tmp_path):
    with pytest.raises(ValueError, match="'numpy' is not one of"):
        Results(small).invocations("numpy")
    with pytest.raises(FileNotFoundError):
        Results(tmp_path).invocations()
    with pytest.raises(InvocatorError, match="summary.json: No such file"):
        Results(tmp_path).report
    (tmp_path / "summary.json").write_text('{"planned": 1}')
    with pytest.raises(InvocatorError, match="not a summary of this version"):
        Results(tmp_path).report


# The same facts for each library.
FACTS = """
    import sys
    from invocator import Results
    results = Results(sys.argv[1])
    table = results.invocations({library!r})
    assert type(table).__module__.startswith({library!r}), type(table)
    columns = {{name: list(table[name]) for name in table.columns}}
    assert columns["instance"] == ["NA", "null", "1"]
    assert columns["worker"] == ["w,1", "NaN", "w"]
    assert columns["request_id"][::2] == ["0012345", "1e5"]
    assert columns["new_connection"] == [True, False, False]
    assert columns["cold"][::2] == [True, False]
    assert columns["billed_ms"][::2] == [7, 0]
    assert columns["status"] == [200, 0, 500]
    assert columns["sent_s"][0] == 0.100000123
    for name in ("first_byte_s", "request_id", "cold", "billed_ms"):
        missing = {missing}
        assert missing == [False, True, False], name
    assert sum(table["response_us"]) == 350000.0
    bins = results.timeline({library!r})
    assert list(bins["instance"]) == ["", "NA"]
    assert list(bins["timeout"]) == [1, 0]
    assert sum(bins["planned"]) == 5
    print(results.invocations().__class__.__module__)
"""
MISSING = {
    "pandas": "list(table[name].isna())",
    "polars": "list(table[name].is_null())",
}


@venv_with("pandas", "polars")
@pytest.mark.parametrize("library", MISSING)
def test_tables_of_libraries(small, tmp_path, library):
    text = FACTS.format(library=library, missing=MISSING[library])
    out = run_script(text, tmp_path, small, python=VENV_PYTHON)
    assert out.startswith("pandas")  # preferred if both are installed


@pytest.fixture(scope="module")
def million(tmp_path_factory):
    folder = tmp_path_factory.mktemp("million")
    rows = [
        [f"instance{n % 7}", n, "w1", f"{n / 100:.9f}", f"{n / 100 + 1e-4:.9f}",
         f"{n / 100 + 0.02:.9f}", f"{n / 100 + 0.0201:.9f}", "100.000",
         "20000.123", "20100.123", "ok", 200, 120, 45, n % 2,
         f"{n:08x}-1234-4abc-9def-0123456789ab", "false", 20]
        for n in range(10_000)
    ]  # fmt: skip
    write(folder, rows)
    path = folder / "invocations.csv"
    head, _, body = path.read_text().partition("\n")
    path.write_text(head + "\n" + body * (MILLION // len(rows)))
    return folder


READ = """
    import sys, time
    from invocator import Results
    start = time.process_time()  # other processes may be busy
    table = Results(sys.argv[1]).invocations(sys.argv[2])
    count = sum(1 for _ in table) if sys.argv[2] == "rows" else len(table)
    print(count, time.process_time() - start)
"""


@not_sanitized
@pytest.mark.parametrize(
    "library",
    [
        pytest.param("pandas", marks=venv_with("pandas")),
        pytest.param("polars", marks=venv_with("polars")),
        "rows",
    ],
)
def test_a_million_calls_are_read_within_seconds(million, tmp_path, library):
    python = {} if library == "rows" else {"python": VENV_PYTHON}
    out = run_script(READ, tmp_path, million, library, **python)
    count, seconds = out.split()
    assert int(count) == MILLION
    assert float(seconds) < WITHIN_S
