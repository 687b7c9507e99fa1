"""The command as a process: live output, signals, pipes that close, disks that fill up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .support.api import chat, page
from .support.cli import ROOT, environment, oai_process, oai_started, shell
from .support.server import Answer, Server, raw, reply, sse

FULL = Path("/dev/full")


def endless(size: int = 3) -> Any:
    """A list that never ends."""

    def answer(asked: Any) -> Answer:
        after = dict(asked.query).get("after", "file-0")
        start = int(after.removeprefix("file-")) + 1
        return reply(page(range(start, start + size), True))

    return answer


def read_until(process: subprocess.Popen[bytes], wanted: bytes) -> bytes:
    """stdout up to some text; fails after ten seconds."""
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    seen = b""
    end = time.monotonic() + 10
    while wanted not in seen:
        assert time.monotonic() < end, seen
        seen += process.stdout.read() or b""
        time.sleep(0.01)
    return seen


@pytest.mark.parametrize("style", ["text", "jsonl"])
def test_tokens_are_written_when_they_arrive(server: Server, style: str) -> None:
    server.answer(sse(chat("Hello", " world")[:2], done=False, end="hang"))
    process = oai_started("chat", "create", "hi", "-f", style, server=server)
    try:
        read_until(process, b"Hello")
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


def test_items_are_written_when_their_page_arrives(server: Server) -> None:
    server.answer(reply(page([1, 2], True)), Answer(status=0, end="hang"))
    process = oai_started("files", "list", server=server)
    try:
        read_until(process, b"file-2")
        assert process.poll() is None
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_stream_keeps_its_text(server: Server, number: int, code: int) -> None:
    server.answer(sse(chat("Hello", " there")[:3], done=False, end="hang"))
    process = oai_started("chat", "create", "hi", server=server)
    read_until(process, b"Hello there")
    process.send_signal(number)
    rest, stderr = process.communicate(timeout=10)
    assert process.returncode == code
    assert b"Traceback" not in stderr
    assert b"interrupted" in stderr
    assert rest in (b"", b"\n")


def test_an_interrupted_stream_into_a_file_keeps_the_part(server: Server, tmp_path: Path) -> None:
    server.answer(sse(chat("Hello", " there")[:3], done=False, end="hang"))
    process = oai_started("chat", "create", "hi", "-o", "a.txt", server=server, cwd=tmp_path)
    end = time.monotonic() + 10
    while not server.requests and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == 130
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt.partial"]
    assert (tmp_path / "a.txt.partial").read_text().rstrip("\n") == "Hello there"
    assert b"a.txt.partial" in stderr


def test_an_interrupted_download_is_kept_beside_its_place(server: Server, tmp_path: Path) -> None:
    server.answer(
        Answer(200, {"Content-Type": "audio/mpeg"}, [bytes(70_000)], end="hang", length=500_000)
    )
    process = oai_started("files", "content", "f", "-o", "a.bin", server=server, cwd=tmp_path)
    end = time.monotonic() + 10
    partial = tmp_path / "a.bin.partial"
    while not (partial.exists() and partial.stat().st_size == 70_000) and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=10)
    assert process.returncode == 130
    assert not (tmp_path / "a.bin").exists()
    assert partial.read_bytes() == bytes(70_000)
    assert b"a.bin.partial; the same command goes on from there" in stderr


def test_an_interrupt_while_waiting_for_a_retry(server: Server) -> None:
    from .support.server import error

    server.answer(error(429, retry_after="60"))
    process = oai_started("models", "list", server=server)
    assert process.stderr is not None
    seen = b""
    while b"try 2 of 3" not in seen:
        seen += process.stderr.read1()  # type: ignore[attr-defined]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)
    assert process.returncode == 130


@pytest.mark.parametrize("style", ["json", "jsonl", "table", "csv"])
def test_a_broken_pipe_ends_quietly(server: Server, style: str) -> None:
    server.handler = endless()
    done = shell(f"oai files list -f {style} | head -n 1", server=server)
    assert (done.code, done.stderr) == (0, "")
    assert len(done.lines) == 1


def test_a_broken_pipe_in_a_stream(server: Server) -> None:
    lines = chat(*["line\n"] * 200)
    server.answer(sse(lines, pause=0.005))
    done = shell("oai chat create hi | head -n 1; echo ${PIPESTATUS[0]} >&2", server=server)
    assert done.stdout == "line\n"
    assert done.stderr.strip() in ("0", "141")


def test_a_broken_pipe_of_binary(server: Server) -> None:
    server.answer(raw(bytes(5_000_000)))
    done = shell("oai files content f | head -c 10 | wc -c", server=server)
    assert (done.stdout.strip(), done.stderr) == ("10", "")


def test_help_in_a_broken_pipe() -> None:
    done = shell("oai chat create --help | head -n 1")
    assert (done.code, done.stderr) == (0, "")


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "args",
    [
        ["files", "list"],
        ["files", "list", "-f", "table"],
        ["files", "list", "-o", "/dev/full"],
        ["--help"],
    ],
)
def test_a_full_disk(server: Server, args: list[str]) -> None:
    server.handler = lambda asked: reply(page(range(1, 300)))
    with FULL.open("wb") as full:
        done = oai_process(*args, server=server, stdout=full)
    assert done.code == 1
    assert done.stderr.startswith("error: cannot write")
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_a_full_disk_keeps_what_fitted(server: Server, tmp_path: Path) -> None:
    server.answer(sse(chat(*["x" * 1000 for _ in range(300)])))
    done = shell("ulimit -f 100; oai chat create hi -o out.txt", server=server, cwd=tmp_path)
    assert done.code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt.partial"]
    assert (tmp_path / "out.txt.partial").stat().st_size > 50_000
    assert "File too large" in done.stderr and "out.txt.partial" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("redirect", [">&-", ">&- 2>&-", "2>&-"])
def test_closed_streams(server: Server, redirect: str) -> None:
    server.handler = lambda asked: reply(page([1]))
    done = shell(f"oai files list {redirect}; echo $?", server=server)
    code = done.lines[-1]
    if ">&-" in redirect.replace("2>&-", ""):
        assert code == "1"
        assert "Traceback" not in done.stderr
        if "2" not in redirect:
            assert "stdout is closed" in done.stderr
    else:
        assert code == "0"
        assert "file-1" in done.stdout


def test_a_locale_without_unicode(server: Server) -> None:
    server.answer(sse(chat("größer 🎈")))
    env = {"LC_ALL": "C", "LANG": "C", "PYTHONIOENCODING": None}
    done = oai_process("chat", "create", "ü", server=server, env=env).ok()
    assert done.stdout == "größer 🎈\n"
    assert server.only.json["messages"][0]["content"] == "ü"


def test_a_missing_home(server: Server) -> None:
    server.answer(reply({"id": "m"}))
    env = {"OAI_HOME": None, "HOME": "/nonexistent"}
    oai_process("models", "retrieve", "m", server=server, env=env).ok()


def test_no_terminal_no_questions(server: Server) -> None:
    """In a script nobody can answer: the command is taken at its word, and never waits."""
    server.answer(reply({"id": "file-1", "deleted": True}))
    oai_process("files", "delete", "file-1", server=server, timeout=10).ok()


def test_the_module_and_the_command_are_one() -> None:
    script = Path(sys.executable).parent / "oai"
    if not script.exists():
        pytest.skip("not installed")
    done = subprocess.run(
        [script, "--version"], env=environment(), capture_output=True, check=True, timeout=20
    )
    assert done.stdout == oai_process("--version").ok().stdout_bytes


EARLY = """
import builtins, os, signal
from openai_cli.__main__ import main
usual = builtins.__import__
def load(name, *rest):
    if name == "typer":
        os.kill(os.getpid(), signal.SIGINT)
    return usual(name, *rest)
builtins.__import__ = load
main()
"""


def test_ctrl_c_while_it_starts() -> None:
    done = subprocess.run(
        [sys.executable, "-c", EARLY],
        env=environment({"PYTHONPATH": str(ROOT)}),
        capture_output=True,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (130, b"")
