"""CSV files of a run as tables: of pandas, of polars, or as rows."""

import csv
import importlib
import pathlib
from typing import Any, Callable, Dict, Iterator, Optional

# Columns that are not text; "?" for those with empty fields, which are missing
# values. All other columns whose name ends in a unit of time are numbers, those
# of the timeline counts.
_INVOCATIONS = {
    "instance": "name",
    "sequence": "int",
    "worker": "name",
    "outcome": "name",
    "status": "int",
    "bytes_sent": "int",
    "bytes_received": "int",
    "new_connection": "flag",
    "request_id": "text",
    "cold": "truth",
    "billed_ms": "int?",
    "phase": "name",
}
_TIMELINE = {"instance": "name"}
_TIMES = ("_s", "_us")

_PANDAS = {
    "name": "category",
    "text": "string",
    "int": "int64",
    "int?": "Int64",
    "float": "float64",
    "flag": "int8",
    "truth": "boolean",
}
_TRUTH = {"": None, "true": True, "false": False}
_ROWS: Dict[str, Callable[[str], Any]] = {
    "name": str,
    "text": lambda text: text or None,
    "int": int,
    "int?": lambda text: int(text) if text else None,
    "float": lambda text: float(text) if text else None,
    "flag": lambda text: text == "1",
    "truth": _TRUTH.__getitem__,
}


def read_invocations(path: pathlib.Path, library: Optional[str]) -> Any:
    return _read(path, library, _INVOCATIONS, "text")


def read_timeline(path: pathlib.Path, library: Optional[str]) -> Any:
    return _read(path, library, _TIMELINE, "int")


def _read(
    path: pathlib.Path, library: Optional[str], known: Dict[str, str], rest: str
) -> Any:
    with open(path, newline="", encoding="utf-8") as file:
        header = next(csv.reader(file))
    kinds = {
        name: known.get(name) or ("float" if name.endswith(_TIMES) else rest)
        for name in header
    }
    readers = {"pandas": _pandas, "polars": _polars, "rows": _rows}
    if library is not None and library not in readers:
        raise ValueError(f"library: {library!r} is none of {list(readers)}")
    for name, read in readers.items():
        if library == name:
            return read(path, kinds)
        if library is None:
            try:
                return read(path, kinds)
            except ModuleNotFoundError as error:
                if error.name != name:
                    raise
    raise AssertionError("rows need no library")


def _pandas(path: pathlib.Path, kinds: Dict[str, str]) -> Any:
    pandas = importlib.import_module("pandas")
    table = pandas.read_csv(
        path,
        dtype={name: _PANDAS[kind] for name, kind in kinds.items()},
        # An instance may have the name "NA".
        keep_default_na=False,
        na_values={
            name: [""]
            for name, kind in kinds.items()
            if kind in ("int?", "float", "text", "truth")
        },
    )
    flags = [name for name, kind in kinds.items() if kind == "flag"]
    return table.astype({name: bool for name in flags})


def _polars(path: pathlib.Path, kinds: Dict[str, str]) -> Any:
    polars = importlib.import_module("polars")
    types = {
        "name": polars.String,
        "text": polars.String,
        "int": polars.Int64,
        "int?": polars.Int64,
        "float": polars.Float64,
        "flag": polars.Int8,
        "truth": polars.Boolean,
    }
    table = polars.read_csv(
        path,
        schema_overrides={name: types[kind] for name, kind in kinds.items()},
    )
    flags = [name for name, kind in kinds.items() if kind == "flag"]
    names = [name for name, kind in kinds.items() if kind == "name"]
    return table.with_columns(
        polars.col(flags).cast(polars.Boolean),
        polars.col(names).fill_null("").cast(polars.Categorical),
    )


def _rows(
    path: pathlib.Path, kinds: Dict[str, str]
) -> Iterator[Dict[str, Any]]:
    names = list(kinds)
    converters = [_ROWS[kind] for kind in kinds.values()]
    with open(path, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        next(lines)
        for line in lines:
            yield {
                name: convert(text)
                for name, convert, text in zip(names, converters, line)
            }
