"""Downloads that go on where they broke: by themselves, and with the next command."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path

import pytest

from .support.cli import Outcome, oai, oai_started, shell
from .support.server import Answer, Asked, Server, error

CONTENT = random.Random(7).randbytes(200_000)
ETAG = '"v1"'


class Keeper:
    """A server of one content, whose connections drop after `drops[n]` bytes of answer n."""

    def __init__(
        self,
        server: Server,
        drops: list[int] | None = None,
        *,
        ranges: bool = True,
        named: dict[str, str] | None = None,
        length: bool = True,
    ) -> None:
        self.content = CONTENT
        self.drops = drops or []
        self.ranges = ranges
        self.named = {"ETag": ETAG} if named is None else named
        self._length = length
        self._server = server
        server.handler = self._answer

    @property
    def asked(self) -> list[str | None]:
        """The ranges that were asked for."""
        return [asked.headers["range"] for asked in self._server.requests]

    def _answer(self, asked: Asked) -> Answer:
        wanted = asked.headers["range"]
        condition = asked.headers["if-range"]
        same = condition is None or condition in self.named.values()
        start, status, headers = 0, 200, {"Content-Type": "application/octet-stream"}
        if wanted and self.ranges and same:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(self.content):
                return error(416, content_range=f"bytes */{len(self.content)}")
            total = len(self.content)
            status, headers["Content-Range"] = 206, f"bytes {start}-{total - 1}/{total}"
        body = self.content[start:]
        drop = self.drops.pop(0) if self.drops else len(body)
        end = "cut" if drop < len(body) else "ok"
        length = len(body) if self._length else None
        return Answer(status, headers | self.named, [body[:drop]], end=end, length=length)  # type: ignore[arg-type]


def fetch(
    place: Path, server: Server, *args: str, retries: int = 0, stdout: bool = False
) -> Outcome:
    """The download, to a file unless it is for stdout."""
    target = () if stdout else ("-o", "a.bin")
    command = ("files", "content", "file-1", *target, "--max-retries", str(retries), *args)
    return oai(*command, server=server, cwd=place)


def names(place: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in place.iterdir())


# -- by itself ------------------------------------------------------------------------------------


def test_it_goes_on_where_it_broke(server: Server, tmp_path: Path, no_waiting: None) -> None:
    keeper = Keeper(server, [50_000, 60_000])
    done = fetch(tmp_path, server, retries=2).ok()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert keeper.asked == [None, "bytes=50000-", "bytes=110000-"]
    assert server.requests[1].headers["if-range"] == ETAG
    assert server.requests[1].headers["accept-encoding"] == "identity"
    assert names(tmp_path) == ["a.bin"]
    assert "try 2 of 3" in done.stderr


def test_a_pipe_gets_each_byte_once(server: Server, tmp_path: Path, no_waiting: None) -> None:
    keeper = Keeper(server, [50_000, 60_000])
    done = fetch(tmp_path, server, retries=2, stdout=True).ok()
    assert done.stdout_bytes == CONTENT
    assert keeper.asked[1] == "bytes=50000-"


def test_tries_have_an_end(server: Server, tmp_path: Path, no_waiting: None) -> None:
    keeper = Keeper(server, [10, 10, 10, 10])
    done = fetch(tmp_path, server, retries=2)
    assert done.code == 7
    assert len(keeper.asked) == 3
    assert (tmp_path / "a.bin.partial").read_bytes() == CONTENT[:30]
    assert "a.bin.partial; the same command goes on from there" in done.stderr


def changing(server: Server, keeper: Keeper) -> None:
    """Let the content be another one, with another ETag, after each answer."""
    tail = keeper._answer

    def answer(asked: Asked) -> Answer:
        made = tail(asked)
        keeper.content, keeper.named = CONTENT[::-1], {"ETag": '"v2"'}
        return made

    server.handler = answer


def test_a_server_without_ranges_starts_over(
    server: Server, tmp_path: Path, no_waiting: None
) -> None:
    Keeper(server, [50_000], ranges=False)
    fetch(tmp_path, server, retries=1).ok()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    Keeper(server, [50_000], ranges=False)
    done = fetch(tmp_path, server, retries=1, stdout=True).ok()
    assert done.stdout_bytes == CONTENT


def test_a_pipe_never_gets_two_contents_mixed(
    server: Server, tmp_path: Path, no_waiting: None
) -> None:
    keeper = Keeper(server, [50_000])
    changing(server, keeper)
    done = fetch(tmp_path, server, retries=2, stdout=True)
    assert done.code == 7
    assert done.stdout_bytes == CONTENT[:50_000]


def test_a_pipe_is_not_gone_on_with_where_nothing_tells_the_content(
    server: Server, tmp_path: Path, no_waiting: None
) -> None:
    """The first answer named an ETag and no length, the second a length and no ETag."""
    keeper = Keeper(server, [50_000], ranges=False, length=False)
    tail = keeper._answer

    def other(asked: Asked) -> Answer:
        made = tail(asked)
        keeper.content, keeper.named, keeper._length = CONTENT[::-1], {}, True
        return made

    server.handler = other
    done = fetch(tmp_path, server, retries=2, stdout=True)
    assert done.code == 7
    assert done.stdout_bytes == CONTENT[:50_000]


def test_a_content_that_changed_is_begun_anew(
    server: Server, tmp_path: Path, no_waiting: None
) -> None:
    keeper = Keeper(server, [50_000])
    changing(server, keeper)
    fetch(tmp_path, server, retries=2).ok()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("header", ["bytes 7-9/200000", "bytes 50000-199999/200001", "nonsense"])
def test_a_range_that_was_not_asked_for_is_not_believed(
    server: Server, tmp_path: Path, no_waiting: None, header: str
) -> None:
    keeper = Keeper(server, [50_000])
    tail = keeper._answer

    def wrong(asked: Asked) -> Answer:
        made = tail(asked)
        if made.status == 206:
            made.headers["Content-Range"] = header
        return made

    server.handler = wrong
    fetch(tmp_path, server, retries=2).ok()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert keeper.asked == [None, "bytes=50000-", None]


def test_more_than_announced_is_no_success(server: Server, tmp_path: Path) -> None:
    """A range that announces another total than comes."""
    keeper = Keeper(server, [50_000])
    fetch(tmp_path, server)
    tail = keeper._answer

    def longer(asked: Asked) -> Answer:
        made = tail(asked)
        made.pieces = [*made.pieces, b"more"]
        made.length = (made.length or 0) + 4
        return made

    server.handler = longer
    done = fetch(tmp_path, server)
    assert done.code == 7
    assert "announced" in done.stderr
    assert not (tmp_path / "a.bin").exists()


# -- with the next command ------------------------------------------------------------------------


def test_the_next_command_goes_on(server: Server, tmp_path: Path) -> None:
    keeper = Keeper(server, [50_000])
    assert fetch(tmp_path, server).code == 7
    assert "a.bin.partial" in names(tmp_path)
    done = fetch(tmp_path, server).ok()
    assert keeper.asked == [None, "bytes=50000-"]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert names(tmp_path) == ["a.bin"]
    assert "saved a.bin" in done.stderr


def test_a_file_that_was_there_stays_until_the_new_one_is_whole(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "a.bin").write_text("old")
    (tmp_path / "a.bin").chmod(0o640)
    Keeper(server, [50_000])
    assert fetch(tmp_path, server).code == 7
    assert (tmp_path / "a.bin").read_text() == "old"
    fetch(tmp_path, server).ok()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert (tmp_path / "a.bin").stat().st_mode & 0o777 == 0o640


def test_another_file_under_that_name_is_not_gone_on_with(server: Server, tmp_path: Path) -> None:
    keeper = Keeper(server, [50_000])
    assert fetch(tmp_path, server).code == 7
    args = ("files", "content", "file-2", "-o", "a.bin", "--max-retries", "0")
    oai(*args, server=server, cwd=tmp_path).ok()
    assert keeper.asked == [None, None]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_changed_content_replaces_what_was_there(server: Server, tmp_path: Path) -> None:
    keeper = Keeper(server, [50_000])
    assert fetch(tmp_path, server).code == 7
    keeper.content, keeper.named = CONTENT[::-1], {"ETag": '"v2"'}
    fetch(tmp_path, server).ok()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT[::-1]


def test_all_of_it_had_come(server: Server, tmp_path: Path) -> None:
    """Killed after the last byte, before the file got its name."""
    keeper = Keeper(server, [50_000])
    assert fetch(tmp_path, server).code == 7
    (tmp_path / "a.bin.partial").write_bytes(CONTENT)
    fetch(tmp_path, server).ok()
    assert keeper.asked == [None, f"bytes={len(CONTENT)}-"]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("damage", ["gone", "garbage", "other", "longer"])
def test_what_is_there_and_cannot_be_trusted_is_dropped(
    server: Server, tmp_path: Path, damage: str
) -> None:
    keeper = Keeper(server, [50_000])
    assert fetch(tmp_path, server).code == 7
    notes = tmp_path / ".a.bin.partial.json"
    if damage == "gone":
        notes.unlink()
    elif damage == "longer":
        with (tmp_path / "a.bin.partial").open("ab") as stream:
            stream.write(bytes(len(CONTENT)))
    else:
        notes.write_text("{" if damage == "garbage" else json.dumps({"source": "x"}))
    fetch(tmp_path, server).ok()
    assert keeper.asked == [None, None]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_without_a_mark_what_came_is_kept_and_not_gone_on_with(
    server: Server, tmp_path: Path
) -> None:
    keeper = Keeper(server, [50_000], named={}, length=False)
    done = fetch(tmp_path, server)
    assert done.code == 7
    assert (tmp_path / "a.bin.partial").read_bytes() == CONTENT[:50_000]
    assert "what came is kept in" in done.stderr
    assert "goes on from there" not in done.stderr
    fetch(tmp_path, server).ok()
    assert keeper.asked == [None, None]
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_a_refusal_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.handler = lambda asked: error(404, "No such file.")
    assert fetch(tmp_path, server).code == 3
    assert names(tmp_path) == []


def test_a_link_in_place_of_the_beginning_is_not_followed(server: Server, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    (tmp_path / "a.bin.partial").symlink_to("mine")
    Keeper(server)
    fetch(tmp_path, server).ok()
    assert (tmp_path / "mine").read_text() == "precious"
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


def test_two_at_once_do_not_mix(server: Server, tmp_path: Path) -> None:
    def answer(asked: Asked) -> Answer:
        first = len(server.requests) == 1
        body = [CONTENT[:50_000]] if first else [CONTENT]
        return Answer(200, {"ETag": ETAG}, body, end="hang" if first else "ok", length=len(CONTENT))

    server.handler = answer
    command = ("files", "content", "file-1", "-o", "a.bin")
    process = oai_started(*command, server=server, cwd=tmp_path)
    partial = tmp_path / "a.bin.partial"
    end = time.monotonic() + 10
    while not (partial.exists() and partial.stat().st_size == 50_000) and time.monotonic() < end:
        time.sleep(0.02)
    fetch(tmp_path, server).ok()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    assert partial.stat().st_size == 50_000
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=10)
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("limit", [100, 195])
def test_a_full_disk_is_told_and_gone_on_with(server: Server, tmp_path: Path, limit: int) -> None:
    """`limit` KiB are what a file may have; 195 are reached inside the last piece."""
    Keeper(server)
    script = f"ulimit -f {limit}; oai files content file-1 -o a.bin --max-retries 0"
    done = shell(script, server=server, cwd=tmp_path)
    assert done.code == 1
    assert "cannot write a.bin: File too large" in done.stderr
    assert not (tmp_path / "a.bin").exists()
    assert (tmp_path / "a.bin.partial").read_bytes() == CONTENT[: limit * 1024]
    fetch(tmp_path, server).ok()
    assert server.requests[-1].headers["range"] == f"bytes={limit * 1024}-"
    assert (tmp_path / "a.bin").read_bytes() == CONTENT


# -- in the sandbox -------------------------------------------------------------------------------


def test_in_the_sandbox(tmp_path: Path) -> None:
    """The sandbox keeps a beginning's promise: the rest of it is a range."""
    (tmp_path / "in.bin").write_bytes(CONTENT)
    args = ("files", "create", "in.bin", "--purpose", "user_data", "--sandbox")
    file = oai(*args, cwd=tmp_path).ok().json["id"]
    command = ("files", "content", file, "-o", "a.bin", "--sandbox")
    oai(*command, cwd=tmp_path).ok()
    assert (tmp_path / "a.bin").read_bytes() == CONTENT
    asked = ("-H", "Range: bytes=10-19")
    done = oai("files", "content", file, "--sandbox", *asked, cwd=tmp_path)
    assert done.stdout_bytes == CONTENT[10:20]
