"""The transport (DESIGN 5): retries, redirects, credentials, headers, uploads."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest

from .support.api import chat, completion
from .support.cli import Outcome, oai, oai_process
from .support.server import Answer, Server, cut, dropped, error, raw, reply, silent, sse

MODEL = {"id": "m"}


def get(server: Server | None, *args: str, **options: Any) -> Outcome:
    """A call that only reads."""
    return oai("models", "retrieve", "m", *args, server=server, **options)


# -- retries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_two_more_tries(server: Server, no_waiting: None, status: int) -> None:
    server.answer(error(status), error(status), reply(MODEL))
    done = get(server).ok()
    assert done.json == MODEL
    assert "try 2 of 3" in done.stderr and "try 3 of 3" in done.stderr


def test_then_it_is_over(server: Server, no_waiting: None) -> None:
    server.answer(error(500), error(500), error(500, "The last word."))
    done = get(server)
    assert done.code == 6
    assert "The last word." in done.stderr


@pytest.mark.parametrize("count", [0, 1, 4])
def test_as_often_as_wanted(server: Server, no_waiting: None, count: int) -> None:
    server.answer(*[error(500)] * (count + 1))
    assert get(server, "--max-retries", str(count)).code == 6
    assert len(server.requests) == count + 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_final_answers(server: Server, status: int) -> None:
    server.answer(error(status))
    assert get(server).code != 0


def test_dropped_connections_are_tried_again(server: Server, no_waiting: None) -> None:
    server.answer(dropped(), dropped(), reply(MODEL))
    get(server).ok()


def test_an_answer_cut_short_is_asked_for_again(server: Server, no_waiting: None) -> None:
    server.answer(cut(b'{"id": "m"}', 5, "application/json"), reply(MODEL))
    assert get(server).ok().json == MODEL


def test_time_outs_are_tried_again(server: Server, no_waiting: None) -> None:
    server.answer(silent(), reply(MODEL))
    get(server, "--timeout", "0.3").ok()


def test_the_server_says_how_long(server: Server) -> None:
    server.answer(error(429, retry_after_ms="150"), error(429, retry_after="0.1"), reply(MODEL))
    get(server).ok()
    first, second, third = (request.at for request in server.requests)
    assert 0.14 < second - first < 0.45
    assert 0.09 < third - second < 0.4


def test_the_server_may_forbid_it(server: Server) -> None:
    server.answer(error(500, x_should_retry="false"))
    assert get(server).code == 6


def test_the_server_may_ask_for_it(server: Server, no_waiting: None) -> None:
    server.answer(error(400, x_should_retry="true"), reply(MODEL))
    get(server).ok()


def test_never_when_the_quota_is_used_up(server: Server) -> None:
    server.answer(error(429, code="insufficient_quota", x_should_retry="true"))
    assert get(server).code == 5


def test_all_tries_of_a_post_carry_one_key(server: Server, no_waiting: None) -> None:
    server.answer(error(500), dropped(), reply(completion("ok")), reply(completion("ok")))
    for _ in range(2):
        oai("chat", "create", "hi", "--no-stream", server=server).ok()
    keys = [request.headers["idempotency-key"] for request in server.requests]
    assert keys[0] and keys[0] == keys[1] == keys[2] != keys[3]
    bodies = {request.body for request in server.requests}
    assert len(bodies) == 1


def test_a_get_carries_none(server: Server) -> None:
    server.answer(reply(MODEL))
    get(server).ok()
    assert server.only.headers["idempotency-key"] is None


def test_an_idempotency_key_of_ones_own(server: Server) -> None:
    server.answer(reply(completion("ok")))
    args = ("chat", "create", "hi", "--no-stream", "-H", "idempotency-key: mine")
    oai(*args, server=server).ok()
    assert server.only.headers.get_all("idempotency-key") == ["mine"]


def test_an_upload_is_sent_whole_again(server: Server, tmp_path: Path, no_waiting: None) -> None:
    (tmp_path / "a.bin").write_bytes(b"x" * 3_000_000)
    server.answer(error(503), reply({"id": "file-1"}))
    args = ("files", "create", "a.bin", "--purpose", "batch")
    oai(*args, server=server, cwd=tmp_path).ok()
    assert [len(request.part("file").content) for request in server.requests] == [3_000_000] * 2


def test_an_upload_from_a_pipe_cannot_be_sent_again(server: Server) -> None:
    server.answer(error(503))
    args = ("files", "create", "-", "--filename", "a", "--purpose", "batch")
    assert oai(*args, server=server, stdin=b"data").code == 6


def test_a_stream_is_asked_for_again_before_it_begins(server: Server, no_waiting: None) -> None:
    server.answer(error(500), sse(chat("Hi")))
    assert oai("chat", "create", "hi", server=server).ok().stdout == "Hi\n"


# -- headers --------------------------------------------------------------------------------------


def test_headers(server: Server) -> None:
    server.answer(reply(MODEL))
    env = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"}
    get(server, "-H", "X-Extra: a: b", env=env).ok()
    headers = server.only.headers
    assert headers["authorization"] == "Bearer sk-test"
    assert headers["openai-organization"] == "org-1"
    assert headers["openai-project"] == "proj-1"
    assert headers["x-extra"] == "a: b"
    assert headers["user-agent"].startswith("oai/")
    assert headers["content-type"] is None


def test_the_users_headers_stand_above_all(server: Server) -> None:
    server.answer(reply({"data": []}))
    args = ("-H", "user-agent: me", "-H", "OPENAI-BETA: mine", "-H", "Authorization: Basic x")
    oai("beta", "assistants", "list", *args, server=server).ok()
    headers = server.only.headers
    assert headers.get_all("user-agent") == ["me"]
    assert headers.get_all("openai-beta") == ["mine"]
    assert headers.get_all("authorization") == ["Basic x"]


def test_beta_headers(server: Server) -> None:
    server.answer(reply({"data": []}))
    oai("beta", "assistants", "list", server=server).ok()
    assert server.only.headers["openai-beta"] == "assistants=v2"


def test_admin_operations_use_the_admin_key(server: Server) -> None:
    server.answer(reply({"data": []}))
    oai("admin", "projects", "list", server=server).ok()
    assert server.only.headers["authorization"] == "Bearer sk-admin-test"


def test_json_is_compact_utf8(server: Server) -> None:
    server.answer(reply(completion("ok")))
    oai("chat", "create", "größer 🎈", "--no-stream", server=server).ok()
    assert server.only.headers["content-type"] == "application/json"
    assert '"content":"größer 🎈"' in server.only.body.decode()


# -- redirects ------------------------------------------------------------------------------------


def moved(to: str, status: int = 307) -> Answer:
    """A redirect."""
    return reply(status=status, location=to)


SECRETS = ("authorization", "openai-organization", "openai-project", "x-mine", "cookie")


def test_a_redirect_at_home_keeps_the_key(server: Server) -> None:
    server.answer(moved("/v1/elsewhere"), reply(MODEL))
    get(server, "-H", "X-Mine: secret").ok()
    assert server.requests[1].path == "/v1/elsewhere"
    assert server.requests[1].headers["authorization"] == "Bearer sk-test"
    assert server.requests[1].headers["x-mine"] == "secret"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_elsewhere_drops_credentials(
    server: Server, second_server: Server, status: int
) -> None:
    server.answer(moved(second_server.url + "/other", status))
    second_server.answer(reply(MODEL))
    env = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"}
    get(server, "-H", "X-Mine: secret", "-H", "Cookie: a=b", env=env).ok()
    for name in SECRETS:
        assert second_server.only.headers[name] is None, name


def test_what_was_dropped_does_not_come_back(server: Server, second_server: Server) -> None:
    server.answer(moved(second_server.url + "/other"), reply(MODEL))
    second_server.answer(moved(server.url + "/v1/back"))
    get(server).ok()
    assert server.requests[1].headers["authorization"] is None


def test_a_post_that_is_moved_for_good_keeps_its_body(server: Server) -> None:
    server.answer(moved("/v1/new", 307), reply(completion("ok")))
    oai("chat", "create", "hi", "--no-stream", server=server).ok()
    assert server.requests[0].body == server.requests[1].body


def test_redirects_without_end(server: Server) -> None:
    server.handler = lambda asked: moved("/v1/round")
    done = get(server, "--max-retries", "0")
    assert done.code == 7
    assert "redirects" in done.stderr
    assert len(server.requests) < 20


# -- keys and plain http --------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["http://api.openai.com/v1", "http://10.0.0.1/v1"])
def test_no_key_over_plain_http(url: str) -> None:
    done = get(None, "--base-url", url)
    assert done.code == 2
    assert "not encrypted" in done.stderr and "insecure_http" in done.stderr


def test_a_profile_may_allow_it(server: Server, write_config: Any) -> None:
    """0.0.0.0 leads to this machine, but does not say so."""
    lan = f"""
