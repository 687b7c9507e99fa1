"""What people are told of a fine-tuning job: a line for each event, and a chart of its loss."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ..core.live import Lines
from ..render.chart import Point, Series, chart

if TYPE_CHECKING:
    from ..core.console import Console

TRAINING, VALIDATION = "train_loss", ("full_valid_loss", "valid_loss")
LEVELS = {"warn": "warning: ", "error": "error: "}

Event = dict[str, Any]


class Reader(Lines):
    """Turns events into lines; `job` gives the job as it is known at the end."""

    def __init__(self, job: Callable[[], dict[str, Any]]) -> None:
        self._job = job
        self._events: list[Event] = []
        self._day = date.today()

    def feed(self, event: Event) -> str:
        """The line that tells of an event."""
        self._events.append(event)
        message = told(event)
        level = LEVELS.get(str(event.get("level")), "")
        return f"{self._when(event.get('created_at'))}{level}{message}\n"

    def _when(self, at: Any) -> str:
        """The local time, with the date where it is another day than on the line before."""
        if not isinstance(at, int | float):
            return ""
        try:
            moment = datetime.fromtimestamp(at)
        except (ValueError, OverflowError, OSError):
            return ""
        day, self._day = self._day, moment.date()
        return moment.strftime("%H:%M:%S  " if day == self._day else "%Y-%m-%d %H:%M:%S  ")

    def final(self) -> Any:
        """The job with all its events, oldest first."""
        return {"job": self._job(), "events": self._events}


def told(event: Event) -> str:
    """An event in one line: its measurements, or its message."""
    data = event.get("data")
    message = " ".join(str(event.get("message") or "").split())
    if not isinstance(data, dict) or not _number(data.get(TRAINING)):
        return message
    step, total = data.get("step"), data.get("total_steps")
    if not _number(step):
        return message
    text = f"Step {step}/{total}" if _number(total) else f"Step {step}"
    text += f": loss {data[TRAINING]:.4g}"
    validation = next((data[name] for name in VALIDATION if _number(data.get(name))), None)
    return text if validation is None else f"{text}, validation {validation:.4g}"


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class Losses:
    """The losses measured at each step."""

    def __init__(self) -> None:
        self._training: dict[float, float] = {}
        self._validation: dict[float, float] = {}

    def add(self, measured: Any) -> None:
        """What an event or a checkpoint measured; anything else is passed over."""
        if not isinstance(measured, dict) or not _number(measured.get("step")):
            return
        step = float(measured["step"])
        if _number(measured.get(TRAINING)):
            self._training[step] = float(measured[TRAINING])
        for name in reversed(VALIDATION):
            if _number(measured.get(name)):
                self._validation[step] = float(measured[name])

    @property
    def enough(self) -> bool:
        """Whether there is a curve to draw."""
        return max(len(self._training), len(self._validation)) > 1

    def drawn(self, console: Console) -> str:
        """The chart for a terminal; empty where there is nothing to draw, or no way to."""
        series = [
            Series("training loss", _points(self._training), "36"),
            Series("validation loss", _points(self._validation), "33", "●"),
        ]
        return chart(series, console.width - 1, _style(console))


def _points(measured: dict[float, float]) -> list[Point]:
    return sorted(measured.items())


def _style(console: Console) -> Callable[[str, str], str]:
    return lambda text, code: console.style(text, code, stderr=True)


def can_draw(console: Console) -> bool:
    """Whether stderr is a terminal that shows dots, and somebody wants to see them."""
    encoding = getattr(console.stderr, "encoding", None) or "utf-8"
    dumb = console.env.get("TERM") == "dumb"
    return console.stderr_tty and not console.quiet and not dumb and _encodes(encoding)


def _encodes(encoding: str) -> bool:
    try:
        "⠿┤●".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
