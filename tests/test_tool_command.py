"""Commands as tools: values arrive verbatim, and nothing outlives its call."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core.errors import UsageError
from openai_cli.workflows.chat import tool_command, tools
from openai_cli.workflows.chat.shell_template import Template
from openai_cli.workflows.chat.tool import Tool, ToolError
from openai_cli.workflows.chat.tools import Call

from .support.cli import ROOT
from .support.schemas import INT, TEXT, closed

pytestmark = pytest.mark.skipif(os.name != "posix", reason="shell commands need a POSIX shell")


def shell(command: str) -> Tool:
    return tool_command.load(f"t: {command}", Path.cwd())


def words(command: str, **values: str) -> list[str]:
    """The arguments that a command's program gets: `args` in the command prints them."""
    script = command.replace("args", "printf '%s\\0'")
    return shell(script).run(values).split("\0")[:-1]


def gone(pid: int) -> bool:
    """Whether a process has ended, a moment allowed."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                return True
        except (OSError, IndexError):
            return True
        time.sleep(0.02)
    return False


# -- values are words, never code -----------------------------------------------------------------

HOSTILE = [
    "",
    " ",
    "a b",
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\\",
    "\\'",
    "$HOME",
    "${HOME}",
    "*",
    "~",
    "!!",
    "\n",
    "a\n\n",
    "-n",
    "{b}",
    "%s",
    "\x1b[2J",
    "❤ größe",
    "\x01\x7f",
    "&& touch pwned #",
    "$OAI_ARG_b",
]
VALUE = st.sampled_from(HOSTILE) | st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@given(VALUE, VALUE)
def test_hostile_values_arrive_verbatim_wherever_they_stand(a: str, b: str) -> None:
    command = (
        """args {a} x{a}{b}y "q {a} '{b}' q" 's {b} "{a}" s' "$(printf '%sx' {a} "{b}")" end"""
    )
    assert words(command, a=a, b=b) == [
        a,
        f"x{a}{b}y",
        f"q {a} '{b}' q",
        f's {b} "{a}" s',
        f"{a}x{b}x",
        "end",
    ]


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_in_a_value_is_run(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        words('f() { args "$@"; }; set -- x; f {v}; (args "{v}"; args {v})', v=value) == [value] * 3
    )
    assert words("args \\{v} {v}", v=value) == ["{v}", value]
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_place() -> None:
    command = "args ${HOME} {{x}} '{{print}}' {a,b} {} '{print $1}' \"\\{x}\" {1}"
    template = Template(command)
    assert template.names == [] and template.script() == command.replace("{{x}}", "{x}").replace(
        "{{print}}", "{print}"
    )
    assert Template("a '${x}' {y} {x}").names == ["x", "y"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("cat <<EOF\n{x}\nEOF", "here-document"),
        ("cat <<- 'EOF'\n{x}\nEOF", "here-document"),
        ("echo `ls {x}`", "between backticks"),
    ],
)
def test_places_where_no_value_can_be_quoted(command: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Template(command)


def test_the_preview_is_what_runs() -> None:
    tool = shell("""grep -n {a} "in {b}" 'and {c}'""")
    shown = tool.preview({"a": "x y", "b": 'q"$(z)', "c": "it's"})
    assert shown == """t: grep -n 'x y' "in q\\"\\$(z)" 'and it'\\''s'"""
    assert shell("echo {a}").preview({"a": "1\n\x1b"}) == r"t: echo $'1\n\e'"
    assert shell("echo {a}").preview({"a": "\ud800\u202e"}).isprintable()


@given(VALUE, VALUE)
def test_the_preview_says_the_same_to_a_shell(a: str, b: str) -> None:
    tool = shell("printf '%s\\0' {a} \"x{b}y\" 'p{a}q'")
    shown = tool.preview({"a": a, "b": b}).removeprefix("t: ")
    if "\ufffd" in shown or any(not char.isprintable() for char in a + b):
        return
    ran = subprocess.run(["sh", "-c", shown], capture_output=True, check=True).stdout
    assert ran.decode().split("\0")[:-1] == [a, f"x{b}y", f"p{a}q"]


