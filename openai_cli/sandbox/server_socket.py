"""A session of the sandbox over a real WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .realtime_link import Link
from .reply import Reply
from .server import target_of

if TYPE_CHECKING:
    from anyio.abc import TaskGroup
    from starlette.websockets import WebSocket

    from .app import Sandbox

_LOOK = 0.25
"""Seconds that a thread waits for the next event before it looks whether the client has gone."""


async def converse(sandbox: Sandbox, socket: WebSocket) -> None:
    """Serve one connection until either side closes it."""
    from anyio import create_task_group, to_thread

    target, headers = target_of(socket.scope), dict(socket.headers)
    opened = await to_thread.run_sync(sandbox.connect, target, headers)
    if isinstance(opened, Reply):
        await _refuse(socket, opened)
        return
    await socket.accept()
    try:
        async with create_task_group() as group:
            group.start_soon(_listen, socket, opened, group)
            await _tell(socket, opened)
            group.cancel_scope.cancel()
    finally:
        opened.close()


async def _refuse(socket: WebSocket, reply: Reply) -> None:
    from starlette.responses import Response

    response = Response(b"".join(reply.body), reply.status)
    response.raw_headers = [(k.encode(), v.encode("latin-1")) for k, v in reply.headers]
    await socket.send_denial_response(response)


async def _listen(socket: WebSocket, link: Link, group: TaskGroup) -> None:
    """Pass the client's events on."""
    from anyio import to_thread

    message = await socket.receive()
    while message["type"] != "websocket.disconnect":
        text = message.get("text")
        if text is None:
            text = message["bytes"].decode("utf-8", "replace")
        await to_thread.run_sync(link.put, text)
        message = await socket.receive()
    link.close()


async def _tell(socket: WebSocket, link: Link) -> None:
    """Pass the session's events on, each as it is made, and say goodbye when it ends."""
    from anyio import CapacityLimiter, to_thread

    own = CapacityLimiter(1)
    left = False
    while not left:
        text = await to_thread.run_sync(link.get, _LOOK, limiter=own)
        if text is not None:
            await socket.send_text(text)
        elif link.goodbye is not None:
            left = True
    if socket.client_state.name == "CONNECTED":
        code, reason = link.goodbye or (1000, "")
        await socket.close(code, reason)
