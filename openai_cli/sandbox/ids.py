"""Ids with the prefixes the API uses."""

from __future__ import annotations

import os

# By collection, with `{}` for parents' ids; what is not listed gets its singular name.
_PREFIXES = {
    "agents/environments": "env_",
    "agents/environments/templates": "envtmpl_",
    "agents/sessions": "sess_",
    "assistants": "asst_",
    "audio/voice_consents": "cons_",
    "audio/voices": "voice_",
    "batches": "batch_",
    "chat/completions": "chatcmpl-",
    "chatkit/sessions": "cksess_",
    "chatkit/threads": "cthr_",
    "chatkit/threads/{}/items": "cthi_",
    "containers": "cntr_",
    "containers/{}/files": "cfile_",
    "conversations": "conv_",
    "conversations/{}/items": "msg_",
    "evals/{}/runs": "evalrun_",
    "evals/{}/runs/{}/output_items": "outputitem_",
    "files": "file-",
    "fine_tuning/checkpoints/{}/permissions": "cp_",
    "fine_tuning/jobs": "ftjob-",
    "fine_tuning/jobs/{}/checkpoints": "ftckpt_",
    "fine_tuning/jobs/{}/events": "ftevent-",
    "live/sessions": "live_",
    "organization/admin_api_keys": "key_",
    "organization/certificates": "cert_",
    "organization/external_keys": "extkey_",
    "organization/projects": "proj_",
    "organization/projects/{}/api_keys": "key_",
    "organization/projects/{}/rate_limits": "rl-",
    "organization/projects/{}/service_accounts": "svc_acct_",
    "organization/projects/{}/service_accounts/{}/api_keys": "key_",
    "organization/users": "user-",
    "projects/{}/roles": "role_",
    "realtime/calls": "rtc_",
    "responses": "resp_",
    "safety/alerts": "alert_",
    "safety/cases": "case_",
    "threads": "thread_",
    "threads/{}/messages": "msg_",
    "threads/{}/runs": "run_",
    "threads/{}/runs/{}/steps": "step_",
    "uploads": "upload_",
    "uploads/{}/parts": "part_",
    "vector_stores": "vs_",
    "vector_stores/{}/file_batches": "vsfb_",
    "videos/characters": "char_",
    "webhook_endpoints": "we_",
}


def prefix(collection: str) -> str:
    """The prefix of the ids of a collection, given with `{}` for parents' ids."""
    if collection in _PREFIXES:
        return _PREFIXES[collection]
    name = collection.rpartition("/")[2]
    return (name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")) + "_"


def fresh(prefix: str) -> str:
    """A new id."""
    return prefix + os.urandom(12).hex()


def steady(prefix: str, *parts: object) -> str:
    """An id that is the same every time for the same parts."""
    import hashlib

    text = "/".join(map(str, parts))
    return prefix + hashlib.sha256(text.encode()).hexdigest()[:24]
