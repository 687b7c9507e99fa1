"""Which texts have been seen, and where first: about 85 bytes for each, however long it is."""

from __future__ import annotations

from array import array

_BITS = (1 << 60) - 1
"""Python keeps a number of so many bits in 32 bytes. Among a million texts two share one by chance
less than once in a million runs."""

_SIZE = 8


class Seen:
    """Remembers texts (or bytes) by their hashes, each with a place: any number below 2**63."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        self._hashes = bytearray()
        self._places = array("q")

    def add(self, text: str | bytes, place: int) -> bool:
        """Remember a text; False when it has been seen before."""
        mark = hash(text) & _BITS
        before = len(self._known)
        self._known.add(mark)
        if len(self._known) == before:
            return False
        self._hashes += mark.to_bytes(_SIZE, "little")
        self._places.append(place)
        return True

    def place(self, text: str | bytes) -> int:
        """Where a text was seen first. Raises KeyError for one that was not; takes milliseconds
        among a million, so it is for messages."""
        mark = (hash(text) & _BITS).to_bytes(_SIZE, "little")
        at = self._hashes.find(mark)
        while at % _SIZE and at >= 0:
            at = self._hashes.find(mark, at + 1)
        if at < 0:
            raise KeyError(text)
        return self._places[at // _SIZE]
