"""Files in parts: sent side by side, resumed after an interruption, whole at the end."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from .support.cli import Outcome, oai, oai_process, oai_started, oai_terminal
from .support.server import Answer, Asked, Server, error, reply
from .support.uploads import Taker, journals

CONTENT = random.Random(4).randbytes(10_500)
RUN = ("uploads", "run", "big.bin", "--purpose", "user_data", "--part-size", "1KB")
COUNT = 11


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the file."""
    (tmp_path / "big.bin").write_bytes(CONTENT)
    return tmp_path


def is_part(asked: Asked) -> bool:
    """Whether a request brings a part."""
    return asked.path.endswith("/parts")


def break_off(server: Server, place: Path, arrive: int, **options: object) -> Taker:
    """A run that ends after some parts have arrived."""
    taker = Taker(server, **options)  # type: ignore[arg-type]

    def fault(asked: Asked) -> Answer | None:
        return error(400, "Enough.") if is_part(asked) and len(taker.parts) >= arrive else None

    taker.fault = fault
    done = oai(*RUN, "--jobs", "1", server=server, cwd=place)
    assert done.code == 1, done.stderr
    assert len(taker.parts) == arrive
    assert "`oai uploads resume" in done.stderr
    taker.fault = lambda asked: None
    server.requests.clear()
    return taker


def resume(*args: str, server: Server, place: Path) -> Outcome:
    """`oai uploads resume`."""
    return oai("uploads", "resume", *args, server=server, cwd=place)


# -- the way it goes ------------------------------------------------------------------------------


def test_a_file_in_parts(server: Server, place: Path, isolated: Path) -> None:
    taker = Taker(server)
    done = oai(*RUN, server=server, cwd=place).ok()
    assert taker.only == CONTENT
    assert done.json == taker.records[0]
    assert sorted(map(len, taker.parts)) == [500] + [1000] * 10
    assert server.requests[0].json == {
        "purpose": "user_data",
        "bytes": len(CONTENT),
        "filename": "big.bin",
        "mime_type": "application/octet-stream",
    }
    assert journals(isolated) == []
    assert done.stderr == ""


def test_the_order_is_the_files_whatever_comes_first(server: Server, place: Path) -> None:
    """The first two parts fail once, and arrive behind others."""
    taker = Taker(server)
    failing = [CONTENT[:1000], CONTENT[1000:2000]]

    def fault(asked: Asked) -> Answer | None:
        if is_part(asked) and asked.part("data").content in failing:
            failing.remove(asked.part("data").content)
            return error(500, retry_after_ms="80")
        return None

    taker.fault = fault
    oai(*RUN, "--jobs", "5", server=server, cwd=place).ok()
    assert taker.parts[0] not in (CONTENT[:1000], CONTENT[1000:2000])
    assert len(taker.parts) == COUNT
    assert taker.only == CONTENT


def test_parts_go_side_by_side(server: Server, place: Path) -> None:
    """Each answer takes 50 ms; eleven of them one after another would take 550."""
    taker = Taker(server)
    slow = {"before": 0.05}

    def after(asked: Asked) -> Answer | None:
        if not is_part(asked):
            return None
        made = reply({"id": f"part_{len(taker.parts) - 1}", "upload_id": "upload_0"})
        made.before = slow["before"]
        return made

    taker.after = after
    started = time.monotonic()
    oai(*RUN, "--jobs", "11", server=server, cwd=place).ok()
    assert time.monotonic() - started < 0.5
    assert taker.only == CONTENT


def test_options_of_the_file(server: Server, place: Path) -> None:
    taker = Taker(server)
    more = ("--filename", "a.jsonl", "--expires-after.seconds", "3600")
    oai(*RUN, *more, server=server, cwd=place).ok()
    told = server.requests[0].json
    assert (told["filename"], told["mime_type"]) == ("a.jsonl", "text/jsonl")
    assert told["expires_after"] == {"anchor": "created_at", "seconds": 3600}
    assert taker.records[0]["filename"] == "a.jsonl"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("big.bin",), "--purpose"),
        (("nope.bin", "--purpose", "batch"), "nope.bin"),
        (("empty.bin", "--purpose", "batch"), "empty"),
        (("huge.bin", "--purpose", "batch"), "8 GiB"),
        ((".", "--purpose", "batch"), "folder"),
        (("big.bin", "--purpose", "batch", "--part-size", "65MiB"), "64 MiB"),
        (("big.bin", "--purpose", "batch", "--part-size", "some"), "16MB"),
        (("big.bin", "--purpose", "batch", "--jobs", "0"), "--jobs"),
    ],
)
def test_what_cannot_be_sent(server: Server, place: Path, args: tuple[str, ...], said: str) -> None:
    (place / "empty.bin").touch()
    with (place / "huge.bin").open("wb") as stream:
        stream.truncate((8 << 30) + 1)
    done = oai("uploads", "run", *args, server=server, cwd=place)
    assert (done.code, server.requests) == (2, [])
    assert said in done.stderr


