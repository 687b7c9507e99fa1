"""A method's parameters as the SDK declares them: types, required sets, notes of deprecation."""

from __future__ import annotations

import inspect
import re
import typing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .probe import SDK_ONLY, is_omitted
from .resources import Function

_DEPRECATED = re.compile(r"^\W*deprecated\b|\bis (now )?deprecated\b|\bnow deprecated\b", re.I)
_ENTRY = re.compile(r"^  (\w+): ")


@dataclass
class Signature:
    """What one method takes, without the options that belong to the SDK alone."""

    function: Function

    @cached_property
    def hints(self) -> dict[str, Any]:
        """The annotation of each parameter, in order."""
        hints = typing.get_type_hints(self.function, include_extras=True)
        return {name: hints.get(name, Any) for name in self._names(self.function)}

    @cached_property
    def returns(self) -> Any:
        """The annotation of the result."""
        return typing.get_type_hints(self.function, include_extras=True)["return"]

    @cached_property
    def returns_text(self) -> str:
        """The annotation of the result as it is written: aliases keep their names there."""
        return str(inspect.unwrap(self.function).__annotations__["return"])

    @cached_property
    def required(self) -> list[list[str]]:
        """The smallest sets of required parameters; only overloads can have more than one.

        What an overload asks for beyond another one is no alternative (`stream`, `response_format`
        only choose the type of the answer).
        """
        sets = [
            self._names(overload, required=True)
            for overload in typing.get_overloads(self.function) or [self.function]
        ]
        smallest = [s for s in sets if not any(set(other) < set(s) for other in sets)]
        return [s for n, s in enumerate(smallest) if set(s) not in map(set, smallest[:n])]

    @cached_property
    def deprecated(self) -> frozenset[str]:
        """Parameters whose documentation says, right at the start, that they are deprecated."""
        overloads = typing.get_overloads(self.function)
        documented = overloads[0] if overloads else self.function
        texts = _arguments(inspect.getdoc(documented) or "")
        return frozenset(name for name, text in texts.items() if _DEPRECATED.search(text))

    @staticmethod
    def _names(function: Function, *, required: bool = False) -> list[str]:
        parameters = inspect.signature(function).parameters.values()
        return [
            p.name
            for p in parameters
            if p.name not in SDK_ONLY and not (required and p.default is not p.empty)
        ]


def _arguments(doc: str) -> dict[str, str]:
    """The paragraphs of a docstring's `Args:` section, without their lists of values."""
    texts: dict[str, list[str]] = {}
    name = ""
    for line in doc.partition("Args:\n")[2].splitlines():
        if entry := _ENTRY.match(line):
            name = entry.group(1)
            texts[name] = []
            line = line[entry.end() :]
        if name:
            texts[name].append(line.strip())
    joined = {name: " ".join(lines) for name, lines in texts.items()}
    return {name: text.partition("Deprecated values:")[0] for name, text in joined.items()}


def optional(function: Function) -> list[str]:
    """Parameters left out by default: the API's own, not the SDK's settings."""
    parameters = inspect.signature(function).parameters.values()
    return [
        p.name
        for p in parameters
        if p.name not in SDK_ONLY and (p.default is p.empty or is_omitted(p.default))
    ]
