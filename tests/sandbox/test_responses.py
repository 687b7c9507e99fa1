"""Responses and conversations, through the official SDK."""

from __future__ import annotations

import json
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

_WEATHER = {
    "type": "function",
    "name": "get_weather",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    },
}


def _ask(sdk: OpenAI, text: Any, **options: Any) -> Any:
    return sdk.responses.create(model="gpt-5.5", input=text, **options)


def test_text_in_text_out(sdk: OpenAI) -> None:
    response = _ask(sdk, "Say hello", metadata={"a": "b"}, temperature=0.5, instructions="Be kind")
    assert response.output_text == "hello"
    assert response.status == "completed"
    assert response.metadata == {"a": "b"}
    assert response.temperature == 0.5
    assert response.instructions == "Be kind"
    assert response.usage.total_tokens == response.usage.input_tokens + 1


def test_events_in_their_order(sdk: OpenAI) -> None:
    events = list(_ask(sdk, "Say hello there", stream=True))
    assert [event.type.removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event.sequence_number for event in events] == list(range(10))
    assert events[6].text == events[4].delta + events[5].delta == "hello there"
    assert events[0].response.output == []
    assert sdk.responses.retrieve(events[-1].response.id) == events[-1].response


def test_the_sdks_own_stream_helper_is_content(sdk: OpenAI) -> None:
    class Answer(BaseModel):
        city: str

    with sdk.responses.stream(
        model="gpt-5.5", input="Where? In Rome", text_format=Answer
    ) as stream:
        stream.until_done()
        final = stream.get_final_response()
    assert final.output_parsed == Answer(city="Rome")


def test_conversation_by_previous_response(sdk: OpenAI) -> None:
    first = _ask(sdk, "My name is Grace.")
    second = _ask(sdk, "Hello again.", previous_response_id=first.id)
    third = _ask(sdk, "What is my name?", previous_response_id=second.id)
    assert third.output_text == "Your name is Grace."
    assert third.previous_response_id == second.id
    with pytest.raises(openai.BadRequestError) as caught:
        _ask(sdk, "Hi", previous_response_id="resp_nothing")
    assert caught.value.code == "previous_response_not_found"


def test_unstored_responses_are_gone(sdk: OpenAI) -> None:
    gone = _ask(sdk, "Say hi", store=False)
    assert gone.store is False
    with pytest.raises(openai.NotFoundError):
        sdk.responses.retrieve(gone.id)


def test_input_items_and_deletion(sdk: OpenAI) -> None:
    given = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}]
    kept = _ask(sdk, [*given, {"role": "user", "content": "Three"}])
    items = list(sdk.responses.input_items.list(kept.id, order="asc", limit=2))
    assert [item.content[0].text for item in items] == ["One", "Two", "Three"]
    sdk.responses.delete(kept.id)
    with pytest.raises(openai.NotFoundError):
        sdk.responses.retrieve(kept.id)
    with pytest.raises(openai.NotFoundError):
        sdk.responses.delete(kept.id)


def test_conversations_remember(sdk: OpenAI) -> None:
    told: Any = [{"type": "message", "role": "user", "content": "Call me Linus"}]
    conversation = sdk.conversations.create(items=told, metadata={"kind": "test"})
    answer = _ask(sdk, "Who am I?", conversation=conversation.id)
    assert answer.output_text == "Your name is Linus."
    assert answer.conversation.id == conversation.id
    items = list(sdk.conversations.items.list(conversation.id, order="asc"))
    assert [item.role for item in items] == ["user", "user", "assistant"]
    assert sdk.conversations.items.retrieve(items[0].id, conversation_id=conversation.id)
    left = sdk.conversations.items.delete(items[0].id, conversation_id=conversation.id)
    assert left.id == conversation.id
    assert len(list(sdk.conversations.items.list(conversation.id))) == 2
    assert sdk.conversations.delete(conversation.id).deleted
    with pytest.raises(openai.NotFoundError):
        _ask(sdk, "Hi", conversation=conversation.id)


def test_work_in_the_background(sdk: OpenAI) -> None:
    started = _ask(sdk, "Say done", background=True)
    assert started.status == "queued"
    assert started.output == []
    states = [sdk.responses.retrieve(started.id) for _ in range(3)]
    assert [one.status for one in states] == ["in_progress", "completed", "completed"]
    assert states[-1].output_text == "done"


def test_background_work_can_be_cancelled(sdk: OpenAI) -> None:
    started = _ask(sdk, "Say done", background=True)
    assert sdk.responses.cancel(started.id).status == "cancelled"
    assert sdk.responses.retrieve(started.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError):
        sdk.responses.cancel(_ask(sdk, "Say hi").id)


def test_streams_are_taken_up_where_they_broke(sdk: OpenAI) -> None:
    events = []
    with _ask(sdk, "Count to 9", background=True, stream=True) as stream:
        for event in stream:
            events.append(event)
            if event.sequence_number == 8:
                break
    id = events[0].response.id
    rest = list(sdk.responses.retrieve(id, stream=True, starting_after=8))
    assert [event.sequence_number for event in rest] == list(range(9, 9 + len(rest)))
    deltas = [event.delta for event in [*events, *rest] if event.type.endswith("text.delta")]
    assert "".join(deltas) == "1, 2, 3, 4, 5, 6, 7, 8, 9"
    assert rest[-1].type == "response.completed"
    assert sdk.responses.retrieve(id).status == "completed"


