"""One question of a conversation, and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .conversation import Conversation
from .outputs import Outputs
from .turns import Turns


class Exchange:
    """One question under way. Iterate `events`, then call `finish`, also after an interruption."""

    def __init__(self, conversation: Conversation, question: Sequence[dict[str, Any]]) -> None:
        self._conversation = conversation
        self._question = list(question)
        call = conversation.call(question)
        if conversation.api.name == "chat":
            call.values.setdefault("stream_options", {"include_usage": True})
        call.values["stream"] = True
        audio = conversation.options.get("audio")
        self.turns = Turns(
            conversation.app,
            conversation.api,
            call,
            conversation.tools,
            conversation.approval,
            conversation.most,
        )
        self.turns.earlier = conversation.items if conversation.state else ()
        self.turns.approves = True
        self.turns.outputs = Outputs(
            Path(), str(audio.get("format") or "") if isinstance(audio, dict) else ""
        )

    def events(self) -> Iterator[dict[str, Any]]:
        """The events of the answer."""
        return self.turns.events()

    def finish(self) -> bool:
        """Keep the question and what came of its answer; False where nothing came."""
        answer = self.turns.said()
        if not answer:
            return False
        made = [*self._question, *answer]
        turns = self.turns
        self._conversation.keep(made, turns.document, turns.usage, turns.state)
        return True
