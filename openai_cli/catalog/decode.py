"""Turns the JSON of one operation into its record. Keys left out of the file mean the default."""

from __future__ import annotations

from typing import Any

from .model import Field, Multipart, Operation, Page, Parameter, Response, Stream, Words


def decode(name: str, raw: dict[str, Any]) -> Operation:
    """The record of `raw`, one value of `data/operations/*.json`."""
    multipart = raw.get("multipart")
    return Operation(
        name=name,
        command=tuple(raw["command"]),
        method=raw["method"],
        path=raw["path"],
        help=raw["help"],
        parameters=tuple(_parameter(p) for p in raw["parameters"]),
        response=Response(**raw["response"]),
        headers=raw.get("headers", {}),
        auth=raw.get("auth", "bearer"),
        multipart=_multipart(multipart) if multipart else None,
        stream=Stream(**raw["stream"]) if "stream" in raw else None,
        page=Page(**raw["page"]) if "page" in raw else None,
        required=tuple(tuple(names) for names in raw.get("required", ())),
        deprecated=raw.get("deprecated", False),
        words=_words(raw.get("words", {})),
    )


def _parameter(raw: dict[str, Any]) -> Parameter:
    values = dict(raw)
    values["place"] = values.pop("in")
    values["enum"] = tuple(values.get("enum", ()))
    values["fields"] = tuple(_field(f) for f in values.get("fields", ()))
    return Parameter(**values)


def _field(raw: dict[str, Any]) -> Field:
    values = dict(raw)
    values["path"] = tuple(values["path"])
    values["enum"] = tuple(values.get("enum", ()))
    return Field(**values)


def _multipart(raw: dict[str, Any]) -> Multipart:
    values = dict(raw)
    values["files"] = tuple(tuple(path) for path in values.get("files", ()))
    return Multipart(**values)


_TUPLES = ("main", "example", "columns")


def _words(raw: dict[str, Any]) -> Words:
    values = dict(raw)
    for key in _TUPLES:
        values[key] = tuple(values.get(key, ()))
    values["groups"] = {title: tuple(names) for title, names in values.get("groups", {}).items()}
    return Words(**values)
