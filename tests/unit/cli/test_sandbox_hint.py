"""Who forgot to start the sandbox is told so."""

from __future__ import annotations

import pytest

from ivrhooks.cli.sandbox_hint import hint_at_sandbox
from ivrhooks.sources.interface import SourceSettings

REFUSED = "no connection to 127.0.0.1 port 8090: Connection refused"
STAND_IN = SourceSettings("crm", "sobot", "http://127.0.0.1:8090/sobot")
REAL = SourceSettings("crm", "sobot", "https://crm.example.com")


@pytest.mark.parametrize(
    ("source", "error", "hinted"),
    [
        (STAND_IN, REFUSED, True),
        (STAND_IN, "no answer within 0.8 s", False),
        (STAND_IN, "no connection to 127.0.0.1 port 9: Connection refused", False),
        (REAL, REFUSED, False),
    ],
)
def test_refusals_of_the_sandbox_are_pointed_out(
    capsys: pytest.CaptureFixture[str], source: SourceSettings, error: str, hinted: bool
) -> None:
    hint_at_sandbox([source], ["", error], environ={})
    assert ("ivrhooks sandbox" in capsys.readouterr().err) is hinted


def test_it_may_be_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"IVRHOOKS_SANDBOX_URL": "http://127.0.0.1:18090"}
    there = SourceSettings("crm", "sobot", "http://127.0.0.1:18090/sobot")
    hint_at_sandbox(
        [there], ["no connection to 127.0.0.1 port 18090: refused"], environ
    )
    assert "ivrhooks sandbox" in capsys.readouterr().err
