"""The strict form of a schema: the SDK's own for models, and what people write made to fit."""

from __future__ import annotations

import dataclasses
import enum
import io
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import given
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field, RootModel, TypeAdapter
from typing_extensions import TypedDict

from openai_cli.core.console import Console
from openai_cli.core.errors import UsageError
from openai_cli.core.inputs import Inputs
from openai_cli.workflows.chat import schema, schema_walk
from openai_cli.workflows.chat.schema_strict import Inexpressible, strict

from .support.schemas import INT, TEXT, VALUES, closed, object_of, objects


def load(text: str) -> schema.Schema:
    return schema.load(text, Inputs(Console(io.BytesIO(), None, None, {})), Path.cwd())


# -- compared with the SDK's -----------------------------------------------------------------------


class Colour(enum.Enum):
    """Some colours."""

    RED = "red"
    BLUE = "blue"


class Plain(BaseModel):
    """Scalars."""

    name: str
    age: int
    size: float
    here: bool


class Optionals(BaseModel):
    a: int | None
    b: Optional[str] = None  # noqa: UP045 - the older spelling is the point
    c: int = 3
    d: list[str] = Field(default_factory=list)
    e: Colour | None = Field(None, description="perhaps a colour")


class Constrained(BaseModel):
    mail: Annotated[str, Field(pattern=r"^\S+@\S+$", max_length=80)]
    score: float = Field(ge=0, le=1, description="from 0 to 1", examples=[0.5])
    few: list[int] = Field(min_length=1, max_length=3)
    aliased: int = Field(alias="inOtherWords")


class Nested(BaseModel):
    first: Plain
    second: Plain = Field(description="with a description of its own")
    more: list[Plain]
    colour: Colour = Field(Colour.RED, description="a colour")
    kind: Literal["a", "b"]
    only: Literal["x"] = "x"


class Tree(BaseModel):
    value: str
    children: list[Tree]
    parent: Tree | None = Field(description="the one above")


class Left(BaseModel):
    right: Right | None


class Right(BaseModel):
    left: Left = Field(description="back again")


class Union(BaseModel):
    one: int | str | None
    other: Plain | Optionals = Field(description="either")
    many: list[int | Plain]


class Forbidding(BaseModel, extra="forbid"):
    name: str


class Empty(BaseModel):
    pass


class Rooted(RootModel[Plain]):
    pass


@dataclasses.dataclass
class Data:
    name: str
    tree: Tree
    size: int = 3


class Typed(TypedDict):
    name: str
    plain: Plain


MODELS: list[type[BaseModel]] = [
    *(Plain, Optionals, Constrained, Nested, Tree, Left, Right, Union, Forbidding, Empty, Rooted)
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_strict_models_equal_the_sdk(model: type[BaseModel]) -> None:
    before = json.dumps(model.model_json_schema())
    ours = load(f"{__name__}:{model.__name__}")
    assert ours.strict == to_strict_json_schema(model)
    assert list_order(ours.strict) == list_order(to_strict_json_schema(model))
    assert json.dumps(ours.schema) == before
    assert ours.name == model.__name__ and ours.model is model


@pytest.mark.parametrize("model", [Data, Typed], ids=lambda model: model.__name__)
def test_other_types_equal_the_sdk(model: Any) -> None:
    assert load(f"{__name__}:{model.__name__}").strict == to_strict_json_schema(TypeAdapter(model))


def list_order(one: Any) -> Any:
    """The order of properties, which is the order in which a model answers."""
    if isinstance(one, dict):
        names = list(one["properties"]) if isinstance(one.get("properties"), dict) else []
        return [names, *(list_order(one[key]) for key in sorted(one))]
    return [list_order(item) for item in one] if isinstance(one, list) else []


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Owner(BaseModel):
    pet: Cat | Dog = Field(discriminator="kind")


class Open(BaseModel, extra="allow"):
    name: str


def test_what_the_api_refuses_is_written_otherwise() -> None:
    pet = load(f"{__name__}:Owner").strict["properties"]["pet"]
    assert pet["anyOf"] == [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}]
    assert not {"oneOf", "discriminator"} & pet.keys()
    assert load(f"{__name__}:Open").strict["additionalProperties"] is False


# -- the strict form of schemas that people wrote -------------------------------------------------


def test_optional_properties_become_nullable() -> None:
    written = object_of(
        ["a"],
        a=TEXT,
        b={**INT, "description": "a number", "minimum": 0},
        c={"type": "string", "enum": ["x"], "description": "x"},
        d={"$ref": "#/$defs/D"},
        e={"anyOf": [INT, TEXT], "default": None},
        f={"type": ["string", "null"]},
        g={"type": "array", "items": object_of([], h={"const": 1})},
    )
    written["$defs"] = {"D": object_of(x=TEXT)}
    before = json.dumps(written)
    null = {"type": "null"}
    assert strict(written, optional_as_null=True) == {
        **closed(
            a=TEXT,
            b={"type": ["integer", "null"], "description": "a number", "minimum": 0},
            c={"anyOf": [{"type": "string", "enum": ["x"]}, null], "description": "x"},
            d={"anyOf": [{"$ref": "#/$defs/D"}, null]},
            e={"anyOf": [INT, TEXT, null]},
            f={"type": ["string", "null"]},
            g={
                "anyOf": [
                    {"type": "array", "items": closed(h={"anyOf": [{"const": 1}, null]})},
                    null,
                ]
            },
        ),
        "$defs": {"D": closed(x=TEXT)},
    }
    assert json.dumps(written) == before


