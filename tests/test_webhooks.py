"""Webhooks: deliveries verified, received, forwarded and made, as a person and a sender do it."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from openai_cli.catalog import load
from openai_cli.core import signature
from openai_cli.core.errors import OutcomeError, UsageError
from openai_cli.workflows.hooks import samples
from openai_cli.workflows.hooks.inbox import Delivery, Inbox

from .support.cli import Outcome, oai, oai_started, oai_terminal
from .support.server import Server, reply

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
EVENT = {"id": "evt_1", "object": "event", "created_at": 1, "type": "batch.completed"}
EVENT |= {"data": {"id": "batch_1"}}
PAYLOAD = json.dumps(EVENT).encode()
ENV = {"OPENAI_WEBHOOK_SECRET": SECRET}


def signed(
    payload: bytes = PAYLOAD, *, age: float = 0, id: str = "msg_1", secret: str = SECRET
) -> Any:
    """The headers of a delivery."""
    return signature.headers(payload, secret, id=id, timestamp=int(time.time() - age))


# -- the signature, held against others' implementations -------------------------------------------


@given(payload=st.text().map(str.encode), id=st.text("abc123_", min_size=1))
def test_others_accept_our_signatures(payload: bytes, id: str) -> None:
    headers = signed(payload, id=id)
    openai.OpenAI(api_key="x").webhooks.verify_signature(payload, headers, secret=SECRET)
    Webhook(SECRET).verify(payload, headers, json_parse=False)


@given(payload=st.text().map(str.encode))
def test_we_accept_the_signatures_of_others(payload: bytes) -> None:
    import datetime

    now = datetime.datetime.now(datetime.UTC)
    made = Webhook(SECRET).sign("msg_1", now, payload.decode())
    headers = {"Webhook-Id": "msg_1", "WEBHOOK-TIMESTAMP": str(int(now.timestamp()))}
    headers["webhook-signature"] = f"v1,bm90IHRoaXM= {made}"
    assert signature.verify(payload, headers, SECRET, now=time.time()) == "msg_1"


def test_a_secret_without_the_prefix_is_taken_as_it_stands() -> None:
    headers = signed(secret="plain words")
    openai.OpenAI(api_key="x").webhooks.verify_signature(PAYLOAD, headers, secret="plain words")
    assert signature.verify(PAYLOAD, headers, "plain words", now=time.time())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"webhook-id": "msg_2"}, "signature"),
        ({"webhook-signature": "v1,"}, "signature"),
        ({"webhook-signature": "v1,ÿ"}, "signature"),
        ({"webhook-signature": ""}, "webhook-signature"),
        ({"webhook-timestamp": "now"}, "Unix time"),
        ({"webhook-timestamp": "٣"}, "Unix time"),
        ({"webhook-timestamp": "1"}, "too old"),
        ({"webhook-timestamp": "99999999999"}, "future"),
    ],
)
def test_what_is_not_genuine(change: dict[str, str], why: str) -> None:
    headers = signed() | change
    with pytest.raises(OutcomeError, match=why):
        signature.verify(PAYLOAD, headers, SECRET, now=time.time())
    with pytest.raises((WebhookVerificationError, ValueError)):
        Webhook(SECRET).verify(PAYLOAD, headers, json_parse=False)


def test_a_damaged_secret_is_no_forgery() -> None:
    with pytest.raises(UsageError, match="base64"):
        signature.verify(PAYLOAD, signed(), "whsec_!!", now=time.time())


# -- verify and unwrap -----------------------------------------------------------------------------


def delivered(tmp_path: Path, headers: dict[str, str], *, json_headers: bool = False) -> list[str]:
    """The arguments that name a delivery in files."""
    lines = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    (tmp_path / "headers").write_text(json.dumps(headers) if json_headers else lines)
    (tmp_path / "body").write_bytes(PAYLOAD)
    return [str(tmp_path / "body"), "--headers", str(tmp_path / "headers")]


@pytest.mark.parametrize("json_headers", [True, False])
def test_unwrap_prints_the_event(tmp_path: Path, json_headers: bool) -> None:
    files = delivered(tmp_path, signed(), json_headers=json_headers)
    assert oai("webhooks", "unwrap", *files, env=ENV).ok().json == EVENT
    assert oai("webhooks", "unwrap", *files, "--jq", ".data.id", env=ENV).stdout == "batch_1\n"
    done = oai("webhooks", "verify", *files, env=ENV).ok()
    assert (done.stdout, done.stderr) == ("", "the delivery is genuine\n")


def test_headers_from_options_and_the_body_from_a_pipe() -> None:
    options = [word for item in signed().items() for word in ("-H", ": ".join(item))]
    done = oai("webhooks", "unwrap", "-", *options, env=ENV, stdin=PAYLOAD)
    assert done.ok().json == EVENT


def test_raw_is_the_body_byte_for_byte(tmp_path: Path) -> None:
    files = delivered(tmp_path, signed())
    assert oai("webhooks", "unwrap", *files, "-f", "raw", env=ENV).ok().stdout_bytes == PAYLOAD


def test_a_forgery_is_exit_8_and_prints_nothing(tmp_path: Path) -> None:
    files = delivered(tmp_path, signed(secret=OTHER))
    for command in ("verify", "unwrap"):
        failed = oai("webhooks", command, *files, env=ENV)
        assert (failed.code, failed.stdout) == (8, "")
        assert "signature" in failed.stderr
        assert SECRET not in failed.stderr


def test_the_tolerance_can_be_set(tmp_path: Path) -> None:
    files = delivered(tmp_path, signed(age=400))
    assert oai("webhooks", "verify", *files, env=ENV).code == 8
    oai("webhooks", "verify", *files, "--tolerance", "500", env=ENV).ok()


@pytest.mark.parametrize(
    ("args", "env", "said"),
    [
        (["body"], ENV, "headers of the delivery are missing"),
        (["body", "--headers", "nowhere"], ENV, "cannot read nowhere"),
        (["nowhere", "-H", "webhook-id: 1"], ENV, "cannot read nowhere"),
        (["body", "-H", "webhook-id: 1"], {}, "no signing secret"),
        (["body", "-H", "webhook-id: 1", "--tolerance", "soon"], ENV, "--tolerance"),
        (["body", "-H", "webhook-id: 1", "--tolerance", "-1"], ENV, "--tolerance wants 0"),
    ],
)
def test_what_cannot_be_told_is_exit_2(
    tmp_path: Path, args: list[str], env: dict[str, str], said: str
) -> None:
    (tmp_path / "body").write_bytes(PAYLOAD)
    failed = oai("webhooks", "verify", *args, env=env, cwd=tmp_path)
    assert failed.code == 2
    assert said in failed.stderr


def test_the_secret_may_come_from_a_profile(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    config = tmp_path / "config.toml"
    config.write_text(f'[profiles.default]\nwebhook_secret_file = "{tmp_path / "secret"}"\n')
    files = delivered(tmp_path, signed())
    oai("webhooks", "verify", *files, env={"OAI_CONFIG": str(config)}).ok()


# -- samples ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(load.events()))
def test_every_sample_is_what_the_sdk_unwraps(kind: str) -> None:
    shown = oai("webhooks", "trigger", kind, "--dry-run", env=ENV).ok().json
    assert shown["body"]["type"] == kind
    made = samples.event(kind, int(time.time()), {})
    payload = json.dumps(made).encode()
    client = openai.OpenAI(api_key="x", _strict_response_validation=True)
    event = client.webhooks.unwrap(payload, signed(payload), secret=SECRET)
    assert type(event).model_validate(made, strict=True).type == kind
    assert made["data"]


def test_types_without_facts_are_sent_all_the_same() -> None:
    made = oai("webhooks", "trigger", "video.completed", "--dry-run").ok().json["body"]
    assert made["data"]["id"].startswith("video_")
    made = oai("webhooks", "trigger", "new.kind", "--data", '{"a": 1}', "--dry-run").ok().json
    assert made["body"]["data"]["a"] == 1


# -- trigger ---------------------------------------------------------------------------------------


def test_trigger_sends_what_verifies(server: Server) -> None:
    server.answer(reply({"ok": True}))
    done = oai(
        *("webhooks", "trigger", "response.failed", "--to", server.url + "/hook"),
        *("--data", '{"id": "resp_7"}'),
        env=ENV,
    )
    assert done.ok().json["status"] == 200
    asked = server.only
    assert (asked.method, asked.path, asked.json["data"]) == ("POST", "/hook", {"id": "resp_7"})
    assert "authorization" not in asked.headers
    assert signature.verify(asked.body, dict(asked.headers), SECRET, now=time.time())


def test_a_handler_that_fails_is_exit_8(server: Server) -> None:
    server.answer(reply({"no": 1}, status=500))
    failed = oai("webhooks", "trigger", "batch.failed", "--to", server.url, env=ENV)
    assert failed.code == 8
    assert failed.json["status"] == 500
    assert "answered 500" in failed.stderr


def test_nobody_there_is_exit_7() -> None:
    failed = oai("webhooks", "trigger", "batch.failed", "--to", "http://127.0.0.1:9/", env=ENV)
    assert failed.code == 7


@pytest.mark.parametrize(
    "args",
    [
        ["batch.failed", "--to", "localhost:3000"],
        ["batch.failed", "--to", "http://"],
        ["batch.failed", "--to", "http://[::1"],
        ["batch.failed", "--to", "http://127.0.0.1:99999/"],
        ["batch.failed", "--data", "[1]"],
        ["batch.failed", "--data", "{"],
        ["batch.failed", "--data", "@none"],
        [""],
    ],
)
def test_trigger_refuses_what_makes_no_sense(args: list[str]) -> None:
    assert oai("webhooks", "trigger", *args, env=ENV).code == 2


def test_a_curl_command_would_outlive_its_signature(server: Server) -> None:
    failed = oai("webhooks", "trigger", "batch.failed", "--to", server.url, "--curl", env=ENV)
    assert failed.code == 2
    assert "--dry-run" in failed.stderr
    assert server.requests == []


# -- listen ----------------------------------------------------------------------------------------


class Listener:
    """A running `oai webhooks listen`."""

    def __init__(self, *args: str, env: dict[str, str] | None = None) -> None:
        self.process = oai_started("webhooks", "listen", "--port", "0", *args, env=env or ENV)
        assert self.process.stderr is not None
        line = self.process.stderr.readline().decode()
        assert line.startswith("listening on "), line
        self.url = line.split()[2]

    def post(self, payload: bytes, headers: dict[str, str], method: str = "POST") -> int:
        """The status answered to a delivery."""
        request = urllib.request.Request(self.url, payload, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def end(self, timeout: float = 15) -> Outcome:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=timeout)
        return Outcome(self.process.returncode, out, err.decode())


@pytest.fixture
def start() -> Iterator[Any]:
    started: list[Listener] = []

    def begin(*args: str, env: dict[str, str] | None = None) -> Listener:
        started.append(Listener(*args, env=env))
        return started[-1]

    yield begin
    for listener in started:
        listener.process.kill()
        listener.process.communicate()


def test_listen_prints_events_in_a_pipe_as_jsonl(start: Any) -> None:
    listener = start("--max-items", "2")
    assert listener.post(PAYLOAD, signed(id="a")) == 200
    assert listener.post(PAYLOAD, signed(id="b")) == 200
    assert listener.end().ok().jsonl == [EVENT, EVENT]


def test_listen_refuses_what_is_bad_old_or_repeated(start: Any) -> None:
    listener = start("--max-items", "2")
    assert listener.post(PAYLOAD, {}) == 400
    assert listener.post(PAYLOAD, signed(secret=OTHER)) == 400
    assert listener.post(PAYLOAD, signed(age=3600)) == 400
    assert listener.post(PAYLOAD, signed(), method="PUT") == 405
    assert listener.post(b"[]", signed(b"[]")) == 400
    large = b'{"type": "a", "x": "' + b"x" * (1 << 20) + b'"}'
    assert listener.post(large, signed(large)) == 413
    assert listener.post(PAYLOAD, signed(id="once")) == 200
    assert listener.post(PAYLOAD, signed(id="once")) == 200
    other = PAYLOAD.replace(b"batch_1", b"batch_2")
    assert listener.post(other, signed(other, id="two")) == 200
    done = listener.end().ok()
    assert [event["data"]["id"] for event in done.jsonl] == ["batch_1", "batch_2"]
    for word in ("no header webhook-id", "signature", "too old", "no event", "came again"):
        assert word in done.stderr


def test_listen_forwards_with_the_original_headers(start: Any, server: Server) -> None:
    server.handler = lambda asked: reply({}, status=500 if asked.headers["x-own"] else 200)
    events = "batch.*,response.completed"
    listener = start("--forward-to", server.url + "/hook", "--events", events, "--max-items", "2")
    assert listener.post(PAYLOAD, signed(id="a")) == 200
    other = json.dumps({**EVENT, "type": "video.completed"}).encode()
    assert listener.post(other, signed(other, id="b")) == 200
    last = json.dumps({**EVENT, "type": "batch.failed"}).encode()
    assert listener.post(last, signed(last, id="c") | {"X-Own": "yes"}) == 200
    done = listener.end().ok()
    assert [event["type"] for event in done.jsonl] == ["batch.completed", "batch.failed"]
    first, second = sorted(server.requests, key=lambda asked: asked.headers["webhook-id"])
    assert (first.body, second.body) == (PAYLOAD, last)
    assert second.headers["x-own"] == "yes"
    assert "authorization" not in first.headers
    assert signature.verify(first.body, dict(first.headers), SECRET, now=time.time()) == "a"
    assert f"batch.failed → {server.url}/hook: 500" in done.stderr


def test_ctrl_c_ends_it(start: Any) -> None:
    listener = start()
    assert listener.post(PAYLOAD, signed()) == 200
    listener.process.send_signal(signal.SIGINT)
    done = listener.end()
    assert (done.code, done.jsonl) == (130, [EVENT])
    assert "Traceback" not in done.stderr


def test_the_secret_of_this_machine_serves_both_sides(tmp_path: Path, start: Any) -> None:
    env = {"OAI_HOME": str(tmp_path)}
    key = oai("webhooks", "listen", "--print-secret", env=env).ok().stdout.strip()
    assert key.startswith("whsec_")
    assert (tmp_path / "state" / "webhook-secret").stat().st_mode & 0o777 == 0o600
    listener = start("--max-items", "1", env=env)
    oai("webhooks", "trigger", "batch.completed", "--to", listener.url, env=env).ok()
    assert listener.end().ok().jsonl[0]["type"] == "batch.completed"


def test_the_secret_of_this_machine_is_made_once(tmp_path: Path) -> None:
    """However many want it at the same moment, for the first time."""
    started = [
        oai_started("webhooks", "listen", "--print-secret", env={"OAI_HOME": str(tmp_path)})
        for _ in range(4)
    ]
    assert len({process.communicate(timeout=20)[0] for process in started}) == 1


def test_the_secret_of_this_machine_needs_a_place(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    failed = oai("webhooks", "listen", "--print-secret", env={"OAI_HOME": str(tmp_path)})
    assert failed.code == 2
    assert "OPENAI_WEBHOOK_SECRET" in failed.stderr


@pytest.mark.parametrize(
    ("args", "env", "said"),
    [
        (["--port", "65536"], ENV, "--port wants"),
        (["--tolerance", "-1"], ENV, "--tolerance wants 0"),
        (["--forward-to", "localhost:3000"], ENV, "--forward-to wants"),
        (["--forward-to", "http://[::1"], ENV, "--forward-to wants"),
        (["-f", "table"], ENV, "-f text, jsonl"),
        (["-f", "json"], ENV, "--max-items"),
        (["--jq", "("], ENV, "--jq"),
        ([], {"OPENAI_WEBHOOK_SECRET": "whsec_!!"}, "not base64"),
    ],
)
def test_listen_refuses_what_makes_no_sense(
    args: list[str], env: dict[str, str], said: str
) -> None:
    failed = oai("webhooks", "listen", "--port", "0", *args, env=env)
    assert failed.code == 2
    assert said in failed.stderr


@pytest.mark.parametrize("style", ["text", "json"])
def test_any_genuine_event_can_be_shown(start: Any, style: str) -> None:
    listener = start("-f", style, "--max-items", "3")
    deep = b"[" * 100_000
    assert listener.post(deep, signed(deep, id="msg_0")) == 400
    events: list[Any] = [
        {"type": "odd", "data": "text"},
        {"type": "odder", "data": [1]},
        {"type": "oddest", "data": {"id": "two\nlines"}},
    ]
    for number, event in enumerate(events, 1):
        payload = json.dumps(event).encode()
        assert listener.post(payload, signed(payload, id=f"msg_{number}")) == 200
    done = listener.end().ok()
    if style == "json":
        assert done.json == events
    else:
        assert [line.split()[1] for line in done.stdout.splitlines()] == ["odd", "odder", "oddest"]


def test_a_payload_that_is_nested_without_end(tmp_path: Path) -> None:
    deep = b"[" * 100_000
    files = delivered(tmp_path, signed(deep))
    (tmp_path / "body").write_bytes(deep)
    failed = oai("webhooks", "unwrap", *files, env=ENV)
    assert failed.code == 8
    assert "not JSON" in failed.stderr


def test_a_place_beyond_this_machine_has_to_be_meant() -> None:
    failed = oai("webhooks", "listen", "--host", "0.0.0.0", env=ENV)
    assert failed.code == 2
    assert "--public" in failed.stderr


def test_a_port_that_is_taken(server: Server) -> None:
    failed = oai("webhooks", "listen", "--port", str(server.port), env=ENV)
    assert failed.code == 1
    assert "--port" in failed.stderr


NOTHING = Delivery({}, b"", {})


def test_a_flood_makes_the_inbox_refuse_and_never_grow() -> None:
    inbox = Inbox(room=3, memory=5)
    taken = [inbox.put(str(n), NOTHING) for n in range(6)]
    assert taken == [True, True, True, False, False, False]
    assert inbox.known("2")
    assert not inbox.known("3")
    coming = inbox.deliveries()
    for n in range(20):
        next(coming)
        assert inbox.put(f"later{n}", NOTHING)
    assert inbox.known("later19")
    assert not inbox.known("0")


def test_what_the_inbox_took_is_handed_out_and_nothing_after() -> None:
    inbox = Inbox()
    assert inbox.put("a", NOTHING)
    inbox.close()
    assert inbox.put("at the last moment", NOTHING)
    assert len(list(inbox.deliveries())) == 2
    assert not inbox.put("too late", NOTHING)


def test_the_inbox_takes_no_more_than_somebody_waits_for() -> None:
    inbox = Inbox(most=2)
    assert [inbox.put(str(n), NOTHING) for n in range(3)] == [True, True, False]
    assert len(list(inbox.deliveries())) == 2


@pytest.mark.slow
def test_a_flood_of_deliveries_loses_none_that_was_accepted(start: Any) -> None:
    listener, count = start(), 3000
    accepted: list[str] = []

    def send(part: int) -> None:
        for n in range(count // 8):
            payload = json.dumps({**EVENT, "data": {"id": f"{part}-{n}"}}).encode()
            if listener.post(payload, signed(payload, id=f"{part}-{n}")) == 200:
                accepted.append(f"{part}-{n}")

    threads = [threading.Thread(target=send, args=(part,)) for part in range(8)]
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.extend(listener.process.stdout))
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(0.5)
    listener.process.send_signal(signal.SIGINT)
    reader.join(10)
    assert sorted(json.loads(line)["data"]["id"] for line in lines) == sorted(accepted)
    assert len(accepted) > count // 2


# -- the sandbox delivers --------------------------------------------------------------------------


def test_the_sandbox_delivers_samples_and_what_happens(server: Server, tmp_path: Path) -> None:
    server.handler = lambda asked: reply({})
    env = {"OAI_HOME": str(tmp_path), "OAI_SANDBOX": "1"}
    kinds = ("--event-types", "batch.completed", "--event-types", "response.completed")
    made = oai("webhooks", "create", server.url, "--name", "n", *kinds, env=env).ok().json
    tested = oai("webhooks", "test", made["id"], "batch.completed", env=env).ok().json
    assert tested["status_code"] == 200
    line = {"custom_id": "a", "method": "POST", "url": "/v1/responses"}
    line |= {"body": {"model": "gpt-5.5", "input": "hi"}}
    (tmp_path / "b.jsonl").write_text(json.dumps(line))
    batch = oai(
        *("batches", "create", f"@{tmp_path / 'b.jsonl'}", "--endpoint", "/v1/responses"),
        *("--wait", "--poll-interval", "0.01", "--jq", ".id"),
        env=env,
    ).ok()
    told = [asked.json for asked in server.requests]
    for asked in server.requests:
        signature.verify(asked.body, dict(asked.headers), made["signing_secret"], now=time.time())
    about = [event["data"]["id"] for event in told if event["type"] == "batch.completed"]
    assert batch.stdout.strip() in about


def test_a_secret_that_is_being_replaced_signs_beside_the_new_one(
    server: Server, tmp_path: Path
) -> None:
    server.handler = lambda asked: reply({})
    env = {"OAI_HOME": str(tmp_path), "OAI_SANDBOX": "1"}
    made = (
        oai(
            *("webhooks", "create", server.url, "--name", "n", "--event-types", "batch.failed"),
            env=env,
        )
        .ok()
        .json
    )
    rotate = ("webhooks", "rotate-secret", made["id"], "--keep-old-secret-active-for-24-hours")
    new = oai(*rotate, env=env).ok().json["signing_secret"]
    assert new != made["signing_secret"]
    oai("webhooks", "test", made["id"], "batch.failed", env=env).ok()
    asked = server.only
    for secret in (new, made["signing_secret"]):
        assert signature.verify(asked.body, dict(asked.headers), secret, now=time.time())


def test_an_endpoint_that_fails_fails_the_test(server: Server, tmp_path: Path) -> None:
    server.answer(reply({}, status=503))
    env = {"OAI_HOME": str(tmp_path), "OAI_SANDBOX": "1"}
    made = (
        oai(
            *("webhooks", "create", server.url, "--name", "n", "--event-types", "batch.failed"),
            env=env,
        )
        .ok()
        .json
    )
    failed = oai("webhooks", "test", made["id"], "batch.failed", env=env)
    assert failed.code == 1
    assert "503" in failed.stderr


def test_a_terminal_shows_lines() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"

    def send_until_somebody_listens() -> None:
        while oai("webhooks", "trigger", "batch.completed", "--to", url, env=ENV).code:
            time.sleep(0.1)

    thread = threading.Thread(target=send_until_somebody_listens)
    thread.start()
    shown = oai_terminal("webhooks", "listen", "--port", str(port), "--max-items", "1", env=ENV)
    thread.join()
    assert "batch.completed  batch_" in shown.text
    assert "{" not in shown.text
