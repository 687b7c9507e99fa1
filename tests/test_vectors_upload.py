"""`oai vector-stores upload`: what is sent, what is not, what is replaced, and what is said."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from openai_cli.workflows.vectors import carry

from .support.cli import Outcome, oai, oai_process, oai_started
from .support.clock import FakeTime
from .support.server import Answer, Asked, Server, dropped, error, silent
from .support.vector_store import VectorStore

UPLOAD = ("vector-stores", "upload", "vs_1")
LIST = "GET vector_stores/vs_1/files"


@pytest.fixture
def store(server: Server) -> VectorStore:
    """An empty store."""
    made = VectorStore()
    server.handler = made
    return made


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder to work in."""
    return tmp_path


def write(folder: Path, **contents: str) -> None:
    """Files by name; `__` is a step into a folder, `_dot_` a dot."""
    for name, content in contents.items():
        path = folder / name.replace("_dot_", ".").replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def run(server: Server, here: Path, *args: str, **options: Any) -> Outcome:
    """An upload whose waiting takes no time."""
    options.setdefault("time", FakeTime())
    return oai(*UPLOAD, *args, server=server, cwd=here, **options)


def paths(outcome: Outcome) -> list[str]:
    """The paths of a plan or a result."""
    return [row["path"] for row in outcome.json]


def told(outcome: Outcome, *fields: str) -> list[Any]:
    """Some fields of each row."""
    return [tuple(row[field] for field in fields) for row in outcome.json]


# -- what goes up ---------------------------------------------------------------------------------


def test_a_folder_goes_up(server: Server, store: VectorStore, here: Path) -> None:
    write(here, docs__a_dot_md="A", docs__deep__b_dot_md="B")
    done = run(server, here, "docs").ok()
    assert told(done, "path", "action", "status", "error") == [
        ("docs/a.md", "upload", "completed", None),
        ("docs/deep/b.md", "upload", "completed", None),
    ]
    assert {row["file_id"] for row in done.json} == set(store.members) == set(store.files)
    assert {one["purpose"] for one in store.files.values()} == {"assistants"}
    attributes = store.members[store.held["docs/a.md"]]["attributes"]
    digest = hashlib.sha256(b"A").hexdigest()
    assert attributes == {"oai_path": "docs/a.md", "oai_sha256": digest}
    assert "2 of 2 indexed" in done.stderr
    assert done.stderr.endswith("2 new\n")


def test_the_second_run_only_looks(server: Server, store: VectorStore, here: Path) -> None:
    write(here, docs__a_dot_md="A", docs__b_dot_md="B")
    run(server, here, "docs").ok()
    store.asked.clear()
    again = run(server, here, "docs").ok()
    assert store.asked == [LIST]
    assert told(again, "action", "status") == [("skip", "completed")] * 2
    assert again.stderr == "2 unchanged\n"


def test_a_store_of_thousands_is_read_once(server: Server, store: VectorStore, here: Path) -> None:
    for number in range(2500):
        store.has(f"docs/{number}.md", str(number))
    write(here, docs__7_dot_md="7", docs__9_dot_md="other")
    done = run(server, here, "docs", "--dry-run").ok()
    assert told(done, "action", "path") == [("skip", "docs/7.md"), ("replace", "docs/9.md")]
    assert store.asked == [LIST] * 25


def test_attributes_keep_their_types(server: Server, store: VectorStore, here: Path) -> None:
    write(here, a="A")
    given = ["team=a:=1", "year:=2026", "ok:=true", '{"rate": 0.5}', "note="]
    run(server, here, "a", *(arg for text in given for arg in ("--attributes", text))).ok()
    [member] = store.members.values()
    found = {k: v for k, v in member["attributes"].items() if not k.startswith("oai_")}
    assert found == {"team": "a:=1", "year": 2026, "ok": True, "rate": 0.5, "note": ""}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("year", "key=value"),
        ("=x", "key=value"),
        (":=1", "1 to 64 characters"),
        ("year:=20x", "not valid JSON"),
        ("tags:=[1]", "a text, a number"),
        ("none:=null", "a text, a number"),
        ("oai_path=x", "set by the upload itself"),
        ("k" * 65 + "=x", "1 to 64 characters"),
        ("k=" + "x" * 513, "512 characters"),
        ("{" + ",".join(f'"k{n}":{n}' for n in range(15)) + "}", "room for 14"),
    ],
)
def test_attributes_that_cannot_be(
    server: Server, store: VectorStore, here: Path, text: str, why: str
) -> None:
    write(here, a="A")
    done = run(server, here, "a", "--attributes", text)
    assert done.code == 2
    assert why in done.stderr
    assert not server.requests


