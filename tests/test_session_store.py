"""The store of saved conversations: its file, search, and several writers at once."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core.errors import OaiError, UsageError
from openai_cli.workflows.chat import store_file
from openai_cli.workflows.chat.store import Store
from openai_cli.workflows.chat.store_records import Entry, Session, title_of

from .support.cli import ROOT, oai
from .support.talks import said, talk


def texts(store: Store, session: Session) -> list[str]:
    return [message.text for message in store.messages(session)]


# -- what is kept -----------------------------------------------------------------------------


def test_messages_come_back_as_the_api_wrote_them(store: Store) -> None:
    made = store.create("trip", api="responses", model="m", system="be brief")
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "Zürich 日本 🎈 \ud83d"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c", "output": "4"},
        {"type": "reasoning", "summary": []},
    ]
    usage = {"input_tokens": 3, "input_tokens_details": {"cached_tokens": 1}}
    store.extend(made, [Entry(item) for item in items[:3]])
    store.append(made.id, items[3], usage, "thought \ud83d", "resp_1")
    kept = store.messages(made)
    assert [message.message for message in kept] == items
    assert [message.role for message in kept] == ["user", "assistant", "tool", "assistant"]
    assert kept[3].usage == usage and kept[3].response_id == "resp_1"
    assert kept[3].text == "thought ?"
    assert kept[0].usage is None and kept[0].created_at > 1_700_000_000
    found = store.find("trip")
    assert found is not None
    assert (found.system, found.api, found.messages) == ("be brief", "responses", 4)


def test_a_session_outlives_its_process(path: Path) -> None:
    with Store.open(path) as first:
        made = talk(first, "trip")
    with Store.open(path) as second:
        assert second.last() == made
        assert texts(second, made) == ["q1", "a1", "q2", "a2"]


def test_only_the_owner_may_read_it(store: Store, path: Path) -> None:
    talk(store)
    files = list(path.parent.iterdir())
    assert len(files) >= 2
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_first_question_is_the_title(store: Store) -> None:
    assert talk(store).title == "q1"
    made = store.create(api="chat", model="m")
    store.append(made, {"role": "user", "content": ""})
    store.append(made, {"role": "assistant", "content": "hi"}, text="hi")
    assert store.need(made.id).title == ""
    store.append(made, {"role": "user", "content": "x"}, text="\n  two   words\nmore")
    assert store.need(made.id).title == "two words"
    assert store.update(made, title="mine").title == "mine"
    assert title_of("x" * 100) == "x" * 79 + "…"


def test_the_one_used_last_is_the_last(store: Store) -> None:
    one, two = talk(store, "one"), talk(store, "two")
    assert [session.name for session in store.list()] == ["two", "one"]
    store.append(one, {"role": "user", "content": "again"})
    assert store.last() == store.find("one")
    store.rename(two, "other")
    assert [session.name for session in store.list()] == ["one", "other"]


def test_the_list_is_read_as_it_is_asked_for(store: Store) -> None:
    for number in range(5):
        store.create(f"s{number}", api="chat", model="m")
    assert [session.name for session in store.list(limit=2, offset=1)] == ["s3", "s2"]
    lazy = store.list()
    assert next(lazy).name == "s4"
    store.delete("s1")
    lazy.close()


def test_nothing_there_yet(store: Store) -> None:
    assert store.last() is None
    assert store.find("") is None
    assert list(store.list()) == []
    assert store.messages("nobody") == ()


def test_changing_a_session(store: Store) -> None:
    made = talk(store)
    changed = store.update(made, model="m2", system="s2", previous_response_id="resp_2")
    assert (changed.model, changed.system, changed.previous_response_id) == ("m2", "s2", "resp_2")
    with pytest.raises(TypeError, match="name"):
        store.update(made, name="x")


def test_a_session_that_is_gone_takes_no_more(store: Store) -> None:
    made = talk(store)
    store.delete(made)
    for change in (
        lambda: store.append(made, {"role": "user", "content": "x"}),
        lambda: store.update(made, model="x"),
        lambda: store.rename(made, "x"),
        lambda: store.fork(made),
        lambda: store.undo(made),
    ):
        with pytest.raises(OaiError, match="deleted meanwhile"):
            change()


def test_all_messages_of_a_turn_or_none(store: Store) -> None:
    made = talk(store, turns=1)
    with pytest.raises(TypeError):
        store.extend(made, [said("user", "q2"), Entry({"role": "assistant", "content": object()})])
    assert texts(store, made) == ["q1", "a1"]
    with pytest.raises(sqlite3.Error):
        store.extend(made, [said("user", "q2"), Entry({}, "x", response_id=object())])  # type: ignore[arg-type]
    assert texts(store, made) == ["q1", "a1"]


# -- names ------------------------------------------------------------------------------------


def test_finding_by_name_id_and_beginning(store: Store) -> None:
    made = talk(store, "trip")
    assert store.find("trip") == store.find(made.id) == store.find(made.id[:4]) == made
    assert store.find(made.id[:3]) is None, "too short: it may be a new session's name"
    assert store.find("tri") is None
    assert store.find("%") is None
    other = store.create(made.id[:4], api="chat", model="m")
    assert store.find(made.id[:4]) == other, "a name goes before the beginning of an id"


def test_a_beginning_that_fits_several(store: Store, path: Path) -> None:
    one, two = talk(store), talk(store)
    with sqlite3.connect(path) as database:
        for number, key in enumerate((one.id, two.id)):
            database.execute("DELETE FROM messages")
            database.execute("UPDATE sessions SET id = ? WHERE id = ?", (f"abcd000{number}", key))
    database.close()
    with pytest.raises(UsageError, match="several") as caught:
        store.find("abcd")
    assert "abcd0000, abcd0001" in caught.value.hint
    assert store.need("abcd0001").id == "abcd0001"


@pytest.mark.parametrize("name", ["", " ", " x", "-x", "a\nb", "a  b", "\x1b[31m"])
def test_names_that_are_none(store: Store, name: str) -> None:
    made = talk(store)
    with pytest.raises(UsageError, match="cannot be a session's name"):
        store.rename(made, name)


def test_a_name_stands_once(store: Store) -> None:
    made = talk(store, "trip")
    other = talk(store)
    for change in (
        lambda: store.create("trip", api="chat", model="m"),
        lambda: store.rename(other, "trip"),
        lambda: store.fork(other, name="trip"),
    ):
        with pytest.raises(UsageError, match="already"):
            change()
    assert store.rename(made, "trip") == made
    assert len(list(store.list())) == 2


# -- fork and undo ----------------------------------------------------------------------------


def test_a_fork_goes_its_own_way(store: Store) -> None:
    made = talk(store, "trip", system="s")
    copy = store.fork(made, name="other")
    store.append(copy, {"role": "user", "content": "q3"}, text="q3")
    assert texts(store, made) == ["q1", "a1", "q2", "a2"]
    assert texts(store, copy) == ["q1", "a1", "q2", "a2", "q3"]
    assert (copy.parent_id, copy.system, copy.title) == (made.id, "s", "q1")
    assert store.messages(copy)[1].usage == {"total_tokens": 1}
    store.delete(made)
    assert store.need("other").parent_id == ""
    assert len(texts(store, copy)) == 5


@pytest.mark.parametrize(("upto", "kept"), [(0, 0), (3, 3), (9, 4), (None, 4)])
def test_a_fork_of_the_beginning(store: Store, upto: int | None, kept: int) -> None:
    assert store.fork(talk(store), upto).messages == kept


def test_undo_takes_back_whole_turns(store: Store) -> None:
    made = store.create(api="chat", model="m")
    store.extend(made, [said("system", "s"), said("user", "q1"), said("assistant", "a1")])
    call = Entry({"role": "assistant", "tool_calls": []}, "call")
    store.extend(made, [said("user", "q2"), call, said("tool", "4"), said("assistant", "a2")])
    assert [message.text for message in store.undo(made)] == ["q2", "call", "4", "a2"]
    assert texts(store, made) == ["s", "q1", "a1"]
    assert [message.text for message in store.undo(made, 5)] == ["q1", "a1"]
    assert texts(store, made) == ["s"]
    assert store.undo(made) == ()


def test_the_servers_state_goes_back_as_well(store: Store) -> None:
    made = store.update(talk(store, turns=3), previous_response_id="r3")
    assert store.fork(made, upto=3).previous_response_id == "r1"
    assert store.fork(made).previous_response_id == "r3"
    store.undo(made)
    assert store.need(made.id).previous_response_id == "r2"
    store.undo(made, 2)
    assert store.need(made.id).previous_response_id == ""
    unused = talk(store)
    store.undo(unused)
    assert store.need(unused.id).previous_response_id == "", "not in use before, not afterwards"


# -- search -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("refund", {"s0", "s1"}),
        ("REFUND policy", {"s0"}),
        ("refun", {"s0", "s1"}),
        ("refund week", {"s1"}),
        ("zoe", {"s1"}),
        ("refund,", {"s0", "s1"}),
        ("re", set()),
        ("返金", {"s2"}),
        ("猫 魚", {"s2"}),
        ("-> sure", {"s3"}),
        ("100%", {"s3"}),
        ("%", {"s3"}),
        ("_", set()),
        ("\\", set()),
        ("{}", {"s3"}),
        ("c++", {"s4"}),
        ('refund" OR "猫', set()),
        ("refund OR cat", set()),
        ("NEAR(refund policy)", set()),
        ("text:refund", set()),
        ("nothing", set()),
    ],
)
def test_searching(library: Store, query: str, found: set[str]) -> None:
    assert {hit.name for hit in library.search(query)} == found


def test_snippets_mark_what_was_found(library: Store) -> None:
    (hit,) = library.search("policy")
    assert hit.snippet == "The refund [policy] allows thirty days."
    assert (hit.name, hit.number, hit.role) == ("s0", 1, "user")
    (hit,) = library.search("返金", marks=("<", ">"))
    assert "<返金>" in hit.snippet
    made = library.create(api="chat", model="m")
    library.append(made, {"role": "user"}, text="x" * 500 + " 返金 " + "y" * 500)
    newest = next(library.search("返金"))
    assert newest.session == made.id and len(newest.snippet) < 120
    assert newest.snippet.startswith("…") and newest.snippet.endswith("…")


def test_what_is_taken_back_is_found_no_more(library: Store) -> None:
    library.undo(library.need("s0"))
    assert {hit.name for hit in library.search("refund")} == {"s1"}
    library.delete(library.need("s1"))
    assert list(library.search("refund")) == []
    library.fork(library.need("s4"))
    assert len(list(library.search("languages"))) == 2
    assert len(list(library.search("languages", limit=1))) == 1


@given(st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from('"*^():-+{}[]%_\\\0 ')))
def test_any_words_can_be_searched_for(query: str) -> None:
    with Store.open(store_file.MEMORY) as store:
        made = store.create(api="chat", model="m")
        store.append(made, {"role": "user"}, text=f"before {query} after")
        try:
            hits = list(store.search(query))
        except UsageError:
            assert not query.replace("\0", " ").split()
        else:
            assert len(hits) <= 1


def test_nothing_to_search_for(store: Store) -> None:
    with pytest.raises(UsageError, match="nothing to search"):
        list(store.search(" \t "))


# -- several at once --------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from openai_cli.workflows.chat.store import Store
from openai_cli.workflows.chat.store_records import Entry
path, number, shared = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.stdin.readline()
with Store.open(path) as store:
    if not shared:
        shared = store.create("w" + number, api="chat", model="m").id
    for turn in range(20):
        pair = [{"role": "user", "content": number}, {"role": "assistant", "content": number}]
        store.extend(shared, [Entry(message, f"word{number} {turn}") for message in pair])
"""


