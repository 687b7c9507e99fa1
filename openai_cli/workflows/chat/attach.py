"""Attachments: pictures, documents, sound and text that go to a model beside the prompt.

`read` says what something is and touches no network; `chat_part` and `responses_part` make the
piece of a message that each API wants. What `needs_upload` is sent as a file first, with the
purpose `PURPOSE`, and its id goes into the part.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ...catalog.record import Record
from ...core.errors import UsageError
from ...core.inputs import Inputs
from . import kinds

UPLOAD_FROM = 20 * 1024 * 1024
"""From this size on, a file is uploaded instead of being written into the request."""
PURPOSE = "user_data"
CHUNK = 1 << 20
SOUNDS = {"WAV": "wav", "MP3": "mp3"}
DOWNLOAD = "download it, then attach the file"


class Attachment(Record):
    """What is to be sent. Its content is in `data`, at `path`, or behind `url`; `size` is in bytes
    (0 for an address), `format` what people call its format."""

    kind: str
    media_type: str
    format: str
    name: str
    size: int = 0
    path: Path | None = None
    data: bytes | None = None
    url: str = ""
    needs_upload: bool = False

    def content(self) -> bytes:
        """All of it. Raises UsageError when the file cannot be read any more."""
        if self.data is not None:
            return self.data
        assert self.path is not None
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {self.path}: {error.strerror}") from None

    def text(self) -> str:
        """The content of a text, without a byte order mark."""
        return self.content().decode("utf-8").removeprefix("\ufeff")

    def data_url(self) -> str:
        """The content inside an address."""
        return f"data:{self.media_type};base64,{self.base64()}"

    def base64(self) -> str:
        """The content in base64."""
        import base64

        return base64.b64encode(self.content()).decode()


# -- reading ----------------------------------------------------------------------------------


def read(source: str, inputs: Inputs) -> Attachment:
    """The attachment at a path, an http(s) address, or `-` for stdin.

    Raises UsageError for what cannot be read, and for what no model takes.
    """
    if re.match(r"https?://", source, re.IGNORECASE):
        return _address(source)
    if source == "-":
        return _stream(inputs.stdin_stream("--attach"), "stdin")
    try:
        path = Path(source).expanduser()
        if path.is_dir():
            raise UsageError(f"{source} is a folder", "attach its files one by one")
        if path.is_file():
            return _file(path)
        with path.open("rb") as stream:
            return _stream(stream, path.name)
    except FileNotFoundError:
        hint = "addresses start with https://" if "://" in source else ""
        raise UsageError(f"there is no file {_short(source)}", hint) from None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot read {_short(source)}: {reason}") from None


def _short(source: str) -> str:
    return source if len(source) <= 80 else source[:79] + "…"


def _file(path: Path) -> Attachment:
    """A regular file: looked at, not read."""
    with path.open("rb") as stream:
        head = stream.read(kinds.HEAD)
    kind = _kind(path.name, head, lambda: path.open("rb"))
    return _made(kind, path.name, path.stat().st_size, path=path)


def _stream(stream: IO[bytes], name: str) -> Attachment:
    """What can be read only once: kept in memory, or in a temporary file when it is large."""
    data = stream.read(UPLOAD_FROM + 1)
    if len(data) > UPLOAD_FROM:
        return _spooled(data, stream, name)
    kind = _kind(name, data[: kinds.HEAD], lambda: io.BytesIO(data))
    return _made(kind, _with_suffix(name, kind), len(data), data=data)


def _spooled(start: bytes, stream: IO[bytes], name: str) -> Attachment:
    """The stream in a file that goes when the attachment goes, or when the program ends."""
    import shutil
    import tempfile
    import weakref

    folder = Path(tempfile.mkdtemp(prefix="oai-"))
    try:
        path = folder / name
        with path.open("wb") as file:
            file.write(start)
            shutil.copyfileobj(stream, file, CHUNK)
        found = _file(path)
        full = _with_suffix(name, kinds.Kind(found.kind, found.media_type, found.format))
        found.name, found.path = full, path.rename(folder / full)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(found, shutil.rmtree, folder, ignore_errors=True)
    return found


def _with_suffix(name: str, kind: kinds.Kind) -> str:
    """A name that says what it is: APIs go by a file's ending."""
    import mimetypes

    if "." in name:
        return name
    return name + (mimetypes.guess_extension(kind.media_type) or "")


def _kind(name: str, head: bytes, reopen: Callable[[], IO[bytes]]) -> kinds.Kind:
    if not head:
        raise UsageError(f"{name} is empty")
    found = kinds.recognise(name, head, reopen)
    if found is None:
        raise UsageError(
            f"{name} is no image, document or sound that oai knows, and no UTF-8 text either"
        )
    if found.kind == kinds.OTHER:
        hint = "save it as UTF-8" if "UTF-16" in found.name else "convert it to a format they take"
        raise UsageError(f"{name} is {found.name}, which models do not take", hint)
    return found


