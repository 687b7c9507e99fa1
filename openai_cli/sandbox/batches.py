"""Batches: a file of requests, worked off by looking at it.

A batch goes one step at every look: validating, in progress, completed. The lines are worked off
at the last step, one after the other, so that a file of any size is fine; `batch_work` says which
other ends can be asked for.

Metadata `sandbox=token_limit` makes the model's queue small: it has room for one batch at a time,
and a second one fails with the code `token_limit_exceeded`. So does the request that starts a batch
with the header `x-sandbox-fail: 429:token_limit_exceeded`.
"""

from __future__ import annotations

import json

from . import batch_work
from .call import Call, Object
from .files import COLLECTION as FILES
from .ids import fresh
from .reply import Reply, as_json

_COLLECTION = "batches"
_DAY = 86400
_MOST = 50_000
"""Lines that a batch may have."""
_TOLD = 50
"""Problems that a failed batch lists."""
_GOING = ("validating", "in_progress", "finalizing", "cancelling")


def create(call: Call) -> Reply:
    """Take a batch in."""
    call.find(FILES, call.body["input_file_id"], "file", "input_file_id")
    value = {
        "id": fresh("batch_"),
        "object": "batch",
        "endpoint": call.body["endpoint"],
        "errors": None,
        "input_file_id": call.body["input_file_id"],
        "completion_window": call.body["completion_window"],
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": call.now,
        "expires_at": call.now + _DAY,
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "metadata": call.body.get("metadata"),
    }
    return as_json(call.store.put(_COLLECTION, value["id"], value))


def retrieve(call: Call) -> Reply:
    """A batch, one step further."""
    ours = False
    with call.store.transaction():
        batch = call.find(_COLLECTION, call.ids["batch_id"], "batch")
        if batch["status"] == "validating":
            batch = _put(call, {**batch, **_checked(call, batch)})
        elif batch["status"] in _GOING:
            # Whoever gets here first does the work; others see it being finished meanwhile.
            ours = batch_work.take(call, batch["id"])
            if ours and batch["status"] == "in_progress":
                batch = _put(call, {**batch, "status": "finalizing", "finalizing_at": call.now})
    if ours:
        batch = _put(call, {**batch, **batch_work.work_off(call, batch)})
    return as_json(batch)


def _put(call: Call, batch: Object) -> Object:
    return call.store.put(_COLLECTION, batch["id"], batch)


def cancel(call: Call) -> Reply:
    """Stop a batch: it says that it is stopping, and has stopped at the next look. What was in
    progress leaves the answers to one half of its lines."""
    with call.store.transaction():
        batch = call.find(_COLLECTION, call.ids["batch_id"], "batch")
        if batch["status"] in ("validating", "in_progress"):
            batch = _put(call, {**batch, "status": "cancelling", "cancelling_at": call.now})
    return as_json(batch)


def _checked(call: Call, batch: Object) -> Object:
    problems, total = _problems(call, batch)
    if problems:
        errors = {"object": "list", "data": problems}
        return {"status": "failed", "failed_at": call.now, "errors": errors}
    counts = {"total": total, "completed": 0, "failed": 0}
    return {"status": "in_progress", "in_progress_at": call.now, "request_counts": counts}


def _problems(call: Call, batch: Object) -> tuple[list[Object], int]:
    """What is wrong with a batch, and how many lines it has."""
    if batch_work.asked(batch) == "token_limit" and _queued(call, batch):
        return [_failure("token_limit_exceeded", "Enqueued token limit reached.")], 0
    found: list[Object] = []
    total = 0
    for total, line in enumerate(batch_work.lines(call, batch), 1):
        if len(found) < _TOLD and (problem := _problem(line, batch)):
            found.append({**problem, "line": total, "param": None})
    if not total:
        found.append(_failure("empty_file", "The file has no lines."))
    if total > _MOST:
        message = f"The file has {total:,} lines; a batch takes {_MOST:,}."
        found.insert(0, _failure("too_many_requests", message))
    return found, total


def _failure(code: str, message: str) -> Object:
    return {"code": code, "message": message, "line": None, "param": None}


def _queued(call: Call, batch: Object) -> bool:
    """Whether another batch has passed its check and goes on."""
    others = (one for one in call.store.items(_COLLECTION) if one["id"] != batch["id"])
    return any(one["status"] in _GOING[1:] for one in others)


def _problem(line: bytes, batch: Object) -> Object | None:
    try:
        request = json.loads(line)
    except ValueError:
        return {"code": "invalid_json_line", "message": "This line is not JSON."}
    for name in ("custom_id", "method", "url", "body"):
        if not isinstance(request, dict) or name not in request:
            code = "missing_required_parameter"
            return {"code": code, "message": f"This line has no '{name}'."}
    if request["url"] != batch["endpoint"]:
        return {"code": "mismatched_url", "message": "This line names another endpoint."}
    return None
