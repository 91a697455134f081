"""The console's back end at both servers: who may see it, what it tells and keeps."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from ivrhooks.console.session import COOKIE, csrf_token

KEY = "k-5e8d2f91"
VIP = "13800000001"
NOBODY = "13899990009"
CONSOLE = "console: {enabled: true, journal: 1h}\n"
DESK = """\
endpoint: desk
path: /api/desk
format: form
headers:
  X-Api-Key: {type: string, secret: true, equals: "${TEST_KEY}"}
inputs:
  tel: {type: string, format: phone, required: true}
  note: {type: string}
lookups:
  customer: {source: crm, params: {tel: "{{ inputs.tel }}"}}
outputs:
  isVip: {type: int, value: "{{ customer.isVip }}", map: {"1": 1, "2": 0}, default: 0}
  nick:  {type: string, value: "{{ customer.nick }}", default: nobody}
  back:  {type: string, value: "{{ inputs.tel }}", default: ""}
  fixed: {type: int, value: 7, default: 7}
mock:
  - {when: {tel: "13800000001"}, outputs: {isVip: 1, nick: Mock}}
  - {outputs: {isVip: 0}}
"""
CONFIG = {
    "ivrhooks.yaml": """\
version: 1
deadline: 10s
console: {enabled: true, journal: 1h}
sources:
  crm: {kind: sobot, base_url: sandbox, auth: {app_id: "${APP}", app_key: "${APP}"}}
""",
    "endpoints/desk.yaml": DESK,
}


@pytest.fixture(scope="module")
def server_env(sandbox_url: str) -> Mapping[str, str]:
    return {"TEST_KEY": KEY, "APP": "app-1", "IVRHOOKS_SANDBOX_URL": sandbox_url}


def token_of(server) -> str:
    return str((server.data / "console_token").read_text().strip())


def bearer(server) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_of(server)}"}


def get(server, path: str) -> Any:
    """What the console's API answers."""
    reply = server.get(f"/_console/api/{path}", bearer(server))
    assert reply.status == 200, reply
    return reply.json


def post(server, path: str, value: object, **headers: str):
    headers = headers or bearer(server)
    return server.ask("POST", f"/_console/api/{path}", json.dumps(value), headers)


def test_run(server, **request: Any) -> dict[str, Any]:
    reply = post(server, "test", {"endpoint": "desk", **request})
    assert reply.status == 200, reply
    return reply.json


test_run.__test__ = False  # type: ignore[attr-defined]


def call(server, tel: str = VIP, key: str = KEY):
    return server.form("/api/desk", f"tel={tel}", X_Api_Key=key)


