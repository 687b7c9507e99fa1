"""Sessions over WebSocket on real loopback connections: the handshake, the frames, every end."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import pytest
from openai import AzureOpenAI, OpenAI

from openai_cli.catalog import load
from openai_cli.catalog.model import Operation
from openai_cli.core.api import Api
from openai_cli.core.config import Config, config_path
from openai_cli.core.errors import (
    ApiError,
    Exit,
    NetworkError,
    NotFoundError,
    OaiError,
    PermissionError_,
    RateLimitError,
    ServerError,
    UsageError,
)
from openai_cli.core.http import Hooks, Http
from openai_cli.core.http import socket as wire
from openai_cli.core.http.channel import Channel
from openai_cli.core.settings import resolve
from openai_cli.core.sockets import Closed, Socket

from .support.cli import environment
from .support.talker import BINARY, MORE, PING, TEXT, Peer, Talker, frame, told

SOCKETS = sorted(load.sockets())
CLOSE = 0x88
"""The first byte of a frame that says goodbye."""
ODD = "a b/c?d#e%2F&f=g+h;ü"


@contextmanager
def api(
    talker: Talker, env: Mapping[str, str | None] | None = None, **options: Any
) -> Iterator[Api]:
    """The API of that server."""
    found = environment({"OPENAI_BASE_URL": talker.url + "/v1", **(env or {})})
    settings = resolve(Config(config_path(found)), found, {"max_retries": 0, **options})
    made = Api(lambda: Http(settings, found, "0", hooks=Hooks()))
    try:
        yield made
    finally:
        made.close()


@contextmanager
def session(talker: Talker, **options: Any) -> Iterator[Socket]:
    """A session with that server."""
    with api(talker, **options) as found, found.connect("realtime.connect", {"model": "m"}) as made:
        yield made


# -- the handshake --------------------------------------------------------------------------------


def ended(peer: Peer) -> None:
    """Accept, and say goodbye at once."""
    peer.accept()
    peer.leave()


def listening(peer: Peer) -> None:
    """Accept, and listen until the client leaves."""
    peer.accept()
    peer.rest()


KEPT = (
    *("host", "connection", "upgrade", "sec-websocket-version", "authorization", "api-key"),
    *("openai-beta", "openai-organization", "openai-project"),
)


def handshake(peer: Peer) -> tuple[Any, ...]:
    """What of a handshake has to be the same; `Connection` and `Upgrade` are words of any case."""
    asked = peer.asked
    found = {name: asked.headers[name] for name in KEPT if name in asked.headers}
    small = {name: found[name].lower() for name in ("connection", "upgrade")}
    return asked.method, asked.path, sorted(asked.query), {**found, **small}


def values_of(operation: Operation) -> dict[str, Any]:
    kinds = {"boolean": True}
    return {p.name: kinds.get(p.type, ODD) for p in operation.parameters}


def by_sdk(client: OpenAI, name: str, values: Mapping[str, Any]) -> None:
    """Connect as the official SDK does."""
    with attrgetter(name)(client).connect(**values):
        pass


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", SOCKETS)
def test_handshakes_equal_those_of_the_sdk(talker: Talker, name: str) -> None:
    talker.script = ended
    operation = load.socket(name)
    env = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj_1"}
    client = OpenAI(
        api_key="sk-test",
        organization="org-1",
        project="proj_1",
        base_url=talker.url + "/v1",
        # Without this one its connect of the first form insists on TLS.
        websocket_base_url=talker.url.replace("http", "ws") + "/v1",
    )
    with client, api(talker, env) as ours:
        values = [values_of(operation)]
        values += [{p.name: ODD for p in operation.parameters if p.required}]
        for given in values:
            by_sdk(client, name.removesuffix(".connect"), given)
            ours.connect(name, given).close()
    first, second, third, fourth = map(handshake, talker.peers)
    assert first == second and third == fourth
    assert first[3]["authorization"] == "Bearer sk-test"


def azure(talker: Talker) -> dict[str, str | None]:
    """An environment that points to Azure."""
    return {
        "OPENAI_BASE_URL": None,
        "AZURE_OPENAI_ENDPOINT": talker.url,
        "OPENAI_API_VERSION": "2025-04-01",
        "AZURE_OPENAI_API_KEY": "az-key",
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["realtime", "beta.realtime"])
def test_handshakes_on_azure_equal_those_of_the_sdk(talker: Talker, name: str) -> None:
    talker.script = ended
    client = AzureOpenAI(
        api_key="az-key",
        api_version="2025-04-01",
        azure_endpoint=talker.url,
        websocket_base_url=talker.url.replace("http", "ws") + "/openai",
    )
    with client, api(talker, azure(talker)) as ours:
        by_sdk(client, name, {"model": "my dep"})
        ours.connect(f"{name}.connect", {"model": "my dep"}).close()
    theirs, made = map(handshake, talker.peers)
    assert made == theirs
    assert made[3]["api-key"] == "az-key" and "authorization" not in made[3]


def test_azure_sessions_need_a_deployment(talker: Talker) -> None:
    with api(talker, azure(talker)) as ours, pytest.raises(UsageError, match="deployment"):
        ours.connect("realtime.connect", {})


def test_each_handshake_has_a_key_of_its_own(talker: Talker) -> None:
    talker.script = ended
    with api(talker) as ours:
        for _ in range(2):
            ours.connect("realtime.connect", {"model": "m"}).close()
    first, second = (peer.asked.headers["sec-websocket-key"] for peer in talker.peers)
    assert first != second and len(first) == 24


def test_a_key_does_not_travel_in_the_clear() -> None:
    env = environment({"OPENAI_BASE_URL": "http://api.example/v1"})
    settings = resolve(Config(config_path(env)), env, {"max_retries": 0})
    with pytest.raises(OaiError, match="not encrypted"):
        Api(lambda: Http(settings, env, "0")).connect("realtime.connect", {"model": "m"})


@pytest.mark.parametrize(
    ("status", "kind", "exit"),
    [
        (404, NotFoundError, Exit.NOT_FOUND),
        (401, ApiError, Exit.AUTH),
        (403, PermissionError_, Exit.AUTH),
        (429, RateLimitError, Exit.RATE_LIMIT),
        (503, ServerError, Exit.SERVER),
    ],
)
def test_refused_handshakes(talker: Talker, status: int, kind: type[ApiError], exit: int) -> None:
    told_so = {"error": {"message": "Not now, sorry.", "type": "t", "param": None, "code": "c"}}
    talker.script = lambda peer: peer.refuse(status, told_so, x_request_id="req_no")
    with api(talker) as ours, pytest.raises(kind, match=r"Not now, sorry\.") as raised:
        ours.connect("realtime.connect", {"model": "m"})
    assert raised.value.exit == exit
    assert raised.value.request_id == "req_no"


def test_a_refusal_that_passes_is_tried_again(talker: Talker, no_waiting: None) -> None:
    talker.scripts = [lambda peer: peer.refuse(503), ended]
    with session(talker, max_retries=1) as found:
        assert found.receive() is None
    assert len(talker.peers) == 2


def test_a_server_that_speaks_no_websocket(talker: Talker) -> None:
    talker.script = lambda peer: peer.refuse(200, {"object": "list"})
    with api(talker) as ours, pytest.raises(ApiError, match="instead of opening a session"):
        ours.connect("realtime.connect", {"model": "m"})


def test_a_wrong_answer_to_the_key_is_refused(talker: Talker) -> None:
    talker.script = lambda peer: peer.accept(Sec_WebSocket_Accept="AAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    with api(talker) as ours, pytest.raises(ApiError, match="instead of opening a session"):
        ours.connect("realtime.connect", {"model": "m"})


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    env = environment({"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1"})
    settings = resolve(Config(config_path(env)), env, {"max_retries": 0})
    with pytest.raises(NetworkError, match="connection") as raised:
        Api(lambda: Http(settings, env, "0")).connect("realtime.connect", {"model": "m"})
    assert raised.value.exit == Exit.NETWORK


def test_through_a_proxy(talker: Talker) -> None:
    """The proxy gets the whole address, and the session runs through it."""
    talker.script = ended
    found = environment({"OPENAI_BASE_URL": "http://localhost:1/v1"})
    settings = resolve(Config(config_path(found)), found, {"max_retries": 0})
    settings.proxy = talker.url
    http = Http(settings, found, "0")
    with Api(lambda: http).connect("realtime.connect", {"model": "m"}) as made:
        assert made.receive() is None
    http.close()
    assert talker.only.asked.target == "http://localhost:1/v1/realtime?model=m"


# -- messages -------------------------------------------------------------------------------------


def test_events_both_ways(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell({"type": "session.created", "text": "ü€😀"})
        assert peer.hear() == {"type": "a", "text": "ü€😀\n"}
        assert peer.message() == b'{"type": "as it is"}'
        peer.tell({"type": "b"})
        peer.leave()

    talker.script = script
    with session(talker) as found:
        assert found.request_id == "req_session"
        assert found.receive() == {"type": "session.created", "text": "ü€😀"}
        found.send({"type": "a", "text": "ü€😀\n"})
        found.send('{"type": "as it is"}')
        assert [event["type"] for event in found.events()] == ["b"]
        assert found.closed == Closed(1000, "")


def test_what_comes_with_the_handshake_is_not_lost(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept(behind=told({"n": 1}, {"n": 2}))
        peer.tell({"n": 3})
        peer.leave()

    talker.script = script
    with session(talker) as found:
        assert [event["n"] for event in found.events()] == [1, 2, 3]


def test_messages_in_pieces_and_pings_between_them(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        whole = '{"text": "ü"}'.encode()
        peer.send(TEXT, whole[:11], last=False)  # in the middle of a letter
        peer.send(PING, b"there?")
        peer.send(MORE, whole[11:12], last=False)
        peer.send(MORE, whole[12:])
        peer.send(BINARY, b'{"text": "bytes"}')
        peer.leave()
        assert peer.pongs == [b"there?"]

    talker.script = script
    with session(talker) as found:
        assert list(found.events()) == [{"text": "ü"}, {"text": "bytes"}]


@pytest.mark.parametrize("size", [125, 126, 65535, 65536, 9_000_000])
def test_big_messages_both_ways(talker: Talker, size: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(TEXT, peer.message())
        peer.leave()

    talker.script = script
    sent = '{"audio":"' + "A" * (size - 12) + '"}'
    with session(talker) as found:
        found.send(sent)
        assert found.receive() == {"audio": "A" * (size - 12)}


def test_waiting_for_a_while(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.tell({"type": "late"})
        peer.leave()

    talker.script = script
    with session(talker) as found:
        began = time.monotonic()
        assert found.receive(0.05) is None
        assert 0.04 < time.monotonic() - began < 2
        assert found.receive(0) is None and found.closed is None
        found.send({})
        assert found.receive(20) == {"type": "late"}


def test_several_threads_send_while_one_receives(talker: Talker) -> None:
    threads, each = 4, 50
    sound = "A" * 3000

    def script(peer: Peer) -> None:
        peer.accept()
        heard = [peer.hear() for _ in range(threads * each)]
        for thread in range(threads):
            assert [e["n"] for e in heard if e["thread"] == thread] == list(range(each))
        assert all(event["sound"] == sound for event in heard)
        peer.tell(*({"n": n} for n in range(each)))
        peer.leave()

    talker.script = script
    with session(talker) as found:

        def send(thread: int) -> None:
            for number in range(each):
                found.send({"thread": thread, "n": number, "sound": sound})

        running = [threading.Thread(target=send, args=(n,)) for n in range(threads)]
        for thread in running:
            thread.start()
        assert [event["n"] for event in found.events()] == list(range(each))
        for thread in running:
            thread.join()


def test_a_full_pipe_both_ways_is_no_deadlock(talker: Talker) -> None:
    """The server tells more than fits into the connection before it hears a word."""
    event = {"sound": "A" * 100_000}

    def script(peer: Peer) -> None:
        peer.accept()
        for _ in range(80):
            peer.tell(event)
        for _ in range(80):
            assert peer.hear() == event
        peer.leave()

    talker.script = script
    with session(talker) as found:
        sending = threading.Thread(target=lambda: [found.send(event) for _ in range(80)])
        sending.start()
        assert sum(1 for _ in found.events()) == 80
        sending.join()


def test_what_is_no_event_is_an_error(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.send(TEXT, b"<html>")
        peer.rest()

    talker.script = script
    with session(talker) as found, pytest.raises(ApiError, match="not an event: <html>"):
        found.receive()


# -- every end ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "shown"), [(1000, 1000), (1001, 1001), (None, 1005)])
def test_clean_ends(talker: Talker, code: int | None, shown: int) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell({"type": "last"})
        peer.leave(code, "bye" if code else "")
        assert peer.left and peer.left[0] == shown

    talker.script = script
    with session(talker) as found:
        assert list(found.events()) == [{"type": "last"}]
        assert found.closed == Closed(shown, "bye" if code else "")
        assert found.receive() is None


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (1011, "", ServerError),
        (1013, "try again later", ServerError),
        (1008, "policy", PermissionError_),
        (3000, "invalid_request_error.invalid_api_key", PermissionError_),
        (4000, "invalid_request_error.model_not_found", NotFoundError),
        (4000, "rate_limit_exceeded", RateLimitError),
        (4001, "something else", ApiError),
    ],
)
def test_ends_for_a_reason(talker: Talker, code: int, reason: str, kind: type[ApiError]) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.leave(code, reason)

    talker.script = script
    with session(talker) as found:
        with pytest.raises(ApiError, match=str(code)) as raised:
            found.receive()
        assert type(raised.value) is kind and reason in raised.value.message
        assert raised.value.request_id == "req_session"
        assert found.closed == Closed(code, reason)


def test_a_goodbye_counts_even_if_the_answer_to_it_finds_nobody(
    talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that has enough closes at once, with much of what we sent unread: a reset."""

    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell({"n": 1})
        peer.leave(1009, "too big")

    write = Channel.write

    def fail(self: Channel, data: bytes, timeout: float | None = None) -> None:
        if data[0] == CLOSE:
            raise NetworkError("the connection dropped: Connection reset by peer")
        write(self, data, timeout)

    monkeypatch.setattr(Channel, "write", fail)
    talker.script = script
    with session(talker) as found:
        assert found.receive() == {"n": 1}
        with pytest.raises(ApiError, match="too big"):
            found.receive()
        assert found.closed == Closed(1009, "too big")


