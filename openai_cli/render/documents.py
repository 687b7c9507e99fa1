"""One JSON value as JSON, JSON lines or YAML."""

from __future__ import annotations

import json
from typing import Any


def pretty(value: Any) -> str:
    """Indented JSON; text as it is, unless it holds half a surrogate pair."""
    return _safe(value, indent=2)


def line(value: Any) -> str:
    """JSON in one line."""
    return _safe(value, indent=None)


def _safe(value: Any, indent: int | None) -> str:
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent, separators=separators)
    return text


def dump(value: Any, style: str) -> str:
    """The value in `json`, `jsonl` or `yaml`, ending with a line end."""
    if style == "yaml":
        import yaml

        return str(
            yaml.dump(value, Dumper=_dumper(), allow_unicode=True, sort_keys=False, width=100)
        )
    return (line(value) if style == "jsonl" else pretty(value)) + "\n"


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Texts of several lines in block style; no aliases."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        style = "|" if "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, text)
    return Dumper
