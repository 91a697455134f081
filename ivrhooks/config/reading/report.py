"""Collects the problems of a configuration in one report, each with file and
position."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ivrhooks.basics.errors import Problem
from ivrhooks.basics.frozen import frozen
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.yaml_reader import Node

Path = tuple[str | int, ...]
ALMOST_FILLED = re.compile(
    r"(?:\$|\$\(|%|\{\{ *(?:\w+\.)?)(?P<name>[A-Z][A-Z0-9_]*)(?:|\)|%| *\}\})"
)
"""How other tools write an environment variable."""


class Report:
    """Takes problems from every stage of loading; returns them sorted, without
    duplicates."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._exposures: dict[Problem, None] = {}
        self._suppressed: set[tuple[str, Path]] = set()
        self._meant: dict[tuple[str, Path], str] = {}

    def add(self, problem: Problem) -> None:
        """Add a problem. Adding the same one twice has no effect."""
        self._problems[problem] = None

    def withdraw(self, file: str, path: Path) -> None:
        """Drop the problems at or below ``path`` that were added before."""
        name = dotted(path)
        self._problems = {
            problem: None
            for problem in self._problems
            if problem.file != file
            or not (
                problem.path == name
                or problem.path.startswith((f"{name}.", f"{name}["))
            )
        }

    def expose(self, problem: Problem) -> None:
        """Add something that is open to other machines.

        It is no mistake in the files, so it is kept apart from the problems.
        """
        self._exposures[problem] = None

    def suppress(self, file: str, path: Path) -> None:
        """Drop all further problems at or below ``path``: its value could not be
        read."""
        self._suppressed.add((file, path))

    def is_suppressed(self, file: str, path: Path) -> bool:
        """Return whether problems at ``path`` are dropped because of an earlier one."""
        return (file, path) in self._suppressed

    def note_misspelling(self, file: str, path: Path, key: str) -> None:
        """Record that the file has ``path`` under the misspelt key ``key``."""
        self._meant[(file, path)] = key

    def as_written(self, file: str, path: Path) -> Path:
        """Return ``path`` with the keys that the file has in place of the right
        ones."""
        if not self._meant:
            return path
        steps = (
            self._meant.get((file, path[: depth + 1]), step)
            for depth, step in enumerate(path)
        )
        return tuple(steps)

    def failed_in(self, file: str) -> bool:
        """Return whether that file has an error."""
        return any(
            problem.severity == "error" and problem.file == file
            for problem in self._problems
        )

    @property
    def failed(self) -> bool:
        """Whether there is any error."""
        return any(problem.severity == "error" for problem in self._problems)

    def problems(self) -> tuple[Problem, ...]:
        """All problems, sorted by file, line and column."""
        return in_order(self._problems)

    def exposures(self) -> tuple[Problem, ...]:
        """All exposures, sorted by file, line and column."""
        return in_order(self._exposures)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems sorted by file, line and column, without duplicates."""
    each = dict.fromkeys(problems)
    return tuple(
        sorted(each, key=lambda problem: (problem.file, problem.line, problem.column))
    )


@dataclass(frozen=True, slots=True)
class Document:
    """One file that was read: its name in messages, and its tree."""

    file: str
    root: Node = field(repr=False)

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Return line and column of the value at ``path``, or of its key where ``key``
        is true.

        Where the file has no such path, it is the nearest key above.
        """
        node, place = self.root, (self.root.line, self.root.column)
        for depth, step in enumerate(path):
            child = node.below(step)
            if child is None:
                return place
            at_key = node.keys.get(str(step), (child.line, child.column))
            last = depth == len(path) - 1
            place = (child.line, child.column) if last and not key else at_key
            node = child
        return place


