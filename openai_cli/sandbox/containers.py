"""Files in containers: uploaded, or copied from the files of the organization."""

from __future__ import annotations

from .call import Call
from .errors import missing
from .files import COLLECTION as FILES
from .files import blob
from .ids import fresh
from .places import Place, require_parents
from .reply import Reply, as_json


def add_file(call: Call) -> Reply:
    """Put a file in."""
    require_parents(call)
    container = call.ids["container_id"]
    id = fresh("cfile_")
    place = Place("", f"containers/{container}/files", id, "")
    upload = call.upload("file")
    if upload:
        name, size = upload.filename, upload.size
        call.blobs.keep(upload.path, place.blob)
    elif call.body.get("file_id"):
        file = call.find(FILES, call.body["file_id"], "file", "file_id")
        name = file["filename"]
        size = call.blobs.write(place.blob, call.blobs.read(blob(file["id"])))
    else:
        raise missing("file")
    value = {
        "id": id,
        "object": "container.file",
        "created_at": call.now,
        "bytes": size,
        "container_id": container,
        "path": f"/mnt/data/{name}",
        "source": "user",
    }
    return as_json(call.store.put(place.collection, id, value))
