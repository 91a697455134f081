"""Where things are typed at each caller, for the set-up sheet."""

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

PLACES: Mapping[str, tuple[str, str]] = {
    "kamailio": (
        "docs/how-to/kamailio.md",
        "http_client_query(), jansson_get()",
    ),
    "twilio": (
        "docs/how-to/twilio.md",
        "Studio - Make HTTP Request",
    ),
    "connect": (
        "docs/how-to/connect.md",
        "Invoke AWS Lambda function",
    ),
    "dialogflow": (
        "docs/how-to/dialogflow-cx.md",
        "Manage - Webhooks",
    ),
    "genesys": (
        "docs/how-to/genesys.md",
        "Integrations - Actions - Web Services Data Actions",
    ),
    "retell": (
        "docs/how-to/retell.md",
        "Phone Numbers - Inbound Webhook URL",
    ),
    "elevenlabs": (
        "docs/how-to/elevenlabs.md",
        "Settings - Conversation initiation webhook",
    ),
    "vapi": (
        "docs/how-to/vapi.md",
        "Phone Numbers - Server URL",
    ),
}
"""The page that describes it step by step, and where an endpoint is typed in there."""
