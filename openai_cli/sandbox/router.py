"""Which operation a method and a path mean; literal segments beat parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, unquote

from .errors import ApiError


class Match:
    """The operation asked for, and the values of its path parameters in path order."""

    def __init__(self, operation: str, ids: dict[str, str]) -> None:
        self.operation = operation
        self.ids = ids


class _Entry:
    def __init__(self, operation: str, names: list[str], query: list[tuple[str, str]]) -> None:
        self.operation = operation
        self.names = names
        self.query = query


class _Node:
    def __init__(self, name: str = "") -> None:
        self.name = name
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.methods: dict[str, list[_Entry]] = {}


class Router:
    """All routes as a tree of path segments."""

    def __init__(self, routes: Iterable[Sequence[str]]) -> None:
        """`routes` are triples of method, path (with its fixed query) and operation."""
        self._root = _Node()
        for method, path, operation in routes:
            self._add(method, path, operation)

    def _add(self, method: str, path: str, operation: str) -> None:
        path, _, query = path.partition("?")
        node, names = self._root, []
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment.strip("{}"))
                node.parameter = node.parameter or _Node(names[-1])
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        entries = node.methods.setdefault(method, [])
        entries.append(_Entry(operation, names, parse_qsl(query)))
        # The entry with a fixed query is the more special one; sorting is stable for the rest.
        entries.sort(key=lambda entry: not entry.query)

    def match(self, method: str, path: str, query: Mapping[str, list[str]]) -> Match:
        """The operation behind a request, or an error 404 or 405."""
        segments = path.strip("/").split("/")
        allowed: set[str] = set()
        for node, values in self._reach(self._root, segments):
            for entry in node.methods.get(method, ()):
                if all(value in query.get(key, ()) for key, value in entry.query):
                    return Match(entry.operation, dict(zip(entry.names, values, strict=True)))
            allowed.update(node.methods)
        if not allowed:
            raise ApiError(404, f"There is no such endpoint: {method} {path}.", code="unknown_url")
        message = f"{path} does not answer to {method}."
        headers = {"allow": ", ".join(sorted(allowed))}
        raise ApiError(405, message, code="method_not_supported", headers=headers)

    def _reach(self, node: _Node, segments: list[str]) -> Iterator[tuple[_Node, list[str]]]:
        if not segments:
            yield node, []
            return
        first, rest = segments[0], segments[1:]
        if first in node.literals:
            yield from self._reach(node.literals[first], rest)
        if node.parameter and first:
            for reached, values in self._reach(node.parameter, rest):
                yield reached, [unquote(first), *values]

    def operations(self, template: str) -> dict[str, str]:
        """Operations by method at a path whose parameters are written `{}`."""
        node = self._at(template)
        if node is None:
            return {}
        return {method: entries[-1].operation for method, entries in node.methods.items()}

    def below(self, template: str) -> str | None:
        """The name of the parameter that follows the path, if one does."""
        node = self._at(template)
        return node.parameter.name if node and node.parameter else None

    def _at(self, template: str) -> _Node | None:
        node: _Node | None = self._root
        for segment in template.strip("/").split("/"):
            if node is None:
                return None
            node = node.parameter if segment == "{}" else node.literals.get(segment)
        return node
