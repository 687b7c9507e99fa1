"""Making room in a conversation: the API's own compaction, or a summary by the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import ApiError
from .apis import Usage, said, text_of

if TYPE_CHECKING:
    from .conversation import Conversation

Item = dict[str, Any]

QUESTION = "What have we talked about so far?"
SUMMARY = (
    "Summarize our conversation so far for yourself, so that it can go on from your summary alone: "
    "facts, decisions, open questions, names, code that matters. Write only the summary."
)
TOO_LONG = "context_length_exceeded"


def compacted(talk: Conversation) -> tuple[list[Item], Usage]:
    """The items that can stand for the conversation, and what it took to make them."""
    if talk.api.name == "responses":
        source: dict[str, Any] = {"previous_response_id": talk.state}
        if not talk.state:
            source = {"input": talk.items}
        document = talk.app.api.call("responses.compact", {"model": talk.model, **source})
        return talk.api.answer(document), talk.api.usage(document)
    return _summarized(talk, talk.items)


def _summarized(talk: Conversation, items: list[Item]) -> tuple[list[Item], Usage]:
    """A summary in place of messages; what is too long to be read at once is read in halves."""
    try:
        return _summary(talk, items)
    except ApiError as error:
        middle = _middle(items)
        if error.code != TOO_LONG or middle is None:
            raise
    first, before = _summarized(talk, items[:middle])
    second, after = _summarized(talk, [*first, *items[middle:]])
    return second, before.plus(after)


def _summary(talk: Conversation, items: list[Item]) -> tuple[list[Item], Usage]:
    messages = [*items, {"role": "user", "content": SUMMARY}]
    if talk.system:
        messages.insert(0, {"role": "system", "content": talk.system})
    values = {"model": talk.model, "messages": messages}
    document = talk.app.api.call(talk.api.operation, values)
    short = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": text_of(talk.api, document)},
    ]
    return short, talk.api.usage(document)


def _middle(items: list[Item]) -> int | None:
    """Where a question stands that leaves something on both sides; a summary alone is no half."""
    users = [at for at, item in enumerate(items) if item.get("role") == "user"][1:]
    if users and said(items[0]) == QUESTION:
        users = users[1:]
    return min(users, key=lambda at: abs(at - len(items) // 2)) if users else None
