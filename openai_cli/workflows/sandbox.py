"""`oai sandbox`: the offline API as a server, and its memory."""

from __future__ import annotations

from functools import partial

import typer

from ..core import results
from ..core.context import App
from ..core.errors import UsageError
from ..core.wire import is_loopback
from ..engine.workflow import WorkflowCommand
from .hooks import sending

app = typer.Typer()


@app.command(cls=WorkflowCommand)
def serve(
    ctx: typer.Context,
    port: int = typer.Option(8080, "--port", "-p", help="Port to listen on; 0 takes a free one."),
    host: str = typer.Option("127.0.0.1", "--host", help="Address to listen on."),
    public: bool = typer.Option(False, "--public", help="Allow an address beyond this machine."),
    delay: float = typer.Option(0.0, "--delay", help="Seconds between the events of a stream."),
    memory: bool = typer.Option(False, "--memory", help="Forget everything at the end."),
) -> results.Result:
    """Serve the offline API over HTTP until Ctrl-C.

    oai sandbox serve --port 8080
    oai models list --base-url http://127.0.0.1:8080/v1
    """
    if not is_loopback(host) and not public:
        raise UsageError(f"{host} can be reached from other machines", "add --public to mean it")
    from ..sandbox.app import Sandbox
    from ..sandbox.server import serve as run

    context: App = ctx.obj
    state = None if memory else context.sandbox_state
    sandbox = Sandbox(state, delay=delay, deliver=partial(sending.deliver, context))

    def ready(address: str) -> None:
        context.console.note(f"the sandbox listens on {address} (Ctrl-C ends it)")

    run(sandbox, host, port, ready)
    return results.Done("the sandbox is closed")


@app.command(cls=WorkflowCommand)
def reset(ctx: typer.Context) -> results.Result:
    """Forget everything that was created in the sandbox.

    oai sandbox reset
    """
    from ..sandbox.app import Sandbox

    Sandbox(ctx.obj.sandbox_state).reset()
    return results.Done("the sandbox is empty")
