"""The house stands as DESIGN 7 and 8 draw it: floors, doors, and what each command may load."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation
from openai_cli.engine.globals import GLOBALS, options
from openai_cli.workflows import registry

from .support import source
from .support.cli import environment, oai
from .support.server import Server, reply

FLOORS = {"catalog": 0, "completion": 0, "core": 1, "render": 2, "engine": 3, "workflows": 4}
ROOF = 5
MODULES = source.modules()
LONGEST = 320


def floor(module: str) -> int | None:
    """The floor a module stands on; None beside the house and for other packages."""
    parts = module.split(".")
    if parts[0] != source.PACKAGE or parts[1:2] == ["sandbox"]:
        return None
    return FLOORS.get(parts[1], ROOF) if len(parts) > 1 else -1


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_run_downwards(module: str) -> None:
    here = floor(module)
    imported = {name for name in source.imports(MODULES[module]) if name != module}
    if here is None:
        allowed = (f"{source.PACKAGE}.sandbox", f"{source.PACKAGE}.catalog")
        ours = {name for name in imported if name.split(".")[0] == source.PACKAGE}
        assert all(name.startswith(allowed) or name == source.PACKAGE for name in ours), ours
        return
    above = {name for name in imported if (floor(name) or 0) > here}
    assert not above
    beside = {name for name in imported if name.startswith(f"{source.PACKAGE}.sandbox")}
    assert not beside or module in (
        f"{source.PACKAGE}.cli",
        f"{source.PACKAGE}.workflows.sandbox",
    )


def test_workflows_do_not_import_each_other() -> None:
    """An entry is a module that the registry names; helpers are anyone's."""
    prefix = f"{source.PACKAGE}.workflows."
    named = [module for _, _, module in (*registry.COMMANDS, *registry.GROUPS)]
    named += [name.partition(":")[0] for _, name, _ in registry.EXTENSIONS]
    entries = {prefix + name for name in named}
    assert entries <= set(MODULES), "the registry names modules that are there"
    for module, path in MODULES.items():
        if not module.startswith(prefix) or module == prefix + "registry":
            continue
        home = module.removeprefix(prefix).partition(".")[0]
        foreign = {
            name
            for name in source.imports(path) & entries
            if name.removeprefix(prefix).partition(".")[0] != home
        }
        assert not foreign, module


def test_completion_needs_nobody() -> None:
    """It answers while a key is held down: nothing of the house, and nothing that takes long."""
    light = {"__future__", "json", "os", "sys", "collections.abc", "typing"}
    late = {"platformdirs", "sqlite3", "tomllib", "urllib.parse"}
    home = f"{source.PACKAGE}.completion"
    for module, path in MODULES.items():
        if module.startswith(home):
            used = {name for name in source.imports(path) if not name.startswith(home)}
            assert used <= light | late, module


def test_one_module_speaks_http() -> None:
    speakers = {
        name
        for name, path in MODULES.items()
        if any(found.partition(".")[0] in ("httpx2", "httpcore2") for found in source.imports(path))
    }
    assert {name.removesuffix("." + name.rpartition(".")[2]) for name in speakers} == {
        "openai_cli.core.http"
    }


def test_nothing_else_opens_connections() -> None:
    banned = {"httpx", "requests", "urllib3", "aiohttp", "openai", "urllib.request", "http.client"}
    for name, path in MODULES.items():
        assert not source.imports(path) & banned, name


NAMES = sorted(set(load.names()))
NAMED = re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, NAMES)) + r")(?![\w.])")
SEGMENTS = {operation.path.split("/")[1].partition("?")[0] for operation in load.operations()}
WIRE = {
    "openai_cli.core.azure": "Azure's deployment paths are a list of its own",
    "openai_cli.core.settings": "the address of the API",
    "openai_cli.core.envelope": "the address of the sandbox inside the process",
    "openai_cli.workflows.calling": "takes a path as people type it, with `/v1` or without",
}


@pytest.mark.parametrize("place", ["engine", "core", "render"])
def test_no_operation_is_named_below_the_workflows(place: str) -> None:
    for path in source.files(place):
        for line, text in source.texts(path):
            assert not NAMED.search(text), f"{path.name}:{line}: {text!r}"


@pytest.mark.parametrize("place", ["engine", "core", "render", "workflows"])
def test_no_endpoint_stands_outside_the_catalog(place: str) -> None:
    for path in source.files(place):
        if source.module_name(path) in WIRE:
            continue
        for line, text in source.texts(path):
            if " " in text.strip():
                continue
            first = text.removeprefix("/v1").split("/")[1:2] if text.startswith("/") else []
            assert not first or first[0] not in SEGMENTS, f"{path.name}:{line}: {text!r}"
            assert "/v1/" not in text, f"{path.name}:{line}: {text!r}"


def test_only_the_console_writes() -> None:
    for name, path in MODULES.items():
        if name in ("openai_cli.core.console", "openai_cli.__main__"):
            continue
        text = path.read_text("utf-8")
        assert not re.search(r"(?<![\w.])print\(|sys\.std(out|err)\.write", text), name


@pytest.mark.parametrize("module", sorted(MODULES))
def test_modules_are_small(module: str) -> None:
    lines = MODULES[module].read_text("utf-8").count("\n")
    assert lines <= LONGEST, f"{lines} lines"


# -- names ----------------------------------------------------------------------------------------


