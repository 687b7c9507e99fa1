"""A loopback API that answers every request with the same small completion, on one event loop, so
that a client with many requests at a time is what takes the time. Prints its port."""

from __future__ import annotations

import asyncio
import json
import sys

BODY = json.dumps(
    {
        "id": "chatcmpl-Bench0000000000000000000000",
        "object": "chat.completion",
        "created": 1_760_000_000,
        "model": "gpt-5.5",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "urgent", "refusal": None},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 40, "completion_tokens": 1, "total_tokens": 41},
    }
).encode()
LIMITS = "".join(
    f"x-ratelimit-limit-{kind}: 100000000\r\n"
    f"x-ratelimit-remaining-{kind}: 99999999\r\n"
    f"x-ratelimit-reset-{kind}: 1ms\r\n"
    for kind in ("requests", "tokens")
)
ANSWER = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nx-request-id: req_bench\r\n"
    f"{LIMITS}Content-Length: {len(BODY)}\r\n\r\n"
).encode() + BODY


class Connection(asyncio.Protocol):
    """One client's connection, request after request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It begins."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ahead = b""

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._ahead += data
        while (end := self._ahead.find(b"\r\n\r\n")) >= 0:
            _, _, rest = self._ahead[:end].lower().partition(b"content-length:")
            whole = end + 4 + int(rest.split(b"\r\n")[0] or 0)
            if len(self._ahead) < whole:
                return
            self._ahead = self._ahead[whole:]
            self._transport.write(ANSWER)


async def main() -> None:
    """Serve until stopped."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
