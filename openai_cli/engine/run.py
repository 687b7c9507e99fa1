"""A call is sent, or shown instead (`--dry-run`, `--curl`), and becomes a result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import results
from ..core.envelope import url
from ..core.errors import OaiError, UsageError
from ..core.request import Request, build
from ..core.save import check_target
from .gather import Call
from .reading import Upload, local_file

if TYPE_CHECKING:
    from ..core.context import App
    from ..core.http import Reply
    from ..core.results import Result

TEXT_FORMATS = ("auto", "text")


def run(app: App, call: Call) -> Result:
    """What the operation answers. Raises OaiError."""
    style = output_format(app)
    if call.get("stream") is None and _goes_live(app, call, style):
        call.values["stream"] = True
    if app.option("dry_run") or app.option("curl"):
        return _shown_only(app, call)
    if "download" in call.operation.words.wait:
        from . import collecting

        collecting.check(app, call)
    _confirm(app, call)
    check_output(app, binary=call.operation.response.kind == "binary", streams=_streams(call))
    _upload(app, call)
    return _send(app, call, style)


def output_format(app: App) -> str:
    """The format asked for; `--jq` looks at JSON unless another was named."""
    chosen = app.settings.format
    if app.option("jq") and chosen == "auto":
        return "json"
    return chosen


def _goes_live(app: App, call: Call, style: str) -> bool:
    """Whether to stream unasked: a new answer's text as it is made, or every event for jsonl. Not
    where a parameter was given that decides what kind of text comes back, nor where the answer is
    only the beginning of the work."""
    operation = call.operation
    if _works_elsewhere(app, call):
        return False
    asked_in_body = operation.stream is not None and operation.stream.ask == "body"
    if not asked_in_body or style not in (*TEXT_FORMATS, "jsonl"):
        return False
    if operation.response.depends and call.has(operation.response.depends):
        return False
    from ..core.live import FAMILIES

    return operation.words.live in FAMILIES


def _works_elsewhere(app: App, call: Call) -> bool:
    """Whether the answer comes at once, and the work is done afterwards."""
    word = call.operation.words.wait
    if "when" in word:
        return call.get(word["when"]) is True
    return bool(word and app.option("wait"))


def _send(app: App, call: Call, style: str) -> Result:
    operation = call.operation
    words = operation.words
    waits = app.option("wait") and not _streams(call)
    if style == "raw" and not waits:
        return results.Untouched(app.api.open(operation, call.values, call.body))
    if operation.page:
        chunks = app.api.pages(operation, call.values, app.option("max_items"), call.body)
        return results.Listing(chunks, operation.page, words.columns)
    from ..core.api import decode, events

    binary = operation.response.kind == "binary"
    if binary and operation.method == "GET":
        return download(app, call)
    whole = not binary and not _streams(call)
    reply = app.api.open(operation, call.values, call.body, whole=whole)
    if operation.stream and reply.content_type == "text/event-stream":
        return results.Events(events(reply), words.live)
    if binary:
        return results.Download(reply, _file_name(call))
    with reply:
        value = decode(operation, reply)
    if waits:
        from . import waiting

        return waiting.finish(app, call, value, reply.headers)
    if value is None:
        return results.Done()
    if isinstance(value, str):
        return results.Text(value)
    return results.Document(value, "" if _works_elsewhere(app, call) else words.live)


def download(app: App, call: Call) -> results.Download:
    """A binary answer that may be asked for again, and in parts."""
    operation = call.operation

    def ask(headers: Mapping[str, str]) -> Reply:
        return app.api.open(operation, call.values, call.body, headers=headers)

    request = build(operation, call.values, call.body)
    source = f"{operation.name} {url(app.settings, request)}"
    return results.Download(None, _file_name(call), ask, source)


def _streams(call: Call) -> bool:
    stream = call.operation.stream
    return stream is not None and (stream.ask == "always" or call.get("stream") is True)


def _file_name(call: Call) -> str:
    template = call.operation.words.download
    return template.format_map(_Given(call)) if template else ""


class _Given(dict[str, str]):
    """A call's values for `{name}` places; what is missing becomes the name itself."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self._call = call

    def __missing__(self, key: str) -> str:
        value = self._call.get(key)
        return key if value is None else str(value).replace("/", "_")


# -- before sending ---------------------------------------------------------------------------


def check_output(app: App, *, binary: bool = False, streams: bool = False) -> None:
    """Find out before anything is sent (and paid for) that its answer could not be shown or saved.

    Raises UsageError.
    """
    style = app.settings.format
    name = app.option("output")
    if app.option("jq"):
        from ..render.jq import compiled

        compiled(app.option("jq"))
        if binary:
            raise UsageError("--jq cannot filter a binary answer")
    if streams and style in ("table", "csv"):
        raise UsageError(f"events cannot be shown as {style}", "use -f text, jsonl or json")
    if binary and not name and app.console.stdout_tty:
        raise UsageError(
            "the answer is binary and is not written to a terminal",
            "save it with -o FILE, or pipe it on",
        )
    if name and name != "-":
        check_target(Path(name).expanduser())


def _confirm(app: App, call: Call) -> None:
    """Ask before what cannot be undone, where somebody can answer; scripts are not asked."""
    question = call.operation.words.confirm
    if not question or app.option("yes") or app.option("no_input") or not app.console.interactive:
        return
    from ..render.ask import confirm

    if not confirm(app.console, question.format_map(_Given(call))):
        raise OaiError("not confirmed: nothing was sent", "--yes answers in advance")


def _upload(app: App, call: Call) -> None:
    """Send the local files that stand where file ids are wanted."""
    for place in (call.values, call.body):
        for name, value in place.items():
            if isinstance(value, Upload):
                place[name] = _file_id(app, value)
            elif isinstance(value, list) and any(isinstance(item, Upload) for item in value):
                place[name] = [
                    _file_id(app, item) if isinstance(item, Upload) else item for item in value
                ]


def _file_id(app: App, wanted: Upload) -> str:
    return upload(app, wanted.path, wanted.purpose)


def upload(app: App, path: str, purpose: str) -> str:
    """Send a local file; its id. Raises OaiError."""
    from ..catalog import load

    operation = load.operation(load.UPLOAD)
    made = app.api.call(operation, {"file": local_file(path), "purpose": purpose})
    if not app.console.quiet:
        app.console.note(f"uploaded {Path(path).name} as {made['id']}")
    return str(made["id"])


# -- instead of sending -----------------------------------------------------------------------


def _shown_only(app: App, call: Call) -> Result:
    from ..render import preview

    operation = call.operation
    request = build(operation, _named_uploads(call.values), _named_uploads(call.body))
    return show_request(app, request, operation.auth, preview)


def show_request(app: App, request: Request, auth: str, preview: Any) -> Result:
    """The request as JSON, or as a curl command; on stdout, since `-o` is for the answer."""
    app.options.pop("output", None)
    if app.option("curl"):
        return results.Text(preview.curl(app, request, auth) + "\n")
    return results.Document(preview.as_json(app, request, auth))


def _named_uploads(values: dict[str, Any]) -> dict[str, Any]:
    """Uploads shown as the files they are, since nothing is sent."""

    def name(value: Any) -> Any:
        if isinstance(value, Upload):
            return f"(id of {value.path}, uploaded as {value.purpose})"
        return [name(item) for item in value] if isinstance(value, list) else value

    return {key: name(value) for key, value in values.items()}
