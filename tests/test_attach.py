"""Attachments: what a file is goes by its content, and each API gets the piece it wants."""

from __future__ import annotations

import base64
import gc
import io
import os
import random
import threading
import wave
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openai_cli.core.console import Console
from openai_cli.core.errors import UsageError
from openai_cli.core.inputs import Inputs
from openai_cli.workflows.chat import attach, kinds
from openai_cli.workflows.chat.attach import Attachment, chat_part, responses_part


def inputs(stdin: bytes | None = b"") -> Inputs:
    return Inputs(Console(None if stdin is None else io.BytesIO(stdin), None, None, {}))


def read(path: Path, content: bytes) -> Attachment:
    path.write_bytes(content)
    return attach.read(str(path), inputs())


def sound() -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(200))
    return target.getvalue()


def archive(**members: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    return target.getvalue()


def office(top: str) -> bytes:
    return archive(**{"[Content_Types].xml": "<x/>", "_rels/.rels": "", f"{top}/a.xml": "x"})


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20)
GIF = b"GIF89a\x01\0\x01\0\0\0\0;"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
WAV = sound()
MP3 = b"\xff\xfb\x90\x64" + bytes(400)
M4A = b"\0\0\0\x20ftypM4A \0\0\0\0"
OPEN = "application/vnd.oasis.opendocument.text"

CONTENTS: dict[str, tuple[bytes, str, str]] = {
    "png": (PNG, "image", "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image", "image/jpeg"),
    "gif": (GIF, "image", "image/gif"),
    "webp": (b"RIFF\x24\0\0\0WEBPVP8 ", "image", "image/webp"),
    "pdf": (PDF, "document", "application/pdf"),
    "ascii pdf": (b"%PDF-1.4\n1 0 obj", "document", "application/pdf"),
    "late pdf": (b"\0junk\n%PDF-1.4\n", "document", "application/pdf"),
    "rtf": (b"{\\rtf1\\ansi hello}", "document", "application/rtf"),
    "docx": (office("word"), "document", kinds.OFFICE["word/"].media_type),
    "xlsx": (office("xl"), "document", kinds.OFFICE["xl/"].media_type),
    "pptx": (office("ppt"), "document", kinds.OFFICE["ppt/"].media_type),
    "odt": (archive(mimetype=OPEN), "document", OPEN),
    "epub": (archive(mimetype="application/epub+zip"), "document", "application/epub+zip"),
    "wav": (WAV, "audio", "audio/wav"),
    "mp3": (MP3, "audio", "audio/mpeg"),
    "tagged mp3": (b"ID3\x04\0\0\0\0\0\0" + bytes(20), "audio", "audio/mpeg"),
    "flac": (b"fLaC\0\0\0\x22" + bytes(20), "audio", "audio/flac"),
    "ogg": (b"OggS\0\x02" + bytes(20), "audio", "audio/ogg"),
    "m4a": (M4A, "audio", "audio/mp4"),
    "aac": (b"\xff\xf1\x50\x80" + bytes(9), "audio", "audio/aac"),
    "webm": (b"\x1aE\xdf\xa3\x01\0\0\0", "audio", "audio/webm"),
    "text": ("Zürich 日本 🎈\n".encode(), "text", "text/plain"),
    "svg": (b"<svg xmlns='x'/>", "text", "text/plain"),
    "bom": (b"\xef\xbb\xbfhello", "text", "text/plain"),
    "text about tags": (b"ID3 tags, BM, GIF89a, fLaC and OggS are formats", "text", "text/plain"),
    "text that starts like a BMP": (b"BM1234\0\0\0\0"[:6], "text", "text/plain"),
    "text about PDF": (b"files start with %PDF-1.7", "text", "text/plain"),
    "a character over the edge": (b"on %PDF-".ljust(4095) + "éy".encode(), "text", "text/plain"),
}


# -- what it is -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTENTS)
@pytest.mark.parametrize("file", ["plain", "lying.png", "lying.txt"])
def test_the_kind_goes_by_content(tmp_path: Path, name: str, file: str) -> None:
    content, kind, media_type = CONTENTS[name]
    found = read(tmp_path / file, content)
    assert (found.kind, found.media_type) == (kind, media_type)
    assert (found.name, found.size, found.needs_upload) == (file, len(content), False)
    assert found.content() == content


