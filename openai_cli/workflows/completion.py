"""`oai completion`: the scripts that let a shell ask oai, shown, installed and taken away again."""

from __future__ import annotations

from pathlib import Path

import typer

from ..core import results
from ..core.context import App
from ..core.errors import OaiError, UsageError
from ..engine.workflow import WorkflowCommand
from . import start_file
from .shells import NAMES, Plan, detect, plan, script

app = typer.Typer()

WHICH = "The shell; left out, the one that oai was started from."
METAVAR = "|".join(NAMES)


@app.command(cls=WorkflowCommand)
def show(
    ctx: typer.Context, shell: str = typer.Argument("", metavar=METAVAR, help=WHICH)
) -> results.Result:
    """Print a shell's script, to be kept where you keep such things.

    oai completion show zsh
    oai completion show fish -o ~/.config/fish/completions/oai.fish
    """
    return results.Text(script(_shell(ctx.obj, shell)))


@app.command(cls=WorkflowCommand)
def install(
    ctx: typer.Context, shell: str = typer.Argument("", metavar=METAVAR, help=WHICH)
) -> results.Result:
    """Put the script where the shell finds it; asks before it touches a start-up file.

    oai completion install
    oai completion install bash --yes
    """
    context: App = ctx.obj
    made = plan(_shell(context, shell), context.console.env)
    file = made.script
    if file.exists() and not _ours(file):
        raise OaiError(f"{file} is somebody else's", "move it away, then install again")
    text = script(made.shell)
    write = not file.exists() or file.read_text("utf-8") != text
    start = _start_change(made)
    if start:
        _settle(context, f"Add {_count(made.lines)} to {made.start}?", made)
    changed = []
    if write:
        file.parent.mkdir(parents=True, exist_ok=True)
        _write(file, text)
        changed.append((file, "written"))
    if start and made.start:
        start_file.add(made.start, made.lines)
        changed.append((made.start, f"{_count(made.lines)} added"))
    return _report(made, changed, "open a new terminal to use it")


@app.command(cls=WorkflowCommand)
def uninstall(
    ctx: typer.Context, shell: str = typer.Argument("", metavar=METAVAR, help=WHICH)
) -> results.Result:
    """Take away what install added, and nothing else.

    oai completion uninstall
    oai completion uninstall zsh --yes
    """
    context: App = ctx.obj
    made = plan(_shell(context, shell), context.console.env)
    changed = []
    touched = [file for file in made.starts if start_file.has(file)]
    for file in touched:
        _settle(context, f"Take oai's lines out of {file}?", made)
    for file in touched:
        start_file.remove(file)
        changed.append((file, "oai's lines removed" if file.exists() else "removed"))
    for file in made.scripts:
        if file.exists() and _ours(file):
            file.unlink()
            changed.append((file, "removed"))
    return _report(made, changed, "")


def _shell(context: App, name: str) -> str:
    """The shell that is meant. Raises UsageError."""
    known = ", ".join(NAMES)
    if not name:
        found = detect(context.console.env)
        if not found:
            raise UsageError("which shell is this?", f"name it: {known}")
        return found
    name = {"pwsh": "powershell"}.get(name, name)
    if name not in NAMES:
        raise UsageError(f"there is no script for {name!r}", f"there are some for {known}")
    return name


def _ours(file: Path) -> bool:
    return "Completion of oai for " in file.read_text("utf-8", "replace")[:200]


def _start_change(made: Plan) -> bool:
    return made.start is not None and start_file.text_of(made.start) != made.lines


def _count(lines: str) -> str:
    number = lines.count("\n") + 1
    return "a line" if number == 1 else f"{number} lines"


def _settle(context: App, question: str, made: Plan) -> None:
    """Ask before a start-up file is touched. Raises OaiError unless the answer is yes."""
    if context.option("yes"):
        return
    why = f"{made.shell} has to be told in a start-up file: {made.start}"
    if context.option("no_input") or not context.console.interactive:
        raise OaiError(f"not done, for nobody was asked; {why}", "--yes allows it")
    from ..render.ask import confirm

    context.console.note(f"{made.lines}\n")
    if not confirm(context.console, question):
        raise OaiError("nothing was changed", "`oai completion show` prints the script")


def _write(file: Path, text: str) -> None:
    from ..core.save import whole_file

    with whole_file(file) as stream:
        stream.write(text.encode())


def _report(made: Plan, changed: list[tuple[Path, str]], then: str) -> results.Result:
    lines = [f"{file}: {what}" for file, what in changed]
    if not changed:
        lines = [f"{made.shell}: nothing to do"]
    elif then:
        lines.append(then)
    value = {
        "shell": made.shell,
        "changed": [{"path": str(file), "change": what} for file, what in changed],
    }
    return results.Document(value, human="\n".join(lines) + "\n")
