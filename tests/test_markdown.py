"""Live markdown: what a terminal shows, screen and scrollback, while and after a model writes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from openai_cli.render.markdown import MarkdownStream
from openai_cli.render.markdown_code import Highlighter

from .support.screen import Terminal


def stream(terminal: Terminal, *, color: bool = True, links: bool = True) -> MarkdownStream:
    """A stream onto a terminal."""
    return MarkdownStream(
        terminal.write,
        lambda: terminal.columns,
        lambda: terminal.rows,
        color=color,
        links=links,
    )


def show(
    pieces: str | Iterable[str], columns: int = 40, rows: int = 24, **options: Any
) -> Terminal:
    """What a terminal shows of these pieces; a string is one piece."""
    terminal = Terminal(columns, rows)
    rendered = stream(terminal, **options)
    for piece in [pieces] if isinstance(pieces, str) else pieces:
        rendered.feed(piece)
    rendered.finish()
    return terminal


def tokens(text: str, size: int = 4) -> Iterator[str]:
    """Text cut up as a model sends it."""
    return (text[start : start + size] for start in range(0, len(text), size))


def text_of(markdown: str, columns: int = 40, **options: Any) -> str:
    """The text shown for markdown that comes in small pieces."""
    return show(tokens(markdown, 3), columns, **options).text


def style_of(terminal: Terminal, word: str) -> Any:
    """The first cell of a word."""
    for line, cells in zip(terminal.lines, terminal.cells, strict=True):
        if word in line:
            return [cell for cell in cells if cell.data][line.index(word)]
    raise AssertionError(f"{word!r} is not on the screen")


# -- blocks -----------------------------------------------------------------------------------

LINE = "─" * 40

BLOCKS: dict[str, tuple[str, str] | tuple[str, str, int]] = {
    "paragraph": ("one\ntwo\n\n\nthree", "one\ntwo\n\nthree"),
    "wraps": ("one two three four five", "one two three\nfour five", 16),
    "long word": ("a bbbbbbbbbbbbb c", "a\nbbbbbbb\nbbbbbb\nc", 8),
    "heading": ("text\n## A *head* ##\ntext", "text\n\nA head\ntext"),
    "hashes": ("# C# and #5 #", "C# and #5"),
    "no heading": ("#5 is alive\n####### x", "#5 is alive\n####### x"),
    "setext": ("Title #\n=====\n\nSub\n---\n", "Title #\n\nSub"),
    "rule": ("a\n\n---\n\nb", f"a\n\n{'─' * 19}\n\nb", 20),
    "list": ("- a\n- b\n  - c\n    - d\n* e\n", "• a\n• b\n  ◦ c\n    ▪ d\n• e"),
    "loose": ("- a\n\n- b\n\n  more\n", "• a\n\n• b\n\n  more"),
    "ordered": ("9. a\n1. b\n\ntext\n3) c\n\n3) d", "9. a\n10. b\n\ntext\n3) c\n\n3) d"),
    "hangs": ("- one two three four", "• one two\n  three four", 14),
    "tasks": ("- [ ] a\n- [x] b\n1. [X] c", "☐ a\n☑ b\n1. ☑ c"),
    "code": ("```py\n\tx\n\n\n y\n```\nz", f"── py {'─' * 34}\n    x\n\n\n y\n{LINE}\nz", 60),
    "tildes": ("~~~\n```\n~~~~", f"{LINE}\n```\n{LINE}", 60),
    "code in a list": (
        "1. a\n\n   ```\n   x\n\n     y\n   ```\n2. b",
        f"1. a\n\n   {LINE}\n   x\n\n     y\n   {LINE}\n2. b",
        60,
    ),
    "empty item": ("- a\n-\n- b", "• a\n•\n• b"),
    "quote": ("> a\nlazy\n>\n> - b\n\nc", "│ a\n│ lazy\n│\n│ • b\n\nc"),
    "quote in quote": ("> a\n> > b\n> > b2\n>\n> c", "│ a\n│ │ b\n│ │ b2\n│\n│ c"),
    "long code in a quote": ("> ```\n> abcdefghij\n> ```", "│ ─────\n│ abcde\n│ fghij\n│ ─────", 8),
    "indented": ("a\n\n    x = *1*\n\n      y\nb", "a\n\nx = *1*\n\n  y\nb"),
    "html": ("<div>\n<b>x</b> &amp;\n</div>", "<div>\n<b>x</b> &\n</div>"),
    "definitions": ("[a][1]\n\n[1]: http://x.y", "[a][1]\n\n[1]: http://x.y"),
    "math": ("$$\na_1 *b* \\\\\n= c\n$$\nx", "$$\na_1 *b* \\\\\n= c\n$$\nx"),
    "math in brackets": ("so\n\\[\n- a_1\n\\]\nx", "so\n\\[\n- a_1\n\\]\nx"),
    "inline math": ("\\(a*b*c\\) $x_1*y*z$ is $5 *or* $6", "\\(a*b*c\\) $x_1*y*z$ is $5 or $6"),
    "wide": ("中文中文中文中文", "中文中文\n中文中文", 10),
    "no stop begins a row": ("中文中文。中文", "中文中\n文。中\n文", 8),
}

TABLE = "| a | b | c |\n|---|:-:|--:|\n| x | yy | zzzz |\n| **bold** | | 1\\|2 |\n"

TABLES: dict[str, tuple[str, int, list[str]]] = {
    "aligned": (
        TABLE + "\nnext",
        40,
        [
            "a    │  b  │    c",
            "─────┼─────┼─────",
            "x    │ yy  │ zzzz",
            "bold │     │  1|2",
            "",
            "next",
        ],
    ),
    "wide": (
        "|名前|x|\n|-|-|\n|é|中文|",
        40,
        ["名前 │ x", "─────┼─────", "é    │ 中文"],
    ),
    "fitted": (
        "|k|text|\n|-|-|\n|a|one two three four|",
        20,
        ["k   │ text", "────┼──────────────", "a   │ one two three", "    │ four"],
    ),
    "after text": (
        "text\nk|v\n-|-\na|b|c\n",
        40,
        ["text", "k   │ v", "────┼──────", "a   │ b | c"],
    ),
    "too narrow": (
        "|k|l|m|n|\n|-|-|-|-|\n|a|b|c|d|\n|e|f|g|h|",
        16,
        ["───", "k: a", "l: b", "m: c", "n: d", "───", "k: e", "l: f", "m: g", "n: h"],
    ),
    "none": ("a | b\nc | d\n", 40, ["a | b", "c | d"]),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str) -> None:
    markdown, expected, *rest = BLOCKS[name]
    assert text_of(markdown, *rest) == expected


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str) -> None:
    markdown, columns, expected = TABLES[name]
    assert text_of(markdown, columns).split("\n") == expected


# -- styles -----------------------------------------------------------------------------------


def test_styles() -> None:
    markdown = "# Head\n**bold** *it* ***both*** ~~gone~~ `code` plain **un\nder** *lone"
    terminal = show(tokens(markdown, 3))
    assert terminal.text == "Head\nbold it both gone code plain un\nder *lone"
    assert style_of(terminal, "Head").bold
    assert style_of(terminal, "bold").bold
    assert style_of(terminal, "it").italics
    both = style_of(terminal, "both")
    assert both.bold and both.italics
    assert style_of(terminal, "gone").strikethrough
    assert style_of(terminal, "code").fg == "cyan"
    plain = style_of(terminal, "plain")
    assert (plain.bold, plain.italics, plain.fg) == (False, False, "default")
    assert style_of(terminal, "der").bold


def test_links() -> None:
    markdown = "[text](http://x.y/z) <http://a.b> ![pic](http://p.q) [bad](ftp://x)"
    terminal = show(tokens(markdown, 3), 80)
    assert terminal.text == "text http://a.b pic bad (ftp://x)"
    assert "\x1b]8;;http://x.y/z\x1b\\" in "".join(terminal.writes)
    shown = "text (http://x.y/z) http://a.b pic (http://p.q) bad (ftp://x)"
    assert text_of(markdown, 80, links=False) == shown
    assert text_of(markdown, 80, color=False) == shown


def test_without_color_there_are_no_styles() -> None:
    markdown = "# Head\n\n> **a** `b` [c](http://d)\n\n```py\ndef f(): pass\n```\n" + TABLE
    terminal = show(tokens(markdown, 3), color=False)
    assert not re.search(r"\x1b\[[\d;]*m|\x1b\]", "".join(terminal.writes))
    assert terminal.lines[:3] == ["# Head", "", "│ a b c (http://d)"]


def test_open_emphasis_is_shown_as_it_will_be() -> None:
    terminal = Terminal(60)
    rendered = stream(terminal)
    for piece in tokens("so **this is bold and goes on** and `code is** this` and *it", 1):
        rendered.feed(piece)
        assert not re.search(r"[*`]", terminal.text.replace("is** this", "").replace("is**", ""))
    assert style_of(terminal, "it").italics
    rendered.finish()
    assert terminal.text.endswith("and *it")


CODE = {
    "python": 'def f(x):\n    """Doc\n    string"""\n    return "a" + x  # why\n\nclass A: pass\n',
    "js": "/* long\n   comment */\nconst a = `b\n  ${c}`; // x\nfunction f() { return 'x'; }\n",
    "c": '#include <a.h>\n/* a\n * b "c\n */\nint main(void) { return 0; }\n',
    "go": "package a\n\n/* x\n y */\nfunc f() string {\n\treturn `a\nb`\n}\n",
    "rust": "fn f<'a>(x: &'a str) -> u8 {\n    let y = \"a\"; // b\n    1\n}\n",
    "sql": "select 'it', 1 -- c\nfrom t\nwhere a = 'b'\n",
    "json": '{\n  "a": [1, true, null],\n  "b": "c"\n}\n',
    "bash": 'for x in "$@"; do\n  echo "a\n  b" # c\ndone\n',
    "html": "<!-- a\n b -->\n<p class='x'>y &amp; z</p>\n",
    "css": "/* a\n b */\na:hover { color: #fff; }\n",
}


@pytest.mark.parametrize("language", CODE)
def test_code_line_by_line_is_coloured_as_if_whole(language: str) -> None:
    """pygments' own colours, which we get with the whole text, are the oracle."""
    from pygments.lexers import get_lexer_by_name

    from openai_cli.render.markdown_code import _color

    whole = get_lexer_by_name(language, stripnl=False).get_tokens(CODE[language])
    expected = [(char, _color(kind)) for kind, text in whole for char in text if char != "\n"]
    highlighter = Highlighter(language, color=True)
    rows = [highlighter.line(line + "\n") for line in CODE[language].splitlines()]
    got = [(char, sgr) for row in rows for text, sgr, _ in row for char in text]
    visible = [pair for pair in got if not pair[0].isspace()]
    assert visible == [pair for pair in expected if not pair[0].isspace()]
    assert len({sgr for _, sgr in visible}) > 1


