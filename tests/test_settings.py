"""What is in force: option > environment > profile > default, and whose key goes where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openai_cli.core.config import Config
from openai_cli.core.errors import UsageError
from openai_cli.core.settings import Settings, parse_header, resolve

WORK = {
    "base_url": "https://work.example/v1/",
    "model": "work-model",
    "timeout": 30,
    "organization": "org-work",
}


def settled(
    profiles: dict[str, Any] | None = None,
    env: dict[str, str] | None = None,
    default: str = "",
    **options: Any,
) -> Settings:
    """The settings of a made-up configuration."""
    config = Config(Path("/c.toml"), True, default, profiles or {})
    return resolve(config, env or {}, options)


def test_defaults() -> None:
    found = settled()
    assert found.base_url == "https://api.openai.com/v1"
    assert (found.timeout, found.max_retries, found.format) == (600, 2, "auto")
    assert found.origin["base_url"] == "default"
    assert not found.api_key


def test_a_default_profile_stands_above_defaults() -> None:
    found = settled({"work": WORK}, default="work")
    assert (found.base_url, found.model) == ("https://work.example/v1", "work-model")
    assert found.origin["model"] == "profile"
    assert found.profile == "work"


def test_the_environment_stands_above_a_default_profile() -> None:
    env = {"OPENAI_BASE_URL": "https://env.example/v1", "OAI_MODEL": "env-model"}
    found = settled({"work": WORK}, env, default="work")
    assert (found.base_url, found.model) == ("https://env.example/v1", "env-model")
    assert found.origin["model"] == "OAI_MODEL"
    assert found.timeout == 30


@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_named_profile_stands_above_the_environment(how: str) -> None:
    env = {"OPENAI_BASE_URL": "https://env.example/v1", "OPENAI_ORG_ID": "org-env"}
    env |= {"OPENAI_PROJECT_ID": "proj-env"}
    if how == "option":
        found = settled({"work": WORK}, env, profile="work")
    else:
        found = settled({"work": WORK}, {**env, "OAI_PROFILE": "work"})
    assert (found.base_url, found.organization) == ("https://work.example/v1", "org-work")
    assert found.project == "proj-env", "what the profile does not say still comes from outside"


def test_options_stand_above_everything() -> None:
    env = {"OPENAI_BASE_URL": "https://env.example/v1", "OAI_TIMEOUT": "5"}
    found = settled(
        {"work": WORK}, env, profile="work", base_url="https://opt.example", timeout=1.5
    )
    assert (found.base_url, found.timeout) == ("https://opt.example", 1.5)
    assert found.origin["base_url"] == "option"


def test_the_option_profile_stands_above_its_variable() -> None:
    profiles = {"a": {"model": "a-model"}, "b": {"model": "b-model"}}
    assert settled(profiles, {"OAI_PROFILE": "a"}, profile="b").model == "b-model"


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no profile 'hom'") as caught:
        settled({"home": {}, "work": {}}, profile="hom")
    assert "home, work" in caught.value.hint


def test_an_empty_variable_says_nothing() -> None:
    assert settled(env={"OPENAI_BASE_URL": ""}).base_url == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("OAI_TIMEOUT", "soon"),
        ("OAI_TIMEOUT", "-1"),
        ("OAI_TIMEOUT", "0"),
        ("OAI_TIMEOUT", "inf"),
        ("OAI_TIMEOUT", "nan"),
        ("OAI_MAX_RETRIES", "many"),
        ("OAI_MAX_RETRIES", "-1"),
        ("OAI_SANDBOX", "perhaps"),
        ("OAI_FORMAT", "xml"),
        ("OPENAI_BASE_URL", "api.openai.com"),
    ],
)
def test_variables_are_checked(variable: str, text: str) -> None:
    with pytest.raises(UsageError, match=variable):
        settled(env={variable: text})


@pytest.mark.parametrize(("text", "on"), [("1", True), ("yes", True), ("0", False), ("off", False)])
def test_the_sandbox_by_variable(text: str, on: bool) -> None:
    assert settled(env={"OAI_SANDBOX": text}).sandbox is on


# -- keys -----------------------------------------------------------------------------------------

KEYED = {**WORK, "api_key_env": "WORK_KEY", "admin_key_env": "WORK_ADMIN"}


def test_the_environment_brings_the_key() -> None:
    found = settled(env={"OPENAI_API_KEY": "sk-1", "OPENAI_ADMIN_KEY": "sk-2"})
    assert found.api_key.value == "OPENAI_API_KEY"
    assert found.admin_key.value == "OPENAI_ADMIN_KEY"


def test_a_key_goes_only_with_its_server() -> None:
    env = {"OPENAI_API_KEY": "sk-openai", "OPENAI_ADMIN_KEY": "sk-admin"}
    found = settled({"work": KEYED}, env, default="work")
    assert found.base_url == "https://work.example/v1"
    assert (found.api_key.value, found.admin_key.value) == ("WORK_KEY", "WORK_ADMIN")


def test_a_profile_for_the_same_server_leaves_the_environment_its_key() -> None:
    profile = {"api_key_env": "WORK_KEY", "model": "m"}
    found = settled({"work": profile}, {"OPENAI_API_KEY": "sk-1"}, default="work")
    assert found.api_key.value == "OPENAI_API_KEY"


def test_a_named_profile_brings_its_key() -> None:
    profile = {"api_key_env": "WORK_KEY"}
    found = settled({"work": profile}, {"OPENAI_API_KEY": "sk-1"}, profile="work")
    assert found.api_key.value == "WORK_KEY"


def test_the_key_of_a_profile_does_not_follow_to_another_server() -> None:
    env = {"OPENAI_BASE_URL": "https://env.example/v1", "OPENAI_API_KEY": "sk-env"}
    assert settled({"work": KEYED}, env, default="work").api_key.value == "OPENAI_API_KEY"


def test_a_profile_that_brings_no_key_uses_the_one_of_the_environment() -> None:
    """A proxy of one's own is used this way; a profile for another owner's server names its key."""
    profiles = {"proxy": {"base_url": "https://proxy.example/v1"}}
    found = settled(profiles, {"OPENAI_API_KEY": "sk-1"}, profile="proxy")
    assert found.api_key.value == "OPENAI_API_KEY"


# -- headers, TLS, Azure --------------------------------------------------------------------------


def test_headers_add_up() -> None:
    profile = {"headers": {"X-A": "profile", "X-B": "profile"}}
    env = {"OPENAI_CUSTOM_HEADERS": "X-B: env\nX-C: env: with colon\n\n"}
    found = settled({"p": profile}, env, profile="p", header=("X-C: option",))
    assert found.headers == {"X-A": "profile", "X-B": "env", "X-C": "option"}


@pytest.mark.parametrize("line", ["X", ": x", "X Y: z", "X-ä: z", "X: a\r\nY: b", "X: \0"])
def test_what_is_no_header(line: str) -> None:
    with pytest.raises(UsageError, match="not a header"):
        parse_header(line)


def test_a_client_key_needs_its_certificate() -> None:
    with pytest.raises(UsageError, match="client_cert"):
        settled({"p": {"client_key": "k.pem"}}, profile="p")


AZURE = {"AZURE_OPENAI_ENDPOINT": "https://az.example", "OPENAI_API_VERSION": "2025-01-01"}


def test_azure_from_the_environment() -> None:
    env = {**AZURE, "AZURE_OPENAI_API_KEY": "az", "OPENAI_API_KEY": "sk"}
    found = settled(env=env)
    assert (found.azure_endpoint, found.azure_api_version) == ("https://az.example", "2025-01-01")
    assert found.api_key.value == "AZURE_OPENAI_API_KEY"


def test_a_base_url_option_beats_azure_variables() -> None:
    found = settled(env={**AZURE, "OPENAI_API_KEY": "sk"}, base_url="https://opt.example")
    assert (found.azure_endpoint, found.api_key.value) == ("", "OPENAI_API_KEY")


def test_a_named_profile_beats_azure_variables() -> None:
    assert settled({"work": KEYED}, AZURE, profile="work").azure_endpoint == ""


def test_the_keyring_of_a_profile() -> None:
    profile = {"api_key_keyring": True, "admin_key_keyring": False}
    found = settled({"work": profile}, profile="work")
    assert (found.api_key.how, found.api_key.value) == ("keyring", "work:api_key")
    assert not found.admin_key
    assert settled({"default": profile}).api_key.value == "default:api_key"


def test_a_profile_called_default_is_used_where_none_is_chosen() -> None:
    profiles = {"default": {"model": "d"}, "work": {"model": "w"}}
    assert settled(profiles).model == "d"
    assert settled(profiles, default="work").model == "w"
    assert settled({}, profile="default").profile == "default", "it needs no table"


def test_what_was_asked_for() -> None:
    profiles = {"p": {"model": "m"}}
    assert settled(profiles, profile="p").asked("model")
    assert settled(profiles, {"OAI_MODEL": "e"}, default="p").asked("model")
    assert settled(model="o").asked("model")
    assert not settled(profiles, default="p").asked("model")
    assert not settled().asked("model")


AZURE_PROFILE = {"azure_endpoint": "https://own.example", "azure_api_version": "1"}


def test_the_key_of_an_azure_profile_goes_with_its_endpoint() -> None:
    env = {"AZURE_OPENAI_API_KEY": "az", "AZURE_OPENAI_AD_TOKEN": "entra"}
    profile = {**AZURE_PROFILE, "api_key_env": "MINE"}
    found = settled({"az": profile}, env, default="az")
    assert found.azure_endpoint == "https://own.example"
    assert found.api_key.value == "MINE"
    assert not found.azure_token, "another resource's token would go before the key"


def test_an_azure_profile_without_a_key_uses_the_environment() -> None:
    env = {"AZURE_OPENAI_AD_TOKEN": "entra"}
    found = settled({"az": AZURE_PROFILE}, env, default="az")
    assert found.azure_token.value == "AZURE_OPENAI_AD_TOKEN"