def test_chunking_is_passed_on(server: Server, store: VectorStore, here: Path) -> None:
    write(here, a="A")
    static = "--chunking-strategy.static."
    size, overlap = f"{static}max-chunk-size-tokens", f"{static}chunk-overlap-tokens"
    run(server, here, "a", size, "400", overlap, "100").ok()
    [member] = store.members.values()
    wanted = {"max_chunk_size_tokens": 400, "chunk_overlap_tokens": 100}
    assert member["chunking_strategy"] == {"type": "static", "static": wanted}
    same = run(server, here, "a", size, "400", overlap, "100", "--dry-run").ok()
    other = run(server, here, "a", size, "800", overlap, "100", "--dry-run").ok()
    assert told(same, "action") == [("skip",)]
    assert told(other, "action", "reason") == [("replace", "it is to be cut otherwise")]
    assert run(server, here, "a", size, "400").code == 2


# -- which files ----------------------------------------------------------------------------------


@pytest.fixture
def tree(here: Path) -> Path:
    """Folders of all sorts."""
    write(here, docs__a_dot_md="1", docs__b_dot_txt="2", docs__deep__c_dot_md="3", top_dot_md="4")
    write(here, docs___dot_hidden="5", docs___dot_git__config="6", docs___dot_x__y_dot_md="7")
    write(here, docs__drafts__d_dot_md="8")
    (here / "docs" / "link").symlink_to(here / "docs" / "deep")
    (here / "docs" / "e.md").symlink_to(here / "top.md")
    return here


ALL = ["docs/a.md", "docs/b.txt", "docs/deep/c.md", "docs/drafts/d.md", "docs/e.md"]


@pytest.mark.parametrize(
    ("args", "found"),
    [
        (["docs"], ALL),
        (["./docs/"], ALL),
        (["docs", "docs/a.md", "top.md"], [*ALL, "top.md"]),
        (["{here}/docs"], ALL),
        (["{here}/top.md"], ["top.md"]),
        (["docs/.hidden"], ["docs/.hidden"]),
        (["docs/*.md"], ["docs/a.md", "docs/e.md"]),
        (["docs/**/*.md"], ["docs/a.md", "docs/deep/c.md", "docs/drafts/d.md", "docs/e.md"]),
        (["{here}/docs/*.md"], ["a.md", "e.md"]),
        (["d*s"], ALL),
        (["docs/d*"], ["docs/deep/c.md", "docs/drafts/d.md"]),
        (["docs", "--hidden"], ["docs/.hidden", "docs/.x/y.md", *ALL]),
        (["docs", "--include", "*.txt"], ["docs/b.txt"]),
        (["docs", "--include", "d*/*.md"], ["docs/deep/c.md", "docs/drafts/d.md"]),
        (["docs", "--include", "**/c.md"], ["docs/deep/c.md"]),
        (["docs", "--exclude", "drafts", "--exclude", "[ab].*"], ["docs/deep/c.md", "docs/e.md"]),
        (["docs/**", "--exclude", "drafts/", "--exclude", "*.txt"], [ALL[0], ALL[2], ALL[4]]),
        (["docs", "--exclude", "[!a].*"], ["docs/a.md"]),
        (["docs", "--exclude", "[z-a]*", "--exclude", "[!]", "--exclude", "[]"], ALL),
    ],
)
def test_which_files(
    server: Server, store: VectorStore, tree: Path, args: list[str], found: list[str]
) -> None:
    given = [arg.replace("{here}", str(tree)) for arg in args]
    assert paths(run(server, tree, *given, "--dry-run").ok()) == found


