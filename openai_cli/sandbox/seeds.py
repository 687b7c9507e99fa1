"""What has always been there: models, an organization, and members of lists nobody can create.

Seeds are put in when a collection is first looked at, with ids that are the same every time, and
can be changed and deleted like anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .ids import prefix, steady
from .places import operations

if TYPE_CHECKING:
    from .call import Call, Object

EPOCH = 1735689600  # the first second of 2025
_NUMBER = 3
# Collections that fill up by what other operations do.
_FILLED_ELSEWHERE = {
    "agents/sessions/{}/items",
    "agents/sessions/{}/turns",
    "agents/sessions/{}/turns/{}/items",
    "chat/completions/{}/messages",
    "evals/{}/runs/{}/output_items",
    "fine_tuning/jobs/{}/checkpoints",
    "fine_tuning/jobs/{}/events",
    "organization/projects/{}/certificates",
    "responses/{}/input_items",
    "threads/{}/runs/{}/steps",
    "vector_stores/{}/file_batches/{}/files",
}
_GPT, _AUDIO = ("gpt-5.5", "gpt-5.5-mini", "gpt-4o"), ("whisper-1", "gpt-4o-transcribe")
MODELS = (
    *_GPT,
    *_AUDIO,
    *("gpt-4o-mini-tts", "tts-1", "gpt-image-1", "omni-moderation-latest", "sora-2"),
    *("text-embedding-3-small", "text-embedding-3-large", "gpt-realtime"),
    "ft:gpt-4o:sandbox::tuned",
)
_PEOPLE = (("Ada Sandbox", "owner"), ("Grace Sandbox", "reader"), ("Linus Sandbox", "reader"))


def ensure(call: Call, template: str, collection: str) -> None:
    """Put the seeds of a collection in, if this is the first look at it."""
    maker = _SPECIAL.get(template)
    if maker is None:
        if template in _FILLED_ELSEWHERE or "POST" in operations(call, template):
            return
        maker = _plain
    if call.store.first_visit(collection):
        with call.store.transaction():
            for value in maker(call, template, collection):
                call.store.put(collection, value["id"], value)


def _plain(call: Call, template: str, collection: str) -> list[Object]:
    """A few objects of the shape that the collection's members have."""
    from ..catalog import load
    from .shapes import fit

    methods = {**operations(call, template), **operations(call, f"{template}/{{}}")}
    name = next(methods[method] for method in ("GET", "POST", "DELETE") if method in methods)
    shape = load.operation(name).response.shape
    found = []
    for number in range(_NUMBER):
        id = steady(prefix(template), collection, number)
        known = {"name": f"Sample {number + 1}", "title": f"Sample {number + 1}", **call.ids}
        value = fit(shape, {**known, "id": id}, EPOCH + number) if shape else {}
        found.append({**value, "id": id, "created_at": EPOCH + number})
    return found


def _models(call: Call, template: str, collection: str) -> list[Object]:
    same = {"object": "model", "created": EPOCH}
    return [
        {"id": name, **same, "owned_by": "sandbox" if name.startswith("ft:") else "system"}
        for name in MODELS
    ]


def _users(call: Call, template: str, collection: str) -> list[Object]:
    return [
        {
            "id": steady("user-", name),
            "object": "organization.user",
            "name": name,
            "email": f"{name.split()[0].lower()}@example.com",
            "role": role,
            "added_at": EPOCH,
        }
        for name, role in _PEOPLE
    ]


def _members(call: Call, template: str, collection: str) -> list[Object]:
    first = _users(call, template, collection)[0]
    return [{**first, "object": "organization.project.user"}]


def _projects(call: Call, template: str, collection: str) -> list[Object]:
    return [
        {
            "id": steady("proj_", "default"),
            "object": "organization.project",
            "name": "Default project",
            "created_at": EPOCH,
            "status": "active",
        }
    ]


def _rate_limits(call: Call, template: str, collection: str) -> list[Object]:
    limits = {"max_requests_per_1_minute": 10000, "max_tokens_per_1_minute": 2000000}
    return [
        {"id": f"rl-{model}", "object": "project.rate_limit", "model": model, **limits}
        for model in _GPT
    ]


def _calls(call: Call, template: str, collection: str) -> list[Object]:
    """A call that is ringing, so that it can be taken up or turned down."""
    return [{"id": steady(prefix(template), "ringing"), "status": "ringing"}]


_SPECIAL: dict[str, Any] = {
    "models": _models,
    "organization/users": _users,
    "organization/projects": _projects,
    "organization/projects/{}/users": _members,
    "organization/projects/{}/rate_limits": _rate_limits,
    "realtime/calls": _calls,
    "live/sessions": _calls,
}
