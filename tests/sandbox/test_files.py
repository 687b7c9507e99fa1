"""Files, uploads in parts, containers, skills and batches, through the official SDK."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI

from openai_cli.sandbox.app import Sandbox

from .conftest import Direct, Served

_MIB = 1 << 20


def test_files_come_back_as_they_went(sdk: OpenAI) -> None:
    content = bytes(range(256)) * 1000
    made = sdk.files.create(file=('Grüße "1".bin', content), purpose="user_data")
    assert (made.bytes, made.status, made.purpose) == (256000, "processed", "user_data")
    assert made.filename.startswith("Grüße")
    assert sdk.files.retrieve(made.id) == made
    assert sdk.files.content(made.id).content == content
    assert sdk.files.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        sdk.files.content(made.id)


def test_files_are_listed_by_purpose_and_expire(sdk: OpenAI) -> None:
    after: Any = {"anchor": "created_at", "seconds": 3600}
    made = sdk.files.create(file=("v.png", b"1"), purpose="vision", expires_after=after)
    assert made.expires_at == made.created_at + 3600
    assert made.id in [one.id for one in sdk.files.list(purpose="vision")]
    assert made.id not in [one.id for one in sdk.files.list(purpose="evals")]


def test_parts_are_joined_in_the_order_given(sdk: OpenAI) -> None:
    pieces = [b"first ", b"second ", b"third"]
    whole = b"".join(pieces)
    upload = sdk.uploads.create(
        bytes=len(whole), filename="a.txt", mime_type="text/plain", purpose="user_data"
    )
    parts = [sdk.uploads.parts.create(upload.id, data=piece) for piece in pieces[::-1]]
    ids = [part.id for part in parts[::-1]]
    md5 = hashlib.md5(whole).hexdigest()
    with pytest.raises(openai.BadRequestError):
        sdk.uploads.complete(upload.id, part_ids=ids, md5="0" * 32)
    with pytest.raises(openai.BadRequestError):
        sdk.uploads.complete(upload.id, part_ids=ids[:2])
    done = sdk.uploads.complete(upload.id, part_ids=ids, md5=md5)
    assert done.status == "completed"
    assert done.file
    assert done.file.bytes == len(whole)
    assert sdk.files.content(done.file.id).content == whole
    with pytest.raises(openai.BadRequestError):
        sdk.uploads.parts.create(upload.id, data=b"late")


def test_uploads_can_be_given_up(sdk: OpenAI) -> None:
    upload = sdk.uploads.create(bytes=3, filename="a", mime_type="text/plain", purpose="batch")
    part = sdk.uploads.parts.create(upload.id, data=b"abc")
    assert sdk.uploads.cancel(upload.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError):
        sdk.uploads.complete(upload.id, part_ids=[part.id])


def test_the_sdks_chunked_upload_works(sdk: OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(b"0123456789" * 1000)
    done = sdk.uploads.upload_file_chunked(
        file=path, mime_type="text/plain", purpose="user_data", part_size=3000
    )
    assert done.file
    assert sdk.files.content(done.file.id).content == path.read_bytes()


def _form(size: int) -> Iterator[bytes]:
    """A form with a file of that size, made while it is sent."""
    head = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'
    yield f"--b\r\n{head.format('purpose', '')}user_data\r\n".encode()
    yield f"--b\r\n{head.format('file', '; filename=big.bin')}".encode()
    for number in range(size // 65536):
        yield number.to_bytes(4, "big") * 16384
    yield b"\r\n--b--\r\n"


def test_large_uploads_and_downloads_need_no_memory(state: Path) -> None:
    size = 64 * _MIB
    headers = {"authorization": "Bearer k", "content-type": "multipart/form-data; boundary=b"}
    with Sandbox(state) as sandbox:
        sandbox.handle("GET", "/v1/files", headers, [])
        tracemalloc.start()
        reply = sandbox.handle("POST", "/v1/files", headers, _form(size))
        made = json.loads(b"".join(reply.body))
        assert made["bytes"] == size
        content = sandbox.handle("GET", f"/v1/files/{made['id']}/content", headers, [])
        assert dict(content.headers)["content-length"] == str(size)
        number = -1
        for number, chunk in enumerate(content.body):
            assert chunk[:4] == number.to_bytes(4, "big")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert number == size // 65536 - 1
    assert peak < 4 * _MIB


def test_large_uploads_pass_the_server(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(24 * _MIB))
    with served.client() as client, path.open("rb") as file:
        made = client.files.create(file=file, purpose="user_data")
        assert made.bytes == 24 * _MIB
        client.files.delete(made.id)
    # A request that is turned down before its body was read must not spoil the connection.
    with served.client(api_key="bad-key") as client, path.open("rb") as file:
        for _ in range(2):
            with pytest.raises(openai.AuthenticationError):
                client.files.create(file=file, purpose="user_data")


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\nContent-Disposition: form-data; name=purpose\r\n\r\nuser_",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
        b"something else",
    ],
)
def test_broken_forms_leave_nothing_behind(state: Path, body: bytes) -> None:
    with Sandbox(state) as sandbox:
        headers = {"api-key": "k", "content-type": "multipart/form-data; boundary=b"}
        reply = sandbox.handle("POST", "/v1/files", headers, [body])
        assert reply.status == 400
        assert Direct(sandbox).json("GET", "/v1/files")["data"] == []
    assert list(state.glob("files/*")) == []


def test_uploads_that_nobody_keeps_are_dropped(state: Path) -> None:
    with Sandbox(state) as sandbox:
        headers = {"api-key": "k", "content-type": "multipart/form-data; boundary=b"}
        parts = {"model": "whisper-1", 'file"; filename="a.txt': "hello"}
        head = 'Content-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
        body = "".join(f"--b\r\n{head.format(*one)}" for one in parts.items()) + "--b--\r\n"
        reply = sandbox.handle("POST", "/v1/audio/transcriptions", headers, [body.encode()])
        assert json.loads(b"".join(reply.body))["text"] == "hello"
    assert list(state.glob("files/*")) == []


def test_files_in_containers(sdk: OpenAI) -> None:
    container = sdk.containers.create(name="box")
    sent = sdk.containers.files.create(container.id, file=("a.csv", b"1,2"))
    assert sent.path == "/mnt/data/a.csv"
    file = sdk.files.create(file=("b.csv", b"3,4"), purpose="user_data")
    copied = sdk.containers.files.create(container.id, file_id=file.id)
    read = sdk.containers.files.content.retrieve
    assert read(sent.id, container_id=container.id).content == b"1,2"
    assert read(copied.id, container_id=container.id).content == b"3,4"
    assert {one.id for one in sdk.containers.files.list(container.id)} == {sent.id, copied.id}
    sdk.containers.files.delete(sent.id, container_id=container.id)
    with pytest.raises(openai.NotFoundError):
        read(sent.id, container_id=container.id)


def test_skills_have_versions(sdk: OpenAI) -> None:
    text = b"---\nname: greeter\ndescription: Says hello.\n---\nSay hello."
    skill = sdk.skills.create(files=[("greeter/SKILL.md", text), ("greeter/a.txt", b"a")])
    assert (skill.name, skill.description, skill.latest_version) == ("greeter", "Says hello.", "1")
    second = sdk.skills.versions.create(skill.id, files=[("SKILL.md", text)], default=True)
    assert second.version == "2"
    assert sdk.skills.retrieve(skill.id).default_version == "2"
    content = sdk.skills.versions.content.retrieve("1", skill_id=skill.id).content
    assert zipfile.ZipFile(BytesIO(content)).read("greeter/SKILL.md") == text
    assert [one.version for one in sdk.skills.versions.list(skill.id, order="asc")] == ["1", "2"]


def _line(number: int, **body: Any) -> str:
    asked = {"model": "gpt-5.5", "messages": [{"role": "user", "content": f"Say {number}"}]}
    request = {"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions"}
    return json.dumps({**request, "body": {**asked, **body}})


def _batch(sdk: OpenAI, *lines: str) -> Any:
    file = sdk.files.create(file=("in.jsonl", "\n".join(lines).encode()), purpose="batch")
    return sdk.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )


def _read(sdk: OpenAI, id: str) -> list[Any]:
    return [json.loads(line) for line in sdk.files.content(id).text.splitlines()]


def test_batches_answer_their_lines(sdk: OpenAI) -> None:
    batch = _batch(sdk, _line(1), _line(2, model="no-such-model"), _line(3))
    assert batch.status == "validating"
    states = [sdk.batches.retrieve(batch.id) for _ in range(3)]
    assert [one.status for one in states] == ["in_progress", "completed", "completed"]
    done = states[-1]
    counts = done.request_counts
    assert (counts.total, counts.completed, counts.failed) == (3, 2, 1)
    answers = {one["custom_id"]: one["response"] for one in _read(sdk, done.output_file_id)}
    assert answers["r1"]["body"]["choices"][0]["message"]["content"] == "1"
    assert sorted(answers) == ["r1", "r3"]
    [failed] = _read(sdk, done.error_file_id)
    assert (failed["custom_id"], failed["response"]["status_code"]) == ("r2", 404)
    assert batch.id in [one.id for one in sdk.batches.list(limit=100)]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "empty_file"),
        ("{", "invalid_json_line"),
        ('{"custom_id": "a"}', "missing_required_parameter"),
        (_line(1).replace("chat/completions", "embeddings"), "mismatched_url"),
    ],
)
def test_batches_with_bad_lines_fail(sdk: OpenAI, line: str, code: str) -> None:
    batch = sdk.batches.retrieve(_batch(sdk, line).id)
    assert batch.status == "failed"
    assert batch.errors
    assert batch.errors.data
    assert batch.errors.data[0].code == code


def test_batches_can_be_cancelled(sdk: OpenAI) -> None:
    batch = _batch(sdk, _line(1))
    assert sdk.batches.cancel(batch.id).status == "cancelling"
    assert sdk.batches.retrieve(batch.id).status == "cancelled"
    with pytest.raises(openai.NotFoundError):
        sdk.batches.create(
            input_file_id="file-none", endpoint="/v1/responses", completion_window="24h"
        )
