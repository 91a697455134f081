# ruff: noqa: E501 - a case stands on one line
"""``answer:`` over the caller's profile, and what callers do not take."""

from __future__ import annotations

from typing import Any

import pytest

ROOT = "version: 1\ncaller: {}\n{}"
ENDPOINT = (
    "endpoint: one\npath: /one\nformat: json\ninputs: {{n: {{type: int}}}}\n{}\n"
    "outputs: {{{}}}\n"
)
SMALL = "a: {type: string, value: '{{ inputs.n }}', default: ''}"


def write(folder: Any, caller: str, outputs: str = SMALL, **more: str) -> Any:
    folder.root(ROOT.format(caller, more.get("root", "")))
    folder.endpoint(ENDPOINT.format(more.get("own", ""), outputs))
    return folder


@pytest.mark.parametrize(
    ("caller", "output", "severity", "says"),
    [
        ("genesys", "a-b", "warning", "letters, digits and _"),
        ("genesys", "1a", "warning", "letters, digits and _"),
        ("asterisk", "a.b", "warning", "this is empty there"),
        ("kamailio", "a.b", "warning", "an earlier caller's value"),
        ("connect", "a/b", "error", "cannot read a name with /"),
        ("connect", "'it''s'", "error", "or quotes"),
    ],
)
def test_names_that_a_caller_does_not_take(
    folder: Any, caller: str, output: str, severity: str, says: str
) -> None:
    outputs = SMALL.replace("a:", f"{output}:", 1)
    assert says in write(folder, caller, outputs).messages(severity)
    assert says not in write(folder, "generic", outputs).messages(severity)


@pytest.mark.parametrize(
    ("output", "warned"),
    [
        ("{type: int, value: '{{ inputs.n }}', default: 0}", True),
        ("{type: int, value: '{{ inputs.n }}', default: 0, map: {'1': 1}}", False),
        (
            "{type: int, value: '{{ inputs.n }}', default: 0, map: {'1': 2147483648}}",
            True,
        ),
        ("{type: int, value: 5, default: 2147483647}", False),
        ("{type: int, value: 5, default: 2147483648}", True),
        ("{type: int, value: 2147483648, default: 0}", True),
        ("{type: string, value: '{{ inputs.n }}', default: ''}", False),
    ],
)
@pytest.mark.parametrize(
    ("caller", "says"),
    [("asterisk", "915098113 there"), ("kamailio", "compares it as 0")],
)
def test_ints_that_an_engine_would_not_read_as_they_are(
    folder: Any, caller: str, says: str, output: str, warned: bool
) -> None:
    problems = write(folder, caller, f"a: {output}").messages("warning")
    assert (says in problems) is warned


@pytest.mark.parametrize("caller", ["asterisk", "kamailio"])
def test_the_system_apis_own_ints_are_small(folder: Any, caller: str) -> None:
    folder.root(
        f"version: 1\ncaller: {caller}\n"
        "sources: {crm: {kind: sobot, base_url: sandbox, "
        'auth: {app_id: "1", app_key: "${KEY}"}}}\nsystem_api: {source: crm}\n'
    )
    assert "write type: string" not in folder.messages("warning")
    assert ("450ms" in folder.messages("note")) is (caller == "kamailio")


def test_a_deadline_that_kamailio_waits_for(folder: Any) -> None:
    assert "450ms" in write(folder, "kamailio").messages("note")
    assert "450ms" not in write(folder, "kamailio", own="deadline: 450ms").messages(
        "note"
    )


