"""Invocator, an open-loop load generator for serverless functions.

    from invocator import AWSFunctionInvocator

    ivk = AWSFunctionInvocator("workload.json")
    run = ivk.invoke_all(memory_size=256)
    print(run.wait().report.response_us.p99)
"""

from . import _exit as _exit
from ._errors import (
    BadInput,
    Crashed,
    Interrupted,
    InvocatorError,
    NotCarriedOut,
    ProgramNotFound,
    RunError,
    ScheduleNotKept,
    ThresholdMissed,
)
from ._gateway import Gateway
from ._invocator import AWSFunctionInvocator
from ._options import RunOptions
from ._progress import Progress
from ._results import Results
from ._run import Run
from .report import Report

__version__ = "0.1.0"

# The spelling in the original project's documentation.
AWSFuncctionInvocator = AWSFunctionInvocator

__all__ = [
    "AWSFuncctionInvocator",
    "AWSFunctionInvocator",
    "BadInput",
    "Crashed",
    "Gateway",
    "Interrupted",
    "InvocatorError",
    "NotCarriedOut",
    "ProgramNotFound",
    "Progress",
    "Report",
    "Results",
    "Run",
    "RunError",
    "RunOptions",
    "ScheduleNotKept",
    "ThresholdMissed",
]
