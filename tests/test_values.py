"""Text becomes values: strings literally, everything else parsed or refused."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core import values
from openai_cli.core.errors import UsageError

TEXT = st.text(st.characters(codec="utf-8"))


@given(TEXT)
def test_a_string_is_literal(text: str) -> None:
    assert values.scalar(text, "string") == text
    assert values.scalar(text, "string|array<string>|object") == text
    assert values.scalar(text, "integer|string") == text


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(ValueError, match="not valid UTF-8"):
        values.scalar("\udcff", "string")


@given(st.integers())
def test_integers_come_back(number: int) -> None:
    assert values.scalar(str(number), "integer") == number


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1_000", "1.0", "1e3", "0x10", "one", "NaN"])
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(ValueError, match="wants a whole number"):
        values.scalar(text, "integer")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_come_back(number: float) -> None:
    assert values.scalar(repr(number), "number") == number


@pytest.mark.parametrize("text", ["nan", "inf", "-Infinity", "1_0.5", "", "1,5", " 1.5", "1e999"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="wants a number"):
        values.scalar(text, "number")


def test_a_number_written_as_integer_stays_one() -> None:
    assert json.dumps(values.scalar("1", "number")) == "1"
    assert json.dumps(values.scalar("1.0", "number")) == "1.0"


@pytest.mark.parametrize("text", ["true", "TRUE", "yes", "on", "1"])
def test_true(text: str) -> None:
    assert values.scalar(text, "boolean") is True


@pytest.mark.parametrize("text", ["false", "No", "off", "0"])
def test_false(text: str) -> None:
    assert values.scalar(text, "boolean") is False


@pytest.mark.parametrize("text", ["", "2", "maybe", "t"])
def test_neither_true_nor_false(text: str) -> None:
    with pytest.raises(ValueError, match="wants true or false"):
        values.scalar(text, "boolean")


def test_closed_strings_leave_room_for_numbers() -> None:
    inf: Any = {"closed": True, "enum": ("inf",)}
    assert values.scalar("100", "integer|string", **inf) == 100
    assert values.scalar("inf", "integer|string", **inf) == "inf"
    assert values.scalar("soon", "integer|string", **inf) == "soon"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
).filter(lambda value: "Infinity" not in json.dumps(value))


@given(JSON)
def test_json_comes_back(value: Any) -> None:
    assert values.strict_json(json.dumps(value)) == value
    assert values.scalar(json.dumps(value), "any") == value


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}'])
def test_json_has_no_nan(text: str) -> None:
    with pytest.raises(ValueError, match="is no JSON value"):
        values.strict_json(text)


def test_bad_json_says_where() -> None:
    with pytest.raises(ValueError, match=r"line 2, column 6"):
        values.strict_json('{\n "a":,\n}')


def test_json_nested_beyond_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        values.strict_json("[" * 200_000)


@pytest.mark.parametrize(("display", "text"), [("object", "[1]"), ("array<object>", "{}")])
def test_json_of_another_kind_is_refused(display: str, text: str) -> None:
    with pytest.raises(ValueError, match="wants a JSON"):
        values.scalar(text, display)


@pytest.mark.parametrize(
    ("display", "members"),
    [
        ("string", ["string"]),
        ("string|array<a|b>|map", ["string", "array<a|b>", "map"]),
        ("array<array<integer>|string>", ["array<array<integer>|string>"]),
    ],
)
def test_unions_split_outside_of_brackets(display: str, members: list[str]) -> None:
    assert values.split_union(display) == members


def test_elements_of_arrays() -> None:
    assert values.element_of("string|array<string>|array<integer>") == "string|integer"
    assert values.is_array("array<a>|array<b>")
    assert not values.is_array("string|array<b>")


@given(TEXT.filter(lambda key: key and "=" not in key and key[0] != "{"), TEXT)
def test_map_entries_are_literal(key: str, value: str) -> None:
    assert values.map_entry(f"{key}={value}", "--metadata") == {key: value}


def test_a_map_may_be_one_object() -> None:
    assert values.map_entry('{"a": 1}', "--metadata") == {"a": 1}


@pytest.mark.parametrize("text", ["a", "=b", "", "{bad"])
def test_what_is_no_map_entry(text: str) -> None:
    with pytest.raises(UsageError, match="--metadata"):
        values.map_entry(text, "--metadata")


@given(st.floats())
def test_numbers_are_never_infinite(number: float) -> None:
    try:
        assert math.isfinite(values.number(repr(number)))
    except ValueError:
        assert not math.isfinite(number)
