"""Where things are typed at each caller, for the set-up sheet, in three languages."""

from __future__ import annotations

from collections.abc import Mapping

NUMBERS: Mapping[str, str] = {
    "kamailio": "$fU",
    "twilio": "{{trigger.call.From}}",
    "connect": "Details.ContactData.CustomerEndpoint.Address",
    "dialogflow": "payload.telephony.caller_id",
    "genesys": "Call.Ani",
    "retell": "call_inbound.from_number",
    "elevenlabs": "caller_id",
    "vapi": "message.call.customer.number",
}
"""Where the caller's number stands there."""

_HOW_TO = "docs/how-to/{page}.md"
_PLACES: Mapping[str, tuple[str, str]] = {
    "kamailio": ("kamailio", "http_client_query(), jansson_get()"),
    "twilio": ("twilio", "Studio - Make HTTP Request"),
    "connect": ("connect", "Invoke AWS Lambda function"),
    "dialogflow": ("dialogflow-cx", "Manage - Webhooks"),
    "genesys": ("genesys", "Integrations - Actions - Web Services Data Actions"),
    "retell": ("retell", "Phone Numbers - Inbound Webhook URL"),
    "elevenlabs": (
        "elevenlabs",
        "Settings - Conversation initiation webhook",
    ),
    "vapi": ("vapi", "Phone Numbers - Server URL"),
}
_WHERE: Mapping[str, str] = {
    "en": "There: {place}. Step by step: {page}.",
    "zh": "配置位置：{place}。详细步骤见 {page}。",
    "vi": "Nơi cấu hình: {place}. Từng bước: {page}.",
}
_UNDER: Mapping[str, str] = {
    "en": "The outputs stand below {under} in the answer.",
    "zh": "响应中的输出参数位于 {under} 之下。",
    "vi": "Các giá trị trả về nằm trong {under} của câu trả lời.",
}


def where(caller: str, language: str) -> str:
    """Where an endpoint is typed in; "" where the sheet says it by itself."""
    if caller not in _PLACES:
        return ""
    page, place = _PLACES[caller]
    return _WHERE[language].format(place=place, page=_HOW_TO.format(page=page))


def outputs_below(under: tuple[str, ...], language: str) -> str:
    """Where the outputs stand in an answer; "" where they stand at the top."""
    return _UNDER[language].format(under=".".join(under)) if under else ""