def test_a_dry_run_shows_the_first_request(server: Server, place: Path) -> None:
    done = oai(*RUN, "--dry-run", server=server, cwd=place).ok()
    assert done.json["body"]["bytes"] == len(CONTENT)
    assert "11 parts follow" in done.stderr
    assert server.requests == []


# -- going on -------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["file", "id", "nothing", "run"])
def test_only_what_is_missing_is_sent(server: Server, place: Path, how: str) -> None:
    taker = break_off(server, place, 6)
    if how == "run":
        done = oai(*RUN, server=server, cwd=place).ok()
    else:
        which = {"file": ["big.bin"], "id": ["upload_0"], "nothing": []}[how]
        done = resume(*which, server=server, place=place).ok()
    assert taker.only == CONTENT
    assert len([asked for asked in server.requests if is_part(asked)]) == COUNT - 6
    assert len(taker.uploads) == 1
    assert "going on with upload_0: 6 of 11 parts are there" in done.stderr
    assert done.json["id"] == "file-0"


def test_what_comes_next_can_be_looked_at(server: Server, place: Path) -> None:
    break_off(server, place, 6)
    done = resume("--dry-run", server=server, place=place).ok()
    assert done.json["parts"][0]["offset"] == 6000
    assert done.json["parts"][0]["length"] == 1000
    assert "5 of 11 parts of upload_0 are missing" in done.stderr
    assert resume("--curl", server=server, place=place).code == 2
    assert server.requests == []


def test_a_file_that_changed_is_refused(server: Server, place: Path) -> None:
    taker = break_off(server, place, 6)
    (place / "big.bin").write_bytes(b"x" + CONTENT[1:])
    done = resume(server=server, place=place)
    assert done.code == 1
    assert "big.bin changed since its upload began" in done.stderr
    assert "uploads run" in done.stderr
    assert server.requests == []
    done = oai(*RUN, server=server, cwd=place).ok()
    assert "the file changed since then; starting anew" in done.stderr
    assert taker.only == b"x" + CONTENT[1:]
    assert taker.uploads["upload_0"].status == "cancelled"


def test_a_change_behind_the_same_time_and_size_is_noticed(server: Server, place: Path) -> None:
    taker = break_off(server, place, 6)
    file = place / "big.bin"
    info = file.stat()
    file.write_bytes(b"x" + CONTENT[1:])
    os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))
    done = resume(server=server, place=place)
    assert done.code == 1
    assert "changed since its upload began" in done.stderr
    assert taker.files == {}


def test_a_new_time_alone_is_no_change(server: Server, place: Path) -> None:
    taker = break_off(server, place, 6)
    os.utime(place / "big.bin")
    resume(server=server, place=place).ok()
    assert len(server.requests) == COUNT - 6 + 1
    assert taker.only == CONTENT


def test_a_file_that_changes_while_it_is_sent(server: Server, place: Path) -> None:
    taker = Taker(server)

    def after(asked: Asked) -> Answer | None:
        if is_part(asked) and len(taker.parts) == 4:
            with (place / "big.bin").open("r+b") as stream:
                stream.write(b"other")
            os.utime(place / "big.bin", (1, 1))
        return None

    taker.after = after
    done = oai(*RUN, "--jobs", "1", server=server, cwd=place)
    assert done.code == 1
    assert "changed since its upload began" in done.stderr
    assert taker.files == {}


