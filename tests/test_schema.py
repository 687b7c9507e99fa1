"""`--schema`: what people write becomes a JSON Schema, its strict form, and a check of the answer."""

from __future__ import annotations

import dataclasses
import enum
import io
import json
import sys
import textwrap
from pathlib import Path
from typing import Annotated, Any, Literal, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.lib._pydantic import to_strict_json_schema
from pydantic import BaseModel, Field, RootModel, TypeAdapter
from typing_extensions import TypedDict

from openai_cli.core.console import Console
from openai_cli.core.errors import UsageError
from openai_cli.core.inputs import Inputs
from openai_cli.workflows.chat import schema, schema_short, schema_walk
from openai_cli.workflows.chat.schema_strict import Inexpressible, strict

HERE = Path(__file__).parent


def inputs(stdin: bytes = b"") -> Inputs:
    return Inputs(Console(io.BytesIO(stdin), None, None, {}))


def load(text: str, cwd: Path = HERE, stdin: bytes = b"") -> schema.Schema:
    return schema.load(text, inputs(stdin), cwd)


def object_of(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed}


def closed(**properties: Any) -> dict[str, Any]:
    return {**object_of(**properties), "additionalProperties": False}


# -- the short form -------------------------------------------------------------------------------

TEXT, INT = {"type": "string"}, {"type": "integer"}


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


NAMES = st.from_regex(r"[a-z_][a-z0-9_-]{0,8}", fullmatch=True)
ANYTHING = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
SCALARS = st.sampled_from(["string", "integer", "number", "boolean"]).map(lambda t: {"type": t})
CHOICES = st.lists(ANYTHING, min_size=2, max_size=4, unique=True).map(
    lambda words: {"type": "string", "enum": words}
)


def objects(values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    field = st.tuples(values, st.booleans(), st.none() | ANYTHING)

    def build(fields: dict[str, Any]) -> dict[str, Any]:
        made = closed(
            **{
                name: {**one, **({"description": text} if text is not None else {})}
                for name, (one, _, text) in fields.items()
            }
        )
        return {**made, "required": [name for name, (_, needed, _) in fields.items() if needed]}

    return st.dictionaries(NAMES | ANYTHING, field, min_size=1, max_size=4).map(build)


VALUES = st.recursive(
    SCALARS | CHOICES,
    lambda inner: objects(inner) | inner.map(lambda one: {"type": "array", "items": one}),
    max_leaves=6,
)


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


# -- the strict form, compared with the SDK's -----------------------------------------------------


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
    leaf = {"value": "a", "children": [], "parent": None}
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


@given(objects(VALUES))
def test_widened_and_strict_agree_on_null(wanted: dict[str, Any]) -> None:
    widened = schema_walk.widen(wanted)["properties"]
    for name, one in strict(wanted, optional_as_null=True)["properties"].items():
        assert schema_walk.admits_null(one) is schema_walk.admits_null(widened[name])
        assert schema_walk.admits_null(one) is (name not in wanted["required"])
