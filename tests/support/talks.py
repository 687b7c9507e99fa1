"""Conversations to keep, for the tests of the store and of `oai sessions`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openai_cli.workflows.chat.store import Store
from openai_cli.workflows.chat.store_records import Entry, Session

TEXTS = (
    "The refund policy allows thirty days.",
    "Refunds are paid within a week, said Zoë.",
    "猫は魚が好きです。返金もできます。",
    "def f(): return {} -> 100% sure",
    "C++ and C# are languages",
)


def said(role: str, text: str, **more: Any) -> Entry:
    """A message of chat completions."""
    return Entry({"role": role, "content": text}, text, **more)


def talk(store: Store, name: str = "", turns: int = 2, **fields: str) -> Session:
    """A session with some turns: q1, a1, q2, a2 …"""
    made = store.create(name, **{"api": "chat", "model": "gpt-5.5", **fields})
    for turn in range(1, turns + 1):
        answer = said("assistant", f"a{turn}", usage={"total_tokens": turn}, response_id=f"r{turn}")
        store.extend(made, [said("user", f"q{turn}"), answer])
    return store.need(made.id)


def fill(store: Store) -> Store:
    """The store with one session for each of `TEXTS`, named s0, s1 …"""
    for number, text in enumerate(TEXTS):
        made = store.create(f"s{number}", api="chat", model="m")
        store.append(made, {"role": "user", "content": text}, text=text)
    return store


@pytest.fixture
def path(isolated: Path) -> Path:
    """Where the commands of this test look for sessions."""
    return isolated / "data" / "sessions.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """The store of this test."""
    with Store.open(path) as opened:
        yield opened


@pytest.fixture
def library(store: Store) -> Store:
    """The store, filled."""
    return fill(store)
