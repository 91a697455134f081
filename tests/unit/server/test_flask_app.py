"""The Flask app answers unknown paths and its own exceptions in JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from ivrhooks.basics.errors import ConfigError
from ivrhooks.observe.readiness import Readiness
from ivrhooks.server.flask_app import build_app, create_app, create_app_or_exit
from ivrhooks.server.gunicorn_hooks import APP_LOAD_ERROR


@pytest.fixture
def app(make_config_store, make_recorder) -> Flask:
    return build_app(make_recorder(make_config_store()))


@pytest.mark.parametrize("target", ["/", "/nix", "/healthz/", "//healthz", "/static/x"])
def test_an_unknown_path_is_a_json_404(app: Flask, target: str) -> None:
    reply = app.test_client().get(target)
    assert (reply.status_code, reply.content_type) == (404, "application/json")
    assert reply.json["error"]["code"] == "not_found"
    assert "Location" not in reply.headers


@pytest.mark.parametrize("method", ["POST", "OPTIONS", "DELETE"])
def test_a_page_refuses_other_methods_in_json(app: Flask, method: str) -> None:
    reply = app.test_client().open("/healthz", method=method)
    assert (reply.status_code, reply.headers["Allow"]) == (405, "GET, HEAD")
    assert reply.json["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize("sent", ["mine-1", "not mine", ""])
def test_every_page_has_a_request_id(app: Flask, sent: str) -> None:
    for target in ("/healthz", "/nix"):
        reply = app.test_client().get(target, headers={"X-Request-Id": sent})
        identity = reply.headers.getlist("X-Request-Id")
        assert len(identity) == 1
        assert (identity[0] == sent) is (sent == "mine-1")


def test_an_exception_on_a_page_is_json_without_a_traceback(app: Flask, caplog) -> None:
    def broken() -> str:
        raise RuntimeError("secret detail")

    app.add_url_rule("/broken", view_func=broken)
    reply = app.test_client().get("/broken")
    assert (reply.status_code, reply.json["error"]["code"]) == (500, "internal_error")
    assert b"secret detail" not in reply.data
    assert "secret detail" in caplog.text


def test_a_refused_configuration_raises_or_prints_and_exits(
    tmp_path: Path, monkeypatch, capsys
) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\nnonsense: 1\n")
    with pytest.raises(ConfigError):
        create_app(str(tmp_path))
    monkeypatch.setenv("IVRHOOKS_CONFIG", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        create_app_or_exit()
    assert ended.value.code == APP_LOAD_ERROR
    assert "ivrhooks.yaml:2:1: nonsense" in capsys.readouterr().err


def test_a_valid_configuration_creates_an_app(tmp_path: Path) -> None:
    (tmp_path / "ivrhooks.yaml").write_text("version: 1\n")
    app = create_app(str(tmp_path))
    assert app.test_client().get("/healthz").status_code == 200
    app.extensions["ivrhooks.engine"].close()


CHECKS = {"configuration": "ok"}


def test_the_health_page_answers(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("ready", "strictly", "target", "status"),
    [
        (True, True, "/readyz", 200),
        (True, True, "/readyz?strict=1", 200),
        (True, False, "/readyz", 200),
        (True, False, "/readyz?strict=0", 200),
        (True, False, "/readyz?strict=1", 503),
        (True, False, "/readyz?strict", 503),
        (False, False, "/readyz", 503),
    ],
)
def test_the_readiness_page_answers(
    make_config_store, make_recorder, ready, strictly, target, status, monkeypatch
) -> None:
    recorder = make_recorder(make_config_store())
    looked_at = Readiness(ready, strictly, "abc123", CHECKS)
    monkeypatch.setattr(recorder, "readiness", lambda: looked_at)
    answer = build_app(recorder).test_client().get(target)
    assert answer.status_code == status
    assert answer.json == {
        "ready": status == 200,
        "config": "abc123",
        "checks": CHECKS,
    }
