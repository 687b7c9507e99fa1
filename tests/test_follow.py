"""`oai fine-tuning jobs follow`: each event once and in order, whatever happens on the way."""

from __future__ import annotations

import json
import math
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest

from openai_cli.render.chart import Point, Series, chart

from .support.cli import Outcome, oai, oai_started, oai_terminal
from .support.clock import FakeTime
from .support.server import Answer, Asked, Server, dropped, error, reply, silent
from .support.tuning import Tuning, event, measured

FOLLOW = ("fine-tuning", "jobs", "follow", "ftjob-1")
ENDED = ("succeeded", [event(3)])


def followed(server: Server, job: Tuning, *args: str, **options: Any) -> Outcome:
    """A run whose waiting takes no time."""
    server.handler = job
    options.setdefault("time", FakeTime())
    return oai(*FOLLOW, *args, server=server, **options)


def ids(outcome: Outcome) -> list[int]:
    """The numbers of the events that were shown."""
    return [int(one["id"].removeprefix("ftevent-")) for one in outcome.jsonl]


# -- what is shown --------------------------------------------------------------------------------


def test_events_are_told_until_the_job_is_over(server: Server) -> None:
    job = Tuning(("queued", [event(1)]), ("running", [event(2)]), ENDED)
    job.job["fine_tuned_model"] = "ft:mine"
    done = followed(server, job).ok()
    assert done.lines == [
        "2023-11-14 22:13:21  Event 1.",
        "22:13:22  Event 2.",
        "22:13:23  Event 3.",
    ]
    assert done.stderr.splitlines() == [
        "ftjob-1: queued",
        "ftjob-1: running (1 s)",
        "ftjob-1: succeeded (3 s)",
        "the new model is ft:mine",
    ]


def test_a_job_without_a_model_tells_of_none(server: Server) -> None:
    """As a server does that only imitates the API."""
    job = Tuning(ENDED)
    assert "new model" not in followed(server, job).ok().stderr


def test_measurements_are_told_briefly(server: Server) -> None:
    told = [
        measured(1, 10, train_loss=0.52361, total_steps=100),
        measured(2, 20, train_loss=0.5, valid_loss=0.75),
        measured(3, 30, train_loss=0.25, valid_loss=0.9, full_valid_loss=0.8),
        event(4, "Low\non  tokens", level="warn"),
        event(5, "odd", type="metrics", data={"step": "x", "train_loss": True}),
        event(6, "late", created_at=10**20),
    ]
    done = followed(server, Tuning(("succeeded", told))).ok()
    assert done.lines[-1] == "late"
    assert [line.partition("  ")[2] for line in done.lines[:-1]] == [
        "Step 10/100: loss 0.5236",
        "Step 20: loss 0.5, validation 0.75",
        "Step 30: loss 0.25, validation 0.8",
        "warning: Low on tokens",
        "odd",
    ]


def test_json_lines_are_the_events_themselves(server: Server) -> None:
    told = [event(1, odd=[1]), event(2)]
    assert followed(server, Tuning(("succeeded", told)), "-f", "jsonl").ok().jsonl == told


def test_json_is_one_document(server: Server) -> None:
    done = followed(server, Tuning(("running", [event(1)]), ENDED), "-f", "json").ok()
    assert done.json["job"]["status"] == "succeeded"
    assert [one["id"] for one in done.json["events"]] == ["ftevent-1", "ftevent-3"]


def test_events_can_be_filtered(server: Server) -> None:
    job = Tuning(("running", [event(1)]), ("failed", [event(2)]))
    done = followed(server, job, "-f", "jsonl", "--jq", ".message")
    assert (done.code, done.lines) == (8, ["Event 1.", "Event 2."])


def test_what_is_known_is_written_at_once(server: Server) -> None:
    job = Tuning(("running", [event(1)]))
    server.handler = job
    job.before = lambda asked: silent() if len(job.asked) > 2 else None
    running = oai_started(*FOLLOW, "-f", "jsonl", "--poll-interval", "0.01", server=server)
    assert running.stdout is not None
    try:
        assert json.loads(running.stdout.readline()) == event(1)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=20)
    finally:
        running.kill()
    assert running.returncode == 130
    assert b"looks again" in said


