"""Conversations through a real microphone and a real loudspeaker, and an hour of one."""

from __future__ import annotations

import gc
import io
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from openai_cli.core.http.socket import LocalWire
from openai_cli.core.sockets import Socket
from openai_cli.sandbox import voice
from openai_cli.sandbox.realtime_link import Link
from openai_cli.sandbox.realtime_settings import conversation as usual_settings
from openai_cli.sandbox.realtime_talk import TalkSession
from openai_cli.workflows.talking.conversation import Conversation
from openai_cli.workflows.talking.ear import Always, Ear
from openai_cli.workflows.talking.mouth import Mouth, Nobody
from openai_cli.workflows.talking.paragraphs import Paragraphs
from openai_cli.workflows.talking.tape import Tape

from .support.cli import ROOT, environment
from .support.clock import FakeTime
from .support.sound import (
    RATE,
    Studio,
    loudness,
    missing,
    numbers,
    silence,
    tone,
    trimmed,
)

pytestmark = pytest.mark.slow
audible = pytest.mark.skipif(bool(missing()), reason=missing())
SANDBOX = {"OAI_SANDBOX": "1", "OPENAI_API_KEY": ""}
LOUD = 1000
MOST = 0.3


def said(text: str) -> bytes:
    """A text in the sandbox's voice."""
    return b"".join(voice.utter(text))


@contextmanager
def talk(sound: Studio, *args: str, keys: bool = False) -> Iterator[Any]:
    """`oai realtime …` on a terminal, listening; it has ended when the block is left."""
    import pexpect  # type: ignore[import-untyped]

    child = pexpect.spawn(
        sys.executable,
        ["-m", "openai_cli", "realtime", *args],
        env=environment({"PYTHONPATH": str(ROOT), "TERM": "xterm", **SANDBOX, **sound.env}),
        encoding="utf-8",
        echo=False,
        timeout=30,
    )
    log = io.StringIO()
    child.logfile_read = log
    try:
        sound.wait_for_recorder()
        yield child
        child.sendintr()
        child.expect(pexpect.EOF)
    finally:
        child.close()
    assert child.exitstatus == 0, log.getvalue()


