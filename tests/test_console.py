"""The streams of a run, and text that cannot drive a terminal."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core.console import Console, harmless

ANY = st.text(st.characters())


def console(**options: object) -> Console:
    """A console on buffers."""
    env = options.pop("env", {})
    return Console(io.BytesIO(), io.BytesIO(), io.StringIO(), env, **options)  # type: ignore[arg-type]


@given(ANY)
def test_harmless_text_has_no_control_characters(text: str) -> None:
    shown = harmless(text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"))))
def test_plain_text_stays(text: str) -> None:
    assert harmless(text) == text


def test_tabs_and_line_ends_stay() -> None:
    assert harmless("a\tb\nc\r\nd") == "a\tb\nc\nd"


@given(ANY)
def test_lines_stay_lines(text: str) -> None:
    assert harmless(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x9b31m", "\ufffd31m"),
        ("a\rb", "a␍b"),
        ("a\x7f", "a␡"),
        ("\u202etxt", "\ufffdtxt"),
    ],
)
def test_control_characters_become_visible(text: str, shown: str) -> None:
    assert harmless(text) == shown


def test_a_pipe_gets_text_as_it_is() -> None:
    made = console()
    made.write("\x1b[31mred\r\n")
    assert made.stdout.getvalue() == b"\x1b[31mred\r\n"  # type: ignore[union-attr]


def test_a_terminal_does_not() -> None:
    made = console(terminals=(True, True, True))
    made.write("\x1b[2J")
    made.write("\x1b[1m", trusted=True)
    made.note("\x1b[2J")
    assert made.stdout.getvalue() == "␛[2J\x1b[1m".encode()  # type: ignore[union-attr]
    assert made.stderr.getvalue() == "␛[2J\n"  # type: ignore[union-attr]


def test_half_a_surrogate_pair_is_no_crash() -> None:
    made = console()
    made.write("a\ud800b")
    made.note("a\ud800b")
    assert made.stdout.getvalue() == b"a?b"  # type: ignore[union-attr]


def test_closed_streams() -> None:
    made = Console(None, None, None, {})
    made.note("lost")
    with pytest.raises(OSError, match="stdout is closed"):
        made.write("x")


@pytest.mark.parametrize(
    ("env", "choice", "terminal", "colored"),
    [
        ({}, "auto", False, False),
        ({}, "auto", True, True),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"TERM": "dumb"}, "auto", True, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"FORCE_COLOR": "0"}, "auto", False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({"FORCE_COLOR": "1"}, "never", True, False),
    ],
)
def test_colours(env: dict[str, str], choice: str, terminal: bool, colored: bool) -> None:
    made = console(env=env, color=choice, terminals=(False, terminal, False))
    assert made.colored() is colored
    assert made.style("x", "1") == ("\x1b[1mx\x1b[0m" if colored else "x")


@pytest.mark.parametrize(("text", "width"), [("120", 120), ("0", 80), ("wide", 80), ("", 80)])
def test_columns(text: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(descriptor: int) -> None:
        raise OSError

    monkeypatch.setattr("os.get_terminal_size", none)
    assert console(env={"COLUMNS": text}).width == width


def test_questions_need_somebody() -> None:
    assert console(terminals=(True, False, True)).interactive
    assert not console(terminals=(False, True, True)).interactive
    assert not console(terminals=(True, True, False)).interactive


def test_a_warning_cannot_drive_the_terminal() -> None:
    made = console(terminals=(False, False, True))
    made.warn("a name\x1b]0;owned\x07")
    assert "\x1b]0;" not in made.stderr.getvalue()  # type: ignore[union-attr]


def test_a_warning_can_be_silenced() -> None:
    made = console()
    made.warn("first")
    made.quiet = True
    made.warn("second")
    assert made.stderr.getvalue() == "warning: first\n"  # type: ignore[union-attr]
