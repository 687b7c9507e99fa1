"""The state of a batch job: damaged, strange, full disks, and the merge."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from openai_cli.core.errors import OaiError
from openai_cli.workflows.batch import merge, report, split, state_answers, state_lines, state_parts
from openai_cli.workflows.batch import state as states

from .support.batch_api import BatchApi, ids, read, request, write
from .support.cli import ROOT, Outcome, oai
from .support.clock import FakeTime
from .support.server import Server

SETTINGS = {"errors": "", "now": False}


@pytest.fixture
def api(server: Server) -> BatchApi:
    """A Batch API behind the test's server."""
    return BatchApi(server)


@pytest.fixture
def stopped(api: BatchApi, server: Server, tmp_path: Path) -> Path:
    """The state of a job whose two batches go on."""
    write(tmp_path / "in.jsonl", (request(n) for n in range(4)))
    words = ["batches", "run", "in.jsonl", "-o", "out.jsonl", "--max-requests", "2", "--no-wait"]
    oai(*words, server=server, cwd=tmp_path, time=FakeTime()).ok()
    return tmp_path / "out.jsonl.state"


def again(server: Server, folder: Path, *command: str) -> Outcome:
    """The job once more."""
    words = command or ("run", "in.jsonl", "-o", "out.jsonl")
    return oai("batches", *words, server=server, cwd=folder, time=FakeTime())


def garbage(path: Path) -> None:
    """Nothing that anybody knows."""
    path.write_bytes(os.urandom(5000))


def text(path: Path) -> None:
    """A text of somebody else."""
    path.write_text("name = 1\n")


