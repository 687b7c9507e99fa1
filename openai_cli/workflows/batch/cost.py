"""What tokens cost: prices from options or the configuration, none built in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...catalog.record import Record
from ...core.errors import UsageError
from .check_report import FileReport

MILLION = 1_000_000
MOST = 10**15
"""A price, or a number of tokens, beyond this is a slip; sums of such have no end."""
_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")


class Prices(Record):
    """Money for a million tokens, in any currency. `cached` is for input found in the cache, None
    meaning the same as `input`; `discount` is the share taken off everything, from 0 to 1."""

    input: float
    output: float
    cached: float | None = None
    discount: float = 0.0


class Cost(Record):
    """Money for input, for output, and for both."""

    input: float
    output: float

    @property
    def total(self) -> float:
        """What both come to."""
        return self.input + self.output

    def as_dict(self) -> dict[str, float]:
        """The cost as JSON shows it, to a millionth."""
        parts = {"input": self.input, "output": self.output, "total": self.total}
        return {name: round(value, 6) for name, value in parts.items()}


def price(usage: Mapping[str, Any], prices: Prices) -> Cost:
    """What the tokens of a `usage` object cost.

    It may be one of the Responses API (`input_tokens`, `output_tokens`,
    `input_tokens_details.cached_tokens`) or of the others (`prompt_tokens`, `completion_tokens`,
    `prompt_tokens_details.cached_tokens`); what it lacks counts as 0.
    """
    taken = _first(usage, "input_tokens", "prompt_tokens")
    made = _first(usage, "output_tokens", "completion_tokens")
    details = usage.get("input_tokens_details") or usage.get("prompt_tokens_details") or {}
    cached = min(_first(details, "cached_tokens"), taken)
    cached_price = prices.input if prices.cached is None else prices.cached
    share = (1 - prices.discount) / MILLION
    spent = (taken - cached) * prices.input + cached * cached_price
    return Cost(spent * share, made * prices.output * share)


def _first(values: Mapping[str, Any], *names: str) -> int:
    return next((values[name] for name in names if isinstance(values.get(name), int)), 0)


def prices_for(
    model: str,
    configured: Mapping[str, Mapping[str, float]],
    *,
    price_in: float | None = None,
    price_out: float | None = None,
    discount: float | None = None,
    output: bool = True,
) -> Prices | None:
    """A model's prices: the options that were given, over the configuration's table of the model.
    A dated model goes by the table of its own name or of its name without the date.

    `output` is False where no output can come, so that its price may be missing. None where there
    are neither options nor a table. Raises UsageError for negative prices and for half of them.
    """
    _check(price_in, price_out, discount)
    table = configured.get(model) or configured.get(_DATED.sub("", model)) or {}
    taken = table.get("in") if price_in is None else price_in
    made = table.get("out") if price_out is None else price_out
    if taken is None and made is None:
        return None
    if made is None and not output:
        made = 0.0
    if taken is None or made is None:
        lacking = "in" if taken is None else "out"
        raise UsageError(
            f"the price of {lacking}put tokens is missing",
            f"give --price-{lacking}, or set it: {setting(model, lacking)}",
        )
    less = table.get("discount", 0.0) if discount is None else discount
    cached = None if price_in is not None else table.get("cached")
    return Prices(taken, made, cached, less)


def _check(price_in: float | None, price_out: float | None, discount: float | None) -> None:
    for name, value in (("--price-in", price_in), ("--price-out", price_out)):
        if value is not None and value < 0:
            raise UsageError(f"{name} wants 0 or more")
        if value is not None and value > MOST:
            raise UsageError(f"{name} wants {MOST:,} or less")
    if discount is not None and not 0 <= discount <= 1:
        raise UsageError("--discount wants a share from 0 to 1", "half the price is 0.5")


def setting(model: str, key: str) -> str:
    """The command that sets a price."""
    return f"""oai config set 'prices."{model or "MODEL"}".{key}' PRICE"""


class Estimate(Record):
    """What the requests of some files of one model will come to. `output` is the upper bound of
    their output tokens; `unlimited` requests in it have no limit of their own and count with the
    expected number, or with nothing where none is given. `cost` is None without prices."""

    model: str
    requests: int
    input: int
    output: int
    unlimited: int
    prices: Prices | None
    cost: Cost | None

    def as_dict(self) -> dict[str, Any]:
        """The estimate as JSON shows it."""
        return {
            "model": self.model or None,
            "requests": self.requests,
            "tokens_in": self.input,
            "tokens_out": self.output,
            "without_limit": self.unlimited,
            "cost": self.cost.as_dict() if self.cost else None,
        }


def by_model(files: Sequence[FileReport]) -> dict[str, FileReport]:
    """The files' figures added up for each model."""
    sums: dict[str, FileReport] = {}
    for file in files:
        found = sums.setdefault(file.model, FileReport(file.path, model=file.model))
        for name in ("requests", "bytes", "tokens", "tokens_out", "unlimited", "media"):
            setattr(found, name, getattr(found, name) + getattr(file, name))
    return sums


def estimate(file: FileReport, prices: Prices | None, tokens_out: int | None) -> Estimate:
    """The estimate for a file; `tokens_out` is expected of each request that names no limit."""
    output = min(file.tokens_out + file.unlimited * (tokens_out or 0), MOST)
    usage = {"input_tokens": file.tokens, "output_tokens": output}
    cost = price(usage, prices) if prices else None
    return Estimate(file.model, file.requests, file.tokens, output, file.unlimited, prices, cost)
