"""`oai realtime transcribe`: live captions."""

from __future__ import annotations

import typer

from ...core import results
from ...core.context import App
from ...engine.workflow import WorkflowCommand
from . import heard_options, settings

app = typer.Typer()


@app.command("transcribe", cls=WorkflowCommand)
def transcribe(
    ctx: typer.Context,
    file: str = typer.Argument("", metavar="file", help="A recording, or - for a pipe."),
    mic: bool = typer.Option(False, "--mic", help="The microphone, as without FILE."),
    model: str = typer.Option(
        settings.LIVE_WRITER, "--model", "-m", metavar="MODEL", help="Model that writes down."
    ),
    language: list[str] = typer.Option(
        [], "--language", metavar="CODE", help="Language that is spoken; may be repeated."
    ),
    prompt: str = typer.Option(
        "", "--prompt", metavar="TEXT", help="What it is about, to guide the model."
    ),
    keyword: list[str] = typer.Option(
        [], "--keyword", metavar="WORD", help="A word that is likely to be said; may be repeated."
    ),
    vad: str = typer.Option(
        "none",
        "--vad",
        metavar="server|semantic|none",
        help="Who finds the pauses between utterances: the server, or (none) this program.",
    ),
    device: str = typer.Option(
        "", "--device", metavar="DEVICE", help="Microphone, as `oai audio devices` names it."
    ),
    rate: int = heard_options.RATE,
    fast: bool = heard_options.FAST,
    set_: list[str] = heard_options.CHANGES,
) -> results.Result:
    """Write down what is said while it is said: live captions. On a terminal words appear as they
    come; in a pipe each line is a finished utterance. Ctrl-C ends the microphone.

    oai realtime transcribe
    oai realtime transcribe --language de --keyword Eigenkapital > minutes.txt
    oai realtime transcribe meeting.mp3 --fast
    ffmpeg -i stream.m3u8 -f wav - | oai realtime transcribe -
    """
    from . import captions
    from .hearing import Sound

    context: App = ctx.obj
    settings.check_named(ctx, "file", "FILE")
    sound = Sound(file, device, rate, fast)
    sound.check(mic)
    session = settings.transcription(
        turns=settings.detection(vad), written=settings.writer(model, language, prompt, keyword)
    )
    return captions.result(context, sound, settings.changed(session, set_, context.inputs))
