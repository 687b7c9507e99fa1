"""One question, its answer as a result: live, whole, as code, or as checked JSON."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from ...core import results
from ...core.errors import OaiError, OutcomeError
from ...core.live import refusal
from ...engine.gather import Call
from .apis import Api, text_of
from .approval import Approval
from .extras import Given
from .recorder import Recorder
from .turns import DEFAULT_TURNS, TurnReader, Turns

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
        from .talk import turns

        most = turns(given.text("max_turns")) if given.text("max_turns") else DEFAULT_TURNS
        self._app = app
        self._api = api
        self._schema = schema
        self._given = given
        self._turns = Turns(app, api, call, tools, Approval(app, given.text("approve")), most)
        self._call = call
        self._recorder = recorder

    def live(self) -> results.Result:
        """Events as they arrive."""
        self._call.values["stream"] = True
        if self._given.flag("usage") and self._api.name == "chat":
            options = self._call.get("stream_options") or {}
            self._call.values["stream_options"] = {"include_usage": True, **options}
        return results.Events(
            self._recorder.over(self._turns),
            self._api.family,
            reader=TurnReader(self._api.family, self._misfit, self._tell_usage),
            markdown=self._schema is None and not self._given.flag("no_markdown"),
        )

    def whole(self, style: str) -> results.Result:
        """The complete answer; with a schema the value it holds."""
        if self._call.get("stream"):
            self._call.values["stream"] = False
        document = self._turns.run()
        self._recorder.keep(self._turns)
        self._tell_usage()
        if self._schema is not None:
            return self._checked(document, style)
        if self._given.flag("code"):
            return self._code(document)
        return results.Document(document, self._api.family)

    # -- structured output ----------------------------------------------------------------------

    def _misfit(self, document: Any) -> OaiError | None:
        """Why the answer does not fit the schema, if one was given."""
        if self._schema is None:
            return None
        from . import schema

        _, problem = schema.validate(self._schema, text_of(self._api, document))
        return _outcome(problem) if problem else None

    def _checked(self, document: Any, style: str) -> results.Result:
        from . import schema

        text = text_of(self._api, document)
        if error := refusal(document):
            raise self._kept(text, error)
        value, problem = schema.validate(self._schema, text)
        if problem:
            raise self._kept(text, _outcome(problem))
        if self._given.text("schema_multi"):
            return results.Rows(value["items"] if isinstance(value, dict) else value)
        return results.Document(value)

    def _kept(self, text: str, error: OaiError) -> OaiError:
        """Print what came before the error is raised: it was paid for."""
        self._app.console.write(text if text.endswith("\n") else text + "\n")
        return error

    # -- code -----------------------------------------------------------------------------------

    def _code(self, document: Any) -> results.Result:
        text = text_of(self._api, document)
        found = code_blocks(text)
        if found is None:
            raise self._kept(text, OutcomeError("the answer holds no fenced code"))
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


def _outcome(problem: str) -> OutcomeError:
    return OutcomeError(f"the answer does not fit the schema: {problem}")


FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[^\n]*\n(?P<code>.*?)(?:^(?P=fence)[`~]*\s*$|\Z)", re.M | re.S
)


def code_blocks(text: str) -> str | None:
    """The fenced code of an answer, blocks parted by an empty line; None where there is none."""
    found = [match.group("code") for match in FENCE.finditer(text)]
    return "\n".join(found) if found else None
