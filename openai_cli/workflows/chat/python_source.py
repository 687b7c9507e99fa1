"""Python code that the command line names: `file.py:Name` and `module:Name`.

Naming it runs it, as `python file.py` would. What it prints goes to stderr.
"""

from __future__ import annotations

import io
import re
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from ...core.errors import UsageError
from ...engine.suggest import near

_NAMED = re.compile(r"(?P<where>.+\.py|[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<name>[^\W\d]\w*(?:\.\w+)*)")


def split(text: str) -> tuple[str, str] | None:
    """`file.py:Name` or `module:Name` as its two parts; None for anything else."""
    match = _NAMED.fullmatch(text.strip())
    return (match["where"], match["name"]) if match else None


def find(where: str, name: str, cwd: Path) -> Any:
    """What a file or module calls `name`. Raises UsageError."""
    found: Any = load(where, cwd)
    for step in name.split("."):
        if not hasattr(found, step):
            known = near(step, [one for one in dir(found) if not one.startswith("_")])
            hint = f"it has {', '.join(known)}" if known else "names are case-sensitive"
            raise UsageError(f"{where} has no {name}", hint)
        found = getattr(found, step)
    return found


def load(where: str, cwd: Path) -> ModuleType:
    """The module of a file (`*.py`) or of a dotted name. Raises UsageError."""
    if where.endswith(".py"):
        return _load_file(where, (cwd / Path(where).expanduser()).resolve())
    with _importing(cwd), _blaming(where, where):
        import importlib

        return importlib.import_module(where)


def _load_file(where: str, path: Path) -> ModuleType:
    from importlib.util import module_from_spec, spec_from_file_location

    if not path.is_file():
        raise UsageError(f"cannot read {where}: no such file")
    stem = re.sub(r"\W", "_", path.stem)
    name = f"_oai_{stem}_{zlib.crc32(bytes(path)):08x}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{where} cannot be loaded as Python")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _importing(path.parent), _blaming(where, str(path)):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


@contextmanager
def prints_to_stderr() -> Iterator[None]:
    """While other people's code runs: stdout carries results and nothing else."""
    with redirect_stdout(sys.stderr or io.StringIO()):
        yield


@contextmanager
def _importing(folder: Path) -> Iterator[None]:
    """Modules beside the named one can be imported; afterwards the folder is searched last, so that
    a file there cannot take the place of a module that `oai` itself needs."""
    place = str(folder)
    known = place in sys.path
    if not known:
        sys.path.insert(0, place)
    try:
        with prints_to_stderr():
            yield
    finally:
        if not known:
            with suppress(ValueError):
                sys.path.remove(place)
            sys.path.append(place)


@contextmanager
def _blaming(where: str, source: str) -> Iterator[None]:
    """Whatever the code raises becomes a usage error that names it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name and (where == error.name or where.startswith(error.name + ".")):
            hint = "name a module that is installed or in this folder, or a file: file.py:Name"
            raise UsageError(f"there is no module {error.name}", hint) from None
        raise UsageError(
            f"{where} needs the module {error.name}, which is not installed",
            "install it where `oai` is installed (pip, or `uv tool install --with`, `pipx inject`)",
        ) from None
    except SyntaxError as error:
        raise UsageError(f"{where} is no valid Python: {error}") from None
    except (Exception, SystemExit) as error:
        line = _line(error.__traceback__, source)
        raise UsageError(f"{where} failed{line}: {type(error).__name__}: {error}") from error


def _line(trace: TracebackType | None, source: str) -> str:
    """The last line of the named file that was running."""
    found = ""
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == source:
            found = f" in line {trace.tb_lineno}"
        trace = trace.tb_next
    return found
