"""Calls SDK methods with marked values and records the request they would send.

Reading a method's source only tells where values go as long as it is written in the usual way;
running it always does.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openai import OpenAI, _types

from .resources import Function

SDK_ONLY = frozenset({"self", "extra_headers", "extra_query", "extra_body", "timeout"})


@dataclass(frozen=True)
class Call:
    """What a method handed to the SDK's transport."""

    method: str
    url: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    files: Any
    content: Any
    security: Mapping[str, bool] = field(default_factory=dict)
    stream: bool = False
    joined_events: bool = False
    session_events: bool = False


class _Recorded(Exception):
    def __init__(self, call: Call) -> None:
        self.call = call


class Recorder(OpenAI):
    """A client that raises the request instead of sending it."""

    def __init__(self) -> None:
        keys: dict[str, Any] = {"api_key": "none", "base_url": "http://sdk.invalid"}
        if "admin_api_key" in inspect.signature(OpenAI.__init__).parameters:
            keys["admin_api_key"] = "none"
        super().__init__(**keys)

    def request(self, cast_to: Any, options: Any, **kwargs: Any) -> Any:
        """Raise what would be sent."""
        raise _Recorded(
            Call(
                method=options.method.upper(),
                url=options.url,
                query=_given(options.params),
                headers=_given(options.headers),
                body=_given(options.json_data),
                files=options.files,
                content=getattr(options, "content", None),
                security=dict(getattr(options, "security", None) or {}),
                stream=bool(kwargs.get("stream")),
                joined_events=bool(getattr(options, "synthesize_event_and_data", False)),
                session_events=getattr(options, "stream_mode", "legacy") == "events",
            )
        )


def _given(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _given(v) for k, v in value.items() if not is_omitted(v)}
    return {} if value is None or is_omitted(value) else value


def is_omitted(value: Any) -> bool:
    """Whether a value is one of the SDK's marks for "not given"."""
    marks = tuple(getattr(_types, n) for n in ("Omit", "NotGiven") if hasattr(_types, n))
    return isinstance(value, marks)


def record(function: Function, instance: Any, arguments: Mapping[str, Any]) -> Call:
    """The request `function` would send for `arguments`."""
    try:
        with warnings.catch_warnings(action="ignore"):
            function(instance, **arguments)
    except _Recorded as recorded:
        return recorded.call
    raise AssertionError(f"{function.__qualname__} sent nothing")


def token(name: str) -> str:
    """A text that stands for a parameter's value and is found again in the request."""
    return "".join(f"{byte:02x}" for byte in f"<{name}>".encode())


def marks(parameters: Mapping[str, str]) -> dict[str, Any]:
    """A marked value for each parameter by its kind: `file`, `files`, `array`, or anything else."""
    return {name: _mark(token(name), kind) for name, kind in parameters.items()}


def _mark(text: str, kind: str) -> Any:
    if kind in ("file", "files"):
        file = (f"{text}.bin", text.encode())
        return [file] if kind == "files" else file
    return [text, text] if kind == "array" else text


def contains(value: Any, text: str) -> bool:
    """Whether a marked text stands anywhere inside a value."""
    if isinstance(value, str):
        return text in value
    if isinstance(value, bytes):
        return text.encode() in value
    if isinstance(value, Mapping):
        return any(contains(v, text) for v in value.values())
    return isinstance(value, Iterable) and any(contains(v, text) for v in value)