def test_paths_do_not_depend_on_where_one_stands(
    server: Server, store: VectorStore, tree: Path
) -> None:
    above = paths(run(server, tree, "docs/deep", "--dry-run").ok())
    beside = paths(run(server, tree / "docs" / "drafts", "../../docs/deep", "--dry-run").ok())
    inside = paths(run(server, tree / "docs", ".", "--dry-run").ok())
    assert above == beside == ["docs/deep/c.md"]
    assert "deep/c.md" in inside


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["nothing"], "no file or folder nothing"),
        (["*.nothing"], "nothing matches *.nothing"),
        (["empty"], "no files to upload"),
        (["docs", "--include", "*.nothing"], "no files to upload"),
        (["a/x.md", "{here}/x.md", "{here}/a/x.md"], "would both be x.md"),
        (["docs", "--jobs", "0"], "--jobs wants 1"),
        (["pipe"], "not a file"),
        ([""], "PATH is empty"),
        (["docs", ""], "PATH is empty"),
        (["docs", "--curl"], "--dry-run"),
        (["docs", "--jq", "("], "--jq"),
        ([], "PATH"),
    ],
)
def test_bad_arguments_send_nothing(
    server: Server, store: VectorStore, tree: Path, args: list[str], why: str
) -> None:
    (tree / "empty").mkdir()
    os.mkfifo(tree / "pipe")
    write(tree, a__x_dot_md="1", x_dot_md="2")
    done = run(server, tree, *(arg.replace("{here}", str(tree)) for arg in args))
    assert done.code == 2
    assert why in done.stderr
    assert not server.requests


