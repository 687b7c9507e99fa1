"""The short form of a schema: every spelling comes out as the schema that was meant."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core.errors import UsageError
from openai_cli.workflows.chat import schema_short

from .support.schemas import INT, TEXT, VALUES, closed, objects


def test_the_short_form_of_the_manual() -> None:
    assert schema_short.parse('name, age int, tags[]: "labels"') == closed(
        name=TEXT, age=INT, tags={"type": "array", "items": TEXT, "description": "labels"}
    )


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("a float, b bool, c str", {"a": "number", "b": "boolean", "c": "string"}),
        ("a number\nb boolean\n\nc string\n", {"a": "number", "b": "boolean", "c": "string"}),
        ("a,b,", {"a": "string", "b": "string"}),
        ("größe int", {"größe": "integer"}),
        ('"first name", x-y', {"first name": "string", "x-y": "string"}),
    ],
)
def test_scalar_fields(text: str, properties: dict[str, str]) -> None:
    assert schema_short.parse(text) == closed(**{n: {"type": t} for n, t in properties.items()})


@pytest.mark.parametrize("text", ["a[] int?", "a? int[]", "a[]? int", "a?[] int", "a int[ ]?"])
def test_marks_stand_before_or_behind_the_type(text: str) -> None:
    assert schema_short.parse(text) == {
        **closed(a={"type": "array", "items": INT}),
        "required": [],
    }


def test_an_array_of_arrays() -> None:
    rows = {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}
    assert schema_short.parse("rows[] float[]") == closed(rows=rows)


def test_objects_choices_and_descriptions() -> None:
    text = """
        people[] {
            name: as in a passport
            mood good|bad|"so so"
            address? {street, city: where, roughly}
        }: everybody
    """
    with pytest.raises(UsageError, match="names 'roughly' twice"):
        schema_short.parse("city: where, roughly, roughly")
    person = closed(
        name={**TEXT, "description": "as in a passport"},
        mood={"type": "string", "enum": ["good", "bad", "so so"]},
        address=closed(street=TEXT, city={**TEXT, "description": "where"}, roughly=TEXT),
    )
    person["required"] = ["name", "mood"]
    people = {"type": "array", "items": person, "description": "everybody"}
    assert schema_short.parse(text) == closed(people=people)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "wants a field"),
        (",\n", "wants a field"),
        ("a b", "knows no type 'b'"),
        ("a int b", "wants a comma"),
        ("a {b", "a closing brace"),
        ("a {}", "wants a field"),
        ("a }", "a comma, or the end"),
        ("a:", "a description"),
        ("a: , b", "a description"),
        ("a x|", "a word to choose"),
        ("a, a int", "names 'a' twice"),
        ("a % b", "⟨here⟩ % b"),
        ('"a\\q"', "a JSON string"),
        ("1st", "⟨here⟩ 1st"),
        ("a {" * 60, "fewer braces"),
    ],
)
def test_what_is_no_short_form(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        schema_short.parse(text)


def spell(one: dict[str, Any], pick: Any) -> str:
    """The short form of an object's schema, in one of its spellings."""
    fields = []
    for name, given_field in one["properties"].items():
        field = dict(given_field)
        text = json.dumps(name) if not name.isidentifier() or pick() else name
        about = field.pop("description", None)
        marks = "" if name in one["required"] else "?"
        late = pick()
        depth = 0
        while field["type"] == "array":
            field, depth = field["items"], depth + 1
        text += "[]" * (depth > 1 or (depth == 1 and not late)) + ("" if late else marks)
        text += " " + spell_type(field, pick)
        text += "[]" * (depth > 1 or (depth == 1 and late)) + (marks if late else "")
        if about is not None:
            text += ": " + json.dumps(about, ensure_ascii=pick())
        fields.append(text)
    return ("\n" if pick() else ", ").join(fields)


def spell_type(field: dict[str, Any], pick: Any) -> str:
    if field["type"] == "object":
        return "{ " + spell(field, pick) + "\n}"
    if "enum" in field:
        return "|".join(json.dumps(word) for word in field["enum"])
    short = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}
    return short[field["type"]] if pick() else field["type"]


def deepest_array(one: Any, depth: int = 0) -> int:
    """How many arrays lie directly in each other, at the most; the short form knows two."""
    if not isinstance(one, dict):
        return depth
    if one.get("type") == "array":
        return deepest_array(one["items"], depth + 1)
    inner = (deepest_array(p) for p in one.get("properties", {}).values())
    return max(depth, *inner, 0)


@given(objects(VALUES).filter(lambda one: deepest_array(one) <= 2), st.randoms())
def test_short_forms_come_back(wanted: dict[str, Any], random: Any) -> None:
    text = spell(wanted, lambda: random.random() < 0.5)
    assert schema_short.parse(text) == wanted


@given(st.text())
def test_any_text_is_a_schema_or_a_usage_error(text: str) -> None:
    try:
        made = schema_short.parse(text)
    except UsageError:
        return
    assert made["type"] == "object" and made["properties"]
