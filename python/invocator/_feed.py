"""Passes a run's progress on to whoever looks."""

import contextlib
import threading
from typing import Callable, Iterator, List, Optional

from ._progress import Progress

# Called with each progress, with None at the end; by any thread, quick.
Listener = Callable[[Optional[Progress]], None]


class Feed:
    """Thread-safe. Nothing is left out for a listener that is slow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: List[Listener] = []
        self._is_over = False
        self.latest: Optional[Progress] = None

    def publish(self, progress: Progress) -> None:
        with self._lock:
            self.latest = progress
            for listener in self._listeners:
                listener(progress)

    def close(self) -> None:
        with self._lock:
            self._is_over = True
            for listener in self._listeners:
                listener(None)

    @contextlib.contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """Begins with the latest progress; ends at once if it is over."""
        with self._lock:
            if self.latest is not None:
                listener(self.latest)
            if self._is_over:
                listener(None)
            self._listeners.append(listener)
        try:
            yield
        finally:
            with self._lock:
                self._listeners.remove(listener)
