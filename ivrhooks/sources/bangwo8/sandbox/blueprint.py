"""Imitates Bangwo8: the companies API with its tokens, and the asset table page.

Reference: "Bangwo8 companies v1"; docs/vendors/bangwo8.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from flask import url_for as flask_url_for
from flask.views import MethodView
from werkzeug.datastructures import Authorization
from werkzeug.exceptions import HTTPException

from ivrhooks.basics.strict_json import read_json
from ivrhooks.sources.bangwo8.operations import (
    ASSET_TABLE_PATH,
    LIST_COMPANIES,
    PAGE_SIZE,
    SEARCH_COMPANIES,
)
from ivrhooks.sources.bangwo8.sandbox import assets, companies, search
from ivrhooks.sources.bangwo8.sandbox.access import takes
from ivrhooks.sources.bangwo8.sandbox.companies import RefusedError
from ivrhooks.sources.interface import Operation
from ivrhooks.sources.sandboxkit.system import System

CHINA = timezone(timedelta(hours=8))
TOKEN_LIFE = 3600
TABLE_PARAMS = (
    *("tableId", "tableName", "cPara", "filter", "display", "company", "user"),
    "search",
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)


def create_blueprint(system: System) -> Blueprint:
    """Return everything below ``/bangwo8``."""
    blueprint = Blueprint("bangwo8", __name__, template_folder="templates")
    route = Route(system)
    blueprint.before_request(route.check_credentials)
    blueprint.register_error_handler(RefusedError, refusal)
    system.http_error = http_error
    for method, rule, view in (
        ("POST", "/api/token.php", route.give_token),
        ("GET", "/api/v1/companies.json", route.list_companies),
        ("POST", "/api/v1/companies.json", route.create_company),
        ("GET", "/api/v1/companies/search.json", route.search_companies),
        ("GET", "/api/v1/companies/show_many.json", route.show_many),
        ("GET", "/api/v1/companies/<uid>.json", route.get_company),
        ("PUT", "/api/v1/companies/<uid>.json", route.update_company),
    ):
        name = view.__name__
        blueprint.add_url_rule(rule, name, view, methods=[method])
    page = AssetPage.as_view("asset_table", system, route)
    blueprint.add_url_rule(ASSET_TABLE_PATH, view_func=page)
    return blueprint


# ------------------------------------------------------------------------ errors


def refusal(error: RefusedError) -> Response:
    """Return the error body; only 100047 is the vendor's own code.

    Reference: docs/vendors/bangwo8.md#40-common
    """
    answer = jsonify({"errcode": error.code, "errmsg": error.message})
    answer.status_code = error.status
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = 'Basic realm="bangwo8"'
    return answer


def http_error(error: HTTPException) -> Response:
    """Return the error for an unknown path or method, or for a fault of ours."""
    if error.code in (404, 405):
        return refusal(companies.no_such())
    status = error.code if error.code in (400, 413) else 500
    code = "100500" if status == 500 else "100001"
    return refusal(RefusedError(str(error.name), status=status, code=code))


# ------------------------------------------------------------------------- input


def arguments() -> dict[str, str]:
    """Return the query string; of a repeated name the last counts."""
    return {name: values[-1] for name, values in request.args.lists()}


def json_body() -> Any:
    """Return the body as JSON, whatever its label. Raises RefusedError."""
    try:
        return read_json(request.get_data())
    except ValueError as problem:
        raise RefusedError(f"the body is no JSON: {problem}") from None


def authorization() -> Authorization | None:
    """Return the credentials; None where there are none, or the header has letters
    outside ASCII (Werkzeug raises ValueError)."""
    try:
        return request.authorization
    except ValueError:
        return None


def wants_json() -> bool:
    """Return whether the caller accepts JSON rather than a page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == (
        "application/json"
    )


def linked(url: str, values: Mapping[str, str]) -> str:
    """Return an address with its query percent-encoded, blanks as %20."""
    return url + "?" + urlencode(values, quote_via=quote)


def company_url(uid: object) -> str:
    """Return the address of a company."""
    return flask_url_for("bangwo8.get_company", uid=uid, _external=True)


# --------------------------------------------------------------------- companies


