"""The dashboard's queries, asked of a real Prometheus that reads a real server."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.long

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
ROOT = """\
version: 1
shared_cache: ${REDIS_URL}
sources:
  crm: {kind: http, base_url: "${CUSTOMERS_URL}", cache: {fresh: 10m}}
  gone: {kind: http, base_url: "http://127.0.0.1:9", breaker: {failures: 1, reset: 1h}}
  once: {kind: http, base_url: "http://127.0.0.1:9", breaker: {failures: 1, reset: 1h}}
"""
FILES = {
    "ivrhooks.yaml": ROOT,
    "endpoints/desk.yaml": """\
endpoint: desk
path: /desk
format: query
lookups:
  good: {source: crm, request: {path: /7}}
  bad: {source: gone, request: {path: /}}
outputs:
  word: {type: string, value: "{{ good.word }}", default: none}
  none: {type: string, value: "{{ bad.word }}", default: none}
actions:
  note: {source: once, request: {method: POST, path: /notes, json: {}}}
""",
}
VARIABLES = {
    "$job": "ivrhooks",
    "$endpoint": ".*",
    "$source": ".*",
    "$__rate_interval": "1m",
}
SCRAPED = """\
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [RULES]
scrape_configs:
  - job_name: ivrhooks
    static_configs: [{targets: ["127.0.0.1:PORT"]}]
"""
QUIET = "changes(ivrhooks_configuration_loaded_timestamp_seconds"
"""Marks a reload in the panels; there was none."""


class Prometheus:
    """A real one, that keeps what it reads in a folder of the test's."""

    def __init__(self, folder: Path, port: int, scraped: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        program = shutil.which("prometheus")
        assert program, "prometheus is missing: see tests/needs.sh"
        text = SCRAPED.replace("RULES", str(EXAMPLES / "prometheus-alerts.yaml"))
        (folder / "prometheus.yaml").write_text(text.replace("PORT", str(scraped)))
        options = [f"--config.file={folder}/prometheus.yaml", "--log.level=error"]
        options += [f"--storage.tsdb.path={folder}/tsdb"]
        options += [f"--web.listen-address=127.0.0.1:{port}"]
        self.process = subprocess.Popen([program, *options])

    def ask(self, what: str, **words: str) -> Any:
        """The data of an answer; None while it does not answer."""
        try:
            with urlopen(f"{self.url}/api/v1/{what}?{urlencode(words)}") as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def values(self, query: str) -> list[tuple[dict[str, str], float]]:
        """Labels and value of each series now."""
        data = self.ask("query", query=query) or {"result": []}
        return [
            (series["metric"], float(series["value"][1])) for series in data["result"]
        ]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


@pytest.fixture
def prometheus(
    serving: Any,
    redis_server: Any,
    customers: Any,
    tmp_path: Path,
    free_port: Any,
    until: Any,
) -> Iterator[Prometheus]:
    env = {
        "REDIS_URL": f"{redis_server.url}?socket_timeout=5",
        "CUSTOMERS_URL": customers.url,
    }
    with serving("asgi", FILES, "--workers", "2", env=env) as server:

        def counted() -> bool:
            assert server.get("/desk").status == 200
            assert server.get("/unknown").status == 404
            return b"ivrhooks_cache_hits_total{" in server.get("/metrics").body

        # Prometheus extends what it reads to the counter's beginning. Counters of one
        # beginning have rates of which no part is greater than the whole.
        until(counted, "each counter has begun")
        reading = Prometheus(tmp_path, free_port(), server.port)
        try:
            until(lambda: reading.values("ivrhooks_workers"), "it reads")

            def scraped() -> bool:
                """Counters move between two looks of Prometheus."""
                assert server.get("/desk").status == 200
                assert server.get("/unknown").status == 404
                return bool(reading.values("rate(ivrhooks_cache_hits_total[1m]) > 0"))

            until(scraped, "answers are counted")
            yield reading
        finally:
            reading.stop()


def queries() -> list[tuple[str, str, str]]:
    """Panel, query and legend of each target, and the reload's mark."""
    dashboard = json.loads((EXAMPLES / "grafana-dashboard.json").read_text())
    expressions = [
        (panel["title"], target["expr"], target["legendFormat"])
        for panel in dashboard["panels"]
        for target in panel["targets"]
    ]
    marks = [
        annotation
        for annotation in dashboard["annotations"]["list"]
        if "expr" in annotation
    ]
    return expressions + [
        ("annotation", annotation["expr"], "") for annotation in marks
    ]


def test_figures_of_a_server_are_shown(prometheus: Any, until: Any) -> None:
    """Panels, choices and alerts: one server for all, it takes long to start."""
    panels_show_it(prometheus, until)
    variables_have_something_to_choose(prometheus)
    alert_rules_run(prometheus, until)


def panels_show_it(prometheus: Prometheus, until: Any) -> None:
    by_panel = queries()
    assert len(by_panel) > 20
    for panel, expr, legend in by_panel:
        query = expr
        for name, value in VARIABLES.items():
            query = query.replace(name, value)
        assert "$" not in query, (panel, query)
        if query.startswith(QUIET):
            query = query.replace("> 0", ">= 0")
        until(lambda at=query: prometheus.values(at), f"{panel}: {query}")
        for labels, value in prometheus.values(query):
            for label in re.findall(r"{{(\w+)}}", legend):
                assert labels.get(label), (panel, query, labels)
            if panel.startswith("Share"):
                assert 0 <= value <= 1, (panel, labels, value)


def variables_have_something_to_choose(prometheus: Prometheus) -> None:
    dashboard = json.loads((EXAMPLES / "grafana-dashboard.json").read_text())
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        assert match, variable
        chosen = match[1].replace("$job", "ivrhooks")
        values = prometheus.ask(f"label/{match[2]}/values", **{"match[]": chosen})
        assert values, variable


def alert_rules_run(prometheus: Prometheus, until: Any) -> None:
    def states() -> dict[str, str]:
        groups = (prometheus.ask("rules") or {"groups": []})["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert {rule["health"] for rule in rules} <= {"ok", "unknown"}, rules
        return {rule["name"]: rule.get("state", "") for rule in rules}

    until(lambda: states().get("IvrhooksSourceOpen") == "pending", "it is noticed")