@frozen
class Location:
    """A position in a document at which problems can be reported."""

    report: Report
    document: Document
    path: Path = ()

    def at(self, *steps: str | int) -> Location:
        """Return the location below this one."""
        return Location(self.report, self.document, (*self.path, *steps))

    def error(self, message: str, *, key: bool = False, down: int = 0) -> None:
        """Report an error.

        It is placed at the value, or at the key where ``key`` is true, ``down`` lines
        below.
        """
        self._add(message, "error", key=key, down=down)

    def warning(self, message: str, *, key: bool = False) -> None:
        """Report a warning: what is probably a mistake."""
        self._add(message, "warning", key=key)

    def exposure(self, message: str, *, key: bool = False) -> None:
        """Report what is open to other machines; ``check`` and a public server print
        it."""
        if not self.report.is_suppressed(self.document.file, self.path):
            self.report.expose(self._problem(message, "warning", key=key))

    def plain_secret(self) -> None:
        """Report a secret that is written in the file itself."""
        message = (
            'a secret is written here in plain text; write "${NAME}" and set it in '
            "the environment"
        )
        almost = ALMOST_FILLED.fullmatch(str(self.value()))
        if almost is not None:
            message = f'`{almost[0]}` is not filled in; write "${{{almost["name"]}}}"'
        self.warning(message)
        self.exposure(message)

    def suppress(self, message: str) -> None:
        """Report that the value here cannot be read, and drop all further problems with
        it."""
        self.error(message)
        self.report.suppress(self.document.file, self.path)

    def misplaced(self, message: str) -> None:
        """Report that the key here does not belong here, and nothing else of it."""
        self.report.withdraw(self.document.file, self.path)
        self.error(message, key=True)

    def explains(self, *, meant: str, covers: str) -> None:
        """Read the unknown key here as ``meant``, and drop problems with the key
        ``covers``."""
        above, file = self.path[:-1], self.document.file
        if meant:
            self.report.note_misspelling(file, (*above, meant), str(self.path[-1]))
        if covers:
            self.report.suppress(file, (*above, covers))

    def note(self, message: str, *, key: bool = False) -> None:
        """Report a note: worth knowing, but no problem."""
        self._add(message, "note", key=key)

    def place(self) -> str:
        """``file:line`` of this key, for use in the message of another problem."""
        line, _ = self.document.place(self._path_as_written, key=True)
        return f"{self.document.file}:{line}"

    @property
    def is_suppressed(self) -> bool:
        """Whether problems with the value here are dropped because of an earlier
        one."""
        return self.report.is_suppressed(self.document.file, self.path)

    def has(self) -> bool:
        """Return whether the file has a value here."""
        return self._node() is not None

    def value(self) -> object:
        """Return the value that the file has here, or None."""
        node = self._node()
        return None if node is None else node.value

    def number(self) -> str:
        """Return the number that the file has here, to the letter; "" where none is."""
        node = self._node()
        return "" if node is None else node.text

    def misspelt(self, name: str) -> bool:
        """Return whether the mapping here has a key that is a near miss of ``name``."""
        node = self._node()
        return node is not None and closest(name, node.keys, 0.7) is not None

    @property
    def _path_as_written(self) -> Path:
        return self.report.as_written(self.document.file, self.path)

    def _node(self) -> Node | None:
        node: Node | None = self.document.root
        for step in self._path_as_written:
            node = node.below(step) if node is not None else None
        return node

    def _add(self, message: str, severity: str, *, key: bool, down: int = 0) -> None:
        if not self.report.is_suppressed(self.document.file, self.path):
            self.report.add(self._problem(message, severity, key=key, down=down))

    def _problem(
        self, message: str, severity: str, *, key: bool, down: int = 0
    ) -> Problem:
        line, column = self.document.place(self._path_as_written, key=key)
        value = self.value()
        hidden = isinstance(value, Interpolated)
        return Problem(
            message=value.hidden_in(message) if hidden else message,  # type: ignore[attr-defined]
            file=self.document.file,
            line=line + down,
            column=column,
            path=dotted(self.path),
            severity=severity,
        )


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as text: ``("mock", 0, "when")`` is ``mock[0].when``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif not step.strip() or any(sign in step for sign in ".[]'"):
            text += f"[{step!r}]"
        else:
            text += f".{step}" if text else step
    return text


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `` (did you mean `tel`?)``, or "" where no known name is close."""
    meant = closest(name, known)
    return f" (did you mean `{meant}`?)" if meant else ""


def closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the known name that is closest to ``name``, or None where none is
    close."""
    names = {known_name.lower(): known_name for known_name in known}
    if not names:
        return None
    word = name.lower()
    near = difflib.get_close_matches(word, names, n=3, cutoff=cutoff)
    return next(
        (names[known_name] for known_name in near if _is_slip(word, known_name)), None
    )


def _is_slip(word: str, name: str) -> bool:
    """Return whether ``word`` is likely a misspelling of ``name``.

    Either few letters differ, or one word is the beginning of the other. Mere
    similarity does not count: ``timezone`` resembles ``timeout``, but nobody mistakes
    one for the other.
    """
    if min(len(word), len(name)) >= 2 and word.startswith(name):
        return True
    longer = max(len(word), len(name))
    most = max(2, longer // 3) if longer >= 5 else 1
    return name.startswith(word) or _edits(word, name) <= most


def _edits(word: str, other: str) -> int:
    """Return how many letters must be inserted, removed, changed or swapped."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(word, 1):
        last, row, earlier = row, [i], before
        for j, right in enumerate(other, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and word[i - 2] == right:
                best = min(best, earlier[j - 2] + 1)
            row.append(best)
        before = last
    return row[-1]


def listed(names: Iterable[str]) -> str:
    """Return names in one line, each in backticks."""
    return ", ".join(f"`{name}`" for name in names) or "none"


def choice(words: Iterable[str | int]) -> str:
    """Return words as a sentence lists them: ``a, b or c``."""
    *others, last = map(str, words)
    return f"{', '.join(others)} or {last}" if others else last
