"""A program that runs beside this process and ends with it."""

import concurrent.futures
import io
import os
import signal
import subprocess
import threading
from typing import IO, Callable, List, Mapping, Sequence, Set, Tuple

from ._errors import INTERRUPTED, ProgramNotFound

# After the grace of `stop`: for aborting calls and restoring memory sizes.
END_WITHIN_S = 30.0
# After the exit: children of a killed program may hold its pipes open.
LAST_WORDS_WITHIN_S = 1.0

_lock = threading.Lock()
_lifelines: Set[IO[bytes]] = set()


def _close_in_forked_child() -> None:
    for lifeline in tuple(_lifelines):
        lifeline.close()
    _lifelines.clear()
    _lock.release()


# A forked child has copies of all descriptors. It must not keep a load alive
# whose owner is gone.
os.register_at_fork(
    before=_lock.acquire,
    after_in_parent=_lock.release,
    after_in_child=_close_in_forked_child,
)


def _open_lifeline() -> Tuple[int, IO[bytes]]:
    """(read end for the program, write end for this process). Programs that
    this process starts by other means inherit neither."""
    with _lock:
        readable, writable = os.pipe()
        lifeline = open(writable, "wb", buffering=0)
        _lifelines.add(lifeline)
    return readable, lifeline


class Child:
    """A program whose standard input ends when this process ends, even by
    SIGKILL. Thread-safe.

    ended: the exit code; negative for a signal.
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
        """Threads of this child call on_line(line) for stderr, and on_end()
        before `ended` has its value. They hold both until then."""
        self.ended: "concurrent.futures.Future[int]" = (
            concurrent.futures.Future()
        )
        self.ended.set_running_or_notify_cancel()  # nobody can cancel it
        self.text = ""
        readable, self._lifeline = _open_lifeline()
        try:
            # A new session: else Ctrl-C at the terminal would reach every load
            # of this process, also while it only stops a cell or a loop, and
            # the signal of stop() would be the second, which ends the drain.
            self._process = subprocess.Popen(
                command,
                env=env,
                stdin=readable,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=descriptors,
                start_new_session=True,
            )
        except OSError as error:
            self._let_go()
            raise ProgramNotFound(
                f"{command[0]} cannot be started: {error.strerror}"
            ) from error
        finally:
            os.close(readable)
        readers = [
            self._start(self._read_stdout),
            self._start(self._read_stderr, on_line),
        ]
        self._start(self._supervise, readers, on_end)

    @staticmethod
    def _start(body: Callable[..., None], *args: object) -> threading.Thread:
        # A daemon: _exit.py decides about loads at the end of the script.
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
        # The signal arrived before the program had its handlers.
        if -exit_code in (signal.SIGINT, signal.SIGTERM):
            exit_code = INTERRUPTED
        for reader in readers:
            reader.join(LAST_WORDS_WITHIN_S)
        self._let_go()
        on_end()
        self.ended.set_result(exit_code)

    def _let_go(self) -> None:
        _lifelines.discard(self._lifeline)
        self._lifeline.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def signal(self, number: int) -> None:
        """Nothing, once the program has ended."""
        self._process.send_signal(number)

    def ask_to_stop(self) -> None:
        """SIGINT would not do: background processes of a shell ignore it, and
        their children inherit that."""
        self.signal(signal.SIGTERM)

    def stop_within(self, grace_s: float) -> None:
        """After the grace sends a second SIGTERM, then SIGKILL; returns when
        the program has ended. REQUIRES: ask_to_stop."""
        if not self.wait(grace_s):
            self.signal(signal.SIGTERM)
            if not self.wait(END_WITHIN_S):
                self.signal(signal.SIGKILL)
                self.wait(None)

    def wait(self, timeout_s: "float | None") -> bool:
        """Whether it has ended."""
        return bool(concurrent.futures.wait([self.ended], timeout_s).done)
