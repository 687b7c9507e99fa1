"""A value that satisfies a JSON Schema: for structured output and the arguments of tool calls."""

from __future__ import annotations

from typing import Any

_FORMATS = {
    "date-time": "2026-01-01T12:00:00Z",
    "date": "2026-01-01",
    "time": "12:00:00Z",
    "duration": "PT1M",
    "email": "ada@example.com",
    "hostname": "example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
}
_DEPTH = 12


def conform(schema: Any, text: str) -> Any:
    """A value for `schema`; free texts in it speak about `text`."""
    root = schema if isinstance(schema, dict) else {}
    return _Maker(root, text).value(root, 0)


class _Maker:
    def __init__(self, root: dict[str, Any], text: str) -> None:
        self._root = root
        self._text = text

    def value(self, schema: Any, depth: int) -> Any:
        if not isinstance(schema, dict):
            return None
        if "$ref" in schema:
            return self.value(self._resolve(schema["$ref"]), depth + 1)
        for key in ("const", "enum"):
            if key in schema:
                return schema[key] if key == "const" else schema[key][0]
        choice = schema.get("anyOf") or schema.get("oneOf")
        if choice:
            return self.value(self._pick(choice, depth), depth + 1)
        if "allOf" in schema:
            return self.value(_merged([*schema["allOf"], schema]), depth + 1)
        return self._typed(schema, depth)

    def _typed(self, schema: dict[str, Any], depth: int) -> Any:
        kinds = schema.get("type") or ("object" if "properties" in schema else "string")
        kind = kinds if isinstance(kinds, str) else _first_kind(kinds, depth)
        match kind:
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, depth)
            case "integer" | "number":
                return _number(schema, kind)
            case "boolean":
                return True
            case "null":
                return None
        return self._string(schema)

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties = schema.get("properties", {})
        required = schema.get("required", list(properties))
        wanted = properties if depth < _DEPTH // 2 else required
        return {
            name: self.value(properties.get(name, {}), depth + 1)
            for name in {**dict.fromkeys(required), **dict.fromkeys(wanted)}
            if name in required or not _refers(properties.get(name))
        }

    def _array(self, schema: dict[str, Any], depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        number = least if depth > _DEPTH // 2 else max(least, min(1, schema.get("maxItems", 1)))
        return [self.value(schema.get("items", {}), depth + 1) for _ in range(number)]

    def _string(self, schema: dict[str, Any]) -> str:
        if schema.get("format") in _FORMATS:
            return str(_FORMATS[schema["format"]])
        text: str = self._text or "sandbox"
        text += "." * max(0, schema.get("minLength", 0) - len(text))
        return text[: int(schema.get("maxLength", 200))]

    def _pick(self, choice: list[Any], depth: int) -> Any:
        null = {"type": "null"}
        if depth > _DEPTH // 2 and null in choice:
            return null
        return next((member for member in choice if member != null), choice[0])

    def _resolve(self, ref: str) -> Any:
        place: Any = self._root
        for key in ref.lstrip("#/").split("/") if ref != "#" else ():
            place = place.get(key.replace("~1", "/").replace("~0", "~"), {})
        return place


def _first_kind(kinds: list[str], depth: int) -> str:
    if depth > _DEPTH // 2 and "null" in kinds:
        return "null"
    return next((kind for kind in kinds if kind != "null"), "null")


def _refers(schema: Any) -> bool:
    return isinstance(schema, dict) and "$ref" in schema


def _merged(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {"properties": {}, "required": []}
    for schema in schemas:
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        result["properties"] |= rest.pop("properties", {})
        result["required"] = [*result["required"], *rest.pop("required", [])]
        result |= rest
    if not result["properties"]:
        del result["properties"], result["required"]
    return result


def _number(schema: dict[str, Any], kind: str) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    step = schema.get("multipleOf", 1)
    value = 1 if least is None else least
    if "exclusiveMinimum" in schema:
        value = schema["exclusiveMinimum"] + step
    if most is not None and value > most:
        value = most if "exclusiveMaximum" not in schema else most - step
    if "multipleOf" in schema:
        value = -(-value // step) * step
    return int(value) if kind == "integer" else float(value)
