#!/usr/bin/env bash
# aws-lambda-powertools 3.37.0: ConnectContactFlowEvent raises KeyError for a channel, a kind of
# endpoint or a beginning of a contact that is newer than its list: TASK and EMAIL, VOIP,
# QUEUE_TRANSFER and WEBRTC_API. The function fails for these callers alone.
. "$(dirname "$0")/_venv.sh" "aws-lambda-powertools==3.37.0"
"$python" - <<'PYTHON'
from importlib.metadata import version

from aws_lambda_powertools.utilities.data_classes import connect_contact_flow_event


def contact(**data):
    event = {"Details": {"ContactData": data, "Parameters": {}}}
    return connect_contact_flow_event.ConnectContactFlowEvent(event).contact_data


READ = {
    "Channel": lambda name: contact(Channel=name).channel,
    "InitiationMethod": lambda name: contact(InitiationMethod=name).initiation_method,
    "Type": lambda name: contact(CustomerEndpoint={"Type": name}).customer_endpoint.endpoint_type,
}
NAMES = {
    "Channel": ("VOICE", "CHAT", "TASK", "EMAIL"),
    "InitiationMethod": ("INBOUND", "CALLBACK", "QUEUE_TRANSFER", "DISCONNECT", "WEBRTC_API"),
    "Type": ("TELEPHONE_NUMBER", "VOIP"),
}


def value(key, name):
    try:
        return READ[key](name).name
    except KeyError as error:
        return repr(error)


print("aws-lambda-powertools", version("aws-lambda-powertools"))
raised = set()
for key, names in NAMES.items():
    values = {name: value(key, name) for name in names}
    print(key, values)
    raised.update(name for name in names if values[name] != name)
assert raised == {"TASK", "EMAIL", "QUEUE_TRANSFER", "DISCONNECT", "WEBRTC_API", "VOIP"}, raised
PYTHON
