"""What a check of request files found."""

from __future__ import annotations

from typing import Any

from ...catalog.record import Record
from ..jsonl.findings import Problem


class FileReport(Record):
    """One file. `endpoint` is the `url` of its first good line as it stands there, `model` the
    first model named (empty where none is); `tokens` estimates the input of all its requests;
    `tokens_out` is the sum of the output limits that requests name, `unlimited` how many name
    none; `media` how many hold images, sound or files, which the estimate leaves out."""

    path: str
    requests: int = 0
    bytes: int = 0
    endpoint: str = ""
    model: str = ""
    tokens: int = 0
    tokens_out: int = 0
    unlimited: int = 0
    media: int = 0


class Report(Record):
    """What a check found. `problems` are the first ones (`keep` of them) in the order of the
    files and lines; `errors` and `warnings` count all of them."""

    files: list[FileReport]
    problems: list[Problem]
    errors: int
    warnings: int

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way of a batch; warnings do not."""
        return not self.errors

    @property
    def requests(self) -> int:
        """Requests in all files."""
        return sum(file.requests for file in self.files)

    @property
    def bytes(self) -> int:
        """Bytes in all files."""
        return sum(file.bytes for file in self.files)

    @property
    def tokens(self) -> int:
        """Input tokens of all requests, estimated."""
        return sum(file.tokens for file in self.files)

    @property
    def endpoint(self) -> str:
        """The endpoint all files name; empty where they differ."""
        return _only({file.endpoint for file in self.files})

    @property
    def model(self) -> str:
        """The model all files name; empty where they differ, or name none."""
        return _only({file.model for file in self.files})

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON shows it."""
        return {
            "ok": self.ok,
            "requests": self.requests,
            "bytes": self.bytes,
            "tokens": self.tokens,
            "endpoint": self.endpoint or None,
            "model": self.model or None,
            "errors": self.errors,
            "warnings": self.warnings,
            "problems": [problem.as_dict() for problem in self.problems],
            "files": [_plain(file) for file in self.files],
        }


def _plain(file: FileReport) -> dict[str, Any]:
    return {name: getattr(file, name) for name in file._fields}


def _only(values: set[str]) -> str:
    return values.pop() if len(values) == 1 else ""
