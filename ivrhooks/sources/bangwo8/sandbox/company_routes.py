"""The imitated companies API of Bangwo8 with its token: a method for each route.

Reference: "Bangwo8 companies v1"; docs/vendors/bangwo8.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

from flask import Response, jsonify, request
from flask import url_for as flask_url_for

from ivrhooks.sources.bangwo8.operations import (
    LIST_COMPANIES,
    PAGE_SIZE,
    SEARCH_COMPANIES,
)
from ivrhooks.sources.bangwo8.sandbox import companies, search
from ivrhooks.sources.bangwo8.sandbox.companies import RefusedError
from ivrhooks.sources.bangwo8.sandbox.requests import (
    arguments,
    authorization,
    json_body,
    linked,
    takes,
)
from ivrhooks.sources.interface import Operation
from ivrhooks.sources.sandboxkit.system import System

CHINA = timezone(timedelta(hours=8))
TOKEN_LIFE = 3600


class CompanyRoutes:
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
            is_valid = self._system.tokens.check(sent.token)
        else:
            is_valid = sent.type == "basic" and takes(
                self._system.credentials, sent.username or "", sent.password or ""
            )
        if not is_valid:
            raise RefusedError("Unauthorized", status=401, code="100002")

    def issue_token(self) -> Response:
        """Issue a token that is valid for an hour.

        Reference: docs/vendors/sources.md, P22 and P24.
        """
        if request.form.get("grant_type") != "client_credentials":
            raise RefusedError("grant_type must be client_credentials")
        token = self._system.tokens.issue(TOKEN_LIFE)
        answer = {"access_token": token, "expires_in": TOKEN_LIFE}
        return jsonify({**answer, "token_type": "Bearer", "scope": None})

    def list_companies(self) -> Response:
        args = arguments()
        listed = search.listed(self._companies.all(), args)
        size = search.read_positive_int(args, "per_page", PAGE_SIZE)
        page = search.cut(listed, search.read_positive_int(args, "page", 1), size)
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
        matching = search.matching(everybody, conditions, args)
        page = search.cut(matching, search.read_positive_int(args, "page", 1))
        for number in search.requested_numbers(conditions, everybody):
            self._system.magic_answer(number)
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
        shown = [
            company
            for company in self._companies.all()
            if companies.text_of(company, "uId") in ids
            and not companies.is_deleted(company)
        ]
        shown.sort(key=companies.number_of)
        return jsonify({"companies": [self._as_table(company) for company in shown]})

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


def company_url(uid: object) -> str:
    """Return the address of a company."""
    return flask_url_for("bangwo8.get_company", uid=uid, _external=True)
