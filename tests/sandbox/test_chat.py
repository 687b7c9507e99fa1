"""Chat completions and legacy completions, through the official SDK."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from openai import OpenAI
from pydantic import BaseModel

from openai_cli.sandbox.app import Sandbox

from .conftest import Direct

_WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "unit": {"enum": ["celsius", "fahrenheit"]},
                "days": {"type": "integer", "minimum": 1},
            },
            "required": ["city", "unit", "days"],
        },
    },
}


def _say(sdk: OpenAI, *prompts: str, **options: Any) -> Any:
    """The first choice of an answer; prompts alternate between user and assistant."""
    roles = ("user", "assistant")
    messages = [{"role": roles[n % 2], "content": text} for n, text in enumerate(prompts)]
    answer = sdk.chat.completions.create(model="gpt-5.5", messages=messages, **options)
    return answer.choices[0]


@pytest.mark.parametrize(
    ("prompts", "answer"),
    [
        (["Say hello, world!"], "hello, world!"),
        (['Repeat "A  B" '], "A B"),
        (["What is 21 + 21?"], "21 + 21 = 42."),
        (["Count to 5"], "1, 2, 3, 4, 5"),
        (["My name is Ada.", "Hello!", "What is my name?"], "Your name is Ada."),
        (["What is my name?"], "You have not told me your name yet."),
        (["The sky is green.", "No.", "What did I say?"], 'You said: "The sky is green."'),
    ],
)
def test_simple_requests_are_understood(sdk: OpenAI, prompts: list[str], answer: str) -> None:
    choice = _say(sdk, *prompts)
    assert choice.message.content == answer
    assert choice.finish_reason == "stop"


def test_anything_else_is_mentioned_and_answered_alike(sdk: OpenAI) -> None:
    text = _say(sdk, "Why do cats purr?").message.content
    assert "Why do cats purr?" in text
    assert _say(sdk, "Why do cats purr?").message.content == text
    assert len(_say(sdk, "Write 250 words").message.content.split()) == 250


def test_json_is_spoken_when_asked(sdk: OpenAI) -> None:
    assert json.loads(_say(sdk, "Answer in JSON: why?").message.content)["ok"] is True
    plain = _say(sdk, "Why?", response_format={"type": "json_object"})
    assert "Why?" in json.loads(plain.message.content)["answer"]


@pytest.mark.parametrize(
    ("prompt", "language"),
    [("Write a short test for this", "python"), ("Please write me a shell command", "sh")],
)
def test_code_is_fenced(sdk: OpenAI, prompt: str, language: str) -> None:
    text = _say(sdk, prompt).message.content or ""
    assert f"\n```{language}\n" in text
    assert text.endswith("\n```\n")


def test_limits_and_stops(sdk: OpenAI) -> None:
    cut = _say(sdk, "Count to 100", max_completion_tokens=6)
    assert cut.finish_reason == "length"
    assert cut.message.content == "1, 2, 3,"
    assert _say(sdk, "Count to 100", max_tokens=6).message.content == "1, 2, 3,"
    stopped = _say(sdk, "Count to 100", stop=[" 7", ", 5"])
    assert stopped.message.content == "1, 2, 3, 4"
    assert stopped.finish_reason == "stop"
    assert _say(sdk, "Say one two", stop=" two").message.content == "one"


def test_several_choices(sdk: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Hello"}]
    answer = sdk.chat.completions.create(model="gpt-5.5", messages=messages, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) == 3


def test_usage_adds_up(sdk: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Say one two three"}]
    usage = sdk.chat.completions.create(model="gpt-5.5", messages=messages).usage
    assert usage
    assert usage.completion_tokens == 3
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens


def test_parts_of_a_message_are_read_and_counted(sdk: OpenAI) -> None:
    parts = [
        {"type": "text", "text": "Look at these"},
        {"type": "image_url", "image_url": {"url": "https://x.invalid/1.png"}},
        {"type": "image_url", "image_url": {"url": "https://x.invalid/2.png"}},
    ]
    messages: Any = [{"role": "user", "content": parts}]
    answer = sdk.chat.completions.create(model="gpt-5.5", messages=messages)
    assert "Look at these (with 2 images)" in str(answer.choices[0].message.content)


def test_stream_tells_the_same_as_the_answer(sdk: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "Say a few words"}]
    wanted: dict[str, Any] = {"model": "gpt-5.5", "messages": messages}
    chunks = list(
        sdk.chat.completions.create(**wanted, stream=True, stream_options={"include_usage": True})
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    whole = sdk.chat.completions.create(**wanted)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].choices == []
    assert chunks[-1].usage == whole.usage
    assert len({chunk.id for chunk in chunks}) == 1
    unasked = list(sdk.chat.completions.create(**wanted, stream=True))
    assert all(chunk.usage is None and chunk.choices for chunk in unasked)


def test_schemas_are_kept_to(sdk: OpenAI) -> None:
    class Step(BaseModel):
        explanation: str
        weight: float

    class Plan(BaseModel):
        title: str
        steps: list[Step]
        urgent: bool | None

    messages: Any = [{"role": "user", "content": "Plan a trip to Rome"}]
    wanted: dict[str, Any] = {"model": "gpt-5.5", "messages": messages, "response_format": Plan}
    parsed = sdk.chat.completions.parse(**wanted).choices[0].message.parsed
    assert parsed
    assert parsed.title == "Rome"
    assert parsed.steps
    with sdk.chat.completions.stream(**wanted) as stream:
        stream.until_done()
        assert stream.get_final_completion().choices[0].message.parsed == parsed


def test_tools_are_called_and_their_results_told(sdk: OpenAI) -> None:
    choice = _say(sdk, "Please get_weather in Paris", tools=[_WEATHER])
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls
    arguments = json.loads(call.function.arguments)
    assert arguments == {"city": "Paris", "unit": "celsius", "days": 1}
    messages: Any = [
        {"role": "user", "content": "Please get_weather in Paris"},
        choice.message,
        {"role": "tool", "tool_call_id": call.id, "content": "sunny, 21 degrees"},
    ]
    answer = sdk.chat.completions.create(model="gpt-5.5", messages=messages, tools=[_WEATHER])
    assert "sunny, 21 degrees" in str(answer.choices[0].message.content)


def test_tool_choice_is_obeyed(sdk: OpenAI) -> None:
    def called(**options: Any) -> bool:
        return bool(_say(sdk, "Hello", tools=[_WEATHER], **options).message.tool_calls)

    assert not called()
    assert called(tool_choice="required")
    assert called(tool_choice={"type": "function", "function": {"name": "get_weather"}})
    asked = _say(sdk, "get weather", tools=[_WEATHER], tool_choice="none")
    assert not asked.message.tool_calls


def test_streamed_tool_calls_come_in_pieces(sdk: OpenAI) -> None:
    with sdk.chat.completions.stream(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "Please get_weather in Paris"}],
        tools=[_WEATHER],
    ) as stream:
        events = [event.type for event in stream]
        final = stream.get_final_completion().choices[0]
    assert events.count("tool_calls.function.arguments.delta") > 3
    [call] = final.message.tool_calls or []
    assert json.loads(call.function.arguments)["city"] == "Paris"
    assert final.finish_reason == "tool_calls"


def test_custom_tools_and_old_functions(api: Direct) -> None:
    asked = {"model": "gpt-5.5", "messages": [{"role": "user", "content": 'run_sql "SELECT 1"'}]}
    tool = {"type": "custom", "custom": {"name": "run_sql"}}
    message = api.json("POST", "/v1/chat/completions", {**asked, "tools": [tool]})["choices"][0]
    assert message["message"]["tool_calls"][0]["custom"] == {"name": "run_sql", "input": "SELECT 1"}
    old = {**asked, "functions": [{"name": "run_sql", "parameters": {"type": "object"}}]}
    choice = api.json("POST", "/v1/chat/completions", old)["choices"][0]
    assert choice["finish_reason"] == "function_call"
    assert choice["message"]["function_call"]["name"] == "run_sql"


def test_refusals(sdk: OpenAI) -> None:
    message = _say(sdk, "Please refuse to answer this").message
    assert message.content is None
    assert message.refusal


def test_logprobs_cover_the_answer(sdk: OpenAI) -> None:
    choice = _say(sdk, "Say one two", logprobs=True, top_logprobs=1)
    assert "".join(one.token for one in choice.logprobs.content) == choice.message.content


def test_spoken_answers_have_sound(sdk: OpenAI) -> None:
    audio = {"voice": "alloy", "format": "wav"}
    message = _say(sdk, "Say hi", modalities=["text", "audio"], audio=audio).message
    assert message.audio.transcript == "hi"
    assert message.audio.data.startswith("UklGR")


def test_only_stored_completions_are_found_again(sdk: OpenAI) -> None:
    messages: Any = [{"role": "user", "content": [{"type": "text", "text": "Keep this"}]}]
    wanted: dict[str, Any] = {"model": "gpt-5.5", "messages": messages}
    kept = sdk.chat.completions.create(**wanted, store=True, metadata={"a": "b"})
    lost = sdk.chat.completions.create(**wanted)
    ids = [one.id for one in sdk.chat.completions.list(limit=100)]
    assert kept.id in ids
    assert lost.id not in ids
    again = sdk.chat.completions.retrieve(kept.id)
    assert again.choices == kept.choices
    assert again.metadata == {"a": "b"}
    assert [m.content for m in sdk.chat.completions.messages.list(kept.id)] == ["Keep this"]
    changed = sdk.chat.completions.update(kept.id, metadata={"c": "d"})
    assert changed.metadata == {"c": "d"}
    assert sdk.chat.completions.delete(kept.id).deleted


def test_streams_keep_their_pace() -> None:
    with Sandbox(None, delay=0.02) as sandbox:
        asked = {"model": "m", "messages": [{"role": "user", "content": "Count to 5"}]}
        body = [json.dumps({**asked, "stream": True}).encode()]
        reply = sandbox.handle("POST", "/v1/chat/completions", {"api-key": "k"}, body)
        arrivals = [time.monotonic() for _ in reply.body]
    gaps = [later - early for early, later in pairwise(arrivals)]
    assert len(gaps) > 8
    assert min(gaps) >= 0.02


def test_legacy_completions(sdk: OpenAI) -> None:
    wanted: dict[str, Any] = {"model": "gpt-3.5-turbo-instruct", "prompt": ["Say one", "Say two"]}
    answer = sdk.completions.create(**wanted)
    assert [choice.text for choice in answer.choices] == ["one", "two"]
    cut = sdk.completions.create(**{**wanted, "prompt": "Count to 99"})
    assert cut.choices[0].finish_reason == "length"
    echoed = sdk.completions.create(**{**wanted, "prompt": "Say one"}, echo=True, logprobs=1)
    assert echoed.choices[0].text == "Say oneone"
    assert echoed.choices[0].logprobs
    chunks = list(sdk.completions.create(**wanted, stream=True))
    assert "".join(chunk.choices[0].text for chunk in chunks) == "onetwo"
