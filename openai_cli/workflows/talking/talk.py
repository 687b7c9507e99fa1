"""`oai realtime talk`: a spoken conversation."""

from __future__ import annotations

from pathlib import Path

import typer

from ...core import results
from ...core.context import App
from ...core.errors import UsageError
from ...engine.workflow import WorkflowCommand
from . import settings

app = typer.Typer()

MOST = 10


@app.command("talk", cls=WorkflowCommand)
def talk(
    ctx: typer.Context,
    model: str = typer.Option(
        "", "--model", "-m", metavar="MODEL", help="Realtime model to talk with."
    ),
    voice: str = typer.Option("", "--voice", metavar="VOICE", help="Voice of the answers."),
    instructions: str = typer.Option(
        "", "--instructions", "-s", metavar="TEXT", help="How the model should behave."
    ),
    vad: str = typer.Option(
        "server",
        "--vad",
        metavar="server|semantic|none",
        help="Who finds out that you have finished: the server by silence, or by meaning; or you.",
    ),
    push_to_talk: bool = typer.Option(
        False, "--push-to-talk", help="Space or Enter begins a turn, and ends it."
    ),
    text: bool = typer.Option(
        False, "--text", help="Type instead of speaking; in a pipe, a line is a turn."
    ),
    silent: bool = typer.Option(False, "--silent", help="Have the answers in writing only."),
    half_duplex: bool = typer.Option(
        False,
        "--half-duplex",
        help="Close the microphone while an answer plays: for loudspeakers without headphones.",
    ),
    device: str = typer.Option(
        "", "--device", metavar="DEVICE", help="Microphone, as `oai audio devices` names it."
    ),
    output_device: str = typer.Option(
        "", "--output-device", metavar="DEVICE", help="Loudspeaker, named likewise."
    ),
    tool: list[str] = typer.Option(
        [],
        "--tool",
        metavar="FILE.py|MODULE:FUNCTION",
        help="Offer Python functions to the model; may be repeated.",
    ),
    tool_cmd: list[str] = typer.Option(
        [],
        "--tool-cmd",
        metavar="'NAME: COMMAND {arg}'|FILE.toml",
        help="Offer a shell command, or a program described in a file; may be repeated.",
    ),
    approve: str = typer.Option(
        "",
        "--approve",
        metavar="ask|always|never",
        help="Whether a tool may run: without it, ask on a terminal, never elsewhere.",
    ),
    max_turns: int = typer.Option(
        MOST, "--max-turns", metavar="N", help="Rounds of tool calls in a row, at most."
    ),
    record: str = typer.Option(
        "", "--record", metavar="FILE", help="Keep both sides as a WAV file: you left."
    ),
    input_: str = typer.Option(
        "", "--input", metavar="FILE|-", help="Speak a recording instead of the microphone."
    ),
    rate: int = typer.Option(
        0, "--rate", metavar="HZ", help="The recording holds nothing but samples at this rate."
    ),
    fast: bool = typer.Option(
        False, "--fast", help="Send the recording at once, as one turn, not in its own time."
    ),
    play: bool = typer.Option(
        False, "--play", help="Play the answers although a recording or a pipe speaks."
    ),
    output_audio: str = typer.Option(
        "", "--output-audio", metavar="FILE|-", help="Save the answers as a WAV file."
    ),
    transcribe_with: str = typer.Option(
        settings.TALK_WRITER,
        "--transcribe-with",
        metavar="MODEL",
        help="Model that writes down what you say; `none` for nobody.",
    ),
    language: list[str] = typer.Option(
        [], "--language", metavar="CODE", help="Language that you speak; may be repeated."
    ),
    set_: list[str] = typer.Option(
        [],
        "--set",
        metavar="PATH=VALUE",
        help="Set any other field of the session, such as reasoning.effort=low; may be repeated.",
    ),
) -> results.Result:
    """Talk with a model. Speak, and it answers aloud; speak again while it does, and it stops to
    listen. Both sides are written on the screen. Ctrl-C ends the conversation.

    oai realtime talk
    oai realtime talk --voice marin -s 'You are a patient teacher of Italian.'
    oai realtime talk --push-to-talk --record lesson.wav
    oai realtime talk --tool weather.py --half-duplex
    oai realtime talk --input question.wav --output-audio answer.wav
    printf 'Hello\\nCount to 3\\n' | oai realtime talk --text
    """
    from ..chat import tools
    from . import talk_run

    context: App = ctx.obj
    settings.check_named(ctx, "input_", "--input")
    given = (bool(input_), text, push_to_talk)
    _check(given, fast=fast, rate=rate, record=record)
    if max_turns < 1:
        raise UsageError("--max-turns wants 1 or more")
    _check_answers(silent, play, output_audio)
    session = settings.conversation(
        turns=settings.detection("none" if push_to_talk or fast else vad),
        written=None if transcribe_with == "none" else settings.writer(transcribe_with, language),
        voice=voice,
        instructions=instructions,
        silent=silent,
    )
    session = settings.changed(session, set_, context.inputs)
    held = not input_ and not text and (push_to_talk or vad == "none")
    if held and not context.console.stdin_tty:
        raise UsageError("turns begun with a key need a terminal", "leave --push-to-talk out")
    wishes = talk_run.Wishes(
        model=model or settings.usual_model(settings.TALK),
        session=session,
        held=held,
        text=text,
        silent=silent,
        half_duplex=half_duplex,
        device=device,
        output_device=output_device,
        input=input_,
        rate=rate,
        fast=fast,
        play=play,
        save=output_audio,
        record=record,
        tools=tools.load(tool, tool_cmd, Path.cwd()),
        approve=approve,
        most=max_turns,
    )
    return talk_run.result(context, wishes)


def _check(given: tuple[bool, bool, bool], *, fast: bool, rate: int, record: str) -> None:
    """Raise UsageError for options that cannot stand together."""
    if sum(given) > 1:
        raise UsageError("--input, --text and --push-to-talk are three ways to speak: choose one")
    if (fast or rate) and not given[0]:
        raise UsageError("--fast and --rate are about the recording of --input")
    if fast and record:
        raise UsageError("--record keeps the time of a conversation, which --fast leaves out")


def _check_answers(silent: bool, play: bool, saved: str) -> None:
    if silent and (play or saved):
        raise UsageError("--silent leaves no sound to play or to save")
