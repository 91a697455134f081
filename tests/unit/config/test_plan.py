"""What a plan says of itself."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.config.plan import RateLimit, segments_of

ENDPOINT = """\
endpoint: e
path: {path}
format: form
inputs: {{tel: {{}}, n: {{}}, key: {{secret: true, equals: "${{KEY}}", name: The Key}}}}
headers: {{X-Shop: {{}}}}
lookups:
  customer: {{source: crm, params: {{tel: "{{{{ inputs.tel }}}}"}}}}
  order: {{source: shop, request: {{path: /o}}, when: "{{{{ customer }}}}"}}
outputs: {{o: {{type: string, value: "{value}", default: ""}}}}
"""


@pytest.fixture
def plan(folder: Any) -> Any:
    """Return the plan of an endpoint with one output."""

    def compiled(value: str = "{{ order.no }}", path: str = "/e") -> Any:
        return folder.endpoint(ENDPOINT.format(value=value, path=path)).plan("e")

    return compiled


@pytest.mark.parametrize(
    ("count", "seconds", "at_once"),
    [(200, 1, 200.0), (60, 60, 1.0), (1, 3600, 1.0), (600, 60, 10.0)],
)
def test_one_second_s_worth_may_come_at_once(
    count: int, seconds: float, at_once: float
) -> None:
    assert RateLimit(count, seconds).at_once == at_once


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("/e", (None,)),
        ("/", ()),
        ("/e/{tel}", (None, "tel")),
        ("//{tel}//x/", ("tel", None)),
        ("/{tel", (None,)),
        ("/tel}", (None,)),
        ("/a{tel}", (None,)),
    ],
)
def test_the_segments_of_a_path(path: str, segments: tuple[str | None, ...]) -> None:
    assert segments_of(path) == segments


def test_a_path_without_segments_has_none(plan: Any) -> None:
    assert plan().segments == ()
    assert plan(path="/x/{tel}").segments == (None, "tel")


@pytest.mark.parametrize(
    ("value", "reads"),
    [
        ("{{ order.no }}", {"inputs.tel"}),
        ("{{ order.no }}{{ headers['x-shop'] }}", {"inputs.tel", "headers.X-Shop"}),
        ("{{ order.no }}{{ inputs.n or 1 }}", {"inputs.tel", "inputs.n"}),
        ("{{ order.no }}{{ now.hour }}", None),
        ("{{ order.no }}{{ request.id }}", None),
    ],
)
def test_the_parameters_that_decide_an_answer(
    plan: Any, value: str, reads: set[str] | None
) -> None:
    """None: the answer differs each time."""
    assert plan(value).reads == reads


def test_a_plan_knows_its_sources_and_its_secrets(plan: Any) -> None:
    made = plan()
    assert made.sources == {"crm", "shop"}
    assert made.order == ("customer", "order")
    assert made.has_secrets
    assert [parameter.name for parameter in made.confidential] == ["key"]
    assert made.secret_names == {"key", "the key"}
    assert made.secret_texts == {"s3cret-value"}


@pytest.mark.parametrize(
    ("security", "schemes"),
    [
        ("{}", []),
        ("{hmac: {secret: '${KEY}'}}", ["HmacScheme"]),
        (
            "{hmac: {secret: '${KEY}'}, "
            "twilio: {auth_token: '${KEY}', url: 'https://i.example.com'}}",
            ["HmacScheme", "TwilioScheme"],
        ),
    ],
)
def test_the_signatures_that_a_data_request_needs(
    folder: Any, security: str, schemes: list[str]
) -> None:
    folder.root(f"version: 1\nsecurity: {security}\n")
    made = folder.load().security
    assert [type(scheme).__name__ for scheme in made.schemes] == schemes


def test_a_configuration_knows_its_endpoints_actions_and_data_files(
    folder: Any,
) -> None:
    (folder.path / "vips.csv").write_text("phone\n138\n")
    folder.root(
        "version: 1\nsources: {v: {kind: table, file: vips.csv, key: {phone: phone}}, "
        "w: {kind: http, base_url: 'https://w.example.com'}}\n"
    )
    head = (
        "endpoint: e\npath: /e\nformat: form\noutputs: {o: {type: int, default: 0}}\n"
    )
    configuration = folder.endpoint(head).load()
    assert configuration.by_name("f") is None
    assert configuration.by_name("e").path == "/e"
    assert not configuration.has_actions
    assert [str(file.path) for file in configuration.data_files] == [
        str(folder.path / "vips.csv")
    ]
    action = "actions: {a: {source: w, request: {method: POST, path: /n}}}\n"
    assert folder.endpoint(head + action).load().has_actions
