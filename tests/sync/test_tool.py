"""The tool itself: writing, checking, other SDKs, and the files it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.catalog import load
from tools.sync import __main__ as sync
from tools.sync import facts, files, tree, words

from .support import ROOT, sdk


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("chat.completions.create", ["chat", "create"]),
        ("chat.completions.messages.list", ["chat", "messages", "list"]),
        ("admin.organization.projects.list", ["admin", "projects", "list"]),
        ("fine_tuning.alpha.graders.run", ["fine-tuning", "graders", "run"]),
        ("vector_stores.file_batches.list_files", ["vector-stores", "file-batches", "list-files"]),
    ],
)
def test_commands(name: str, command: list[str]) -> None:
    assert tree.command(name, words.read(ROOT / "words").omitted) == command


def test_two_operations_with_one_command_are_an_error() -> None:
    operations = {
        "a.run": {"command": ["a", "run"], "help": "One."},
        "a.alpha.run": {"command": ["a", "run"], "help": "Two."},
    }
    with pytest.raises(ValueError, match=r"a\.alpha\.run"):
        tree.build([("a", ["a"], "A."), ("a.alpha", ["a"], "Alpha.")], operations, {})


def test_an_operation_and_a_connect_with_one_command_are_an_error() -> None:
    operations = {"a.connect": {"command": ["a", "connect"], "help": "One."}}
    sockets = {"a.alpha.connect": {"command": ["a", "connect"], "help": "Two."}}
    resources = [("a", ["a"], "A."), ("a.alpha", ["a"], "Alpha.")]
    with pytest.raises(ValueError, match=r"a\.alpha\.connect"):
        tree.build(resources, operations, sockets)
    tree.build(resources, {}, sockets)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the data as it should be, and facts that need not be read again."""
    monkeypatch.setattr(facts, "read", sdk)
    assert sync.main(["--output", str(tmp_path)]) == 0
    return tmp_path


def test_the_data_is_what_the_sdk_and_the_words_say() -> None:
    assert openai.__version__ == load.sdk_version()
    command = [sys.executable, "-m", "tools.sync", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_check_passes_on_fresh_data_and_fails_on_stale(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sync.main(["--check", "--output", str(written)])
    assert "data is not what" not in capsys.readouterr().err
    path = written / "operations" / "models.json"
    path.write_text(path.read_text(encoding="utf-8").replace("GET", "PUT"), encoding="utf-8")
    (written / "shapes" / "old.json").write_text("{}\n", encoding="utf-8")
    assert sync.main(["--check", "--output", str(written)]) == 1
    said = capsys.readouterr()
    assert "data is not what" in said.err
    assert '-  "method": "PUT",' in said.out and '+  "method": "GET",' in said.out
    assert "data/shapes/old.json" in said.out
    assert (written / "shapes" / "old.json").exists()


def test_writing_removes_what_is_left_over_and_touches_only_what_changed(written: Path) -> None:
    (written / "shapes" / "old.json").write_text("{}\n", encoding="utf-8")
    before = (written / "index.json").stat().st_mtime_ns
    sync.main(["--output", str(written)])
    assert not (written / "shapes" / "old.json").exists()
    assert (written / "index.json").stat().st_mtime_ns == before


def test_what_lacks_words_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(facts, "read", sdk)
    (tmp_path / "words").mkdir()
    arguments = ["--words", str(tmp_path / "words"), "--output", str(tmp_path / "data")]
    assert sync.main(arguments) == 0
    assert sync.main(["--check", *arguments]) == 1
    said = capsys.readouterr().err
    for line in ("resource files", "operation files.list", "parameter files.list order"):
        assert f"no words: {line}\n" in said
    assert "no words: field" not in said
    assert "nested fields have no words" in said


IMPORTS_FIRST = """
import sys, tools.sync, openai.resources.webhooks, openai.types.evals, openai.resources.beta.agents
from tools.sync.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.slow
def test_hashes_and_the_order_of_imports_change_nothing(tmp_path: Path) -> None:
    trees = []
    for seed, program in (("1", ["-m", "tools.sync"]), ("2", ["-c", IMPORTS_FIRST])):
        folder = tmp_path / seed
        command = [sys.executable, *program, "--output", str(folder)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
        trees.append({p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.json")})
    assert trees[0] == trees[1]
    assert len(trees[0]) > 100


OTHER_SDKS = [path for path in os.environ.get("OAI_SDK_VENVS", "").split(os.pathsep) if path]


@pytest.mark.slow
@pytest.mark.skipif(not OTHER_SDKS, reason="OAI_SDK_VENVS names no virtualenv with another SDK")
def test_other_versions_of_the_sdk_are_read_by_the_same_code(tmp_path: Path) -> None:
    for number, venv in enumerate(OTHER_SDKS):
        folder = tmp_path / str(number)
        command = [f"{venv}/bin/python", "-m", "tools.sync", "--output", str(folder)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        assert index["sdk"] != openai.__version__
        assert len(list((folder / "operations").glob("*.json"))) > 70


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=40,
    )
)
def test_files_are_json(value: Any) -> None:
    assert json.loads(files.dump(value)) == value


def test_the_catalog_reads_every_operation() -> None:
    operations = {o.name: o for o in load.operations()}
    assert set(operations) == set(sdk().operations)
    for name, record in operations.items():
        assert record.help.endswith((".", "?")), name
        assert all(p.help for p in record.parameters), name
