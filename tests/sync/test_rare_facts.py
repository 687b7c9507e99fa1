"""What a naive reading of the SDK misses."""

from __future__ import annotations

from typing import Any

import pytest

from tools.sync import display

from .support import operation, parameter, parameters, sdk


def test_a_raw_body_or_typed_parts() -> None:
    assert operation("realtime.calls.create")["multipart"] == {
        "when": "always",
        "parts": {
            "sdp": {"content_type": "application/sdp", "json": False},
            "session": {"content_type": "application/json", "json": True},
        },
        "raw": "sdp",
    }


@pytest.mark.parametrize(
    ("name", "when", "places"),
    [
        ("files.create", "always", [["file"]]),
        ("images.edit", "always", [["image"], ["image", "<array>"], ["markup"], ["mask"]]),
        ("containers.files.create", "if_file_given", [["file"]]),
        ("skills.create", "if_file_given", [["files", "<array>"], ["files"]]),
        ("skills.versions.create", "if_file_given", [["files", "<array>"], ["files"]]),
    ],
)
def test_multipart(name: str, when: str, places: list[list[str]]) -> None:
    assert operation(name)["multipart"] == {"when": when, "files": places}


def test_header_parameters() -> None:
    betas = parameter("beta.responses.create", "betas")
    assert (betas["in"], betas["wire"], betas["join"]) == ("header", "openai-beta", ",")
    key = parameter("beta.agents.environments.create", "idempotency_key")
    assert (key["in"], key["wire"], key.get("join")) == ("header", "Idempotency-Key", None)


@pytest.mark.parametrize(
    ("name", "ask", "events", "model"),
    [
        ("chat.completions.create", "body", None, "chat.ChatCompletionChunk"),
        ("responses.retrieve", "query", None, "ResponseStreamEvent"),
        ("beta.threads.runs.create", "body", "named", "AssistantStreamEvent"),
        ("beta.agents.sessions.events.stream", "always", "session", "AgentSessionEvent"),
        ("beta.agents.sessions.create", "body", "session", "AgentSessionEvent"),
    ],
)
def test_streams(name: str, ask: str, events: str | None, model: str) -> None:
    stream = operation(name)["stream"]
    assert (stream["ask"], stream.get("events"), stream["model"]) == (ask, events, model)
    assert stream["shape"]


def test_options_of_the_sdk_alone_are_no_parameters() -> None:
    names = {p["name"] for p in operation("beta.agents.sessions.create")["parameters"]}
    assert not names & {"output_type", "tool_handlers", "extra_body", "timeout"}
    assert "environment" in names


def test_alternatives() -> None:
    alternatives = {n: o["required"] for n, o in sdk().operations.items() if "required" in o}
    assert alternatives["audio.voices.create"] == [
        ["audio_sample", "consent", "name"],
        ["name", "prompt", "type"],
    ]
    assert sorted(alternatives) == [
        "admin.organization.external_keys.create",
        "audio.voices.create",
        "beta.agents.automations.create",
        "beta.agents.environments.files.create",
    ]
    required = [
        p["name"] for p in operation("audio.voices.create")["parameters"] if p.get("required")
    ]
    assert required == ["name"]


def test_deprecated_parameters() -> None:
    found = [
        (name, p["name"])
        for name, o in sdk().operations.items()
        for p in o["parameters"]
        if p.get("deprecated")
    ]
    assert sorted(found) == [
        ("beta.responses.create", "prompt_cache_retention"),
        ("chat.completions.create", "function_call"),
        ("chat.completions.create", "functions"),
        ("chat.completions.create", "max_tokens"),
        ("chat.completions.create", "prompt_cache_retention"),
        ("fine_tuning.jobs.create", "hyperparameters"),
        ("images.edit", "user"),
        ("images.generate", "user"),
        ("responses.create", "prompt_cache_retention"),
    ]


def test_what_depends_on_the_response_format() -> None:
    response = operation("audio.transcriptions.create")["response"]
    assert (response["kind"], response["depends"]) == ("json_or_text", "response_format")
    assert "string" in response["shape"]["union"]


@pytest.mark.parametrize(
    ("name", "param", "display_type", "closed"),
    [
        ("chat.completions.create", "model", "string", False),
        ("chat.completions.create", "logit_bias", "map", False),
        ("realtime.calls.accept", "max_output_tokens", "integer|string", True),
        ("files.list", "order", "string", True),
        ("embeddings.create", "input", None, False),
        ("chat.completions.create", "stream", "boolean", False),
        ("images.edit", "image", "file|array<file>", False),
    ],
)
def test_display_types(name: str, param: str, display_type: str | None, closed: bool) -> None:
    record = parameter(name, param)
    wanted = display_type or "string|array<string>|array<integer>|array<array<integer>>"
    assert record["type"] == wanted
    assert record.get("closed", False) is closed


def test_dotted_fields() -> None:
    fields = {".".join(f["path"]): f for f in parameter("responses.create", "reasoning")["fields"]}
    assert fields["reasoning.effort"]["type"] == "string"
    assert "high" in fields["reasoning.effort"]["enum"]
    longest = max(len(f["path"]) for p in parameters() for f in p.get("fields", ()))
    assert longest == display.DEPTH


def test_sockets() -> None:
    connects = {
        n: (s["path"], s["query"], len(s["client"]), len(s["server"]))
        for n, s in sdk().sockets.items()
    }
    assert connects == {
        "beta.realtime.connect": ("/realtime", ["model"], 12, 34),
        "beta.responses.connect": ("/responses", [], 3, 64),
        "live.connect": ("/live/sessions", [], 15, 28),
        "live.forks.connect": ("/live/sessions/{session_id}/fork", [], 15, 28),
        "live.sideband.connect": ("/live/sessions/{session_id}/attach", ["graceful_close"], 14, 28),
        "realtime.connect": ("/realtime", ["call_id", "model"], 11, 46),
        "realtime.translations.connect": ("/realtime/translations", ["model"], 3, 7),
        "responses.connect": ("/responses", [], 2, 62),
    }
    assert sdk().sockets["beta.realtime.connect"]["headers"] == {"OpenAI-Beta": "realtime=v1"}


def test_helpers() -> None:
    assert len(sdk().helpers) == 38
    assert sdk().helpers["uploads.upload_file_chunked"] == {
        "kind": "upload",
        "uses": ["uploads.complete", "uploads.create", "uploads.parts.create"],
    }
    known = {*sdk().operations, *sdk().helpers}
    assert all(known.issuperset(h.get("uses", ())) for h in sdk().helpers.values())


def test_webhook_events() -> None:
    events = sdk().events
    assert events["batch.completed"] == {"ref": "webhooks:BatchCompletedWebhookEvent"}
    assert len(events) > 25


def test_every_reference_leads_to_a_shape() -> None:
    def refs(value: Any) -> list[str]:
        if isinstance(value, dict):
            if isinstance(value.get("ref"), str):
                return [value["ref"]]
            return [ref for item in value.values() for ref in refs(item)]
        return [ref for item in value for ref in refs(item)] if isinstance(value, list) else []

    known = {f"{file}:{name}" for file, objects in sdk().shapes.items() for name in objects}
    used = {ref for part in (sdk().operations, sdk().shapes, sdk().events) for ref in refs(part)}
    assert used == known
