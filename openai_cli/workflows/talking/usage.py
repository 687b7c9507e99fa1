"""What a session has used, added up."""

from __future__ import annotations

from typing import Any

from ..sound.meter import clock


class Usage:
    """Tokens and seconds of all answers and transcripts."""

    def __init__(self) -> None:
        self.answers = 0
        self._sums: dict[str, float] = {}

    def add_answer(self, usage: Any) -> None:
        """An answer's usage; None where it has none."""
        self.answers += 1
        if isinstance(usage, dict):
            self._add("in", usage.get("input_tokens"))
            self._add("out", usage.get("output_tokens"))
            for side, name in (("in", "input"), ("out", "output")):
                details = usage.get(f"{name}_token_details") or {}
                self._add(f"{side} audio", details.get("audio_tokens"))
                self._add(f"{side} cached", details.get("cached_tokens"))

    def add_transcript(self, usage: Any) -> None:
        """A transcript's usage: tokens or seconds."""
        if isinstance(usage, dict):
            self._add("written", usage.get("total_tokens"))
            self._add("heard", usage.get("seconds"))

    def _add(self, name: str, value: Any) -> None:
        if isinstance(value, int | float) and value:
            self._sums[name] = self._sums.get(name, 0) + value

    def text(self, seconds: float) -> str:
        """All of it in one line."""
        parts = [clock(seconds)]
        if self.answers:
            parts.append(f"{self.answers} answer{'s' if self.answers > 1 else ''}")
        parts += [self._tokens(side) for side in ("in", "out") if self._sums.get(side)]
        if self._sums.get("written"):
            parts.append(f"{self._sums['written']:,.0f} tokens for transcripts")
        if self._sums.get("heard"):
            parts.append(f"{self._sums['heard']:,.0f} s transcribed")
        return ", ".join(parts)

    def _tokens(self, side: str) -> str:
        about = [
            f"{self._sums[name]:,.0f} {kind}"
            for kind in ("audio", "cached")
            if (name := f"{side} {kind}") in self._sums
        ]
        more = f" ({', '.join(about)})" if about else ""
        return f"{self._sums[side]:,.0f} tokens {side}{more}"
