"""Uploads under everything that can go wrong: nothing lost, nothing doubled, counted by the server.

A line that breaks at every byte, storms of errors, answers that come twice, disks that are full,
kills at every part, and a gibibyte in little memory.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from .support.cli import ROOT, environment, oai, oai_started, shell
from .support.server import Answer, Asked, Server, dropped, error, reply
from .support.uploads import Line, Taker, journals

pytestmark = pytest.mark.slow

SHARES = 12
SMALL = b"abcde"
RUN = ("uploads", "run", "s", "--purpose", "p", "--jobs", "1", "--part-size", "2")
PATIENCE = ("--timeout", "20")
CONTENT = random.Random(5).randbytes(40_000)
LARGER = ("uploads", "run", "l", "--purpose", "p", "--part-size", "1KB")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a file of three parts and one of forty."""
    (tmp_path / "s").write_bytes(SMALL)
    (tmp_path / "l").write_bytes(CONTENT)
    return tmp_path


def is_part(asked: Asked) -> bool:
    """Whether a request brings a part."""
    return asked.path.endswith("/parts")


# -- a line that breaks ---------------------------------------------------------------------------


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("way", ["up", "down"])
def test_a_line_cut_at_every_byte(
    place: Path, tmp_path_factory: pytest.TempPathFactory, way: str, share: int
) -> None:
    """The first run ends at the break; the second brings what is missing. At most the one request
    under way is made twice, and never a file."""
    at, broke, failures = share, True, 0
    while broke:
        server = Server()
        taker = Taker(server)
        home = {"OAI_HOME": str(tmp_path_factory.mktemp("home"))}
        with Line(server, **{way: at}) as line:
            env = {"OPENAI_BASE_URL": line.url, **home}
            first = oai(*RUN, *PATIENCE, "--max-retries", "0", env=env, cwd=place)
            broke = line.broke
            # Behind the last byte of an answer a break may go unnoticed.
            assert first.code in ((0, 7) if broke else (0,)), f"{way} {at}: {first.stderr}"
            failures += first.code == 7
            if first.code:
                again = oai(*RUN, *PATIENCE, "--max-retries", "0", env=env, cwd=place)
                assert again.code == 0, f"{way} {at}: {again.stderr}"
        server.close()
        assert taker.only == SMALL, f"{way} {at}"
        lost = Counter(taker.parts) - Counter([SMALL[:2], SMALL[2:4], SMALL[4:]])
        assert lost.total() <= 1, f"{way} {at}: {taker.parts}"
        assert len(taker.uploads) <= 2
        assert not broke or lost.total() + len(taker.uploads) <= 2, f"{way} {at}"
        at += SHARES
    assert failures > 1000 / SHARES


@pytest.mark.parametrize("share", range(4))
def test_a_line_that_breaks_is_no_trouble_within_the_tries(
    place: Path, no_waiting: None, share: int
) -> None:
    """One command is enough, and a server that knows a request again makes nothing twice."""
    for at in range(share * 13, 2400, 4 * 13):
        server = Server()
        taker = Taker(server, remembers=True)
        with Line(server, up=at) as line:
            oai(*RUN, *PATIENCE, env={"OPENAI_BASE_URL": line.url}, cwd=place).ok()
        server.close()
        assert taker.only == SMALL
        assert (len(taker.uploads), len(taker.parts)) == (1, 3)


# -- storms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_storms_of_refusals(server: Server, place: Path, no_waiting: None, seed: int) -> None:
    """Half of all requests are refused or dropped; each part is tried again alone."""
    taker = Taker(server)
    chance = random.Random(seed)
    kinds = [429, 500, 503, 408, 0]

    def fault(asked: Asked) -> Answer | None:
        if chance.random() < 0.5:
            return None
        status = chance.choice(kinds)
        return error(status, retry_after_ms="1") if status else dropped()

    taker.fault = fault
    oai(*LARGER, "--jobs", "6", "--max-retries", "20", server=server, cwd=place).ok()
    assert taker.only == CONTENT
    assert (len(taker.uploads), len(taker.parts)) == (1, 40)


def test_a_storm_that_outlasts_the_tries(server: Server, place: Path, no_waiting: None) -> None:
    """Runs in vain are repeated; every one leaves what it brought."""
    taker = Taker(server)
    chance = random.Random(3)
    taker.fault = lambda asked: error(500) if chance.random() < 0.15 else None
    for _ in range(60):
        done = oai(*LARGER, "--max-retries", "0", server=server, cwd=place)
        if done.code == 0:
            break
        assert done.code == 6
    assert taker.only == CONTENT
    assert len(taker.uploads) == 1
    assert len(taker.parts) == 40


# -- a server that answers twice ------------------------------------------------------------------


