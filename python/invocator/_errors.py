"""Errors, and their exit codes of `invocator run`."""

from typing import Dict, List, Optional, Sequence, Tuple, Type


class InvocatorError(Exception):
    """Base of all errors of this package."""


class ProgramNotFound(InvocatorError):
    """A program is not installed, or cannot be started."""


class RunError(InvocatorError):
    """A run that failed.

    exit_code: of the command; negative for the signal that ended it.
    messages: what the command printed on stderr, line by line.
    """

    def __init__(
        self, text: str, exit_code: int, messages: Sequence[str]
    ) -> None:
        super().__init__(text)
        self.exit_code = exit_code
        self.messages = list(messages)

    def __reduce__(
        self,
    ) -> Tuple[Type["RunError"], Tuple[str, int, List[str]]]:
        # A process pool pickles the errors of its workers.
        return type(self), (str(self), self.exit_code, self.messages)


class BadInput(RunError):
    """Bad usage or workload: nothing was sent (exit code 2)."""


class NotCarriedOut(RunError):
    """The run was not carried out, results were lost or not written, or a
    memory size was not in force throughout (exit code 3)."""


class Crashed(RunError):
    """The command was ended by a signal or had an undocumented exit code."""


class ScheduleNotKept(RunError):
    """The generator did not keep the schedule (exit code 4, with
    require_kept)."""


class ThresholdMissed(RunError):
    """A threshold was missed or had no data (exit code 5)."""


class Interrupted(RunError):
    """The run was cancelled or interrupted (exit code 130)."""


INTERRUPTED = 130
# Errors only with `check`.
_CHECKED: Dict[int, Type[RunError]] = {
    4: ScheduleNotKept,
    5: ThresholdMissed,
    INTERRUPTED: Interrupted,
}
_ALWAYS: Dict[int, Type[RunError]] = {2: BadInput, 3: NotCarriedOut}


def error_of(
    exit_code: int, messages: Sequence[str], check: bool
) -> Optional[RunError]:
    """The error of an exit code, with the command's messages as text."""
    if exit_code == 0 or (exit_code in _CHECKED and not check):
        return None
    kind = (_CHECKED if check else {}).get(exit_code) or _ALWAYS.get(exit_code)
    words = "\n".join(messages)
    if kind is not None:
        # A cancelled run may end before it says anything.
        text = words or f"ended with exit code {exit_code}"
        return kind(text, exit_code, messages)
    how = (
        f"was ended by signal {-exit_code}"
        if exit_code < 0
        else f"ended with exit code {exit_code}"
    )
    text = f"invocator {how}" + (f" after:\n{words}" if words else "")
    return Crashed(text, exit_code, messages)