def flags(operation: Operation) -> set[str]:
    """Every long option of an operation."""
    made = {operation.flag(p): p.type for p in operation.parameters if p.place != "path"}
    fields = [field for p in operation.parameters for field in p.fields]
    made |= {"--" + ".".join(field.path).replace("_", "-"): field.type for field in fields}
    switches = {f"--no-{flag[2:]}" for flag, kind in made.items() if flag and kind == "boolean"}
    return {flag for flag in made if flag} | switches


def test_no_global_option_has_the_name_of_a_field() -> None:
    ours = {flag for option in options() for flag in (*option.opts, *option.secondary_opts)}
    for operation in load.operations():
        assert not ours & flags(operation), operation.name
        fields = {p.name for p in operation.parameters if p.place != "path"}
        assert not fields & {g.name for g in GLOBALS}, operation.name


def test_no_option_is_made_twice() -> None:
    from openai_cli.engine.command import OperationCommand

    for operation in load.operations():
        command = OperationCommand(operation.command[-1], operation.name)
        found = [f for p in command.params for f in (*p.opts, *p.secondary_opts)]
        options_only = [flag for flag in found if flag.startswith("-")]
        assert len(options_only) == len(set(options_only)), operation.name
        names = [p.name for p in command.params]
        assert len(names) == len(set(names)), operation.name


def test_no_command_has_the_name_of_a_group() -> None:
    def walk(node: dict[str, dict[str, object]]) -> None:
        assert not set(node["commands"]) & set(node["groups"])
        for child in node["groups"].values():
            walk(child)  # type: ignore[arg-type]

    walk(load.index()["tree"])


# -- what is loaded -------------------------------------------------------------------------------

HEAVY = {"rich", "pydantic", "httpx2", "asyncio", "prompt_toolkit", "jq", "sounddevice", "keyring"}
HEAVY |= {"yaml", "starlette", "uvicorn", "numpy", "soundfile", "tomlkit", "anyio", "ssl"}
ALMOST = HEAVY | {"typer", "json", "openai_cli.catalog", "openai_cli.core"}
ANSWER = ALMOST - {"json"} | {"sqlite3", "tomllib", "platformdirs"}
ONLINE = HEAVY - {"httpx2", "ssl", "asyncio", "anyio"}
RECORD = """
import sys
from openai_cli.__main__ import main
sys.argv = ["oai", *sys.argv[1:]]
try:
    main()
finally:
    sys.stderr.write("LOADED " + " ".join(sys.modules))
"""


def loaded(*args: str, server: Server | None = None) -> set[str]:
    """The modules that an invocation loads."""
    done = subprocess.run(
        [sys.executable, "-c", RECORD, *args],
        env=environment({"PYTHONPATH": str(source.FOLDER.parent)}, server),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=True,
    )
    return set(done.stderr.decode().partition("LOADED ")[2].split())


@pytest.mark.parametrize(
    ("args", "forbidden"),
    [
        (["--version"], ALMOST),
        (["__complete", "bash", "responses", "create", "--"], ANSWER),
        (["__complete", "zsh", "files", "retrieve", ""], ANSWER),
        (["--help"], HEAVY),
        (["files", "--help"], HEAVY),
        (["chat", "create", "--help"], HEAVY),
        (["responses", "create", "--help"], HEAVY),
        (["api", "--help"], HEAVY),
        (["config", "path"], HEAVY),
        (["config", "list"], HEAVY),
        (["api", "list", "-f", "json"], HEAVY),
        (["models", "list", "--dry-run"], HEAVY),
        (["responses", "create", "hi", "--dry-run"], HEAVY),
        (["chat", "create", "hi", "--curl"], HEAVY),
    ],
)
def test_nothing_heavy_is_loaded(args: list[str], forbidden: set[str]) -> None:
    assert not loaded(*args) & forbidden


def test_a_plain_call_loads_what_it_needs(server: Server) -> None:
    server.answer(reply({"object": "list", "data": []}))
    assert not loaded("models", "list", server=server) & ONLINE


# -- help -----------------------------------------------------------------------------------------

CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
PIECES = 4


def too_long(page: str, width: int) -> list[str]:
    """Lines beyond the width that could have been broken: not examples, usage or a single word."""
    found = []
    for line in page.splitlines():
        words = line.split()
        kept = line.startswith(("  $ ", "  oai ")) or len(words) == 1
        name_alone = line.startswith("  -") and "  " not in line.strip()
        if len(line) > width and not kept and not name_alone:
            found.append(line)
    return found


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("piece", range(PIECES))
def test_every_page_fits(width: int, piece: int) -> None:
    for name in NAMES[piece::PIECES]:
        operation = load.operation(name)
        page = oai(*operation.command, "--help", env={"COLUMNS": str(width)}).ok().stdout
        assert not CONTROL.search(page), name
        assert not too_long(page, width), name
        assert page.startswith(operation.help.split()[0]), name


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_group_page_fits(width: int) -> None:
    def walk(path: tuple[str, ...], node: dict[str, dict[str, object]]) -> None:
        page = oai(*path, "--help", env={"COLUMNS": str(width)}).ok().stdout
        assert not CONTROL.search(page), path
        assert not too_long(page, width), path
        for name, child in node["groups"].items():
            walk((*path, name), child)  # type: ignore[arg-type]

    walk((), load.index()["tree"])


def test_this_repository_stands_alone() -> None:
    """Nothing refers to the folder the design was handed over in."""
    root = source.FOLDER.parent
    for folder in ("openai_cli", "tools", "tests", "words"):
        for path in (root / folder).rglob("*.py"):
            if path.name != Path(__file__).name:
                assert "work/shared" not in path.read_text("utf-8"), path
