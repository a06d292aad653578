"""The folder of a finished run."""

import json
import os
import pathlib
from typing import Any, Optional, Union

from ._decoding import decode
from ._errors import InvocatorError
from ._page import frame, open_page
from ._tables import read_invocations, read_timeline
from .report import Report


class Results:
    """Results of one run, read from its folder.

    memory_mb: the memory size that the run was given, if known.
    """

    def __init__(
        self,
        folder: Union[str, "os.PathLike[str]"],
        memory_mb: Optional[int] = None,
    ) -> None:
        self.folder = pathlib.Path(folder).absolute()
        self.memory_mb = memory_mb
        self._report: Optional[Report] = None

    def __repr__(self) -> str:
        return f"Results({str(self.folder)!r})"

    @property
    def report(self) -> Report:
        """summary.json. InvocatorError if it is missing, or is of an unknown
        version."""
        if self._report is None:
            path = self.folder / "summary.json"
            try:
                self._report = decode(Report, json.loads(path.read_bytes()))
            except OSError as error:
                raise InvocatorError(f"{path}: {error.strerror}") from error
            except (ValueError, TypeError, KeyError) as error:
                raise InvocatorError(
                    f"{path}: is not a summary of this version: {error}"
                ) from error
        return self._report

    def invocations(self, library: Optional[str] = None) -> Any:
        """One row per call (invocations.csv): a DataFrame of pandas, else of
        polars, if installed; else an iterator of dicts. library: "pandas",
        "polars" or "rows" selects one of these."""
        return read_invocations(self.folder / "invocations.csv", library)

    def timeline(self, library: Optional[str] = None) -> Any:
        """The run over time (timeline.csv), as for invocations. Rows of the
        whole run have an empty instance."""
        return read_timeline(self.folder / "timeline.csv", library)

    @property
    def page(self) -> pathlib.Path:
        """report.html, the page with all results."""
        return self.folder / "report.html"

    def open(self) -> bool:
        """Shows the page in a browser; returns whether one could be started."""
        return open_page(self.page)

    def _repr_html_(self) -> str:
        return frame(self.page)
