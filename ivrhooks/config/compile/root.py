"""Compiles what ``ivrhooks.yaml`` gives all endpoints: sources, calendars, zone,
mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers

from ivrhooks.basics.time_zones import UnknownZone
from ivrhooks.basics.time_zones import zone as time_zone
from ivrhooks.config.calendars.days import ReadFile
from ivrhooks.config.calendars.reading import read_calendars
from ivrhooks.config.compile.access.security import compile_security
from ivrhooks.config.compile.endpoint import SharedConfig
from ivrhooks.config.compile.source.section import SourceContext
from ivrhooks.config.compile.source.sources import CompiledSource, compile_source
from ivrhooks.config.plan import JournalSettings, Security
from ivrhooks.config.reading.interpolated import as_written
from ivrhooks.config.reading.report import Location, nearest
from ivrhooks.config.schema.parts import MODES
from ivrhooks.config.schema.root import RootEntry
from ivrhooks.config.templates.environments import Environments
from ivrhooks.config.templates.filters import TemplateContext
from ivrhooks.sources.kind import Kind
from ivrhooks.sources.transport.outbound import is_allowed

MODE_VARIABLE = "IVRHOOKS_MODE"
_FRIENDLY_REGIONS = {"UK": "GB", "EN": "GB", "CHN": "CN", "USA": "US", "VNM": "VN"}


def read_shared_config(
    entry: RootEntry,
    location: Location,
    kinds: Mapping[str, Kind],
    environ: Mapping[str, str],
    folder: Path,
    read_file: ReadFile = lambda name: None,
) -> SharedConfig:
    """Compile all that the endpoints share and report the problems.

    ``read_file`` reads a file beside the root file.
    """
    region = _region(entry.region, location.at("region"))
    zone = _zone(entry.timezone, location.at("timezone"))
    calendars = read_calendars(entry.calendars, location.at("calendars"), read_file)
    template_context = TemplateContext(calendars, region, zone)
    security = compile_security(entry.security, location.at("security"))
    listed = None if entry.security.outbound is None else security.outbound
    source_context = SourceContext(folder, region, zone.key, template_context, listed)
    compiled_sources: dict[str, CompiledSource] = {}
    broken = set()
    for name, source in entry.sources.items():
        at = location.at("sources", name)
        made = compile_source(str(name), source, at, kinds, environ, source_context)
        if made is None:
            broken.add(str(name))
        else:
            compiled_sources[str(name)] = made
    _check_url(str(entry.store), _store_problem, location.at("store"))
    _check_url(str(entry.shared_cache), _redis_problem, location.at("shared_cache"))
    return SharedConfig(
        compiled_sources=compiled_sources,
        broken=frozenset(broken),
        template_context=template_context,
        environments=Environments(template_context),
        caller=entry.caller,
        answer=entry.answer,
        deadline=entry.deadline,
        mode=entry.mode,
        forced_mode=_forced_mode(environ, location),
        timezone=zone.key,
        security=_with_outbound(entry, security, compiled_sources, location),
    )


def _region(text: str | None, location: Location) -> str | None:
    if not text:
        return None
    regions: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)
    if text in regions:
        return str(text)
    better = text.upper() if text.upper() in regions else None
    better = better or _FRIENDLY_REGIONS.get(text.upper(), "CN, VN or US")
    location.error(
        f"{as_written(text)!r} is no ISO country code of two letters; write {better}"
    )
    return None


# SQLAlchemy and Redis are imported only where a configuration uses them.


def _store_problem(url: str) -> str:
    from ivrhooks.store.engine import problem_of

    return problem_of(url)


def _redis_problem(url: str) -> str:
    from ivrhooks.store.shared import redis_problem

    return redis_problem(url)


def _check_url(url: str, problem_of: Callable[[str], str], location: Location) -> None:
    problem = problem_of(url) if url else ""
    if problem:  # the message leaves the URL out, since it may hold a password
        location.error(f"this {problem}")


def _zone(text: str, location: Location) -> ZoneInfo:
    try:
        return time_zone(text)
    except UnknownZone as unknown:
        location.error(f"{as_written(text)!r} is no time zone; write {unknown.near}")
        return time_zone("UTC")


def _forced_mode(environ: Mapping[str, str], location: Location) -> str | None:
    mode = environ.get(MODE_VARIABLE, "").strip()
    if not mode:
        return None
    if mode not in MODES:
        location.at("mode").error(
            f"the environment variable {MODE_VARIABLE} is {mode!r}"
            f"{nearest(mode, MODES)}; set it to real or mock"
        )
        return None
    return mode


def _with_outbound(
    entry: RootEntry,
    security: Security,
    compiled_sources: Mapping[str, CompiledSource],
    location: Location,
) -> Security:
    """Report sources that call a host outside ``security.outbound``."""
    written = entry.security.outbound
    if written is None or len(written) != len(security.outbound):
        return security
    for name, compiled_source in compiled_sources.items():
        for key, host in () if compiled_source.sandbox else compiled_source.hosts:
            if host and not is_allowed(host, security.outbound):
                location.at("sources", name, key).error(
                    f"the host {_host_text(host, compiled_source)} is not under "
                    "security.outbound; write it there"
                )
    return security


def _host_text(host: str, compiled_source: CompiledSource) -> str:
    """Return how a message names a host; without a host, it names the source."""
    return f"of `{compiled_source.settings.name}`" if not host else f"`{host}`"


def journal_settings(entry: RootEntry, location: Location) -> JournalSettings:
    """Return how the journal is kept. ``console.journal`` is the old name of
    ``keep``."""
    journal, older = entry.journal, entry.console.journal
    if older is not None:
        location.at("console", "journal").warning(
            "`console.journal` is `journal.keep` now; write journal: {keep: …} at the "
            "root" + ("" if journal.keep is None else "; this one counts for nothing"),
            key=True,
        )
    usual = JournalSettings()
    durations = [duration for duration in (journal.keep, older) if duration is not None]
    return JournalSettings(
        enabled=journal.enabled,
        keep=durations[0] if durations else usual.keep,
        answers=journal.answers,
        max_entries=journal.max_entries,
    )
