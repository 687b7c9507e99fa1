"""A JSON Schema in the form that the API's strict mode asks for.

Every object is closed and every property required; in schemas that people wrote, a property that
was optional admits null. For pydantic models the result equals the official SDK's, but for what the
API is known to refuse: `oneOf` becomes `anyOf`, an open `additionalProperties` beside properties is
closed, and what strict mode cannot say is an error that names the place. Other keywords stay as
they are.
"""

from __future__ import annotations

from typing import Any

from ...core.errors import UsageError
from .schema_walk import lookup, nullable, rebuild

REFUSED = {
    "patternProperties": "list the properties by name, or use an array of {key, value} objects",
    "propertyNames": "list the properties by name, or use an array of {key, value} objects",
    "prefixItems": "use an object with a named property for each place of the tuple",
    "not": "describe what is wanted instead",
    "if": "write the alternatives as anyOf",
    "then": "write the alternatives as anyOf",
    "else": "write the alternatives as anyOf",
    "dependentRequired": "write the alternatives as anyOf",
    "dependentSchemas": "write the alternatives as anyOf",
    "dependencies": "write the alternatives as anyOf",
}
OPEN = "list the properties by name, or use an array of {key, value} objects"
KINDS = ("type", "anyOf", "$ref", "enum", "const")


class Inexpressible(UsageError):
    """The schema is sound, but strict mode has no way to say it."""


def strict(schema: Any, *, optional_as_null: bool = False) -> dict[str, Any]:
    """The strict form of a schema whose root is an object; the schema itself stays untouched.

    `optional_as_null` lets a property that is not required be null. Python models say themselves
    where null may stand, and would not take it elsewhere. Raises Inexpressible, or UsageError for
    references that lead nowhere.
    """
    try:
        made = _Strict(schema, optional_as_null).apply(schema, "", frozenset())
    except RecursionError:
        raise UsageError("the schema is nested too deeply") from None
    if "anyOf" in made:
        raise _refusal("", "the root is a choice (anyOf)", "put it into a property of an object")
    if made.get("type") not in ("object", ["object"]):
        hint = 'it starts with {"type": "object", "properties": …}'
        if made.get("type") == "array":
            hint += "; --schema-multi asks for a list of objects"
        raise _refusal("", "the root is not an object", hint)
    return made


def _refusal(path: str, what: str, hint: str) -> Inexpressible:
    where = f" at {path}" if path else ""
    return Inexpressible(f"strict mode cannot express the schema{where}: {what}", hint)


class _Strict:
    """One conversion. `open` holds the references that are being written out, to end in time."""

    def __init__(self, root: Any, optional_as_null: bool) -> None:
        self._root = root
        self._optional_as_null = optional_as_null

    def apply(self, node: Any, path: str, open: frozenset[str]) -> dict[str, Any]:
        if isinstance(node, bool):
            word = "anything" if node else "nothing"
            raise _refusal(path, f"`{str(node).lower()}` stands for {word}", "give it a type")
        if not isinstance(node, dict):
            raise UsageError(f"the schema is no object at {path or 'its root'}: {str(node)[:40]}")
        self._refuse(node, path)
        made = rebuild(node, lambda child, step: self.apply(child, path + step, open))
        self._merge(made, path)
        if made.get("default", False) is None:
            del made["default"]
        if "$ref" in made:
            return self._reference(made, path, open)
        self._close(made, path)
        if path:
            self._complete(made, path)
        return made

    def _refuse(self, node: dict[str, Any], path: str) -> None:
        for keyword, hint in REFUSED.items():
            if keyword in node:
                raise _refusal(path, f"`{keyword}`", hint)
        if isinstance(node.get("items"), list):
            raise _refusal(path, "a tuple", REFUSED["prefixItems"])
        if isinstance(node.get("additionalProperties"), dict) and node["additionalProperties"]:
            raise _refusal(path, "an object with any keys (`additionalProperties`)", OPEN)

    def _merge(self, made: dict[str, Any], path: str) -> None:
        """`oneOf` as `anyOf`, and the only entry of `allOf` as part of the schema around it."""
        if isinstance(made.get("oneOf"), list):
            if "anyOf" in made:
                raise _refusal(path, "anyOf and oneOf together", "keep one of them")
            made["anyOf"] = made.pop("oneOf")
            made.pop("discriminator", None)
        entries = made.get("allOf")
        if not isinstance(entries, list):
            return
        clash = (
            entries and {"properties", "items", "anyOf", "$ref"} & made.keys() & entries[0].keys()
        )
        if len(entries) != 1 or clash:
            raise _refusal(path, "several schemas at once (`allOf`)", "write them as one")
        made |= made.pop("allOf")[0]

    def _reference(self, made: dict[str, Any], path: str, open: frozenset[str]) -> dict[str, Any]:
        """A bare reference stays; one with other keys beside it is written out where it stands."""
        ref = made["$ref"]
        target = self._target(ref, path)
        rest = {key: value for key, value in made.items() if key != "$ref"}
        if not rest:
            return made
        if ref == "#" or ref in open:
            return {"anyOf": [{"$ref": ref}], **rest}
        return self.apply({**target, **rest}, path, open | {ref})

    def _target(self, ref: Any, path: str) -> dict[str, Any]:
        where = f" at {path}" if path else ""
        if not isinstance(ref, str) or (ref != "#" and not ref.startswith("#/")):
            raise UsageError(
                f"the schema refers to another document{where}: {ref}",
                "copy what it refers to into $defs",
            )
        try:
            target = lookup(self._root, ref[1:])
        except LookupError:
            target = None
        if not isinstance(target, dict):
            raise UsageError(f"the schema refers to something it does not hold{where}: {ref}")
        return target

    def _close(self, made: dict[str, Any], path: str) -> None:
        properties = made.get("properties")
        if isinstance(properties, dict):
            made.setdefault("type", "object")
            if self._optional_as_null:
                needed = made.get("required", ())
                optional = [name for name in properties if name not in needed]
                properties.update((name, nullable(properties[name])) for name in optional)
            made["required"] = list(properties)
        kind = made.get("type")
        if kind != "object" and not (isinstance(kind, list) and "object" in kind):
            return
        if not properties and made.get("additionalProperties", properties is None) is not False:
            raise _refusal(path, "an object with any keys", OPEN)
        made["additionalProperties"] = False

    @staticmethod
    def _complete(made: dict[str, Any], path: str) -> None:
        if "items" in made:
            made.setdefault("type", "array")
        kind = made.get("type")
        if kind == "array" or (isinstance(kind, list) and "array" in kind):
            if not isinstance(made.get("items"), dict):
                raise _refusal(path, "an array of anything", "give it `items`")
        elif not any(key in made for key in KINDS):
            raise _refusal(path, "a value of any type", "give it a type")
