"""`oai batches run`: from request files to results in their order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_cli.core.lock import locked

from .support.batch_api import BatchApi, Made, body_error, ids, queue_full, read, request, write
from .support.cli import Outcome, oai
from .support.clock import FakeTime
from .support.server import Asked, Server, dropped, error, reply


@pytest.fixture
def api(server: Server) -> BatchApi:
    """A Batch API behind the test's server."""
    return BatchApi(server)


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Any:
    """`oai batches …` in an empty folder, on a time that costs nothing."""

    def batches(*words: str, time: FakeTime | None = None) -> Outcome:
        env = {"NO_COLOR": "1"}
        made = time or FakeTime()
        return oai("batches", *words, server=server, cwd=tmp_path, time=made, env=env)

    return batches


def job(tmp_path: Path, count: int, **body: Any) -> list[str]:
    """A file of requests, and the words that run it."""
    write(tmp_path / "in.jsonl", (request(n, **body) for n in range(count)))
    return ["run", "in.jsonl", "-o", "out.jsonl"]


def names(count: int) -> list[str]:
    """The `custom_id`s of a job."""
    return [f"r{n}" for n in range(count)]


# -- to the end -----------------------------------------------------------------------------------


def test_results_stand_in_the_order_of_the_input(api: BatchApi, run: Any, tmp_path: Path) -> None:
    done = run(*job(tmp_path, 20), "--max-requests", "7", "--metadata", "team=search").ok()
    assert ids(tmp_path / "out.jsonl") == names(20)
    assert [row["response"]["body"]["said"] for row in read(tmp_path / "out.jsonl")] == [
        f"Say {n}" for n in range(20)
    ]
    assert api.parts == [names(20)[:7], names(20)[7:14], names(20)[14:]]
    assert {batch["endpoint"] for batch in api.batches} == {"/v1/responses"}
    assert {batch["completion_window"] for batch in api.batches} == {"24h"}
    assert {batch["metadata"]["team"] for batch in api.batches} == {"search"}
    found = done.json
    counts = [found[name] for name in ("requests", "completed", "failed", "open")]
    assert counts == [20, 20, 0, 0]
    assert found["usage"] == {"input_tokens": 200, "cached_tokens": 80, "output_tokens": 100}
    assert (found["status"], found["errors"], found["cost"]) == ("done", None, None)
    assert "20 of 20 answered, 200 tokens in and 100 out" in done.stderr
    left = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert left == {"in.jsonl", "out.jsonl", "out.jsonl.state"}


def test_parts_keep_to_bytes_endpoint_and_model(api: BatchApi, run: Any, tmp_path: Path) -> None:
    first = [request(n, model="a") for n in range(4)]
    write(tmp_path / "1.jsonl", first)
    write(tmp_path / "2.jsonl", [request(4, url="/v1/embeddings", model="e")])
    write(tmp_path / "3.jsonl", [request(5, model="b")])
    write(tmp_path / "4.jsonl", [request(6, model="a")])
    size = len(json.dumps(first[0])) + 1
    files = [f"{number}.jsonl" for number in range(1, 5)]
    command = ["run", *files, "-o", "out.jsonl", "--max-bytes", str(2 * size)]
    planned = run(*command, "--dry-run").ok().json
    assert not api.files
    run(*command).ok()
    assert sorted(api.parts) == [["r0", "r1"], ["r2", "r3"], ["r4"], ["r5"], ["r6"]]
    assert len(planned["batches"]) == 5
    assert sorted(part["bytes"] for part in planned["batches"])[-2:] == [2 * size, 2 * size]
    sent = {b["endpoint"]: b["held"] for b in api.batches if b["endpoint"] != "/v1/responses"}
    assert sent == {"/v1/embeddings": ["r4"]}
    assert ids(tmp_path / "out.jsonl") == names(7)


