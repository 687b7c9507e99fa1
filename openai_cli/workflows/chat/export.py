"""A saved conversation as people and programs read it: plain text, markdown or JSON.

Messages of chat completions and items of responses are read alike. What is no text (pictures,
files, tool calls) is shown as one line in brackets; data inside the message is never spelled out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ...render import cells

if TYPE_CHECKING:
    from ...core.console import Console
    from .store_records import Message, Session


def document(session: Session, messages: Iterable[Message]) -> dict[str, Any]:
    """Everything that is kept of a session, the API's own messages included."""
    kept = [message.as_dict() for message in messages]
    return {**session.as_dict(), "messages": kept}


def human(console: Console, session: Session, messages: Iterable[Message]) -> str:
    """The conversation for a terminal; control characters in its texts made visible."""
    from ...core.console import harmless

    lines = [console.style(harmless(session.name or session.title or session.id), "1")]
    lines.append(console.style(harmless(_about(session)), "2"))
    if session.system:
        lines += ["", console.style("system", "1"), harmless(session.system)]
    for number, message in enumerate(messages, 1):
        when = console.style(f"{number}  {cells.moment(message.created_at)}", "2")
        lines += ["", f"{console.style(harmless(message.role), '1')}  {when}"]
        lines.append(harmless(readable(message)))
    return "\n".join(lines) + "\n"


def markdown(session: Session, messages: Iterable[Message]) -> str:
    """The conversation as a markdown document, a heading for each speaker."""
    title = session.name or session.title or session.id
    parts = [f"# {title}", _about(session)]
    if session.system:
        parts += ["## system", session.system]
    speaker = ""
    for message in messages:
        if message.role != speaker:
            parts.append(f"## {message.role}")
            speaker = message.role
        parts.append(readable(message))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _about(session: Session) -> str:
    when = cells.moment(session.created_at)
    return f"{session.id} · {session.model} · {session.api} · {when}"


def readable(message: Message) -> str:
    """A kept message as text; its stored text where its JSON shows none."""
    body = message.message
    lines = [*_summary(body), *_content(body.get("content")), *_tools(body)]
    if refusal := body.get("refusal"):
        lines.append(str(refusal))
    if isinstance(body.get("audio"), dict):
        lines.append(str(body["audio"].get("transcript") or "[audio]"))
    shown = "\n".join(line for line in lines if line)
    return shown or message.text or f"[{body.get('type') or message.role}]"


def _summary(body: dict[str, Any]) -> list[str]:
    """The parts of a reasoning summary."""
    summary = body.get("summary")
    parts = summary if isinstance(summary, list) else ()
    return [f"[reasoning] {part['text']}" for part in parts if isinstance(part, dict)]


def _content(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    parts = content if isinstance(content, list) else ()
    return [_part(part) for part in parts if isinstance(part, dict)]


def _part(part: dict[str, Any]) -> str:
    kind = str(part.get("type", "part"))
    if isinstance(part.get("text"), str):
        return str(part["text"])
    reader = PARTS.get(kind)
    return reader(part) if reader else str(part.get("refusal") or f"[{kind}]")


def _image(part: dict[str, Any]) -> str:
    value = part.get("image_url")
    url = value.get("url") if isinstance(value, dict) else value
    return _bracket("image", str(url or part.get("file_id") or ""))


def _file(part: dict[str, Any]) -> str:
    inner = part.get("file")
    file = inner if isinstance(inner, dict) else part
    names = ("filename", "file_url", "file_id", "file_data")
    return _bracket("file", next((str(file[name]) for name in names if file.get(name)), ""))


def _audio(part: dict[str, Any]) -> str:
    inner = part.get("input_audio")
    return _bracket("audio", str(inner.get("format", "")) if isinstance(inner, dict) else "")


PARTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "image_url": _image,
    "input_image": _image,
    "file": _file,
    "input_file": _file,
    "input_audio": _audio,
}


def _bracket(what: str, detail: str) -> str:
    """`[what detail]`; of data inside a URL only its media type."""
    if detail.startswith("data:"):
        detail = detail[5:].partition(",")[0].partition(";")[0]
    return f"[{what} {detail}]" if detail else f"[{what}]"


def _tools(body: dict[str, Any]) -> list[str]:
    """Calls of tools, and what came back."""
    kind = str(body.get("type", ""))
    if kind in ("function_call", "custom_tool_call"):
        return [_call(body, body.get("arguments", body.get("input")))]
    if kind.endswith("_output"):
        output = body.get("output")
        return [output] if isinstance(output, str) else _content(output)
    calls = body.get("tool_calls")
    return [_chat_call(call) for call in (calls if isinstance(calls, list) else ())]


def _chat_call(call: Any) -> str:
    inner = call.get("function") or call.get("custom") if isinstance(call, dict) else None
    return _call(inner, inner.get("arguments", inner.get("input"))) if inner else "[tool call]"


def _call(named: dict[str, Any], arguments: Any) -> str:
    return f"[calls {named.get('name', 'a tool')}({'' if arguments is None else arguments})]"
