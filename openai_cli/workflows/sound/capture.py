"""The microphone: 16-bit mono blocks as they are spoken.

    with Microphone(rate=24000) as microphone:
        for block in microphone.blocks():
            ...
            microphone.stop()          # from here, another thread or a signal: the loop ends

PortAudio records; where it cannot, the sound server's own program or ffmpeg does.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any, Protocol

from . import portaudio, programs
from .faults import MICROPHONE, DeviceError, NoSound, no_device
from .pcm import WIDTH, Converter

RATE = 24_000
"""Frames a second, where nobody asks for another rate: what the API's realtime models hear."""
FASTEST = 384_000
"""Frames a second that any device may do."""
PATIENCE = 10.0
"""Seconds without any sound, not even silence, after which a microphone counts as dead."""
TICK = 0.2
"""Seconds after which a waiting thread looks again: Ctrl-C is not seen everywhere before."""
HELD = 30.0
"""Seconds of sound that wait for a slow reader; what comes beyond them is lost."""


class _Source(Protocol):
    lost: int

    def pieces(self) -> Iterator[bytes]: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


class Microphone:
    """Records from a device: an index, a name or a part of one; empty means the default.

    `block` is the length of a block in seconds. `latency` is `low` for a conversation, `high` for
    a recording, which then survives a busy machine, or seconds.
    """

    def __init__(
        self,
        device: str = "",
        rate: int = RATE,
        *,
        block: float = 0.02,
        latency: str | float = "high",
    ) -> None:
        self.rate = rate
        self._device = device
        self._size = max(1, int(rate * block)) * WIDTH
        self._latency = latency
        self._rest = b""
        self._source: _Source | None = None

    def __enter__(self) -> Microphone:
        """Open the device and begin. Raises NoSound, DeviceError, UsageError."""
        try:
            self._source = _Stream(self._device, self.rate, self._latency)
        except NoSound as error:
            self._source = _first_program(self._device, self.rate, error)
        return self

    def __exit__(self, *_: object) -> None:
        if self._source is not None:
            self._source.close()

    @property
    def lost(self) -> float:
        """Seconds of sound that nobody read in time, by now."""
        return self._source.lost / (self.rate * WIDTH) if self._source else 0.0

    def blocks(self) -> Iterator[bytes]:
        """Blocks of equal length, each as soon as it is full; the last may be shorter. After an
        interruption it may be called again: nothing is lost.

        Raises DeviceError when the device fails or falls silent altogether.
        """
        assert self._source is not None
        for piece in self._source.pieces():
            self._rest += piece
            while len(self._rest) >= self._size:
                block, self._rest = self._rest[: self._size], self._rest[self._size :]
                yield block
        if self._rest:
            block, self._rest = self._rest, b""
            yield block

    def stop(self) -> None:
        """No more: what was recorded by now is still handed out, then `blocks` ends."""
        if self._source is not None:
            self._source.stop()


class _Stream:
    """PortAudio's callback puts blocks into a queue: a thread that waits there can be woken."""

    def __init__(self, device: str, rate: int, latency: str | float) -> None:
        self.lost = 0
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._held = int(HELD * rate * WIDTH)
        # One counter a thread: neither needs a lock.
        self._came = self._went = 0
        self._ended = False
        self._opened = portaudio.open_stream(MICROPHONE, device, rate, 1, self._take, latency)
        opened = self._opened
        self._converter = Converter(opened.rate, opened.channels, rate, 1)
        try:
            portaudio.start(opened, MICROPHONE)
        except BaseException:
            portaudio.end(opened)
            raise

    def _take(self, data: Any, frames: int, time: Any, status: Any) -> None:
        del frames, time, status
        if self._came - self._went > self._held:
            self.lost += len(data)
            return
        self._came += len(data)
        self._queue.put(bytes(data))

    def pieces(self) -> Iterator[bytes]:
        while not (self._ended and self._queue.empty()):
            piece = self._next()
            if piece is not None:
                self._went += len(piece)
                yield self._converter.feed(piece)

    def _next(self) -> bytes | None:
        """The next piece; None once somebody has asked to stop. Raises DeviceError."""
        for _ in range(round(PATIENCE / TICK)):
            try:
                return self._queue.get(timeout=TICK)
            except queue.Empty:
                if not self._opened.stream.active:
                    break
        name = self._opened.device.name
        raise DeviceError(f"the microphone {name!r} gives no sound", _CHOOSE)

    def stop(self) -> None:
        self._ended = True
        self._queue.put(None)

    def close(self) -> None:
        portaudio.end(self._opened)


_CHOOSE = "it may have been unplugged or muted by the system; choose another with --device"


class _Recorder:
    """Another program's stdout."""

    def __init__(self, command: list[str]) -> None:
        self.lost = 0
        self._stopped = False
        self._program = programs.Program(MICROPHONE, command)
        self._first = self._program.pipe.read(1 << 12)
        if not self._first:
            error = self._program.failed()
            self._program.kill()
            raise error

    def pieces(self) -> Iterator[bytes]:
        while not self._stopped:
            piece, self._first = self._first, b""
            piece = piece or self._program.pipe.read(1 << 12)
            if not piece:
                raise self._program.failed()
            yield piece

    def stop(self) -> None:
        self._stopped = True

    def close(self) -> None:
        self._program.kill()


def _first_program(device: str, rate: int, trouble: NoSound) -> _Recorder:
    """The first program that gives sound; where none does, PortAudio's own trouble is told."""
    last: DeviceError | None = None
    for command in programs.commands(MICROPHONE, device, rate, 1):
        try:
            return _Recorder(command)
        except DeviceError as error:
            last = error
    if last is not None:
        raise no_device(MICROPHONE, last.message.rpartition(": ")[2]) from None
    raise trouble
