"""What a training run measures: a loss that falls, a little unevenly, the same for the same job."""

from __future__ import annotations

import math
from collections.abc import Iterator
from zlib import crc32

from .call import Object

STEPS = 100
STRIDE = 25
"""Steps that one look at a job carries its training on."""
_EVERY = 5
_SAVED = (50, 100)


def metrics(job: Object, step: int) -> Object:
    """The measurements at a step; those of the validation file where the job has one."""
    found = {
        "step": step,
        "total_steps": STEPS,
        "train_loss": _loss(job, step, "train", 0.35),
        "train_mean_token_accuracy": _accuracy(job, step, "train"),
    }
    if job.get("validation_file"):
        found["valid_loss"] = _loss(job, step, "valid", 0.55)
        found["valid_mean_token_accuracy"] = _accuracy(job, step, "valid")
    if job.get("validation_file") and step in _SAVED:
        found["full_valid_loss"] = _loss(job, step, "full", 0.5)
    return found


def told(job: Object, since: int, until: int) -> Iterator[Object]:
    """The measurements a job tells of after one step, up to another."""
    for step in range(since + 1, until + 1):
        if step % _EVERY == 0 or step == 1:
            yield metrics(job, step)


def saved(since: int, until: int) -> list[int]:
    """The steps between two at which a checkpoint is kept."""
    return [step for step in _SAVED if since < step <= until]


def _loss(job: Object, step: int, what: str, floor: float) -> float:
    ideal = floor + 2.1 * math.exp(-step / 28)
    return round(ideal * (1 + 0.08 * _noise(job, step, what)), 4)


def _accuracy(job: Object, step: int, what: str) -> float:
    ideal = 0.95 - 0.6 * math.exp(-step / 28)
    return round(ideal * (1 + 0.02 * _noise(job, step, what)), 4)


def _noise(job: Object, step: int, what: str) -> float:
    """A number from -1 to 1 that looks like chance."""
    return crc32(f"{job['seed']}/{what}/{step}".encode()) / 0x7FFFFFFF - 1
