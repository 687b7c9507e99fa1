"""Spoken answers: how long the first byte of speech takes to be heard, gaps, memory.

Sound is played on a private PulseAudio, whose loudspeaker is listened to. What that server itself
delays is measured in the same run with its own player.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from . import report
from .bench import Bench
from .measure import interleaved

if TYPE_CHECKING:
    from tests.support.sound import Studio

LIMIT = 0.1
ROUNDS = 3
PIECE = 0.02
SECONDS = 2.0
LONG = 3600
GAP = 0.005
MEMORY = 80
LOUD = 1000
SPEAK = ["audio", "speech", "create", "Hello"]


def rows(bench: Bench) -> Iterator[report.Row]:
    """Latency and gaps where there is a sound server, memory everywhere."""
    from tests.support import sound

    with _server(sound.tone(480, 1.0)) as server:
        if lacking := sound.missing():
            yield report.Row(f"speech is heard: {lacking}", "left out")
        else:
            with sound.studio() as studio:
                yield from _heard(bench, studio, server)
        yield from _memory(bench, server)


def _heard(bench: Bench, studio: Studio, server: _Server) -> Iterator[report.Row]:
    from tests.support.sound import RATE, longest_silence, trimmed

    ours, reference, gaps = [], [], []
    for _ in range(bench.rounds(ROUNDS)):
        with _Monitor(studio) as monitor:
            env = {**bench.env(), **studio.env, "OPENAI_BASE_URL": server.url + "/drip"}
            subprocess.run([*bench.oai, *SPEAK, "--play"], env=env, check=True)
            time.sleep(0.3)
        ours.append(monitor.first - server.first)
        gaps.append(longest_silence(trimmed(monitor.pcm)))
        with _Monitor(studio) as monitor:
            begun = _pacat(studio)
        reference.append(monitor.first - begun)
    yield report.delay("first byte of speech to speaker : pacat", min(ours), min(reference), LIMIT)
    gap = min(gaps)
    name = f"longest gap in {SECONDS:g} s that drip in, {PIECE * 1000:g} ms at a time"
    limit = f"{GAP * 1000:g} ms"
    yield report.Row(name, f"{gap * 1000:.2f} ms", limit=limit, ok=gap < max(GAP, 2 / RATE))


def _pacat(studio: Studio) -> float:
    """Play on a stream that is open already; when the first byte of sound was handed over."""
    from tests.support.sound import RATE, tone

    form = ["--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=35"]
    child = subprocess.Popen(
        ["pacat", "--playback", *form], env={**os.environ, **studio.env}, stdin=subprocess.PIPE
    )
    assert child.stdin is not None
    child.stdin.write(bytes(RATE // 2))
    child.stdin.flush()
    time.sleep(0.6)
    begun = time.monotonic()
    child.stdin.write(tone(480, 0.5))
    child.stdin.close()
    child.wait()
    return begun


def _memory(bench: Bench, server: _Server) -> Iterator[report.Row]:
    """An hour of speech into a file, beside a second of it."""
    speak = [*bench.oai, *SPEAK, "-o", str(bench.folder / "a.wav"), "--response-format", "pcm"]
    peaks = {}
    for name in ("long", "short"):
        env = {**bench.env(), "OPENAI_BASE_URL": f"{server.url}/{name}"}
        peaks[name] = interleaved({name: speak}, env, 1)[name].peak
    what = f"memory of {LONG // 60} min of speech to a file : a second"
    yield report.memory(what, peaks["long"], MEMORY, peaks["short"])


class _Monitor:
    """Listens to the loudspeaker: `first` is when something was heard, `pcm` all of it."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.first = float("inf")
        self.pcm = b""

    def __enter__(self) -> _Monitor:
        form = ["--raw", "--format=s16le", "--rate=24000", "--channels=1", "--latency-msec=5"]
        self._child = subprocess.Popen(
            ["parec", *form, "--device=speaker.monitor"],
            env={**os.environ, **self._studio.env},
            stdout=subprocess.PIPE,
        )
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        while not self.pcm:
            time.sleep(0.01)
        return self

    def _listen(self) -> None:
        from tests.support.sound import numbers

        assert self._child.stdout is not None
        while data := os.read(self._child.stdout.fileno(), 1 << 14):
            now = time.monotonic()
            if self.first == float("inf") and max(map(abs, numbers(data)), default=0) > LOUD:
                self.first = now
            self.pcm += data

    def __exit__(self, *_: object) -> None:
        self._child.terminate()
        self._thread.join()
        self._child.wait()
        assert self._child.stdout is not None
        self._child.stdout.close()


class _Server(ThreadingHTTPServer):
    """Speaks samples: `/drip` in small pieces as fast as they sound, `/long` an hour at once,
    `/short` a second; `first` is when the last answer's first byte was sent."""

    daemon_threads = True

    def __init__(self, second: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.second = second
        self.first = 0.0
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Speak."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Type", "audio/pcm")
        self.end_headers()
        self.wfile.flush()
        self.server.first = time.monotonic()
        for piece in self._pieces():
            self.wfile.write(piece)

    def _pieces(self) -> Iterator[bytes]:
        second = self.server.second
        if not self.path.startswith("/drip"):
            yield from [second] * (LONG if self.path.startswith("/long") else 1)
            return
        size = int(len(second) * PIECE) // 2 * 2
        whole = second * int(SECONDS)
        for at in range(0, len(whole), size):
            yield whole[at : at + size]
            time.sleep(PIECE * 0.9)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def _server(second: bytes) -> Iterator[_Server]:
    made = _Server(second)
    threading.Thread(target=made.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
