"""A sandbox on a loopback socket, and the official SDK as its client."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import OpenAI

from openai_cli.sandbox.app import Sandbox
from openai_cli.sandbox.server import base_url, listen, server


class Served:
    """A running server and its sandbox."""

    def __init__(self, sandbox: Sandbox, url: str) -> None:
        self.sandbox = sandbox
        self.url = url

    def client(self, **options: Any) -> OpenAI:
        """The SDK, pointed here."""
        defaults = {"api_key": "sk-test", "admin_api_key": "sk-admin", "max_retries": 0}
        return OpenAI(base_url=self.url, **{**defaults, **options})


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests that do not mind each other's objects."""
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    listener = listen("127.0.0.1", 0)
    running = server(sandbox)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield Served(sandbox, base_url(listener))
    running.should_exit = True
    thread.join(10)
    listener.close()
    sandbox.close()


@pytest.fixture(scope="session")
def sdk(served: Served) -> Iterator[OpenAI]:
    """The official SDK as a client of the server."""
    with served.client() as client:
        yield client


class Direct:
    """A sandbox called without a socket; answers are `(status, headers, body)`."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def raw(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = "sk-test",
        **headers: str,
    ) -> tuple[int, dict[str, str], bytes]:
        """One request; `x_sandbox_fail="429"` sends the header `x-sandbox-fail`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        reply = self.sandbox.handle(method, path, sent, [body] if body else [])
        return reply.status, dict(reply.headers), b"".join(reply.body)

    def json(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The JSON of an answer that has to be a success."""
        status, _, data = self.raw(method, path, body, **options)
        assert status == 200, data
        return json.loads(data)

    def error(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """Status and error of an answer that has to be a failure."""
        status, _, data = self.raw(method, path, body, **options)
        assert status >= 400, data
        return status, json.loads(data)["error"]

    def events(self, method: str, path: str, body: Any = None) -> list[Any]:
        """The data of a stream's events, without the closing `[DONE]`."""
        status, headers, data = self.raw(method, path, body)
        assert status == 200, data
        assert headers["content-type"].startswith("text/event-stream")
        lines = [line[6:] for line in data.decode().split("\n") if line.startswith("data: ")]
        return [json.loads(line) for line in lines if line != "[DONE]"]


@pytest.fixture
def api() -> Iterator[Direct]:
    """A fresh sandbox in memory, called directly."""
    with Sandbox(None) as sandbox:
        yield Direct(sandbox)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder for a sandbox's state."""
    return tmp_path / "state"
