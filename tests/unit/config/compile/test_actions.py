"""``actions:`` -> plans: key, order, delay, and the ids that outputs may read."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.basics.phone import read_phone
from ivrhooks.config.plan import Skip

HEAD = """\
endpoint: vip
path: /api/vip
format: form
inputs:
  call_id: {}
  tel: {format: phone}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
outputs:
  a: {type: int, value: "{{ customer.isVip }}", default: 0}
"""
NOTE = (
    "source: shop, request: {method: POST, path: /n, "
    "json: {tel: '{{ inputs.tel }}', id: '{{ inputs.call_id }}'}}"
)


def with_action(folder: Any, more: str = "", outputs: str = "") -> Any:
    action = f"actions:\n  note: {{{NOTE}{more}}}\n"
    return folder.endpoint(HEAD + outputs + action)


@pytest.fixture
def caller(scope: Any) -> Any:
    """A scope of one caller."""

    def made(tel: str, call_id: str | None = "c-1") -> Any:
        return scope({"tel": read_phone(tel), "call_id": call_id}, customer=None)

    return made


def test_an_action_has_defaults(folder: Any) -> None:
    plan = with_action(folder).plan()
    (action,) = plan.actions
    assert (action.name, action.call.source) == ("note", "shop")
    assert (action.key, action.delay, action.give_up) == (None, 0.0, 86400.0)
    assert folder.load().has_actions


def test_the_order_is_the_first_telephone_number_where_none_is_written(
    folder: Any, caller: Any
) -> None:
    (action,) = with_action(folder).plan().actions
    assert action.order(caller("+86 138 0000 0001")) == "8613800000001"
    assert action.order(caller("anonymous")) is None


def test_key_and_order_are_templates(folder: Any, caller: Any) -> None:
    more = ", key: '{{ inputs.call_id }}', order: 'shop {{ inputs.tel }}'"
    (action,) = with_action(folder, more).plan().actions
    assert action.key(caller("138")) == "c-1"
    assert action.key(caller("138", call_id=None)) is None
    assert action.order(caller("13800000001")) == "shop 13800000001"
    assert action.order(caller("anonymous")) is None


def test_a_withheld_caller_is_no_key(folder: Any, caller: Any) -> None:
    (action,) = with_action(folder, ", key: '{{ inputs.tel }}'").plan().actions
    assert action.key(caller("13800000001")) == "13800000001"
    assert action.key(caller("anonymous")) is None


def test_a_withheld_caller_still_triggers_actions(folder: Any, caller: Any) -> None:
    plan = with_action(folder).plan()
    made = plan.actions[0].call.bind(caller("anonymous"))
    assert not isinstance(made, Skip)
    assert made.params["json"] == {"tel": "anonymous", "id": "c-1"}
    lookup = plan.lookups[0].calls[0].bind(caller("anonymous"))
    assert isinstance(lookup, Skip)


@pytest.mark.parametrize(
    ("more", "path", "words"),
    [
        (", delay: 2h, give_up: 1h", "actions.note.delay", "not shorter than give_up"),
        (", give_up: 0s", "actions.note.give_up", "write more than nothing"),
        (", delay: 5", "actions.note.delay", "a duration needs a unit"),
        (", key: '{{ nobody }}'", "actions.note.key", "undefined name `nobody`"),
        (", order: '{{ actions.note.id }}'", "actions.note.order", "undefined name"),
        (", pick: first", "actions.note.pick", "unknown key"),
    ],
)
def test_problems_of_an_action_have_their_place(
    folder: Any, more: str, path: str, words: str
) -> None:
    with_action(folder, more)
    (problem,) = folder.problems("error")
    assert problem.path == path
    assert words in problem.message


def test_an_action_has_one_source(folder: Any) -> None:
    text = HEAD + "actions: {n: {source: [shop, crm], request: {path: /x}}}\n"
    folder.endpoint(text)
    assert "an action has one source, no chain" in folder.messages()


def test_an_output_reads_the_id_of_an_action(folder: Any, caller: Any) -> None:
    output = '  t: {type: string, value: "{{ actions.note.id }}", default: ""}\n'
    plan = with_action(folder, outputs=output).plan()
    value = plan.outputs[1].value
    assert value is not None
    assert value.actions == {"note"}
    context = caller("138")
    context.values["actions"] = {"note": {"id": "a-1"}}
    assert value.evaluate(context) == "a-1"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ actions.nota.id }}", "`actions.nota` is no action of this endpoint"),
        ("{{ actions.note }}", "write actions.<name>.id only"),
        ("{{ actions.note.result }}", "write actions.<name>.id only"),
        ("{{ actions }}", "write actions.<name>.id only"),
    ],
)
def test_an_output_reads_nothing_else_of_an_action(
    folder: Any, template: str, words: str
) -> None:
    output = f'  t: {{type: string, value: "{template}", default: ""}}\n'
    with_action(folder, outputs=output)
    assert words in folder.messages()


def test_without_actions_there_is_no_such_name(folder: Any) -> None:
    output = '  t: {type: string, value: "{{ actions.note.id }}", default: ""}\n'
    folder.endpoint(HEAD + output)
    assert "undefined name `actions`" in folder.messages()


@pytest.mark.parametrize("name", ["actions", "action", "answer"])
def test_a_lookup_is_not_called_as_something_else(folder: Any, name: str) -> None:
    folder.endpoint(HEAD.replace("customer", name))
    assert "is a name that templates have already" in folder.messages()


def test_the_delay_is_shorter_than_the_time_until_it_is_given_up(folder: Any) -> None:
    message = (
        "the delay is not shorter than give_up, so it would never be delivered; write "
        "delay: 0s, or a longer give_up"
    )
    for more, path in (
        (", delay: 1h, give_up: 1h", "actions.note.delay"),
        (", delay: 25h", "actions.note.delay"),
    ):
        (problem,) = with_action(folder, more).problems()
        assert (problem.path, problem.message) == (path, message)
    assert with_action(folder, ", delay: 23h").problems() == []


def test_null_is_no_key_and_no_order_of_its_own(folder: Any, caller: Any) -> None:
    (action,) = with_action(folder, ", key: null, order: null").plan().actions
    assert action.key is None
    assert action.order(caller("138")) == "138"


def test_an_order_that_reads_no_number_is_that_of_a_withheld_caller_as_well(
    folder: Any, caller: Any
) -> None:
    """docs/actions.md: `order` of a withheld caller is none; this one is not of
    the caller."""
    (action,) = with_action(folder, ", order: 'shop'").plan().actions
    assert action.order(caller("anonymous")) == "shop"
    (action,) = with_action(folder, ", order: '{{ inputs.call_id }}'").plan().actions
    assert action.order(caller("anonymous")) == "c-1"
    assert action.order(caller("138", call_id=None)) is None


def test_without_a_telephone_input_there_is_no_order(folder: Any) -> None:
    text = HEAD.replace("tel: {format: phone}", "tel: {}")
    action = f"actions:\n  note: {{{NOTE}}}\n"
    (made,) = folder.endpoint(text + action).plan().actions
    assert made.order is None


@pytest.mark.parametrize("key", ["key", "order"])
def test_an_input_that_a_key_or_an_order_names_is_used(folder: Any, key: str) -> None:
    text = HEAD.replace("call_id: {}", "call_id: {}\n  extra: {}")
    action = f"actions:\n  note: {{{NOTE}, {key}: '{{{{ inputs.extra }}}}'}}\n"
    folder.endpoint(text + action)
    assert "nothing names the input" not in folder.messages("warning")
    assert "inputs.extra" in (folder.plan().reads or ())
    folder.endpoint(text + action.replace("inputs.extra", "now"))
    assert folder.plan().clock
