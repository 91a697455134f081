"""Compares who may ask: what is newly refused breaks, what is newly accepted does
not."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from ivrhooks.authoring.diff.changes import BREAKS, MAY, SAFE, Change, Scope
from ivrhooks.authoring.diff.sides import written
from ivrhooks.config.plan import Security
from ivrhooks.config.schema.security import TOLERANCE

_SIGNED = ("hmac", "twilio")


def compare_security(
    old: tuple[Any, Any], new: tuple[Any, Any], scope: Scope, root: Scope
) -> Iterator[Change]:
    """Compare the effective ``security`` of an endpoint.

    ``old`` and ``new``: the endpoint's own and the root's, as written; the endpoint's
    overrides it key by key. ``root``: the place of the root's.
    """
    own = {*_present(old[0]), *_present(new[0])}
    before, after = _effective(*old), _effective(*new)
    for key in dict.fromkeys((*before, *after)):
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        at = (scope if key in own else root).at("security", key).within(was, now)
        if key in _SIGNED:
            verdict = _signature(was, now)
            yield at.change(verdict, f"security.{key}", "signature changed")
        else:
            verdict = _verdict(key, was, now)
            name = f"security.{key}"
            yield at.change(verdict, name, "changed", was, now)


def _effective(own: Any, root: Any) -> dict[str, Any]:
    """Return the settings in effect; a key that the endpoint switches off is
    missing."""
    merged = {**_present(root), **_present(own)}
    return {key: value for key, value in merged.items() if value is not False}


def _present(entry: Any) -> dict[str, Any]:
    return {key: value for key, value in written(entry).items() if value is not None}


def _verdict(key: str, was: Any, now: Any) -> str:
    if key == "allow_ips":
        return SAFE if now is None or _covers(now, was) else BREAKS
    if key == "max_body":
        usual = Security().max_body
        return BREAKS if (now or usual) < (was or usual) else SAFE
    return MAY


def _covers(now: list[str], was: list[str] | None) -> bool:
    """Return whether every address that was accepted still is."""
    if was is None:
        return False
    wide = [network for address in now if (network := _network(address))]
    return all(address in now or _lies_in(_network(address), wide) for address in was)


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(text: str) -> _Network | None:
    """Return a network; None for ``${NAME}``, which is compared by its name only."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _lies_in(network: _Network | None, wide: list[_Network]) -> bool:
    return network is not None and any(
        network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]
        for other in wide
    )


def _signature(was: Any, now: Any) -> str:
    """A signature that is dropped lets more in; a list of secrets that holds all of
    before, with the same scheme, does too."""
    if now is None:
        return SAFE
    if was is None:
        return BREAKS
    same = _scheme(was) == _scheme(now)
    keeps_secrets = set(_secrets(was)) <= set(_secrets(now))
    tolerant = _tolerance(now) >= _tolerance(was)
    return SAFE if same and keeps_secrets and tolerant else BREAKS


def _tolerance(entry: Mapping[str, Any]) -> float:
    value = entry.get("tolerance")
    return TOLERANCE if value is None else float(value)


def _scheme(entry: Mapping[str, Any]) -> dict[str, Any]:
    apart = ("secret", "auth_token", "tolerance")
    return {key: value for key, value in entry.items() if key not in apart}


def _secrets(entry: Mapping[str, Any]) -> list[str]:
    value = entry.get("secret") or entry.get("auth_token") or []
    return [value] if isinstance(value, str) else list(value)
