"""The picture in the README is what the commands show."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools.picture import COMMANDS, svg
from tools.picture import __main__ as tool


class Cell:
    """A character of a terminal."""

    def __init__(self, data: str, fg: str = "default", bold: bool = False) -> None:
        self.data, self.fg, self.bold = data, fg, bold
        self.italics = self.underscore = False


def test_a_line_is_cut_where_its_style_changes() -> None:
    line = [*(Cell(c, "red") for c in "error:"), *(Cell(c) for c in " a <b>  ")]
    assert list(svg.runs(line)) == [
        (0, "error:", svg.Style(svg.COLOURS["red"])),
        (7, "a <b>", svg.Style()),
    ]


def test_a_picture_is_an_image_with_the_text_in_it() -> None:
    lines = [[Cell(c, "ff8800", bold=True) for c in "a < b"], [Cell(" ")]]
    found = ElementTree.fromstring(svg.picture([("oai x", lines), ("oai y", [])]))
    texts = [node for node in found.iter() if node.tag.endswith("text")]
    assert [node.text for node in texts] == ["$", "oai x", "a < b", "$", "oai y"]
    assert texts[2].get("fill") == "#ff8800"
    assert texts[2].get("font-weight") == "bold"
    assert len({node.get("y") for node in texts}) == 3


@pytest.mark.slow
def test_the_picture_is_up_to_date() -> None:
    assert tool.main(["--check"]) == 0
    text = tool.PLACE.read_text("utf-8")
    for command in COMMANDS:
        assert svg.escape(command) in text


@pytest.mark.slow
def test_a_picture_that_is_old_is_found_and_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "terminal.svg"
    place.write_text(tool.PLACE.read_text("utf-8").replace("42", "41"))
    monkeypatch.setattr(tool, "PLACE", place)
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    assert tool.main(["--check"]) == 1
    assert "python -m tools.picture" in capsys.readouterr().out
    assert tool.main([]) == 0
    assert "42" in place.read_text("utf-8")
