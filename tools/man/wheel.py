"""The build hook that puts the manual pages into the wheel: `share/man/man1/oai.1` …

Installers place them below the environment's prefix; pipx and system packagers show them to `man`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Manuals(BuildHookInterface[Any]):
    """Adds every page of `man/` to what the wheel installs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the pages and their places."""
        pages = sorted(Path(self.root, "man").glob("*.[0-9]"))
        if not pages:
            raise FileNotFoundError("man/ holds no pages: run python -m tools.man")
        build_data["shared_data"].update(
            {str(page): f"share/man/man{page.suffix[1:]}/{page.name}" for page in pages}
        )
