"""Certificates, which are switched on and off for the organization or a project."""

from __future__ import annotations

from .call import Call
from .errors import invalid
from .paging import envelope
from .places import require_parents
from .reply import Reply, as_json

_CERTIFICATES = "organization/certificates"


def activate(call: Call) -> Reply:
    """Switch certificates on."""
    return _switch(call, True)


def deactivate(call: Call) -> Reply:
    """Switch certificates off."""
    return _switch(call, False)


def _switch(call: Call, active: bool) -> Reply:
    require_parents(call)
    project = call.ids.get("project_id")
    collection = _CERTIFICATES
    if project:
        collection = f"organization/projects/{project}/certificates"
    done = []
    with call.store.transaction():
        for id in call.body["certificate_ids"]:
            known = call.store.get(collection, id) or call.store.get(_CERTIFICATES, id)
            if known is None:
                raise invalid("certificate_ids", f"No certificate found with id '{id}'.")
            done.append(call.store.put(collection, id, {**known, "active": active}))
    return as_json(envelope(call, [call.fitted(one) for one in done], [], False))
