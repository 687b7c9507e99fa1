"""`oai batches cost`: what request files will cost, before they are run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand

if TYPE_CHECKING:
    from .check_report import Report
    from .cost import Estimate

app = typer.Typer()

PER_MILLION = "Money for a million tokens of"


@app.command("cost", cls=WorkflowCommand)
def cost_(
    ctx: typer.Context,
    files: list[str] = typer.Argument(
        ..., metavar="FILE", help="Files of requests, one a line; - is stdin."
    ),
    price_in: float = typer.Option(
        None, "--price-in", metavar="PRICE", help=f"{PER_MILLION} input, in any currency."
    ),
    price_out: float = typer.Option(
        None, "--price-out", metavar="PRICE", help=f"{PER_MILLION} output."
    ),
    discount: float = typer.Option(
        None, "--discount", metavar="SHARE", help="Share that the Batch API takes off: 0.5 is half."
    ),
    tokens_out: int = typer.Option(
        None,
        "--tokens-out",
        metavar="N",
        help="Output tokens to count for a request that names no limit of its own.",
    ),
) -> results.Result:
    """Estimate what request files will cost. Counted are their input and the most output that their
    limits allow. Prices come from the options or from `[prices.MODEL]` in the configuration; none
    are built in. Tokens are estimated from the text; the API counts its own.

    oai batches cost requests.jsonl --price-in 1.25 --price-out 10 --discount 0.5
    oai batches cost requests.jsonl --price-in 1.25 --price-out 10 --tokens-out 300
    oai config set 'prices."gpt-5.5".in' 1.25
    """
    from . import cost

    context: App = ctx.obj
    if tokens_out is not None and not 0 <= tokens_out <= cost.MOST:
        raise UsageError(f"--tokens-out wants 0 to {cost.MOST:,}")
    report = _report(context, files)
    found = []
    for model, file in cost.by_model(report.files).items():
        prices = cost.prices_for(
            model,
            context.config.prices,
            price_in=price_in,
            price_out=price_out,
            discount=discount,
            output=bool(file.unlimited or file.tokens_out),
        )
        if prices is None:
            context.console.warn(f"no prices for {model or 'requests that name no model'}")
        found.append(cost.estimate(file, prices, tokens_out))
    if not any(one.prices for one in found):
        hint = "give --price-in and --price-out, or set them: " + cost.setting(found[0].model, "in")
        raise UsageError("no prices are known, and none are built in", hint)
    _warn(context, report, found, tokens_out)
    return results.Document(_document(found), human=_human(found))


def _report(context: App, files: list[str]) -> Report:
    from ...render.progress import Progress
    from ..jsonl import shown
    from .check import check

    progress = Progress(context, "read", shown.total(files))
    try:
        stdin = shown.stdin(context, files, "the requests")
        return check(files, keep=0, progress=progress.add, stdin=stdin)
    finally:
        progress.clear()


def _warn(context: App, report: Report, found: list[Estimate], tokens_out: int | None) -> None:
    if report.errors:
        context.console.warn(
            f"errors in these files: {report.errors:,}; `oai batches check` lists them"
        )
    unlimited = sum(one.unlimited for one in found)
    if unlimited and tokens_out is None:
        context.console.warn(
            f"requests that name no limit of output: {unlimited:,}; their output is not counted, "
            "--tokens-out N says what to expect"
        )
    if media := sum(file.media for file in report.files):
        context.console.warn(f"requests with images, sound or files, not counted: {media:,}")


def _document(found: list[Estimate]) -> dict[str, Any]:
    priced = [one.cost for one in found if one.cost]
    complete = len(priced) == len(found)
    return {
        "requests": sum(one.requests for one in found),
        "tokens_in": sum(one.input for one in found),
        "tokens_out": sum(one.output for one in found),
        "cost": round(sum(cost.total for cost in priced), 6) if complete else None,
        "models": [one.as_dict() for one in found],
    }


def _human(found: list[Estimate]) -> str:
    lines = []
    for one in found:
        lines.append(f"{one.model or '(no model)'}: {one.requests:,} requests\n")
        if one.cost is None:
            lines.append("  no prices\n")
            continue
        lines += [
            _row("input", f"about {one.input:,} tokens", one.cost.input),
            _row("output", f"at most {one.output:,} tokens", one.cost.output),
            _row("total", _discount(one), one.cost.total),
        ]
    if len(found) > 1 and all(one.cost for one in found):
        lines.append(_row("in all", "", sum(one.cost.total for one in found if one.cost)))
    return "".join(lines)


def _row(name: str, what: str, money: float) -> str:
    return f"  {name:<7} {what:<30} {money:>14,.4f}\n"


def _discount(one: Estimate) -> str:
    assert one.prices is not None
    return f"{one.prices.discount:.0%} off already" if one.prices.discount else ""