[profiles.lan]
base_url = "http://0.0.0.0:{server.port}/v1"
api_key_env = "OPENAI_API_KEY"
"""
    write_config(lan)
    assert get(None, "--profile", "lan").code == 2
    write_config(lan + "\ninsecure_http = true")
    server.answer(reply(MODEL))
    get(None, "--profile", "lan").ok()
    assert server.only.headers["authorization"] == "Bearer sk-test"


SECRET = "sk-proj-abcdefghijklmnop123456"
ADMIN_SECRET = "sk-admin-qrstuvwxyz987654"


@pytest.mark.parametrize("more", [["--dry-run"], ["--curl"], ["--debug"], ["-v", "--show-headers"]])
@pytest.mark.parametrize("status", [200, 401])
def test_secrets_stay_secret(server: Server, more: list[str], status: int) -> None:
    server.handler = lambda asked: error(401) if status == 401 else reply({"data": []})
    env = {
        "OPENAI_API_KEY": SECRET,
        "OPENAI_ADMIN_KEY": ADMIN_SECRET,
        "OPENAI_CUSTOM_HEADERS": f"X-Api-Key: {SECRET}-header",
    }
    for args in (["models", "list"], ["admin", "projects", "list"], ["config", "list"]):
        done = oai(*args, *more, "-H", f"Cookie: {SECRET}-cookie", server=server, env=env)
        for text in (done.stdout, done.stderr):
            assert SECRET not in text and ADMIN_SECRET not in text, args


def test_a_secret_in_a_header_of_the_answer_is_not_shown(server: Server) -> None:
    server.answer(reply(MODEL, set_cookie=f"session={SECRET}"))
    assert SECRET not in get(server, "--debug").stderr


def test_keys_by_command_and_file(server: Server, write_config: Any, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-file\n")
    write_config(f"""
