"""The control routes: reset, the dial, the records."""

from __future__ import annotations

import pytest


@pytest.fixture
def http(app):
    return app.test_client()


def test_reset_takes_the_faults_off(http):
    http.put("/_sandbox/faults", json={"sobot": {"fault": "hang"}})
    assert http.post("/_sandbox/reset").status_code == 200
    assert http.get("/_sandbox/faults").json == {}


def test_reset_lays_the_data_file_again(http, app):
    whole = {"agent_id": 1}
    http.post("/meiqia/unified-api/call/openapi/ent/v1/records", json=whole)
    http.post("/_sandbox/reset")
    assert http.get("/_sandbox/requests").json == {"requests": []}


def test_the_dial_is_set_shown_and_taken_off(http):
    dial = {"sobot": {"fault": "drip", "after": 0, "count": 5}}
    assert http.put("/_sandbox/faults", json=dial).json == dial
    assert http.get("/_sandbox/faults").json == dial
    answer = http.delete("/_sandbox/faults")
    assert (answer.status_code, answer.json) == (200, {})
    assert http.get("/_sandbox/faults").json == {}


@pytest.mark.parametrize("body", ["", "no json", '{"sobot": {"fault": "hangs"}}'])
def test_a_dial_that_cannot_be_set_is_a_400_in_words(http, body):
    answer = http.put("/_sandbox/faults", data=body)
    assert answer.status_code == 400
    assert answer.json["error"]["message"]


def test_no_content_type_is_needed(http):
    answer = http.put("/_sandbox/faults", data='{"sobot": {"fault": "hang"}}')
    assert answer.status_code == 200


def test_other_methods_are_refused_as_json(http):
    answer = http.get("/_sandbox/reset")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert answer.json["error"]["code"] == "405"
