"""`oai batches run --now`: the same files through the ordinary endpoints."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openai_cli.workflows.batch.now_pace import Pace, seconds

from .support.batch_api import ids, read, request, said, write
from .support.cli import Outcome, oai, oai_started
from .support.clock import FakeTime
from .support.server import Answer, Asked, Server, dropped, error, raw, reply


class Models:
    """Endpoints behind the test's server: `sent` counts how often each input came, `keys` are the
    idempotency keys it came with. `answer` may be something else than the model's."""

    def __init__(self, server: Server) -> None:
        self.sent: Counter[str] = Counter()
        self.keys: dict[str, set[str]] = {}
        self.answer: Callable[[str, int], Answer | None] = lambda name, times: None
        self.headers: dict[str, str] = {}
        server.handler = self._handle

    def _handle(self, asked: Asked) -> Answer:
        body = asked.json
        name = "r" + body["input"].removeprefix("Say ")
        self.sent[name] += 1
        self.keys.setdefault(name, set()).add(asked.headers["idempotency-key"])
        made = self.answer(name, self.sent[name])
        answer = made or reply(said({"body": body}))
        answer.headers.update(self.headers)
        return answer


@pytest.fixture
def models(server: Server) -> Models:
    """Models that answer everything."""
    return Models(server)


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Any:
    """`oai batches …` in an empty folder, on a time that costs nothing."""

    def batches(*words: str, time: FakeTime | None = None) -> Outcome:
        return oai("batches", *words, server=server, cwd=tmp_path, time=time or FakeTime())

    return batches


def job(tmp_path: Path, count: int) -> list[str]:
    """A file of requests, and the words that run it."""
    write(tmp_path / "in.jsonl", (request(n) for n in range(count)))
    return ["run", "in.jsonl", "-o", "out.jsonl", "--now"]


def names(count: int) -> list[str]:
    """The `custom_id`s of a job."""
    return [f"r{n}" for n in range(count)]


def test_results_stand_in_the_order_of_the_input(
    models: Models, run: Any, server: Server, tmp_path: Path
) -> None:
    done = run(*job(tmp_path, 30), "--jobs", "4").ok()
    assert ids(tmp_path / "out.jsonl") == names(30)
    first = read(tmp_path / "out.jsonl")[0]
    assert first["response"]["body"]["said"] == "Say 0"
    assert (first["response"]["status_code"], first["response"]["request_id"]) == (200, "req_test")
    assert first["error"] is None
    assert set(models.sent.values()) == {1}
    assert {asked.path for asked in server.requests} == {"/v1/responses"}
    assert done.json["usage"] == {"input_tokens": 300, "cached_tokens": 120, "output_tokens": 150}
    assert (done.json["now"], done.json["completed"], done.json["batches"]) == (True, 30, [])
    assert not (tmp_path / "out.jsonl.work").exists()


def test_so_many_at_a_time(server: Server, run: Any, tmp_path: Path) -> None:
    """Three requests have to be there at once, or none would be answered."""
    meeting = threading.Barrier(3, timeout=10)

    def handle(asked: Asked) -> Answer:
        def pieces() -> Any:
            meeting.wait()
            yield b'{"ok": true}'

        return Answer(200, {"Content-Type": "application/json"}, pieces())

    server.handler = handle
    run(*job(tmp_path, 6), "--jobs", "3").ok()
    assert ids(tmp_path / "out.jsonl") == names(6)


def test_a_body_of_several_lines_is_one_line(server: Server, run: Any, tmp_path: Path) -> None:
    server.answer(raw(b'{\n  "a": "\xc3\xa4\\n",\r\n "n": 12345678901234567890\n}\n'))
    server.answer(raw(b"plain text", "text/plain"))
    run(*job(tmp_path, 2), "--jobs", "1").ok()
    bodies = [row["response"]["body"] for row in read(tmp_path / "out.jsonl")]
    assert bodies == [{"a": "ä\n", "n": 12345678901234567890}, "plain text"]