def test_values_that_no_word_can_hold() -> None:
    for value in ("a\0b", "\ud800"):
        with pytest.raises(ToolError, match="could not be run"):
            shell("echo {a}").run({"a": value})


@pytest.mark.parametrize("arguments", [{}, {"a": 3}, {"a": None}, {"a": "x", "b": "y"}])
def test_arguments_of_a_command_are_strings(arguments: Any) -> None:
    with pytest.raises(ToolError, match="the arguments do not fit"):
        shell("echo {a}").run(arguments)


# -- what the model hears -------------------------------------------------------------------------


def test_output_alone() -> None:
    assert shell("echo hi").run({}) == "hi\n"
    assert shell("true").run({}) == ""
    assert shell("cat").run({}) == "", "stdin is empty"


@pytest.mark.parametrize(
    ("command", "text"),
    [
        ("echo out; echo err >&2; exit 3", "out\n[stderr]\nerr\n[exit code 3]"),
        ("exit 1", "[exit code 1]"),
        ("kill -9 $$", "[ended by signal 9]"),
        ("no-such-command-here", "[exit code 127]"),
    ],
)
def test_failures(command: str, text: str) -> None:
    with pytest.raises(ToolError) as caught:
        shell(command).run({})
    assert text in str(caught.value)


def test_stderr_of_a_success() -> None:
    assert shell("echo out; echo err >&2").run({}) == "out\n[stderr]\nerr\n"


def test_long_output_keeps_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool_command, "LIMIT", 1000)
    found = shell("echo first; yes | head -n 100000; echo last").run({})
    assert found.startswith("first\ny\n") and found.endswith("y\nlast\n")
    assert f"[… {200_000 + 11 - 1000} bytes left out …]" in found and len(found) < 1100


def test_output_that_is_no_text() -> None:
    assert shell("printf '\\377a'").run({}) == "\ufffda"


# -- time, and what is left behind ----------------------------------------------------------------


@pytest.mark.slow
def test_a_command_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tool_command.CommandTool, "timeout", 0.5)
    with pytest.raises(ToolError, match=r"begun\n\[stopped: it took longer than 0.5 seconds\]"):
        shell("echo begun; sleep 60 & echo $! >child; trap '' TERM; wait; sleep 60").run({})
    assert gone(int((tmp_path / "child").read_text()))


def test_what_stays_in_the_background_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    started = time.monotonic()
    assert shell("sleep 60 & echo $! >child; echo done").run({}) == "done\n"
    assert time.monotonic() - started < 5
    assert gone(int((tmp_path / "child").read_text()))


def test_cancelling_ends_every_running_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tool = shell("sleep 60 & echo $! >{name}; wait")
    calls = [Call(name, "t", json.dumps({"name": name})) for name in ("a", "b")]

    def interrupt() -> None:
        while not all((tmp_path / name).exists() for name in ("a", "b")):
            time.sleep(0.01)
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        tools.execute(calls, [tool], lambda *_: True, lambda _: None)
    assert time.monotonic() - started < 10
    assert all(gone(int((tmp_path / name).read_text())) for name in ("a", "b"))


