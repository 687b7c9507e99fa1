"""The lines of a request file: `read(path)` gives them one by one, `decode(raw)` their JSON."""

from __future__ import annotations

from ..jsonl.lines import Line, decode, read

__all__ = ["Line", "decode", "read"]
