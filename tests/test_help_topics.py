"""`oai help`: the pages of commands and topics, and the pager."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openai_cli.core.errors import Exit
from openai_cli.workflows import registry, topics

from .support.cli import ROOT, oai, oai_terminal
from .test_house import HEAVY, loaded
from .test_man import flat, plain

NAMES = list(topics.summaries())
WANTED = {"config", "environment", "exit-codes", "formats"}


# -- commands -------------------------------------------------------------------------------------


def test_help_alone_is_the_page_of_oai() -> None:
    assert oai("help").ok().stdout == oai("--help").ok().stdout


@pytest.mark.parametrize(
    "words",
    ["files", "files list", "vector-stores files delete", "config list", "batches wait", "help"],
)
def test_help_of_a_command_is_its_page(words: str) -> None:
    assert oai("help", *words.split()).ok().stdout == oai(*words.split(), "--help").ok().stdout


def test_other_spellings_work_as_for_commands() -> None:
    wanted = oai("vector-stores", "files", "retrieve", "--help").ok().stdout
    assert oai("help", "vector_stores", "files", "get").ok().stdout == wanted
    assert oai("help", "exit_codes").ok().stdout == oai("help", "exit-codes").ok().stdout


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["exitcodes"], "oai help exit-codes"),
        (["fils"], "oai files"),
        (["files", "lst"], "oai files list"),
        (["files", "list", "more"], "`oai files list` has no command 'more'"),
    ],
)
def test_what_is_not_there_is_told_with_what_is_near(words: list[str], hint: str) -> None:
    done = oai("help", *words)
    assert done.code == Exit.USAGE
    assert hint in done.stderr and done.stdout == ""


# -- topics ---------------------------------------------------------------------------------------


def test_the_topics_are_listed() -> None:
    assert set(NAMES) >= WANTED
    page = oai("help", "--help").ok().stdout
    (listed,) = (help for path, help, _ in registry.COMMANDS if path == ("help",))
    for name, summary in topics.summaries().items():
        assert re.search(rf"^  {name} +{summary.split()[0]}", page, re.M), name
        assert name in listed, "`oai --help` names every topic"
    assert "exit-codes" in oai("--help").ok().stdout


@pytest.mark.parametrize("name", NAMES)
def test_a_topic_has_the_text_of_its_manual_page(name: str) -> None:
    section = topics.read("topics")[name]["manual"][-2]
    manual = plain((ROOT / "man" / f"oai-{name}.{section}").read_text("utf-8"))
    shown = oai("help", name, env={"COLUMNS": "100"}).ok().stdout
    words = " ".join(shown.split())
    for kind, content in topics.read("topics")[name]["blocks"]:
        texts = [content] if kind == "paragraph" else []
        texts += [text for row in content for text in row] if kind == "rows" else []
        texts += content if kind == "code" else []
        for text in texts:
            assert flat(text) in manual, text
            assert kind == "rows" or " ".join(text.split()) in words, text
        if kind == "heading":
            assert content.upper() in shown.splitlines() and content.upper() in manual


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_topic_fits(name: str, width: int) -> None:
    lines = oai("help", name, env={"COLUMNS": str(width)}).ok().stdout.splitlines()
    names = re.compile(r"  [A-Z_, ]+")
    prose = [line for line in lines if len(line.split()) > 2 and not names.fullmatch(line)]
    prose = [line for line in prose if not line.startswith("    ") or line.startswith(" " * 9)]
    assert max(map(len, prose)) <= max(width, 40)
    assert len(prose) > 5


def test_exit_codes_are_all_there() -> None:
    page = oai("help", "exit-codes").ok().stdout
    told = [int(number) for number in re.findall(r"^  (\d+) ", page, re.M)]
    assert told == [int(code) for code in Exit]


def test_a_page_may_go_to_a_file_or_into_json(tmp_path: Path) -> None:
    page = oai("help", "formats").ok().stdout
    oai("help", "formats", "-o", "page.txt", cwd=tmp_path).ok()
    assert (tmp_path / "page.txt").read_text() == page
    assert oai("help", "formats", "-f", "json").ok().json == {"text": page}


def test_a_broken_configuration_is_no_hindrance(write_config: object) -> None:
    write_config("nonsense = 1\n")  # type: ignore[operator]
    assert "default_profile" in oai("help", "config").ok().stdout
    assert oai("help", "search", "cancel batch").ok().json[0]["command"] == "oai batches cancel"


def test_help_loads_nothing_heavy() -> None:
    assert not loaded("help", "exit-codes") & HEAVY
    assert not loaded("help", "files", "list") & HEAVY


# -- the pager ------------------------------------------------------------------------------------


@pytest.fixture
def pager(tmp_path: Path) -> Path:
    """A pager that tells how it was called, and shows what it gets in capitals."""
    path = tmp_path / "bin" / "show me"
    path.parent.mkdir()
    path.write_text('#!/bin/sh\necho "PAGED $* LESS=$LESS"\ntr a-z A-Z\n')
    path.chmod(0o755)
    return path


def test_a_terminal_gets_the_pager(pager: Path) -> None:
    screen = oai_terminal("help", "exit-codes", env={"PAGER": f"'{pager}' -x"}, rows=60)
    assert screen.code == 0
    assert "PAGED -x LESS=FRX" in screen.text and "RATE" not in screen.text.splitlines()[0]
    assert "QUOTA IS USED UP" in screen.text


def test_less_keeps_its_own_options(pager: Path) -> None:
    env = {"PAGER": f"'{pager}'", "LESS": "-i"}
    assert "LESS=-i" in oai_terminal("help", "exit-codes", env=env, rows=60).text


def test_less_is_the_usual_pager(pager: Path) -> None:
    (pager.parent / "less").write_bytes(pager.read_bytes())
    (pager.parent / "less").chmod(0o755)
    env = {"PATH": f"{pager.parent}:/usr/bin:/bin"}
    assert "PAGED  LESS=FRX" in oai_terminal("help", "exit-codes", env=env, rows=60).text


@pytest.mark.parametrize(
    ("args", "env"),
    [
        (["--no-pager"], {}),
        ([], {"TERM": "dumb"}),
        ([], {"PAGER": ""}),
        ([], {"PAGER": "cat"}),
        ([], {"PAGER": "/no/such/pager"}),
        ([], {"PAGER": "it's broken"}),
        ([], {"PAGER": None, "PATH": "/nowhere"}),
    ],
)
def test_there_is_no_pager(pager: Path, args: list[str], env: dict[str, str | None]) -> None:
    screen = oai_terminal("help", "exit-codes", *args, env={"PAGER": f"'{pager}'", **env}, rows=60)
    assert screen.code == 0
    assert "PAGED" not in screen.text and "quota is used up" in screen.text


def test_no_pager_in_a_pipe(pager: Path) -> None:
    done = oai("help", "exit-codes", env={"PAGER": f"'{pager}'"}).ok()
    assert "PAGED" not in done.stdout and "quota is used" in done.stdout


def test_a_pager_that_is_left_early_is_no_failure(tmp_path: Path) -> None:
    assert oai_terminal("help", "environment", env={"PAGER": "true"}).code == 0
    assert oai_terminal("help", "environment", env={"PAGER": "false"}).code == 0


# -- manual pages for man -------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that has two manual pages."""
    pages = tmp_path / "tools" / "oai" / "share" / "man"
    for name in ("man1/oai.1", "man5/oai-config.5"):
        (pages / name).parent.mkdir(parents=True)
        (pages / name).write_text("page\n")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "tools" / "oai"))
    return pages