def _made(
    kind: kinds.Kind, name: str, size: int, *, path: Path | None = None, data: bytes | None = None
) -> Attachment:
    large = size > UPLOAD_FROM
    if large and kind.kind == kinds.AUDIO:
        raise UsageError(
            f"{name} is {_size(size)}; sound goes inside the request, up to {_size(UPLOAD_FROM)}",
            "cut it into pieces, or make text of it: `oai audio transcriptions create`",
        )
    return Attachment(
        kind.kind, kind.media_type, kind.name, name, size, path, data, needs_upload=large
    )


def _size(count: int) -> str:
    from ...render.cells import size

    return size(count)


def _address(url: str) -> Attachment:
    """An address, by its ending: it is passed on, not looked at. Without a telling one it is
    taken for a picture."""
    import mimetypes
    from urllib.parse import unquote, urlsplit

    name = unquote(urlsplit(url).path).rpartition("/")[2] or "address"
    media_type = mimetypes.guess_type(name)[0] or "image/*"
    kind = {"image": kinds.IMAGE, "audio": kinds.AUDIO, "video": kinds.AUDIO}.get(
        media_type.partition("/")[0], kinds.DOCUMENT
    )
    return Attachment(kind, media_type, media_type, name, url=url)


# -- sending ----------------------------------------------------------------------------------


def check(attachment: Attachment, api: str) -> None:
    """Raise UsageError, before anything is sent, for what `chat` or `responses` does not take."""
    _check_address(attachment, api)
    if attachment.kind == kinds.AUDIO and attachment.format not in SOUNDS:
        raise UsageError(
            f"{attachment.name} is {attachment.format}; models hear WAV and MP3",
            f"convert it: ffmpeg -i {attachment.name} sound.mp3",
        )
    if api == "chat" and attachment.needs_upload and attachment.kind == kinds.IMAGE:
        raise UsageError(
            f"{attachment.name} is {_size(attachment.size)}; chat takes images up to "
            f"{_size(UPLOAD_FROM)}",
            "make it smaller, or use `oai responses create`",
        )


def _check_address(attachment: Attachment, api: str) -> None:
    if not attachment.url or attachment.kind == kinds.IMAGE:
        return
    if attachment.kind == kinds.AUDIO:
        raise UsageError(f"{attachment.url}: sound is not taken from an address", DOWNLOAD)
    if api == "chat":
        raise UsageError(
            f"{attachment.url}: chat takes only images from an address",
            f"{DOWNLOAD}, or use `oai responses create`",
        )


def chat_part(attachment: Attachment, file_id: str | None = None) -> dict[str, Any]:
    """The content part of a chat message; `file_id` is that of the uploaded file.

    Raises UsageError where chat cannot take it.
    """
    check(attachment, "chat")
    if file_id:
        return {"type": "file", "file": {"file_id": file_id}}
    if attachment.kind == kinds.IMAGE:
        return {"type": "image_url", "image_url": {"url": _image_url(attachment)}}
    if attachment.kind == kinds.AUDIO:
        return _sound(attachment)
    if attachment.kind == kinds.TEXT:
        return {"type": "text", "text": fenced(attachment)}
    data = {"filename": attachment.name, "file_data": attachment.data_url()}
    return {"type": "file", "file": data}


def responses_part(attachment: Attachment, file_id: str | None = None) -> dict[str, Any]:
    """The content part of a response's input; `file_id` is that of the uploaded file.

    Raises UsageError where responses cannot take it.
    """
    check(attachment, "responses")
    if attachment.kind == kinds.IMAGE:
        place = {"file_id": file_id} if file_id else {"image_url": _image_url(attachment)}
        return {"type": "input_image", "detail": "auto", **place}
    if file_id:
        return {"type": "input_file", "file_id": file_id}
    if attachment.kind == kinds.AUDIO:
        return _sound(attachment)
    if attachment.kind == kinds.TEXT:
        return {"type": "input_text", "text": fenced(attachment)}
    if attachment.url:
        return {"type": "input_file", "file_url": attachment.url}
    return {
        "type": "input_file",
        "filename": attachment.name,
        "file_data": attachment.data_url(),
    }


def _image_url(attachment: Attachment) -> str:
    return attachment.url or attachment.data_url()


def _sound(attachment: Attachment) -> dict[str, Any]:
    sound = {"data": attachment.base64(), "format": SOUNDS[attachment.format]}
    return {"type": "input_audio", "input_audio": sound}


def fenced(attachment: Attachment) -> str:
    """A text as a code block under its name; the fence is longer than any inside."""
    text = attachment.text()
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    suffix = attachment.name.rpartition(".")[2] if "." in attachment.name else ""
    language = suffix if re.fullmatch(r"[A-Za-z0-9+#-]{1,12}", suffix) else ""
    end = "" if text.endswith("\n") else "\n"
    return f"{attachment.name}\n{fence}{language}\n{text}{end}{fence}"
