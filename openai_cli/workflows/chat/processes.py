"""Commands that run for a tool: bounded in time and in what is kept of their output, and ended
together with everything they started."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO, Any

from ...catalog.record import Record

GRACE = 1.0
"""Seconds between the polite request to end and the end."""
LINGER = 0.5
"""Seconds that output may still come after the command itself has ended."""
CHUNK = 65_536


class Ended(Record):
    """How a command ended. `code` is negative for a signal."""

    code: int
    stdout: str
    stderr: str
    timed_out: bool = False


class Processes:
    """The commands of one tool that run at the moment."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        timeout: float,
        limit: int,
        stdin: bytes | None = None,
    ) -> Ended:
        """Run a command to its end. `limit` is how many bytes of each stream are kept.

        Raises OSError (it cannot be started) and ValueError (a word holds a NUL).
        """
        process = self._start(command, env, stdin is not None)
        streams = [_Kept(process.stdout, limit), _Kept(process.stderr, limit)]
        if stdin is not None:
            threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True).start()
        timed_out = False
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            timed_out = True
            _end([process])
        finally:
            with self._lock:
                self._running.discard(process)
        if any(stream.goes_on(LINGER) for stream in streams):
            _signal(process, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
            for stream in streams:
                stream.goes_on(LINGER)
        stdout, stderr = (stream.text() for stream in streams)
        return Ended(process.returncode, stdout, stderr, timed_out)

    def _start(
        self, command: Sequence[str], env: Mapping[str, str], feeds: bool
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if feeds else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(env),
                start_new_session=os.name == "posix",
            )
            self._running.add(process)
        return process

    def stop(self) -> None:
        """End everything that runs, children included."""
        with self._lock:
            running = list(self._running)
        _end(running)


class _Kept:
    """Reads a stream to its end in a thread and keeps its first and its last bytes."""

    def __init__(self, stream: IO[bytes] | None, limit: int) -> None:
        assert stream is not None
        self._stream = stream
        self._half = max(1, limit // 2)
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with self._stream:
            while data := os.read(self._stream.fileno(), CHUNK):
                with self._lock:
                    self._keep(data)

    def _keep(self, data: bytes) -> None:
        room = self._half - len(self._head)
        self._head += data[: max(0, room)]
        self._tail += data[max(0, room) :]
        surplus = len(self._tail) - self._half
        if surplus > 0:
            del self._tail[:surplus]
            self._left_out += surplus

    def goes_on(self, seconds: float) -> bool:
        """Whether the stream has not ended after so many seconds."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def text(self) -> str:
        """What was kept, with a note where something was left out."""
        with self._lock:
            if not self._left_out:
                return bytes(self._head + self._tail).decode("utf-8", "replace")
            head = self._head.decode("utf-8", "replace")
            tail = self._tail.decode("utf-8", "replace")
            return f"{head}\n[… {self._left_out} bytes left out …]\n{tail}"


def _feed(stream: IO[bytes] | None, data: bytes) -> None:
    assert stream is not None
    with suppress(OSError), stream:
        stream.write(data)


def _end(processes: Sequence[subprocess.Popen[Any]]) -> None:
    """Ask process groups to end, and end them."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    for process in processes:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    if os.name == "posix":
        for process in processes:
            _signal(process, signal.SIGKILL)
    for process in processes:
        process.wait()


def _signal(process: subprocess.Popen[Any], number: signal.Signals) -> None:
    """Send a signal to a process and to what it started."""
    with suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, number)
        else:
            process.terminate()
