"""`--schema`: where a schema comes from, how it is sent, and the check of the answer."""

from __future__ import annotations

import io
import json
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from openai_cli.core.console import Console
from openai_cli.core.errors import UsageError
from openai_cli.core.inputs import Inputs
from openai_cli.workflows.chat import schema
from openai_cli.workflows.chat.schema_strict import strict

from .support.schemas import TEXT, closed, object_of

HERE = Path(__file__).parent


class Tree(BaseModel):
    value: str
    children: list[Tree]
    parent: Tree | None


def inputs(stdin: bytes = b"") -> Inputs:
    return Inputs(Console(io.BytesIO(stdin), None, None, {}))


def load(text: str, cwd: Path = HERE, stdin: bytes = b"") -> schema.Schema:
    return schema.load(text, inputs(stdin), cwd)


# -- where a schema comes from --------------------------------------------------------------------


def test_literal_json_and_its_wrappings() -> None:
    plain = object_of(a=TEXT)
    assert load(json.dumps(plain)).schema == plain
    assert load(" \n" + json.dumps({**plain, "title": "My thing!"})).name == "My_thing"
    inner = {"name": "thing", "schema": plain, "strict": True}
    for wrapped in (
        {"type": "json_schema", **inner},
        {"type": "json_schema", "json_schema": inner},
    ):
        made = load(json.dumps(wrapped))
        assert (made.name, made.schema) == ("thing", plain)


@pytest.mark.parametrize("name", ["person.json", "@person.json", "./person.json"])
def test_json_files(tmp_path: Path, name: str) -> None:
    (tmp_path / "person.json").write_text(json.dumps(object_of(a=TEXT)))
    made = load(name, tmp_path)
    assert made.name == "person" and made.strict == closed(a=TEXT)


def test_yaml_files_stdin_and_odd_names(tmp_path: Path) -> None:
    (tmp_path / "a person.yaml").write_text("type: object\nproperties: {a: {type: string}}")
    made = load("a person.yaml", tmp_path)
    assert made.name == "a_person" and made.strict == closed(a={"type": ["string", "null"]})
    folder = tmp_path / "shapes"
    folder.mkdir()
    (folder / "thing").write_text(json.dumps(object_of(a=TEXT)))
    assert load("shapes/thing", tmp_path).name == "thing"
    assert load("-", stdin=json.dumps(object_of(a=TEXT)).encode()).strict == closed(a=TEXT)


def test_a_short_form_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "name").write_text("{}")
    assert load("name", tmp_path).schema == closed(name=TEXT)
    assert load("link: see http://x.test/a.json", tmp_path).schema["required"] == ["link"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("{", "is not valid JSON"),
        ('{"type": "strin"}', "not a JSON Schema at /type"),
        ('{"type": "object", "properties": []}', "not a JSON Schema at /properties"),
        ("@nobody.json", "cannot read"),
        ("nobody.json", "cannot read"),
        ("nobody.py:Model", "no such file"),
        ("no_such_module:Model", "there is no module no_such_module"),
        ("json:Nobody", "json has no Nobody"),
        ("json:dumps", "is no model"),
        ("json:JSONDecoder", "gives no JSON Schema"),
    ],
)
def test_what_is_no_schema(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load(text)


def test_yaml_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("type: object\nproperties: {a: {const: 2020-01-01}}")
    (tmp_path / "b.yaml").write_text("&x\ntype: object\nproperties: {a: *x}")
    for name in ("a.yaml", "b.yaml"):
        with pytest.raises(UsageError, match="holds what JSON cannot"):
            load(name, tmp_path)


def write(path: Path, text: str) -> Path:
    path.write_text(textwrap.dedent(text))
    return path


def test_a_model_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "beside_oai_test.py", "LIMIT = 7")
    write(
        tmp_path / "models.py",
        """
        from __future__ import annotations
        from pydantic import BaseModel, Field
        from beside_oai_test import LIMIT
        print("hello")
        class Outer:
            class Person(BaseModel):
                name: str
                age: int = Field(le=LIMIT)
        SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
        """,
    )
    made = load("models.py:Outer.Person", tmp_path)
    assert made.name == "Person" and made.strict["properties"]["age"]["maximum"] == 7
    assert load(f"{tmp_path}/models.py:SCHEMA").name == "SCHEMA"
    with pytest.raises(UsageError, match=r"models.py has no Outer.Persn") as caught:
        load("models.py:Outer.Persn", tmp_path)
    assert "Person" in caught.value.hint
    seen = capsys.readouterr()
    assert seen.out == "" and seen.err == "hello\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\nraise ValueError('oh')", "failed in line 2: ValueError: oh"),
        ("import sys; sys.exit(3)", "failed in line 1: SystemExit: 3"),
        ("x = ", "is no valid Python"),
        ("import not_there_at_all", "needs the module not_there_at_all"),
    ],
)
def test_code_that_cannot_be_loaded(tmp_path: Path, code: str, message: str) -> None:
    (tmp_path / "broken.py").write_text(code)
    for _ in range(2):
        with pytest.raises(UsageError, match=message):
            load("broken.py:Model", tmp_path)


