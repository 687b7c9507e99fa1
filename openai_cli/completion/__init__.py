"""Answers the shells: what may stand where the cursor is, before anything heavy is imported.

Only `json`, `os` and `sys` are imported at module level: `pathlib`, `typing` or the catalog's own
loader would cost as much as the rest of an answer.
"""
