"""`oai realtime translate`: live translation."""

from __future__ import annotations

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand
from . import heard_options, settings

app = typer.Typer()


@app.command("translate", cls=WorkflowCommand)
def translate(
    ctx: typer.Context,
    file: str = typer.Argument("", metavar="file", help="A recording, or - for a pipe."),
    to: str = typer.Option(
        "en", "--to", "-t", metavar="CODE", help="Language to translate into, such as es."
    ),
    mic: bool = typer.Option(False, "--mic", help="The microphone, as without FILE."),
    model: str = typer.Option("", "--model", "-m", metavar="MODEL", help="Model that translates."),
    original: bool = typer.Option(
        False, "--original", help="Write down what is said in its own language as well."
    ),
    transcribe_with: str = typer.Option(
        settings.SOURCE_WRITER,
        "--transcribe-with",
        metavar="MODEL",
        help="Model that does that.",
    ),
    play: bool = typer.Option(False, "--play", help="Play the translated speech."),
    output_device: str = typer.Option(
        "", "--output-device", metavar="DEVICE", help="Loudspeaker, as `oai audio devices` says."
    ),
    device: str = typer.Option("", "--device", metavar="DEVICE", help="Microphone, likewise."),
    rate: int = heard_options.RATE,
    fast: bool = heard_options.FAST,
    set_: list[str] = heard_options.CHANGES,
) -> results.Result:
    """Translate what is said while it is said. The translation is printed sentence by sentence;
    -o FILE saves it as speech, and --play lets it be heard. Ctrl-C ends the microphone.

    oai realtime translate --to es
    oai realtime translate talk.mp3 --to fr -o talk-fr.wav
    oai realtime translate --to ja --original --play
    """
    from . import interpreting
    from .hearing import Sound

    context: App = ctx.obj
    if not to:
        raise UsageError("--to is empty", "name a language, such as --to es")
    settings.check_named(ctx, "file", "FILE")
    sound = Sound(file, device, rate, fast)
    sound.check(mic)
    session = settings.translation(to, transcribe_with if original else "")
    wishes = interpreting.Wishes(
        model=model or settings.usual_model(settings.TRANSLATE),
        session=settings.changed(session, set_, context.inputs),
        play=play,
        output_device=output_device,
        save=str(context.option("output") or ""),
        both=original,
    )
    return interpreting.result(context, sound, wishes)
