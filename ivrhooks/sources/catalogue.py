"""The table of kinds: the software that a source can be."""

from __future__ import annotations

from collections.abc import Mapping

from ivrhooks.sources.bangwo8.client import Bangwo8Client
from ivrhooks.sources.bangwo8.settings import AuthSchema as Bangwo8Auth
from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.operations import OPERATIONS as HTTP_OPERATIONS
from ivrhooks.sources.http.options import (
    KEYS,
    RULE_KEYS,
    compile_options,
    compile_rules,
)
from ivrhooks.sources.http.settings import AuthSchema as HttpAuth
from ivrhooks.sources.kind import Kind
from ivrhooks.sources.meiqia.client import AuthSchema as MeiqiaAuth
from ivrhooks.sources.meiqia.client import MeiqiaClient
from ivrhooks.sources.omicrm.client import AuthSchema as OmicrmAuth
from ivrhooks.sources.omicrm.client import OmicrmClient
from ivrhooks.sources.sobot.client import SobotClient
from ivrhooks.sources.sobot.settings import AuthSchema as SobotAuth
from ivrhooks.sources.sql.kind import SQL
from ivrhooks.sources.table.kind import TABLE

NOBODY = "00000000000"
"""A telephone number that no subscriber has."""

HTTP = Kind(
    "http",
    HTTP_OPERATIONS,
    HttpClient,
    auth=HttpAuth,
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

_ALL = (
    Kind(
        "sobot",
        SobotClient.operations,
        SobotClient,
        auth=SobotAuth,
        auth_help="`app_id` and `app_key`; or `style` (`jwt`) with `app_id`, "
        "`app_secret` and `token_url`. `language` is optional.",
        system_param="tel",
        harmless=("query_customer", {"tel": NOBODY}),
    ),
    Kind(
        "omicrm",
        OmicrmClient.operations,
        OmicrmClient,
        auth=OmicrmAuth,
        auth_help="`api_key`",
        system_param="phone",
        harmless=("get_contact", {"phone": NOBODY}),
    ),
    Kind(
        "bangwo8",
        Bangwo8Client.operations,
        Bangwo8Client,
        auth=Bangwo8Auth,
        auth_help="`account` and `password`, or `secret_id` and `secret`",
        empty=("", "0000-00-00"),
        harmless=("list_companies", {"per_page": 1}),
    ),
    Kind(
        "meiqia",
        MeiqiaClient.operations,
        MeiqiaClient,
        auth=MeiqiaAuth,
        auth_help="`access_token`",
        system_param="customer_phone",
        harmless=("list_sips", {}),
    ),
    HTTP,
    TABLE,
    SQL,
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
