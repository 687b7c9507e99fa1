"""Runs of an assistant on a thread: streamed, or a step further at every look."""

from __future__ import annotations

from collections.abc import Iterator

from . import sse, tokens
from .call import Call, Object
from .errors import ApiError, invalid
from .ids import fresh
from .llm import Ask, Said, Tool, Turn, respond
from .places import require_parents
from .reply import Reply, as_json
from .shapes import fit
from .threads import new_message, new_thread, turns

_RUN, _STEP, _THREAD = {"ref": "beta:Run"}, {"ref": "beta:RunStep"}, {"ref": "beta:Thread"}
_MESSAGE = {"ref": "beta:BetaThreadsMessage"}
_WAITING = ("queued", "in_progress")
_TEN_MINUTES = 600
Event = tuple[str, Object]


def create(call: Call) -> Reply:
    """Run an assistant on a thread."""
    require_parents(call)
    thread = call.ids["thread_id"]
    for message in call.body.get("additional_messages") or ():
        new_message(call, thread, message)
    return _begin(call, thread, [])


def create_with_thread(call: Call) -> Reply:
    """Make a thread and run an assistant on it."""
    thread = new_thread(call, call.body.get("thread") or {})
    return _begin(call, thread["id"], [("thread.created", fit(_THREAD, thread, call.now))])