def soon(look: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """What ``found`` gives soon; a busy machine has more than a second for it."""
    until = time.monotonic() + seconds
    while not (value := look()):
        assert time.monotonic() < until, what
        time.sleep(0.02)  # between looks at another process
    return value


def last_id(server) -> int:
    return int(get(server, "requests?limit=1")["last"])


def newest(server, after: int, **wanted: Any) -> dict[str, Any]:
    """The row of a request that came after row ``after``, soon."""

    def look() -> dict[str, Any] | None:
        rows = get(server, f"requests?after={after}")["requests"]
        for row in rows:
            if all(row[name] == value for name, value in wanted.items()):
                return dict(row)
        return None

    row = soon(look, f"no row with {wanted}")
    assert isinstance(row, dict)
    return row


# ---------------------------------------------------------------------- who may see it


def test_the_printed_link_signs_a_browser_in(server) -> None:
    link = soon(
        lambda: re.search(
            r"http://127.0.0.1:(\d+)(/_console/\?token=\S+)", server.log()
        ),
        "the link is printed",
        20.0,
    )
    assert int(link[1]) == server.port
    reply = server.get(link[2])
    assert (reply.status, reply.header("Location")) == (303, "/_console/")
    cookie = reply.header("Set-Cookie") or ""
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    session = cookie.partition(";")[0]
    assert server.get("/_console/api/status", {"Cookie": session}).status == 200
    text = json.dumps({"endpoint": "desk", "source": "mock", "inputs": {"tel": VIP}})
    forged = server.ask("POST", "/_console/api/test", text, {"Cookie": session})
    assert (forged.status, forged.code) == (400, "csrf")
    value = csrf_token(session.removeprefix(f"{COOKIE}="), token_of(server))
    headers = {"Cookie": session, "X-CSRF-Token": value}
    assert server.ask("POST", "/_console/api/test", text, headers).status == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer ключ"}, 401),
        ({"Cookie": f"{COOKIE}=9999999999.00.aa"}, 401),
        ({"X-Forwarded-For": "127.0.0.1"}, 403),
        ({"Forwarded": "for=1.2.3.4"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/_console/", "/_console/api/status", "/_console/x"])
def test_other_peers_see_nothing(server, path, headers, status) -> None:
    if status == 403:
        headers = {**headers, **bearer(server)}
    reply = server.get(path, headers)
    assert (reply.status, reply.header("Content-Type")) == (status, "application/json")
    assert token_of(server) not in str(reply)


def test_it_is_framed_nowhere_and_runs_no_script_but_its_own(server) -> None:
    for path in ("/_console/", "/_console/api/status", "/_console/api/nix"):
        reply = server.get(path, bearer(server))
        policy = reply.header("Content-Security-Policy") or ""
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert reply.header("X-Frame-Options") == "DENY"
        assert reply.header("X-Content-Type-Options") == "nosniff"
        assert reply.header("Cache-Control") == "no-store"


def test_switched_off_it_is_not_there_and_keeps_nothing(serving, server_kind) -> None:
    files = {
        "ivrhooks.yaml": "version: 1\n",
        "endpoints/desk.yaml": (
            "endpoint: desk\npath: /desk\nformat: query\n"
            'outputs: {word: {type: string, value: x, default: ""}}\n'
        ),
    }
    with serving(server_kind, files, "--workers", "1") as server:
        assert server.get("/desk").status == 200
        for path in ("/_console/", "/_console/api/status", "/_console/static/x.css"):
            reply = server.get(path, {"Authorization": "Bearer x"})
            assert (reply.status, reply.code) == (404, "not_found")
        assert not (server.data / "journal.db").exists()
        assert not (server.data / "console_token").exists()


def test_the_environment_switches_it_on_with_its_token(serving, server_kind) -> None:
    files = {"ivrhooks.yaml": "version: 1\n"}
    env = {"IVRHOOKS_CONSOLE_TOKEN": "from-outside"}
    with serving(server_kind, files, "--workers", "1", env=env) as server:
        good = server.get(
            "/_console/api/status", {"Authorization": "Bearer from-outside"}
        )
        assert good.status == 200
        assert not (server.data / "console_token").exists()
        assert "/_console/" in server.log()
        assert "from-outside" not in server.log()


# ------------------------------------------------------------------------ the API test


def test_a_run_tells_every_step_and_where_each_value_comes_from(server) -> None:
    report = test_run(server, inputs={"tel": VIP})
    assert list(report) == [
        "success",
        "config",
        "elapsed_ms",
        "operations",
        "outputs",
        "finalResult",
    ]
    assert report["success"] is True
    names = [step["name"] for step in report["operations"]]
    assert names == ["contract", "customer crm.query_customer", "outputs", "answer"]
    origins = {output["name"]: output for output in report["outputs"]}
    assert origins["isVip"] | {"value": 1, "origin": "source"} == origins["isVip"]
    assert (origins["isVip"]["source"], origins["isVip"]["path"]) == ("crm", "isVip")
    assert origins["fixed"]["origin"] == "constant"
    final = report["finalResult"]
    assert final["status"] == 200
    assert json.loads(final["text"]) == final["body"]
    assert VIP not in json.dumps(report)
    shown = test_run(server, inputs={"tel": VIP}, show_personal=True)
    assert shown["finalResult"]["body"]["back"] == VIP


def test_explain_prints_the_same_object(server, server_env) -> None:
    command = [sys.executable, "-m", "ivrhooks", "explain", "desk", f"tel={VIP}"]
    command += ["--json", "--config", str(server.folder)]
    env = {"PATH": "", "HOME": str(server.data), "IVRHOOKS_DATA": str(server.data)}
    done = subprocess.run(
        command, env={**env, **server_env}, capture_output=True, check=True
    )
    explained, run = json.loads(done.stdout), test_run(server, inputs={"tel": VIP})

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            timed = {"elapsed_ms", "start_ms", "ms", "date"}
            return {k: 0 if k in timed else shape(v) for k, v in value.items()}
        return [shape(item) for item in value] if isinstance(value, list) else value

    assert explained.pop("ok") is run["success"]  # as every verb says it
    assert shape(explained) == shape(run)


def test_the_source_is_the_persons_choice(server) -> None:
    mock = test_run(server, inputs={"tel": VIP}, source="mock")
    assert mock["finalResult"]["body"]["nick"] == "Mock"
    assert {
        output["origin"] for output in mock["outputs"] if output["name"] == "nick"
    } == {"mock"}
    sandbox = test_run(server, inputs={"tel": NOBODY}, source="sandbox")
    nick = next(output for output in sandbox["outputs"] if output["name"] == "nick")
    assert (nick["origin"], nick["because"]) == ("default", "not_found")


@pytest.mark.parametrize("source", ["configured", "sandbox", "mock"])
@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("hang", "timeout"),
        ("slow", "timeout"),
        ("drip", "timeout"),
        ("reset", "error"),
        ("500", "error"),
        ("bad_json", "error"),
        ("empty", "not_found"),
    ],
)
def test_a_fault_is_put_on_every_lookup_of_the_run(
    server, source, fault, status
) -> None:
    within = {"deadline_ms": 300} if status == "timeout" else {}
    report = test_run(server, inputs={"tel": VIP}, source=source, fault=fault, **within)
    step = report["operations"][1]
    assert (step["name"], step["status"]) == ("customer crm.query_customer", status)
    assert report["success"] is (status == "not_found")
    assert report["finalResult"]["status"] == 200
    assert report["finalResult"]["body"]["nick"] == "nobody"
    because = {output["name"]: output["because"] for output in report["outputs"]}[
        "nick"
    ]
    assert because == status


def test_runs_with_faults_leave_live_traffic_alone(server) -> None:
    for _ in range(8):
        test_run(server, inputs={"tel": VIP}, fault="500")
    for _ in range(4):
        reply = call(server)
        assert reply.header("X-Ivrhooks-Degraded") is None
        assert reply.json["isVip"] == 1


def test_a_refused_run_says_why(server) -> None:
    report = test_run(server, inputs={})
    assert report["success"] is False
    assert report["finalResult"]["status"] == 400
    assert report["finalResult"]["body"]["error"]["fields"] == {
        "tel": ["is required"]
    } or ("tel" in report["finalResult"]["body"]["error"]["fields"])
    assert {output["because"] for output in report["outputs"]} == {"invalid_input"}
    report = test_run(server, inputs={"tel": VIP}, headers={"X-Api-Key": "wrong"})
    assert report["finalResult"]["status"] == 401


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"endpoint": "nix"}, 404),
        ({}, 400),
        ({"endpoint": "desk", "source": "real"}, 400),
        ({"endpoint": "desk", "fault": "fire"}, 400),
        ({"endpoint": "desk", "deadline_ms": -1}, 400),
        ({"endpoint": "desk", "inputs": []}, 400),
        ({"endpoint": "desk", "nonsense": 1}, 400),
        ([], 400),
    ],
)
def test_a_test_run_that_cannot_start_is_refused_in_json(
    server, request_, status
) -> None:
    reply = post(server, "test", request_)
    assert reply.status == status
    assert set(reply.json["error"]) == {"code", "message"}