def test_no_more_in_flight_than_asked_for(api: BatchApi, run: Any, tmp_path: Path) -> None:
    run(*job(tmp_path, 9), "--max-requests", "1", "--max-in-flight", "3").ok()
    assert (api.most, len(api.batches)) == (3, 9)


def test_the_pace_of_looking(api: BatchApi, run: Any, tmp_path: Path) -> None:
    api.looks = 5
    time = FakeTime()
    run(*job(tmp_path, 1), "--poll-interval", "7", time=time).ok()
    assert time.slept == [7.0] * 6
    time = FakeTime()
    run("run", "in.jsonl", "-o", "other.jsonl", time=time).ok()
    assert time.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0]


def test_bad_input_is_refused_before_anything_is_sent(run: Any, tmp_path: Path) -> None:
    write(tmp_path / "in.jsonl", [request(1), request(1)])
    bad = run("run", "in.jsonl", "-o", "out.jsonl")
    assert bad.code == 2
    assert "in.jsonl, line 2: custom_id is already used" in bad.stderr
    assert "`oai batches check in.jsonl`" in bad.stderr
    assert not (tmp_path / "out.jsonl.state").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "in.jsonl"], "-o results.jsonl"),
        (["run", "in.jsonl", "-o", "-"], "-o results.jsonl"),
        (["run", "in.jsonl", "-o", "in.jsonl"], "needs for something else"),
        (["run", "in.jsonl", "-o", "a", "--errors", "./a"], "needs for something else"),
        (["run", "in.jsonl", "-o", "a", "--max-in-flight", "0"], "--max-in-flight wants 1"),
        (["run", "in.jsonl", "-o", "a", "--now", "--no-wait"], "--no-wait makes no sense"),
        (["run", "in.jsonl", "-o", "a", "--metadata", "x"], "--metadata wants KEY=VALUE"),
        (["run", "in.jsonl", "-o", "no/a"], "there is no folder"),
        (["run", "none.jsonl", "-o", "a"], "cannot read none.jsonl"),
        (["run", "empty.jsonl", "-o", "a"], "no requests"),
        (["resume", "none"], "there is no job of none"),
        (["status", "none"], "there is no job of none"),
    ],
)
def test_what_makes_no_sense(words: list[str], said: str, run: Any, tmp_path: Path) -> None:
    job(tmp_path, 2)
    (tmp_path / "empty.jsonl").touch()
    refused = run(*words)
    assert refused.code == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    left = {path.name for path in tmp_path.iterdir()} - {".a.state.lock"}
    assert left == {"empty.jsonl", "in.jsonl"}


def test_prices_make_a_cost(api: BatchApi, run: Any, tmp_path: Path) -> None:
    prices = ["--price-in", "100", "--price-out", "1000", "--discount", "0.5"]
    found = run(*job(tmp_path, 10), *prices).ok().json
    assert found["cost"]["total"] == pytest.approx((100 * 100 + 50 * 1000) / 1e6 / 2)


# -- what fails -----------------------------------------------------------------------------------


def test_what_fails_for_good_goes_to_a_file_of_its_own(
    api: BatchApi, run: Any, tmp_path: Path
) -> None:
    bad: dict[str, Made] = {"r1": (400, body_error()), "r3": "content_filter"}
    bad["r4"] = (429, body_error("insufficient_quota"))
    api.reply = lambda one, batch: bad.get(one["custom_id"], (200, {"ok": True}))
    done = run(*job(tmp_path, 6))
    assert done.code == 8
    assert "requests that failed: 3 of 6" in done.stderr
    assert "`oai batches resume out.jsonl --failed` tries these again" in done.stderr
    assert ids(tmp_path / "out.jsonl") == ["r0", "r2", "r5"]
    assert ids(tmp_path / "out.errors.jsonl") == ["r1", "r3", "r4"]
    assert read(tmp_path / "out.errors.jsonl")[1]["error"]["code"] == "content_filter"
    assert len(api.batches) == 1
    assert (done.json["failed"], done.json["errors"]) == (3, "out.errors.jsonl")
    assert run(*job(tmp_path, 6)).code == 8
    assert len(api.batches) == 1


