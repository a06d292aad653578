"""Reads a run's CSV files into pandas, polars or rows."""

import csv
import importlib
import itertools
import pathlib
from typing import Any, Callable, Dict, Iterator, Optional

from ._errors import InvocatorError

# Kinds of columns. Empty fields of "text", "truth" and kinds with "?" are
# missing values. Other columns are numbers if their name ends in _s or _us;
# else text in invocations.csv, counts in timeline.csv.
_INVOCATIONS = {
    "first_byte_s": "float?",
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
_TIMELINE = {"instance": "name", "start_s": "float", "width_s": "float"}

_PANDAS = {
    "name": "category",
    "text": "string",
    "int": "int64",
    "int?": "Int64",
    "float": "float64",
    "float?": "float64",
    "flag": "int8",
    "truth": "boolean",
}
_ROWS_AT_ONCE = 1000
_TRUTH = {"": None, "true": True, "false": False}
_ROWS: Dict[str, Callable[[str], Any]] = {
    "text": lambda text: text or None,
    "int": int,
    "int?": lambda text: int(text) if text else None,
    "float": float,
    "float?": lambda text: float(text) if text else None,
    "flag": "1".__eq__,
    "truth": _TRUTH.__getitem__,
}


def read_invocations(path: pathlib.Path, library: Optional[str]) -> Any:
    return _read(path, library, _INVOCATIONS, "float", "text")


def read_timeline(path: pathlib.Path, library: Optional[str]) -> Any:
    return _read(path, library, _TIMELINE, "float?", "int")


def _read(
    path: pathlib.Path,
    library: Optional[str],
    known: Dict[str, str],
    times: str,
    rest: str,
) -> Any:
    with open(path, newline="", encoding="utf-8") as file:
        header = next(csv.reader(file), [])
    if not header:
        raise InvocatorError(f"{path}: is empty")
    kinds = {
        name: known.get(name)
        or (times if name.endswith(("_s", "_us")) else rest)
        for name in header
    }
    readers = {"pandas": _pandas, "polars": _polars, "rows": _rows}
    if library is not None and library not in readers:
        raise ValueError(f"library: {library!r} is not one of {list(readers)}")
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
        # An instance may be named "NA".
        keep_default_na=False,
        na_values={
            name: [""]
            for name, kind in kinds.items()
            if kind in ("int?", "float?", "text", "truth")
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
        "float?": polars.Float64,
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
    converters = [_ROWS.get(kind) for kind in kinds.values()]
    with open(path, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        next(lines)
        # Converting whole columns is a third faster than single fields.
        while some := list(itertools.islice(lines, _ROWS_AT_ONCE)):
            columns = [
                map(convert, column) if convert else column
                for convert, column in zip(converters, zip(*some))
            ]
            for row in zip(*columns):
                yield dict(zip(names, row))