@pytest.mark.parametrize("signed", ["", "x", "e30.AAAA", "a.b.c", "\xff.\xff"])
def test_an_unsigned_test_header_is_no_test(server, signed) -> None:
    reply = server.form(
        "/api/desk", f"tel={VIP}", X_Api_Key=KEY, X_Ivrhooks_Test=signed
    )
    assert reply.status == 200
    assert not [name for name, _ in reply.headers if "trace" in name.lower()]


# ------------------------------------------------------------------------ the inspector


def test_a_wrong_header_name_is_seen_at_once_with_its_reason(server) -> None:
    for name, reason in (
        ("X_Api_Key", "`X_Api_Key` would be dropped by the web server"),
        ("X-ApiKey", "`X-ApiKey` came instead"),
    ):
        after = last_id(server)
        body = f"tel={VIP}"
        raw = (
            f"POST /api/desk HTTP/1.1\r\nHost: ivr\r\n{name}: {KEY}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
        )
        assert server.send(raw.encode()).status == 401
        row = newest(server, after, status=401)
        assert row["reason"].startswith("the header X-Api-Key did not arrive; ")
        assert reason in row["reason"]
        assert (row["endpoint"], row["code"]) == ("desk", "unauthorized")
        entry = get(server, f"requests/{row['id']}")
        assert entry["raw"]["head"].startswith(
            "POST /api/desk HTTP/1.1\r\nHost: ivr\r\n"
        )
        assert f"{name}: ***" in entry["raw"]["head"]
        assert entry["raw"]["body"] == "tel=138****0001"
        assert KEY not in json.dumps(entry)


