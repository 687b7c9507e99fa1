"""`oai audio transcriptions create` and `translations create`: the operations' options, and
recordings of any length, kind and number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer._click.core import Context

from ...core.errors import UsageError
from ...core.request import FileValue
from ...engine import extra
from ..several_files import SeveralFilesCommand
from .options import EXTRAS, Hearing

if TYPE_CHECKING:
    from ...core import results
    from ...core.context import App
    from ...engine.gather import Call

FILE = "file"
CHUNKING = "chunking_strategy"


class HearCommand(SeveralFilesCommand):
    """The command of an operation that turns a recording into text."""

    instead = "name the files in it: FOLDER/*.mp3"

    def extra_parameters(self) -> list[Any]:
        """What hearing adds."""
        return list(extra.options(EXTRAS))

    def run(self, app: App, ctx: Context) -> results.Result:
        """Hear one recording, or all of them."""
        from ...engine import gather

        hearing = Hearing(extra.Given(EXTRAS, ctx.params))
        given, files, many = self.files(ctx)

        def adjust(call: Call) -> None:
            if hearing.mic or many:
                _instead(call, hearing, files, bool(ctx.params.get("special_filename")))

        call = gather.gather(app, self.operation, self.own_parameters, given, adjust)
        _fill_chunking(call)
        if many:
            from .several import Several

            return Several(app, call, files, hearing).run()
        from . import single

        return single.run(app, call, hearing)


def _instead(call: Call, hearing: Hearing, files: list[str], renamed: bool) -> None:
    """What stands for a single file. Raises UsageError where there is one as well."""
    if hearing.mic and (files or call.has(FILE)):
        raise UsageError("--mic records what is heard: no file goes with it")
    if not hearing.mic and (call.has(FILE) or renamed):
        flag = "--file" if call.has(FILE) else "--filename"
        raise UsageError(f"{flag} goes with one file, not with several")
    if hearing.mic:
        from .microphone import PLACEHOLDER

        call.values[FILE] = PLACEHOLDER
    else:
        call.values[FILE] = FileValue(files[0], Path(files[0]).name)


def _fill_chunking(call: Call) -> None:
    """A model that tells speakers apart refuses more than half a minute without this."""
    takes = call.operation.parameter(CHUNKING) is not None
    if takes and "diarize" in str(call.get("model") or "") and not call.has(CHUNKING):
        call.values[CHUNKING] = "auto"
