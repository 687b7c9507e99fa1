"""Where schemas stand inside a JSON Schema, and steps through one that respect it.

A property may be called `$ref`, an example may look like a schema: only what stands in the place of
a schema is one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
SINGLE = ("items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else")
ANNOTATIONS = ("title", "description", "default", "examples", "deprecated")

Visit = Callable[[Any, str], Any]
"""Takes a schema and the steps that lead to it from its parent (`/properties/name`)."""


def rebuild(node: dict[str, Any], visit: Visit) -> dict[str, Any]:
    """A copy of `node` with every schema directly inside it replaced by what `visit` gives."""
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key in NAMED and isinstance(value, dict):
            made[key] = {n: visit(one, f"/{key}/{escape(n)}") for n, one in value.items()}
        elif key in LISTED and isinstance(value, list):
            made[key] = [visit(one, f"/{key}/{at}") for at, one in enumerate(value)]
        elif key in SINGLE and isinstance(value, dict):
            made[key] = visit(value, f"/{key}")
        else:
            made[key] = value
    return made


def escape(name: object) -> str:
    """A name as a step of a JSON pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")


def lookup(root: Any, pointer: str) -> Any:
    """What a pointer (`/$defs/Node`) leads to. Raises LookupError."""
    here = root
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(here, list) and step.isdigit():
            here = here[int(step)]
        elif isinstance(here, dict):
            here = here[step]
        else:
            raise LookupError(pointer)
    return here


def widen(node: Any) -> Any:
    """The schema with every optional property allowed to be null, which is how strict mode, where
    every property is required, leaves one out."""
    if not isinstance(node, dict):
        return node
    made = rebuild(node, lambda child, _: widen(child))
    properties, required = made.get("properties"), made.get("required")
    if isinstance(properties, dict):
        needed = required if isinstance(required, list) else ()
        made["properties"] = {
            name: one if name in needed else nullable(one) for name, one in properties.items()
        }
    return made


def nullable(node: Any) -> Any:
    """The schema with null admitted."""
    if admits_null(node) or not isinstance(node, dict):
        return node
    kind = node.get("type")
    listed = isinstance(kind, list)
    if (listed or kind in ("string", "integer", "number", "boolean")) and not {
        "enum",
        "const",
        "anyOf",
        "oneOf",
        "allOf",
        "$ref",
    } & node.keys():
        return {**node, "type": [*kind, "null"] if isinstance(kind, list) else [kind, "null"]}
    kept = {key: node[key] for key in ANNOTATIONS if key in node}
    inner = {key: value for key, value in node.items() if key not in kept}
    variants = inner["anyOf"] if set(inner) == {"anyOf"} else [inner]
    return {"anyOf": [*variants, {"type": "null"}], **kept}


def admits_null(node: Any) -> bool:
    """Whether null fits, as far as the schema itself says (references are not followed)."""
    if not isinstance(node, dict):
        return node is True
    if "enum" in node or "const" in node:
        return None in node.get("enum", [node.get("const")])
    if "type" in node:
        kind = node["type"]
        return kind == "null" or (isinstance(kind, list) and "null" in kind)
    if isinstance(node.get("anyOf"), list):
        return any(admits_null(one) for one in node["anyOf"])
    return not set(node) - set(ANNOTATIONS)


def without_nulls(value: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """An object without the nulls that stand for an optional property left out."""
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    return {
        name: one
        for name, one in value.items()
        if one is not None or name in required or admits_null(properties.get(name, True))
    }


def rebase(node: Any, prefix: str) -> Any:
    """The schema with its references changed for a root that now stands at `prefix`; references to
    definitions stay, as these are lifted to the new root."""
    if not isinstance(node, dict):
        return node
    made = rebuild(node, lambda child, _: rebase(child, prefix))
    ref = made.get("$ref")
    if isinstance(ref, str) and ref.startswith("#"):
        lifted = ref.startswith(("#/$defs/", "#/definitions/"))
        made["$ref"] = ref if lifted else f"#{prefix}{ref[1:]}"
    return made
