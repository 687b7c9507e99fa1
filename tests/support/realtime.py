"""Realtime sessions as tests lead them: a server that says what it is told, a microphone and a
loudspeaker made of lists.

    def test(room):
        room.start("realtime", "talk")
        room.says({"type": "session.updated"})           the server
        room.microphone.hear(pcm)                        the person
        room.sent("input_audio_buffer.append")           what the server got
        room.interrupt().ok()                            Ctrl-C, and the end
"""

from __future__ import annotations

import base64
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from openai_cli.core.api import Api
from openai_cli.core.sockets import Socket, WireClosed
from openai_cli.workflows.talking import devices

from .cli import Outcome, oai

Event = dict[str, Any]
PATIENCE = 10.0


class Wire:
    """The server's side of a session."""

    def __init__(self) -> None:
        self.sent: list[Event] = []
        self.closed: tuple[int, str] | None = None
        self._next: queue.SimpleQueue[Event | BaseException] = queue.SimpleQueue()

    def send(self, text: str) -> None:
        """A message of the client."""
        self.sent.append(json.loads(text))

    def receive(self, timeout: float | None) -> str | None:
        """What the test wants the server to say next."""
        try:
            found = self._next.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(found, BaseException):
            raise found
        return json.dumps(found)

    def close(self, code: int, reason: str) -> None:
        """The client leaves."""
        self.closed = self.closed or (code, reason)

    def put(self, what: Event | BaseException) -> None:
        """The server's next event, or what happens instead."""
        self._next.put(what)


class Microphone:
    """Gives the blocks that a test puts in."""

    def __init__(self) -> None:
        self._blocks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def hear(self, *blocks: bytes) -> None:
        """Somebody makes these sounds."""
        for block in blocks:
            self._blocks.put(block)

    def blocks(self) -> Iterator[bytes]:
        """What was heard, until `stop`."""
        while (block := self._blocks.get()) is not None:
            yield block

    def stop(self) -> None:
        """No more."""
        self._blocks.put(None)


class Speaker:
    """Keeps what it is to play; `now` is how many frames have sounded."""

    def __init__(self) -> None:
        self.written = b""
        self.now = 0
        self.cleared = 0
        self.closed = False

    def write(self, pcm: bytes) -> None:
        """Play this next."""
        self.written += pcm

    def ends(self) -> None:
        """Nothing more for now."""

    def clear(self) -> None:
        """Drop the rest."""
        self.cleared += 1
        self.written = self.written[: self.now * 2]

    def played(self) -> int:
        """Frames that have sounded."""
        return min(self.now, len(self.written) // 2)

    def close(self) -> None:
        """Be gone."""
        self.closed = True


class Room:
    """One run of a command, in a thread, with everything around it in the test's hands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wire = Wire()
        self.microphone = Microphone()
        self.speaker = Speaker()
        self.connected: list[tuple[str, Event]] = []
        self._outcome: Outcome | None = None
        self._thread: threading.Thread | None = None

        def connect(api: Api, name: Any, values: Event) -> Socket:
            self.connected.append((name, dict(values)))
            return Socket(self.wire)

        @contextmanager
        def microphone(device: str) -> Iterator[Microphone]:
            yield self.microphone
            self.microphone.stop()

        monkeypatch.setattr(Api, "connect", connect)
        monkeypatch.setattr(devices, "microphone", microphone)
        monkeypatch.setattr(devices, "speaker", lambda device: self.speaker)

    def start(self, *args: str, **more: Any) -> None:
        """Run the command, and settle its session."""

        def run() -> None:
            self._outcome = oai(*args, **more)

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        self.wait(lambda: self.wire.sent)

    def says(self, *events: Event) -> None:
        """The server says this, and the command has taken notice when this returns."""
        for event in events:
            self.wire.put(event)
        self.wait(self.wire._next.empty)
        time.sleep(0.06)

    def sent(self, kind: str = "", count: int = 1) -> list[Event]:
        """What the command has sent of a kind, once there are so many."""

        def found() -> list[Event]:
            return [event for event in list(self.wire.sent) if event["type"].startswith(kind)]

        self.wait(lambda: len(found()) >= count)
        return found()

    @staticmethod
    def wait(ready: Callable[[], Any]) -> None:
        """Until something has come true."""
        end = time.monotonic() + PATIENCE
        while not ready():
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.005)

    def interrupt(self) -> Outcome:
        """Ctrl-C, and what the command left."""
        return self.ends(KeyboardInterrupt())

    def leaves(self, code: int, reason: str = "") -> Outcome:
        """The server closes the connection."""
        return self.ends(WireClosed(code, reason))

    def ends_with(self, *events: Event) -> Outcome:
        """The server says this, which ends it."""
        for event in events:
            self.wire.put(event)
        return self.ends()

    def ends(self, how: BaseException | None = None) -> Outcome:
        """Wait for the end."""
        if how is not None:
            self.wire.put(how)
        assert self._thread is not None
        self._thread.join(PATIENCE)
        assert self._outcome is not None, "it does not end"
        return self._outcome


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Room:
    """A room for a conversation."""
    return Room(monkeypatch)


# -- what a server says ---------------------------------------------------------------------------

SETTLED: Event = {"type": "session.updated", "session": {}}


def begun(id: str = "resp_1", item: str = "item_1") -> list[Event]:
    """An answer begins."""
    added = {"type": "response.output_item.added", "response_id": id, "output_index": 0}
    message = {"id": item, "type": "message", "role": "assistant", "content": []}
    return [
        {"type": "response.created", "response": {"id": id, "status": "in_progress"}},
        {**added, "item": message},
    ]


def sounds(pcm: bytes, id: str = "resp_1", item: str = "item_1") -> Event:
    """Part of an answer's sound."""
    delta = base64.b64encode(pcm).decode()
    kind = "response.output_audio.delta"
    return {"type": kind, "response_id": id, "item_id": item, "delta": delta}


def words(text: str, id: str = "resp_1", item: str = "item_1") -> Event:
    """Part of an answer's words."""
    kind = "response.output_audio_transcript.delta"
    return {"type": kind, "response_id": id, "item_id": item, "delta": text}


def done(
    id: str = "resp_1", item: str = "item_1", status: str = "completed", **more: Any
) -> list[Event]:
    """An answer ends."""
    message = {"id": item, "type": "message", "role": "assistant"}
    over = {"type": "response.output_audio.done", "response_id": id, "item_id": item}
    response = {"id": id, "status": status, "output": [message], **more}
    return [over, {"type": "response.done", "response": response}]
