"""`oai files create` with one file, with many, and with large ones."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from .support.cli import oai, oai_started, oai_terminal
from .support.server import Answer, Asked, Server, error, reply
from .support.uploads import Taken, Taker

CREATE = ("files", "create")
FOR = ("--purpose", "user_data")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with five files."""
    for name in "abcde":
        (tmp_path / f"{name}.txt").write_text(f"This is {name}.")
    return tmp_path


def names(taker: Taker) -> list[str]:
    """The files that arrived, in the order of the alphabet."""
    return sorted(record["filename"] for record in taker.records)


def failing(name: str, answer: Answer) -> object:
    """A fault of one file."""

    def fault(asked: Asked) -> Answer | None:
        return answer if asked.part("file").filename == name else None

    return fault


# -- one ------------------------------------------------------------------------------------------


def test_one_file_is_an_object(server: Server, place: Path) -> None:
    taker = Taker(server)
    done = oai(*CREATE, "a.txt", *FOR, server=server, cwd=place).ok()
    assert done.json == taker.records[0]
    assert server.only.part("purpose").text == "user_data"
    assert taker.only == b"This is a."


def test_a_pipe_with_a_name(server: Server, place: Path) -> None:
    taker = Taker(server)
    args = (*CREATE, "-", "--filename", "x.txt", *FOR)
    oai(*args, stdin="piped", server=server, cwd=place).ok()
    assert (names(taker), taker.only) == (["x.txt"], b"piped")


def test_a_pipe_cannot_go_in_parts(server: Server, place: Path) -> None:
    args = (*CREATE, "-", "--filename", "x.txt", *FOR, "--resumable")
    done = oai(*args, stdin="piped", server=server, cwd=place)
    assert done.code == 2
    assert "not a pipe" in done.stderr


def test_a_file_whose_name_looks_like_a_pattern(server: Server, place: Path) -> None:
    (place / "a[1].txt").write_text("brackets")
    taker = Taker(server)
    done = oai(*CREATE, "a[1].txt", *FOR, server=server, cwd=place).ok()
    assert done.json["filename"] == "a[1].txt"
    assert taker.only == b"brackets"


@pytest.mark.parametrize("option", [("--resumable",), ("--part-size", "4")])
def test_a_small_file_goes_in_parts_when_asked(
    server: Server, place: Path, option: tuple[str, ...]
) -> None:
    taker = Taker(server)
    done = oai(*CREATE, "a.txt", *FOR, *option, server=server, cwd=place).ok()
    assert server.requests[0].path == "/v1/uploads"
    assert done.json["filename"] == "a.txt"
    assert taker.only == b"This is a."


