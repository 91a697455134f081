"""What watches over a server, judged by the real tools: Prometheus and systemd."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ivrhooks.server.pages.metrics import METRICS

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
CONFIG = {
    "ivrhooks.yaml": """\
version: 1
sources:
  gone: {kind: http, base_url: "http://127.0.0.1:9", breaker: {failures: 1, reset: 1h}}
""",
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
lookups: {it: {source: gone, request: {path: /}}}
outputs: {word: {type: string, value: "{{ it.word }}", default: none}}
""",
}
ENV = {"IVRHOOKS_METRICS_TOKEN": "a-token-for-prometheus"}
OPTIONS = ("--workers", "2")
BEARER = {"Authorization": f"Bearer {ENV['IVRHOOKS_METRICS_TOKEN']}"}


def program(name: str) -> str:
    path = shutil.which(name)
    assert path, f"{name} is missing: see tests/needs.sh"
    return path


def promtool(*words: str, stdin: bytes = b"", folder: Path = EXAMPLES) -> str:
    done = subprocess.run(
        [program("promtool"), *words],
        input=stdin,
        capture_output=True,
        cwd=folder,
        check=False,
    )
    output = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, output
    return output


def test_prometheus_reads_the_metrics(server: Any, until: Any) -> None:
    server.get("/desk")
    wanted = b'ivrhooks_defaults_total{endpoint="desk",output="word"'
    until(lambda: wanted in server.get("/metrics", BEARER).body, "all workers tell")
    text = server.get("/metrics", BEARER).body
    assert promtool("check", "metrics", stdin=text) == ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer a-token"},
        {"Authorization": f"Basic {ENV['IVRHOOKS_METRICS_TOKEN']}"},
        {"Authorization": ENV["IVRHOOKS_METRICS_TOKEN"]},
    ],
)
def test_without_their_token_metrics_are_401(server: Any, headers: Any) -> None:
    reply = server.get("/metrics", headers)
    assert (reply.status, reply.code) == (401, "unauthorized")
    assert reply.header("WWW-Authenticate") == "Bearer"
    assert b"ivrhooks_" not in reply.body
    assert server.get("/readyz").status == 200


def test_prometheus_takes_the_alert_rules() -> None:
    assert "SUCCESS" in promtool("check", "rules", "prometheus-alerts.yaml")


JOB = '{job="ivrhooks",'
ALERTS = """\
rule_files: [{rules}]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
{series}
    promql_expr_test:
      - expr: count by (alertname) (ALERTS{{alertstate="firing"}})
        eval_time: 20m
        exp_samples:
{expected}
"""


def series(defaults: int, state: str) -> str:
    """Twenty minutes of a server with troubles, a line each metric."""
    present = {
        'up{instance="a"}': "0x20",
        'ivrhooks_answers_total{endpoint="desk",status="200"}': "0+60x20",
        'ivrhooks_answers_total{endpoint="desk",status="401"}': "0+6x20",
        'ivrhooks_failed_answers_total{endpoint="desk"}': f"0+{defaults}x20",
        'ivrhooks_defaulted_answers_total{endpoint="desk"}': "0+60x20",  # everyday
        'ivrhooks_answers_total{endpoint="few",status="200"}': "0+2x20",
        'ivrhooks_failed_answers_total{endpoint="few"}': "0+2x20",
        f'ivrhooks_breaker_workers{{source="crm",state="{state}"}}': "1x20",
        'ivrhooks_configuration_refused{instance="a"}': "1x20",
        'ivrhooks_workers{instance="a"}': "2x20",
        'ivrhooks_shared_cache_workers{instance="a"}': "1x20",
    }
    return "\n".join(
        f"      - {{series: '{name.replace('{', JOB)}', values: '{values}'}}"
        for name, values in present.items()
    )


@pytest.mark.parametrize("bad", [True, False])
def test_the_alerts_fire_when_they_should(tmp_path: Path, bad: bool) -> None:
    fired = ["CallersRefused", "ConfigurationRefused", "Down", "SharedCacheDown"]
    fired += ["Defaults", "SourceOpen"] if bad else []
    expected = "\n".join(
        f"          - {{labels: '{{alertname=\"Ivrhooks{name}\"}}', value: 1}}"
        for name in sorted(fired)
    )
    text = ALERTS.format(
        rules=EXAMPLES / "prometheus-alerts.yaml",
        series=series(15, "open") if bad else series(5, "half_open"),
        expected=expected,
    )
    (tmp_path / "test.yaml").write_text(text)
    assert "SUCCESS" in promtool("test", "rules", "test.yaml", folder=tmp_path)


def expressions(value: Any) -> list[str]:
    """Every query in a dashboard."""
    if isinstance(value, list):
        return [expression for item in value for expression in expressions(item)]
    if not isinstance(value, dict):
        return []
    own = [text for key, text in value.items() if key == "expr"]
    return own + [
        expression for item in value.values() for expression in expressions(item)
    ]


def test_the_dashboards_queries_are_valid_promql(tmp_path: Path) -> None:
    dashboard = json.loads((EXAMPLES / "grafana-dashboard.json").read_text())
    queries = expressions(dashboard)
    assert len(queries) > 15
    plain = [text.replace("$__rate_interval", "5m") for text in queries]
    rules = [{"record": f"e:{n}", "expr": text} for n, text in enumerate(plain)]
    groups = {"groups": [{"name": "dashboard", "rules": rules}]}
    (tmp_path / "rules.yaml").write_text(json.dumps(groups))
    output = promtool("check", "rules", "rules.yaml", folder=tmp_path)
    assert f"{len(rules)} rules found" in output


@pytest.mark.parametrize("name", ["grafana-dashboard.json", "prometheus-alerts.yaml"])
def test_every_documented_metric_is_exported(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    named = set(re.findall(r"\bivrhooks_[a-z_]+", text))
    bases = {re.sub("_(bucket|sum|count)$", "", metric) for metric in named}
    assert bases
    assert bases <= set(METRICS)


# ---------------------------------------------------------------------- systemd


@pytest.mark.parametrize("name", ["ivrhooks.service", "ivrhooks-worker.service"])
def test_systemd_takes_the_units(tmp_path: Path, name: str) -> None:
    text = (EXAMPLES / name).read_text()
    program_of_ours = tmp_path / "ivrhooks"
    program_of_ours.write_text("#!/bin/sh\n")
    program_of_ours.chmod(0o755)
    assert "/opt/ivrhooks/bin/ivrhooks " in text
    text = text.replace("/opt/ivrhooks/bin/ivrhooks ", f"{program_of_ours} ")
    (tmp_path / name).write_text(text)
    analyze = [program("systemd-analyze")]
    unit = str(tmp_path / name)
    done = subprocess.run(
        [*analyze, "verify", "--man=no", unit], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    judged = subprocess.run(
        [*analyze, "security", "--offline=true", "--threshold=25", "--no-pager", unit],
        capture_output=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout.decode()[-2000:]
