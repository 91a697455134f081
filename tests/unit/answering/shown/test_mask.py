"""A trace is masked by the kinds of its plan: personal data hidden, the rest shown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ivrhooks.answering.shown.description import describe
from ivrhooks.answering.shown.detail import detail
from ivrhooks.answering.shown.mask import Mask, kind_of
from ivrhooks.basics.people.personal import FieldKinds
from ivrhooks.config.plan import ActionPlan
from ivrhooks.languages.catalogue import because, unpacked
from ivrhooks.sources.interface import Outcome

KINDS = FieldKinds(
    {
        "id": "id",
        "nick": "name",
        "mail": "email",
        "tel": "phone",
        "created": "none",
        "remark": "text",
    }
)
RECORD = {
    "id": "c-10012334",
    "nick": "Wang Wei",
    "mail": "wang@example.com",
    "tel": 13800000001,
    "created": 1790000000000,
    "remark": "ask Wang Wei, 13800000001, wang@example.com, since 2026-11-30 15:45",
}


@pytest.fixture
def shown(build: Any) -> Any:
    link = replace(build.source_call(), kinds=KINDS)
    plan = build.plan(
        build.input("tel", format="phone", pii="phone"),
        build.input("caller", pii="name"),
        build.input("order_no", "int", pii="none"),
        build.input("note"),
        build.header("X-Mail", pii="email"),
        build.lookup("customer", link),
        build.output("nick", value="customer.nick", pii="name"),
        build.output("id", value="customer.id", pii="id"),
        build.output("since", "int", value="customer.created", pii="none"),
        build.output("remark", value="customer.remark"),
        build.output(
            "greeting",
            value=build.expression(lambda scope: "Dear wang wei of c-10012334"),
        ),
        build.output(
            "whole", value=build.expression(lambda scope: dict(RECORD), "customer")
        ),
    )
    request = build.request(
        headers={"x-mail": "wang@example.com"},
        body={
            "tel": "13800000001",
            "caller": "Wang Wei",
            "order_no": 20000000000,
            "note": "about 13800000001",
        },
    )
    source = build.FakeSource(Outcome("ok", RECORD, message="for Wang Wei"))
    answer = build.answer(plan, {"crm": source}, request)

    def make(**more: Any) -> dict[str, Any]:
        configuration = build.configuration(plan)
        described = describe(answer.trace, answer, configuration, **more)
        made = detail(answer.trace, configuration, **more)
        return {**described, "detail": made}

    return make


def test_inputs_and_headers_are_masked_by_their_declared_kind(shown: Any) -> None:
    assert shown()["operations"][0]["result"] == {
        "inputs": {
            "tel": "138****0001",
            "caller": "W***",
            "order_no": 20000000000,
            "note": "about 138****0001",
        },
        "headers": {"x-mail": "w***@example.com"},
    }


def test_a_record_is_masked_by_the_kinds_of_its_operation(shown: Any) -> None:
    step = shown()["operations"][1]
    assert step["result"] == {
        "id": "c-1****34",
        "nick": "W***",
        "mail": "w***@example.com",
        "tel": "138****0001",
        "created": 1790000000000,
        "remark": "ask W***, 138****0001, w***@example.com, since 2026-11-30 15:45",
    }
    assert step["message"] == "for W***"


def test_an_output_is_masked_by_the_kind_of_its_field(shown: Any) -> None:
    described = shown()
    values = {
        each_output["name"]: each_output["value"]
        for each_output in described["outputs"]
    }
    assert values["nick"] == "W***"
    assert values["id"] == "c-1****34"
    assert values["since"] == 1790000000000
    assert values["remark"] == (
        "ask W***, 138****0001, w***@example.com, since 2026-11-30 15:45"
    )
    assert values["greeting"] == "Dear W*** of c-1****34"
    steps = {
        each_output["name"]: each_output for each_output in described["operations"]
    }
    assert steps["outputs"]["result"]["nick"] == "W***"
    assert described["detail"]["nick"]["raw"] == "W***"
    assert described["detail"]["whole"]["raw"]["nick"] == "W***"


def test_the_final_result_masks_phone_numbers_and_addresses_only(shown: Any) -> None:
    final = shown()["finalResult"]
    assert final["body"]["nick"] == "Wang Wei"
    assert final["body"]["since"] == 1790000000000
    assert "138****0001" in final["body"]["remark"]
    assert "w***@example.com" in final["body"]["remark"]
    assert json.loads(final["text"]) == final["body"]


def test_show_personal_leaves_personal_data_unmasked(shown: Any) -> None:
    described = shown(show_personal=True)
    assert described["operations"][1]["result"] == RECORD
    values = {output["name"]: output["value"] for output in described["outputs"]}
    assert values["nick"] == "Wang Wei"


def test_values_without_a_plan_are_masked_as_free_text() -> None:
    mask = Mask(None, show_personal=False)
    assert mask.text("13800000001") == "138****0001"
    assert mask.output("x", "wang@example.com") == "w***@example.com"
    assert mask.final(["13800000001"]) == ["138****0001"]


def test_secrets_sent_to_sources_are_masked_everywhere(build: Any) -> None:
    """They repeat it: in a record, an error, a redirect."""
    call = replace(build.source_call(), secrets=("s3cret-value", "abc"))
    plan = build.plan(build.lookup("customer", call), build.output())
    mask = Mask(plan, show_personal=False)
    assert mask({"said": "key s3cret-value, abc"}) == {"said": "key ***, abc"}
    action = ActionPlan("note", replace(build.source_call(), secrets=("t0p-secret",)))
    plan = build.plan(build.output(), actions=(action,))
    assert Mask(plan, show_personal=True)("t0p-secret") == "***"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("20000000000", "none"),
        (" -7.0 ", "none"),
        (20000000000, "none"),
        ("x13800000001", "text"),
        ("138-0000-0001", "text"),
    ],
)
def test_a_declared_number_that_is_text_is_masked_as_text(
    build: Any, value: Any, kind: str
) -> None:
    assert kind_of(build.input("n", "int", pii="none"), value) == kind
    assert kind_of(build.input("n", "int", pii="id"), value) == "id"


def test_a_name_sent_as_a_phone_number_is_masked_in_texts(build: Any) -> None:
    plan = build.plan(
        build.input("tel", format="phone", pii="phone"),
        build.output("a", value=build.expression(lambda scope: "Dear Wang Wei")),
    )
    for sent, shown in (("Wang Wei", "Dear W***"), ("anonymous", "Dear Wang Wei")):
        answer = build.answer(plan, {}, build.request(body={"tel": sent}))
        assert Mask(plan, False, answer.trace).output("a", "Dear Wang Wei") == shown


def test_a_reason_keeps_its_key_if_a_secret_has_the_same_name(build: Any) -> None:
    """An input may well be called `key`."""
    plan = build.plan(build.input("key", secret=True, equals="s3cret-value"))
    inner = because("as_said", text="s3cret-value of 13800000001")
    packed = because("as_said", text=(inner, inner)).packed()
    shown = Mask(plan, show_personal=False).reason(packed)
    assert unpacked(shown).key == "as_said"
    assert "s3cret-value" not in str(shown)
    assert "13800000001" not in str(shown)
