"""`oai images …`: pictures become files with names of their own, and nothing paid for is lost."""

from __future__ import annotations

import base64
import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from openai_cli.sandbox import pictures

from .support.cli import Outcome, oai, oai_process, oai_started, oai_terminal, shell
from .support.server import Answer, Server, cut, dropped, error, raw, reply, sse

GENERATE = ("images", "generate", "a cat")
PNG = pictures.png(pictures.scene(1, "40x30"))
WEBP = pictures.encoded("webp", pictures.scene(2, "20x10"))
SVG = pictures.encoded("svg", pictures.scene(2, "20x10"))


def coded(content: bytes) -> str:
    """Base64."""
    return base64.b64encode(content).decode()


def answer(*contents: bytes, created: int = 1700000000, **fields: Any) -> dict[str, Any]:
    """What the API says to a request for pictures."""
    data = [{"b64_json": coded(content)} for content in contents]
    return {"created": created, "data": data, "output_format": "png", **fields}


def event(kind: str, content: bytes, **fields: Any) -> tuple[str, dict[str, Any]]:
    """An event of a stream, with its name."""
    name = f"image_generation.{kind}"
    made = {"type": name, "b64_json": coded(content), "created_at": 1700000000, **fields}
    return name, made


def partial(content: bytes, index: int = 0) -> tuple[str, dict[str, Any]]:
    """An unfinished picture."""
    return event("partial_image", content, partial_image_index=index)


def made(server: Server, folder: Path, *args: str, **options: Any) -> Outcome:
    """A run in a folder."""
    return oai(*GENERATE, *args, server=server, cwd=folder, **options)


def files(folder: Path) -> list[str]:
    """The names in a folder."""
    return sorted(path.name for path in folder.iterdir())


# -- names ----------------------------------------------------------------------------------------


def test_a_picture_is_saved_and_its_path_printed(server: Server, tmp_path: Path) -> None:
    server.answer(reply(answer(PNG)))
    done = made(server, tmp_path).ok()
    assert (done.stdout, done.stderr) == ("image-1700000000.png\n", "")
    assert (tmp_path / "image-1700000000.png").read_bytes() == PNG
    assert server.only.json == {"prompt": "a cat"}


def test_no_file_is_written_over_that_was_not_named(server: Server, tmp_path: Path) -> None:
    for _ in range(3):
        server.answer(reply(answer(PNG)))
        made(server, tmp_path).ok()
    names = ["image-1700000000-2.png", "image-1700000000-3.png", "image-1700000000.png"]
    assert files(tmp_path) == names


def test_several_pictures_are_numbered(server: Server, tmp_path: Path) -> None:
    server.answer(reply(answer(PNG, WEBP, id="img_7/../x")))
    assert made(server, tmp_path, "--n", "2").ok().lines == ["img_7x-1.png", "img_7x-2.webp"]


