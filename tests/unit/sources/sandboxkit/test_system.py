"""What each sandbox is handed: tokens, magic numbers, work a moment later."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from flask import Flask, request

from ivrhooks.sources.sandboxkit.store import Store
from ivrhooks.sources.sandboxkit.system import (
    MAGIC_FAULT,
    System,
    run_later,
    utc_now,
)


@pytest.fixture
def postponed():
    return []


@pytest.fixture
def system(clock, postponed):
    store = Store()
    yield System(
        "sobot", store, now=clock, later=lambda _, work: postponed.append(work)
    )
    store.close()


def test_a_token_is_good_until_its_end(system, clock):
    token = system.tokens.issue(60)
    assert len(token) >= 32
    clock.advance(seconds=59)
    assert system.tokens.check(token)
    clock.advance(seconds=1)
    assert not system.tokens.check(token)


def test_an_unknown_token_is_invalid(system):
    assert not system.tokens.check("x")
    assert not system.tokens.check("")
    assert not system.tokens.check(None)


def test_a_new_token_voids_those_of_its_family_where_it_is_to(system):
    jwt = system.tokens.issue(60, family="jwt", value="a.b.c")
    first = system.tokens.issue(60)
    second = system.tokens.issue(60, void_others=True)
    assert not system.tokens.check(first)
    assert system.tokens.check(second)
    assert system.tokens.check(jwt, family="jwt")
    assert not system.tokens.check(jwt)


@pytest.mark.parametrize(
    ("number", "outcome", "fault"),
    [
        ("13799990001", "vip", None),
        ("+86 137 9999 0002", "blacklisted", None),
        ("13799990009", "unknown", None),
        ("13799990107", "two", None),
        ("13799990101", None, "slow"),
        ("13799990102", None, "drip"),
        ("13799990103", None, "500"),
        ("13799990104", None, "bad_json"),
        ("0905-999-0105", None, "hang"),
        ("13799990106", None, "reset"),
        ("13799991234", None, None),
        ("0001", "vip", None),
        ("001", None, None),
        ("", None, None),
    ],
)
def test_the_last_four_digits_force_an_outcome(system, number, outcome, fault):
    with Flask("test").test_request_context("/"):
        assert system.magic_answer(number) == outcome
        forced = request.environ.get(MAGIC_FAULT)
        assert (forced.name if forced else None) == fault


def test_a_new_token_leaves_those_before_it_where_it_is_not_to_void_them(system):
    first = system.tokens.issue(60)
    system.tokens.issue(60)
    assert system.tokens.check(first)


def test_a_system_has_its_configured_credentials(clock):
    store = Store()
    assert System("sobot", store, now=clock).credentials is None
    known = System("sobot", store, now=clock, credentials={"app_id": "1"})
    assert known.credentials == {"app_id": "1"}
    store.close()


def test_the_usual_clock_and_timer_are_real():
    before = datetime.now(UTC)
    assert before <= utc_now() <= datetime.now(UTC)
    done, threads = threading.Event(), []

    def work():
        threads.append(threading.current_thread())
        done.set()

    run_later(0.0, work)
    assert done.wait(10)
    assert threads[0].daemon
    threads[0].join()


def test_work_is_done_a_moment_later(system, postponed):
    done = []
    system.later(lambda: done.append(1))
    assert done == []
    postponed[0]()
    assert done == [1]


def test_a_reset_drops_the_work_that_was_put_off(system, postponed):
    done = []
    system.later(lambda: done.append(1))
    system.load({})
    postponed[0]()
    assert done == []


def test_data_are_laid_and_a_collection_without_data_is_empty(system):
    people = system.collection("people")
    cars = system.collection("cars", "plate")
    cars.put({"plate": "x"})
    system.load({"people": [{"id": "1"}]})
    assert people.all() == [{"id": "1"}]
    assert cars.all() == []


def test_unchanged_data_files_keep_changed_records(system):
    people = system.collection("people")
    system.load_when_new({"people": [{"id": "1"}]})
    people.put({"id": "2"})
    system.load_when_new({"people": [{"id": "1"}]})
    assert len(people.all()) == 2
    system.load_when_new({"people": [{"id": "3"}]})
    assert people.all() == [{"id": "3"}]


def test_tokens_outlive_a_reset(system):
    token = system.tokens.issue(60)
    system.load({})
    assert system.tokens.check(token)
