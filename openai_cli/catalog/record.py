"""Plain records, made without compiling code: a `dataclass` costs half a millisecond at start.

A subclass declares its fields as annotations, with defaults where there are any; type checkers see
a dataclass (PEP 681). A default that is a list or a dict is copied for each instance.
"""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform


@dataclass_transform()
class Record:
    """The base of every record."""

    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        names = [name for name in cls.__annotations__ if not name.startswith("_")]
        cls._fields = (*cls._fields, *names)
        cls._defaults = {**cls._defaults, **{n: vars(cls)[n] for n in names if n in vars(cls)}}

    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self._fields, values, strict=False)) | named
        if len(values) > len(self._fields) or not given.keys() <= set(self._fields):
            raise TypeError(f"{type(self).__name__} has no such field: {given}")
        for name in self._fields:
            if name in given:
                value = given[name]
            elif name in self._defaults:
                value = self._defaults[name]
                if isinstance(value, dict | list):
                    value = value.copy()
            else:
                raise TypeError(f"{type(self).__name__} wants {name}")
            setattr(self, name, value)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._fields)
        return f"{type(self).__name__}({shown})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = object.__hash__