def test_passing_failures_go_again_as_often_as_asked(
    api: BatchApi, run: Any, tmp_path: Path
) -> None:
    def made(one: Any, batch: Any) -> Any:
        status = {"r1": 500, "r2": 429 if len(api.batches) < 2 else 200}.get(one["custom_id"], 200)
        return status, body_error() if status >= 400 else {}

    api.reply = made
    done = run(*job(tmp_path, 4), "--attempts", "3", "--errors", "bad.jsonl")
    assert done.code == 8
    assert api.parts == [names(4), ["r1", "r2"], ["r1"]]
    assert ids(tmp_path / "out.jsonl") == ["r0", "r2", "r3"]
    assert ids(tmp_path / "bad.jsonl") == ["r1"]
    assert read(tmp_path / "bad.jsonl")[0]["response"]["status_code"] == 500


def test_failed_ones_can_be_tried_again(api: BatchApi, run: Any, tmp_path: Path) -> None:
    api.reply = lambda one, batch: (400 if one["custom_id"] == "r2" else 200, {})
    assert run(*job(tmp_path, 4)).code == 8
    assert (tmp_path / "out.errors.jsonl").exists()
    api.reply = lambda one, batch: (200, {})
    run("resume", "out.jsonl", "--failed").ok()
    assert api.parts == [names(4), ["r2"]]
    assert ids(tmp_path / "out.jsonl") == names(4)
    assert not (tmp_path / "out.errors.jsonl").exists()
    run("resume", "out.jsonl", "--failed").ok()
    assert ids(tmp_path / "out.jsonl") == names(4)


def test_what_expires_goes_again(api: BatchApi, run: Any, tmp_path: Path) -> None:
    first = {"r0", "r3"}
    api.ends = lambda batch: "expired" if len(api.batches) == 1 else "completed"
    api.reply = lambda one, batch: (
        (200, {})
        if one["custom_id"] in first or len(api.batches) > 1
        else (None if one["custom_id"] == "r1" else "batch_expired")
    )
    run(*job(tmp_path, 4)).ok()
    assert api.parts == [names(4), ["r1", "r2"]]
    assert ids(tmp_path / "out.jsonl") == names(4)


def test_expiring_for_ever_ends_in_the_errors(api: BatchApi, run: Any, tmp_path: Path) -> None:
    api.ends = lambda batch: "expired"
    api.reply = lambda one, batch: None if one["custom_id"] == "r1" else (200, {})
    assert run(*job(tmp_path, 2), "--attempts", "2").code == 8
    assert api.parts == [["r0", "r1"], ["r1"]]
    [lost] = read(tmp_path / "out.errors.jsonl")
    assert lost["custom_id"] == "r1"
    assert lost["error"]["code"] == "batch_expired"


def test_completed_without_an_output_file(api: BatchApi, run: Any, tmp_path: Path) -> None:
    api.reply = lambda one, batch: (404, body_error("model_not_found"))
    assert run(*job(tmp_path, 3)).code == 8
    assert api.batches[0].get("output_file_id") is None
    assert (tmp_path / "out.jsonl").read_bytes() == b""
    assert ids(tmp_path / "out.errors.jsonl") == names(3)


def test_a_cancelled_batch_leaves_what_was_answered(
    api: BatchApi, run: Any, tmp_path: Path
) -> None:
    api.ends = lambda batch: "cancelled"
    api.reply = lambda one, batch: (200, {}) if one["custom_id"] != "r1" else None
    assert run(*job(tmp_path, 3)).code == 8
    assert ids(tmp_path / "out.jsonl") == ["r0", "r2"]
    [lost] = read(tmp_path / "out.errors.jsonl")
    assert lost["error"]["code"] == "batch_cancelled"
    assert len(api.batches) == 1


