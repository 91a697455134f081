"""Reads the files of a configuration folder, fills in ``${…}`` and keeps the
locations."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

from ivrhooks.basics.errors import Problem
from ivrhooks.config.reading.interpolation import fill
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import MAX_BYTES, read_yaml

ROOT = "ivrhooks.yaml"
ENDPOINTS = "endpoints"
_USUAL_BYTES = 16 * 1024


def _bytes_of(file: Path) -> bytes:
    """A file's bytes, one more than MAX_BYTES at most. Few are so large that room for
    the most is worth its time."""
    with open(file, "rb") as stream:
        data = stream.read(_USUAL_BYTES)
        if len(data) == _USUAL_BYTES:
            data += stream.read(MAX_BYTES + 1 - _USUAL_BYTES)
    return data


@dataclass(slots=True)
class Folder:
    """A configuration folder while it is read. ``read`` holds the bytes of every
    file."""

    path: Path
    report: Report
    environ: Mapping[str, str]
    read: dict[str, bytes] = field(default_factory=dict)

    def document(self, file: Path) -> Document | None:
        """Return the document of one file, or None where the file cannot be read."""
        name = str(file)
        try:
            data = _bytes_of(file)
        except OSError as error:
            self._wrong(name, f"the file cannot be read: {error.strerror}")
            return None
        self.read[name] = data
        root, problems = read_yaml(data)
        for problem in problems:
            self._wrong(name, problem.message, problem.line, problem.column)
        if root is None:
            return None
        document = Document(name, root)
        if not isinstance(root.value, dict):
            self._wrong(name, "this is no mapping; write `key: value` lines", 1, 1)
            return None
        fill(root, Location(self.report, document), self.environ, self.path)
        return document

    def beside(self, name: str) -> bytes | None:
        """Return the bytes of a file that the root file names, or None where it is
        unreadable.

        ``name`` is relative to the root file. The file is watched for changes like
        every file of the configuration.
        """
        file = self.path / name
        try:
            data = _bytes_of(file)
        except (OSError, ValueError):
            return None
        self.read[str(file)] = data
        return data

    def root(self) -> Document | None:
        """Return ``ivrhooks.yaml``, or None where there is none."""
        if not self.path.is_dir():
            there = self.path.exists()
            what = "this is a file" if there else "there is no such folder"
            self._wrong(
                str(self.path), f"{what}; write the folder that holds ivrhooks.yaml"
            )
            return None
        file = self.path / ROOT
        if not file.is_file():
            self._wrong(
                str(file),
                "a configuration's folder holds an ivrhooks.yaml; write one, or name "
                "another folder",
            )
            return None
        return self.document(file)

    def endpoint_files(self, include: Iterable[str], location: Location) -> list[Path]:
        """Return the files of the endpoints, folder by folder, sorted by name."""
        folders = [self.path / ENDPOINTS] if (self.path / ENDPOINTS).is_dir() else []
        for index, name in enumerate(include):
            at = location.at(index)
            if Path(name).is_absolute() or not (self.path / name).is_dir():
                at.error(
                    f"there is no folder `{name}` beside ivrhooks.yaml; write one that "
                    "is there, relative to it"
                )
            else:
                folders.append(self.path / name)
        files: dict[str, Path] = {}
        for folder in folders:
            try:
                with os.scandir(folder) as entries:
                    listed = sorted(entries, key=attrgetter("name"))
            except OSError as error:
                self._wrong(str(folder), f"it cannot be listed: {error.strerror}")
                continue
            real = os.path.realpath(folder)
            for entry in listed:
                self._consider(entry, folder, real, files)
        return list(files.values())

    def _consider(
        self, entry: os.DirEntry[str], folder: Path, real: str, files: dict[str, Path]
    ) -> None:
        """Take a file of a folder among those of the endpoints; one that has been
        found there by another name is the same. ``real``: the folder without links."""
        file, linked = folder / entry.name, entry.is_symlink()
        is_folder = file.is_dir() if linked else entry.is_dir()
        if entry.name.startswith(".") or is_folder:
            return
        if file.suffix == ".yaml":
            own = os.path.join(real, entry.name)
            files.setdefault(os.path.realpath(own) if linked else own, file)
        elif file.suffix in (".yml", ".json"):
            self.report.add(
                Problem(
                    "this file is not read; name it with .yaml at the end",
                    file=str(file),
                    line=1,
                    column=1,
                    severity="warning",
                )
            )

    def fingerprint(self) -> str:
        """The first six hex digits of a hash over all files."""
        digest = hashlib.sha256()
        for name in sorted(self.read):
            short = Path(os.path.relpath(name, self.path)).as_posix()
            digest.update(f"{short}\0{len(self.read[name])}\0".encode())
            digest.update(self.read[name])
        return digest.hexdigest()[:6]

    def _wrong(self, name: str, message: str, line: int = 1, column: int = 1) -> None:
        self.report.add(Problem(message, file=name, line=line, column=column))
