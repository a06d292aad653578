"""Passes a workload to the command: as a path or as a descriptor."""

import contextlib
import fcntl
import json
import os
import tempfile
from typing import Any, Iterator, List, Mapping, Tuple, Union

Workload = Union[str, "os.PathLike[str]", Mapping[str, Any]]


class WorkloadSource:
    """A path, or a mapping as of construction. A mapping reaches the command
    through an unnamed file: secrets in it do not appear on the command line.
    File names in it are relative to the working folder."""

    def __init__(self, workload: Workload) -> None:
        if isinstance(workload, Mapping):
            self._text = json.dumps(dict(workload), default=_plain).encode()
            self._path = ""
        else:
            self._text = b""
            self._path = os.fspath(workload)
            # "-" would be standard input, other words an option.
            if self._path.startswith("-"):
                self._path = os.path.join(".", self._path)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Tuple[str, List[int]]]:
        """Yields (path for the command line, descriptors to pass on)."""
        if self._path:
            yield self._path, []
            return
        with _private_file() as file:
            file.write(self._text)
            file.flush()
            # 0 to 2, if closed here, are the program's standard streams.
            number = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, 3)
            try:
                yield f"/dev/fd/{number}", [number]
            finally:
                os.close(number)


def _private_file() -> Any:
    """Returns an unnamed file of mode 0600. The results of a workload that only
    its owner can read are readable only by the owner, too."""
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
    if hasattr(value, "tolist"):  # of numpy or pandas
        return value.tolist()
    raise TypeError(f"{value!r} has no JSON form")
