"""Several pieces of work at a time, in threads; what comes first is handed out first."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

TICK = 0.5
"""Seconds after which a waiting thread looks again: Ctrl-C is not seen everywhere before."""
GRACE = 2.0
"""Seconds that work under way has for its end after Ctrl-C."""

Item = TypeVar("Item")
Made = TypeVar("Made")


class Stop:
    """Tells the work that is still going on that nobody wants it any more."""

    grace: float | None = GRACE
    """Seconds that it has for its end; None where it is waited for, until a second Ctrl-C."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def now(self) -> None:
        """Ask everybody to stop."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """Whether somebody asked."""
        return self._event.is_set()

    def sleep(self, seconds: float) -> None:
        """Pause, but no longer than until somebody asks to stop."""
        self._event.wait(seconds)


def each(
    work: Callable[[Item], Made], items: Iterable[Item], jobs: int, stop: Stop | None = None
) -> Iterator[tuple[Item, Future[Made]]]:
    """Do `work` on every item, `jobs` at a time, and hand out each item with its outcome as soon
    as it is done; `Future.result()` gives it, or raises what the work raised.

    Items are taken as places become free, so that any number of them needs no memory. When the
    consumer leaves early (an error, Ctrl-C), no further item is begun and `stop` is set. After
    Ctrl-C work that does not listen, such as a server's answer, has `stop.grace` for its end.
    """
    waiting = iter(items)
    going: dict[Future[Made], Item] = {}
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="oai")
    patient = True
    try:
        _fill(pool, work, waiting, going, jobs)
        while going:
            done, _ = wait(going, timeout=TICK, return_when=FIRST_COMPLETED)
            for future in done:
                yield going.pop(future), future
            _fill(pool, work, waiting, going, jobs)
    except BaseException as error:
        if stop is not None:
            stop.now()
        if isinstance(error, KeyboardInterrupt):
            # Before the wait: a second Ctrl-C comes in the middle of it.
            patient = False
            _wait(going, stop.grace if stop is not None else GRACE)
        raise
    finally:
        pool.shutdown(wait=patient, cancel_futures=True)


def _wait(going: Iterable[Future[Made]], grace: float | None) -> None:
    """Until all of it is done, or the time is up."""
    end = math.inf if grace is None else time.monotonic() + grace
    while wait(going, timeout=TICK).not_done and time.monotonic() < end:
        pass


def _fill(
    pool: ThreadPoolExecutor,
    work: Callable[[Item], Made],
    waiting: Iterator[Item],
    going: dict[Future[Made], Item],
    jobs: int,
) -> None:
    while len(going) < jobs:
        for item in waiting:
            going[pool.submit(work, item)] = item
            break
        else:
            return
