"""``ivrhooks probe``: what is sent is what the IVR would send."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def probe(run: Run, folder: Path, server: Any) -> Run:
    def send(*arguments: object) -> Result:
        return run("probe", *arguments, "--config", folder, "--url", server.url)

    return send


def test_a_form_is_sent_as_sobot_sends_it(probe: Run, server: Any) -> None:
    done = probe("vip-routing", "tel=+86 138", "order_no=7")
    assert done.exit_code == 0
    request = server.requests[0]
    assert (request["method"], request["target"]) == ("POST", "/api/vip-routing")
    assert request["headers"]["content-type"] == "application/x-www-form-urlencoded"
    assert request["body"] == (
        "partnerId=probe&m&token=probe&source=0&robotNo=1&docId="
        "&tel=%2B86%20138&order_no=7"
    )


def test_a_field_of_the_ivr_can_be_given_by_hand(probe: Run, server: Any) -> None:
    probe("vip-routing", "token=mine")
    assert server.requests[0]["body"].endswith("&docId=&token=mine")


def test_json_is_sent_with_its_types(probe: Run, server: Any) -> None:
    probe("callback", "tel=0138", "count=7")
    request = server.requests[0]
    assert request["headers"]["content-type"] == "application/json"
    assert json.loads(request["body"]) == {"tel": "0138", "count": 7}


def test_the_system_api_is_asked_by_get(probe: Run, server: Any) -> None:
    probe("system", "tel=+86 138")
    request = server.requests[0]
    assert (request["method"], request["body"]) == ("GET", "")
    assert request["target"] == "/api/system/customer?tel=%2B86%20138"


def test_the_secret_is_sent_and_not_shown(probe: Run, server: Any) -> None:
    done = probe("vip-routing", "tel=138")
    assert server.requests[0]["headers"]["x-api-key"] == "k-7"
    assert "k-7" not in done.output
    assert "X-Api-Key: ***" in done.output


def test_a_header_given_by_hand_is_sent(probe: Run, server: Any) -> None:
    probe("vip-routing", "tel=138", "-H", "X-Api-Key=wrong", "-H", "X-Shop=Nguyễn")
    headers = server.requests[0]["headers"]
    assert headers["x-api-key"] == "wrong"
    assert headers["x-shop"].encode("latin-1").decode() == "Nguyễn"


def test_the_answer_is_shown_with_status_and_time(probe: Run, server: Any) -> None:
    server.headers["X-Ivrhooks-Degraded"] = "customer=timeout"
    done = probe("vip-routing", "tel=138")
    lines = done.stdout.splitlines()
    assert lines[-1] == '{"isVip": 1}'
    assert lines[-2] == "degraded: customer=timeout"
    assert lines[-3].startswith("200 in ")


def test_json_output_has_these_keys(probe: Run, server: Any) -> None:
    report = json.loads(probe("vip-routing", "tel=138", "--json").stdout)
    assert list(report) == [
        *("ok", "request", "status", "elapsed_ms", "degraded", "request_id"),
        *("body", "text", "problem"),
    ]
    assert list(report["request"]) == ["method", "url", "headers", "body"]
    assert report["body"] == {"isVip": 1}
    assert report["request_id"] == "r-1"


def test_a_refusal_is_status_one(probe: Run, server: Any) -> None:
    server.status = 400
    done = probe("vip-routing", "tel=138")
    assert done.exit_code == 1
    assert "400 in " in done.stdout


def test_an_unreachable_server_is_reported_without_traceback(
    run: Run, folder: Path
) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        done = run("probe", "vip-routing", "tel=138", "--config", folder, "--url", url)
    assert done.exit_code == 1
    assert "No answer: " in done.stdout
    assert "Traceback" not in done.output


def test_an_endpoint_that_is_not_there_gets_the_nearest(probe: Run) -> None:
    done = probe("vip-rooting", "tel=138")
    assert done.exit_code == 2
    assert "Did you mean 'vip-routing'?" in done.stderr


@pytest.mark.parametrize(
    "wrong", [("--url", "localhost:8080"), ("-H", "A b=c"), ("-H", "X-Shop")]
)
def test_an_entry_that_cannot_be_sent_is_a_usage_error(
    run: Run, folder: Path, wrong: tuple[str, str]
) -> None:
    result = run("probe", "vip-routing", "--config", folder, *wrong)
    assert result.exit_code == 2
    assert "for example" in result.output or "http://" in result.output


def test_an_unreachable_server_is_reported_with_its_remedy(
    run: Run, folder: Path
) -> None:
    url = "http://127.0.0.1:9"
    result = run("probe", "vip-routing", "tel=1", "--config", folder, "--url", url)
    assert result.exit_code == 1
    assert "Nothing listens there. Start it: ivrhooks demo" in result.output
