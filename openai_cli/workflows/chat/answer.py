"""One question, its answer as a result: live, whole, as code, or as checked JSON."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ...core import results
from ...core.errors import OaiError, OutcomeError
from ...core.live import refusal
from ...engine.gather import Call
from .apis import Api, text_of
from .approval import Approval
from .code_blocks import code_blocks
from .extras import Given
from .outputs import Outputs
from .recorder import Recorder
from .structured import value_of
from .turn_reader import TurnReader
from .turns import DEFAULT_TURNS, Turns

if TYPE_CHECKING:
    from ...core.context import App


class Answer:
    """The answer to one call."""

    def __init__(
        self,
        app: App,
        api: Api,
        call: Call,
        tools: list[Any],
        schema: Any,
        given: Given,
        recorder: Recorder,
    ) -> None:
        self._app = app
        self._api = api
        self._schema = schema
        self._given = given
        approval = Approval(app, given.text("approve"))
        most = given.count("max_turns", DEFAULT_TURNS)
        self._turns = Turns(app, api, call, tools, approval, most)
        self._turns.earlier = recorder.earlier
        self._turns.approves = bool(given.list("mcp"))
        self._turns.outputs = self._outputs(call)
        self._call = call
        self._recorder = recorder

    def _outputs(self, call: Call) -> Outputs | None:
        """Who saves pictures and sounds: nobody where the answer's JSON, which has them, is what
        was asked for."""
        name = self._app.option("output") or ""
        folder = Path(name).expanduser() if name and name != "-" else Path()
        if name and folder.is_dir():
            del self._app.options["output"]
        elif self._app.settings.format not in ("auto", "text") or self._app.option("jq"):
            return None
        else:
            folder = folder.parent
        audio = call.get("audio")
        made = Outputs(folder, str(audio.get("format") or "") if isinstance(audio, dict) else "")
        if audio or self._given.flag("image_generation"):
            made.check()
        return made

    def live(self, style: str) -> results.Result:
        """Events as they arrive."""
        self._call.values["stream"] = True
        if self._given.flag("usage") and self._api.name == "chat":
            options = self._call.get("stream_options") or {}
            self._call.values["stream_options"] = {"include_usage": True, **options}
        if style not in ("auto", "text"):
            self._turns.tell = self._tell
        return results.Events(
            self._recorder.over(self._turns),
            self._api.family,
            reader=TurnReader(
                self._api.family,
                self._misfit,
                self._tell_usage,
                people=self._app.console.stderr_tty,
            ),
            markdown=self._schema is None and not self._given.flag("no_markdown"),
        )

    def whole(self) -> results.Result:
        """The complete answer; with a schema the value it holds."""
        if self._call.get("stream"):
            self._call.values["stream"] = False
        self._turns.tell = self._tell
        try:
            document = self._turns.run()
        finally:
            self._recorder.keep(self._turns)
        self._tell_usage()
        return self.of(document)

    def of(self, document: Any) -> results.Result:
        """What is shown of a complete answer."""
        if self._schema is not None:
            return self._checked(document)
        if self._given.flag("code"):
            return self._code(document)
        return results.Document(document, self._api.family)

    def _tell(self, line: str) -> None:
        if line and not self._app.console.quiet:
            self._app.console.note(line)

    # -- structured output ----------------------------------------------------------------------

    def _misfit(self, document: Any) -> OaiError | None:
        """Why the answer does not fit the schema, if one was given."""
        if self._schema is None:
            return None
        return value_of(self._api, self._schema, document)[1]

    def _checked(self, document: Any) -> results.Result:
        value, error = value_of(self._api, self._schema, document)
        if error:
            self._keep(text_of(self._api, document), error)
        if self._given.text("schema_multi"):
            return results.Rows(value["items"])
        return results.Document(value)

    def _keep(self, text: str, error: OaiError) -> NoReturn:
        """Write what came, as it came, before the error is raised: it was paid for."""
        from ...render.sink import open_sink

        with open_sink(self._app) as sink:
            sink.text(text if text.endswith("\n") or not text else text + "\n")
            raise error

    # -- code -----------------------------------------------------------------------------------

    def _code(self, document: Any) -> results.Result:
        text = text_of(self._api, document)
        if error := refusal(document):
            self._keep(text, error)
        found = code_blocks(text)
        if found is None:
            self._keep(text, OutcomeError("the answer holds no fenced code"))
        return results.Text(found)

    # -- usage ----------------------------------------------------------------------------------

    def _tell_usage(self) -> None:
        if not self._given.flag("usage"):
            return
        used = self._turns.usage
        took = time.monotonic() - self._turns.started
        first = self._turns.first_token
        words = [f"in {used.input}"]
        if used.cached:
            words.append(f"cached {used.cached}")
        words.append(f"out {used.output}")
        if used.reasoning:
            words.append(f"reasoning {used.reasoning}")
        times = [f"first text after {first:.2f} s"] if first is not None else []
        self._app.console.end_line()
        self._app.console.note("usage: " + ", ".join([*words, *times, f"{took:.2f} s in all"]))
