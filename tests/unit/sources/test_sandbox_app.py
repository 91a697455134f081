"""All sandboxes on one server: prefixes, data, and what is no path at all."""

from __future__ import annotations

import json

import pytest

from ivrhooks.sources.sandbox_app import SANDBOXES, create_sandbox_app, own_database
from ivrhooks.sources.sandboxkit.data_file import DataError


@pytest.fixture
def write(tmp_path):
    def write(data):
        path = tmp_path / "data.json"
        path.write_text(json.dumps(data), "utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def shipped():
    return create_sandbox_app(database="sqlite://")


def test_the_four_systems_are_served():
    assert list(SANDBOXES) == ["sobot", "omicrm", "bangwo8", "meiqia"]


def test_health_is_answered(shipped):
    assert shipped.test_client().get("/healthz").status_code == 200


@pytest.mark.parametrize("path", ["/", "/nowhere", "/SOBOT/x", "/_sandbox/x"])
def test_an_unknown_prefix_is_a_404_in_json(shipped, path):
    answer = shipped.test_client().get(path)
    assert answer.status_code == 404
    assert answer.content_type == "application/json"


@pytest.mark.parametrize("system", list(SANDBOXES))
def test_an_unknown_path_below_a_prefix_is_json_too(shipped, system):
    answer = shipped.test_client().get(f"/{system}/no/such/path")
    assert answer.status_code == 404
    assert answer.is_json


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 405),
        ("/sobot/api/get_token", 405),
        ("/omicrm/api/auth", 405),
        ("/bangwo8/api/v1/companies.json", 404),  # the vendor's "no such resource"
        ("/meiqia/unified-api/call/openapi/ent/v1/sips", 405),
    ],
)
def test_a_wrong_method_says_which_is_right(shipped, path, status):
    answer = shipped.test_client().delete(path)
    assert answer.status_code == status
    assert answer.content_type == "application/json"
    assert ("GET" in answer.headers.get("Allow", "")) is (status == 405)


def sobot_ids(app):
    http = app.test_client()
    token = http.get("/sobot/api/get_token?appid=1&create_time=1&sign=s").json
    headers = {"token": token["item"]["token"]}

    def find(tel):
        path = f"/sobot/internal/customer/query?tel={tel}"
        item = http.get(path, headers=headers).json["item"]
        return item and item["id"]

    return find


def test_without_a_file_the_shipped_records_are_served(shipped):
    assert sobot_ids(shipped)("13800000001") == "c-1001"


def test_a_file_replaces_a_system_and_leaves_the_others(write):
    data = {"sobot": {"customers": [{"id": "x", "tel": "13911112222"}]}}
    app = create_sandbox_app(write(data), "sqlite://")
    assert sobot_ids(app)("13911112222") == "x"
    assert sobot_ids(app)("13800000003") is None
    http = app.test_client()
    token = http.get("/omicrm/api/auth?apiKey=any").json["payload"]["access_token"]
    sent = {"Authorization": f"Bearer {token}"}
    contacts = http.post("/omicrm/api/contacts/list", headers=sent).json["payload"]
    assert contacts["total_items"] > 0


def test_no_customers_at_all_are_a_choice(write):
    app = create_sandbox_app(write({"sobot": {"customers": []}}), "sqlite://")
    assert sobot_ids(app)("13800000003") is None


def test_two_records_with_one_id_are_refused(write):
    data = {"sobot": {"customers": [{"id": "x"}, {"id": "x"}]}}
    with pytest.raises(DataError, match=r"sobot.customers\[1\]: id 'x' is there twice"):
        create_sandbox_app(write(data), "sqlite://")


def test_two_sandboxes_on_one_data_folder_do_not_share_their_state(
    tmp_path, monkeypatch, write
):
    monkeypatch.setenv("IVRHOOKS_DATA", str(tmp_path / "state"))
    first = create_sandbox_app(write({"sobot": {"customers": [{"id": "1"}]}}))
    second = create_sandbox_app(write({"sobot": {"customers": [{"id": "2"}]}}))
    assert sobot_ids(first)("13800000003") is None
    second.test_client().get("/sobot/x")
    records = first.test_client().get("/_sandbox/requests").json["requests"]
    assert [record for record in records if record["path"] == "/sobot/x"] == []
    for app in (first, second):
        app.extensions["sandbox_lock"].release()


def test_half_a_letter_that_is_sent_back_is_no_failure(shipped):
    body = r'{"company": {"companyName": "a\ud800b"}}'
    answer = shipped.test_client().post(
        "/bangwo8/api/v1/companies.json", data=body, auth=("any", "any")
    )
    assert answer.status_code < 500
    app = create_sandbox_app(database="sqlite://")
    with app.app_context():
        assert app.json.response({"b": "a\ud800é", "a": 1}).get_data(as_text=True) == (
            '{"b":"a?é","a":1}\n'
        )


def test_two_sandboxes_have_a_file_each(tmp_path):
    first, lock = own_database(tmp_path)
    second, other = own_database(tmp_path)
    assert first == f"sqlite:///{tmp_path / 'sandbox.sqlite'}"
    assert second == f"sqlite:///{tmp_path / 'sandbox-2.sqlite'}"
    lock.release()
    again, third = own_database(tmp_path)
    assert again == first
    other.release()
    third.release()
