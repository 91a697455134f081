"""An endpoint that was made from a vendor's curl line answers that very command."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from ivrhooks.authoring.starter.curl import read_curl
from ivrhooks.authoring.starter.from_curl import endpoint_from_curl

LINES = {
    "payments": "curl https://h.example.com/v1/charges -u sk_test_4eC39Hq: "
    "-d amount=2000 -d currency=usd -d source=tok_mastercard",
    "messages": "curl -X POST 'https://h.example.com/Messages.json' "
    "--data-urlencode 'To=+15558675310' --data-urlencode 'Body=Hi there & you' -u A:b",
    "issues": 'curl -L -X POST -H "Accept: application/json" '
    '-H "Authorization: Bearer TOKEN" -H "X-Api-Version: 2022-11-28" '
    "https://h.example.com/repos/o/r/issues "
    """-d '{"title":"Found a bug","labels":["bug"],"assignee":null}'""",
    "search": "curl https://h.example.com/search.json -G "
    '--data-urlencode "query=type:ticket status:open" -v -u a@example.com/token:b',
    "upload": "curl https://h.example.com/upload -F tel=13800000001 -F 'level=3'",
    "object": """curl --json '{"tel": "138", "pi": 3.1, "ok": true}' h.example.com/o""",
    "quoted": "curl https://h.example.com/q -H 'Content-Type: application/json' "
    """--data-raw $'{"name":"O\\'Brien","t":"a\\u0041"}'""",
    "nested": "curl https://h.example.com/n -H 'Content-Type: application/json' -d '"
    """{"from":{"number":"+8613800000001"},"to":{"number":"1"},"a.b":{"c d":"x"}}'""",
    "odd": "curl https://h.example.com/odd -d 'Custom+params+1=x' -d a.b=1 -d 'c[]=2'",
    "ivr": "curl https://h.example.com/ivr -H "
    '"Content-Type:application/x-www-form-urlencoded" '
    '-d "partnerId=xxx&m&token=xxxx&source=0&robotNo=1&docId=xxxx&Custom params 1=V 1"',
    "browser": "curl 'https://h.example.com/b?x=1' -H 'accept: */*' -H 'cookie: a=b' "
    "-H 'user-agent: Mozilla/5.0' --data-raw 'tel=138&level=2' --compressed --insecure",
    "segment": "curl -g 'https://h.example.com/customers/{customer_id}?expand=x'",
    "long": """curl --json '{"id": 1234567890123456789, "b": 2}' h.example.com/l""",
    "get": """curl -X GET https://h.example.com/g -d '{"tel": "138", "n": {"a": 1}}'""",
    "chinese": "curl https://h.example.com/cn --data 'a=1&b=%E4%BD%A0%E5%A5%BD&c='",
}
CONFIG = {
    "ivrhooks.yaml": "version: 1\n",
    **{
        f"endpoints/{name}.yaml": endpoint_from_curl(name, read_curl(line)).text()
        for name, line in LINES.items()
    },
}


@pytest.mark.parametrize("name", LINES)
def test_the_very_command_is_answered(server: Any, name: str) -> None:
    here = f"http://127.0.0.1:{server.port}"
    line = re.sub(r"(https://)?h\.example\.com", here, LINES[name])
    done = subprocess.run(
        ["bash", "-c", f"{line} -s"], capture_output=True, text=True, check=True
    )
    assert done.stdout == '{"answered":1}'
