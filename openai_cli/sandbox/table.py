"""Which operations have behaviour of their own; all others are answered from their facts."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from .call import Call
from .reply import Reply

Behaviour = Callable[[Call], Reply]

# Operation: module and function below this package, loaded when first asked for.
BEHAVIOURS = {
    "admin.organization.certificates.activate": "admin:activate",
    "admin.organization.certificates.deactivate": "admin:deactivate",
    "admin.organization.projects.certificates.activate": "admin:activate",
    "admin.organization.projects.certificates.deactivate": "admin:deactivate",
    "audio.speech.create": "audio:speak",
    "audio.transcriptions.create": "audio:transcribe",
    "audio.translations.create": "audio:translate",
    "batches.cancel": "batches:cancel",
    "batches.create": "batches:create",
    "batches.retrieve": "batches:retrieve",
    "beta.agents.sessions.create": "agents:create",
    "beta.agents.sessions.events.create": "agents:send",
    "beta.agents.sessions.events.stream": "agents:stream",
    "beta.responses.cancel": "responses:cancel",
    "beta.responses.compact": "responses:compact",
    "beta.responses.create": "responses:create",
    "beta.responses.delete": "responses:delete",
    "beta.responses.input_items.list": "responses:input_items",
    "beta.responses.input_tokens.count": "responses:count",
    "beta.responses.retrieve": "responses:retrieve",
    "beta.threads.create": "threads:create",
    "beta.threads.create_and_run": "runs:create_with_thread",
    "beta.threads.messages.create": "threads:create_message",
    "beta.threads.runs.cancel": "runs:cancel",
    "beta.threads.runs.create": "runs:create",
    "beta.threads.runs.retrieve": "runs:retrieve",
    "beta.threads.runs.submit_tool_outputs": "runs:submit",
    "chat.completions.create": "chat:create",
    "completions.create": "completions:create",
    "containers.files.create": "containers:add_file",
    "conversations.create": "conversations:create",
    "conversations.items.create": "conversations:add_items",
    "conversations.items.delete": "conversations:delete_item",
    "embeddings.create": "embeddings:create",
    "evals.runs.retrieve": "evals:retrieve",
    "files.content": "files:content",
    "files.create": "files:create",
    "files.retrieve_content": "files:content",
    "fine_tuning.checkpoints.permissions.create": "fine_tuning:permit",
    "fine_tuning.jobs.cancel": "fine_tuning:cancel",
    "fine_tuning.jobs.create": "fine_tuning:create",
    "fine_tuning.jobs.list_events": "fine_tuning:events",
    "fine_tuning.jobs.pause": "fine_tuning:pause",
    "fine_tuning.jobs.resume": "fine_tuning:resume",
    "fine_tuning.jobs.retrieve": "fine_tuning:retrieve",
    "images.create_variation": "images:variation",
    "images.edit": "images:edit",
    "images.generate": "images:generate",
    "live.create": "realtime:create_live",
    "live.sessions.accept": "realtime:act",
    "live.sessions.fork": "realtime:fork",
    "live.sessions.hangup": "realtime:act",
    "live.sessions.refer": "realtime:act",
    "live.sessions.reject": "realtime:act",
    "models.delete": "models:delete",
    "models.list": "models:listing",
    "models.retrieve": "models:retrieve",
    "moderations.create": "moderations:create",
    "realtime.calls.accept": "realtime:act",
    "realtime.calls.create": "realtime:create_call",
    "realtime.calls.hangup": "realtime:act",
    "realtime.calls.refer": "realtime:act",
    "realtime.calls.reject": "realtime:act",
    "responses.cancel": "responses:cancel",
    "responses.compact": "responses:compact",
    "responses.create": "responses:create",
    "responses.delete": "responses:delete",
    "responses.input_items.list": "responses:input_items",
    "responses.input_tokens.count": "responses:count",
    "responses.retrieve": "responses:retrieve",
    "skills.create": "skills:create",
    "skills.versions.create": "skills:add_version",
    "uploads.cancel": "uploads:cancel",
    "uploads.complete": "uploads:complete",
    "uploads.create": "uploads:create",
    "uploads.parts.create": "uploads:add_part",
    "vector_stores.create": "vector_stores:create",
    "vector_stores.file_batches.cancel": "vector_stores:cancel_batch",
    "vector_stores.file_batches.create": "vector_stores:create_batch",
    "vector_stores.file_batches.list_files": "vector_stores:list_files",
    "vector_stores.file_batches.retrieve": "vector_stores:retrieve_batch",
    "vector_stores.files.content": "vector_stores:file_content",
    "vector_stores.files.create": "vector_stores:add_file",
    "vector_stores.files.list": "vector_stores:list_files",
    "vector_stores.files.retrieve": "vector_stores:retrieve_file",
    "vector_stores.list": "vector_stores:listing",
    "vector_stores.retrieve": "vector_stores:retrieve",
    "vector_stores.search": "vector_stores:find_passages",
    "vector_stores.update": "vector_stores:update",
    "videos.create": "videos:create",
    "videos.download_content": "videos:content",
    "videos.edit": "videos:derive",
    "videos.extend": "videos:derive",
    "videos.remix": "videos:derive",
    "videos.retrieve": "videos:retrieve",
    "webhooks.event_types.list": "webhooks:event_types",
    "webhooks.rotate_secret": "webhooks:rotate",
    "webhooks.test": "webhooks:test",
}
_USAGE = "admin.organization.usage."


def behaviour(operation: str) -> Behaviour:
    """The function that answers an operation."""
    usual = "usage:report" if operation.startswith(_USAGE) else "generic:handle"
    module, _, function = BEHAVIOURS.get(operation, usual).partition(":")
    found: Behaviour = getattr(import_module(f".{module}", __package__), function)
    return found
