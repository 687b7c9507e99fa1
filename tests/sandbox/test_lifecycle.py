"""What is created is listed, retrieved, changed, and gone after its deletion."""

from __future__ import annotations

from typing import Any

import pytest

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation
from openai_cli.sandbox.app import Sandbox
from openai_cli.sandbox.samples import Sampler

from .conftest import Direct


def _key(operation: Operation) -> str:
    """A path without the names of its parameters and without the aliases of its beginning."""
    path = operation.path.partition("?")[0]
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


_BY_PLACE = {(o.method, _key(o)): o for o in load.operations() if not o.name.startswith("beta.re")}
# Creations whose answer is not the object that the collection lists.
_NOT_ITSELF = {
    "beta.chatkit.sessions.create",
    "chat.completions.create",
    "containers.files.create",
    "live.create",
    "realtime.calls.create",
}
_CREATIONS = [
    o
    for (method, place), o in _BY_PLACE.items()
    if method == "POST" and ("GET", f"{place}/{{}}") in _BY_PLACE and o.name not in _NOT_ITSELF
    # What is made of files has its own tests: test_files.py, test_media.py.
    if not (o.multipart and o.multipart.when == "always")
]


def _path(operation: Operation, ids: list[str]) -> str:
    """The operation's path with ids in place, in path order."""
    left = iter(ids)
    parts = operation.path.strip("/").split("/")
    return "/v1/" + "/".join(next(left) if part.startswith("{") else part for part in parts)


@pytest.mark.parametrize("operation", _CREATIONS, ids=lambda o: o.name)
def test_life_of_an_object(api: Direct, operation: Operation) -> None:
    place = _key(operation)
    parents = list(api.sandbox.seed(operation.name).values())
    body = Sampler(api.sandbox.handle, "sk-test").arguments(operation)
    api.raw("POST", _path(operation, parents), body)
    made = _members(api, operation, parents)
    retrieve = _BY_PLACE["GET", f"{place}/{{}}"]
    for id in made:
        assert api.raw("GET", _path(retrieve, [*parents, id]))[0] == 200
    delete = _BY_PLACE.get(("DELETE", f"{place}/{{}}"))
    if delete:
        assert api.raw("DELETE", _path(delete, [*parents, made[-1]]))[0] == 200
        assert api.raw("GET", _path(retrieve, [*parents, made[-1]]))[0] == 404
        assert api.raw("DELETE", _path(delete, [*parents, made[-1]]))[0] == 404
        assert made[-1] not in _members(api, operation, parents, empty=True)


def _members(
    api: Direct, operation: Operation, parents: list[str], empty: bool = False
) -> list[str]:
    """The ids of a collection: from its list, or where it has none, of what was just made."""
    listing = _BY_PLACE.get(("GET", _key(operation)))
    if not listing:
        if empty:
            return []
        body = Sampler(api.sandbox.handle, "sk-test").arguments(operation)
        made = api.json("POST", _path(operation, parents), body)
        return [made.get("version") or made["id"]]
    data = api.json("GET", _path(listing, parents))["data"]
    assert data or empty
    names = ("version", "group_id", "id")
    return [next(one[name] for name in names if name in one) for one in data]


def test_most_collections_have_a_life() -> None:
    assert len(_CREATIONS) > 40


def test_requests_come_back_in_answers(api: Direct) -> None:
    body = {"model": "gpt-5.5", "name": "Tutor", "metadata": {"topic": "maths"}, "temperature": 0.5}
    made = api.json("POST", "/v1/assistants", body)
    assert {name: made[name] for name in body} == body
    assert made["id"].startswith("asst_")
    assert made["object"] == "assistant"
    changed = api.json("POST", f"/v1/assistants/{made['id']}", {"name": "Coach"})
    assert changed == {**made, "name": "Coach"}
    assert api.json("GET", f"/v1/assistants/{made['id']}") == changed