@pytest.mark.slow
def test_an_expired_upload_is_begun_anew(server: Server, place: Path) -> None:
    taker = break_off(server, place, 6, lifetime=1)
    time.sleep(1.1)
    done = resume(server=server, place=place).ok()
    assert "upload_0 cannot go on: it has expired; starting anew" in done.stderr
    assert len(taker.uploads) == 2
    assert taker.only == CONTENT


def test_an_upload_the_server_forgot_is_begun_anew(server: Server, place: Path) -> None:
    taker = break_off(server, place, 6)
    taker.uploads["upload_0"].status = "expired"
    done = resume(server=server, place=place).ok()
    assert "the upload is over" in done.stderr
    assert "starting anew" in done.stderr
    assert taker.only == CONTENT


@pytest.mark.slow
def test_an_answer_to_the_joining_that_nobody_heard(server: Server, place: Path) -> None:
    """The file was made; it is found instead of being sent again, even after its upload's time."""
    taker = Taker(server, lifetime=1)
    taker.after = lambda asked: error(400, "Odd.") if "complete" in asked.path else None
    done = oai(*RUN, server=server, cwd=place).ok()
    assert done.json["id"] == "file-0"
    taker.after = lambda asked: (
        error(503, x_should_retry="false") if "complete" in asked.path else None
    )
    (place / "big.bin").write_bytes(CONTENT + b"more")
    done = oai(*RUN, server=server, cwd=place)
    assert done.code == 6
    assert len(taker.files) == 2
    time.sleep(1.1)
    server.requests.clear()
    taker.after = lambda asked: None
    done = resume(server=server, place=place).ok()
    assert done.json["id"] == "file-1"
    assert [asked for asked in server.requests if is_part(asked)] == []
    assert len(taker.files) == 2


def test_another_checksum_makes_no_file(server: Server, place: Path, isolated: Path) -> None:
    """Somewhere on the way a part was damaged."""
    taker = Taker(server)

    def after(asked: Asked) -> Answer | None:
        upload = taker.uploads["upload_0"]
        upload.parts = {id: bytes(len(content)) for id, content in upload.parts.items()}
        return None

    taker.after = after
    done = oai(*RUN, server=server, cwd=place)
    assert done.code == 1
    assert "md5" in done.stderr
    assert "starts anew" in done.stderr
    assert (taker.files, journals(isolated)) == ({}, [])


def test_which_of_several_has_to_be_said(server: Server, place: Path) -> None:
    break_off(server, place, 2)
    (place / "other.bin").write_bytes(CONTENT)
    taker = Taker(server)
    taker.fault = lambda asked: error(400) if is_part(asked) else None
    oai("uploads", "run", "other.bin", "--purpose", "p", server=server, cwd=place)
    done = resume(server=server, place=place)
    assert done.code == 2
    assert "several are unfinished" in done.stderr
    assert "big.bin (2 of 11 parts)" in done.stderr
    assert "other.bin (0 of 1 parts)" in done.stderr
    assert resume("none.bin", server=server, place=place).code == 2


def test_nothing_to_resume(server: Server, place: Path) -> None:
    done = resume(server=server, place=place)
    assert done.code == 2
    assert "oai uploads run" in done.stderr


# -- the state ------------------------------------------------------------------------------------


def test_each_part_is_noted_before_the_next(server: Server, place: Path, isolated: Path) -> None:
    break_off(server, place, 3)
    ((head, *lines),) = journals(isolated)
    assert head["upload"] == "upload_0"
    assert [line["part"] for line in lines] == [0, 1, 2]
    (file,) = isolated.glob("state/uploads/*.jsonl")
    assert file.stat().st_mode & 0o077 == 0
    assert "sk-test" not in file.read_text()


def test_a_torn_last_line_does_not_count(server: Server, place: Path, isolated: Path) -> None:
    taker = break_off(server, place, 6)
    (file,) = isolated.glob("state/uploads/*.jsonl")
    file.write_bytes(file.read_bytes()[:-20])
    done = resume(server=server, place=place).ok()
    assert "5 of 11 parts are there" in done.stderr
    assert taker.only == CONTENT


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\0" * 400 + b"\n",
        b"[]\n",
        b"{}\n",
        b"garbage\n",
        b'{"version": 99}\n',
    ],
)
def test_a_damaged_state_is_told_and_left(
    server: Server, place: Path, isolated: Path, damage: bytes
) -> None:
    taker = break_off(server, place, 6)
    (file,) = isolated.glob("state/uploads/*.jsonl")
    file.write_bytes(damage)
    done = oai(*RUN, server=server, cwd=place).ok()
    assert "is damaged" in done.stderr
    assert taker.only == CONTENT


