"""The API test: sends what the IVR would send to the running server."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from ivrhooks.authoring.caller_request import (
    CONTENT_TYPES,
    all_headers,
    all_inputs,
    http_request,
)
from ivrhooks.authoring.contract import blank_of
from ivrhooks.authoring.shell import Blanks
from ivrhooks.basics.errors import SourceError, SourceRejected
from ivrhooks.basics.people.masking import mask_text
from ivrhooks.basics.people.personal import mask_as
from ivrhooks.config.plan import Configuration
from ivrhooks.console.context import ConsoleContext, ConsoleError, invalid
from ivrhooks.console.services.personal import is_personal
from ivrhooks.console.services.test_request import TestRequest, read_request
from ivrhooks.http.test_runs.signature import HEADER, sign
from ivrhooks.http.test_runs.trace_headers import NAME, unpack
from ivrhooks.languages.catalogue import because
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.sync import SyncTransport

MAX_WAIT = 5.0
"""Seconds that an answer is waited for after its deadline."""

LIMIT = 4 * 1024 * 1024


def run_test(context: ConsoleContext, request: Any) -> dict[str, Any]:
    """Makes one test run. ``request``: ``{endpoint, inputs, headers, source, fault,
    deadline_ms, show_personal, now, test}``; all but the endpoint may be left out.

    - ``result``: what ``POST /_console/api/test`` answers: success, config,
      elapsed_ms, operations, outputs, finalResult;
    - ``answer``: status, time_ms (there and back), server_ms (of that the answering;
      None where no trace came back), bytes, text, headers, request_id, degraded,
      deadline_ms, limit_bytes, fits, fits_because;
    - ``detail``: of each output raw, map, default, template, age_s, lookups;
    - ``curl``: the command line that asks the same.

    Raises ConsoleError: 404, 400, and 502 where the server did not answer.
    """
    configuration = context.configuration()
    test_request = read_request(configuration, request)
    signed = sign(
        test_request.test_run,
        context.token(),
        endpoint=test_request.plan.endpoint,
        now=context.now(),
    )
    headers = {**all_headers(test_request.plan, test_request.headers), HEADER: signed}
    inputs = all_inputs(test_request.plan, test_request.inputs)
    sent = http_request(test_request.plan, inputs, headers, context.address())
    began = time.monotonic()
    response = _send(sent, test_request.seconds + MAX_WAIT)
    took = (time.monotonic() - began) * 1000
    trace = unpack(response.headers) or {}
    result = trace.get("result")
    answer = _answer(
        test_request, response, took, result["elapsed_ms"] if result else None
    )
    return {
        "result": result or _without_trace(configuration, answer),
        "answer": answer,
        "detail": trace.get("detail") or {},
        "curl": _curl(context, test_request),
    }


def curl(context: ConsoleContext, request: Any) -> str:
    """Return the command line that would send the same, without sending it.

    Secrets, and personal values unless ``show_personal``, are replaced by blanks: the
    shell refuses the line until they are filled in.
    """
    return _curl(context, read_request(context.configuration(), request))


def link(context: ConsoleContext, request: Any) -> dict[str, str]:
    """Return the query parameters of a page that restores a run: ``i.<input>``,
    ``h.<header>``, source, fault, deadline_ms, now.

    Secret headers are left out, and personal inputs unless ``show_personal``.
    """
    test_request = read_request(context.configuration(), request)
    test_run = test_request.test_run
    parameters = {
        **_linked_inputs(test_request),
        **_linked_headers(test_request),
        "source": "" if test_run.source == "configured" else test_run.source,
        "fault": test_run.fault,
    }
    if test_run.deadline is not None:
        parameters["deadline_ms"] = f"{test_run.deadline * 1000:g}"
    if test_run.now is not None:
        parameters["now"] = test_run.now.isoformat()
    return {name: text for name, text in parameters.items() if text or "." in name}


def _linked_inputs(test_request: TestRequest) -> dict[str, str]:
    plan, shown = test_request.plan, test_request.test_run.show_personal
    linked = {}
    for name, value in test_request.inputs.items():
        if value is None or name.lower() in plan.secret_names:
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        if shown or not is_personal(plan, "input", name, text):
            linked[f"i.{name}"] = text
    return linked


def _linked_headers(test_request: TestRequest) -> dict[str, str]:
    plan, shown = test_request.plan, test_request.test_run.show_personal
    return {
        f"h.{name}": text
        for name, text in test_request.headers.items()
        if name.lower() not in plan.secret_names
        and (shown or not is_personal(plan, "header", name, text))
    }


def read_link(endpoint: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return the request of a link's parameters; unknown ones are ignored."""
    inputs = {name[2:]: text for name, text in parameters.items() if name[:2] == "i."}
    headers = {name[2:]: text for name, text in parameters.items() if name[:2] == "h."}
    request: dict[str, Any] = {
        "endpoint": endpoint,
        "inputs": inputs,
        "headers": headers,
    }
    for key in ("source", "fault", "now"):
        if parameters.get(key):
            request[key] = parameters[key]
    deadline = parameters.get("deadline_ms", "")
    if deadline.isdecimal():
        request["deadline_ms"] = int(deadline)
    return request


