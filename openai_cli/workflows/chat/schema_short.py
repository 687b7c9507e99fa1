r"""The short form of a schema: `name, age int, tags[]: "labels"`.

Fields are parted by commas or line ends. A field is a name and, each if wanted and in this order:

    []              an array                             tags[]      or behind the type: tags str[]
    ?               may be left out                      age? int    or behind the type: age int?
    a type          str (when none is given), int, float, bool
    a|b|c           one of these words                   mood good|bad|"so so"
    { … }           an object with fields of its own     author {name, born? int}
    : text          a description, up to the next comma, line end or closing brace
    : "text"        a description with anything in it, written as a JSON string

A name that is no plain word is written as a JSON string. Nothing but the fields is allowed in the
answer.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ...core.errors import UsageError

TYPES = {
    "str": "string",
    "string": "string",
    "int": "integer",
    "integer": "integer",
    "float": "number",
    "number": "number",
    "bool": "boolean",
    "boolean": "boolean",
}
EXAMPLE = 'for example: name, age int, tags[]: "labels", address {street, city}'
MOST_NESTED = 50

_TOKEN = re.compile(
    r"""[^\S\n]*(?:
        (?P<string>"(?:\\.|[^"\\\n])*")
      | (?P<word>[^\W\d][\w-]*)
      | (?P<sign>\[[ ]*\]|[{}?|:,\n])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_BARE = re.compile(r"[^,\n}]*")
_GAP = re.compile(r"[^\S\n]*")


def parse(text: str) -> dict[str, Any]:
    """The JSON Schema that a short form means. Raises UsageError that shows the place."""
    reader = _Reader(text)
    schema = reader.fields(0)
    reader.expect("", "a comma, or the end")
    return schema


class _Reader:
    """A recursive descent; `kind` and `token` are the token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = self._start = 0
        self.kind = self.token = ""
        self._next()

    def _next(self) -> None:
        match = _TOKEN.match(self._text, self._at)
        if match is None:
            self._start = _end_of(_GAP, self._text, self._at)
            raise self._error("something else")
        self.kind = match.lastgroup or "end"
        self.token = match.group(self.kind)
        self._start = match.start(self.kind)
        self._at = match.end()

    def _error(self, wanted: str) -> UsageError:
        before = self._text[: self._start].rpartition("\n")[2][-30:]
        after = self._text[self._start :].partition("\n")[0][:30]
        place = f"{before} ⟨here⟩ {after}".strip()
        return UsageError(f"the schema's short form wants {wanted}: {place}", EXAMPLE)

    def expect(self, token: str, wanted: str) -> None:
        """Raise unless that token is ahead; the end of the text is the empty one."""
        if self.token != token or self.kind == "string":
            raise self._error(wanted)

    def _take(self, *signs: str) -> bool:
        """Whether one of these signs was ahead; if so it is passed."""
        if self.kind != "sign" or self.token.replace(" ", "") not in signs:
            return False
        self._next()
        return True

    def fields(self, depth: int) -> dict[str, Any]:
        """Fields up to a closing brace or the end, as an object's schema."""
        if depth > MOST_NESTED:
            raise self._error("fewer braces inside each other")
        properties: dict[str, Any] = {}
        required = []
        while self._skip_breaks():
            name, schema, optional = self._field(depth)
            if name in properties:
                raise UsageError(f"the schema's short form names {name!r} twice")
            properties[name] = schema
            if not optional:
                required.append(name)
            if not (self.token in (",", "\n", "}") and self.kind == "sign") and self.kind != "end":
                raise self._error("a comma, a type, or `: description`")
        if not properties:
            raise self._error("a field")
        return {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }

    def _skip_breaks(self) -> bool:
        """Pass commas and line ends; whether a field follows."""
        while self._take(",", "\n"):
            pass
        return self.kind != "end" and not (self.kind == "sign" and self.token == "}")

    def _field(self, depth: int) -> tuple[str, dict[str, Any], bool]:
        if self.kind not in ("word", "string"):
            raise self._error("a field's name")
        name = self._string() if self.kind == "string" else self.token
        self._next()
        array, optional = self._marks()
        schema = self._type(depth)
        array_too, optional_too = self._marks()
        if array and array_too:
            schema = {"type": "array", "items": schema}
        if array or array_too:
            schema = {"type": "array", "items": schema}
        if self.kind == "sign" and self.token == ":":
            schema["description"] = self._description()
        return name, schema, optional or optional_too

    def _marks(self) -> tuple[bool, bool]:
        """`[]` and `?`, in either order."""
        array = optional = False
        while True:
            if not array and self._take("[]"):
                array = True
            elif not optional and self._take("?"):
                optional = True
            else:
                return array, optional

    def _type(self, depth: int) -> dict[str, Any]:
        if self._take("{"):
            schema = self.fields(depth + 1)
            self.expect("}", "a closing brace")
            self._next()
            return schema
        if self.kind not in ("word", "string"):
            return {"type": "string"}
        quoted = self.kind == "string"
        first = self._word()
        if self.token == "|" and self.kind == "sign":
            return {"type": "string", "enum": self._choices(first)}
        if quoted or first not in TYPES:
            raise UsageError(
                f"the schema's short form knows no type {first!r}",
                "types are str, int, float and bool; a description follows a colon",
            )
        return {"type": TYPES[first]}

    def _choices(self, first: str) -> list[str]:
        choices = [first]
        while self._take("|"):
            if self.kind not in ("word", "string"):
                raise self._error("a word to choose")
            choices.append(self._word())
        return list(dict.fromkeys(choices))

    def _word(self) -> str:
        word = self._string() if self.kind == "string" else self.token
        self._next()
        return word

    def _string(self) -> str:
        try:
            return str(json.loads(self.token))
        except ValueError:
            raise self._error("a JSON string") from None

    def _description(self) -> str:
        """The text behind a colon: a JSON string, or bare up to the end of the field."""
        self._at = _end_of(_GAP, self._text, self._at)
        if self._text.startswith('"', self._at):
            self._next()
            return self._word()
        end = _end_of(_BARE, self._text, self._at)
        text = self._text[self._at : end].strip()
        self._at = self._start = end
        if not text:
            raise self._error("a description behind the colon")
        self._next()
        return text


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
