"""Several pieces of work at a time, in threads; what comes first is handed out first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


class Stop:
    """Tells the work that is still going on that nobody wants it any more."""

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
    consumer leaves early (an error, Ctrl-C), no further item is begun and `stop` is set.
    """
    waiting = iter(items)
    going: dict[Future[Made], Item] = {}
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="oai")
    try:
        _fill(pool, work, waiting, going, jobs)
        while going:
            # Ctrl-C reaches a thread that waits only where the waiting has an end.
            done, _ = wait(going, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in done:
                yield going.pop(future), future
            _fill(pool, work, waiting, going, jobs)
    except BaseException:
        if stop is not None:
            stop.now()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


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
