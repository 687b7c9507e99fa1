"""One question on the command line: what is sent, what is shown, and what is kept of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from openai_cli.workflows.chat import following

from .support.api import chat, chunk, completion, response, response_events
from .support.cli import oai, oai_terminal
from .support.server import Answer, Server, error, reply, sse

BOTH = pytest.mark.parametrize("command", ["chat", "responses"])


def answered(command: str, text: str = "ok") -> Answer:
    """A streamed answer of either API."""
    return sse(chat(text)) if command == "chat" else sse(response_events([text]))


def dry(*args: str, **options: Any) -> Any:
    """The body that would be sent."""
    return oai(*args, "--dry-run", **options).ok().json["body"]


# -- input ----------------------------------------------------------------------------------------


def test_the_system_text_comes_first() -> None:
    body = dry("chat", "create", "hi", "-s", "Be brief.")
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
    ]
    body = dry("responses", "create", "hi", "--system", "Be brief.")
    assert (body["instructions"], body["input"]) == ("Be brief.", "hi")


@BOTH
def test_the_system_text_from_a_file(command: str, tmp_path: Path) -> None:
    (tmp_path / "s.txt").write_text("Be\nbrief.\n")
    body = dry(command, "create", "hi", "--system-file", str(tmp_path / "s.txt"))
    found = body["messages"][0]["content"] if command == "chat" else body["instructions"]
    assert found == "Be\nbrief.\n"


def test_the_system_text_from_stdin_leaves_the_prompt_alone() -> None:
    body = dry("chat", "create", "hi", "--system-file", "-", stdin="Be brief.")
    assert [message["content"] for message in body["messages"]] == ["Be brief.", "hi"]


def test_two_system_texts_are_one_too_many(tmp_path: Path) -> None:
    done = oai("chat", "create", "hi", "-s", "a", "--system-file", "b")
    assert done.code == 2 and "exclude each other" in done.stderr


@BOTH
def test_a_model_by_its_short_option(command: str) -> None:
    assert dry(command, "create", "hi", "-m", "gpt-x")["model"] == "gpt-x"


@BOTH
def test_the_model_left_out(command: str, write_config: Any) -> None:
    assert dry(command, "create", "hi")["model"] == "gpt-5.5"
    write_config('default_profile = "p"\n[profiles.p]\nmodel = "mine"\n')
    assert dry(command, "create", "hi")["model"] == "mine"
    assert dry(command, "create", "hi", env={"OAI_MODEL": "theirs"})["model"] == "theirs"


def test_a_text_goes_along() -> None:
    body = dry("chat", "create", "hi", "-a", "-", stdin="some notes")
    parts = body["messages"][0]["content"]
    assert parts[0] == {"type": "text", "text": "hi"}
    assert "some notes" in json.dumps(parts[1])


@BOTH
def test_what_the_operation_takes_is_taken(command: str) -> None:
    assert dry(command, "create", "hi", "--temperature", "0.5")["temperature"] == 0.5
    assert dry(command, "create", "hi", "--set", "new.field:=1")["new"] == {"field": 1}


def test_an_exact_prompt_with_everything_around_it(tmp_path: Path) -> None:
    said = "Summarize: hello # 42 [draft] @joe {a: 1}"
    assert dry("responses", "create", said)["input"] == said
    assert dry("responses", "create", said, stdin="data\n")["input"] == f"{said}\n\ndata\n"


def test_a_template(isolated: Path) -> None:
    folder = isolated / "config" / "templates"
    folder.mkdir(parents=True)
    (folder / "review.toml").write_text(
        'system = "You know {{lang}}."\nprompt = "Review."\nmodel = "m"\n'
        "[options]\ntemperature = 0.1\n"
    )
    body = dry("chat", "create", "code", "-t", "review", "--var", "lang=Go", "--n", "2")
    assert body["model"] == "m" and body["temperature"] == 0.1 and body["n"] == 2
    assert body["messages"][0]["content"] == "You know Go."
    assert body["messages"][1]["content"] == "Review.\n\ncode"


def test_a_variable_without_a_template() -> None:
    done = oai("chat", "create", "hi", "--var", "a=b")
    assert done.code == 2 and "--template" in done.stderr


# -- answers --------------------------------------------------------------------------------------


def test_usage_goes_to_stderr(server: Server) -> None:
    details = {"prompt_tokens_details": {"cached_tokens": 3}}
    details |= {"completion_tokens_details": {"reasoning_tokens": 2}}
    tail = {
        **chunk(),
        "choices": [],
        "usage": {"prompt_tokens": 7, "completion_tokens": 5, **details},
    }
    server.answer(sse([*chat("ok"), tail]))
    done = oai("chat", "create", "hi", "--usage", server=server).ok()
    assert done.stdout == "ok\n"
    assert done.stderr.startswith("usage: in 7, cached 3, out 5, reasoning 2, first text after ")
    assert server.only.json["stream_options"] == {"include_usage": True}


def test_usage_of_a_response(server: Server) -> None:
    usage = {"input_tokens": 7, "output_tokens": 5}
    server.answer(sse(response_events(["ok"], usage=usage)), reply(response("ok", usage=usage)))
    assert "in 7, out 5, first" in oai("responses", "create", "hi", "--usage", server=server).stderr
    done = oai("responses", "create", "hi", "--usage", "-f", "json", server=server).ok()
    assert done.json["usage"] == usage and "usage: in 7, out 5, " in done.stderr


def test_tokens_are_counted_without_asking(server: Server) -> None:
    server.answer(reply({"object": "response.input_tokens", "input_tokens": 9}))
    done = oai("responses", "create", "hi", "--count", "-s", "x", "--store", server=server).ok()
    assert done.json["input_tokens"] == 9
    assert server.only.path == "/v1/responses/input_tokens"
    assert server.only.json == {"model": "gpt-5.5", "input": "hi", "instructions": "x"}


CODE = (
    "Here:\n\n```python\nprint(1)\n```\nand\n\n1. list\n\n   ~~~\n   two\n     three\n   ~~~\nend"
)


@BOTH
def test_only_the_code(server: Server, command: str) -> None:
    server.answer(
        reply(completion(CODE)) if command == "chat" else reply(response(CODE)),
    )
    done = oai(command, "create", "hi", "--code", server=server).ok()
    assert done.stdout == "print(1)\n\ntwo\n  three\n"


def test_code_that_never_ends_and_fences_within_fences(server: Server) -> None:
    server.answer(reply(completion("````md\n```sh\nls\n```\n````\n```\nrest")))
    done = oai("chat", "create", "hi", "--code", "--stream", server=server).ok()
    assert done.stdout == "```sh\nls\n```\n\nrest\n"


def test_no_code_keeps_the_text(server: Server) -> None:
    server.answer(reply(completion("There is none: `x`.")))
    done = oai("chat", "create", "hi", "--code", server=server)
    assert done.code == 8
    assert done.stdout == "There is none: `x`.\n"


@BOTH
def test_a_refusal_is_shown_and_told(server: Server, command: str) -> None:
    found = oai(command, "create", "refuse to answer", "--sandbox")
    assert found.code == 8
    assert found.stdout.startswith("Sorry, that is something")
    assert "refused" in found.stderr


def test_bytes_are_the_models_own(server: Server) -> None:
    said = "# T\n\n| a | b |\n\n\x1b[31mred\x1b[0m **x**  \n"
    server.answer(sse(chat(*said)))
    assert oai("chat", "create", "hi", server=server).ok().stdout == said


def test_markdown_on_a_terminal_only_where_wanted(server: Server) -> None:
    said = "# Title\n\nSome **bold** words.\n"
    server.answer(sse(chat(said)), sse(chat(said)))
    laid = oai_terminal("chat", "create", "hi", server=server)
    assert "bold" in laid.text and "**" not in laid.text
    plain = oai_terminal("chat", "create", "hi", "--no-markdown", server=server)
    assert plain.text == said.strip()


# -- what happens beside the text -----------------------------------------------------------------


def item_events(*items: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """A response whose output holds these items before its text."""
    done = [
        {"type": "response.output_item.done", "output_index": at, "item": item}
        for at, item in enumerate(items)
    ]
    start, *rest = response_events(["ok"], output=list(items))
    return [start, *[(str(event["type"]), event) for event in done], *rest]


STEPS = (
    {"type": "web_search_call", "id": "ws", "action": {"type": "search", "query": "cats"}},
    {"type": "file_search_call", "id": "fs", "queries": ["dogs", "birds"]},
    {"type": "code_interpreter_call", "id": "ci", "code": "print(\n1)"},
    {"type": "mcp_call", "id": "m", "server_label": "docs", "name": "find", "arguments": "{}"},
    {
        "type": "message",
        "id": "msg",
        "role": "assistant",
        "content": [
            {
                "type": "output_text",
                "text": "x",
                "annotations": [
                    {"type": "url_citation", "title": "Cats", "url": "https://cats.example"},
                    {"type": "url_citation", "title": "Cats", "url": "https://cats.example"},
                    {"type": "file_citation", "filename": "dogs.txt", "file_id": "file-1"},
                ],
            }
        ],
    },
)
LINES = (
    "web search: cats",
    "file search: dogs, birds",
    "code: print( 1)",
    "mcp: docs.find({})",
    "link: Cats https://cats.example",
    "file: dogs.txt",
)


def test_steps_are_told_on_a_terminal(server: Server) -> None:
    server.answer(sse(item_events(*STEPS)))
    found = oai_terminal("responses", "create", "hi", server=server)
    assert found.text.splitlines() == [*LINES, "ok"]
    assert "\x1b[2mweb search: cats\x1b[0m" in found.raw


def test_steps_are_events_in_jsonl_and_no_noise_in_a_pipe(server: Server) -> None:
    events = item_events(*STEPS)
    server.answer(sse(events), sse(events))
    done = oai("responses", "create", "hi", "-f", "jsonl", server=server).ok()
    assert done.jsonl == [event for _, event in events]
    assert oai("responses", "create", "hi", server=server).ok().stderr == ""


def test_thoughts_are_told(server: Server) -> None:
    thought = {"type": "response.reasoning_summary_text.done", "text": "Let me\nsee."}
    first, *rest = response_events(["ok"])
    server.answer(sse([first, (thought["type"], thought), *rest]))
    assert (
        oai_terminal("responses", "create", "hi", server=server).lines[0] == "thinking: Let me see."
    )


def test_links_of_a_chat(server: Server) -> None:
    link = {"type": "url_citation", "url_citation": {"title": "Cats", "url": "https://c.example"}}
    server.answer(sse([*chat("ok")[:-1], chunk(annotations=[link]), chunk(finish="stop")]))
    found = oai_terminal("chat", "create", "hi", server=server)
    assert found.text.splitlines() == ["ok", "link: Cats https://c.example"]


# -- pictures and sounds --------------------------------------------------------------------------

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PICTURE = {
    "type": "image_generation_call",
    "id": "ig_1",
    "status": "completed",
    "result": base64.b64encode(PNG).decode(),
}


def drawn(**fields: Any) -> Answer:
    first, *_, last = response_events(["ok"])
    last[1]["response"]["output"].insert(0, {**PICTURE, **fields})
    return sse([first, *response_events(["ok"])[1:-1], last])


def test_pictures_are_saved_and_named(server: Server, tmp_path: Path) -> None:
    server.answer(drawn(), drawn())
    for name in ("image.png", "image-2.png"):
        done = oai("responses", "create", "x", "--image-generation", server=server, cwd=tmp_path)
        assert done.ok().stdout == "ok\n"
        assert done.stderr == f"saved {name}\n"
        assert (tmp_path / name).read_bytes() == PNG


def test_pictures_go_to_a_folder(server: Server, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "image.png").write_text("mine")
    server.answer(drawn())
    done = oai("responses", "create", "x", "-o", "out", server=server, cwd=tmp_path).ok()
    assert done.stdout == "ok\n"
    assert done.stderr == "saved out/image-2.png\n"
    assert (tmp_path / "out" / "image.png").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize("style", ["json", "jsonl"])
def test_pictures_stay_in_the_data(server: Server, tmp_path: Path, style: str) -> None:
    found = response("ok")
    found["output"].insert(0, PICTURE)
    server.answer(reply(found) if style == "json" else drawn())
    done = oai("responses", "create", "x", "-f", style, server=server, cwd=tmp_path).ok()
    assert PICTURE["result"] in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_folder_nobody_may_write_to(server: Server, tmp_path: Path) -> None:
    missing = str(tmp_path / "no" / "file.txt")
    done = oai("responses", "create", "x", "--image-generation", "-o", missing, server=server)
    assert done.code == 2 and server.requests == []


def test_a_spoken_answer(server: Server, tmp_path: Path) -> None:
    sound = b"RIFF\x24\0\0\0WAVEfmt " + bytes(30)
    audio = {"id": "a", "data": base64.b64encode(sound).decode(), "transcript": "Hello."}
    server.answer(reply(completion(None, audio=audio)))  # type: ignore[arg-type]
    args = ("--modalities", "text", "--modalities", "audio", "--audio.format", "wav")
    done = oai("chat", "create", "hi", *args, server=server, cwd=tmp_path).ok()
    assert (done.stdout, done.stderr) == ("Hello.\n", "saved audio.wav\n")
    assert (tmp_path / "audio.wav").read_bytes() == sound
    assert "stream" not in server.only.json or server.only.json["stream"] is False


def test_a_spoken_stream_is_playable(server: Server, tmp_path: Path) -> None:
    import wave

    pieces = [b"\1\0" * 5, b"\2\0" * 5]
    deltas = [chunk(audio={"id": "a", "transcript": "Hel"}), chunk(audio={"transcript": "lo."})]
    deltas += [chunk(audio={"data": base64.b64encode(piece).decode()}) for piece in pieces]
    server.answer(sse([chunk(None, role="assistant"), *deltas, chunk(finish="stop")]))
    args = ("--modalities", "audio", "--audio.format", "pcm16", "--audio.voice", "ash")
    done = oai("chat", "create", "hi", *args, server=server, cwd=tmp_path).ok()
    assert done.stdout == "Hello.\n"
    with wave.open(str(tmp_path / "audio.wav")) as stream:
        assert stream.readframes(100) == b"".join(pieces)
        assert (stream.getframerate(), stream.getnchannels()) == (24000, 1)


# -- streams that break ---------------------------------------------------------------------------


@BOTH
def test_a_dropped_stream_keeps_its_text(server: Server, command: str) -> None:
    events: list[Any] = chat("Hel", "lo") if command == "chat" else response_events(["Hel", "lo"])
    server.answer(sse(events[:-1], done=False, end="cut"))
    done = oai(command, "create", "hi", server=server)
    assert done.code == 7
    assert done.stdout == "Hello\n"


def numbered(events: list[tuple[str, dict[str, Any]]], id: str = "resp_1") -> list[Any]:
    return [(name, {**event, "sequence_number": at}) for at, (name, event) in enumerate(events)]


@pytest.mark.parametrize("end", ["cut", "reset", "ok"])
def test_a_background_response_is_followed_again(server: Server, end: Any) -> None:
    events = numbered(response_events(["one ", "two ", "three ", "four"]))
    server.answer(
        sse(events[:4], done=False, end=end),
        sse(events[4:6], done=False, end=end),
        sse(events[6:]),
    )
    args = ("--background", "--stream", "--include", "reasoning.encrypted_content")
    done = oai("responses", "create", "hi", *args, server=server).ok()
    assert done.stdout == "one two three four\n"
    first, *again = server.requests
    assert len(again) == 2 and first.json["background"] is True
    assert [asked.path for asked in again] == ["/v1/responses/resp_1"] * 2
    assert [dict(asked.query)["starting_after"] for asked in again] == ["3", "5"]
    assert all(dict(asked.query)["stream"] == "true" for asked in again)
    assert done.stderr.count("following the response again") == 2


def test_a_drop_on_a_terminal_tears_nothing(server: Server) -> None:
    events = numbered(response_events(["one **two", " three** four"]))
    server.answer(sse(events[:4], done=False, end="cut"), sse(events[4:]))
    found = oai_terminal("responses", "create", "x", "--background", "--stream", server=server)
    assert [line for line in found.lines if line] == [
        "one **two",
        "the connection dropped; following the response again",
        "three** four",
    ]


def test_ctrl_c_leaves_a_background_response_alone(server: Server) -> None:
    events = numbered(response_events(["one ", "two"]))
    server.answer(sse(events[:4], done=False, end="hang"))
    found = oai_terminal(
        *("responses", "create", "x", "--background", "--stream"),
        server=server,
        columns=120,
        answers=[("one", "\x03")],
    )
    assert found.code == 130
    assert found.text.splitlines() == [
        "one",
        "interrupted",
        "hint: `oai responses retrieve resp_1 --stream --starting-after 3` follows it",
    ]


def test_a_background_response_that_stays_away(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PAUSE", 0.0)
    events = numbered(response_events(["one ", "two"]))
    empty = [sse([], done=False, end="cut") for _ in range(5)]
    server.answer(sse(events[:4], done=False, end="cut"), *empty)
    done = oai("responses", "create", "hi", "--background", "--stream", server=server)
    assert done.code == 7 and done.stdout == "one \n"
    assert "oai responses retrieve resp_1 --stream --starting-after 3" in done.stderr


def test_following_by_hand(server: Server) -> None:
    events = numbered(response_events(["one ", "two"]))
    server.answer(sse(events[4:]))
    args = ("resp_1", "--stream", "--starting-after", "3")
    assert oai("responses", "retrieve", *args, server=server).ok().stdout == "two\n"
    assert dict(server.only.query) == {"stream": "true", "starting_after": "3"}


def test_in_the_background_without_waiting(server: Server) -> None:
    server.answer(reply(response("", "queued")))
    done = oai("responses", "create", "hi", "--background", server=server).ok()
    assert done.json["status"] == "queued"


def test_waiting_for_the_background(server: Server) -> None:
    server.answer(reply(response("", "queued")), reply(response("done")))
    args = ("--background", "--wait", "--poll-interval", "0.01")
    assert oai("responses", "create", "hi", *args, server=server).ok().stdout == "done\n"


def test_waiting_for_code_and_values(server: Server) -> None:
    args = ("--background", "--wait", "--poll-interval", "0.01")
    server.answer(reply(response("", "queued")), reply(response("```\nx\n```")))
    assert oai("responses", "create", "hi", "--code", *args, server=server).ok().stdout == "x\n"
    server.answer(reply(response("", "queued")), reply(response('{"a": 1}')))
    done = oai("responses", "create", "hi", "--schema", "a str", *args, server=server)
    assert done.code == 8 and done.stdout == '{"a": 1}\n'


def test_an_error_before_the_answer(server: Server) -> None:
    server.answer(error(404, "no such model", code="model_not_found"))
    done = oai("chat", "create", "hi", server=server)
    assert done.code == 3 and done.stdout == "" and "no such model" in done.stderr