def test_what_fails_for_good_goes_to_a_file_of_its_own(
    models: Models, run: Any, tmp_path: Path
) -> None:
    bad = {"r1": 400, "r4": 404}
    models.answer = lambda name, times: error(bad[name]) if name in bad else None
    assert run(*job(tmp_path, 6)).code == 8
    assert ids(tmp_path / "out.jsonl") == ["r0", "r2", "r3", "r5"]
    failed = read(tmp_path / "out.errors.jsonl")
    assert [row["custom_id"] for row in failed] == ["r1", "r4"]
    assert [row["response"]["status_code"] for row in failed] == [400, 404]
    assert set(models.sent.values()) == {1}
    models.answer = lambda name, times: None
    run("resume", "out.jsonl", "--failed").ok()
    assert (models.sent["r0"], models.sent["r1"]) == (1, 2)
    assert len(models.keys["r1"]) == 2
    assert ids(tmp_path / "out.jsonl") == names(6)


def test_passing_failures_go_again(models: Models, run: Any, tmp_path: Path) -> None:
    def answer(name: str, times: int) -> Answer | None:
        if name == "r2":
            return error(500)
        trouble = {"r3": dropped(), "r4": error(503), "r5": error(409)}
        return trouble.get(name) if times < 3 else None

    models.answer = answer
    done = run(*job(tmp_path, 8), "--jobs", "1", "--attempts", "3")
    assert done.code == 8
    assert ids(tmp_path / "out.jsonl") == ["r0", "r1", "r3", "r4", "r5", "r6", "r7"]
    assert [models.sent[name] for name in ("r1", "r2", "r3", "r4", "r5")] == [1, 4, 3, 3, 3]
    assert {len(keys) for keys in models.keys.values()} == {1}


def test_too_many_requests_is_waiting_not_failing(models: Models, run: Any, tmp_path: Path) -> None:
    models.answer = lambda name, times: error(429, retry_after="20") if times < 5 else None
    time = FakeTime()
    run(*job(tmp_path, 2), "--jobs", "1", "--attempts", "1", time=time).ok()
    assert [models.sent[name] for name in names(2)] == [5, 5]
    assert sum(time.slept) == pytest.approx(8 * 20, abs=1)


@pytest.mark.parametrize(
    ("answer", "code"),
    [(error(429, "Pay.", code="insufficient_quota"), 5), (error(401, "No."), 4)],
    ids=["quota", "key"],
)
def test_what_meets_every_line_ends_the_run(
    answer: Answer, code: int, models: Models, run: Any, tmp_path: Path
) -> None:
    models.answer = lambda name, times: answer if name == "r3" and times == 1 else None
    ended = run(*job(tmp_path, 9), "--jobs", "1")
    assert ended.code == code
    assert "`oai batches resume out.jsonl` carries on" in ended.stderr
    assert models.sent == Counter(names(4))
    assert run("status", "out.jsonl").ok().json["completed"] == 3
    run("resume", "out.jsonl").ok()
    assert models.sent == Counter([*names(9), "r3"])
    assert ids(tmp_path / "out.jsonl") == names(9)


def test_answers_on_their_way_are_kept_when_a_run_ends(
    server: Server, run: Any, tmp_path: Path
) -> None:
    """One request meets the end of the quota while another is being answered."""
    ended = threading.Event()

    def handle(asked: Asked) -> Answer:
        if asked.json["input"] == "Say 0":

            def slowly() -> Any:
                ended.wait(10)
                threading.Event().wait(0.2)
                yield b'{"slow": true}'

            return Answer(200, {"Content-Type": "application/json"}, slowly())
        ended.set()
        return error(429, code="insufficient_quota")

    server.handler = handle
    assert run(*job(tmp_path, 5), "--jobs", "2").code == 5
    assert run("status", "out.jsonl").ok().json["completed"] == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize("trouble", [dropped, lambda: error(500)], ids=["cut", "500"])
def test_a_server_that_never_answers(
    trouble: Any, models: Models, run: Any, tmp_path: Path
) -> None:
    models.answer = lambda name, times: trouble()
    down = run(*job(tmp_path, 20), "--jobs", "2", "--attempts", "2")
    assert down.code in (6, 7)
    assert "`oai batches resume out.jsonl` carries on" in down.stderr
    assert sum(models.sent.values()) <= 8
    models.answer = lambda name, times: None
    run("resume", "out.jsonl").ok()
    assert ids(tmp_path / "out.jsonl") == names(20)


