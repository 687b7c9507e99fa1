"""Assistants, agents, fine-tuning, evaluations, calls: things that happen over several requests."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import OpenAI

from .conftest import Direct

_LOOKUP = {"type": "function", "function": {"name": "lookup", "parameters": {"type": "object"}}}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """The SDK calls assistants deprecated at every turn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _thread(sdk: OpenAI, text: str) -> str:
    return sdk.beta.threads.create(messages=[{"role": "user", "content": text}]).id


def _assistant(sdk: OpenAI, **options: Any) -> str:
    return sdk.beta.assistants.create(model="gpt-5.5", **options).id


def test_a_run_answers_in_its_thread(sdk: OpenAI) -> None:
    thread, assistant = _thread(sdk, "Say hello"), _assistant(sdk, instructions="Be brief")
    run = sdk.beta.threads.runs.create(thread, assistant_id=assistant)
    assert (run.status, run.instructions) == ("queued", "Be brief")
    look = sdk.beta.threads.runs.retrieve
    states = [look(run.id, thread_id=thread).status for _ in range(3)]
    assert states == ["in_progress", "completed", "completed"]
    newest, oldest = sdk.beta.threads.messages.list(thread)
    assert newest.content[0].text.value == "hello"
    assert (newest.run_id, newest.assistant_id) == (run.id, assistant)
    assert oldest.role == "user"
    [step] = sdk.beta.threads.runs.steps.list(run.id, thread_id=thread)
    assert step.step_details.message_creation.message_id == newest.id


def test_a_run_asks_for_tools(sdk: OpenAI) -> None:
    thread = _thread(sdk, "Please lookup the weather")
    assistant = _assistant(sdk, tools=[_LOOKUP])
    run = sdk.beta.threads.runs.create_and_poll(
        thread_id=thread, assistant_id=assistant, poll_interval_ms=1
    )
    assert run.status == "requires_action"
    assert run.required_action
    [call] = run.required_action.submit_tool_outputs.tool_calls
    submit = sdk.beta.threads.runs.submit_tool_outputs
    with pytest.raises(openai.BadRequestError):
        submit(run.id, thread_id=thread, tool_outputs=[])
    done = sdk.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id,
        thread_id=thread,
        tool_outputs=[{"tool_call_id": call.id, "output": "sunny"}],
        poll_interval_ms=1,
    )
    assert done.status == "completed"
    newest = next(iter(sdk.beta.threads.messages.list(thread)))
    assert "sunny" in newest.content[0].text.value


def test_streamed_runs_through_the_sdks_helper(sdk: OpenAI) -> None:
    thread = _thread(sdk, "Say one two three")
    with sdk.beta.threads.runs.stream(thread_id=thread, assistant_id=_assistant(sdk)) as stream:
        assert "".join(stream.text_deltas) == "one two three"
        assert stream.get_final_run().status == "completed"
        [message] = stream.get_final_messages()
    assert message.status == "completed"


def test_thread_and_run_at_once(sdk: OpenAI) -> None:
    events = list(
        sdk.beta.threads.create_and_run(
            assistant_id=_assistant(sdk),
            thread={"messages": [{"role": "user", "content": "Say hi"}]},
            stream=True,
        )
    )
    names = [event.event for event in events]
    assert names[:3] == ["thread.created", "thread.run.created", "thread.run.queued"]
    assert names[-1] == "thread.run.completed"


def test_runs_can_be_cancelled(sdk: OpenAI) -> None:
    thread = _thread(sdk, "Say hi")
    run = sdk.beta.threads.runs.create(thread, assistant_id=_assistant(sdk))
    cancel = sdk.beta.threads.runs.cancel
    assert cancel(run.id, thread_id=thread).status == "cancelling"
    assert sdk.beta.threads.runs.retrieve(run.id, thread_id=thread).status == "cancelled"
    with pytest.raises(openai.BadRequestError):
        cancel(run.id, thread_id=thread)


def _deltas(events: Any) -> str:
    kind = "agent.session.turn.output_text.delta"
    return "".join(event.delta for event in events if event.type == kind)


def test_sessions_of_agents(sdk: OpenAI) -> None:
    agent = sdk.beta.agents.create(model="gpt-5.5", name="Helper")
    wanted: Any = {"agent_id": agent.id, "environment": {"type": "none"}}
    session = sdk.beta.agents.sessions.create(**wanted, input="My name is Ada.")
    assert (session.status, session.agent.id) == ("idle", agent.id)
    question = {"role": "user", "content": [{"type": "input_text", "text": "What is my name?"}]}
    event: Any = {"type": "agent.session.input.message", "input": [question]}
    sdk.beta.agents.sessions.events.create(session.id, events=[event])
    with sdk.beta.agents.sessions.events.stream(session.id) as stream:
        events = list(stream)
    assert _deltas(events).endswith("Your name is Ada.")
    assert [events[0].type, events[-1].type] == ["agent.session.created", "agent.session.idle"]
    turns = list(sdk.beta.agents.sessions.turns.list(session.id))
    assert [turn.status for turn in turns] == ["completed", "completed"]
    items = list(
        sdk.beta.agents.sessions.turns.items.list(turns[0].id, session_id=session.id, order="asc")
    )
    assert [item.role for item in items] == ["user", "assistant"]


def test_the_sdks_agent_stream_collects_a_result(sdk: OpenAI) -> None:
    wanted: Any = {"agent": {"model": "gpt-5.5"}, "environment": {"type": "none"}}
    with sdk.beta.agents.sessions.create(**wanted, input="Say hello", stream=True) as stream:
        result = stream.get_final_result()
    assert "hello" in str(result)


