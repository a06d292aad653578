"""Results of a run: summary.json as dataclasses.

coordinator/report/summary.schema.json describes every key. Names end in their
unit. None: the key is absent or null.
"""

import dataclasses
from typing import Dict, Literal, Optional, Tuple

Outcomes = Dict[str, int]


@dataclasses.dataclass(frozen=True)
class Interval:
    """A range that holds the true value with 95 % confidence."""

    low: Optional[float]
    high: Optional[float]
    estimate: Optional[float]
    effective_n: float
    unknown: Optional[
        Literal["no_calls", "extreme", "few_bins", "memory", "few_calls"]
    ]
    needed_calls: Optional[int]


@dataclasses.dataclass(frozen=True)
class LatencyIntervals:
    """Microseconds."""

    mean: Interval
    p50: Interval
    p90: Interval
    p99: Interval
    p99_9: Interval
    p99_99: Interval


@dataclasses.dataclass(frozen=True)
class Latencies:
    """Microseconds; all 0 without calls."""

    count: int
    mean: float
    min: float
    p50: float
    p90: float
    p99: float
    p99_9: float
    p99_99: float
    max: float
    clamped: int
    intervals: Optional[LatencyIntervals]


@dataclasses.dataclass(frozen=True)
class Measured:
    """Counts of the measured phase."""

    planned: int
    sent: int
    dropped: int
    unsent: int
    outcomes: Outcomes


@dataclasses.dataclass(frozen=True)
class Warmup(Measured):
    """Counts of the warm-up."""

    cold: int


@dataclasses.dataclass(frozen=True)
class Rates:
    """Calls per second of the measured time."""

    planned: float
    sent: float
    completed: float
    ok: float


@dataclasses.dataclass(frozen=True)
class ColdStarts:
    cold: int
    warm: int
    unknown: int


@dataclasses.dataclass(frozen=True)
class Warm:
    """Latencies of calls that were not cold starts."""

    service_us: Latencies
    response_us: Latencies


@dataclasses.dataclass(frozen=True)
class Cold(Warm):
    """Latencies of cold starts."""

    init_us: Optional[Latencies]


@dataclasses.dataclass(frozen=True)
class Billed:
    """What AWS billed, as far as the responses report it."""

    count: int
    ms: int
    mb_ms: int
    gb_s: float
    memory_used_mb: int


@dataclasses.dataclass(frozen=True)
class ScheduleDigest:
    """Digests of the planned and the sent calls; equal for equal sets."""

    planned: str
    sent: str


@dataclasses.dataclass(frozen=True)
class FirstFailure:
    """The first call that failed for this reason."""

    instance: str
    sequence: int
    worker: str
    scheduled_s: float
    status: int
    detail: Optional[str]
    error_type: str
    body: str
    body_cut: bool
    date_ahead_s: Optional[int]
    canonical_request: Optional[str]


@dataclasses.dataclass(frozen=True)
class Failure:
    """Failed calls with the same reason."""

    outcome: Literal[
        "http_error",
        "throttled",
        "auth_error",
        "function_error",
        "timeout",
        "connect_error",
        "tls_error",
        "protocol_error",
    ]
    reason: str
    count: int
    hint: str
    first: Optional[FirstFailure]


@dataclasses.dataclass(frozen=True)
class _Block:
    planned: int
    sent: int
    dropped: int
    unsent: int
    outcomes: Outcomes
    measured: Optional[Measured]
    warmup: Optional[Warmup]
    rate_per_s: Rates
    lateness_us: Latencies
    service_us: Latencies
    response_us: Latencies
    first_byte_us: Latencies
    own_lateness_us: Optional[Latencies]
    blocked_us: Optional[Latencies]
    reasons: Optional[Dict[str, Dict[str, int]]]
    cold_starts: Optional[ColdStarts]
    cold: Optional[Cold]
    warm: Optional[Warm]
    billed: Optional[Billed]
    schedule_digest: ScheduleDigest
    failures: Optional[Tuple[Failure, ...]]


@dataclasses.dataclass(frozen=True)
class Instance(_Block):
    """Results of one instance."""

    max_in_flight: Optional[int]


@dataclasses.dataclass(frozen=True)
class Connections:
    opened: int
    reused: int
    failed: int
    closed_by_peer: int


@dataclasses.dataclass(frozen=True)
class Engine:
    """A sending thread."""

    busy_ratio: float
    at_limit_s: float
    max_in_flight: int
    connections: int
    spun_s: float
    gaps: int
    gaps_s: float
    longest_gap_us: float
    preempted_s: float


@dataclasses.dataclass(frozen=True)
class Worker:
    """One worker's part of the run."""

    name: Optional[str]
    threads: int
    lost: bool
    planned: int
    sent: int
    dropped: int
    unsent: int
    outcomes: Outcomes
    clock_offset_us: float
    clock_uncertainty_us: float
    clock_drift_ppm: Optional[float]
    clock_drift_uncertainty_ppm: Optional[float]
    start_error_us: float
    cpu_s: float
    max_rss_bytes: int
    steal_s: Optional[float]
    io: Optional[str]
    lateness_us: Latencies
    connections: Connections
    engines: Tuple[Engine, ...]
    left_at_s: Optional[float]
    stopped_at_s: Optional[float]


