"""Conversations: what the client adds to a round trip, and its memory over an hour.

The server, in a process of its own, echoes each block of sound as if it were an answer. A block's
way from the microphone to the loudspeaker is measured against a bare WebSocket client on the same
connection.
"""

from __future__ import annotations

import base64
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import report
from .bench import Bench
from .measure import interleaved

BLOCK = 1920
"""Bytes of 40 ms."""
ROUNDS = 200
PAUSE = 0.01
LIMIT = 0.01
MEMORY = 80
HOUR, MINUTE = 3600, 60


def rows(bench: Bench) -> Iterator[report.Row]:
    """The round trip, then memory."""
    with _server() as port:
        ours = _talk(port, bench.rounds(ROUNDS))
        bare = _bare(port, bench.rounds(ROUNDS))
        what = "microphone to loudspeaker by way of an echo"
        yield report.delay(f"{what} : bare client", _half(ours), _half(bare), LIMIT)
        yield report.delay("its worst in a hundred", _worst(ours), _worst(bare), 3 * LIMIT)
        peaks = {}
        for name, seconds in (("hour", HOUR), ("minute", MINUTE)):
            command = [sys.executable, "-m", "benchmarks.realtime", "talk", str(port), str(seconds)]
            peaks[name] = interleaved({name: command}, bench.env(), 1)[name].peak
        yield report.memory(
            "memory of an hour of talk : a minute", peaks["hour"], MEMORY, peaks["minute"]
        )


def _half(times: list[float]) -> float:
    return statistics.median(times)


def _worst(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]


# -- ours -----------------------------------------------------------------------------------------


class _Microphone:
    """Gives a block once the one before has been heard, `rounds` times, and then hangs up."""

    def __init__(self, rounds: int, pause: float) -> None:
        self._left = rounds
        self._pause = pause
        self.heard = threading.Event()
        self.spoken_at = 0.0
        self.times: list[float] = []

    def __enter__(self) -> _Microphone:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def blocks(self) -> Iterator[bytes]:
        """Blocks, each with the time at which it was spoken."""
        while self._left > 0:
            self._left -= 1
            self.heard.clear()
            self.spoken_at = time.perf_counter()
            yield b"\x10\x10" * (BLOCK // 2)
            self.heard.wait(1.0)
            if self._pause:
                time.sleep(self._pause)

    def stop(self) -> None:
        """No more."""
        self._left = 0


class _Speaker:
    """Notes when a block arrives, which it plays in no time."""

    def __init__(self, microphone: _Microphone) -> None:
        self._microphone = microphone
        self._frames = 0

    def write(self, pcm: bytes) -> None:
        """Heard."""
        self._frames += len(pcm) // 2
        self._microphone.times.append(time.perf_counter() - self._microphone.spoken_at)
        self._microphone.heard.set()

    def ends(self) -> None:
        """Nothing follows."""

    def clear(self) -> None:
        """Nothing waits."""

    def played(self) -> int:
        """All of it."""
        return self._frames

    def close(self) -> None:
        """Nothing is open."""


def _talk(port: int, rounds: int, pause: float = PAUSE) -> list[float]:
    """`oai realtime talk` with an echo; seconds from each block's saying to its hearing."""
    import io

    from openai_cli.cli import main
    from openai_cli.core.console import Console
    from openai_cli.workflows.talking import devices

    microphone = _Microphone(rounds, pause)
    devices.microphone = lambda device: microphone
    devices.speaker = lambda device: _Speaker(microphone)
    env = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"}
    told = io.StringIO()
    console = Console(None, io.BytesIO(), told, {**env, "HOME": "/nonexistent"})
    code = main(["realtime", "talk", "--quiet"], console)
    if code:
        raise RuntimeError(f"exit {code}: {told.getvalue()}")
    return microphone.times


# -- the reference --------------------------------------------------------------------------------


def _bare(port: int, rounds: int) -> list[float]:
    """The same exchange with nothing around it."""
    from websockets.sync.client import connect

    times = []
    with connect(f"ws://127.0.0.1:{port}/v1/realtime", compression=None) as socket:
        socket.recv()
        for _ in range(rounds):
            begun = time.perf_counter()
            audio = base64.b64encode(b"\x10\x10" * (BLOCK // 2)).decode()
            socket.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
            base64.b64decode(json.loads(socket.recv())["delta"])
            times.append(time.perf_counter() - begun)
            time.sleep(PAUSE)
    return times


# -- the server -----------------------------------------------------------------------------------


def _echo(socket: Any) -> None:
    """Answer sound with the same sound; a session that is silent for two seconds is over."""
    from websockets.exceptions import ConnectionClosed

    socket.send(json.dumps({"type": "session.updated", "session": {}}))
    number = 0
    while True:
        try:
            event = json.loads(socket.recv(timeout=2))
        except (TimeoutError, ConnectionClosed):
            return
        if event["type"] != "input_audio_buffer.append":
            continue
        number += 1
        place = {"response_id": "resp_1", "item_id": f"item_{number // 100}"}
        delta = {"type": "response.output_audio.delta", **place, "delta": event["audio"]}
        socket.send(json.dumps(delta))


def _serve() -> None:
    from websockets.sync.server import serve

    with serve(_echo, "127.0.0.1", 0, compression=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


@contextmanager
def _server() -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.realtime", "serve"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield int(child.stdout.readline())
    finally:
        child.terminate()
        child.wait()
        child.stdout.close()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve()
    else:
        _talk(int(sys.argv[2]), int(sys.argv[3]) * 25, 0.0)
