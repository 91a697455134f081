"""Charsets by the labels that real systems write."""

from __future__ import annotations

import pytest

from ivrhooks.basics.charsets import codec_of


@pytest.mark.parametrize(
    "label",
    [
        "gb2312",
        "GBK",
        "x-gbk",
        "gb_2312-80",
        "csgb2312",
        "iso-ir-58",
        "chinese",
        "GB18030",
    ],
)
def test_the_chinese_labels_are_all_read_as_gb18030(label: str) -> None:
    codec = codec_of(label)
    assert codec == "gb18030"
    assert "喆镕珺堃昇".encode("gb18030").decode(codec) == "喆镕珺堃昇"


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf-8"),
        ('"iso-8859-1"', "iso8859-1"),
        ("windows-1258", "cp1258"),
        ("big5", "big5"),
        ("shift_jis", "shift_jis"),
        ("euc-kr", "euc_kr"),
        ("nonsense", None),
        ("base64", None),
        ("punycode", None),
        ("utf-7", None),
        ("", None),
    ],
)
def test_other_labels_are_read_as_python_does(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec
