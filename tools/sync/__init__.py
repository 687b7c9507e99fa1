"""Reads the official SDK's facts and merges them with `words/` into `openai_cli/catalog/data`."""

from __future__ import annotations

from . import order

order.keep()