@pytest.mark.parametrize("name", ["png", "docx", "text", "mp3"])
def test_stdin_is_the_same(name: str) -> None:
    content, kind, media_type = CONTENTS[name]
    found = attach.read("-", inputs(content))
    assert (found.kind, found.media_type, found.size) == (kind, media_type, len(content))
    assert found.content() == content
    assert found.name.startswith("stdin."), "APIs go by a file's ending"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0\x01\x02\x03 nothing known", "is no image, document or sound that oai knows"),
        (b"caf\xe9 in latin-1", "no UTF-8 text either"),
        (b"text and a \0", "no UTF-8 text either"),
        (b"good until" + b"x" * 70000 + b"\xff", "no UTF-8 text either"),
        (b"cut off " + "é".encode()[:1], "no UTF-8 text either"),
        (b"", "is empty"),
        (archive(a="x"), "is a ZIP archive, which models do not take"),
        (archive(mimetype="image/openraster"), "no image, document or sound"),
        (b"PK\x03\x04 broken", "no image, document or sound"),
        (b"II*\0\x08\0\0\0", "is a TIFF image"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "is a BMP image"),
        (b"\0\0\0\x18ftypheic", "is a HEIC or AVIF image"),
        (b"RIFF\0\0\0\0AVI LIST", "is an AVI video"),
        (b"\x1f\x8b\x08\0\0", "is a gzip file"),
        ("hello".encode("utf-16"), "is UTF-16 text"),
        (b"\xff\xe4\0\0", "no image, document or sound"),
        (b"\xff\xfb\xf0\x64\0", "no image, document or sound"),
        (b"\xff\xfb\x9c\x64\0", "no image, document or sound"),
        (b"\xff", "no image, document or sound"),
    ],
)
def test_what_no_model_takes(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path / "odd.bin", content)
    assert words in caught.value.message and "odd.bin" in caught.value.message


def test_legacy_office_goes_by_its_name(tmp_path: Path) -> None:
    content = kinds.OLE + bytes(600)
    assert read(tmp_path / "a.DOC", content).media_type == "application/msword"
    with pytest.raises(UsageError, match=r"a\.bin is no image"):
        read(tmp_path / "a.bin", content)


@given(st.binary(max_size=200))
def test_any_bytes_are_something_or_refused(content: bytes) -> None:
    try:
        found = attach.read("-", inputs(content))
    except UsageError:
        return
    assert found.kind in ("image", "document", "audio", "text")
    if found.kind == "text":
        assert found.text() == content.decode().removeprefix("\ufeff")


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_any_text_is_text(text: str) -> None:
    if not text.lstrip().startswith(("%PDF-", "{\\rtf")):
        assert attach.read("-", inputs(text.encode())).kind == "text"


# -- where it comes from ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "words", "hint"),
    [
        ("nowhere.png", "there is no file nowhere.png", ""),
        (".", ". is a folder", "one by one"),
        ("ftp://x/y.png", "there is no file ftp://x/y.png", "https://"),
        ("data:image/png;base64," + "A" * 5000, "cannot read data:image/png", ""),
        ("a\0b", "cannot read a\0b", ""),
        ("nowhere.png/x", "there is no file", ""),
    ],
)
def test_what_is_not_there(source: str, words: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        attach.read(source, inputs())
    assert words in caught.value.message and hint in caught.value.hint
    assert len(caught.value.message) < 200


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("secret")

    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match=r"cannot read .*a\.txt: Permission denied"):
        attach.read(str(tmp_path / "a.txt"), inputs())


def test_stdin_feeds_one_thing() -> None:
    source = inputs(b"hello")
    source.claim_stdin("the prompt")
    with pytest.raises(UsageError, match="stdin can feed one thing: the prompt or --attach"):
        attach.read("-", source)
    with pytest.raises(UsageError, match="stdin is closed"):
        attach.read("-", inputs(None))


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(PDF,))
    writer.start()
    found = attach.read(str(pipe), inputs())
    writer.join()
    assert (found.name, found.content()) == ("pipe.pdf", PDF)


def test_home(isolated: Path) -> None:
    (isolated / "a.png").write_bytes(PNG)
    assert attach.read("~/a.png", inputs()).kind == "image"


# -- size -------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Files from 1,000 bytes on count as large."""
    monkeypatch.setattr(attach, "UPLOAD_FROM", 1000)
    return 1000


def test_large_files_are_uploaded_first(tmp_path: Path, small: int) -> None:
    assert not read(tmp_path / "a.pdf", PDF.ljust(small)).needs_upload
    found = read(tmp_path / "b.pdf", PDF.ljust(small + 1))
    assert found.needs_upload and found.path == tmp_path / "b.pdf" and found.data is None
    assert chat_part(found, "file-1") == {"type": "file", "file": {"file_id": "file-1"}}
    assert responses_part(found, "file-1") == {"type": "input_file", "file_id": "file-1"}


def test_a_large_stream_waits_in_a_file(small: int) -> None:
    content = random.Random(1).randbytes(3000)
    found = attach.read("-", inputs(PDF + b"\xff" + content))
    assert found.needs_upload and found.data is None
    path = found.path
    assert path is not None and path.name == found.name == "stdin.pdf"
    assert path.read_bytes() == PDF + b"\xff" + content
    assert path.stat().st_mode & 0o77 == 0 or path.parent.stat().st_mode & 0o77 == 0
    del found
    gc.collect()
    assert not path.exists() and not path.parent.exists()


