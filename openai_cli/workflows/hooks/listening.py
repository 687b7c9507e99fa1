"""A receiver on a socket, its server in a thread of its own."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...core.errors import OaiError
from .inbox import Inbox

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
        # Python adds "(while attempting to bind …)", which is said already.
        reason = str(getattr(error, "strerror", None) or error).partition(" (while ")[0]
        hint = "choose another with --port; 0 takes a free one"
        raise OaiError(f"cannot listen on {host} port {port}: {reason}", hint) from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


@contextmanager
def closed_by_interrupt(inbox: Inbox) -> Iterator[None]:
    """Ctrl-C during the block closes the inbox, so that what was taken in is still told, and is
    raised behind it; a second one ends everything at once."""

    def close(number: int, frame: object) -> None:
        inbox.close()
        signal.signal(signal.SIGINT, before)

    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, close) if main else None
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
    if inbox.closed:
        raise KeyboardInterrupt