def test_the_file_that_was_named_is_written_over(server: Server, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_text("old")
    server.answer(reply(answer(PNG)))
    assert made(server, tmp_path, "-o", "cat.png").ok().stdout == "cat.png\n"
    assert (tmp_path / "cat.png").read_bytes() == PNG


@pytest.mark.parametrize("asked", [["--n", "2"], []])
def test_several_pictures_for_one_name_get_numbers(
    server: Server, tmp_path: Path, asked: list[str]
) -> None:
    (tmp_path / "cat-1.png").write_text("mine")
    server.answer(reply(answer(PNG, PNG)))
    done = made(server, tmp_path, "-o", "cat.png", *asked).ok()
    assert done.lines == ["cat-2.png", "cat-3.png"]
    assert (tmp_path / "cat-1.png").read_text() == "mine"


def test_a_pattern_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.answer(reply(answer(PNG)), reply(answer(PNG, PNG)))
    assert made(server, tmp_path, "-o", "cat-{n}.png").ok().stdout == "cat-1.png\n"
    assert made(server, tmp_path, "-o", "cat-{n}.png").ok().lines == ["cat-2.png", "cat-3.png"]


@pytest.mark.parametrize("there", [True, False])
def test_a_folder_takes_names_of_our_own(server: Server, tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "cats").mkdir()
    server.answer(reply(answer(PNG)))
    done = made(server, tmp_path, "-o", "cats/").ok()
    assert done.stdout == "cats/image-1700000000.png\n"
    assert (tmp_path / "cats" / "image-1700000000.png").read_bytes() == PNG


def test_one_picture_can_go_to_a_pipe(server: Server, tmp_path: Path) -> None:
    server.answer(reply(answer(PNG)))
    assert made(server, tmp_path, "-o", "-").ok().stdout_bytes == PNG
    done = made(server, tmp_path, "-o", "-", "--n", "2")
    assert done.code == 2
    assert "-o - takes one picture" in done.stderr
    assert files(tmp_path) == []


def test_a_name_that_says_another_format_is_warned_of(server: Server, tmp_path: Path) -> None:
    server.answer(reply(answer(PNG)))
    done = made(server, tmp_path, "-o", "cat.jpg").ok()
    assert "warning: cat.jpg holds a picture of the format png" in done.stderr
    assert (tmp_path / "cat.jpg").read_bytes() == PNG


def test_suffixes_follow_what_came(server: Server, tmp_path: Path) -> None:
    moving = pictures.encoded("gif", pictures.scene(3, "8x8"), frames=4)
    jpeg = pictures.encoded("jpeg", pictures.scene(3, "8x8"))
    server.answer(reply(answer(SVG, moving, jpeg, b"something else", output_format=None)))
    done = made(server, tmp_path, "-o", ".").ok()
    assert [Path(line).suffix for line in done.lines] == [".svg", ".gif", ".jpg", ".bin"]
    with Image.open(tmp_path / done.lines[1]) as image:
        assert getattr(image, "n_frames", 1) == 4


# -- formats --------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", [["-f", "json"], ["-f", "raw"], ["--jq", "."]])
def test_machines_get_the_answer_and_no_files(
    server: Server, tmp_path: Path, style: list[str]
) -> None:
    server.answer(reply(answer(PNG)))
    assert made(server, tmp_path, *style).ok().json == answer(PNG)
    assert files(tmp_path) == []


def test_machines_get_both_where_they_say_where(server: Server, tmp_path: Path) -> None:
    server.answer(reply(answer(PNG)))
    done = made(server, tmp_path, "-f", "json", "-o", "cat.png").ok()
    assert done.json == answer(PNG)
    assert done.stderr == "saved cat.png\n"
    assert (tmp_path / "cat.png").read_bytes() == PNG


def test_events_and_files_at_once(server: Server, tmp_path: Path) -> None:
    events = [partial(WEBP), event("completed", PNG)]
    server.answer(sse(events, done=False))
    done = made(server, tmp_path, "--stream", "-f", "jsonl", "-o", "cat.png").ok()
    assert done.jsonl == [made for _, made in events]
    assert (tmp_path / "cat.png").read_bytes() == PNG
    assert files(tmp_path) == ["cat.png"]


def test_a_request_that_is_only_shown_saves_nothing(tmp_path: Path) -> None:
    done = oai(*GENERATE, "--dry-run", "-o", "cat.png", cwd=tmp_path).ok()
    assert done.json["body"] == {"prompt": "a cat"}
    assert files(tmp_path) == []


def test_what_is_said_beside_the_picture(server: Server, tmp_path: Path) -> None:
    full = answer(PNG, usage={"total_tokens": 7})
    full["data"][0]["revised_prompt"] = "a tabby cat"
    server.answer(reply(full), reply(full))
    assert "tabby" not in made(server, tmp_path).ok().stderr
    said = made(server, tmp_path, "--verbose").ok().stderr
    assert "revised prompt: a tabby cat" in said
    assert 'usage: {"total_tokens":7}' in said


# -- addresses ------------------------------------------------------------------------------------


def linked(*urls: str) -> dict[str, Any]:
    """An answer with addresses."""
    return {"created": 1700000000, "data": [{"url": url} for url in urls]}


def test_a_link_is_followed_without_the_key(
    server: Server, second_server: Server, tmp_path: Path
) -> None:
    server.answer(reply(linked(f"{second_server.url}/a.png?sig=x")))
    second_server.answer(raw(PNG, "image/png"))
    done = made(server, tmp_path, "-H", "X-Secret: s", "--organization", "org-1").ok()
    assert (tmp_path / done.lines[0]).read_bytes() == PNG
    assert server.only.headers["authorization"] == "Bearer sk-test"
    sent = {name.lower() for name in second_server.only.headers}
    assert not sent & {"authorization", "x-secret", "openai-organization"}
    assert second_server.only.target == "/a.png?sig=x"


def test_a_link_that_holds_the_picture_itself(server: Server, tmp_path: Path) -> None:
    server.answer(
        reply(linked(f"data:image/png;base64,{coded(PNG)}", "data:image/svg+xml,%3Csvg/%3E"))
    )
    first, second = made(server, tmp_path).ok().lines
    assert (tmp_path / first).read_bytes() == PNG
    assert (tmp_path / second).read_bytes() == b"<svg/>"


def test_one_broken_link_does_not_keep_the_others(
    server: Server, second_server: Server, tmp_path: Path
) -> None:
    urls = [f"{second_server.url}/{name}" for name in "abcd"]
    server.answer(reply(linked(*urls, "file:///etc/passwd", "http://[::1")))
    second_server.answer(raw(PNG), error(404), cut(PNG, 20), raw(WEBP))
    done = made(server, tmp_path, "-o", "{n}.x")
    assert done.code == 1
    assert len(done.lines) == len(files(tmp_path)) == 2
    assert {(tmp_path / line).read_bytes() for line in done.lines} == {PNG, WEBP}
    assert (
        f"not downloaded: HTTP 404\nhint: such links are good for about an hour: {urls[1]}"
        in done.stderr
    )
    assert urls[2] in done.stderr
    assert "it is no web address" in done.stderr


@pytest.mark.usefixtures("no_waiting")
def test_a_link_is_tried_again(server: Server, second_server: Server, tmp_path: Path) -> None:
    server.answer(reply(linked(f"{second_server.url}/a")))
    second_server.answer(error(503), dropped(), raw(PNG))
    assert (tmp_path / made(server, tmp_path).ok().lines[0]).read_bytes() == PNG


def wait_for(server: Server) -> None:
    """Until a request has come, and what was answered has been read."""
    for _ in range(200):
        if server.requests:
            break
        time.sleep(0.05)
    time.sleep(0.3)


# -- streams --------------------------------------------------------------------------------------


def test_a_stream_saves_what_is_finished(server: Server, tmp_path: Path) -> None:
    server.answer(sse([partial(WEBP), partial(WEBP, 1), event("completed", PNG)], done=False))
    done = made(server, tmp_path, "--stream", "--partial-images", "2").ok()
    assert done.stdout == "image-1700000000.png\n"
    assert files(tmp_path) == ["image-1700000000.png"]
    assert server.only.json == {"prompt": "a cat", "stream": True, "partial_images": 2}


@pytest.mark.parametrize("end", ["ok", "cut"])
def test_an_unfinished_picture_is_kept(server: Server, tmp_path: Path, end: Any) -> None:
    server.answer(sse([partial(PNG), partial(WEBP, 1)], done=False, end=end))
    done = made(server, tmp_path, "--stream", "-o", "cat.png")
    assert (done.code, done.stdout) == (7, "")
    assert "the unfinished picture is kept in cat-unfinished.webp" in done.stderr
    assert (tmp_path / "cat-unfinished.webp").read_bytes() == WEBP
    assert files(tmp_path) == ["cat-unfinished.webp"]


def test_an_unfinished_picture_is_kept_at_ctrl_c(server: Server, tmp_path: Path) -> None:
    server.answer(sse([partial(PNG)], done=False, end="hang"))
    running = oai_started(*GENERATE, "--stream", server=server, cwd=tmp_path)
    wait_for(server)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    assert b"image-1700000000-unfinished.png" in said
    assert (tmp_path / "image-1700000000-unfinished.png").read_bytes() == PNG


def test_a_server_that_does_not_stream(server: Server, tmp_path: Path) -> None:
    server.answer(reply(answer(PNG)))
    assert made(server, tmp_path, "--stream").ok().stdout == "image-1700000000.png\n"


def test_a_closed_pipe_does_not_keep_pictures_from_being_saved(
    server: Server, tmp_path: Path
) -> None:
    server.answer(reply(answer(PNG, WEBP, PNG)), sse([event("completed", PNG)], done=False))
    shell("oai images generate x --n 3 -o 'p-{n}.png' | true", server=server, cwd=tmp_path)
    assert files(tmp_path) == ["p-1.png", "p-2.png", "p-3.png"]
    shell("oai images generate x --stream -f jsonl -o s.png | true", server=server, cwd=tmp_path)
    assert (tmp_path / "s.png").read_bytes() == PNG


def test_ctrl_c_while_pictures_are_fetched(
    server: Server, second_server: Server, tmp_path: Path
) -> None:
    first, second = (f"{second_server.url}/{name}" for name in "ab")
    both = linked(first, second)
    both["data"].append({"b64_json": coded(WEBP)})
    server.answer(reply(both))
    second_server.answer(Answer(200, {}, [PNG[:9]], end="hang"))
    running = oai_started(*GENERATE, server=server, cwd=tmp_path)
    wait_for(second_server)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 130
    for url in (first, second):
        assert f"not downloaded: {url}" in said.decode()
    [kept] = tmp_path.iterdir()
    assert kept.read_bytes() == WEBP


# -- what goes wrong ------------------------------------------------------------------------------


def test_a_place_that_cannot_be_written_to_costs_nothing(server: Server, tmp_path: Path) -> None:
    done = made(server, tmp_path, "-o", "no/such/cat.png")
    assert (done.code, server.requests) == (2, [])


def test_a_picture_whose_place_went_away_is_kept_elsewhere(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, spare = tmp_path / "place", tmp_path / "spare"
    place.mkdir()
    spare.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(spare))

    def respond(asked: Any) -> Any:
        place.rmdir()
        return reply(answer(PNG))

    server.handler = respond
    done = oai(*GENERATE, "-o", str(place / "cat.png"), server=server)
    kept = spare / "image-1700000000.png"
    assert (done.code, done.stdout) == (1, f"{kept}\n")
    assert kept.read_bytes() == PNG
    assert f"hint: the picture is in {kept} instead" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_device_that_takes_nothing_is_told_in_words(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    server.answer(reply(answer(PNG)))
    done = made(server, tmp_path, "-o", "/dev/full")
    assert done.code == 1
    assert "error: cannot write: No space left on device\n" in done.stderr
    assert (tmp_path / "image-1700000000.png").read_bytes() == PNG


def test_a_full_disk_leaves_what_could_be_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "spare"))
    (tmp_path / "spare").mkdir()
    server.answer(reply(answer(PNG)))
    done = made(server, tmp_path, "-o", "cat.png")
    left = tmp_path / "spare" / "image-1700000000.png.partial"
    assert (done.code, done.stdout) == (1, "")
    assert "cannot write cat.png: No space left on device" in done.stderr
    assert f"what could be written is in {left}" in done.stderr
    assert left.read_bytes() == PNG
    assert files(tmp_path) == ["spare"]
    assert files(tmp_path / "spare") == [left.name]


