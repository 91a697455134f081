"""The endpoints as the console shows them."""

from __future__ import annotations

import json

import pytest

from ivrhooks.console.context import ConsoleError
from ivrhooks.console.services.contracts import endpoint_contract, endpoints


def test_every_endpoint_and_some_callers_to_try(served) -> None:
    listed = endpoints(served.context)
    names = [
        (endpoint["name"], endpoint["method"], endpoint["format"])
        for endpoint in listed["endpoints"]
    ]
    assert names == [("system", "GET", "query"), ("desk", "POST", "form")]
    assert {"tel": "13800000001", "label": "vip"} in listed["callers"]


def test_a_contract_is_shown_without_its_secrets(served) -> None:
    listed = endpoint_contract(served.context, "desk")
    assert listed["url"] == f"{served.url}/api/desk"
    assert (listed["file"], listed["used_by"]) == ("desk.yaml", ["Main IVR"])
    key, shop = listed["headers"]
    assert (key["name"], key["secret"], key["required"]) == ("X-Api-Key", True, True)
    assert shop["enum"] == ["north", "south"]
    assert listed["inputs"][0]["format"] == "phone"
    own = {parameter["name"]: parameter["secret"] for parameter in listed["own"]}
    assert own["token"] and own["partnerId"] and not own["m"]
    assert listed["outputs"][0]["map"] == {"1": 1, "2": 0}
    assert listed["lookups"][0]["links"] == [
        {"source": "crm", "operation": "query_customer"}
    ]
    assert "k-5e8d2f91" not in json.dumps(listed)
    assert endpoint_contract(served.context, "system")["own"] == []


def test_an_unknown_endpoint_is_a_404(served) -> None:
    with pytest.raises(ConsoleError) as refused:
        endpoint_contract(served.context, "nix")
    assert refused.value.status == 404
