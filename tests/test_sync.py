"""The facts that `tools.sync` reads from the pinned SDK, and how words are merged into them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Literal

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.catalog import load
from openai_cli.core import live
from tools.sync import __main__ as sync
from tools.sync import display, facts, fallback, files, merge, tree, words
from tools.sync.annotations import Annotations
from tools.sync.shapes import Shapes

ROOT = Path(__file__).parents[1]


@cache
def sdk() -> facts.Facts:
    return facts.read()


def operation(name: str) -> dict[str, Any]:
    return sdk().operations[name]


def parameter(name: str, parameter: str) -> dict[str, Any]:
    return next(p for p in operation(name)["parameters"] if p["name"] == parameter)


def parameters() -> list[dict[str, Any]]:
    return [p for o in sdk().operations.values() for p in o["parameters"]]


# What the SDK holds


def test_every_method_with_an_endpoint_is_an_operation() -> None:
    assert len(sdk().operations) == 390
    assert Counter(o["method"] for o in sdk().operations.values()) == {
        "GET": 172,
        "POST": 162,
        "DELETE": 56,
    }
    methods = [*sdk().operations, *sdk().helpers]
    assert len({name.rpartition(".")[0] for name in methods}) == 121
    assert len({(o["method"], o["path"]) for o in sdk().operations.values()}) == 388
    assert not any(name.startswith("beta.chat.") for name in sdk().operations)


def test_every_parameter_has_its_place() -> None:
    assert Counter(p["in"] for p in parameters()) == {
        "body": 723,
        "query": 399,
        "path": 364,
        "header": 9,
    }
    assert len({p["name"] for p in parameters()}) == 331
    assert sum(p.get("required", False) for p in parameters()) == 536
    assert sum(p.get("nullable", False) for p in parameters()) == 347


def test_path_parameters_stand_in_the_path_and_come_first() -> None:
    for name, record in sdk().operations.items():
        places = [p["in"] for p in record["parameters"]]
        in_path = [p["name"] for p in record["parameters"] if p["in"] == "path"]
        positions = [record["path"].index(f"{{{p}}}") for p in in_path]
        assert positions == sorted(positions), name
        assert places == sorted(places, key=lambda place: place != "path"), name
        assert record["path"].count("{") == len(in_path), name


@pytest.mark.parametrize(
    ("test", "count"),
    [
        (lambda o: o.get("auth") == "admin", 143),
        (lambda o: o.get("deprecated"), 37),
        (lambda o: "multipart" in o, 17),
        (lambda o: "stream" in o, 14),
        (lambda o: len(o.get("required", ())) > 1, 4),
        (lambda o: o["response"]["kind"] == "binary", 9),
        (lambda o: o["response"]["kind"] == "text", 1),
        (lambda o: o["response"]["kind"] == "json_or_text", 2),
        (lambda o: o["response"]["kind"] == "empty", 13),
        (lambda o: o.get("headers", {}).get("OpenAI-Beta") == "agents=v1", 57),
        (lambda o: o.get("headers", {}).get("OpenAI-Beta") == "assistants=v2", 41),
        (lambda o: o.get("headers", {}).get("OpenAI-Beta") == "chatkit_beta=v1", 6),
        (lambda o: o["path"].endswith("?beta=true"), 7),
    ],
)
def test_kinds_of_operations(test: Callable[[dict[str, Any]], bool], count: int) -> None:
    assert sum(1 for o in sdk().operations.values() if test(o)) == count


def test_page_styles() -> None:
    styles = Counter(o["page"]["style"] for o in sdk().operations.values() if "page" in o)
    assert styles == {
        "cursor": 46,
        "last_id": 19,
        "next": 9,
        "single": 8,
        "token": 1,
        "next_page": 12,
    }


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("files.list", {"style": "cursor", "param": "after", "source": "last_item.id"}),
        ("videos.list", {"style": "last_id", "param": "after", "source": "last_id"}),
        (
            "admin.organization.roles.list",
            {"style": "next", "param": "after", "source": "next"},
        ),
        (
            "beta.agents.environments.files.list",
            {"style": "token", "param": "page", "source": "next"},
        ),
        (
            "admin.organization.usage.costs",
            {"style": "next_page", "param": "page", "source": "next_page"},
        ),
        (
            "fine_tuning.checkpoints.permissions.retrieve",
            {"style": "last_id", "param": "after", "source": "last_id"},
        ),
    ],
)
def test_pages_go_on(name: str, page: dict[str, str]) -> None:
    assert operation(name)["page"] == {**page, "items": "data", "more": "has_more"}


def test_single_pages_and_what_only_looks_like_a_list() -> None:
    assert operation("vector_stores.search")["page"] == {"style": "single", "items": "data"}
    assert operation("vector_stores.search")["method"] == "POST"
    assert "page" not in operation("conversations.items.create")
    assert "page" not in operation("embeddings.create")


def test_lists_answer_the_shape_of_one_item() -> None:
    assert operation("files.list")["response"]["model"] == "FileObject"
    assert operation("files.list")["response"]["fields"]["bytes"] == "integer"
    usage = operation("admin.organization.usage.costs")["response"]
    assert set(usage["fields"]) >= {"start_time", "end_time", "results"}


# What a naive reading misses


def test_a_raw_body_or_typed_parts() -> None:
    assert operation("realtime.calls.create")["multipart"] == {
        "when": "always",
        "parts": {
            "sdp": {"content_type": "application/sdp", "json": False},
            "session": {"content_type": "application/json", "json": True},
        },
        "raw": "sdp",
    }


@pytest.mark.parametrize(
    ("name", "when", "places"),
    [
        ("files.create", "always", [["file"]]),
        ("images.edit", "always", [["image"], ["image", "<array>"], ["markup"], ["mask"]]),
        ("containers.files.create", "if_file_given", [["file"]]),
        ("skills.create", "if_file_given", [["files", "<array>"], ["files"]]),
        ("skills.versions.create", "if_file_given", [["files", "<array>"], ["files"]]),
    ],
)
def test_multipart(name: str, when: str, places: list[list[str]]) -> None:
    assert operation(name)["multipart"] == {"when": when, "files": places}


def test_header_parameters() -> None:
    betas = parameter("beta.responses.create", "betas")
    assert (betas["in"], betas["wire"], betas["join"]) == ("header", "openai-beta", ",")
    key = parameter("beta.agents.environments.create", "idempotency_key")
    assert (key["in"], key["wire"], key.get("join")) == ("header", "Idempotency-Key", None)


@pytest.mark.parametrize(
    ("name", "ask", "events", "model"),
    [
        ("chat.completions.create", "body", None, "chat.ChatCompletionChunk"),
        ("responses.retrieve", "query", None, "ResponseStreamEvent"),
        ("beta.threads.runs.create", "body", "named", "AssistantStreamEvent"),
        ("beta.agents.sessions.events.stream", "always", "session", "AgentSessionEvent"),
        ("beta.agents.sessions.create", "body", "session", "AgentSessionEvent"),
    ],
)
def test_streams(name: str, ask: str, events: str | None, model: str) -> None:
    stream = operation(name)["stream"]
    assert (stream["ask"], stream.get("events"), stream["model"]) == (ask, events, model)
    assert stream["shape"]


def test_options_of_the_sdk_alone_are_no_parameters() -> None:
    names = {p["name"] for p in operation("beta.agents.sessions.create")["parameters"]}
    assert not names & {"output_type", "tool_handlers", "extra_body", "timeout"}
    assert "environment" in names


def test_alternatives() -> None:
    alternatives = {n: o["required"] for n, o in sdk().operations.items() if "required" in o}
    assert alternatives["audio.voices.create"] == [
        ["audio_sample", "consent", "name"],
        ["name", "prompt", "type"],
    ]
    assert sorted(alternatives) == [
        "admin.organization.external_keys.create",
        "audio.voices.create",
        "beta.agents.automations.create",
        "beta.agents.environments.files.create",
    ]
    required = [
        p["name"] for p in operation("audio.voices.create")["parameters"] if p.get("required")
    ]
    assert required == ["name"]


def test_deprecated_parameters() -> None:
    found = [
        (name, p["name"])
        for name, o in sdk().operations.items()
        for p in o["parameters"]
        if p.get("deprecated")
    ]
    assert sorted(found) == [
        ("beta.responses.create", "prompt_cache_retention"),
        ("chat.completions.create", "function_call"),
        ("chat.completions.create", "functions"),
        ("chat.completions.create", "max_tokens"),
        ("chat.completions.create", "prompt_cache_retention"),
        ("fine_tuning.jobs.create", "hyperparameters"),
        ("images.edit", "user"),
        ("images.generate", "user"),
        ("responses.create", "prompt_cache_retention"),
    ]


def test_what_depends_on_the_response_format() -> None:
    response = operation("audio.transcriptions.create")["response"]
    assert (response["kind"], response["depends"]) == ("json_or_text", "response_format")
    assert "string" in response["shape"]["union"]


@pytest.mark.parametrize(
    ("name", "param", "display_type", "closed"),
    [
        ("chat.completions.create", "model", "string", False),
        ("chat.completions.create", "logit_bias", "map", False),
        ("realtime.calls.accept", "max_output_tokens", "integer|string", True),
        ("files.list", "order", "string", True),
        ("embeddings.create", "input", None, False),
        ("chat.completions.create", "stream", "boolean", False),
        ("images.edit", "image", "file|array<file>", False),
    ],
)
def test_display_types(name: str, param: str, display_type: str | None, closed: bool) -> None:
    record = parameter(name, param)
    wanted = display_type or "string|array<string>|array<integer>|array<array<integer>>"
    assert record["type"] == wanted
    assert record.get("closed", False) is closed


def test_dotted_fields() -> None:
    fields = {".".join(f["path"]): f for f in parameter("responses.create", "reasoning")["fields"]}
    assert fields["reasoning.effort"]["type"] == "string"
    assert "high" in fields["reasoning.effort"]["enum"]
    longest = max(len(f["path"]) for p in parameters() for f in p.get("fields", ()))
    assert longest == display.DEPTH


def test_sockets() -> None:
    connects = {
        n: (s["path"], s["query"], len(s["client"]), len(s["server"]))
        for n, s in sdk().sockets.items()
    }
    assert connects == {
        "beta.realtime.connect": ("/realtime", ["model"], 12, 34),
        "beta.responses.connect": ("/responses", [], 3, 64),
        "live.connect": ("/live/sessions", [], 15, 28),
        "live.forks.connect": ("/live/sessions/{session_id}/fork", [], 15, 28),
        "live.sideband.connect": ("/live/sessions/{session_id}/attach", ["graceful_close"], 14, 28),
        "realtime.connect": ("/realtime", ["call_id", "model"], 11, 46),
        "realtime.translations.connect": ("/realtime/translations", ["model"], 3, 7),
        "responses.connect": ("/responses", [], 2, 62),
    }
    assert sdk().sockets["beta.realtime.connect"]["headers"] == {"OpenAI-Beta": "realtime=v1"}


def test_helpers() -> None:
    assert len(sdk().helpers) == 38
    assert sdk().helpers["uploads.upload_file_chunked"] == {
        "kind": "upload",
        "uses": ["uploads.complete", "uploads.create", "uploads.parts.create"],
    }
    known = {*sdk().operations, *sdk().helpers}
    assert all(known.issuperset(h.get("uses", ())) for h in sdk().helpers.values())


def test_every_reference_leads_to_a_shape() -> None:
    def refs(value: Any) -> list[str]:
        if isinstance(value, dict):
            if isinstance(value.get("ref"), str):
                return [value["ref"]]
            return [ref for item in value.values() for ref in refs(item)]
        return [ref for item in value for ref in refs(item)] if isinstance(value, list) else []

    known = {f"{file}:{name}" for file, objects in sdk().shapes.items() for name in objects}
    used = set(refs(sdk().operations)) | set(refs(sdk().shapes))
    assert used == known


# Types


def convert(annotation: Any) -> Any:
    return Annotations().convert(annotation)


@pytest.mark.parametrize(
    ("annotation", "shape"),
    [
        (str | None, {"union": ["string", "null"]}),
        (str | Literal["a", "b"], {"enum": ["a", "b"], "open": True}),
        (Literal["a"] | Literal["b"], {"enum": ["a", "b"]}),
        (Literal[False] | Literal[True], "boolean"),
        (int | Literal["inf"], {"union": ["integer", {"enum": ["inf"]}]}),
        (dict[str, object], {"map": "any"}),
        (list[str | int], {"array": {"union": ["string", "integer"]}}),
        (bytes | tuple[str, bytes], "file"),
    ],
)
def test_annotations(annotation: Any, shape: Any) -> None:
    assert convert(annotation) == shape


def test_an_annotation_nobody_knows_is_an_error() -> None:
    with pytest.raises(TypeError, match="no structured type"):
        convert(type[int])


def _object(**fields: Any) -> dict[str, Any]:
    return {"object": {name: {"type": shape} for name, shape in fields.items()}}


def test_equal_objects_are_stored_once_and_different_ones_get_longer_names() -> None:
    objects = {
        "openai.types.a_params:Data": _object(
            x="string", again={"ref": "openai.types.a_params:Data"}
        ),
        "openai.types.b_params:Data": _object(
            x="string", again={"ref": "openai.types.b_params:Data"}
        ),
        "openai.types.c_params:Data": _object(x="integer"),
    }
    users = {
        "top.one": {"ref": "openai.types.a_params:Data"},
        "top.two": {"ref": "openai.types.b_params:Data"},
        "other.one": {"ref": "openai.types.c_params:Data"},
    }
    shapes = Shapes(objects, users)
    assert shapes.rename(users) == {
        "top.one": {"ref": "top:AData"},
        "top.two": {"ref": "top:AData"},
        "other.one": {"ref": "other:CData"},
    }
    assert shapes.files()["top"] == {"AData": _object(x="string", again={"ref": "top:AData"})}


def test_objects_of_several_resources_are_shared() -> None:
    objects = {"openai.types.a:Data": _object(x="string")}
    ref = {"ref": "openai.types.a:Data"}
    assert list(Shapes(objects, {"one.do": ref, "two.do": ref}).files()) == ["shared"]


def test_fields_of_a_type_that_contains_itself_end() -> None:
    objects = {"n": _object(value="integer", next={"ref": "n"})}
    assert display.nested("node", {"ref": "n"}, objects) == [
        {"path": ["node", "value"], "type": "integer"}
    ]


# The tree


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
        tree.build([("a", ["a"], "A."), ("a.alpha", ["a"], "Alpha.")], operations)


# Words


def merged(folder: Path, **texts: str) -> merge.Catalog:
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return merge.merge(sdk(), words.read(folder))


def test_without_words_there_are_plain_sentences(tmp_path: Path) -> None:
    catalog = merged(tmp_path)
    record = catalog.files["operations/vector_stores"]["list"]
    assert record["help"] == "List vector stores."
    assert {p["name"]: p["help"] for p in record["parameters"]}["after"] == "After."
    assert catalog.files["index"]["tree"]["groups"]["vector-stores"]["help"] == "Vector stores."
    assert {"operation vector_stores.list", "parameter vector_stores.list after"} <= set(
        catalog.missing
    )
    assert fallback.parameter("vector_store_id") == "ID of the vector store."
    assert fallback.operation("batches.cancel") == "Cancel (batches)."


def test_an_operations_own_words_win_over_the_glossary(tmp_path: Path) -> None:
    catalog = merged(
        tmp_path,
        glossary="""
