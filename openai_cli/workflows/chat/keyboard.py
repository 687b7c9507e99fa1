"""Reading what a person types: history, several lines, completion. prompt_toolkit does the work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import slash

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document

    from ...core.context import App
    from .conversation import Conversation

FENCE = "```"
WITH_PATH = ("/attach ", "/copy-to ", "/tool ")


def open_fence(text: str) -> bool:
    """Whether a code fence was begun and not ended, so that Enter means a new line."""
    return sum(line.lstrip().startswith(FENCE) for line in text.splitlines()) % 2 == 1


class Keyboard:
    """The prompt of a session."""

    def __init__(self, app: App, conversation: Conversation) -> None:
        self._app = app
        self._conversation = conversation
        self._prompt: Any = None

    def read(self) -> str:
        """The next entry. Raises EOFError on Ctrl-D, KeyboardInterrupt on Ctrl-C."""
        if self._prompt is None:
            self._prompt = self._make()
        text: str = self._prompt.prompt([("bold", "> ")])
        return text

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
        from prompt_toolkit.history import FileHistory

        vi = "vi" in self._app.console.env.get("EDITOR", "") and bool(
            self._app.console.env.get("OAI_VI")
        )
        return PromptSession(
            history=FileHistory(str(self._history())),
            completer=_completer(self._app, self._conversation),
            complete_while_typing=False,
            multiline=True,
            key_bindings=_keys(),
            prompt_continuation=lambda width, number, wrapped: "  ",
            editing_mode=EditingMode.VI if vi else EditingMode.EMACS,
            enable_open_in_editor=True,
        )

    def _history(self) -> Path:
        from ...core.config import place

        folder = place("data", self._app.console.env)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "chat-history"
        path.touch(mode=0o600)
        return path


def _keys() -> Any:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def _(event: Any) -> None:
        buffer = event.current_buffer
        if open_fence(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
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
