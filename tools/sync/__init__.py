"""Reads the official SDK's facts and merges them with `words/` into `openai_cli/catalog/data`."""
