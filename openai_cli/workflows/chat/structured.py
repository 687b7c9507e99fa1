"""The value that an answer in a given shape holds, or what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import OaiError, OutcomeError
from ...core.live import refusal
from .apis import Api, text_of

if TYPE_CHECKING:
    from .schema import Schema


def value_of(api: Api, wanted: Schema, document: Any) -> tuple[Any, OaiError | None]:
    """The value, and an OutcomeError for a refusal, a cut-off answer, or a misfit."""
    from . import schema

    if error := refusal(document):
        return None, error
    value, problem = schema.validate(wanted, text_of(api, document))
    if cut_off(document):
        return value, OutcomeError("the answer was cut off before its JSON was complete")
    if problem:
        return value, OutcomeError(f"the answer does not fit the schema: {problem}")
    return value, None


def cut_off(document: Any) -> bool:
    """Whether an answer ended before the model was done."""
    if not isinstance(document, dict):
        return False
    if document.get("status") == "incomplete":
        return True
    choices = (one for one in document.get("choices") or () if isinstance(one, dict))
    return any(one.get("finish_reason") in ("length", "content_filter") for one in choices)