def test_children_belong_to_their_parents(api: Direct) -> None:
    first, second = (
        api.json("POST", "/v1/vaults", {"name": name})["id"] for name in ("first", "second")
    )
    body = {"name": "token", "auth": {"type": "static_bearer", "token": "t", "mcp_server_url": "u"}}
    made = api.json("POST", f"/v1/vaults/{first}/credentials", body)
    assert made["vault_id"] == first
    assert api.json("GET", f"/v1/vaults/{second}/credentials")["data"] == []
    assert api.error("GET", f"/v1/vaults/{second}/credentials/{made['id']}")[0] == 404
    api.json("DELETE", f"/v1/vaults/{first}")
    status, error = api.error("GET", f"/v1/vaults/{first}/credentials/{made['id']}")
    assert (status, error["param"]) == (404, "vault_id")


def test_settings_are_one_object(api: Direct) -> None:
    path = "/v1/organization/spend_limit"
    limit = {"threshold_amount": 100, "currency": "USD", "interval": "month"}
    told = api.json("POST", path, limit)
    assert {name: told[name] for name in limit} == limit
    assert api.json("GET", path) == told
    assert api.json("DELETE", path)["deleted"] is True
    assert api.json("GET", path) != told


def test_members_bring_what_is_known_of_them(api: Direct) -> None:
    user = api.json("GET", "/v1/organization/users")["data"][0]
    group = api.json("POST", "/v1/organization/groups", {"name": "Crew"})
    path = f"/v1/organization/groups/{group['id']}/users"
    joined = api.json("POST", path, {"user_id": user["id"]})
    assert joined == {
        "object": "group.user",
        "user_id": user["id"],
        "group_id": group["id"],
    }
    listed = api.json("GET", path)["data"]
    assert [(one["id"], one["email"]) for one in listed] == [(user["id"], user["email"])]
    project = api.json("POST", "/v1/organization/projects", {"name": "Sea"})["id"]
    body = {"group_id": group["id"], "role": "member"}
    assert api.json("POST", f"/v1/organization/projects/{project}/groups", body)["group_name"]


def test_actions_change_the_state(api: Direct) -> None:
    project = api.json("POST", "/v1/organization/projects", {"name": "Old"})["id"]
    archived = api.json("POST", f"/v1/organization/projects/{project}/archive")
    assert archived["status"] == "archived"
    assert archived["archived_at"]
    assert api.json("GET", f"/v1/organization/projects/{project}") == archived
    ids = api.sandbox.seed("beta.agents.automations.pause")
    path = f"/v1/agents/automations/{ids['automation_id']}"
    assert api.json("POST", f"{path}/pause")["status"] == "paused"
    assert api.json("GET", path)["status"] == "paused"
    assert api.json("POST", f"{path}/resume")["status"] == "active"


def test_certificates_are_switched_on_and_off(api: Direct) -> None:
    certificate = api.json("POST", "/v1/organization/certificates", {"certificate": "PEM"})["id"]
    body = {"certificate_ids": [certificate]}
    for verb, active in (("activate", True), ("deactivate", False)):
        told = api.json("POST", f"/v1/organization/certificates/{verb}", body)
        assert [one["active"] for one in told["data"]] == [active]
        listed = api.json("GET", "/v1/organization/certificates")["data"]
        assert [one["active"] for one in listed] == [active]


def test_seeds_are_always_there_until_deleted(api: Direct, state: Any) -> None:
    users = [one["id"] for one in api.json("GET", "/v1/organization/users")["data"]]
    with Sandbox(state) as sandbox:
        other = Direct(sandbox)
        assert [one["id"] for one in other.json("GET", "/v1/organization/users")["data"]] == users
        other.json("DELETE", f"/v1/organization/users/{users[0]}")
    with Sandbox(state) as sandbox:
        left = [one["id"] for one in Direct(sandbox).json("GET", "/v1/organization/users")["data"]]
        assert left == users[1:]


def test_only_tuned_models_can_be_deleted(api: Direct) -> None:
    assert api.error("DELETE", "/v1/models/gpt-5.5")[0] == 403
    tuned = next(m["id"] for m in api.json("GET", "/v1/models")["data"] if m["id"][:3] == "ft:")
    assert api.json("DELETE", f"/v1/models/{tuned}")["deleted"] is True
    assert api.error("GET", f"/v1/models/{tuned}")[1]["code"] == "model_not_found"
