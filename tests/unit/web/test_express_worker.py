"""A worker process of ``serve`` (its life is tested in tests/server)."""

from __future__ import annotations

from uvicorn.config import Config

from ivrhooks.web.express_protocol import ExpressProtocol
from ivrhooks.web.express_worker import ExpressWorker


def test_its_settings_are_uvicorns_own() -> None:
    config = Config(app=None, log_config=None, **ExpressWorker.CONFIG_KWARGS)
    assert config.http is ExpressProtocol
    assert not config.proxy_headers
    assert not config.server_header
