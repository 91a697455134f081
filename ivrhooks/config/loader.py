"""Loads a folder: a compiled configuration, or every problem of it in one report."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from ivrhooks.basics.collector import collector_paused
from ivrhooks.basics.errors import ConfigError, Problem
from ivrhooks.config.compile.access.exposure import check_exposure
from ivrhooks.config.compile.endpoint import EndpointCompiler, SharedConfig
from ivrhooks.config.compile.paths import check_overlap, written_plainly
from ivrhooks.config.compile.root import journal_settings, read_shared_config
from ivrhooks.config.compile.system_api import NAME, system_endpoint
from ivrhooks.config.plan import Configuration, ConsoleSettings, Plan
from ivrhooks.config.reading.files import Folder
from ivrhooks.config.reading.report import Location, Report
from ivrhooks.config.reading.yaml_reader import plain
from ivrhooks.config.schema.declare import read, schema_of
from ivrhooks.config.schema.endpoint import EndpointEntry
from ivrhooks.config.schema.problems import report_messages
from ivrhooks.config.schema.root import RootEntry
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.kind import Kind


def load(
    folder: str | Path,
    *,
    environ: Mapping[str, str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> Configuration:
    """Load the configuration of a folder. Raises ConfigError with every problem."""
    configuration, problems = examine(folder, environ=environ, kinds=kinds)
    if configuration is None:
        raise ConfigError(problems)
    return configuration


def examine(
    folder: str | Path,
    *,
    environ: Mapping[str, str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> tuple[Configuration | None, tuple[Problem, ...]]:
    """Return the configuration (None where it has errors) and every problem.

    Never raises.
    """
    report = Report()
    files = Folder(Path(folder), report, os.environ if environ is None else environ)
    # It would look through all that is loaded again and again, and nearly all stays.
    with collector_paused():
        configuration = _examined(files, KINDS if kinds is None else kinds)
    return (None if report.failed else configuration), report.problems()


def _examined(files: Folder, kinds: Mapping[str, Kind]) -> Configuration | None:
    document = files.root()
    if document is None:
        return None
    location = Location(files.report, document)
    entry, messages = read(schema_of(RootEntry), plain(document.root))
    report_messages(messages, location)
    if not location.at("version").has() and not location.misspelt("version"):
        location.at("version").note("is missing; write version: 1")
    shared_config = read_shared_config(
        entry, location, kinds, files.environ, files.path, files.beside
    )
    compiled = [
        *_system(entry, shared_config, location),
        *_endpoints(files, entry, shared_config, location),
    ]
    _check_unique(compiled)
    check_exposure(entry, shared_config, compiled, location)
    _note_timeouts(shared_config, compiled, location)
    if not compiled and not files.report.failed:
        location.warning(
            "nothing is served; write system_api here, or a file in endpoints/"
        )
    console = entry.console
    return Configuration(
        folder=str(files.path),
        fingerprint=files.fingerprint(),
        caller=entry.caller,
        plans={plan.path: plan for plan, _ in compiled},
        sources={
            name: source.settings
            for name, source in shared_config.compiled_sources.items()
        },
        console=ConsoleSettings(console.enabled, console.allow_remote),
        journal=journal_settings(entry, location),
        region=shared_config.template_context.region,
        calendars=shared_config.template_context.calendars,
        store=str(entry.store),
        shared_cache=str(entry.shared_cache),
        security=shared_config.security,
        problems=files.report.problems(),
        alerts=_alerts(entry, location.at("alerts", "url")),
        exposures=files.report.exposures(),
        files=tuple(files.read),
    )


def _note_timeouts(
    shared_config: SharedConfig,
    compiled: list[tuple[Plan, Location]],
    location: Location,
) -> None:
    """Note sources whose ``timeout`` exceeds the deadline of every endpoint that asks
    them.

    A source with a cache is exempt: it goes on after the answer and fills the cache.
    """
    for name, compiled_source in shared_config.compiled_sources.items():
        settings = compiled_source.settings
        deadlines = [plan.deadline for plan, _ in compiled if name in plan.sources]
        longest = max(deadlines, default=None)
        if settings is None or settings.timeout is None or settings.cache is not None:
            continue
        if longest is not None and settings.timeout > longest:
            location.at("sources", name, "timeout").note(
                f"is longer than every deadline of those that ask it ({longest:g}s), "
                "and nobody waits so long; write less"
            )


def _alerts(entry: RootEntry, location: Location) -> str:
    """Return the URL to which alerts are sent."""
    url = str(entry.alerts.url).strip()
    if url and not _is_address(url):
        location.error("this is no address; write https://alerts.example.com/…")
    return url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port_ok = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port_ok


def _system(
    entry: RootEntry, shared_config: SharedConfig, location: Location
) -> list[tuple[Plan, Location]]:
    if entry.system_api is None:
        return []
    at = location.at("system_api")
    endpoint = system_endpoint(
        entry.system_api, shared_config.caller, shared_config.compiled_sources, at
    )
    return [(EndpointCompiler(shared_config, endpoint, at, system=True).compile(), at)]


def _endpoints(
    files: Folder, entry: RootEntry, shared_config: SharedConfig, location: Location
) -> list[tuple[Plan, Location]]:
    compiled = []
    schema = schema_of(EndpointEntry)
    for file in files.endpoint_files(entry.include, location.at("include")):
        document = files.document(file)
        if document is None:
            continue
        at = Location(files.report, document)
        endpoint, messages = read(schema, plain(document.root))
        report_messages(messages, at)
        _check_name(endpoint, entry, at.at("endpoint"))
        compiled.append((EndpointCompiler(shared_config, endpoint, at).compile(), at))
    return compiled


def _check_name(endpoint: EndpointEntry, entry: RootEntry, location: Location) -> None:
    name = endpoint.endpoint
    if any(sign.isspace() or sign == "/" or not sign.isprintable() for sign in name):
        location.error(
            "an endpoint's name has no blanks and slashes; write order-status"
        )
    elif name == NAME and entry.system_api is not None:
        location.error("`system` is the name of the System API; write another name")


def _check_unique(compiled: list[tuple[Plan, Location]]) -> None:
    """Report paths and endpoint names that occur twice. Doubled slashes do not
    count."""
    names: dict[str, Location] = {}
    paths: dict[str, Location] = {}
    templates: list[tuple[Plan, Location]] = []
    for plan, location in compiled:
        system = plan.endpoint == NAME and location.path
        for key, value, seen in (
            ("endpoint", plan.endpoint, names),
            ("path", written_plainly(plan.path), paths),
        ):
            at = location if system and not location.at(key).has() else location.at(key)
            first = seen.get(value)
            above = first.path[:1] if first is not None else ()
            is_hinted = value == NAME and bool(system or above == ("system_api",))
            if value and first is not None and not is_hinted:
                at.error(
                    f"`{value}` is taken already, at {first.place()}; write another"
                )
            elif value:
                seen[value] = at
        if plan.segments:
            check_overlap(plan, location, templates)
