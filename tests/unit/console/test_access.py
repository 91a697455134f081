"""Who may see the console: from where, with which token, by whose will."""

from __future__ import annotations

import pytest

from ivrhooks.console.access import WrongTokenLog, is_loopback
from ivrhooks.console.session import COOKIE, csrf_token

TOKEN = "the-consoles-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
RUN = {"endpoint": "desk", "source": "mock", "inputs": {"tel": "13800000001"}}


def status_of(served, path="/_console/api/status", peer="127.0.0.1", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return (
        served.client()
        .get(path, headers=named, environ_overrides={"REMOTE_ADDR": peer})
        .status_code
    )


@pytest.mark.parametrize(
    ("offered", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer", 401),
        (f"Basic {TOKEN}", 401),
        (TOKEN, 401),
    ],
)
def test_the_token_opens_it_and_nothing_else(served, offered, status) -> None:
    assert status_of(served, Authorization=offered) == status


@pytest.mark.parametrize(
    "peer", ["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "", "no address"]
)
def test_another_machine_is_refused_even_with_the_token(served, peer) -> None:
    assert status_of(served, peer=peer, **BEARER) == 403


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP"]
)
def test_a_request_through_a_proxy_is_refused(served, name) -> None:
    assert status_of(served, **BEARER, **{name: "127.0.0.1"}) == 403


def test_allow_remote_lets_both_in_with_the_token(serve) -> None:
    served = serve("version: 1\nconsole: {enabled: true, allow_remote: true}\n" + CRM)
    assert status_of(served, peer="10.0.0.1", **BEARER, Via="x") == 200
    assert status_of(served, peer="10.0.0.1") == 401


HTML = {"Accept": "text/html"}


def test_the_sign_in_page_takes_the_token(served) -> None:
    client = served.client()
    page = client.get("/_console/status", headers=HTML)
    assert page.status_code == 401
    assert 'name="next" value="/_console/status"' in page.text
    form = {"token": f" {TOKEN}\n", "next": "/_console/status"}
    reply = client.post("/_console/sign-in", data=form)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/_console/status")
    assert TOKEN not in reply.headers["Set-Cookie"]
    assert client.get("/_console/api/status").status_code == 200


def test_the_full_link_is_accepted_too(served) -> None:
    link = f"http://127.0.0.1:8080/_console/?token={TOKEN}"
    reply = served.client().post("/_console/sign-in", data={"token": link})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/_console/")


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x"])
def test_a_wrong_token_shows_the_page_again(served, token: str) -> None:
    client = served.client()
    reply = client.post("/_console/sign-in", data={"token": token}, headers=HTML)
    assert (reply.status_code, "Set-Cookie" in reply.headers) == (401, False)
    assert "this is not the console&#39;s token" in reply.text
    assert token not in reply.text or not token
    assert client.get("/_console/api/status").status_code == 401


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/",
        "//evil.example/_console/",
        "/_console/\r\nX: y",
        "/_console/?token=x",
        "/api/desk",
        "",
    ],
)
def test_it_leads_on_to_no_other_place(served, page: str) -> None:
    form = {"token": TOKEN, "next": page}
    reply = served.client().post("/_console/sign-in", data=form)
    assert reply.headers["Location"] == "/_console/"


def test_another_machine_signs_in_with_nothing(served) -> None:
    peer = {"REMOTE_ADDR": "10.0.0.1"}
    reply = served.client().post(
        "/_console/sign-in", data={"token": TOKEN}, environ_overrides=peer
    )
    assert reply.status_code == 403


CRM = (
    "sources: {crm: {kind: sobot, base_url: sandbox, auth: {app_id: a, app_key: b}}}\n"
)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_has_many_addresses(peer) -> None:
    assert is_loopback(peer)


def test_the_link_leads_to_an_address_without_the_token(served) -> None:
    client = served.client()
    wrong = client.get("/_console/?token=wrong")
    assert (wrong.status_code, "Set-Cookie" in wrong.headers) == (401, False)
    reply = client.get(f"/_console/requests?token={TOKEN}&x=1")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/_console/requests")
    cookie = reply.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "Path=/_console" in cookie and TOKEN not in cookie
    assert client.get("/_console/api/status").status_code == 200
    assert served.client().get(f"/_console/api/status?token={TOKEN}").status_code == 401


