"""`oai batches cost`: an estimate from prices that the user gives, none of them built in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_cli.core.errors import UsageError
from openai_cli.workflows.batch.cost import Cost, Prices, price, prices_for

from .support.cli import Outcome, oai, oai_terminal

PRICES = ("--price-in", "2", "--price-out", "10")


def requests(path: Path, count: int, model: str = "m", **body: Any) -> None:
    """A file of requests."""
    with path.open("w") as stream:
        for n in range(count):
            made = {"model": model, "input": "word " * 100, **body}
            row = {"custom_id": f"{path.name}-{n}", "method": "POST", "url": "/v1/responses"}
            stream.write(json.dumps({**row, "body": made}) + "\n")


def configured(folder: Path, text: str) -> dict[str, str]:
    """An environment whose configuration says this."""
    (folder / "config.toml").write_text(text)
    return {"OAI_CONFIG": str(folder / "config.toml")}


def cost(folder: Path, *args: str, **more: Any) -> Outcome:
    """Run the command in a folder."""
    return oai("batches", "cost", *args, cwd=folder, **more)


def test_input_is_estimated_and_output_bounded(tmp_path: Path) -> None:
    requests(tmp_path / "in.jsonl", 10, max_output_tokens=50)
    found = cost(tmp_path, "in.jsonl", *PRICES).ok().json
    checked = oai("batches", "check", "in.jsonl", cwd=tmp_path).ok().json
    assert found["requests"] == 10
    assert found["tokens_in"] == checked["tokens"] > 10 * 60
    assert found["tokens_out"] == 500
    spent = found["tokens_in"] * 2e-6 + 500 * 10e-6
    assert found["cost"] == pytest.approx(spent)
    assert found["models"][0]["cost"]["output"] == 0.005
    piped = cost(tmp_path, "-", *PRICES, stdin=(tmp_path / "in.jsonl").read_bytes())
    assert piped.ok().json == found
    half = cost(tmp_path, "in.jsonl", *PRICES, "--discount", "0.5").ok().json
    assert half["cost"] == pytest.approx(spent / 2, abs=1e-6)


def test_answers_count_as_often_as_they_are_asked_for(tmp_path: Path) -> None:
    body = {"model": "m", "messages": [], "max_completion_tokens": 20, "n": 3}
    row = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + "\n")
    assert cost(tmp_path, "in.jsonl", *PRICES).ok().json["tokens_out"] == 60


def test_requests_without_a_limit(tmp_path: Path) -> None:
    requests(tmp_path / "in.jsonl", 4)
    done = cost(tmp_path, "in.jsonl", *PRICES).ok()
    assert done.json["tokens_out"] == 0
    assert done.json["models"][0]["without_limit"] == 4
    assert "--tokens-out" in done.stderr
    told = cost(tmp_path, "in.jsonl", *PRICES, "--tokens-out", "300").ok()
    assert told.json["tokens_out"] == 1200
    assert told.stderr == ""


def test_prices_come_from_the_configuration_for_each_model(tmp_path: Path) -> None:
    env = configured(
        tmp_path,
        '[prices."gpt-5.5"]\nin = 1\nout = 2\ndiscount = 0.5\n[prices.other]\nin = 10\nout = 20\n',
    )
    requests(tmp_path / "a.jsonl", 1, "gpt-5.5-2026-04-23", max_output_tokens=1000)
    requests(tmp_path / "b.jsonl", 1, "other", max_output_tokens=1000)
    found = cost(tmp_path, "a.jsonl", "b.jsonl", env=env).ok().json
    costs = {one["model"]: one["cost"]["output"] for one in found["models"]}
    assert costs == {"gpt-5.5-2026-04-23": 0.001, "other": 0.02}
    options = cost(tmp_path, "a.jsonl", "--price-out", "4", "--discount", "0", env=env).ok().json
    assert options["models"][0]["cost"]["output"] == 0.004


def test_a_model_without_prices_leaves_the_sum_open(tmp_path: Path) -> None:
    env = configured(tmp_path, '[prices."m"]\nin = 1\nout = 2\n')
    requests(tmp_path / "a.jsonl", 1, max_output_tokens=5)
    requests(tmp_path / "b.jsonl", 1, "strange", max_output_tokens=5)
    done = cost(tmp_path, "a.jsonl", "b.jsonl", env=env).ok()
    assert done.json["cost"] is None
    assert "no prices for strange" in done.stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), "none are built in"),
        (("--price-in", "2"), "--price-out"),
        (("--price-out", "2"), "--price-in"),
        ((*PRICES, "--discount", "50"), "--discount wants a share"),
        (("--price-in", "-1", "--price-out", "1"), "--price-in wants"),
        ((*PRICES, "--tokens-out", "-1"), "--tokens-out wants"),
        (("--price-in", "much"), "wants a number"),
        (("--price-in", "1e300", "--price-out", "1"), "--price-in wants"),
        ((*PRICES, "--tokens-out", "9" * 400), "--tokens-out wants"),
    ],
)
def test_prices_that_are_none(tmp_path: Path, args: tuple[str, ...], told: str) -> None:
    requests(tmp_path / "in.jsonl", 1)
    done = cost(tmp_path, "in.jsonl", *args)
    assert done.code == 2
    assert told in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(("limit", "counted"), [(10**400, 10**15), (-7, 0)])
def test_limits_that_are_none_spoil_no_sum(tmp_path: Path, limit: int, counted: int) -> None:
    body = {"model": "m", "input": "x", "max_output_tokens": limit}
    line = {"custom_id": "1", "method": "POST", "url": "/v1/responses", "body": body}
    (tmp_path / "in.jsonl").write_text(json.dumps(line) + "\n")
    assert cost(tmp_path, "in.jsonl", *PRICES).ok().json["tokens_out"] == counted


def test_embeddings_need_no_price_of_output(tmp_path: Path) -> None:
    body = {"model": "e", "input": "word " * 1000}
    row = {"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": body}
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + "\n")
    done = cost(tmp_path, "in.jsonl", "--price-in", "1").ok()
    assert done.json["cost"] > 0.0005
    assert done.stderr == ""


def test_errors_are_told_and_do_not_count(tmp_path: Path) -> None:
    requests(tmp_path / "in.jsonl", 2, max_output_tokens=10)
    with (tmp_path / "in.jsonl").open("a") as stream:
        stream.write("{oops\n")
    done = cost(tmp_path, "in.jsonl", *PRICES).ok()
    assert done.json["tokens_out"] == 20
    assert "`oai batches check` lists them" in done.stderr


def test_on_a_terminal(tmp_path: Path) -> None:
    requests(tmp_path / "in.jsonl", 1000, max_output_tokens=1000)
    args = ("batches", "cost", "in.jsonl", *PRICES, "--discount", "0.5")
    screen = oai_terminal(*args, cwd=tmp_path)
    assert "m: 1,000 requests" in screen.text
    assert "at most 1,000,000 tokens" in screen.text
    assert "5.0000" in screen.text
    assert "50% off" in screen.text


@pytest.mark.parametrize(
    "usage",
    [
        {
            "input_tokens": 1000,
            "output_tokens": 200,
            "total_tokens": 1200,
            "input_tokens_details": {"cached_tokens": 400},
        },
        {
            "prompt_tokens": 1000,
            "completion_tokens": 200,
            "prompt_tokens_details": {"cached_tokens": 400, "audio_tokens": 0},
        },
    ],
)
def test_what_was_used_costs(usage: dict[str, Any]) -> None:
    """1,000 tokens in, of them 400 from the cache, and 200 out."""
    assert price(usage, Prices(1000.0, 10_000.0)) == Cost(1.0, 2.0)
    cheaper = price(usage, Prices(1000.0, 10_000.0, cached=500.0, discount=0.25))
    assert cheaper.input == pytest.approx((0.6 + 0.2) * 0.75)
    assert cheaper.total == pytest.approx(cheaper.input + 1.5)


def test_usage_may_be_thin() -> None:
    prices = Prices(1_000_000.0, 1_000_000.0)
    assert price({}, prices).total == 0
    assert price({"prompt_tokens": 3, "prompt_tokens_details": None}, prices).total == 3
    assert price({"input_tokens": 3, "output_tokens": None}, prices).total == 3


def test_only_a_date_may_differ() -> None:
    table = {"gpt-5.5": {"in": 1.0, "out": 2.0}}
    assert prices_for("gpt-5.5-2026-04-23", table) == Prices(1.0, 2.0)
    assert prices_for("gpt-5.5-mini", table) is None
    assert prices_for("gpt-5.5-mini-2026-04-23", table) is None
    with pytest.raises(UsageError):
        prices_for("x", {"x": {"in": 1.0}})


def test_prices_are_set_and_taken_back(tmp_path: Path) -> None:
    env = {"OAI_CONFIG": str(tmp_path / "config.toml")}
    key = 'prices."gpt-5.5".'
    oai("config", "set", key + "in", "1.25", env=env).ok()
    oai("config", "set", key + "out", "10", env=env).ok()
    assert oai("config", "get", key + "in", env=env).ok().stdout == "1.25\n"
    assert oai("config", "show", env=env).ok().json["prices"] == {
        "gpt-5.5": {"in": 1.25, "out": 10}
    }
    for bad in (("in", "dear"), ("in", "-1"), ("discount", "2"), ("inn", "1")):
        assert oai("config", "set", key + bad[0], bad[1], env=env).code == 2
    assert oai("config", "set", "prices.in", "1", env=env).code == 2
    oai("config", "unset", key + "in", env=env).ok()
    oai("config", "unset", key + "out", env=env).ok()
    assert "prices" not in (tmp_path / "config.toml").read_text()
