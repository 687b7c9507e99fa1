"""A translation session: speech goes in, and comes out in another language while it is spoken."""

from __future__ import annotations

from . import realtime_voice as voice
from . import tokens
from .call import Object
from .errors import ApiError
from .ids import fresh
from .realtime_hearing import Hearing, Stopped
from .realtime_link import Link, Session, Work
from .realtime_settings import part, required


class TranslationSession(Session):
    """There are no turns: every stretch of speech is translated as it ends."""

    def __init__(self, model: str, delay: float = 0.0, pace: float = 0.0) -> None:
        super().__init__(delay)
        self._pace = pace
        self._hearing = Hearing()
        self._hearing.detection = {"silence_duration_ms": 300}
        self._settings: Object = {
            "id": fresh("sess_"),
            "type": "translation",
            "model": model,
            "expires_at": self.expires_at,
            "audio": {"input": {}, "output": {"language": "en"}},
        }
        self.events = {
            "session.update": self._update,
            "session.input_audio_buffer.append": self._append,
            "session.close": self._close,
        }

    def joined(self, link: Link) -> None:
        """Tell the newcomer about the session."""
        self.emit({"type": "session.created", "session": self._settings}, link)

    def _update(self, event: Object) -> None:
        given = part(required(event, "session"), "audio")
        audio = self._settings["audio"]
        merged = {name: {**audio[name], **(given.get(name) or {})} for name in ("input", "output")}
        language = merged["output"].get("language")
        if language is not None and not isinstance(language, str):
            param = "session.audio.output.language"
            raise ApiError(400, "'language' has to be a text.", param=param)
        self._settings = {**self._settings, "audio": merged}
        self.emit({"type": "session.updated", "session": self._settings})

    def _append(self, event: Object) -> None:
        for happened in self._hearing.add(voice.decoded(event.get("audio"))):
            if isinstance(happened, Stopped):
                self.do(self._translated(voice.heard(happened.sound), happened.at))

    def _close(self, event: Object) -> None:
        if self._hearing.speaking:
            self.do(self._translated(voice.heard(self._hearing.commit()), self._hearing.now))
        self.do(self._closed())

    def _closed(self) -> Work:
        yield {"type": "session.closed"}
        self.end(1000, "")

    def _translated(self, words: str, at: int) -> Work:
        if part(self._settings, "audio", "input", "transcription"):
            for token in tokens.split(words + " "):
                yield {"type": "session.input_transcript.delta", "delta": token, "elapsed_ms": at}
        language = part(self._settings, "audio", "output").get("language") or "en"
        text = f"[{language}] {words} "
        for token in tokens.split(text):
            yield {"type": "session.output_transcript.delta", "delta": token, "elapsed_ms": at}
        sound, size = voice.spoken(text), voice.PIECE * 2
        form = {"format": "pcm16", "sample_rate": voice.RATE, "channels": 1, "elapsed_ms": at}
        for start in range(0, len(sound), size):
            delta = voice.encoded(sound[start : start + size])
            yield {"type": "session.output_audio.delta", "delta": delta, **form}
            if self._pace:
                yield voice.PIECE / voice.RATE / self._pace
