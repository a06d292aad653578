"""Parses the progress of `invocator run --progress json`."""

import dataclasses
import json
from typing import Any, Dict, Optional, Tuple

from ._decoding import decode


@dataclasses.dataclass(frozen=True)
class LiveResponse:
    """Microseconds; None before the first result."""

    p50: Optional[float]
    p90: Optional[float]
    p99: Optional[float]
    p99_9: Optional[float]
    max: Optional[float]


@dataclasses.dataclass(frozen=True)
class LiveLateness:
    """Microseconds; None before the first result."""

    p50: Optional[float]
    p99: Optional[float]
    max: Optional[float]


@dataclasses.dataclass(frozen=True)
class Progress:
    """Counts and latencies since the start of a run."""

    folder: str
    memory_mb: Optional[int]
    elapsed_s: float
    duration_s: float
    planned: int
    sent: int
    completed: int
    dropped: int
    in_flight: int
    outcomes: Dict[str, int]
    response_us: LiveResponse
    lateness_us: LiveLateness
    missed: Tuple[str, ...]

    def __str__(self) -> str:
        size = "" if self.memory_mb is None else f"{self.memory_mb} MB: "
        failed = self.completed - self.outcomes.get("ok", 0)
        return (
            f"{size}{self.elapsed_s:.0f} of {self.duration_s:.0f} s, "
            f"{self.sent} of {self.planned} sent, {self.in_flight} in flight, "
            f"{failed} not ok"
        )


def parse_progress(line: str) -> Optional[Progress]:
    """Returns None for a line that is a message."""
    if not line.startswith("{"):
        return None
    try:
        fields: Any = json.loads(line)
        return decode(Progress, fields)
    except (ValueError, TypeError, KeyError):
        return None