[profiles.file]
base_url = "{server.url}/v1"
api_key_file = "{tmp_path}/key"
[profiles.command]
base_url = "{server.url}/v1"
api_key_command = "echo sk-command"
[profiles.none]
base_url = "{server.url}/v1"
api_key_command = "false"
""")
    server.answer(reply(MODEL), reply(MODEL))
    get(None, "--profile", "file").ok()
    get(None, "--profile", "command").ok()
    assert [r.headers["authorization"] for r in server.requests] == [
        "Bearer sk-file",
        "Bearer sk-command",
    ]
    done = get(None, "--profile", "none")
    assert done.code in (2, 4) and "the key command false failed" in done.stderr


# -- Azure ----------------------------------------------------------------------------------------


def azure(server: Server, **more: str | None) -> dict[str, str | None]:
    """An environment that points to Azure."""
    return {
        "AZURE_OPENAI_ENDPOINT": server.url,
        "OPENAI_API_VERSION": "2025-04-01",
        "AZURE_OPENAI_API_KEY": "az-key",
        **more,
    }


def test_azure_deployments(server: Server) -> None:
    server.answer(reply(completion("ok")), reply({"data": []}))
    args = ("chat", "create", "hi", "--no-stream", "--model", "my dep")
    oai(*args, env=azure(server)).ok()
    oai("files", "list", env=azure(server)).ok()
    chat_call, files_call = server.requests
    assert chat_call.path == "/openai/deployments/my%20dep/chat/completions"
    assert chat_call.query == [("api-version", "2025-04-01")]
    assert chat_call.headers["api-key"] == "az-key"
    assert chat_call.headers["authorization"] is None
    assert files_call.path == "/openai/files"


def test_azure_with_an_entra_token(server: Server) -> None:
    server.answer(reply({"data": []}))
    oai("files", "list", env=azure(server, AZURE_OPENAI_AD_TOKEN="entra")).ok()
    assert server.only.headers["authorization"] == "Bearer entra"
    assert server.only.headers["api-key"] is None


def test_azure_needs_its_version(server: Server) -> None:
    done = oai("files", "list", env=azure(server, OPENAI_API_VERSION=None))
    assert done.code == 2
    assert "OPENAI_API_VERSION" in done.stderr


# -- uploads and memory ---------------------------------------------------------------------------


def test_files_where_ids_are_wanted(server: Server, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"a": 1}\n')
    server.answer(reply({"id": "file-9"}), reply({"id": "ftjob-1"}))
    args = ("fine-tuning", "jobs", "create", "--model", "m", "--training-file", "@train.jsonl")
    done = oai(*args, "--no-check", server=server, cwd=tmp_path).ok()
    upload, job = server.requests
    assert upload.path == "/v1/files"
    assert upload.part("purpose").text == "fine-tune"
    assert (upload.part("file").filename, upload.part("file").text) == ("train.jsonl", '{"a": 1}\n')
    assert job.json == {"model": "m", "training_file": "file-9"}
    assert done.json == {"id": "ftjob-1"}
    assert "uploaded train.jsonl as file-9" in done.stderr


def test_several_files_where_ids_are_wanted(server: Server, tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    server.answer(reply({"id": "file-1"}), reply({"id": "file-2"}), reply({"id": "vs_1"}))
    args = ("--file-ids", "@a.txt", "--file-ids", "file-0", "--file-ids", "@b.txt")
    oai("vector-stores", "create", *args, server=server, cwd=tmp_path).ok()
    assert server.requests[2].json["file_ids"] == ["file-1", "file-0", "file-2"]
    assert server.requests[0].part("purpose").text == "assistants"


def test_a_missing_file_costs_no_request(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    args = ("--file-ids", "@a.txt", "--file-ids", "@missing.txt")
    done = oai("vector-stores", "create", *args, server=server, cwd=tmp_path)
    assert (done.code, server.requests) == (2, [])
    assert "missing.txt" in done.stderr


def test_a_dry_run_uploads_nothing(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    args = ("vector-stores", "create", "--file-ids", "@a.txt", "--dry-run")
    done = oai(*args, server=server, cwd=tmp_path).ok()
    assert "a.txt" in done.json["body"]["file_ids"][0]


def test_a_local_id_that_begins_with_at_can_be_set(server: Server) -> None:
    server.answer(reply({"id": "vs_1"}))
    oai("vector-stores", "create", "--set", r"file_ids[]=\@x", server=server).ok()
    assert server.only.json["file_ids"] == ["@x"]


def test_files_are_checked_before_the_key_is_read(tmp_path: Path) -> None:
    args = ("files", "create", "none.txt", "--purpose", "batch")
    done = oai(*args, env={"OPENAI_API_KEY": ""}, cwd=tmp_path)
    assert done.code == 2
    assert "there is no file none.txt" in done.stderr
    (tmp_path / "dir").mkdir()
    assert oai("files", "create", "dir", "--purpose", "batch", cwd=tmp_path).code == 2


SIZE = 80_000_000
PEAK = """
import atexit, pathlib, sys
from openai_cli.cli import run
atexit.register(lambda: sys.stderr.write(pathlib.Path("/proc/self/status").read_text()))
run(sys.argv[1:])
"""


def peak(*args: str, server: Server, cwd: Path) -> int:
    """The most memory, in MB, that a command took."""
    import subprocess
    import sys

    from .support.cli import environment

    done = subprocess.run(
        [sys.executable, "-c", PEAK, *args],
        env=environment(server=server),
        cwd=cwd,
        capture_output=True,
        timeout=60,
        check=True,
    )
    found = re.search(rb"VmHWM:\s*(\d+) kB", done.stderr)
    assert found, done.stderr
    return int(found.group(1)) // 1000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_uploads_and_downloads_take_constant_memory(server: Server, tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as stream:
        stream.truncate(SIZE)
    block = bytes(1_000_000)

    def answer(asked: Any) -> Answer:
        if asked.method == "GET":
            pieces = (block for _ in range(SIZE // len(block)))
            return Answer(200, {"Content-Type": "application/octet-stream"}, pieces, length=SIZE)
        return reply({"id": "file-1"})

    server.handler = answer
    up = peak("files", "create", "big", "--purpose", "batch", server=server, cwd=tmp_path)
    down = peak("files", "content", "file-1", "-o", "copy", server=server, cwd=tmp_path)
    assert (tmp_path / "copy").stat().st_size == SIZE
    assert max(up, down) < 60, "MB, the files being 80"


def test_a_connection_serves_several_pages(server: Server) -> None:
    from .support.api import page

    server.answer(reply(page([1], True)), reply(page([2])))
    started = time.monotonic()
    oai("files", "list", server=server).ok()
    assert time.monotonic() - started < 5


def test_any_endpoint_by_hand(server: Server, tmp_path: Path) -> None:
    (tmp_path / "f.bin").write_bytes(b"\x00\x01")
    server.answer(reply({"a": 1}), reply({"b": 2}), reply({"c": 3}), raw(b"\x00", "image/png"))

    def by_hand(*args: str) -> Outcome:
        return oai("api", "call", *args, server=server, cwd=tmp_path).ok()

    assert by_hand("GET", "/tomorrow?x=1", "--set", "y=2").json == {"a": 1}
    assert by_hand("post", "v1/new/thing", "--set", "a.b:=1", "--body", '{"c": 2}').json == {"b": 2}
    assert by_hand("POST", "/up", "--file", "data=f.bin", "--set", "n=1").json == {"c": 3}
    assert by_hand("GET", "/image").stdout_bytes == b"\x00"
    first, second, third, _ = server.requests
    assert (first.path, first.query) == ("/v1/tomorrow", [("x", "1"), ("y", "2")])
    assert (second.method, second.path, second.json) == (
        "POST",
        "/v1/new/thing",
        {"a": {"b": 1}, "c": 2},
    )
    assert third.part("data").content == b"\x00\x01"
    assert third.part("n").text == "1"


def test_by_hand_the_catalog_still_helps(server: Server) -> None:
    server.answer(reply({"data": []}), reply({"data": []}), sse(chat("Hi")))
    oai("api", "call", "GET", "/organization/projects", server=server).ok()
    oai("api", "call", "GET", "/assistants", server=server).ok()
    body = '{"model": "m", "messages": [], "stream": true}'
    done = oai("api", "call", "POST", "/chat/completions", "--body", body, server=server).ok()
    assert server.requests[0].headers["authorization"] == "Bearer sk-admin-test"
    assert server.requests[1].headers["openai-beta"] == "assistants=v2"
    assert done.stdout == "Hi\n"


@pytest.mark.parametrize(
    "args",
    [
        ["GET", "https://evil.example/v1/models"],
        ["GET", "//evil.example/models"],
        ["GET", "/a/../../b"],
        ["G T", "/models"],
        ["GET"],
        ["POST", "/x", "--file", "nothing"],
        ["POST", "/x", "--body", "[1"],
    ],
)
def test_by_hand_what_makes_no_sense(server: Server, args: list[str]) -> None:
    assert oai("api", "call", *args, server=server).code == 2


def test_proxies_are_used(server: Server, second_server: Server) -> None:
    second_server.answer(reply(MODEL))
    env = {"http_proxy": second_server.url, "OPENAI_BASE_URL": "http://localhost.localhost:1/v1"}
    done = oai_process("models", "retrieve", "m", env=env)
    assert done.code == 0, done.stderr
    assert second_server.only.target == "http://localhost.localhost:1/v1/models/m"
