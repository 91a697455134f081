"""Writes lines for an Asterisk dialplan that call an endpoint and read its answer.

They use CURL(), CURLOPT(), URIENCODE() and JSON_DECODE(), as recorded from Asterisk 20.
There are no lines for an endpoint whose names do not fit a dialplan.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from urllib.parse import quote

from ivrhooks.authoring.contract import CALLERS_NUMBER, Contract, DeclaredParameter

_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z0-9 ._~:/@+=-]*")
_CALLER = "${CALLERID(num)}"
_ANSWER = "IVRHOOKS_ANSWER"


def dialplan(contract: Contract) -> str:
    """Return the lines for the extension that takes the call; "" where they cannot
    work."""
    if contract.format == "json" or not _fits(contract):
        return ""
    return "\n".join(_lines(contract))


def global_name(header: DeclaredParameter) -> str:
    """Return the dialplan's global variable for a header's secret."""
    return "IVRHOOKS_" + re.sub(r"[^A-Za-z0-9]", "_", header.name).upper()


def _fits(contract: Contract) -> bool:
    """Return whether all names are valid variables, and no text has a special
    meaning."""
    needed = [
        parameter for parameter in contract.parameters if not _is_caller(parameter)
    ]
    names = [parameter.name for parameter in needed] + [
        output.name for output in contract.outputs
    ]
    texts = [str(header.example) for header in contract.headers]
    return (
        all(_VARIABLE.fullmatch(name) for name in names)
        and all(_PLAIN.fullmatch(text) for text in texts)
        and _PLAIN.fullmatch(contract.url.replace("%", "")) is not None
    )


def _lines(contract: Contract) -> Iterator[str]:
    seconds = math.ceil(contract.deadline_ms / 1000) + 1
    yield " same => n,Set(CURLOPT(conntimeout)=1)"
    yield f" same => n,Set(CURLOPT(httptimeout)={seconds})"
    for header in contract.headers:
        value = _header_value(header)
        yield f" same => n,Set(CURLOPT(httpheader)={header.name}: {value})"
    fields = "&".join(map(_field, contract.parameters))
    sign = "?" if contract.method == "GET" else ","
    url = f"{contract.url}{sign}{fields}" if fields else contract.url
    yield f" same => n,Set({_ANSWER}=${{CURL({url})}})"
    for output in contract.outputs:
        name = output.name
        yield f" same => n,Set({name}=${{JSON_DECODE({_ANSWER},{name})}})"


def _header_value(header: DeclaredParameter) -> str:
    if header.places:
        return f"${{{global_name(header)}}}"
    return str(header.example)


def _field(parameter: DeclaredParameter) -> str:
    value = _CALLER if _is_caller(parameter) else f"${{{parameter.name}}}"
    return f"{quote(parameter.name, safe='')}=${{URIENCODE({value})}}"


def _is_caller(parameter: DeclaredParameter) -> bool:
    return parameter.variable == CALLERS_NUMBER
