"""The two ``Authorization`` headers, as their RFCs write them."""

from __future__ import annotations

from ivrhooks.sources.authorization import basic, bearer


def test_basic_is_the_pair_in_base64():
    header = basic("Aladdin", "open sesame")  # the example of RFC 7617
    assert header == ("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")


def test_basic_sends_other_alphabets_as_utf_8():
    assert basic("test", "123£")[1] == "Basic dGVzdDoxMjPCow=="  # RFC 7617, 2.1


def test_bearer_is_the_token_as_it_is():
    header = bearer("mF_9.B5f-4.1JqM")  # the example of RFC 6750
    assert header == ("Authorization", "Bearer mF_9.B5f-4.1JqM")
