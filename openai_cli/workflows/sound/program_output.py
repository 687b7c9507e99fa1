"""Playing through another program's stdin."""

from __future__ import annotations

import time

from . import wav
from .faults import SPEAKER, DeviceError, NoSound, no_device
from .pcm import WIDTH
from .programs import Program, commands

SETTLING = 0.3
"""Seconds in which a program that cannot play has said so."""
LEAD = 0.2
"""Seconds of silence in front: some programs lose the beginning of what they play."""


class ProgramOutput:
    """A program that plays. What it has really played is not told, and is taken from the clock."""

    def __init__(self, command: list[str], rate: int, channels: int) -> None:
        self.gaps = 0
        self._command = command
        self._second = rate * channels * WIDTH
        self._rate = rate
        self._channels = channels
        self._before = 0.0
        self._over = False
        self._program: Program | None = None
        self._begin()

    def _begin(self) -> None:
        self._program = Program(SPEAKER, self._command)
        self._written = 0
        self._started = 0.0
        if "wav" in self._command:
            self._push(wav.header(self._rate, self._channels))
        self._push(bytes(int(LEAD * self._rate) * self._channels * WIDTH))

    def settle(self) -> None:
        """Wait a moment. Raises DeviceError when the program gives up in it."""
        if "wav" in self._command:
            # ffplay opens the device late: it gets a moment of silence for itself.
            self.drain()
            return
        end = time.monotonic() + SETTLING
        while time.monotonic() < end:
            if not self._alive().running:
                raise self._failed()
            time.sleep(0.02)

    def _alive(self) -> Program:
        if self._program is None:
            self._begin()
        assert self._program is not None
        return self._program

    def _push(self, data: bytes) -> None:
        program = self._alive()
        view = memoryview(data)
        try:
            while view:
                view = view[program.pipe.write(view) or 0 :]
        except OSError:
            raise self._failed() from None

    def _failed(self) -> DeviceError:
        error = self._alive().failed()
        self.close()
        return error

    def write(self, pcm: bytes) -> None:
        self._alive()
        if self._over and self._seconds() >= self._before + self._written / self._second:
            # It was silent meanwhile: the clock that tells what was played starts anew.
            self._before, self._written = self._seconds(), 0
        self._over = False
        if not self._written:
            self._started = time.monotonic() + LEAD
        self._push(pcm)
        self._written += len(pcm)

    def ends(self) -> None:
        self._over = True

    def clear(self) -> None:
        self._before = self._seconds()
        self.close()
        self._written = 0

    def _seconds(self) -> float:
        elapsed = max(0.0, time.monotonic() - self._started) if self._written else 0.0
        return self._before + min(elapsed, self._written / self._second)

    def played(self) -> int:
        return int(self._seconds() * self._rate)

    def drain(self) -> None:
        program = self._alive()
        played = program.finish()
        self._before += self._written / self._second
        self._written = 0
        if not played:
            raise self._failed()
        self.close()

    def close(self) -> None:
        if self._program is not None:
            self._program.kill()
            self._program = None


def first_program(device: str, rate: int, channels: int, trouble: NoSound) -> ProgramOutput:
    """The first program that does not give up at once; else PortAudio's trouble is told."""
    last: DeviceError | None = None
    for command in commands(SPEAKER, device, rate, channels):
        try:
            output = ProgramOutput(command, rate, channels)
            output.settle()
        except DeviceError as error:
            last = error
        else:
            return output
    if last is not None:
        raise no_device(SPEAKER, last.message.rpartition(": ")[2]) from None
    raise trouble
