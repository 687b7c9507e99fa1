"""`oai batches run` killed at every step: nothing is lost or doubled, the server counts."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .support.batch_api import BatchApi, body_error, ids, read, request, said, write
from .support.cli import oai_started
from .support.server import Answer, Asked, Server, dropped, error, reply
from .support.victims import CRASHED, STEPS, Victim

LINES = 5
RUN = ["batches", "run", "in.jsonl", "-o", "out.jsonl", "--max-requests", "3"]
RUN += ["--poll-interval", "0.01"]
NOW = ["batches", "run", "in.jsonl", "-o", "out.jsonl", "--now", "--jobs", "1"]
WHEN = ("before", "done", "after")
"""Killed before the server does anything, when it has done it, and when it has answered."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that does not mind clients that go away."""
    made = Server()
    yield made
    made.close()


def requests(folder: Path, count: int = LINES) -> None:
    """The input: a file of requests."""
    write(folder / "in.jsonl", (request(n) for n in range(count)))


def api_of(server: Server) -> BatchApi:
    """A Batch API where the fourth line fails for good."""
    api = BatchApi(server, looks=0)
    bad = (400, body_error())
    api.reply = lambda one, batch: bad if one["custom_id"] == "r3" else (200, said(one))
    return api


def check(folder: Path, api: BatchApi) -> None:
    """Everything is there once, and was asked for once."""
    assert ids(folder / "out.jsonl") == ["r0", "r1", "r2", "r4"]
    assert ids(folder / "out.errors.jsonl") == ["r3"]
    assert api.lines == Counter(f"r{n}" for n in range(LINES))
    assert sorted(api.uploads()) == sorted(set(api.uploads()))
    assert len(api.uploads()) == len(api.batches) == 2


class Killer:
    """Kills a client at its `number`th request. `asked` counts all of them."""

    def __init__(self, handle: Any, number: int, when: str) -> None:
        self._handle = handle
        self._number = number
        self._when = when
        self.asked = 0
        self.victim: Victim | None = None
        self._ready = threading.Event()

    def aim(self, victim: Victim) -> None:
        """This is the client."""
        self.victim = victim
        self._ready.set()

    def __call__(self, asked: Asked) -> Answer:
        self.asked += 1
        if self.asked != self._number:
            made: Answer = self._handle(asked)
            return made
        self._ready.wait(10)
        assert self.victim
        if self._when == "before":
            self.victim.kill()
            return dropped()
        made = self._handle(asked)
        if self._when == "done":
            self.victim.kill()
            return dropped()
        made.pieces = self._last(list(made.pieces))
        return made

    def _last(self, pieces: list[bytes]) -> Iterator[bytes]:
        yield from pieces
        assert self.victim
        self.victim.kill()


def count(server: Server, handle: Any, folder: Path, words: list[str]) -> int:
    """How many requests a whole run makes."""
    killer = Killer(handle, 0, "")
    server.handler = killer
    requests(folder)
    assert Victim(words, server, folder).wait() in (0, 8)
    return killer.asked


def killed(server: Server, handle: Any, folder: Path, words: list[str], at: int, when: str) -> None:
    """A run that is killed at a request, and the same command again."""
    killer = Killer(handle, at, when)
    server.handler = killer
    requests(folder)
    victim = Victim(words, server, folder)
    killer.aim(victim)
    code = victim.wait()
    # What was killed after its last answer may have been through.
    assert code == CRASHED or (when == "after" and code in (0, 8)), code
    server.handler = handle


