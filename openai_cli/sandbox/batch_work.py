"""What becomes of a batch's lines: each is a request that the sandbox answers like any other.

Metadata can ask for an end that is less happy than usual: `sandbox=expire` answers one half of the
lines and lets the time run out for the other, `sandbox=fail` lets every second line fail with
status 500, as a server in trouble would.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .call import Call, Object
from .errors import ApiError
from .files import blob, record
from .ids import fresh

ASK = "sandbox"
"""The metadata that asks for an end."""
_BEAT = 2.0
"""Seconds between two signs of life of whoever works a batch off."""
_ABANDONED = 20.0
"""Seconds without one after which somebody else takes over."""


def lines(call: Call, batch: Object) -> Iterator[bytes]:
    """The lines of the input, however large it is."""
    rest = b""
    for chunk in call.blobs.read(blob(batch["input_file_id"])):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())
    if rest.strip():
        yield rest


def asked(batch: Object) -> str:
    """The end that the metadata asks for."""
    return str((batch.get("metadata") or {}).get(ASK, ""))


def take(call: Call, id: str) -> bool:
    """Whether the work on a batch is ours now: nobody does it, or whoever did is gone."""
    place = f"batches/{id}/work"
    with call.store.transaction():
        known = call.store.get(place, "beat")
        if known and time.time() - known["at"] < _ABANDONED:
            return False
        call.store.put(place, "beat", {"at": time.time()})
    return True


def work_off(call: Call, batch: Object) -> Object:
    """Answer the lines. The fields of the batch that this leads to: its status and when it came to
    it, counts, tokens, the model, and a file each for answers and for errors that there are."""
    work = _Work(call, batch)
    work.run()
    stopped = batch["status"] == "cancelling"
    status = "cancelled" if stopped else "expired" if asked(batch) == "expire" else "completed"
    return {"status": status, f"{status}_at": int(time.time()), **work.result()}


class _Work:
    def __init__(self, call: Call, batch: Object) -> None:
        self._call = call
        self._batch = batch
        self._total = batch["request_counts"]["total"]
        self._done = self._failed = 0
        self._usage: Object = {"input": 0, "cached": 0, "output": 0, "reasoning": 0}
        self._model: str | None = None
        self._files: Object = {}
        self._beaten = time.time()
        half = batch["status"] == "cancelling" or asked(batch) == "expire"
        self._limit = (self._total + 1) // 2 if half else self._total

    def run(self) -> None:
        """Answer line by line into two files."""
        good, bad = self._call.blobs.draft(), self._call.blobs.draft()
        with good.open("wb") as output, bad.open("wb") as errors:
            for number, line in enumerate(lines(self._call, self._batch)):
                self._one(number, json.loads(line), output, errors)
                self._beat()
        self._keep(good, "output")
        self._keep(bad, "error")

    def _one(self, number: int, request: Any, output: BinaryIO, errors: BinaryIO) -> None:
        if number >= self._limit:
            if self._batch["status"] != "cancelling":
                self._failed += 1
                errors.write(_line(request, None, _expired()))
            return
        troubled = asked(self._batch) == "fail" and number % 2 == 1
        response = _trouble() if troubled else self._answer(request)
        fine = response["status_code"] < 400
        self._done, self._failed = self._done + fine, self._failed + (not fine)
        (output if fine else errors).write(_line(request, response, None))

    def _answer(self, request: Any) -> Object:
        headers = {"authorization": self._call.headers.get("authorization", "")}
        headers["api-key"] = self._call.headers.get("api-key", "")
        plain = {name: value for name, value in request["body"].items() if name != "stream"}
        body = [json.dumps(plain).encode()]
        reply = self._call.ask("POST", request["url"], headers, body)
        found = json.loads(b"".join(reply.body))
        self._model = self._model or found.get("model")
        self._count(found.get("usage") or {})
        id = dict(reply.headers)["x-request-id"]
        return {"status_code": reply.status, "request_id": id, "body": found}

    def _count(self, usage: Object) -> None:
        inner = usage.get("input_tokens_details") or usage.get("prompt_tokens_details") or {}
        outer = usage.get("output_tokens_details") or usage.get("completion_tokens_details") or {}
        self._usage["input"] += usage.get("input_tokens", usage.get("prompt_tokens", 0))
        self._usage["output"] += usage.get("output_tokens", usage.get("completion_tokens", 0))
        self._usage["cached"] += inner.get("cached_tokens", 0)
        self._usage["reasoning"] += outer.get("reasoning_tokens", 0)

    def _beat(self) -> None:
        """Now and then, say that somebody is at work, and how far."""
        now = time.time()
        if now - self._beaten >= _BEAT:
            self._beaten = now
            id = self._batch["id"]
            with self._call.store.transaction():
                self._call.store.put(f"batches/{id}/work", "beat", {"at": now})
                self._call.store.put("batches", id, {**self._batch, "request_counts": self._counts})

    @property
    def _counts(self) -> Object:
        return {"total": self._total, "completed": self._done, "failed": self._failed}

    def _keep(self, draft: Path, kind: str) -> None:
        size = draft.stat().st_size
        if size:
            file = record(self._call, f"{self._batch['id']}_{kind}.jsonl", size, "batch_output")
            self._call.blobs.keep(draft, blob(file["id"]))
            self._files[f"{kind}_file_id"] = file["id"]
        draft.unlink(missing_ok=True)

    def result(self) -> Object:
        """Counts, tokens, model and files."""
        usage = self._usage
        tokens = {
            "input_tokens": usage["input"],
            "input_tokens_details": {"cached_tokens": usage["cached"]},
            "output_tokens": usage["output"],
            "output_tokens_details": {"reasoning_tokens": usage["reasoning"]},
            "total_tokens": usage["input"] + usage["output"],
        }
        found = {"request_counts": self._counts, "usage": tokens, **self._files}
        return {**found, "model": self._model} if self._model else found


def _line(request: Any, response: Object | None, error: Object | None) -> bytes:
    answer = {
        "id": fresh("batch_req_"),
        "custom_id": request["custom_id"],
        "response": response,
        "error": error,
    }
    return json.dumps(answer).encode() + b"\n"


def _expired() -> Object:
    return {"code": "batch_expired", "message": "The time was up before this line was answered."}


def _trouble() -> Object:
    error = ApiError(500, "The sandbox was asked to let this line fail.")
    return {"status_code": 500, "request_id": fresh("req_"), "body": error.body()}
