"""Whatever a client sends: one line of JSON, no 5xx, every output of its type.

Requests are made at random, the same ones each time, out of what IVRs, dialplans and
scanners write: raw bytes, cut JSON, wrong labels, wrong lengths, odd methods.
"""

from __future__ import annotations

import http.client
import json
import random
from urllib.parse import quote, quote_from_bytes

REQUESTS = 300

SHAPE = """\
headers:
  X-Flow: {type: string, default: none}
inputs:
  tel: {type: string, format: phone}
  n:   {type: int, min: 0}
  s:   {type: string, max_length: 100}
outputs:
  tel:  {type: string, value: "{{ inputs.tel }}", default: "-"}
  n:    {type: int, value: "{{ inputs.n }}", default: -1}
  s:    {type: string, value: "{{ inputs.s }}", default: "-"}
  flow: {type: string, value: "{{ headers['X-Flow'] }}", default: "-"}
"""
TYPES = {"tel": str, "n": int, "s": str, "flow": str}
CONFIG = {
    "ivrhooks.yaml": "version: 1\nregion: VN\n",
    "endpoints/form.yaml": f"endpoint: form\npath: /form\nformat: form\n{SHAPE}",
    "endpoints/json.yaml": (
        f"endpoint: json\npath: /json\nformat: json\nstrict_format: true\n{SHAPE}"
    ),
    "endpoints/query.yaml": f"endpoint: get\npath: /get\nformat: query\n{SHAPE}",
}

PATHS = ["/form", "/json", "/get", "/nix", "/form/", "//form", "/%66orm", "/fòrm", "*"]
NAMES = ["tel", "n", "s", "m", "token", "error", "é", ""]
VALUES = [
    *("", "1", "-1", "007", "9" * 19, "1.5", "true", "null", "+84901234561"),
    *(" 84901234561", "anonymous", "*46#", "x" * 300, "阮 Văn", "\0", "a\r\nb"),
    *("\ud800", "{{ 7 * 7 }}", "${HOME}", "' OR 1", "<b>", "\u202e"),
]
LABELS = [
    *(b"application/x-www-form-urlencoded", b"application/json", b"text/plain"),
    *(b"multipart/form-data; boundary=X", b"", b"; =", b"application/json;charset=x"),
]
EXTRA = [
    *(b"X-Flow: main", b"X-Flow: \xff\xfe", b"X_Flow: a", b"Range: bytes=0-1"),
    *(b"Upgrade: h2c", b"Cookie: a=b", b"X-HTTP-Method-Override: PUT"),
    *(b"X-Request-Id: \t", b"Content-Encoding: gzip", b"X-Ivrhooks-Test: e30.x"),
]


class Dice(random.Random):
    """Makes requests."""

    def octets(self, most: int) -> bytes:
        return self.randbytes(self.randrange(most))

    def word(self) -> bytes:
        raw = self.choice(VALUES).encode("utf-8", "surrogatepass")
        escaped = quote_from_bytes(raw).encode()
        return self.choice([raw, escaped, escaped + b"%", escaped + b"%ff\xff"])

    def form(self) -> bytes:
        pairs = (
            quote(self.choice(NAMES)).encode() + self.choice([b"=", b""]) + self.word()
            for _ in range(self.randrange(6))
        )
        return b"&".join(pairs)

    def document(self) -> bytes:
        odd = [1, -1, 2**70, 1.5, True, None, [1], {"a": "b"}]
        fields = {
            self.choice(NAMES): self.choice(VALUES + odd)  # type: ignore[operator]
            for _ in range(self.randrange(5))
        }
        text = json.dumps(fields, ensure_ascii=self.random() < 0.5)
        data = text.encode("utf-8", "surrogatepass")
        return data if self.random() < 0.7 else data[: self.randrange(len(data))]

    def body(self) -> bytes:
        part = b'--X\r\nContent-Disposition: form-data; name="s"\r\n\r\n'
        return self.choice(
            [
                self.form(),
                self.form(),
                self.document(),
                self.document(),
                b"\xef\xbb\xbf" + self.document(),
                self.octets(100),
                part + self.octets(20) + self.choice([b"\r\n--X--\r\n", b""]),
                self.choice([b"<x/>", b"[", b"NaN", b'"x"', b"[[" * 500, b""]),
            ]
        )

    def request(self) -> tuple[str, bytes]:
        """The method, and all the bytes."""
        method = self.choices(
            ["POST", "GET", "HEAD", "PUT", "OPTIONS", "TRACE", "FOO", "post"],
            [60, 30, 2, 2, 2, 2, 1, 1],
        )[0]
        path, body = self.choice(PATHS), self.body()
        target = path.encode() + (b"?" + self.form() if self.random() < 0.6 else b"")
        if self.random() < 0.9:
            target = bytes(octet for octet in target if octet > 32)
        lines = [method.encode() + b" " + target + b" HTTP/1.1", b"Host: x"]
        if self.random() < 0.8:
            lines.append(b"Content-Type: " + self.choice(LABELS))
        lines += self.sample(EXTRA, self.randrange(3))
        if self.random() < 0.05:
            lines.append(b"Transfer-Encoding: chunked")
            body = (
                b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
            )
        else:
            lines.append(b"Content-Length: %d" % len(body))
        return method, b"\r\n".join([*lines, b"", body])


def test_whatever_is_sent_is_answered_in_one_line_of_json(server) -> None:
    dice, seen = Dice(7), set()
    for _ in range(REQUESTS):
        method, data = dice.request()
        try:
            reply = server.send(data, method)
        except (http.client.HTTPException, OSError) as problem:
            raise AssertionError(data) from problem
        seen.add(reply.status)
        assert reply.status < 500, data
        assert reply.header("Content-Type") == "application/json", data
        assert reply.header("X-Request-Id"), data
        assert b"\n" not in reply.body, data
        if method == "HEAD":
            continue
        body = reply.json
        error = body.pop("error", None)
        assert (error is None) is (reply.status == 200), data
        if reply.status in (401, 405, 413, 415) or (reply.status == 200):
            assert {name: type(value) for name, value in body.items()} == TYPES, data
    assert seen == {200, 400, 404, 405, 415}
