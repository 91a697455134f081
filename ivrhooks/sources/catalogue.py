"""The one table of kinds: what software a source can be."""

from __future__ import annotations

from collections.abc import Mapping

from ivrhooks.sources.bangwo8.client import Bangwo8Client
from ivrhooks.sources.bangwo8.settings import AuthSchema as Bangwo8Auth
from ivrhooks.sources.http.client import HttpClient
from ivrhooks.sources.http.settings import AuthSchema as HttpAuth
from ivrhooks.sources.kind import Kind
from ivrhooks.sources.meiqia.client import MeiqiaClient
from ivrhooks.sources.meiqia.settings import AuthSchema as MeiqiaAuth
from ivrhooks.sources.omicrm.client import OmicrmClient
from ivrhooks.sources.omicrm.settings import AuthSchema as OmicrmAuth
from ivrhooks.sources.sobot.client import SobotClient
from ivrhooks.sources.sobot.settings import AuthSchema as SobotAuth

_ALL = (
    Kind("sobot", SobotClient, SobotAuth, SobotClient.operations, system_param="tel"),
    Kind(
        "omicrm",
        OmicrmClient,
        OmicrmAuth,
        OmicrmClient.operations,
        system_param="phone",
    ),
    Kind(
        "bangwo8",
        Bangwo8Client,
        Bangwo8Auth,
        Bangwo8Client.operations,
        empty=("", "0000-00-00"),
    ),
    Kind(
        "meiqia",
        MeiqiaClient,
        MeiqiaAuth,
        MeiqiaClient.operations,
        system_param="customer_phone",
    ),
    Kind("http", HttpClient, HttpAuth, HttpClient.operations, unknown_fields=True),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
