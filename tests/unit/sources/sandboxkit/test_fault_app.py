"""Every fault of the dial and every magic number, made on a real socket."""

from __future__ import annotations

import http.client
import json
import socket

import pytest

QUERY = "/sobot/internal/customer/query?tel="
HELD = QUERY + "13800000001"


def answer(data):
    """Head and body of raw bytes."""
    head, _, body = data.partition(b"\r\n\r\n")
    return head.lower(), body


def read_all(connection):
    """What comes until the other side closes; and whether it reset."""
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except ConnectionResetError:
        return data, True
    return data, False


def test_a_refused_connection_is_reset_before_any_byte(wire):
    wire.dial("sobot", "refuse")
    with wire.open(HELD) as connection:
        assert read_all(connection) == (b"", True)


def test_a_reset_comes_in_the_middle_of_the_body(wire):
    token = wire.token()
    wire.dial("sobot", "reset")
    with wire.open(HELD, token=token) as connection:
        data, was_reset = read_all(connection)
    assert was_reset
    head, body = answer(data)
    assert head.startswith(b"http/1.1 200 ok")
    assert b'"c-1"' in body
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_a_truncated_body_is_short_of_its_length(wire):
    wire.dial("sobot", "truncate")
    with pytest.raises(http.client.IncompleteRead) as caught:
        wire("GET", HELD, token=wire_token(wire))
    assert caught.value.expected


def wire_token(wire):
    """A token, fetched before the fault that is on now."""
    wire("DELETE", "/_sandbox/faults")
    token = wire.token()
    wire.dial("sobot", "truncate")
    return token


def test_a_hung_request_gets_nothing_and_ends_with_its_client(wire):
    wire.dial("sobot", "hang")
    with wire.open(HELD) as connection:
        connection.settimeout(0.15)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    wire("DELETE", "/_sandbox/faults")
    assert wire("GET", HELD)[0] == 200


def test_hundreds_of_hung_requests_delay_no_other(wire):
    wire.dial("sobot", "hang")
    hung = [wire.open(HELD) for _ in range(300)]
    try:
        assert wire("GET", "/healthz")[0] == 200
        assert wire("GET", "/omicrm/api/auth?apiKey=k")[0] == 200
        while len(wire.json("GET", "/_sandbox/requests")["requests"]) < 301:
            pass
    finally:
        for connection in hung:
            connection.close()


def test_a_slow_answer_is_complete(wire):
    token = wire.token()
    wire.dial("sobot", "slow", ms=50)
    assert wire.json("GET", HELD, token=token)["item"]["id"] == "c-1"


def test_a_dripping_answer_comes_byte_by_byte(wire):
    token = wire.token()
    wire.dial("sobot", "drip", ms=1)
    with wire.open(HELD, token=token) as connection:
        pieces = []
        while not pieces or not b"".join(pieces).endswith(b"}}\n"):
            pieces.append(connection.recv(65536))
    assert len(pieces) > 10
    assert json.loads(answer(b"".join(pieces))[1])["item"]["id"] == "c-1"


def test_a_dripping_answer_ends_with_its_client(wire):
    wire.dial("sobot", "drip")
    with wire.open(HELD) as connection:
        assert connection.recv(1)


@pytest.mark.parametrize(
    ("fault", "status"), [("500", 500), ("503", 503), ("429", 429), ("401", 401)]
)
def test_a_status_is_answered_whatever_was_asked(wire, fault, status):
    wire.dial("sobot", fault)
    assert wire("GET", HELD)[0] == status
    assert wire("POST", "/sobot/tokens/company", b"{")[0] == status


def test_html_comes_with_status_200(wire):
    wire.dial("sobot", "html")
    status, headers, body = wire("GET", HELD)
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert body.startswith(b"<!doctype html>")


