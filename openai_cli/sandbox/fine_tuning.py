"""Fine-tuning jobs: a step further at every look, with events, and a model at the end.

A job whose training file is empty fails when its files are validated.
"""

from __future__ import annotations

from . import training
from .call import Call, Object
from .errors import ApiError
from .files import COLLECTION as FILES
from .ids import fresh, steady
from .paging import envelope, page, span
from .progress import SOON
from .reply import Reply, as_json

_COLLECTION = "fine_tuning/jobs"
_NEXT = {"validating_files": "queued", "queued": "running", "running": "succeeded"}
"""The states a job goes through while it is going on, each with the one after it."""
_SAID = {
    "validating_files": "The job was created.",
    "queued": "The files are valid, and the job waits for its turn.",
    "running": "Training has begun.",
    "succeeded": "Training is done, and the new model is ready.",
    "failed": "The training file has no examples.",
    "cancelled": "The job was cancelled.",
    "paused": "The job was paused.",
    "resumed": "The job was resumed.",
}


def create(call: Call) -> Reply:
    """Take a job in."""
    body = call.body
    call.find(FILES, body["training_file"], "file", "training_file")
    if body.get("validation_file"):
        call.find(FILES, body["validation_file"], "file", "validation_file")
    usual = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}
    known = {
        **body,
        "id": fresh("ftjob-"),
        "created_at": call.now,
        "organization_id": "org-sandbox",
        "result_files": [],
        "seed": body.get("seed") or 42,
        "status": "validating_files",
        "hyperparameters": {**usual, **(body.get("hyperparameters") or {})},
        "method": body.get("method") or {"type": "supervised", "supervised": {}},
        "integrations": body.get("integrations") or [],
        "trained_tokens": None,
    }
    job = {**call.fitted(known), "suffix": body.get("suffix")}
    with call.store.transaction():
        _put(call, job, "validating_files")
    return as_json(call.fitted(job))


def _put(call: Call, job: Object, said: str) -> None:
    """Keep a job, and tell what has happened to it."""
    call.store.put(_COLLECTION, job["id"], job)
    level = "error" if said == "failed" else "info"
    _tell(call, job, {"level": level, "message": _SAID[said], "type": "message", "data": None})


def _tell(call: Call, job: Object, said: Object) -> None:
    event = {
        "id": fresh("ftevent-"),
        "object": "fine_tuning.job.event",
        "created_at": call.now,
        **said,
    }
    call.store.put(f"{_COLLECTION}/{job['id']}/events", event["id"], event)


def _job(call: Call) -> Object:
    return call.find(_COLLECTION, call.ids["fine_tuning_job_id"], "fine-tuning job")


def retrieve(call: Call) -> Reply:
    """A job, one step further."""
    with call.store.transaction():
        job = _job(call)
        if job["status"] in _NEXT and not job.get("paused"):
            _advance(call, job)
    headers = [SOON] if job["status"] in _NEXT else []
    return as_json(call.fitted(job), headers=headers)


def _advance(call: Call, job: Object) -> None:
    if job["status"] == "validating_files" and not _has_examples(call, job):
        reason = {"code": "invalid_training_file", "message": _SAID["failed"]}
        job |= {"status": "failed", "finished_at": call.now}
        job["error"] = {**reason, "param": "training_file"}
        _put(call, job, "failed")
    elif job["status"] != "running":
        job["status"] = _NEXT[job["status"]]
        _put(call, job, job["status"])
    else:
        _train(call, job)


def _has_examples(call: Call, job: Object) -> bool:
    file = call.store.get(FILES, job["training_file"])
    return file is None or file["bytes"] > 0


def _train(call: Call, job: Object) -> None:
    """Some steps more; after the last one the model is there."""
    since = job.get("step", 0)
    until = job["step"] = since + training.STRIDE
    for data in training.told(job, since, until):
        message = f"Step {data['step']}/{training.STEPS}: training loss={data['train_loss']}"
        _tell(call, job, {"level": "info", "message": message, "type": "metrics", "data": data})
    for step in training.saved(since, until):
        _save(call, job, step)
    if until < training.STEPS:
        call.store.put(_COLLECTION, job["id"], job)
        return
    job |= {"status": "succeeded", "finished_at": call.now, "trained_tokens": 1000}
    job["fine_tuned_model"] = name = _model(job)
    model = {"id": name, "object": "model", "created": call.now, "owned_by": "org-sandbox"}
    call.store.put("models", name, model)
    _put(call, job, "succeeded")


def _model(job: Object) -> str:
    return f"ft:{job['model']}:sandbox:{job.get('suffix') or ''}:{job['id'][-8:]}"


def _save(call: Call, job: Object, step: int) -> None:
    """Keep the model as it is after a step."""
    point = {
        "id": steady("ftckpt_", job["id"], step),
        "object": "fine_tuning.job.checkpoint",
        "created_at": call.now,
        "fine_tuned_model_checkpoint": f"{_model(job)}:ckpt-step-{step}",
        "fine_tuning_job_id": job["id"],
        "metrics": training.metrics(job, step),
        "step_number": step,
    }
    call.store.put(f"{_COLLECTION}/{job['id']}/checkpoints", point["id"], point)


def cancel(call: Call) -> Reply:
    """Give a job up."""
    with call.store.transaction():
        job = _unfinished(call)
        job |= {"status": "cancelled", "finished_at": call.now}
        _put(call, job, "cancelled")
    return as_json(call.fitted(job))


def pause(call: Call) -> Reply:
    """Keep a job where it is."""
    return _hold(call, True)


def resume(call: Call) -> Reply:
    """Let a job go on."""
    return _hold(call, False)


def _hold(call: Call, paused: bool) -> Reply:
    with call.store.transaction():
        job = {**_unfinished(call), "paused": paused}
        _put(call, job, "paused" if paused else "resumed")
    return as_json(call.fitted(job))


def _unfinished(call: Call) -> Object:
    job = _job(call)
    if job["status"] not in _NEXT:
        raise ApiError(400, f"The job has already ended: it is {job['status']}.")
    return job


def events(call: Call) -> Reply:
    """What has happened to a job, newest first."""
    job = _job(call)
    part = span(call)
    part.descending = True
    return as_json(page(call, f"{_COLLECTION}/{job['id']}/events", part))


def permit(call: Call) -> Reply:
    """Let projects use a checkpoint."""
    checkpoint = call.ids["fine_tuned_model_checkpoint"]
    made = []
    for project in call.body["project_ids"]:
        value = {
            "id": fresh("cp_"),
            "object": "checkpoint.permission",
            "created_at": call.now,
            "project_id": project,
        }
        place = f"fine_tuning/checkpoints/{checkpoint}/permissions"
        made.append(call.store.put(place, value["id"], value))
    return as_json(envelope(call, made, [], False))
