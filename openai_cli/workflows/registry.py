"""The workflows: one line each. Modules are named, not imported."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from typer._click.core import Command

from ..engine import tree
from ..engine.workflow import command_entry, group_entry

COMMANDS = (
    (
        ("help",),
        "Pages about commands and topics "
        "(arguments, config, environment, exit-codes, formats), and "
        "a search through all of them: `oai help search WORDS`.",
        "help",
    ),
    (
        ("doctor",),
        "Check installation, configuration, connection and key; exit code 1 when something fails.",
        "doctor",
    ),
    (
        ("batches", "prepare"),
        "Make a file of batch requests from CSV, TSV, JSON lines or text.",
        "batch.prepare_command",
    ),
    (
        ("batches", "check"),
        "Check request files: every problem with its line.",
        "batch.check_command",
    ),
    (("batches", "cost"), "Estimate what request files will cost.", "batch.cost_command"),
    (
        ("batches", "run"),
        "Run request files to the end, with the results in the input's order.",
        "batch.run",
    ),
    (
        ("batches", "resume"),
        "Carry on a job of `oai batches run`, wherever it stopped.",
        "batch.run_again",
    ),
    (("batches", "status"), "Show how far a job of `oai batches run` is.", "batch.status"),
    (("fine-tuning", "check"), "Check a file of training examples.", "tuning.check_command"),
    (
        ("fine-tuning", "jobs", "follow"),
        "Show what happens in a job as it happens, until it is over.",
        "follow",
    ),
    (
        ("vector-stores", "upload"),
        "Bring files and folders into a vector store, and keep them the same.",
        "vectors.command",
    ),
    (("uploads", "run"), "Upload a file in parts that survive an interruption.", "uploads.run"),
    (
        ("uploads", "resume"),
        "Go on with an upload that was interrupted: only the parts that did not arrive are sent.",
        "uploads.resume",
    ),
    (("audio", "record"), "Record from the microphone.", "audio.record"),
    (("audio", "play"), "Play files, pipes and addresses.", "audio.play"),
    (("audio", "devices"), "List microphones and speakers.", "audio.devices"),
    (("realtime", "talk"), "Talk with a model.", "talking.talk"),
    (
        ("realtime", "transcribe"),
        "Write down what is said while it is said: live captions.",
        "talking.transcribe",
    ),
    (("realtime", "translate"), "Translate what is said while it is said.", "talking.translate"),
    (
        ("realtime", "calls", "monitor"),
        "Show what is said in a call, and what the model does, until the call is over.",
        "realtime.monitor",
    ),
    (
        ("webhooks", "verify"),
        "Tell whether a webhook delivery was signed with your secret: exit 0 or 8.",
        "hooks.verify",
    ),
    (
        ("webhooks", "unwrap"),
        "Print the event of a webhook delivery, if it is genuine; exit 8 if not.",
        "hooks.unwrap",
    ),
    (
        ("webhooks", "listen"),
        "Receive webhook deliveries: verify each, print its event, and pass it on if you like.",
        "hooks.listen",
    ),
    (
        ("webhooks", "trigger"),
        "Send a signed sample of a webhook event to a handler, and tell what it answered.",
        "hooks.trigger",
    ),
)
"""Single commands."""

GROUPS = (
    (("sessions",), "Saved conversations: list, read, search, fork and delete them.", "sessions"),
    (("templates",), "Saved prompts with places to fill.", "templates"),
    (("api",), "Every endpoint: list, explain and call them.", "api"),
    (("auth",), "Keys: log in, log out, and see which work.", "auth"),
    (("profiles",), "Accounts and servers by name.", "profiles"),
    (("config",), "The configuration file and the values in force.", "config"),
    (("alias",), "Short names for command lines.", "alias"),
    (("sandbox",), "The offline API: serve it, or forget what it remembers.", "sandbox"),
    (("completion",), "Completion for bash, zsh, fish and PowerShell.", "completion"),
)

EXTENSIONS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("chat", "create"), "chat.command:TalkCommand", "chat"),
    (("responses", "create"), "chat.command:TalkCommand", "responses"),
    (("files", "create"), "uploads.create:CreateCommand", ""),
    (("fine-tuning", "jobs", "create"), "tuning.create_command:CreateCommand", ""),
    (("audio", "speech", "create"), "audio.speech:SpeechCommand", ""),
    (("audio", "transcriptions", "create"), "hearing.command:HearCommand", ""),
    (("audio", "translations", "create"), "hearing.command:HearCommand", ""),
    (("images", "generate"), "pictures.command:PicturesCommand", ""),
    (("images", "edit"), "pictures.command:PicturesCommand", ""),
    (("images", "create-variation"), "pictures.command:PicturesCommand", ""),
)
"""Commands that take over an operation's and inherit its options."""

STARTS = ((("chat",), "chat.entrance"),)
"""Modules with `options()`, `about()` and `run(app, params)`: what bare groups do on a terminal."""


def register() -> None:
    """Put every workflow into the tree."""
    if tree.WORKFLOWS:
        return
    for path, name, argument in EXTENSIONS:
        tree.EXTENSIONS[path] = _extension(name, argument)
    for path, module in STARTS:
        tree.STARTS[path] = _Start(module)
    for path, help, module in COMMANDS:
        entry = command_entry(path, help, f"openai_cli.workflows.{module}")
        tree.WORKFLOWS.setdefault(path[:-1], []).append(entry)
    for path, help, module in GROUPS:
        entry = group_entry(path, help, f"openai_cli.workflows.{module}")
        tree.WORKFLOWS.setdefault(path[:-1], []).append(entry)


def _extension(name: str, argument: str) -> Callable[[str, str], Command]:
    """The class `module:Class`, imported when its command is looked up."""

    def make(command: str, operation: str) -> Command:
        module, _, attribute = name.partition(":")
        found = getattr(importlib.import_module(f"openai_cli.workflows.{module}"), attribute)
        made: Command = found(command, operation, argument)
        return made

    return make


class _Start:
    """A module that is imported when its group is looked up."""

    def __init__(self, module: str) -> None:
        self._name = f"openai_cli.workflows.{module}"

    def options(self) -> list[Any]:
        """The module's options."""
        found: list[Any] = importlib.import_module(self._name).options()
        return found

    def about(self) -> str:
        """The module's own words about what it starts."""
        return str(importlib.import_module(self._name).about())

    def run(self, app: Any, params: dict[str, Any]) -> None:
        """Start what the module starts."""
        importlib.import_module(self._name).run(app, params)
