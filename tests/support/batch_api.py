"""A Batch API for the scripted server: it keeps what it is given, and counts.

api = BatchApi(server)                 every line of every batch is answered, in another order
api.ends = lambda batch: "expired"     how a batch ends; its answers are up to `api.reply`
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .server import Answer, Asked, Server, error, raw, reply

Object = dict[str, Any]
Made = tuple[int, Any] | str | None
GOING = ("validating", "in_progress")


def request(number: int, url: str = "/v1/responses", model: str = "m", **body: Any) -> Object:
    """A request of a file: `r0`, `r1` …"""
    inner = {"model": model, "input": f"Say {number}", **body}
    return {"custom_id": f"r{number}", "method": "POST", "url": url, "body": inner}


def write(path: Path, requests: Iterable[Object]) -> Path:
    """A file of requests."""
    path.write_text("".join(json.dumps(one) + "\n" for one in requests))
    return path


def read(path: Path) -> list[Object]:
    """The lines of a file of results."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def ids(path: Path) -> list[str]:
    """The `custom_id`s of a file of results, as they stand there."""
    return [line["custom_id"] for line in read(path)]


def said(one: Object) -> Object:
    """What a model answers."""
    usage = {"input_tokens": 10, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 4}}
    return {"id": "resp", "said": one["body"].get("input"), "usage": usage}


class BatchApi:
    """Files and batches. `lines` counts how often each `custom_id` was in a batch that was started;
    `most` is the largest number of batches that went on at a time.

    `ends(batch)` says how a batch ends: a status, or the problems that its file failed with;
    `reply(request, batch)` what becomes of a line: status and body, the code of an error without
    an answer, or None for neither. `refuse(body)` may answer the start of a batch instead. Each
    batch goes on for `looks` looks, one in `stuck` for ever.
    """

    def __init__(self, server: Server | None = None, looks: int = 1) -> None:
        self.files: dict[str, Object] = {}
        self.batches: list[Object] = []
        self.lines: Counter[str] = Counter()
        self.most = 0
        self.looks = looks
        self.stuck: set[str] = set()
        self.ends: Callable[[Object], str | list[Object]] = lambda batch: "completed"
        self.reply: Callable[[Object, Object], Made] = lambda one, batch: (200, said(one))
        self.refuse: Callable[[Object], Answer | None] = lambda body: None
        self._content: dict[str, bytes] = {}
        self._lock = threading.Lock()
        if server is not None:
            server.handler = self.handle

    def handle(self, asked: Asked) -> Answer:
        """The answer to a request."""
        with self._lock:
            steps = asked.path.removeprefix("/v1/").split("/")
            if steps[0] == "files":
                return self._files(asked, steps[1:])
            assert steps[0] == "batches", asked.path
            return self._batches(asked, steps[1:])

    @property
    def live(self) -> list[Object]:
        """Batches that go on."""
        return [batch for batch in self.batches if batch["status"] in GOING]

    @property
    def parts(self) -> list[list[str]]:
        """The `custom_id`s of every batch that was started."""
        return [batch["held"] for batch in self.batches]

    # -- files ------------------------------------------------------------------------------------

    def _files(self, asked: Asked, steps: list[str]) -> Answer:
        if asked.method == "POST":
            part = asked.part("file")
            assert asked.part("purpose").text == "batch"
            return reply(self._keep(part.content, str(part.filename), "batch"))
        if not steps:
            return reply({"object": "list", "data": list(self.files.values()), "has_more": False})
        assert steps[1:] == ["content"], asked.path
        return raw(self._content[steps[0]])

    def _keep(self, content: bytes, name: str, purpose: str) -> Object:
        id = f"file-{len(self.files)}"
        made = {"id": id, "object": "file", "bytes": len(content), "created_at": 1000}
        self.files[id] = {**made, "filename": name, "purpose": purpose}
        self._content[id] = content
        return self.files[id]

    def uploads(self) -> list[str]:
        """The names of the files that were sent."""
        return [file["filename"] for file in self.files.values() if file["purpose"] == "batch"]

    # -- batches ----------------------------------------------------------------------------------

    def _batches(self, asked: Asked, steps: list[str]) -> Answer:
        if asked.method == "POST":
            return self._start(asked.json)
        if not steps:
            return reply({"object": "list", "data": self.batches[::-1], "has_more": False})
        batch = next(one for one in self.batches if one["id"] == steps[0])
        self._look(batch)
        return reply(batch)

    def _start(self, body: Object) -> Answer:
        refused = self.refuse(body)
        if refused:
            return refused
        requests = [json.loads(line) for line in self._content[body["input_file_id"]].splitlines()]
        held = [one["custom_id"] for one in requests]
        batch = {"id": f"batch_{len(self.batches)}", "object": "batch", "status": "validating"}
        batch |= {**body, "created_at": 1000 + len(self.batches), "held": held, "looked": 0}
        self.batches.append(batch)
        self.lines.update(held)
        self.most = max(self.most, len(self.live))
        return reply(batch)

    def _look(self, batch: Object) -> None:
        if batch["status"] not in GOING:
            return
        batch["looked"] += 1
        batch["status"] = "in_progress"
        if batch["looked"] <= self.looks or batch["id"] in self.stuck:
            return
        end = self.ends(batch)
        if isinstance(end, list):
            batch |= {"status": "failed", "errors": {"object": "list", "data": end}}
        else:
            batch |= {"status": end, **self._answered(batch)}

    def _answered(self, batch: Object) -> Object:
        found: dict[str, list[Object]] = {"output": [], "error": []}
        rows = self._content[batch["input_file_id"]].splitlines()
        random.Random(7).shuffle(rows)
        for one in map(json.loads, rows):
            made = self.reply(one, batch)
            if made is None:
                continue
            response = error = None
            if isinstance(made, str):
                error = {"code": made, "message": f"It is {made}."}
            else:
                response = {"status_code": made[0], "request_id": "req", "body": made[1]}
            fine = response is not None and response["status_code"] < 400
            line = {"id": "x", "custom_id": one["custom_id"], "response": response, "error": error}
            found["output" if fine else "error"].append(line)
        fields: Object = {}
        for kind, lines in found.items():
            if lines:
                content = "".join(json.dumps(line) + "\n" for line in lines).encode()
                fields[f"{kind}_file_id"] = self._keep(content, f"{kind}.jsonl", "batch_output")[
                    "id"
                ]
        done, failed = len(found["output"]), len(found["error"])
        return {
            **fields,
            "request_counts": {"total": len(rows), "completed": done, "failed": failed},
        }


def queue_full() -> Answer:
    """The start of a batch is refused for want of room."""
    message = (
        "Enqueued token limit reached. Please try again once some batches have been completed."
    )
    return error(429, message, code="token_limit_exceeded", x_should_retry="false")


def body_error(code: str = "bad") -> Object:
    """The body of an answer with an error."""
    return {"error": {"message": "It failed.", "type": "t", "param": None, "code": code}}