def test_a_large_file_goes_in_parts_unasked(
    server: Server, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openai_cli.workflows.transfer import send
    from openai_cli.workflows.uploads import several, single

    for module in (send, several, single):
        monkeypatch.setattr(module, "THRESHOLD", 10)
    (place / "big.txt").write_text("more than ten bytes")
    taker = Taker(server)
    oai(*CREATE, "big.txt", *FOR, server=server, cwd=place).ok()
    assert [asked.path for asked in server.requests] == [
        "/v1/uploads",
        "/v1/uploads/upload_0/parts",
        "/v1/uploads/upload_0/complete",
    ]
    server.requests.clear()
    oai(*CREATE, "big.txt", "a.txt", *FOR, server=server, cwd=place).ok()
    assert sorted({asked.path for asked in server.requests}) == [
        "/v1/files",
        "/v1/uploads",
        "/v1/uploads/upload_1/complete",
        "/v1/uploads/upload_1/parts",
    ]
    assert sorted(taker.files.values())[-1] == b"more than ten bytes"


def test_a_server_without_uploads_gets_the_file_whole(
    server: Server, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from openai_cli.workflows.transfer import send
    from openai_cli.workflows.uploads import single

    for module in (send, single):
        monkeypatch.setattr(module, "THRESHOLD", 5)
    taker = Taker(server)
    taker.fault = lambda asked: error(404) if "uploads" in asked.path else None
    done = oai(*CREATE, "a.txt", *FOR, server=server, cwd=place).ok()
    assert "goes in one request" in done.stderr
    assert taker.only == b"This is a."


# -- many -----------------------------------------------------------------------------------------


def test_many_files_and_patterns(server: Server, place: Path) -> None:
    taker = Taker(server)
    (place / "deep" / "er").mkdir(parents=True)
    (place / "deep" / "er" / "f.md").write_text("deep")
    args = ("e.txt", "[ab].txt", "a.txt", "**/*.md")
    done = oai(*CREATE, *args, *FOR, server=server, cwd=place).ok()
    assert names(taker) == ["a.txt", "b.txt", "e.txt", "f.md"]
    assert [file["filename"] for file in done.json] == ["e.txt", "a.txt", "b.txt", "f.md"]
    assert {asked.part("purpose").text for asked in server.requests} == {"user_data"}


def test_a_line_for_each_as_it_arrives(server: Server, place: Path) -> None:
    taker = Taker(server)
    done = oai(*CREATE, "*.txt", *FOR, "-f", "jsonl", server=server, cwd=place).ok()
    assert sorted(file["filename"] for file in done.jsonl) == names(taker)


def test_a_pattern_of_one_is_still_a_list(server: Server, place: Path) -> None:
    Taker(server)
    done = oai(*CREATE, "a*", *FOR, server=server, cwd=place).ok()
    assert [file["filename"] for file in done.json] == ["a.txt"]


def test_they_go_side_by_side(server: Server, place: Path) -> None:
    """Five answers of 100 ms each."""
    taker = Taker(server)

    def after(asked: Asked) -> Answer:
        made = reply(taker.records[-1])
        made.before = 0.1
        return made

    taker.after = after
    started = time.monotonic()
    oai(*CREATE, "*.txt", *FOR, "--jobs", "5", server=server, cwd=place).ok()
    assert time.monotonic() - started < 0.45
    assert len(taker.files) == 5


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_one_failure_leaves_the_others(server: Server, place: Path, form: str) -> None:
    taker = Taker(server)
    taker.fault = failing("c.txt", error(400, "Not this one."))  # type: ignore[assignment]
    done = oai(*CREATE, "*.txt", *FOR, "-f", form, server=server, cwd=place)
    assert done.code == 8
    assert names(taker) == ["a.txt", "b.txt", "d.txt", "e.txt"]
    shown = done.json if form == "json" else done.jsonl
    assert sorted(file["filename"] for file in shown) == names(taker)
    assert "1 of 5 files were not uploaded" in done.stderr
    assert "c.txt: Not this one." in done.stderr.replace("\\n", "\n")


def test_a_failure_that_passes_is_tried_again(
    server: Server, place: Path, no_waiting: None
) -> None:
    taker = Taker(server)
    storm = iter([429, 500, 503, 429, 500])

    def fault(asked: Asked) -> Answer | None:
        status = next(storm, 0)
        return error(status, retry_after_ms="1") if status else None

    taker.fault = fault
    oai(*CREATE, "*.txt", *FOR, "--max-retries", "5", server=server, cwd=place).ok()
    assert sorted(taker.files.values()) == [f"This is {n}.".encode() for n in "abcde"]


def test_a_wrong_key_ends_it_at_once(server: Server, place: Path) -> None:
    server.handler = lambda asked: error(401, "Wrong key.")
    done = oai(*CREATE, "*.txt", *FOR, "--jobs", "1", server=server, cwd=place)
    assert done.code == 4
    assert len(server.requests) <= 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("a.txt", "nope.txt"), "nope.txt"),
        (("*.nope",), "no file matches *.nope"),
        (("a.txt", "."), "vector-stores upload"),
        (("a.txt", "-"), "stands alone"),
        (("a.txt", "b.txt", "--filename", "x"), "--filename"),
        (("a.txt", "b.txt", "-f", "raw"), "jsonl"),
        (("a.txt", "b.txt", "--jobs", "0"), "--jobs"),
        (("a.txt", "--part-size", "1GB"), "--part-size"),
    ],
)
def test_what_cannot_be_meant_sends_nothing(
    server: Server, place: Path, args: tuple[str, ...], said: str
) -> None:
    done = oai(*CREATE, *args, *FOR, server=server, cwd=place)
    assert (done.code, server.requests) == (2, [])
    assert said in done.stderr


