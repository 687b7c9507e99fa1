"""`[defaults.COMMAND]`: option > environment > the default of the command > a profile."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .support.api import chat
from .support.cli import oai, oai_terminal
from .support.server import Server, sse
from .support.session import Session

Write = Callable[[str], Path]


def body(*words: str, **options: Any) -> dict[str, Any]:
    """The body that would be sent."""
    found = oai(*words, "--dry-run", **options).ok().json["body"]
    assert isinstance(found, dict)
    return found


MODEL = '[defaults.chat.create]\nmodel = "mine"\ntemperature = 0.5\nstop = ["a", "b"]\n'


def test_defaults_are_filled_in(write_config: Write) -> None:
    write_config(MODEL)
    found = body("chat", "create", "hi")
    assert (found["model"], found["temperature"], found["stop"]) == ("mine", 0.5, ["a", "b"])
    assert body("responses", "create", "hi")["model"] != "mine", "for this command only"


def test_an_option_goes_before(write_config: Write) -> None:
    write_config(MODEL)
    assert body("chat", "create", "hi", "--model", "m")["model"] == "m"
    assert body("chat", "create", "hi", "--set", "temperature:=1")["temperature"] == 1
    assert body("chat", "create", "hi", "--body", '{"stop": null}')["stop"] is None


def test_the_environment_goes_before(write_config: Write) -> None:
    write_config(MODEL)
    assert body("chat", "create", "hi", env={"OAI_MODEL": "env"})["model"] == "env"


def test_a_profile_goes_behind_unless_it_was_named(write_config: Write) -> None:
    write_config(MODEL + 'default_profile = "p"\n[profiles.p]\nmodel = "theirs"\n')
    write_config('default_profile = "p"\n[profiles.p]\nmodel = "theirs"\n' + MODEL)
    assert body("chat", "create", "hi")["model"] == "mine"
    assert body("chat", "create", "hi", "--profile", "p")["model"] == "theirs"


def test_dotted_defaults_join_what_is_given_beside_them(write_config: Write) -> None:
    write_config('[defaults.responses.create.reasoning]\neffort = "high"\n')
    assert body("responses", "create", "hi")["reasoning"] == {"effort": "high"}
    beside = body("responses", "create", "hi", "--reasoning.summary", "auto")
    assert beside["reasoning"] == {"effort": "high", "summary": "auto"}
    same = body("responses", "create", "hi", "--reasoning.effort", "low")
    assert same["reasoning"] == {"effort": "low"}


def test_an_object_given_whole_stays_as_it_is(write_config: Write) -> None:
    write_config('[defaults.responses.create.reasoning]\neffort = "high"\n')
    for words in (["--reasoning", "{}"], ["--body", '{"reasoning": {}}']):
        assert body("responses", "create", "hi", *words)["reasoning"] == {}


def test_maps_and_objects(write_config: Write) -> None:
    write_config(
        '[defaults.responses.create]\nmetadata = { team = "a" }\ntools = [{ type = "web_search" }]'
    )
    found = body("responses", "create", "hi")
    assert found["metadata"] == {"team": "a"}
    assert found["tools"] == [{"type": "web_search"}]


def test_what_talking_adds_has_defaults_too(write_config: Write) -> None:
    write_config('[defaults.chat.create]\nsystem = "Be brief."\n')
    found = body("chat", "create", "hi")
    assert found["messages"][0] == {"role": "system", "content": "Be brief."}
    found = body("chat", "create", "hi", "-s", "Be kind.")
    assert found["messages"][0]["content"] == "Be kind."


def test_flags_have_defaults(write_config: Write) -> None:
    write_config("[defaults.chat.create]\nusage = true\nstore = false\n")
    done = oai("chat", "create", "hi", "--sandbox").ok()
    assert done.stderr.startswith("usage:")
    assert body("chat", "create", "hi")["store"] is False


def test_global_options_have_defaults(write_config: Write) -> None:
    write_config('[defaults.files.list]\nmax_items = 0\nformat = "jsonl"\n')
    assert oai("files", "list", "--sandbox").ok().stdout == ""
    oai("files", "list", "--sandbox", "-f", "json").ok().json  # noqa: B018
    env = {"OAI_FORMAT": "json"}
    assert oai("files", "list", "--sandbox", env=env).ok().json["data"] == []
    assert oai("models", "list", "--sandbox").ok().json["data"], "for this command only"


def test_the_options_of_a_workflow_have_defaults(write_config: Write) -> None:
    write_config('[defaults.config.list]\norigin = true\nformat = "jsonl"\n')
    assert "source" in oai("config", "list").ok().jsonl[0]


def test_spellings(write_config: Write) -> None:
    write_config("[defaults.vector_stores.search]\nmax-num-results = 4\n")
    assert body("vector-stores", "search", "vs_1", "q")["max_num_results"] == 4
    assert body("vector_stores", "search", "vs_1", "q")["max_num_results"] == 4


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("temprature = 1", "is no option of this command; did you mean temperature?"),
        ('temperature = "hot"', "wants a number"),
        ("stop = 3", "wants a string or a JSON array"),
        ("usage = 1", "wants true or false"),
        ("attach = 'x'", "wants an array of texts"),
        ("system = ['x']", "wants a text or a number"),
        ("format = 'xml'", "wants one of auto"),
        ("profile = 'x'", "is no option of this command"),
        ("set = ['a=b']", "is no option of this command"),
    ],
)
def test_what_cannot_be_a_default(write_config: Write, entry: str, complaint: str) -> None:
    path = write_config(f"[defaults.chat.create]\nmodel = 'm'\n{entry}\n")
    done = oai("chat", "create", "hi", "--dry-run")
    assert done.code == 2
    assert f"{path}:3: " in done.stderr
    assert complaint in done.stderr
    oai("models", "list", "--dry-run").ok()


def test_what_a_bare_group_starts_has_defaults(write_config: Write, server: Server) -> None:
    write_config(
        '[defaults.chat]\napi = "chat"\nmodel = "mine"\nsystem = "Be brief."\n'
        '[defaults.chat.create]\nmodel = "other"\n'
    )
    server.answer(sse(chat("Hi.")))
    with Session("--private", server=server) as talk:
        assert "mine · /help" in talk.screen
        talk.say("hello")
    sent = server.only.json
    assert sent["model"] == "mine"
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert body("chat", "create", "hi")["model"] == "other"


def test_the_session_is_told_otherwise(write_config: Write, server: Server) -> None:
    write_config("[defaults.chat]\nmodel = 'mine'\n")
    with Session("-m", "typed", server=server) as talk:
        assert "typed · /help" in talk.screen
    with Session(server=server, env={"OAI_MODEL": "env"}) as talk:
        assert "env · /help" in talk.screen


def test_defaults_of_the_session_are_checked(write_config: Write) -> None:
    path = write_config("[defaults.chat]\nmodle = 'x'\n[defaults.chat.create]\nmodel = 'm'\n")
    screen = oai_terminal("chat")
    assert screen.code == 2
    assert f"{path}:2: " in screen.raw
    assert "did you mean model?" in screen.raw
    found = oai("config", "validate", "-f", "json")
    assert found.code == 2
    assert [one["key"] for one in found.json["problems"]] == ["defaults.chat.modle"]


def test_defaults_of_the_session_can_be_set(write_config: Write) -> None:
    path = write_config("")
    oai("config", "set", "defaults.chat.vi", "yes").ok()
    oai("config", "set", "defaults.chat.attach", "a.txt", "b.txt").ok()
    assert tomllib.loads(path.read_text())["defaults"]["chat"] == {
        "vi": True,
        "attach": ["a.txt", "b.txt"],
    }
    done = oai("config", "set", "defaults.chat.modle", "x")
    assert done.code == 2
    assert "did you mean model?" in done.stderr


def test_help_tells_them(write_config: Write) -> None:
    write_config(MODEL)
    page = " ".join(oai("chat", "create", "--help").ok().stdout.split())
    assert "Left out: mine (your configuration)." in page
    assert "Left out: 0.5 (your configuration)." in page
    write_config("= broken")
    assert "your configuration" not in oai("chat", "create", "--help").ok().stdout
