"""Batches that end otherwise than hoped for."""

from __future__ import annotations

import json
import time
from typing import Any, Literal

import pytest
from openai import OpenAI

from openai_cli.sandbox import batch_work, batches
from openai_cli.sandbox.app import Sandbox

CHAT: Literal["/v1/chat/completions"] = "/v1/chat/completions"


def line(number: int, model: str = "gpt-5.5") -> str:
    """A request."""
    asked = {"model": model, "messages": [{"role": "user", "content": f"Say {number}"}]}
    return json.dumps({"custom_id": f"r{number}", "method": "POST", "url": CHAT, "body": asked})


def start(sdk: OpenAI, *lines: str, ask: str = "") -> Any:
    """A batch of these lines."""
    file = sdk.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
    metadata = {"sandbox": ask} if ask else None
    return sdk.batches.create(
        input_file_id=file.id, endpoint=CHAT, completion_window="24h", metadata=metadata
    )


def ended(sdk: OpenAI, id: str) -> Any:
    """The batch once it goes on no more."""
    for _ in range(5):
        found = sdk.batches.retrieve(id)
        if found.status in ("completed", "failed", "expired", "cancelled"):
            return found
    raise AssertionError(found.status)


def read(sdk: OpenAI, id: str | None) -> dict[str, Any]:
    """The lines of a result file by their ids."""
    assert id
    found = [json.loads(row) for row in sdk.files.content(id).text.splitlines()]
    return {row["custom_id"]: row for row in found}


def test_expiry_leaves_half_of_the_answers(sdk: OpenAI) -> None:
    done = ended(sdk, start(sdk, *map(line, range(5)), ask="expire").id)
    assert done.status == "expired"
    assert done.expired_at
    counts = done.request_counts
    assert (counts.total, counts.completed, counts.failed) == (5, 3, 2)
    assert sorted(read(sdk, done.output_file_id)) == ["r0", "r1", "r2"]
    lost = read(sdk, done.error_file_id)
    assert sorted(lost) == ["r3", "r4"]
    assert {row["error"]["code"] for row in lost.values()} == {"batch_expired"}
    assert {row["response"] for row in lost.values()} == {None}


def test_lines_that_fail_stand_in_the_error_file(sdk: OpenAI) -> None:
    done = ended(sdk, start(sdk, *map(line, range(4)), ask="fail").id)
    assert done.status == "completed"
    assert sorted(read(sdk, done.output_file_id)) == ["r0", "r2"]
    failed = read(sdk, done.error_file_id)
    assert sorted(failed) == ["r1", "r3"]
    assert {row["response"]["status_code"] for row in failed.values()} == {500}


def test_a_batch_may_be_completed_without_output(sdk: OpenAI) -> None:
    done = ended(sdk, start(sdk, line(1, "no-such-model"), line(2, "no-such-model")).id)
    assert (done.status, done.output_file_id) == ("completed", None)
    assert {r["response"]["status_code"] for r in read(sdk, done.error_file_id).values()} == {404}


def test_the_queue_has_room_for_one(sdk: OpenAI) -> None:
    first = start(sdk, line(1), ask="token_limit")
    assert sdk.batches.retrieve(first.id).status == "in_progress"
    second = ended(sdk, start(sdk, line(2), ask="token_limit").id)
    assert second.status == "failed"
    assert [problem.code for problem in second.errors.data] == ["token_limit_exceeded"]
    assert ended(sdk, first.id).status == "completed"
    assert ended(sdk, start(sdk, line(2), ask="token_limit").id).status == "completed"


def test_a_cancelled_batch_keeps_what_was_answered(sdk: OpenAI) -> None:
    batch = start(sdk, *map(line, range(4)))
    assert sdk.batches.retrieve(batch.id).status == "in_progress"
    assert sdk.batches.cancel(batch.id).status == "cancelling"
    done = sdk.batches.retrieve(batch.id)
    assert (done.status, done.error_file_id) == ("cancelled", None)
    assert sorted(read(sdk, done.output_file_id)) == ["r0", "r1"]
    counts = done.request_counts
    assert counts
    assert (counts.total, counts.completed) == (4, 2)


def test_tokens_are_added_up(sdk: OpenAI) -> None:
    done = ended(sdk, start(sdk, *map(line, range(3))).id)
    answers = read(sdk, done.output_file_id).values()
    used = [row["response"]["body"]["usage"] for row in answers]
    assert done.usage
    assert done.usage.input_tokens == sum(one["prompt_tokens"] for one in used) > 0
    assert done.usage.output_tokens == sum(one["completion_tokens"] for one in used) > 0
    assert done.usage.total_tokens == done.usage.input_tokens + done.usage.output_tokens


def test_too_many_lines(sdk: OpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "_MOST", 3)
    assert ended(sdk, start(sdk, *map(line, range(3))).id).status == "completed"
    done = ended(sdk, start(sdk, *map(line, range(4))).id)
    assert (done.status, done.errors.data[0].code) == ("failed", "too_many_requests")
    assert done.output_file_id is None


def test_work_that_was_dropped_is_taken_over(
    served: Any, sdk: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever works a batch off may be killed: after a while the next look does it again."""
    batch = start(sdk, line(1))
    sdk.batches.retrieve(batch.id)
    sandbox: Sandbox = served.sandbox
    store = sandbox._world.store
    store.put(f"batches/{batch.id}/work", "beat", {"at": time.time()})
    store.put("batches", batch.id, {**store.get("batches", batch.id), "status": "finalizing"})  # type: ignore[dict-item]
    assert sdk.batches.retrieve(batch.id).status == "finalizing"
    monkeypatch.setattr(batch_work, "_ABANDONED", 0.0)
    assert sdk.batches.retrieve(batch.id).status == "completed"