class Monitor:
    """Listens at a sink; `loud_at` are the moments at which it was loud, a fiftieth of a second
    apart at the most."""

    def __init__(self, sound: Studio, sink: str) -> None:
        form = ["--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=5"]
        self._child = subprocess.Popen(
            ["parec", *form, f"--device={sink}.monitor"],
            env={**os.environ, **sound.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.loud_at: list[float] = []
        self.listening = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert self.listening.wait(15)

    def _listen(self) -> None:
        assert self._child.stdout is not None
        while data := os.read(self._child.stdout.fileno(), 960):
            self.listening.set()
            if max(map(abs, numbers(data)), default=0) > LOUD:
                self.loud_at.append(time.monotonic())

    def close(self) -> None:
        """Listen no more."""
        self._child.terminate()
        self._thread.join(5)
        self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()


def until(ready: Callable[[], Any], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


# -- heard --------------------------------------------------------------------------------------


@audible
def test_a_spoken_question_is_answered_aloud_and_in_writing(sound: Studio, tmp_path: Path) -> None:
    path = tmp_path / "both.wav"
    with sound.heard() as heard, talk(sound, "talk", "--record", str(path)) as child:
        sound.speak(said("Count to 3") + silence(1.0))
        child.expect_exact("you:")
        child.expect_exact("Count to 3")
        child.expect_exact("1, 2, 3")
        until(lambda: loudness(heard.now[-9600:]) < 100)
    answer = trimmed(heard.pcm)
    assert len(answer) == pytest.approx(len(said("1, 2, 3")), rel=0.05)
    from openai_cli.sandbox.realtime_voice import heard as understood

    assert understood(heard.pcm) == "1, 2, 3"
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2
        both = numbers(file.readframes(file.getnframes()))
    you, model = both[::2], both[1::2]
    assert understood(you.tobytes()) == "Count to 3"
    assert understood(model.tobytes()) == "1, 2, 3"
    last = max(at for at, value in enumerate(you) if abs(value) > LOUD)
    first = next(at for at, value in enumerate(model) if abs(value) > LOUD)
    assert 0.3 < (first - last) / RATE < 3, "an answer comes behind its question"


@audible
def test_a_human_voice_is_heard_and_answered(sound: Studio, tmp_path: Path) -> None:
    if not shutil.which("espeak-ng"):
        pytest.skip("needs espeak-ng")
    path = tmp_path / "say.wav"
    command = ["espeak-ng", "-w", str(path), "What is the weather like in the mountains today?"]
    subprocess.run(command, check=True)
    with wave.open(str(path)) as file:
        pcm, rate = file.readframes(file.getnframes()), file.getframerate()
    with sound.heard() as heard, talk(sound, "talk") as child:
        sound.speak(pcm + bytes(rate * 2), rate)
        child.expect(r"you:\S* I heard [\d.]+ seconds of sound\.")
        child.expect(r"model:\S* Here")
        until(lambda: len(trimmed(heard.now)) / 2 / RATE > 0.5)


@audible
def test_whoever_speaks_is_given_the_floor_within_300_ms(sound: Studio) -> None:
    quickest = min(_barge_in(sound) for _ in range(3))
    assert quickest < MOST


def _barge_in(sound: Studio) -> float:
    """Seconds from a sound at the microphone to silence at the loudspeaker."""
    with talk(sound, "talk"):
        speaker, microphone = Monitor(sound, "speaker"), Monitor(sound, "micfeed")
        sound.speak(said("Count to 60") + silence(0.8))
        until(lambda: len(speaker.loud_at) > 40)
        microphone.loud_at.clear()
        sound.speak(tone(300, 1.0))
        time.sleep(0.5)
        speaker.close()
        microphone.close()
    spoke = microphone.loud_at[0]
    before = [moment for moment in speaker.loud_at if moment < spoke]
    assert before, "the answer was under way"
    # The next answer begins half a second after the interruption ends, at the earliest.
    after = [moment for moment in speaker.loud_at if spoke <= moment < spoke + 1.2]
    return (after[-1] if after else spoke) - spoke


@audible
def test_a_held_key_makes_the_turn(sound: Studio) -> None:
    with talk(sound, "talk", "--push-to-talk") as child:
        child.expect_exact("space begins and ends a turn")
        sound.speak(said("Who am I?"))
        child.send(" ")
        child.expect_exact("space sends it")
        sound.speak(said("Count to 3"))
        time.sleep(0.3)
        child.send(" ")
        found = child.expect([r"you:\S* Count to 3", r"you:\S* Who am I"])
        assert found == 0, "what was said before the key was pressed is not sent"
        child.expect_exact("1, 2, 3")


@audible
def test_captions_from_a_microphone(sound: Studio) -> None:
    with talk(sound, "transcribe") as child:
        sound.speak(said("Mind the gap.") + silence(1.0))
        child.expect_exact("Mind the gap.")


@audible
def test_a_translation_is_heard(sound: Studio) -> None:
    with sound.heard() as heard, talk(sound, "translate", "--to", "es", "--play") as child:
        sound.speak(said("Mind the gap.") + silence(1.0))
        child.expect(re.escape("[es] Mind the gap."))
        until(lambda: len(trimmed(heard.now)) >= len(said("[es] Mind the gap. ")) * 0.95)


# -- an hour ------------------------------------------------------------------------------------


def test_memory_is_flat_over_an_hour(tmp_path: Path) -> None:
    time, lines = FakeTime(), io.StringIO()
    link = Link(TalkSession(usual_settings("gpt-realtime")))
    socket = Socket(LocalWire(link))
    mouth = Mouth(Nobody(time.clock), tape=True)

    class Paper:
        def text(self, text: str, *, trusted: bool = False) -> None:
            lines.write(text)

    said_ = Paragraphs(Paper(), time.clock, mouth.heard, live=False)
    talk_ = Conversation(socket.send, mouth, said_, lambda line: None, time.clock)
    tape = Tape(Path(os.devnull), mouth.heard_sound)

    def send(event: Any) -> bool:
        socket.send(event)
        return True

    class Nothing:
        def blocks(self) -> Iterator[bytes]:
            return iter(())

        def stop(self) -> None:
            pass

    ear = Ear(Nothing(), Always(), send, tap=tape.add)
    loud, quiet = tone(300, 0.1), silence(0.1)
    # Somebody speaks for 1.2 s, and again: now behind the answer, now in the middle of it.
    turn = [loud] * 12 + [quiet] * 48 + [loud] * 12 + [quiet] * 18
    parts = (talk_, mouth, said_, tape, ear)
    _talk(turn, 40, time, ear, talk_, socket)
    early = _size(parts)
    _talk(turn, 360, time, ear, talk_, socket)
    late = _size(parts)
    assert time.now - 1000 == pytest.approx(3600)
    assert talk_.usage.answers > 700
    assert late < early + 64_000, f"{early} bytes after six minutes, {late} after an hour"
    tape.close()


def _talk(
    turn: list[bytes], times: int, time: FakeTime, ear: Ear, talk: Conversation, socket: Socket
) -> None:
    for _ in range(times):
        for block in turn:
            time.now += 0.1
            ear.take(block)
            while (event := socket.receive(0)) is not None:
                talk.handle(event)
            talk.tick()


def _size(parts: tuple[object, ...]) -> int:
    """Bytes of everything that these objects hold, the server's side left aside."""
    seen: set[int] = set()
    waiting: list[object] = list(parts)
    total = 0
    while waiting:
        one = waiting.pop()
        foreign = (type, ModuleType, FunctionType, Socket, io.StringIO, FakeTime, threading.Thread)
        if id(one) in seen or isinstance(one, foreign):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        waiting.extend(gc.get_referents(one))
    return total