# -- none twice, none missed ----------------------------------------------------------------------


def test_more_than_a_page_between_two_looks(server: Server) -> None:
    many = [event(n) for n in range(2, 352)]
    job = Tuning(("running", [event(1)]), ("running", many), ("succeeded", []))
    assert ids(followed(server, job, "-f", "jsonl").ok()) == list(range(1, 352))


def test_servers_may_give_less_than_a_page(server: Server) -> None:
    told = [event(n) for n in range(1, 8)]
    job = Tuning(("running", told[:5]), ("succeeded", told[5:]), page=2)
    assert ids(followed(server, job, "-f", "jsonl").ok()) == list(range(1, 8))


def test_pages_that_overlap(server: Server) -> None:
    newest_first = [event(n) for n in range(9, 0, -1)]
    pages = [
        {"data": newest_first[:4] + newest_first[1:3], "has_more": True},
        {"data": newest_first[2:7], "has_more": True},
        {"data": newest_first[5:], "has_more": False},
    ]

    def handler(asked: Asked) -> Answer:
        if not asked.path.endswith("/events"):
            return reply({"id": "ftjob-1", "status": "succeeded"})
        at = {"": 0, newest_first[2]["id"]: 1, newest_first[6]["id"]: 2}
        return reply(pages[at[dict(asked.query).get("after", "")]])

    server.handler = handler
    done = oai(*FOLLOW, "-f", "jsonl", server=server, time=FakeTime()).ok()
    assert ids(done) == list(range(1, 10))


@pytest.mark.parametrize("page", [100, 2])
def test_events_of_the_same_second_come_in_any_order(server: Server, page: int) -> None:
    """The second look finds a new event listed as older than ones that are known."""
    late = event(1, id="ftevent-7")
    job = Tuning(("running", [event(1), event(2), event(3)]), page=page)
    server.handler = job
    first = 2 if page == 100 else 3

    def before(asked: Asked) -> Answer | None:
        if len(job.asked) == first + 1:
            job.job = {**job.job, "status": "succeeded"}
            job.told.insert(0, late)
        return None

    job.before = before
    done = oai(*FOLLOW, "-f", "jsonl", server=server, time=FakeTime()).ok()
    assert ids(done) == [1, 2, 3, 7]


def test_the_last_words_of_a_job(server: Server) -> None:
    """What is told only after the job is over is told still."""
    job = Tuning(("running", [event(1)]), ("succeeded", []), ("succeeded", [event(2)]))
    time = FakeTime()
    assert ids(followed(server, job, "-f", "jsonl", time=time).ok()) == [1, 2]
    assert time.slept == [1, 1]


def test_a_job_that_is_over_is_looked_at_once(server: Server) -> None:
    job = Tuning(("succeeded", [event(1)]))
    followed(server, job).ok()
    assert job.asked == ["ftjob-1", "ftjob-1/events?limit=100"]


def test_known_pages_are_not_read_again(server: Server) -> None:
    told = [event(n) for n in range(1, 401)]
    job = Tuning(("running", told), ("running", [event(401)]), ("running", []))
    followed(server, job, "--wait-timeout", "2.5")
    pages = [one for one in job.asked if "events" in one]
    assert len(pages) == 4 + 1 + 1
    assert "after=ftevent-301" in pages[1]


# -- bad moments ----------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [dropped, lambda: error(500), lambda: error(429, retry_after="3")])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_a_bad_moment_passes(server: Server, bad: Callable[[], Answer], at: int) -> None:
    """Whatever request it hits, the first one, or one in the middle of several pages."""
    told = [event(n) for n in range(1, 151)]
    job = Tuning(("running", told[:120]), ("running", told[120:]), ("succeeded", []))
    job.before = lambda asked: bad() if len(job.asked) == at else None
    done = followed(server, job, "-f", "jsonl").ok()
    assert ids(done) == list(range(1, 151))
    assert done.stderr.count("looking again") == 1


def test_bad_moments_in_a_row_are_slept_out(server: Server) -> None:
    job = Tuning(("running", [event(1)]), ENDED)
    job.before = lambda asked: error(503) if 2 < len(job.asked) < 7 else None
    time = FakeTime()
    assert ids(followed(server, job, "-f", "jsonl", time=time).ok()) == [1, 3]
    assert time.slept[:5] == [1, 2, 4, 8, 16]


