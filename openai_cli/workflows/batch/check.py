"""Request files held against the Batch API's rules: every line, at constant memory.

    report = check(["requests.jsonl"])
    report.ok, report.requests, report.endpoint, report.model, report.problems

Nothing is printed here and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ..jsonl.findings import ERROR, KEPT, WARNING, Findings, Problem, named
from ..jsonl.lines import Line, decode, read
from ..jsonl.seen import Seen
from . import endpoints
from .bodies import Rules, rules
from .check_report import FileReport, Report
from .tokens import of_request, output_limit

__all__ = ["MAX_BYTES", "MAX_REQUESTS", "FileReport", "Problem", "Report", "check"]

MAX_REQUESTS = 50_000
MAX_BYTES = 200_000_000
"""What one input file of the Batch API may hold."""

_LINE_BITS = 40
_LINE_MASK = (1 << _LINE_BITS) - 1
"""A place in `Seen` is the file's position above, the line's number below."""

_TELL_EVERY = 1 << 20
_MOST_TOLD = 100


def check(
    paths: Sequence[str | Path],
    *,
    keep: int = KEPT,
    max_requests: int = MAX_REQUESTS,
    max_bytes: int = MAX_BYTES,
    progress: Callable[[int], None] | None = None,
    stdin: BinaryIO | None = None,
) -> Report:
    """Check request files; `custom_id`s must be unique over all of them.

    A file beyond `max_requests` or `max_bytes` gets a warning, since `run` splits it; a single line
    beyond `max_bytes` is an error. `progress` is called now and then with the bytes read since its
    last call. Where a `stdin` is given, the path `-` means that. Raises UsageError for a file that
    cannot be read.
    """
    findings = Findings(keep)
    seen = Seen()
    names = [str(path) for path in paths]
    files = []
    for at in range(len(names)):
        checker = _Checker(names, at, findings, seen, max_bytes)
        files.append(checker.run(progress, stdin))
        checker.limits(max_requests)
    return Report(files, findings.problems, findings.errors, findings.warnings)


class _Checker:
    """Goes through one file; `names` are all files, this one the `at`th of them."""

    def __init__(
        self, names: Sequence[str], at: int, findings: Findings, seen: Seen, max_bytes: int
    ) -> None:
        self._names = names
        self._file = names[at]
        self._base = at << _LINE_BITS
        self._findings = findings
        self._seen = seen
        self._max_bytes = max_bytes
        self._report = FileReport(self._file)
        self._tokens = 0.0
        self._blank = 0
        self._told: set[str] = set()
        self._url: str | None = None
        self._operation = ""
        self._rules: Rules | None = None

    def run(self, progress: Callable[[int], None] | None, stdin: BinaryIO | None) -> FileReport:
        """Check every line."""
        report = self._report
        told = 0
        for line in read(self._file, blank=True, stdin=stdin):
            report.bytes += len(line.raw)
            try:
                self._line(line.number, line.raw)
            except ValueError as error:
                self._blank_or_bad(line, str(error))
            except RecursionError:
                self._add(line.number, ERROR, "is nested too deeply")
            if progress and report.bytes - told >= _TELL_EVERY:
                progress(report.bytes - told)
                told = report.bytes
        report.tokens = round(self._tokens)
        return report

    def _blank_or_bad(self, line: Line, reason: str) -> None:
        if line.raw.strip():
            self._report.requests += 1
            self._add(line.number, ERROR, reason)
        else:
            self._blank += 1

    def _line(self, number: int, raw: bytes) -> None:
        """Judge one line. Raises ValueError when it is not JSON."""
        value = decode(raw)
        self._report.requests += 1
        if type(value) is not dict:
            self._add(number, ERROR, f"is {named(value)}, not a request (a JSON object)")
            return
        custom_id = value.get("custom_id")
        if type(custom_id) is not str or not custom_id:
            self._add(number, ERROR, _wanted(value, "custom_id", "a text of its own"))
            custom_id = None
        elif not self._seen.add(custom_id, self._base | number):
            self._add(number, ERROR, self._used_before(custom_id), custom_id)
        if value.get("method") != "POST":
            self._add(number, ERROR, _wanted(value, "method", "POST"), custom_id)
        if len(raw) > self._max_bytes:
            self._add(number, ERROR, f"is larger than a whole batch may be: {len(raw):,} bytes")
        fine = value.get("url") == self._url or self._new_url(number, value, custom_id)
        self._body(number, value, custom_id, known=fine)

    def _used_before(self, custom_id: str) -> str:
        if self._findings.full:
            return ""
        place = self._seen.place(custom_id)
        at, number = place >> _LINE_BITS, place & _LINE_MASK
        other = f" of {self._names[at]}" if self._names[at] != self._file else ""
        return f"custom_id is already used on line {number}{other}"

    def _new_url(self, number: int, value: dict[str, Any], custom_id: str | None) -> bool:
        """A `url` that differs from the lines before: the first one, or a mistake."""
        url = value.get("url")
        if type(url) is not str or not url:
            self._add(number, ERROR, _wanted(value, "url", "an endpoint"), custom_id)
            return False
        if self._url is not None:
            other = f"url is {url}, but this file is for {self._url}: a batch has one endpoint"
            self._add(number, ERROR, other, custom_id)
            return False
        self._url = self._report.endpoint = url
        operation = endpoints.operation(url)
        if operation:
            self._operation = operation.name
            self._rules = rules(operation.name)
        if not endpoints.is_known(url):
            known = ", ".join(endpoints.known())
            doubt = f"url {url} is none that the Batch API is known to take: {known}"
            self._add(number, WARNING, doubt, custom_id)
        return True

    def _body(
        self, number: int, value: dict[str, Any], custom_id: str | None, *, known: bool
    ) -> None:
        body = value.get("body")
        if type(body) is not dict:
            self._add(number, ERROR, _wanted(value, "body", "a JSON object"), custom_id)
            return
        if self._rules and known:
            for problem in self._rules.problems(body):
                self._add(number, ERROR, problem, custom_id)
            for name in sorted(self._rules.unknown(body) - self._told):
                self._once(number, name, f"body.{name} is no field oai knows", custom_id)
        if body.get("stream"):
            self._once(number, "stream", "body.stream: a batch does not stream", custom_id)
        self._model(number, body.get("model"), custom_id)
        self._count(body)

    def _once(self, number: int, key: str, problem: str, custom_id: str | None) -> None:
        """A warning that would come for every line; the first one stands for all."""
        if key not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(key)
            self._add(number, WARNING, f"{problem} (told once)", custom_id)

    def _model(self, number: int, model: Any, custom_id: str | None) -> None:
        report = self._report
        if type(model) is not str or model == report.model:
            return
        if not report.model:
            report.model = model
            return
        other = f"model is {model}, but this file is for {report.model}: a batch has one model"
        self._add(number, ERROR, other, custom_id)

    def _count(self, body: dict[str, Any]) -> None:
        tokens, media = of_request(body)
        self._tokens += tokens
        self._report.media += media
        limit = output_limit(body)
        if limit is not None:
            self._report.tokens_out += limit
        elif self._operation not in endpoints.SILENT:
            self._report.unlimited += 1

    def limits(self, max_requests: int) -> None:
        """What is to be said of the file as a whole."""
        report = self._report
        if not report.requests:
            self._add(None, ERROR, "has no requests")
        if self._blank:
            self._add(None, WARNING, f"empty lines: {self._blank}; `oai batches run` skips them")
        for count, most, what in (
            (report.requests, max_requests, "requests"),
            (report.bytes, self._max_bytes, "bytes"),
        ):
            if count > most:
                split = f"{count:,} {what}; a batch takes {most:,}: `oai batches run` splits it"
                self._add(None, WARNING, split)

    def _add(
        self, number: int | None, level: str, problem: str, custom_id: str | None = None
    ) -> None:
        self._findings.add(self._file, number, level, problem, custom_id)


def _wanted(value: dict[str, Any], name: str, what: str) -> str:
    """The complaint about a field of the line that is missing or something else."""
    if name not in value:
        return f"lacks {name}"
    given = value[name]
    shown = (repr(given) if given else "empty") if isinstance(given, str) else named(given)
    return f"{name} wants {what}, and is {shown}"
