"""`oai files create`: one file as the operation has it; several; large ones in parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer._click.core import Context

from ...core import results
from ...core.errors import UsageError
from ...core.request import FileValue
from ...engine import extra, gather
from ...engine import run as running
from ..several_files import SeveralFilesCommand
from .options import EXTRAS, Sending

if TYPE_CHECKING:
    from ...core.context import App

FILE = "file"


class CreateCommand(SeveralFilesCommand):
    """The command of the operation that uploads."""

    instead = "`oai vector-stores upload ID FOLDER` takes whole folders"

    def extra_parameters(self) -> list[Any]:
        """What sending adds."""
        return list(extra.options(EXTRAS))

    def run(self, app: App, ctx: Context) -> results.Result:
        """Send one file, or all of them."""
        from .several import Several

        params = self.own_parameters
        sending = Sending(extra.Given(EXTRAS, ctx.params))
        given, files, many = self.files(ctx)
        if not many:
            return self._one(app, gather.gather(app, self.operation, params, given), sending)

        def without(call: gather.Call) -> None:
            if call.has(FILE) or ctx.params.get("special_filename"):
                flag = "--file" if call.has(FILE) else "--filename"
                raise UsageError(f"{flag} goes with one file, not with several")
            call.values[FILE] = FileValue(files[0], Path(files[0]).name)

        call = gather.gather(app, self.operation, params, given, without)
        return Several(app, call, files, sending).run()

    def _one(self, app: App, call: gather.Call, sending: Sending) -> results.Result:
        from . import single

        file = call.get(FILE)
        if isinstance(file, FileValue) and single.in_parts(file, sending):
            return single.send(app, call, file, sending)
        return running.run(app, call)
