"""Templates: what may stand in them, how places are filled, and `oai templates`."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core.errors import UsageError
from openai_cli.workflows.chat import template

from .support.cli import oai, oai_terminal

REVIEW = '''\
description = "Review a change"
system = "You review {{lang}} code."
prompt = """
Look at {{ what }}, {{tone}}.
"""
model = "gpt-{{size}}"
schema = '{"type": "object", "properties": {"a": {"type": "{{kind}}"}}}'
attach = ["docs/{{lang}}.md"]

[options]
"reasoning.effort" = "{{effort}}"
reasoning.summary = "auto"
max_output_tokens = 100
metadata = {team = "{{tone}}", list = ["{{what}}", 1, true]}

[vars]
lang = "Python"
tone = "kindly"
size = 5.5
unused = 1
'''
GIVEN = {"what": "this", "kind": "string", "effort": "high"}


@pytest.fixture
def env(isolated: Path) -> dict[str, str]:
    return {"OAI_HOME": str(isolated)}


@pytest.fixture
def folder(isolated: Path) -> Path:
    """Where this test's templates are kept."""
    made = isolated / "config" / "templates"
    made.mkdir(parents=True)
    return made


def parse(text: str) -> template.Template:
    return template.parse(text, Path("t.toml"))


# -- filling ----------------------------------------------------------------------------------


def test_every_place_is_filled() -> None:
    found = parse(REVIEW)
    assert found.places == ("lang", "what", "tone", "size", "kind", "effort")
    filled = template.fill(found, {**GIVEN, "lang": "Go"})
    assert filled.system == "You review Go code."
    assert filled.prompt == "Look at this, kindly."
    assert filled.model == "gpt-5.5"
    assert filled.schema == '{"type": "object", "properties": {"a": {"type": "string"}}}'
    assert filled.attach == ["docs/Go.md"]
    assert filled.options == {
        "reasoning": {"effort": "high", "summary": "auto"},
        "max_output_tokens": 100,
        "metadata": {"team": "kindly", "list": ["this", 1, True]},
    }
    assert template.fill(found, GIVEN).system == "You review Python code.", "nothing is remembered"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{x}}", "X"),
        ("{{ x }}{{x}}", "XX"),
        ("{{\tx\t}}", "X"),
        ("{{{{x}}}}", "{{x}}"),
        ("{{{x}}}", "{{{x}}}"),
        ("${{x}} ${{ x }}", "${{x}} ${{ x }}"),
        ('{"a": {"b": {}}}', '{"a": {"b": {}}}'),
        ('{"a":{{x}}}', '{"a":{{x}}}'),
        ("{x} {{}} {{1}} {{x.y}} {{x|upper}} {{ 'x' }}", None),
        ("f'{{{x}}}' %(x)s $x", None),
        ("{{é}}", None),
        ("a { {x} } b", None),
    ],
)
def test_what_is_a_place(text: str, shown: str | None) -> None:
    found = template.Template("t", Path("t.toml"), prompt=text, defaults={"x": "X"})
    assert template.fill(found, {}).prompt == (text if shown is None else shown)


@given(st.text(alphabet="{}$ x\n"), st.text())
def test_what_is_put_in_is_not_looked_at_again(around: str, value: str) -> None:
    found = parse("prompt = '{{x}}|{{y}}'")
    filled = template.fill(found, {"x": value + "{{y}}", "y": around})
    assert filled.prompt == value + "{{y}}|" + around


def test_all_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        template.fill(parse(REVIEW), {"kind": "string"})
    assert caught.value.message == "t.toml wants what, effort"
    assert "--var what=… --var effort=…" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [("wha", "did you mean what?"), ("zzz", "its places: lang, what, tone, size, kind, effort")],
)
def test_a_name_without_a_place(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match="has no place") as caught:
        template.fill(parse(REVIEW), {**GIVEN, name: "x"})
    assert hint in caught.value.hint


def test_a_default_may_be_given_though_no_place_uses_it() -> None:
    assert template.fill(parse(REVIEW), {**GIVEN, "unused": "x"}).model == "gpt-5.5"
    with pytest.raises(UsageError) as caught:
        template.fill(parse("prompt = 'x'"), {"a": "b"})
    assert caught.value.hint == "it has no places"


def test_an_empty_value_is_a_value() -> None:
    assert template.fill(parse("prompt = '<{{x}}>'"), {"x": ""}).prompt == "<>"


def test_the_last_line_end_of_a_text_does_not_count() -> None:
    assert parse('prompt = """\na\n\n"""').prompt == "a\n"
    assert parse("prompt = ' a '").prompt == " a "


