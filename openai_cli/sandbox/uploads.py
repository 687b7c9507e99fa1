"""Uploads in parts, put together to a file at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from .call import Call, Object
from .errors import ApiError, invalid
from .files import blob, record, required_upload
from .ids import fresh
from .reply import Reply, as_json

_COLLECTION = "uploads"
_LIFETIMES = "uploads/lifetimes"
_HOUR = 3600


def create(call: Call) -> Reply:
    """Announce a file that will come in parts."""
    body = call.body
    value = {
        "id": fresh("upload_"),
        "object": "upload",
        "bytes": body["bytes"],
        "created_at": call.now,
        "expires_at": call.now + _HOUR,
        "filename": body["filename"],
        "purpose": body["purpose"],
        "status": "pending",
    }
    if isinstance(body.get("expires_after"), dict):
        call.store.put(_LIFETIMES, value["id"], {"seconds": int(body["expires_after"]["seconds"])})
    return as_json(call.store.put(_COLLECTION, value["id"], value))


def _expiry(call: Call, id: str) -> int | None:
    """When the file of an upload that is joined now is deleted."""
    lifetime = call.store.get(_LIFETIMES, id)
    return call.now + int(lifetime["seconds"]) if lifetime else None


def _pending(call: Call) -> Object:
    found = call.find(_COLLECTION, call.ids["upload_id"], "upload")
    if found["status"] == "pending" and found["expires_at"] <= call.now:
        found = call.store.put(_COLLECTION, found["id"], {**found, "status": "expired"})
    if found["status"] != "pending":
        raise ApiError(400, f"The upload is {found['status']} and takes no more changes.")
    return found


def add_part(call: Call) -> Reply:
    """Take one part in."""
    upload = _pending(call)
    part = required_upload(call, "data")
    value = {
        "id": fresh("part_"),
        "object": "upload.part",
        "created_at": call.now,
        "upload_id": upload["id"],
    }
    call.blobs.keep(part.path, _part_blob(value["id"]))
    return as_json(call.store.put(f"{_COLLECTION}/{upload['id']}/parts", value["id"], value))


def _part_blob(id: str) -> str:
    return f"parts~{id}"


def complete(call: Call) -> Reply:
    """Join the parts in the order given, and make a file of them."""
    upload = _pending(call)
    parts = call.body["part_ids"]
    known = call.store.ids(f"{_COLLECTION}/{upload['id']}/parts")
    for id in parts:
        if id not in known:
            raise invalid("part_ids", f"The upload has no part with id '{id}'.")
    size = sum(call.blobs.size(_part_blob(id)) for id in parts)
    if size != upload["bytes"]:
        message = f"The parts hold {size} bytes; {upload['bytes']} were announced."
        raise invalid("part_ids", message)
    digest = hashlib.md5(usedforsecurity=False)
    draft = fresh("joined~")
    call.blobs.write(draft, _joined(call, parts, digest))
    try:
        if call.body.get("md5") and call.body["md5"] != digest.hexdigest():
            raise invalid("md5", "The checksum of the parts is another one.")
        with call.store.transaction():
            _pending(call)
            expires = _expiry(call, upload["id"])
            file = record(call, upload["filename"], size, upload["purpose"], expires)
            call.blobs.rename(draft, blob(file["id"]))
            done = {**upload, "status": "completed", "file": file}
            call.store.put(_COLLECTION, upload["id"], done)
    finally:
        call.blobs.delete(draft)
    _drop_parts(call, known)
    return as_json(done)


def _joined(call: Call, parts: list[str], digest: hashlib._Hash) -> Iterator[bytes]:
    for id in parts:
        for chunk in call.blobs.read(_part_blob(id)):
            digest.update(chunk)
            yield chunk


def _drop_parts(call: Call, parts: list[str]) -> None:
    for id in parts:
        call.blobs.delete(_part_blob(id))


def cancel(call: Call) -> Reply:
    """Give the upload up."""
    with call.store.transaction():
        upload = _pending(call)
        call.store.put(_COLLECTION, upload["id"], {**upload, "status": "cancelled"})
    _drop_parts(call, call.store.ids(f"{_COLLECTION}/{upload['id']}/parts"))
    return as_json({**upload, "status": "cancelled"})
