"""The package's own source, read as text and syntax: what imports what, which texts stand where."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "openai_cli"
FOLDER = Path(__file__).parents[2] / PACKAGE


def files(*parts: str) -> list[Path]:
    """The modules below a folder of the package."""
    return sorted(FOLDER.joinpath(*parts).rglob("*.py"))


def module_name(path: Path) -> str:
    """`openai_cli.core.http` for its file."""
    parts = [PACKAGE, *path.relative_to(FOLDER).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """Every module by its name."""
    return {module_name(path): path for path in files()}


@cache
def syntax(path: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it, by full name."""
    name = module_name(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    known = modules()
    found: set[str] = set()
    for node in ast.walk(syntax(path)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.update(_imported(node, package, known))
    return found


def _imported(node: ast.ImportFrom, package: str, known: dict[str, Path]) -> Iterator[str]:
    base = node.module or ""
    if node.level:
        up = package.split(".")[: len(package.split(".")) - node.level + 1]
        base = ".".join([*up, *([node.module] if node.module else [])])
    for alias in node.names:
        inner = f"{base}.{alias.name}"
        yield inner if inner in known else base


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants of a file with their lines, docstrings left out."""
    tree = syntax(path)
    documentation = {id(node) for node in _docstrings(tree)}
    for node in ast.walk(tree):
        plain = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if plain and id(node) not in documentation:
            yield node.lineno, node.value  # type: ignore[attr-defined]


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    """Strings that stand as statements: docstrings, and those below attributes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