def test_an_answer_without_a_picture(server: Server, tmp_path: Path) -> None:
    server.answer(reply({"created": 1, "data": []}))
    done = made(server, tmp_path)
    assert done.code == 8
    assert done.json == {"created": 1, "data": []}
    assert "the answer holds no picture" in done.stderr


def test_what_is_no_base64_comes_as_it_is(server: Server, tmp_path: Path) -> None:
    server.answer(reply({"created": 1, "data": [{"b64_json": "not base 64 at all!"}]}))
    [name] = made(server, tmp_path).ok().lines
    assert (tmp_path / name).suffix == ".bin"
    assert (tmp_path / name).read_bytes()


def test_an_error_of_the_api(server: Server, tmp_path: Path) -> None:
    server.answer(error(400, "Your prompt was rejected.", code="moderation_blocked"))
    done = made(server, tmp_path)
    assert done.code == 1
    assert "Your prompt was rejected." in done.stderr
    assert files(tmp_path) == []


# -- edits, and the sandbox -----------------------------------------------------------------------


def test_an_edit_sends_every_picture_and_the_mask(server: Server, tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "mask.png"):
        (tmp_path / name).write_bytes(PNG)
    server.answer(reply(answer(WEBP)))
    words = ("images", "edit", "a.png", "b.png", "--prompt", "x", "--mask", "mask.png")
    done = oai(*words, "--background", "transparent", server=server, cwd=tmp_path).ok()
    assert done.stdout == "image-1700000000.webp\n"
    sent = [(part.name, part.filename) for part in server.only.parts]
    assert ("background", None) in sent
    assert sent[-3:] == [("image[]", "a.png"), ("image[]", "b.png"), ("mask", "mask.png")]


