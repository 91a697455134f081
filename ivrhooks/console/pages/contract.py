"""Contract pages: what the vendor's page prints, OpenAPI, and the set-up sheet."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from ivrhooks.authoring.contract import Contract, contract_of
from ivrhooks.authoring.outputs.openapi import openapi
from ivrhooks.authoring.outputs.sheet import contract_in, sheet_of
from ivrhooks.config.plan import Configuration
from ivrhooks.console.languages import language_of
from ivrhooks.console.pages.view import View, pretty
from ivrhooks.console.services.test_request import find_plan
from ivrhooks.languages.catalogue import FIRST


class ContractPages:
    """``/_console/endpoints`` and what lies below."""

    def __init__(self, view: View) -> None:
        self.view = view

    def add_to(self, blueprint: Blueprint) -> None:
        """Add the pages."""
        add, guarded = blueprint.add_url_rule, self.view.guarded
        add("/endpoints", "contracts", guarded(self.all))
        add("/endpoints/<name>", "contract", guarded(self.detail))
        add("/endpoints/<name>/sheet", "sheet", guarded(self.sheet))
        add("/openapi", "openapi", guarded(self.openapi))
        add("/openapi.json", "openapi_file", guarded(self.openapi_file))

    @property
    def configuration(self) -> Configuration:
        return self.view.context.configuration()

    def all(self) -> Response:
        """Show every endpoint, with links to its pages."""
        return self.view.draw("contracts.html", plans=self.configuration.plans.values())

    def detail(self, name: str) -> Response:
        """Show the tables of the vendor's page, with examples."""
        return self.view.draw("contract.html", contract=self._contract(name))

    def sheet(self, name: str) -> Response:
        """Show what to type into the call centre's API settings."""
        base = public_address(request.args.get("base", ""))
        sheet = sheet_of(
            self._contract(name, base), language_of(request), self.configuration.caller
        )
        return self.view.draw("sheet.html", sheet=sheet, base=base)

    def openapi(self) -> Response:
        """Show the OpenAPI document."""
        return self.view.draw(
            "openapi.html", document=self._document(language_of(request))
        )

    def openapi_file(self) -> Response:
        """Return the OpenAPI document as a download."""
        text = pretty(self._document())
        response = Response(text + "\n", content_type="application/json")
        response.headers["Content-Disposition"] = "attachment; filename=openapi.json"
        return response

    def _document(self, language: str = FIRST) -> dict[str, Any]:
        configuration, address = self.configuration, self._address()
        contracts = [
            contract_in(contract_of(plan, address), language)
            for plan in configuration.plans.values()
        ]
        return openapi(contracts, version=configuration.fingerprint)

    def _contract(self, name: str, base: str = "") -> Contract:
        plan = find_plan(self.configuration, name)
        return contract_of(plan, base or self._address())

    def _address(self) -> str:
        return self.view.context.address()


def public_address(text: str) -> str:
    """Return an address without its last slash; "" where ``text`` is none."""
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    good = parts.scheme in ("http", "https") and parts.hostname and not parts.query
    return text if good and not parts.fragment and len(text) < 500 else ""