@pytest.mark.parametrize(
    ("raw", "path", "code"),
    [
        (b"BLURB\r\n\r\n", "", "bad_request"),
        (b"GET /api/desk HTTP/1.1\r\nHost x\r\n\r\n", "/api/desk", "bad_request"),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", None, "uri_too_long"),
        (
            b"GET /api/desk HTTP/1.1\r\nX-Big: " + b"y" * 17000 + b"\r\n\r\n",
            "/api/desk",
            "request_header_fields_too_large",
        ),
        (b"GET /nix?tel=13800000001 HTTP/1.1\r\nHost: x\r\n\r\n", "/nix", "not_found"),
        (
            b"PUT /api/desk HTTP/1.1\r\nHost: x\r\n\r\n",
            "/api/desk",
            "method_not_allowed",
        ),
    ],
)
def test_requests_refused_by_the_server_are_listed_too(server, raw, path, code) -> None:
    after = last_id(server)
    assert server.send(raw).status >= 400
    row = newest(server, after, code=code)
    assert row["reason"]
    assert path is None or row["path"] == path
    entry = get(server, f"requests/{row['id']}")
    assert (
        entry["raw"]["head"].split("\r\n")[0][:9] == raw[:9].decode()[:9].split("\r")[0]
    )
    assert VIP not in json.dumps(entry)


def test_an_answer_is_kept_with_its_steps_its_origins_and_its_mismatch(server) -> None:
    after = last_id(server)
    text = json.dumps({"tel": VIP, "note": "x" * 20_000})
    headers = {"X-Api-Key": KEY, "Content-Type": "application/json"}
    assert server.ask("POST", "/api/desk?token=t0psecret", text, headers).status == 200
    row = newest(server, after, status=200)
    assert row["warnings"] == ["format_mismatch"]
    assert row["server_kind"] == server.kind
    entry = get(server, f"requests/{row['id']}")
    assert entry["raw"]["cut"] is True
    assert entry["raw"]["bytes"] == len(text)
    assert len(entry["raw"]["body"]) <= 10 * 1024
    assert [output["origin"] for output in entry["trace"]["outputs"]][:2] == [
        "source"
    ] * 2
    assert len(entry["trace"]["operations"]) == 4
    assert set(entry["detail"]) == {
        output["name"] for output in entry["trace"]["outputs"]
    }
    kept = json.dumps(entry)
    for secret in (VIP, KEY, "t0psecret", token_of(server)):
        assert secret not in kept