def _file(sdk: OpenAI) -> str:
    return sdk.files.create(file=("t.jsonl", b"{}"), purpose="fine-tune").id


def test_fine_tuning_ends_with_a_model(sdk: OpenAI) -> None:
    jobs = sdk.fine_tuning.jobs
    job = jobs.create(model="gpt-4o-mini", training_file=_file(sdk), suffix="mine")
    states = [job.status, *(jobs.retrieve(job.id).status for _ in range(7))]
    running = ["running"] * 4
    assert states == ["validating_files", "queued", *running, "succeeded", "succeeded"]
    model = jobs.retrieve(job.id).fine_tuned_model
    assert str(model).startswith("ft:gpt-4o-mini:sandbox:mine:")
    assert sdk.models.retrieve(str(model)).id == model
    events = list(jobs.list_events(job.id, limit=2))
    assert "done" in events[0].message
    measured: list[Any] = [event.data for event in events[::-1] if event.type == "metrics"]
    assert [data["step"] for data in measured] == [1, *range(5, 101, 5)]
    assert measured[0]["train_loss"] > 2 > 0.6 > measured[-1]["train_loss"]
    assert len(events) == len(measured) + 4
    points = list(jobs.checkpoints.list(job.id))
    assert [point.step_number for point in points] == [50, 100]
    name = points[0].fine_tuned_model_checkpoint
    allowed = sdk.fine_tuning.checkpoints.permissions.create(name, project_ids=["proj_1"])
    listed = list(sdk.fine_tuning.checkpoints.permissions.list(name))
    assert [one.id for one in listed] == [one.id for one in allowed]


def test_fine_tuning_measures_the_validation_file(sdk: OpenAI) -> None:
    jobs = sdk.fine_tuning.jobs
    file = _file(sdk)
    job = jobs.create(model="gpt-4o-mini", training_file=file, validation_file=file)
    for _ in range(4):
        jobs.retrieve(job.id)
    [newest] = list(jobs.list_events(job.id, limit=1))[:1]
    data: Any = newest.data
    assert data["step"] == 50
    assert {"valid_loss", "full_valid_loss"} <= set(data)
    [point] = jobs.checkpoints.list(job.id)
    assert point.metrics.full_valid_loss == data["full_valid_loss"]


def test_fine_tuning_on_nothing_fails(sdk: OpenAI) -> None:
    jobs = sdk.fine_tuning.jobs
    empty = sdk.files.create(file=("t.jsonl", b""), purpose="fine-tune").id
    job = jobs.create(model="gpt-4o-mini", training_file=empty)
    ended = jobs.retrieve(job.id)
    assert ended.status == "failed"
    assert ended.error is not None
    assert ended.error.code == "invalid_training_file"
    assert [event.level for event in jobs.list_events(job.id)] == ["error", "info"]


def test_fine_tuning_waits_and_stops(sdk: OpenAI) -> None:
    jobs = sdk.fine_tuning.jobs
    job = jobs.create(model="gpt-4o-mini", training_file=_file(sdk))
    jobs.pause(job.id)
    assert {jobs.retrieve(job.id).status for _ in range(3)} == {"validating_files"}
    jobs.resume(job.id)
    assert jobs.retrieve(job.id).status == "queued"
    assert jobs.cancel(job.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError):
        jobs.cancel(job.id)
    with pytest.raises(openai.NotFoundError):
        jobs.create(model="gpt-4o-mini", training_file="file-none")


def test_evaluations_end_with_results(api: Direct) -> None:
    ids = api.sandbox.seed("evals.runs.retrieve")
    path = f"/v1/evals/{ids['eval_id']}/runs/{ids['run_id']}"
    assert [api.json("GET", path)["status"] for _ in range(2)] == ["in_progress", "completed"]
    items = api.json("GET", f"{path}/output_items")["data"]
    assert [item["status"] for item in items] == ["pass"] * 3
    assert api.json("GET", f"{path}/output_items/{items[0]['id']}") == items[0]


def test_calls_are_answered_and_ended(sdk: OpenAI) -> None:
    answer = sdk.realtime.calls.with_raw_response.create(sdp="v=0")
    assert answer.http_response.text.startswith("v=0")
    assert answer.headers["content-type"] == "application/sdp"
    id = answer.headers["location"].rpartition("/")[2]
    sdk.realtime.calls.hangup(id)
    with pytest.raises(openai.BadRequestError):
        sdk.realtime.calls.hangup(id)
    session: Any = {"type": "realtime", "model": "gpt-realtime"}
    both = sdk.realtime.calls.with_raw_response.create(sdp="v=0", session=session)
    assert both.http_response.status_code == 201


def test_live_sessions_are_opened_and_forked(sdk: OpenAI) -> None:
    transport: Any = {"type": "webrtc", "sdp": "v=0"}
    made = sdk.live.create(session={"model": "gpt-live-1"}, transport=transport)
    assert sdk.live.sessions.download_recording(made.session.id).content.startswith(b"RIFF")
    fork = sdk.live.sessions.fork(made.session.id, transport=transport)
    assert fork.session.id != made.session.id


def test_webhook_secrets(sdk: OpenAI) -> None:
    made = sdk.webhooks.create(
        url="https://x.invalid/", name="hook", event_types=["batch.completed"]
    )
    assert made.signing_secret.startswith("whsec_")
    listed = next(one for one in sdk.webhooks.list() if one.id == made.id)
    assert not hasattr(listed, "signing_secret")
    turned = sdk.webhooks.rotate_secret(made.id)
    assert turned.signing_secret not in ("", made.signing_secret)
    assert sdk.webhooks.test(made.id, event_type="batch.completed").success
    assert "batch.completed" in sdk.webhooks.event_types.list().data
