"""One question to one source, by the console's API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services.asking import ask_source
from ivrhooks.sources.interface import SourceSettings
from support.stub_system import ReceivedRequest, stub_system


def answered(seen: ReceivedRequest) -> Any:
    return 200, {}, b'{"state": "paid"}'


@pytest.fixture
def context(served) -> Any:
    with stub_system(answered) as system:
        shop = SourceSettings("shop", "http", system.url)
        configuration = replace(served.configuration, sources={"shop": shop})
        yield replace(served.context, configuration=lambda: configuration)


def test_the_answer_equals_the_output_of_the_command(context) -> None:
    report = ask_source(context, {"source": "shop", "path": "/a", "query": {"b": "c"}})
    assert (report["ok"], report["record"]) == (True, {"state": "paid"})
    assert report["request"]["url"].endswith("/a?b=c")


@pytest.mark.parametrize(
    ("wanted", "status", "words"),
    [
        ({"source": "none"}, 404, "no source none"),
        ({"source": "shop"}, 400, "--path"),
        ({"source": "shop", "path": 5}, 400, "send a text"),
        ({"source": "shop", "path": "/", "query": "a=b"}, 400, "send an object"),
        ({"source": "shop", "pth": "/"}, 400, "unknown key pth"),
    ],
)
def test_invalid_values_are_refused(
    context, wanted: Any, status: int, words: str
) -> None:
    with pytest.raises(ConsoleError, match=words) as raised:
        ask_source(context, wanted)
    assert raised.value.status == status
