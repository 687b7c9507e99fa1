"""Playing through PortAudio: its callback takes what is waiting, and silence where nothing is."""

from __future__ import annotations

import threading
from typing import Any

from . import portaudio
from .faults import SPEAKER, DeviceError
from .pcm import WIDTH, Converter
from .timeline import Timeline

TICK = 0.05
"""Seconds after which a waiting thread looks again, so that Ctrl-C and a dead device are seen."""
LONGEST_PREBUFFER = 1.0
SETTLING = 0.1
"""Seconds of silence that a device gets first: sound servers lose the beginning of a stream."""


class StreamOutput:
    """A queue of sound in front of a device; `gaps` counts how often it ran dry."""

    def __init__(
        self,
        device: str,
        rate: int,
        channels: int,
        ahead: float | None,
        prebuffer: float,
        latency: str | float,
    ) -> None:
        self.gaps = 0
        self._changed = threading.Condition()
        self._waiting = bytearray()
        self._flowing = False
        self._last = False
        opened = portaudio.open_stream(SPEAKER, device, rate, channels, self._give, latency)
        self._opened = opened
        self._converter = Converter(rate, channels, opened.rate, opened.channels)
        self._frame = opened.channels * WIDTH
        second = opened.rate * self._frame
        self._most = None if ahead is None else int(ahead * second)
        self._need = int(prebuffer * second)
        self._longest = int(LONGEST_PREBUFFER * second)
        self._settling = int(SETTLING * second)
        self._timeline = Timeline(opened.rate)
        self._scale = rate / opened.rate
        try:
            portaudio.start(opened, SPEAKER)
        except BaseException:
            portaudio.end(opened)
            raise

    # -- the device's side: a thread of PortAudio's -----------------------------------------------

    def _give(self, out: Any, frames: int, time: Any, status: Any) -> None:
        del status
        with self._changed:
            data = self._next(len(out))
            if data:
                self._timeline.add(self._sounds_at(time), len(data) // self._frame)
            self._changed.notify_all()
        out[: len(data)] = data
        if len(data) < len(out):
            out[len(data) :] = bytes(len(out) - len(data))

    def _next(self, count: int) -> bytes:
        if self._settling > 0:
            self._settling -= count
            return b""
        waiting = self._waiting
        if not self._flowing:
            if not waiting or (len(waiting) < self._need and not self._last):
                return b""
            self._flowing = True
        data = bytes(waiting[:count])
        del waiting[:count]
        if len(data) < count:
            self._flowing = False
            if not self._last:
                # It ran dry: a longer run-up makes the next gap less likely.
                self.gaps += 1
                self._need = min(self._need * 2, self._longest)
        return data

    def _sounds_at(self, time: Any) -> float:
        """When the first frame of this callback will be heard, on the device's clock."""
        now = float(self._opened.stream.time)
        told = float(time.outputBufferDacTime)
        latency = self._opened.stream.latency
        # Some systems tell nothing, or nonsense.
        return told if now - 1 < told < now + 10 and told else now + float(latency)

    # -- our side ---------------------------------------------------------------------------------

    def write(self, pcm: bytes) -> None:
        data = self._converter.feed(pcm)
        with self._changed:
            self._last = False
            self._waiting += data
            while self._most is not None and len(self._waiting) > self._most:
                self._wait()

    def ends(self) -> None:
        with self._changed:
            self._last = True

    def clear(self) -> None:
        with self._changed:
            self._waiting.clear()
            self._flowing = False

    def played(self) -> int:
        with self._changed:
            return int(self._timeline.heard(float(self._opened.stream.time)) * self._scale)

    def drain(self) -> None:
        self.ends()
        with self._changed:
            while self._waiting or self._timeline.given > self._heard():
                self._wait()

    def _heard(self) -> int:
        return self._timeline.heard(float(self._opened.stream.time))

    def _wait(self) -> None:
        self._changed.wait(TICK)
        if not self._opened.stream.active:
            name = self._opened.device.name
            raise DeviceError(f"the speaker {name!r} has stopped", "is it still connected?")

    def close(self) -> None:
        portaudio.end(self._opened)
