"""The header that carries a test run's options, signed with the console's token: only
the console can make it, and any worker can verify it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from ivrhooks.http.test_runs.test_run import FAULTS, SOURCES, TestRun

HEADER = "X-Ivrhooks-Test"
LIVES = 30.0
"""How many seconds a signed header is valid."""


def sign(test_run: TestRun, token: str, *, endpoint: str, now: float) -> str:
    """Return the header's value: the signed options of a test run of ``endpoint``."""
    fields = {
        "endpoint": endpoint,
        "source": test_run.source,
        "fault": test_run.fault,
        "deadline": test_run.deadline,
        "show_personal": test_run.show_personal,
        "deliver": test_run.deliver,
        "now": None if test_run.now is None else test_run.now.isoformat(),
        "case": test_run.case,
        "exp": now + LIVES,
    }
    return str(_serializer(token).dumps(fields))


def verify(text: str, token: str, *, endpoint: str, now: float) -> TestRun | None:
    """Return the options of a test run.

    Returns None where they are not signed with ``token``, have expired, or are meant
    for another endpoint.
    """
    if not token:
        return None
    try:
        fields = _serializer(token).loads(text.encode("utf-8", "replace"))
        if fields["endpoint"] != endpoint or float(fields["exp"]) < now:
            return None
        return _test_run(fields)
    except (BadData, ValueError, KeyError, TypeError):
        return None


def _test_run(fields: dict[str, Any]) -> TestRun | None:
    source, fault = fields["source"], fields["fault"]
    if source not in SOURCES or (fault and fault not in FAULTS):
        return None
    deadline, now, case = fields["deadline"], fields.get("now"), fields.get("case")
    return TestRun(
        source,
        fault,
        None if deadline is None else float(deadline),
        bool(fields["show_personal"]),
        bool(fields["deliver"]),
        None if now is None else datetime.fromisoformat(now),
        None if case is None else int(case),
    )


def _serializer(token: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        token.encode("utf-8", "surrogatepass"),
        salt="ivrhooks test run",
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )
