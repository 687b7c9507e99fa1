"""The store: several processes on one file, pages, transactions; and what start-up may cost."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from openai_cli.sandbox.app import Sandbox
from openai_cli.sandbox.store import Span, Store

from .conftest import Direct

_EACH = 40


def _fill(state: Path, name: str) -> None:
    """A process that creates and changes objects as fast as it can."""
    with Sandbox(state) as sandbox:
        api = Direct(sandbox)
        for number in range(_EACH):
            made = api.json("POST", "/v1/vector_stores", {"name": f"{name}-{number}"})
            path = f"/v1/vector_stores/{made['id']}"
            assert api.json("POST", path, {"metadata": {"by": name}})["metadata"] == {"by": name}


@pytest.mark.slow
def test_two_processes_share_one_state(state: Path) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_fill, args=(state, name)) for name in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with Sandbox(state) as sandbox:
        data = Direct(sandbox).json("GET", "/v1/vector_stores?limit=1000")["data"]
    names = {(one["name"], one["metadata"]["by"]) for one in data}
    assert names == {(f"{by}-{n}", by) for by in ("a", "b") for n in range(_EACH)}


def test_one_winner_takes_a_step_of_work(state: Path) -> None:
    """Two pollers at once never work a batch off twice."""
    with Sandbox(state) as first, Sandbox(state) as second:
        api = Direct(first)
        request = {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]}
        line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": request}
        form = "--b\r\nContent-Disposition: form-data; name={}\r\n\r\n{}\r\n"
        body = form.format("purpose", "batch") + form.format("file; filename=a", json.dumps(line))
        kind = "multipart/form-data; boundary=b"
        _, _, data = api.raw(
            "POST", "/v1/files", f"{body}--b--\r\n".encode(), **{"content-type": kind}
        )
        known = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
        batch = api.json("POST", "/v1/batches", {**known, "input_file_id": json.loads(data)["id"]})
        path = f"/v1/batches/{batch['id']}"
        threads = [
            threading.Thread(target=lambda s=s: [Direct(s).json("GET", path) for _ in range(9)])
            for s in (first, second, first, second)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert api.json("GET", path)["status"] == "completed"
        outputs = [
            f for f in api.json("GET", "/v1/files")["data"] if f["purpose"] == "batch_output"
        ]
    assert len(outputs) == 1


def test_transactions_are_all_or_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db")
    store.put("things", "1", {"id": "1", "n": 1})
    with pytest.raises(RuntimeError), store.transaction():
        store.put("things", "2", {"id": "2"})
        with store.transaction():
            store.delete("things", "1")
        raise RuntimeError
    assert store.ids("things") == ["1"]
    store.put("things", "1", {"id": "1", "n": 2})
    assert store.get("things", "1") == {"id": "1", "n": 2}
    store.close()


def test_deleting_takes_what_lies_below_and_nothing_else(tmp_path: Path) -> None:
    store = Store(None)
    for collection, id in (
        ("a", "1"),
        ("a", "10"),
        ("a/1/b", "x"),
        ("a/1/b/x/c", "y"),
        ("a/10/b", "z"),
    ):
        store.put(collection, id, {"id": id})
    assert store.delete("a", "1")
    assert not store.delete("a", "1")
    assert store.ids("a") == ["10"]
    assert store.ids("a/1/b") == store.ids("a/1/b/x/c") == []
    assert store.ids("a/10/b") == ["z"]
    assert store.anywhere("z") == {"id": "z"}
    assert store.anywhere("x") is None
    store.close()


def test_pages_go_by_position_or_by_the_id_inside() -> None:
    store = Store(None)
    for number in range(5):
        store.put("versions", str(number), {"id": f"v_{number}", "even": str(number % 2 == 0)})

    def page(**span: Any) -> list[str]:
        return [id for id, _ in store.page("versions", Span(**span))[0]]

    assert page(after="v_1") == page(after="1") == ["2", "3", "4"]
    assert page(where=((("even",), "True"),), descending=True) == ["4", "2", "0"]
    assert store.page("versions", Span(limit=5))[1] is False
    assert store.page("versions", Span(limit=4))[1] is True
    with pytest.raises(KeyError):
        page(after="v_9")
    store.close()


def test_memory_state_cleans_up_after_itself() -> None:
    sandbox = Sandbox(None)
    folder = sandbox._world.blobs._folder
    sandbox._world.blobs.write("x", [b"1"])
    assert folder.exists()
    sandbox.close()
    assert not folder.exists()


_PROBE = """
import sys
before = set(sys.modules)
from openai_cli.sandbox.app import Sandbox
imported = set(sys.modules)
from openai_cli.catalog import load
body = b'{"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]}'
reply = Sandbox(None).handle("POST", "/v1/chat/completions", {"api-key": "k"}, [body])
assert reply.status == 200
print(*sorted(imported), sep=",")
print(*sorted(sys.modules), sep=",")
"""
_HEAVY = {"asyncio", "starlette", "uvicorn", "pydantic", "httpx2", "python_multipart", "anyio"}


def test_imports_stay_light() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROBE], capture_output=True, text=True, check=True
    )
    imported, used = (set(line.split(",")) for line in done.stdout.splitlines())
    assert not used & _HEAVY
    assert not imported & {"sqlite3", "tempfile", "hashlib", "dataclasses"}
    # A chat that is not stored opens no database and loads no other behaviour.
    assert "sqlite3" not in used
    ours = {name.rpartition(".")[2] for name in used if name.startswith("openai_cli.sandbox.")}
    assert ours == {
        *("answers", "app", "call", "chat", "errors", "ids", "incoming", "llm", "provoke"),
        *("reply", "router", "shapes", "sse", "table", "tokens", "validate", "world"),
    }
