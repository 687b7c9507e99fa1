"""What can be wrong with sound on a machine, said so that somebody can mend it."""

from __future__ import annotations

import sys

from ...core.errors import OaiError, UsageError

MICROPHONE, SPEAKER = "input", "output"
"""The two directions, as PortAudio names them."""
NAMES = {MICROPHONE: "microphone", SPEAKER: "speaker"}

PACKAGES = {
    "linux": "install PortAudio: `apt install libportaudio2` (Debian, Ubuntu), "
    "`dnf install portaudio` (Fedora), `pacman -S portaudio` (Arch), `apk add portaudio` (Alpine)",
    "darwin": "install PortAudio: `brew install portaudio`",
    "win32": "PortAudio comes with the package sounddevice: reinstall oai-cli",
}
FFMPEG = {
    "linux": "install ffmpeg with the system's packages, such as `apt install ffmpeg`",
    "darwin": "install ffmpeg: `brew install ffmpeg`",
    "win32": "install ffmpeg: `winget install ffmpeg`",
}
BUSY, BAD_RATE, BAD_CHANNELS = -9985, -9997, -9998


class NoSound(OaiError):
    """PortAudio cannot be used at all, or sees no device: another program may still do it."""

    kind = "no_sound"


class DeviceError(OaiError):
    """A device is there and does not work: busy, unplugged, unable to do what is asked."""

    kind = "device"


def _for_this_system(hints: dict[str, str]) -> str:
    return hints.get(sys.platform, hints["linux"])


def no_library(detail: str = "") -> NoSound:
    """PortAudio's library is missing."""
    about = f": {detail}" if detail else ""
    return NoSound(f"the PortAudio library cannot be loaded{about}", _for_this_system(PACKAGES))


def no_device(kind: str, detail: str = "") -> NoSound:
    """There is nothing to record from, or to play on."""
    about = f" ({detail})" if detail else ""
    hint = "connect one, or start the sound server; `oai audio devices` lists what is seen"
    if sys.platform == "linux":
        hint += "; PulseAudio and PipeWire are seen with the package libasound2-plugins"
    return NoSound(f"there is no {NAMES[kind]} on this machine{about}", hint)


def no_ffmpeg(what: str) -> OaiError:
    """Something only ffmpeg can do."""
    return OaiError(f"{what} needs ffmpeg, which is not here", _for_this_system(FFMPEG))


def typed() -> UsageError:
    """Sound was to be read from a terminal."""
    return UsageError("stdin is a terminal: sound is not typed", "pipe it in, or name a file")


def not_opened(kind: str, name: str, rate: int, error: Exception) -> DeviceError:
    """Why a stream could not be opened or started; `error` is PortAudio's."""
    words = f"the {NAMES[kind]} {name!r}"
    code = error.args[1] if len(error.args) > 1 else 0
    if code == BUSY:
        return DeviceError(
            f"{words} is busy",
            "close the program that uses it, or choose another with --device "
            "(`oai audio devices` lists them)",
        )
    if code == BAD_RATE:
        return DeviceError(f"{words} cannot do {rate} Hz", "give another --rate, such as 48000")
    detail = str(error.args[0] if error.args else error)
    if len(error.args) > 2:
        detail = f"{detail} {error.args[2][-1]}"
    return DeviceError(
        f"{words} cannot be opened: {detail.strip()}", "choose another with --device"
    )
