"""Work that takes its time: every look at an object carries it one step further."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .call import Object

SOON = ("openai-poll-after-ms", "200")
"""The header of an answer about work that a client should soon look at again."""

# By collection: the states in order, and what else each of them brings.
_COURSES: dict[str, list[Object]] = {
    "videos": [
        {"status": "queued", "progress": 0},
        {"status": "in_progress", "progress": 30},
        {"status": "in_progress", "progress": 80},
        {"status": "completed", "progress": 100, "completed_at": "now"},
    ],
    "evals/{}/runs": [
        {"status": "queued"},
        {"status": "in_progress"},
        {"status": "completed"},
    ],
    "agents/automations/{}/invocations": [{"status": "queued"}, {"status": "completed"}],
    "agents/environments": [{"status": "pending"}, {"status": "ready"}],
    "containers": [{"status": "running"}],
    "organization/external_storage": [{"status": "pending"}, {"status": "validated"}],
    "organization/invites": [{"status": "pending"}],
    "organization/projects": [{"status": "active"}],
}

# What actions lead to; the first that the object's status may be.
_VERBS: dict[str, tuple[str, ...]] = {
    "cancel": ("cancelled", "canceled"),
    "pause": ("paused",),
    "resume": ("active", "running"),
    "archive": ("archived",),
    "validate": ("validated", "valid"),
}


def start(template: str) -> Object:
    """The first state of a new object, if its kind has any."""
    return dict(_COURSES.get(template, [{}])[0])


def advance(template: str, value: Object, now: int) -> bool:
    """Carry an object one step on; False if it has come to rest."""
    course = _COURSES.get(template, [])
    here = [number for number, state in enumerate(course[:-1]) if state.items() <= value.items()]
    if not here:
        return False
    following = course[here[0] + 1]
    value.update({key: now if v == "now" else v for key, v in following.items()})
    return True


def after(verb: str, statuses: list[Any], now: int) -> Object:
    """What an action makes of an object whose status may be one of `statuses` (none: any)."""
    found = (s for s in _VERBS.get(verb, ()) if not statuses or s in statuses)
    status = next(found, None)
    if status is None:
        return {}
    return {"status": status, f"{status}_at": now}