def test_manual_pages_are_linked_and_unlinked(installed: Path, tmp_path: Path) -> None:
    place = tmp_path / "data" / "man"
    env = {"XDG_DATA_HOME": str(tmp_path / "data")}
    (place / "man1").mkdir(parents=True)
    (place / "man1" / "oaip.1").write_text("another program\n")
    for _ in range(2):
        told = oai("help", "--link-man", env=env).ok().stderr
        assert told == f"linked 2 manual pages in {place}\n"
        assert (place / "man1" / "oai.1").readlink() == installed / "man1" / "oai.1"
        assert (place / "man5" / "oai-config.5").read_text() == "page\n"
    (installed / "man1" / "oai.1").unlink()
    assert "removed 2 links" in oai("help", "--unlink-man", env=env).ok().stderr
    assert sorted(path.name for path in place.rglob("*.?")) == ["oaip.1"]


def test_a_page_of_ones_own_is_not_replaced(installed: Path, tmp_path: Path) -> None:
    own = tmp_path / "data" / "man" / "man1" / "oai.1"
    own.parent.mkdir(parents=True)
    own.write_text("mine\n")
    done = oai("help", "--link-man", env={"XDG_DATA_HOME": str(tmp_path / "data")})
    assert done.code == 1 and str(own) in done.stderr
    assert own.read_text() == "mine\n"
    assert not (tmp_path / "data" / "man" / "man5").exists()


def test_without_pages_nothing_is_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    done = oai("help", "--link-man", env={"XDG_DATA_HOME": str(tmp_path / "data")})
    assert done.code == 2 and "no manual pages" in done.stderr
