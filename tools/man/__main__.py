"""`python -m tools.man`: write the manual pages, the help topics and the search index."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from . import facts, manuals, outputs, search, topics, walk

ROOT = Path(__file__).parents[2]
TOPICS = ROOT / "words" / "topics"
OWNED = ("man/*.[0-9]", "openai_cli/help/*.json")
DIFF_LINES = 200


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; its exit code."""
    options = _parser().parse_args(arguments)
    try:
        told = topics.read(TOPICS)
    except topics.TopicError as error:
        _say(f"error: {error}")
        return 1
    problems = list(facts.missing(told))
    for problem in problems:
        _say(f"error: {problem}")
    made = files(told)
    if options.check:
        return int(_differs(options.output, made) or bool(problems))
    changed = outputs.write(options.output, made, OWNED)
    _say(f"{len(made)} files, {changed} changed, in {options.output}")
    return int(bool(problems))


def files(told: list[topics.Topic]) -> dict[str, str]:
    """Every file that is made, by its path below the root."""
    tree = walk.root()
    made = {f"man/{page.file}": page.text() for page in manuals.pages(tree, told)}
    made["openai_cli/help/topics.json"] = _lines(
        {
            topic.name: {
                "manual": f"{topic.manual}({topic.section})",
                "help": topic.summary,
                "blocks": topic.blocks,
            }
            for topic in told
            if topic.section > 1
        }
    )
    made["openai_cli/help/search.json"] = search.index(tree, told)
    return made


def _lines(entries: dict[str, object]) -> str:
    """A JSON object with one entry a line, for diffs."""
    lines = (f"{json.dumps(key)}:{_json(value)}" for key, value in entries.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.man", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if the files are out of date"
    )
    parser.add_argument(
        "--output", type=Path, default=ROOT, metavar="DIR", help="the root to write below"
    )
    return parser


def _differs(folder: Path, made: dict[str, str]) -> bool:
    lines = list(islice(outputs.differences(folder, made, OWNED), DIFF_LINES))
    for line in lines:
        sys.stdout.write(line[:200] + "\n")
    if lines:
        _say("error: man/ or openai_cli/help/ is out of date; run python -m tools.man")
    return bool(lines)


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
