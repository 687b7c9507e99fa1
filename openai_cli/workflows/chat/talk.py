"""One question on the command line: what goes into its call, and how it is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core import results, values
from ...core.context import App
from ...core.errors import OaiError, UsageError
from ...engine import gather, run
from ...engine.command import OperationCommand
from .apis import Api
from .extras import Given
from .recorder import Recorder


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
        taken = "-" in self._given.list("attach") or self._given.text("system_file") == "-"
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
        system = self._system() or self._recorder.system
        if system:
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
        text, file = self._given.text("system"), self._given.text("system_file")
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
        made: list[dict[str, Any]] = []
        if self._given.flag("web_search"):
            made.append({"type": "web_search"})
        if stores := self._given.list("file_search"):
            made.append({"type": "file_search", "vector_store_ids": stores})
        if self._given.flag("code_interpreter"):
            made.append({"type": "code_interpreter", "container": {"type": "auto"}})
        if self._given.flag("image_generation"):
            made.append({"type": "image_generation"})
        for text in self._given.list("mcp"):
            label, equals, url = text.partition("=")
            if not equals or not label or not url:
                raise UsageError(f"--mcp wants LABEL=URL, not {text!r}")
            made.append({"type": "mcp", "server_label": label, "server_url": url})
        if made:
            call.values["tools"] = [*(call.get("tools") or []), *made]
            call.body.pop("tools", None)

    # -- sending --------------------------------------------------------------------------------

    def _send(self, call: gather.Call) -> results.Result:
        if self._given.flag("count"):
            return self._count(call)
        style = run.output_format(self._app)
        plain = style == "raw" or self._app.option("dry_run") or self._app.option("curl")
        queued = call.get("background") is True and not call.get("stream")
        if plain or queued:
            return run.run(self._app, call)
        live = style in ("auto", "text", "jsonl") and call.get("stream") is not False
        if self._needs_whole(style):
            live = False
        run.check_output(self._app, streams=live)
        from .answer import Answer

        answer = Answer(
            self._app, self._api, call, self._tools, self._schema, self._given, self._recorder
        )
        return answer.live() if live or call.get("stream") else answer.whole(style)

    def _needs_whole(self, style: str) -> bool:
        """Code blocks and lists of objects are shown when the answer is complete."""
        return self._given.flag("code") or (self._schema is not None and style == "jsonl")

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


def turns(text: str) -> int:
    """`--max-turns` as a number. Raises UsageError."""
    try:
        number = values.integer(text)
    except ValueError as error:
        raise UsageError(f"--max-turns {error}") from None
    if number < 1:
        raise UsageError("--max-turns wants 1 or more")
    return number