@pytest.mark.slow
@pytest.mark.parametrize("when", WHEN)
def test_killed_at_every_request(when: str, server: Server, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    steps = count(server, api_of(server).handle, whole, RUN)
    assert steps >= 9
    for at in range(1, steps + 1):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        api = api_of(server)
        killed(server, api.handle, folder, RUN, at, when)
        assert Victim(RUN, server, folder).wait() == 8
        check(folder, api)


@pytest.mark.slow
def test_killed_at_every_step_on_this_machine(server: Server, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    count(server, api_of(server).handle, whole, RUN)
    steps = int((whole / STEPS).read_text())
    assert steps > 50
    for at in range(1, steps + 1):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        api = api_of(server)
        requests(folder)
        assert Victim(RUN, server, folder, die_at=at).wait() == CRASHED
        resume = ["batches", "resume", "out.jsonl", "--poll-interval", "0.01"]
        planned = (folder / "out.jsonl.work").exists()
        assert Victim(resume if planned else RUN, server, folder).wait() == 8
        check(folder, api)


@pytest.mark.slow
def test_killed_again_and_again(server: Server, tmp_path: Path) -> None:
    """One job that is killed at every third step until it gets through."""
    requests(tmp_path)
    api = api_of(server)
    codes = []
    for at in range(3, 300, 3):
        codes.append(Victim(RUN, server, tmp_path, die_at=at).wait())
        if codes[-1] != CRASHED:
            break
    assert codes[-1] == 8
    assert len(codes) > 5
    check(tmp_path, api)


# -- without batches ------------------------------------------------------------------------------


class Models:
    """Counts how often each line was answered, and what it was asked with."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.keys: set[str] = set()

    def handle(self, asked: Asked) -> Answer:
        """The answer to a request."""
        name = "r" + asked.json["input"].removeprefix("Say ")
        self.done[name] += 1
        self.keys.add(asked.headers["idempotency-key"])
        return error(400) if name == "r3" else reply(said({"body": asked.json}))


def check_now(folder: Path, models: Models) -> None:
    """Everything is there once, and at most the one on its way was asked for again."""
    assert ids(folder / "out.jsonl") == ["r0", "r1", "r2", "r4"]
    assert ids(folder / "out.errors.jsonl") == ["r3"]
    assert len(models.keys) == LINES


@pytest.mark.slow
@pytest.mark.parametrize("when", WHEN)
def test_now_killed_at_every_request(when: str, server: Server, tmp_path: Path) -> None:
    for at in range(1, LINES + 1):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        models = Models()
        killed(server, models.handle, folder, NOW, at, when)
        assert Victim(NOW, server, folder).wait() == 8
        check_now(folder, models)
        twice = models.done - Counter(f"r{n}" for n in range(LINES))
        possible = Counter([f"r{at - 1}"])
        assert twice <= possible
        assert when != "before" or not twice
        assert when != "done" or twice == possible


@pytest.mark.slow
def test_now_killed_at_every_step_on_this_machine(server: Server, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    count(server, Models().handle, whole, NOW)
    steps = int((whole / STEPS).read_text())
    assert steps > 20
    for at in range(1, steps + 1):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        models = Models()
        server.handler = models.handle
        requests(folder)
        assert Victim(NOW, server, folder, die_at=at).wait() == CRASHED
        assert Victim(NOW, server, folder).wait() == 8
        check_now(folder, models)
        assert sum(models.done.values()) <= LINES + 1


# -- others at the same time ----------------------------------------------------------------------


def test_two_at_once(server: Server, tmp_path: Path) -> None:
    """One of them runs the job, the other says so; together they start every batch once."""
    requests(tmp_path)
    api = api_of(server)
    begun, go_on = threading.Event(), threading.Event()

    def handle(asked: Asked) -> Answer:
        begun.set()
        go_on.wait(20)
        return api.handle(asked)

    server.handler = handle
    first = oai_started(*RUN, server=server, cwd=tmp_path)
    assert begun.wait(20)
    second = oai_started(*RUN, server=server, cwd=tmp_path)
    _, told = second.communicate(timeout=30)
    go_on.set()
    first.communicate(timeout=30)
    assert (first.returncode, second.returncode) == (8, 1)
    assert b"another oai is running the job of out.jsonl" in told
    check(tmp_path, api)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_signals_leave_it_ready_to_go_on(sign: int, server: Server, tmp_path: Path) -> None:
    requests(tmp_path)
    api = api_of(server)
    looked = threading.Event()

    def handle(asked: Asked) -> Answer:
        if asked.method == "GET" and asked.path.startswith("/v1/batches/"):
            looked.set()
            return reply({"id": "batch_0", "status": "in_progress"})
        return api.handle(asked)

    server.handler = handle
    child = oai_started(*RUN, server=server, cwd=tmp_path)
    assert looked.wait(20)
    child.send_signal(sign)
    _, told = child.communicate(timeout=20)
    assert child.returncode == (130 if sign == signal.SIGINT else 128 + sign)
    assert b"`oai batches resume out.jsonl` carries on" in told
    server.handler = api.handle
    assert Victim(RUN, server, tmp_path).wait() == 8
    check(tmp_path, api)


def test_a_clock_that_jumps(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock on the wall goes back by a day in the middle; the waiting does not."""
    from openai_cli.workflows.batch import report

    from .support.cli import oai
    from .support.clock import FakeTime

    requests(tmp_path)
    api = api_of(server)
    real, jumps = time.time, iter(range(1000))
    monkeypatch.setattr(time, "time", lambda: real() - 86_400 * next(jumps))
    done = oai(*RUN, server=server, cwd=tmp_path, time=FakeTime())
    assert done.code == 8
    assert done.json["seconds"] == 0.0
    assert report.sentence(done.json).endswith("0 s")
    check(tmp_path, api)


def test_answers_that_are_cut_short_come_again(server: Server, tmp_path: Path) -> None:
    """A file of answers breaks off at the first tries; what is kept is whole."""
    from .support.cli import oai
    from .support.clock import FakeTime

    requests(tmp_path)
    api = api_of(server)
    tries: Counter[str] = Counter()

    def handle(asked: Asked) -> Answer:
        made = api.handle(asked)
        tries[asked.path] += 1
        if asked.path.endswith("/content") and tries[asked.path] < 3:
            [content] = made.pieces
            made.pieces, made.end = [content[: len(content) // 2]], "cut"
        return made

    server.handler = handle
    assert oai(*RUN, server=server, cwd=tmp_path, time=FakeTime()).code == 8
    check(tmp_path, api)
    assert max(tries.values()) >= 3
    assert all("said" in json.dumps(row) for row in read(tmp_path / "out.jsonl"))


@pytest.mark.slow
def test_twenty_thousand_lines(server: Server, tmp_path: Path) -> None:
    requests(tmp_path, 20_000)
    api = BatchApi(server, looks=0)
    words = ["batches", "run", "in.jsonl", "-o", "out.jsonl", "--max-requests", "6000"]
    assert Victim([*words, "--poll-interval", "0.01"], server, tmp_path).wait() == 0
    assert ids(tmp_path / "out.jsonl") == [f"r{n}" for n in range(20_000)]
    assert [len(part) for part in api.parts] == [6000, 6000, 6000, 2000]
