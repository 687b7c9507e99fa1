"""A file's attributes: those given on the command line, and the two that are ours.

`oai_path` is the file's path in the store, `oai_sha256` the SHA-256 of its content. A file that has
both was uploaded by `oai vector-stores upload`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...core import values
from ...core.errors import OaiError, UsageError

PATH, HASH = "oai_path", "oai_sha256"
MOST = 16
LONGEST_KEY, LONGEST_TEXT = 64, 512
"""The API's limits: attributes a file, characters of a key and of a text."""
FLAG = "--attributes"

Attributes = dict[str, Any]


def read(texts: Iterable[str]) -> Attributes:
    """`key=text`, `key:=JSON` or a whole JSON object, later ones over earlier ones.

    Raises UsageError for what the API would refuse.
    """
    found: Attributes = {}
    for text in texts:
        found |= _one(text)
    for key, value in found.items():
        _check(key, value)
    if len(found) > MOST - 2:
        raise UsageError(f"{FLAG}: a file has room for {MOST - 2} beside the two of ours")
    return found


def _one(text: str) -> Attributes:
    key, equals, rest = text.partition("=")
    if text.startswith("{") or not key.endswith(":") or not equals:
        return values.map_entry(text, FLAG)
    try:
        return {key.removesuffix(":"): values.strict_json(rest)}
    except ValueError as error:
        raise UsageError(f"{FLAG} {key.removesuffix(':')} {error}") from None


def _check(key: str, value: Any) -> None:
    if key in (PATH, HASH):
        raise UsageError(f"{FLAG}: {key} is set by the upload itself")
    if not key or len(key) > LONGEST_KEY:
        raise UsageError(f"{FLAG}: a key has 1 to {LONGEST_KEY} characters, not {key!r}")
    if not isinstance(value, str | int | float):
        raise UsageError(f"{FLAG}: {key} wants a text, a number, true or false")
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise UsageError(f"{FLAG}: {key} is longer than {LONGEST_TEXT} characters")
        try:
            values.check_text(key + value)
        except ValueError as error:
            raise UsageError(f"{FLAG}: {key} {error}") from None


def of_file(key: str, sha256: str, others: Attributes) -> Attributes:
    """All attributes of a file. Raises OaiError for a path that no attribute can hold."""
    if len(key) > LONGEST_TEXT:
        raise OaiError(f"its path is longer than the {LONGEST_TEXT} characters of an attribute")
    try:
        values.check_text(key)
    except ValueError:
        raise OaiError("its name is not valid UTF-8") from None
    return {**others, PATH: key, HASH: sha256}


def without_ours(attributes: Attributes) -> Attributes:
    """What others have noted about a file."""
    return {key: value for key, value in attributes.items() if key not in (PATH, HASH)}
