"""Subtitles of a piece become subtitles of the whole: SRT and WebVTT, shifted and numbered on.
Pure."""

from __future__ import annotations

import re

_TIME = r"(?:(\d+):)?(\d\d):(\d\d)([.,])(\d{3})"
_SPAN = re.compile(rf"^{_TIME}([ \t]+-->[ \t]+){_TIME}", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*\d+[ \t]*\n(?=[ \t]*\d+:\d\d:\d\d[.,]\d{3}[ \t]+-->)", re.MULTILINE)
_HEADER = re.compile(r"\A\ufeff?WEBVTT[^\n]*\n(?:[^\n]+\n)*\n*")
_MARKUP = re.compile(r"</?[a-z][^>]*>|<\d[^>]*>")


def later(text: str, seconds: float) -> str:
    """All times of a text moved on by so many seconds."""
    return _SPAN.sub(lambda found: _moved(found, seconds), text)


def _moved(found: re.Match[str], seconds: float) -> str:
    begin, arrow, end = found.groups()[:5], found.group(6), found.groups()[6:]
    return f"{_time(begin, seconds)}{arrow}{_time(end, seconds)}"


def _time(parts: tuple[str | None, ...], more: float) -> str:
    hours, minutes, seconds, mark, thousandths = parts
    whole = (int(hours or 0) * 60 + int(minutes or 0)) * 60 + int(seconds or 0)
    moved = whole * 1000 + int(thousandths or 0) + round(more * 1000)
    rest, thousand = divmod(moved, 1000)
    return f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}{mark}{thousand:03}"


def numbered(text: str, before: int) -> tuple[str, int]:
    """An SRT text whose cues are numbered on after `before`, and the number of its last one."""
    last = before

    def number(_: re.Match[str]) -> str:
        nonlocal last
        last += 1
        return f"{last}\n"

    return _NUMBERED.sub(number, text), last


def headless(text: str) -> str:
    """A WebVTT text without its header."""
    return _HEADER.sub("", text, count=1)


def words(text: str) -> str:
    """What is said in subtitles, without numbers and times."""
    kept = [
        line
        for line in _NUMBERED.sub("", headless(text.replace("\r\n", "\n"))).splitlines()
        if line.strip() and not _SPAN.match(line)
    ]
    return _MARKUP.sub("", " ".join(kept))
