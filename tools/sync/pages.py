"""How lists go on: the SDK's page classes, and envelopes that have no class of their own."""

from __future__ import annotations

import ast
import typing
from typing import Any

from openai._base_client import BaseSyncPage

from .resources import syntax

_STYLES = {
    ("after", "last_item.id"): "cursor",
    ("after", "last_id"): "last_id",
    ("after", "next"): "next",
    ("page", "next"): "token",
}


def page_class(annotation: Any) -> Any:
    """The page class of a method's result, None if it is not one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseSyncPage):
        return annotation.__pydantic_generic_metadata__["origin"]
    return None


def of_class(cls: Any) -> dict[str, str]:
    """The page record of one of the SDK's page classes."""
    page = {"items": _items(cls)}
    following = _following(cls)
    if following is None:
        return {"style": "single", **page}
    param, source = following
    page |= {"style": _STYLES[following], "param": param, "source": source}
    if "has_more" in cls.model_fields:
        page["more"] = "has_more"
    return page


def _items(cls: Any) -> str:
    for name, field in cls.model_fields.items():
        if typing.get_origin(field.annotation) is list:
            return str(name)
    raise TypeError(f"{cls.__name__} has no list of items")


def _following(cls: Any) -> tuple[str, str] | None:
    """The query parameter of the next request and where its value stands, read from the source."""
    for node in ast.walk(syntax(cls.next_page_info)):
        if isinstance(node, ast.Dict) and isinstance(node.keys[0], ast.Constant):
            value = node.values[0]
            source = f"last_item.{value.attr}" if isinstance(value, ast.Attribute) else ""
            return str(node.keys[0].value), source or ast.unparse(value)
    return None


def of_envelope(method: str, query: set[str], envelope: dict[str, Any]) -> dict[str, str] | None:
    """The page record of a plain object that holds a list and says how to go on."""
    fields = envelope["object"]
    listing = next((n for n, f in fields.items() if _is_array(f["type"])), "")
    if method != "GET" or not listing:
        return None
    page = {"items": listing, "more": "has_more" if "has_more" in fields else ""}
    if "next_page" in fields and "page" in query:
        return {"style": "next_page", "param": "page", "source": "next_page", **page}
    if "last_id" in fields and "after" in query:
        return {"style": "last_id", "param": "after", "source": "last_id", **page}
    return None


def _is_array(shape: Any) -> bool:
    return isinstance(shape, dict) and "array" in shape


def item(annotation: Any) -> Any:
    """The annotation of a page's items."""
    return annotation.__pydantic_generic_metadata__["args"][0]
