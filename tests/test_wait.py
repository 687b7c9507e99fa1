"""Waiting: `--wait`, the commands `wait`, the pace, how it ends, what is said meanwhile."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from openai_cli.catalog import load
from openai_cli.core import patience
from openai_cli.core.console import Console
from openai_cli.core.context import App

from .support.api import response
from .support.cli import Outcome, environment, oai, oai_started, oai_terminal
from .support.clock import FakeTime
from .support.server import Server, dropped, error, reply, silent

START = ("batches", "create", "file-1", "--endpoint", "/v1/responses", "--wait")
GOING = {"id": "batch_1", "status": "in_progress"}
DONE = {"id": "batch_1", "status": "completed"}


def batch(status: str, **fields: Any) -> dict[str, Any]:
    """A batch."""
    return {"id": "batch_1", "status": status, **fields}


def waited(server: Server, *args: str, time: FakeTime | None = None, **options: Any) -> Outcome:
    """A run whose waiting takes no time."""
    return oai(*(args or START), server=server, time=time or FakeTime(), **options)


# -- to the end -----------------------------------------------------------------------------------


def test_what_is_started_is_looked_at_until_it_is_done(server: Server) -> None:
    counts = {"total": 3, "completed": 1, "failed": 0}
    server.answer(reply(batch("validating")), reply(batch("in_progress", request_counts=counts)))
    server.answer(reply(batch("in_progress", request_counts=counts)), reply(DONE))
    done = waited(server).ok()
    assert done.json == DONE
    asked = [(request.method, request.path) for request in server.requests]
    assert asked == [("POST", "/v1/batches"), *[("GET", "/v1/batches/batch_1")] * 3]
    assert done.stderr.splitlines() == [
        "batch_1: validating",
        "batch_1: in_progress, 1 completed of 3 (1 s)",
        "batch_1: completed (7 s)",
    ]


def test_what_is_done_already_is_not_looked_at(server: Server) -> None:
    server.answer(reply(DONE))
    done = waited(server).ok()
    assert (done.json, done.stderr) == (DONE, "")
    assert server.only.method == "POST"


def test_nothing_is_said_with_quiet(server: Server) -> None:
    server.answer(reply(GOING), error(500), reply(DONE))
    assert waited(server, *START, "--quiet").ok().stderr == ""


def test_an_unknown_status_is_still_going(server: Server) -> None:
    server.answer(reply(batch("polishing")), reply(DONE))
    assert waited(server).ok().json == DONE


def test_an_object_without_a_status_cannot_be_waited_for(server: Server) -> None:
    server.answer(reply({"id": "batch_1"}))
    done = waited(server)
    assert (done.code, done.json) == (1, {"id": "batch_1"})
    assert "the batch has no `status`" in done.stderr


def test_an_answer_without_an_id_cannot_be_waited_for(server: Server) -> None:
    server.answer(reply({"status": "in_progress"}))
    done = waited(server)
    assert done.code == 1
    assert "no `id`" in done.stderr


@pytest.mark.parametrize("flag", [["--wait"], ["--poll-interval", "5"], ["--wait-timeout", "5"]])
@pytest.mark.parametrize("command", [["models", "list"], ["chat", "create", "hi"]])
def test_where_nothing_is_started(server: Server, command: list[str], flag: list[str]) -> None:
    done = waited(server, *command, *flag)
    assert done.code == 2
    assert f"{flag[0]}: `oai {' '.join(command[:2])}` starts nothing" in done.stderr


def test_workflows_do_not_wait(server: Server) -> None:
    assert waited(server, "api", "list", "--wait").code == 2


@pytest.mark.parametrize("flag", ["--poll-interval", "--wait-timeout"])
def test_the_pace_goes_with_waiting(server: Server, flag: str) -> None:
    done = waited(server, *START[:-1], flag, "5")
    assert done.code == 2
    assert f"{flag} goes with --wait" in done.stderr


def test_a_request_that_is_only_shown_starts_nothing(server: Server) -> None:
    assert waited(server, *START, "--dry-run").ok().json["method"] == "POST"


# -- formats --------------------------------------------------------------------------------------


def test_the_object_can_be_filtered(server: Server) -> None:
    server.answer(reply(GOING), reply(DONE))
    assert waited(server, *START, "--jq", ".status").ok().stdout == "completed\n"


def test_the_object_can_be_saved_whatever_its_end(server: Server, tmp_path: Path) -> None:
    server.answer(reply(GOING), reply(batch("failed")))
    path = tmp_path / "batch.json"
    assert waited(server, *START, "-o", str(path)).code == 8
    assert '"failed"' in path.read_text()


@pytest.mark.parametrize(("status", "code"), [("completed", 0), ("expired", 8)])
def test_the_last_answer_as_it_came(server: Server, status: str, code: int) -> None:
    server.answer(reply(GOING), *[reply(batch(status, odd=1.50))] * 2)
    done = waited(server, *START, "-f", "raw")
    assert done.code == code
    assert done.stdout == f'{{"id": "batch_1", "status": "{status}", "odd": 1.5}}'


# -- how it ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
def test_work_that_ends_badly(server: Server, status: str) -> None:
    errors = {"data": [{"message": "Line 3 is not JSON."}]}
    ended = batch(status, errors=errors)
    server.answer(reply(GOING), reply(ended))
    done = waited(server)
    assert (done.code, done.json) == (8, ended)
    assert f"error: the batch ended as {status}: Line 3 is not JSON." in done.stderr


def test_work_that_ends_badly_at_once(server: Server) -> None:
    server.answer(reply(batch("failed")))
    done = waited(server, *START, "-f", "json")
    assert done.code == 8
    assert done.error == {"type": "outcome", "message": "the batch ended as failed"}


def test_work_that_waits_for_somebody(server: Server) -> None:
    run = {"id": "run_1", "thread_id": "thread_1", "status": "requires_action"}
    server.answer(reply({**run, "status": "queued"}), reply(run))
    done = waited(server, "beta", "threads", "runs", "create", "thread_1", "asst_1", "--wait")
    assert (done.code, done.json) == (8, run)
    assert "the run waits for you: requires_action" in done.stderr
    assert "`oai beta threads runs submit-tool-outputs thread_1 run_1`" in done.stderr
    assert "stream" not in server.requests[0].json


def test_the_time_is_up(server: Server) -> None:
    server.handler = lambda asked: reply(GOING)
    time = FakeTime()
    done = waited(server, *START, "--wait-timeout", "10", time=time)
    assert (done.code, done.json) == (7, GOING)
    assert time.slept == [1, 2, 4, 3]
    assert "the batch is still in_progress after 10 s" in done.stderr
    assert "hint: `oai batches wait batch_1` waits again" in done.stderr


def test_the_hint_leads_to_the_same_server(server: Server) -> None:
    server.handler = lambda asked: reply(GOING)
    base = server.url + "/v1"
    done = waited(server, *START, "--wait-timeout", "1", "--base-url", base, "--project", "proj_1")
    assert f"`oai --base-url {base} --project proj_1 batches wait batch_1`" in done.stderr


@pytest.mark.parametrize("args", [START, ("batches", "wait", "batch_1")])
def test_ctrl_c_leaves_the_work_alone(server: Server, args: tuple[str, ...]) -> None:
    server.handler = lambda asked: reply(GOING)
    done = waited(server, *args, time=FakeTime(interrupt=2))
    assert (done.code, done.stdout) == (130, "")
    assert "goes on without you: `oai batches wait batch_1` waits again" in done.stderr
    assert "`oai batches cancel batch_1` stops it" in done.stderr
    assert not any(request.path.endswith("/cancel") for request in server.requests)


def test_a_real_ctrl_c(server: Server) -> None:
    server.handler = lambda asked: reply(GOING)
    process = oai_started(*START, "--poll-interval", "60", server=server)
    assert process.stderr is not None
    assert process.stderr.readline() == b"batch_1: in_progress\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"`oai batches wait batch_1` waits again" in said


# -- the pace -------------------------------------------------------------------------------------


def test_looking_slows_down(server: Server) -> None:
    time = FakeTime()
    server.answer(*[reply(GOING)] * 8, reply(DONE))
    waited(server, time=time).ok()
    assert time.slept == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"openai_poll_after_ms": "2500"}, 2.5),
        ({"retry_after": "7"}, 7),
        ({"retry_after_ms": "1500"}, 1.5),
        ({"openai_poll_after_ms": "2500", "retry_after": "7"}, 2.5),
        ({"openai_poll_after_ms": "soon", "retry_after": "7"}, 7),
        ({"openai_poll_after_ms": "0"}, 0.1),
        ({"retry_after": "86400"}, 300),
        ({"openai_poll_after_ms": "soon"}, 1),
        ({"openai_poll_after_ms": "nan"}, 1),
        ({"openai_poll_after_ms": "-5"}, 1),
    ],
)
def test_the_server_says_when_to_look(server: Server, headers: Any, pause: float) -> None:
    time = FakeTime()
    server.answer(reply(GOING, **headers), reply(DONE))
    waited(server, time=time).ok()
    assert time.slept == [pause]


def test_the_option_speaks_before_the_server(server: Server) -> None:
    time = FakeTime()
    server.answer(*[reply(GOING, openai_poll_after_ms="2500")] * 3, reply(DONE))
    waited(server, *START, "--poll-interval", "0.5", time=time).ok()
    assert time.slept == [0.5] * 3


# -- looks that fail ------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [error(500), error(429), error(409), dropped()])
def test_a_bad_moment_passes(server: Server, bad: Any) -> None:
    server.answer(reply(GOING), bad, bad, reply(DONE))
    time = FakeTime()
    done = waited(server, time=time).ok()
    assert done.json == DONE
    assert time.slept == [1, 2, 4], "one request a look, the pace stays"
    assert done.stderr.count("looking again") == 1


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (error(404), 3),
        (error(401), 4),
        (error(400), 1),
        (error(429, code="insufficient_quota"), 5),
    ],
)
def test_what_will_not_pass_ends_the_waiting(server: Server, bad: Any, code: int) -> None:
    server.answer(reply(GOING), bad)
    done = waited(server)
    assert (done.code, done.json) == (code, GOING), "what was started is shown all the same"


@pytest.mark.parametrize(("bad", "code"), [(error(503), 6), (dropped(), 7)])
def test_an_outage_of_ten_minutes_is_final(server: Server, bad: Any, code: int) -> None:
    time = FakeTime()
    server.handler = lambda asked: reply(GOING) if asked.method == "POST" else bad
    done = waited(server, time=time)
    assert done.code == code
    assert 600 <= sum(time.slept) < 640
    assert "`oai batches wait batch_1` waits again" in done.stderr


def test_an_outage_lasts_as_long_as_the_patience_that_was_asked_for(server: Server) -> None:
    time = FakeTime()
    server.handler = lambda asked: reply(GOING) if asked.method == "POST" else error(503)
    done = waited(server, *START, "--wait-timeout", "3600", time=time)
    assert (done.code, sum(time.slept)) == (7, 3600)


def test_outages_do_not_add_up(server: Server) -> None:
    answers = [reply(GOING), *[error(503), reply(GOING)] * 40, reply(DONE)]
    server.answer(*answers)
    waited(server, *START, "--poll-interval", "100").ok()


def test_a_look_that_hangs_ends_with_the_time(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LAST_LOOK", 0.2)
    server.handler = lambda asked: reply(GOING) if asked.method == "POST" else silent()
    done = oai(*START, "--wait-timeout", "0.3", "--poll-interval", "0.1", server=server)
    assert (done.code, done.json) == (7, GOING)


# -- kinds of work --------------------------------------------------------------------------------


def test_a_response_in_the_background_ends_as_its_text(server: Server) -> None:
    server.answer(reply(response("", "queued")), reply(response("Hello.")))
    done = waited(server, "responses", "create", "hi", "--background", "--wait").ok()
    assert done.stdout == "Hello.\n"
    assert "stream" not in server.requests[0].json


def test_a_response_in_the_background_is_an_object_at_first(server: Server) -> None:
    server.answer(reply(response("", "queued")))
    assert oai("responses", "create", "hi", "--background", server=server).json["id"] == "resp_1"
    assert "stream" not in server.only.json


def test_a_failed_response_is_shown_whole(server: Server) -> None:
    ended = response("", "failed", error={"message": "Too hot."})
    server.answer(reply(ended))
    done = waited(server, "responses", "wait", "resp_1")
    assert (done.code, done.json) == (8, ended)
    assert "the response ended as failed: Too hot." in done.stderr


def test_an_upload_ends_as_its_file(server: Server) -> None:
    file = {"id": "file-1", "status": "uploaded"}
    server.answer(reply({"id": "upload_1", "status": "completed", "file": file}))
    server.answer(reply({**file, "status": "processed"}))
    done = waited(server, "uploads", "complete", "upload_1", "part_1", "--wait").ok()
    assert done.json == {"id": "file-1", "status": "processed"}
    assert server.requests[1].path == "/v1/files/file-1"


def test_looks_carry_the_headers_of_the_start(server: Server) -> None:
    server.answer(reply(response("", "queued")), reply(response("Hello.")))
    args = ("beta", "responses", "create", "hi", "--background", "--betas", "b1", "--wait")
    waited(server, *args).ok()
    assert [request.headers["openai-beta"] for request in server.requests] == ["b1", "b1"]


# -- the commands ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["batches", "wait", "x1"], "/v1/batches/x1"),
        (["--poll-interval", "1", "batches", "wait", "x1"], "/v1/batches/x1"),
        (["responses", "wait", "x1"], "/v1/responses/x1"),
        (["vector-stores", "files", "wait", "x1", "x2"], "/v1/vector_stores/x1/files/x2"),
        (["vector_stores", "files", "wait", "x1", "x2"], "/v1/vector_stores/x1/files/x2"),
        (["fine-tuning", "jobs", "wait", "x1"], "/v1/fine_tuning/jobs/x1"),
        (["batches", "retrieve", "x1", "--wait"], "/v1/batches/x1"),
    ],
)
def test_what_is_going_can_be_waited_for(server: Server, words: list[str], path: str) -> None:
    going = {"id": "own", "status": "queued"}
    status = "succeeded" if "jobs" in words else "completed"
    server.answer(reply(going), reply({**going, "status": status}))
    assert waited(server, *words, "-f", "json").ok().json["status"] == status
    assert [request.path for request in server.requests] == [path] * 2


def test_a_missing_id_is_named() -> None:
    done = oai("vector-stores", "files", "wait", "vs_1")
    assert done.code == 2
    assert "missing argument: FILE_ID" in done.stderr
    assert "see `oai vector-stores files wait --help`" in done.stderr


def test_what_is_not_there(server: Server) -> None:
    server.answer(error(404))
    done = waited(server, "batches", "wait", "nope")
    assert (done.code, done.stdout) == (3, "")


WAITING = [o for o in load.operations() if o.words.wait.get("retrieve") == o.name]


@pytest.mark.parametrize("operation", WAITING, ids=lambda operation: operation.name)
def test_each_is_listed_and_explained(operation: Any) -> None:
    place = operation.command[:-1]
    assert "\n  wait " in oai(*place, "--help").ok().stdout
    page = oai(*place, "wait", "--help").ok().stdout
    assert page.startswith("Wait until the ")
    assert "--poll-interval" in page and "  --wait " not in page and "--set" not in page


def test_help_tells_where_waiting_is_possible() -> None:
    assert "  --wait " in oai("batches", "create", "--help").ok().stdout
    assert "--wait" not in oai("models", "list", "--help").ok().stdout


STARTERS = {
    "admin.organization.external_storage.create",
    "admin.organization.external_storage.validate",
    "batches.create",
    "beta.agents.automations.invocations.create",
    "beta.agents.environments.create",
    "beta.agents.sessions.create",
    "beta.responses.create",
    "beta.threads.create_and_run",
    "beta.threads.runs.create",
    "beta.threads.runs.submit_tool_outputs",
    "containers.create",
    "evals.runs.create",
    "files.create",
    "fine_tuning.jobs.create",
    "fine_tuning.jobs.resume",
    "responses.create",
    "uploads.complete",
    "vector_stores.create",
    "vector_stores.file_batches.create",
    "vector_stores.files.create",
    "videos.create",
    "videos.edit",
    "videos.extend",
    "videos.remix",
}


def test_everything_that_takes_long_can_be_waited_for() -> None:
    found = {o.name for o in load.operations() if o.words.wait} - {o.name for o in WAITING}
    assert found == STARTERS


# -- for people -----------------------------------------------------------------------------------


def test_one_line_on_a_terminal(server: Server) -> None:
    counts = {"total": 3, "completed": 1, "failed": 1}
    server.answer(reply(GOING), reply(batch("in_progress", request_counts=counts)), reply(DONE))
    screen = oai_terminal(*START, "--poll-interval", "0.1", server=server)
    assert screen.code == 0
    assert "\rbatch_1: in_progress, 1 completed, 1 failed of 3\x1b[K" in screen.raw
    assert screen.text.splitlines() == ["id      batch_1", "status  completed"]


def test_the_elapsed_time_goes_on_while_nothing_happens(server: Server) -> None:
    server.answer(reply(GOING), reply(DONE))
    done = waited(server, *START, "--poll-interval", "3", terminals=(False, False, True)).ok()
    lines = done.stderr.replace("\x1b[K", "").split("\r")
    assert lines[1:5] == [
        "batch_1: in_progress",
        "batch_1: in_progress (1 s)",
        "batch_1: in_progress (2 s)",
        "batch_1: in_progress (3 s)",
    ]


@pytest.mark.parametrize("how", [{"CI": "1"}, {"TERM": "dumb"}, "--verbose"])
def test_lines_stay_where_a_log_is_written(server: Server, how: Any) -> None:
    server.answer(reply(GOING), reply(DONE))
    extra = [how] if isinstance(how, str) else []
    env = {} if isinstance(how, str) else how
    done = waited(server, *START, *extra, env=env, terminals=(False, False, True)).ok()
    assert "\r" not in done.stderr
    assert "batch_1: in_progress\n" in done.stderr


def test_a_status_cannot_drive_the_terminal(server: Server) -> None:
    server.answer(reply(batch("\x1b]0;owned\x07")), reply(DONE))
    done = waited(server, terminals=(False, False, True)).ok()
    assert "\x1b]0" not in done.stderr


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (40, "40 %"),
        (None, ""),
        (True, ""),
        ({"total": 3, "completed": 0}, ""),
        ({"in_progress": 2, "completed": 1, "total": 3}, "2 in progress, 1 completed of 3"),
        ({"completed": 1}, "1 completed"),
    ],
)
def test_progress_in_words(value: Any, text: str) -> None:
    from openai_cli.render.waiting import progress

    assert progress(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.9, "0 s"), (59, "59 s"), (125, "2 min 5 s"), (12_000, "3 h 20 min")]
)
def test_durations_in_words(seconds: float, text: str) -> None:
    from openai_cli.render.waiting import duration

    assert duration(seconds) == text


# -- for workflows --------------------------------------------------------------------------------


def test_workflows_wait_through_the_api(server: Server) -> None:
    server.answer(reply(GOING), reply(batch("failed")))
    app = App(Console(None, None, None, environment(None, server)), "0")
    time = FakeTime()
    pace: dict[str, Any] = {"clock": time.clock, "sleep": time.sleep}
    ended = app.api.wait("batches.retrieve", {"batch_id": "batch_1"}, **pace)
    app.close()
    assert (ended["status"], time.slept) == ("failed", [1])
