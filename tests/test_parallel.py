"""Several pieces of work at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from openai_cli.core.parallel import Stop, each


def test_every_item_comes_with_its_outcome() -> None:
    done = {item: future.result() for item, future in each(lambda n: n * n, range(50), 4)}
    assert done == {n: n * n for n in range(50)}


def test_no_more_than_asked_for_at_a_time() -> None:
    going, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal going, most
        with lock:
            going += 1
            most = max(most, going)
        time.sleep(0.005)
        with lock:
            going -= 1

    assert len(list(each(work, range(20), 3))) == 20
    assert most == 3


def test_items_are_taken_as_places_become_free() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for n in range(1000):
            taken += 1
            yield n

    for seen, _ in enumerate(each(lambda n: n, items(), 2), 1):
        assert taken <= seen + 4
        if seen == 20:
            break


def test_what_the_work_raised_comes_out_of_its_outcome() -> None:
    def work(n: int) -> int:
        if n == 3:
            raise ValueError("three")
        return n

    failed = [item for item, future in each(work, range(6), 2) if future.exception()]
    assert failed == [3]


def test_leaving_early_begins_nothing_more_and_stops_what_is_going() -> None:
    stop, begun = Stop(), []

    def work(n: int) -> int:
        begun.append(n)
        if n:
            stop.sleep(30)
        return n

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        for _ in each(work, range(100), 2, stop):
            raise KeyboardInterrupt
    assert stop.asked
    assert len(begun) <= 4
    assert time.monotonic() - started < 10


def test_ctrl_c_does_not_wait_for_work_that_does_not_listen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("openai_cli.core.parallel.GRACE", 0.1)
    over = threading.Event()

    def interrupted() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(each(lambda _: over.wait(20), interrupted(), 2))
    assert time.monotonic() - started < 5
    over.set()


def test_ctrl_c_lets_work_that_is_nearly_done_end() -> None:
    done = []

    def work(n: int) -> None:
        time.sleep(0.2)
        done.append(n)

    def interrupted() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(each(work, interrupted(), 2))
    assert done == [1]
