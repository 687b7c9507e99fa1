"""How words are merged with facts, and which of them are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_cli.catalog import load
from openai_cli.core import live
from tools.sync import fallback, merge, words

from .support import sdk


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


def test_connects_need_words_as_operations_do(tmp_path: Path) -> None:
    catalog = merged(tmp_path)
    missing = {"operation realtime.connect", "parameter realtime.connect call_id"}
    assert missing <= set(catalog.missing)
    assert catalog.files["sockets"]["realtime.connect"]["help"]
    catalog = merged(
        tmp_path,
        realtime="""
["realtime.connect"]
help = "Talk."
reattach = "call_id"
["realtime.connect".parameters]
call_id = "A call."
""",
    )
    assert not catalog.problems
    assert not missing & set(catalog.missing)
    record = catalog.files["sockets"]["realtime.connect"]
    assert (record["help"], record["words"]) == ("Talk.", {"reattach": "call_id"})
    assert catalog.files["index"]["tree"]["groups"]["realtime"]["sockets"] == {
        "connect": ["realtime.connect", "Talk."]
    }


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("files", '["files.lst"]\nhelp = "x"', "words/files.toml [files.lst]: no such operation"),
        ("files", '["files.list"]\nreattach = "after"', "opens no session"),
        ("live", '["live.connect"]\nreattach = "id"', "reattach: no such parameter: id"),
        ("live", '["live.conect"]\nhelp = "x"', "words/live.toml [live.conect]: no such operation"),
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
        ("files", '["files.list"]\nunless = { order = ["nope"] }', "no such parameter: nope"),
        ("tree", 'first = ["nope"]', "words/tree.toml first: no such resource: nope"),
        ("tree", 'omit = ["nope"]', "words/tree.toml omit: no such resource: nope"),
    ],
)
def test_words_that_point_at_nothing(tmp_path: Path, file: str, text: str, problem: str) -> None:
    catalog = merged(tmp_path, **{file: text})
    assert len(catalog.problems) == 1
    assert problem in catalog.problems[0]


BATCH = """
["batches.retrieve".wait]
what = "the batch"
success = ["completed"]
failure = ["failed"]
cancel = "batches.cancel"
"""
BEGUN = """
["batches.create"]
wait = { retrieve = "batches.retrieve", id = { batch_id = "id" } }
"""


def test_both_halves_of_a_waiter_are_put_together(tmp_path: Path) -> None:
    catalog = merged(tmp_path, batches=BATCH + BEGUN)
    assert not catalog.problems
    reading = {
        "what": "the batch",
        "success": ["completed"],
        "failure": ["failed"],
        "cancel": "batches.cancel",
        "retrieve": "batches.retrieve",
    }
    records = catalog.files["operations/batches"]
    assert records["retrieve"]["words"]["wait"] == reading
    assert records["create"]["words"]["wait"] == {**reading, "id": {"batch_id": "id"}}
    node = catalog.files["index"]["tree"]["groups"]["batches"]
    assert node["wait"] == ["batches.retrieve", "Wait until the batch is done.", False]
    assert "wait" not in catalog.files["index"]["tree"]["groups"]["files"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('what = "the batch"', 'who = "me"\nwhat = "x"', "wait: unknown key who"),
        ('what = "the batch"', "", "wait: must have `what`"),
        ('["completed"]', '"completed"', "wait: success must be a list of texts"),
        ('["completed"]', "[]", "wait: must have `success`"),
        ('["completed"]', '["done"]', "wait: status is never done"),
        ('["completed"]', '["failed"]', "wait: failed stands in more than one list"),
        ('["failed"]', '["failed"]\naction = ["expired"]', "wait: `action` wants `next`"),
        ('["failed"]', '["failed"]\nfield = "state"', "no such field in the answer: state"),
        ('["failed"]', '["failed"]\nprogress = "done"', "no such field in the answer: done"),
        ('["failed"]', '["failed"]\nreason = ["errors.data.0.x"]', "the answer: errors.data.0.x"),
        ('"batches.cancel"', '"batches.stop"', "cancel: no such operation: batches.stop"),
        ('"batches.cancel"', '"videos.remix"', "cancel: videos.remix takes other path"),
        (
            '"batches.cancel"',
            '"batches.cancel"\ndownload = "files.list"',
            "files.list gives no file",
        ),
        ('"batches.retrieve",', '"batches.get",', "wait: no such operation: batches.get"),
        ('"batches.retrieve",', '"videos.retrieve",', "videos.retrieve has no words of its own"),
        ("batch_id =", "id =", "wait: id must give batch_id, in this order"),
        ('= "id" }', '= "name" }', "no such field in the answer: name"),
        ('= "id" } }', '= "id" }, object = "batch" }', "no such field in the answer: batch"),
        ('= "id" } }', '= "id" }, when = "metadata" }', "wait: when: no such switch: metadata"),
        ('= "id" } }', '= "id" }, success = ["x"] }', "wait: unknown key success"),
    ],
)
def test_waiters_that_make_no_sense(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = BATCH + BEGUN
    assert old in text
    catalog = merged(tmp_path, batches=text.replace(old, new, 1))
    assert len(catalog.problems) == 1
    assert problem in catalog.problems[0]


def test_looking_must_not_change_anything(tmp_path: Path) -> None:
    text = BATCH.replace("batches.retrieve", "batches.cancel")
    (problem,) = merged(tmp_path, batches=text).problems
    assert "the operation has to be a GET" in problem


def test_resources_that_stand_first(tmp_path: Path) -> None:
    plain = list(merged(tmp_path).files["index"]["tree"]["groups"])
    ordered = merged(tmp_path, tree='first = ["videos", "chat"]').files["index"]["tree"]["groups"]
    rest = [name for name in plain if name not in ("videos", "chat")]
    assert list(ordered) == ["videos", "chat", *rest]


def test_wrong_words_are_left_out_of_the_data(tmp_path: Path) -> None:
    catalog = merged(tmp_path, files='["files.list"]\nhelp = "Fine."\nmain = ["nope"]')
    record = catalog.files["operations/files"]["list"]
    assert (record["help"], record.get("words")) == ("Fine.", None)


def test_the_same_operation_in_two_files_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "files.a.toml").write_text('["files.list"]\nhelp = "One."', encoding="utf-8")
    catalog = merged(tmp_path, files='["files.list"]\nhelp = "Two."')
    assert len(catalog.problems) == 1
    assert "stands in another file or table already" in catalog.problems[0]


def test_the_names_of_live_readers_are_known() -> None:
    named = {o.words.live for o in load.operations() if o.words.live}
    assert named <= set(live.FAMILIES)
