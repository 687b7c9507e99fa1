"""The loudspeaker: 16-bit PCM is written, and heard.

    with Speaker(rate=24000) as speaker:
        for block in sound:
            speaker.write(block)
        speaker.drain()

PortAudio plays; where it cannot, the sound server's own program or ffplay does.
"""

from __future__ import annotations

from typing import Protocol

from .capture import RATE
from .faults import NoSound

PREBUFFER = 0.04
"""Seconds of sound that are at hand before playing begins: what a stream may stutter by."""
AHEAD = 1.0
"""Seconds of sound that wait to be played before `write` makes its caller wait."""


class _Output(Protocol):
    gaps: int

    def write(self, pcm: bytes) -> None: ...

    def ends(self) -> None: ...

    def clear(self) -> None: ...

    def played(self) -> int: ...

    def drain(self) -> None: ...

    def close(self) -> None: ...


class Speaker:
    """Plays on a device: an index, a name or a part of one; empty means the default.

    The device is opened at once and waits in silence, so that the first sound needs no more than
    its own latency: `latency` is `low` for a conversation, `high` for a machine that is busy, or
    seconds. `ahead` bounds what waits to be played, in seconds; None takes everything at
    once. Raises NoSound, DeviceError, UsageError.
    """

    def __init__(
        self,
        device: str = "",
        rate: int = RATE,
        channels: int = 1,
        *,
        ahead: float | None = AHEAD,
        prebuffer: float = PREBUFFER,
        latency: str | float = "high",
    ) -> None:
        self.rate = rate
        self.channels = channels
        self._output: _Output
        try:
            from .stream_output import StreamOutput

            self._output = StreamOutput(device, rate, channels, ahead, prebuffer, latency)
        except NoSound as error:
            from .program_output import first_program

            self._output = first_program(device, rate, channels, error)

    @property
    def gaps(self) -> int:
        """How often the sound ran out while more was to come."""
        return self._output.gaps

    def write(self, pcm: bytes) -> None:
        """Play this after what was written before: whole frames; waits while enough is waiting.

        Raises DeviceError when the device fails.
        """
        if pcm:
            self._output.write(pcm)

    def ends(self) -> None:
        """Nothing more comes for now: the rest is played however short it is, and running dry is no
        gap. Writing again begins anew. Returns at once."""
        self._output.ends()

    def clear(self) -> None:
        """Drop what has not been handed to the device: it falls silent within its latency."""
        self._output.clear()

    def played(self) -> int:
        """Frames really heard since the speaker was opened; dropped ones are not among them."""
        return self._output.played()

    def drain(self) -> None:
        """Wait until everything written has been heard. Raises DeviceError."""
        self._output.drain()

    def close(self) -> None:
        """Fall silent now and give the device back."""
        self._output.close()

    def __enter__(self) -> Speaker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
