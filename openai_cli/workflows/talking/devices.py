"""The microphone and the loudspeaker of a conversation: quick rather than safe from hiccups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from ..sound.capture import RATE
from ..sound.faults import NoSound
from .source import BLOCK

if TYPE_CHECKING:
    from .ear import Source
    from .mouth import Output

LATENCY = 0.08
"""Seconds that sound may stay inside the loudspeaker's device, where it cannot be stopped."""


def microphone(device: str) -> AbstractContextManager[Source]:
    """The microphone, recording inside its block. Raises NoSound, DeviceError, UsageError."""
    from ..sound.capture import Microphone

    return Microphone(device, RATE, block=BLOCK, latency="low")


def speaker(device: str) -> Output:
    """The loudspeaker, open. Raises NoSound, DeviceError, UsageError."""
    from ..sound.playback import Speaker

    return Speaker(device, RATE, ahead=None, latency=LATENCY)


@contextmanager
def otherwise(way: str) -> Iterator[None]:
    """Say, where a device is missing, what can be done without it."""
    try:
        yield
    except NoSound as error:
        error.advise(way)
        raise