def drawn(folder: Path, *args: str) -> list[Path]:
    """Pictures from the sandbox."""
    done = oai("images", *args, "--sandbox", cwd=folder, env={"OPENAI_API_KEY": ""}).ok()
    return [folder / line for line in done.lines]


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "gif"])
def test_the_sandbox_makes_pictures_of_every_format(tmp_path: Path, form: str) -> None:
    args = ("generate", "a cat", "--output-format", form, "--size", "208x112")
    for path in drawn(tmp_path, *args, "--n", "2"):
        with Image.open(path) as image:
            assert (image.format, image.size) == (form.upper(), (208, 112))
            image.load()
            assert getattr(image, "n_frames", 1) == (9 if form == "gif" else 1)


@pytest.mark.parametrize("form", ["png", "webp"])
def test_the_sandbox_makes_transparent_pictures(tmp_path: Path, form: str) -> None:
    wanted = ("--output-format", form, "--size", "64x64")
    [clear] = drawn(tmp_path, "generate", "x", "--background", "transparent", *wanted)
    [opaque] = drawn(tmp_path, "generate", "x", *wanted)
    assert Image.open(clear).convert("RGBA").getpixel((0, 32))[3] == 0  # type: ignore[index]
    assert Image.open(opaque).convert("RGBA").getpixel((0, 32))[3] == 255  # type: ignore[index]


