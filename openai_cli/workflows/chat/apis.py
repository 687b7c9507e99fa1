"""What differs between the two ways to talk to a model; everything else is written once.

Both adapters change a `Call` in place.
"""

from __future__ import annotations

from .adapter import Api, Request, Usage, said, text_of
from .chat_api import ChatCompletions
from .responses_api import Responses

APIS: dict[str, type[ChatCompletions] | type[Responses]] = {
    "chat": ChatCompletions,
    "responses": Responses,
}

__all__ = ["APIS", "Api", "Request", "Usage", "said", "text_of"]