def test_a_post_of_a_browser_must_come_from_a_page_of_ours(served) -> None:
    client = served.client()
    client.get(f"/_console/?token={TOKEN}")
    cookie = client.get_cookie(COOKIE, path="/_console")
    assert cookie is not None
    good = csrf_token(cookie.value, TOKEN)
    for headers in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": good + "0"}):
        reply = client.post(
            "/_console/api/endpoints/desk/tests", json=RUN, headers=headers
        )
        assert (reply.status_code, reply.json["error"]["code"]) == (400, "csrf")
    form = client.post("/_console/api/test", data={"csrf_token": good})
    assert form.json["error"]["code"] == "csrf"  # the API takes the header alone


def test_every_answer_has_the_headers_that_protect_it(served) -> None:
    for path in ("/_console/", "/_console/api/status", "/_console/nix"):
        for headers in ({}, BEARER):
            reply = served.client().get(path, headers=headers)
            policy = reply.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy and "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert reply.headers["X-Frame-Options"] == "DENY"
            assert reply.headers["Cache-Control"] == "no-store"
            assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert "Content-Security-Policy" not in served.client().get("/healthz").headers


def test_a_browser_without_a_token_sees_a_page_in_words(served) -> None:
    reply = served.client().get("/_console/", headers={"Accept": "text/html"})
    assert reply.status_code == 401
    assert reply.content_type.startswith("text/html")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_switched_off_there_is_nothing(serve, monkeypatch) -> None:
    monkeypatch.delenv("IVRHOOKS_CONSOLE_TOKEN")
    served = serve("version: 1\n" + CRM)
    for path in ("/_console", "/_console/", "/_console/api/test", "/_console/static/x"):
        reply = served.client().get(path, headers=BEARER)
        assert (reply.status_code, reply.json["error"]["code"]) == (404, "not_found")


def test_wrong_tokens_are_logged_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrong_tokens = WrongTokenLog()
    for now in (100.0, 101.0, 159.0, 160.0, 161.0):
        wrong_tokens.note("127.0.0.1", now)
    assert caplog.messages == [
        "console: a request with a wrong token, from 127.0.0.1",
        "console: 3 requests with a wrong token, from 127.0.0.1",
    ]


def test_each_way_of_a_wrong_token_is_logged_without_it(
    served, caplog: pytest.LogCaptureFixture
) -> None:
    client = served.client()
    client.get("/_console/?token=gu3ss")
    client.get("/_console/", headers={"Authorization": "Bearer gu3ss"})
    client.post("/_console/sign-in", data={"token": "gu3ss"})
    client.get("/_console/")  # none is not a wrong one
    assert (
        len([message for message in caplog.messages if "with a wrong token" in message])
        == 1
    )
    assert "gu3ss" not in caplog.text


@pytest.mark.parametrize(
    ("path", "headers", "page"),
    [
        ("/_console/status", HTML, True),
        ("/_console/status", {}, False),
        ("/_console/status", {"Accept": "application/json"}, False),
        ("/_console/api/status", HTML, False),
        ("/_console/status", {**HTML, "X-Fragment": "1"}, False),
        ("/_console/nix", {**HTML, **BEARER}, True),
        ("/_console/nix", BEARER, False),
        ("/_console/api/nix", {**HTML, **BEARER}, False),
    ],
)
def test_a_browser_reads_a_page_and_a_program_json(
    served, path: str, headers: dict[str, str], page: bool
) -> None:
    reply = served.client().get(path, headers=headers)
    kind = "text/html" if page else "application/json"
    assert reply.status_code in (401, 404)
    assert reply.content_type.startswith(kind)


def test_a_form_proves_itself_by_its_field_and_a_program_by_the_header(served) -> None:
    client = served.client()
    client.get(f"/_console/?token={TOKEN}")
    cookie = client.get_cookie(COOKIE, path="/_console")
    assert cookie is not None
    good = csrf_token(cookie.value, TOKEN)
    form, path = {"what": "reload"}, "/_console/status"
    page = client.post(path, data=form, headers=HTML)
    assert (page.status_code, page.content_type[:9]) == (400, "text/html")
    good_form = {**form, "csrf_token": good}
    assert client.post(path, data=good_form, headers=HTML).status_code == 303
    sent = client.post(path, data=good_form, headers={"X-CSRF-Token": "x"})
    assert (sent.status_code, sent.json["error"]["code"]) == (400, "csrf")
    api = client.post("/_console/api/reload", headers={"X-CSRF-Token": good})
    assert api.status_code == 200
