"""A session as the command line asks for it: model, template, files, tools, and what was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...core.errors import UsageError
from .approval import Approval
from .conversation import Conversation
from .extras import Given
from .hosted import hosted
from .saved import Saved
from .session import Session
from .turns import DEFAULT_TURNS

if TYPE_CHECKING:
    from ...core.context import App


def start(app: App, given: Given, params: dict[str, Any]) -> None:
    """Open the session and stay in it. Raises UsageError."""
    from .keyboard import Keyboard

    private = bool(params.get("talk_private"))
    approval = Approval(app, given.text("approve"))
    talk = Conversation(
        app,
        str(params.get("talk_api") or "chat"),
        app.settings.model,
        approval,
        Saved(app.console.env, wanted=not private),
    )
    keyboard = Keyboard(app, talk, private=private, vi=bool(params.get("talk_vi")))
    session = Session(app, talk, keyboard)
    told = _resume(session, given, params)
    talk.model = str(params.get("talk_model") or talk.model)
    talk.system = _system(app, given) or talk.system
    talk.plain = given.flag("no_markdown")
    talk.most = given.count("max_turns", DEFAULT_TURNS)
    _equip(session, given)
    session.tell("\n".join([*told, f"{talk.model} · /help lists commands"]))
    session.run()


def _resume(session: Session, given: Given, params: dict[str, Any]) -> list[str]:
    """Load what is to be gone on with; what to tell of it."""
    name = given.text("session")
    if not given.flag("continue") and not name:
        return []
    if given.flag("continue") and name:
        raise UsageError("--continue and --session exclude each other")
    from .store import existing_store

    with existing_store(session.app.console.env) as store:
        found = store.find(name) if name else store.last()
    if found is not None:
        return [session.load(found.id, switch=not params.get("talk_api"))]
    if not name:
        raise UsageError("there is no saved conversation yet", "--session NAME starts one")
    session.conversation.saved.rename(name)
    return []


def _system(app: App, given: Given) -> str:
    text, file = given.text("system", may_be_empty=True), given.text("system_file")
    if text and file:
        raise UsageError("--system and --system-file exclude each other")
    return app.inputs.text(file, what="--system-file") if file else text


def _equip(session: Session, given: Given) -> None:
    """Attach and offer what the command line names."""
    talk = session.conversation
    talk.hosted = hosted(given)
    if talk.hosted and talk.api.name != "responses":
        raise UsageError("tools at the API's side need responses", "add --api responses")
    for source in given.list("attach"):
        session.attach(source)
    if given.list("tool") or given.list("tool_cmd"):
        session.offer(given.list("tool"), given.list("tool_cmd"))
    if given.text("schema"):
        session.shape(given.text("schema"))
