"""Reading what the command line points at: `@file`, `-`, JSON and YAML documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

from .console import Console
from .errors import UsageError
from .values import strict_json


class Inputs:
    """The files and the stdin of one command; stdin is read at most once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._taken_by = ""

    def text(self, name: str, *, what: str = "the file") -> str:
        """The text of a file, `-` being stdin. Raises UsageError."""
        if name == "-":
            return self.stdin_text(what)
        try:
            return Path(name).expanduser().read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError(f"{name} is not UTF-8 text") from None
        except OSError as error:
            raise UsageError(f"cannot read {name}: {error.strerror or error}") from None
        except ValueError as error:
            raise UsageError(f"cannot read {name!r}: {error}") from None

    def stdin_text(self, what: str) -> str:
        """All of stdin as text. Raises UsageError when something else took it already."""
        self.claim_stdin(what)
        data = self._console.stdin.read() if self._console.stdin else b""
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError("stdin is not UTF-8 text") from None

    def stdin_stream(self, what: str) -> BinaryIO:
        """stdin itself, to be read piece by piece. Raises UsageError like `claim_stdin`."""
        self.claim_stdin(what)
        assert self._console.stdin is not None
        return self._console.stdin

    def claim_stdin(self, what: str) -> None:
        """Note who reads stdin. Raises UsageError when two want it, or when it is closed."""
        if self._taken_by:
            raise UsageError(f"stdin can feed one thing: {self._taken_by} or {what}")
        if self._console.stdin is None:
            raise UsageError(f"stdin is closed, but {what} was to be read from it")
        self._taken_by = what

    def document(self, text: str, *, what: str) -> Any:
        """JSON given literally, as `@file.json`, `@file.yaml`, or `-`. Raises ValueError."""
        if text == "-":
            return strict_json(self.stdin_text(what))
        if text.startswith("@"):
            return self.document_file(text[1:])
        return strict_json(text)

    def document_file(self, name: str) -> Any:
        """The decoded content of a JSON or YAML file. Raises ValueError, UsageError."""
        text = self.text(name)
        try:
            if name.endswith((".yaml", ".yml")):
                return _yaml(text)
            return strict_json(text)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"is not valid YAML: {error}") from None
