"""gunicorn's own log lines, as JSON among all others; no second line a request."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger

from ivrhooks.basics.log.telemetry import configure_logging


class ServerLog(Logger):  # type: ignore[misc]
    """What gunicorn logs with. ``--log-level`` is the level of all our lines, and
    ``--error-logfile`` the file that takes them."""

    def setup(self, cfg: Any) -> None:
        if cfg.errorlog != "-":
            cfg.set("capture_output", True)  # else its own lines alone would go there
        super().setup(cfg)
        configure_logging(cfg.loglevel)

    def access(self, *_: Any) -> None:
        """Nothing: each data request has a line of its own."""