def test_unknown_languages_stay_plain() -> None:
    terminal = show("```nosuchthing\ndef f(): 1\n```")
    assert style_of(terminal, "def").fg == "default"


# -- streams ----------------------------------------------------------------------------------

WORDS = ["word", "Ünïcode", "中文字", "😀", "é", "a", "snake_case", "C#", "1", "x" * 30, "2"]
MARKS = ["**", "*", "_", "`", "``", "~~", "[", "](http://x)", "](", ")", "!", "<", "\\", "$"]
MARKS += ["\\(", "\\)"]
STARTS = ["# ", "- ", "1. ", "> ", "    ", "\t", "|"]
STARTS += ["```py\n", "```\n", "---\n", "===\n", "|-|-|\n", "$$\n"]
SPACES = [" ", " ", " ", "\n", "\n", "\n\n", "\r\n", "  "]
MARKDOWN = st.lists(
    st.sampled_from([*WORDS, *SPACES, *STARTS, *MARKS]) | st.text(max_size=3),
    max_size=40,
).map("".join)


@settings(deadline=None, max_examples=150)
@given(MARKDOWN, st.randoms(use_true_random=False), st.sampled_from([(40, 24), (17, 8), (9, 6)]))
@example("a " * 300 + "**b " * 100 + "c** d", random.Random(1), (17, 8))
@example("*" * 700 + "\n\n- " + "中" * 300, random.Random(2), (17, 8))
@example("```\n" + "x" * 3000 + "\n```\n" + "中 `" * 200, random.Random(3), (40, 24))
@example(TABLE + "| d | e | f |\n" * 30, random.Random(4), (40, 24))
def test_any_split_gives_the_same_screen(
    markdown: str, dice: random.Random, size: tuple[int, int]
) -> None:
    pieces, rest = [], markdown
    while rest:
        count = dice.choice((1, 1, 2, 3, 5, 20, 400))
        pieces.append(rest[:count])
        rest = rest[count:]
    split, whole = show(pieces, *size), show(markdown, *size)
    if size == (40, 24):
        assert split.lines == whole.lines
    else:  # An open block that does not fit keeps the rows that have left the screen as they are.
        assert re.sub(r"\W", "", split.text) == re.sub(r"\W", "", whole.text)


