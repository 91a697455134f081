"""Reads the commands of a page: its ``console`` blocks, their output, their marks.

A block holds ``$ command`` lines, each followed by its output. ``…`` stands for any
text in a line, and alone on a line for any lines. ``# ends with 2`` after a command is
its exit status; without it the status is 0. A comment on a line of its own is a mark:

- ``<!-- not run: REASON -->``: the next block is shown but not run.
- ``<!-- stays up -->``: the next block's command runs until the page ends; the block
  has the beginning of its output.
- ``<!-- run before: COMMAND -->``: a command that readers have run already.
- ``<!-- demo runs: DIR -->``: a demo that readers have started already.

A block whose first line is ``# NAME.yaml`` (``.csv``, ``.json``) is that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

FENCE = re.compile(r"^ *```(\w*)$")
MARK = re.compile(r"^<!-- (not run|stays up|run before|demo runs)(?:: (.+))? -->$")
DEMO_IS_UP = ("…", "The demo is up. Ctrl-C stops it.")
FILE = re.compile(r"^# ([\w./-]+\.(?:yaml|csv|json))$")
STATUS = re.compile(r"# ends with (\d+)$")
SHELL = ("sh", "bash", "shell", "text")
BARE = re.compile(
    r"^ {4}(?:\$ )?(?:ivrhooks|make|pip|git|curl|gunicorn|sudo|export|[A-Z_]+=\S+) ?"
)


@dataclass(frozen=True)
class Step:
    """One step of a reader who follows a page: a command or a file."""

    line: int
    command: str = ""
    output: tuple[str, ...] = ()
    file: str = ""
    text: str = ""
    stays_up: bool = False
    not_run: str = ""

    @property
    def status(self) -> int:
        match = STATUS.search(self.command)
        return int(match[1]) if match else 0


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the number of its first line, and its lines."""

    language: str
    line: int
    lines: tuple[str, ...]
    mark: str = ""
    reason: str = ""


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a page in order, and each ``run before`` as a block."""
    mark = reason = language = ""
    start = 0
    inside: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if inside is None and (opening := MARK.match(line)):
            mark, reason = opening[1], opening[2] or ""
            if mark == "run before":
                yield Block("console", number, (f"$ {reason}", "…"))
                mark = reason = ""
            elif mark == "demo runs":
                lines = (f"$ ivrhooks demo --config {reason}", *DEMO_IS_UP)
                yield Block("console", number, lines, "stays up")
                mark = reason = ""
        elif fence and inside is None:
            language, start, inside = fence[1], number + 1, []
        elif fence and inside is not None:
            yield Block(language, start, tuple(inside), mark, reason)
            mark, reason, inside = "", "", None
        elif inside is not None:
            inside.append(line)


def pages(checkout: Path) -> dict[str, list[Step]]:
    """Return the steps of each page of a checkout by its path."""
    files = [checkout / "README.md", checkout / "CONTRIBUTING.md"]
    files += sorted((checkout / "docs").rglob("*.md"))
    return {str(page.relative_to(checkout)): steps(page) for page in files}


def steps(page: Path) -> list[Step]:
    """Return the steps of a page in order."""
    listed: list[Step] = []
    for block in blocks(page.read_text("utf-8")):
        if block.language == "console":
            listed += _commands(block)
        elif block.lines and (name := FILE.match(block.lines[0])):
            text = "\n".join(block.lines) + "\n"
            if not name[1].endswith(".yaml"):
                text = text.partition("\n")[2]
            listed.append(Step(block.line, file=name[1], text=text))
    return listed


def _commands(block: Block) -> Iterator[Step]:
    listed: list[Step] = []
    for number, line in enumerate(block.lines, block.line):
        if line.startswith("$ "):
            step = Step(number, line[2:], stays_up=block.mark == "stays up")
            reason = block.reason if block.mark == "not run" else ""
            listed.append(replace(step, not_run=reason))
        elif listed and listed[-1].command.endswith("\\") and not listed[-1].output:
            listed[-1] = replace(listed[-1], command=f"{listed[-1].command}\n{line}")
        elif listed:
            listed[-1] = replace(listed[-1], output=(*listed[-1].output, line.rstrip()))
        else:
            raise ValueError(f"line {number}: a console block begins with `$ command`")
    yield from listed


def pattern(output: tuple[str, ...]) -> str:
    """Return the regular expression of an output, with the line breaks."""
    parts = []
    for line in output:
        if line == "…":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*?".join(map(re.escape, line.split("…"))) + r"[ \t]*\n")
    return "".join(parts)


def is_output(output: tuple[str, ...], came: str) -> bool:
    """Return whether an ended command printed the output on its page."""
    came = came if came.endswith("\n") or not came else came + "\n"
    return re.fullmatch(pattern(output), came) is not None


def begins_with(output: tuple[str, ...], came: str) -> bool:
    """Return whether a running command has printed the output on its page."""
    return re.match(pattern(output), came) is not None


def strays(text: str) -> list[int]:
    """Return the numbers of lines with commands outside ``console`` blocks."""
    stray_lines = [
        block.line
        for block in blocks(text)
        if block.language in SHELL
        and any(BARE.match(f"    {line.strip()}") for line in block.lines)
    ]
    outside = _without_blocks(text)
    stray_lines += [number for number, line in outside if BARE.match(line)]
    return sorted(stray_lines)


def _without_blocks(text: str) -> Iterator[tuple[int, str]]:
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            yield number, line