def test_parts_that_are_none_are_damage(server: Server, place: Path, isolated: Path) -> None:
    taker = break_off(server, place, 6)
    (file,) = isolated.glob("state/uploads/*.jsonl")
    for wrong in ({"part": 99, "id": "x", "sha256": "0" * 64}, {"part": 1, "id": "x"}):
        with file.open("a") as stream:
            stream.write(json.dumps(wrong) + "\n")
        assert resume(server=server, place=place).code == 2
    oai(*RUN, server=server, cwd=place).ok()
    assert taker.only == CONTENT


def test_state_that_cannot_be_written_does_not_end_the_upload(
    server: Server, place: Path, isolated: Path
) -> None:
    (isolated / "state").mkdir()
    (isolated / "state" / "uploads").touch()
    taker = Taker(server)
    done = oai(*RUN, server=server, cwd=place).ok()
    assert taker.only == CONTENT
    assert done.stderr.count("the state of the upload cannot be noted") == 1


def test_accounts_do_not_share_uploads(server: Server, place: Path) -> None:
    break_off(server, place, 6)
    done = oai("uploads", "resume", "--project", "other", server=server, cwd=place)
    assert done.code == 2


# -- other processes, Ctrl-C, a terminal ----------------------------------------------------------


def hanging(taker: Taker) -> None:
    """From the sixth part on there is no answer."""

    def fault(asked: Asked) -> Answer | None:
        if is_part(asked) and len(taker.parts) >= 5:
            return Answer(end="hang", status=0)
        return None

    taker.fault = fault


def until(taker: Taker, count: int) -> None:
    """Wait until some parts have arrived."""
    end = time.monotonic() + 15
    while len(taker.parts) < count and time.monotonic() < end:
        time.sleep(0.01)
    assert len(taker.parts) >= count


@pytest.mark.slow
def test_two_at_once_and_ctrl_c(server: Server, place: Path) -> None:
    taker = Taker(server)
    hanging(taker)
    process = oai_started(*RUN, "--jobs", "2", server=server, cwd=place)
    until(taker, 5)
    time.sleep(0.2)
    second = oai(*RUN, server=server, cwd=place)
    assert second.code == 1
    assert "another oai is sending big.bin" in second.stderr
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    out, err = process.communicate(timeout=15)
    assert time.monotonic() - started < 8
    assert (process.returncode, out) == (130, b"")
    assert b"`oai uploads resume big.bin` sends what is missing" in err
    assert b"Traceback" not in err
    taker.fault = lambda asked: None
    server.requests.clear()
    resume("big.bin", server=server, place=place).ok()
    assert len([asked for asked in server.requests if is_part(asked)]) == COUNT - 5
    assert taker.only == CONTENT


def test_killed_and_gone_on_with(server: Server, place: Path) -> None:
    taker = Taker(server)
    hanging(taker)
    process = oai_started(*RUN, "--jobs", "1", server=server, cwd=place)
    until(taker, 5)
    time.sleep(0.2)
    process.kill()
    process.communicate()
    taker.fault = lambda asked: None
    server.requests.clear()
    oai_process("uploads", "resume", server=server, cwd=place).ok()
    assert len([asked for asked in server.requests if is_part(asked)]) == COUNT - 5
    assert taker.only == CONTENT
    assert len(taker.uploads) == 1


@pytest.mark.slow
def test_progress_on_a_terminal(server: Server, place: Path) -> None:
    taker = Taker(server)

    def after(asked: Asked) -> Answer | None:
        if not is_part(asked):
            return None
        made = reply({"id": f"part_{len(taker.parts) - 1}", "upload_id": "upload_0"})
        made.before = 0.15
        return made

    taker.after = after
    screen = oai_terminal(*RUN, "--jobs", "1", server=server, cwd=place)
    assert screen.code == 0
    assert "of 10.5 kB" in screen.raw or "of 10 kB" in screen.raw
    assert "sent " in screen.raw
    assert "sent " not in screen.text