def test_a_server_that_stays_away_ends_it(server: Server) -> None:
    job = Tuning(("running", [event(1)]))
    job.before = lambda asked: error(500, "Gone fishing.") if len(job.asked) > 2 else None
    done = followed(server, job, "-f", "jsonl")
    assert done.code == 6
    assert ids(done) == [1]
    assert "Gone fishing." in done.stderr
    assert "`oai fine-tuning jobs follow ftjob-1` goes on" in done.stderr


def test_a_job_that_is_not_there(server: Server) -> None:
    server.answer(error(404, "No such job."))
    done = oai(*FOLLOW, server=server, time=FakeTime())
    assert (done.code, done.stdout) == (3, "")


# -- how it ends ----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_a_job_that_ends_badly(server: Server, status: str) -> None:
    job = Tuning(("running", [event(1)]), (status, [event(2)]))
    job.job["error"] = {"message": "The file is bad."}
    done = followed(server, job)
    assert done.code == 8
    assert len(done.lines) == 2
    assert f"error: the job ended as {status}: The file is bad." in done.stderr


def test_the_time_is_up(server: Server) -> None:
    time = FakeTime()
    job = Tuning(("running", [event(1)]))
    done = followed(server, job, "--wait-timeout", "60", "--poll-interval", "25", time=time)
    assert (done.code, len(done.lines)) == (7, 1)
    assert time.slept == [25, 25, 10]
    assert "error: the job is still running after 60 s" in done.stderr
    assert "hint: `oai fine-tuning jobs follow ftjob-1` goes on" in done.stderr


def test_the_server_sets_the_pace(server: Server) -> None:
    time = FakeTime()
    job = Tuning(("running", []), ("running", []), ENDED)

    def before(asked: Asked) -> Answer | None:
        hint: dict[str, Any] = {"openai_poll_after_ms": "4000"}
        going = len(job.asked) < 5
        return reply({"id": "j", "status": "running"}, **hint) if going and not job.told else None

    job.before = lambda asked: None if asked.path.endswith("events") else before(asked)
    followed(server, job, time=time).ok()
    assert time.slept[:2] == [4, 4]


def test_ctrl_c_leaves_the_job_alone(server: Server) -> None:
    job = Tuning(("running", [event(1)]))
    done = followed(server, job, time=FakeTime(interrupt=1))
    assert (done.code, len(done.lines)) == (130, 1)
    assert (
        "the job goes on without you: `oai fine-tuning jobs follow ftjob-1` looks again, "
        "`oai fine-tuning jobs cancel ftjob-1` stops it" in done.stderr
    )
    assert {request.method for request in server.requests} == {"GET"}


@pytest.mark.parametrize("style", ["table", "csv"])
def test_formats_that_cannot_show_events(server: Server, style: str) -> None:
    done = oai(*FOLLOW, "-f", style, server=server)
    assert done.code == 2
    assert not server.requests


def test_a_dry_run_shows_the_request(server: Server) -> None:
    done = oai(*FOLLOW, "--dry-run", server=server).ok()
    assert done.json["url"].endswith("/fine_tuning/jobs/ftjob-1/events")
    assert not server.requests


# -- the chart ------------------------------------------------------------------------------------

FALLING = [measured(n, n, train_loss=2 / n, valid_loss=2.5 / n) for n in range(1, 11)]
DOTS = re.compile("[\u2800-\u28ff]")


def drawn(server: Server, job: Tuning, *args: str, **env: str) -> str:
    """What stands on a terminal's stderr at the end."""
    done = followed(server, job, *args, env=env, terminals=(False, False, True)).ok()
    return done.stderr


def test_a_terminal_gets_a_chart(server: Server) -> None:
    said = drawn(server, Tuning(("succeeded", FALLING)), COLUMNS="60")
    assert DOTS.search(said)
    assert "training loss" in said
    assert "validation loss" in said
    assert "\x1b[36m" in said