@settings(deadline=None, max_examples=60)
@given(MARKDOWN)
def test_nothing_is_lost_and_nothing_doubled(markdown: str) -> None:
    """Whatever the height, the words are those of a terminal on which all of it fits."""
    low, high = show(tokens(markdown), 30, 6), show(tokens(markdown), 30, 1000)
    if "|-" not in markdown:
        assert "".join(low.text.split()) == "".join(high.text.split())
    for word in set(re.findall(r"word|snake_case", markdown)):
        assert "".join(low.text.split()).count(word) == markdown.count(word)


def essay(paragraphs: int) -> str:
    """An answer with something of everything; each paragraph carries its number."""
    kinds = [
        "Paragraph {0} has **some bold** words, `code` and *more*, and goes on a good while.\n\n",
        "- item {0}\n  - inner **{0}**\n\n",
        "```python\ndef f{0}(x):\n    return x + {0}  # some comment\n```\n\n",
        "| n | text |\n|---|---|\n| {0} | cell **x** |\n| b | other |\n\n",
        "> quote {0} 中文，以及更多\n\n## Heading {0}\n\n",
    ]
    return "".join(kinds[n % len(kinds)].format(n) for n in range(paragraphs))


def test_an_answer_taller_than_the_screen() -> None:
    markdown = essay(100)
    low, high = show(tokens(markdown), 50, 10), show(markdown, 50, 1000)
    assert low.lines == high.lines
    assert sum("Paragraph" in line for line in low.lines) == 20


