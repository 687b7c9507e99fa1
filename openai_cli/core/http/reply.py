"""Answers, and the transport's failures in our words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2

from ..errors import NetworkError, UsageError
from .local import UPGRADED


class Reply:
    """An answer whose body is still to be read. Close it, or use it as a context manager."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers

    @property
    def request_id(self) -> str:
        """The API's id of the request, empty if it gave none."""
        return str(self.headers.get("x-request-id", ""))

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def length(self) -> int | None:
        """The body's length in bytes, where the server says it and nothing is compressed."""
        text = self.headers.get("content-length", "")
        plain = not self.headers.get("content-encoding")
        return int(text) if plain and text.isdigit() else None

    def read(self) -> bytes:
        """The whole body. Raises NetworkError."""
        with translated():
            return self._response.read()

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives. Raises NetworkError, also when it ends too early."""
        with translated():
            yield from self._response.iter_bytes()

    def events(self) -> Iterator[tuple[str, str]]:
        """Server-sent events (WHATWG HTML, 9.2) as name and data, each as soon as it is complete.

        Raises NetworkError when the connection drops.
        """
        with translated():
            for event in httpx2.EventSource(self._response, max_event_size=None):
                yield event.event, event.data

    @property
    def upgraded(self) -> Any:
        """What speaks the other protocol after status 101; None where nothing does."""
        return self._response.extensions.get(UPGRADED) if self.status == 101 else None

    def close(self) -> None:
        """Let the connection go."""
        self._response.close()

    def __enter__(self) -> Reply:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def translated() -> Iterator[None]:
    """Raises httpx2's errors as ours."""
    try:
        yield
    except httpx2.TimeoutException as error:
        raise NetworkError(_timeout_words(error), "raise --timeout (seconds)") from error
    except httpx2.HTTPError as error:
        raise NetworkError(f"the connection failed: {error or type(error).__name__}") from error
    except httpx2.InvalidURL as error:
        raise UsageError(f"not a usable address: {error}") from error


def _timeout_words(error: Exception) -> str:
    if isinstance(error, httpx2.ConnectTimeout):
        return "could not connect in time"
    return "no answer in time"