def test_a_chart_without_colours(server: Server) -> None:
    said = drawn(server, Tuning(("succeeded", FALLING)), NO_COLOR="1")
    assert DOTS.search(said)
    assert not re.search(r"\x1b\[[\d;]*m", said)


def test_no_chart_where_nobody_wants_one(server: Server) -> None:
    for env, args in (({"TERM": "dumb"}, ()), ({}, ("--quiet",)), ({"COLUMNS": "20"}, ())):
        assert not DOTS.search(drawn(server, Tuning(("succeeded", FALLING)), *args, **env)), env
    assert not DOTS.search(followed(server, Tuning(("succeeded", FALLING))).stderr)


def test_checkpoints_help_where_events_say_nothing(server: Server) -> None:
    job = Tuning(("succeeded", [event(1)]))
    points = ({"step": 10 * n, "train_loss": 1 / n, "full_valid_loss": 2 / n} for n in (1, 2, 3))
    job.checkpoints = [{"id": f"c{at}", "metrics": point} for at, point in enumerate(points)]
    said = drawn(server, job)
    assert DOTS.search(said)
    assert "validation loss" in said


def test_a_chart_is_worth_no_failure(server: Server) -> None:
    job = Tuning(("succeeded", [event(1)]))
    job.before = lambda asked: error(403) if "checkpoints" in asked.path else None
    assert not DOTS.search(drawn(server, job))


def lines(*series: Series, width: int = 40) -> list[str]:
    """A chart without colours."""
    return chart(series, width, lambda text, code: text).splitlines()


@pytest.mark.parametrize("width", [24, 25, 40, 76, 300])
def test_charts_fit(width: int) -> None:
    points: list[Point] = [(n, math.sin(n / 9) + 3) for n in range(500)]
    made = lines(
        Series("loss", points, "36"), Series("other", points[::50], "33", "●"), width=width
    )
    assert len(made) == 11
    assert max(map(len, made)) <= min(width, 76)
    assert sum("●" in line for line in made[:8]) > 2


def test_a_falling_curve_falls() -> None:
    made = lines(Series("loss", [(n, 100.0 - n) for n in range(101)], "36"))
    firsts = [DOTS.search(line) for line in made[:8]]
    places = [found.start() for found in firsts if found]
    assert places == sorted(places)
    assert len(set(places)) == 8
    assert (made[0][:3], made[7].strip()[0]) == ("100", "0")
    assert made[9].split() == ["0", "100"]


@pytest.mark.parametrize(
    "points",
    [[], [(1.0, 2.0)], [(1.0, math.nan), (2.0, 1.0)], [(1.0, math.inf), (math.nan, 1.0)]],
)
def test_nothing_to_draw(points: list[Point]) -> None:
    assert lines(Series("loss", points, "36")) == []


def test_a_flat_curve_is_drawn() -> None:
    made = lines(Series("loss", [(1, 0.5), (2, 0.5)], "36"))
    assert sum(bool(DOTS.search(line)) for line in made[:8]) == 1


# -- in the sandbox, on a terminal ----------------------------------------------------------------


def example(number: int) -> str:
    """A line to train on."""
    asked = {"role": "user", "content": f"What is {number} and one?"}
    return json.dumps({"messages": [asked, {"role": "assistant", "content": str(number + 1)}]})


@pytest.mark.slow
def test_on_a_terminal_in_the_sandbox(tmp_path: Any) -> None:
    (tmp_path / "train.jsonl").write_text("".join(f"{example(n)}\n" for n in range(10)))
    env = {"OAI_SANDBOX": "1"}
    create = ("fine-tuning", "jobs", "create", "--model", "gpt-4o-mini")
    made = oai(*create, "--training-file", "@train.jsonl", cwd=tmp_path, env=env).ok()
    screen = oai_terminal(*FOLLOW[:3], made.json["id"], env=env, columns=70, rows=60)
    assert screen.code == 0
    losses = [float(found) for found in re.findall(r"loss ([\d.]+)", screen.text)]
    assert losses[0] > 2 > 0.6 > losses[-1]
    assert len(losses) == 21
    assert "└──" in screen.text
    assert "the new model is ft:gpt-4o-mini" in screen.text
    assert "running" not in screen.text, "the status line is taken away"
