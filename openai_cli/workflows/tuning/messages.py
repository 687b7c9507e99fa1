"""The messages of a training example: roles, content, weights, and calls that are answered."""

from __future__ import annotations

from typing import Any

from . import tools
from .finding import Findings, error, shown, warning

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
WEIGHTS = (0, 1)


def check_messages(place: str, messages: Any, known: set[str] | None) -> Findings:
    """The rules for one list of messages; `place` is what they are called, `known` the names of the
    example's tools."""
    if not isinstance(messages, list):
        yield error(place, f"wants an array of messages, not {shown(messages)}")
        return
    if not messages:
        yield error(place, "is empty")
    open_calls: set[str] = set()
    for at, message in enumerate(messages):
        where = f"{place}[{at}]"
        if not isinstance(message, dict):
            yield error(where, f"wants an object, not {shown(message)}")
            continue
        yield from _message(where, message, known)
        if at and message.get("role") == "system":
            yield warning(where, "is a system message after the beginning")
        yield from _answers(where, message, open_calls)


def _message(place: str, message: dict[str, Any], known: set[str] | None) -> Findings:
    role = message.get("role")
    if role not in ROLES:
        wanted = f"wants one of {', '.join(ROLES)}"
        yield error(f"{place}.role", f"{wanted}, not {shown(role)}")
        return
    yield from _content(place, role, message)
    yield from _weight(place, role, message)
    if role == "assistant":
        yield from tools.check_calls(place, message, known)
        return
    for field in ("tool_calls", "function_call"):
        if field in message:
            yield error(f"{place}.{field}", f"stands with the role {role}: only assistants call")


def _content(place: str, role: str, message: dict[str, Any]) -> Findings:
    content = message.get("content")
    calls = bool(message.get("tool_calls") or message.get("function_call"))
    if isinstance(content, list):
        yield from _parts(f"{place}.content", role, content)
    elif content is None:
        if not (role == "assistant" and (calls or message.get("refusal"))):
            yield error(f"{place}.content", "is missing")
    elif not isinstance(content, str):
        yield error(f"{place}.content", f"wants text or parts, not {shown(content)}")
    elif not content.strip() and not calls:
        yield warning(f"{place}.content", "is empty")


def _parts(place: str, role: str, parts: list[Any]) -> Findings:
    if not parts:
        yield error(place, "is empty")
    for at, part in enumerate(parts):
        where = f"{place}[{at}]"
        kind = part.get("type") if isinstance(part, dict) else None
        if not isinstance(kind, str):
            yield error(where, "wants an object with a type")
        elif kind == "text" and not isinstance(part.get("text"), str):
            yield error(f"{where}.text", f"wants a text, not {shown(part.get('text'))}")
        elif kind == "image_url" and role != "user":
            yield error(where, f"is an image from the role {role}: only users send images")


def _weight(place: str, role: str, message: dict[str, Any]) -> Findings:
    if "weight" not in message:
        return
    weight = message["weight"]
    if role != "assistant":
        yield error(f"{place}.weight", f"stands with the role {role}: only assistants have one")
    elif weight not in WEIGHTS or isinstance(weight, bool):
        yield error(f"{place}.weight", f"wants 0 or 1, not {shown(weight)}")


def _answers(place: str, message: dict[str, Any], open_calls: set[str]) -> Findings:
    """Every call is answered before anybody else speaks; a call that ends the example need not."""
    if message.get("role") == "tool":
        identity = message.get("tool_call_id")
        if isinstance(identity, str) and identity in open_calls:
            open_calls.discard(identity)
        else:
            yield error(f"{place}.tool_call_id", f"answers no open call: {shown(identity)}")
        return
    if open_calls:
        unanswered = ", ".join(map(repr, sorted(open_calls)))
        yield error(place, f"comes before the tool's answer to {unanswered}")
    open_calls.clear()
    open_calls.update(tools.call_ids(message))


def last_role(messages: Any) -> str:
    """The role of the last message; empty where there is none."""
    last = messages[-1] if isinstance(messages, list) and messages else None
    role = last.get("role") if isinstance(last, dict) else None
    return role if isinstance(role, str) else ""


def roles(messages: Any) -> set[str]:
    """The roles that occur."""
    found = messages if isinstance(messages, list) else ()
    return {str(message.get("role")) for message in found if isinstance(message, dict)}
