"""What many endpoints say alike is parsed and compiled once, and judged by each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ivrhooks.config.plan import Expression
from ivrhooks.config.reading.report import Document, Location, Report
from ivrhooks.config.reading.yaml_reader import Node
from ivrhooks.config.templates.compile import Templates
from ivrhooks.config.templates.environments import Environments, quoted
from ivrhooks.config.templates.filters import ARGUMENTS, TemplateContext
from ivrhooks.config.templates.names import Names

EXACT = "{{ customer.name | default('you') | upper }}"
MIXED = "{% for tag in customer.tags %}{{ tag }}{% endfor %} of {{ customer.name }}"


@pytest.fixture
def environments() -> Environments:
    return Environments(TemplateContext())


@pytest.fixture
def compiled(environments: Environments, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of what Jinja compiles, in order."""
    kinds: list[str] = []
    for kind in ("exact", "mixed", "path"):
        environment = environments.environment(kind)

        def counted(
            tree: Any, kind: str = kind, own: Callable[..., Any] = environment.compile
        ) -> Any:
            kinds.append(kind)
            return own(tree)

        monkeypatch.setattr(environment, "compile", counted)
    return kinds


def endpoint(environments: Environments, **names: Any) -> Templates:
    return Templates(Names(**{"lookups": ("customer",), **names}), environments)


def compile_(templates: Templates, text: str) -> tuple[Expression, list[str]]:
    """The expression, and what was reported."""
    report = Report()
    location = Location(report, Document("a.yaml", Node(text, 1, 1)))
    expression = templates.compile(text, location)
    return expression, [problem.message for problem in report.problems()]


@pytest.mark.parametrize(
    ("text", "value"), [(EXACT, "ANN"), (MIXED, "ab of Ann"), ("{{ 1 + 1 }}", 2)]
)
def test_endpoints_share_compiled_templates(
    environments: Environments,
    compiled: list[str],
    scope: Callable[..., Any],
    text: str,
    value: object,
) -> None:
    context = scope(customer={"name": "Ann", "tags": ["a", "b"]})
    for number in range(4):
        templates = endpoint(environments, inputs=(f"input_{number % 2}",))
        expression, problems = compile_(templates, text)
        assert not problems
        assert expression.evaluate(context) == value
    assert len(compiled) == 1


def test_each_endpoint_is_judged_by_its_own_names(environments: Environments) -> None:
    knows, knows_not = (
        endpoint(environments),
        endpoint(environments, lookups=("other",)),
    )
    for _ in range(3):
        assert not compile_(knows, EXACT)[1]
        assert compile_(knows_not, EXACT)[1] == [
            "undefined name `customer`; known here: `inputs`, `headers`, `lookups`, "
            "`now`, `request`, `other`"
        ]


def test_a_text_ends_at_the_words_of_each_endpoint_s_own_source(
    environments: Environments, compiled: list[str], scope: Callable[..., Any]
) -> None:
    text = "{% if true %}Dear {{ customer.name }}{% endif %}"
    context = scope(customer={"name": "n/a"})
    for _ in range(2):
        plain = endpoint(environments)
        strict = endpoint(environments, empty={"customer": frozenset({"n/a"})})
        assert compile_(plain, text)[0].evaluate(context) == "Dear n/a"
        assert compile_(strict, text)[0].evaluate(context) is None
    assert compiled == ["mixed", "mixed"]


def test_a_shared_template_reports_the_same_for_each_endpoint(
    environments: Environments,
) -> None:
    texts = ("{{ customer.nick or ('a' ~ 'b') }}", "{{ customer['na' ~ 'me'] }}", EXACT)
    for text in texts:
        needs = {
            (text_use.path, text_use.steps, text_use.lookups, text_use.bare)
            for text_use, _ in (
                compile_(endpoint(environments), text) for _ in range(10)
            )
        }
        assert len(needs) == 1, (text, needs)


def test_a_text_is_judged_anew_by_other_names_of_a_source(
    environments: Environments,
) -> None:
    text = "{{ response.status == 200 }}"
    for _ in range(2):
        answer = endpoint(environments, lookups=(), extra=("response",))
        token = endpoint(environments, lookups=(), extra=("token",))
        assert compile_(answer, text)[1] == []
        assert compile_(token, text)[1] == [
            "undefined name `response`; known here: `token`"
        ]


def test_a_path_says_its_own_letters_encoded_and_its_slashes_plain(
    environments: Environments, scope: Callable[..., Any]
) -> None:
    report = Report()
    location = Location(report, Document("a.yaml", Node("", 1, 1)))
    text = "/a b/ü:1@x;y=2/{% if customer.id %}{{ customer.id }}{% endif %}"
    expression = endpoint(environments).compile_path(text, location)
    context = scope(customer={"id": "x/y z"})
    assert expression.evaluate(context) == "/a%20b/%C3%BC:1@x;y=2/x%2Fy%20z"
    assert quoted("/%41!$&'()*+,;=~-._?#") == "/%41!$&'()*+,;=~-._%3F%23"


def test_an_environment_has_our_filters(environments: Environments) -> None:
    for kind in ("exact", "mixed", "path"):
        own = environments.environment(kind)
        assert environments.environment(kind) is own
        assert set(ARGUMENTS) <= set(own.filters)


def test_compiled_templates_are_not_kept_between_loads(
    environments: Environments,
) -> None:
    """Compiling edits the tree."""
    parsed = environments.parse("mixed", "{% if true %}x{% endif %}")
    assert environments.parse("mixed", parsed.text) is parsed
    environments.compile_text(parsed, (None,))
    assert environments.parse("mixed", parsed.text) is not parsed
