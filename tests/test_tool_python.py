"""Python functions as tools: schemas from signatures, words from docstrings, calls and results."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from openai_cli.core.errors import UsageError
from openai_cli.workflows.chat import docstring, tools
from openai_cli.workflows.chat.tools import Call, Outcome, Tool

from .support.schemas import INT, TEXT, closed

SOURCE = '''
from __future__ import annotations
import asyncio, dataclasses, datetime, enum
from pathlib import Path as P
from typing import Annotated, Literal
from pydantic import BaseModel, Field

class Unit(enum.Enum):
    C = "celsius"
    F = "fahrenheit"

class Place(BaseModel):
    city: str
    country: str = "CH"

@dataclasses.dataclass
class Weather:
    when: datetime.date
    degrees: float

def forecast(
    place: Place, days: int = 3, unit: Unit = Unit.C, note: str | None = None
) -> list[Weather]:
    """The weather to come.

    As far as anybody knows.

    Args:
        place: where
        days (int): how many,
            at most ten
    Returns:
        a list
    """
    day = datetime.date(2030, 1, 2)
    assert isinstance(place, Place) and isinstance(unit, Unit)
    return [Weather(day, len(place.city) + n) for n in range(days)]

async def wait(copy: Annotated[float, Field(description="seconds", ge=0)]) -> str:
    """Waits."""
    await asyncio.sleep(copy)
    return "waited ❤"

def add(a: int, b: int, /, *, schema: int = 0) -> int:
    return a + b + schema

def fielded(n: int = Field(2, description="a number", le=9)) -> int:
    return n

def counts(words: dict[str, int]) -> dict[str, int]:
    return words

def nothing() -> None:
    """Does nothing."""

def fails(kind: Literal["value", "key"]) -> str:
    raise {"value": ValueError("no good"), "key": KeyError("gone")}[kind]

def odd() -> object:
    made = (n for n in range(2))
    return {"path": P("/x"), "set": {1}, "nan": float("nan"), "made": made, "o": ...}

def untyped(a, b: int):
    return a

def _private(a: int) -> int:
    return a

double = lambda x: 2 * x
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(SOURCE)
    return tmp_path


def load(folder: Path, name: str) -> Tool:
    return tools.load([f"mine.py:{name}"], [], folder)[0]


def call(tool: Tool, /, **arguments: Any) -> Outcome:
    made = Call("1", tool.name, json.dumps(arguments))
    return tools.execute([made], [tool], lambda *_: True, lambda _: None)[0]


def test_every_public_typed_function_of_a_file(folder: Path) -> None:
    names = [tool.name for tool in tools.load(["mine.py"], [], folder)]
    assert names == ["forecast", "wait", "add", "fielded", "counts", "nothing", "fails", "odd"]


def test_the_schema_comes_from_signature_and_docstring(folder: Path) -> None:
    tool = load(folder, "forecast")
    assert tool.description == "The weather to come.\n\nAs far as anybody knows."
    assert tool.strict
    place = tool.parameters["properties"].pop("place")
    assert place["description"] == "where" and place["required"] == ["city", "country"]
    assert tool.parameters["properties"] == {
        "days": {
            "type": ["integer", "null"],
            "description": "how many, at most ten; null stands for 3",
        },
        "unit": {
            "anyOf": [{"$ref": "#/$defs/Unit"}, {"type": "null"}],
            "description": 'null stands for "celsius"',
        },
        "note": {"anyOf": [TEXT, {"type": "null"}]},
    }
    assert tool.parameters["required"] == ["place", "days", "unit", "note"]
    assert tool.parameters["additionalProperties"] is False


def test_calls_get_real_values_and_results_become_json(folder: Path) -> None:
    tool = load(folder, "forecast")
    wanted = [{"when": "2030-01-02", "degrees": 4.0}]
    full = call(tool, place={"city": "Bern"}, days=1, unit="fahrenheit", note=None)
    assert not full.error and json.loads(full.output) == wanted
    assert json.loads(call(tool, place={"city": "Bern"}, days=1).output) == wanted
    nulls = call(tool, place={"city": "Bern"}, days=None, unit=None, note=None)
    assert len(json.loads(nulls.output)) == 3


def test_async_functions_and_names_that_models_have(folder: Path) -> None:
    tool = load(folder, "wait")
    assert tool.parameters["properties"] == {
        "copy": {"type": "number", "minimum": 0, "description": "seconds"}
    }
    assert call(tool, copy=0.01) == Outcome("1", "wait", "waited ❤", False)


def test_positional_and_keyword_only_parameters(folder: Path) -> None:
    tool = load(folder, "add")
    assert list(tool.parameters["properties"]) == ["a", "b", "schema"]
    assert call(tool, a=1, b=2, schema=3).output == "6"
    assert call(tool, a=1, b=2).output == "3"


def test_a_field_as_default(folder: Path) -> None:
    tool = load(folder, "fielded")
    about = tool.parameters["properties"]["n"]
    assert about["description"] == "a number; null stands for 2"
    assert call(tool).output == call(tool, n=None).output == "2"
    assert call(tool, n=5).output == "5" and call(tool, n=10).error


def test_what_strict_mode_cannot_say_is_offered_without_it(folder: Path) -> None:
    tool = load(folder, "counts")
    assert not tool.strict
    words = {"type": "object", "additionalProperties": INT}
    assert tool.parameters == closed(words=words)
    assert call(tool, words={"a": 1}).output == '{"a":1}'
    assert tools.as_chat_tool(tool)["function"]["strict"] is False


def test_a_tool_without_parameters(folder: Path) -> None:
    tool = load(folder, "nothing")
    assert tool.strict and tool.parameters == closed()
    assert call(tool).output == "null"


@pytest.mark.parametrize(
    ("name", "arguments", "output"),
    [
        ("fails", {"kind": "value"}, "ValueError: no good"),
        ("fails", {"kind": "key"}, "KeyError: 'gone'"),
        ("fails", {"kind": "other"}, "the arguments do not fit: Input should be 'value' or 'key'"),
        ("forecast", {"days": "many"}, "at /place; "),
        ("forecast", {"place": {"city": 3}}, "at /place/city"),
        ("nothing", {"x": 1}, "Extra inputs are not permitted at /x"),
    ],
)
def test_failures_are_told(folder: Path, name: str, arguments: Any, output: str) -> None:
    outcome = call(load(folder, name), **arguments)
    assert outcome.error and output in outcome.output


def test_results_that_json_does_not_know(folder: Path) -> None:
    outcome = call(load(folder, "odd"))
    expected = {"path": "/x", "set": [1], "made": [0, 1], "o": "Ellipsis"}
    found = json.loads(outcome.output)
    assert found.pop("nan") != found.get("nan") and found == expected


def test_functions_of_a_module(tmp_path: Path) -> None:
    (tmp_path / "oai_test_kit.py").write_text("class K:\n @staticmethod\n def f(a: int): return a")
    tool = tools.load(["oai_test_kit:K.f"], [], tmp_path)[0]
    sys.path.remove(str(tmp_path))
    assert tool.name == "f" and call(tool, a=3).output == "3"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("mine.py:untyped", "does not say what type a has"),
        ("mine.py:Place", "is no function"),
        ("mine.py:nobody", "has no nobody"),
        ("mine.py:double", "does not say what type x has"),
        ("mine", "names no tool"),
        ("nobody.py", "no such file"),
        ("nobody:f", "there is no module nobody"),
    ],
)
def test_what_is_no_tool(folder: Path, source: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        tools.load([source], [], folder)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def f(*all: int): ...", "takes any number of arguments"),
        ("def f(**all: int): ...", "takes any number of arguments"),
        ("def f(a: 'Nobody'): ...", "annotations of f cannot be read: NameError"),
        ("def f(a: object()): ...", "f cannot be|annotations of f"),
        ("from typing import Callable\ndef f(a: Callable): ...", "f cannot be a tool"),
        ("class X: ...\ndef f(a: X): ...", "f cannot be a tool"),
        ("def größe(a: int): ...", "cannot be the name of a tool"),
        ("def f(a): ...", "no public functions with typed parameters"),
        ("", "no public functions"),
    ],
)
def test_functions_that_cannot_be_tools(tmp_path: Path, code: str, message: str) -> None:
    (tmp_path / "bad.py").write_text(code)
    with pytest.raises(UsageError, match=message):
        tools.load(["bad.py"], [], tmp_path)


# -- docstrings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        """Finds.

        Everything.

        Args:
            a (int, optional): first
            b: second: with
                a colon
            *c: third

        Raises:
            ValueError: never
        """,
        """Finds.

        Everything.

        Parameters
        ----------
        a : int, optional
            first
        b
            second: with
            a colon
        *c : str
            third

        Returns
        -------
        d : int
            not a parameter
        """,
        """Finds.

        Everything.

        :param int a: first
        :param b: second: with
            a colon
        :type b: int
        :param c: third
        :returns: something
        """,
    ],
    ids=["google", "numpy", "rest"],
)
def test_docstrings(text: str) -> None:
    wanted = {"a": "first", "b": "second: with a colon", "c": "third"}
    assert docstring.parse(text) == ("Finds.\n\nEverything.", wanted)


@pytest.mark.parametrize("text", [None, "", "One line.", "Two\n\nlines: here"])
def test_docstrings_without_sections(text: str | None) -> None:
    assert docstring.parse(text) == (text or "", {})
