# ruff: noqa: E501 - a case stands on one line
"""What endpoints share of the root file: region, zone, mode, hosts and the journal."""

from __future__ import annotations

from typing import Any

import pytest

SHOP = "sources: {shop: {kind: http, base_url: 'https://shop.example.com'}}\n"
ENDPOINT = "endpoint: e\npath: /e\nformat: form\noutputs: {o: {type: int, value: 1, default: 0}}\n"


@pytest.fixture
def messages(folder: Any) -> Any:
    """Return the errors and warnings of a root file with one endpoint."""
    folder.endpoint(ENDPOINT)

    def read(line: str, **environ: str) -> list[str]:
        folder.root(f"version: 1\n{line}\n")
        problems = (
            *folder.problems(**environ),
            *folder.problems("warning", **environ),
        )
        return [f"{problem.path}: {problem.message}" for problem in problems]

    return read


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("region: UK", "region: 'UK' is no ISO country code of two letters; write GB"),
        ("region: vn", "region: 'vn' is no ISO country code of two letters; write VN"),
        ("region: chn", "region: 'chn' is no ISO country code of two letters; write CN"),
        ("region: usa", "region: 'usa' is no ISO country code of two letters; write US"),
        ("region: XX", "region: 'XX' is no ISO country code of two letters; write CN, VN or US"),
        ("region: '${KEY}'", "region: '${KEY}' is no ISO country code of two letters; write CN, VN or US"),
        ("timezone: Asia/Shangai", "timezone: 'Asia/Shangai' is no time zone; write Asia/Shanghai"),
        ("timezone: GMT+7", "timezone: 'GMT+7' is no time zone; write Asia/Ho_Chi_Minh"),
        ("timezone: '${KEY}'", "timezone: '${KEY}' is no time zone; write "),
        ("store: 'postgresql+psycopg://host:99999/a'", "store: this has a port that cannot be; write one from 1 to 65535"),
        ("store: x", "store: this is no URL; write a URL as postgresql+psycopg://user@host/name"),
        ("shared_cache: x", "shared_cache: this is no URL of a Redis; write redis://host:6379/0"),
        (f"{SHOP}security: {{outbound: [x.example.com]}}", "sources.shop.base_url: the host `shop.example.com` is not under security.outbound; write it there"),
        (f"{SHOP}security: {{outbound: []}}", "sources.shop.base_url: the host `shop.example.com` is not under security.outbound; write it there"),
        (f"{SHOP}security: {{outbound: ['*.shop.example.com']}}", "sources.shop.base_url: the host `shop.example.com` is not under security.outbound; write it there"),
        ("console: {journal: 1d}", "console.journal: `console.journal` is `journal.keep` now; write journal: {keep: …} at the root"),
        ("console: {journal: 1d}\njournal: {keep: 2d}", "console.journal: `console.journal` is `journal.keep` now; write journal: {keep: …} at the root; this one counts for nothing"),
    ],
)  # fmt: skip
def test_a_typo_is_reported_once(messages: Any, line: str, message: str) -> None:
    (problem,) = messages(line)
    assert problem.startswith(message)
    assert "s3cret" not in problem


@pytest.mark.parametrize(
    "line",
    [
        "region: VN",
        "region: ''",
        "timezone: Asia/Ho_Chi_Minh",
        "timezone: UTC",
        f"{SHOP}security: {{outbound: [shop.example.com]}}",
        f"{SHOP}security: {{outbound: ['*.example.com']}}",
        f"{SHOP}security: {{outbound: [SHOP.example.com]}}",
        f"{SHOP}",
        "sources: {shop: {kind: http, base_url: sandbox}}\nsecurity: {outbound: []}",
        "store: ''",
        "shared_cache: ''",
        "journal: {enabled: true, keep: 1d, answers: false, max_entries: 1}",
    ],
)
def test_valid_settings_cause_no_problem(messages: Any, line: str) -> None:
    assert messages(line) == []


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ("mok", "mode: the environment variable IVRHOOKS_MODE is 'mok' (did you mean `mock`?); set it to real or mock"),
        ("zzz", "mode: the environment variable IVRHOOKS_MODE is 'zzz'; set it to real or mock"),
    ],
)  # fmt: skip
def test_a_mode_of_the_environment_that_is_none(
    messages: Any, variable: str, message: str
) -> None:
    assert messages("mode: real", IVRHOOKS_MODE=variable) == [message]


@pytest.mark.parametrize(
    ("root", "own", "variable", "mode", "own_mode"),
    [
        ("", "", "", "real", "real"),
        ("mode: mock", "", "", "mock", "mock"),
        ("mode: mock", "mode: real", "", "real", "real"),
        ("mode: real", "mode: mock", "", "mock", "mock"),
        ("mode: real", "mode: real", "mock", "mock", "real"),
        ("mode: mock", "", " real ", "real", "mock"),
    ],
)
def test_the_environment_s_mode_wins_over_the_endpoint_s_over_the_root_s(
    folder: Any, root: str, own: str, variable: str, mode: str, own_mode: str
) -> None:
    """Tests run in ``own_mode``, whatever the environment says."""
    folder.root(f"version: 1\n{root}\n").endpoint(f"{ENDPOINT}{own}\n")
    plan = folder.plan("e", IVRHOOKS_MODE=variable)
    assert (plan.mode, plan.own_mode) == (mode, own_mode)


@pytest.mark.parametrize(
    ("root", "own", "deadline"),
    [("", "", 2.0), ("deadline: 1s", "", 1.0), ("deadline: 1s", "deadline: 3s", 3.0)],
)
def test_the_endpoint_s_deadline_wins_over_the_root_s(
    folder: Any, root: str, own: str, deadline: float
) -> None:
    folder.root(f"version: 1\n{root}\n").endpoint(f"{ENDPOINT}{own}\n")
    assert folder.plan("e").deadline == deadline


@pytest.mark.parametrize(
    ("lines", "keep"),
    [
        ("", 7 * 86400.0),
        ("journal: {keep: 2h}", 7200.0),
        ("console: {journal: 3h}", 10800.0),
        ("console: {journal: 3h}\njournal: {keep: 2h}", 7200.0),
    ],
)
def test_how_long_the_journal_is_kept(folder: Any, lines: str, keep: float) -> None:
    folder.root(f"version: 1\n{lines}\n").endpoint(ENDPOINT)
    assert folder.load().journal.keep == keep
