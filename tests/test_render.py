"""Results as text: cells, tables, views, CSV, JSON and YAML."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import pytest
import wcwidth
import yaml
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core.console import Console
from openai_cli.render import cells, documents, jq, view
from openai_cli.render.listing import Csv
from openai_cli.render.table import Table, choose_columns

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NUMBER = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


def console(columns: int = 80) -> Console:
    """A console of that width."""
    return Console(None, io.BytesIO(), None, {"COLUMNS": str(columns)})


# -- cells ----------------------------------------------------------------------------------------


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs", "Mn"))), st.integers(1, 30))
def test_a_text_is_fitted_to_its_columns(text: str, columns: int) -> None:
    shown = cells.fit(text, columns)
    assert cells.width(shown) <= max(columns, 1)
    if shown != text:
        assert shown.endswith("…") and text.startswith(shown[:-1])
    assert cells.width(cells.pad(shown, columns)) >= min(columns, cells.width(shown))


def test_wide_characters_count_twice() -> None:
    assert cells.width("日本") == 4
    assert cells.fit("日本語", 5) == "日本…"
    assert cells.pad("日", 3) == "日 "


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("x", None, ""),
        ("x", True, "yes"),
        ("x", False, "no"),
        ("x", 0, "0"),
        ("x", 1.5, "1.5"),
        ("x", "a\n  b", "a b"),
        ("x", "\x1b[31m", "␛[31m"),
        ("x", ["a", 1], "a, 1"),
        ("x", [], ""),
        ("x", {}, ""),
        ("x", {"a": [1]}, '{"a":[1]}'),
        ("bytes", 0, "0 B"),
        ("bytes", 999, "999 B"),
        ("bytes", 1230, "1.23 kB"),
        ("usage_bytes", 12_345_678, "12.3 MB"),
        ("created_at", 5, "5"),
    ],
)
def test_cells(name: str, value: Any, shown: str) -> None:
    assert cells.cell(name, value) == shown


def test_times_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert cells.cell("created_at", 1_700_000_000) == "2023-11-14 22:13:20"
    assert cells.cell("x.created", 1_700_000_000) == "2023-11-14 22:13:20"
    assert cells.cell("total", 1_700_000_000) == "1700000000"


@given(st.floats(0, 1e18))
def test_sizes_are_short(count: float) -> None:
    assert len(cells.size(count)) <= 12


@given(VALUE, st.lists(TEXT | st.just("0"), max_size=4))
def test_digging_never_fails(value: Any, path: list[str]) -> None:
    cells.dig(value, ".".join(path))


def test_digging() -> None:
    value = {"a": [{"b": 1}], "n": None}
    assert cells.dig(value, "a.0.b") == 1
    assert cells.dig(value, "a.1.b") is None
    assert cells.dig(value, "n.x") is None


# -- tables ---------------------------------------------------------------------------------------


def rows(items: list[Any], wanted: tuple[str, ...] = (), columns: int = 0) -> list[str]:
    """A table's lines; on a terminal when columns are given."""
    table = Table(console(columns or 80), wanted, terminal=bool(columns))
    return table.rows(items).splitlines()


def test_a_table() -> None:
    found = rows([{"id": "a", "n": {"m": 5}}, {"id": "bcd", "n": None}], ("id", "n.m", "gone"))
    assert found == ["ID   N M", "a    5", "bcd"]


def test_a_table_on_a_terminal_fits_but_never_cuts_ids() -> None:
    item = {"id": "file-" + "x" * 30, "filename": "y" * 60, "purpose": "z" * 60}
    found = rows([item], ("id", "filename", "purpose"), columns=80)
    assert all(cells.width(line) <= 80 for line in found)
    assert item["id"] in found[1]
    assert found[1].count("…") == 2


def test_a_table_in_a_pipe_is_never_cut() -> None:
    item = {"id": "a", "filename": "y" * 300}
    assert "y" * 300 in rows([item], ("id", "filename"))[1]


def test_a_second_page_has_no_second_header() -> None:
    table = Table(console(), ("id",), terminal=False)
    assert table.rows([{"id": "a"}]) == "ID\na\n"
    assert table.rows([{"id": "b"}]) == "b\n"


