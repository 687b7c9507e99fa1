"""The sandbox on a socket, for any client that speaks HTTP."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.websockets import WebSocket

    from .app import Sandbox


def serve(sandbox: Sandbox, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `ready` is told the base URL as soon as requests are welcome.

    Port 0 takes any free one. OSError if the address cannot be had.
    """
    with listen(host, port) as listener:
        ready(base_url(listener))
        with suppress(KeyboardInterrupt):
            server(sandbox).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that accepts connections at an address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def base_url(listener: socket.socket) -> str:
    """What clients take as the base URL of the API."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/v1" if ":" in host else f"http://{host}:{port}/v1"


def server(sandbox: Sandbox) -> uvicorn.Server:
    """A server that is not running yet."""
    import uvicorn

    config = uvicorn.Config(
        application(sandbox),
        log_level="critical",
        lifespan="off",
        ws="wsproto",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def application(sandbox: Sandbox) -> Callable[..., Awaitable[None]]:
    """The sandbox as an ASGI application; bodies stream in and out."""
    from anyio import from_thread, to_thread
    from starlette.applications import Starlette
    from starlette.responses import StreamingResponse
    from starlette.routing import Route, WebSocketRoute

    def chunks(request: Request) -> Iterator[bytes]:
        # The sandbox reads in a thread of its own; each chunk is fetched from the event loop.
        stream = request.stream()
        while True:
            chunk = from_thread.run(_next, stream)
            if chunk is None:
                return
            if chunk:
                yield chunk

    async def endpoint(request: Request) -> Response:
        target = target_of(request.scope)
        headers = dict(request.headers)
        reply = await to_thread.run_sync(
            sandbox.handle, request.method, target, headers, chunks(request)
        )
        response = StreamingResponse(reply.body, reply.status)
        response.raw_headers = [(k.encode(), v.encode("latin-1")) for k, v in reply.headers]
        return response

    async def session(socket: WebSocket) -> None:
        from .server_socket import converse

        await converse(sandbox, socket)

    methods = ["GET", "POST", "DELETE", "PUT", "PATCH"]
    path = "/{path:path}"
    return Starlette(routes=[Route(path, endpoint, methods=methods), WebSocketRoute(path, session)])


def target_of(scope: Any) -> str:
    """The raw path with its query."""
    path = str(scope["raw_path"].decode("latin-1"))
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def _next(stream: Any) -> bytes | None:
    return await anext(stream, None)
