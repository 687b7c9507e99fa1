"""What completion answers, asked directly; `test_completion_shells` has the shells themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from openai_cli import cli
from openai_cli.catalog import load
from openai_cli.completion import answer, facts, ids, places, seen, slots, tree, words
from openai_cli.core import config
from openai_cli.engine.command import OperationCommand
from openai_cli.engine.tree import LazyGroup
from openai_cli.engine.waiting import WaitCommand
from openai_cli.workflows.chat.store import open_store
from tools.completions.__main__ import main as generate

from .support.cli import environment, oai, oai_process

OPERATIONS = sorted(set(load.names()))


def ask(
    *line: str, env: Mapping[str, str | None] | None = None, shell: str = "zsh"
) -> list[tuple[str, str]]:
    """The candidates for the last word, with what is said of them."""
    lines = answer.reply([shell, *line], environment(env)).splitlines()
    pairs = [one.partition("\t") for one in lines[:-1]]
    return [(value, note) for value, _, note in pairs]


def offered(*line: str, **how: Any) -> list[str]:
    """The candidates alone."""
    return [value for value, _ in ask(*line, **how)]


def directive(*line: str) -> list[str]:
    """The last line, field by field."""
    return answer.reply(["zsh", *line], environment()).splitlines()[-1].split("\t")


# -- the same commands as the command line's -----------------------------------------------------


def test_the_generated_files_are_current() -> None:
    assert generate(["--check"]) == 0, "run python -m tools.completions"


def shape(param: Any) -> tuple[frozenset[str], bool, bool]:
    """An option of the command line: flags, whether it has a value, whether it repeats."""
    flags = frozenset((*param.opts, *param.secondary_opts))
    return flags, not param.is_flag, bool(param.multiple)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_the_options_of_its_command(name: str) -> None:
    command = OperationCommand("x", name)
    ours = slots.of_operation(name)
    params = command.own_parameters
    options = [shape(p) for p in params if p.param_type_name == "option"]
    assert [(frozenset(s.flags), s.takes, s.many) for s in ours.options] == options
    arguments = [(p.bound.name, p.nargs == -1) for p in params if p.param_type_name == "argument"]
    assert [(slot.name, slot.many) for slot in ours.arguments] == arguments


def test_the_whole_tree_is_known() -> None:
    """Every group lists what the command line lists, and every command has the same options."""

    def check(group: LazyGroup, level: tree.Level) -> None:
        assert set(level.names()) == set(group.node.entries), group.node.path
        for name in group.node.entries:
            command: Any = group.commands[name]
            below = level.enter(name)
            if isinstance(command, LazyGroup):
                assert isinstance(below, tree.Level), command.node.path
                check(command, below)
            else:
                assert isinstance(below, slots.Command)
                shared = {flag for one in facts.declared()["options"] for flag in one["flags"]}
                known = {flag for slot in below.options for flag in slot.flags}
                options = [p for p in command.params if p.param_type_name == "option"]
                real = {flag for p in options for flag in (*p.opts, *p.secondary_opts)}
                assert known == real - shared, (group.node.path, name)

    check(cli.tree(), tree.root())


def test_a_waiting_command_wants_what_names_the_object() -> None:
    command = WaitCommand("wait", "batches.retrieve")
    ours = slots.of_operation("batches.retrieve", only_wait=True)
    assert [slot.name for slot in ours.arguments] == [p.bound.name for p in command.own_parameters]
    assert "--set" not in offered("batches", "wait", "--")


def test_places_are_those_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for env in ({}, {"XDG_STATE_HOME": "/x"}, {"XDG_DATA_HOME": "no"}, {"OAI_HOME": "~/o"}):
        for kind in ("config", "state", "data"):
            for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "OAI_HOME"):
                monkeypatch.delenv(variable, raising=False)
            for variable, text in env.items():
                monkeypatch.setenv(variable, text)
            assert places.place(kind, os.environ) == str(config.place(kind, os.environ))


# -- where the cursor is ---------------------------------------------------------------------------


def test_commands_by_the_sdk_names_too() -> None:
    assert "search" in offered("vector_stores", "")
    assert offered("chat", "completions", "") == offered("chat", "")
    assert "get" not in offered("files", ""), "other names work and are not listed"
    assert "--limit" in offered("files", "ls", "--")
    assert offered("no-such-command", "") == []
    assert offered("--profile", "x", "--sandbox", "files", "") == offered("files", "")


def test_options_are_offered_once_unless_they_repeat() -> None:
    start = ("responses", "create")
    assert {"--store", "--no-store", "--reasoning.effort", "--include"} <= set(offered(*start, "-"))
    given = offered(*start, "--no-store", "--include", "x", "--format", "json", "-H", "a: b", "--")
    assert not {"--store", "--no-store", "--format"} & set(given)
    assert {"--include", "--header"} <= set(given)
    assert "-f" in offered("-") and "-f" not in offered("--")
    assert "--format" not in offered("-fjson", "-")
    assert "--quiet" not in offered("files", "list", "--quiet", "-")
    assert offered("files", "list", "--", "-") == [], "nothing is an option behind --"


def test_waiting_is_offered_where_it_fits() -> None:
    assert "--wait" in offered("batches", "create", "--")
    assert "--wait" not in offered("files", "list", "--")
    assert "--wait" not in offered("sessions", "list", "--")


def test_values_stand_in_every_spelling() -> None:
    values = ["auto", "text", "json", "jsonl", "yaml", "table", "csv", "raw"]
    assert offered("--format", "") == values
    assert offered("files", "list", "-f", "") == values
    assert offered("--format=") == [f"--format={one}" for one in values]
    assert offered("-vfj", shell="bash") == ["-vfjson", "-vfjsonl"]
    assert "high" in offered("responses", "create", "--reasoning.effort", "")
    assert "--reasoning.effort=high" in offered("responses", "create", "--reasoning.effort=")
    assert "user_data" in offered("files", "create", "x", "--purpose", "")
    assert offered("completion", "install", "") == ["bash", "zsh", "fish", "powershell"]
    assert "gpt-5.5" in offered("chat", "create", "-m", "")
    assert "gpt-5.5" in offered("chat", "--model", "")
    assert offered("responses", "create", "a prompt is free text") == []


def test_a_path_is_left_to_the_shell() -> None:
    assert directive("files", "create", "a b") == [":file", "", "a b"]
    assert directive("files", "create", "x", "--body=da") == [":file", "--body=", "da"]
    assert directive("chat", "create", "--attach", "~/x") == [":file", "", "~/x"]
    train = ("fine-tuning", "jobs", "create", "--training-file")
    assert directive(*train, "@tr") == [":file", "@", "tr"]
    assert directive(*train, "file-") == [":"]
    assert directive("responses", "create", "--reasoning", "@x") == [":file", "@", "x"]
    assert directive("files", "list", "--set", "a=@x") == [":file", "a=@", "x"]
    assert directive("files", "list", "--set", "a=x") == [":"]
    assert directive("api", "call", "POST", "/x", "--file", "f=x") == [":file", "f=", "x"]
    assert directive("-o", "out") == [":file", "", "out"]


def test_what_a_shell_wrote_is_understood() -> None:
    assert words.unquote("'a b'\\ c") == ("a b c", "")
    assert words.unquote('"a \\" $x') == ('a " $x', '"')
    assert words.quote("a b$", "") == "a\\ b\\$"
    assert words.quote("a b$", '"') == "a b\\$"
    assert words.split("chat create -s 'be brief' $1 --code") == [
        *("chat", "create", "-s", "be brief", "--code")
    ]
    for text in ("plain", "a b", "it's", 'say "x"', "a\\b", "$HOME", "#x", "~y", "a;b|c&d"):
        assert words.unquote(words.quote(text, "")) == (text, "")
        assert words.unquote('"' + words.quote(text, '"') + '"') == (text, "")
    assert offered("files", "crea", shell="bash") == ["create"]
    assert offered("'fil", shell="bash") == ["files"]
    assert offered('""', shell="powershell") == offered("")


# -- names of one's own ---------------------------------------------------------------------------


def test_profiles_templates_sessions_aliases(write_config: Any, isolated: Path) -> None:
    path = write_config(
        '[profiles.work]\nbase_url = "https://w.example/v1"\n[profiles.home]\n'
        "[aliases]\nreview = \"files create --purpose batch\"\nfiles = 'api list'\n"
    )
    (path.parent / "templates").mkdir()
    (path.parent / "templates" / "poem.toml").write_text("prompt = 'x'")
    with open_store(environment()) as store:
        store.create("trip to rome", api="chat", model="gpt-5.5")
        store.create("news", api="chat", model="gpt-5.5")
    assert ask("--profile", "") == [("work", "https://w.example/v1"), ("home", "")]
    assert offered("profiles", "use", "") == ["work", "home"]
    assert offered("chat", "create", "-t", "") == ["poem"]
    assert offered("templates", "show", "") == ["poem"]
    assert offered("chat", "create", "--session", "") == ["news", "trip to rome"]
    assert offered("sessions", "show", "trip", shell="bash") == ["trip\\ to\\ rome"]
    assert ("review", "alias of files create --purpose batch") in ask("")
    assert offered("").count("files") == 1, "an alias shadows no command"
    assert "--expires-after.seconds" in offered("review", "--")
    assert "--purpose" not in offered("review", "--"), "the alias has given it"
    assert directive("review", "x") == [":file", "", "x"]
    assert offered("alias", "delete", "") == ["review", "files"]


def test_a_broken_configuration_costs_only_what_it_would_say(write_config: Any) -> None:
    write_config("[profiles.work\naliases")
    assert "files" in offered("")
    assert offered("--profile", "") == []


def test_words_of_help_and_of_operations() -> None:
    assert {"files", "exit-codes"} <= set(offered("help", ""))
    assert "create" in offered("help", "files", "")
    assert offered("help", "files", "create", "") == []
    assert "vector_stores.files.list" in offered("api", "show", "")
    assert "timeout" in offered("config", "get", "")


# -- ids ------------------------------------------------------------------------------------------

LISTS = {
    ids.template(operation.path): operation
    for operation in load.operations()
    if operation.page and ids.member(ids.template(operation.path))
}
WANTED = [
    (operation, name)
    for operation in load.operations()
    for name in ids.placeholders(operation.path)
    if ids.template(ids.before(operation.path, name)) in LISTS
]


@pytest.mark.parametrize(
    ("operation", "name"), WANTED, ids=lambda one: getattr(one, "name", str(one))
)
def test_what_was_listed_is_offered_where_it_is_wanted(operation: Any, name: str) -> None:
    collection = ids.template(ids.before(operation.path, name))
    parents = [f"p{at}" for at in range(collection.count("{}"))]
    seen.write(environment(), "default", collection, [("seen_1", "a name", "/".join(parents))])
    words_ = list(operation.command)
    order = [slot.name for slot in slots.of_operation(operation.name).arguments]
    assert order.index(name) == len(parents)
    assert ask(*words_, *parents, "") == [("seen_1", "a name")]


def run(*line: str) -> Any:
    """A command in the sandbox."""
    return oai(*line, "--sandbox").ok()


def remembered(*line: str) -> list[tuple[str, str]]:
    return ask("--sandbox", *line)


def test_ids_of_lists_and_answers(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    first = run("files", "create", str(tmp_path / "a.txt"), "--purpose", "user_data").json["id"]
    assert remembered("files", "retrieve", "") == [(first, "a.txt")]
    second = run("files", "create", str(tmp_path / "b.txt"), "--purpose", "user_data").json["id"]
    both = [(second, "b.txt"), (first, "a.txt")]
    assert remembered("files", "retrieve", "") == both, "newest first"
    assert remembered("vector-stores", "files", "create", "vs_1", "--file-id", "") == both
    store = run("vector-stores", "create", "--name", "books").json["id"]
    run("vector-stores", "files", "create", store, "--file-id", first)
    assert remembered("vector-stores", "files", "retrieve", store, "") == [(first, "a.txt")] or [
        one for one, _ in remembered("vector-stores", "files", "retrieve", store, "")
    ] == [first]
    assert [one for one, _ in remembered("vector-stores", "files", "get", "vs_other", "")] == [
        one for one, _ in remembered("files", "retrieve", "")
    ], "another store's files are not offered, all files are"
    assert ask("files", "retrieve", "") == [], "the sandbox's ids are the sandbox's"
    run("files", "delete", second)
    assert second not in [one for one, _ in remembered("files", "retrieve", "")]


def test_a_list_in_every_format_is_remembered(tmp_path: Path) -> None:
    run("models", "list")
    names = [one for one, _ in remembered("models", "retrieve", "")]
    assert len(names) > 2
    assert remembered("chat", "create", "--model", "")[0][0] == names[0], "seen ones come first"
    for style in ("json", "jsonl", "yaml", "table", "csv"):
        for path in Path(seen.folder(environment(), places.SANDBOX)).iterdir():
            path.unlink()
        run("models", "list", "-f", style)
        assert [one for one, _ in remembered("models", "retrieve", "")] == names, style


def test_answers_that_can_be_asked_for_again() -> None:
    run("chat", "create", "hi")
    assert remembered("chat", "retrieve", "") == [], "the server did not keep it"
    run("chat", "create", "hi", "--store")
    assert len(remembered("chat", "retrieve", "")) == 1
    run("responses", "create", "hi")
    (found,) = remembered("responses", "retrieve", "")
    assert found[0].startswith("resp_")
    run("responses", "create", "hi", "--no-store", "-f", "json")
    assert remembered("responses", "retrieve", "") == [found]


def test_names_in_passing_are_remembered(server: Any) -> None:
    from .support.server import reply

    batch = {"id": "batch_1", "object": "batch", "status": "completed", "output_file_id": "file-o"}
    server.answer(reply({**batch, "input_file_id": "file-i", "error_file_id": None}))
    oai("batches", "retrieve", "batch_1", server=server).ok()
    assert ask("batches", "wait", "") == [("batch_1", "completed")]
    assert set(offered("files", "content", "")) == {"file-o", "file-i"}


def test_profiles_remember_apart(server: Any, write_config: Any) -> None:
    from .support.server import reply

    write_config(f'[profiles.work]\nbase_url = "{server.url}/v1"\napi_key_env = "OPENAI_API_KEY"\n')
    server.answer(reply({"id": "file-w", "object": "file", "filename": "w"}))
    oai("files", "retrieve", "file-w", "--profile", "work").ok()
    assert offered("--profile", "work", "files", "retrieve", "") == ["file-w"]
    assert offered("files", "retrieve", "", env={"OAI_PROFILE": "work"}) == ["file-w"]
    assert offered("files", "retrieve", "") == []


@pytest.mark.parametrize("how", ["variable", "profile", "dry run"])
def test_nothing_is_remembered_where_it_is_not_wanted(how: str, write_config: Any) -> None:
    if how == "profile":
        write_config("[profiles.default]\nremember_ids = false\n")
    env = {"OAI_REMEMBER_IDS": "0"} if how == "variable" else {}
    last = ["--dry-run"] if how == "dry run" else []
    oai("models", "list", "--sandbox", *last, env=env).ok()
    assert not Path(places.place("state", environment()), "seen").exists()


def test_a_state_that_cannot_be_written_disturbs_nobody(isolated: Path) -> None:
    (isolated / "state").mkdir()
    (isolated / "state" / "seen").write_text("in the way")
    done = oai("models", "list", "--sandbox", "-f", "json")
    assert done.ok().stderr == ""


def test_the_files_are_bounded_private_and_clean() -> None:
    env = environment()
    seen.write(env, "me/../you", "/files", [(f"file-{at}", "", "") for at in range(500)])
    seen.write(env, "me/../you", "/files", [("file-7", "a\tname\n\x1b[31m" + "x" * 99, "")])
    seen.write(env, "me/../you", "/files", [("file-7", "", ""), ("a b", "", ""), ("\x1b", "", "")])
    found = seen.read(env, "me/../you", "/files")
    assert len(found) == seen.MOST
    assert found[0][0] == "file-7" and found[0][1].startswith("a name [31mx"), "a name is kept"
    assert len([one for one in found if one[0] == "file-7"]) == 1
    folder = Path(seen.folder(env, "me/../you"))
    assert folder.parent == Path(places.place("state", env), "seen"), "no way out of the folder"
    assert [path.name for path in folder.iterdir()] == ["files.tsv"]
    assert (folder / "files.tsv").stat().st_mode & 0o077 == 0


# -- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_show_prints_the_script_of_the_repository(shell: str) -> None:
    names = {"bash": "oai.bash", "zsh": "_oai", "fish": "oai.fish", "powershell": "oai.ps1"}
    shown = oai("completion", "show", shell).ok().stdout
    assert shown == (Path(__file__).parents[1] / "completions" / names[shell]).read_text()
    assert f"__complete {shell}" in shown


def test_the_shell_is_found_out() -> None:
    done = oai_process("completion", "show", env={"SHELL": "/usr/bin/fish"}).ok()
    assert "complete -c oai" in done.stdout
    done = oai("completion", "show", "tcsh")
    assert done.code == 2 and "bash, zsh, fish" in done.stderr


def test_the_answer_is_the_command_s() -> None:
    """Through the real process, with bytes that are no text."""
    done = oai_process("__complete", "bash", b"\xff", "").ok()
    assert done.stdout == ":\n" and done.stderr == ""
    done = oai_process("__complete", "fish", "files", "").ok()
    assert "retrieve\t" in done.stdout