def test_an_interrupted_program_leaves_nothing(tmp_path: Path) -> None:
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from openai_cli.workflows.chat import tools
        found = tools.load(["slow.py"], ["t: sleep 60 & echo $! >child; wait"], Path.cwd())
        calls = [tools.Call("1", "t", "{}"), tools.Call("2", "slow", "{}")]
        try:
            tools.execute(calls, found, lambda *_: True, lambda _: None)
        except KeyboardInterrupt:
            sys.exit(130)
    """)
    (tmp_path / "slow.py").write_text("import time\ndef slow() -> None: time.sleep(60)")
    child = tmp_path / "child"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}
    ) as running:
        while not (child.exists() and child.read_text().strip()):
            assert running.poll() is None
            time.sleep(0.02)
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 130
    assert gone(int(child.read_text()))


# -- programs described in a file -----------------------------------------------------------------


def program(folder: Path, toml: str, code: str = "cat") -> Tool:
    script = folder / "run.sh"
    script.write_text(f"#!/bin/sh\n{code}\n")
    script.chmod(0o755)
    (folder / "my-tool.toml").write_text(toml)
    return tool_command.load("my-tool.toml", folder)


def test_a_program_gets_json_on_stdin(tmp_path: Path) -> None:
    toml = """
        name = "weather"
        description = "The weather."
        command = ["./run.sh", "a b", "$HOME"]
        parameters = "city, days? int"
        timeout = 5
    """
    tool = program(tmp_path, toml, 'printf "%s|" "$@"; cat')
    assert (tool.name, tool.description, tool.strict) == ("weather", "The weather.", True)
    assert tool.parameters == closed(city=TEXT, days={"type": ["integer", "null"]})
    assert tool.run({"city": "Bern 'x'", "days": None}) == 'a b|$HOME|{"city": "Bern \'x\'"}\n'
    assert tool.preview({"city": "Bern"}) == 'weather(city="Bern")'
    with pytest.raises(ToolError, match="at /days"):
        tool.run({"city": "Bern", "days": "x"})


def test_parameters_as_a_table_and_what_is_left_out(tmp_path: Path) -> None:
    table = """
        command = ["./run.sh"]
        [parameters]
        type = "object"
        properties.tags = { type = "object", additionalProperties = { type = "integer" } }
    """
    tool = program(tmp_path, table)
    assert (tool.name, tool.strict) == ("my-tool", False)
    tags = {"type": "object", "additionalProperties": INT}
    assert tool.parameters == {"type": "object", "properties": {"tags": tags}}
    assert json.loads(tool.run({"tags": {"a": 1}})) == {"tags": {"a": 1}}
    bare = program(tmp_path, 'command = ["cat"]')
    assert bare.parameters == closed() and bare.run({}) == "{}\n"


def test_a_program_that_does_not_read(tmp_path: Path) -> None:
    tool = program(tmp_path, 'command = ["./run.sh"]\nparameters = "text"', "echo fine")
    assert tool.run({"text": "x" * 1_000_000}) == "fine\n"


def test_a_program_that_answers_before_it_reads(tmp_path: Path) -> None:
    code = "yes | head -c 300000; cat >/dev/null; echo end"
    tool = program(tmp_path, 'command = ["./run.sh"]\nparameters = "text"', code)
    assert tool.run({"text": "x" * 1_000_000}).endswith("end\n")


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("", "command wants a list of words"),
        ("command = 'ls -l'", "command wants a list of words"),
        ("command = ['ls', 3]", "command wants a list of words"),
        ("command = ['no-such-program-here']", "was not found"),
        ("command = ['./my-tool.toml']", "is not executable"),
        ("command = ['ls']\nname = 'a b'", "cannot be the name of a tool"),
        ("command = ['ls']\nname = 3", "name wants text"),
        ("command = ['ls']\nargs = 3", "keys that mean nothing: args"),
        ("command = ['ls']\ntimeout = 0", "timeout wants a number"),
        ("command = ['ls']\ntimeout = true", "timeout wants a number"),
        ("command = ['ls']\nparameters = 'a b'", "knows no type"),
        ("command = ['ls']\nparameters = []", "parameters wants the short form or a table"),
        ("command = ['ls']\n[parameters]\ntype = 'strin'", "not a JSON Schema"),
        ("command = ['ls']\n[parameters]\ntype = 'string'", "a JSON Schema of an object"),
        ("command = ", "is not valid TOML"),
    ],
)
def test_files_that_describe_no_program(tmp_path: Path, toml: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        program(tmp_path, toml)


@pytest.mark.parametrize("source", ["ls", "", ": ls", "a b: ls", "name:", "http://x.test/a"])
def test_what_names_no_command(source: str) -> None:
    with pytest.raises(UsageError, match="names no command"):
        tool_command.load(source, Path.cwd())
    with pytest.raises(UsageError, match="cannot read"):
        tool_command.load("nobody.toml", Path.cwd())
