"""The schemas of ``ivrhooks.yaml`` and of an endpoint's file: which keys there are.

They judge what one value alone can be judged by; what needs a look at others is
judged where the plan is compiled.
"""

from __future__ import annotations

from ivrhooks.basics.personal import KINDS as PII_KINDS
from ivrhooks.basics.signatures import ALGORITHMS
from ivrhooks.basics.signatures import FORMATS as SIGNATURE_FORMATS
from ivrhooks.config.schema import settings
from ivrhooks.config.schema import slips as known_slips
from ivrhooks.config.schema.fields import (
    Any_,
    Flag,
    OneOf,
    Part,
    PartList,
    PartOrOff,
    Parts,
    Strict,
    Text,
    Texts,
    Values,
    Whole,
    Words,
    duration,
    needs,
    rate,
    size,
)

CALLERS = (
    *("sobot", "asterisk", "kamailio", "generic", "twilio", "connect"),
    *("dialogflow", "genesys", "retell", "elevenlabs", "vapi"),
)
MODES = ("real", "mock")
FORMATS = ("form", "json", "query")
_SOURCE = needs("source: the name of one under `sources` in ivrhooks.yaml")
PICKS = ("risk_first", "first", "newest", "none")


class CacheSchema(Strict):
    """``cache:`` of a source or a lookup."""

    makes = settings.CacheEntry
    slips = known_slips.CACHE
    fresh = duration(required=True, error_messages=needs("fresh: 30s"))
    stale = duration()


class BreakerSchema(Strict):
    """``breaker:`` of a source."""

    makes = settings.BreakerEntry
    slips = known_slips.BREAKER
    failures = Whole(1)
    reset = duration()


class TlsSchema(Strict):
    """``tls:`` of a source."""

    makes = settings.TlsEntry
    slips = known_slips.TLS
    ca = Text(blank=False)
    cert = Text(blank=False)
    key = Text(blank=False)


class SourceSchema(Strict):
    """One entry of ``sources:``."""

    makes = settings.SourceEntry
    slips = known_slips.SOURCE
    kind = Text(
        required=True,
        blank=False,
        error_messages=needs(
            "kind: sobot, omicrm, bangwo8, meiqia, http, table or sql"
        ),
    )
    base_url = Text(blank=False)
    auth = Any_()
    paths = Values()
    timeout = duration()
    retries = Whole(0, 10)
    cache = Part(CacheSchema)
    breaker = Part(BreakerSchema)
    max_concurrent = Whole(1, 100_000)
    max_response = size()
    rate_limit = rate()
    tls = Part(TlsSchema)
    proxy = Text(blank=False)
    request_id = OneOf("none")
    phone = OneOf("e164", "national", "digits")
    empty = Texts()
    headers = Any_()
    query = Any_()
    sign = Any_()
    answer = Any_()
    not_found = Any_()
    success = Any_()
    pii = Values()
    result = Any_()
    pick = Any_()
    file = Any_()
    url = Any_()
    queries = Any_()
    key = Any_()


class HmacSchema(Strict):
    """``hmac:`` of security."""

    makes = settings.HmacEntry
    slips = known_slips.HMAC
    secret = Any_(required=True, error_messages=needs('secret: "${HOOK_SECRET}"'))
    header = Text(blank=False)
    of = Text(blank=False)
    timestamp = Text(blank=False)
    with_ = OneOf(*ALGORITHMS, data_key="with")
    format = OneOf(*SIGNATURE_FORMATS)
    prefix = Text()
    tolerance = duration()


class TwilioSchema(Strict):
    """``twilio:`` of security."""

    makes = settings.TwilioEntry
    auth_token = Any_(
        required=True, error_messages=needs('auth_token: "${TWILIO_AUTH_TOKEN}"')
    )
    url = Text(
        required=True,
        blank=False,
        error_messages=needs("url: https://ivr.example.com, as Twilio calls it"),
    )


class SecuritySchema(Strict):
    """``security:`` of the root or of an endpoint."""

    makes = settings.SecurityEntry
    allow_ips = Texts(single=True)
    trusted_proxies = Texts(single=True)
    hmac = PartOrOff(HmacSchema)
    twilio = PartOrOff(TwilioSchema)
    max_body = size()
    rate_limit = rate()
    outbound = Texts(single=True)


class HeaderSchema(Strict):
    """One entry of ``headers:``."""

    makes = settings.ParameterEntry
    slips = known_slips.PARAMETER
    type = OneOf("int", "string", advice=known_slips.TYPES)
    format = OneOf("phone")
    required = Flag()
    default = Any_()
    min = Whole()
    max = Whole()
    max_length = Whole(1)
    pattern = Text(blank=False)
    enum = Any_()
    pii = OneOf(*PII_KINDS)
    secret = Flag()
    equals = Any_()
    description = Words()


class InputSchema(HeaderSchema):
    """One entry of ``inputs:``."""

    path = Text(blank=False)
    name = Text(blank=False)


class LookupSchema(Strict):
    """One entry of ``lookups:``."""

    makes = settings.LookupEntry
    slips = known_slips.LOOKUP
    source = Any_(required=True, error_messages=_SOURCE)
    operation = Any_()
    params = Any_()
    request = Any_()
    when = Any_()
    pick = OneOf(*PICKS)
    all_pages = Flag()
    all_rows = Flag()
    allow_withheld = Flag()
    cache = Part(CacheSchema)


