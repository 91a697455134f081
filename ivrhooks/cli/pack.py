"""``ivrhooks pack``: writes a signed test pack of an endpoint, or verifies one."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from ivrhooks.authoring.caller_request import sign_request
from ivrhooks.authoring.contract import contract_of
from ivrhooks.authoring.outputs.sheet import PLACEHOLDER, sheet_of
from ivrhooks.authoring.pack.make import UnsignedPack, make_pack
from ivrhooks.authoring.pack.pack_file import BadPack, Pack, read_pack, write_pack
from ivrhooks.authoring.pack.verify import Verdict, verify_pack
from ivrhooks.cli.arguments import headers_option, read_pair
from ivrhooks.cli.complete import complete_endpoints
from ivrhooks.cli.folder import FOLDER, NoFolder, find_folder, load_plan
from ivrhooks.cli.probe import LIMIT, MAX_WAIT, read_url
from ivrhooks.cli.report import BAD, DIM, GOOD, WARN, Result, counted, reported
from ivrhooks.cli.sheet import lines as sheet_lines
from ivrhooks.config.plan import Configuration, Plan
from ivrhooks.languages.catalogue import LANGUAGES
from ivrhooks.sources.interface import Request, Response
from ivrhooks.sources.transport.sync import SyncTransport
from ivrhooks.store.signing import open_signer, own_public_keys


@click.command("pack")
@click.argument(
    "words", metavar="ENDPOINT", nargs=-1, shell_complete=complete_endpoints
)
@click.option(
    "--url",
    callback=lambda ctx, param, url: read_url(ctx, param, url) if url else None,
    help="The address at which the server is reached.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it. Default: ENDPOINT.pack.json here.",
)
@click.option(
    "--show-personal", is_flag=True, help="Write personal values of answers in full."
)
@click.option(
    "--verify",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ask the server at --url all that the pack asks, and compare.",
)
@click.option(
    "--signed-by",
    metavar="KEY",
    help="The public key that may have signed it. Default: this installation's own.",
)
@click.option(
    "--deliver",
    is_flag=True,
    help="With --verify: also send what makes the server store an action.",
)
@headers_option
@click.option(
    "--config",
    "folder",
    metavar="DIR",
    type=FOLDER,
    help="The configuration's folder. Default: IVRHOOKS_CONFIG, else ./configs.",
)
@reported
def command(
    words: Sequence[str],
    url: str | None,
    out: Path | None,
    show_personal: bool,
    file: Path | None,
    signed_by: str | None,
    deliver: bool,
    headers: Sequence[tuple[str, str]],
    folder: str | None,
) -> Result:
    """Write a signed test pack of ENDPOINT, or verify one.

    For example: ivrhooks pack vip-routing --url https://ivr.example.com

    And: ivrhooks pack --verify vip-routing.pack.json --url https://ivr.example.com

    A pack holds the set-up sheet, curl lines, and ten data requests with their expected
    answers, as the sources of the configuration answer now. The exit status is 3 if a
    source gave no answer. With --verify it is 0 if every answer is as expected, and 1
    if one differs or the signature is wrong. Values that no pack holds, such as
    secrets, are taken from the configuration, from -H, and from NAME=VALUE.
    """
    if file is not None:
        return _verify(file, url, signed_by, deliver, words, headers, folder)
    if len(words) != 1:
        raise click.UsageError("Say which ENDPOINT, or --verify FILE --url URL.")
    configuration, plan = load_plan(find_folder(folder), words[0])
    return _make(configuration, plan, url or PLACEHOLDER, out, show_personal)


# ---------------------------------------------------------------------- making one


def _make(
    configuration: Configuration,
    plan: Plan,
    url: str,
    out: Path | None,
    show_personal: bool,
) -> Result:
    contract = contract_of(plan, url)
    sheets = {
        language: [
            click.unstyle(line)
            for line in sheet_lines(sheet_of(contract, language, configuration.caller))
        ]
        for language in LANGUAGES
    }
    made = make_pack(configuration, plan, url, sheets, show_personal=show_personal)
    file = out or Path(f"{plan.endpoint}.pack.json")
    signer = open_signer()
    try:
        write_pack(file, made.data, signer)
    except OSError as error:
        reason = "is there already" if isinstance(error, FileExistsError) else None
        problem = f"{file} {reason or f'cannot be written: {error.strerror}'}"
        return Result({"ok": False, "problem": problem}, [problem], 1)
    data = {
        "ok": not made.failed,
        "file": str(file),
        "signed_by": signer.public,
        "requests": [
            {"name": case.name, "status": expected.status}
            for case, _, expected in made.requests
        ],
        "failed": list(made.failed),
    }
    lines = list(_made_lines(made, file, signer.public))
    return Result(data, lines, 3 if made.failed else 0)


def _made_lines(made: UnsignedPack, file: Path, key: str) -> Iterator[str]:
    for case, _, expected in made.requests:
        loose = ", ".join(expected.by_type)
        types = click.style(f"  by type: {loose}", fg=DIM) if loose else ""
        yield f"  {expected.status}  {case.name}{types}"
    if made.failed:
        yield click.style(
            f"No answer: {', '.join(made.failed)}. What hangs on it is judged by its "
            "type alone; pack again when the source answers (ivrhooks doctor).",
            fg=WARN,
        )
    yield f"wrote {file}, signed by {key}"


# ------------------------------------------------------------------- verifying one


def _verify(
    file: Path,
    url: str | None,
    signed_by: str | None,
    deliver: bool,
    words: Sequence[str],
    headers: Sequence[tuple[str, str]],
    folder: str | None,
) -> Result:
    if url is None:
        raise click.UsageError("Say which server to ask: --url http://127.0.0.1:8080")
    trusted = [signed_by] if signed_by else own_public_keys()
    try:
        pack = read_pack(file, lambda key: key in trusted)
        plan = _plan_of(pack, folder)
        values = _values(pack, plan, dict(map(read_pair, words)), dict(headers))
    except BadPack as problem:
        text = click.style(str(problem), fg=BAD)
        return Result({"ok": False, "problem": str(problem)}, [text], 1)
    began = time.monotonic()
    verdicts = list(
        verify_pack(pack, url, _sender(pack, plan), values, deliver=deliver)
    )
    return _verified(pack, url, verdicts, time.monotonic() - began)


def _plan_of(pack: Pack, folder: str | None) -> Plan | None:
    """Return the endpoint's plan, where verifying needs the configuration.

    Raises NoFolder where the data requests must be signed and there is no
    configuration.
    """
    needed = pack.signature or any(request.request.blanks for request in pack.requests)
    if not needed and folder is None:
        return None
    try:
        return load_plan(find_folder(folder), pack.endpoint)[1]
    except NoFolder:
        if pack.signature:
            raise
        return None


def _values(
    pack: Pack,
    plan: Plan | None,
    inputs: Mapping[str, str],
    headers: Mapping[str, str],
) -> dict[tuple[str, str], str]:
    """Return the values for the blanks of a pack, by place and name. Raises BadPack."""
    declared = (*plan.headers, *plan.inputs) if plan else ()
    values = {
        (parameter.place, parameter.name): parameter.equals
        for parameter in declared
        if parameter.equals
    }
    values.update({("input", name): value for name, value in inputs.items()})
    values.update({("header", name): value for name, value in headers.items()})
    blanks = [blank for request in pack.requests for blank in request.request.blanks]
    missing = {
        f"-H {blank.name}=VALUE"
        if blank.place == "header"
        else f"{blank.name}=VALUE": None
        for blank in blanks
        if (blank.place, blank.name) not in values
    }
    if missing:
        raise BadPack(
            "the pack does not hold every value; add --config DIR, or: "
            + " ".join(missing)
        )
    return values


def _sender(pack: Pack, plan: Plan | None) -> Any:
    transport = SyncTransport()

    def send(request: Request) -> Response:
        if plan is not None and pack.signature:
            now = datetime.now(UTC).timestamp()
            request = sign_request(plan, request, now, f"msg_{uuid4().hex}")
        return transport.send(request, timeout=MAX_WAIT, limit=LIMIT)

    return send


def _verified(
    pack: Pack, url: str, verdicts: Sequence[Verdict], seconds: float
) -> Result:
    differ = [verdict for verdict in verdicts if verdict.differences]
    unsent = [verdict for verdict in verdicts if not verdict.sent]
    data = {
        "ok": not differ,
        "endpoint": pack.endpoint,
        "url": url,
        "signed_by": pack.signed_by,
        "requests": [
            {
                "name": verdict.name,
                "sent": verdict.sent,
                "differences": list(verdict.differences),
                "degraded": verdict.degraded or None,
            }
            for verdict in verdicts
        ],
    }
    lines = [line for verdict in verdicts for line in _verdict_lines(verdict)]
    if unsent:
        lines.append(
            f"{counted(len(unsent), 'data request')} would store an action and "
            "went out to nobody; --deliver sends them too."
        )
    total = len(verdicts) - len(unsent)
    summary = (
        f"{len(differ)} of {counted(total, 'answer')} differ"
        if differ
        else (f"{counted(total, 'answer')} as expected")
    )
    colour = BAD if differ else GOOD
    lines.append(
        click.style(f"{pack.endpoint}: {summary} ({seconds:.1f} s).", fg=colour)
    )
    return Result(data, lines, 1 if differ else 0)


def _verdict_lines(verdict: Verdict) -> Iterator[str]:
    if not verdict.sent:
        yield click.style(f"  not sent  {verdict.name}", fg=DIM)
        return
    word = click.style("differs", fg=BAD) if verdict.differences else "as expected"
    yield f"  {word}  {verdict.name}"
    yield from (f"      {line}" for line in verdict.differences)
    if verdict.degraded and verdict.differences:
        yield f"      degraded: {verdict.degraded}"
