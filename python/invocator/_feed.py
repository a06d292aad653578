"""Distributes a run's progress to its listeners."""

import contextlib
import threading
from typing import Callable, Iterator, List, Optional

from ._progress import Progress

# Receives each progress, and None at the end. Called by any thread, with the
# feed's lock held: must not block.
Listener = Callable[[Optional[Progress]], None]


class Feed:
    """Thread-safe. Every listener gets every progress."""

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
    def subscribed(self, listener: Listener) -> Iterator[None]:
        """Calls the listener at once with the latest progress, if any, and with
        None if the run has ended; then with everything new until the context
        is left."""
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
