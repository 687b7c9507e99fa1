"""`oai batches run`: from request files to results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand
from .check import MAX_BYTES, MAX_REQUESTS

if TYPE_CHECKING:
    from .run_begin import Order

app = typer.Typer()

PER_MILLION = "Money for a million tokens of"


@app.command("run", cls=WorkflowCommand)
def run_(
    ctx: typer.Context,
    files: list[str] = typer.Argument(..., metavar="FILE", help="Files of requests, one a line."),
    errors: str = typer.Option(
        "",
        "--errors",
        metavar="FILE",
        help="Where failures go. Left out: beside the results, as `NAME.errors.jsonl`.",
    ),
    now: bool = typer.Option(
        False, "--now", help="Send each request to its ordinary endpoint instead of in batches."
    ),
    jobs: int = typer.Option(8, "--jobs", metavar="N", help="Requests at a time with --now."),
    attempts: int = typer.Option(
        3, "--attempts", metavar="N", help="Tries for a request that expires, or fails in passing."
    ),
    max_in_flight: int = typer.Option(4, "--max-in-flight", metavar="N", help="Batches at a time."),
    max_requests: int = typer.Option(
        MAX_REQUESTS, "--max-requests", metavar="N", help="Requests in one batch."
    ),
    max_bytes: int = typer.Option(
        MAX_BYTES, "--max-bytes", metavar="N", help="Bytes in the file of one batch."
    ),
    metadata: list[str] = typer.Option(
        [], "--metadata", metavar="KEY=VALUE", help="Metadata of every batch; may be repeated."
    ),
    completion_window: str = typer.Option(
        "24h", "--completion-window", metavar="TIME", help="Time that each batch may take."
    ),
    no_wait: bool = typer.Option(
        False, "--no-wait", help="Start the batches and leave; `oai batches resume` goes on."
    ),
    fresh: bool = typer.Option(
        False, "--fresh", help="Forget an earlier job with the same results file."
    ),
    price_in: float = typer.Option(
        None, "--price-in", metavar="PRICE", help=f"{PER_MILLION} input, for the report."
    ),
    price_out: float = typer.Option(
        None, "--price-out", metavar="PRICE", help=f"{PER_MILLION} output, for the report."
    ),
    discount: float = typer.Option(
        None, "--discount", metavar="SHARE", help="Share that the Batch API takes off: 0.5 is half."
    ),
) -> results.Result:
    """Run request files to the end, with the results in the input's order. They are checked, split,
    uploaded and started; their answers are waited for and brought down; what expired or failed in
    passing is tried again, and what failed for good goes to a file of its own, with exit code 8.
    Every step is noted in `FILE.state`: the same command, or `oai batches resume FILE`, carries on
    after any interruption, and no batch is started twice.

    oai batches run requests.jsonl -o results.jsonl
    oai batches run part-*.jsonl -o results.jsonl --max-in-flight 2 --no-wait
    oai batches run requests.jsonl -o results.jsonl --now --jobs 32
    """
    context: App = ctx.obj
    _at_least_one(
        jobs=jobs,
        attempts=attempts,
        max_in_flight=max_in_flight,
        max_requests=max_requests,
        max_bytes=max_bytes,
    )
    if now and no_wait:
        raise UsageError("--no-wait makes no sense with --now", "`--now` works while it runs")
    from .run_begin import Order

    settings = {
        "errors": str(Path(errors).expanduser().absolute()) if errors else "",
        "now": now,
        "jobs": jobs,
        "attempts": attempts,
        "max_in_flight": max_in_flight,
        "max_requests": max_requests,
        "max_bytes": max_bytes,
        "metadata": _pairs(metadata),
        "completion_window": completion_window,
        "price_in": price_in,
        "price_out": price_out,
        "discount": discount,
    }
    order = Order(files, _output(context), settings, wait=not no_wait, fresh=fresh)
    return _run(context, order)


def _run(context: App, order: Order) -> results.Result:
    if context.option("dry_run"):
        from .run_preview import preview

        return preview(context, order)
    from .run_begin import begin

    return begin(context, order)


def _at_least_one(**counts: int) -> None:
    for name, value in counts.items():
        if value < 1:
            raise UsageError(f"--{name.replace('_', '-')} wants 1 or more")


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise UsageError(f"--metadata wants KEY=VALUE, not {text!r}")
        pairs[key] = value
    return pairs


def _output(context: App) -> Path:
    """The results file, which is the job's and not that of the report on it."""
    from ...core.save import check_target

    name = context.options.pop("output", None)
    if not name or name == "-":
        raise UsageError(
            "name the file for the results: -o results.jsonl", "the job's state is kept beside it"
        )
    path = Path(name).expanduser()
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no regular file", "the job's state is kept beside it")
    check_target(path)
    return path
