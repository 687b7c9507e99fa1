"""`oai videos … --wait -o FILE`: what was made is downloaded once it is ready."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from .support.cli import Outcome, oai, oai_process
from .support.clock import FakeTime
from .support.server import Server, error, raw, reply

CREATE = ("videos", "create", "a boat", "--wait")
FILM = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 40


def video(status: str, **fields: Any) -> dict[str, Any]:
    """A video."""
    return {"id": "video_1", "object": "video", "status": status, **fields}


DONE = video("completed", progress=100)


def waited(server: Server, folder: Path, *args: str, **options: Any) -> Outcome:
    """A run whose waiting takes no time."""
    time = options.pop("time", None) or FakeTime()
    return oai(*args, server=server, cwd=folder, time=time, **options)


def asked(server: Server) -> list[str]:
    """The requests."""
    return [f"{request.method} {request.target}" for request in server.requests]


def test_a_video_is_downloaded_when_it_is_ready(server: Server, tmp_path: Path) -> None:
    server.answer(reply(video("queued")), reply(video("in_progress", progress=42)))
    server.answer(reply(DONE), raw(FILM, "video/mp4"))
    done = waited(server, tmp_path, *CREATE, "-o", "boat.mp4").ok()
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "video_1: queued",
        "video_1: in_progress, 42 % (1 s)",
        "video_1: completed, 100 % (3 s)",
        "saved boat.mp4",
    ]
    assert (tmp_path / "boat.mp4").read_bytes() == FILM
    assert asked(server)[0] == "POST /v1/videos"
    assert asked(server)[3] == "GET /v1/videos/video_1/content"


def test_without_a_file_the_object_is_the_result(server: Server, tmp_path: Path) -> None:
    server.answer(reply(DONE))
    assert waited(server, tmp_path, *CREATE).ok().json == DONE
    assert list(tmp_path.iterdir()) == []


def test_without_waiting_the_file_gets_the_object(server: Server, tmp_path: Path) -> None:
    server.answer(reply(video("queued")))
    done = waited(server, tmp_path, *CREATE[:-1], "-o", "boat.json").ok()
    assert '"queued"' in (tmp_path / "boat.json").read_text()
    assert done.stderr == ""


def test_a_file_that_will_not_hold_the_video_is_warned_of(server: Server, tmp_path: Path) -> None:
    server.answer(reply(video("queued")))
    done = waited(server, tmp_path, *CREATE[:-1], "-o", "boat.mp4").ok()
    assert "warning: boat.mp4 gets the API's answer; --wait downloads" in done.stderr


@pytest.mark.parametrize(
    ("command", "start"),
    [
        (("videos", "remix", "video_0", "gold", "--wait"), "POST /v1/videos/video_0/remix"),
        (("videos", "edit", "snow", "--video.id", "video_0", "--wait"), "POST /v1/videos/edits"),
        (
            ("videos", "extend", "on", "--seconds", "8", "--video.id", "video_0", "--wait"),
            "POST /v1/videos/extensions",
        ),
        (("videos", "wait", "video_1"), "GET /v1/videos/video_1"),
    ],
)
def test_whatever_makes_a_video(
    server: Server, tmp_path: Path, command: tuple[str, ...], start: str
) -> None:
    server.answer(reply(DONE), raw(FILM, "video/mp4"))
    waited(server, tmp_path, *command, "-o", "new.mp4").ok()
    assert (tmp_path / "new.mp4").read_bytes() == FILM
    assert asked(server) == [start, "GET /v1/videos/video_1/content"]


def test_one_variant_goes_where_it_is_told(server: Server, tmp_path: Path) -> None:
    server.answer(reply(DONE), raw(b"webp", "image/webp"))
    waited(server, tmp_path, *CREATE, "-o", "x.webp", "--variant", "thumbnail").ok()
    assert (tmp_path / "x.webp").read_bytes() == b"webp"
    assert asked(server)[-1] == "GET /v1/videos/video_1/content?variant=thumbnail"


@pytest.mark.parametrize(
    ("output", "names"),
    [
        ("boat.mp4", ["boat-video.mp4", "boat-thumbnail.webp", "boat-tomorrow.bin"]),
        ("b/", ["b/video_1-video.mp4", "b/video_1-thumbnail.webp", "b/video_1-tomorrow.bin"]),
    ],
)
def test_several_variants_are_files_of_their_own(
    server: Server, tmp_path: Path, output: str, names: list[str]
) -> None:
    kinds = ("video/mp4", "image/webp", "application/octet-stream")
    server.answer(reply(DONE), *(raw(kind.encode(), kind) for kind in kinds))
    variants = [word for name in ("video", "thumbnail", "tomorrow") for word in ("--variant", name)]
    waited(server, tmp_path, *CREATE, "-o", output, *variants).ok()
    assert [(tmp_path / name).read_text() for name in names] == list(kinds)


def test_a_pipe_takes_the_video(server: Server, tmp_path: Path) -> None:
    server.answer(reply(DONE), raw(FILM, "video/mp4"))
    assert waited(server, tmp_path, *CREATE, "-o", "-", "--quiet").ok().stdout_bytes == FILM


def test_machines_get_the_object_beside_the_file(server: Server, tmp_path: Path) -> None:
    server.answer(reply(DONE), raw(FILM, "video/mp4"))
    done = waited(server, tmp_path, *CREATE, "-o", "boat.mp4", "--jq", ".status").ok()
    assert done.stdout == "completed\n"
    assert (tmp_path / "boat.mp4").read_bytes() == FILM


def test_a_video_that_fails_leaves_no_file(server: Server, tmp_path: Path) -> None:
    failed = video("failed", error={"code": "x", "message": "It is too violent."})
    server.answer(reply(video("queued")), reply(failed))
    done = waited(server, tmp_path, *CREATE, "-o", "boat.mp4")
    assert (done.code, done.json) == (8, failed)
    assert "error: the video ended as failed: It is too violent." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_fails_says_how_to_repeat_it(server: Server, tmp_path: Path) -> None:
    server.answer(reply(DONE), error(500))
    words = (*CREATE, "-o", "my boat.mp4", "--variant", "video", "--max-retries", "0")
    done = waited(server, tmp_path, *words)
    assert (done.code, done.json) == (6, DONE)
    again = "oai videos wait video_1 -o 'my boat.mp4' --variant video"
    assert f"`{again}` downloads it again" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_says_how_to_go_on(server: Server, tmp_path: Path) -> None:
    server.answer(reply(video("queued")), reply(video("in_progress")))
    done = waited(server, tmp_path, *CREATE, "-o", "b.mp4", time=FakeTime(interrupt=2))
    assert done.code == 130
    assert "`oai videos wait video_1 -o b.mp4` waits again" in done.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--variant", "thumbnail"], "add --wait and -o FILE"),
        (["--variant", "thumbnail", "-o", "x"], "add --wait and -o FILE"),
        (["--variant", "thumbnail", "--wait"], "add --wait and -o FILE"),
        (["--variant", "a", "--variant", "b", "--wait", "-o", "-"], "-o - takes one file"),
        (["--wait", "-o", "no/such/folder.mp4"], "there is no folder"),
    ],
)
def test_what_makes_no_sense_costs_nothing(
    server: Server, tmp_path: Path, args: list[str], said: str
) -> None:
    done = waited(server, tmp_path, "videos", "create", "x", *args)
    assert (done.code, server.requests) == (2, [])
    assert said in done.stderr


def test_variants_are_offered_where_videos_are_made() -> None:
    for command in (("videos", "create"), ("videos", "remix"), ("videos", "wait")):
        assert "--variant video|thumbnail|spritesheet" in oai(*command, "--help").ok().stdout
    assert "--variant" not in oai("batches", "wait", "--help").ok().stdout


# -- the sandbox ----------------------------------------------------------------------------------

SANDBOX = {"OAI_SANDBOX": "1", "OPENAI_API_KEY": ""}


def sandboxed(folder: Path, *args: str) -> Outcome:
    """A run against the sandbox."""
    return oai(*args, env=SANDBOX, cwd=folder, time=FakeTime())


def test_the_sandbox_s_videos_progress_and_play(tmp_path: Path) -> None:
    wanted = ("--seconds", "8", "--size", "1280x720", "-o", "v/")
    variants = ("--variant", "video", "--variant", "thumbnail", "--variant", "spritesheet")
    done = sandboxed(tmp_path, *CREATE, *wanted, *variants).ok()
    states = [line.partition(": ")[2].partition(" (")[0] for line in done.stderr.splitlines()[:4]]
    assert states == ["queued, 0 %", "in_progress, 30 %", "in_progress, 80 %", "completed, 100 %"]
    found = {path.stem.rpartition("-")[2]: path for path in (tmp_path / "v").iterdir()}
    with Image.open(found["thumbnail"]) as image:
        assert (image.format, image.size) == ("WEBP", (1280, 720))
    with Image.open(found["spritesheet"]) as image:
        assert (image.format, image.size) == ("JPEG", (320, 180 * 8))
    check_film(found["video"], 1280, 720, 8)


def check_film(path: Path, width: int, height: int, seconds: int) -> None:
    """Every frame of a film decodes, as ffprobe sees it; without it, its boxes are whole."""
    probe = shutil.which("ffprobe")
    if probe is None:
        content, at, kinds = path.read_bytes(), 0, []
        while at < len(content):
            kinds.append(content[at + 4 : at + 8])
            at += int.from_bytes(content[at : at + 4], "big")
        assert (kinds, at) == ([b"ftyp", b"moov", b"mdat"], len(content))
        return
    wanted = "stream=codec_name,width,height,duration,nb_read_frames"
    line = [probe, "-v", "error", "-count_frames", "-show_entries", wanted, "-of", "csv=p=0"]
    seen = subprocess.run([*line, str(path)], capture_output=True, text=True, check=True)
    assert seen.stderr == ""
    assert seen.stdout.strip() == f"png,{width},{height},{seconds}.000000,{seconds}"


def test_the_sandbox_fails_on_request(tmp_path: Path) -> None:
    done = sandboxed(tmp_path, *CREATE, "-o", "x.mp4", "-H", "x-sandbox-fail: work")
    assert done.code == 8
    assert done.json["error"]["code"] == "sandbox"
    assert list(tmp_path.iterdir()) == []
    refused = sandboxed(tmp_path, "videos", "download-content", done.json["id"], "-o", "x.mp4")
    assert (refused.code, list(tmp_path.iterdir())) == (1, [])


def test_a_remix_in_the_sandbox_is_like_its_source(tmp_path: Path) -> None:
    first = sandboxed(tmp_path, *CREATE, "--size", "1280x720", "--seconds", "8").ok().json
    second = sandboxed(tmp_path, "videos", "remix", first["id"], "gold", "--wait").ok().json
    same = ("size", "seconds")
    assert [second[name] for name in same] == [first[name] for name in same]
    assert second["remixed_from_video_id"] == first["id"]


def test_a_character_in_the_sandbox(tmp_path: Path) -> None:
    (tmp_path / "mossy.mp4").write_bytes(FILM)
    words = ("videos", "create-character", "mossy.mp4", "--name", "Mossy")
    made = sandboxed(tmp_path, *words).ok().json
    assert sandboxed(tmp_path, "videos", "get-character", made["id"]).ok().json["name"] == "Mossy"


def test_the_real_command(tmp_path: Path) -> None:
    done = oai_process(*CREATE, "-o", "boat.mp4", "--quiet", env=SANDBOX, cwd=tmp_path).ok()
    assert (done.stdout, done.stderr) == ("", "")
    check_film(tmp_path / "boat.mp4", 720, 1280, 4)
