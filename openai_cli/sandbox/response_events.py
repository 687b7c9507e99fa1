"""The events of a response that is streamed: the same sequence every time for the same response."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .call import Object
from .tokens import split

_FINAL = {"completed": "response.completed", "incomplete": "response.incomplete"}


def events(final: Object) -> Iterator[Object]:
    """Everything from `response.created` to the end, numbered from zero."""
    for number, event in enumerate(_events(final)):
        yield {**event, "sequence_number": number}


def _events(final: Object) -> Iterator[Object]:
    early = {**final, "status": "in_progress", "output": [], "usage": None}
    early = {**early, "incomplete_details": None}
    early.pop("completed_at", None)
    if final["background"]:
        queued = {**early, "status": "queued"}
        yield {"type": "response.created", "response": queued}
        yield {"type": "response.queued", "response": queued}
    else:
        yield {"type": "response.created", "response": early}
    yield {"type": "response.in_progress", "response": early}
    for index, item in enumerate(final["output"]):
        yield from _item(index, item)
    kind = _FINAL.get(final["status"], "response.failed")
    yield {"type": kind, "response": final}


def _item(index: int, item: Object) -> Iterator[Object]:
    place = {"output_index": index, "item_id": item["id"]}
    describe, unfinished = _KINDS.get(item["type"], (_nothing, {}))
    if "status" in item:
        unfinished = {**unfinished, "status": "in_progress"}
    added = {"type": "response.output_item.added", "output_index": index}
    yield {**added, "item": {**item, **unfinished}}
    for event in describe(item):
        yield {**event, **place}
    yield {"type": "response.output_item.done", "output_index": index, "item": item}


def _nothing(item: Object) -> Iterator[Object]:
    yield from ()


def _message(item: Object) -> Iterator[Object]:
    for number, part in enumerate(item["content"]):
        kind = part["type"]
        field = "text" if kind == "output_text" else "refusal"
        where = {"content_index": number}
        more: Object = {"logprobs": []} if kind == "output_text" else {}
        empty = {**part, field: ""}
        if "annotations" in part:
            empty["annotations"] = []
        yield {"type": "response.content_part.added", **where, "part": empty}
        for token in split(part[field]):
            yield {"type": f"response.{kind}.delta", **where, "delta": token, **more}
        for place, annotation in enumerate(part.get("annotations", ())):
            event = {"type": "response.output_text.annotation.added", **where}
            yield {**event, "annotation_index": place, "annotation": annotation}
        yield {"type": f"response.{kind}.done", **where, field: part[field], **more}
        yield {"type": "response.content_part.done", **where, "part": part}


def _reasoning(item: Object) -> Iterator[Object]:
    for number, part in enumerate(item["summary"]):
        where = {"summary_index": number}
        name = "response.reasoning_summary"
        yield {"type": f"{name}_part.added", **where, "part": {**part, "text": ""}}
        for token in split(part["text"]):
            yield {"type": f"{name}_text.delta", **where, "delta": token}
        yield {"type": f"{name}_text.done", **where, "text": part["text"]}
        yield {"type": f"{name}_part.done", **where, "part": part}


def _function_call(item: Object) -> Iterator[Object]:
    name = "response.function_call_arguments"
    for token in split(item["arguments"]):
        yield {"type": f"{name}.delta", "delta": token}
    yield {"type": f"{name}.done", "name": item["name"], "arguments": item["arguments"]}


def _custom_call(item: Object) -> Iterator[Object]:
    name = "response.custom_tool_call_input"
    for token in split(item["input"]):
        yield {"type": f"{name}.delta", "delta": token}
    yield {"type": f"{name}.done", "input": item["input"]}


def _search(item: Object) -> Iterator[Object]:
    for state in ("in_progress", "searching", "completed"):
        yield {"type": f"response.{item['type']}.{state}"}


def _image(item: Object) -> Iterator[Object]:
    name = "response.image_generation_call"
    yield {"type": f"{name}.in_progress"}
    yield {"type": f"{name}.generating"}
    image = {"partial_image_index": 0, "partial_image_b64": item["result"]}
    yield {"type": f"{name}.partial_image", **image}
    yield {"type": f"{name}.completed"}


Describe = Callable[[Object], Iterator[Object]]
# By type: the events between added and done, and what the item has not got when added.
_KINDS: dict[str, tuple[Describe, Object]] = {
    "message": (_message, {"content": []}),
    "reasoning": (_reasoning, {"summary": []}),
    "function_call": (_function_call, {"arguments": ""}),
    "custom_tool_call": (_custom_call, {"input": ""}),
    "web_search_call": (_search, {}),
    "file_search_call": (_search, {}),
    "image_generation_call": (_image, {"result": None}),
}