def test_a_storm_in_the_middle_is_sat_out(models: Models, run: Any, tmp_path: Path) -> None:
    count = 0

    def answer(name: str, times: int) -> Answer | None:
        nonlocal count
        count += 1
        return error(500) if 10 < count < 60 else None

    models.answer = answer
    run(*job(tmp_path, 30), "--jobs", "3", "--attempts", "3").ok()
    assert ids(tmp_path / "out.jsonl") == names(30)


def test_the_time_is_up(models: Models, run: Any, tmp_path: Path) -> None:
    models.answer = lambda name, times: error(429, retry_after="3600") if name == "r2" else None
    late = run(*job(tmp_path, 5), "--jobs", "1", "--wait-timeout", "60")
    assert late.code == 7
    assert "the time is up" in late.stderr
    assert run("status", "out.jsonl").ok().json["completed"] == 2


def test_a_server_that_hangs_does_not_outlast_the_time(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openai_cli.workflows.batch import now

    monkeypatch.setattr(now, "LAST_GRACE", 0.0)
    server.handler = lambda asked: Answer(end="hang", status=0)
    write(tmp_path / "in.jsonl", [request(0)])
    words = ["run", "in.jsonl", "-o", "out.jsonl", "--now", "--wait-timeout", "0.3"]
    late = oai("batches", *words, server=server, cwd=tmp_path)
    assert (late.code, "the time is up" in late.stderr) == (7, True)


def test_only_what_is_missing_is_sent_again(models: Models, run: Any, tmp_path: Path) -> None:
    """The state may be behind the file of answers, and the file may end in half a line."""
    models.answer = lambda name, times: error(401) if name == "r4" and times == 1 else None
    run(*job(tmp_path, 6), "--jobs", "1")
    path = tmp_path / "out.jsonl.work" / "now.jsonl"
    kept = path.read_bytes()
    line = {"custom_id": "r5", "response": {"status_code": 200, "body": {"by": "hand"}}}
    path.write_bytes(kept + json.dumps(line).encode() + b"\n" + kept[:40])
    run("resume", "out.jsonl", "--jobs", "3").ok()
    assert models.sent == Counter([*names(4), "r4", "r4"])
    assert read(tmp_path / "out.jsonl")[5]["response"]["body"] == {"by": "hand"}


def test_a_file_of_answers_that_lost_its_end(models: Models, run: Any, tmp_path: Path) -> None:
    models.answer = lambda name, times: error(401) if name == "r3" else None
    run(*job(tmp_path, 4), "--jobs", "1")
    path = tmp_path / "out.jsonl.work" / "now.jsonl"
    os.truncate(path, path.stat().st_size - 5)
    refused = run("resume", "out.jsonl")
    assert (refused.code, "is cut short" in refused.stderr) == (1, True)
    assert sum(models.sent.values()) == 4


def test_ctrl_c(server: Server, tmp_path: Path) -> None:
    """The first ends it when the answers on their way have come; nothing further is begun."""
    asked, go_on = threading.Semaphore(0), threading.Event()

    def handle(one: Asked) -> Answer:
        def pieces() -> Any:
            asked.release()
            go_on.wait(10)
            yield json.dumps(said({"body": one.json})).encode()

        return Answer(200, {"Content-Type": "application/json"}, pieces())

    server.handler = handle
    job(tmp_path, 9)
    words = ["batches", "run", "in.jsonl", "-o", "out.jsonl", "--now", "--jobs", "2"]
    child = oai_started(*words, server=server, cwd=tmp_path)
    assert asked.acquire(timeout=20)
    assert asked.acquire(timeout=20)
    child.send_signal(signal.SIGINT)
    threading.Timer(0.3, go_on.set).start()
    _, stderr = child.communicate(timeout=20)
    assert child.returncode == 130
    assert b"what was answered is kept: `oai batches resume out.jsonl` carries on" in stderr
    assert b"waiting for the answers on their way: 2" in stderr
    assert len(server.requests) == 2
    oai("batches", "resume", "out.jsonl", server=server, cwd=tmp_path).ok()
    assert len(server.requests) == 9
    assert ids(tmp_path / "out.jsonl") == names(9)


# -- the pace -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [("6ms", 0.006), ("1m30s", 90), ("2", 2), ("1h0m0.5s", 3600.5), ("", None), ("soon", None)],
)
def test_spans(text: str, found: float | None) -> None:
    assert seconds(text) == pytest.approx(found) if found is not None else seconds(text) is None


