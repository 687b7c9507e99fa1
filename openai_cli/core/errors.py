"""Everything that can go wrong, and the exit code each kind of failure means.

    OaiError                      1  any other failure
    ├── UsageError                2  bad option, bad JSON, missing parameter, bad filter, bad config
    ├── ApiError                  1  the API answered with an error that has no class of its own
    │   ├── NotFoundError         3  404
    │   ├── PermissionError_      4  401, 403
    │   ├── RateLimitError        5  429
    │   └── ServerError           6  500 and above
    ├── NoKeyError                4  no API key for a request that needs one
    ├── NetworkError              7  no connection, time-out, dropped stream
    │   └── WaitTimeout           7  the work was still going when the patience ended
    └── OutcomeError              8  the work itself ended badly: failed job, misfit output, refusal

`Interrupt` (130) and a closed stdout (quiet) are no failures of the program: the roof handles them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Exit(IntEnum):
    """The exit codes of `oai`, as documented in `oai help exit-codes`."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    AUTH = 4
    RATE_LIMIT = 5
    SERVER = 6
    NETWORK = 7
    OUTCOME = 8
    INTERRUPTED = 130


class OaiError(Exception):
    """A failure with a message (what happened) and a hint (what to do next)."""

    exit: Exit = Exit.FAILURE
    kind = "error"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def advise(self, more: str) -> None:
        """Say something else to do, behind what the hint says already."""
        self.hint = f"{self.hint}; {more}" if self.hint else more

    def as_dict(self) -> dict[str, Any]:
        """The failure as JSON on stderr shows it; empty values left out."""
        record = {"type": self.kind, "message": self.message, "hint": self.hint}
        return {key: value for key, value in record.items() if value}


class UsageError(OaiError):
    """The command line, a file it names, or the configuration is wrong."""

    exit = Exit.USAGE
    kind = "usage"


class NoKeyError(OaiError):
    """No key where the API wants one."""

    exit = Exit.AUTH
    kind = "no_key"


class NetworkError(OaiError):
    """The request or its answer did not get through."""

    exit = Exit.NETWORK
    kind = "network"


class WaitTimeout(NetworkError):
    """`--wait-timeout` is over, and the work is not."""

    kind = "timeout"


class OutcomeError(OaiError):
    """Everything was sent and answered, but the work ended badly."""

    exit = Exit.OUTCOME
    kind = "outcome"


class ApiError(OaiError):
    """The API's error answer, in its own words.

    `status` is the HTTP status, or 0 for an error that came inside a stream; `body` is the decoded
    answer, or its text where it was not JSON.
    """

    kind = "api"

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "",
        param: str = "",
        type_: str = "",
        request_id: str = "",
        body: Any = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code
        self.param = param
        self.type = type_
        self.request_id = request_id
        self.body = body

    def as_dict(self) -> dict[str, Any]:
        """The API's own fields, with status, request id and hint beside them."""
        record = {
            "type": self.type or self.kind,
            "message": self.message,
            "status": self.status,
            "code": self.code,
            "param": self.param,
            "request_id": self.request_id,
            "hint": self.hint,
        }
        return {key: value for key, value in record.items() if value}


class NotFoundError(ApiError):
    """404."""

    exit = Exit.NOT_FOUND


class PermissionError_(ApiError):
    """401 and 403: the key is wrong, or is not allowed to do this."""

    exit = Exit.AUTH


class RateLimitError(ApiError):
    """429: too fast, or out of quota."""

    exit = Exit.RATE_LIMIT


class ServerError(ApiError):
    """500 and above."""

    exit = Exit.SERVER