def test_a_folder_that_was_named_is_searched_last(tmp_path: Path) -> None:
    write(tmp_path / "some_oai_models.py", "X = {'type': 'object', 'properties': {}}")
    assert load("some_oai_models:X", tmp_path).strict == closed()
    assert sys.path[-1] == str(tmp_path)
    sys.path.remove(str(tmp_path))


# -- lists, adapters ------------------------------------------------------------------------------


def test_a_list_of_objects() -> None:
    many = schema.multi(load("name, age? int"))
    item = closed(name=TEXT, age={"type": ["integer", "null"]})
    assert many.strict == closed(items={"type": "array", "items": item})
    good = '{"items": [{"name": "a", "age": 3}, {"name": "b", "age": null}]}'
    assert schema.validate(many, good) == (json.loads(good), None)
    assert "/items/0" in (schema.validate(many, '{"items": [{"name": 3}]}')[1] or "")


def test_a_list_keeps_references_whole() -> None:
    written = object_of(
        self={"$ref": "#"}, node={"$ref": "#/$defs/N"}, same={"$ref": "#/properties/node"}
    )
    written["$defs"] = {"N": object_of(up={"$ref": "#"})}
    many = schema.multi(load(json.dumps(written)))
    inner = many.strict["properties"]["items"]["items"]
    root = "#/properties/items/items"
    assert inner["properties"] == {
        "self": {"$ref": root},
        "node": {"$ref": "#/$defs/N"},
        "same": {"$ref": f"{root}/properties/node"},
    }
    assert many.strict["$defs"]["N"]["properties"]["up"] == {"$ref": root}
    assert "$defs" not in inner
    assert strict(many.strict) == many.strict


def test_a_list_of_models() -> None:
    many = schema.multi(load(f"{__name__}:Tree"))
    assert many.name == "Tree_list"
    leaf: dict[str, Any] = {"value": "a", "children": [], "parent": None}
    assert schema.validate(many, json.dumps({"items": [leaf]})) == ({"items": [leaf]}, None)
    assert "/items/0/value" in (schema.validate(many, '{"items": [{"value": 3}]}')[1] or "")


def test_both_apis_get_their_shape() -> None:
    one = load("name")
    inner = {"name": "answer", "schema": one.strict, "strict": True}
    assert schema.as_response_format(one) == {"type": "json_schema", "json_schema": inner}
    assert schema.as_text_format(one) == {"format": {"type": "json_schema", **inner}}


# -- the answer -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"name": "a", "age": 3}', ""),
        ('{"name": "a", "age": null}', ""),
        ('{"name": "a"}', ""),
        ('{"age": 3}', "'name' is a required property"),
        ('{"name": 3}', "3 is not of type 'string' at /name"),
        ('{"name": "a", "more": 1}', "Additional properties are not allowed"),
        ('{"name": "a", "age": NaN}', "is not valid JSON"),
        ('{"name": "a', "is not valid JSON"),
        ("", "is not valid JSON"),
        ("[]", "[] is not of type 'object'"),
    ],
)
def test_an_answer_is_checked(text: str, problem: str) -> None:
    _, found = schema.validate(load("name, age? int"), text)
    assert problem in (found or "") and bool(found) is bool(problem)


def test_many_problems_are_counted() -> None:
    text = json.dumps(dict.fromkeys("abcde", 1))
    problem = schema.validate(load("a, b, c, d, e"), text)[1] or ""
    assert problem.count(" at /") == 3 and problem.endswith("; and 2 more")


def test_a_model_checks_with_its_own_rules(tmp_path: Path) -> None:
    write(
        tmp_path / "rules.py",
        """
        from pydantic import BaseModel, field_validator
        class Even(BaseModel):
            n: int
            @field_validator("n")
            @classmethod
            def even(cls, n: int) -> int:
                if n == 0:
                    raise KeyError("zero")
                assert n % 2 == 0, "must be even"
                return n
        """,
    )
    one = load("rules.py:Even", tmp_path)
    assert schema.validate(one, '{"n": 2}') == ({"n": 2}, None)
    assert "must be even at /n" in (schema.validate(one, '{"n": 3}')[1] or "")
    assert "KeyError" in (schema.validate(one, '{"n": 0}')[1] or "")


def test_a_pattern_that_python_does_not_know_fails_no_answer() -> None:
    text = json.dumps(object_of(a={"type": "string", "pattern": r"^\p{Lu}+$"}))
    one = load(text)
    assert one.strict["properties"]["a"]["pattern"] == r"^\p{Lu}+$"
    assert schema.validate(one, '{"a": "B"}')[1] is None
    assert schema.validate(one, '{"a": 1}')[1]


def test_deep_answers_end_well() -> None:
    one = load(json.dumps(object_of(x={"anyOf": [{"$ref": "#"}, {"type": "null"}]})))
    deep = '{"x":' * 900 + "null" + "}" * 900
    assert "nested too deeply" in (schema.validate(one, deep)[1] or "")