@pytest.mark.parametrize("way", ["reset", "end"])
def test_dropped_connections(talker: Talker, way: str) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.tell({"n": 1})
        assert peer.hear() == {"got": 1}
        if way == "reset":
            peer.drop()

    talker.script = script
    with session(talker) as found:
        assert found.receive() == {"n": 1}
        found.send({"got": 1})
        with pytest.raises(NetworkError, match="dropped") as raised:
            found.receive()
        assert raised.value.exit == Exit.NETWORK
        assert found.closed is not None and found.closed.code == 1006
        with pytest.raises(NetworkError, match="closed"):
            found.send({})


@pytest.mark.parametrize(
    "sent", [frame(5, b"no such kind"), frame(TEXT, b"\xff"), frame(MORE, b"of what?")]
)
def test_broken_frames_end_the_session(talker: Talker, sent: bytes) -> None:
    def script(peer: Peer) -> None:
        peer.accept(behind=told({"n": 1}) + sent)
        peer.rest()
        assert peer.left and peer.left[0] in (1002, 1007)

    talker.script = script
    with session(talker) as found:
        assert found.receive() == {"n": 1}
        with pytest.raises(NetworkError, match="no WebSocket frame"):
            found.receive()
        assert found.closed is not None


def test_we_say_goodbye(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        assert peer.rest() == []
        assert peer.left == (1000, "")

    talker.script = script
    with session(talker) as found:
        found.close()
        found.close()
        assert found.closed == Closed(1000, "")
        with pytest.raises(NetworkError, match="closed"):
            found.send({})


def test_a_code_and_a_reason_of_our_own(talker: Talker) -> None:
    def script(peer: Peer) -> None:
        peer.accept()
        peer.rest()
        assert peer.left == (4321, "because")

    talker.script = script
    with session(talker) as found:
        found.close(4321, "because")


def test_closing_wakes_whoever_receives(talker: Talker) -> None:
    talker.script = listening
    with session(talker) as found:
        threading.Timer(0.1, found.close).start()
        began = time.monotonic()
        assert found.receive() is None
        assert time.monotonic() - began < 1.5
        assert found.closed == Closed(1000, "")


def test_a_server_that_does_not_say_goodbye_is_left_anyway(
    talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "GOODBYE", 0.1)
    done = threading.Event()

    def script(peer: Peer) -> None:
        peer.accept()
        done.wait(20)

    talker.script = script
    with session(talker) as found:
        began = time.monotonic()
        found.close()
        assert time.monotonic() - began < 1.5
    done.set()


def test_silence_is_asked_about(talker: Talker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ping after a while of silence; a server that answers it may stay silent."""
    monkeypatch.setattr(wire, "QUIET", 0.05)

    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        assert peer.pings > 1
        peer.tell({"type": "still here"})
        peer.leave()

    talker.script = script
    with session(talker) as found:
        assert found.receive(0.4) is None  # eight times as long as silence may last
        found.send({})
        assert found.receive(20) == {"type": "still here"}


def test_a_server_that_no_longer_answers_is_gone(
    talker: Talker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "QUIET", 0.05)
    monkeypatch.setattr(wire, "GOODBYE", 0.1)
    done = threading.Event()

    def script(peer: Peer) -> None:
        peer.accept()
        done.wait(20)

    talker.script = script
    with session(talker) as found, pytest.raises(NetworkError, match="stopped answering"):
        found.receive(20)
    done.set()


def test_any_cut_of_the_bytes_gives_the_same_events(talker: Talker) -> None:
    """However the network cuts them."""
    events = [{"n": n, "text": "ü" * (n * 37 % 300)} for n in range(60)]
    chance = random.Random(7)

    def script(peer: Peer) -> None:
        peer.accept()
        data = told(*events)
        while data:
            size = chance.choice((1, 2, 3, 7, 130, 1500))
            peer._connection.sendall(data[:size])
            data = data[size:]
        peer.leave()

    talker.script = script
    with session(talker) as found:
        assert list(found.events()) == events
