"""The page Sources: sends one query to one source, and shows what was transmitted."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from ivrhooks.authoring.ask import Answer
from ivrhooks.basics.people.personal import NO_KINDS, FieldKinds, mask_record
from ivrhooks.basics.people.personal_exchange import mask_request
from ivrhooks.console.context import ConsoleError, invalid
from ivrhooks.console.pages.view import View, pretty
from ivrhooks.console.services import asking
from ivrhooks.languages.catalogue import because
from ivrhooks.sources.catalogue import KINDS
from ivrhooks.sources.interface import kinds_of


class SourcesPage:
    """``/_console/sources``."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the page."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/sources", "sources", guarded(self.show))
        add("/sources", "sources_ask", guarded(self.ask), methods=["POST"])

    def show(self) -> Response:
        """Show the form for the source in the address, else the first."""
        return self._draw({"source": request.args.get("source", "")}, None)

    def ask(self) -> Response:
        """Send the query and show its result, or why it could not be sent."""
        form = {name: request.form.get(name, "") for name in _FIELDS}
        try:
            answer = self._answer(form)
        except ConsoleError as problem:
            return self._draw(form, None, problem)
        personal = bool(form["show_personal"])
        return self._draw(
            form, _shown_answer(answer, self._kinds(answer), personal=personal)
        )

    def _answer(self, form: dict[str, str]) -> Answer:
        source = self.view.context.configuration().sources.get(form["source"])
        pairs = dict(read_pairs(form["params"]))
        fields: dict[str, Any] = {"source": form["source"]}
        if source is not None and KINDS[source.kind].asks_requests:
            fields |= {"path": form["path"], "query": pairs}
        else:
            fields |= {"operation": form["operation"], "params": pairs}
        return asking.send_query(self.view.context, fields)

    def _kinds(self, answer: Answer) -> FieldKinds:
        """Return the personal-data kinds of what was sent and received."""
        source = self.view.context.configuration().sources[answer.source]
        described = source.operations or KINDS[source.kind].operations
        kinds = (
            operation for operation in described if operation.name == answer.operation
        )
        return kinds_of(next(kinds, described[0]), source.pii)

    def _draw(
        self,
        form: dict[str, str],
        answer: dict[str, Any] | None,
        problem: ConsoleError | None = None,
    ) -> Response:
        sources = self.view.context.configuration().sources
        chosen = sources.get(form["source"]) or next(iter(sources.values()), None)
        operations: list[str] = []
        if chosen is not None:
            described = chosen.operations or KINDS[chosen.kind].operations
            operations = [
                operation.name for operation in described if not operation.write
            ]
        return self.view.draw(
            "sources.html",
            200 if problem is None else problem.status,
            sources=list(sources),
            form={**dict.fromkeys(_FIELDS, ""), **form},
            chosen=chosen.name if chosen else "",
            by_path=chosen is not None and KINDS[chosen.kind].asks_requests,
            operations=operations,
            answer=answer,
            problem=problem,
        )


_FIELDS = ("source", "operation", "path", "params", "show_personal")


def read_pairs(text: str) -> list[tuple[str, str]]:
    """Return ``name=value`` of each line as pairs. Raises ConsoleError."""
    pairs = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, sign, value = line.partition("=")
        if not sign or not name.strip():
            raise invalid(because("pairs"))
        pairs.append((name.strip(), value.strip()))
    return pairs


def _shown_answer(
    answer: Answer, kinds: FieldKinds, *, personal: bool
) -> dict[str, Any]:
    """Return an answer for the page, masked unless personal data was asked for."""
    request, response = dict(answer.request or {}), dict(answer.response or {})
    phases = response.pop("ms", {})
    record = answer.record
    if not personal:
        request, response = mask_request(request, kinds), mask_request(response, kinds)
        record = mask_record(record, kinds)
    error = answer.error if personal else mask_record(answer.error, NO_KINDS)
    body = response.pop("body", None)
    return {
        "status": answer.status,
        "source": answer.source,
        "operation": answer.operation,
        "error": error,
        "phases": phases,
        "request": pretty(request) if request else "",
        "response": pretty(response) if response else "",
        "body": body or "",
        "record": "" if record is None else pretty(record),
    }
