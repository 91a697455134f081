"""What real IVR engines send, row by row of the table of their recorded bytes.

Each endpoint answers what it understood, so that a test sees what reached it.
"""

from __future__ import annotations

import socket

import pytest

ECHO = """\
headers:
  X-Flow:   {type: string, default: none}
  X-Caller: {type: string, default: ""}
inputs:
  tel:   {type: string, format: phone}
  name:  {type: string}
  docId: {type: string}
  m:     {type: string}
outputs:
  tel:    {type: string, value: "{{ inputs.tel }}", default: ""}
  e164:   {type: string, value: "{{ inputs.tel | phone('e164') }}", default: ""}
  name:   {type: string, value: "{{ inputs.name }}", default: ""}
  flow:   {type: string, value: "{{ headers['X-Flow'] }}", default: ""}
  caller: {type: string, value: "{{ headers['X-Caller'] }}", default: ""}
"""

CONFIG = {
    "ivrhooks.yaml": "version: 1\nregion: VN\n",
    "endpoints/form.yaml": f"endpoint: form\npath: /form\nformat: form\n{ECHO}",
    "endpoints/json.yaml": f"endpoint: json\npath: /json\nformat: json\n{ECHO}",
    "endpoints/system.yaml": f"endpoint: query\npath: /system\nformat: query\n{ECHO}",
}

FORM = "application/x-www-form-urlencoded"
VN = "84901234561"


@pytest.mark.parametrize("written", [f"+{VN}", f"%2B{VN}", f"%2b{VN}", VN, f"00{VN}"])
def test_rows_1_and_2_a_plus_in_every_writing(server, written: str) -> None:
    answers = [
        server.get(f"/system?tel={written}").json,
        server.form("/form", f"partnerId=1.2&m&tel={written}&docId=").json,
    ]
    for answer in answers:
        assert answer["tel"] == VN
        plus = written != VN
        assert answer["e164"] == f"+{VN}" or not plus


def test_row_2_a_national_number(server) -> None:
    answer = server.get("/system?tel=0901234561").json
    assert (answer["tel"], answer["e164"]) == ("0901234561", f"+{VN}")


def test_row_3_blanks_in_numbers_are_dropped(server) -> None:
    answer = server.get("/system?tel=+84%2090%20123%204562").json
    assert answer["tel"] == "84901234562"


@pytest.mark.parametrize(
    "withheld", ["", "anonymous", "nobody", "unknown", "*46%23", "Restricted"]
)
def test_row_4_withheld_callers_are_answered(server, withheld: str) -> None:
    assert server.get(f"/system?tel={withheld}&name=unknown").status == 200
    assert server.form("/form", f"tel={withheld}").status == 200


@pytest.mark.parametrize("vendor", ["m&docId=", "m=&docId="])
def test_row_5_names_without_a_value(server, vendor: str) -> None:
    body = f"partnerId=1795216714.24&{vendor}&token=t0k&source=0&robotNo=1&tel=84"
    reply = server.form("/form", body)
    assert (reply.status, reply.json["tel"]) == (200, "84")


def test_row_6_an_ampersand_in_a_name_makes_a_field_that_is_ignored(server) -> None:
    reply = server.get("/system?tel=84901&name=O'Brien%20&%20Sons")
    assert (reply.status, reply.json["name"]) == (200, "O'Brien ")


def test_row_7_raw_blanks_and_letters_in_a_form(server) -> None:
    reply = server.form("/form", f"tel=+{VN}&name=Nguyễn Văn A#1&m")
    assert (reply.json["tel"], reply.json["name"]) == (VN, "Nguyễn Văn A#1")


def test_row_8_a_name_that_reads_0(server) -> None:
    assert server.form("/form", "tel=84901&name=0").json["name"] == "0"


