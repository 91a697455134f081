"""The fields that Sobot's IVR adds by itself to a data request of format form.

An endpoint may declare inputs of these names; else they are accepted and ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

EXAMPLE: Mapping[str, str | None] = MappingProxyType(
    {
        "partnerId": "xxx",
        "m": None,
        "token": "xxxx",
        "source": "0",
        "robotNo": "1",
        "docId": "xxxx",
    }
)
"""The fields with the values of the vendor's example. None: sent as a bare name.

Reference: docs/vendors/ivr.md#12-custom-form-endpoint
"""

SECRET_FIELDS = frozenset({"partnerId", "token"})
"""Those that are masked wherever a data request is shown."""

PROBE: Mapping[str, str | None] = MappingProxyType(
    {**EXAMPLE, **dict.fromkeys(SECRET_FIELDS, "probe"), "docId": ""}
)
"""The fields as a probe sends them."""
