"""Options of `invocator run`, as keyword arguments."""

import datetime
import os
from typing import (
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    TypedDict,
    Union,
)

# "20ms", "1.5s", "2m", or a timedelta.
Duration = Union[str, datetime.timedelta]
File = Union[str, os.PathLike[str]]
# MB; several for a series; "keep" changes no function; None omits the option.
MemorySize = Union[int, str, Sequence[int], None]


class RunOptions(TypedDict, total=False):
    """`invocator run --help` describes each: endpoint_url is --endpoint-url.
    True sets a flag, a list repeats the option, None and False omit it.
    """

    # Target of the calls.
    endpoint_url: str
    control_endpoint_url: str
    http2: bool
    ca_file: File
    client_cert: File
    client_key: File
    unix_socket: File
    profile: str
    stop_on: str
    # How the plan is played.
    threads: int
    pin: bool
    spin: Duration
    no_spin: bool
    warm_connections: int
    io: str
    connections: int
    max_in_flight: int
    overload: str
    drain: Duration
    # Results and judgement.
    out: File
    records: str
    no_report: bool
    kept_within: Duration
    marginal_within: Duration
    threshold: Union[str, Sequence[str]]
    until: Union[str, Sequence[str]]
    fail_if: Union[str, Sequence[str]]
    junit: File
    markdown: File
    require_kept: bool
    # Memory sizes and prices.
    no_restore_memory: bool
    yes: bool
    prices: File
    # The live page and /metrics.
    dashboard: Union[bool, str]
    metrics: str
    metrics_linger: Duration
    metrics_token_file: File
    dashboard_tls_cert: File
    dashboard_tls_key: File
    # A fleet of workers.
    workers: int
    listen: str
    gather_timeout: Duration
    on_worker_loss: str
    tls_cert: File
    tls_key: File
    tls_ca: File
    token_file: File
    insecure: bool


def arguments(
    memory_size: MemorySize, options: Mapping[str, object]
) -> List[str]:
    """Returns the command-line arguments. With "=", a value that starts with a
    dash is not taken for an option."""
    given = dict(options)
    given["memory_size"] = _sizes(memory_size)
    return [
        word for name, value in given.items() for word in _words(name, value)
    ]


def _sizes(memory_size: MemorySize) -> Optional[str]:
    tolist = getattr(memory_size, "tolist", None)  # of numpy or pandas
    if tolist is not None:
        memory_size = tolist()
    if memory_size is None or isinstance(memory_size, str):
        return memory_size
    if isinstance(memory_size, int):
        return str(memory_size)
    return ",".join(str(size) for size in memory_size)


def _words(name: str, value: object) -> Iterator[str]:
    option = "--" + name.replace("_", "-")
    if value is None or value is False:
        return
    if value is True:
        yield option
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield f"{option}={_text(each)}"
    else:
        yield f"{option}={_text(value)}"


def _text(value: object) -> str:
    if isinstance(value, datetime.timedelta):
        return f"{value // datetime.timedelta(microseconds=1)}us"
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    return str(value)
