"""A workload as the command reads it: the path of a file, or a descriptor."""

import contextlib
import json
import os
import pathlib
import tempfile
from typing import Any, Dict, Iterator, List, Mapping, Tuple, Union

Workload = Union[str, "os.PathLike[str]", Mapping[str, Any]]

# Keys of an instance that hold a path.
_PATHS = ("payload", "param_file")


class WorkloadSource:
    """A workload as of its construction. A mapping reaches the command through
    memory: secrets in it reach neither disk nor command line."""

    def __init__(self, workload: Workload) -> None:
        if isinstance(workload, Mapping):
            document = _with_absolute_paths(workload)
            self._text = json.dumps(document, default=_plain).encode()
            self._path = ""
        else:
            self._text = b""
            self._path = os.fspath(workload)
            # "-" would be standard input, other words an option.
            if self._path.startswith("-"):
                self._path = os.path.join(".", self._path)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Tuple[str, List[int]]]:
        """(path for the command line, descriptors that the command needs)"""
        if self._path:
            yield self._path, []
            return
        with _private_file() as file:
            file.write(self._text)
            file.flush()
            yield f"/dev/fd/{file.fileno()}", [file.fileno()]


def _private_file() -> Any:
    """A nameless file with mode 0600, from which the results inherit their
    protection."""
    if hasattr(os, "memfd_create"):
        file = open(os.memfd_create("workload"), "w+b")
        os.fchmod(file.fileno(), 0o600)
        return file
    return tempfile.TemporaryFile()


def _plain(value: object) -> object:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} is not of JSON")


def _with_absolute_paths(workload: Mapping[str, Any]) -> Dict[str, Any]:
    """Paths in a mapping are relative to the working folder."""
    document = dict(workload)
    instances = document.get("instances")
    if isinstance(instances, Mapping):
        document["instances"] = {
            name: _instance(keys) for name, keys in instances.items()
        }
    return document


def _instance(keys: Any) -> Any:
    if not isinstance(keys, Mapping):
        return keys  # the command reports it
    return {
        key: _absolute(value) if key in _PATHS else value
        for key, value in keys.items()
    }


def _absolute(path: Any) -> Any:
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        return path
    return str(pathlib.Path(path).absolute())
