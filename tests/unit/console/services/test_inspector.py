# ruff: noqa: E501 - a case stands on one line
"""Recent data requests, masked; and once more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services.inspector import as_request, entry, recent, run_again

KEY = "k-5e8d2f91"
VIP = "13800000001"


def call(
    served, body: str = f"tel={VIP}&m&token=t0p&note=hello", **headers: str
) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = served.client().post(
        "/api/desk",
        data=body,
        headers={"X-Api-Key": KEY, **named},
        content_type="application/x-www-form-urlencoded",
    )
    assert reply.status_code in (200, 415)
    return int(served.rows()[0]["id"])


def test_rows_are_masked(served) -> None:
    call(served)
    served.client().get(f"/api/desk/{VIP}")
    served.rows()
    rows = recent(served.context)["requests"]
    assert [row["status"] for row in rows] == [404, 200]
    assert rows[0]["path"] == "/api/desk/138****0001"
    assert VIP not in str(rows)
    assert rows[1]["at"].endswith("+00:00")
    assert rows[1]["degraded"] == "customer=error"
    assert rows[1]["defaults"] == {"isVip": "error"}


def test_new_rows_are_asked_for_by_the_last_id(served) -> None:
    first = call(served)
    listed = recent(served.context, after=first)
    assert listed == {"requests": [], "last": first, "dropped": 0, "through": 0}
    second = call(served)
    assert [row["id"] for row in recent(served.context, after=first)["requests"]] == [
        second
    ]


def test_an_entry_shows_its_request_without_secrets(served) -> None:
    row_id = call(served)
    shown = entry(served.context, row_id)
    assert shown["raw"]["body"] == "tel=138****0001&m&token=***&note=hello"
    assert "x-api-key: ***" in shown["raw"]["head"].lower()
    assert shown["trace"]["outputs"][0]["name"] == "isVip"
    assert shown["raw"]["cut"] is False
    assert shown["detail"]["isVip"]["map"] == {"1": 1, "2": 0}
    assert shown["again"] is True
    assert KEY not in str(shown) and VIP not in str(shown)
    full = entry(served.context, row_id, show_personal=True)
    assert VIP in full["raw"]["body"] and KEY not in str(full)


def test_bytes_that_are_no_text_are_not_shown(served) -> None:
    row_id = call(served, "\0\0\0")
    assert entry(served.context, row_id)["raw"]["body"] == "(3 bytes that are no text)"


def test_a_data_request_is_sent_again_as_it_was_received(served) -> None:
    row_id = call(served, X_Shop="south")
    again = run_again(served.context, row_id, {"source": "mock", "show_personal": True})
    assert again["answer"]["status"] == 200
    assert again["result"]["finalResult"]["body"]["back"] == VIP
    assert as_request(served.context, row_id) == {
        "endpoint": "desk",
        "inputs": {"tel": "138****0001", "note": "hello"},
        "headers": {"X-Shop": "south"},
    }
    assert (
        as_request(served.context, row_id, show_personal=True)["inputs"]["tel"] == VIP
    )


def test_masked_values_are_not_sent_back_masked(served) -> None:
    row_id = call(served)
    changes = as_request(served.context, row_id)
    changes["inputs"]["note"] = "changed"
    changes |= {"source": "mock", "show_personal": True}
    body = run_again(served.context, row_id, changes)["result"]["finalResult"]["body"]
    assert body["back"] == VIP


def test_json_is_restored_with_its_types(served) -> None:
    row_id = call(served, '{"tel": "13800000001", "note": 7, "token": "t0p"}')
    assert as_request(served.context, row_id)["inputs"] == {
        "tel": "138****0001",
        "note": 7,
    }


def test_an_entry_that_cannot_be_run_again_is_reported(served) -> None:
    served.client().get("/nix")
    nowhere = served.rows()[0]["id"]
    for row_id, status in ((nowhere, 400), (10**6, 404), (2**70, 404)):
        with pytest.raises(ConsoleError) as refused:
            run_again(served.context, row_id, {})
        assert refused.value.status == status
    row_id = call(served)
    for changes in ([], {"nonsense": 1}):
        with pytest.raises(ConsoleError):
            run_again(served.context, row_id, changes)
    assert entry(served.context, nowhere)["again"] is False


def test_without_a_journal_nothing_is_found(served) -> None:
    with pytest.raises(ConsoleError, match="no data requests are kept"):
        recent(replace(served.context, journal=lambda: None))


@pytest.mark.parametrize(
    ("body", "query", "inputs"),
    [
        ("tel=1&note=", "", {"tel": "1", "note": ""}),
        ("", "tel=1&note=", {"tel": "1", "note": ""}),
        ("tel=1", "tel=2&note=q", {"tel": "1", "note": "q"}),
        ("{broken", "tel=1", {"tel": "1"}),
        ("tel=1&m=2&robotNo=3&docid=4&token=t0p&other=5", "", {"tel": "1", "other": "5"}),
    ],
)  # fmt: skip
def test_fields_are_restored_from_body_and_query(
    served, body: str, query: str, inputs: dict[str, str]
) -> None:
    served.client().post(
        f"/api/desk?{query}",
        data=body,
        headers={"X-Api-Key": KEY},
        content_type="application/x-www-form-urlencoded",
    )
    row_id = int(served.rows()[0]["id"])
    restored = as_request(served.context, row_id, show_personal=True)
    assert restored["inputs"] == inputs
    assert restored["headers"] == {}
