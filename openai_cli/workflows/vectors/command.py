"""`oai vector-stores upload`: a vector store holds what the files and folders here hold."""

from __future__ import annotations

from typing import Any

import typer
from typer._click.core import Context

from ...catalog import load
from ...catalog.model import Field, Operation, Parameter, Words
from ...core import results
from ...core.context import App
from ...core.errors import OaiError, UsageError
from ...engine.parameters import make_parameters
from ...engine.workflow import WorkflowCommand
from . import attributes, local, plan
from .carry import ATTACH

app = typer.Typer()

CHUNKING = "chunking_strategy"
GIVEN = "oai.vectors.chunking"
"""Where the function finds the options of the operation in `ctx.meta`."""
COLUMNS = ("action", "path", "reason")
JOBS = 4


class UploadCommand(WorkflowCommand):
    """A workflow that takes over the options about chunking from the operation that attaches."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._borrowed = [p for p in make_parameters(load.operation(ATTACH)) if _cuts(p.bound)]
        self._made = [*self._made, *self._borrowed]

    def prepare(self, ctx: Context) -> None:
        """Keep the operation's options apart from the function's own."""
        super().prepare(ctx)
        given = {param.name: ctx.params.pop(param.name, None) for param in self._borrowed}
        ctx.meta[GIVEN] = (self._borrowed, given)


def _cuts(bound: Any) -> bool:
    if isinstance(bound, Field):
        return bound.path[0] == CHUNKING
    return isinstance(bound, Parameter) and bound.name == CHUNKING


@app.command(cls=UploadCommand)
def upload(
    ctx: typer.Context,
    store: str = typer.Argument(..., metavar="VECTOR_STORE_ID", help="ID of the vector store."),
    paths: list[str] = typer.Argument(
        ..., metavar="PATH", help="Files, folders with all that is below them, quoted patterns."
    ),
    given: list[str] = typer.Option(
        [],
        "--attributes",
        metavar="KEY=VALUE",
        help="Your own pairs on every file, to filter searches by: `key=text`, `key:=JSON` for "
        "numbers and booleans; may be repeated.",
    ),
    include: list[str] = typer.Option(
        [], "--include", metavar="GLOB", help="Of folders, only files like this; may be repeated."
    ),
    exclude: list[str] = typer.Option(
        [], "--exclude", metavar="GLOB", help="Leave out files or folders like this; repeatable."
    ),
    hidden: bool = typer.Option(False, "--hidden", help="Take hidden files and folders as well."),
    jobs: int = typer.Option(JOBS, "--jobs", metavar="N", help="Files on their way at a time."),
    mirror: bool = typer.Option(
        False,
        "--delete-missing",
        help="Delete what an earlier upload brought and is not among the files named now.",
    ),
    keep_files: bool = typer.Option(
        False, "--keep-files", help="Take old files out of the store without deleting them."
    ),
) -> results.Result:
    """Bring files and folders into a vector store, and keep them the same. Waits until the store
    has read them; run again, it sends only what is new or has changed. Files that fail are named,
    and the exit code is 8. --dry-run asks the store what it holds, shows what would be done and
    why, and changes nothing.

    oai vector-stores upload vs_123 docs
    oai vector-stores upload vs_123 docs --include '*.md' --exclude drafts --delete-missing
    oai vector-stores upload vs_123 'docs/**/*.md' --attributes team=support --attributes year:=2026
    oai vector-stores upload vs_123 docs --dry-run
    """
    from ...engine.run import check_output

    context: App = ctx.obj
    if context.option("curl"):
        raise UsageError("--curl shows one request, and this takes many", "use --dry-run")
    if jobs < 1:
        raise UsageError("--jobs wants 1 or more")
    check_output(context)
    choice = local.Choice(tuple(include), tuple(exclude), hidden)
    wishes = plan.Wishes(attributes.read(given), _chunking(context, ctx), mirror)
    files = local.find(paths, choice)
    steps = plan.make(files, plan.members(context.api, store), wishes)
    if context.option("dry_run"):
        return results.Rows([_planned(step) for step in steps], COLUMNS)
    _confirm(context, store, steps)
    from .bring import Bringing

    return Bringing(context, store, steps, jobs).run(wishes.chunking, keep_files=keep_files)


def _chunking(context: App, ctx: Context) -> Any:
    """The chunking strategy that the options make. Raises UsageError for half of one."""
    from ...engine.gather import gather

    borrowed, given = ctx.meta[GIVEN]
    facts = load.operation(ATTACH)
    kept = tuple(p for p in facts.parameters if p.name == CHUNKING)
    alone = Operation(**{**vars(facts), "parameters": kept, "words": Words()})
    strategy = gather(context, alone, borrowed, given, take_pipe=False).get(CHUNKING)
    static = strategy.get("static") if isinstance(strategy, dict) else None
    if isinstance(static, dict):
        strategy.setdefault("type", "static")
        if len(static) == 1:
            raise UsageError("--chunking-strategy.static wants both the size and the overlap")
    return strategy


def _planned(step: plan.Step) -> dict[str, Any]:
    return {"action": step.action, "path": step.key, "reason": step.problem or step.reason}


def _confirm(context: App, store: str, steps: list[plan.Step]) -> None:
    """Ask before files are deleted that are not here any more."""
    count = sum(step.action == "delete" for step in steps)
    asked = context.option("yes") or context.option("no_input")
    if not count or asked or not context.console.interactive:
        return
    from ...render.ask import confirm

    files = "1 file" if count == 1 else f"{count} files"
    if not confirm(context.console, f"Delete {files} of {store} that are not here any more?"):
        raise OaiError("not confirmed: nothing was changed", "--dry-run shows what would be done")
