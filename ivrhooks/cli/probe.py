"""``ivrhooks probe``: sends what the IVR would send over HTTP, and shows the answer."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import click

from ivrhooks.authoring.caller_request import (
    all_headers,
    all_inputs,
    http_request,
    shown_headers,
    shown_inputs,
    sign_request,
)
from ivrhooks.basics.errors import SourceError
from ivrhooks.cli.arguments import (
    endpoint_argument,
    headers_option,
    inputs_argument,
    warn_of_undeclared,
)
from ivrhooks.cli.folder import config_option, load_plan
from ivrhooks.cli.report import BAD, GOOD, WARN, Result, reported
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.sync import SyncTransport

LIMIT = 1024 * 1024
MAX_WAIT = 10.0


def read_url(ctx: click.Context, param: click.Parameter, url: str) -> str:
    """Return a URL that a request can be sent to."""
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"'{url}' is no address, http://127.0.0.1:8080")
    return url


@click.command("probe")
@endpoint_argument
@inputs_argument
@headers_option
@click.option(
    "--url",
    default="http://127.0.0.1:8080",
    show_default=True,
    callback=read_url,
    help="The server to ask.",
)
@config_option
@reported
def command(
    endpoint: str,
    inputs: Sequence[tuple[str, str]],
    headers: Sequence[tuple[str, str]],
    url: str,
    folder: str,
) -> Result:
    """Ask a server as the IVR would, and show the answer.

    For example: ivrhooks probe vip-routing tel=13800000001

    ENDPOINT is an endpoint's name or path; the System API's name is `system`. The exit
    status is 0 if the data request is answered, 1 if it is refused or no answer comes,
    and 3 if the answer is degraded.
    """
    plan = load_plan(folder, endpoint)[1]
    warn_of_undeclared(plan, inputs)
    every_header, every_input = all_headers(plan, headers), all_inputs(plan, inputs)
    request = http_request(plan, every_input, every_header, url)
    now = datetime.now(UTC).timestamp()
    exchange = send(sign_request(plan, request, now, f"msg_{uuid4().hex}"))
    shown = http_request(
        plan, shown_inputs(plan, every_input), shown_headers(plan, every_header), url
    )
    return _result(shown, exchange)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A response, or the reason why there is none, and how long it took."""

    response: Response | None
    problem: str
    milliseconds: float


def send(request: Request) -> Exchange:
    """Send the request once; a failure is returned, not raised."""
    transport = SyncTransport()
    started = time.monotonic()
    response, problem = None, ""
    try:
        response = transport.send(request, timeout=MAX_WAIT, limit=LIMIT)
    except SourceError as error:
        problem = str(error)
    finally:
        transport.close()
    return Exchange(response, problem, (time.monotonic() - started) * 1000)


def _result(request: Request, exchange: Exchange) -> Result:
    """Return the result. ``request``: as it may be printed, unsigned, with secrets
    hidden."""
    response = exchange.response
    text = response.body.decode("utf-8", "replace") if response else ""
    data = {
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": (request.body or b"").decode(),
        },
        "status": response.status if response else None,
        "elapsed_ms": round(exchange.milliseconds, 1),
        "degraded": _header(response, "x-ivrhooks-degraded"),
        "request_id": _header(response, "x-request-id"),
        "body": _parsed(text),
        "text": text,
        "problem": exchange.problem or None,
    }
    return Result(data, _lines(data), _exit_status(data))


def _exit_status(data: Mapping[str, Any]) -> int:
    """Return 0 for answered, 1 for refused or no answer, 3 for degraded."""
    body = data["body"]
    if data["status"] != 200 or (isinstance(body, Mapping) and "error" in body):
        return 1
    return 3 if data["degraded"] else 0


def _header(response: Response | None, name: str) -> str | None:
    return response.headers.get(name) if response else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _advice(data: dict[str, Any]) -> list[str]:
    if "refused" not in data["problem"]:
        return []
    return ["Nothing listens there. Start it: ivrhooks demo, or ivrhooks serve."]


def _lines(data: dict[str, Any]) -> list[str]:
    request = data["request"]
    lines = [f"{request['method']} {request['url']}"]
    lines += [f"{name}: {value}" for name, value in request["headers"].items()]
    lines += [request["body"]] if request["body"] else []
    lines.append("")
    if data["status"] is None:
        return [
            *lines,
            click.style(f"No answer: {data['problem']}", fg=BAD),
            *_advice(data),
        ]
    colour = GOOD if data["status"] == 200 else BAD
    took = f"{data['elapsed_ms']:.1f} ms"
    lines.append(click.style(f"{data['status']} in {took}", fg=colour))
    if data["degraded"]:
        lines.append(click.style(f"degraded: {data['degraded']}", fg=WARN))
    return [*lines, data["text"].rstrip("\n")]
