"""Judges an answer of kind http: found, not found, or an error that says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from jmespath.exceptions import JMESPathError

from ivrhooks.basics.errors import (
    SourceMalformed,
    SourceRejected,
    SourceUnavailable,
)
from ivrhooks.basics.strict_json import decode_text, read_json, read_json_body
from ivrhooks.sources.http.xml_reader import read_xml
from ivrhooks.sources.interface import Reply, Response
from ivrhooks.sources.kind import Evaluate
from ivrhooks.sources.reading import is_unavailable, json_of

ANSWERS = ("json", "xml", "text")
ACCEPT = {
    "json": "application/json",
    "xml": "application/xml, text/xml;q=0.9, */*;q=0.5",
    "text": "text/plain, */*;q=0.5",
}
NAMES = ("response",)

_BLANKS = " \t\r\n\f\v\ufeff"


@dataclass(frozen=True, slots=True)
class Rules:
    """How an answer is judged. ``written``: the rules as the file has them, which
    identifies a set of rules."""

    written: tuple[str, ...] = ()
    answer: str = field(default="json", compare=False, repr=False)
    not_found: Evaluate | None = field(default=None, compare=False, repr=False)
    success: Evaluate | None = field(default=None, compare=False, repr=False)
    result: Callable[[Any], Any] | None = field(default=None, compare=False, repr=False)
    pick: str | None = field(default=None, compare=False, repr=False)
    plain: bool = field(default=True, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Derive ``plain``: there is no rule about how JSON is judged."""
        rules = (self.not_found, self.success, self.result)
        plain = self.answer == "json" and all(rule is None for rule in rules)
        object.__setattr__(self, "plain", plain)

    def is_not_found(self, names: ResponseNames) -> bool:
        """Return whether `not_found` is written, and true."""
        return self.not_found is not None and bool(self.not_found({"response": names}))


class Headers(dict[str, str]):
    """The headers of an answer, by names in any case of letters."""

    __slots__ = ()

    def __getitem__(self, name: str) -> str:
        return dict.__getitem__(self, name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and dict.__contains__(self, name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of ``name``, in any case of letters."""
        return dict.get(self, name.lower(), default)


class ResponseNames(Mapping[str, Any]):
    """``response`` as templates see it. Each part is made when it is first read."""

    __slots__ = ("_made", "_response")
    _parts = ("status", "headers", "text", "json", "xml")

    def __init__(self, response: Response) -> None:
        self._response = response
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            if name not in self._parts:
                raise KeyError(name)
            self._made[name] = getattr(self, f"_{name}")()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def body(self, answer: str) -> Any:
        """Return the body as ``answer`` says. Raises ValueError where it is something
        else."""
        if answer == "text":
            return self["text"].strip(_BLANKS)
        if self._made.get(answer) is not None:
            return self._made[answer]
        reader = read_json_body if answer == "json" else read_xml
        self._made[answer] = reader(self._response.body, self._label())
        return self._made[answer]

    def _label(self) -> str:
        return self._response.headers.get("content-type", "")

    def _status(self) -> int:
        return self._response.status

    def _headers(self) -> Headers:
        return Headers(self._response.headers)

    def _text(self) -> str:
        return decode_text(self._response.body, self._label())

    def _json(self) -> Any:
        return self._or_none("json")

    def _xml(self) -> Any:
        return self._or_none("xml")

    def _or_none(self, answer: str) -> Any:
        try:
            return self.body(answer)
        except ValueError:
            return None


def read_plain(response: Response) -> Reply:
    """Return what ``read_answer`` returns without rules and with status 200, faster.

    This is the common answer. Raises SourceError.
    """
    body = response.body
    if not body.strip():
        return Reply(None, found=False)
    try:
        value = read_json(body)
    except ValueError:
        value = _read_by_label(response)
    return Reply(value, found=value is not None and value != [])


def _read_by_label(response: Response) -> Any:
    """Return a body that is no JSON in UTF-8. Raises SourceMalformed."""
    try:
        return json_of(response)
    except ValueError as problem:
        raise SourceMalformed(str(problem)) from None


def read_answer(rules: Rules, response: Response, names: ResponseNames) -> Reply:
    """Return what ``response`` says, by the rules in their order. Raises
    SourceError."""
    status = response.status
    if rules.is_not_found(names):
        return Reply(None, found=False)  # so that `when: "{{ customer }}"` is false
    if not 200 <= status < 300:
        return _read_error_status(response, names)
    if status == 204:
        return Reply(None, found=False)
    if rules.success is not None and not rules.success({"response": names}):
        raise _no_success(rules, names)
    if not response.body.strip():
        return Reply(None, found=False)
    return _result(rules, _read(rules, names))


def read_written(rules: Rules, response: Response, names: ResponseNames) -> Reply:
    """Return what ``response`` to an action says. Raises SourceError.

    Any 2xx means delivery, whatever its body, unless a written rule says no.
    """
    if rules.is_not_found(names):
        return Reply(None, found=False)
    if not 200 <= response.status < 300:
        raise refusal(response)
    if rules.success is not None and not rules.success({"response": names}):
        raise SourceRejected("`success` is false for this answer", code="no_success")
    return Reply(None)


def refusal(response: Response) -> SourceRejected | SourceUnavailable:
    """Return the error for a status other than 2xx."""
    status = response.status
    if is_unavailable(status):
        return SourceUnavailable(f"HTTP {status}")
    if 300 <= status < 400 and status != 304:
        return SourceRejected(
            f"HTTP {status}{_redirect_target(response)}", code="redirect"
        )
    return SourceRejected(f"HTTP {status}")


def _read_error_status(response: Response, names: ResponseNames) -> Reply:
    if response.status != 404:
        raise refusal(response)
    if not response.body.strip():
        return Reply(None, found=False)
    try:
        names.body("json")
    except ValueError:
        raise SourceRejected(
            "HTTP 404 with a page that is no JSON: a wrong path, or a gateway"
        ) from None
    return Reply(None, found=False)


def _redirect_target(response: Response) -> str:
    """Return where a redirect leads, without its query, and what to write."""
    target = response.headers.get("location", "")
    try:
        parts = urlsplit(target)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return ""
    shown = f"{parts.scheme}://{host}{parts.path}" if host else parts.path
    if not shown or not shown.isprintable():
        return ", a redirect that does not say where to"
    return (
        f", a redirect to {shown[:200]}: redirects are not followed; write that "
        "address as base_url or path"
    )


def _no_success(rules: Rules, names: ResponseNames) -> Exception:
    """Return the error of a false `success`.

    A body of another type is a fault of the source; a body that says no is an answer.
    """
    try:
        if names["text"].strip(_BLANKS):
            names.body(rules.answer)
    except ValueError as problem:
        return SourceMalformed(str(problem))
    return SourceRejected("`success` is false for this answer", code="no_success")


def _read(rules: Rules, names: ResponseNames) -> Any:
    try:
        return names.body(rules.answer)
    except ValueError as problem:
        raise SourceMalformed(str(problem)) from None


def _result(rules: Rules, value: Any) -> Reply:
    if value is None or (rules.answer != "json" and value == ""):
        return Reply(None, found=False)
    if rules.result is None:
        return Reply(value, found=value != [])
    try:
        result = rules.result(value)
    except JMESPathError as problem:
        why = str(problem).splitlines()[0]
        raise SourceMalformed(f"`result` cannot be read: {why}"[:200]) from None
    return Reply(result, found=result is not None and result not in ("", [], {}))
