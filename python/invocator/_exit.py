"""The end of a script, with loads that still play.

A script may end with invoke_all: its load is played to the end. One that an
exception ends, and an interactive session, end their loads. Gateways stop after
the loads, which may need them.
"""

import atexit
import sys

from ._gateway import stop_gateways
from ._run import end_runs


@atexit.register
def _end_of_script() -> None:
    # The interpreter keeps an exception that ended the script; a prompt is
    # interactive.
    failed = hasattr(sys, "last_value") or hasattr(sys, "ps1")
    try:
        end_runs(wait=not failed)
    finally:
        stop_gateways()
