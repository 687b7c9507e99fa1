"""Files: kept on disk as they arrive, listed, read back."""

from __future__ import annotations

from . import ranges
from .call import Call, Object
from .errors import mistyped
from .ids import fresh
from .multipart import Upload
from .reply import Reply, as_json

COLLECTION = "files"


def create(call: Call) -> Reply:
    """Take an upload in."""
    upload = required_upload(call, "file")
    after = call.body.get("expires_after")
    expires = call.now + int(after["seconds"]) if isinstance(after, dict) else None
    value = record(call, upload.filename, upload.size, call.body["purpose"], expires)
    call.blobs.keep(upload.path, blob(value["id"]))
    return as_json(value)


def required_upload(call: Call, name: str) -> Upload:
    """The file of that name, which has to be one and not just a text."""
    found = call.upload(name)
    if found is None:
        raise mistyped(name, "a file", "a text")
    return found


def record(
    call: Call, filename: str, size: int, purpose: str, expires: int | None = None
) -> Object:
    """A new file in the store, its content still to be put under `blob(id)`."""
    id = fresh("file-")
    value = {
        "id": id,
        "object": "file",
        "bytes": size,
        "created_at": call.now,
        "expires_at": expires,
        "filename": filename,
        "purpose": purpose,
        "status": "processed",
        "status_details": None,
    }
    return call.store.put(COLLECTION, id, value)


def blob(id: str) -> str:
    """The name under which the content of a file is kept."""
    return f"{COLLECTION}~{id}"


def content(call: Call) -> Reply:
    """What was uploaded."""
    id = call.ids["file_id"]
    call.find(COLLECTION, id, "file")
    return ranges.content(call, blob(id))
