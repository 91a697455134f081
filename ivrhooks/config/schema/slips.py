"""Keys that integrators write by mistake, and what to write instead.

There is one table for each section whose keys are easily confused with those of another
section or product. Misspellings need no entry: the nearest name is suggested anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Slips:
    """The common mistakes in one section.

    - ``meant``: wrong words for keys of the section.
    - ``advice``: what to do about a key that belongs elsewhere.
    - ``covers``: the missing key that the mistake explains.
    - ``example``: the section as it should look, for an integrator who wrote no
      mapping.
    """

    meant: Mapping[str, str] = field(default_factory=dict)
    advice: Mapping[str, str] = field(default_factory=dict)
    covers: Mapping[str, str] = field(default_factory=dict)
    example: str = "`key: value`"


_INT = "write int"
_STRING = "write string"
TYPES = {
    **dict.fromkeys(("integer", "number", "float", "decimal", "long"), _INT),
    **dict.fromkeys(("bool", "boolean"), "write int: true is 1, false is 0"),
    **dict.fromkeys(("str", "text", "char", "date", "datetime"), _STRING),
    **dict.fromkeys(("phone", "tel"), "write type: string, format: phone"),
    "enum": "write string, and its values under `enum`",
    **dict.fromkeys(("list", "array", "object", "json"), "an IVR has int and string"),
}
FORMATS = {
    "POST": "form and json are asked by POST; write one of them",
    "GET": "write query, which is asked by GET",
    **dict.fromkeys(
        (
            "urlencoded",
            "x-www-form-urlencoded",
            "application/x-www-form-urlencoded",
            "multipart",
            "multipart/form-data",
        ),
        "write form",
    ),
    "application/json": "write json",
    "xml": "XML is not read; write form, json or query",
}
_ROOT_FILE = "it stands in the root file, ivrhooks.yaml"
_ENDPOINT_FILE = "it stands in an endpoint's file, endpoints/….yaml"
_AT_SOURCE = "it stands at the source, under `sources` in ivrhooks.yaml"
_DIRECTLY = "write it under `params`"
_WRITTEN_BELOW = "credentials stand under `auth`: {app_id: …, app_key: …}"
_CREDENTIALS = (
    *("app_id", "app_key", "app_secret", "token_url", "style", "api_key", "account"),
    *("password", "secret_id", "secret", "access_token", "bearer", "basic"),
    *("username", "token", "oauth2", "digest", "login"),
)

CACHE = Slips(
    meant={"ttl": "fresh", "max_age": "fresh", "expires": "fresh"},
    example="{fresh: 30s}",
)
BREAKER = Slips(
    meant={"threshold": "failures", "max_failures": "failures", "timeout": "reset"},
    example="{failures: 5, reset: 10s}",
)
_VERIFY = ("verify", "verify_ssl", "ssl_verify", "insecure", "insecure_skip_verify")
_VERIFIED = "verification cannot be switched off; for an authority of your own write "
TLS = Slips(
    example="{ca: ca.pem}", advice=dict.fromkeys(_VERIFY, f"{_VERIFIED}ca: ca.pem")
)
SOURCE = Slips(
    meant={
        "type": "kind",
        "retry": "retries",
        "concurrency": "max_concurrent",
        "operations": "queries",
    },
    advice={
        **dict.fromkeys(_CREDENTIALS, _WRITTEN_BELOW),
        "deadline": "a source has a `timeout`, an endpoint a `deadline`",
        **dict.fromkeys(_VERIFY, f"{_VERIFIED}tls: {{ca: ca.pem}}"),
        "path": "a table has a `file`; an operation's path stands under `paths`, a "
        "request's in the lookup that asks",
        "request": "a request stands in the lookup that asks",
        "operation": "an operation stands in the lookup that asks",
        "params": "params stand in the lookup that asks",
    },
    covers={**dict.fromkeys(_CREDENTIALS, "auth"), "path": "file"},
)
HMAC = Slips(
    meant={"key": "secret", "algorithm": "with", "alg": "with"},
    example='{secret: "${HOOK_SECRET}"}',
)
PARAMETER = Slips(
    meant={
        "regex": "pattern",
        "regexp": "pattern",
        "values": "enum",
        "choices": "enum",
        "mandatory": "required",
        "length": "max_length",
        "value": "equals",
    },
    advice={
        "optional": "a parameter may be left out unless it says `required: true`",
    },
    example="{type: string}",
)
LOOKUP = Slips(
    example='{source: crm, params: {tel: "{{ inputs.tel }}"}}',
    meant={"if": "when", "condition": "when", "system": "source"},
    advice={
        "kind": "a kind stands at the source; name it by `source`",
        "timeout": _AT_SOURCE,
        "retries": _AT_SOURCE,
        "breaker": _AT_SOURCE,
        "default": "defaults stand at the outputs, each its own",
        **dict.fromkeys(
            ("result", "success", "not_found"),
            "it stands in `request`, or at a source of kind http",
        ),
        **dict.fromkeys(
            ("method", "path", "query", "headers", "json", "form"),
            "write it under `request`",
        ),
        "tel": _DIRECTLY,
        "phone": _DIRECTLY,
        "id": _DIRECTLY,
        "keyword": _DIRECTLY,
        "customer_phone": _DIRECTLY,
    },
    covers={
        "kind": "source",
        **dict.fromkeys(
            ("method", "path", "query", "headers", "json", "form"), "request"
        ),
        **dict.fromkeys(("tel", "phone", "id", "keyword", "customer_phone"), "params"),
    },
)
ACTION = Slips(
    meant=LOOKUP.meant,
    advice={
        **LOOKUP.advice,
        **dict.fromkeys(
            ("retry", "retries"), "an action is tried again by itself, until `give_up`"
        ),
        "pick": "an action writes and has no result",
        "cache": "an action writes and has no result",
    },
    covers=LOOKUP.covers,
)
OUTPUT = Slips(
    example='{type: string, value: "{{ … }}", default: ""}',
    meant={
        "from": "value",
        "template": "value",
        "fallback": "default",
        "max": "max_length",
        "mappings": "map",
    },
    advice={
        "required": "every output is answered always; what it is otherwise is its "
        "`default`",
        "format": "an output has no format; use a filter: | phone('e164')",
    },
)
MOCK = Slips(
    meant={"if": "when", "inputs": "when", "output": "outputs", "answer": "outputs"}
)
EXPECTED_ACTION = Slips(meant={"action": "name"})
CASE = Slips(
    meant={"title": "name", "at": "now", "time": "now", "result": "expect"},
    advice={
        "lookups": "write what each lookup gives under `sources`: {customer: {…}}",
        "outputs": "write them under `expect`",
        "actions": "write them under `expect_actions`: [{name: …}]",
    },
    covers={"outputs": "expect"},
)
ENDPOINT = Slips(
    meant={"name": "endpoint", "url": "path", "parameters": "inputs"},
    advice={
        "method": "the method follows from `format`: form and json are asked by POST, "
        "query by GET",
        "timeout": "an endpoint has a `deadline`, a source a `timeout`",
        "required": "write required: true at each input that must be sent",
        **dict.fromkeys(
            (
                "version",
                "caller",
                "region",
                "timezone",
                "calendars",
                "sources",
                "system_api",
                "console",
                "journal",
                "alerts",
                "store",
                "shared_cache",
                "include",
            ),
            _ROOT_FILE,
        ),
    },
    covers={"method": "format"},
)
SYSTEM_API = Slips(
    example="{path: /api/system/customer, source: crm}",
    advice={
        "inputs": "the System API has one input, `tel`",
        "lookups": "the System API has one lookup; write its source and params here",
        "endpoint": "the System API is called `system`",
        "format": "the System API is asked by GET, format query",
    },
)
CONSOLE = Slips(
    meant={"enable": "enabled", "remote": "allow_remote"}, example="{enabled: true}"
)
JOURNAL = Slips(meant={"enable": "enabled"}, example="{enabled: true, keep: 7d}")
ALERTS = Slips(meant={"webhook": "url", "to": "url"}, example='{url: "${ALERT_URL}"}')
ROOT = Slips(
    meant={"timeout": "deadline", "tz": "timezone", "country": "region"},
    advice={
        "endpoints": "each endpoint is a file in the folder endpoints/; `include` "
        "names more folders",
        **dict.fromkeys(
            ("port", "host", "workers"),
            "it is said on the command line: ivrhooks serve --host, --port, --workers",
        ),
        **dict.fromkeys(
            (
                "endpoint",
                "path",
                "format",
                "inputs",
                "headers",
                "lookups",
                "outputs",
                "actions",
                "tests",
                "mock",
            ),
            _ENDPOINT_FILE,
        ),
        **dict.fromkeys(
            (
                "allow_ips",
                "hmac",
                "max_body",
                "rate_limit",
                "outbound",
                "twilio",
                "trusted_proxies",
            ),
            "it stands under `security`",
        ),
    },
)
REQUEST = Slips(
    meant={
        "url": "path",
        "uri": "path",
        "params": "query",
        "parameters": "query",
        "data": "json",
        "header": "headers",
    },
    advice={
        "timeout": _AT_SOURCE,
        "auth": _AT_SOURCE,
        "base_url": _AT_SOURCE,
        "when": "it stands beside `request`, in the lookup",
        "cache": "it stands beside `request`, in the lookup",
    },
)
