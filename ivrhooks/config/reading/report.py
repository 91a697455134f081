"""What is wrong with a configuration, gathered in one report with files and places."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ivrhooks.basics.errors import Problem
from ivrhooks.config.reading.interpolated import Interpolated
from ivrhooks.config.reading.yaml_reader import Node

Path = tuple[str | int, ...]


class Report:
    """Takes problems from every stage of loading; gives them sorted, none twice."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._exposures: dict[Problem, None] = {}
        self._spoiled: set[tuple[str, Path]] = set()

    def add(self, problem: Problem) -> None:
        """One problem more; the same one twice counts once."""
        self._problems[problem] = None

    def expose(self, problem: Problem) -> None:
        """One thing more that whoever reaches the server can use: no mistake in the
        files, so it stands apart."""
        self._exposures[problem] = None

    def spoil(self, file: str, path: Path) -> None:
        """Say that a value could not even be had: nothing more is said about it."""
        self._spoiled.add((file, path))

    def is_spoiled(self, file: str, path: Path) -> bool:
        """Whether something was said about the value that makes the rest idle."""
        return (file, path) in self._spoiled

    def failed_in(self, file: str) -> bool:
        """Whether any error is in that file."""
        return any(
            one.severity == "error" and one.file == file for one in self._problems
        )

    @property
    def failed(self) -> bool:
        """Whether any of them is an error."""
        return any(problem.severity == "error" for problem in self._problems)

    def problems(self) -> tuple[Problem, ...]:
        """All of them, by file, line and column."""
        return in_order(self._problems)

    def exposures(self) -> tuple[Problem, ...]:
        """What is exposed, by file, line and column."""
        return in_order(self._exposures)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by file, line and column, each once."""
    each = dict.fromkeys(problems)
    return tuple(sorted(each, key=lambda one: (one.file, one.line, one.column)))


@dataclass(frozen=True, slots=True)
class Document:
    """One file that was read: its name for messages, and its tree."""

    file: str
    root: Node = field(repr=False)

    def place(self, path: Path, *, key: bool = False) -> tuple[int, int]:
        """Line and column of the value at ``path`` (``key``: of its key); of the
        nearest key above where the file has no such path."""
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


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a document that problems can be reported at."""

    report: Report
    document: Document
    path: Path = ()

    def at(self, *steps: str | int) -> Location:
        """The spot below this one."""
        return Location(self.report, self.document, (*self.path, *steps))

    def error(self, message: str, *, key: bool = False, down: int = 0) -> None:
        """Report an error (``key``: at the key; ``down``: that many lines below)."""
        self._add(message, "error", key=key, down=down)

    def warning(self, message: str, *, key: bool = False) -> None:
        """Report what is probably not meant."""
        self._add(message, "warning", key=key)

    def exposure(self, message: str, *, key: bool = False) -> None:
        """Report what lies open to others; ``check`` and a public server say so."""
        if not self.report.is_spoiled(self.document.file, self.path):
            self.report.expose(self._problem(message, "warning", key=key))

    def plain_secret(self) -> None:
        """Report a secret that stands in the file itself."""
        message = (
            'a secret is written here in plain text; write "${NAME}" and set it in '
            "the environment"
        )
        self.warning(message)
        self.exposure(message)

    def spoil(self, message: str) -> None:
        """Report that the value here cannot be had; nothing more is said about it."""
        self.error(message)
        self.report.spoil(self.document.file, self.path)

    def note(self, message: str, *, key: bool = False) -> None:
        """Report what is good to know."""
        self._add(message, "note", key=key)

    def place(self) -> str:
        """``file:line`` of this spot's key, to be named in another's message."""
        line, _ = self.document.place(self.path, key=True)
        return f"{self.document.file}:{line}"

    def has(self) -> bool:
        """Whether the file has a value here."""
        return self._node() is not None

    def value(self) -> object:
        """The value that the file has here; None where it has none."""
        node = self._node()
        return None if node is None else node.value

    def misspelt(self, name: str) -> bool:
        """Whether the mapping here has a key that is nearly called ``name``."""
        node = self._node()
        return node is not None and closest(name, node.keys, 0.7) is not None

    def _node(self) -> Node | None:
        node: Node | None = self.document.root
        for step in self.path:
            node = node.below(step) if node is not None else None
        return node

    def _add(self, message: str, severity: str, *, key: bool, down: int = 0) -> None:
        if not self.report.is_spoiled(self.document.file, self.path):
            self.report.add(self._problem(message, severity, key=key, down=down))

    def _problem(
        self, message: str, severity: str, *, key: bool, down: int = 0
    ) -> Problem:
        line, column = self.document.place(self.path, key=key)
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
    """``("mock", 0, "when")`` as it is read: ``mock[0].when``."""
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
    """`` (did you mean `tel`?)``, or nothing where no known name is near."""
    found = closest(name, known)
    return f" (did you mean `{found}`?)" if found else ""


def closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is nearest to ``name``."""
    names = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), names, n=1, cutoff=cutoff)
    return names[found[0]] if found else None


def listed(names: Iterable[str]) -> str:
    """Names in one line, each in backticks."""
    return ", ".join(f"`{name}`" for name in names) or "none"
