"""Reading what a person types: history, several lines, completion. prompt_toolkit does the work."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import slash
from .windows import percent

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document

    from ...core.context import App
    from .conversation import Conversation

WITH_PATH = ("/attach ", "/copy-to ", "/tool ")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")


def open_fence(text: str) -> bool:
    """Whether a code fence was begun and not ended, so that Enter means a new line."""
    fence = ""
    for line in text.splitlines():
        match = _FENCE.match(line)
        if match and not fence:
            fence = match.group(1)
        elif match and match.group(1).startswith(fence) and not line[match.end() :].strip():
            fence = ""
    return bool(fence)


def wants_vi(env: Mapping[str, str]) -> bool:
    """Whether readline's file asks for vi's keys; the last word counts."""
    path = Path(env.get("INPUTRC") or Path(env.get("HOME") or "~").expanduser() / ".inputrc")
    try:
        text = path.expanduser().read_text("utf-8", "replace")
    except OSError:
        return False
    modes = re.findall(r"^\s*set\s+editing-mode\s+(\w+)", text, re.MULTILINE | re.IGNORECASE)
    return bool(modes) and modes[-1].lower() == "vi"


class Keyboard:
    """The prompt of a session."""

    def __init__(
        self, app: App, conversation: Conversation, *, private: bool = False, vi: bool = False
    ) -> None:
        self._app = app
        self._conversation = conversation
        self._private = private
        self._vi = vi
        self._prompt: Any = None

    def read(self) -> str:
        """The next entry. Raises EOFError on Ctrl-D, KeyboardInterrupt on Ctrl-C."""
        if self._prompt is None:
            self._prompt = self._make()
        text: str = self._prompt.prompt([("bold", "> ")], rprompt=self._fullness)
        return text

    def _fullness(self) -> str:
        """How full the context is, at the right edge."""
        from prompt_toolkit.application import get_app

        if get_app().is_done:
            return ""
        talk = self._conversation
        part = percent(talk.model, talk.last.input + talk.last.output)
        return f"{part} % full" if part else ""

    def edit(self, text: str) -> str:
        """Text from the person's editor ($VISUAL, $EDITOR). Raises OaiError when it fails."""
        import tempfile

        from . import editor

        with tempfile.TemporaryDirectory(prefix="oai-") as folder:
            path = Path(folder) / "question.md"
            path.write_text(text, "utf-8")
            editor.edit(self._app.console, path)
            return path.read_text("utf-8", "replace")

    def _make(self) -> Any:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.enums import EditingMode
        from prompt_toolkit.history import FileHistory, InMemoryHistory

        vi = self._vi or wants_vi(self._app.console.env)
        return PromptSession(
            history=InMemoryHistory() if self._private else FileHistory(str(self._history())),
            completer=_completer(self._app, self._conversation),
            complete_while_typing=False,
            multiline=True,
            key_bindings=_keys(),
            prompt_continuation=lambda width, number, wrapped: "  ",
            editing_mode=EditingMode.VI if vi else EditingMode.EMACS,
            enable_open_in_editor=True,
            output=_output(self._app.console.env),
        )

    def _history(self) -> Path:
        from ...core.config import place

        folder = place("data", self._app.console.env)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "chat-history"
        path.touch(mode=0o600)
        return path


def _output(env: Mapping[str, str]) -> Any:
    """The terminal, which is not asked where its cursor stands: some never answer."""
    if os.name == "nt" or env.get("TERM") == "dumb":
        return None
    from prompt_toolkit.output.vt100 import Vt100_Output

    made = Vt100_Output.from_pty(sys.stdout, term=env.get("TERM"))
    made.enable_cpr = False
    return made


def _keys() -> Any:
    from prompt_toolkit.filters import has_focus
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()
    typing = has_focus("DEFAULT_BUFFER")

    @keys.add("enter", filter=typing)
    def _(event: Any) -> None:
        buffer = event.current_buffer
        if open_fence(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=typing)
    def _(event: Any) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def _completer(app: App, conversation: Conversation) -> Any:
    from prompt_toolkit.completion import Completer, Completion, PathCompleter
    from prompt_toolkit.document import Document

    paths = PathCompleter(expanduser=True)

    class SessionCompleter(Completer):
        """Commands, models, saved names and paths; never a network call."""

        def get_completions(
            self, document: Document, complete_event: CompleteEvent
        ) -> Iterable[Completion]:
            text = document.text_before_cursor
            if not text.startswith("/"):
                return
            if text.startswith(WITH_PATH):
                inner = text.partition(" ")[2]
                yield from paths.get_completions(Document(inner), complete_event)
                return
            word = text.rpartition(" ")[2]
            for name in _candidates(app, conversation, text):
                if name.startswith(word):
                    yield Completion(name, start_position=-len(word))

    return SessionCompleter()


def _candidates(app: App, conversation: Conversation, text: str) -> list[str]:
    if " " not in text:
        return slash.names()
    if text.startswith("/model "):
        from ...catalog import load

        parameter = load.operation(conversation.api.operation).parameter("model")
        return list(parameter.enum) if parameter else []
    if text.startswith("/load "):
        from .store import existing_store

        with existing_store(app.console.env) as store:
            return [one.label for one in store.list(limit=100)]
    return []
