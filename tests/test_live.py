"""Stream events become text and one final object."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core import live
from openai_cli.core.errors import Exit, NetworkError, OutcomeError

from .support.api import chat, chunk, completion, response, response_events

TEXT = st.text(st.characters(codec="utf-8"), max_size=5)


def fed(family: str, events: list[Any]) -> tuple[Any, str]:
    """A reader that took these events, and the text it gave."""
    reader = live.reader(family)
    assert reader is not None
    text = "".join(reader.feed(e[1] if isinstance(e, tuple) else e) for e in events)
    return reader, text


@given(st.lists(TEXT))
def test_choices_join_to_the_whole_object(texts: list[str]) -> None:
    reader, shown = fed("choices", chat(*texts))
    whole = completion("".join(texts))
    assert shown == "".join(texts)
    assert reader.final() == whole
    assert reader.text(whole) == "".join(texts)
    assert reader.rest() == ""
    assert reader.problem() is None


@given(st.data())
def test_several_choices_may_come_in_any_order(data: st.DataObject) -> None:
    texts = [data.draw(st.lists(TEXT, min_size=1, max_size=3)) for _ in range(3)]
    queues = [
        [chunk(t, index=at) for t in each] + [chunk(finish="stop", index=at)]
        for at, each in enumerate(texts)
    ]
    events = []
    while any(queues):
        queue = data.draw(st.sampled_from([queue for queue in queues if queue]))
        events.append(queue.pop(0))
    reader, shown = fed("choices", events)
    final = reader.final()
    assert shown == "".join(texts[0])
    assert [c["index"] for c in final["choices"]] == [0, 1, 2]
    assert [c["message"]["content"] for c in final["choices"]] == ["".join(t) for t in texts]
    assert shown + reader.rest() == reader.text(final)


def test_tool_calls_grow_by_their_index() -> None:
    def call(index: int, arguments: str, **rest: Any) -> dict[str, Any]:
        function = {"arguments": arguments, **rest.pop("function", {})}
        return {"index": index, "function": function, **rest}

    first = call(0, "", id="call_a", type="function", function={"name": "f"})
    second = call(1, "", id="call_b", type="function", function={"name": "g"})
    steps = [[first], [call(0, '{"x"')], [second, call(0, ":1}")], [call(1, "{}")]]
    events = [chunk(role="assistant"), *(chunk(tool_calls=step) for step in steps)]
    reader, shown = fed("choices", [*events, chunk(finish="tool_calls")])
    (choice,) = reader.final()["choices"]
    assert shown == ""
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"] == [
        {"id": "call_a", "type": "function", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "call_b", "type": "function", "function": {"name": "g", "arguments": "{}"}},
    ]


def test_usage_of_the_last_chunk_is_kept() -> None:
    usage = {"total_tokens": 3}
    tail = {**chunk(), "choices": [], "usage": usage}
    reader, _ = fed("choices", [*({**c, "usage": None} for c in chat("a")), tail])
    assert reader.final()["usage"] == usage


def test_plain_completions() -> None:
    def piece(text: str, finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "text": text, "finish_reason": finish, "logprobs": None}
        return {"id": "cmpl-1", "object": "text_completion", "choices": [choice]}

    reader, shown = fed("choices", [piece("a"), piece("b"), piece("", "length")])
    assert shown == "ab"
    assert reader.final()["choices"] == [
        {"index": 0, "text": "ab", "finish_reason": "length", "logprobs": None}
    ]
    assert reader.final()["object"] == "text_completion"


def test_logprobs_are_joined() -> None:
    def piece(token: str) -> dict[str, Any]:
        made = chunk(token)
        made["choices"][0]["logprobs"] = {"content": [{"token": token}], "refusal": None}
        return made

    reader, _ = fed("choices", [piece("a"), piece("b"), chunk(finish="stop")])
    logprobs = reader.final()["choices"][0]["logprobs"]
    assert [entry["token"] for entry in logprobs["content"]] == ["a", "b"]


def test_what_no_one_knows_yet_is_kept() -> None:
    reader, _ = fed("choices", [chunk("a", mood="glad"), {**chunk(finish="stop"), "new": 1}])
    final = reader.final()
    assert final["choices"][0]["message"]["mood"] == "glad"
    assert final["new"] == 1


def test_choices_that_break_off() -> None:
    reader, shown = fed("choices", chat("a", "b")[:-1])
    assert shown == "ab"
    assert isinstance(reader.problem(), NetworkError)
    assert reader.final()["choices"][0]["message"]["content"] == "ab"


def test_a_stream_without_any_event_is_a_problem() -> None:
    for family in sorted(set(live.FAMILIES) - {"session_events"}):
        reader, _ = fed(family, [])
        assert isinstance(reader.problem(), NetworkError), family


def test_a_refusal_is_text_and_an_outcome() -> None:
    events = [chunk(role="assistant"), chunk(refusal="I "), chunk(refusal="won't.")]
    reader, shown = fed("choices", [*events, chunk(finish="stop")])
    problem = reader.problem()
    assert shown == "I won't."
    assert isinstance(problem, OutcomeError) and problem.exit == Exit.OUTCOME


@given(st.lists(TEXT, min_size=1))
def test_response_events(texts: list[str]) -> None:
    reader, shown = fed("response_events", response_events(texts))
    assert shown == "".join(texts)
    assert reader.final() == response("".join(texts))
    assert reader.problem() is None


def test_parts_of_a_response_are_kept_apart() -> None:
    part = {"type": "response.content_part.added"}
    deltas = [{"type": "response.output_text.delta", "delta": text} for text in "ab"]
    _, shown = fed("response_events", [part, deltas[0], part, deltas[1]])
    assert shown == "a\n\nb"
    _, shown = fed("response_events", [part, part, deltas[0], deltas[1]])
    assert shown == "ab", "a part without text of its own leaves no gap"


def test_a_response_that_failed() -> None:
    events = response_events(["a"], status="failed", error={"message": "no room"})
    reader, shown = fed("response_events", events)
    assert shown == "a"
    assert "no room" in str(reader.problem())
    assert isinstance(reader.problem(), OutcomeError)


def test_a_response_that_breaks_off_keeps_its_text() -> None:
    reader, shown = fed("response_events", response_events(["a", "b"])[:-1])
    assert shown == "ab"
    assert isinstance(reader.problem(), NetworkError)


def test_a_refused_response() -> None:
    refusal = {"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}
    done = {"type": "response.completed", "response": response("", output=[refusal])}
    reader, shown = fed(
        "response_events", [{"type": "response.refusal.delta", "delta": "No."}, done]
    )
    assert shown == "No."
    assert isinstance(reader.problem(), OutcomeError)
    assert reader.text(done["response"]) == "No."


def test_event_types_from_tomorrow_are_no_trouble() -> None:
    events = response_events(["a"])
    events.insert(3, ("response.dream.delta", {"type": "response.dream.delta", "delta": "zzz"}))
    assert fed("response_events", events)[1] == "a"


def test_transcripts() -> None:
    deltas = [{"type": "transcript.text.delta", "delta": text} for text in ("Hi", " you")]
    done = {"type": "transcript.text.done", "text": "Hi you"}
    reader, shown = fed("transcript_events", [*deltas, done])
    assert (shown, reader.final(), reader.problem()) == ("Hi you", done, None)
    assert isinstance(fed("transcript_events", deltas)[0].problem(), NetworkError)


def test_threads() -> None:
    def said(text: str) -> dict[str, Any]:
        content = [{"index": 0, "type": "text", "text": {"value": text}}]
        return {"event": "thread.message.delta", "data": {"delta": {"content": content}}}

    run = {"id": "run_1", "status": "completed"}
    events = [said("a"), said("b"), {"event": "thread.run.completed", "data": run}]
    reader, shown = fed("thread_events", events)
    assert (shown, reader.final(), reader.problem()) == ("ab", run, None)
    assert isinstance(fed("thread_events", events[:2])[0].problem(), NetworkError)


def test_a_thread_run_that_failed_is_an_outcome() -> None:
    run = {"id": "run_1", "status": "failed", "last_error": {"message": "too long"}}
    reader, _ = fed("thread_events", [{"event": "thread.run.failed", "data": run}])
    assert isinstance(reader.problem(), OutcomeError)


DOCUMENT = st.recursive(
    st.none() | st.integers() | TEXT, lambda v: st.lists(v) | st.dictionaries(TEXT, v)
)


@given(DOCUMENT)
def test_documents_of_any_shape_have_text_or_none(document: Any) -> None:
    for family in live.FAMILIES:
        reader = live.reader(family)
        assert reader is not None
        assert isinstance(reader.text(document), str | None)
    live.refusal(document)


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, [], {}, "text", 1, [None], [1], [{}], {"role": 1}, {"tool_calls": [{}, 1]}, [[]]]
)


@given(ODD, ODD, ODD)
def test_odd_chunks_never_crash(choices: Any, delta: Any, response: Any) -> None:
    for event in ({"choices": choices}, {"choices": [{"index": 0, "delta": delta}]}):
        reader, shown = fed("choices", [event])
        assert isinstance(shown, str)
        json.dumps(reader.final())
        reader.problem()
    for event in ({"type": "response.completed", "response": response}, {"response": response}):
        reader, _ = fed("response_events", [event])
        reader.problem()
        reader.text(reader.final())


def test_reading_an_event_leaves_it_as_it_is() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "f", "arguments": "{"}}
    first = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    more = {"index": 0, "function": {"arguments": "}"}}
    second = {"choices": [{"index": 0, "delta": {"tool_calls": [more]}}]}
    readers = [live.reader("choices"), live.reader("choices")]
    for event in (first, second):
        for reader in readers:
            assert reader is not None
            reader.feed(event)
    for reader in readers:
        assert reader is not None
        message = reader.final()["choices"][0]["message"]
        assert message["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}
