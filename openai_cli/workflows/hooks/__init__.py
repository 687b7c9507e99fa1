"""Webhooks: genuine deliveries told from others, received, and made for tests."""

PORT = 4242
"""Where `listen` listens, and where `trigger` sends."""