def _begin(call: Call, thread: str, events: list[Event]) -> Reply:
    body = call.body
    assistant = call.find("assistants", body["assistant_id"], "assistant", "assistant_id")
    told = body.get("instructions") or assistant.get("instructions") or ""
    more = body.get("additional_instructions")
    given = {name: value for name, value in body.items() if value is not None}
    run = {
        "model": assistant["model"],
        "tools": assistant.get("tools") or [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "response_format": "auto",
        "truncation_strategy": {"type": "auto"},
        **given,
        "id": fresh("run_"),
        "object": "thread.run",
        "created_at": call.now,
        "expires_at": call.now + _TEN_MINUTES,
        "thread_id": thread,
        "instructions": f"{told}\n{more}" if more else told,
        "status": "queued",
        "metadata": body.get("metadata") or {},
        "outputs": [],
    }
    _put(call, run)
    if not call.streams():
        return as_json(_shown(call, run))
    queued = [("thread.run.created", _shown(call, run)), ("thread.run.queued", _shown(call, run))]
    return call.events(sse.named(iter([*events, *queued, *_work(call, run)])))


def _put(call: Call, run: Object) -> Object:
    return call.store.put(f"threads/{run['thread_id']}/runs", run["id"], run)


def _shown(call: Call, run: Object) -> Object:
    shown: Object = fit(_RUN, run, call.now)
    return shown


def _run(call: Call) -> Object:
    require_parents(call)
    return call.find(f"threads/{call.ids['thread_id']}/runs", call.ids["run_id"], "run")


def retrieve(call: Call) -> Reply:
    """A run, one step further."""
    with call.store.transaction():
        run = _run(call)
        if run["status"] == "queued":
            run = _put(call, {**run, "status": "in_progress", "started_at": call.now})
        elif run["status"] == "in_progress":
            for _ in _work(call, run):
                pass
            run = _run(call)
    return as_json(_shown(call, run))


def cancel(call: Call) -> Reply:
    """Stop a run: it says that it is stopping, and has stopped at the next look."""
    with call.store.transaction():
        run = _run(call)
        if run["status"] not in (*_WAITING, "requires_action"):
            raise ApiError(400, f"The run has already ended: it is {run['status']}.")
        gone = {"status": "cancelled", "cancelled_at": call.now, "required_action": None}
        _put(call, {**run, **gone})
    return as_json(_shown(call, {**run, "status": "cancelling"}))


def submit(call: Call) -> Reply:
    """Hand over what the tools gave."""
    with call.store.transaction():
        run = _run(call)
        if run["status"] != "requires_action":
            raise ApiError(400, f"The run waits for no tool outputs: it is {run['status']}.")
        wanted = {one["id"] for one in _wanted(run)}
        given = call.body["tool_outputs"]
        lacking = wanted - {one.get("tool_call_id") for one in given}
        if lacking:
            message = f"There is no output for the tool call '{min(lacking)}'."
            raise invalid("tool_outputs", message)
        outputs = [one.get("output") or "" for one in given]
        run |= {"status": "queued", "required_action": None, "outputs": outputs}
        _put(call, run)
    if not call.streams():
        return as_json(_shown(call, run))
    queued = ("thread.run.queued", _shown(call, run))
    return call.events(sse.named(iter([queued, *_work(call, run)])))


def _wanted(run: Object) -> list[Object]:
    found: list[Object] = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    return found


def _work(call: Call, run: Object) -> Iterator[Event]:
    """Do what is left of a run, telling all that happens."""
    run = _put(call, {**run, "status": "in_progress", "started_at": call.now})
    yield "thread.run.in_progress", _shown(call, run)
    known = turns(call, run["thread_id"])
    known += [Turn("tool", output) for output in run["outputs"]]
    ask = Ask(turns=known, tools=_tools(run), limit=run.get("max_completion_tokens"))
    said = respond(ask)
    run["usage"] = _usage(ask, said)
    if said.calls:
        yield from _asking(call, run, said)
    else:
        yield from _telling(call, run, said)


def _tools(run: Object) -> list[Tool]:
    functions = (tool["function"] for tool in run["tools"] if tool.get("type") == "function")
    return [Tool(function["name"], function.get("parameters")) for function in functions]


def _usage(ask: Ask, said: Said) -> Object:
    asked = sum(tokens.count(turn.text) for turn in ask.turns)
    spent = said.size
    return {"prompt_tokens": asked, "completion_tokens": spent, "total_tokens": asked + spent}


def _step(call: Call, run: Object, details: Object) -> Object:
    step = {
        "id": fresh("step_"),
        "object": "thread.run.step",
        "created_at": call.now,
        "assistant_id": run["assistant_id"],
        "run_id": run["id"],
        "thread_id": run["thread_id"],
        "status": "in_progress",
        "type": details["type"],
        "step_details": details,
    }
    return _put_step(call, step)


def _put_step(call: Call, step: Object) -> Object:
    place = f"threads/{step['thread_id']}/runs/{step['run_id']}/steps"
    shown: Object = fit(_STEP, call.store.put(place, step["id"], step), call.now)
    return shown


def _asking(call: Call, run: Object, said: Said) -> Iterator[Event]:
    wanted = [
        {
            "id": fresh("call_"),
            "type": "function",
            "function": {"name": one.name, "arguments": one.arguments, "output": None},
        }
        for one in said.calls
    ]
    step = _step(call, run, {"type": "tool_calls", "tool_calls": wanted})
    yield "thread.run.step.created", step
    yield "thread.run.step.in_progress", step
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": wanted}}
    run = _put(call, {**run, "status": "requires_action", "required_action": action})
    yield "thread.run.requires_action", _shown(call, run)


def _telling(call: Call, run: Object, said: Said) -> Iterator[Event]:
    text = said.text or said.refusal or ""
    mine = {"assistant_id": run["assistant_id"], "run_id": run["id"], "role": "assistant"}
    message = new_message(call, run["thread_id"], {**mine, "content": text})
    creation = {"message_id": message["id"]}
    step = _step(call, run, {"type": "message_creation", "message_creation": creation})
    yield "thread.run.step.created", step
    yield "thread.run.step.in_progress", step
    shown = fit(_MESSAGE, message, call.now)
    early = {**shown, "content": [], "status": "in_progress", "completed_at": None}
    yield "thread.message.created", early
    yield "thread.message.in_progress", early
    for token in tokens.split(text):
        part = {"index": 0, "type": "text", "text": {"value": token}}
        delta = {"id": message["id"], "object": "thread.message.delta"}
        yield "thread.message.delta", {**delta, "delta": {"content": [part]}}
    yield "thread.message.completed", shown
    done = {"status": "completed", "completed_at": call.now}
    yield "thread.run.step.completed", _put_step(call, {**step, **done, "usage": run["usage"]})
    if said.finish == "length":
        done = {"status": "incomplete", "incomplete_details": {"reason": "max_completion_tokens"}}
    run = _put(call, {**run, **done})
    yield f"thread.run.{run['status']}", _shown(call, run)
