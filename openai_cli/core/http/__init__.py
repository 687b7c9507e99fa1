"""The one place that speaks HTTP; nothing else imports httpx2."""

from __future__ import annotations

from .bulk import Answer, Bulk
from .client import Hooks, Http
from .local import LocalHandler
from .reply import Reply

__all__ = ["Answer", "Bulk", "Hooks", "Http", "LocalHandler", "Reply"]
