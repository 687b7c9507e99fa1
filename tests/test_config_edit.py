"""Changing the configuration file: comments and order stay, and the file is whole at any moment."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core import config_edit
from openai_cli.core.config_edit import GONE
from openai_cli.core.errors import OaiError, UsageError
from openai_cli.core.lock import locked

from .support.cli import ROOT

OLD = """\
# mine
default_profile = "work"  # the usual one

[profiles.work]
model = "a"  # cheap

# at home
[profiles.home]
base_url = "http://localhost/v1"
"""


def changed(text: str, *changes: tuple[tuple[str, ...], Any]) -> str:
    """The text after these changes."""
    return config_edit.changed(Path("c.toml"), text, list(changes))


def test_a_new_key_stands_with_its_table() -> None:
    made = changed(OLD, (("profiles", "work", "timeout"), 30))
    assert made == OLD.replace('"a"  # cheap\n', '"a"  # cheap\ntimeout = 30\n')


def test_a_value_changes_and_its_comment_stays() -> None:
    made = changed(OLD, (("profiles", "work", "model"), "b"), (("default_profile",), "home"))
    assert made == OLD.replace('"a"', '"b"').replace('"work"', '"home"')


def test_a_key_goes() -> None:
    made = changed(OLD, (("profiles", "work", "model"), GONE))
    assert made == OLD.replace('model = "a"  # cheap\n', "")


def test_new_tables_are_set_apart() -> None:
    made = changed("", (("profiles", "a", "model"), "x"), (("aliases", "m"), "models list"))
    assert made == '[profiles.a]\nmodel = "x"\n\n[aliases]\nm = "models list"\n'


def test_tables_of_defaults_go_when_they_are_empty() -> None:
    old = 'default_profile = "default"\n\n[defaults.chat.create]\nmodel = "x"\n'
    made = changed(old, (("defaults", "chat", "create", "model"), GONE))
    assert tomllib.loads(made) == {"default_profile": "default"}
    assert tomllib.loads(changed("[profiles.a]\nmodel = 'x'\n", (("profiles", "a", "model"), GONE)))


def test_line_ends_stay() -> None:
    made = changed('[profiles.a]\r\nmodel = "x"\r\n', (("profiles", "a", "timeout"), 3))
    assert made == '[profiles.a]\r\nmodel = "x"\r\ntimeout = 3\r\n'


@pytest.mark.parametrize(
    "text",
    [
        'profiles.w.model = "x"\n',
        '[profiles]\nw = { model = "x" }\n',
        '[profiles.w]\nmodel = "x"\n[aliases]\n[profiles.v]\n',
        '[profiles.w]\nmodel = "x"\n[profiles.w.headers]\nA = "1"\n',
        "[profiles]\n[profiles.w]\nmodel = '''\n[not.a.table]\n'''\n",
    ],
)
def test_however_it_is_written(text: str) -> None:
    wanted = tomllib.loads(text)
    wanted["profiles"]["w"]["timeout"] = 3
    wanted["profiles"]["new"] = {"model": "y"}
    changes = [(("profiles", "w", "timeout"), 3), (("profiles", "new", "model"), "y")]
    assert tomllib.loads(changed(text, *changes)) == wanted


NAMES = st.sampled_from(["a", "b", "c d", "e.f"])
CHANGES = st.lists(
    st.tuples(st.tuples(st.just("profiles"), NAMES, st.just("model")), st.sampled_from(["x", GONE]))
    | st.tuples(st.tuples(st.just("aliases"), NAMES), st.text(min_size=1, max_size=5))
    | st.tuples(
        st.tuples(st.just("defaults"), st.just("chat"), NAMES, NAMES),
        st.sampled_from([1, True, ["x"], {"k": "v"}, GONE]),
    ),
    max_size=6,
)


@given(CHANGES)
def test_changes_come_out_as_meant(changes: list[Any]) -> None:
    text = OLD
    wanted = tomllib.loads(OLD)
    for keys, value in changes:
        text = changed(text, (keys, value))
        table: Any = wanted
        for name in keys[:-1]:
            table = table.setdefault(name, {})
        table.pop(keys[-1], None)
        if value is not GONE:
            table[keys[-1]] = value
        assert "# mine" in text and "# cheap" in text and "# at home\n[profiles.home]" in text
    assert _full(tomllib.loads(text)) == _full(wanted)


def _full(value: Any) -> Any:
    """Without what is empty."""
    if not isinstance(value, dict):
        return value
    return {key: full for key, inner in value.items() if (full := _full(inner)) != {}}


def test_a_mistake_is_refused_and_nothing_written(tmp_path: Path) -> None:
    env = {"OAI_CONFIG": str(tmp_path / "c.toml")}
    config_edit.change(env, [(("profiles", "w", "model"), "x")])
    before = (tmp_path / "c.toml").read_bytes()
    with pytest.raises(UsageError, match=r"profiles\.w\.modle .*did you mean model"):
        config_edit.change(
            env, [(("profiles", "w", "timeout"), 3), (("profiles", "w", "modle"), "")]
        )
    assert (tmp_path / "c.toml").read_bytes() == before


def test_an_old_mistake_does_not_stand_in_the_way() -> None:
    old = "[profiles.w]\nmodle = 3\ntimeout = 'x'\n"
    made = changed(old, (("profiles", "w", "modle"), GONE))
    assert tomllib.loads(made) == {"profiles": {"w": {"timeout": "x"}}}


def test_what_is_no_toml_is_not_touched() -> None:
    with pytest.raises(UsageError, match="line 1"):
        changed("a = \n", (("profiles", "w", "model"), "x"))


def test_null_cannot_be_kept() -> None:
    with pytest.raises(UsageError, match="no null"):
        changed("", (("defaults", "chat", "create", "tools"), [None]))


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX")
def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "c.toml"
    env = {"OAI_CONFIG": str(path)}
    config_edit.change(env, [(("profiles", "w", "model"), "x")])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    config_edit.change(env, [(("profiles", "w", "model"), "y")])
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(OLD)
    link = tmp_path / "c.toml"
    link.symlink_to(real)
    config_edit.change({"OAI_CONFIG": str(link)}, [(("profiles", "work", "timeout"), 3)])
    assert link.is_symlink()
    assert "timeout = 3" in real.read_text()


# -- the lock -------------------------------------------------------------------------------------


def test_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    with locked(path), pytest.raises(OaiError, match="another oai"), locked(path, patience=0.05):
        pass
    with locked(path, patience=0.05):
        pass


def test_a_waiting_one_gets_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    inside = threading.Event()
    order: list[str] = []

    def second() -> None:
        inside.wait()
        with locked(path):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with locked(path):
        inside.set()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"), locked(tmp_path / "file" / "c.toml"):
        pass


CHANGE = """
import sys
from openai_cli.core.config_edit import change
for n in range(5):
    change({"OAI_CONFIG": sys.argv[1]}, [(("aliases", f"p{sys.argv[2]}n{n}"), "models list")])
"""


def test_many_processes_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen([sys.executable, "-c", CHANGE, str(path), str(number)], env=env)
        for number in range(3)
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert len(tomllib.loads(path.read_text())["aliases"]) == 15
