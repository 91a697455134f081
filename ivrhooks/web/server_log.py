"""gunicorn's own log lines, as JSON among all others; no second line a request."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from ivrhooks.basics.telemetry import configure_logging


class ServerLog(Logger):  # type: ignore[misc]
    """What gunicorn logs with. ``--log-level`` is the level of all our lines."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        configure_logging(cfg.loglevel)

    def access(self, *_: Any) -> None:
        """Nothing: each data request has a line of its own."""
