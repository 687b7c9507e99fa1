"""The server in a process of its own: it streams, and ends cleanly when interrupted."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from openai_cli.sandbox.app import Sandbox
from openai_cli.sandbox.server import base_url, listen, serve

_SERVE = """
from openai_cli.sandbox.app import Sandbox
from openai_cli.sandbox.server import serve
with Sandbox(None, delay=0.2) as sandbox:
    serve(sandbox, "127.0.0.1", 0, lambda url: print(url, flush=True))
print("ended", flush=True)
"""


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    """A server that has said where it listens (see `_url`)."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        yield running
        running.kill()


def _connected(url: str) -> closing[http.client.HTTPConnection]:
    """A connection on which a stream was asked for."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    message = {"role": "user", "content": "Count to 30"}
    body = json.dumps({"model": "m", "messages": [message], "stream": True})
    headers = {"Authorization": "Bearer k", "Content-Type": "application/json"}
    connection.request("POST", f"{address.path}/chat/completions", body, headers)
    return closing(connection)


def test_events_arrive_one_by_one_and_interrupts_end_it(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    url = process.stdout.readline().strip()
    assert url.startswith("http://127.0.0.1:")
    began = time.monotonic()
    with _connected(url) as connection:
        response = connection.getresponse()
        assert response.headers["transfer-encoding"] == "chunked"
        lines = [response.readline() for _ in range(5)]
        response.close()
    # Three events in, with 0.2 s between two, and far from the end of the stream.
    assert lines[4].startswith(b"data: ")
    assert 0.3 < time.monotonic() - began < 5
    process.send_signal(signal.SIGINT)
    rest, problems = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest == "ended\n"
    assert "Traceback" not in problems


def test_taken_addresses_are_an_error() -> None:
    with listen("127.0.0.1", 0) as taken, Sandbox(None) as sandbox:
        port = taken.getsockname()[1]
        with pytest.raises(OSError):
            serve(sandbox, "127.0.0.1", port, lambda url: None)


def test_addresses_become_urls() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert base_url(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_addresses_of_version_six() -> None:
    try:
        listener = listen("::1", 0)
    except OSError:
        pytest.skip("no IPv6 loopback here")
    with listener:
        assert base_url(listener).startswith("http://[::1]:")
