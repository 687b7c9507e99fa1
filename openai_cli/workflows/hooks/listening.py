"""A receiver on a socket, its server in a thread of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...core.errors import OaiError

CONNECTIONS = 200
"""At once; whoever comes beyond them is asked to come again."""


@contextmanager
def listening(application: Any, host: str, port: int) -> Iterator[str]:
    """Serve during the block; gives the address. Raises OaiError when it cannot be had."""
    import uvicorn

    config = uvicorn.Config(
        application,
        log_level="critical",
        lifespan="off",
        ws="none",
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=1,
    )
    with _socket(host, port) as listener:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield _address(listener)
        finally:
            server.should_exit = True
            thread.join(5)


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        hint = "choose another with --port; 0 takes a free one"
        raise OaiError(f"cannot listen on {host} port {port}: {reason}", hint) from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