# -- mistakes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("promt = 'x'\n", 1, "promt is not a key oai knows; did you mean prompt?"),
        ("\nprompt = 3\n", 2, "prompt wants a text"),
        ("prompt = 'x'\nmodel = ['m']\n", 2, "model wants a text"),
        ("attach = 'a.md'\n", 1, "attach wants a list of texts"),
        ("attach = ['']\n", 1, "attach wants a list of texts"),
        ("schema = {type = 'object'}\n", 1, "schema wants a text"),
        ("options = 3\n", 1, "options wants a table"),
        ("vars = []\n", 1, "vars wants a table"),
        ("[vars]\na = 'x'\nb = true\n", 3, "b wants a text or a number"),
        ("[vars]\n'a b' = 'x'\n", 2, "a b cannot name a place"),
        ("[options]\nstop = 1979-05-27\n", 2, "stop wants what JSON can say"),
        ("[options]\na = 1\nb = [{c = nan}]\n", 3, "b wants what JSON can say"),
        ("[options]\n'a..b' = 1\n", 2, "a..b is no parameter's name"),
        ("[options]\na = 1\n'a.b' = 2\n", 3, "a.b is given twice, or inside a value"),
        ("[options]\na.b = 1\n'a.b' = 2\n", 2, "a.b is given twice"),
        ("[options]\n'a.b' = 2\na.b = 1\n", 2, "a is given twice"),
        ("[prompts]\nx = 1\n", 1, "prompts is not a key"),
        ('prompt = """\n[vars]\nmodel = x\n"""\nmodel = 4\n', 5, "model wants a text"),
        ("system = '''\n[options]\n'''\nmodle = 4\n", 4, "did you mean model?"),
        ("prompt = 'x'\nmodel = \n", 2, "Invalid value"),
        ("prompt = 'x'\nprompt = 'y'\n", 2, "Cannot overwrite"),
    ],
)
def test_mistakes_are_shown_with_their_line(
    folder: Path, env: dict[str, str], text: str, line: int, words: str
) -> None:
    path = folder / "t.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        template.load("t", env)
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert words in caught.value.message


def test_a_file_that_is_no_text(folder: Path, env: dict[str, str]) -> None:
    (folder / "t.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot read"):
        template.load("t", env)


def test_names_and_paths(folder: Path, env: dict[str, str], tmp_path: Path) -> None:
    (folder / "mine.toml").write_text("prompt = 'named'")
    (tmp_path / "mine.toml").write_text("prompt = 'by path'")
    assert template.load("mine", env).prompt == "named"
    assert template.load(str(tmp_path / "mine.toml"), env).prompt == "by path"
    assert template.locate("./x", env) == Path("x")
    assert template.locate("x.toml", env) == Path("x.toml")
    for name in ("", "..", "a b", "-x"):
        with pytest.raises(UsageError, match="cannot be a template's name"):
            template.locate(name, env)


def test_a_template_that_is_not_there(folder: Path, env: dict[str, str]) -> None:
    (folder / "review.toml").write_text("")
    with pytest.raises(UsageError, match="there is no template 'reviw'") as caught:
        template.load("reviw", env)
    assert caught.value.hint == "did you mean review?"
    with pytest.raises(UsageError, match=r"there is no file nowhere/x\.toml"):
        template.load("nowhere/x.toml", env)
    with pytest.raises(UsageError) as caught:
        template.load("zzzz", env)
    assert caught.value.hint == "`oai templates edit zzzz`"


# -- the commands -----------------------------------------------------------------------------


def test_list(folder: Path) -> None:
    assert oai("templates", "list").ok().json == []
    (folder / "review.toml").write_text(REVIEW)
    (folder / "broken.toml").write_text("prompt = 3")
    (folder / "notes.txt").write_text("no template")
    broken, review = oai("templates", "list").ok().json
    assert review == {
        "name": "review",
        "description": "Review a change",
        "places": ["lang", "what", "tone", "size", "kind", "effort"],
        "model": "gpt-{{size}}",
        "path": str(folder / "review.toml"),
    }
    assert broken["name"] == "broken" and "prompt wants a text" in broken["error"]


def test_list_before_there_is_a_folder() -> None:
    assert oai("templates", "list").ok().json == []


def test_show(folder: Path) -> None:
    (folder / "review.toml").write_text(REVIEW)
    assert oai("templates", "show", "review", "-f", "text").ok().stdout == REVIEW
    shown = oai("templates", "show", "review").ok().json
    assert shown["defaults"] == {"lang": "Python", "tone": "kindly", "size": "5.5", "unused": "1"}
    assert shown["options"]["reasoning"] == {"summary": "auto", "effort": "{{effort}}"}
    done = oai("templates", "show", "reviw")
    assert done.code == 2 and "did you mean review?" in done.stderr


def test_path(isolated: Path) -> None:
    folder = isolated / "config" / "templates"
    assert oai("templates", "path").ok().stdout == f"{folder}\n"
    assert oai("templates", "path", "new").ok().stdout == f"{folder / 'new.toml'}\n"
    assert not folder.exists()


