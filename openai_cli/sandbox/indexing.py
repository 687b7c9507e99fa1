"""Files of a vector store get ready while somebody looks: at each look the older half of those that
are still being worked on.

Some never do, with the reason in `last_error`: empty files, files whose names end like pictures,
sound, archives or programs, and those whose names contain `index-fails`.
"""

from __future__ import annotations

from .call import Call, Object
from .files import COLLECTION as FILES

_UNREADABLE = (
    *(".7z", ".avi", ".bin", ".bmp", ".bz2", ".dll", ".dylib", ".exe", ".flac", ".gif", ".gz"),
    *(".heic", ".ico", ".iso", ".jpeg", ".jpg", ".mkv", ".mov", ".mp3", ".mp4", ".ogg", ".png"),
    *(".pyc", ".so", ".tiff", ".wav", ".webm", ".webp", ".woff2", ".xz", ".zip"),
)
_ASKED = "index-fails"


def settle(call: Call, collection: str) -> None:
    """The older half of the files in progress get ready, or fail."""
    with call.store.transaction():
        going = [m for m in call.store.items(collection) if m["status"] == "in_progress"]
        for member in going[: (len(going) + 1) // 2]:
            finish(call, collection, member)


def finish(call: Call, collection: str, member: Object) -> None:
    """A file gets ready, or fails."""
    reason = _reason(call.store.get(FILES, member["id"]) or {})
    if reason:
        ended = {"status": "failed", "last_error": reason, "usage_bytes": 0}
    else:
        ended = {"status": "completed"}
    call.store.put(collection, member["id"], {**member, **ended})


def _reason(file: Object) -> Object | None:
    """Why a file cannot be searched, if it cannot."""
    name = file.get("filename", "").lower()
    if file.get("bytes") == 0:
        return {"code": "invalid_file", "message": "The file is empty."}
    if name.endswith(_UNREADABLE):
        kind = name.rpartition(".")[2]
        return {"code": "unsupported_file", "message": f"Files of the type .{kind} have no text."}
    if _ASKED in name:
        return {"code": "server_error", "message": "The sandbox was asked to fail with this file."}
    return None
