"""Real sound without hardware: a private PulseAudio whose microphone and speaker are null sinks.

    def test(sound):
        with sound.heard() as speaker:                       what the loudspeaker gets
            oai_process("audio", "play", path, env=sound.env)
        sound.speak(pcm)                                     into the microphone

Sound is 24 kHz mono, 16 bit. The machine may be slow: measure what came, not when.
"""

from __future__ import annotations

import array
import math
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass, field
from pathlib import Path

import pytest

RATE = 24_000
PROGRAMS = {
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "parec": "pulseaudio-utils",
    "paplay": "pulseaudio-utils",
}
ALSA = "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n"
PATIENCE = 15.0


@dataclass
class Heard:
    """What came out of the loudspeaker; whole once the block is left."""

    pcm: bytes = b""
    _chunks: list[bytes] = field(default_factory=list)

    @property
    def now(self) -> bytes:
        """What came by now."""
        return b"".join(self._chunks)


class Studio:
    """One PulseAudio; `env` makes a program use its microphone and loudspeaker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = folder / "alsa.conf"
        config.write_text(ALSA)
        self.env = {
            "PULSE_SERVER": f"unix:{folder}/native",
            "PULSE_SINK": "speaker",
            "PULSE_SOURCE": "micfeed.monitor",
            "PULSE_LATENCY_MSEC": "50",
            "ALSA_CONFIG_PATH": str(config),
            "HOME": str(folder),
        }
        self._daemon = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        sinks = [f"sink_name={name} rate={RATE} channels=1" for name in ("speaker", "micfeed")]
        modules = [f"module-null-sink {sink}" for sink in sinks]
        modules.append(f"module-native-protocol-unix socket={self.folder}/native auth-anonymous=1")
        own = {"PULSE_RUNTIME_PATH": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder)}
        own |= {"HOME": str(self.folder), "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        # Memory shared with clients that come and go makes some versions fail an assertion.
        options.append("--disable-shm=yes")
        return subprocess.Popen(
            ["pulseaudio", *options, "--system=no", *(w for m in modules for w in ("-L", m))],
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ready(self) -> bool:
        """Whether the server answers, before patience ends."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self._daemon.poll() is None:
            if self._run("pactl", "info").returncode == 0:
                return True
            time.sleep(0.1)
        return False

    def close(self) -> None:
        """End the server."""
        self._daemon.terminate()
        self._daemon.wait(10)

    def _run(self, *command: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command, env={**os.environ, **self.env}, input=data, capture_output=True, check=False
        )

    def speak(self, pcm: bytes, rate: int = RATE) -> None:
        """Speak into the microphone, and wait until it is said; PulseAudio swallows the very
        beginning of a stream, which therefore is silence."""
        pcm = bytes(2 * (rate // 5)) + pcm
        form = ["--raw", "--format=s16le", f"--rate={rate}", "--channels=1"]
        done = self._run("paplay", *form, "--device=micfeed", "/dev/stdin", data=pcm)
        assert done.returncode == 0, done.stderr

    @contextmanager
    def speaking(self, pcm: bytes, *, every: float = 0.0) -> Iterator[None]:
        """Somebody speaks meanwhile; again and again, `every` seconds apart, where that is set."""
        over = threading.Event()

        def go() -> None:
            self.speak(pcm)
            while every and not over.wait(every):
                self.speak(pcm)

        thread = threading.Thread(target=go, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(PATIENCE)

    @contextmanager
    def heard(self, *, tail: float = 0.5) -> Iterator[Heard]:
        """Listen at the loudspeaker, from a moment before the block to `tail` seconds after it."""
        form = ["--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=20"]
        listener = subprocess.Popen(
            ["parec", *form, "--device=speaker.monitor"],
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert listener.stdout is not None
        heard = Heard()
        begun = threading.Event()
        pipe = listener.stdout

        def collect() -> None:
            while data := os.read(pipe.fileno(), 1 << 16):
                heard._chunks.append(data)
                begun.set()

        thread = threading.Thread(target=collect, daemon=True)
        thread.start()
        try:
            assert begun.wait(PATIENCE), "nothing comes from the loudspeaker's monitor"
            yield heard
            time.sleep(tail)
        finally:
            listener.send_signal(signal.SIGINT)
            listener.wait(PATIENCE)
            thread.join(PATIENCE)
            pipe.close()
            heard.pcm = heard.now

    def wait_for_recorder(self) -> None:
        """Return once somebody listens to the microphone."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._run("pactl", "list", "short", "source-outputs").stdout.strip():
                return
            time.sleep(0.05)
        raise AssertionError("nobody records")


def missing() -> str:
    """The packages that are not here, in words; empty where sound can be made."""
    lacking = {package for name, package in PROGRAMS.items() if not shutil.which(name)}
    if not find_library("portaudio"):  # loading it here would let it loose on every test
        lacking.add("libportaudio2")
    plugins = Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")
    if not any(plugins):
        lacking.add("libasound2-plugins")
    return f"needs {', '.join(sorted(lacking))}" if lacking else ""


@contextmanager
def studio() -> Iterator[Studio]:
    """A running server in a folder of its own (a socket's path must be short)."""
    with tempfile.TemporaryDirectory(prefix="oai-sound-") as folder:
        made = Studio(Path(folder))
        try:
            if not made.ready():
                pytest.skip("PulseAudio does not start here")
            yield made
        finally:
            made.close()


@pytest.fixture(scope="session")
def sound() -> Iterator[Studio]:
    """The sound server of this test run; skips where what it needs is not installed."""
    if lacking := missing():
        pytest.skip(lacking)
    with studio() as made:
        yield made


# -- making and measuring sound ---------------------------------------------------------------


def as_pcm(values: Iterator[float]) -> bytes:
    """Numbers between -1 and 1 as samples."""
    return array.array("h", (int(32767 * value) for value in values)).tobytes()


def tone(hertz: float, seconds: float, loudness: float = 0.4) -> bytes:
    """A plain tone."""
    step = 2 * math.pi * hertz / RATE
    return as_pcm(loudness * math.sin(step * at) for at in range(int(seconds * RATE)))


def sweep(low: float, high: float, seconds: float, loudness: float = 0.4) -> bytes:
    """A tone that rises evenly from one pitch to another."""
    rise = (high - low) / seconds
    times = (at / RATE for at in range(int(seconds * RATE)))
    return as_pcm(loudness * math.sin(2 * math.pi * (low * t + rise * t * t / 2)) for t in times)


def silence(seconds: float) -> bytes:
    """Nothing."""
    return bytes(2 * int(seconds * RATE))


def numbers(pcm: bytes) -> array.array[int]:
    """Samples."""
    return array.array("h", pcm[: len(pcm) // 2 * 2])


def trimmed(pcm: bytes, threshold: int = 300) -> bytes:
    """The sound without silence before and behind it."""
    found = [at for at, value in enumerate(numbers(pcm)) if abs(value) > threshold]
    return pcm[2 * found[0] : 2 * found[-1] + 2] if found else b""


def pitches(pcm: bytes, window: float = 0.1, rate: int = RATE) -> list[float]:
    """The pitch of each window in hertz, from how often the sound crosses zero upwards."""
    found = numbers(pcm)
    size = int(window * rate)
    made = []
    for start in range(0, len(found) - size + 1, size):
        part = found[start : start + size]
        rises = [at for at in range(1, size) if part[at - 1] < 0 <= part[at]]
        span = rises[-1] - rises[0] if len(rises) > 1 else 0
        made.append((len(rises) - 1) * rate / span if span else 0.0)
    return made


def longest_silence(pcm: bytes, threshold: int = 300) -> float:
    """Seconds of the longest run of samples that are next to nothing."""
    longest = run = 0
    for value in numbers(pcm):
        run = run + 1 if abs(value) <= threshold else 0
        longest = max(longest, run)
    return longest / RATE


def loudness(pcm: bytes) -> float:
    """Root mean square, 0 to 32767."""
    found = numbers(pcm)
    return math.sqrt(sum(value * value for value in found) / len(found)) if found else 0.0
