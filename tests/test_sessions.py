"""`oai sessions`: listing, reading, searching, exporting and deleting saved conversations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openai_cli.workflows.chat.store import Store
from openai_cli.workflows.chat.store_records import Entry, Session

from .support.cli import oai, oai_terminal
from .support.talks import talk


def test_looking_makes_no_file(path: Path) -> None:
    assert oai("sessions", "list").ok().json == []
    assert oai("sessions", "search", "x").ok().json == []
    assert oai("sessions", "show", "x").code == 2
    assert not path.exists()


def test_list(store: Store) -> None:
    one = talk(store, "one")
    two = talk(store)
    shown = oai("sessions", "list").ok().json
    assert [session["id"] for session in shown] == [two.id, one.id]
    assert shown[1] == {
        "id": one.id,
        "name": "one",
        "title": "q1",
        "api": "chat",
        "model": "gpt-5.5",
        "system": None,
        "previous_response_id": None,
        "parent_id": None,
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "messages": 4,
    }
    assert len(oai("sessions", "ls", "--max-items", "1").ok().json) == 1
    table = oai("sessions", "list", "-f", "table").ok().lines
    assert table[0].split() == ["ID", "NAME", "MODEL", "MESSAGES", "UPDATED", "AT", "TITLE"]
    assert table[2].split()[:3] == [one.id, "one", "gpt-5.5"]


def many_parts(store: Store) -> Session:
    """A conversation with everything that is no plain text."""
    made = store.create("parts", api="chat", model="m", system="Be kind.")
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    file = {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:x;base64,QUJD"}}
    sound = {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}}
    content = [{"type": "text", "text": "look\x1b[31m"}, picture, file, sound]
    call = {"id": "c", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}
    output = {"type": "output_text", "text": "ok"}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": content},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "forty-two"},
        {"role": "assistant", "content": None, "refusal": "I will not."},
        {"role": "assistant", "audio": {"data": "QUJD", "transcript": "spoken"}},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "thinking"}]},
        {"type": "function_call", "name": "sub", "arguments": "{}", "call_id": "d"},
        {"type": "function_call_output", "call_id": "d", "output": "seven"},
        {"type": "message", "role": "assistant", "content": [output]},
        {"role": "user", "content": [{"type": "input_file", "file_url": "https://x/y.pdf"}]},
        {"role": "user", "content": [{"type": "input_image", "file_id": "file-1"}]},
        {"type": "web_search_call", "status": "completed"},
    ]
    store.extend(made, [Entry(message) for message in messages])
    return store.need("parts")


READABLE = [
    "look␛[31m\n[image image/png]\n[file a.pdf]\n[audio wav]",
    '[calls add({"a": 1})]',
    "forty-two",
    "I will not.",
    "spoken",
    "[reasoning] thinking",
    "[calls sub({})]",
    "seven",
    "ok",
    "[file https://x/y.pdf]",
    "[image file-1]",
    "[web_search_call]",
]


def test_show_for_people(store: Store) -> None:
    made = many_parts(store)
    shown = oai("sessions", "show", "parts", "-f", "text").ok().stdout
    blocks = shown.split("\n\n")
    assert blocks[0].startswith(f"parts\n{made.id} · m · chat · ")
    assert blocks[1] == "system\nBe kind."
    assert [block.partition("\n")[2].rstrip("\n") for block in blocks[2:]] == READABLE
    assert blocks[2].startswith("user  1  20") and blocks[4].startswith("tool  3  20")
    assert "QUJD" not in shown and "\x1b" not in shown


def test_show_for_programs(store: Store) -> None:
    made = many_parts(store)
    shown = oai("sessions", "show", made.id[:4]).ok().json
    assert shown["name"] == "parts" and shown["system"] == "Be kind."
    assert shown["messages"][2]["message"] == store.messages(made)[2].message
    assert shown["messages"][2]["role"] == "tool"


def test_show_on_a_terminal(store: Store) -> None:
    talk(store, "trip")
    screen = oai_terminal("sessions", "show", "trip", env={"NO_COLOR": "1"})
    assert screen.code == 0
    assert screen.lines[0] == "trip"
    assert screen.lines[3].startswith("user  1  ") and screen.lines[4] == "q1"


def test_did_you_mean(store: Store) -> None:
    talk(store, "summer-trip")
    done = oai("sessions", "show", "sumer-trip")
    assert done.code == 2
    assert "there is no session 'sumer-trip'" in done.stderr
    assert "did you mean summer-trip?" in done.stderr
    assert "oai sessions list" in oai("sessions", "show", "zzzzzz").stderr


def test_search_command(library: Store) -> None:
    hits = oai("sessions", "search", "refund", "policy").ok().json
    assert [(hit["name"], hit["number"]) for hit in hits] == [("s0", 1)]
    assert len(oai("sessions", "search", "refund", "--max-items", "1").ok().json) == 1
    assert oai("sessions", "search", "--", "->").ok().json[0]["name"] == "s3"


def test_export_as_markdown(store: Store, tmp_path: Path) -> None:
    made = talk(store, "trip", system="Be kind.")
    target = tmp_path / "trip.md"
    assert oai("sessions", "export", "trip", "-o", str(target)).ok().stdout == ""
    text = target.read_text()
    assert text == oai("sessions", "export", "trip").ok().stdout
    head, *rest = text.split("\n\n")
    assert head == "# trip" and rest[0].startswith(f"{made.id} · gpt-5.5 · chat · ")
    assert rest[1:] == [
        "## system", "Be kind.",
        "## user", "q1", "## assistant", "a1", "## user", "q2", "## assistant", "a2\n",
    ]  # fmt: skip


def test_markdown_keeps_a_speaker_together(store: Store) -> None:
    many_parts(store)
    text = oai("sessions", "export", "parts").ok().stdout
    assert text.count("## assistant") == 4
    assert "spoken\n\n[reasoning] thinking\n\n[calls sub({})]" in text


@pytest.mark.parametrize("tty", [False, True])
def test_export_as_json(store: Store, tty: bool) -> None:
    made = many_parts(store)
    done = oai("sessions", "export", "parts", "--as", "json", terminals=(tty, tty, tty)).ok()
    messages = [message["message"] for message in done.json["messages"]]
    assert messages == [message.message for message in store.messages(made)]
    jq = oai("sessions", "export", "parts", "--as", "json", "--jq", ".messages|map(.message)").ok()
    assert json.loads(jq.stdout) == messages


def test_export_as_something_else(store: Store) -> None:
    talk(store, "trip")
    done = oai("sessions", "export", "trip", "--as", "html")
    assert done.code == 2 and "markdown, json" in done.stderr


def test_fork_and_rename_commands(store: Store) -> None:
    made = talk(store, "trip")
    copy = oai("sessions", "fork", "trip", "--upto", "2", "--name", "other").ok().json
    assert (copy["name"], copy["messages"], copy["parent_id"]) == ("other", 2, made.id)
    assert oai("sessions", "fork", "trip", "--upto", "-1").code == 2
    assert oai("sessions", "rename", "other", "by train").ok().json["name"] == "by train"
    assert oai("sessions", "rename", "by train", "trip").code == 2


def test_deleting_several(store: Store) -> None:
    for name in ("one", "two", "three"):
        talk(store, name)
    missing = oai("sessions", "delete", "one", "four")
    assert missing.code == 2 and len(list(store.list())) == 3, "all are found first"
    done = oai("sessions", "delete", "one", "two", "one").ok()
    assert done.stderr == "deleted one, two\n"
    assert [session.name for session in store.list()] == ["three"]
    assert next(store.search("q1")).name == "three"


@pytest.mark.parametrize(
    ("options", "stdin", "deleted"),
    [((), "y\n", True), ((), "n\n", False), ((), "", False), (("--yes",), "", True)],
)
def test_deleting_on_a_terminal(
    store: Store, options: tuple[str, ...], stdin: str, deleted: bool
) -> None:
    talk(store, "trip")
    done = oai("sessions", "rm", "trip", *options, stdin=stdin, terminals=(True, True, True))
    assert ("Delete trip?" in done.stderr) is not bool(options)
    assert (done.code, store.find("trip")) == (0, None) if deleted else done.code == 1
    assert (store.find("trip") is None) is deleted
