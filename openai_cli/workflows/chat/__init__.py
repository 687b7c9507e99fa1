"""Talking to models: one-liners, tools, structured answers, and the session people stay in."""