def writers(path: Path, count: int, shared: str = "") -> None:
    """Processes that start writing at the same time."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(number), shared],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(count)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in running:
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint.decode()


def test_several_terminals_make_the_file_and_write(path: Path) -> None:
    writers(path, 5)
    with Store.open(path) as store:
        assert sorted(session.name for session in store.list()) == [f"w{n}" for n in range(5)]
        assert [session.messages for session in store.list()] == [40] * 5
        assert len(list(store.search("word3"))) == 40
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert check.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    check.close()


def test_waiting_for_the_one_who_makes_the_file(path: Path) -> None:
    path.parent.mkdir()
    first = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    first.execute("BEGIN IMMEDIATE")
    later = threading.Timer(0.2, first.execute, ["ROLLBACK"])
    later.start()
    with Store.open(path) as store:
        assert store.last() is None
    later.join()
    first.close()


def test_a_file_that_is_made_while_we_look(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.mkdir()
    empty = sqlite3.connect(path)
    empty.execute("PRAGMA journal_mode = WAL")
    empty.close()
    look = store_file._number

    def overtaken(connection: sqlite3.Connection, pragma: str) -> int:
        found = look(connection, pragma)
        if pragma == "application_id":
            monkeypatch.setattr(store_file, "_number", look)
            Store.open(path).close()
        return found

    monkeypatch.setattr(store_file, "_number", overtaken)
    with Store.open(path) as store:
        assert store.last() is None


def test_turns_of_several_terminals_stay_together(path: Path) -> None:
    with Store.open(path) as store:
        shared = store.create("one", api="chat", model="m")
        writers(path, 4, shared.id)
        said = [message.message["content"] for message in store.messages(shared)]
        assert len(said) == 160
        assert said[::2] == said[1::2], "a question and its answer stand next to each other"


def test_a_reader_does_not_wait_for_a_writer(store: Store, path: Path) -> None:
    made = talk(store)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("DELETE FROM messages")
    assert len(texts(store, made)) == 4
    writer.execute("ROLLBACK")
    writer.close()


def test_a_file_that_is_held_for_too_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_file, "BUSY_SECONDS", 0.05)
    with Store.open(path) as store:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(OaiError, match="held by another program") as caught:
            store.create("x", api="chat", model="m")
        holder.close()
        assert str(path) in caught.value.message
        store.create("x", api="chat", model="m")


# -- the file ---------------------------------------------------------------------------------


def test_formats_follow_each_other(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(path) as store:
        made = talk(store, "trip")
    added = (
        ("ALTER TABLE sessions ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'",),
        ("UPDATE sessions SET mood = mood || '!'",),
    )
    monkeypatch.setattr(store_file, "MIGRATIONS", (*store_file.MIGRATIONS, *added))
    for _ in range(2):
        with Store.open(path) as store:
            assert texts(store, made) == ["q1", "a1", "q2", "a2"]
    database = sqlite3.connect(path)
    assert database.execute("SELECT mood FROM sessions").fetchone() == ("calm!",)
    assert database.execute("PRAGMA user_version").fetchone() == (3,)
    database.close()


def test_a_format_that_fails_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(path) as store:
        talk(store, "trip")
    added = (("CREATE TABLE extra (x)", "SELECT nonsense FROM nowhere"),)
    with monkeypatch.context() as patch:
        patch.setattr(store_file, "MIGRATIONS", (*store_file.MIGRATIONS, *added))
        with pytest.raises(OaiError, match=r"sessions\.db"):
            Store.open(path)
    with Store.open(path) as store:
        assert store.need("trip").messages == 4
    database = sqlite3.connect(path)
    assert not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'extra'").fetchall()
    database.close()


def test_a_newer_file_is_left_alone(path: Path) -> None:
    Store.open(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    done = oai("sessions", "list")
    assert done.code == 1
    assert f"{path} was written by a newer oai (format 99" in done.stderr
    assert "hint: upgrade oai" in done.stderr


def test_a_newer_oai_that_comes_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtake(_: sqlite3.Connection) -> None:
        other = sqlite3.connect(path)
        other.execute("PRAGMA user_version = 99")
        other.close()

    monkeypatch.setattr(store_file, "_use_wal", overtake)
    with pytest.raises(OaiError, match="newer oai"):
        Store.open(path)


def test_a_file_that_is_no_database(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all, sorry" * 100)
    done = oai("sessions", "list")
    assert done.code == 1
    assert f"{path} is damaged" in done.stderr and f"move {path} away" in done.stderr
    assert path.read_bytes().startswith(b"not a database"), "nothing is overwritten"


def test_a_damaged_file(path: Path) -> None:
    with Store.open(path) as store:
        for _ in range(30):
            talk(store)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    done = oai("sessions", "list")
    assert done.code == 1
    assert str(path) in done.stderr and "unexpected" not in done.stderr


def test_somebody_elses_database(path: Path) -> None:
    path.parent.mkdir()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE sessions (x)")
    database.close()
    with pytest.raises(OaiError, match="not one of oai's sessions"):
        Store.open(path)


def test_a_place_that_cannot_be_used(isolated: Path) -> None:
    (isolated / "data").write_text("a file, no folder")
    with pytest.raises(OaiError, match=r"cannot open .*sessions\.db"):
        Store.open(isolated / "data" / "sessions.db")
