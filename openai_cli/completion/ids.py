"""Which ids belong where, from the shapes of the API's paths alone.

A collection is a path that some operation continues with a parameter: `/vector_stores/{}/files` is
one, because of `/vector_stores/{vector_store_id}/files/{file_id}`, and `file_id` is what its
members are called. So a name like `file_id`, or `output_file_id`, says which collections to look
in, the nearest to the command's own path first.
"""

from __future__ import annotations

from . import facts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

UPLOADED = "file_id"
"""What an upload is called by."""
TOO_PLAIN = ("id", "version")


def match(name: str) -> str:
    """The member name that a field's name means: `output_file_id`, `file_ids` mean `file_id`."""
    name = name[:-1] if name.endswith("_ids") else name
    known = [one for one in facts.declared()["collections"].values() if one not in TOO_PLAIN]
    if name in known:
        return name
    tails = [one for one in known if name.endswith("_" + one)]
    return max(tails, key=len, default="")


def member(collection: str) -> str:
    """What the members of a collection are called; empty where the path is no collection."""
    return str(facts.declared()["collections"].get(collection, ""))


def template(path: str) -> str:
    """A path with its parameters' names taken out, and no query."""
    parts = path.partition("?")[0].split("/")
    return "/".join("{}" if part.startswith("{") else part for part in parts)


def placeholders(path: str) -> list[str]:
    """The names of a path's parameters, in order."""
    parts = path.partition("?")[0].split("/")
    return [part[1:-1] for part in parts if part.startswith("{")]


def before(path: str, name: str) -> str:
    """The part of a path in front of its parameter `name`."""
    return path.partition("{" + name + "}")[0].rstrip("/")


def named(name: str, path: str) -> list[str]:
    """The collections whose members are called so, the nearest to `path` first."""
    wanted = match(name)
    found = [one for one, member in facts.declared()["collections"].items() if member == wanted]
    here = template(path).split("/")

    def distance(collection: str) -> tuple[int, int, int]:
        shared = 0
        for ours, theirs in zip(here, collection.split("/"), strict=False):
            if ours != theirs:
                break
            shared += 1
        return collection.count("{}"), -shared, len(collection)

    return sorted(found, key=distance)


def scope(path: str, given: Mapping[str, str]) -> str:
    """What a path's parameters are set to, as one text: it tells members of one parent apart."""
    return "/".join(given.get(name, "") for name in placeholders(path))
