"""XML of others: what it is made of, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ivrhooks.sources.http.xml_reader import MAX_ELEMENTS, read_xml

SOAP = b"""<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">
  <soap:Body>
    <m:GetCustomerResponse xmlns:m="urn:crm">
      <m:customer id="7" m:vip="yes">
        <m:name>An &amp; &#x738B;</m:name>
        <m:tel>1</m:tel><m:tel type="home">2</m:tel><m:tel/>
      </m:customer>
    </m:GetCustomerResponse>
  </soap:Body>
</soap:Envelope>"""


def test_a_soap_answer_as_nested_mappings() -> None:
    assert read_xml(SOAP) == {
        "Body": {
            "GetCustomerResponse": {
                "customer": {
                    "@id": "7",
                    "@vip": "yes",
                    "name": "An & 王",
                    "tel": ["1", {"@type": "home", "#text": "2"}, ""],
                }
            }
        }
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"<r>text</r>", "text"),
        (b"<r> <![CDATA[<a>]]> </r>", "<a>"),
        (b"<r a='1'/>", {"@a": "1"}),
        (b"<r>a<b/>c</r>", {"b": "", "#text": "ac"}),
        (b"<r/>", ""),
        (b"\xef\xbb\xbf  <r>x</r>\n", "x"),
        (b"<a:r xmlns:a='u'><b:x>unbound</b:x></a:r>", {"x": "unbound"}),
    ],
)
def test_the_root_is_its_content(text: bytes, value: Any) -> None:
    assert read_xml(text) == value


@pytest.mark.parametrize(
    ("head", "label", "codec"),
    [
        ("<?xml version='1.0' encoding='gb2312'?>", "", "gb18030"),
        ('<?xml version="1.0" encoding="GBK"?>', "text/xml", "gb18030"),
        ("<?xml version='1.0' encoding='utf-8'?>", "text/xml; charset=gb2312", "gbk"),
        ("", "text/xml; charset=big5", "big5"),
        ('<?xml version="1.0" encoding="utf-16"?>', "", "utf-16"),
    ],
)
def test_a_charset_by_its_label(head: str, label: str, codec: str) -> None:
    name = "王" if codec == "big5" else "王" if codec == "gbk" else "王喆"
    assert read_xml(f"{head}<r>{name}</r>".encode(codec), label) == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"<!DOCTYPE r [<!ENTITY x 'y'>]><r>&x;</r>", "DTD"),
        (b"<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>", "DTD"),
        (b"<r>&nbsp;</r>", "undefined entity"),
        (b"<r><a></r>", "mismatched tag"),
        (b"<html><br></html>", "mismatched tag"),
        (b'{"a": 1}', "no XML"),
        (b"", "no XML"),
        (b"<a>" * 200 + b"</a>" * 200, "too deep"),
        (b"<r>" + b"<a/>" * (MAX_ELEMENTS + 1) + b"</r>", "too many"),
    ],
)
def test_refused_xml_documents(text: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_xml(text)
