"""A template over a given or recorded result, by the console's API."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services.try_template import evaluate_request, recorded
from tests.unit.console.conftest import KEY, VIP

RECORDED = {"note": "n", "tel": VIP}


@pytest.fixture
def row(served) -> int:
    """A data request whose lookup failed: nothing answers at the sandbox's address."""
    form = {"tel": VIP, "note": "n"}
    served.client().post("/api/desk", data=form, headers={"X-Api-Key": KEY})
    return int(served.rows()[0]["id"])


def test_value_type_and_resulting_outputs(served) -> None:
    report = evaluate_request(
        served.context,
        {"template": "{{ customer.isVip }}", "record": {"isVip": "1"}},
    )
    assert report == {
        "ok": True,
        "value": "1",
        "type": "string",
        "because": "",
        "as_int": 1,
        "as_string": "1",
        "read": [{"name": "customer.isVip", "found": True, "value": "1"}],
        "notes": [],
        "errors": [],
    }


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("{{ 1 }}", "int"),
        ("{{ 1.5 }}", "number"),
        ("{{ 1 == 1 }}", "bool"),
        ("{{ [1] }}", "list"),
        ("{{ {'a': 1} }}", "mapping"),
        ("{{ none }}", "none"),
    ],
)
def test_the_type_is_shown(served, template: str, kind: str) -> None:
    assert evaluate_request(served.context, {"template": template})["type"] == kind


def test_the_moment_is_text_in_the_endpoints_time(served) -> None:
    wanted = {"template": "{{ now }}", "endpoint": "desk", "now": "2026-10-01T09:30"}
    assert (
        evaluate_request(served.context, wanted)["value"] == "2026-10-01T09:30:00+00:00"
    )


def test_an_error_has_its_column(served) -> None:
    wanted = {"template": "{{ custmer.isVip }}", "endpoint": "desk"}
    report = evaluate_request(served.context, wanted)
    assert report["ok"] is False
    assert (report["errors"][0]["line"], report["errors"][0]["column"]) == (1, 4)
    assert "did you mean `customer`" in report["errors"][0]["message"]


def test_a_recorded_request_gives_results_and_inputs_masked(served, row: int) -> None:
    kept = recorded(served.context, row)
    assert kept["record"] == {"customer": {"fail": "error"}}
    assert kept["inputs"] == {"note": "n", "tel": "138****0001"}
    whole = recorded(served.context, row, show_personal=True)
    assert whole["inputs"] == {"note": "n", "tel": VIP}
    wanted = {"template": "{{ customer.isVip }}", "request": row}
    assert evaluate_request(served.context, wanted)["because"] == "error"
    wanted["template"] = "{{ inputs.tel }}"
    assert evaluate_request(served.context, wanted)["value"] == "138****0001"
    shown = evaluate_request(served.context, {**wanted, "show_personal": True})
    assert shown["value"] == VIP


def test_nothing_of_the_environment_is_filled_in(served) -> None:
    report = evaluate_request(served.context, {"template": "${DESK_KEY} {{ 1 }}"})
    assert report["value"] == "${DESK_KEY} 1"


@pytest.mark.parametrize(
    ("wanted", "status", "words"),
    [
        ({}, 400, "template: send a text"),
        ({"template": 5}, 400, "template: send a text"),
        ({"template": "x" * 70_000}, 400, "longer than 64 KB"),
        ({"template": "{{ 1 }}", "endpoint": "none"}, 404, "no such endpoint"),
        ({"template": "{{ 1 }}", "endpoint": 5}, 400, "endpoint: send its name"),
        ({"template": "{{ 1 }}", "rcord": 1}, 400, "unknown key rcord"),
        ({"template": "{{ 1 }}", "inputs": "a=b"}, 400, "inputs: send an object"),
        ({"template": "{{ 1 }}", "now": "soon"}, 400, "now: send a moment"),
        ({"template": "{{ 1 }}", "request": "7"}, 400, "request: send the number"),
        ({"template": "{{ 1 }}", "request": 999_999}, 404, "no longer kept"),
        (
            {"template": "{{ a.b ~ c.d }}", "record": {"b": 1}},
            400,
            "the template reads a, c",
        ),
        (
            {"template": "{{ 1 }}", "endpoint": "desk", "lookup": "ordr"},
            400,
            "lookup: send one of customer",
        ),
        (
            {
                "template": "{{ 1 }}",
                "endpoint": "desk",
                "inputs": {"note": "x" * 20_001},
            },
            400,
            "inputs: ",
        ),
    ],
)
def test_invalid_values_are_refused(
    served, wanted: Any, status: int, words: str
) -> None:
    with pytest.raises(ConsoleError, match=words) as raised:
        evaluate_request(served.context, wanted)
    assert raised.value.status == status
