"""Command lines as they stand in texts: the `oai` calls in them, read and parsed but not run."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from .cli import environment

SHELL = ("|", "<", ">", ">>", ";", "&&", "||", "&")
ENDS = ("|", ";", "&&", "||", "&")
SETTING = re.compile(r"[A-Z_]+=")
LINE = {"custom_id": "1", "method": "POST", "url": "/v1/responses", "body": {"input": "Hi"}}
LINE["body"]["model"] = "gpt-5.5"  # type: ignore[index]
TURNS = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}]
PAIR = {
    "input": {"messages": TURNS[:1]},
    "preferred_output": TURNS[1:],
    "non_preferred_output": [{"role": "assistant", "content": "What?"}],
}
CONTENT = {
    "requests.jsonl": json.dumps(LINE) + "\n",
    "part-1.jsonl": json.dumps(LINE) + "\n",
    "part-2.jsonl": json.dumps({**LINE, "custom_id": "2"}) + "\n",
    "train.jsonl": "".join(f"{json.dumps({'messages': TURNS})}\n" for _ in range(12)),
    "valid.jsonl": json.dumps({"messages": TURNS}) + "\n",
    "pairs.jsonl": "".join(f"{json.dumps(PAIR)}\n" for _ in range(12)),
    "tickets.csv": "id,text\nt1,The printer is out of paper.\n",
    "data.csv": "id,text\nt1,bonjour\n",
    "data.jsonl": '{"id": "t1", "text": "bonjour"}\n',
    "words.txt": "apple\npear\n",
    "body.json": '{"model": "gpt-5.5", "messages": [{"role": "user", "content": "{text}"}]}',
    "review.toml": 'prompt = "Review this"\n',
    "docs/rules.md": "Refunds are paid within 30 days.\n",
    "docs/more/hours.md": "We open at nine.\n",
}
"""What is in files that are read by more than the API; any other holds `{}` or a word."""


def calls(line: str) -> Iterator[tuple[list[str], bool]]:
    """The `oai` calls of a command line, each with whether something is piped into it."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|<>;&")
    lexer.whitespace_split = True
    words: list[str] = []
    piped = False
    for token in [*lexer, ";"]:
        if token in ENDS:
            while words and SETTING.match(words[0]):
                words.pop(0)
            if words and words[0] == "oai":
                yield list(_without_targets(words))[1:], piped
            words, piped = [], token == "|"
        else:
            words.append(token)


def _without_targets(words: list[str]) -> Iterator[str]:
    skip = False
    for word in words:
        if skip or word in SHELL:
            skip = word in ("<", ">", ">>")
            continue
        yield word


def make_files(words: list[str], folder: Path) -> None:
    """The files that a command line reads, where they are not there yet."""
    for before, word in zip(["", *words], words, strict=False):
        if before in ("-o", "--output"):
            continue
        for name in re.findall(r"(?:^|=|@)@?([\w./-]+\.\w+)$", word):
            if "://" in word or name.startswith("/") or name.startswith("-"):
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            usual = "{}" if name.endswith(("json", "yaml")) else "text"
            if not path.exists():
                path.write_text(CONTENT.get(name.removeprefix("./"), usual))


def parse(words: list[str], folder: Path, *, piped: bool = False) -> None:
    """Read an `oai` call as far as it can be read without running it: the command, its options and
    arguments, and whether something is missing. Raises what the command line would be refused with.
    """
    from openai_cli.cli import tree
    from openai_cli.core.console import Console
    from openai_cli.core.context import App

    make_files(words, folder)
    before = Path.cwd()
    stdin = io.BytesIO(b"text" if piped else b"")
    app = App(Console(stdin, io.BytesIO(), io.StringIO(), environment()), "0")
    try:
        os.chdir(folder)
        _parse(app, tree(), words)
    finally:
        os.chdir(before)
        app.close()


def _parse(app: object, root: object, words: list[str]) -> None:
    from openai_cli.engine import gather
    from openai_cli.engine.command import OperationCommand
    from openai_cli.engine.tree import LazyGroup

    command, name, context = root, "oai", None
    while isinstance(command, LazyGroup):
        context = command.make_context(name, list(words), parent=context, obj=app)
        words = [*context._protected_args, *context.args]
        if not words:
            return
        found, command, words = command.resolve_command(context, words)
        name = str(found)
    context = command.make_context(name, list(words), parent=context, obj=app)  # type: ignore[union-attr]
    if type(command) is OperationCommand:
        gather.gather(app, command.operation, command.own_parameters, context.params)
