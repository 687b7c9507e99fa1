"""The schema of the configuration: the quick checks and the pydantic models agree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core import config, config_model
from openai_cli.core.config_lines import line_of
from openai_cli.core.errors import UsageError

VALUES = [
    *("", " ", "text", "json", "xml", "https://x.example/v1", "http://", "ftp://x", "10"),
    *(True, False, 0, 1, -1, 3, 0.0, 1.5, -2.5, float("inf"), float("nan")),
    *([], [""], ["a", "b"], ["a", 1], {}, {"X": "1"}, {"X": 1}, [{"a": 1}]),
]


def test_both_know_the_same_keys() -> None:
    assert set(config.SCHEMA) == set(config_model.Profile.model_fields)
    assert list(config.TOP) == list(config_model.ConfigFile.model_fields)


def agreed(raw: dict[str, Any]) -> list[config.Problem]:
    """What both complain about."""
    quick = list(config.problems(raw))
    assert config_model.problems(raw) == quick
    return quick


@pytest.mark.parametrize("key", config.SCHEMA)
def test_both_accept_and_refuse_the_same(key: str) -> None:
    verdicts = {bool(agreed({"profiles": {"w": {key: value}}})) for value in VALUES}
    assert verdicts == {True, False}, "some fit and some do not"


@pytest.mark.parametrize("key", config.PRICES)
def test_both_judge_prices_alike(key: str) -> None:
    verdicts = {bool(agreed({"prices": {"m": {key: value}}})) for value in VALUES}
    assert verdicts == {True, False}, "some fit and some do not"


ANY = st.recursive(
    st.sampled_from([value for value in VALUES if not isinstance(value, list | dict)]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=4,
)
TABLE = st.dictionaries(st.sampled_from([*config.SCHEMA, "modell"]), ANY, max_size=4)

PRICES = st.dictionaries(st.sampled_from([*config.PRICES, "input"]), ANY, max_size=4)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "profiles": st.dictionaries(st.sampled_from("ab"), TABLE | ANY, max_size=2) | ANY,
            "defaults": st.dictionaries(st.sampled_from(["chat", "files"]), ANY) | ANY,
            "aliases": st.dictionaries(st.sampled_from("ab"), ANY) | ANY,
            "prices": st.dictionaries(st.sampled_from("ab"), PRICES | ANY, max_size=2) | ANY,
            "default_profile": st.integers(),
            "other": ANY,
        },
    )
)
def test_both_judge_whole_files_alike(raw: dict[str, Any]) -> None:
    agreed(raw)


def test_a_chosen_profile_must_be_there() -> None:
    assert config_model.problems({"default_profile": "w"}) == [
        (("default_profile",), "names w, which is no profile")
    ]
    assert not config_model.problems({"default_profile": "w", "profiles": {"w": {}}})
    assert not config_model.problems({"default_profile": "default"})


@pytest.mark.parametrize(
    ("key", "texts", "value"),
    [
        ("model", ["10"], "10"),
        ("timeout", ["30"], 30),
        ("timeout", ["1.5"], 1.5),
        ("max_retries", ["0"], 0),
        ("sandbox", ["yes"], True),
        ("insecure_http", ["false"], False),
        ("api_key_command", ["op read x"], "op read x"),
        ("api_key_command", ["op", "read", "x"], ["op", "read", "x"]),
        ("headers", ['{"X-A": "1"}'], {"X-A": "1"}),
        ("base_url", ["http://h:1/v1"], "http://h:1/v1"),
    ],
)
def test_typed_texts_become_values(key: str, texts: list[str], value: Any) -> None:
    found = config_model.read(key, texts)
    assert (found, type(found)) == (value, type(value))
    agreed({"profiles": {"w": {key: found}}})


@pytest.mark.parametrize(
    ("key", "texts", "words"),
    [
        ("timeout", ["soon"], "wants a positive number"),
        ("timeout", ["inf"], "wants a positive number"),
        ("max_retries", ["1.5"], "wants a whole number"),
        ("sandbox", ["perhaps"], "wants true or false"),
        ("model", [""], "wants a text"),
        ("model", ["a", "b"], "wants a text"),
        ("headers", ["X: 1"], "not valid JSON"),
        ("base_url", ["api.openai.com"], "wants an http"),
        ("modle", ["x"], "did you mean model"),
    ],
)
def test_typed_texts_that_do_not_fit(key: str, texts: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        config_model.read(key, texts)


def test_every_key_is_explained() -> None:
    sentences = dict(config_model.keys_of_a_profile())
    assert all(text.endswith(".") and len(text) > 15 for text in sentences.values())
    assert len(set(sentences.values())) == len(config.SCHEMA)


# -- places ---------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is our own")
@pytest.mark.parametrize("kind", config.XDG)
@pytest.mark.parametrize("named", ["", "/made/up", "relative/one", "  "])
def test_places_are_those_of_platformdirs(
    kind: str, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import platformdirs

    variable = config.XDG[kind][0]
    monkeypatch.setenv(variable, named)
    theirs = getattr(platformdirs, f"user_{kind}_path")("oai", appauthor=False)
    assert config.place(kind, {variable: named}) == Path(theirs)


# -- lines ----------------------------------------------------------------------------------------

TEXT = """\
default_profile = "a"
[profiles.a]
model = "x"
headers = { X-A = "1" }
[ profiles . "b c" ]
model = "y"
[defaults.chat]
create.model = "z"
[aliases]
"quoted" = "models list"
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("default_profile",), 1),
        (("profiles", "a"), 2),
        (("profiles", "a", "model"), 3),
        (("profiles", "a", "headers", "X-A"), 4),
        (("profiles", "a", "nothing"), 2),
        (("profiles", "b c", "model"), 6),
        (("defaults", "chat", "create", "model"), 8),
        (("defaults", "chat"), 7),
        (("aliases", "quoted"), 10),
        (("nowhere",), 1),
    ],
)
def test_lines(keys: tuple[str, ...], line: int) -> None:
    assert line_of(TEXT, keys) == line
