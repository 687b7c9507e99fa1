"""The configuration file: where it is, what may stand in it, what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from openai_cli.core import config
from openai_cli.core.errors import UsageError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "oai.toml"


def load(path: Path, text: str) -> config.Config:
    """The configuration with this text."""
    path.write_text(text)
    return config.load({"OAI_CONFIG": str(path)})


def test_no_file_is_no_trouble(path: Path) -> None:
    found = config.load({"OAI_CONFIG": str(path)})
    assert (found.exists, found.profiles, found.default_profile) == (False, {}, "")


def test_places(tmp_path: Path) -> None:
    assert config.config_path({"OAI_HOME": str(tmp_path)}) == tmp_path / "config" / "config.toml"
    assert config.place("state", {"OAI_HOME": str(tmp_path)}) == tmp_path / "state"
    assert config.config_path({"OAI_CONFIG": "/x/y.toml", "OAI_HOME": "/z"}) == Path("/x/y.toml")


def test_every_key(path: Path) -> None:
    found = load(
        path,
        """
default_profile = "work"
[profiles.work]
base_url = "https://x.example/v1"
api_key_command = ["pass", "show", "openai"]
timeout = 1.5
max_retries = 0
insecure_http = true
headers = { X-Team = "search" }
[profiles."other one"]
format = "json"
""",
    )
    assert found.default_profile == "work"
    assert found.profile("work")["headers"] == {"X-Team": "search"}
    assert found.profile("other one") == {"format": "json"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a = 1\n", 1, "a is not a key"),
        ('default_profil = "x"\n', 1, "did you mean default_profile"),
        ("default_profile = 3", 1, "wants a profile's name"),
        ("profiles = 3", 1, "wants tables"),
        ("[profiles]\nwork = 3", 2, "wants a table"),
        ('[profiles.w]\nmodel = "m"\ntimeout = 0\n', 3, "timeout wants a positive number"),
        ("[profiles.w]\ntimeout = true\n", 2, "timeout wants a positive number"),
        ("[profiles.w]\nmax_retries = 1.5\n", 2, "max_retries wants a whole number"),
        ("[profiles.w]\n\nbase_ur = 'x'\n", 3, "did you mean base_url"),
        ("[profiles.w]\nbase_url = 'ftp://x'\n", 2, "wants an http"),
        ("[profiles.w]\nformat = 'xml'\n", 2, "wants one of auto"),
        ("[profiles.w]\nsandbox = 1\n", 2, "wants true or false"),
        ("[profiles.w]\nmodel = ''\n", 2, "wants a text"),
        ("[profiles.w]\nheaders = {a = 1}\n", 2, "wants a table of texts"),
        ("[profiles.w.headers]\na = 1\n", 1, "wants a table of texts"),
        ("[profiles.w]\napi_key_command = []\n", 2, "wants a command"),
        ('[profiles.a]\nmodel = "x"\n[profiles."b c"]\nmodel = 3\n', 4, "model wants a text"),
        ("profiles.w.model = 3\n", 1, "model wants a text"),
    ],
)
def test_mistakes_are_shown_with_their_line(path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(path, text)
    assert f"{path}:{line}: " in caught.value.message
    assert words in caught.value.message


def test_a_key_itself_may_not_stand_in_the_file(path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(path, '[profiles.w]\napi_key = "sk-secret"\n')
    assert "sk-secret" not in caught.value.message
    assert "api_key" in caught.value.message


def test_bad_toml_says_where(path: Path) -> None:
    with pytest.raises(UsageError, match="line 2"):
        load(path, "[profiles.w]\nmodel = \n")


def test_a_file_that_is_no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="cannot read"):
        config.load({"OAI_CONFIG": str(path)})


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        config.load({"OAI_CONFIG": str(tmp_path)})
