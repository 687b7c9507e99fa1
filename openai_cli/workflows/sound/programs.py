"""Programs that record and play where PortAudio cannot: those of the sound server, or ffmpeg's."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import IO

from .faults import MICROPHONE, NAMES, DeviceError

Arguments = Callable[[str, int, int], list[str]]
"""Device (empty for the default), rate and channels become a program's arguments."""

MUTE = "audio open failed"
"""What ffplay says where there is nothing to play on; it ends well all the same."""
_INPUTS = {"darwin": ("avfoundation", ":default", ":"), "win32": ("dshow", "", "audio=")}


def _parec(device: str, rate: int, channels: int) -> list[str]:
    return [*_pulse(device, rate, channels), "--latency-msec=50"]


def _pacat(device: str, rate: int, channels: int) -> list[str]:
    # Longer than for recording: on a busy machine nothing would be there to be played in time.
    return [*_pulse(device, rate, channels), "--latency-msec=150"]


def _pulse(device: str, rate: int, channels: int) -> list[str]:
    form = ["--raw", "--format=s16le", f"--rate={rate}", f"--channels={channels}"]
    return [*form, *([f"--device={device}"] if device else [])]


def _arecord(device: str, rate: int, channels: int) -> list[str]:
    form = ["-q", "-t", "raw", "-f", "S16_LE", "-r", str(rate), "-c", str(channels)]
    return [*form, *(["-D", device] if device else [])]


def _ffmpeg(device: str, rate: int, channels: int) -> list[str]:
    source, default, prefix = _INPUTS.get(sys.platform, ("pulse", "default", ""))
    name = f"{prefix}{device}" if device else default
    quiet = ["-nostdin", "-hide_banner", "-loglevel", "error", "-fflags", "nobuffer"]
    form = ["-ac", str(channels), "-ar", str(rate), "-f", "s16le", "-flush_packets", "1"]
    return [*quiet, "-f", source, "-i", name, *form, "pipe:1"]


def _ffmpeg_alsa(device: str, rate: int, channels: int) -> list[str]:
    made = _ffmpeg(device, rate, channels)
    made[made.index("pulse")] = "alsa"
    return made


def _aplay(device: str, rate: int, channels: int) -> list[str]:
    return _arecord(device, rate, channels)


def _ffplay(device: str, rate: int, channels: int) -> list[str]:
    # What it reads begins with a WAV header: options for raw samples differ between its versions.
    quick = ["-probesize", "32", "-analyzeduration", "0", "-fflags", "nobuffer"]
    return ["-nodisp", "-autoexit", "-loglevel", "error", *quick, "-f", "wav", "-i", "pipe:0"]


RECORDERS: tuple[tuple[str, Arguments], ...] = (
    ("parec", _parec),
    ("arecord", _arecord),
    ("ffmpeg", _ffmpeg),
)
PLAYERS: tuple[tuple[str, Arguments], ...] = (
    ("pacat", _pacat),
    ("aplay", _aplay),
    ("ffplay", _ffplay),
)
if sys.platform == "linux":
    RECORDERS = (*RECORDERS, ("ffmpeg", _ffmpeg_alsa))
elif sys.platform == "win32":
    # DirectShow has no default: a device has to be named.
    RECORDERS = tuple(one for one in RECORDERS if one[0] != "ffmpeg")


def commands(kind: str, device: str, rate: int, channels: int) -> list[list[str]]:
    """The command lines that could do it on this machine, the best first."""
    known = RECORDERS if kind == MICROPHONE else PLAYERS
    return [
        [path, *arguments(device, rate, channels)]
        for name, arguments in known
        if (path := shutil.which(name))
    ]


class Program:
    """A running program with a pipe: its stdout for recording, its stdin for playing."""

    def __init__(self, kind: str, command: list[str]) -> None:
        self._kind = kind
        self._name = command[0]
        self._told = tempfile.TemporaryFile()  # noqa: SIM115
        records = kind == MICROPHONE
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if records else subprocess.PIPE,
            stdout=subprocess.PIPE if records else subprocess.DEVNULL,
            stderr=self._told,
            bufsize=0,
            # Ctrl-C is ours to handle: the program is asked to end when its time has come.
            start_new_session=sys.platform != "win32",
        )

    @property
    def pipe(self) -> IO[bytes]:
        """Where its sound is read from, or written to."""
        found = self._child.stdout if self._kind == MICROPHONE else self._child.stdin
        assert found is not None
        return found

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        return self._child.poll() is None

    def finish(self) -> bool:
        """Nothing more will be written: wait until it has played everything; whether it did."""
        self.pipe.close()
        return self._child.wait() == 0 and MUTE not in self._words()

    def kill(self) -> None:
        """End it now."""
        if self.running:
            self._child.terminate()
            try:
                self._child.wait(1)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        for stream in (self._child.stdout, self._child.stdin):
            if stream is not None:
                stream.close()
        self._told.close()

    def failed(self) -> DeviceError:
        """Why it ended, in its own last words."""
        lines = self._words().splitlines() or ["it gave no reason"]
        words = next((line for line in lines if MUTE in line), lines[-1])
        name = self._name.replace("\\", "/").rpartition("/")[2]
        return DeviceError(
            f"the {NAMES[self._kind]} cannot be used: {name}: {words.strip()}",
            "`oai doctor` and `oai audio devices` say what is missing",
        )

    def _words(self) -> str:
        self._told.seek(0)
        return self._told.read().decode(errors="replace").strip()
