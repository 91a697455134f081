"""How the server does."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

import pytest

from ivrhooks.console.services.status import banner, status
from ivrhooks.observe.durations import BOUNDS
from ivrhooks.observe.totals import BUCKETS


def lately(total: int, failed: int, good: int | None = None):
    """Counts of one window, each done in a little over 14 ms."""
    took = {str(bisect_left(BOUNDS, 0.0142)): total}
    good = total if good is None else good
    return {"all": total, "good": good, "failed": failed, "took": took}


def snapshot(pid: int = 1, **more):
    fast = [8, *[0] * len(BUCKETS), 0.004]
    return {
        "pid": pid,
        "config": {"fingerprint": "7f3a2c", "loaded_at": "2026-11-21T10:00:00+00:00"},
        "problems": [],
        "in_flight": 1,
        "answers": {"desk": {"200": 8, "401": 2}},
        "defaulted": {"desk": 2},
        "degraded": {"desk": 1},
        "defaults": {"desk": {"isVip": {"timeout": 2}}},
        "seconds": {"desk": fast},
        "lookups": {"crm": {"ok": 6, "timeout": 2}},
        "cached": {"crm": 2},
        "lookup_seconds": {"crm": fast},
        "recent": {"5": {"desk": lately(5, 1)}, "60": {"desk": lately(12, 2, 10)}},
        "recent_lookups": {"5": {}, "60": {"crm": lately(10, 5)}},
        "failures": {
            "crm": {"at": 1_790_000_000.0, "status": "timeout", "message": ""}
        },
        "breakers": {"crm": "open" if pid == 2 else "closed"},
        "refused": {"not_found": 3},
        **more,
    }


def test_sources_and_endpoints_of_all_workers(served) -> None:
    context = replace(served.context, workers=lambda: [snapshot(1), snapshot(2)])
    report = status(context)
    source = report["sources"][0]
    assert (source["name"], source["kind"]) == ("crm", "sobot")
    assert (source["breaker"], source["breakers"]) == ("open", {"closed": 1, "open": 1})
    assert (source["lookups"], source["cache_share"]) == (16, 0.25)
    route = next(row for row in report["endpoints"] if row["name"] == "desk")
    assert (route["answers"], route["default_share"]) == (20, 0.2)
    assert route["outputs"] == {"isVip": {"timeout": 4}}
    assert route["p50_ms"] == pytest.approx(14.2, rel=0.02)
    assert source["failure"]["at"] == "2026-09-21T14:13:20+00:00"
    assert [row["pid"] for row in report["workers"]] == [1, 2]
    assert (report["refused"], report["in_flight"]) == ({"not_found": 6}, 2)


def test_few_answers_give_neither_shares_nor_times(served) -> None:
    """Of the last five minutes there are ten answers, of the hour twenty-four."""
    context = replace(served.context, workers=lambda: [snapshot(1), snapshot(2)])
    report = status(context)
    route = next(
        endpoint for endpoint in report["endpoints"] if endpoint["name"] == "desk"
    )
    few, enough = route["recent"]["5"], route["recent"]["60"]
    assert few == {
        "all": 10,
        "failed": 2,
        "share": None,
        "p50_ms": None,
        "p99_ms": None,
    }
    assert (enough["all"], enough["share"]) == (24, 0.2)
    assert report["sources"][0]["recent"]["60"]["share"] == 0.5


def test_a_server_that_has_done_nothing_has_no_shares(served) -> None:
    report = status(served.context)
    assert report["endpoints"][0]["default_share"] is None
    assert report["sources"][0]["cache_share"] is None
    assert report["sources"][0]["breaker"] == "closed"
    assert report["banner"] is None
    assert report["config"]["fingerprint"] == served.configuration.fingerprint
    assert report["journal"] == {
        "rows": 0,
        "bytes": 0,
        "oldest": None,
        "dropped": 0,
        "most_rows": 1_000_000,
        "unreadable": 0,
        "keep_s": 7 * 86400.0,
    }


def test_a_refused_configuration_is_a_banner_with_file_and_line(served) -> None:
    broken = snapshot(2, problems=["endpoints/desk.yaml:3:9: format: no", "x.yaml:1"])
    context = replace(served.context, workers=lambda: [snapshot(1), broken])
    report = banner(context)
    assert report is not None
    assert report["still"] == "7f3a2c"
    assert report["problems"][0].startswith("endpoints/desk.yaml:3:9:")
    assert "still answering with 7f3a2c" in report["text"]


def test_a_journal_that_cannot_be_read_is_no_reason_to_fail(served) -> None:
    class Broken:
        def size(self) -> None:
            raise OSError("disk")

    context = replace(served.context, journal=lambda: Broken())
    assert status(context)["journal"]["rows"] is None
    assert status(replace(context, journal=lambda: None))["journal"]["rows"] == 0


def test_a_percentile_is_the_time_that_so_many_answers_kept_to(served) -> None:
    slow, fast = (str(bisect_left(BOUNDS, worker)) for worker in (0.5, 0.0142))
    counts = {"all": 100, "good": 100, "failed": 0, "took": {fast: 95, slow: 5}}
    worker = snapshot(recent={"60": {"desk": counts}})
    report = status(replace(served.context, workers=lambda: [worker]))
    route = next(worker for worker in report["endpoints"] if worker["name"] == "desk")
    assert route["p50_ms"] == pytest.approx(14.2, rel=0.03)
    assert route["p99_ms"] == pytest.approx(500, rel=0.03)
    assert route["recent"]["5"]["all"] == 0
    assert (route["degraded"], route["defaulted"]) == (1, 2)


def test_without_a_snapshot_nothing_is_known_to_be_loaded(served) -> None:
    report = status(replace(served.context, workers=lambda: []))
    assert report["config"]["loaded_at"] == ""
    assert report["config"]["folder"] == served.configuration.folder
    assert (report["workers"], report["in_flight"]) == ([], 0)
