"""When a failed try is worth another, and how long to wait."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core import retry


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 599])
def test_worth_another_try(status: int) -> None:
    assert retry.worth_retrying(status, {})


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_final(status: int) -> None:
    assert not retry.worth_retrying(status, {})


def test_the_server_may_decide() -> None:
    assert retry.worth_retrying(400, {"x-should-retry": "true"})
    assert not retry.worth_retrying(500, {"x-should-retry": "false"})
    assert retry.worth_retrying(500, {"x-should-retry": "perhaps"})


@pytest.mark.parametrize("code", retry.FINAL_CODES)
def test_an_empty_purse_is_final(code: str) -> None:
    assert not retry.worth_retrying(429, {"x-should-retry": "true"}, code)


def test_a_wait_too_long_is_not_waited() -> None:
    assert retry.worth_retrying(429, {"retry-after": "120"})
    assert not retry.worth_retrying(429, {"retry-after": "121"})
    assert not retry.worth_retrying(429, {"retry-after-ms": "9000000"})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "20", "retry-after": "7"}, 0.02),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
    ],
)
def test_the_server_says_how_long(headers: dict[str, str], seconds: float) -> None:
    assert retry.delay(1, headers) == seconds


def test_the_server_may_name_a_date() -> None:
    wait = retry.delay(1, {"retry-after": formatdate(time.time() + 30, usegmt=True)})
    assert 28 <= wait <= 31


@pytest.mark.parametrize("text", ["", "-5", "0", "soon", "nan", "inf", "1e400"])
@pytest.mark.parametrize("name", ["retry-after", "retry-after-ms"])
def test_nonsense_is_passed_over(name: str, text: str) -> None:
    assert 0.375 <= retry.delay(1, {name: text}) <= 0.5


@given(st.integers(1, 5000))
def test_backing_off(tries: int) -> None:
    most = min(0.5 * 2.0 ** min(tries - 1, 100), 8.0)
    assert 0.75 * most <= retry.delay(tries) <= most


def test_waits_are_not_all_alike() -> None:
    assert len({retry.delay(3) for _ in range(20)}) > 10
