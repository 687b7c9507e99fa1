"""Libraries of sound write complaints that nobody asked for straight to descriptor 2, and leave
signals blocked; here they are kept from both."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

_switching = threading.Lock()


@contextmanager
def hushed() -> Iterator[None]:
    """Nothing that C libraries write meanwhile reaches stderr, and no signal they block stays so:
    PulseAudio's client leaves SIGPIPE blocked, which every program started later would inherit."""
    with _switching, _signals_kept():
        try:
            kept = os.dup(2)
        except OSError:
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, 2)
            yield
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            os.close(nowhere)


@contextmanager
def _signals_kept() -> Iterator[None]:
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@cache
def hush_alsa() -> None:
    """ALSA tells of each underrun, whenever it comes, unless it has another handler."""
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(OSError, AttributeError):
        # C code that does nothing with its arguments: it needs neither Python nor its lock.
        nothing = ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p)
        ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(nothing)
