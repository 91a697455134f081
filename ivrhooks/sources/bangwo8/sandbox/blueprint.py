"""Imitates Bangwo8: the companies API with its tokens, and the asset table page.

Reference: "Bangwo8 companies v1"; docs/vendors/bangwo8.md.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import HTTPException

from ivrhooks.sources.bangwo8.operations import ASSET_TABLE_PATH
from ivrhooks.sources.bangwo8.sandbox import companies
from ivrhooks.sources.bangwo8.sandbox.companies import RefusedError
from ivrhooks.sources.bangwo8.sandbox.company_routes import CompanyRoutes
from ivrhooks.sources.bangwo8.sandbox.page import AssetPage
from ivrhooks.sources.sandboxkit.system import System


def create_blueprint(system: System) -> Blueprint:
    """Return everything below ``/bangwo8``."""
    blueprint = Blueprint("bangwo8", __name__, template_folder="templates")
    routes = CompanyRoutes(system)
    blueprint.before_request(routes.check_credentials)
    blueprint.register_error_handler(RefusedError, refusal)
    system.http_error = http_error
    for method, rule, view in (
        ("POST", "/api/token.php", routes.issue_token),
        ("GET", "/api/v1/companies.json", routes.list_companies),
        ("POST", "/api/v1/companies.json", routes.create_company),
        ("GET", "/api/v1/companies/search.json", routes.search_companies),
        ("GET", "/api/v1/companies/show_many.json", routes.show_many),
        ("GET", "/api/v1/companies/<uid>.json", routes.get_company),
        ("PUT", "/api/v1/companies/<uid>.json", routes.update_company),
    ):
        name = view.__name__
        blueprint.add_url_rule(rule, name, view, methods=[method])
    page = AssetPage.as_view("asset_table", system, routes)
    blueprint.add_url_rule(ASSET_TABLE_PATH, view_func=page)
    return blueprint


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