@pytest.mark.parametrize(
    ("items", "wanted", "chosen"),
    [
        ([{"a": 1, "id": 2}], (), ["id"]),
        ([{"a": 1, "b": {}}], (), ["a"]),
        ([{"b": {}}], (), ["b"]),
        ([{"a": 1}], ("x", "a"), ["a"]),
        ([], ("x", "a"), ["x", "a"]),
        (["text"], (), ["value"]),
    ],
)
def test_columns(items: list[Any], wanted: tuple[str, ...], chosen: list[str]) -> None:
    assert choose_columns(items, wanted) == chosen


@given(st.lists(st.dictionaries(st.sampled_from(["id", "a", "b"]), VALUE, max_size=3) | VALUE))
def test_any_items_make_a_table(items: list[Any]) -> None:
    found = rows(items, (), columns=40)
    assert len(found) == len(items) + 1
    assert all(wcwidth.wcswidth(line) >= 0 for line in found), "no control characters"


# -- CSV ------------------------------------------------------------------------------------------


@given(st.lists(st.fixed_dictionaries({"id": TEXT, "a": TEXT | st.integers()}), min_size=1))
def test_csv_reads_back(items: list[dict[str, Any]]) -> None:
    writer = Csv(("id", "a"))
    text = "".join(writer.rows([item]) for item in items)
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert found == [{key: str(value) for key, value in item.items()} for item in items]


def test_csv_nested_values_are_json() -> None:
    text = Csv(("id", "a", "b.c")).rows([{"id": "x", "a": [1, {"k": None}], "b": {"c": True}}])
    assert list(csv.reader(io.StringIO(text))) == [
        ["id", "a", "b.c"],
        ["x", '[1,{"k":null}]', "true"],
    ]


# -- documents ------------------------------------------------------------------------------------


@given(VALUE)
def test_json_reads_back(value: Any) -> None:
    assert json.loads(documents.pretty(value)) == value
    assert json.loads(documents.line(value)) == value
    assert "\n" not in documents.line(value)
    assert documents.dump(value, "json").endswith("\n")


@given(VALUE)
def test_yaml_reads_back(value: Any) -> None:
    assert yaml.safe_load(documents.dump(value, "yaml")) == value


def test_json_is_readable_and_still_valid() -> None:
    assert "größer 🎈" in documents.pretty({"a": "größer 🎈"})
    assert documents.line("\ud83d") == '"\\ud83d"'


def test_yaml_keeps_lines() -> None:
    assert documents.dump({"a": "x\ny\n"}, "yaml") == "a: |\n  x\n  y\n"


# -- views ----------------------------------------------------------------------------------------


def test_a_view() -> None:
    value = {
        "id": "x",
        "none": None,
        "list": ["a", "b"],
        "deep": {"k": 1, "more": [{"a": 1, "b": 2}]},
        "text": "one\ntwo",
        "empty": [],
    }
    assert view.view(console(), value).splitlines() == [
        "id     x",
        "list   a, b",
        "deep",
        "  k     1",
        "  more",
        "    - a  1",
        "      b  2",
        "text",
        "  one",
        "  two",
        "empty  -",
    ]


@given(VALUE)
def test_any_value_has_a_view(value: Any) -> None:
    shown = view.view(console(), value)
    assert shown.endswith("\n") or shown == ""
    assert all(wcwidth.wcswidth(line.replace("\t", " ")) >= 0 for line in shown.split("\n"))


# -- jq -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "lines"),
    [
        (".a", ["text"]),
        (".b[]", ["1", '{"c":null}']),
        (".none", ["null"]),
        ("empty", []),
        ("[.b[0], .a]", ['[1,"text"]']),
        (".a | length", ["4"]),
    ],
)
def test_jq(expression: str, lines: list[str]) -> None:
    value = {"a": "text", "b": [1, {"c": None}]}
    assert list(jq.results(expression, [value])) == lines


def test_jq_is_lazy() -> None:
    def values() -> Any:
        yield 1
        raise AssertionError("asked too early")

    assert next(jq.results(".", values())) == "1"


@given(VALUE.filter(lambda v: not _huge(v)))
def test_jq_leaves_values_alone(value: Any) -> None:
    (shown,) = jq.results("[.]", [value])
    assert json.loads(shown) == [value]


def _huge(value: Any) -> bool:
    """Numbers that jq cannot hold, and text it cannot take."""
    if isinstance(value, dict):
        return any(_huge(v) or _huge(k) for k, v in value.items())
    if isinstance(value, list):
        return any(map(_huge, value))
    if isinstance(value, int | float):
        return math.fabs(value) > 2**53
    return False
