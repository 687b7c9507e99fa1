"""What is released: built once a run, installed once in an environment that has nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from openai_cli.core.lock import locked

from .cli import ROOT, environment

LONG = 900.0


class Built(NamedTuple):
    """The two files of a release."""

    sdist: Path
    wheel: Path


def build(source: Path, folder: Path) -> Built:
    """Build both from a source tree, as `python -m build` and `uv build` have it built."""
    for target in ("sdist", "wheel"):
        _run([sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t", target], source)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


def install(folder: Path, *what: str) -> Path:
    """A new virtual environment with these things; gives its `bin`."""
    _run([sys.executable, "-m", "venv", str(folder)], folder.parent)
    _run([str(folder / "bin" / "pip"), "install", "-q", *what], folder.parent)
    return folder / "bin"


def _run(command: list[str], folder: Path) -> None:
    env = environment({"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    env |= {name: text for name, text in os.environ.items() if name.startswith("PIP_")}
    done = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, check=False, timeout=LONG, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The release of this source tree."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel; the processes of a run share one."""
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "installed"
    with locked(place, LONG):
        if not (place / "bin" / "oai").exists():
            install(place, str(built.wheel))
    return place / "bin"
