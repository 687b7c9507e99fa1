"""ffmpeg as a decoder and an encoder, for what libsndfile does not know."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from ...core.errors import OaiError, UsageError
from . import wav
from .faults import no_ffmpeg
from .wav import Readable, Writable

READ = 1 << 16
PLAIN = ("-c:a", "pcm_s16le", "-f", "wav")
QUIET = ("-hide_banner", "-loglevel", "error")
_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)")


def found() -> str:
    """Where ffmpeg is; empty where it is not."""
    return shutil.which("ffmpeg") or ""


def seconds(path: Path) -> float | None:
    """How long a recording is by its header; None where that does not say, or without ffmpeg."""
    program = found()
    if not program:
        return None
    done = subprocess.run(
        [program, "-hide_banner", "-i", f"file:{path}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    told = _DURATION.search(done.stderr.decode(errors="replace"))
    if not told:
        return None
    hours, minutes, rest = told.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


class Decoder:
    """ffmpeg reading a file, or a stream that it is fed: `reader` gives WAV with 16-bit samples.

    `what` names the sound in messages; `shape` are options about what is to come out of it. Raises
    OaiError without ffmpeg, UsageError for what is no sound.
    """

    def __init__(self, source: Path | Readable, what: str, *shape: str) -> None:
        program = found()
        if not program:
            raise no_ffmpeg(f"playing {what}")
        fed = not isinstance(source, Path)
        # `file:` keeps a name with a colon from being taken for a protocol.
        name = "pipe:0" if fed else f"file:{source}"
        self._told = tempfile.TemporaryFile()  # noqa: SIM115
        self._child = subprocess.Popen(
            [program, *QUIET, "-i", name, "-vn", *shape, *PLAIN, "pipe:1"],
            stdin=subprocess.PIPE if fed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._told,
        )
        if not isinstance(source, Path):
            threading.Thread(target=self._feed, args=(source,), daemon=True).start()
        assert self._child.stdout is not None
        try:
            self.reader = wav.Reader(self._child.stdout)
        except wav.NotPlain:
            self._child.wait()
            words = self._words()
            self.close()
            raise UsageError(f"{what} holds no sound that can be played{words}") from None

    def _feed(self, source: Readable) -> None:
        pipe = self._child.stdin
        assert pipe is not None
        with suppress(OSError, OaiError, ValueError):
            while data := source.read(READ):
                pipe.write(data)
        with suppress(OSError):
            pipe.close()

    def _words(self) -> str:
        self._told.seek(0)
        lines = self._told.read().decode(errors="replace").strip().splitlines()
        return f" ({lines[-1].rpartition(': ')[2]})" if lines else ""

    def close(self) -> None:
        """End ffmpeg."""
        _end(self._child, self._child.stdout)
        self._told.close()


class Encoder:
    """ffmpeg writing a stream in `form` (`adts` for AAC) from 16-bit samples."""

    def __init__(self, into: Writable, rate: int, form: str) -> None:
        program = found()
        if not program:
            raise no_ffmpeg(f"writing {form}")
        self._into = into
        raw = ["-f", "wav", "-i", "pipe:0"]
        self._child = subprocess.Popen(
            [program, *QUIET, *raw, "-f", form, "pipe:1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._trouble: OSError | None = None
        self._thread.start()
        self.write(wav.header(rate))

    def _drain(self) -> None:
        pipe = self._child.stdout
        assert pipe is not None
        while data := pipe.read(READ):
            try:
                if not self._trouble:
                    self._into.write(data)
            except OSError as error:
                self._trouble = error

    def write(self, pcm: bytes) -> None:
        """More samples. Raises OSError where the result cannot be written."""
        if self._trouble:
            raise self._trouble
        assert self._child.stdin is not None
        self._child.stdin.write(pcm)

    def close(self) -> None:
        """Write what is left."""
        with suppress(OSError):
            if self._child.stdin is not None:
                self._child.stdin.close()
        self._thread.join()
        _end(self._child, self._child.stdout)
        if self._trouble:
            raise self._trouble


def _end(child: subprocess.Popen[bytes], pipe: IO[bytes] | None) -> None:
    if child.poll() is None:
        child.terminate()
    if pipe is not None:
        pipe.close()
    child.wait()
