"""The sandbox without a network: what a transport inside the same process calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from .reply import Reply

if TYPE_CHECKING:
    from .app import Sandbox
    from .realtime_link import Link

Answer = tuple[int, list[tuple[str, str]], Iterator[bytes]]
"""Status, headers and body."""


class Inside:
    """A sandbox that answers and talks in plain values."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def handle(
        self, method: str, target: str, headers: Mapping[str, str], body: Iterable[bytes]
    ) -> Answer:
        """Answer a request; `target` is the raw path with its query."""
        return _plain(self._sandbox.handle(method, target, headers, body))

    def connect(self, target: str, headers: Mapping[str, str]) -> Link | Answer:
        """Open a session over WebSocket, or refuse it with an answer."""
        opened = self._sandbox.connect(target, headers)
        return _plain(opened) if isinstance(opened, Reply) else opened


def _plain(reply: Reply) -> Answer:
    return reply.status, reply.headers, iter(reply.body)
