"""Maps the names of charsets that real systems write to Python's codecs."""

from __future__ import annotations

import codecs
import re

_AS_GB18030 = frozenset(
    {
        "gb2312",
        "gb_2312",
        "gb_2312_80",
        "gbk",
        "x_gbk",
        "cp936",
        "ms936",
        "csgb2312",
        "csiso58gb231280",
        "iso_ir_58",
        "chinese",
        "gb18030",
        "gb18030_2000",
        "euc_cn",
        "euccn",
        "x_euc_cn",
    }
)
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7"}
)


def codec_of(label: str) -> str | None:
    """Return the name of Python's codec for a charset's label, or None.

    All labels of Chinese charsets mean GB 18030, as in browsers (WHATWG Encoding,
    "names and labels"): real systems declare gb2312 and send characters that it lacks.
    """
    name = label.strip().strip("\"'").lower().replace("-", "_")
    if name in _AS_GB18030:
        return "gb18030"
    try:
        codec = codecs.lookup(name.replace("_", "-"))
    except (LookupError, ValueError):
        return None
    if codec.name in _NO_CHARSETS or not codec._is_text_encoding:
        return None
    return codec.name


_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


def codec_of_label(content_type: str) -> str | None:
    """Return Python's codec for the charset of a Content-Type.

    None where it names no charset, or one that Python cannot read.
    """
    label = _CHARSET.search(content_type)
    return None if label is None else codec_of(label[1])
