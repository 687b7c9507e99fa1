"""`--mic`: what was said becomes a recording, which is only let go once it was heard."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.config import place
from ...core.errors import OutcomeError, UsageError
from ...core.request import FileValue
from ...core.save import take_name
from ..audio import recording
from ..sound import wav
from ..sound.capture import RATE

if TYPE_CHECKING:
    from ...core.context import App
    from ...engine.gather import Call
    from .options import Hearing

NAME = "recording.wav"
PLACEHOLDER = FileValue("(what the microphone hears)", NAME)
"""What stands for the recording until there is one."""


@contextmanager
def recorded(app: App, call: Call, hearing: Hearing) -> Iterator[FileValue]:
    """The recording, as a file. Unless it is to be saved it is gone when the block ends well; when
    it does not, it is kept, and its path told. Raises OaiError."""
    path = _saved(hearing.save) if hearing.save else _own(app)
    ends = recording.Ends(hearing.duration, hearing.pause)
    try:
        taken = recording.to_file(app, path, hearing.device, RATE, ends)
        recording.judge(taken)
    except BaseException as error:
        _leave(app, call, path, worthless=isinstance(error, OutcomeError) and not hearing.save)
        raise
    try:
        yield FileValue(str(path), NAME)
    except BaseException:
        _leave(app, call, path)
        raise
    if not hearing.save:
        path.unlink(missing_ok=True)
    elif not app.console.quiet:
        app.console.note(f"saved {path}")


def _leave(app: App, call: Call, path: Path, *, worthless: bool = False) -> None:
    """Keep what was recorded, unless there is nothing in it."""
    if worthless or not path.exists() or path.stat().st_size <= wav.HEADER:
        path.unlink(missing_ok=True)
        return
    command = shlex.join(("oai", *call.operation.command, str(path)))
    app.console.note(f"the recording is kept: {command}")


def _saved(name: str) -> Path:
    path = Path(name).expanduser()
    recording.check(path)
    return path


def _own(app: App) -> Path:
    """A place that outlives this command, whatever ends it."""
    folder = place("state", app.console.env) / "recordings"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {folder}: {error.strerror}") from None
    with suppress(OSError):
        folder.chmod(0o700)
    moment = datetime.fromtimestamp(app.console.now()).strftime("%Y-%m-%d-%H%M%S")
    numbers = ("", *(f"-{number}" for number in range(2, 100)))
    return take_name(folder / f"recording-{moment}{number}.wav" for number in numbers)
