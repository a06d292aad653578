"""Ends or awaits the loads that still play at the end of a script.

A script that ends normally waits for its loads. If an exception ends it, or an
interactive session ends, the loads are stopped. Gateways stop after the loads,
which may need them.
"""

import atexit
import sys

from ._gateway import stop_gateways
from ._run import end_runs


@atexit.register
def _end_of_script() -> None:
    # The interpreter sets last_value if an exception ended the script, and ps1
    # in an interactive session.
    failed = hasattr(sys, "last_value") or hasattr(sys, "ps1")
    try:
        try:
            end_runs(wait=not failed)
        except KeyboardInterrupt:
            end_runs(wait=False)
            raise
    finally:
        stop_gateways()