[parameters]
order = "General."
after = "Cursor."
"expires_after.days" = "Days."
""",
        vector_stores="""
[resources]
vector_stores = "Searchable files."
["vector_stores.list"]
help = "List them."
columns = ["id", "file_counts.total"]
["vector_stores.list".parameters]
order = "Own."
["vector_stores.create"]
positional = ["name"]
upload = { file_ids = "assistants" }
["vector_stores.create".parameters]
"expires_after.anchor" = "Anchor."
""",
    )
    assert not catalog.problems
    records = catalog.files["operations/vector_stores"]
    texts = {p["name"]: p["help"] for p in records["list"]["parameters"]}
    assert (records["list"]["help"], texts["order"], texts["after"]) == (
        "List them.",
        "Own.",
        "Cursor.",
    )
    assert records["list"]["words"] == {"columns": ["id", "file_counts.total"]}
    made = {p["name"]: p for p in records["create"]["parameters"]}
    assert made["name"]["positional"] and next(iter(made)) == "name"
    assert made["file_ids"]["upload"] == "assistants"
    fields = {f["path"][-1]: f["help"] for f in made["expires_after"]["fields"]}
    assert fields == {"anchor": "Anchor.", "days": "Days."}
    assert "parameter vector_stores.list order" not in catalog.missing


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("files", '["files.lst"]\nhelp = "x"', "words/files.toml [files.lst]: no such operation"),
        ("files", '["files.list"]\nhlep = "x"', "words/files.toml [files.list] hlep: unknown key"),
        ("files", '["files.list"]\nhelp = 3', "words/files.toml [files.list] help: must be a text"),
        ("files", '["files.list"]\nmain = ["nope"]', "[files.list] main: no such parameter: nope"),
        (
            "files",
            '["files.list"]\npositional = ["nope"]',
            "no such parameter outside the path: nope",
        ),
        ("files", '["files.list"]\ncolumns = ["nope"]', "no such field in the answer: nope"),
        ("files", '["files.list"]\ngroups = { A = ["nope"] }', "groups: no such parameter: nope"),
        (
            "files",
            '["files.content"]\nlive = "choices"',
            "live: the operation answers nothing that holds text",
        ),
        ("files", '["files.list"]\nstdin = "nope"', "no such parameter or prompt: nope"),
        ("files", '["files.list"]\nexample = ["ls"]', "not a command line of oai: ls"),
        ("files", '["files.list"]\ndefaults = { order = "up" }', "no such value of order: up"),
        ("files", '["files.list"]\nupload = { limit = "x" }', "takes a file's ID: limit"),
        ("files", '["files.list"]\ndownload = "x"', "the answer is not binary"),
        ("files", '["files.list"]\nprompt = { name = "P" }', "must have `name` and `into`"),
        ("files", '["files.delete"]\nconfirm = "{id}?"', "confirm: no such parameter: id"),
        ("files", '["files.list".parameters]\nnope = "x"', "parameters: no such parameter: nope"),
        ("files", '["batches.list"]\nhelp = "x"', "belongs into batches.toml"),
        ("files", '[resources]\n"files.nope" = "x"', "[resources] files.nope: no such resource"),
        ("files", "[resources", "words/files.toml: "),
        ("glossary", '[parameters]\nnope = "x"', "words/glossary.toml [parameters] nope: no such"),
        ("glossary", 'order = "x"', "words/glossary.toml: unknown key order"),
        ("tree", 'omit = ["nope"]', "words/tree.toml omit: no such resource: nope"),
    ],
)
def test_words_that_point_at_nothing(tmp_path: Path, file: str, text: str, problem: str) -> None:
    catalog = merged(tmp_path, **{file: text})
    assert len(catalog.problems) == 1
    assert problem in catalog.problems[0]


def test_wrong_words_are_left_out_of_the_data(tmp_path: Path) -> None:
    catalog = merged(tmp_path, files='["files.list"]\nhelp = "Fine."\nmain = ["nope"]')
    record = catalog.files["operations/files"]["list"]
    assert (record["help"], record.get("words")) == ("Fine.", None)


def test_the_same_operation_in_two_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "files.a.toml").write_text('["files.list"]\nhelp = "One."', encoding="utf-8")
    catalog = merged(tmp_path, files='["files.list"]\nhelp = "Two."')
    assert len(catalog.problems) == 1
    assert "stands in another file or table already" in catalog.problems[0]


# The tool


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


# The catalog's files


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


def test_the_names_of_live_readers_are_known() -> None:
    named = {o.words.live for o in load.operations() if o.words.live}
    assert named <= set(live.FAMILIES)
