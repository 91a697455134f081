"""The tables of a configuration: viewed, checked, saved, with earlier versions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ivrhooks.console.context import ConsoleContext, ConsoleError, invalid
from ivrhooks.languages.catalogue import because
from ivrhooks.sources.interface import SourceSettings
from ivrhooks.sources.table.file import TableFile
from ivrhooks.sources.table.rows import TableError
from ivrhooks.store.cipher import CannotDecrypt
from ivrhooks.store.folder import data_folder
from ivrhooks.store.keys import open_cipher

MAX_BYTES = 512 * 1024  # the largest file that a browser can change
MAX_ROWS = 200  # the most rows that a page shows
VERSIONS = 10
PURPOSE = "table"
LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a file that was saved here, with author and time."""

    number: str
    who: str
    at: str
    text: str


def tables(context: ConsoleContext) -> list[dict[str, Any]]:
    """Return every table in the file's order, with the number of its rows."""
    return [
        {
            "name": name,
            "file": str(file.path.name),
            "key": dict(file.key),
            "rows": file.rows.count,
            "problem": file.problem,
        }
        for name, file in _files(context).items()
    ]


def table(context: ConsoleContext, name: str) -> dict[str, Any]:
    """Return one table: its rows, its text where it can be changed, its versions.

    Raises ConsoleError.
    """
    file = _file(context, name)
    data = _read(file.path)
    text = None
    if len(data) <= MAX_BYTES:
        text = data.decode("utf-8-sig", "replace")
    return {
        "name": name,
        "file": file.path.name,
        "columns": list(file.rows.columns),
        "key": dict(file.key),
        "rows": file.rows.count,
        "shown": file.rows.find_all({}, MAX_ROWS),
        "problem": file.problem,
        "text": text,
        "state": _state(data),
        "versions": [
            {"number": version.number, "who": version.who, "at": version.at}
            for version in versions(file.path)
        ],
    }


def check(context: ConsoleContext, name: str, text: str) -> dict[str, Any]:
    """Return what a file of this text would be: ``{"rows", "problem"}``.

    Raises ConsoleError.
    """
    file = _file(context, name)
    beside = file.path.with_name(f".{file.path.stem}.check{file.path.suffix}")
    try:
        beside.write_text(text, "utf-8")
        problems = file.check(beside)
    except TableError as broken:
        return {"rows": 0, "problem": f"line {broken.line}: {broken}"}
    except OSError as problem:
        raise _cannot(problem) from None
    finally:
        beside.unlink(missing_ok=True)
    return {"rows": problems, "problem": ""}


def save(
    context: ConsoleContext, name: str, text: str, *, who: str, state: str
) -> dict[str, Any]:
    """Check and write the file, and store it as a version.

    ``state``: identifies the text that the person saw. Raises ConsoleError.
    """
    who = who.strip()[:LONGEST_NAME]
    if not who:
        raise invalid(because("who"))
    file = _file(context, name)
    before = _read(file.path)
    if _state(before) != state:
        raise ConsoleError(409, "changed_meanwhile", because("changed_meanwhile"))
    problems = check(context, name, text)
    if problems["problem"]:
        raise ConsoleError(
            400, "invalid_table", because("as_said", text=problems["problem"])
        )
    try:
        if not versions(file.path):  # the file before its first change here
            _keep(file.path, before.decode("utf-8-sig", "replace"), "")
        _write(file.path, text)
        _keep(file.path, text, who)
    except OSError as problem:
        raise _cannot(problem) from None
    file.refresh(now=True)
    return {**problems, "state": _state(_read(file.path))}


def version(context: ConsoleContext, name: str, number: str) -> Version:
    """Return a stored version. Raises ConsoleError."""
    names = (version for version in versions(_file(context, name).path))
    for name_of_version in names:
        if name_of_version.number == number:
            return name_of_version
    raise ConsoleError(404, "not_found", because("version_unknown", number=number))


def versions(path: Path) -> list[Version]:
    """Return the stored versions of a file, newest first; the original has the author
    ""."""
    cipher = open_cipher()
    listed = []
    for version_file in sorted(_folder(path).glob("*.version"), reverse=True)[
        :VERSIONS
    ]:
        try:
            fields = orjson.loads(cipher.decrypt(version_file.read_bytes(), PURPOSE))
            listed.append(
                Version(version_file.stem, fields["who"], fields["at"], fields["text"])
            )
        except (CannotDecrypt, OSError, ValueError, KeyError):
            continue  # encrypted with a key that is gone
    return listed


def _files(context: ConsoleContext) -> Mapping[str, TableFile]:
    sources: Mapping[str, SourceSettings] = context.configuration().sources
    return {
        name: settings.data_file
        for name, settings in sources.items()
        if isinstance(settings.data_file, TableFile)
    }


def _file(context: ConsoleContext, name: str) -> TableFile:
    files = _files(context)
    if name not in files:
        known = ", ".join(files) or because("known_none")
        raise ConsoleError(
            404, "not_found", because("table_unknown", name=name, known=known)
        )
    return files[name]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise _cannot(problem) from None


def _state(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _folder(path: Path) -> Path:
    whose = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    return data_folder() / "tables" / whose


def _keep(path: Path, text: str, who: str) -> None:
    folder = _folder(path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = datetime.now(UTC)
    fields = {"who": who, "at": now.isoformat(timespec="seconds"), "text": text}
    data = open_cipher().encrypt(orjson.dumps(fields), PURPOSE)
    version_file = folder / f"{now:%Y%m%dT%H%M%S%f}.version"
    descriptor = os.open(version_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    for old in sorted(folder.glob("*.version"), reverse=True)[VERSIONS:]:
        old.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Write a new file and rename it: no reader sees half of it."""
    lines = text.replace("\r\n", "\n")
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(lines, "utf-8")
    try:
        beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _cannot(problem: OSError) -> ConsoleError:
    return ConsoleError(
        500, "file_problem", because("file_problem", why=str(problem.strerror))
    )
