"""Runs of evaluations, which end with results."""

from __future__ import annotations

from .call import Call, Object
from .generic import retrieve as look
from .ids import fresh
from .reply import Reply

_RESULTS = ("Paris", "London", "Rome")


def retrieve(call: Call) -> Reply:
    """A run, one step further; its output items are there when it is done."""
    reply = look(call)
    eval_id, run_id = call.ids["eval_id"], call.ids["run_id"]
    run = call.store.get(f"evals/{eval_id}/runs", run_id) or {}
    place = f"evals/{eval_id}/runs/{run_id}/output_items"
    if run.get("status") == "completed" and not call.store.ids(place):
        for number, answer in enumerate(_RESULTS):
            value = _result(call, number, answer)
            call.store.put(place, value["id"], value)
    return reply


def _result(call: Call, number: int, answer: str) -> Object:
    return {
        "id": fresh("outputitem_"),
        "object": "eval.run.output_item",
        "created_at": call.now,
        "run_id": call.ids["run_id"],
        "eval_id": call.ids["eval_id"],
        "status": "pass",
        "datasource_item_id": number,
        "datasource_item": {"input": answer, "expected": answer},
        "results": [{"name": "sandbox", "passed": True, "score": 1.0}],
    }