class Route:
    """The companies of one system, and who may ask for them."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._companies = system.collection("companies", key="uId")
        self._request_ids = system.collection("request_ids")

    def check_credentials(self) -> None:
        """Accept Basic with any pair of the data file, or a token of ours."""
        sent = authorization()
        if sent is None:
            raise RefusedError("Unauthorized", status=401, code="100002")
        if sent.type == "bearer" and not request.path.endswith("/api/token.php"):
            taken = self._system.tokens.check(sent.token)
        else:
            taken = sent.type == "basic" and takes(
                self._system.credentials, sent.username or "", sent.password or ""
            )
        if not taken:
            raise RefusedError("Unauthorized", status=401, code="100002")

    def give_token(self) -> Response:
        """Reference: docs/vendors/sources.md, P22 and P24."""
        if request.form.get("grant_type") != "client_credentials":
            raise RefusedError("grant_type must be client_credentials")
        token = self._system.tokens.issue(TOKEN_LIFE)
        answer = {"access_token": token, "expires_in": TOKEN_LIFE}
        return jsonify({**answer, "token_type": "Bearer", "scope": None})

    def list_companies(self) -> Response:
        args = arguments()
        found = search.listed(self._companies.all(), args)
        size = search.read_whole(args, "per_page", PAGE_SIZE)
        page = search.cut(found, search.read_whole(args, "page", 1), size)
        entries = [
            companies.as_listed(company, company_url) for company in page.entries
        ]
        return jsonify(
            {
                "companies": entries,
                "count": page.count,
                **self._links(page, LIST_COMPANIES, args),
            }
        )

    def search_companies(self) -> Response:
        args = arguments()
        conditions = search.read_query(args.get("query", ""))
        everybody = self._companies.all()
        found = search.found(everybody, conditions, args)
        page = search.cut(found, search.read_whole(args, "page", 1))
        for number in search.asked_numbers(conditions, everybody):
            self._system.asked(number)
        by, order = search.search_order(args)
        shown = {**args, "sort_by": by, "sort_order": order}
        hits = [companies.as_hit(company, company_url) for company in page.entries]
        links = self._links(page, SEARCH_COMPANIES, shown)
        return jsonify({"results": hits, **links, "count": page.count})

    def show_many(self) -> Response:
        ids = {
            part.strip()
            for text in request.args.getlist("ids")
            for part in text.split(",")
            if part.strip()
        }
        if not ids:
            raise RefusedError("ids must have a value: 1,2,3")
        found = [
            company
            for company in self._companies.all()
            if companies.text_of(company, "uId") in ids
            and not companies.is_deleted(company)
        ]
        found.sort(key=companies.number_of)
        return jsonify({"companies": [self._as_table(company) for company in found]})

    def get_company(self, uid: str) -> Response:
        company = self._companies.get(uid)
        if company is None or companies.is_deleted(company):
            raise companies.no_such()
        return jsonify({"company": companies.as_detail(company, company_url)})

    def create_company(self) -> Response:
        body = json_body()
        repeat = request.headers.get("Requestid", "")
        with self._system.lock:
            known = self._request_ids.get(repeat) if repeat else None
            company = self._companies.get(known["uId"]) if known else None
            if company is None:
                company = self._create(body)
                if repeat:
                    self._request_ids.put({"id": repeat, "uId": company["uId"]})
        answer = jsonify({"company": self._as_table(company)})
        answer.headers["Location"] = company_url(companies.number_of(company))
        return answer

    def _create(self, body: Any) -> dict[str, Any]:
        numbers = map(companies.number_of, self._companies.all())
        uid = max(numbers, default=0) + 1
        company = companies.created(body, uid, self._now())
        self._companies.put(company)
        return company

    def update_company(self, uid: str) -> Response:
        company = self.change(uid, json_body())
        return jsonify({"company": self._as_table(company)})

    def change(self, uid: str, body: Any) -> dict[str, Any]:
        """Return the company after an update; status 1 restores a deleted one. Raises
        RefusedError."""
        with self._system.lock:
            company = self._companies.get(uid)
            if company is None:
                raise companies.no_such()
            changed = companies.updated(company, body, self._now())
            self._companies.put(changed)
        return changed

    def find(self, uid: str) -> dict[str, Any] | None:
        """Return the company with that id, or None; deleted ones are not found."""
        company = self._companies.get(uid) if uid else None
        return None if company is None or companies.is_deleted(company) else company

    def _as_table(self, company: Mapping[str, Any]) -> dict[str, Any]:
        return companies.as_table(company, company_url)

    def _now(self) -> str:
        return f"{self._system.now().astimezone(CHINA):%Y-%m-%d %H:%M:%S}"

    @staticmethod
    def _links(
        page: search.Page, operation: Operation, args: Mapping[str, str]
    ) -> dict[str, str | None]:
        url = flask_url_for(f"bangwo8.{operation.name}", _external=True)
        kept = {
            param.name: args[param.name]
            for param in operation.params
            if param.name in args and param.name != "page"
        }
        numbers = {"next_page": page.next, "previous_page": page.previous}
        return {
            name: linked(url, {**kept, "page": str(number)}) if number else None
            for name, number in numbers.items()
        }


# ------------------------------------------------------------------- asset tables


class AssetPage(MethodView):
    """The pop-up page: shows rows, keeps an agent's columns, writes a chosen row."""

    init_every_request = False

    def __init__(self, system: System, route: Route) -> None:
        self._desk = route
        self._tables = system.collection("asset_tables", key="tableId")
        self._columns = assets.Columns(
            system.collection("first_columns", key="tableId"),
            system.collection("agent_columns"),
        )

    def get(self) -> Response:
        """Return the page, or the same rows as JSON."""
        given, table, mapping = self._asked()
        rows = assets.filtered(table, given["filter"], self._ticket(given))
        if not wants_json():
            return self._page(given, table, rows, mapping)
        if given["search"]:
            rows = assets.searched(rows, assets.field_names(table), given["search"])
        return jsonify(assets.as_json(table, rows))

    def post(self) -> Response:
        """Store an agent's choice of columns, or of a row."""
        given, table, mapping = self._asked()
        if "choose_columns" in request.form or "columns" in request.form:
            self._columns.keep(agent_name(), table, request.form.getlist("columns"))
            return see_other(given)
        wanted = request.form.get("_id", "")
        rows = assets.table_rows(table)
        row = next((one for one in rows if assets.text_in(one, "_id") == wanted), None)
        if not wanted or row is None:
            raise RefusedError("choose a row: _id must be that of an asset")
        written = assets.mapped(row, mapping)
        company = self._write(given, written)
        if wants_json():
            return jsonify({"company": companies.as_detail(company, company_url)})
        shown = assets.filtered(table, given["filter"], self._ticket(given))
        return self._page(given, table, shown, mapping, written)

    def _asked(self) -> tuple[dict[str, str], Mapping[str, Any], Any]:
        """Return the page's parameters, its table and its mapping. Raises
        RefusedError."""
        values = request.values
        given = {name: values.get(name, "").strip() for name in TABLE_PARAMS}
        mapping = assets.read_mapping(given["cPara"])
        table = assets.find_table(
            self._tables.all(), given["tableId"], given["tableName"]
        )
        return given, table, mapping

    def _write(
        self, given: Mapping[str, str], written: list[dict[str, Any]]
    ) -> dict[str, Any]:
        uid = assets.current_value(given["company"])
        if not uid:
            raise RefusedError("company must be the uId of the company to write to")
        if self._desk.find(uid) is None:
            raise companies.no_such(f"there is no company {uid}")
        return self._desk.change(uid, {"company": {"custom_fields": written}})

    @staticmethod
    def _ticket(given: Mapping[str, str]) -> dict[str, str]:
        """Return what the open ticket page shows, by the names of the placeholders."""
        return {
            "company.companyId": assets.current_value(given["company"]),
            "user.cId": assets.current_value(given["user"]),
        }

    def _page(
        self,
        given: dict[str, str],
        table: Mapping[str, Any],
        rows: list[Mapping[str, Any]],
        mapping: Any,
        written: list[dict[str, Any]] | None = None,
    ) -> Response:
        columns = self._columns.shown(agent_name(), table, given["display"])
        kept = {name: value for name, value in given.items() if value}
        html = render_template(
            "bangwo8_asset_table.html",
            table=table,
            names=assets.field_names(table),
            columns=columns,
            rows=assets.searched(rows, columns, given["search"]),
            text_in=assets.text_in,
            mapping=mapping,
            written=written,
            company=self._desk.find(assets.current_value(given["company"])),
            asked=given,
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


def see_other(given: Mapping[str, str]) -> Response:
    """Redirect to the page, so that reloading it does not send the form again."""
    kept = {name: value for name, value in given.items() if value}
    answer = redirect(linked(request.path, kept), code=303)
    return Response(answer.get_data(), 303, answer.headers)