def test_a_large_stream_that_is_nothing_leaves_nothing(
    small: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(UsageError, match="is no image"):
        attach.read("-", inputs(b"\0" * 3000))
    assert list(tmp_path.iterdir()) == []


def test_a_large_picture(tmp_path: Path, small: int) -> None:
    found = read(tmp_path / "a.png", PNG.ljust(2000, b"\0"))
    made = responses_part(found, "file-1")
    assert made == {"type": "input_image", "detail": "auto", "file_id": "file-1"}
    with pytest.raises(UsageError, match=r"a\.png is 2 kB; chat takes images up to 1 kB") as caught:
        attach.check(found, "chat")
    assert "oai responses create" in caught.value.hint
    attach.check(found, "responses")


def test_a_large_sound_is_refused_at_once(tmp_path: Path, small: int) -> None:
    with pytest.raises(UsageError, match="sound goes inside the request") as caught:
        read(tmp_path / "a.wav", WAV.ljust(2000, b"\0"))
    assert "oai audio transcriptions create" in caught.value.hint


def test_a_large_text_is_uploaded(tmp_path: Path, small: int) -> None:
    found = read(tmp_path / "a.md", b"x" * 2000)
    assert responses_part(found, "file-1") == {"type": "input_file", "file_id": "file-1"}


# -- the pieces -------------------------------------------------------------------------------


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_pictures(tmp_path: Path) -> None:
    found = read(tmp_path / "a.png", PNG)
    url = f"data:image/png;base64,{encoded(PNG)}"
    assert chat_part(found) == {"type": "image_url", "image_url": {"url": url}}
    assert responses_part(found) == {"type": "input_image", "detail": "auto", "image_url": url}


def test_documents(tmp_path: Path) -> None:
    found = read(tmp_path / "a.docx", office("word"))
    data = f"data:{kinds.OFFICE['word/'].media_type};base64,{encoded(office('word'))}"
    file = {"filename": "a.docx", "file_data": data}
    assert chat_part(found) == {"type": "file", "file": file}
    assert responses_part(found) == {"type": "input_file", **file}


@pytest.mark.parametrize(("content", "form"), [(WAV, "wav"), (MP3, "mp3")])
def test_sounds(tmp_path: Path, content: bytes, form: str) -> None:
    found = read(tmp_path / "a", content)
    made = {"type": "input_audio", "input_audio": {"data": encoded(content), "format": form}}
    assert chat_part(found) == responses_part(found) == made


@pytest.mark.parametrize("part", [chat_part, responses_part])
def test_sounds_that_models_do_not_hear(tmp_path: Path, part: Any) -> None:
    found = read(tmp_path / "a.m4a", M4A)
    with pytest.raises(UsageError, match=r"a\.m4a is MP4; models hear WAV and MP3") as caught:
        part(found)
    assert "ffmpeg -i a.m4a" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("a.py", b"x = 1\n", "a.py\n```py\nx = 1\n```"),
        ("a.py", b"x = 1", "a.py\n```py\nx = 1\n```"),
        ("notes", b"\xef\xbb\xbfhi", "notes\n```\nhi\n```"),
        ("a.b c", b"x", "a.b c\n```\nx\n```"),
        ("a.md", b"```py\nx\n```\n", "a.md\n````md\n```py\nx\n```\n````"),
        ("a.md", b"  `````", "a.md\n``````md\n  `````\n``````"),
        ("a.md", b"`a` and ``b``", "a.md\n```md\n`a` and ``b``\n```"),
    ],
)
def test_texts_stand_in_a_fence(tmp_path: Path, name: str, content: bytes, shown: str) -> None:
    found = read(tmp_path / name, content)
    assert chat_part(found) == {"type": "text", "text": shown}
    assert responses_part(found) == {"type": "input_text", "text": shown}


def test_a_file_that_went_meanwhile(tmp_path: Path) -> None:
    found = read(tmp_path / "a.png", PNG)
    (tmp_path / "a.png").unlink()
    with pytest.raises(UsageError, match="cannot read"):
        chat_part(found)


# -- addresses --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://x.org/a.png?size=3", "a.png"),
        ("HTTP://x.org/random", "random"),
        ("https://x.org/", "address"),
        ("https://x.org/a%20b.jpg", "a b.jpg"),
    ],
)
def test_pictures_by_address(url: str, name: str) -> None:
    found = attach.read(url, inputs())
    assert (found.kind, found.name, found.size, found.needs_upload) == ("image", name, 0, False)
    assert chat_part(found) == {"type": "image_url", "image_url": {"url": url}}
    assert responses_part(found) == {"type": "input_image", "detail": "auto", "image_url": url}


@pytest.mark.parametrize("url", ["https://x.org/a.pdf", "https://x.org/a.html#top"])
def test_documents_by_address(url: str) -> None:
    found = attach.read(url, inputs())
    assert responses_part(found) == {"type": "input_file", "file_url": url}
    with pytest.raises(UsageError, match="chat takes only images from an address") as caught:
        chat_part(found)
    assert "download it" in caught.value.hint and "oai responses create" in caught.value.hint


@pytest.mark.parametrize("part", [chat_part, responses_part])
@pytest.mark.parametrize("url", ["https://x.org/a.mp3", "https://x.org/a.mp4"])
def test_sounds_by_address(url: str, part: Any) -> None:
    with pytest.raises(UsageError, match="sound is not taken from an address"):
        part(attach.read(url, inputs()))