def test_the_sandbox_s_edits_depend_on_what_they_get(tmp_path: Path) -> None:
    one, two = drawn(tmp_path, "generate", "x", "--n", "2", "--size", "32x32", "-o", "{n}.png")
    edited = [
        drawn(tmp_path, "edit", path.name, "--prompt", "bluer", "--size", "32x32")[0].read_bytes()
        for path in (one, two, one)
    ]
    assert edited[0] == edited[2] != edited[1]


def test_the_sandbox_s_links_lead_to_pictures(tmp_path: Path) -> None:
    wanted = ("--response-format", "url", "--size", "256x256", "--model", "dall-e-2")
    inside = drawn(tmp_path, "generate", "x", *wanted)
    plain = drawn(tmp_path, "generate", "x", "--size", "256x256")
    assert inside[0].read_bytes() == plain[0].read_bytes()


def test_the_real_command_in_a_pipe_and_on_a_terminal(tmp_path: Path) -> None:
    env = {"OAI_SANDBOX": "1"}
    done = oai_process(*GENERATE, "-o", "p.png", "--size", "16x16", env=env, cwd=tmp_path).ok()
    assert done.stdout == "p.png\n"
    screen = oai_terminal(*GENERATE, "-o", "t.png", "--size", "16x16", env=env, cwd=tmp_path)
    assert (screen.code, screen.text) == (0, "t.png")
    assert (tmp_path / "t.png").read_bytes() == (tmp_path / "p.png").read_bytes()
    whole = oai_process(*GENERATE, "-f", "json", env=env, cwd=tmp_path).ok()
    assert json.loads(whole.stdout)["data"][0]["b64_json"]
