"""A run in the background."""

import asyncio
import contextlib
import html
import logging
import os
import pathlib
import queue
import threading
import weakref
from typing import (
    Any,
    AsyncIterator,
    Dict,
    Generator,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Tuple,
)

from ._child import Child
from ._errors import InvocatorError, RunError, error_of
from ._feed import Feed
from ._page import frame, open_page, page_of_runs
from ._progress import Progress, parse_progress
from ._results import Results
from .report import Report

GRACE_S = 10.0

logger = logging.getLogger("invocator")

_runs: "weakref.WeakSet[Run]" = weakref.WeakSet()


class Run:
    """A run of a workload, or a series of runs with several memory sizes.

    Created by AWSFunctionInvocator.invoke_all. Goes on without a reference. At
    the end of the script Python waits for it, unless an exception ended the
    script. Ctrl-C in wait() ends it, and so does the end of this process, even
    by SIGKILL. As a context manager it ends when an exception, Ctrl-C
    included, leaves the block. Thread-safe.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        descriptors: Sequence[int],
    ) -> None:
        # Folders in the progress are relative to it.
        self._cwd = pathlib.Path.cwd()
        # In messages, the names of workloads that are not files.
        self._nameless = [f"/dev/fd/{each}:" for each in descriptors]
        self._lock = threading.Lock()
        self._feed = Feed()
        self._results: Dict[str, Results] = {}
        self._messages: List[str] = []
        self._is_retrieved = False
        self._page: Optional[pathlib.Path] = None
        self._child = Child(
            command, env, descriptors, self._on_line, self._on_end
        )
        _runs.add(self)

    # Waiting for the end.

    def wait(
        self, timeout: Optional[float] = None, check: bool = False
    ) -> "Run":
        """Waits for the end and returns this run. Raises BadInput,
        NotCarriedOut or Crashed if the run failed; with `check` also
        ScheduleNotKept, ThresholdMissed and Interrupted. Raises TimeoutError
        after `timeout` seconds; the run then goes on."""
        with self._ended_by_ctrl_c():
            if not self._child.wait(timeout):
                raise TimeoutError(f"the run goes on after {timeout} s")
        self._raise_failure(check)
        return self

    def __await__(self) -> Generator[Any, None, "Run"]:
        return self._wait_in_loop().__await__()

    async def _wait_in_loop(self) -> "Run":
        ended = asyncio.wrap_future(self._child.ended)
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            await self._end_in_loop()
            raise
        self._raise_failure(check=False)
        return self

    def cancel(self, grace: float = GRACE_S) -> None:
        """Stops the run as Ctrl-C does: nothing more is sent; calls in flight
        have `grace` seconds, then they are aborted; results are written.
        Returns at once. A second call aborts calls in flight at once."""
        self._child.ask_to_stop()
        threading.Thread(
            target=self._child.stop_within,
            args=(grace,),
            name="invocator",
            daemon=True,
        ).start()

    @contextlib.contextmanager
    def _ended_by_ctrl_c(self) -> Iterator[None]:
        """On Ctrl-C cancels the run; KeyboardInterrupt passes once the run has
        ended, as an interrupted command returns to the prompt."""
        try:
            yield
        except KeyboardInterrupt:
            while not self._child.ended.done():
                self.cancel()
                with contextlib.suppress(KeyboardInterrupt):
                    self._child.wait(None)
            raise

    async def _end_in_loop(self) -> None:
        ended = asyncio.wrap_future(self._child.ended)
        while not ended.done():
            self.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({ended})

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *error: object) -> None:
        """Waits for the end; after an exception, cancels the run first."""
        if self._child.is_inherited:
            return
        with self._ended_by_ctrl_c():
            if error[0] is not None:
                self.cancel()
            self._child.wait(None)

    # Progress.

    @property
    def progress(self) -> Optional[Progress]:
        """The latest progress; None before the first."""
        return self._feed.latest

    def __iter__(self) -> Iterator[Progress]:
        """Progress, about once a second, until the end; then raises as wait()
        does."""
        news: "queue.SimpleQueue[Optional[Progress]]" = queue.SimpleQueue()
        with self._feed.subscribed(news.put):
            while True:
                with self._ended_by_ctrl_c():
                    progress = news.get()
                if progress is None:
                    break
                yield progress
        self.wait()

    async def __aiter__(self) -> AsyncIterator[Progress]:
        loop = asyncio.get_running_loop()
        news: "asyncio.Queue[Optional[Progress]]" = asyncio.Queue()

        def forward(progress: Optional[Progress]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(news.put_nowait, progress)

        with self._feed.subscribed(forward):
            while True:
                try:
                    progress = await news.get()
                except asyncio.CancelledError:
                    await self._end_in_loop()
                    raise
                if progress is None:
                    break
                yield progress
        await self

    def _on_line(self, line: str) -> None:
        progress = parse_progress(line)
        if progress is None:
            for nameless in self._nameless:
                line = line.replace(nameless, "workload:")
            with self._lock:
                self._messages.append(line)
            logger.info("%s", line)
            return
        with self._lock:
            if progress.folder not in self._results:
                self._results[progress.folder] = Results(
                    self._cwd / progress.folder, progress.memory_mb
                )
        self._feed.publish(progress)

    def _on_end(self) -> None:
        self._feed.close()

    # Results.

    @property
    def exit_code(self) -> Optional[int]:
        """The exit code, negative for a signal; None until the end."""
        return self._child.ended.result() if self._child.ended.done() else None

    @property
    def messages(self) -> List[str]:
        """Lines of the command's stderr so far, without progress. Also logged
        (logger "invocator", level INFO)."""
        with self._lock:
            return list(self._messages)

    @property
    def text(self) -> str:
        """The report as the command prints it; empty before the end."""
        return self._child.text

    @property
    def results(self) -> Tuple[Results, ...]:
        """Results of each run that has ended; a series has several."""
        with self._lock:
            known = list(self._results.values())
        return tuple(
            each for each in known if (each.folder / "summary.json").is_file()
        )

    @property
    def reports(self) -> Dict[Optional[int], Report]:
        """Reports of a series, by memory size in MB."""
        return {each.memory_mb: each.report for each in self.results}

    @property
    def report(self) -> Report:
        """The report of a single run. InvocatorError during the run, for a run
        without results, and for a series."""
        return self._only().report

    def invocations(self, library: Optional[str] = None) -> Any:
        """See Results.invocations."""
        return self._only().invocations(library)

    def timeline(self, library: Optional[str] = None) -> Any:
        """See Results.timeline."""
        return self._only().timeline(library)

    def _only(self) -> Results:
        if self.exit_code is None:
            raise InvocatorError("the run goes on: wait() first")
        results = self.results
        if not results:
            self._raise_failure(check=True)
            raise InvocatorError("the run has no results")
        if len(results) > 1:
            raise InvocatorError(
                f"a series of {len(results)} runs: see results and reports"
            )
        return results[0]

    def open(self) -> bool:
        """Shows the results' page in a browser, one page for all runs of a
        series. Returns whether a browser could be started."""
        self._only_or_series()
        return open_page(self._make_page())

    def _only_or_series(self) -> None:
        if len(self.results) < 2 or self.exit_code is None:
            self._only()

    def _make_page(self) -> pathlib.Path:
        results = self.results
        if len(results) == 1:
            return results[0].page
        if self._page is None:
            self._page = page_of_runs([each.folder for each in results])
        return self._page

    def _repr_html_(self) -> str:
        exit_code = self.exit_code
        if exit_code is None:
            # Before the start the messages tell what it waits for.
            messages = self.messages or ["starts"]
            progress = str(self.progress or messages[-1])
            return f"<p>Running: {html.escape(progress)}</p>"
        if self.results and all(each.page.is_file() for each in self.results):
            return frame(self._make_page())
        failure = error_of(exit_code, self.messages, check=True)
        return f"<pre>{html.escape(str(failure or self.text))}</pre>"

    def __repr__(self) -> str:
        code = self.exit_code
        state = "running" if code is None else f"ended: {code}"
        return f"<Run {state}, pid {self._child.pid}>"

    # Failures.

    def _raise_failure(self, check: bool) -> None:
        """REQUIRES: the run has ended."""
        self._is_retrieved = True
        failure = error_of(self._child.ended.result(), self.messages, check)
        if failure is not None:
            raise failure

    def log_failure(self) -> None:
        """Logs a failure that was never raised."""
        if self._is_retrieved or not self._child.ended.done():
            return
        try:
            self._raise_failure(check=False)
        except RunError as failure:
            logger.error("%s: %s", type(failure).__name__, failure)

    def __del__(self) -> None:
        if "_child" in self.__dict__:
            self.log_failure()


def end_runs(wait: bool) -> None:
    """Waits for the end of all runs of this process; else stops them first."""
    runs = tuple(_runs)
    if not wait:
        for run in runs:
            run._child.ask_to_stop()
        for run in runs:
            run._child.stop_within(GRACE_S)
    for run in runs:
        run._child.wait(None)
        run.log_failure()


# Runs belong to the process that started them.
os.register_at_fork(after_in_child=_runs.clear)
