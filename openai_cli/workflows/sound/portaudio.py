"""PortAudio, through sounddevice: its devices, and streams opened with what a device can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...catalog.record import Record
from ...core.errors import UsageError
from .faults import (
    BAD_CHANNELS,
    BAD_RATE,
    MICROPHONE,
    NAMES,
    NoSound,
    no_device,
    no_library,
    not_opened,
)
from .hush import hush_alsa, hushed


class Device(Record):
    """A device as PortAudio sees it; `rate` is the one it prefers."""

    index: int
    name: str
    inputs: int
    outputs: int
    rate: int
    default_input: bool = False
    default_output: bool = False

    def channels(self, kind: str) -> int:
        """How many channels it has in one direction."""
        return self.inputs if kind == MICROPHONE else self.outputs

    def is_default(self, kind: str) -> bool:
        """Whether it is the system's choice for one direction."""
        return self.default_input if kind == MICROPHONE else self.default_output


class Opened(Record):
    """A stream that is not started yet, and what it really does."""

    stream: Any
    device: Device
    rate: int
    channels: int


def load() -> Any:
    """The module sounddevice, its library initialised. Raises NoSound."""
    try:
        with hushed():
            import sounddevice
    except ImportError as error:
        raise NoSound(f"sounddevice is not there: {error}", "reinstall oai-cli") from None
    except Exception as error:
        raise no_library(str(error)) from None
    hush_alsa()
    return sounddevice


def devices() -> list[Device]:
    """Every device, in PortAudio's order; none is a valid answer. Raises NoSound."""
    library = load()
    with hushed():
        found: list[dict[str, Any]] = list(library.query_devices())
        defaults = list(library.default.device)
    return [
        Device(
            index=one["index"],
            name=one["name"],
            inputs=one["max_input_channels"],
            outputs=one["max_output_channels"],
            rate=int(one["default_samplerate"]),
            default_input=one["index"] == defaults[0],
            default_output=one["index"] == defaults[1],
        )
        for one in found
    ]


def find(kind: str, wanted: str) -> Device:
    """The device meant by an index, a name or a part of one; the default for an empty text.

    Raises NoSound where there is no device of that kind, UsageError for a name that means none or
    several.
    """
    able = [device for device in devices() if device.channels(kind)]
    if not able:
        raise no_device(kind)
    return choose(able, kind, wanted)


def choose(able: list[Device], kind: str, wanted: str) -> Device:
    """The one of these devices that is meant. Raises UsageError."""
    if not wanted:
        return next((device for device in able if device.is_default(kind)), able[0])
    if wanted.isdigit():
        found = [device for device in able if device.index == int(wanted)]
    else:
        sought = wanted.casefold()
        found = [device for device in able if device.name.casefold() == sought][:1]
        found = found or [device for device in able if sought in device.name.casefold()]
    if len(found) == 1:
        return found[0]
    hint = "`oai audio devices` lists them; give the index or the name"
    if not found:
        raise UsageError(f"there is no {NAMES[kind]} {wanted!r}", hint)
    names = ", ".join(f"{device.index} {device.name}" for device in found)
    raise UsageError(f"{wanted!r} is in the names of several devices: {names}", hint)


def open_stream(
    kind: str,
    wanted: str,
    rate: int,
    channels: int,
    callback: Callable[[Any, int, Any, Any], None],
    latency: str | float,
) -> Opened:
    """A stream of 16-bit samples on a device, with the rate and channels asked for, or where it
    refuses those, with what it prefers: the caller converts.

    Raises NoSound, DeviceError, UsageError.
    """
    library = load()
    device = find(kind, wanted)
    make = library.RawInputStream if kind == MICROPHONE else library.RawOutputStream
    first: Exception | None = None
    for its_rate, its_channels in _ways(device, kind, rate, channels):
        try:
            with hushed():
                stream = make(
                    samplerate=its_rate,
                    channels=its_channels,
                    dtype="int16",
                    device=device.index,
                    latency=latency,
                    callback=callback,
                )
        except library.PortAudioError as error:
            first = first or error
            if error.args[1:] and error.args[1] in (BAD_RATE, BAD_CHANNELS):
                continue
            raise not_opened(kind, device.name, its_rate, error) from None
        return Opened(stream, device, its_rate, its_channels)
    assert first is not None
    raise not_opened(kind, device.name, rate, first) from None


def _ways(device: Device, kind: str, rate: int, channels: int) -> Iterator[tuple[int, int]]:
    """What to try: as asked, then the device's rate, then its channels."""
    most = min(device.channels(kind), 2)
    for its_channels in dict.fromkeys((channels, most)):
        for its_rate in dict.fromkeys((rate, device.rate)):
            yield its_rate, its_channels


def start(opened: Opened, kind: str) -> None:
    """Let the sound flow. Raises DeviceError."""
    library = load()
    try:
        with hushed():
            opened.stream.start()
    except library.PortAudioError as error:
        raise not_opened(kind, opened.device.name, opened.rate, error) from None


def end(opened: Opened) -> None:
    """Stop at once and give the device back."""
    with hushed():
        opened.stream.abort()
        opened.stream.close()
