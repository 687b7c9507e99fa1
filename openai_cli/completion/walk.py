"""Reads the words in front of the cursor the way the command line will read them."""

from __future__ import annotations

from . import facts, slots, tree
from .slots import Command, Slot
from .words import split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Walk:
    """Where the words lead: a level or a command, and what was already said.

    `pending` is an option that waits for its value, `values` are the positional arguments so far,
    `said` the values of options by name, `lost` means that a word led nowhere.
    """

    def __init__(self, words: Iterable[str], aliases: Mapping[str, str]) -> None:
        self.level = tree.root()
        self.command: Command | None = None
        self.values: list[str] = []
        self.said: dict[str, str] = {}
        self.pending: Slot | None = None
        self.only_values = False
        self.lost = False
        self.moved = False
        self._given: set[str] = set()
        self._aliases = aliases
        self._shared = slots.declared(facts.declared()["options"])
        self._known: dict[str, Slot] = {}
        self._learn()
        for word in words:
            self._feed(word)

    def options(self) -> list[Slot]:
        """The options that may still be given: this level's or command's, then the global ones."""
        waiting = facts.declared()["waiting"]
        idle = self.command is not None and not self.command.waits
        own = self.command.options if self.command else self.level.options()
        shared = [one for one in self._shared if not (idle and one.flags[0] in waiting)]
        return [one for one in (*own, *shared) if one.many or one.flags[0] not in self._given]

    def argument(self) -> Slot | None:
        """The positional argument that comes next."""
        arguments = self.command.arguments if self.command else []
        if len(self.values) < len(arguments):
            return arguments[len(self.values)]
        return arguments[-1] if arguments and arguments[-1].many else None

    def option(self, flag: str) -> Slot | None:
        """The option of a flag; underscores mean the same as dashes."""
        return self._known.get(flag) or self._known.get(flag.replace("_", "-"))

    def paths(self) -> dict[str, str]:
        """The values of the path's parameters so far."""
        arguments = self.command.arguments if self.command else []
        return {slot.name: value for slot, value in zip(arguments, self.values, strict=False)}

    def attached(self, word: str) -> tuple[Slot, str] | None:
        """The option whose value is in the same word, and what stands before the value."""
        if word.startswith("--"):
            flag, equals, _ = word.partition("=")
            slot = self.option(flag) if equals else None
            return (slot, flag + "=") if slot and slot.takes else None
        for at, letter in enumerate(word[1:], 2):
            slot = self.option("-" + letter)
            if slot is None:
                return None
            if slot.takes:
                return (slot, word[:at]) if at < len(word) else None
        return None

    # -- reading ------------------------------------------------------------------------------

    def _learn(self) -> None:
        own = self.command.options if self.command else self.level.options()
        self._known = {flag: slot for slot in (*self._shared, *own) for flag in slot.flags}

    def _feed(self, word: str) -> None:
        if self.pending is not None:
            self._say(self.pending, word)
            self.pending = None
        elif self.only_values or not word.startswith("-") or word == "-":
            self._word(word)
        elif word == "--":
            self.only_values = True
        else:
            self._flag(word)

    def _say(self, slot: Slot, value: str) -> None:
        self._given.add(slot.flags[0])
        self.said[slot.name] = value

    def _flag(self, word: str) -> None:
        if found := self.attached(word):
            slot, before = found
            self._say(slot, word[len(before) :])
            return
        flags = [word.partition("=")[0]] if word.startswith("--") else ["-" + c for c in word[1:]]
        for flag in flags:
            slot_or_none = self.option(flag)
            if slot_or_none is None:
                return
            if slot_or_none.takes:
                self.pending = slot_or_none
            else:
                self._say(slot_or_none, flag)

    def _word(self, word: str) -> None:
        if self.command or self.lost:
            self.values.append(word)
            return
        found = self.level.enter(word)
        if found is None and not self.moved and word in self._aliases:
            self.moved = True
            for part in split(self._aliases[word]):
                self._feed(part)
            return
        self.moved = True
        if isinstance(found, Command):
            self.command = found
        elif found is not None:
            self.level = found
        self.lost = found is None
        self._learn()
