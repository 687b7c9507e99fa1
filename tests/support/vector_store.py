"""A vector store on the scripted server, with the files that were uploaded for it."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from .server import Answer, Asked, error, reply

Object = dict[str, Any]
ROOT = "/v1/vector_stores/vs_1/files"


class VectorStore:
    """`files` are the uploads by id, `members` the store's files, oldest first.

    `looks` is how many looks a file takes to get ready; `fails` says for a file's name why it does
    not. `before` may answer a request in the store's place.
    """

    def __init__(self, looks: int = 1) -> None:
        self.files: dict[str, Object] = {}
        self.members: dict[str, Object] = {}
        self.looks = looks
        self.fails: dict[str, Object] = {}
        self.before: Callable[[Asked], Answer | None] = lambda asked: None
        self.asked: list[str] = []
        self._lock = threading.Lock()
        self._count = 0
        self._seen: Counter[str] = Counter()

    def __call__(self, asked: Asked) -> Answer:
        """Answer a request."""
        with self._lock:
            self.asked.append(f"{asked.method} {asked.path.removeprefix('/v1/')}")
        if answer := self.before(asked):
            return answer
        with self._lock:
            return self._answer(asked)

    def _answer(self, asked: Asked) -> Answer:
        match asked.method, asked.path:
            case "POST", "/v1/files":
                return self._upload(asked)
            case "POST", path if path == ROOT:
                return self._attach(asked.json)
            case "GET", path if path == ROOT:
                return self._list(dict(asked.query))
        id = asked.path.rpartition("/")[2]
        if asked.path.startswith("/v1/files/"):
            return reply({"id": id, "deleted": True}) if self.files.pop(id, None) else error(404)
        if id not in self.members:
            return error(404, "No such file in the store.")
        if asked.method == "DELETE":
            del self.members[id]
            return reply({"id": id, "deleted": True})
        if asked.method == "POST":
            self.members[id]["attributes"] = asked.json["attributes"]
            return reply(self.members[id])
        return reply(self._look(id))

    def _upload(self, asked: Asked) -> Answer:
        self._count += 1
        part = asked.part("file")
        file = {"id": f"file-{self._count}", "filename": part.filename, "bytes": len(part.content)}
        self.files[str(file["id"])] = {**file, "purpose": asked.part("purpose").text}
        return reply(file)

    def _attach(self, body: Object) -> Answer:
        member = {"object": "vector_store.file", "status": "in_progress", "last_error": None}
        id = body["file_id"]
        self.members[id] = {**member, "id": id, **{k: v for k, v in body.items() if k != "file_id"}}
        return reply(self.members[id])

    def _list(self, query: dict[str, str]) -> Answer:
        found = [*self.members][::-1]
        start = found.index(query["after"]) + 1 if "after" in query else 0
        end = start + int(query.get("limit", 20))
        data = [self._look(id) for id in found[start:end]]
        return reply({"object": "list", "data": data, "has_more": end < len(found)})

    def _look(self, id: str) -> Object:
        member = self.members[id]
        if member["status"] == "in_progress":
            self._seen[id] += 1
            if self._seen[id] > self.looks:
                self._finish(id, member)
        return member

    def _finish(self, id: str, member: Object) -> None:
        reason = self.fails.get(self.files.get(id, {}).get("filename", ""))
        member["status"] = "failed" if reason else "completed"
        member["last_error"] = reason

    def has(self, key: str, content: str = "", status: str = "completed", **fields: Any) -> str:
        """Put a file in as if it had been uploaded by us; its id."""
        self._count += 1
        id = f"file-{self._count}"
        self.files[id] = {"id": id, "filename": key.rpartition("/")[2]}
        digest = hashlib.sha256(content.encode()).hexdigest()
        extra = fields.pop("attributes", {})
        attributes = {**extra, "oai_path": key, "oai_sha256": digest}
        self.members[id] = {"id": id, "status": status, "attributes": attributes, **fields}
        return id

    @property
    def held(self) -> dict[str, str]:
        """The ids of the members that are ready, by the path each has."""
        ready = (one for one in self.members.values() if one["status"] == "completed")
        return {one["attributes"]["oai_path"]: one["id"] for one in ready}