def test_lines_that_the_api_refuses_do_not_take_the_others_along(
    api: BatchApi, run: Any, tmp_path: Path
) -> None:
    problem = {"line": 2, "code": "invalid_request", "message": "No such thing.", "param": None}
    api.ends = lambda batch: [problem] if len(batch["held"]) == 3 else "completed"
    assert run(*job(tmp_path, 3)).code == 8
    assert api.parts == [names(3), ["r0", "r2"]]
    assert ids(tmp_path / "out.jsonl") == ["r0", "r2"]
    [refused] = read(tmp_path / "out.errors.jsonl")
    assert (refused["custom_id"], refused["error"]["message"]) == ("r1", "No such thing.")


def test_a_batch_that_fails_as_a_whole(api: BatchApi, run: Any, tmp_path: Path) -> None:
    problem = {"line": None, "code": "billing", "message": "Pay first.", "param": None}
    api.ends = lambda batch: [problem]
    assert run(*job(tmp_path, 2)).code == 8
    failed = read(tmp_path / "out.errors.jsonl")
    assert [row["custom_id"] for row in failed] == names(2)
    assert {row["error"]["message"] for row in failed} == {"Pay first."}


# -- the queue is full ----------------------------------------------------------------------------


def test_a_full_queue_at_the_start_is_waited_for(api: BatchApi, run: Any, tmp_path: Path) -> None:
    api.refuse = lambda body: queue_full() if len(api.live) == 2 else None
    done = run(*job(tmp_path, 5), "--max-requests", "1", "--attempts", "1").ok()
    assert api.most == 2
    assert sorted(api.parts) == [[name] for name in names(5)]
    assert ids(tmp_path / "out.jsonl") == names(5)
    assert "the model's queue is full; waiting for room" in done.stderr


def test_a_full_queue_that_fails_the_batch_is_waited_for(
    api: BatchApi, run: Any, tmp_path: Path
) -> None:
    full = {"code": "token_limit_exceeded", "message": "Enqueued token limit", "line": None}
    others: list[Any] = []

    def ends(batch: Any) -> Any:
        crowded = any(one is not batch for one in api.live) and len(others) < 3
        others.append(batch) if crowded else None
        return [full] if crowded else "completed"

    api.ends = ends
    run(*job(tmp_path, 3), "--max-requests", "1", "--attempts", "1").ok()
    assert others
    assert ids(tmp_path / "out.jsonl") == names(3)
    assert len(api.uploads()) == 3
    submits = [(b["metadata"]["oai_part"], b["metadata"]["oai_submit"]) for b in api.batches]
    assert len(submits) == len(set(submits)) > 3


def test_a_part_too_large_for_an_empty_queue_is_halved(
    api: BatchApi, run: Any, tmp_path: Path
) -> None:
    api.refuse = lambda body: queue_full() if _length(api, body) > 2 else None
    run(*job(tmp_path, 8), "--max-in-flight", "1").ok()
    assert all(len(part) <= 2 for part in api.parts)
    assert sorted(name for part in api.parts for name in part) == names(8)
    assert ids(tmp_path / "out.jsonl") == names(8)


def test_a_queue_that_others_fill_halves_nothing(api: BatchApi, run: Any, tmp_path: Path) -> None:
    other = {"id": "batch_x", "status": "in_progress", "input_file_id": "f", "looked": 0}
    api.batches.append({**other, "held": [], "metadata": None, "created_at": 1})
    refused: list[Any] = []

    def refuse(body: Any) -> Any:
        if len(refused) == 9:
            return None
        refused.append(body)
        return queue_full()

    api.refuse = refuse
    run(*job(tmp_path, 8)).ok()
    assert len(refused) == 9
    assert api.parts == [[], names(8)]


