"""Manual pages for `man`, where an installer has left them in an environment of their own.

pipx links what a package brings into the place where `man` looks, and `pip` into a prefix puts it
there; `uv tool install` does neither. The links are the same as pipx's.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..core.errors import OaiError, UsageError

PAGES = "man[0-9]/oai*.[0-9]"


def source() -> Path:
    """Where this installation has the pages. Raises UsageError where it has none."""
    folder = Path(sys.prefix, "share", "man")
    if not any(folder.glob(PAGES)):
        raise UsageError("this installation of oai has no manual pages", "`oai help` has the text")
    return folder


def target(env: Mapping[str, str]) -> Path:
    """Where `man` looks for a person's own pages, as long as `~/.local/bin` is in the PATH."""
    return Path(env.get("XDG_DATA_HOME") or "~/.local/share").expanduser() / "man"


def link(env: Mapping[str, str]) -> str:
    """Link every page; what was done, in a sentence. Raises OaiError before it hides a file."""
    have, place = source(), target(env)
    if have.resolve() == place.resolve():
        return f"the manual pages are in {place} already"
    pages = sorted(path.relative_to(have) for path in have.glob(PAGES))
    for page in pages:
        if (place / page).exists() and not (place / page).is_symlink():
            raise OaiError(f"{place / page} is a file, not a link", "move it away")
    unlink(env)
    for page in pages:
        (place / page).parent.mkdir(parents=True, exist_ok=True)
        (place / page).symlink_to(have / page)
    return f"linked {len(pages)} manual pages in {place}"


def unlink(env: Mapping[str, str]) -> str:
    """Take the links away; what was done, in a sentence."""
    links = list(_links(target(env)))
    for path in links:
        path.unlink()
    return f"removed {len(links)} links to manual pages from {target(env)}"


def _links(place: Path) -> Iterator[Path]:
    """Links that lead to pages of an `oai`, whether that is still there or not."""
    for path in place.glob(PAGES):
        if path.is_symlink() and path.readlink().match(f"share/man/{path.parent.name}/{path.name}"):
            yield path
