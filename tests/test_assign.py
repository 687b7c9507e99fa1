"""`--set`: paths, operators, and what they build."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core import assign
from openai_cli.core.errors import UsageError

NAME = st.text(st.characters(codec="utf-8"), min_size=1)
STEPS = st.builds(
    lambda first, rest: [first, *rest],
    NAME,
    st.lists(NAME | st.integers(-3, 9) | st.none(), max_size=4),
)


def no_file(name: str) -> str:
    raise AssertionError(f"read {name}")


def build(*texts: str, target: dict[str, Any] | None = None) -> dict[str, Any]:
    """What assignments make of a document."""
    made = target if target is not None else {}
    for text in texts:
        steps, value = assign.parse(text, no_file, json.loads)
        assign.assign(made, steps, value)
    return made


@given(STEPS)
def test_a_spelled_path_reads_back(steps: list[Any]) -> None:
    assert assign.parse_path(assign.spell(steps)) == steps


@given(STEPS, st.text(st.characters(codec="utf-8")))
def test_a_spelled_path_keeps_its_value_apart(steps: list[Any], value: str) -> None:
    if value.startswith(("@", "\\@")):
        value = "x" + value
    found = assign.parse(f"{assign.spell(steps)}={value}", no_file, json.loads)
    assert found == (steps, value)


@pytest.mark.parametrize(
    ("text", "steps", "value"),
    [
        ("a=b", ["a"], "b"),
        ("a=", ["a"], ""),
        ("a= b ", ["a"], " b "),
        ("a=b=c", ["a"], "b=c"),
        ("a=b:=c", ["a"], "b:=c"),
        ("a:=1", ["a"], 1),
        ("a:=null", ["a"], None),
        ('a:={"b": [1]}', ["a"], {"b": [1]}),
        (r"a\.b=x", ["a.b"], "x"),
        (r"a\=b=x", ["a=b"], "x"),
        ("a[0].b[]=x", ["a", 0, "b", None], "x"),
        ("a[-1]=x", ["a", -1], "x"),
        (r"a=\@joe", ["a"], "@joe"),
        ("a=#1 {x}", ["a"], "#1 {x}"),
        ("header-name=x", ["header-name"], "x"),
    ],
)
def test_assignments(text: str, steps: list[Any], value: Any) -> None:
    assert assign.parse(text, no_file, json.loads) == (steps, value)


def test_files() -> None:
    found = assign.parse("a=@notes.txt", lambda name: f"text of {name}", json.loads)
    assert found == (["a"], "text of notes.txt")
    found = assign.parse("a:=@data.json", no_file, lambda text: f"document of {text}")
    assert found == (["a"], "document of @data.json")


@pytest.mark.parametrize(
    "text", ["", "a", "=b", ":=b", "a..b=1", ".a=1", "a.=1", "[0]=1", "a[0]b=1", "a[x]=1", "a[=1"]
)
def test_what_is_no_assignment(text: str) -> None:
    with pytest.raises(UsageError):
        assign.parse(text, no_file, json.loads)


def test_bad_json_names_the_field() -> None:
    with pytest.raises(UsageError, match=r"--set a\.b: "):
        assign.parse("a.b:={", no_file, json.loads)


def test_objects_and_arrays_are_made_on_the_way() -> None:
    made = build("a.b=1", "a.c[0].d=2", "a.c[].d=3", "a.c[-1].e:=true", "f:=null")
    assert made == {"a": {"b": "1", "c": [{"d": "2"}, {"d": "3", "e": True}]}, "f": None}


def test_what_stands_there_is_kept() -> None:
    made = build("a.x=new", "list[1]=new", target={"a": {"y": 1}, "list": [1, 2, 3]})
    assert made == {"a": {"y": 1, "x": "new"}, "list": [1, "new", 3]}


def test_a_scalar_gives_way_to_an_object() -> None:
    assert build("a.b=1", target={"a": "text"}) == {"a": {"b": "1"}}


@pytest.mark.parametrize(
    "texts",
    [
        ("a[1]=x",),
        ("a[-1]=x",),
        ("a[]=x", "a[2]=x"),
        ("a[99999999999]=x",),
        ("a.b=x", "a[0]=y"),
        ("a[]=x", "a.b=y"),
    ],
)
def test_gaps_and_other_kinds_are_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--set "):
        build(*texts)


DOCUMENT = st.recursive(
    st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECT = st.dictionaries(st.sampled_from("abc"), DOCUMENT, max_size=3)


@given(OBJECT, OBJECT)
def test_merge_lets_the_second_win_and_changes_neither(
    base: dict[str, Any], over: dict[str, Any]
) -> None:
    kept = copy.deepcopy((base, over))
    merged = assign.merge(base, over)
    assert (base, over) == kept
    assert set(merged) == set(base) | set(over)
    for key, value in over.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            assert merged[key] == assign.merge(base[key], value)
        else:
            assert merged[key] == value
    for key in set(base) - set(over):
        assert merged[key] == base[key]
