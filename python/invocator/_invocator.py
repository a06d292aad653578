"""The entry point: a workload that can be invoked."""

import os
from typing import TYPE_CHECKING, Mapping, Optional

from ._options import MemorySize, RunOptions, arguments
from ._programs import find_program
from ._run import Run
from ._workload import Workload, WorkloadSource

if TYPE_CHECKING:
    from typing_extensions import Unpack


class AWSFunctionInvocator:
    """Invokes functions as a workload specifies.

    workload: path of a workload file, or the same as a mapping, whose paths are
    relative to the working folder.
    env: changes to the environment, for the runs alone; None removes a
    variable. Credentials come from there, and from the files of AWS's tools.
    """

    def __init__(
        self,
        workload: Workload,
        *,
        env: Optional[Mapping[str, Optional[str]]] = None,
    ) -> None:
        self._source = WorkloadSource(workload)
        self._env = dict(env or {})

    def invoke_all(
        self, memory_size: MemorySize = 128, **options: "Unpack[RunOptions]"
    ) -> Run:
        """Starts to play the workload and returns at once.

        memory_size: MB of every signed function during the run; a sequence
        plays the workload once with each; "keep" changes no function.
        options: those of `invocator run`, see RunOptions. Errors in them and in
        the workload are raised by Run.wait().
        """
        environment = {**os.environ, **self._env}
        with self._source.opened() as (path, descriptors):
            return Run(
                [
                    *(find_program("invocator"), "run", path),
                    *("--progress", "json", "--stop-at-eof"),
                    *arguments(memory_size, options),
                ],
                {k: v for k, v in environment.items() if v is not None},
                descriptors,
            )
