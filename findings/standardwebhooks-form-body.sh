#!/usr/bin/env bash
# standardwebhooks 1.1.0: `verify` of a right signature over a form (or an empty body) raises
# JSONDecodeError, since it parses what it has verified. The specification signs any bytes.
. "$(dirname "$0")/_venv.sh" "standardwebhooks==1.1.0"
"$python" - <<'PYTHON'
import base64
import json
from datetime import datetime, timezone
from importlib.metadata import version

from standardwebhooks import Webhook

webhook = Webhook("whsec_" + base64.b64encode(b"k" * 32).decode())
now = datetime.now(timezone.utc)


def verified(body):
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign("msg_1", now, body),
    }
    try:
        return repr(webhook.verify(body, headers))
    except json.JSONDecodeError as error:
        return type(error).__name__


found = {body: verified(body) for body in ('{"tel": "1"}', "tel=1", "")}
print("standardwebhooks", version("standardwebhooks"), found)
assert found == {'{"tel": "1"}': "{'tel': '1'}", "tel=1": "JSONDecodeError", "": "JSONDecodeError"}
PYTHON
