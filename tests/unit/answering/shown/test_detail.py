"""The console's detail beside the trace: how each value was made."""

from __future__ import annotations

from ivrhooks.answering.shown.detail import detail
from ivrhooks.sources.interface import Outcome


def test_each_output_shows_its_rule_its_raw_value_and_its_age(build) -> None:
    plan = build.plan(
        build.input(),
        build.lookup(),
        build.output("level", "int", default=0, map={"gold": 1}),
        build.output("back", value="inputs.tel", default=""),
        build.output("fixed", value=build.constant("x"), default=""),
    )
    old = build.FakeSource(Outcome("ok", {"level": "gold"}, age=3.26))
    request = build.request(body={"tel": "13800000001"})
    answer = build.answer(plan, {"crm": old}, request)
    details = detail(answer.trace, build.configuration(plan))
    assert details["level"] == {
        "raw": "gold",
        "map": {"gold": 1},
        "default": 0,
        "template": "{{ customer.level }}",
        "age_s": 3.3,
        "lookups": {"customer": "ok"},
    }
    assert details["back"]["raw"] == "138****0001"
    assert details["fixed"]["age_s"] is None
    shown = detail(answer.trace, build.configuration(plan), show_personal=True)
    assert shown["back"]["raw"] == "13800000001"


def test_a_removed_endpoint_shows_only_raw_values(build) -> None:
    plan = build.plan(build.output("fixed", value=build.constant("x"), default=""))
    answer = build.answer(plan)
    assert detail(answer.trace, build.configuration()) == {"fixed": {"raw": "x"}}
