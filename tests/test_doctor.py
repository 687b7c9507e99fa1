"""`oai doctor`: what works, what does not, what to do; and nothing secret."""

from __future__ import annotations

import sys
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from time import time
from types import SimpleNamespace
from typing import Any

import pytest

from openai_cli.workflows.setup import connection

from .support.cli import Outcome, oai
from .support.server import Server, error, reply

Write = Callable[[str], Path]

MODELS = {"object": "list", "data": []}


@pytest.fixture(autouse=True)
def devices(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """Sound as if there were some."""
    found = [{"max_input_channels": 1, "max_output_channels": 2}]
    monkeypatch.setitem(
        sys.modules, "sounddevice", SimpleNamespace(query_devices=lambda: list(found))
    )
    return found


def checks(done: Outcome) -> dict[str, dict[str, Any]]:
    """The lines by name."""
    return {check["check"]: check for check in done.json["checks"]}


def doctor(server: Server, **env: str | None) -> Outcome:
    """`oai doctor -f json` against a server."""
    return oai("doctor", "-f", "json", server=server, env=env)


def test_all_is_well(server: Server) -> None:
    server.answer(reply(MODELS))
    done = doctor(server).ok()
    assert done.json["ok"] is True
    found = checks(done)
    assert list(found) == [
        *("oai", "python", "platform", "config", "profile", "key", "proxy", "tls"),
        *("api", "clock", "access", "audio", "terminal"),
    ]
    assert {check["status"] for check in found.values()} == {"ok"}
    assert server.url in found["api"]["detail"]
    assert found["key"]["detail"] == "environment variable OPENAI_API_KEY"
    assert found["audio"]["detail"] == "1 for recording, 1 for playing"


def test_for_people(server: Server) -> None:
    server.answer(error(401, "Incorrect API key provided."))
    done = oai("doctor", "-f", "text", server=server)
    assert done.code == 1
    lines = done.stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("failure")]
    assert "access" in line and "Incorrect API key" in line
    assert lines[lines.index(line) + 1].strip().startswith("check the key")
    assert "something is wrong with: access" in done.stderr


def test_no_key_shows_whether_the_api_is_there(server: Server) -> None:
    server.answer(error(401, "You did not provide a key."))
    done = doctor(server, OPENAI_API_KEY=None)
    found = checks(done)
    assert done.code == 1
    assert (found["key"]["status"], found["api"]["status"]) == ("failure", "ok")
    assert "oai auth login" in found["key"]["hint"]
    assert "access" not in found
    assert "authorization" not in server.only.headers


def test_no_way_to_the_api() -> None:
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
    done = oai("doctor", "-f", "json", env=env)
    assert done.code == 1
    found = checks(done)
    assert (found["api"]["status"], found["api"]["hint"]) == ("failure", "is the server running?")
    assert "clock" not in found


def test_offline(server: Server) -> None:
    done = oai("doctor", "--offline", "-f", "json", server=server).ok()
    assert "api" not in checks(done)
    assert not server.requests


def test_the_sandbox() -> None:
    done = oai("doctor", "--sandbox", "-f", "json", env={"OPENAI_API_KEY": None}).ok()
    assert "the sandbox answered 200" in checks(done)["api"]["detail"]


@pytest.mark.parametrize(
    ("seconds", "status", "words"),
    [(0, "ok", "in step"), (600, "warning", "behind"), (-600, "warning", "ahead of")],
)
def test_the_clock(seconds: int, status: str, words: str) -> None:
    found = connection.clock({"date": formatdate(time() + seconds, usegmt=True)})
    assert (found.status, words in found.detail) == (status, True)


@pytest.mark.parametrize("headers", [{}, {"date": "yesterday"}])
def test_a_server_without_a_clock(headers: dict[str, str]) -> None:
    assert connection.clock(headers).status == "ok"


def test_a_broken_configuration(server: Server, write_config: Write) -> None:
    path = write_config("[profiles.w]\nmodle = 'x'\n")
    server.answer(reply(MODELS))
    done = doctor(server)
    found = checks(done)
    assert (done.code, found["config"]["status"]) == (1, "failure")
    assert "config.toml:2: modle" in found["config"]["detail"]
    assert str(path) not in done.stdout, "the home folder is told as ~"


def test_a_profile_that_is_not_there(server: Server) -> None:
    done = oai("doctor", "--offline", "-f", "json", server=server, env={"OAI_PROFILE": "nope"})
    assert done.code != 0
    assert "no profile 'nope'" in done.stdout + done.stderr


def test_nothing_secret_is_told(write_config: Write, isolated: Path) -> None:
    failing = f"{sys.executable} -c 'import sys; sys.exit(\"sk-printed\")' --vault sk-argument"
    write_config(
        f"""\
default_profile = "w"
[profiles.w]
base_url = "http://user:sk-userinfo@127.0.0.1:9/v1"
proxy = "http://user:sk-proxy@127.0.0.1:9"
api_key_command = '''{failing}'''
headers = {{ X-Key = "sk-header" }}
"""
    )
    env = {"HTTPS_PROXY": "http://u:sk-env@127.0.0.1:9", "OPENAI_API_KEY": "sk-environment"}
    done = oai("doctor", "--profile", "w", "-f", "json", env=env)
    assert done.code == 1
    assert "sk-" not in done.stdout + done.stderr
    assert str(isolated) not in done.stdout
    assert checks(done)["key"]["status"] == "failure"


def test_a_key_file_that_others_can_read(
    server: Server, write_config: Write, isolated: Path
) -> None:
    key = isolated / "key"
    key.write_text("sk-abcdefghijkl")
    key.chmod(0o644)
    write_config(f'[profiles.default]\napi_key_file = "{key}"\n')
    server.answer(reply(MODELS), reply(MODELS))
    found = checks(doctor(server, OPENAI_API_KEY=None).ok())
    assert (found["key"]["status"], found["key"]["hint"]) == ("warning", "chmod 600 ~/key")
    key.chmod(0o600)
    assert checks(doctor(server, OPENAI_API_KEY=None).ok())["key"]["status"] == "ok"


@pytest.mark.parametrize("setting", ["ca_bundle", "client_cert"])
def test_certificates_that_are_not_there(server: Server, write_config: Write, setting: str) -> None:
    write_config(f'[profiles.default]\n{setting} = "/no/such.pem"\n')
    done = oai("doctor", "--offline", "-f", "json", server=server)
    assert done.code == 1
    assert f"{setting} names /no/such.pem" in checks(done)["tls"]["detail"]


def test_the_proxy_is_told(server: Server) -> None:
    env = {"https_proxy": "http://u:p@proxy.example:3128"}
    done = oai("doctor", "--offline", "-f", "json", server=server, env=env).ok()
    told = checks(done)["proxy"]["detail"]
    assert told == "https_proxy=http://[redacted]@proxy.example:3128"


def test_no_sound_is_a_warning(
    server: Server, monkeypatch: pytest.MonkeyPatch, devices: list[dict[str, int]]
) -> None:
    devices.clear()
    offline = ("doctor", "--offline", "-f", "json")
    assert checks(oai(*offline, server=server).ok())["audio"]["status"] == "warning"

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise OSError("PortAudio library not found")

    monkeypatch.setitem(sys.modules, "sounddevice", Broken())
    found = checks(oai(*offline, server=server).ok())["audio"]
    assert "PortAudio" in found["detail"] and "libportaudio2" in found["hint"]
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert checks(oai(*offline, server=server).ok())["audio"]["status"] == "warning"
