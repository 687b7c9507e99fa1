"""The transport alone, without a command around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai_cli.core.config import Config, config_path
from openai_cli.core.http import Hooks, Http
from openai_cli.core.settings import resolve

from .cli import environment
from .server import Server


def http(server: Server, hooks: Hooks | None = None, **options: Any) -> Http:
    """An `Http` that speaks to `server`, with global options in force."""
    env: Mapping[str, str] = environment(server=server)
    settings = resolve(Config(config_path(env)), env, {"max_retries": 0, **options})
    return Http(settings, env, "0", hooks=hooks or Hooks())
