"""The words of a command line, whichever shell it was written for."""

from __future__ import annotations

import pytest

from ivrhooks.authoring.starter.command_words import first_command, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("curl 'a b' \"c d\" e\\ f", ["curl", "a b", "c d", "e f"]),
        ("$ curl a \\\n  -d 'b'", ["curl", "a", "-d", "b"]),
        ("curl a -d $'it\\'s \\u0041\\x42\\n'", ["curl", "a", "-d", "it's AB\n"]),
        ('curl a -d "{\\"b\\": 1}"', ["curl", "a", "-d", '{"b": 1}']),
        ('curl -H "X: 1"//a remark\n-d b', ["curl", "-H", "X: 1", "-d", "b"]),
        ("curl -d 'not closed", ["curl", "-d", "not closed"]),
        ("curl -d $'\\101\\x4a\\u0042\\q\\u'", ["curl", "-d", "AJBqu"]),
        ("curl \u2014data 'it\u2019s'", ["curl", "--data", "it\u2019s"]),
        ("curl \u2013d a", ["curl", "-d", "a"]),
        # PowerShell
        ("PS C:\\> curl.exe a `\n -d 'b c'", ["curl.exe", "a", "-d", "b c"]),
        # the Windows command prompt, by hand and as Chrome copies it
        ('curl a ^\n -d "{\\"b\\": \\"c d\\"}"', ["curl", "a", "-d", '{"b": "c d"}']),
        ('curl ^"http://h/?a=1^&b=2^" ^\n -d ^"^{^\\^"x^\\^":1^}^"',
         ["curl", "http://h/?a=1&b=2", "-d", '{"x":1}']),
        ("curl a ^\n -d 'it's'", ["curl", "a", "-d", "'it's'"]),
        ('curl ^"a\\\\^" b', ["curl", "a\\", "b"]),
        ('curl ^"a^" "b c"d "" e\\\\\\"f', ["curl", "a", "b cd", "", 'e\\"f']),
        ('curl ^"a\\b^"', ["curl", "a\\b"]),
    ],
)  # fmt: skip
def test_a_line_is_split_as_its_shell_would(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_unbalanced_quotes_are_no_quotes() -> None:
    assert words_of('curl "a\\') is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("curl a -d b", ["curl", "a", "-d", "b"]),
        ("curl a && curl b", ["curl", "a"]),
        ("curl a | jq . | head", ["curl", "a"]),
        ("curl a > out 2>&1", ["curl", "a"]),
        ("curl a --next b", ["curl", "a"]),
        ("curl 'a;b'", ["curl", "a;b"]),
    ],
)
def test_the_first_command_ends_where_another_begins(
    line: str, words: list[str]
) -> None:
    assert first_command(words_of(line) or []) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("curl \u201ca b\u201d \u2018c d\u2019", ["curl", "a b", "c d"]),
        ("curl 'it\u201d'", ["curl", "it\u201d"]),
        ("# a\n# b\ncurl c", ["curl", "c"]),
        ("A='x y' B=1 curl c", ["curl", "c"]),
        ('curl ^"a^\r\n b^"', ["curl", "a  b"]),
        ("curl a ^\r\n -d b", ["curl", "a", "-d", "b"]),
    ],
)
def test_typographic_additions_are_ignored(text: str, words: list[str]) -> None:
    assert words_of(text) == words