def test_bad_json_is_cut_short(wire):
    wire.dial("sobot", "bad_json")
    status, headers, body = wire("GET", HELD)
    assert (status, headers["content-type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_a_wrong_shape_is_still_json(wire):
    wire.dial("sobot", "wrong_shape")
    assert isinstance(wire.json("GET", HELD), list)


def test_an_empty_body_is_empty(wire):
    wire.dial("sobot", "empty")
    status, headers, body = wire("GET", HELD)
    assert (status, headers["content-length"], body) == (200, "0", b"")


def test_a_huge_body_ends_when_the_client_stops_reading(wire):
    wire.dial("sobot", "huge")
    with wire.open(HELD) as connection:
        size = 0
        while size < 3_000_000:
            size += len(connection.recv(65536))
    wire("DELETE", "/_sandbox/faults")
    assert wire("GET", HELD)[0] == 200


def test_a_count_ends_and_the_connection_is_kept(wire):
    wire.dial("sobot", "500", count=1)
    connection = http.client.HTTPConnection("127.0.0.1", wire.port, timeout=60)
    statuses = []
    for _ in range(2):
        connection.request("GET", HELD)
        answered = connection.getresponse()
        answered.read()
        statuses.append(answered.status)
    connection.close()
    assert statuses == [500, 200]


@pytest.mark.parametrize("path", ["/omicrm/api/auth?apiKey=k", "/healthz"])
def test_a_fault_of_one_system_is_none_of_another(wire, path):
    wire.dial("sobot", "refuse")
    assert wire("GET", path)[0] == 200


# -------------------------------------------------------------------- magic numbers


@pytest.mark.parametrize(
    ("digits", "nick", "black"),
    [
        ("0001", "VIP caller", "0"),
        ("0002", "Blacklisted caller", "1"),
        ("0107", "VIP caller", "0"),
    ],
)
def test_a_magic_number_makes_up_a_customer(wire, digits, nick, black):
    item = wire.json("GET", f"{QUERY}1379999{digits}", token=wire.token())["item"]
    assert (item["nick"], item["isblack"]) == (nick, black)
    assert item["tel"] == f"1379999{digits}"


def test_an_unknown_number_is_unknown(wire):
    assert wire.json("GET", f"{QUERY}13799990009", token=wire.token())["item"] is None


def test_a_number_that_the_data_hold_is_answered_from_them(wire):
    assert wire.json("GET", HELD, token=wire.token())["item"]["nick"] == "VIP Wang"


def test_magic_faults_are_made_on_the_socket(wire):
    token = wire.token()
    assert wire("GET", f"{QUERY}13799990103", token=token)[0] == 500
    with pytest.raises(json.JSONDecodeError):
        wire.json("GET", f"{QUERY}13799990104", token=token)
    with wire.open(f"{QUERY}13799990106", token=token) as connection:
        assert read_all(connection)[1]
    for digits in ("0101", "0105"):
        with wire.open(f"{QUERY}1379999{digits}", token=token) as connection:
            connection.settimeout(0.15)
            with pytest.raises(TimeoutError):
                connection.recv(1)
    with wire.open(f"{QUERY}13799990102", token=token) as connection:
        head, body = answer(connection.recv(65536))
        assert b"200 ok" in head
        assert len(body) < 5


# ------------------------------------------------------------------------ plain HTTP


def test_head_is_get_without_the_body(wire):
    status, headers, body = wire("HEAD", HELD)
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_a_chunked_body_is_read(wire):
    with wire.open(
        "/sobot/tokens/company", "POST", **{"Transfer-Encoding": "chunked"}
    ) as connection:
        text = b'{"responseType": "token", "appId": "1", "currentTime": 1, "sign": "x"}'
        connection.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(text), text))
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    body = wire.json("GET", "/_sandbox/requests")["requests"][0]["body"]
    assert json.loads(body)["sign"] == "x"


def test_a_client_that_leaves_in_mid_request_leaves_no_trace(wire):
    connection = socket.create_connection(("127.0.0.1", wire.port), 60)
    connection.sendall(
        b"POST /sobot/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"
    )
    connection.close()
    assert wire("GET", "/healthz")[0] == 200
    assert wire.json("GET", "/_sandbox/requests")["requests"] == []


def test_a_header_name_with_an_underscore_does_not_pass_for_another(wire):
    token = wire.token()
    with wire.open("/omicrm/api/x", **{"x_trace": "1", "X-Trace": "2"}) as connection:
        connection.recv(65536)
    headers = wire.json("GET", "/_sandbox/requests")["requests"][0]["headers"]
    assert headers["X-Trace"] == "2"
    assert token