class Stutterer:
    """In front of a server: each answer to a part comes twice on its connection."""

    def __init__(self, server: Server) -> None:
        self._port = server.port
        self._ends: list[socket.socket] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}/v1"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.create_connection(("127.0.0.1", self._port))
                self._ends += [near, far]
                for one, other, times in ((near, far, 1), (far, near, 2)):
                    carry = threading.Thread(target=self._carry, args=(one, other, times))
                    carry.daemon = True
                    carry.start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket, times: int) -> None:
        with suppress(OSError):
            whole = b""
            while data := one.recv(1 << 16):
                if times == 1:
                    other.sendall(data)
                    continue
                whole += data
                head, _, body = whole.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
                if length and len(body) >= length:
                    other.sendall(whole * (2 if b"upload.part" in whole else 1))
                    whole = b""
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """No more connections."""
        for end in (self._door, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.fixture
def stutterer(server: Server) -> Iterator[Stutterer]:
    """One for this test."""
    made = Stutterer(server)
    yield made
    made.close()


@pytest.mark.parametrize("jobs", ["1", "4"])
def test_a_server_that_answers_twice(
    server: Server, stutterer: Stutterer, place: Path, no_waiting: None, jobs: str
) -> None:
    """On several connections an answer can pass for another's before that shows. Then the checksum
    stops the file, and the same command starts anew."""
    taker, tries = Taker(server), 0
    words = (*LARGER, "--jobs", jobs)
    while (done := oai(*words, env={"OPENAI_BASE_URL": stutterer.url}, cwd=place)).code:
        tries += 1
        assert jobs == "4" and tries < 5, done.stderr
        assert "md5 does not match" in done.stderr
        assert not taker.files
    assert taker.only == CONTENT


def test_an_answer_about_another_part_is_not_believed(server: Server, place: Path) -> None:
    taker = Taker(server)
    stale: list[Answer] = []

    def after(asked: Asked) -> Answer | None:
        if not is_part(asked):
            return None
        stale.append(reply({"id": f"part_{len(taker.parts) - 1}", "upload_id": "upload_0"}))
        return stale[0] if len(stale) == 2 else None

    taker.after = after
    oai(*LARGER, "--jobs", "1", server=server, cwd=place).ok()
    assert taker.only == CONTENT
    assert len(taker.parts) == 41


# -- full disks -----------------------------------------------------------------------------------


def test_a_full_disk_does_not_end_an_upload(server: Server, place: Path, isolated: Path) -> None:
    """A KiB of state holds the beginning only: the upload goes on, and says what that means."""
    taker = Taker(server)
    script = "ulimit -f 1; oai uploads run l --purpose p --part-size 1KB --jobs 2"
    done = shell(script, server=server, cwd=place).ok()
    assert done.stderr.count("the state of the upload cannot be noted") == 1
    assert taker.only == CONTENT
    assert journals(isolated) == []


def test_state_on_a_full_disk_is_still_of_use(server: Server, place: Path, isolated: Path) -> None:
    taker = Taker(server)
    taker.fault = lambda asked: error(400) if is_part(asked) and len(taker.parts) >= 30 else None
    script = "ulimit -f 1; oai uploads run l --purpose p --part-size 1KB --jobs 1"
    assert shell(script, server=server, cwd=place).code == 1
    taker.fault = lambda asked: None
    done = oai("uploads", "resume", server=server, cwd=place).ok()
    assert taker.only == CONTENT
    assert len(taker.uploads) == 1
    assert 40 < len(taker.parts) < 70
    assert "of 40 parts are there" in done.stderr


# -- kills ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 7, 39])
@pytest.mark.parametrize("answered", [True, False])
def test_killed_after_a_part(server: Server, place: Path, after: int, answered: bool) -> None:
    """`kill -9` when that many parts are there; an answer that was on its way may be lost."""
    taker = Taker(server)
    hang = Answer(end="hang", status=0)

    def before_it(asked: Asked) -> Answer | None:
        return hang if is_part(asked) and len(taker.parts) >= after else None

    def behind_it(asked: Asked) -> Answer | None:
        return hang if is_part(asked) and len(taker.parts) > after else None

    taker.fault, taker.after = (before_it, taker.after) if answered else (taker.fault, behind_it)
    process = oai_started(*LARGER, "--jobs", "1", server=server, cwd=place)
    wanted = 1 + after + 1
    end = time.monotonic() + 20
    while len(server.requests) < wanted and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    taker.fault = taker.after = lambda asked: None
    server.requests.clear()
    oai("uploads", "resume", "l", server=server, cwd=place).ok()
    assert taker.only == CONTENT
    assert len([asked for asked in server.requests if is_part(asked)]) == 40 - after
    assert len(taker.uploads) == 1
    assert len(taker.parts) == (40 if answered else 41)


# -- size -----------------------------------------------------------------------------------------


def peak(command: list[str], url: str, cwd: Path) -> int:
    """The largest resident set of a run in bytes; it must be a success."""
    env = environment({"PYTHONPATH": str(ROOT), "OPENAI_BASE_URL": url})
    # A child's peak starts from its parent's size on Linux: a small shell stands between.
    measure = (
        "import os, sys, resource, subprocess;"
        "code = subprocess.call(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(code)"
    )
    words = [sys.executable, "-c", measure, sys.executable, "-m", "openai_cli", *command]
    done = subprocess.run(words, env=env, cwd=cwd, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    unit = 1 if sys.platform == "darwin" else 1024
    return int(done.stdout.split()[-1]) * unit


def test_a_gibibyte_in_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "huge.bin").open("wb") as stream:
        stream.truncate(1 << 30)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server"], env=env, stdout=subprocess.PIPE, cwd=ROOT
    ) as server:
        try:
            assert server.stdout is not None
            url = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
            run = ["uploads", "run", "huge.bin", "--purpose", "batch", "--jobs", "8"]
            assert peak(run, url, tmp_path) < 100e6
        finally:
            server.kill()
