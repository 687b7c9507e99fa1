"""The configuration file as pydantic models: the schema that edits and `config validate` go by.

Importing this module imports pydantic, so it stays off the start-up path; every start makes the
quick checks of `config` instead, and a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from . import config
from .errors import UsageError

Text = Annotated[str, Field(min_length=1)]
Url = Annotated[str, Field(pattern=r"^https?://[^/\s]")]
Words = Annotated[list[str], Field(min_length=1)]
Command = Annotated[str, Field(pattern=r"\S")] | Words
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Format = Literal["auto", "text", "json", "jsonl", "yaml", "table", "csv", "raw"]


def key(description: str, name: str | None = None) -> Any:
    """A key that may be left out; `name` is what it is called where Python cannot say it."""
    return Field(default=None, alias=name, description=description)


class Strict(BaseModel):
    """Unknown keys and other types are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Profile(Strict):
    """`[profiles.NAME]`: one account or server."""

    base_url: Url = key("Address of the API or of a compatible server.")
    api_key_env: Text = key("Environment variable that holds the key.")
    api_key_command: Command = key("Command that prints the key; run without a shell.")
    api_key_file: Text = key("File that holds the key.")
    api_key_keyring: bool = key("Whether `oai auth login` has put the key into the keyring.")
    admin_key_env: Text = key("Environment variable that holds the admin key.")
    admin_key_command: Command = key("Command that prints the admin key; run without a shell.")
    admin_key_file: Text = key("File that holds the admin key.")
    admin_key_keyring: bool = key("Whether `oai auth login --admin` has put it into the keyring.")
    webhook_secret_env: Text = key("Environment variable that holds the signing secret.")
    webhook_secret_command: Command = key("Command that prints the signing secret of webhooks.")
    webhook_secret_file: Text = key("File that holds the signing secret of webhooks.")
    organization: Text = key("Organization that requests act for.")
    project: Text = key("Project that requests act for.")
    model: Text = key("Model that answers where none is named.")
    format: Format = key("How results are printed where no format is named.")
    headers: dict[str, str] = key("Headers sent with every request.")
    record: bool = key("Keep the conversation of every question, also where none was asked for.")
    timeout: Seconds = key("Seconds without an answer before oai gives up.")
    max_retries: Count = key("How often a failed request is tried again.")
    insecure_http: bool = key("Allow a key over plain http, on a network of one's own.")
    proxy: Url = key("Proxy to go through.")
    ca_bundle: Text = key("File of the certificates to trust instead of the usual ones.")
    client_cert: Text = key("Certificate that oai shows to the server.")
    client_key: Text = key("Private key of that certificate.")
    sandbox: bool = key("Talk to the offline API inside oai.")
    remember_ids: bool = key("Whether ids that were shown are noted, for completion to offer.")
    azure_endpoint: Url = key("Address of an Azure OpenAI resource.")
    azure_deployment: Text = key("Deployment that takes the place of the model.")
    azure_api_version: Text = key("Version of Azure's API.")
    azure_token_env: Text = key("Environment variable that holds an Entra token.")
    azure_token_command: Command = key("Command that prints an Entra token; run without a shell.")


class Prices(Strict):
    """`[prices.MODEL]`: what a model's tokens cost, in any currency."""

    in_: Amount = key("A million tokens of input.", "in")
    out: Amount = key("A million tokens of output.")
    cached: Amount = key("A million tokens of input that were found in the cache.")
    discount: Share = key("Share of it that the Batch API takes off.")


class ConfigFile(Strict):
    """The whole file."""

    default_profile: str = key("Profile of a command that names none.")
    profiles: dict[str, Profile] = key("Accounts and servers by name.")
    defaults: dict[str, dict[str, Any]] = key("What commands do where an option is not given.")
    aliases: dict[str, Text] = key("Short names of command lines.")
    prices: dict[str, Prices] = key("What models' tokens cost; none are built in.")


def problems(raw: Mapping[str, Any]) -> list[config.Problem]:
    """Everything that the schema refuses, each place once, in the order of the file."""
    found: dict[tuple[str, ...], str] = {}
    try:
        ConfigFile.model_validate(raw)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False):
            steps = tuple(str(step) for step in detail["loc"])
            keys = steps[: DEPTHS.get(steps[0], 1)]
            found.setdefault(keys, _sentence(keys, raw, detail))
    name = raw.get("default_profile")
    there = raw.get("profiles", {})
    if isinstance(name, str) and name and name != config.DEFAULT_PROFILE and name not in there:
        found[("default_profile",)] = f"names {name}, which is no profile"
    return sorted(found.items(), key=lambda item: _position(raw, item[0]))


DEPTHS = {"profiles": 3, "defaults": 2, "aliases": 2, "prices": 3}
"""How many keys lead to what a complaint is about; what lies deeper belongs to the same value."""


def _sentence(keys: Sequence[str], raw: Mapping[str, Any], detail: ErrorDetails) -> str:
    """The quick check's words where it has some, so that both complain alike."""
    for place, problem in config.problems(raw):
        if place == tuple(keys):
            return problem
    return f"is not right: {detail['msg']}"


def _position(raw: Any, keys: Sequence[str]) -> list[int]:
    position = []
    for name in keys:
        names = list(raw) if isinstance(raw, Mapping) else []
        position.append(names.index(name) if name in names else len(names))
        raw = raw.get(name) if isinstance(raw, Mapping) else None
    return position


def read(name: str, texts: Sequence[str]) -> Any:
    """What was typed for a profile's key, as the value its type calls for. Raises UsageError."""
    field = Profile.model_fields.get(name)
    if field is None:
        raise UsageError(f"{name} {config.unknown(name, tuple(Profile.model_fields))}")
    given: Any = list(texts) if len(texts) > 1 else texts[0]
    if name == "headers":
        given = _json(given)
    kind: Any = field.annotation
    if field.metadata:
        kind = Annotated[kind, *field.metadata]
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    try:
        value = adapter.validate_python(given)
    except ValidationError:
        raise UsageError(f"{name} {_complaint(name, given)}") from None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _json(given: Any) -> Any:
    from .values import strict_json

    try:
        return strict_json(given) if isinstance(given, str) else given
    except ValueError as error:
        raise UsageError(f"headers {error}", "one at a time: `headers.NAME`") from None


def _complaint(name: str, given: Any) -> str:
    """Of a text that was meant as a number, the check's sentence all the same."""
    return config.SCHEMA[name](given) or "has another type"


def keys_of_a_profile() -> Iterator[tuple[str, str]]:
    """Each key of a profile with its sentence."""
    for name, field in Profile.model_fields.items():
        yield name, str(field.description)
