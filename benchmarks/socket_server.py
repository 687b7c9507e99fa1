"""A WebSocket server that says what it is asked for: `python -m benchmarks.socket_server`.

It prints its port. `{"type": "flood", "n": 1000}` is answered by that many events, which are framed
beforehand and written at once, so that the client is what is measured; every other event is sent
back as it came.
"""

from __future__ import annotations

import json
import struct

from websockets.sync.server import ServerConnection, serve

DONE = {"type": "flood.done"}
EVENT = {
    "type": "response.output_audio_transcript.delta",
    "event_id": "event_0123456789abcdef01234567",
    "response_id": "resp_0123456789abcdef01234567",
    "item_id": "item_0123456789abcdef01234567",
    "output_index": 0,
    "content_index": 0,
    "delta": " hello",
}
AT_ONCE = 1000


def frame(event: object) -> bytes:
    """A text frame of a server (RFC 6455, 5.2)."""
    payload = json.dumps(event).encode()
    assert 125 < len(payload) < 1 << 16 or len(payload) < 126
    if len(payload) < 126:
        return struct.pack("!BB", 0x81, len(payload)) + payload
    return struct.pack("!BBH", 0x81, 126, len(payload)) + payload


def talk(connection: ServerConnection) -> None:
    """One client."""
    many = frame(EVENT) * AT_ONCE
    for message in connection:
        event = json.loads(message)
        if event["type"] != "flood":
            connection.send(message)
            continue
        for _ in range(event["n"] // AT_ONCE):
            connection.socket.sendall(many)
        connection.send(json.dumps(DONE))


def main() -> None:
    """Serve until killed."""
    # No pings of its own: they would get between frames that are written past the library.
    options = {"compression": None, "max_size": None, "ping_interval": None}
    with serve(talk, "127.0.0.1", 0, **options) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
