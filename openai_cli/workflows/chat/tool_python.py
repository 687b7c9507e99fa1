"""Python functions as tools: the schema from the signature, the description from the docstring."""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

from ...core.errors import UsageError
from . import docstring, python_source, schema_check
from .schema_walk import admits_null, nullable, without_nulls
from .tool import Tool, ToolError, offered

COLLECTED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def load(source: str, cwd: Path) -> list[Tool]:
    """The tools of `file.py`, `file.py:function` or `module:function`. Raises UsageError."""
    if named := python_source.split(source):
        found = python_source.find(*named, cwd)
        if not callable(found) or isinstance(found, type):
            raise UsageError(f"{source} is no function")
        return [PythonTool(found)]
    if not source.endswith(".py"):
        raise UsageError(
            f"{source!r} names no tool", "write file.py, file.py:function or module:function"
        )
    module = python_source.load(source, cwd)
    public = [
        value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and inspect.isfunction(value)
        and value.__module__ == module.__name__
    ]
    typed = [one for one in dict.fromkeys(public) if not _untyped(one)]
    if not typed:
        names = ", ".join(one.__name__ for one in public)
        hint = f"give the parameters of {names} types" if names else "it defines none"
        raise UsageError(f"{source} has no public functions with typed parameters", hint)
    return [PythonTool(one) for one in typed]


class PythonTool(Tool):
    """A function, called with arguments that its annotations have accepted."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._shown = getattr(function, "__name__", str(function))
        description, texts = docstring.parse(function.__doc__)
        self._signature = self._read_signature()
        self._model = self._make_model(texts)
        self._plain = self._plain_schema()
        parameters, strict = offered(_with_nulls(self._plain), optional_as_null=False)
        super().__init__(self._shown, description, parameters if strict else self._plain, strict)

    def check(self, arguments: dict[str, Any]) -> None:
        self._validated(arguments)

    def run(self, arguments: dict[str, Any]) -> str:
        positional, named = self._validated(arguments)
        result = self._function(*positional, **named)
        if inspect.isawaitable(result):
            import asyncio

            result = asyncio.run(_awaited(result))
        return _encoded(result)

    # -- from the signature -----------------------------------------------------------------------

    def _read_signature(self) -> list[inspect.Parameter]:
        try:
            parameters = list(inspect.signature(self._function).parameters.values())
        except (TypeError, ValueError) as error:
            raise UsageError(f"{self._shown} cannot be a tool: {error}") from None
        for parameter in parameters:
            if parameter.kind in COLLECTED:
                raise UsageError(
                    f"{self._shown} takes any number of arguments ({parameter})",
                    "a tool names its parameters",
                )
        return parameters

    def _annotations(self) -> dict[str, Any]:
        if missing := _untyped(self._function):
            raise UsageError(
                f"{self._shown} does not say what type {', '.join(missing)} has",
                "annotate every parameter: def tool(city: str, days: int = 3)",
            )
        try:
            return get_type_hints(self._function, include_extras=True)
        except Exception as error:  # annotations are code
            raise UsageError(
                f"the annotations of {self._shown} cannot be read: {type(error).__name__}: {error}"
            ) from None

    def _make_model(self, texts: dict[str, str]) -> Any:
        """A model with a field for each parameter. The fields have names of their own: a parameter
        may be called as something that every model has (`copy`, `schema`)."""
        from pydantic import ConfigDict, Field, create_model
        from pydantic.errors import PydanticUserError

        hints = self._annotations()

        def field(parameter: inspect.Parameter) -> tuple[Any, Any]:
            hint, text = hints[parameter.name], texts.get(parameter.name)
            about = Field(alias=parameter.name)
            if text and not _described(hint, parameter):
                about = Field(alias=parameter.name, description=text)
            default = ... if parameter.default is parameter.empty else parameter.default
            return Annotated[hint, about], default

        try:
            fields: Any = {f"p{at}": field(one) for at, one in enumerate(self._signature)}
            return create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)
        except (PydanticUserError, TypeError, AttributeError) as error:
            raise self._unfit(error) from None

    def _plain_schema(self) -> dict[str, Any]:
        from pydantic.errors import PydanticInvalidForJsonSchema

        try:
            schema: dict[str, Any] = self._model.model_json_schema(by_alias=True)
        except PydanticInvalidForJsonSchema as error:
            raise self._unfit(error) from None
        schema.pop("title", None)
        schema.setdefault("properties", {})
        for one in schema["properties"].values():
            one.pop("title", None)
        return schema

    def _unfit(self, error: Exception) -> UsageError:
        reason = str(error).partition("\n")[0]
        return UsageError(f"{self._shown} cannot be a tool: {reason}")

    # -- a call -----------------------------------------------------------------------------------

    def _validated(self, arguments: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """Values for the function, as its annotations make them. A null where the function has a
        default and knows no None stands for the default."""
        from pydantic import ValidationError

        try:
            given = json.dumps(without_nulls(arguments, self._plain))
            values = self._model.model_validate_json(given)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            problems = ((schema_check.pointer(e["loc"]), e["msg"]) for e in found)
            raise ToolError(f"the arguments do not fit: {schema_check.summary(problems)}") from None
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for at, parameter in enumerate(self._signature):
            if parameter.kind is parameter.POSITIONAL_ONLY:
                positional.append(getattr(values, f"p{at}"))
            elif f"p{at}" in values.model_fields_set or _is_field(parameter.default):
                named[parameter.name] = getattr(values, f"p{at}")
        return positional, named


def _untyped(function: Callable[..., Any]) -> list[str]:
    """The parameters without an annotation."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [one.name for one in parameters if one.annotation is one.empty]


def _is_field(value: Any) -> bool:
    from pydantic.fields import FieldInfo

    return isinstance(value, FieldInfo)


def _described(annotation: Any, parameter: inspect.Parameter) -> bool:
    """Whether `Field(description=…)` speaks for the parameter."""
    marks = [*getattr(annotation, "__metadata__", ()), parameter.default, *get_args(annotation)[1:]]
    return any(_is_field(mark) and mark.description for mark in marks)


def _with_nulls(plain: dict[str, Any]) -> dict[str, Any]:
    """Parameters that may be left out, as strict mode leaves them out; the default goes into words,
    as the keyword is not always welcome there."""
    required = plain.get("required", ())
    properties = {}
    for name, one in plain["properties"].items():
        if name not in required:
            default = one.get("default")
            one = {key: value for key, value in one.items() if key != "default"}
            if default is not None:
                word = "default" if admits_null(one) else "null stands for"
                told = f"{word} {json.dumps(default, ensure_ascii=False)}"
                one["description"] = "; ".join(filter(None, [one.get("description"), told]))
            one = nullable(one)
        properties[name] = one
    return {**plain, "properties": properties}


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def _encoded(result: Any) -> str:
    """Text as it is, everything else as JSON."""
    if isinstance(result, str):
        return result
    from pydantic_core import to_json

    return to_json(result, fallback=str, inf_nan_mode="constants").decode("utf-8")