@given(objects(VALUES))
def test_the_strict_form_is_its_own(wanted: dict[str, Any]) -> None:
    once = strict(wanted, optional_as_null=True)
    assert strict(once) == once == strict(once, optional_as_null=True)


def test_allof_and_references_with_siblings_are_written_out() -> None:
    written = object_of(
        one={"allOf": [{"$ref": "#/$defs/D"}], "description": "this one"},
        two={"$ref": "#/$defs/D", "description": "that one"},
    )
    written["$defs"] = {"D": {**object_of(x=TEXT), "description": "any one"}}
    made = strict(written)["properties"]
    assert made["one"] == {**closed(x=TEXT), "description": "this one"}
    assert made["two"] == {**closed(x=TEXT), "description": "that one"}


def test_recursion_through_described_references_ends() -> None:
    written = object_of(next={"$ref": "#", "description": "next"}, node={"$ref": "#/$defs/N"})
    written["$defs"] = {"N": object_of(n={"$ref": "#/$defs/N", "description": "deeper"})}
    made = strict(written)
    assert made["properties"]["next"] == {"anyOf": [{"$ref": "#"}], "description": "next"}
    assert made["properties"]["node"] == {"$ref": "#/$defs/N"}
    inner = made["$defs"]["N"]["properties"]["n"]
    assert inner["description"] == "deeper"
    assert inner["properties"]["n"] == {"anyOf": [{"$ref": "#/$defs/N"}], "description": "deeper"}


def test_a_property_may_be_called_like_a_keyword() -> None:
    written = object_of(**{"$ref": TEXT, "properties": TEXT, "not": INT, "allOf": TEXT})
    assert strict(written)["properties"] == written["properties"]


@pytest.mark.parametrize(
    ("inside", "place", "what"),
    [
        ({"type": "object"}, "/properties/x", "an object with any keys"),
        ({"type": "object", "additionalProperties": True}, "/properties/x", "any keys"),
        ({"type": "object", "additionalProperties": INT}, "/properties/x", "any keys"),
        ({**object_of(a=INT), "additionalProperties": INT}, "/properties/x", "any keys"),
        ({"type": "object", "patternProperties": {}}, "/properties/x", "`patternProperties`"),
        ({"type": "array"}, "/properties/x", "an array of anything"),
        ({"type": "array", "items": {}}, "/properties/x/items", "any type"),
        ({"type": "array", "items": True}, "/properties/x", "an array of anything"),
        ({"type": "array", "prefixItems": [INT]}, "/properties/x", "`prefixItems`"),
        ({}, "/properties/x", "a value of any type"),
        ({"description": "anything"}, "/properties/x", "a value of any type"),
        (True, "/properties/x", "`true`"),
        ({"anyOf": [INT, False]}, "/properties/x/anyOf/1", "`false`"),
        ({"not": INT}, "/properties/x", "`not`"),
        ({**INT, "if": INT, "then": INT}, "/properties/x", "`if`"),
        ({"allOf": [object_of(a=INT), object_of(b=INT)]}, "/properties/x", "`allOf`"),
        ({**object_of(a=INT), "allOf": [object_of(b=INT)]}, "/properties/x", "`allOf`"),
        ({"anyOf": [INT], "oneOf": [INT]}, "/properties/x", "anyOf and oneOf"),
        (object_of(**{"a/b~c": {}}), "/properties/x/properties/a~1b~0c", "any type"),
    ],
)
def test_what_strict_mode_cannot_say(inside: Any, place: str, what: str) -> None:
    with pytest.raises(Inexpressible) as caught:
        strict(object_of(x=inside))
    assert f" at {place}:" in caught.value.message
    assert what in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "root", [TEXT, {"type": "array", "items": TEXT}, {"anyOf": [object_of(a=INT)]}, {}, {"a": 1}]
)
def test_the_root_is_an_object(root: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="the root is"):
        strict(root)


@pytest.mark.parametrize("ref", ["#/$defs/Nobody", "other.json", "https://x.test/a", "#anchor", 3])
def test_references_that_lead_nowhere(ref: Any) -> None:
    with pytest.raises(UsageError, match="at /properties/x"):
        strict(object_of(x={"$ref": ref}))


@given(objects(VALUES))
def test_widened_and_strict_agree_on_null(wanted: dict[str, Any]) -> None:
    widened = schema_walk.widen(wanted)["properties"]
    for name, one in strict(wanted, optional_as_null=True)["properties"].items():
        assert schema_walk.admits_null(one) is schema_walk.admits_null(widened[name])
        assert schema_walk.admits_null(one) is (name not in wanted["required"])
