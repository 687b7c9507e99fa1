"""The options that hearing adds to an operation, and how they are read."""

from __future__ import annotations

from ...core import values
from ...core.errors import UsageError
from ...engine.extra import Extra, Given
from .limits import Split

GROUP, MIC = "Recordings", "Microphone"
JOBS = 4
PAUSE = 1.5
EXTRAS = (
    Extra(
        "split",
        ("--split",),
        "auto|never|SECONDS",
        "`auto` cuts what is too long for the API at its pauses, and converts what it does not "
        "know; `never` sends a file as it is; a number cuts into pieces of so many seconds at "
        "most.",
        GROUP,
    ),
    Extra("jobs", ("--jobs",), "N", f"Hear this many files at a time; {JOBS} unless set.", GROUP),
    Extra(
        "mic",
        ("--mic",),
        "",
        "Record from the microphone until somebody has spoken and is quiet again, or until "
        "Ctrl-C; then hear that.",
        MIC,
        "flag",
    ),
    Extra("device", ("--device",), "DEVICE", "As `oai audio devices` names it.", MIC),
    Extra(
        "pause",
        ("--pause",),
        "SECONDS",
        f"How long a silence ends the recording; {PAUSE} unless set.",
        MIC,
    ),
    Extra("duration", ("--duration",), "SECONDS", "Stop recording after this long.", MIC),
    Extra("save", ("--save",), "FILE", "Keep the recording as this WAV file.", MIC),
)


class Hearing:
    """The added options of one command line. Raises UsageError for what makes no sense."""

    def __init__(self, given: Given) -> None:
        self.jobs = given.count("jobs", JOBS)
        self.split = _split(given.text("split"))
        self.mic = given.flag("mic")
        self.device = given.text("device")
        self.pause = given.number("pause", PAUSE)
        self.duration = given.number("duration", 0.0)
        self.save = given.text("save")
        if not self.pause:
            raise UsageError("--pause wants more than 0 seconds")
        for name in ("device", "pause", "duration", "save"):
            if given.text(name) and not self.mic:
                raise UsageError(f"--{name} is about recording: add --mic")


def _split(text: str) -> Split:
    if text in ("", "auto", "never"):
        return Split(never=text == "never")
    try:
        seconds = float(values.number(text))
    except ValueError:
        raise UsageError(
            f"--split wants auto, never or a number of seconds, not {text!r}"
        ) from None
    if not seconds >= 1:
        raise UsageError("--split wants pieces of 1 second or more")
    return Split(seconds)
