"""Batches: the lines of a file, each a request that the sandbox answers like any other.

A batch goes one step at every look: validating, in progress, completed. The lines are worked off
at the last step, one after the other, so that a file of any size is fine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .call import Call, Object
from .files import COLLECTION as FILES
from .files import blob, record
from .ids import fresh
from .reply import Reply, as_json

_COLLECTION = "batches"
_DAY = 86400


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
    with call.store.transaction():
        batch = call.find(_COLLECTION, call.ids["batch_id"], "batch")
        status = batch["status"]
        if status == "validating":
            batch = _put(call, {**batch, **_checked(call, batch)})
        elif status == "in_progress":
            # Whoever gets here first does the work; others see it being finished meanwhile.
            batch = _put(call, {**batch, "status": "finalizing", "finalizing_at": call.now})
    if status == "in_progress":
        batch = _put(call, {**batch, **_worked(call, batch)})
    return as_json(batch)


def _put(call: Call, batch: Object) -> Object:
    return call.store.put(_COLLECTION, batch["id"], batch)


def cancel(call: Call) -> Reply:
    """Stop a batch: it says that it is stopping, and has stopped at the next look."""
    with call.store.transaction():
        batch = call.find(_COLLECTION, call.ids["batch_id"], "batch")
        if batch["status"] in ("validating", "in_progress"):
            stamps = {"cancelling_at": call.now, "cancelled_at": call.now}
            _put(call, {**batch, "status": "cancelled", **stamps})
            batch = {**batch, "status": "cancelling", "cancelling_at": call.now}
    return as_json(batch)


def _lines(call: Call, batch: Object) -> Iterator[bytes]:
    """The lines of the input, however large it is."""
    rest = b""
    for chunk in call.blobs.read(blob(batch["input_file_id"])):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())
    if rest.strip():
        yield rest


def _checked(call: Call, batch: Object) -> Object:
    problems, total = [], 0
    for number, line in enumerate(_lines(call, batch), 1):
        total += 1
        problem = _problem(line, batch)
        if problem:
            problems.append({**problem, "line": number, "param": None})
    if not total:
        problems.append({"code": "empty_file", "message": "The file has no lines.", "line": None})
    if problems:
        errors = {"object": "list", "data": problems[:50]}
        return {"status": "failed", "failed_at": call.now, "errors": errors}
    counts = {"total": total, "completed": 0, "failed": 0}
    return {"status": "in_progress", "in_progress_at": call.now, "request_counts": counts}


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


def _worked(call: Call, batch: Object) -> Object:
    """The outcome of all lines, in an output file and, if need be, one for errors."""
    good, bad = call.blobs.draft(), call.blobs.draft()
    done = failed = 0
    model = None
    with good.open("wb") as output, bad.open("wb") as errors:
        for line in _lines(call, batch):
            status, answer = _answer(call, json.loads(line))
            model = model or answer["response"]["body"].get("model")
            fine = status < 400
            (output if fine else errors).write(json.dumps(answer).encode() + b"\n")
            done, failed = done + fine, failed + (not fine)
    counts = {"total": done + failed, "completed": done, "failed": failed}
    result = {"status": "completed", "completed_at": call.now, "request_counts": counts}
    if model:
        result["model"] = model
    for draft, field, number in ((good, "output", done), (bad, "error", failed)):
        if number:
            name = f"{batch['id']}_{field}.jsonl"
            file = record(call, name, draft.stat().st_size, "batch_output")
            call.blobs.keep(draft, blob(file["id"]))
            result[f"{field}_file_id"] = file["id"]
        draft.unlink(missing_ok=True)
    return result


def _answer(call: Call, request: Any) -> tuple[int, Object]:
    headers = {"authorization": call.headers.get("authorization", "")}
    headers["api-key"] = call.headers.get("api-key", "")
    plain = {name: value for name, value in request["body"].items() if name != "stream"}
    body = [json.dumps(plain).encode()]
    reply = call.ask("POST", request["url"], headers, body)
    answer = {
        "id": fresh("batch_req_"),
        "custom_id": request["custom_id"],
        "response": {
            "status_code": reply.status,
            "request_id": dict(reply.headers)["x-request-id"],
            "body": json.loads(b"".join(reply.body)),
        },
        "error": None,
    }
    return reply.status, answer