@pytest.mark.parametrize(
    ("letters", "read"),
    [
        ("Nguyễn".encode(), "Nguyễn"),
        (b"caf\xe9", "caf\ufffd"),
        (b"%D6\xd0", "%D6\ufffd"),
    ],
)
def test_row_9_raw_letters_in_the_request_line_are_read(
    server, letters: bytes, read: str
) -> None:
    line = (
        b"GET /system?tel=+84901234561&name="
        + letters
        + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    with server.wire() as wire:
        for _ in range(2):  # the connection goes on
            wire.send(line)
            reply = wire.reply()
            assert reply.status == 200
            assert (reply.json["tel"], reply.json["name"]) == (VN, read)


def test_row_9_raw_letters_in_a_path_lead_nowhere(server) -> None:
    reply = server.send("GET /systém?tel=84901 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert (reply.status, reply.code) == (404, "not_found")


@pytest.mark.parametrize("charset", [";charset=UTF-8", "; charset=utf-8", "; x=y"])
def test_row_10_a_content_type_with_parameters(server, charset: str) -> None:
    form = server.ask("POST", "/form", "tel=84901", {"Content-Type": FORM + charset})
    label = {"Content-Type": "application/json" + charset}
    json = server.ask("POST", "/json", '{"tel":"84901"}', label)
    assert form.json["tel"] == json.json["tel"] == "84901"


def test_row_11_a_form_labelled_json_and_a_header_sent_twice(server) -> None:
    headers = [
        ("X-Flow", "main"),
        ("X-Flow", "main"),
        ("Content-Type", "application/json"),
    ]
    reply = server.ask("POST", "/form", f"m&tel=%2B{VN}", headers)
    assert (reply.json["tel"], reply.json["flow"]) == (VN, "main")
    assert "X-Ivrhooks-Degraded" not in dict(reply.headers)


def test_row_11_different_values_of_one_header_are_joined(server) -> None:
    reply = server.ask(
        "POST", "/form", "tel=84", [("X-Flow", "a"), ("x-flow", "b"), ("X-FLOW", "a")]
    )
    assert reply.json["flow"] == "a, b"


def test_row_12_json_labelled_as_a_form(server) -> None:
    label = {"Content-Type": f"{FORM}; charset=utf-8"}
    for path in ("/json", "/form"):
        reply = server.ask("POST", path, '{"tel":"+84901","name":"N"}', label)
        assert (reply.json["tel"], reply.json["name"]) == ("84901", "N")


@pytest.mark.parametrize("body", ['{"tel":"84901"}', "tel=84901", "m&tel=84901"])
def test_row_13_a_body_without_a_content_type(server, body: str) -> None:
    for path in ("/json", "/form"):
        assert server.ask("POST", path, body).json["tel"] == "84901"


def test_row_14_a_get_with_a_body(server) -> None:
    label = {"Content-Type": FORM}
    form = server.ask("GET", "/system?tel=84901", "tel=1&name=N", label)
    assert (form.json["tel"], form.json["name"]) == ("84901", "N")
    label = {"Content-Type": "application/json"}
    json = server.ask("GET", "/system", '{"tel":"84902"}', label)
    assert (json.status, json.json["tel"]) == (200, "84902")
    broken = server.ask("GET", "/system?tel=84903", '{"tel":"+84', label)
    assert (broken.status, broken.json["tel"]) == (200, "84903")


def test_row_15_header_values_are_read_as_utf8(server) -> None:
    reply = server.form("/form", "tel=84", X_Caller="Nguyễn Văn é")
    assert reply.json["caller"] == "Nguyễn Văn é"
    empty = server.form("/form", "tel=84", X_Caller="", X_Flow="")
    assert (empty.json["caller"], empty.json["flow"]) == ("", "none")
    assert server.form("/form", "tel=84").json["flow"] == "none"


@pytest.mark.parametrize("body", ['{"tel":"+84', '{"name":"O"Brien"}', '{"tel":'])
def test_row_16_cut_json_is_a_short_json_answer(server, body: str) -> None:
    reply = server.ask("POST", "/json", body, {"Content-Type": "application/json"})
    assert (reply.status, reply.code) == (400, "unreadable_body")
    assert reply.json["tel"] == ""


def test_row_17_multipart(server) -> None:
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = part.format("tel", "+84901") + part.format("name", "Nguyễn") + "--b--\r\n"
    label = {"Content-Type": "multipart/form-data; boundary=b"}
    for path in ("/form", "/json"):
        reply = server.ask("POST", path, body, label)
        assert (reply.json["tel"], reply.json["name"]) == ("84901", "Nguyễn")


def test_row_18_one_connection_for_many_requests(server) -> None:
    with server.wire() as wire:
        for number in range(40):
            body = b"tel=84%d" % number
            wire.send(
                b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )
            assert wire.reply("POST").json["tel"] == f"84{number}"


def test_row_18_idle_connections_delay_no_other(server) -> None:
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    try:
        for number in range(20):
            assert server.get(f"/system?tel=84{number}").status == 200
    finally:
        for connection in idle:
            connection.close()


def test_expect_100_continue_is_answered_and_then_the_body(server) -> None:
    with server.wire() as wire:
        wire.send(
            b"POST /form HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
            b"Content-Length: 9\r\n\r\n"
        )
        assert wire.socket.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.send(b"tel=84901")
        assert wire.reply("POST").json["tel"] == "84901"


def test_a_chunked_body(server) -> None:
    reply = server.send(
        b"POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\ntel=8\r\n4;x=y\r\n4901\r\n0\r\n\r\n",
        "POST",
    )
    assert reply.json["tel"] == "84901"


def test_a_java_client_that_proposes_http_2_with_its_body(server) -> None:
    reply = server.send(
        b"POST /form HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nHost: x\r\n"
        b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
        b"Upgrade: h2c\r\nContent-Length: 9\r\n\r\ntel=84901",
        "POST",
    )
    assert reply.json["tel"] == "84901"


def test_http_1_0_is_answered_and_closed(server) -> None:
    with server.wire() as wire:
        wire.send(b"GET /system?tel=84901 HTTP/1.0\r\n\r\n")
        assert wire.reply().json["tel"] == "84901"
        assert wire.closed()


def test_requests_in_a_pipeline_are_answered_in_their_order(server) -> None:
    with server.wire() as wire:
        line = b"GET /system?tel=84%d HTTP/1.1\r\nHost: x\r\n\r\n"
        wire.send(b"".join(line % number for number in range(5)))
        for number in range(5):
            assert wire.reply().json["tel"] == f"84{number}"


def test_the_answer_is_one_line_that_says_its_length(server) -> None:
    reply = server.form("/form", "tel=84901&name=Nguy%E1%BB%85n")
    assert reply.json["name"] == "Nguyễn"
    assert list(reply.json) == ["tel", "e164", "name", "flow", "caller"]


def test_the_log_has_one_line_for_a_data_request_and_no_full_number(server) -> None:
    reply = server.form("/form", "tel=84909998887", X_Request_Id="look-for-me")
    assert reply.header("X-Request-Id") == "look-for-me"
    assert len(server.log_lines("look-for-me")) == 1
    assert "84909998887" not in server.log()