def test_a_folder_that_cannot_be_listed_is_not_passed_over(
    server: Server, store: VectorStore, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files would look as if they were gone."""
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    done = run(server, tree, "docs", "--delete-missing")
    assert (done.code, server.requests) == (2, [])
    assert "cannot list docs/deep: Permission denied" in done.stderr


# -- what changed ---------------------------------------------------------------------------------


def test_what_changed_is_replaced_once_the_new_one_is_ready(
    server: Server, store: VectorStore, here: Path
) -> None:
    old = store.has("docs/a.md", "old", attributes={"by": "hand"})
    same = store.has("docs/b.md", "B")
    write(here, docs__a_dot_md="new", docs__b_dot_md="B")
    done = run(server, here, "docs").ok()
    new = store.held["docs/a.md"]
    assert store.asked == [
        LIST,
        "POST files",
        "POST vector_stores/vs_1/files",
        f"GET vector_stores/vs_1/files/{new}",
        f"GET vector_stores/vs_1/files/{new}",
        f"DELETE files/{old}",
        f"DELETE vector_stores/vs_1/files/{old}",
    ]
    assert told(done, "action", "status", "file_id") == [
        ("replace", "completed", new),
        ("skip", "completed", same),
    ]
    assert set(store.members) == set(store.files) == {new, same}
    assert store.members[new]["attributes"]["by"] == "hand"


def test_the_old_one_stays_while_the_new_one_is_no_good(
    server: Server, store: VectorStore, here: Path
) -> None:
    old = store.has("a.md", "old")
    failed = store.has("a.md", "old too", "failed", last_error={"code": "server_error"})
    store.fails["a.md"] = {"code": "server_error", "message": "It hurts."}
    write(here, a_dot_md="new")
    done = run(server, here, "a.md")
    assert done.code == 8
    assert old in store.members
    assert failed not in store.members, "failures do not pile up"
    assert told(done, "action", "status", "error") == [("replace", "failed", "It hurts.")]


def test_old_files_can_be_kept(server: Server, store: VectorStore, here: Path) -> None:
    old, gone = store.has("a.md", "old"), store.has("b.md", "B")
    write(here, a_dot_md="new")
    run(server, here, "a.md", "--keep-files", "--delete-missing").ok()
    assert {old, gone} <= set(store.files)
    assert not {old, gone} & set(store.members)


def test_attributes_change_without_an_upload(
    server: Server, store: VectorStore, here: Path
) -> None:
    id = store.has("a.md", "A", attributes={"team": "x", "by": "hand"})
    write(here, a_dot_md="A")
    done = run(server, here, "a.md", "--attributes", "team=y").ok()
    assert store.asked == [LIST, f"POST vector_stores/vs_1/files/{id}"]
    attributes = store.members[id]["attributes"]
    assert (attributes["team"], attributes["by"]) == ("y", "hand")
    assert {"oai_path", "oai_sha256"} <= set(attributes)
    assert told(done, "action", "status") == [("update", "completed")]


@pytest.mark.parametrize("others", [1, 6])
def test_what_is_still_being_read_is_waited_for(
    server: Server, store: VectorStore, here: Path, others: int
) -> None:
    """Files of an earlier run; few are asked for one by one, many through the list."""
    for number in range(others):
        store.has(f"docs/{number}", str(number), "in_progress")
        write(here, **{f"docs__{number}": str(number)})
    done = run(server, here, "docs").ok()
    assert told(done, "action", "status") == [("wait", "completed")] * others
    assert not [one for one in store.asked if not one.startswith("GET")]


def test_doubles_are_taken_out(server: Server, store: VectorStore, here: Path) -> None:
    first, second = store.has("a.md", "A"), store.has("a.md", "A")
    write(here, a_dot_md="A")
    done = run(server, here, "a.md").ok()
    assert told(done, "action", "file_id") == [("skip", second)]
    assert first not in store.members


@pytest.mark.parametrize("code", ["invalid_file", "unsupported_file"])
def test_hopeless_content_is_not_sent_again(
    server: Server, store: VectorStore, here: Path, code: str
) -> None:
    store.has("a.bin", "A", "failed", last_error={"code": code, "message": "No text."})
    write(here, a_dot_bin="A")
    done = run(server, here, "a.bin")
    assert done.code == 8
    assert store.asked == [LIST]
    assert told(done, "action", "status", "error") == [("skip", "failed", "No text.")]


def test_a_failure_of_the_server_is_tried_again(
    server: Server, store: VectorStore, here: Path
) -> None:
    failed = store.has("a.md", "A", "failed", last_error={"code": "server_error"})
    write(here, a_dot_md="A")
    assert told(run(server, here, "a.md").ok(), "action", "status") == [("replace", "completed")]
    assert failed not in store.members


# -- mirroring ------------------------------------------------------------------------------------


@pytest.fixture
def mirrored(store: VectorStore, here: Path) -> VectorStore:
    """A store with one file that is here, one that is not, and ones of other people."""
    store.has("docs/a.md", "A")
    store.has("docs/gone.md", "B")
    store.members["file-theirs"] = {"id": "file-theirs", "status": "completed", "attributes": None}
    half = {"oai_path": "docs/gone.md"}
    store.members["file-half"] = {"id": "file-half", "status": "completed", "attributes": half}
    write(here, docs__a_dot_md="A")
    return store


def test_only_ours_is_deleted(server: Server, mirrored: VectorStore, here: Path) -> None:
    done = run(server, here, "docs", "--delete-missing").ok()
    assert set(mirrored.members) == {"file-1", "file-theirs", "file-half"}
    assert set(mirrored.files) == {"file-1"}
    assert told(done, "path", "action", "status") == [
        ("docs/a.md", "skip", "completed"),
        ("docs/gone.md", "delete", "deleted"),
    ]


def test_nothing_is_deleted_unasked(server: Server, mirrored: VectorStore, here: Path) -> None:
    run(server, here, "docs").ok()
    assert mirrored.asked == [LIST]


@pytest.mark.parametrize(
    ("flags", "answer", "deleted"),
    [([], "n\n", False), ([], "y\n", True), (["--yes"], "", True), (["--dry-run"], "", False)],
)
def test_a_terminal_is_asked(
    server: Server,
    mirrored: VectorStore,
    here: Path,
    flags: list[str],
    answer: str,
    deleted: bool,
) -> None:
    terminals = (True, False, True)
    mirror = ["docs", "--delete-missing", *flags]
    done = run(server, here, *mirror, stdin=answer, terminals=terminals)
    assert ("Delete 1 file of vs_1" in done.stderr) is (not flags)
    assert done.code == (1 if answer == "n\n" else 0)
    assert ("file-2" not in mirrored.members) is deleted


def test_nothing_is_deleted_after_a_failure_of_everything(
    server: Server, mirrored: VectorStore, here: Path
) -> None:
    write(here, docs__new="N")
    mirrored.before = lambda asked: error(403) if asked.method == "POST" else None
    assert run(server, here, "docs", "--delete-missing").code == 4
    assert "file-2" in mirrored.members


def test_what_is_gone_already_is_no_failure(
    server: Server, mirrored: VectorStore, here: Path
) -> None:
    del mirrored.files["file-2"]
    run(server, here, "docs", "--delete-missing").ok()
    assert "file-2" not in mirrored.members


def test_what_cannot_be_deleted_is_named(server: Server, mirrored: VectorStore, here: Path) -> None:
    mirrored.before = lambda asked: error(400, "Not now.") if asked.method == "DELETE" else None
    done = run(server, here, "docs", "--delete-missing")
    assert done.code == 8
    assert "docs/gone.md: the old one could not be taken out: Not now." in done.stderr


# -- failures -------------------------------------------------------------------------------------


def five(here: Path) -> None:
    """Five files."""
    write(here, **{f"docs__{name}": name for name in "abcde"})


def refusing(path: str, names: Iterable[str], answer: Answer) -> Any:
    """Answers requests to a path whose body holds one of the words."""

    def before(asked: Asked) -> Answer | None:
        hit = any(name.encode() in asked.body for name in names)
        return answer if asked.method == "POST" and asked.path == path and hit else None

    return before


def test_one_upload_of_five_fails(server: Server, store: VectorStore, here: Path) -> None:
    five(here)
    refused = error(400, "Too wild.")
    store.before = refusing("/v1/files", ['filename="c"'], refused)
    done = run(server, here, "docs")
    assert done.code == 8
    assert "error: 1 of 5 files failed" in done.stderr
    assert "warning: docs/c: Too wild." in done.stderr
    assert "4 new, 1 failed" in done.stderr
    bad = [row for row in done.json if row["status"] != "completed"]
    assert bad == [
        {
            "path": "docs/c",
            "action": "upload",
            "status": "failed",
            "file_id": None,
            "error": "Too wild.",
        }
    ]
    store.before = lambda asked: None
    again = run(server, here, "docs").ok()
    assert told(again, "action") == [("skip",)] * 2 + [("upload",)] + [("skip",)] * 2
    assert len(store.members) == len(store.files) == 5


def test_what_cannot_be_attached_is_not_left_lying_about(
    server: Server, store: VectorStore, here: Path
) -> None:
    five(here)
    path = "/v1/vector_stores/vs_1/files"
    store.before = refusing(path, ['"docs/b"', '"docs/d"'], error(400, "Wrong type."))
    done = run(server, here, "docs")
    assert done.code == 8
    errors = {row["path"]: row["error"] for row in done.json if row["error"]}
    assert errors == {"docs/b": "Wrong type.", "docs/d": "Wrong type."}
    assert set(store.files) == set(store.members)
    assert len(store.files) == 3


def test_files_that_cannot_be_indexed(server: Server, store: VectorStore, here: Path) -> None:
    five(here)
    store.fails["e"] = {"code": "unsupported_file", "message": "No such type."}
    done = run(server, here, "docs")
    assert done.code == 8
    assert told(done, "status")[4:] == [("failed",)]
    assert "warning: docs/e: No such type." in done.stderr


def test_a_rate_limit_is_waited_out(
    server: Server,
    store: VectorStore,
    here: Path,
    no_waiting: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(carry, "PAUSES", (0.01, 0.01, 0.01))
    write(here, a="A")
    path = "/v1/vector_stores/vs_1/files"

    def before(asked: Asked) -> Answer | None:
        tries = store.asked.count("POST vector_stores/vs_1/files")
        busy = asked.method == "POST" and asked.path == path and tries < 8
        return error(429, "Slow down.") if busy else None

    store.before = before
    run(server, here, "a").ok()
    assert store.asked.count("POST files") == 1
    assert len(store.members) == 1


@pytest.mark.parametrize(
    ("answer", "code"), [(error(401), 4), (error(429, code="insufficient_quota"), 5)]
)
def test_what_would_hinder_all_ends_it(
    server: Server, store: VectorStore, here: Path, answer: Answer, code: int
) -> None:
    five(here)
    store.before = lambda asked: answer if asked.method == "POST" else None
    done = run(server, here, "docs", "--jobs", "1")
    assert done.code == code
    assert store.asked.count("POST files") < 3
    assert ("docs/e", "not sent") in told(done, "path", "status")


def test_a_file_that_changes_while_it_is_sent(
    server: Server, store: VectorStore, here: Path
) -> None:
    write(here, a="first")

    def before(asked: Asked) -> None:
        if asked.path == "/v1/files" and asked.method == "POST":
            (here / "a").write_text("second content")

    store.before = before
    done = run(server, here, "a")
    assert done.code == 8
    assert told(done, "error") == [("it changed while it was sent",)]
    assert not store.files
    store.before = lambda asked: None
    run(server, here, "a").ok()
    [member] = store.members.values()
    assert member["attributes"]["oai_sha256"] == hashlib.sha256(b"second content").hexdigest()


def test_a_file_that_cannot_be_read(
    server: Server, store: VectorStore, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.has("docs/b", "old")
    five(here)
    real = Path.open

    def refuse(path: Path, *args: Any, **options: Any) -> Any:
        if path.name in "ab" and path.parent.name == "docs":
            raise PermissionError(13, "Permission denied")
        return real(path, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    done = run(server, here, "docs", "--delete-missing")
    assert done.code == 8
    assert told(done, "status")[:3] == [("failed",), ("failed",), ("completed",)]
    assert "cannot read docs/a: Permission denied" in done.json[0]["error"]
    assert "file-1" in store.members, "its older version stays"


def test_a_path_that_no_attribute_can_hold(server: Server, store: VectorStore, here: Path) -> None:
    name = "/".join(["docs", *["x" * 100] * 6, "a"])
    write(here, **{name.replace("/", "__"): "A", "docs__b": "B"})
    done = run(server, here, "docs")
    assert done.code == 8
    assert told(done, "status") == [("completed",), ("failed",)]
    assert store.asked.count("POST files") == 1


def test_a_store_that_is_not_there(server: Server, here: Path) -> None:
    write(here, a="A")
    server.answer(error(404, "No such store."))
    assert run(server, here, "a").code == 3


# -- waiting and interruption ---------------------------------------------------------------------


@pytest.mark.parametrize("bad", [dropped(), error(500)])
def test_a_bad_moment_while_waiting_passes(
    server: Server, store: VectorStore, here: Path, bad: Answer
) -> None:
    write(here, a="A")
    store.before = lambda asked: bad if len(store.asked) == 4 else None
    done = run(server, here, "a").ok()
    assert "looking again" in done.stderr


def test_a_file_that_vanishes_while_it_is_waited_for(
    server: Server, store: VectorStore, here: Path
) -> None:
    write(here, a="A")

    def before(asked: Asked) -> None:
        if len(store.asked) == 4:
            store.members.clear()

    store.before = before
    done = run(server, here, "a")
    assert done.code == 8
    assert told(done, "error") == [("it is not in the store any more",)]


def test_the_time_is_up(server: Server, store: VectorStore, here: Path) -> None:
    store.looks = 10**6
    write(here, a="A")
    time = FakeTime()
    done = run(server, here, "a", "--wait-timeout", "9", "--poll-interval", "4", time=time)
    assert done.code == 7
    assert time.slept == [4, 4, 1]
    assert told(done, "status") == [("in_progress",)]
    assert "1 of 1 files are still being indexed after 9 s" in done.stderr
    assert "the same command goes on" in done.stderr


def test_ctrl_c_while_waiting(server: Server, store: VectorStore, here: Path) -> None:
    store.looks = 3
    write(here, a="A", b="B")
    done = run(server, here, "a", "b", time=FakeTime(interrupt=1))
    assert (done.code, done.stdout) == (130, "")
    assert "2 of 2 files are in the store; the same command goes on" in done.stderr
    again = run(server, here, "a", "b").ok()
    assert told(again, "action") == [("wait",)] * 2
    assert store.asked.count("POST files") == 2


def test_ctrl_c_while_sending(server: Server, store: VectorStore, here: Path) -> None:
    """What is on its way is given up, what is up is in the store; the next run does the rest."""
    five(here)
    store.before = refusing("/v1/files", ['filename="c"'], silent())
    running = oai_started(*UPLOAD, "docs", "--jobs", "1", "--timeout", "3", server=server, cwd=here)
    try:
        _until(lambda: store.asked.count("POST files") == 3)
        running.send_signal(signal.SIGINT)
        server.released.set()
        _, said = running.communicate(timeout=20)
    finally:
        running.kill()
    assert running.returncode == 130
    assert b"2 of 5 files are in the store" in said
    store.before = lambda asked: None
    run(server, here, "docs").ok()
    assert sorted(store.held) == [f"docs/{name}" for name in "abcde"]
    assert set(store.files) == set(store.members)


@pytest.mark.parametrize(
    ("at", "orphans"),
    [
        (("POST", "/v1/files"), 0),
        (("POST", "/v1/vector_stores/vs_1/files"), 1),
        (("DELETE", "/v1/files/file-1"), 0),
        (("DELETE", "/v1/vector_stores/vs_1/files/file-1"), 0),
    ],
)
@pytest.mark.slow
def test_a_kill_at_every_step(
    server: Server, store: VectorStore, here: Path, at: tuple[str, str], orphans: int
) -> None:
    """The next run finishes without doubles; a file that was up and not yet attached is left."""
    store.has("a", "old")
    write(here, a="new", b="B")
    store.before = lambda asked: silent() if (asked.method, asked.path) == at else None
    running = oai_started(
        *UPLOAD, "a", "b", "--jobs", "1", "--poll-interval", "0.01", server=server, cwd=here
    )
    wanted = f"{at[0]} {at[1].removeprefix('/v1/')}"
    _until(lambda: wanted in store.asked)
    running.kill()
    running.communicate()
    store.before = lambda asked: None
    done = oai_process(
        *UPLOAD, "a", "b", "-f", "json", "--poll-interval", "0.01", server=server, cwd=here
    ).ok()
    assert sorted(store.held) == ["a", "b"]
    assert len(store.members) == 2
    assert len(store.files) == 2 + orphans
    assert told(done, "status") == [("completed",)] * 2


def _until(happened: Any) -> None:
    import time

    end = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


# -- formats, and the sandbox ---------------------------------------------------------------------


def test_every_format(server: Server, store: VectorStore, here: Path) -> None:
    write(here, a="A")
    for style in ("json", "jsonl", "yaml", "csv", "table"):
        out = run(server, here, "a", "-f", style).ok().stdout
        assert "completed" in out, style
        assert "file-1" in out, style


def test_in_the_sandbox(here: Path) -> None:
    env = {"OAI_SANDBOX": "1"}
    write(here, docs__a_dot_md="Refunds take 14 days.", docs__b_dot_md="Cats purr.")
    write(here, docs__c_dot_png="x")
    made = oai("vector-stores", "create", "handbook", env=env, cwd=here).ok().json["id"]
    first = oai("vector-stores", "upload", made, "docs", env=env, cwd=here, time=FakeTime())
    assert first.code == 8
    assert told(first, "status") == [("completed",), ("completed",), ("failed",)]
    found = oai("vector-stores", "search", made, "refunds", env=env).ok().json["data"]
    assert found[0]["attributes"]["oai_path"] == "docs/a.md"
    (here / "docs" / "c.png").unlink()
    write(here, docs__b_dot_md="Dogs bark.")
    mirror = ("docs", "--delete-missing")
    second = oai("vector-stores", "upload", made, *mirror, env=env, cwd=here, time=FakeTime()).ok()
    assert told(second, "action") == [("skip",), ("replace",), ("delete",)]
    third = oai("vector-stores", "upload", made, *mirror, env=env, cwd=here, time=FakeTime()).ok()
    assert told(third, "action") == [("skip",)] * 2
    assert len(oai("files", "list", env=env).ok().json["data"]) == 2
