"""Manual pages, help topics and the search index, made from the command tree and `words/topics`.

`python -m tools.man` writes `man/` (manual pages) and `openai_cli/help/` (what `oai help` reads at
run time); `--check` fails when they are not what the catalog, the commands and the words say.
"""

from __future__ import annotations

RELEASED = "2026-11-23"
"""The date that the manual pages bear: that of the release, set together with the version."""
