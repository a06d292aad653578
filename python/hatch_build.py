"""Tags a wheel with programs: for one platform and any Python 3."""

import pathlib
import sysconfig
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProgramsHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if pathlib.Path(self.root, "invocator", "bin").is_dir():
            platform = sysconfig.get_platform().replace("-", "_")
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
