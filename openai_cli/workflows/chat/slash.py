"""The commands of the chat session: `/name argument`. Anything else with a slash is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import assign
from ...core.errors import UsageError
from ...engine.suggest import near
from .apis import said
from .windows import filling

if TYPE_CHECKING:
    from .conversation import Conversation
    from .session import Session


class Leave(Exception):
    """The person wants to go."""


class Send(Exception):
    """The command leads to a question, which is to be asked."""

    def __init__(self, question: list[dict[str, Any]]) -> None:
        super().__init__(question)
        self.question = question


Handler = Callable[["Session", str], str]
"""Takes the session and the argument; returns what to tell the person."""

COMMANDS: dict[str, tuple[Handler, str, str]] = {}


def command(name: str, argument: str, help: str) -> Callable[[Handler], Handler]:
    """Register a handler with the name of its argument and a sentence."""

    def register(handler: Handler) -> Handler:
        COMMANDS[name] = (handler, argument, help)
        return handler

    return register


def run(session: Session, line: str) -> str:
    """Carry out `/name argument`. Raises UsageError for a name that is no command."""
    name, argument = re.fullmatch(r"/(\S*)\s*(.*)", line, re.DOTALL).groups()  # type: ignore[union-attr]
    found = COMMANDS.get(name)
    if found is None:
        close = near(name, COMMANDS)
        meant = "did you mean " + " or ".join(f"/{word}" for word in close) if close else ""
        hint = f"{meant or '/help lists them'}; a space before the slash sends it as text"
        raise UsageError(f"nothing was sent: there is no command /{name}", hint)
    return found[0](session, argument.strip())


def _talk(session: Session) -> Conversation:
    return session.conversation


@command("help", "", "List the commands.")
def _help(session: Session, argument: str) -> str:
    width = max(len(f"/{name} {what}") for name, (_, what, _) in COMMANDS.items())
    lines = [
        f"  {f'/{name} {what}'.rstrip():<{width}}  {text}"
        for name, (_, what, text) in COMMANDS.items()
    ]
    keys = (
        "  Enter sends; Alt-Enter or an open code fence makes a new line. Ctrl-C stops an answer, "
        "Ctrl-D leaves."
    )
    return "\n".join([*lines, "", keys])


@command("model", "[NAME]", "Show the model, or go on with another.")
def _model(session: Session, argument: str) -> str:
    if argument:
        _talk(session).model = argument
    return f"model: {_talk(session).model}"


@command("system", "[TEXT]", "Show or set how the model should behave; `-` clears it.")
def _system(session: Session, argument: str) -> str:
    if argument:
        _talk(session).system = "" if argument == "-" else argument
    return f"system: {_talk(session).system or '(none)'}"


@command("attach", "PATH|URL", "Send a file along with the next question.")
def _attach(session: Session, argument: str) -> str:
    if not argument:
        names = [one.name for one in _talk(session).pending]
        return "attached: " + (", ".join(names) or "(nothing)")
    session.attach(argument)
    return f"attached: {argument}"


@command("tool", "SOURCE", "Offer tools: file.py, module:function, file.toml, `name: command`.")
def _tool(session: Session, argument: str) -> str:
    if re.match(r"[\w-]+:\s", argument):
        session.offer([], [argument])
    elif argument:
        session.offer([argument], [])
    names = [tool.name for tool in _talk(session).tools]
    return "tools: " + (", ".join(names) or "(none)")


@command("schema", "[SCHEMA]", "Ask for JSON of this shape; `-` ends it.")
def _schema(session: Session, argument: str) -> str:
    if argument == "-":
        _talk(session).schema = None
    elif argument:
        session.shape(argument)
    wanted = _talk(session).schema
    return f"schema: {wanted.name if wanted else '(none)'}"


@command("set", "KEY=VALUE", "Set a field of the requests to come (n:=JSON); KEY alone unsets it.")
def _set(session: Session, argument: str) -> str:
    options = _talk(session).options
    if argument in options:
        del options[argument]
    elif argument:
        inputs = session.app.inputs
        steps, value = assign.parse(
            argument, inputs.text, lambda text: inputs.document(text, what="/set")
        )
        assign.assign(options, steps, value)
    return "set: " + (", ".join(map(_as_set, options.items())) or "(nothing)")


def _as_set(option: tuple[str, Any]) -> str:
    """As it could have been typed."""
    key, value = option
    return (
        f"{key}={value}"
        if isinstance(value, str)
        else f"{key}:={json.dumps(value, ensure_ascii=False)}"
    )


@command("retry", "", "Ask the last question again.")
def _retry(session: Session, argument: str) -> str:
    question = session.unanswered or _talk(session).undo()
    if not question:
        raise UsageError("there is no question to ask again")
    raise Send(question)


@command("undo", "", "Forget the last question and its answer.")
def _undo(session: Session, argument: str) -> str:
    question = session.unanswered or _talk(session).undo()
    session.unanswered = []
    if question is None:
        return "nothing to undo"
    return f"forgotten: {' '.join(said(item) for item in question)[:60]}"


@command("edit", "[TEXT]", "Write the next question in $EDITOR; empty sends nothing.")
def _edit(session: Session, argument: str) -> str:
    text = session.edit(argument)
    if text.strip():
        raise Send(_talk(session).question(text.rstrip("\n")))
    return "nothing sent"


@command("fork", "[NAME]", "Go on in a copy; the original stays as it is.")
def _fork(session: Session, argument: str) -> str:
    saved = _talk(session).saved
    before = saved.session
    made = saved.fork(argument)
    if made is None or before is None:
        return "nothing is saved yet"
    return f"this is now {made.label}; {before.label} stays as it is"


@command("save", "NAME", "Name the conversation.")
def _save(session: Session, argument: str) -> str:
    if not argument:
        raise UsageError("/save wants a name")
    _talk(session).saved.rename(argument)
    return f"saved as {argument}"


@command("load", "NAME", "Go on with a saved conversation.")
def _load(session: Session, argument: str) -> str:
    if not argument:
        raise UsageError("/load wants a name", "/sessions lists them")
    return session.load(argument)


@command("sessions", "", "List the saved conversations.")
def _sessions(session: Session, argument: str) -> str:
    from .store import existing_store

    with existing_store(session.app.console.env) as store:
        found = list(store.list(limit=20))
    lines = [f"  {one.label:<20} {one.messages:>4}  {one.title}" for one in found]
    return "\n".join(lines) or "none yet"


@command("copy-to", "FILE", "Write the last answer to a file.")
def _copy_to(session: Session, argument: str) -> str:
    if not argument:
        raise UsageError("/copy-to wants a file")
    items = _talk(session).items
    answers = [text for item in items if item.get("role") == "assistant" and (text := said(item))]
    if not answers:
        raise UsageError("there is no answer yet")
    from ...core.save import whole_file

    path = Path(argument).expanduser()
    with whole_file(path) as stream:
        stream.write(f"{answers[-1]}\n".encode("utf-8", "replace"))
    return f"written to {path}"


@command("usage", "", "Show the tokens used so far, and how full the context is.")
def _usage(session: Session, argument: str) -> str:
    talk = _talk(session)
    total, last = talk.total, talk.last
    lines = [f"in {total.input}, cached {total.cached}, out {total.output} in this conversation"]
    if full := filling(talk.model, last.input + last.output):
        lines.append(f"context: {full}")
    return "\n".join(lines)


@command("compact", "", "Replace the conversation so far by something shorter.")
def _compact(session: Session, argument: str) -> str:
    used, whole = _talk(session).compact()
    kept = f"; all that was said is in {whole}" if whole else ""
    return f"compacted (in {used.input}, out {used.output} tokens){kept}"


@command("clear", "", "Begin again; what was said stays saved.")
def _clear(session: Session, argument: str) -> str:
    _talk(session).clear()
    session.unanswered = []
    return "begun again"


@command("exit", "", "Leave.")
def _exit(session: Session, argument: str) -> str:
    raise Leave


def names() -> list[str]:
    """Every command with its slash."""
    return [f"/{name}" for name in COMMANDS]
