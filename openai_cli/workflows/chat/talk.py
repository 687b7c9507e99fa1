"""One question on the command line: what goes into its call, and how it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core import results
from ...core.context import App
from ...core.errors import OaiError, UsageError
from ...engine import gather, run
from ...engine.command import OperationCommand
from .apis import Api
from .extras import Given
from .outputs import PCM
from .recorder import Recorder

if TYPE_CHECKING:
    from .answer import Answer


class Talk:
    """One question on the command line."""

    def __init__(self, app: App, api: Api, given: Given) -> None:
        self._app = app
        self._api = api
        self._given = given
        self._tools: list[Any] = []
        self._schema: Any = None
        self._recorder = Recorder(app, api, given)

    def run(self, command: OperationCommand, params: dict[str, Any]) -> results.Result:
        """The result to show."""
        self._template = self._filled_template()
        readers = ("system_file", "schema", "schema_multi")
        taken = "-" in self._given.list("attach") or "-" in map(self._given.text, readers)
        call = gather.gather(
            self._app,
            command.operation,
            command.own_parameters,
            params,
            self._adjust,
            take_pipe=not taken,
        )
        return self._send(call)

    # -- what goes into the call ----------------------------------------------------------------

    def _filled_template(self) -> Any:
        name = self._given.text("template")
        if not name:
            if self._given.list("var"):
                raise UsageError("--var fills a template", "name one with --template NAME")
            return None
        from . import template

        given: dict[str, str] = {}
        for text in self._given.list("var"):
            key, equals, value = text.partition("=")
            if not equals or not key:
                raise UsageError(f"--var wants NAME=TEXT, not {text!r}")
            given[key] = value
        return template.fill(template.load(name, self._app.console.env), given)

    def _adjust(self, call: gather.Call) -> None:
        """Everything that is not the operation's own: template, system, files, schema, tools."""
        self._from_template(call)
        self._attachments(call)
        self._recorder.resume(call)
        if system := self._recorder.settle_system(self._system()):
            self._api.system(call, system)
        self._load_schema(call)
        self._load_tools(call)
        self._hosted_tools(call)

    def _from_template(self, call: gather.Call) -> None:
        filled = self._template
        if filled is None:
            return
        if filled.prompt:
            self._api.prompt(call, filled.prompt)
        from ...core import assign

        for name, value in filled.options.items():
            steps = assign.parse_path(name)
            if not call.has(str(steps[0])):
                assign.assign(call.values, steps, value)
        if filled.model and not call.has("model"):
            call.values["model"] = filled.model

    def _system(self) -> str:
        text = self._given.text("system", may_be_empty=True)
        file = self._given.text("system_file")
        if text and file:
            raise UsageError("--system and --system-file exclude each other")
        if file:
            return self._app.inputs.text(file, what="--system-file")
        return text or (self._template.system if self._template else "")

    def _attachments(self, call: gather.Call) -> None:
        sources = [*(self._template.attach if self._template else ()), *self._given.list("attach")]
        if not sources:
            return
        from . import attach

        found = [attach.read(source, self._app.inputs) for source in sources]
        for one in found:
            attach.check(one, self._api.name)
        self._api.attach(call, found, self._uploaded(found))

    def _uploaded(self, found: list[Any]) -> dict[int, str]:
        """Ids of the attachments that are too large to travel inside the request."""
        ids = {}
        shown_only = self._app.option("dry_run") or self._app.option("curl")
        for at, one in enumerate(found):
            if not one.needs_upload:
                continue
            if shown_only:
                ids[at] = f"(id of {one.name}, uploaded as user_data)"
                continue
            ids[at] = run.upload(self._app, str(one.path), "user_data")
        return ids

    def _load_schema(self, call: gather.Call) -> None:
        one, many = self._given.text("schema"), self._given.text("schema_multi")
        if one and many:
            raise UsageError("--schema and --schema-multi exclude each other")
        text = one or many or (self._template.schema if self._template else "")
        if not text:
            return
        from . import schema

        self._schema = schema.load(text, self._app.inputs, Path.cwd())
        if many:
            self._schema = schema.multi(self._schema)
        self._api.schema(call, self._schema)

    def _load_tools(self, call: gather.Call) -> None:
        sources, commands = self._given.list("tool"), self._given.list("tool_cmd")
        if not sources and not commands:
            return
        from . import tools

        self._tools = tools.load(sources, commands, Path.cwd())
        self._api.tools(call, self._tools)

    def _hosted_tools(self, call: gather.Call) -> None:
        from .hosted import hosted

        if made := hosted(self._given):
            call.values["tools"] = [*(call.get("tools") or []), *made]
            call.body.pop("tools", None)

    # -- sending --------------------------------------------------------------------------------

    def _send(self, call: gather.Call) -> results.Result:
        if self._given.flag("count"):
            return self._count(call)
        style = run.output_format(self._app)
        if style == "raw" or self._app.option("dry_run") or self._app.option("curl"):
            return run.run(self._app, call)
        from .answer import Answer

        answer = Answer(
            self._app, self._api, call, self._tools, self._schema, self._given, self._recorder
        )
        if call.get("background") is True and not call.get("stream"):
            return self._queued(call, answer)
        live = call.get("stream") or (
            style in ("auto", "text", "jsonl") and call.get("stream") is not False
        )
        live = bool(live) and not self._needs_whole(call, style)
        run.check_output(self._app, streams=live)
        return answer.live(style) if live else answer.whole()

    def _queued(self, call: gather.Call, answer: Answer) -> results.Result:
        """An answer that is made in the background, waited for or not."""
        if self._tools or self._recorder.records:
            what = "--tool" if self._tools else "a saved conversation"
            raise UsageError(f"{what} needs the answer of --background", "add --stream")
        result = run.run(self._app, call)
        if not isinstance(result, results.Document) or result.problem is not None:
            return result
        return answer.of(result.value) if self._app.option("wait") else result

    def _needs_whole(self, call: gather.Call, style: str) -> bool:
        """Code blocks, values to be checked in another form than the model's own, and sound that
        cannot be streamed are shown when the answer is complete."""
        if self._given.flag("code"):
            return True
        if self._schema is not None:
            plain = style in ("auto", "text") and not self._given.text("schema_multi")
            return not plain or bool(self._tools)
        audio = call.get("audio")
        return isinstance(audio, dict) and audio.get("format") != PCM

    def _count(self, call: gather.Call) -> results.Result:
        from ...catalog import load

        operation = load.operation("responses.input_tokens.count")
        known = {parameter.name for parameter in operation.parameters}
        wanted = {name: value for name, value in call.values.items() if name in known}
        body = {name: value for name, value in call.body.items() if name in known}
        counting = gather.Call(operation, wanted, body)
        if self._app.option("dry_run") or self._app.option("curl"):
            return run.run(self._app, counting)
        answer = self._app.api.call(operation, wanted, body)
        count = answer.get("input_tokens") if isinstance(answer, dict) else None
        if count is None:
            raise OaiError("the server counted no tokens")
        return results.Document(answer, human=f"{count}\n")