class ActionSchema(Strict):
    """One entry of ``actions:``."""

    makes = settings.ActionEntry
    slips = known_slips.ACTION
    source = Any_(required=True, error_messages=_SOURCE)
    operation = Any_()
    params = Any_()
    request = Any_()
    when = Any_()
    key = Any_()
    order = Any_()
    delay = duration(zero=True)
    give_up = duration()


class OutputSchema(Strict):
    """One entry of ``outputs:``."""

    makes = settings.OutputEntry
    slips = known_slips.OUTPUT
    type = OneOf(
        "int",
        "string",
        required=True,
        error_messages=needs("type: int or string"),
        advice=known_slips.TYPES,
    )
    value = Any_()
    map = Any_()
    default = Any_()
    optional = Flag()
    max_length = Whole(1)
    description = Words()


class MockSchema(Strict):
    """One entry of ``mock:``."""

    makes = settings.MockEntry
    slips = known_slips.MOCK
    when = Values()
    outputs = Values(required=True, error_messages=needs("outputs: {name: value}"))


class ExpectedActionSchema(Strict):
    """One entry of ``expect_actions:``."""

    makes = settings.ExpectedActionEntry
    slips = known_slips.EXPECTED_ACTION
    name = Text(required=True, blank=False, error_messages=needs("name: an action"))
    params = Any_()


class CaseSchema(Strict):
    """One entry of ``tests:``."""

    makes = settings.CaseEntry
    slips = known_slips.CASE
    name = Words(required=True, error_messages=needs("name: what it tests"))
    inputs = Values()
    headers = Values()
    sources = Values()
    expect = Values()
    expect_actions = PartList(ExpectedActionSchema)
    status = Whole(100, 599)
    error = Text()
    degraded = Text()
    mode = OneOf(*MODES)
    now = Text(blank=False)


class AnswerSchema(Strict):
    """``answer:`` of the root or of an endpoint."""

    makes = settings.AnswerEntry
    under = Text()
    with_ = Values(data_key="with")
    strings = Flag()
    max_bytes = Whole(100)


class EndpointSchema(Strict):
    """An endpoint's file."""

    makes = settings.EndpointEntry
    slips = known_slips.ENDPOINT
    endpoint = Text(
        required=True, blank=False, error_messages=needs("endpoint: a-name")
    )
    path = Text(required=True, blank=False, error_messages=needs("path: /api/a-name"))
    format = OneOf(
        *FORMATS,
        required=True,
        error_messages=needs("format: form, json or query"),
        advice=known_slips.FORMATS,
    )
    description = Words()
    used_by = Texts(single=True)
    headers = Parts(HeaderSchema)
    inputs = Parts(InputSchema)
    lookups = Parts(LookupSchema)
    outputs = Parts(
        OutputSchema,
        required=True,
        error_messages=needs("outputs: {name: {type: int, value: …, default: 0}}"),
    )
    actions = Parts(ActionSchema)
    mock = PartList(MockSchema)
    tests = PartList(CaseSchema)
    on_invalid = OneOf(400, 200, "ignore")
    deadline = duration()
    mode = OneOf(*MODES)
    answer = Part(AnswerSchema)
    strict_format = Flag()
    security = Part(SecuritySchema)


class SystemApiSchema(Strict):
    """``system_api:`` of the root."""

    makes = settings.SystemApiEntry
    slips = known_slips.SYSTEM_API
    path = Text(blank=False)
    source = Any_(required=True, error_messages=_SOURCE)
    operation = Any_()
    params = Any_()
    request = Any_()
    pick = OneOf(*PICKS)
    cache = Part(CacheSchema)
    unset = OneOf("omit", "default")
    outputs = Parts(OutputSchema)
    mock = PartList(MockSchema)
    tests = PartList(CaseSchema)
    mode = OneOf(*MODES)
    deadline = duration()
    description = Words()
    used_by = Texts(single=True)
    on_invalid = OneOf(400, 200, "ignore")
    answer = Part(AnswerSchema)
    allow_withheld = Flag()
    security = Part(SecuritySchema)


class ConsoleSchema(Strict):
    """``console:`` of the root."""

    makes = settings.ConsoleEntry
    slips = known_slips.CONSOLE
    enabled = Flag()
    journal = duration()
    allow_remote = Flag()


class JournalSchema(Strict):
    """``journal:`` of the root."""

    makes = settings.JournalEntry
    slips = known_slips.JOURNAL
    enabled = Flag()
    keep = duration()
    answers = Flag()
    max_entries = Whole(1)


class AlertsSchema(Strict):
    """``alerts:`` of the root."""

    makes = settings.AlertsEntry
    slips = known_slips.ALERTS
    url = Text(required=True, blank=False, error_messages=needs('url: "${ALERT_URL}"'))


class RootSchema(Strict):
    """``ivrhooks.yaml``."""

    makes = settings.RootEntry
    slips = known_slips.ROOT
    version = OneOf(1)
    caller = OneOf(*CALLERS)
    answer = Part(AnswerSchema)
    deadline = duration()
    mode = OneOf(*MODES)
    region = Text()
    timezone = Text(blank=False)
    calendars = Values()
    include = Texts(single=True)
    sources = Parts(SourceSchema)
    system_api = Part(SystemApiSchema)
    console = Part(ConsoleSchema)
    journal = Part(JournalSchema)
    alerts = Part(AlertsSchema)
    store = Text()
    shared_cache = Text()
    security = Part(SecuritySchema)
