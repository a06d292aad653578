"""A child process that ends when this process does."""

import concurrent.futures
import io
import os
import signal
import subprocess
import threading
from typing import (
    IO,
    Any,
    Callable,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from ._errors import INTERRUPTED, InvocatorError, ProgramNotFound

# After the grace of `stop`: for aborting calls and restoring memory sizes.
END_WITHIN_S = 30.0
# After a signal: children of a killed program may keep its pipes open.
LAST_WORDS_WITHIN_S = 1.0

_lock = threading.Lock()
_lifelines: Set[IO[bytes]] = set()


def _close_in_forked_child() -> None:
    for lifeline in tuple(_lifelines):
        lifeline.close()
    _lifelines.clear()
    _lock.release()


# A forked child has copies of all descriptors. They must not keep a load alive
# after its owner has ended.
os.register_at_fork(
    before=_lock.acquire,
    after_in_parent=_lock.release,
    after_in_child=_close_in_forked_child,
)


def open_lifeline() -> Tuple[int, IO[bytes]]:
    """Returns (read end for the program, write end for this process). Other
    child processes inherit neither."""
    with _lock:
        readable, writable = os.pipe()
        lifeline = open(writable, "wb", buffering=0)
        _lifelines.add(lifeline)
    return readable, lifeline


def let_go(lifeline: IO[bytes]) -> None:
    """Ends the standard input of the lifeline's program."""
    _lifelines.discard(lifeline)
    lifeline.close()


def start_program(
    command: Sequence[str], **options: Any
) -> Tuple["subprocess.Popen[Any]", IO[bytes]]:
    """(process, lifeline): a program in a session of its own, with a pipe for
    its stdout, whose standard input ends with the lifeline. options: those of
    Popen."""
    readable, lifeline = open_lifeline()
    try:
        process = subprocess.Popen(
            command,
            stdin=readable,
            stdout=subprocess.PIPE,
            start_new_session=True,
            **options,
        )
    except OSError as error:
        let_go(lifeline)
        raise ProgramNotFound(
            f"{command[0]} cannot be started: {error.strerror}"
        ) from error
    except BaseException:
        let_go(lifeline)
        raise
    finally:
        os.close(readable)
    return process, lifeline


class Child:
    """A program whose standard input ends when this process ends, even by
    SIGKILL. Thread-safe.

    ended: future of the exit code; negative for a signal.
    text: its stdout, once it has ended.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        descriptors: Sequence[int],
        on_line: Callable[[str], None],
        on_end: Callable[[], None],
    ) -> None:
        """Threads call on_line(line) for each line of stderr, and on_end() just
        before `ended` is set. They reference both until then."""
        self.ended: "concurrent.futures.Future[int]" = (
            concurrent.futures.Future()
        )
        self.ended.set_running_or_notify_cancel()  # nobody can cancel it
        self.text = ""
        self._owner = os.getpid()
        # In a new session. Otherwise Ctrl-C at the terminal would reach all
        # loads of this process, even if it is meant for a cell or a loop, and
        # the signal of ask_to_stop would count as the second, which ends the
        # drain.
        self._process, self._lifeline = start_program(
            command, env=env, stderr=subprocess.PIPE, pass_fds=descriptors
        )
        readers = [
            self._start(self._read_stdout),
            self._start(self._read_stderr, on_line),
        ]
        self._start(self._supervise, readers, on_end)

    @staticmethod
    def _start(body: Callable[..., None], *args: object) -> threading.Thread:
        # A daemon: _exit.py ends the loads at the end of the script.
        thread = threading.Thread(
            target=body, args=args, name="invocator", daemon=True
        )
        thread.start()
        return thread

    def _read_stdout(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            self.text = stdout.read().decode("utf-8", "replace")

    def _read_stderr(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stderr is not None
        with io.TextIOWrapper(
            self._process.stderr, "utf-8", errors="replace"
        ) as stderr:
            for line in stderr:
                on_line(line.rstrip("\n"))

    def _supervise(
        self, readers: List[threading.Thread], on_end: Callable[[], None]
    ) -> None:
        exit_code = self._process.wait()
        patience_s = LAST_WORDS_WITHIN_S if exit_code < 0 else END_WITHIN_S
        # The signal arrived before the program had its handlers.
        if -exit_code in (signal.SIGINT, signal.SIGTERM):
            exit_code = INTERRUPTED
        for reader in readers:
            reader.join(patience_s)
        let_go(self._lifeline)
        on_end()
        self.ended.set_result(exit_code)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_inherited(self) -> bool:
        """Whether this process is a fork of the one that started it."""
        return os.getpid() != self._owner

    def _check_owner(self) -> None:
        if self.is_inherited:
            raise InvocatorError("the run belongs to another process")

    def signal(self, number: int) -> None:
        """Has no effect once the program has ended."""
        self._check_owner()
        self._process.send_signal(number)

    def ask_to_stop(self) -> None:
        """Sends SIGTERM: background processes of a shell ignore SIGINT, and
        their children inherit that."""
        self.signal(signal.SIGTERM)

    def stop_within(self, grace_s: float) -> None:
        """Sends a second SIGTERM after the grace, and SIGKILL if the program
        still does not end; returns when it has ended. REQUIRES: ask_to_stop
        was called."""
        if not self.wait(grace_s):
            self.signal(signal.SIGTERM)
            if not self.wait(END_WITHIN_S):
                self.signal(signal.SIGKILL)
                self.wait(None)

    def wait(self, timeout_s: Optional[float]) -> bool:
        """Waits for the end; returns whether the program has ended."""
        if not self.ended.done():
            self._check_owner()
        if timeout_s is not None:
            timeout_s = min(timeout_s, threading.TIMEOUT_MAX)
        return bool(concurrent.futures.wait([self.ended], timeout_s).done)
