"""Waiting for work on the server: look, pause, look again, until its status is a final one.

What there is to know about an object (where its status stands, which ones are final) is the word
`wait` of the operation that retrieves it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from ..catalog.record import Record
from .errors import OaiError
from .patience import Patience
from .values import dig

if TYPE_CHECKING:
    from ..catalog.model import Operation
    from .api import Api, Values

State = Literal["going", "success", "failure", "action"]


class Waiter(Record):
    """How to wait for one kind of object.

    `retrieve` looks at it; `id` says for each of its path parameters which value of the starting
    call, or else which field of its answer, goes there. `object` is the place of the object inside
    that answer, where it is not the answer itself; `when` the switch without which nothing is
    started. `what` names the object for people. `field` holds the status; those in `success`,
    `failure` and `action` (it waits for something from us) are final. `progress` is a percentage or
    an object of counts, `reason` the fields that may say what went wrong. `next` goes on after
    `action`, `cancel` stops the work, `download` gives what it made.
    """

    retrieve: str
    what: str
    success: list[str]
    id: dict[str, str] = {}
    failure: list[str] = []
    action: list[str] = []
    field: str = "status"
    object: str = ""
    when: str = ""
    progress: str = ""
    reason: list[str] = []
    next: str = ""
    cancel: str = ""
    download: str = ""

    def status(self, document: Any) -> str:
        """The object's status. Raises OaiError when it says none."""
        status = dig(document, self.field)
        if not isinstance(status, str):
            raise OaiError(f"{self.what} has no `{self.field}` to wait for")
        return status

    def state(self, document: Any) -> State:
        """What the status means; an unknown one is still going."""
        status = self.status(document)
        if status in self.success:
            return "success"
        if status in self.failure:
            return "failure"
        return "action" if status in self.action else "going"

    def why(self, document: Any) -> str:
        """What the object says went wrong."""
        found = (dig(document, path) for path in self.reason)
        return next((text for text in found if isinstance(text, str) and text), "")

    def ids(self, given: Mapping[str, Any], answer: Any) -> dict[str, Any]:
        """The path parameters for looking. Raises OaiError when the answer names no object."""
        found = {name: given.get(place) or dig(answer, place) for name, place in self.id.items()}
        missing = [self.id[name] for name, value in found.items() if not value]
        if missing:
            raise OaiError(f"the answer has no `{missing[0]}` to wait for")
        return found


def waiter(operation: Operation) -> Waiter | None:
    """How to wait for what this operation starts or shows; None where there is nothing."""
    word = operation.words.wait
    if not word:
        return None
    own = {p.name: p.name for p in operation.parameters if p.place == "path"}
    return Waiter(**{"id": own, **word})


def wait(
    api: Api,
    waiter: Waiter,
    values: Values,
    *,
    first: Any = None,
    hint: Mapping[str, str] | None = None,
    poll_interval: float | None = None,
    timeout: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    report: Callable[[Any], None] = lambda document: None,
    trouble: Callable[[OaiError], None] = lambda error: None,
) -> Any:
    """The object once its status is final, whatever that is; see `Waiter.state`.

    `values` are for the retrieving operation. `first` is the object as far as it is known, `hint`
    the headers it came with: without it, looking begins at once. Seconds between looks are
    `poll_interval`, or what the server asks for, or 1 doubling up to 30. `report` gets every look
    (not `first` when it is final already), `trouble` every look that failed in passing: those are
    repeated until `timeout`, or for ten minutes where there is none. Raises WaitTimeout, and
    whatever else ends looking.
    """
    patience = Patience(
        every=poll_interval, timeout=timeout, clock=clock, sleep=sleep, trouble=trouble
    )
    looking = _Looking(api, waiter, values, patience)
    document = first
    if document is not None:
        if waiter.state(document) != "going":
            return document
        report(document)
        looking.pause(document, hint or {})
    while True:
        document, headers = looking.look(document)
        if not patience.failing:
            report(document)
            if waiter.state(document) != "going":
                return document
        looking.pause(document, headers)


class _Looking:
    """Looks at the object, and bears what passes by itself."""

    def __init__(self, api: Api, waiter: Waiter, values: Values, patience: Patience) -> None:
        from ..catalog import load

        self._api = api
        self._operation = load.operation(waiter.retrieve)
        self._waiter = waiter
        self._values = values
        self._patience = patience

    def look(self, known: Any) -> tuple[Any, Mapping[str, str]]:
        """The object and its headers; what was `known` when looking fails in passing."""
        from .api import decode

        within = self._patience.within
        try:
            reply = self._api.open(self._operation, self._values, whole=True, within=within)
            with reply:
                document = decode(self._operation, reply)
        except OaiError as error:
            self._patience.bear(error)
            return known, {}
        self._patience.failing = False
        return document, reply.headers

    def pause(self, document: Any, headers: Mapping[str, str]) -> None:
        """Sleep until the next look. Raises WaitTimeout when there is no time for one."""
        self._patience.pause(headers, lambda: self._still(document))

    def _still(self, document: Any) -> str:
        if document is None:
            return f"nothing is known of {self._waiter.what}"
        return f"{self._waiter.what} is still {self._waiter.status(document)}"
