"""Annotations become structured types, and objects get their names and files."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from tools.sync import display
from tools.sync.annotations import Annotations
from tools.sync.shapes import Shapes


def convert(annotation: Any) -> Any:
    return Annotations().convert(annotation)


@pytest.mark.parametrize(
    ("annotation", "shape"),
    [
        (str | None, {"union": ["string", "null"]}),
        (str | Literal["a", "b"], {"enum": ["a", "b"], "open": True}),
        (Literal["a"] | Literal["b"], {"enum": ["a", "b"]}),
        (Literal[False] | Literal[True], "boolean"),
        (int | Literal["inf"], {"union": ["integer", {"enum": ["inf"]}]}),
        (dict[str, object], {"map": "any"}),
        (list[str | int], {"array": {"union": ["string", "integer"]}}),
        (bytes | tuple[str, bytes], "file"),
    ],
)
def test_annotations(annotation: Any, shape: Any) -> None:
    assert convert(annotation) == shape


def test_an_annotation_nobody_knows_is_an_error() -> None:
    with pytest.raises(TypeError, match="no structured type"):
        convert(type[int])


def _object(**fields: Any) -> dict[str, Any]:
    return {"object": {name: {"type": shape} for name, shape in fields.items()}}


def test_equal_objects_are_stored_once_and_different_ones_get_longer_names() -> None:
    objects = {
        "openai.types.a_params:Data": _object(
            x="string", again={"ref": "openai.types.a_params:Data"}
        ),
        "openai.types.b_params:Data": _object(
            x="string", again={"ref": "openai.types.b_params:Data"}
        ),
        "openai.types.c_params:Data": _object(x="integer"),
    }
    users = {
        "top.one": {"ref": "openai.types.a_params:Data"},
        "top.two": {"ref": "openai.types.b_params:Data"},
        "other.one": {"ref": "openai.types.c_params:Data"},
    }
    shapes = Shapes(objects, users)
    assert shapes.rename(users) == {
        "top.one": {"ref": "top:AData"},
        "top.two": {"ref": "top:AData"},
        "other.one": {"ref": "other:CData"},
    }
    assert shapes.files()["top"] == {"AData": _object(x="string", again={"ref": "top:AData"})}


def test_objects_of_several_resources_are_shared() -> None:
    objects = {"openai.types.a:Data": _object(x="string")}
    ref = {"ref": "openai.types.a:Data"}
    assert list(Shapes(objects, {"one.do": ref, "two.do": ref}).files()) == ["shared"]


def test_fields_of_a_type_that_contains_itself_end() -> None:
    objects = {"n": _object(value="integer", next={"ref": "n"})}
    assert display.nested("node", {"ref": "n"}, objects) == [
        {"path": ["node", "value"], "type": "integer"}
    ]
