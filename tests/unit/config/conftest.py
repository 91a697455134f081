"""Configurations written for one test, and scopes to evaluate templates in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.basics.errors import Problem
from ivrhooks.config.loader import examine, load
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import Node

ENVIRON = {"KEY": "s3cret-value", "PORT": "5", "YES": "true"}
ROOT = """\
version: 1
region: CN
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "1", app_key: "${KEY}"}}
  shop: {kind: http, base_url: "https://shop.example.com/api"}
"""
ENDPOINT = """\
endpoint: vip
path: /api/vip
format: form
inputs:
  tel: {format: phone, required: true}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
outputs:
  isVip: {type: int, value: "{{ customer.isVip }}", default: 0}
"""


@dataclass
class GivenScope:
    """A scope with the values that a test gives."""

    values: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        self.notes.append(text)


class Folder:
    """A configuration's folder, and what the loader says of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "endpoints").mkdir()
        self.root(ROOT)

    def root(self, text: str | bytes) -> Folder:
        data = text if isinstance(text, bytes) else text.encode()
        (self.path / "ivrhooks.yaml").write_bytes(data)
        return self

    def endpoint(self, text: str | bytes, name: str = "a.yaml") -> Folder:
        data = text if isinstance(text, bytes) else text.encode()
        (self.path / "endpoints" / name).write_bytes(data)
        return self

    def problems(self, severity: str = "error", **environ: str) -> list[Problem]:
        _, problems = examine(self.path, environ={**ENVIRON, **environ})
        return [problem for problem in problems if problem.severity == severity]

    def messages(self, severity: str = "error", **environ: str) -> str:
        """All messages of a severity, each as `line:column path: message`."""
        return "\n".join(
            f"{problem.line}:{problem.column} {problem.path}: {problem.message}"
            for problem in self.problems(severity, **environ)
        )

    def load(self, **environ: str) -> Configuration:
        return load(self.path, environ={**ENVIRON, **environ})

    def plan(self, endpoint: str = "vip", **environ: str) -> Plan:
        plan = self.load(**environ).by_name(endpoint)
        assert plan is not None
        return plan


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def endpoint_text() -> str:
    return ENDPOINT


@pytest.fixture
def root_text() -> str:
    return ROOT


@pytest.fixture
def scope() -> Callable[..., GivenScope]:
    """Makes a scope: inputs by name, and any other value by keyword."""

    def make(inputs: Mapping[str, Any] | None = None, **values: Any) -> GivenScope:
        base: dict[str, Any] = {
            "inputs": inputs or {},
            "headers": {},
            "lookups": {},
            "now": datetime(2026, 11, 20, 10, 30, tzinfo=UTC),
            "request": {"id": "r-1"},
        }
        return GivenScope({**base, **values})

    return make


@pytest.fixture
def location() -> Location:
    """A location at the beginning of a document that holds nothing."""
    return Location(Report(), Document("file.yaml", Node({}, 1, 1)))