def test_the_outline_is_a_good_template() -> None:
    found = parse(template.SKELETON)
    assert (found.prompt, found.places, found.options) == ("", (), {})
    opened = template.SKELETON.replace("\n# ", "\n").partition("\n")[2]
    lines = [line for line in opened.splitlines() if "=" in line or line[:1] in '["']
    full = parse("\n".join(line for line in lines if not line.startswith("{{")))
    assert full.options == {"reasoning": {"effort": "high"}} and full.places == ("lang",)
    assert full.description and full.schema and full.attach == ["STYLE.md"]


@pytest.fixture
def editor(tmp_path: Path) -> Any:
    """Makes an editor that runs a shell script on its file and gives its command."""

    def make(script: str) -> str:
        path = tmp_path / "my editor"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return f"'{path}' --wait"

    return make


def edit(name: str, **env: str) -> Any:
    env["NO_COLOR"] = "1"
    return oai("templates", "edit", name, env=env, terminals=(True, True, True))


def test_editing_makes_a_template(isolated: Path, editor: Any) -> None:
    path = isolated / "config" / "templates" / "new.toml"
    done = edit("new", EDITOR=editor("""test "$1" = --wait; echo "prompt = 'x'" > "$2" """))
    assert done.code == 0 and done.stderr == f"saved {path}\n"
    assert path.read_text() == "prompt = 'x'\n"
    done = edit("new", VISUAL=editor("""echo "model = 'm'" >> "$2" """), EDITOR="false")
    assert done.code == 0 and path.read_text() == "prompt = 'x'\nmodel = 'm'\n"


def test_an_outline_left_as_it_was_is_not_kept(isolated: Path, editor: Any, tmp_path: Path) -> None:
    path = isolated / "config" / "templates" / "new.toml"
    done = edit("new", EDITOR=editor(f'cp "$2" {tmp_path}/seen'))
    assert done.code == 0 and "nothing is kept" in done.stderr
    assert not path.exists()
    assert (tmp_path / "seen").read_text() == template.SKELETON
    done = edit("new", EDITOR=editor("exit 3"))
    assert done.code == 1 and "my editor ended with 3" in done.stderr
    assert not path.exists()


def test_a_mistake_does_not_lose_the_text(folder: Path, editor: Any) -> None:
    path = folder / "t.toml"
    done = edit("t", EDITOR=editor("""printf 'prompt = 1\\nlong text' > "$2" """))
    assert done.code == 2
    assert f"error: {path}:2: " in done.stderr
    assert "the text is kept; `oai templates edit t` opens it again" in done.stderr
    assert path.read_text() == "prompt = 1\nlong text"
    assert edit("t", EDITOR=editor("""echo "prompt = 'x'" > "$2" """)).code == 0


def test_editing_by_path(tmp_path: Path, editor: Any) -> None:
    path = tmp_path / "here.toml"
    done = edit(str(path), EDITOR=editor("""echo "prompt = 'x'" > "$2" """))
    assert done.code == 0 and path.exists()
    done = edit(str(tmp_path / "nowhere" / "x.toml"), EDITOR="true")
    assert done.code == 2 and "cannot write" in done.stderr


@pytest.mark.parametrize("terminals", [(False, True, True), (True, False, True), (False,) * 3])
def test_editing_without_a_terminal(
    isolated: Path, terminals: tuple[bool, bool, bool], editor: Any
) -> None:
    command = editor('echo x > "$2"')
    done = oai("templates", "edit", "t", env={"EDITOR": command}, terminals=terminals)
    assert done.code == 2
    assert "an editor needs a terminal" in done.stderr
    assert not (isolated / "config" / "templates" / "t.toml").exists()


def test_no_input_means_no_editor(isolated: Path, editor: Any) -> None:
    env = {"EDITOR": editor('echo x > "$2"')}
    done = oai("templates", "edit", "t", "--no-input", env=env, terminals=(True, True, True))
    assert done.code == 2 and "--no-input" in done.stderr


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"EDITOR": "/nowhere/editor"}, "cannot start /nowhere/editor"),
        ({"EDITOR": "vi 'open"}, "VISUAL or EDITOR is no command"),
        ({"PATH": "/nowhere"}, "there is no editor"),
    ],
)
def test_no_such_editor(isolated: Path, env: dict[str, str], words: str) -> None:
    done = edit("t", **env)
    assert done.code == 2 and words in done.stderr
    assert not (isolated / "config" / "templates" / "t.toml").exists()


def test_an_editor_on_a_real_terminal(isolated: Path, editor: Any) -> None:
    command = editor("""printf 'Prompt? '; read text; echo "prompt = '$text'" > "$2" """)
    answers = [("Prompt? ", "hello\r")]
    screen = oai_terminal("templates", "edit", "t", env={"EDITOR": command}, answers=answers)
    assert screen.code == 0 and "saved" in screen.text
    path = isolated / "config" / "templates" / "t.toml"
    assert path.read_text() == "prompt = 'hello'\n"
