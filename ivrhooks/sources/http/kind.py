"""Kind http: any other HTTP API."""

from __future__ import annotations

from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.operations import OPERATIONS
from ivrhooks.sources.http.options import (
    KEYS,
    RULE_KEYS,
    compile_options,
    compile_rules,
)
from ivrhooks.sources.http.settings import AuthSchema
from ivrhooks.sources.kind import Kind

HTTP = Kind(
    "http",
    OPERATIONS,
    HttpClient,
    auth=AuthSchema,
    needs_auth=False,
    auth_help="none, or one of `basic` (`username`, `password`), `bearer`, `header` "
    "(`name`, `value`), `digest` (`username`, `password`), `oauth2` (`token_url`, "
    "`client_id`, `client_secret`, `scope`, `params`, `grant`, `username`, `password`) "
    "and `login` (`request`, `token`, `expires`, `expired`, `header` or `query`). See "
    "[Any HTTP API](../systems/http.md#auth).",
    asks_requests=True,
    stands_in=False,
    unknown_fields=True,
    keys=KEYS,
    compile=compile_options,
    rule_keys=RULE_KEYS,
    compile_rules=compile_rules,
    harmless=("request", {"method": "GET", "path": ""}),
)
