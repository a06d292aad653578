"""The entry point: plays a workload."""

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

    workload: path of a workload file, or its content as a mapping; file names
    in a mapping are relative to the working folder.
    env: changes to the environment of the runs; None removes a variable.
    Credentials are found as by the command: in the environment, in AWS's files.
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
        """Starts a run of the workload and returns at once.

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