def test_vapi_must_know_its_assistant(folder: Any) -> None:
    assert "which assistant speaks" in write(folder, "vapi").messages()
    own = "answer: {with: {assistantId: a}}"
    assert write(folder, "vapi", own=own).messages() == ""
    assert write(folder, "vapi", root=own).messages() == ""


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ("answer: {with: {error: 1}}", "`error` is the name of the error"),
        ("answer: {with: {a: 1}}", "is an output, too"),
        ("answer: {under: x.y, with: {x: 1}}", "`x` holds the outputs"),
        ("answer: {max_bytes: 5}", "write 100 or more"),
        ("answer: {undr: x}", "did you mean `under`?"),
    ],
)
def test_invalid_values_are_refused(folder: Any, own: str, says: str) -> None:
    assert says in write(folder, "generic", own=own).messages()


def test_keys_of_the_endpoint_win_over_the_roots_over_the_profiles(folder: Any) -> None:
    root = "answer: {with: {b: 2}, max_bytes: 500}\n"
    plan = write(
        folder, "retell", root=root, own="answer: {under: x, strings: false}"
    ).plan("one")
    assert plan.shape.under == ("x",)
    assert (plan.shape.constants, plan.shape.strings) == ({"b": 2}, False)
    assert (plan.size_limit, plan.on_invalid) == (500, 200)
    assert write(folder, "sobot").plan("one").shape is None


@pytest.mark.parametrize(
    ("caller", "own", "line"),
    [
        ("generic", "answer: {with: {error: 1}}", "5:17 answer.with.error: `error` is the name of the error in answers to bad requests; write another name"),
        ("generic", "answer: {with: {a: 1}}", "5:17 answer.with.a: `a` is an output, too; write another name"),
        ("generic", "answer: {under: x.y, with: {x: 1}}", "5:28 answer.with: `x` holds the outputs; write a mapping, or leave it out"),
        ("vapi", "answer: {with: {b: 1}}", "5:10 answer.with.assistantId: Vapi asks which assistant speaks; write answer: {with: {assistantId: …}} here or in ivrhooks.yaml"),
    ],
)  # fmt: skip
def test_a_key_beside_the_outputs_is_refused(
    folder: Any, caller: str, own: str, line: str
) -> None:
    assert write(folder, caller, own=own).messages() == line


@pytest.mark.parametrize(
    ("own", "noted"), [("deadline: 501ms", True), ("deadline: 450ms", False)]
)
def test_kamailio_gives_up_after_half_a_second(
    folder: Any, own: str, noted: bool
) -> None:
    notes = write(folder, "kamailio", own=own).messages("note")
    assert bool(notes) is noted
    if noted:
        assert notes == (
            "5:1 deadline: Kamailio's http_async_client gives up after 500 ms, and the "
            "deadline is 501 ms; write deadline: 450ms, or set its `timeout`"
        )


def test_each_key_of_an_answer_is_the_endpoints_the_roots_or_the_callers(
    folder: Any,
) -> None:
    root = "answer: {under: r.s, strings: true, max_bytes: 500}\n"
    plan = write(folder, "elevenlabs", root=root, own="answer: {under: ''}").plan("one")
    assert plan.shape.under == ()
    assert plan.shape.strings is True
    assert plan.size_limit == 500
    assert plan.shape.constants == {"type": "conversation_initiation_client_data"}
    plan = write(folder, "generic", root=root, own="answer: {strings: false}").plan(
        "one"
    )
    assert (plan.shape.under, plan.shape.strings) == (("r", "s"), False)
    assert write(folder, "generic").plan("one").shape is None


@pytest.mark.parametrize(
    ("caller", "output", "line"),
    [
        ("genesys", "a-b", "6:11 outputs.a-b: a Genesys contract takes letters, digits and _ in a name, no digit first; write another name"),
        ("connect", "a/b", "6:11 outputs.a/b: Amazon Connect cannot read a name with / or quotes; write another name"),
    ],
)  # fmt: skip
def test_a_name_that_a_caller_cannot_read_is_reported_at_the_output(
    folder: Any, caller: str, output: str, line: str
) -> None:
    folder = write(folder, caller, SMALL.replace("a:", f"{output}:", 1))
    assert line in (folder.messages() + folder.messages("warning")).splitlines()
