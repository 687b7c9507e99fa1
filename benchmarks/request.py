"""One small request: against the shortest script with the same libraries, and the official SDK."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from . import report
from .bench import Bench, installed

SCRIPT = """
import os, typer, httpx2
key = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
print(httpx2.get(os.environ["OPENAI_BASE_URL"] + "/models", headers=key).text)
"""
WITHOUT_TLS = """
import os, ssl, typer, httpx2
key = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
client = httpx2.Client(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
print(client.get(os.environ["OPENAI_BASE_URL"] + "/models", headers=key).text)
"""
SDK = """
import openai
print(openai.OpenAI().models.list().to_json())
"""
USUAL_ROUNDS = 15


def rows(bench: Bench) -> Iterator[report.Row]:
    """`oai models list` against a server on this machine."""
    references = {
        "script": ("a script with typer and httpx2", SCRIPT, 1.15),
        "plain": ("that script without a TLS context", WITHOUT_TLS, None),
        "sdk": ("the SDK's models.list()", SDK, None),
    }
    if not installed("openai"):
        del references["sdk"]
    commands = {name: [sys.executable, "-c", code] for name, (_, code, _) in references.items()}
    samples = bench.run({"oai": [*bench.oai, "models", "list"], **commands}, USUAL_ROUNDS)
    for name, (what, _, limit) in references.items():
        yield report.ratio(f"models list : {what}", samples["oai"], samples[name], limit)
