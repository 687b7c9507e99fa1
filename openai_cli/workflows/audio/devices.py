"""`oai audio devices`: what can record and play here."""

from __future__ import annotations

from typing import Any

import typer

from ...core import results
from ...core.context import App
from ...engine.workflow import WorkflowCommand

app = typer.Typer()

COLUMNS = ("index", "name", "inputs", "outputs", "rate", "default")


@app.command("devices", cls=WorkflowCommand)
def devices(ctx: typer.Context) -> results.Result:
    """List microphones and speakers. Elsewhere --device takes the index, the name or a part of it.

    oai audio devices
    oai audio devices -f json
    """
    from ..sound import portaudio

    context: App = ctx.obj
    found = portaudio.devices()
    if not found:
        context.console.warn("PortAudio sees no device on this machine")
    items = [
        {
            "index": device.index,
            "name": device.name,
            "inputs": device.inputs,
            "outputs": device.outputs,
            "rate": device.rate,
            "default_input": device.default_input,
            "default_output": device.default_output,
        }
        for device in found
    ]
    return results.Rows(items, COLUMNS, [{**item, "default": _default(item)} for item in items])


def _default(item: dict[str, Any]) -> str:
    """Which default a device is."""
    names = {"default_input": "microphone", "default_output": "speaker"}
    return ", ".join(name for field, name in names.items() if item[field])
