"""Finds the programs: invocator, invocator-worker, invocator-gateway."""

import os
import pathlib
import shutil
import sys
from typing import NoReturn, Optional

from ._errors import ProgramNotFound

_OWN_BIN = pathlib.Path(__file__).parent / "bin"


def find_program(name: str) -> str:
    """Looks in this package, then in $INVOCATOR_BIN_DIR, then in $PATH."""
    own = _OWN_BIN / name
    if _is_program(own):
        return str(own)
    folder = os.environ.get("INVOCATOR_BIN_DIR")
    if folder and _is_program(pathlib.Path(folder, name)):
        return os.path.abspath(os.path.join(folder, name))
    on_path = _on_path(name)
    if on_path:
        return on_path
    raise ProgramNotFound(
        f"{name} is not in {_OWN_BIN}, $INVOCATOR_BIN_DIR "
        f"({folder or 'not set'}) or $PATH: build it with scripts/build.sh, "
        "then set INVOCATOR_BIN_DIR to the folder of the programs"
    )


def _is_program(path: pathlib.Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _on_path(name: str) -> Optional[str]:
    for folder in os.get_exec_path():
        found = shutil.which(name, path=folder)
        if found and not _is_this_packages_script(found):
            return os.path.abspath(found)
    return None


def _is_this_packages_script(path: str) -> bool:
    """pip installs scripts with the programs' names that call this module: they
    would find and execute themselves forever."""
    with open(path, "rb") as file:
        head = file.read(1024)
    return head.startswith(b"#!") and b"invocator._programs" in head


def _become(name: str) -> NoReturn:
    try:
        path = find_program(name)
    except ProgramNotFound as error:
        sys.exit(f"{name}: {error}")
    os.execv(path, [name, *sys.argv[1:]])


def run_invocator() -> NoReturn:
    _become("invocator")


def run_worker() -> NoReturn:
    _become("invocator-worker")


def run_gateway() -> NoReturn:
    _become("invocator-gateway")