def _send(request: Request, max_wait: float) -> Response:
    transport = SyncTransport()
    try:
        return transport.send(request, timeout=max_wait, limit=LIMIT)
    except SourceRejected as problem:
        raise invalid(because("as_said", text=str(problem))) from problem
    except SourceError as problem:
        raise ConsoleError(
            502, "no_answer", because("server_silent", why=str(problem))
        ) from problem
    finally:
        transport.close()


def _is_refusal(response: Response) -> bool:
    """Return whether the data request was refused, whatever the status says."""
    try:
        body = json.loads(response.body)
    except ValueError:
        return response.status != 200
    return response.status != 200 or (isinstance(body, dict) and "error" in body)


def _answer(
    test_request: TestRequest, response: Response, took: float, answering: float | None
) -> dict[str, Any]:
    """Return the answer as the IVR gets it, masked unless personal data may be shown.

    Whether it is in time is judged by ``answering``, the server's time. The time of
    transport on a machine that is busy with this page would mislead.
    """
    text = response.body.decode("utf-8", "replace")
    if not test_request.test_run.show_personal:
        text = mask_text(text)
    headers = {
        name: value
        for name, value in response.headers.items()
        if not name.startswith(NAME.lower())
    }
    refused = _is_refusal(response)
    limit, deadline = test_request.plan.size_limit, test_request.seconds * 1000
    because = ""
    if refused:
        because = "refused"
    elif limit is not None and len(response.body) > limit:
        because = "too_large"
    elif (took if answering is None else answering) > deadline:
        because = "too_late"
    return {
        "status": response.status,
        "time_ms": round(took, 1),
        "server_ms": None if answering is None else round(answering, 1),
        "bytes": len(response.body),
        "text": text,
        "headers": headers,
        "request_id": headers.get("x-request-id", ""),
        "degraded": headers.get("x-ivrhooks-degraded", ""),
        "deadline_ms": round(deadline, 3),
        "limit_bytes": limit,
        "fits": not because,
        "fits_because": because,
    }


def _without_trace(
    configuration: Configuration, answer: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the result of an answer without trace.

    It was refused before any endpoint, or the configuration has changed meanwhile.
    """
    try:
        body = json.loads(answer["text"])
    except ValueError:
        body = None
    return {
        "success": answer["status"] == 200 and not answer["degraded"],
        "config": configuration.fingerprint,
        "elapsed_ms": answer["time_ms"],
        "operations": [],
        "outputs": [],
        "finalResult": {
            "status": answer["status"],
            "body": body,
            "text": answer["text"],
        },
    }


def _curl(context: ConsoleContext, test_request: TestRequest) -> str:
    plan, blanks = test_request.plan, Blanks()
    inputs = _blanked(
        test_request, all_inputs(plan, test_request.inputs), "input", blanks
    )
    headers = _blanked(
        test_request,
        list(all_headers(plan, test_request.headers).items()),
        "header",
        blanks,
    )
    for scheme in plan.security.schemes:
        headers += [(name, blanks.placeholder(name)) for name in scheme.shown]
    request = http_request(plan, inputs, dict(headers), context.address())
    words = ["curl"]
    label_by_curl = ("Content-Type", CONTENT_TYPES["form"])
    for name, value in request.headers:
        if (name, value) != label_by_curl:
            words += ["-H", f"{name}: {value}"]
    if request.body is not None:
        words += ["-d", request.body.decode()]
    return blanks.join([*words, request.url])


def _blanked(
    test_request: TestRequest, pairs: list[tuple[str, Any]], place: str, blanks: Blanks
) -> list[tuple[str, Any]]:
    """Return the values with a blank for each that is secret, or personal and hidden.

    The shell refuses the line until they are filled in.
    """
    plan = test_request.plan
    declared = plan.inputs if place == "input" else plan.headers
    known = {parameter.name.lower(): parameter for parameter in declared}

    def shown(name: str, value: Any) -> Any:
        parameter = known.get(name.lower())
        if value is None:
            return None
        if parameter is not None and parameter.confidential:
            return blank_of(parameter, plan, blanks)
        kind = "text" if parameter is None else parameter.pii
        if test_request.test_run.show_personal or mask_as(kind, value) == value:
            return value
        return blanks.placeholder({"phone": "number"}.get(kind, name))

    return [(name, shown(name, value)) for name, value in pairs]
