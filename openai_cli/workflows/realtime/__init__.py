"""Watching calls that a realtime model leads."""