@pytest.mark.parametrize(
    "markdown",
    [
        "```python\n" + "".join(f"line_{n} = {n}  # comment\n" for n in range(200)) + "```\n",
        "one **two " + "three " * 500 + "four**",
        "中文" * 400,
        "".join(f"- item {n}\n" for n in range(100)),
        "> " + "quoted words " * 200,
    ],
    ids=["code", "open emphasis", "wide", "list", "quote"],
)
def test_a_block_taller_than_the_screen(markdown: str) -> None:
    low, high = show(tokens(markdown, 3), 40, 8), show(markdown, 40, 1000)
    assert "".join(low.text.split()).replace("*", "") == "".join(high.text.split()).replace("*", "")


def test_a_table_taller_than_the_screen_keeps_its_columns() -> None:
    rows = "".join(f"| {n} | some words |\n" for n in range(60))
    markdown = "| n | text |\n|---|---|\n" + rows + "| x | a very long cell |\n"
    terminal = show(tokens(markdown), 24, 12)
    numbers = [line.split(" │ ")[0].strip() for line in terminal.lines[2:62]]
    assert numbers == [str(n) for n in range(60)]
    assert terminal.lines[62:64] == ["x   │ a very", "    │ long cell"]


def test_finished_rows_are_never_touched() -> None:
    """What stands above the open block does not change while the rest arrives."""
    terminal = Terminal(50, 30)
    rendered = stream(terminal)
    markdown = essay(12)
    rendered.feed(markdown + "# Open\n\nnow ")
    before = terminal.lines[:-1]
    terminal.writes.clear()
    for piece in tokens("this goes on and **on** and on, for more than one row of text. " * 3):
        rendered.feed(piece)
        assert terminal.lines[: len(before)] == before
    ups = re.findall(r"\x1b\[(\d+)A", "".join(terminal.writes))
    assert all(int(up) <= 1 for up in ups)