def test_limits_leave_answers_incomplete(sdk: OpenAI) -> None:
    cut = _ask(sdk, "Count to 100", max_output_tokens=6)
    assert cut.status == "incomplete"
    assert cut.incomplete_details.reason == "max_output_tokens"
    assert cut.output_text == "1, 2, 3,"
    last = list(_ask(sdk, "Count to 100", max_output_tokens=6, stream=True))[-1]
    assert last.type == "response.incomplete"


def test_schemas_are_kept_to(sdk: OpenAI) -> None:
    class Person(BaseModel):
        name: str
        age: int

    parsed = sdk.responses.parse(model="gpt-5.5", input="Tell me about Ada", text_format=Person)
    assert parsed.output_parsed == Person(name="Ada", age=1)
    assert parsed.text
    assert parsed.text.format
    assert parsed.text.format.type == "json_schema"


def test_tools_are_called_and_their_results_told(sdk: OpenAI) -> None:
    asked = _ask(sdk, "get_weather in Oslo", tools=[_WEATHER])
    [call] = asked.output
    assert (call.type, call.name) == ("function_call", "get_weather")
    assert json.loads(call.arguments) == {"city": "Oslo"}
    assert asked.tools[0].name == "get_weather"
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain all day"}
    told = _ask(sdk, [result], previous_response_id=asked.id, tools=[_WEATHER])
    assert "rain all day" in told.output_text


def test_streamed_tool_calls(sdk: OpenAI) -> None:
    events = list(_ask(sdk, "get_weather in Oslo", tools=[_WEATHER], stream=True))
    deltas = [e.delta for e in events if e.type == "response.function_call_arguments.delta"]
    [done] = [e for e in events if e.type == "response.function_call_arguments.done"]
    assert "".join(deltas) == done.arguments == '{"city": "Oslo"}'


def test_refusals(sdk: OpenAI) -> None:
    [message] = _ask(sdk, "Please refuse to answer").output
    assert message.content[0].type == "refusal"
    events = [event.type for event in _ask(sdk, "Please refuse to answer", stream=True)]
    assert "response.refusal.delta" in events
    assert "response.refusal.done" in events


def test_reasoning_is_told_when_asked_for(sdk: OpenAI) -> None:
    wanted: dict[str, Any] = {"reasoning": {"effort": "low", "summary": "auto"}}
    response = _ask(sdk, "Why?", **wanted)
    assert [item.type for item in response.output] == ["reasoning", "message"]
    assert response.usage.output_tokens_details.reasoning_tokens > 0
    events = list(_ask(sdk, "Why?", stream=True, **wanted))
    deltas = [e.delta for e in events if e.type == "response.reasoning_summary_text.delta"]
    assert "".join(deltas) == response.output[0].summary[0].text


def test_built_in_tools_leave_their_items(sdk: OpenAI) -> None:
    searched = _ask(sdk, "Search for Rome", tools=[{"type": "web_search"}])
    assert [item.type for item in searched.output] == ["web_search_call", "message"]
    assert searched.output[1].content[0].annotations[0].type == "url_citation"
    drawn = _ask(sdk, "Draw a cat", tools=[{"type": "image_generation"}], stream=True)
    events = {event.type: event for event in drawn}
    partial = events["response.image_generation_call.partial_image"]
    assert partial.partial_image_b64.startswith("iVBOR")


def test_files_are_searched(sdk: OpenAI) -> None:
    file = sdk.files.create(file=("fees.txt", b"The late fee is 12 dollars."), purpose="user_data")
    store = sdk.vector_stores.create(file_ids=[file.id])
    tool = {"type": "file_search", "vector_store_ids": [store.id]}
    response = _ask(
        sdk, "How high is the late fee?", tools=[tool], include=["file_search_call.results"]
    )
    search, message = response.output
    assert search.results[0].text == "The late fee is 12 dollars."
    assert message.content[0].annotations[0].file_id == file.id


def test_tokens_are_counted_beforehand(sdk: OpenAI) -> None:
    count = sdk.responses.input_tokens.count(model="gpt-5.5", input="one two three")
    assert count.input_tokens == _ask(sdk, "one two three").usage.input_tokens


def test_compaction_keeps_what_was_said(sdk: OpenAI) -> None:
    told: Any = [{"role": "user", "content": "My name is Ada."}]
    compacted = sdk.responses.compact(model="gpt-5.5", input=told)
    sealed = [item.model_dump() for item in compacted.output if item.type == "compaction"]
    answer = _ask(sdk, [*sealed, {"role": "user", "content": "What is my name?"}])
    assert answer.output_text == "Your name is Ada."


def test_beta_responses_share_the_store(sdk: OpenAI) -> None:
    made = sdk.beta.responses.create(model="gpt-5.5", input="Say hi", betas=["x"])
    assert sdk.responses.retrieve(made.id).output_text == "hi"
    sdk.beta.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        sdk.beta.responses.retrieve(made.id)


@pytest.mark.parametrize(("body", "param"), [({"input": "Hi"}, "model"), ({"model": "m"}, "input")])
def test_what_a_response_needs(sdk: OpenAI, body: dict[str, Any], param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.responses.create(**body)
    assert caught.value.param == param