def _length(api: BatchApi, body: Any) -> int:
    return len(api._content[body["input_file_id"]].splitlines())


# -- interrupted, and on again --------------------------------------------------------------------


def test_starting_without_waiting(api: BatchApi, run: Any, tmp_path: Path) -> None:
    begun = run(*job(tmp_path, 4), "--max-requests", "2", "--no-wait").ok()
    assert begun.json["status"] == "in_progress"
    assert begun.json["open"] == 4
    assert "`oai batches resume out.jsonl` takes their answers" in begun.stderr
    assert len(api.batches) == 2
    assert not (tmp_path / "out.jsonl").exists()
    run("resume", "out.jsonl").ok()
    assert len(api.batches) == 2
    assert ids(tmp_path / "out.jsonl") == names(4)


def test_the_time_is_up(api: BatchApi, run: Any, tmp_path: Path) -> None:
    api.looks = 1000
    late = run(*job(tmp_path, 2), "--wait-timeout", "60")
    assert late.code == 7
    assert "`oai batches resume out.jsonl` carries on" in late.stderr
    api.looks = 0
    run(*job(tmp_path, 2)).ok()
    assert len(api.batches) == 1


def test_ctrl_c_says_how_to_go_on(api: BatchApi, run: Any, tmp_path: Path) -> None:
    stopped = run(*job(tmp_path, 2), time=FakeTime(interrupt=1))
    assert stopped.code == 130
    assert "batches that were started go on: `oai batches resume out.jsonl`" in stopped.stderr
    run("resume", "out.jsonl.state").ok()
    assert len(api.batches) == 1


def test_a_job_is_of_its_files(api: BatchApi, run: Any, tmp_path: Path) -> None:
    run(*job(tmp_path, 2), "--no-wait").ok()
    write(tmp_path / "more.jsonl", [request(7)])
    other = run("run", "in.jsonl", "more.jsonl", "-o", "out.jsonl")
    assert (other.code, "a job of other files" in other.stderr) == (2, True)
    now = run("run", "in.jsonl", "-o", "out.jsonl", "--now")
    assert (now.code, "begun without --now" in now.stderr) == (2, True)
    write(tmp_path / "in.jsonl", [request(0), request(2)])
    for again in (("resume", "out.jsonl"), ("run", "in.jsonl", "-o", "out.jsonl")):
        changed = run(*again)
        assert (changed.code, "has changed since the job began" in changed.stderr) == (2, True)
    assert len(api.batches) == 1


def test_a_job_that_is_done_is_not_done_again(api: BatchApi, run: Any, tmp_path: Path) -> None:
    first = run(*job(tmp_path, 2)).ok().json
    assert run(*job(tmp_path, 2)).ok().json == first
    assert run("resume", "out.jsonl").ok().json == first
    assert run("status", "out.jsonl").ok().json == first
    write(tmp_path / "in.jsonl", [request(0), request(2)])
    changed = run("run", "in.jsonl", "-o", "out.jsonl")
    assert (changed.code, "has changed" in changed.stderr) == (2, True)
    (tmp_path / "out.jsonl").unlink()
    gone = run("resume", "out.jsonl")
    assert (gone.code, "its results are gone" in gone.stderr) == (1, True)
    assert len(api.batches) == 1


def test_beginning_anew(api: BatchApi, run: Any, tmp_path: Path) -> None:
    words = job(tmp_path, 2)
    run(*words, "--no-wait").ok()
    refused = run(*words, "--fresh")
    assert (refused.code, "still going on: batch_0" in refused.stderr) == (2, True)
    run(*words, "--fresh", "--yes").ok()
    assert len(api.batches) == 2
    run(*words, "--fresh").ok()
    assert len(api.batches) == 3