def test_a_missing_purpose_is_named_first(server: Server, place: Path) -> None:
    done = oai(*CREATE, "a.txt", "b.txt", server=server, cwd=place)
    assert (done.code, server.requests) == (2, [])
    assert "--purpose" in done.stderr


def test_a_dry_run_shows_a_request_a_file(server: Server, place: Path) -> None:
    done = oai(*CREATE, "a.txt", "b.txt", *FOR, "--dry-run", server=server, cwd=place).ok()
    assert [asked["parts"][1]["filename"] for asked in done.json] == ["a.txt", "b.txt"]
    done = oai(*CREATE, "a.txt", "b.txt", *FOR, "--curl", server=server, cwd=place).ok()
    assert done.stdout.count("curl ") == 2
    assert "sk-test" not in done.stdout


@pytest.mark.slow
def test_ctrl_c_shows_what_arrived_and_how_to_go_on(server: Server, place: Path) -> None:
    taker = Taker(server)
    (place / "big.bin").write_bytes(bytes(range(40)))

    def stuck() -> bool:
        return any(upload.announced["bytes"] == 40 and len(upload.parts) >= 6 for upload in taken())

    def taken() -> list[Taken]:
        return list(taker.uploads.values())

    def fault(asked: Asked) -> Answer | None:
        big = asked.path.endswith("/parts") and len(asked.part("data").content) == 4
        return Answer(end="hang", status=0) if big and stuck() else None

    taker.fault = fault
    (place / "a.txt").write_text("abc")
    args = (*CREATE, "a.txt", "big.bin", *FOR, "--part-size", "4", "--jobs", "2")
    process = oai_started(*args, server=server, cwd=place)
    end = time.monotonic() + 15
    while not (stuck() and taker.files) and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert b'"filename": "a.txt"' in out
    assert b"1 of 2 files were uploaded" in err
    assert b"`oai uploads resume big.bin` sends what is missing" in err
    taker.fault = lambda asked: None
    oai("uploads", "resume", server=server, cwd=place).ok()
    assert taker.files["file-1"] == bytes(range(40))


@pytest.mark.slow
def test_progress_of_each_and_of_all(server: Server, place: Path) -> None:
    taker = Taker(server)
    for name in "abcde":
        (place / f"{name}.txt").write_bytes(bytes(3_000_000))

    def after(asked: Asked) -> Answer:
        made = reply(taker.records[-1])
        made.before = 0.6
        return made

    taker.after = after
    screen = oai_terminal(*CREATE, "*.txt", *FOR, "--jobs", "2", server=server, cwd=place)
    assert screen.code == 0
    assert " % of 3 MB" in screen.raw
    assert " of 5 files, sent " in screen.raw
    assert " of 15 MB " in screen.raw
    assert " of 5 files" not in screen.text


@pytest.mark.slow
def test_lines_on_a_terminal_are_not_mixed_with_the_progress(server: Server, place: Path) -> None:
    """Each object takes the place of what was live, which comes back below it."""
    taker = Taker(server)
    for name in "abcde":
        (place / f"{name}.txt").write_bytes(bytes(2_000_000))

    def after(asked: Asked) -> Answer:
        made = reply(taker.records[-1])
        made.before = 0.5
        return made

    taker.after = after
    args = ("*.txt", *FOR, "--jobs", "1", "-f", "jsonl", "--jq", ".filename")
    screen = oai_terminal(*CREATE, *args, server=server, cwd=place)
    assert " of 5 files, sent " in screen.raw
    assert screen.text.splitlines() == [f"{name}.txt" for name in "abcde"]


# -- in the sandbox -------------------------------------------------------------------------------


def test_in_the_sandbox(place: Path) -> None:
    args = ("*.txt", *FOR, "--part-size", "3", "--sandbox", "-f", "jsonl")
    made = oai(*CREATE, *args, cwd=place).ok().jsonl
    for file in made:
        back = oai("files", "content", file["id"], "--sandbox", cwd=place).ok()
        assert back.stdout_bytes == (place / file["filename"]).read_bytes()
    assert len(made) == 5
