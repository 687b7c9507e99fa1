"""`oai audio play`: files, pipes and addresses on the loudspeaker."""

from __future__ import annotations

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand
from ..sound.capture import FASTEST

app = typer.Typer()


@app.command("play", cls=WorkflowCommand)
def play(
    ctx: typer.Context,
    files: list[str] = typer.Argument(..., metavar="FILE|-|URL", help="What to play, in turn."),
    device: str = typer.Option(
        "", "--device", metavar="DEVICE", help="Speaker, as `oai audio devices` names it."
    ),
    rate: int = typer.Option(
        0, "--rate", metavar="HZ", help="The sound is raw 16-bit samples, so many a second."
    ),
    channels: int = typer.Option(1, "--channels", metavar="N", help="Channels of raw samples."),
) -> results.Result:
    """Play files, pipes and addresses. WAV, MP3, FLAC, Ogg and Opus are known, with ffmpeg AAC, M4A
    and more; `.pcm` files are what the API makes, --rate says that it is raw samples.

    oai audio play hello.mp3
    oai audio play https://example.com/hello.ogg
    oai audio play --rate 16000 - < samples.raw
    """
    from . import playing

    context: App = ctx.obj
    if not 0 <= rate <= FASTEST or not 1 <= channels <= 32:
        raise UsageError(f"--rate wants 1 to {FASTEST} Hz, --channels 1 to 32")
    playing.run(context, files, device, playing.Raw(rate, channels))
    return results.Shown()
