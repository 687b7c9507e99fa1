"""The manual pages: made from the commands and the words, complete, clean, the same everywhere."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from openai_cli.catalog import load
from openai_cli.cli import tree
from openai_cli.core import config, settings
from openai_cli.core.errors import Exit
from openai_cli.engine import globals as global_options
from openai_cli.engine.parameters import metavar, positional
from tools.man import __main__ as tool
from tools.man import facts, roff, topics

from .support.cli import ROOT, oai
from .support.lines import calls, make_files

MAN = ROOT / "man"
PAGES = sorted(MAN.glob("*.[0-9]"))
TOPICS = topics.read(tool.TOPICS)
OPERATIONS = list(load.operations())


def plain(source: str) -> str:
    """A page's words without its markup, each run of white space one space."""
    text = re.sub(r"^\.(?:SH|SS) \"(.*)\"$", r"\1", source, flags=re.M)
    text = re.sub(r"^\.\\\".*$|^\.[A-Za-z]+( \d)?$", "", text, flags=re.M)
    text = re.sub(r"\\f[BIR]|\\:|\\&", "", text)
    for escape, char in {"\\-": "-", "\\(aq": "'", "\\(ga": "`", "\\(dq": '"'}.items():
        text = text.replace(escape, char)
    text = text.replace("\\(ha", "^").replace("\\(ti", "~").replace("\\[rs]", "\\")
    text = re.sub(r"\\\[u([0-9A-F]+)\]", lambda match: chr(int(match[1], 16)), text)
    return " ".join(text.split())


def flat(text: str) -> str:
    """Words as a page has them: no backticks, three dots for an ellipsis."""
    return " ".join(text.replace("`", "").replace("…", "...").split())


@cache
def sections(page: str) -> dict[str, str]:
    """The sections of a page, by their titles."""
    parts = re.split(r"^\.SH \"(.*)\"$", (MAN / page).read_text("utf-8"), flags=re.M)
    titles = [title.replace("\\-", "-") for title in parts[1::2]]
    return dict(zip(titles, map(plain, parts[2::2]), strict=True))


# -- they are what the generator makes ------------------------------------------------------------


def test_the_pages_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    code = tool.main(["--check"])
    assert code == 0, "".join(capsys.readouterr())