def truncated(path: Path) -> None:
    """Half of the file."""
    os.truncate(path, path.stat().st_size // 2)


def holed(path: Path) -> None:
    """Pages in the middle are zeros."""
    with path.open("r+b") as stream:
        stream.seek(4096)
        stream.write(bytes(path.stat().st_size - 8192))


def foreign(path: Path) -> None:
    """Another program's database."""
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE songs (name TEXT)")
    db.close()


def newer(path: Path) -> None:
    """What a later version would write."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


@pytest.mark.parametrize("damage", [garbage, text, truncated, holed, foreign, newer])
def test_a_damaged_state_is_left_as_it_is(
    damage: Any, stopped: Path, api: BatchApi, server: Server, tmp_path: Path
) -> None:
    for name in ("-wal", "-shm"):
        stopped.with_name(stopped.name + name).unlink(missing_ok=True)
    damage(stopped)
    before = stopped.read_bytes()
    for command in ((), ("resume", "out.jsonl")):
        refused = again(server, tmp_path, *command)
        assert refused.code == 1, refused.stderr
        assert "out.jsonl.state" in refused.stderr
        assert "hint: " in refused.stderr
        assert "unexpected" not in refused.stderr
    if damage is not holed:
        assert again(server, tmp_path, "status", "out.jsonl").code == 1
    assert stopped.read_bytes() == before
    assert len(api.batches) == 2
    again(server, tmp_path, "run", "in.jsonl", "-o", "out.jsonl", "--fresh", "--yes").ok()
    assert ids(tmp_path / "out.jsonl") == [f"r{n}" for n in range(4)]


@pytest.mark.parametrize("rest", [b"", None], ids=["empty", "header"])
def test_a_state_that_was_killed_at_its_birth(
    rest: bytes | None, api: BatchApi, server: Server, tmp_path: Path
) -> None:
    """The process died between making the file and writing the first fact."""
    write(tmp_path / "in.jsonl", [request(0)])
    path = tmp_path / "out.jsonl.state"
    if rest is None:
        db = sqlite3.connect(path)
        db.execute("PRAGMA journal_mode = WAL")
        db.close()
    else:
        path.write_bytes(rest)
    for command in ("status", "resume"):
        refused = again(server, tmp_path, command, "out.jsonl")
        assert (refused.code, "before it began" in refused.stderr) == (2, True)
    planned = again(server, tmp_path, "run", "in.jsonl", "-o", "out.jsonl", "--dry-run").ok()
    assert planned.json["requests"] == 1
    again(server, tmp_path).ok()
    assert ids(tmp_path / "out.jsonl") == ["r0"]


def test_answers_that_are_gone_are_named(
    stopped: Path, api: BatchApi, server: Server, tmp_path: Path
) -> None:
    api.looks, api.stuck = 0, {"batch_1"}
    assert again(server, tmp_path, "resume", "out.jsonl", "--no-wait").ok().json["completed"] == 2
    [file] = (tmp_path / "out.jsonl.work").glob("*.output.jsonl")
    file.unlink()
    api.stuck.clear()
    failed = again(server, tmp_path, "resume", "out.jsonl")
    assert failed.code == 1
    assert f"{file.name}, which holds answers of the job, is gone" in failed.stderr
    assert not (tmp_path / "out.jsonl").exists()


# -- the merge ------------------------------------------------------------------------------------


def planned(folder: Path, count: int) -> states.State:
    """A job of so many lines, all of them in one part; the test closes it."""
    file = write(folder / "in.jsonl", (request(n) for n in range(count)))
    path = folder / "out.jsonl.state"
    state = states.State(path, states._connect(path))
    states._prepare(state, create=True)
    state.note(settings=SETTINGS, job="j", started=0.0)
    split.plan(state, [str(file)], lambda count: None)
    assert split.next_part(state, count, 1 << 40)
    return state


def answers(state: states.State, name: str, order: list[int], failed: frozenset[int]) -> None:
    """A file of answers in some order, taken in."""
    state.work.mkdir(exist_ok=True)
    number = state_answers.number_of(state, name)
    found, place = [], 0
    with (state.work / name).open("wb") as stream:
        for n in order:
            line = b'{"custom_id": "r%d", "text": "%s"}' % (n, b"x" * (n % 50))
            stream.write(line + b"\n")
            outcome = state_lines.FAILED if n in failed else state_lines.GOOD
            found.append(state_lines.Found(f"r{n}", outcome, number, place, len(line)))
            place += len(line) + 1
    with state.transaction():
        state_lines.settle(state, 1, found, 1)


def test_shuffled_answers_are_merged_whole_and_in_order(tmp_path: Path) -> None:
    count, rng = 3000, random.Random(3)
    failed = frozenset(rng.sample(range(count), 300))
    order = list(range(count))
    rng.shuffle(order)
    state = planned(tmp_path, count)
    for number in range(100):
        answers(state, f"a{number}.jsonl", order[number * 30 : number * 30 + 30], failed)
    merge.merge(state, report.errors_path(state))
    state.close()
    good = [n for n in range(count) if n not in failed]
    assert ids(tmp_path / "out.jsonl") == [f"r{n}" for n in good]
    assert ids(tmp_path / "out.errors.jsonl") == [f"r{n}" for n in sorted(failed)]
    assert [len(row["text"]) for row in read(tmp_path / "out.jsonl")] == [n % 50 for n in good]


def test_a_line_is_answered_once_whatever_comes_twice(tmp_path: Path) -> None:
    state = planned(tmp_path, 3)
    answers(state, "a.jsonl", [2, 0, 2, 1], frozenset())
    answers(state, "b.jsonl", [0, 1, 2], frozenset({0, 1, 2}))
    merge.merge(state, report.errors_path(state))
    state.close()
    assert ids(tmp_path / "out.jsonl") == ["r0", "r1", "r2"]
    assert not (tmp_path / "out.errors.jsonl").exists()


def test_lines_that_nobody_asked_for_are_left_alone(tmp_path: Path) -> None:
    state = planned(tmp_path, 2)
    answers(state, "a.jsonl", [9, 1], frozenset())
    state_lines.settle_rest(state, 1, 1, again=True)
    merge.merge(state, report.errors_path(state))
    state.close()
    assert ids(tmp_path / "out.jsonl") == ["r1"]
    [lost] = read(tmp_path / "out.errors.jsonl")
    assert (lost["custom_id"], lost["error"]["code"]) == ("r0", "no_result")


def test_a_plan_that_broke_off_is_made_anew(tmp_path: Path) -> None:
    file = write(tmp_path / "in.jsonl", (request(n) for n in range(5)))
    path = tmp_path / "out.jsonl.state"
    with states.opened(path, create=True) as state:
        state_lines.add(state, [(0, "r0", 1, 0, 0, 10)])
        assert not state.fact("planned")
        split.plan(state, [str(file)], lambda count: None)
        assert state_lines.counts(state) == {0: 5, 1: 0, 2: 0}
        part = split.next_part(state, 2, 1 << 40)
        assert part
        assert split.write_part(state, split.Inputs(state), part).read_bytes() == b"".join(
            file.read_bytes().splitlines(keepends=True)[:2]
        )
        assert [p.status for p in state_parts.all_parts(state)] == ["planned"]


def test_lines_without_an_end_and_with_other_ends(tmp_path: Path) -> None:
    """What a line is in the input is what goes up, but for the line's end."""
    rows = [b'{"custom_id": "%d", "url": "/v1/x", "body": {"a": 1.0}}' % n for n in range(3)]
    (tmp_path / "in.jsonl").write_bytes(rows[0] + b"\r\n\n" + rows[1] + b"\n" + rows[2])
    with states.opened(tmp_path / "s.state", create=True) as state:
        split.plan(state, [str(tmp_path / "in.jsonl")], lambda count: None)
        part = split.next_part(state, 10, 1 << 40)
        assert part
        written = split.write_part(state, split.Inputs(state), part).read_bytes()
    assert written == b"".join(row + b"\n" for row in rows)


# -- no room --------------------------------------------------------------------------------------

LIMITED = """\
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv[:2] = ["oai"]
from openai_cli.__main__ import main
main()
"""


def test_a_full_disk_loses_nothing(api: BatchApi, server: Server, tmp_path: Path) -> None:
    """No file may grow beyond the limit: first the state's, then the request's, then the rest."""
    from .support.cli import environment

    write(tmp_path / "in.jsonl", (request(n, note="x" * 3000) for n in range(40)))
    words = ["batches", "run", "in.jsonl", "-o", "out.jsonl", "--poll-interval", "0.01"]
    env = environment({"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}, server)
    codes = []
    for limit in (1000, 60_000, 110_000, 1 << 40):
        command = [sys.executable, "-c", LIMITED, str(limit), *words]
        done = subprocess.run(
            command, env=env, cwd=tmp_path, capture_output=True, timeout=60, check=False
        )
        codes.append(done.returncode)
        assert b"Traceback" not in done.stderr
        if done.returncode:
            assert b"cannot write" in done.stderr, done.stderr
            assert not (tmp_path / "out.jsonl").exists()
    assert codes[0] == codes[1] == 1
    assert codes[-1] == 0
    assert ids(tmp_path / "out.jsonl") == [f"r{n}" for n in range(40)]
    assert set(api.lines.values()) == {1}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_results_that_cannot_be_written(
    stopped: Path, api: BatchApi, server: Server, tmp_path: Path
) -> None:
    bad = ("run", "in.jsonl", "-o", "out.jsonl", "--errors", "/dev/full")
    api.reply = lambda one, batch: (400, {})
    failed = again(server, tmp_path, *bad)
    assert failed.code == 1, failed.stderr
    assert "No space left" in failed.stderr
    assert again(server, tmp_path).code == 8
    assert ids(tmp_path / "out.errors.jsonl") == [f"r{n}" for n in range(4)]
    assert len(api.batches) == 2


# -- large ----------------------------------------------------------------------------------------

MEASURED = """\
import resource, sys
from pathlib import Path
from openai_cli.core.console import Console
from openai_cli.workflows.batch import merge, report, split, state_answers, state_lines
from openai_cli.workflows.batch import state as states
from tests.test_batch_state import answers, planned
count, folder = int(sys.argv[1]), Path(sys.argv[2])
state = planned(folder, count)
answers(state, "a.jsonl", list(range(count))[::-1], frozenset())
merge.merge(state, report.errors_path(state))
state.close()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(count: int, folder: Path) -> int:
    """Kilobytes for so many lines."""
    folder.mkdir()
    command = [sys.executable, "-c", MEASURED, str(count), str(folder)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    assert ids(folder / "out.jsonl") == [f"r{n}" for n in range(count)]
    return int(done.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_lines(tmp_path: Path) -> None:
    assert resource.RUSAGE_SELF == 0
    few, many = peak(2_000, tmp_path / "few"), peak(20_000, tmp_path / "many")
    # The test itself holds two small lists of 20,000; a line of the state would be ten times that.
    assert many - few < 12_000


def test_what_is_no_answer_is_passed_over() -> None:
    judge = state_answers.judge
    assert [judge(raw) for raw in (b"", b"[]", b"{", b'{"custom_id": 1}', b'"x"')] == [None] * 5
    good = judge(b'{"custom_id": "a", "response": {"status_code": 200, "body": {}}, "error": null}')
    assert good == ("a", state_lines.GOOD, {})
    lost = judge(b'{"custom_id": "a", "response": null, "error": {"code": "batch_expired"}}')
    assert lost
    assert lost.outcome == state_lines.OPEN
    with pytest.raises(OaiError), states.readable(Path("/none/at/all")):
        pass