def test_a_request_is_run_again_and_changed_and_run_again(server) -> None:
    after = last_id(server)
    call(server, tel=VIP)
    row = newest(server, after, status=200, test=False)
    again = post(server, f"requests/{row['id']}/again", {}).json
    assert again["finalResult"]["body"]["isVip"] == 1
    changed = post(
        server, f"requests/{row['id']}/again", {"inputs": {"tel": NOBODY}}
    ).json
    assert changed["finalResult"]["body"]["isVip"] == 0
    assert newest(server, row["id"], test=True)["endpoint"] == "desk"
    assert post(server, "requests/99999999/again", {}).status == 404


def test_rows_can_be_chosen_and_a_page_is_bounded(server) -> None:
    after = last_id(server)
    for number in range(30):
        call(server, key=KEY if number % 3 else "wrong")
    soon(
        lambda: len(get(server, f"requests?after={after}")["requests"]) == 30,
        "every request of every worker is kept",
    )
    refused = get(server, f"requests?after={after}&status=refused")["requests"]
    assert len(refused) == 10
    assert {row["status"] for row in refused} == {401}
    assert len(get(server, "requests?limit=5")["requests"]) == 5
    assert len(get(server, "requests?limit=100000")["requests"]) <= 200
    assert get(server, "requests?endpoint=other")["requests"] == []


# ------------------------------------------------------------- templates tried, replays


def recorded(server) -> int:
    """The id of a data request that has just been answered."""
    after = last_id(server)
    assert call(server).status == 200
    return int(newest(server, after, status=200, test=False)["id"])


def test_a_template_is_tried_over_entered_and_recorded_results(server) -> None:
    trial = {"template": "{{ a.n + 1 }}", "record": {"a": {"n": 6}}}
    report = post(server, "try", trial).json
    assert (report["ok"], report["value"], report["type"]) == (True, 7, "int")
    report = post(server, "try", {"template": "\n{{ a.n", "record": {}}).json
    assert (report["ok"], report["value"]) == (False, None)
    assert report["errors"][0]["line"] == 2
    wanted = {"template": "{{ customer.isVip }}", "request": recorded(server)}
    report = post(server, "try", wanted).json
    assert (report["value"], report["as_int"], report["as_string"]) == ("1", 1, "1")
    wanted["template"] = "{{ inputs.tel }}"
    assert post(server, "try", wanted).json["value"] == "138****0001"
    report = post(server, "try", {**wanted, "show_personal": True}).json
    assert report["value"] == VIP


NEXT = DESK.replace("default: nobody", "default: nobody, max_length: 1")


@pytest.fixture
def beside(server) -> Iterator[str]:
    """The name of another configuration, beside the one that is served."""
    folder = server.folder.parent / "configs-next"
    shutil.copytree(server.folder, folder)
    (folder / "endpoints" / "desk.yaml").write_text(NEXT)
    yield folder.name
    shutil.rmtree(folder)


def test_data_requests_are_replayed_with_the_configuration_beside(
    server, beside
) -> None:
    assert get(server, "replay") == {"folders": ["configs", beside]}
    path = f"requests/{recorded(server)}/replay"
    report = post(server, path, {"folder": beside}).json
    verdicts = {output["name"]: output["verdict"] for output in report["outputs"]}
    assert verdicts.pop("nick") == "changed"
    assert set(verdicts.values()) == {"same"}
    assert (report["folder"], report["before"], report["after"]) == (beside, 200, 200)
    wanted = {"folder": beside, "since": "1h", "endpoint": "desk"}
    report = post(server, "replay", wanted).json
    [desk] = report["endpoints"]
    outputs = {output["name"]: output for output in desk["outputs"]}
    assert outputs["nick"]["changed"] >= 1
    assert outputs["back"]["changed"] == 0
    assert report["chosen"] >= report["requests"] >= report["changed"] >= 1


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("try", {"template": ""}),
        ("try", {"template": "x", "recrod": {}}),
        ("try", {"template": "x", "request": "1"}),
        ("replay", {}),
        ("replay", {"folder": "../configs"}),
        ("replay", {"folder": "/etc"}),
        ("replay", {"folder": "configs", "since": "soon"}),
        ("requests/1/replay", {"folder": "configs", "since": "1h"}),
        ("ask", {"source": "crm", "operaton": "x"}),
    ],
)
def test_invalid_tries_and_replays_are_refused(server, path, request_) -> None:
    reply = post(server, path, request_)
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.json["error"]["message"]
    unsigned = server.ask("POST", f"/_console/api/{path}", json.dumps(request_))
    assert unsigned.status == 401