def test_plain_text_is_written_once_and_at_once() -> None:
    terminal = Terminal(60)
    rendered = stream(terminal)
    rendered.feed("Hello wor")
    assert terminal.text == "Hello wor"
    terminal.writes.clear()
    rendered.feed("ld")
    rendered.feed("")
    assert terminal.writes == ["ld"]


@pytest.mark.slow
def test_the_work_stays_linear() -> None:
    """A hundred thousand tokens: what is written is a small multiple of what came, to the end."""
    markdown = essay(4000)[:400_000]
    written: list[int] = []
    rendered = MarkdownStream(
        lambda text: written.append(len(text)), lambda: 80, lambda: 24, color=True
    )
    marks = []
    for number, piece in enumerate(tokens(markdown)):
        if number % 10_000 == 0:
            marks.append(sum(written))
        rendered.feed(piece)
    rendered.finish()
    assert sum(written) < 6 * len(markdown)
    parts = [after - before for before, after in pairwise(marks)]
    assert max(parts) < 1.2 * min(parts)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "**",
        "*a ",
        "中文",
        "`",
        "[",
        "\\(",
        "x",
        "a|",
        "| b ",
        "$1 ",
        "> ",
        "- ",
        "&",
        "```",
    ],
)
def test_one_endless_line_costs_what_any_text_costs(unit: str) -> None:
    """Counted in calls of Python functions, which do not depend on the machine."""
    costs = []
    for length in (4_000, 8_000):
        costs.append(_calls(unit * (length // len(unit))))
    assert costs[1] < 2.6 * costs[0]


def _calls(markdown: str) -> int:
    import sys

    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1

    rendered = MarkdownStream(lambda text: None, lambda: 80, lambda: 24, color=False)
    rendered.feed("warm **up** `x`\n\n")
    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        for piece in tokens(markdown, 16):
            rendered.feed(piece)
        rendered.finish()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "start", [" ", "\t", "-", "- ", "> ", "#", "1. ", "*", "=", "`", "| ", "$$"]
)
@pytest.mark.parametrize("before", ["", "> ```\n> x\n", "    x\n", "p\n", "|a|\n|-|\n"])
def test_a_long_line_of_marks_loses_no_text(start: str, before: str) -> None:
    assert "text" in show(tokens(before + start * 200 + " text")).text.replace("\n", "")


# -- the terminal -----------------------------------------------------------------------------

RESIZES = [((60, 24), (30, 24)), ((30, 24), (60, 24)), ((60, 24), (25, 10)), ((40, 8), (80, 30))]
OPEN = {
    "paragraph": "Some words that **are bold and** go on for more than a row, and " * 2,
    "list": "- one\n- two words and many more of them, so that this one takes several rows of text",
    "table": TABLE + "| some longer words | in a row | of it |\n| and | then",
    "code": "```py\nx = 1\nlong_line = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17",
    "wide": "中文，以及更多的中文，" * 4,
}


@pytest.mark.parametrize("sizes", RESIZES, ids=str)
@pytest.mark.parametrize("name", OPEN)
def test_a_resize_in_the_middle(name: str, sizes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    """The open block is laid out again, what was finished stays: as if it had come in this size."""
    terminal = Terminal(*sizes[0])
    rendered = stream(terminal)
    for piece in tokens("First.\n\n" + OPEN[name]):
        rendered.feed(piece)
    terminal.resize(*sizes[1])
    end = " and the end.\n" + ("```\n" if name == "code" else "") + "\nLast *words*."
    for piece in tokens(end):
        rendered.feed(piece)
    rendered.finish()
    assert terminal.lines[0] == "First."
    assert terminal.lines[-2:] == ["Last words.", ""]
    expected = show("First.\n\n" + OPEN[name] + end, *sizes[1])
    if name == "table":  # Its cells may have been wrapped, and final, before.
        assert sorted(_words(terminal)) == sorted(_words(expected))
    else:
        assert _words(terminal) == _words(expected)
    if name in ("list", "table") and min(sizes[0][1], sizes[1][1]) >= 24:
        assert terminal.text == expected.text


def _words(terminal: Terminal) -> str:
    return re.sub(r"[\s│┼─]", "", terminal.text)


def test_a_resize_that_pushes_the_open_block_off_the_screen() -> None:
    terminal = Terminal(80, 40)
    rendered = stream(terminal)
    rows = "".join(f"| row{n} | some words |\n" for n in range(20))
    rendered.feed("| a | b |\n|---|---|\n" + rows)
    terminal.resize(60, 8)
    rendered.feed("| row20 | x |\n\nend")
    rendered.finish()
    assert re.findall(r"row(\d+)", terminal.text) == [str(n) for n in range(21)]
    assert terminal.text.count("some words") == 20
    assert terminal.text.endswith("x\n\nend")


HOSTILE = [
    "\x1b[2J\x1b[1;1Hgone",
    "\x1b]0;title\x07",
    "`\x1b[31m`",
    "[x](http://a\x1b]8;;evil)",
    "&#x1b;[31m &#155;31m &#x202e;x",
    "```\x1b[31m\n\x1b[2J\n```",
    "| a\x1b[2J | b |\n|---|---|\n| \x9b2J | \x07 |",
    "a\rb\u202ec",
    "\\(\x1b[2J\\) $\x1b$",
    "# \x1b[0m\n- \x1b\n> \x1b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_the_model_cannot_drive_the_terminal(text: str) -> None:
    terminal = show(tokens(text, 1))
    sent = "".join(terminal.writes)
    ours = r"\x1b\[[\d;]*[mAJKC]|\x1b\]8;;(?:https?://[!-~]*)?\x1b\\|\r(?=\x1b)|\r(?=[^\n])|\n"
    left = re.sub(ours, "", sent)
    assert left.isprintable(), left
    assert "\x1b[2J" not in sent and "\x1b[31m" not in sent


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("```py\nx = (", f"── py {'─' * 33}\nx = (\n{'─' * 39}"),
        ("some **bold and `co", "some **bold and `co"),
        ("see [the docs](http://x", "see [the docs](http://x"),
        ("| a | b |\n|---|---|\n| c | d", "a   │ b\n────┼────\nc   │ d"),
        ("| a | b |\n|--", "| a | b |\n|--"),
        ("- a\n-", "• a\n•"),
        ("text\n#", "text"),
        ("$$\nx^2", "$$\nx^2"),
        ("a\r", "a␍"),
        ("```", f"{'─' * 39}\n{'─' * 39}"),
        ("", ""),
        ("\n\n", ""),
    ],
)
def test_an_interrupted_stream_is_complete(markdown: str, expected: str) -> None:
    terminal = show(tokens(markdown, 1))
    assert terminal.text == expected
    assert terminal.cursor[0] == 0


def test_a_broken_pipe_reaches_the_caller() -> None:
    def broken(text: str) -> None:
        raise BrokenPipeError

    rendered = MarkdownStream(broken, lambda: 80, lambda: 24, color=True)
    with pytest.raises(BrokenPipeError):
        rendered.feed("text")


def test_the_module_is_cheap_to_import() -> None:
    import subprocess
    import sys

    script = (
        "import sys, openai_cli.render.markdown;"
        "print({'rich', 'markdown_it', 'pygments', 'wcwidth'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
