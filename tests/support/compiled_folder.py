"""Compiles sources from real YAML, with the problems that `check` reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ivrhooks.answering.scope import RequestScope
from ivrhooks.basics.phone import PhoneNumber
from ivrhooks.config.loader import examine
from ivrhooks.config.plan import Configuration, Skip
from ivrhooks.sources.interface import Query, SourceSettings

_ROOT = "version: 1\nregion: CN\ntimezone: Asia/Shanghai\nsources:\n"
_ENDPOINT = """\
endpoint: e
path: /e
format: form
inputs: {tel: {format: phone}}
lookups:
  x:
    source: s
    %s
outputs: {o: {type: string, value: "{{ x.a }}", default: ""}}
"""


@dataclass
class CompiledFolder:
    """A folder with one source `s` and one lookup of it."""

    path: Path

    def examine(
        self, source: str, lookup: str = "request: {path: /x}", **environ: str
    ) -> tuple[Configuration | None, str]:
        """Return the configuration, and its errors and warnings, one a line."""
        (self.path / "endpoints").mkdir(exist_ok=True)
        root = f"{_ROOT}  s: {source}\n"
        (self.path / "ivrhooks.yaml").write_text(root)
        (self.path / "endpoints" / "e.yaml").write_text(_ENDPOINT % lookup)
        made, problems = examine(self.path, environ={"S": "s3cret", **environ})
        lines = [
            f"{problem.severity} {problem.path}: {problem.message}"
            for problem in problems
            if problem.severity != "note"
        ]
        return made, "\n".join(lines)

    def source(self, source: str, **how: str) -> SourceSettings:
        """Return the settings of a source, which must have no errors."""
        made, report = self.examine(source, **how)
        assert made is not None, report
        return made.sources["s"]

    def query(self, source: str, lookup: str, **inputs: object) -> Query | Skip:
        """Return the query that the lookup makes for these inputs."""
        made, report = self.examine(source, lookup)
        assert made is not None, report
        values = {name: PhoneNumber(str(value)) for name, value in inputs.items()}
        scope = RequestScope({"tel": None, **values}, {}, datetime.now(UTC), "r", [])
        plan = made.by_name("e")
        assert plan is not None
        return plan.lookups[0].calls[0].bind(scope)
