"""Files appear whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from openai_cli.core.errors import OaiError, UsageError
from openai_cli.core.save import partial_name, whole_file


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_whole(tmp_path: Path) -> None:
    with whole_file(tmp_path / "a") as stream:
        stream.write(b"half")
        stream.flush()
        assert not (tmp_path / "a").exists()
        stream.write(b" whole")
    assert (tmp_path / "a").read_bytes() == b"half whole"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("error", [OaiError("dropped"), KeyboardInterrupt(), BrokenPipeError()])
def test_nothing(tmp_path: Path, error: BaseException) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises((type(error), OaiError)), whole_file(tmp_path / "a") as stream:
        stream.write(b"half")
        raise error
    assert (tmp_path / "a").read_text() == "old"
    assert names(tmp_path) == ["a"]


def test_partial(tmp_path: Path) -> None:
    with pytest.raises(OaiError), whole_file(tmp_path / "a", keep_partial=True) as stream:
        stream.write(b"half")
        raise OaiError("dropped")
    assert names(tmp_path) == ["a.partial"]
    assert partial_name(tmp_path / "a").read_bytes() == b"half"


def test_an_empty_partial_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(OaiError), whole_file(tmp_path / "a", keep_partial=True):
        raise OaiError("dropped")
    assert names(tmp_path) == []


def test_the_mode_of_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o640)
    with whole_file(path) as stream:
        stream.write(b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_goes_on_pointing(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    with whole_file(tmp_path / "link") as stream:
        stream.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_to() -> None:
    with whole_file(Path("/dev/null")) as stream:
        stream.write(b"gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_named_pipe_is_written_to(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()))
    reader.start()
    with whole_file(fifo) as stream:
        stream.write(b"through")
    reader.join(10)
    assert got == [b"through"]


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"), whole_file(tmp_path):
        pass


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"), whole_file(tmp_path / "no" / "a"):
        pass


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises((OaiError, OSError)), whole_file(Path("/dev/full")) as stream:
        stream.write(b"x" * 100_000)