def test_a_source_is_asked_and_its_answer_shown(server) -> None:
    wanted = {"source": "crm", "operation": "query_customer", "params": {"tel": VIP}}
    report = post(server, "ask", wanted).json
    assert (report["ok"], report["record"]["isVip"], report["error"]) == (
        True,
        "1",
        None,
    )
    assert report["response"]["status"] == 200
    for secret in ("app-1", token_of(server)):
        assert secret not in json.dumps(report)


# --------------------------------------------------------------------------- the status


def metric(server, name: str) -> float:
    """One sample of /metrics."""
    text = server.get("/metrics").body.decode()
    lines = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(lines[0].rpartition(" ")[2]) if lines else 0.0


def test_any_worker_tells_the_counts_of_all(server) -> None:
    name = 'ivrhooks_answers_total{endpoint="desk",status="413"}'
    for _ in range(20):
        assert server.form("/api/desk", "x" * 70_000, X_Api_Key=KEY).status == 413
    assert call(server).status == 200

    state: dict[str, Any] = {}

    def counted() -> bool:
        state.update(get(server, "status"))
        counts = state["endpoints"][0]["statuses"]
        workers = metric(server, "ivrhooks_workers")
        seen = {metric(server, name) for _ in range(8)} | {counts.get("413")}
        return (workers, len(state["workers"]), seen) == (2, 2, {20})

    soon(counted, "every worker tells the same")
    route = state["endpoints"][0]
    assert route["statuses"]["413"] == 20
    assert route["p50_ms"] <= route["p99_ms"]
    source = state["sources"][0]
    assert (source["name"], source["kind"], source["breaker"]) == (
        "crm",
        "sobot",
        "closed",
    )
    assert state["journal"]["rows"] > 0


def test_every_line_of_the_metrics_is_prometheus_text(server) -> None:
    reply = server.get("/metrics")
    assert reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    sample = re.compile(r'[a-z_]+(\{([a-z_]+="[^"]*",?)+\})? [0-9.e+-]+')
    for line in reply.body.decode().splitlines():
        assert line.startswith("#") or sample.fullmatch(line), line
    assert VIP.encode() not in reply.body


def test_a_broken_new_configuration_is_a_banner(
    serving, server_kind, sandbox_url
) -> None:
    env = {"TEST_KEY": KEY, "APP": "a", "IVRHOOKS_SANDBOX_URL": sandbox_url}
    with serving(server_kind, CONFIG, "--workers", "1", env=env) as server:
        assert test_run(server, inputs={"tel": VIP})["success"] is True
        before = get(server, "status")
        assert (before["banner"], len(before["workers"])) == (None, 1)
        file = server.folder / "endpoints" / "desk.yaml"
        file.write_text(DESK.replace("format: form", "format: qery", 1))
        state = soon(
            lambda: (now := get(server, "status"))["banner"] and now, "a banner"
        )
        still = before["config"]["fingerprint"]
        assert state["banner"]["still"] == still
        assert "endpoints/desk.yaml:3:" in state["banner"]["problems"][0]
        assert f"still answering with {still}" in state["banner"]["text"]
        assert metric(server, "ivrhooks_configuration_refused") == 1
        file.write_text(DESK.replace("default: nobody", "default: somebody"))

        def healed() -> bool:
            state = get(server, "status")
            return not state["banner"] and state["config"]["fingerprint"] != still

        soon(healed, "the banner goes")
        assert get(server, "endpoints/desk")["outputs"][1]["default"] == "somebody"
