"""Paths: one look for what is written as configured, segments for the rest."""

from __future__ import annotations

import pytest

from ivrhooks.http.paths import PathTable, segment_values, split_target

ROUTES = {
    "/api/x": "x",
    "/lookup/{tel}": "lookup",
    "/lookup/vip": "vip",
    "/a/{b}/c/{d}": "deep",
    "/trailing/": "trailing",
    "/": "root",
}


@pytest.mark.parametrize(
    ("target", "route"),
    [
        (b"/api/x", "x"),
        (b"/api/x/", "x"),
        (b"//api///x", "x"),
        (b"/api/%78", "x"),
        (b"/API/x", None),
        (b"/api/x/y", None),
        (b"/lookup/138", "lookup"),
        (b"/lookup/138/", "lookup"),
        (b"/lookup//138", "lookup"),
        (b"/lookup/vip", "vip"),
        (b"/lookup/v%69p", "vip"),
        (b"/lookup/a%2Fb", "lookup"),
        (b"/lookup/", None),
        (b"/lookup", None),
        (b"/lookup/138/x", None),
        (b"/a/1/c/2", "deep"),
        (b"/a/1/x/2", None),
        (b"/trailing", "trailing"),
        (b"/trailing/", "trailing"),
        (b"/", "root"),
        (b"//", "root"),
        (b"/%ff", None),
    ],
)
def test_a_path_finds_its_endpoint(target: bytes, route: str | None) -> None:
    assert PathTable(ROUTES).match(target) == route


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (b"/lookup/138", "138"),
        (b"/lookup/%2B84901230001", "+84901230001"),
        (b"/lookup/+84", "+84"),
        (b"/lookup/%252B84", "%2B84"),
        (b"//lookup/a%2Fb/", "a/b"),
        (b"/lookup/Nguy%E1%BB%85n", "Nguyễn"),
        (b"/lookup/%ff", "%ff"),
    ],
)
def test_a_segment_is_decoded_once(target: bytes, value: str) -> None:
    assert segment_values((None, "tel"), target) == {"tel": value}


def test_slashes_make_no_segments() -> None:
    assert split_target(b"//a//b/") == (b"a", b"b")
