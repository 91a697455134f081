"""The file of a test pack: its content, its signature, and reading it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivrhooks.authoring.pack.cases import Case
from ivrhooks.authoring.pack.expected import Expected
from ivrhooks.authoring.pack.wire import Blank, WireRequest
from ivrhooks.config.plan import Plan
from ivrhooks.store.signing import Signer, is_signed

VERSION = 1


class BadPack(Exception):
    """The file is no pack, or is not trusted; the message says why."""


@dataclass(frozen=True, slots=True)
class PackedRequest:
    """One data request of a pack, and its expected answer."""

    name: str
    request: WireRequest
    expected: Expected


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack that was read, its signature good. ``signed_by``: the public key;
    ``under``: the keys below which the answer's outputs stand; ``signature``: whether
    the endpoint wants each data request signed."""

    endpoint: str
    signed_by: str
    under: tuple[str, ...]
    signature: bool
    requests: tuple[PackedRequest, ...]


def pack_data(
    plan: Plan,
    config: str,
    made_at: str,
    sheets: Mapping[str, Sequence[str]],
    requests: Sequence[tuple[Case, WireRequest, Expected]],
) -> dict[str, Any]:
    """Return the content of a pack's file, unsigned."""
    return {
        "ivrhooks_pack": VERSION,
        "endpoint": plan.endpoint,
        "path": plan.path,
        "configuration": config,
        "made_at": made_at,
        "outputs_under": list(plan.shape.under) if plan.shape else [],
        "requests_are_signed": bool(plan.security.schemes),
        "sheet": {language: list(lines) for language, lines in sheets.items()},
        "requests": [_request_data(*request) for request in requests],
    }


def _request_data(case: Case, wire: WireRequest, expected: Expected) -> dict[str, Any]:
    return {
        "name": case.name,
        "curl": wire.curl.splitlines(),
        "method": wire.method,
        "target": wire.target,
        "headers": [list(pair) for pair in wire.headers],
        "body": wire.body,
        "fill_in": [dataclasses.asdict(blank) for blank in wire.blanks],
        "expect": {
            "status": expected.status,
            "body": expected.body,
            "by_type": list(expected.by_type),
            "masked": dict(expected.masked),
            "error": expected.error,
            "fields": list(expected.fields),
        },
        "actions": list(expected.actions),
    }


def write_pack(file: Path, data: Mapping[str, Any], signer: Signer) -> None:
    """Sign and write the file. Raises OSError; an existing file is never replaced."""
    signature = {"key": signer.public, "value": signer.sign(_signed_bytes(data))}
    text = json.dumps({**data, "signature": signature}, ensure_ascii=False, indent=1)
    with file.open("x", encoding="utf-8") as out:
        out.write(text + "\n")


def read_pack(file: Path, is_trusted: Callable[[str], bool]) -> Pack:
    """Return the pack in ``file``. Raises BadPack.

    It must be signed, unchanged, by a key that ``is_trusted`` accepts.
    """
    try:
        raw = json.loads(file.read_bytes())
    except OSError as error:
        raise BadPack(f"{file} cannot be read: {error.strerror}") from None
    except ValueError:
        raise BadPack(f"{file} is no test pack: it is no JSON") from None
    if not isinstance(raw, dict) or "ivrhooks_pack" not in raw:
        raise BadPack(f"{file} is no test pack; make one with: ivrhooks pack ENDPOINT")
    if raw["ivrhooks_pack"] != VERSION:
        raise BadPack(f"{file} was made by another version of ivrhooks; make it anew")
    signature = raw.pop("signature", None)
    key, value = (
        (str(signature.get("key")), str(signature.get("value")))
        if isinstance(signature, Mapping)
        else ("", "")
    )
    if not is_signed(_signed_bytes(raw), value, key):
        raise BadPack(
            f"{file} is not as it was signed: somebody changed it. Ask for it again, "
            "or make it anew: ivrhooks pack ENDPOINT"
        )
    if not is_trusted(key):
        raise BadPack(
            f"{file} was signed by {key}, which is no key of this installation. If "
            f"that is the key you were told, say: --signed-by {key}"
        )
    return _pack(raw, key)


def _signed_bytes(data: Mapping[str, Any]) -> bytes:
    """Return what is signed: the file without the signature.

    Blanks and the order of keys do not matter.
    """
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return b"ivrhooks test pack\n" + text.encode()


def _pack(raw: Mapping[str, Any], key: str) -> Pack:
    return Pack(
        raw["endpoint"],
        key,
        tuple(raw["outputs_under"]),
        raw["requests_are_signed"],
        tuple(map(_request, raw["requests"])),
    )


def _request(raw: Mapping[str, Any]) -> PackedRequest:
    expect = raw["expect"]
    return PackedRequest(
        raw["name"],
        WireRequest(
            raw["method"],
            raw["target"],
            tuple((name, value) for name, value in raw["headers"]),
            raw["body"],
            tuple(Blank(**blank) for blank in raw["fill_in"]),
            "\n".join(raw["curl"]),
        ),
        Expected(
            expect["status"],
            expect["body"],
            tuple(expect["by_type"]),
            expect["masked"],
            expect["error"],
            tuple(expect["fields"]),
            tuple(raw["actions"]),
        ),
    )
