"""What a file is, from its first bytes; its name only tells legacy office formats apart."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from typing import IO

from ...catalog.record import Record

HEAD = 4096
"""How many bytes from the start are enough, office documents excepted."""

IMAGE, DOCUMENT, AUDIO, TEXT, OTHER = "image", "document", "audio", "text", "other"


class Kind(Record):
    """`name` is how people call the format."""

    kind: str
    media_type: str
    name: str


STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG\r\n\x1a\n", Kind(IMAGE, "image/png", "PNG")),
    (b"\xff\xd8\xff", Kind(IMAGE, "image/jpeg", "JPEG")),
    (b"GIF87a", Kind(IMAGE, "image/gif", "GIF")),
    (b"GIF89a", Kind(IMAGE, "image/gif", "GIF")),
    (b"fLaC", Kind(AUDIO, "audio/flac", "FLAC")),
    (b"OggS", Kind(AUDIO, "audio/ogg", "OGG")),
    (b"ID3", Kind(AUDIO, "audio/mpeg", "MP3")),
    (b"\x1aE\xdf\xa3", Kind(AUDIO, "audio/webm", "WebM")),
    (b"II*\0", Kind(OTHER, "image/tiff", "a TIFF image")),
    (b"MM\0*", Kind(OTHER, "image/tiff", "a TIFF image")),
    (b"BM", Kind(OTHER, "image/bmp", "a BMP image")),
    (b"\x1f\x8b", Kind(OTHER, "application/gzip", "a gzip file")),
    (b"\xff\xfe", Kind(OTHER, "text/plain", "UTF-16 text")),
    (b"\xfe\xff", Kind(OTHER, "text/plain", "UTF-16 text")),
)
RIFF = {
    b"WAVE": Kind(AUDIO, "audio/wav", "WAV"),
    b"WEBP": Kind(IMAGE, "image/webp", "WebP"),
    b"AVI ": Kind(OTHER, "video/x-msvideo", "an AVI video"),
}
RTF = Kind(DOCUMENT, "application/rtf", "RTF")
PDF = Kind(DOCUMENT, "application/pdf", "PDF")
MP3 = Kind(AUDIO, "audio/mpeg", "MP3")
AAC = Kind(AUDIO, "audio/aac", "AAC")
MP4 = Kind(AUDIO, "audio/mp4", "MP4")
HEIF = Kind(OTHER, "image/heic", "a HEIC or AVIF image")
PLAIN = Kind(TEXT, "text/plain", "text")
HEIF_BRANDS = (b"heic", b"heix", b"heif", b"mif1", b"msf1", b"avif", b"avis")

_OFFICE = "application/vnd.openxmlformats-officedocument."
OFFICE = {
    "word/": Kind(DOCUMENT, _OFFICE + "wordprocessingml.document", "DOCX"),
    "xl/": Kind(DOCUMENT, _OFFICE + "spreadsheetml.sheet", "XLSX"),
    "ppt/": Kind(DOCUMENT, _OFFICE + "presentationml.presentation", "PPTX"),
}
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
EPUB = "application/epub+zip"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LEGACY = {
    "doc": Kind(DOCUMENT, "application/msword", "DOC"),
    "xls": Kind(DOCUMENT, "application/vnd.ms-excel", "XLS"),
    "ppt": Kind(DOCUMENT, "application/vnd.ms-powerpoint", "PPT"),
}


def recognise(name: str, head: bytes, reopen: Callable[[], IO[bytes]]) -> Kind | None:
    """The kind of a file that starts with `head`; None where it is nothing known.

    `reopen` gives the whole content where the start does not tell.
    """
    if found := _from_head(head):
        return found
    if head.startswith(OLE):
        return LEGACY.get(name.rpartition(".")[2].lower())
    if head.startswith(b"PK\x03\x04"):
        with reopen() as stream:
            return _zipped(stream)
    with reopen() as stream:
        return PLAIN if is_text(iter(lambda: stream.read(1 << 16), b"")) else None


def _from_head(head: bytes) -> Kind | None:
    if head.startswith(b"{\\rtf"):
        return RTF
    if head.lstrip().startswith(b"%PDF-"):
        return PDF
    if is_text([head], whole=False):
        return None
    for start, kind in STARTS:
        if head.startswith(start) and (start != b"BM" or head[6:10] == bytes(4)):
            return kind
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return HEIF if head[8:12] in HEIF_BRANDS else MP4
    return PDF if b"%PDF-" in head[:1024] else _frame(head)


def _frame(head: bytes) -> Kind | None:
    """MPEG audio without a tag: the bits of its first frame's header, none of them reserved."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0 and head[1] & 0xF0 == 0xF0:
        return AAC
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    return MP3 if layer == 1 and version != 1 and bitrate not in (0, 15) and rate != 3 else None


def _zipped(stream: IO[bytes]) -> Kind | None:
    """The document inside a ZIP archive, if it is one."""
    import zipfile

    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                return _declared(archive.read("mimetype")[:200].decode("ascii", "replace").strip())
            if "[Content_Types].xml" in names:
                found = (OFFICE[top] for top in OFFICE if any(n.startswith(top) for n in names))
                return next(found, None)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return None
    return Kind(OTHER, "application/zip", "a ZIP archive")


def _declared(media_type: str) -> Kind | None:
    if media_type.startswith(OPEN_DOCUMENT):
        return Kind(DOCUMENT, media_type, "OpenDocument")
    return Kind(DOCUMENT, EPUB, "EPUB") if media_type == EPUB else None


def is_text(chunks: Iterable[bytes], *, whole: bool = True) -> bool:
    """Whether all of it is UTF-8 without NUL; if not `whole`, it may end inside a character."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks:
            if b"\0" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=whole)
    except UnicodeDecodeError:
        return False
    return True
