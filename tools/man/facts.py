"""What the topics must not leave out: exit codes, formats, profile keys, environment variables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from openai_cli.core import config
from openai_cli.core.errors import Exit

from .topics import Topic

PACKAGE = Path(config.__file__).parents[1]
OURS = re.compile(r"(OAI|OPENAI|AZURE_OPENAI)(_[A-Z0-9]+)+")
INDIRECT = {
    "COLUMNS": "read by Console.width through a variable",
    "LINES": "read by Console.height through a variable",
    "HTTP_PROXY": "read by httpx2, as are the three others",
    "HTTPS_PROXY": "",
    "ALL_PROXY": "",
    "NO_PROXY": "",
    "SSL_CERT_FILE": "read by ssl.create_default_context",
    "SSL_CERT_DIR": "",
    "XDG_CONFIG_HOME": "read by platformdirs",
    "XDG_STATE_HOME": "",
    "XDG_DATA_HOME": "",
    "XDG_CACHE_HOME": "",
}
"""Variables that matter although no line of the package reads them by name."""
UNTOLD = {"PATH", "HOME"}
"""What everybody's environment has, read for what everybody reads it for."""


def missing(topics: list[Topic]) -> Iterator[str]:
    """Everything a topic should tell and does not, as problems."""
    told = {topic.name: topic.terms() for topic in topics}
    wanted = {
        "exit-codes": {str(int(code)) for code in Exit},
        "formats": set(config.FORMATS),
        "config": {*config.SCHEMA, *config.TOP},
        "environment": variables(),
    }
    for name, terms in wanted.items():
        for term in sorted(terms - told.get(name, set())):
            yield f"words/topics/{name}.md does not tell about {term}"


@cache
def variables() -> set[str]:
    """Every environment variable that the package reads (the sandbox's tests aside)."""
    found = set(INDIRECT)
    for path in sorted(PACKAGE.rglob("*.py")):
        found |= set(_read_in(ast.parse(path.read_text(encoding="utf-8"))))
    return found - UNTOLD


def _read_in(module: ast.Module) -> Iterator[str]:
    documentation = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and id(node) not in documentation:
            if isinstance(node.value, str) and OURS.fullmatch(node.value):
                yield node.value
        elif (name := _access(node)).isupper():
            yield name


def _access(node: ast.AST) -> str:
    """The variable in `env.get("X")`, `env["X"]` and `"X" in env`; empty for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        reads = node.func.attr in ("get", "pop") and _environment(node.func.value)
        return _text(node.args[0]) if reads and node.args else ""
    if isinstance(node, ast.Subscript) and _environment(node.value):
        return _text(node.slice)
    if isinstance(node, ast.Compare) and _environment(node.comparators[0]):
        return _text(node.left)
    return ""


def _environment(node: ast.AST) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name in ("env", "environ", "environment")


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
