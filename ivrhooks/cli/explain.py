"""``ivrhooks explain``: shows one data request step by step, and where values come
from."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ivrhooks.actions.service import outbox_of
from ivrhooks.answering.data_request import DataRequest
from ivrhooks.answering.engine import open_engine
from ivrhooks.answering.shown.description import describe
from ivrhooks.answering.shown.watched import answer_watched
from ivrhooks.authoring.caller_request import all_headers, all_inputs, data_request
from ivrhooks.basics.time_zones import read_moment
from ivrhooks.cli.arguments import (
    endpoint_argument,
    headers_option,
    inputs_argument,
    warn_of_undeclared,
)
from ivrhooks.cli.folder import config_option, load_plan
from ivrhooks.cli.report import BAD, GOOD, WARN, Result, reported, table
from ivrhooks.cli.sandbox_hint import hint_at_sandbox
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.resilience.deadline import Deadline

if TYPE_CHECKING:
    from ivrhooks.actions.outbox import Outbox


@click.command("explain")
@endpoint_argument
@inputs_argument
@headers_option
@click.option(
    "--show-personal",
    is_flag=True,
    help="Print telephone numbers in full.",
)
@click.option(
    "--now",
    "moment",
    metavar="MOMENT",
    help="Explain it at this moment, as 2026-10-01T09:30; without an offset in the "
    "timezone of the configuration.",
)
@click.option(
    "--deliver",
    is_flag=True,
    help="Store the actions too, for a server or a worker to deliver.",
)
@config_option
@reported
def command(
    endpoint: str,
    inputs: Sequence[tuple[str, str]],
    headers: Sequence[tuple[str, str]],
    show_personal: bool,
    moment: str | None,
    deliver: bool,
    folder: str,
) -> Result:
    """Show each step of an answer, and every value's origin.

    For example: ivrhooks explain vip-routing tel=13800000001

    Needs no running server: the engine runs inside this command and queries the sources
    of the configuration. The exit status is 0 if the data request is answered, 1 if it
    is refused, and 3 if the answer is degraded.
    """
    configuration, plan = load_plan(folder, endpoint)
    warn_of_undeclared(plan, inputs)
    request = data_request(plan, all_inputs(plan, inputs), all_headers(plan, headers))
    outbox = outbox_of(configuration) if deliver and plan.actions else None
    explained = asyncio.run(
        _explain(
            configuration, plan, request, show_personal, outbox, _now(moment, plan)
        )
    )
    sources = [configuration.sources[name] for name in plan.sources]
    errors = [step["error"] or "" for step in explained["operations"]]
    hint_at_sandbox(sources, errors)
    return Result(explained, lines(plan, explained), _exit_status(explained))


def _exit_status(explained: Mapping[str, Any]) -> int:
    """Return 0 for answered, 1 for refused, 3 for degraded."""
    final = explained["finalResult"]
    if final["status"] != 200 or "error" in final["body"]:
        return 1
    return 0 if explained["success"] else 3


def _now(text: str | None, plan: Plan) -> Callable[[], datetime] | None:
    """Return a clock that gives the moment, or None for the present."""
    if text is None:
        return None
    try:
        moment = read_moment(text, plan.timezone)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no moment; write it as 2026-10-01T09:30:00+08:00",
            param_hint="--now",
        ) from None
    return lambda: moment


async def _explain(
    configuration: Configuration,
    plan: Plan,
    request: DataRequest,
    show_personal: bool,
    outbox: Outbox | None,
    now: Callable[[], datetime] | None,
) -> dict[str, Any]:
    engine = await open_engine(configuration, outbox)
    try:
        clock = asyncio.get_running_loop().time
        deadline = Deadline.after(plan.deadline, clock)
        answer = await answer_watched(
            engine, plan, request, deadline, now=now, outbox=outbox
        )
    finally:
        await engine.close()
        if outbox is not None:
            outbox.close()
    assert answer.trace is not None  # noqa: S101 - the engine always traces
    return describe(answer.trace, answer, configuration, show_personal=show_personal)


def lines(plan: Plan, explained: Mapping[str, Any]) -> list[str]:
    """Return the explanation as text lines."""
    final = explained["finalResult"]
    colour = GOOD if explained["success"] else WARN if final["status"] == 200 else BAD
    heading = (
        f"{plan.endpoint}: {final['status']} in {explained['elapsed_ms']:.1f} ms "
        f"(deadline {plan.deadline * 1000:.0f} ms, "
        f"configuration {explained['config']})"
    )
    actions = [_action(action) for action in explained.get("actions", ())]
    return [
        click.style(heading, fg=colour),
        "",
        *table([_step(step) for step in explained["operations"]], STEP_HEADER),
        "",
        *_exchanges(explained["operations"]),
        *table([_output(output) for output in explained["outputs"]], OUTPUT_HEADER),
        "",
        *([*table(actions, ACTION_HEADER), ""] if actions else []),
        final["text"].rstrip("\n"),
    ]


STEP_HEADER = ("  START ms", "TOOK ms", "STEP", "RESULT")
OUTPUT_HEADER = ("OUTPUT", "TYPE", "VALUE", "ORIGIN")


ACTION_HEADER = ("ACTION", "WRITES", "STATUS", "PARAMETERS")


def _action(action: Mapping[str, Any]) -> tuple[str, str, str, str]:
    status = action["status"].replace("_", " ")
    if action["message"]:
        status = f"{status}: {action['message']}"
    return (
        action["name"],
        f"{action['source']}.{action['operation']}",
        status,
        _short(action["params"]),
    )


def _step(step: Mapping[str, Any]) -> tuple[str, str, str, str]:
    notes = [step["error"] or step.get("status"), None]
    if not step["error"] and step["name"] != "outputs":  # outputs have a table
        notes[1] = step.get("message") or _short(step["result"])
    notes += [_picked(step.get("picked")), _links(step.get("links"))]
    text = ": ".join(str(part) for part in notes if part)
    return (
        f"{step['start_ms']:>10.1f}",
        f"{step['elapsed_ms']:>7.1f}",
        step["name"],
        click.style(text, fg=None if step["success"] else WARN),
    )


def _exchanges(operations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what each source was sent, and what it answered."""
    lines: list[str] = []
    for step in operations:
        request, response = step.get("request"), step.get("response")
        if request:
            sent = request.get("params")
            body = request.get("body")
            line = _short(sent) if sent else f"{request['method']} {request['url']}"
            lines += [step["name"], f"  > {line}{f' {_short(body)}' if body else ''}"]
        if response and "status" in response:
            text = " ".join(str(response["body"]).split())
            lines.append(f"  < {response['status']} {_short(text)}".rstrip())
    return [*lines, ""] if lines else []


def _picked(picked: Mapping[str, Any] | None) -> str:
    """Return which of several entries was picked."""
    if not picked:
        return ""
    return f"{picked['pick']} took {picked['took']} of {picked['of']}"


def _links(links: Sequence[Mapping[str, str]] | None) -> str:
    """Return the outcome of each source of a chain."""
    return ", ".join(f"{link['source']} {link['status']}" for link in links or ())


def _output(output: Mapping[str, Any]) -> tuple[str, str, str, str]:
    value = (
        ""
        if output["origin"] == "omitted"
        else json.dumps(output["value"], ensure_ascii=False)
    )
    return (output["name"], output["type"], value, _origin(output))


def _origin(output: Mapping[str, Any]) -> str:
    where = " ".join(filter(None, (output["source"], output["path"])))
    text = f"{output['origin']}: {where}" if where else output["origin"]
    return f"{text} ({output['because']})" if output["because"] else text


def _short(result: Any, limit: int = 100) -> str:
    if result is None:
        return ""
    text = result if isinstance(result, str) else json.dumps(result, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
