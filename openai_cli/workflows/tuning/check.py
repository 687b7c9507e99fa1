"""Training files held against the rules of their format: every line, at constant memory.

Nothing is printed here and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from ...catalog.record import Record
from ..jsonl.findings import ERROR, KEPT, WARNING, Findings, Problem
from ..jsonl.lines import decode, read
from ..jsonl.seen import Seen
from ..jsonl.tokens import of_content, of_value
from . import formats
from .finding import shown

FEWEST = 10
"""Examples that the API wants at the least."""

MAX_TOKENS = 65_536
"""Tokens of an example that the API keeps at the most, for the models that take most."""

_TELL_EVERY = 1 << 20
_SCHEMAS = ("tools", "functions")


class Report(Record):
    """What a check found. `method` is the format that the file was held against, `tokens` an
    estimate of all examples together and `longest` of the longest of them; `problems` are the
    first ones, `errors` and `warnings` count all."""

    path: str
    method: str
    examples: int
    bytes: int
    tokens: int
    longest: int
    problems: list[Problem]
    errors: int
    warnings: int

    @property
    def ok(self) -> bool:
        """Whether the API can be expected to take the file."""
        return not self.errors

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON shows it."""
        counts = ("path", "method", "examples", "bytes", "tokens", "longest", "errors", "warnings")
        problems = [
            {"line": one.line, "level": one.level, "problem": one.problem} for one in self.problems
        ]
        named = {name: getattr(self, name) for name in counts}
        return {"ok": self.ok, **named, "problems": problems}


def check(
    path: str | Path,
    method: str = "",
    *,
    max_tokens: int = MAX_TOKENS,
    fewest: int = FEWEST,
    keep: int = KEPT,
    progress: Callable[[int], None] | None = None,
    stdin: BinaryIO | None = None,
) -> Report:
    """Check a training file.

    `method` is one of `formats.METHODS`; empty, the first example says which. Fewer than `fewest`
    examples are an error. `progress` is called now and then with the bytes read since its last
    call. Where a `stdin` is given, the path `-` means that. Raises UsageError for a file that
    cannot be read.
    """
    checker = _Checker(str(path), formats.METHODS.get(method, ""), max_tokens, Findings(keep))
    return checker.run(fewest, progress, stdin)


class _Checker:
    """Goes through one file."""

    def __init__(self, path: str, method: str, max_tokens: int, findings: Findings) -> None:
        self._path = path
        self._method = method
        self._max_tokens = max_tokens
        self._findings = findings
        self._seen = Seen()
        self._fields: set[str] | None = None
        self._strange: set[str] = set()
        self._examples = self._bytes = self._longest = 0
        self._tokens = 0.0

    def run(
        self, fewest: int, progress: Callable[[int], None] | None, stdin: BinaryIO | None
    ) -> Report:
        """Check every line, then the file as a whole."""
        told = 0
        for line in read(self._path, blank=True, stdin=stdin):
            self._bytes += len(line.raw)
            raw = line.raw.strip()
            if raw:
                self._guarded(line.number, raw)
            else:
                self._add(line.number, WARNING, "is an empty line")
            if progress and self._bytes - told >= _TELL_EVERY:
                progress(self._bytes - told)
                told = self._bytes
        if self._examples < fewest:
            what = "1 example" if self._examples == 1 else f"{self._examples} examples"
            few = f"has {what}; the API wants {fewest} at the least"
            self._add(None, ERROR, few)
        found = self._findings
        return Report(
            self._path,
            self._method or formats.SUPERVISED,
            self._examples,
            self._bytes,
            round(self._tokens),
            self._longest,
            found.problems,
            found.errors,
            found.warnings,
        )

    def _guarded(self, number: int, raw: bytes) -> None:
        try:
            self._line(number, raw)
        except RecursionError:
            self._add(number, ERROR, "is nested too deeply")

    def _line(self, number: int, raw: bytes) -> None:
        self._examples += 1
        try:
            example = decode(raw)
        except ValueError as error:
            self._add(number, ERROR, str(error))
            return
        if not isinstance(example, dict):
            self._add(number, ERROR, f"is {shown(example)}, not an example (a JSON object)")
            return
        if not self._seen.add(raw, number) and not self._findings.full:
            self._add(number, WARNING, f"is the same as line {self._seen.place(raw)}")
        self._method = self._method or formats.detect(example)
        for level, problem in formats.check_example(self._method, example):
            self._add(number, level, problem)
        self._other_fields(number, example)
        self._length(number, example)

    def _other_fields(self, number: int, example: dict[str, Any]) -> None:
        """What stands beside the conversation: graders want it in every example; where there are
        no graders it is told once."""
        if self._method == formats.REINFORCEMENT:
            fields = formats.grader_fields(example)
            if self._fields is None:
                self._fields = fields
                if not fields:
                    self._add(number, WARNING, "has no field beside messages for a grader")
            elif lacking := self._fields - fields:
                names = ", ".join(sorted(lacking))
                self._add(number, WARNING, f"lacks {names}, which the first example has")
            return
        for name in sorted(formats.strange_fields(self._method, example) - self._strange):
            self._strange.add(name)
            self._add(number, WARNING, f"{name} is no field of this format (told once)")

    def _length(self, number: int, example: dict[str, Any]) -> None:
        tokens = _tokens(example)
        self._tokens += tokens
        self._longest = max(self._longest, round(tokens))
        if tokens > self._max_tokens:
            long = f"has about {tokens:,.0f} tokens; beyond {self._max_tokens:,} it may be cut off"
            self._add(number, WARNING, long)

    def _add(self, number: int | None, level: str, problem: str) -> None:
        self._findings.add(self._path, number, level, problem)


def _tokens(example: dict[str, Any]) -> float:
    """The tokens of an example, estimated; graders' fields are not read by the model."""
    found = 0.0
    for name, value in example.items():
        if name in _SCHEMAS:
            found += of_value(value)
        elif name == "input" and isinstance(value, dict):
            found += _tokens(value)
        elif name in formats.READ:
            found += of_content(value)[0]
    return found
