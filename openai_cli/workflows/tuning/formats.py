"""The formats of training data, and the rules for an example of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .finding import Findings, error, shown, warning
from .messages import check_messages, last_role, roles
from .tools import check_tools, names

SUPERVISED, PREFERENCE, REINFORCEMENT = "supervised", "preference", "reinforcement"
METHODS = {
    SUPERVISED: SUPERVISED,
    PREFERENCE: PREFERENCE,
    "dpo": PREFERENCE,
    REINFORCEMENT: REINFORCEMENT,
}
"""What a method may be called, and the format that it wants. The API says `dpo`."""

_CHAT = ("messages", "tools", "functions", "parallel_tool_calls")
_OUTPUTS = ("preferred_output", "non_preferred_output")
_CLASSIC = ("prompt", "completion")
READ = frozenset(("messages", *_OUTPUTS, *_CLASSIC))
"""Fields whose text the model reads or learns."""


def detect(example: dict[str, Any]) -> str:
    """The format of an example, as far as its fields say."""
    if example.keys() & {"input", *_OUTPUTS}:
        return PREFERENCE
    if "messages" in example and last_role(example["messages"]) in ("user", "tool"):
        extra = example.keys() - set(_CHAT)
        return REINFORCEMENT if extra else SUPERVISED
    return SUPERVISED


def grader_fields(example: dict[str, Any]) -> set[str]:
    """The fields beside the conversation, which graders read."""
    return example.keys() - set(_CHAT)


def strange_fields(method: str, example: dict[str, Any]) -> set[str]:
    """The fields that an example of this format does not have."""
    if method == PREFERENCE:
        return example.keys() - {"input", *_OUTPUTS}
    return example.keys() - {*_CHAT, *_CLASSIC}


def check_example(method: str, example: dict[str, Any]) -> Findings:
    """Everything that is wrong with one example of a format."""
    return _RULES[method](example)


def _supervised(example: dict[str, Any]) -> Findings:
    if "messages" not in example and example.keys() & set(_CLASSIC):
        yield from _classic(example)
        return
    yield from _conversation("", example)
    messages = example.get("messages")
    if not isinstance(messages, list) or not messages:
        return
    if last_role(messages) != "assistant":
        yield error("messages", "must end with the assistant's answer, which is what is learned")
    elif not any(_is_learned(message) for message in messages):
        yield error("messages", "teach nothing: every answer has the weight 0")
    elif not roles(messages) & {"user", "tool", "function"}:
        yield warning("messages", "have no question: nobody but the assistant speaks")


def _is_learned(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.get("role") == "assistant"
        and message.get("weight") != 0
    )


def _classic(example: dict[str, Any]) -> Findings:
    """Prompt and completion, as the older base models take them."""
    for name in _CLASSIC:
        if not isinstance(example.get(name), str):
            yield error(name, f"wants a text, not {shown(example.get(name))}")
    if example.get("completion") == "":
        yield error("completion", "is empty")


def _preference(example: dict[str, Any]) -> Findings:
    given = example.get("input")
    if isinstance(given, dict):
        yield from _conversation("input.", given)
        if last_role(given.get("messages")) == "assistant":
            yield error("input.messages", "must end before the answers, not with one")
    else:
        yield error("input", f"wants an object with messages, not {shown(given)}")
        given = {}
    for name in _OUTPUTS:
        yield from _output(name, example.get(name), given)
    preferred, other = (example.get(name) for name in _OUTPUTS)
    if preferred and preferred == other:
        yield warning("preferred_output", "and non_preferred_output are the same")


def _output(name: str, messages: Any, given: dict[str, Any]) -> Findings:
    yield from check_messages(name, messages, names(given))
    if strange := roles(messages) - {"assistant", "tool"}:
        yield error(name, f"may hold answers only, not the role {', '.join(sorted(strange))}")
    elif isinstance(messages, list) and messages and last_role(messages) != "assistant":
        yield error(name, "must end with the assistant's answer")


def _reinforcement(example: dict[str, Any]) -> Findings:
    yield from _conversation("", example)
    messages = example.get("messages")
    if isinstance(messages, list) and messages and last_role(messages) != "user":
        yield error("messages", "must end with the user's message; the model answers in training")


def _conversation(place: str, example: dict[str, Any]) -> Findings:
    """`messages` and the tools beside them."""
    yield from check_tools(place, example)
    if "messages" in example:
        yield from check_messages(f"{place}messages", example["messages"], names(example))
    else:
        yield error(f"{place}messages", "is missing")


_RULES: dict[str, Callable[[dict[str, Any]], Findings]] = {
    SUPERVISED: _supervised,
    PREFERENCE: _preference,
    REINFORCEMENT: _reinforcement,
}