def paced(time: FakeTime, work: Callable[[Pace], Any]) -> None:
    """Run `work` with a pace that goes by this time."""

    async def all_() -> None:
        async def sleep(span: float) -> None:
            time.sleep(span)

        await work(Pace(time.clock, sleep))

    asyncio.run(all_())


def limits(remaining: float, reset: str, limit: int = 100, kind: str = "requests") -> Any:
    """The headers of an answer."""
    found = {"limit": limit, "remaining": remaining, "reset": reset}
    return {f"x-ratelimit-{name}-{kind}": str(value) for name, value in found.items()}


def test_the_limit_of_requests_is_not_overrun() -> None:
    """100 a minute: when 40 are left, 40 go at once and each further one takes 0.6 s."""
    time = FakeTime()

    async def work(pace: Pace) -> None:
        await pace.turn()
        pace.back()
        pace.answered(limits(40, "36s"), 0)
        for _ in range(40):
            await pace.turn()
        assert time.slept == []
        for _ in range(10):
            await pace.turn()

    paced(time, work)
    assert time.now - 1000 == pytest.approx(10 * 0.6)


def test_the_limit_of_tokens_counts_by_what_answers_took() -> None:
    time = FakeTime()

    async def work(pace: Pace) -> None:
        await pace.turn()
        pace.back()
        pace.answered(limits(1000, "30s", 2000, "tokens"), 500)
        await pace.turn()
        await pace.turn()
        assert time.slept == []
        await pace.turn()

    paced(time, work)
    assert time.now - 1000 == pytest.approx(500 * 30 / 1000)


def test_what_is_on_its_way_is_counted() -> None:
    time = FakeTime()

    async def work(pace: Pace) -> None:
        for _ in range(5):
            await pace.turn()
        pace.back()
        pace.answered(limits(4, "96s"), 0)
        await pace.turn()

    paced(time, work)
    assert time.now - 1000 == pytest.approx(1.0)


def test_a_refusal_stops_everybody_for_as_long_as_it_says() -> None:
    time = FakeTime()

    async def work(pace: Pace) -> None:
        await pace.turn()
        pace.back()
        assert pace.refused({"retry-after": "12"}) == 12
        assert pace.refused({"retry-after-ms": "2000"}) == 2
        assert pace.blocked == 12
        await pace.turn()

    paced(time, work)
    assert time.now == 1012


def test_refusals_without_a_time_wait_ever_longer() -> None:
    time = FakeTime()
    pauses: list[float] = []

    async def work(pace: Pace) -> None:
        for _ in range(5):
            await pace.turn()
            pace.back()
            pauses.append(pace.refused({"retry-after": "inf"}))

    paced(time, work)
    assert pauses == sorted(pauses)
    assert pauses[-1] > 4 > 1 > pauses[0]


def test_headers_that_make_no_sense_pace_nothing() -> None:
    time = FakeTime()

    async def work(pace: Pace) -> None:
        for headers in (limits(0, "soon"), {"x-ratelimit-limit-requests": "x"}, limits(0, "0s")):
            await pace.turn()
            pace.back()
            pace.answered(headers, 0)
        await pace.turn()

    paced(time, work)
    assert sum(time.slept) < 0.01


def test_the_headers_pace_a_run(models: Models, run: Any, tmp_path: Path) -> None:
    models.headers = limits(0, "50s", 100)
    time = FakeTime()
    run(*job(tmp_path, 5), "--jobs", "1", time=time).ok()
    assert time.now - 1000 == pytest.approx(4 * 0.5, abs=0.05)
