"""A local stand-in for API Gateway and Lambda, for tests and first steps."""

import json
import os
import subprocess
import tempfile
import urllib.request
import weakref
from typing import Any, Dict, Optional

from ._child import let_go, start_program
from ._errors import InvocatorError
from ._programs import find_program

# The pair from the examples in AWS's documentation.
_KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}
_STOP_WITHIN_S = 10.0


_gateways: "weakref.WeakSet[Gateway]" = weakref.WeakSet()


class Gateway:
    """An invocator-gateway on a free loopback port; a context manager.

        with Gateway("--latency", "20ms") as gateway:
            ivk = AWSFunctionInvocator("workload.json", env=gateway.env)
            ivk.invoke_all(endpoint_url=gateway.url).wait(check=True)

    options: those of `invocator-gateway --help`.
    """

    def __init__(self, *options: str) -> None:
        command = [
            find_program("invocator-gateway"),
            *("--listen", "127.0.0.1:0", "--stop-at-eof"),
        ]
        with tempfile.TemporaryFile("w+") as messages:
            self._process, self._lifeline = start_program(
                [*command, *options],
                env={k: v for k, v in os.environ.items() if _is_neutral(k)},
                stderr=messages,
                text=True,
            )
            assert self._process.stdout is not None
            # The gateway prints no other line.
            with self._process.stdout as stdout:
                line = stdout.readline()
            if not line.startswith("listening on "):
                let_go(self._lifeline)
                self._process.wait()
                messages.seek(0)
                raise InvocatorError(messages.read().strip())
        self.url = line[len("listening on ") :].strip()
        self._owner = os.getpid()
        _gateways.add(self)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def env(self) -> Dict[str, Optional[str]]:
        """Environment of a run against this gateway: its credentials, no other
        AWS settings, no proxy."""
        return {
            **{name: None for name in os.environ if not _is_neutral(name)},
            **_KEYS,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def stats(self) -> Dict[str, Any]:
        """Returns the counters so far: requests, ok, ..."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/_stats", timeout=10) as answer:
            counts: Dict[str, Any] = json.load(answer)
        return counts

    def stop(self) -> None:
        """Stops the gateway. Also called when it is garbage-collected, and at
        the end of the script."""
        if os.getpid() != self._owner:
            return  # in a forked child
        self._process.terminate()
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        let_go(self._lifeline)

    def __del__(self) -> None:
        if "_owner" in self.__dict__:
            self.stop()

    def __enter__(self) -> "Gateway":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def stop_gateways() -> None:
    """Stops all gateways of this process."""
    for gateway in tuple(_gateways):
        gateway.stop()


def _is_neutral(name: str) -> bool:
    return not name.startswith("AWS_") and not name.lower().endswith("_proxy")
