"""`oai audio record`: from the microphone into a WAV file, or on into a pipe."""

from __future__ import annotations

from typing import Any

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand
from ..sound.capture import FASTEST, RATE

app = typer.Typer()

SLOWEST = 4_000


@app.command("record", cls=WorkflowCommand)
def record(
    ctx: typer.Context,
    duration: float = typer.Option(
        0.0, "--duration", metavar="SECONDS", help="Stop after this long."
    ),
    until_silence: bool = typer.Option(
        False, "--until-silence", help="Stop when somebody has spoken and is quiet again."
    ),
    pause: float = typer.Option(
        1.5, "--pause", metavar="SECONDS", help="How long a silence ends it with --until-silence."
    ),
    device: str = typer.Option(
        "", "--device", metavar="DEVICE", help="Microphone, as `oai audio devices` names it."
    ),
    rate: int = typer.Option(RATE, "--rate", metavar="HZ", help="Samples a second."),
) -> results.Result:
    """Record from the microphone. The sound is WAV: it goes to -o FILE, into a pipe, or to a new
    file whose name is printed. Ctrl-C ends the recording and keeps it.

    oai audio record -o note.wav
    oai audio record --until-silence -o question.wav
    oai audio record --duration 10 | ffmpeg -i - note.mp3
    """
    from . import recording

    context: App = ctx.obj
    if duration < 0 or pause <= 0:
        raise UsageError("--duration and --pause want a positive number of seconds")
    if not SLOWEST <= rate <= FASTEST:
        raise UsageError(f"--rate wants {SLOWEST} to {FASTEST} Hz, not {rate}")
    ends: dict[str, Any] = {"duration": duration, "pause": pause if until_silence else 0.0}
    return recording.run(context, device, rate, recording.Ends(**ends))
