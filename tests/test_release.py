"""What a release holds, and that it works where nothing else is."""

from __future__ import annotations

import ast
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from openai_cli import __version__
from tools.man import RELEASED

from .support.cli import ROOT, environment
from .support.release import Built, build, install

DATA = f"oai_cli-{__version__}.data/data/share"
FACTS = f"oai_cli-{__version__}.dist-info"
MODULES = sorted((ROOT / "openai_cli").rglob("*.py"))
FILES = sorted(
    path
    for folder in ("catalog/data", "help", "completion")
    for path in (ROOT / "openai_cli" / folder).rglob("*")
    if path.is_file() and path.suffix not in (".py", ".pyc")
)
SOURCES = ("openai_cli", "words", "tools", "tests", "completions", "man", "docs", "benchmarks")
TEXTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "RELEASING.md")


def wheel_names(built: Built) -> set[str]:
    """The files of the wheel."""
    with zipfile.ZipFile(built.wheel) as wheel:
        return set(wheel.namelist())


def sdist_names(built: Built) -> set[str]:
    """The files of the sdist, without its top folder."""
    with tarfile.open(built.sdist) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


@pytest.mark.slow
def test_the_wheel_holds_what_runs(built: Built) -> None:
    names = wheel_names(built)
    for path in (*MODULES, *FILES):
        assert str(path.relative_to(ROOT)) in names
    assert "openai_cli/py.typed" in names
    assert f"{FACTS}/licenses/LICENSE" in names


@pytest.mark.slow
def test_the_wheel_brings_manuals_and_completion(built: Built) -> None:
    names = wheel_names(built)
    pages = sorted((ROOT / "man").glob("*.[0-9]"))
    assert pages
    for page in pages:
        assert f"{DATA}/man/man{page.suffix[1:]}/{page.name}" in names
    for place in (
        "bash-completion/completions/oai",
        "zsh/site-functions/_oai",
        "fish/vendor_completions.d/oai.fish",
    ):
        assert f"{DATA}/{place}" in names


@pytest.mark.slow
def test_the_wheel_holds_nothing_else(built: Built) -> None:
    ours = ("openai_cli/", f"{DATA}/", f"{FACTS}/")
    for name in wheel_names(built):
        assert name.startswith(ours), name
        assert not re.search(r"(^|/)(tests?|words|tools|docs)/|\.pyc$|__pycache__", name), name


@pytest.mark.slow
def test_the_wheel_says_what_it_is(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        facts = wheel.read(f"{FACTS}/METADATA").decode()
        starts = wheel.read(f"{FACTS}/entry_points.txt").decode()
    assert f"\nVersion: {__version__}\n" in facts
    assert "\nRequires-Python: >=3.11\n" in facts
    assert "# oai" in facts, "the README is the page of the package index"
    assert "oai = openai_cli.__main__:main" in starts


@pytest.mark.slow
def test_nothing_of_this_machine_is_in_it(built: Built) -> None:
    words = {str(ROOT), sys.prefix, str(Path.home() / "x")[:-1], socket.gethostname()}
    secrets = [word.encode() for word in words if len(word) > 6]
    with zipfile.ZipFile(built.wheel) as wheel:
        for name in wheel.namelist():
            found = wheel.read(name)
            assert not [secret for secret in secrets if secret in found], name


@pytest.mark.slow
def test_the_sdist_holds_what_the_house_is_built_from(built: Built) -> None:
    names = sdist_names(built)
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert str(path.relative_to(ROOT)) in names
    assert {"pyproject.toml", "LICENSE", "PKG-INFO", *TEXTS} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(".venv")]


@pytest.mark.slow
def test_the_sdist_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as sdist:
        sdist.extractall(tmp_path, filter="data")
    again = build(tmp_path / f"oai_cli-{__version__}", tmp_path / "dist")
    assert again.wheel.name == built.wheel.name
    assert again.wheel.read_bytes() == built.wheel.read_bytes()


def test_version_and_date_are_those_of_the_changelog() -> None:
    """The newest entry is this version: dated as the manual pages, or not released yet."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    found = re.search(r"^## \[([^\]]+)\](?: - (\S+))?$", text, re.MULTILINE)
    assert found, "the changelog has no entry"
    assert found[1] == __version__
    assert found[2] in ("unreleased", RELEASED)


def test_the_version_is_a_literal() -> None:
    """The build reads it without running anything."""
    module = ast.parse((ROOT / "openai_cli" / "__init__.py").read_text("utf-8"))
    (value,) = [node.value for node in module.body if isinstance(node, ast.Assign)]
    assert ast.literal_eval(value) == __version__


# -- installed ------------------------------------------------------------------------------------


def run(bin: Path, *words: str, folder: Path) -> str:
    """Run the installed command and give what it prints."""
    env = environment({"PATH": f"{bin}:/usr/bin:/bin", "OPENAI_API_KEY": None, "MANPATH": None})
    done = subprocess.run(
        words, env=env, cwd=folder, capture_output=True, check=False, timeout=120, text=True
    )
    assert done.returncode == 0, f"{words}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_the_installed_command_works(installed: Path, tmp_path: Path) -> None:
    assert run(installed, "oai", "--version", folder=tmp_path).split()[-1] == __version__
    said = run(installed, "oai", "--sandbox", "chat", "create", "Say hello", folder=tmp_path)
    assert said == "hello\n"
    assert "oai files" in run(installed, "oai", "help", "files", folder=tmp_path)
    assert "exit" in run(installed, "oai", "help", "exit-codes", folder=tmp_path)
    assert "oai" in run(installed, "oai", "completion", "show", "bash", folder=tmp_path)
    found = run(installed, "oai", "--sandbox", "files", "list", "-f", "json", folder=tmp_path)
    assert '"data"' in found
    if shutil.which("man"):
        page = run(installed, "man", "-w", "oai-chat", folder=tmp_path)
        assert page.startswith(str(installed.parent))


@pytest.mark.slow
def test_it_installs_from_the_sdist_too(built: Built, tmp_path: Path) -> None:
    bin = install(tmp_path / "venv", str(built.sdist))
    said = run(bin, "oai", "--sandbox", "chat", "create", "Say hello", folder=tmp_path)
    assert said == "hello\n"


@pytest.mark.slow
def test_the_first_command_of_the_readme_works(built: Built, tmp_path: Path) -> None:
    """On a machine that has Python and the source, and nothing else."""
    with tarfile.open(built.sdist) as sdist:
        sdist.extractall(tmp_path, filter="data")
    source = tmp_path / f"oai_cli-{__version__}"
    text = (source / "README.md").read_text("utf-8")
    found = re.search(r"^python3 -m venv .*--sandbox.*$", text, re.MULTILINE)
    assert found, "the README begins with something to try"
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "python3").symlink_to(sys._base_executable)
    assert "newcomer" in run(bin, "bash", "-c", found[0], folder=source)