@pytest.mark.slow
def test_the_same_pages_come_out_anywhere(tmp_path: Path) -> None:
    """Another home, another configuration, another terminal, keys in the environment."""
    secret = "sk-do-not-print-0123456789"
    (tmp_path / "config.toml").write_text(
        'default_profile = "mine"\n[profiles.mine]\nmodel = "my-own-model"\n'
        '[aliases]\nmy-own-alias = "files list"\n'
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "OAI_CONFIG": str(tmp_path / "config.toml"),
        "OPENAI_API_KEY": secret,
        "OPENAI_BASE_URL": "http://my-own-host/v1",
        "OAI_FORMAT": "yaml",
        "COLUMNS": "40",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "7",
    }
    made = tmp_path / "made"
    command = [sys.executable, "-m", "tools.man", "--output", str(made)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    files = {path.relative_to(made): path for path in made.rglob("*") if path.is_file()}
    assert len(files) == len(PAGES) + 2
    telling = [secret, "my-own-", str(tmp_path), str(ROOT), sys.prefix, str(Path.home())]
    for name, path in files.items():
        assert path.read_bytes() == (ROOT / name).read_bytes(), name
        text = path.read_text("utf-8")
        assert not [word for word in telling if word in text], name


@pytest.mark.slow
def test_check_tells_what_is_out_of_date(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main(["--output", str(tmp_path)]) == 0
    assert tool.main(["--output", str(tmp_path), "--check"]) == 0
    page = tmp_path / "man" / "oai-files.1"
    page.write_text(page.read_text().replace("List the files.", "List files."))
    (tmp_path / "man" / "oai-gone.1").write_text("old\n")
    capsys.readouterr()
    assert tool.main(["--output", str(tmp_path), "--check"]) == 1
    told = capsys.readouterr()
    assert "+List the files." in told.out and "man/oai-gone.1" in told.out
    assert "python -m tools.man" in told.err
    assert tool.main(["--output", str(tmp_path)]) == 0
    assert not (tmp_path / "man" / "oai-gone.1").exists()
    assert tool.main(["--output", str(tmp_path), "--check"]) == 0


# -- they read well -------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("mandoc"), reason="mandoc is not installed")
def test_mandoc_has_nothing_to_say() -> None:
    command = ["mandoc", "-T", "lint", "-W", "warning", *map(str, PAGES)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("man"), reason="man is not installed")
@pytest.mark.parametrize("language", ["C", "C.UTF-8"])
def test_man_has_nothing_to_say(language: str) -> None:
    environment = {**os.environ, "LC_ALL": language, "MANWIDTH": "80", "MANROFFSEQ": ""}
    command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", *map(str, PAGES)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_begins_and_ends_as_manuals_do(page: Path) -> None:
    found = list(sections(page.name))
    assert found[0] == "NAME" and found[-1] == "SEE ALSO"
    name, dash, summary = sections(page.name)["NAME"].partition(" - ")
    assert name == page.stem and dash and summary
    known = {other.name for other in PAGES}
    for other, section in re.findall(r"(oai[a-z-]*)\((\d)\)", sections(page.name)["SEE ALSO"]):
        assert f"{other}.{section}" in known, other


# -- they are complete ----------------------------------------------------------------------------


def test_every_group_has_a_page() -> None:
    entries = tree().node.entries.values()
    wanted = {f"oai-{entry.name}.1" for entry in entries if entry.group}
    wanted |= {f"oai-{t.name}.{t.section}" for t in TOPICS if t.section > 1} | {"oai.1"}
    assert wanted == {page.name for page in PAGES}
    assert {"oai-config.5", "oai-exit-codes.7", "oai-environment.7", "oai-formats.7"} <= wanted


PIECES = 4


@pytest.mark.parametrize("piece", range(PIECES))
def test_every_operation_is_told_whole(piece: int) -> None:
    for operation in OPERATIONS[piece::PIECES]:
        name = " ".join(("oai", *operation.command))
        text = sections(f"oai-{operation.command[0]}.1")[name]
        words = set(re.split(r"[\s,.]+", text)) | set(text.split())
        assert flat(operation.help) in text
        assert f"{operation.method} {operation.path}" in text
        for what in positional(operation):
            assert metavar(what) in words, f"{name} {metavar(what)}"
        for flag, values in options_of(operation):
            assert flag in words, f"{name} {flag}"
            for value in values:
                assert value in text, f"{name} {flag} {value}"
        for line in operation.words.example:
            assert f"$ {' '.join(line.split())}" in text, line


def options_of(operation: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    for parameter in operation.parameters:
        if flag := operation.flag(parameter):
            shown = f"--[no-]{flag[2:]}" if parameter.type == "boolean" else flag
            yield shown, parameter.enum
        for field in parameter.fields:
            flag = "--" + ".".join(field.path).replace("_", "-")
            yield f"--[no-]{flag[2:]}" if field.type == "boolean" else flag, field.enum


def test_every_command_written_by_hand_is_told() -> None:
    for found in tool.walk.root().everything():
        top = len(found.path) < 2
        if (top and found.group) or found.operation is not None:
            continue
        text = sections("oai.1" if top else f"oai-{found.path[0]}.1")[found.name]
        assert top or flat(found.help) in text, found.name
        for option in found.options():
            assert max(option.opts, key=len).removeprefix("--") in text, f"{found.name} {option}"


def test_the_main_page_tells_of_all_global_options() -> None:
    text = " ".join(sections("oai.1").values())
    for option in global_options.options():
        for flag in option.opts:
            assert flag in text, flag
    for page in PAGES:
        assert page.stem == "oai" or f"{page.stem}({page.suffix[1:]})" in text


# -- the facts of the topics ----------------------------------------------------------------------


def test_no_fact_is_left_out() -> None:
    assert list(facts.missing(TOPICS)) == []


def test_every_exit_code_is_told() -> None:
    rows = {
        row[0] for kind, content in topic("exit-codes").blocks for row in content if kind == "rows"
    }
    assert rows == {str(int(code)) for code in Exit}


def test_every_profile_key_is_told() -> None:
    assert set(config.SCHEMA) <= topic("config").terms()
    text = sections("oai-config.5")["KEYS OF A PROFILE"]
    for key in config.SCHEMA:
        assert key in text.split(), key
        if variable := settings.ENVIRONMENT.get(key):
            assert variable in text


def test_every_variable_is_told() -> None:
    read = facts.variables()
    assert set(settings.ENVIRONMENT.values()) | {"OPENAI_API_KEY", "NO_COLOR", "CI"} <= read
    assert read <= topic("environment").terms()


def topic(name: str) -> topics.Topic:
    return next(topic for topic in TOPICS if topic.name == name)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('env.get("PAGER")', {"PAGER"}),
        ('self.env.get("PAGER", "")', {"PAGER"}),
        ('os.environ["PAGER"]', {"PAGER"}),
        ('"PAGER" in console.env', {"PAGER"}),
        ('SETTINGS = {"x": "OAI_X"}', {"OAI_X"}),
        ('"""OAI_X"""', set()),
        ('values.get("PAGER")', set()),
        ('state.env["math"]', set()),
    ],
)
def test_variables_are_found_however_they_are_read(code: str, found: set[str]) -> None:
    assert set(facts._read_in(ast.parse(code))) == found


@pytest.mark.parametrize("name", ["exit-codes", "formats", "config", "environment"])
def test_what_a_topic_leaves_out_is_a_problem(name: str) -> None:
    found = topic(name)
    rows = [(block, row) for block in found.blocks if block[0] == "rows" for row in block[1]]
    block, row = rows[0]
    emptied = [
        [kind, [r for r in content if r is not row]] if content is block[1] else [kind, content]
        for kind, content in found.blocks
    ]
    others = [other for other in TOPICS if other.name != name]
    less = topics.Topic(name, found.section, found.summary, emptied)
    problems = list(facts.missing([*others, less]))
    assert len(problems) == len(row[0].split(", "))
    assert all(f"words/topics/{name}.md" in problem for problem in problems)


@pytest.mark.parametrize(
    "line",
    sorted(
        {
            line
            for topic in TOPICS
            for kind, content in topic.blocks
            if kind == "code"
            for line in content
            if line.startswith("oai ") or "| oai " in line
        }
    ),
)
def test_the_examples_of_the_topics_can_be_typed(line: str, tmp_path: Path) -> None:
    for words, piped in calls(line):
        make_files(words, tmp_path)
        done = oai(*plain_words(words), "--dry-run", stdin="text" if piped else None, cwd=tmp_path)
        assert done.code == 0, done.stderr


def plain_words(words: list[str]) -> list[str]:
    """Without a filter and a format, which a dry run's JSON is not for."""
    kept = list(words)
    for option in ("--jq", "-o", "-f"):
        if option in kept:
            at = kept.index(option)
            del kept[at : at + 2]
    return kept


# -- the topics' files ----------------------------------------------------------------------------


def write_topic(folder: Path, text: str) -> Path:
    (folder / "sample.md").write_text(text)
    return folder


def test_a_topic_is_read(tmp_path: Path) -> None:
    text = (
        "# sample(7): what a sample is\n\nSome `words`\non two lines.\n\n## Part\n\n"
        "- `{exit:USAGE}`: First,\n  gone on.\n- `A`, `B`: {default:timeout} s.\n\n"
        "```\noai x\n\n  y\n```\n"
    )
    (found,) = topics.read(write_topic(tmp_path, text))
    assert (found.name, found.section, found.summary) == ("sample", 7, "what a sample is")
    assert found.blocks == [
        ["paragraph", "Some `words` on two lines."],
        ["heading", "Part"],
        ["rows", [["2", "First, gone on."], ["A, B", "600 s."]]],
        ["code", ["oai x", "", "  y"]],
    ]
    assert found.terms() == {"2", "A", "B"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# other(7): x\n", "sample.md:1: wants `# sample(7)"),
        ("", "sample.md:1: wants"),
        ("# sample(7): x\n\n- no term\n", "sample.md:3: wants - `term`"),
        ("# sample(7): x\n\n```\noai\n", "sample.md:3: code that does not end"),
        ("# sample(7): x\n\nA {exit:NOTHING}.\n", "no such fact: {exit:NOTHING}"),
    ],
)
def test_a_wrong_topic_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(topics.TopicError) as caught:
        topics.read(write_topic(tmp_path, text))
    assert problem in str(caught.value)


