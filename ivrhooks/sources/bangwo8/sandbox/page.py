"""The imitated page of Bangwo8's asset table: rows, an agent's columns, a chosen row.

Reference: docs/vendors/bangwo8.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, redirect, render_template, request
from flask.views import MethodView

from ivrhooks.sources.bangwo8.sandbox import assets, companies
from ivrhooks.sources.bangwo8.sandbox.companies import RefusedError
from ivrhooks.sources.bangwo8.sandbox.company_routes import CompanyRoutes, company_url
from ivrhooks.sources.bangwo8.sandbox.requests import authorization, linked, wants_json
from ivrhooks.sources.sandboxkit.system import System

TABLE_PARAMS = (
    *("tableId", "tableName", "cPara", "filter", "display", "company", "user"),
    "search",
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


class AssetPage(MethodView):
    """The pop-up page: shows rows, keeps an agent's columns, writes a chosen row."""

    init_every_request = False

    def __init__(self, system: System, routes: CompanyRoutes) -> None:
        self._routes = routes
        self._tables = system.collection("asset_tables", key="tableId")
        self._columns = assets.Columns(
            system.collection("first_columns", key="tableId"),
            system.collection("agent_columns"),
        )

    def get(self) -> Response:
        """Return the page, or the same rows as JSON."""
        params, table, mapping = self._read_form()
        rows = assets.filtered(table, params["filter"], self._ticket(params))
        if not wants_json():
            return self._page(params, table, rows, mapping)
        if params["search"]:
            rows = assets.searched(rows, assets.field_names(table), params["search"])
        return jsonify(assets.as_json(table, rows))

    def post(self) -> Response:
        """Store an agent's choice of columns, or of a row."""
        params, table, mapping = self._read_form()
        if "choose_columns" in request.form or "columns" in request.form:
            self._columns.keep(agent_name(), table, request.form.getlist("columns"))
            return see_other(params)
        wanted = request.form.get("_id", "")
        rows = assets.table_rows(table)
        row = next(
            (entry for entry in rows if assets.text_in(entry, "_id") == wanted), None
        )
        if not wanted or row is None:
            raise RefusedError("choose a row: _id must be that of an asset")
        written = assets.mapped(row, mapping)
        company = self._write(params, written)
        if wants_json():
            return jsonify({"company": companies.as_detail(company, company_url)})
        shown = assets.filtered(table, params["filter"], self._ticket(params))
        return self._page(params, table, shown, mapping, written)

    def _read_form(self) -> tuple[dict[str, str], Mapping[str, Any], Any]:
        """Return the page's parameters, its table and its mapping. Raises
        RefusedError."""
        values = request.values
        params = {name: values.get(name, "").strip() for name in TABLE_PARAMS}
        mapping = assets.read_mapping(params["cPara"])
        table = assets.find_table(
            self._tables.all(), params["tableId"], params["tableName"]
        )
        return params, table, mapping

    def _write(
        self, params: Mapping[str, str], written: list[dict[str, Any]]
    ) -> dict[str, Any]:
        uid = assets.current_value(params["company"])
        if not uid:
            raise RefusedError("company must be the uId of the company to write to")
        if self._routes.find(uid) is None:
            raise companies.no_such(f"there is no company {uid}")
        return self._routes.change(uid, {"company": {"custom_fields": written}})

    @staticmethod
    def _ticket(params: Mapping[str, str]) -> dict[str, str]:
        """Return what the open ticket page shows, by the names of the placeholders."""
        return {
            "company.companyId": assets.current_value(params["company"]),
            "user.cId": assets.current_value(params["user"]),
        }

    def _page(
        self,
        params: dict[str, str],
        table: Mapping[str, Any],
        rows: list[Mapping[str, Any]],
        mapping: Any,
        written: list[dict[str, Any]] | None = None,
    ) -> Response:
        columns = self._columns.shown(agent_name(), table, params["display"])
        kept = {name: value for name, value in params.items() if value}
        html = render_template(
            "bangwo8_asset_table.html",
            table=table,
            names=assets.field_names(table),
            columns=columns,
            rows=assets.searched(rows, columns, params["search"]),
            text_in=assets.text_in,
            mapping=mapping,
            written=written,
            company=self._routes.find(assets.current_value(params["company"])),
            asked=params,
            kept=kept,
            action=linked(request.path, kept),
            agent=agent_name(),
        )
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
        return Response(html, headers=headers, content_type="text/html; charset=utf-8")


def agent_name() -> str:
    """Return the Basic-auth account, whose page this is."""
    sent = authorization()
    return (sent.username if sent is not None else "") or "token"


def see_other(params: Mapping[str, str]) -> Response:
    """Redirect to the page, so that reloading it does not send the form again."""
    kept = {name: value for name, value in params.items() if value}
    answer = redirect(linked(request.path, kept), code=303)
    return Response(answer.get_data(), 303, answer.headers)
