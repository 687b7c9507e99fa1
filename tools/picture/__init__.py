"""The picture in the README: a real session on a real (if made-up) terminal, drawn as SVG.

`python -m tools.picture` runs the commands of `COMMANDS` against the sandbox and writes
`docs/terminal.svg`; `--check` fails when that file is not what they show.
"""

from __future__ import annotations

COLUMNS = 84

COMMANDS = (
    'oai responses create "What is 6 x 7?"',
    'git diff | oai chat create "Write a test for this change"',
    "oai chat create \"Tell me about Ada Lovelace\" --schema 'name, work' --jq .name",
    "oai models list --max-items 3",
    'oai chat create "Hi" --temprature 0.2',
    'oai help search "delete vector store file" --max-items 3',
)
"""What is typed; only what answers the same every time may stand here."""