# -- roff -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("--flag", "\\-\\-flag"),
        ("a\\b", "a\\[rs]b"),
        ("it's `x`", "it\\(aqs \\(gax\\(ga"),
        ("~/x^2", "\\(ti/x\\(ha2"),
        ("more…", "more..."),
        ("café", "caf\\[u00E9]"),
    ],
)
def test_literal_text_stays_what_it_is(text: str, made: str) -> None:
    assert roff.literal(text) == made


def test_prose_keeps_hyphens_and_marks_what_is_typed() -> None:
    assert roff.prose("A well-known `--flag` - or -x.") == (
        "A well-known \\fB\\-\\-flag\\fR \\- or \\-x."
    )
    assert roff.prose("one ` alone") == "one ` alone"


def test_text_is_never_a_request() -> None:
    manual = roff.Manual("x", 1, "2026-01-01", "x")
    manual.section("A")
    manual.paragraph(".TH is text. 'So is this.")
    manual.code([".TH 1", "'quoted'"])
    lines = manual.text().splitlines()[5:]
    assert "\\&.TH is text. 'So is this." in lines
    assert "\\&.TH 1" in lines and "\\(aqquoted\\(aq" in lines


def test_long_words_may_be_broken() -> None:
    assert roff.bold("|".join(["value"] * 12)).count("\\:") == 11
    assert "\\:" not in roff.bold("a|b")


# -- the wheel ------------------------------------------------------------------------------------


def test_the_wheel_brings_the_pages() -> None:
    pytest.importorskip("hatchling")
    from tools.man.wheel import Manuals

    hook = Manuals(str(ROOT), {}, None, None, "", "wheel")  # type: ignore[arg-type]
    data: dict[str, Any] = {"shared_data": {}}
    hook.initialize("standard", data)
    placed = data["shared_data"]
    assert {Path(path).name for path in placed} == {page.name for page in PAGES}
    assert placed[str(MAN / "oai-chat.1")] == "share/man/man1/oai-chat.1"
    assert placed[str(MAN / "oai-config.5")] == "share/man/man5/oai-config.5"