def test_files_of_a_job_without_a_state_are_not_mistaken_for_this_ones(
    api: BatchApi, run: Any, tmp_path: Path
) -> None:
    words = job(tmp_path, 2)
    work = tmp_path / "out.jsonl.work"
    work.mkdir()
    (work / "part-00001-1.output.jsonl").write_text("{}\n")
    refused = run(*words)
    assert (refused.code, "files of an earlier job" in refused.stderr) == (2, True)
    assert not api.files
    run(*words, "--fresh").ok()
    assert ids(tmp_path / "out.jsonl") == names(2)


def test_another_account_is_noticed(api: BatchApi, run: Any, tmp_path: Path) -> None:
    run(*job(tmp_path, 1), "--no-wait").ok()
    other = run("resume", "out.jsonl", "--project", "proj_2")
    assert (other.code, "this job runs on" in other.stderr) == (2, True)


# -- from another terminal ------------------------------------------------------------------------


def test_status_while_it_runs(api: BatchApi, run: Any, tmp_path: Path) -> None:
    run(*job(tmp_path, 3), "--max-requests", "2", "--no-wait").ok()
    stopped = run("status", "out.jsonl").ok().json
    assert (stopped["status"], stopped["open"]) == ("stopped", 3)
    assert [batch["batch_id"] for batch in stopped["batches"]] == ["batch_0", "batch_1"]
    with locked(tmp_path / "out.jsonl.state"):
        running = run("status", "out.jsonl").ok().json
        assert running["status"] == "running"
        second = run("run", "in.jsonl", "-o", "out.jsonl")
        assert second.code == 1
        assert "another oai is running the job of out.jsonl" in second.stderr
    shown = run("status", "out.jsonl", "-f", "text").ok().stdout
    assert "stopped" in shown
    assert "batch_1" in shown


# -- a server in trouble --------------------------------------------------------------------------


def storm(api: BatchApi, server: Server, trouble: Any, every: int = 2) -> None:
    """Every second request is done, and then its answer is lost."""
    count = 0

    def handle(asked: Asked) -> Any:
        nonlocal count
        count += 1
        made = api.handle(asked)
        return trouble() if count % every == 0 else made

    server.handler = handle


@pytest.mark.parametrize(
    "trouble",
    [lambda: error(500), lambda: error(429, retry_after="0"), dropped, lambda: error(503)],
    ids=["500", "429", "cut", "503"],
)
@pytest.mark.usefixtures("no_waiting")
def test_answers_that_are_lost_start_nothing_twice(
    trouble: Any, server: Server, api: BatchApi, run: Any, tmp_path: Path
) -> None:
    storm(api, server, trouble)
    run(*job(tmp_path, 5), "--max-requests", "2").ok()
    assert ids(tmp_path / "out.jsonl") == names(5)
    assert set(api.lines.values()) == {1}
    assert len(api.uploads()) == len(set(api.uploads())) == 3


@pytest.mark.usefixtures("no_waiting")
def test_a_server_that_stays_away_ends_it(
    server: Server, api: BatchApi, run: Any, tmp_path: Path
) -> None:
    server.handler = lambda asked: error(500, "Down.")
    down = run(*job(tmp_path, 2))
    assert down.code == 6
    assert "`oai batches resume out.jsonl` carries on" in down.stderr
    server.handler = api.handle
    run("resume", "out.jsonl").ok()
    assert set(api.lines.values()) == {1}


def test_what_will_not_pass_ends_it_at_once(
    server: Server, api: BatchApi, run: Any, tmp_path: Path
) -> None:
    server.handler = lambda asked: error(429, "Pay.", code="insufficient_quota")
    assert run(*job(tmp_path, 2)).code == 5
    server.handler = lambda asked: error(401, "No key.")
    assert run("resume", "out.jsonl").code == 4
    server.handler = lambda asked: reply({"object": "file"})
    assert "has no id" in run("resume", "out.jsonl").stderr
    server.handler = api.handle
    run("resume", "out.jsonl").ok()
    assert ids(tmp_path / "out.jsonl") == names(2)
