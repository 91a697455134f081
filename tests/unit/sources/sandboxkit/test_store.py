"""The sandbox's database: documents in collections, and the requests that came."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from ivrhooks.sources.sandboxkit.store import RequestRow, Store


@pytest.fixture
def store():
    store = Store()
    yield store
    store.close()


@pytest.fixture
def people(store):
    people = store.collection("sobot", "people")
    people.replace([{"id": 1, "name": "Ánh"}, {"id": "b"}, {"name": "no key"}])
    return people


def test_documents_come_back_in_the_order_in_which_they_came(people):
    assert people.all() == [{"id": 1, "name": "Ánh"}, {"id": "b"}, {"name": "no key"}]


def test_keys_are_compared_as_text(people):
    assert people.get("1") == people.get(1) == {"id": 1, "name": "Ánh"}
    assert people.get("no") is None


def test_a_document_that_is_put_again_keeps_its_place(people):
    people.put({"id": "1", "name": "new"})
    people.put({"id": "c"})
    assert [document.get("id") for document in people.all()] == ["1", "b", None, "c"]
    assert len(people.all()) == 4


def test_a_document_without_a_key_is_added_each_time(people):
    people.put({"name": "another"})
    assert len(people.all()) == 4


def test_delete_says_whether_there_was_one(people):
    assert people.delete("b") is True
    assert people.delete("b") is False
    assert len(people.all()) == 2


def test_records_read_from_the_store_are_copies(people):
    people.get(1)["name"] = "changed"
    people.all()[0]["name"] = "changed"
    assert people.get(1)["name"] == "Ánh"


def test_a_lone_surrogate_costs_one_letter(people):
    people.put({"id": "s", "name": "a\ud800b"})
    assert people.get("s") == {"id": "s", "name": "a?b"}
    assert people.all()[-1]["name"] == "a?b"


def test_collections_do_not_mix(store, people):
    other = store.collection("omicrm", "people")
    other.put({"id": 1, "name": "other"})
    assert people.get(1)["name"] == "Ánh"
    people.replace([])
    assert len(other.all()) == 1


def test_the_same_name_is_the_same_collection(store, people):
    assert store.collection("sobot", "people") is people


def test_requests_are_newest_first_and_bounded(store, monkeypatch):
    monkeypatch.setattr("ivrhooks.sources.sandboxkit.store.MAX_REQUESTS", 100)
    for number in range(250):
        store.record({"number": number})
    numbers = [request["number"] for request in store.requests()]
    assert numbers == [*range(249, 149, -1)]
    rows = select(func.count()).select_from(RequestRow)
    with store.engine.connect() as connection:
        assert connection.execute(rows).scalar_one() == 150  # removed at each hundredth


def test_reset_forgets_requests_and_no_documents(store, people):
    store.record({"number": 1})
    store.reset()
    assert store.requests() == []
    assert len(people.all()) == 3


def test_state_outlives_the_process(tmp_path):
    url = f"sqlite:///{tmp_path / 'sandbox.sqlite'}"
    first = Store(url)
    first.collection("sobot", "people").put({"id": "kept"})
    first.close()
    second = Store(url)
    assert second.collection("sobot", "people").all() == [{"id": "kept"}]
    second.close()


def test_many_threads_write_at_once(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'sandbox.sqlite'}")
    people = store.collection("sobot", "people")

    def write(start):
        for number in range(20):
            people.put({"id": start + number})
            store.record({"number": number})

    threads = [threading.Thread(target=write, args=(n * 100,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(people.all()) == 160
    assert len(store.requests()) == 160
    store.close()