@dataclasses.dataclass(frozen=True)
class Memory:
    """One function's memory size."""

    application: str
    region: str
    memory_mb: int
    before_mb: int
    state: Literal["unchanged", "changing", "changed", "restored", "left"]
    restore: Optional[str]
    throughout: Optional[bool]
    found_mb: Optional[int]
    warning: Optional[str]


@dataclasses.dataclass(frozen=True)
class CostItem:
    """One line of the bill, either for requests or for duration."""

    instance: str
    what: Literal[
        "api_gateway_requests",
        "lambda_requests",
        "lambda_duration",
        "lambda_duration_estimated",
    ]
    requests: Optional[int]
    price_per_million: Optional[float]
    gb_s: Optional[float]
    mb_ms: Optional[int]
    price_per_gb_s: Optional[float]
    amount: float


@dataclasses.dataclass(frozen=True)
class Durations:
    """Charged requests by what is known about their duration."""

    billed: int
    estimated: int
    unknown: int


@dataclasses.dataclass(frozen=True)
class Prices:
    date: str
    source: str


@dataclasses.dataclass(frozen=True)
class Cost:
    """Cost of the run at list prices."""

    currency: str
    total: float
    per_million_requests: float
    basis: Literal["exact", "estimated", "lower_bound", "requests_only"]
    requests: int
    not_charged: int
    durations: Durations
    items: Tuple[CostItem, ...]
    measured_total: Optional[float]
    measured_items: Optional[Tuple[CostItem, ...]]
    assumptions: Tuple[str, ...]
    prices: Prices


@dataclasses.dataclass(frozen=True)
class Threshold:
    """A threshold and its result, in the limit's unit."""

    check: str
    instance: Optional[str]
    state: Literal["met", "missed", "no data"]
    value: Optional[float]
    limit: float
    calls: Optional[int]
    calls_needed: Optional[int]
    count: Optional[int]
    of: Optional[int]
    interval: Optional[Interval]
    optional: Optional[bool]
    abort: Optional[bool]
    at_s: Optional[float]
    window_s: Optional[float]


@dataclasses.dataclass(frozen=True)
class Look:
    """What was known of a goal's number at an instant of the run."""

    at_s: float
    estimate_us: Optional[float]
    low_us: Optional[float]
    high_us: Optional[float]
    within: bool


@dataclasses.dataclass(frozen=True)
class Goal:
    """A number that the run was to know well enough (until)."""

    goal: str
    known: bool
    estimate_us: Optional[float]
    low_us: Optional[float]
    high_us: Optional[float]
    looks: Tuple[Look, ...]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether the generator kept the schedule; does not judge the functions."""

    state: Literal["kept", "marginal", "missed"]
    reasons: Tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class VersionChange:
    """From the first version: microseconds, or percent for shares."""

    instance: str
    subject: str
    before: float
    after: float
    difference: Interval
    relative: Optional[Interval]


@dataclasses.dataclass(frozen=True)
class Versions:
    """Versions of one instance of the workload: keys of Report.instances."""

    pairing: Literal["both", "split"]
    instances: Tuple[str, ...]
    changes: Tuple[VersionChange, ...]


@dataclasses.dataclass(frozen=True)
class VersionCheck:
    """A limit on the change of a version (fail_if)."""

    check: str
    instance: str
    holds: bool
    change: Optional[VersionChange]


@dataclasses.dataclass(frozen=True)
class Change:
    """From the first third of a run to the last, as a share of the first."""

    estimate: float
    low: float
    high: float


@dataclasses.dataclass(frozen=True)
class Steadiness:
    """Whether the run was steady, by the median responses of its bins."""

    state: Literal["steady", "not steady", "too short"]
    bins: int
    first_third_us: Optional[float]
    last_third_us: Optional[float]
    change: Optional[Change]
    warmup_in_seconds: Optional[float]


@dataclasses.dataclass(frozen=True)
class Report(_Block):
    """Results of a run."""

    schema_version: int
    run_id: str
    test_name: str
    started_at: str
    command: Optional[str]
    duration_s: float
    seed: int
    interrupted: bool
    warmup_s: Optional[float]
    max_in_flight: int
    steadiness: Optional[Steadiness]
    instances: Dict[str, Instance]
    versions: Optional[Dict[str, Versions]]
    fail_if: Optional[Tuple[VersionCheck, ...]]
    workers: Tuple[Worker, ...]
    departures: Optional[Tuple[str, ...]]
    losses: Optional[Tuple[str, ...]]
    stopped: Optional[str]
    memory: Optional[Tuple[Memory, ...]]
    cost: Optional[Cost]
    thresholds: Optional[Tuple[Threshold, ...]]
    aborted_by: Optional[Threshold]
    until: Optional[Tuple[Goal, ...]]
    stopped_at_s: Optional[float]
    verdict: Verdict
    book_errors: Optional[Tuple[str, ...]]
