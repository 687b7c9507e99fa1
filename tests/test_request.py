"""An operation and values become a request; the encoding is the SDK's."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.catalog import load
from openai_cli.catalog.model import Multipart, Operation, Parameter, Response
from openai_cli.core.errors import UsageError
from openai_cli.core.request import (
    FileValue,
    JsonBody,
    MultipartBody,
    RawBody,
    build,
    expand_path,
    pairs,
)

SOME_FILE = FileValue(b"data", "f.txt")


def operation(
    *parameters: Parameter, method: str = "POST", path: str = "/things", **rest: Any
) -> Operation:
    """An operation of a made-up API."""
    return Operation("x.y", ("x", "y"), method, path, "", parameters, Response("json"), **rest)


def body(name: str, type: str = "string") -> Parameter:
    """A body field."""
    return Parameter(name, "body", type)


def test_each_value_goes_to_its_place() -> None:
    found = operation(
        Parameter("thing_id", "path", "string"),
        Parameter("include", "query", "array<string>"),
        Parameter("betas", "header", "array<string>", wire="openai-beta", join=","),
        body("name"),
        path="/things/{thing_id}/do?beta=true",
        headers={"OpenAI-Beta": "v1"},
    )
    values = {"thing_id": "t 1", "include": ["a", "b"], "betas": ["x", "y"], "name": "n", "new": 1}
    request = build(found, values)
    assert request.path == "/things/t%201/do"
    assert request.query == [("beta", "true"), ("include[]", "a"), ("include[]", "b")]
    assert request.headers == {"OpenAI-Beta": "v1", "openai-beta": "x,y"}
    assert isinstance(request.body, JsonBody)
    assert request.body.value == {"name": "n", "new": 1}


def test_unknown_names_of_a_get_go_to_the_query() -> None:
    request = build(operation(method="GET"), {"new": {"a": [1]}})
    assert (request.query, request.body) == ([("new[a][]", "1")], None)


def test_options_win_over_the_body() -> None:
    request = build(operation(body("a")), {"a": 1}, {"a": 2, "b": 3})
    assert isinstance(request.body, JsonBody)
    assert request.body.value == {"a": 1, "b": 3}


def test_a_post_that_takes_a_body_sends_an_empty_object() -> None:
    request = build(operation(body("a")), {})
    assert isinstance(request.body, JsonBody) and request.body.value == {}
    assert build(operation(), {}).body is None
    assert build(operation(body("a"), method="GET"), {}).body is None


def test_null_is_sent_in_a_body_and_left_out_of_a_query() -> None:
    found = operation(Parameter("q", "query", "string"), body("b"))
    request = build(found, {"q": None, "b": None})
    assert request.query == []
    assert isinstance(request.body, JsonBody) and request.body.value == {"b": None}


@pytest.mark.parametrize(
    ("value", "flat"),
    [
        (1.5, [("n", "1.5")]),
        (True, [("n", "true")]),
        (False, [("n", "false")]),
        (None, []),
        ("", [("n", "")]),
        ([], []),
        ({"a": [1, None, True]}, [("n[a][]", "1"), ("n[a][]", "true")]),
        ([{"a": 1}, {"a": 2}], [("n[][a]", "1"), ("n[][a]", "2")]),
    ],
)
def test_brackets(value: Any, flat: list[tuple[str, str]]) -> None:
    assert list(pairs("n", value)) == flat


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: t not in (".", "..")))
def test_a_path_value_stays_one_segment(text: str) -> None:
    try:
        path = expand_path("/models/{model}", {"model": text})
    except UsageError:
        assert unquote(text) in (".", "..")
        return
    assert path.isascii()
    assert path.count("/") == 2
    assert not set(path) & set("?# \\")
    assert unquote(path.removeprefix("/models/")) == text


@pytest.mark.parametrize("text", [".", ".."])
def test_dot_segments_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="cannot stand in a path"):
        expand_path("/models/{model}/x", {"model": text})


@pytest.mark.parametrize("text", ["%2e", "%2E.", ".%2e", "a/../b"])
def test_encoded_dots_are_text(text: str) -> None:
    path = expand_path("/models/{model}/x", {"model": text})
    assert unquote(path) == f"/models/{text}/x"
    assert path.count("/") == 3


@pytest.mark.parametrize("values", [{}, {"model": ""}, {"model": None}])
def test_an_empty_path_value_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="model must not be empty"):
        expand_path("/models/{model}", values)


def test_a_form_has_text_first_then_files() -> None:
    found = operation(body("file"), multipart=Multipart("always", (("file",),)))
    request = build(found, {"file": SOME_FILE, "a": {"b": [1, True]}, "c": None, "d": ["x", "y"]})
    assert isinstance(request.body, MultipartBody)
    flat = [(part.name, part.value) for part in request.body.parts]
    text = [("a[b][]", "1"), ("a[b][]", "true"), ("d[]", "x"), ("d[]", "y")]
    assert flat == [*text, ("file", SOME_FILE)]


def test_several_files_are_an_array() -> None:
    found = operation(body("image"), multipart=Multipart("always"))
    several = build(found, {"image": [SOME_FILE, SOME_FILE]}).body
    single = build(found, {"image": SOME_FILE}).body
    assert isinstance(several, MultipartBody) and isinstance(single, MultipartBody)
    assert [part.name for part in several.parts] == ["image[]", "image[]"]
    assert [part.name for part in single.parts] == ["image"]


def test_a_form_only_where_a_file_is_given() -> None:
    found = operation(body("file"), body("id"), multipart=Multipart("if_file_given"))
    assert isinstance(build(found, {"id": "f"}).body, JsonBody)
    assert isinstance(build(found, {"file": SOME_FILE}).body, MultipartBody)
    assert isinstance(build(found, {"files": [{"x": SOME_FILE}]}).body, MultipartBody)


def test_a_field_that_may_be_the_whole_body() -> None:
    found = load.operation("realtime.calls.create")
    alone = build(found, {"sdp": "v=0\n"}).body
    assert isinstance(alone, RawBody)
    assert (alone.content, alone.content_type) == (b"v=0\n", "application/sdp")
    both = build(found, {"sdp": "v=0", "session": {"type": "realtime", "ä": "é"}}).body
    assert isinstance(both, MultipartBody)
    assert [(p.name, p.value, p.content_type) for p in both.parts] == [
        ("sdp", "v=0", "application/sdp"),
        ("session", '{"type": "realtime", "ä": "é"}', "application/json"),
    ]


def test_the_values_given_are_not_changed() -> None:
    found = operation(body("a"))
    values, more = {"a": 1}, {"b": 2}
    build(found, values, more)
    build(operation(body("a"), method="GET"), values, more)
    assert (values, more) == ({"a": 1}, {"b": 2})
