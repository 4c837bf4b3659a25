"""Addresses and hosts: what is stored is plain ASCII and leads where it says."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.accounts import host_of, normalise_host, web_url


@pytest.mark.parametrize(
    ("given_url", "stored"),
    [
        ("HTTPS://Shop.Example", "https://shop.example"),
        (" https://a.example/x ", "https://a.example/x"),
        ("https://a.example:8443/p?q=1#f", "https://a.example:8443/p?q=1#f"),
        ("https://bücher.example/é?ü=ö#ß", None),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://日本.example", "https://xn--wgv71a.example"),
        ("https://a.example/%C3%A9%2Fb", "https://a.example/%C3%A9%2Fb"),
        ("http://127.0.0.1:9/x", "http://127.0.0.1:9/x"),
        ("http://[2001:DB8::1]:9/x", "http://[2001:db8::1]:9/x"),
        ("https://my_shop.example./", "https://my_shop.example/"),
        ("https://a.example?x=1", "https://a.example?x=1"),
    ],
)
def test_an_address_is_stored_in_ascii(given_url: str, stored: str | None) -> None:
    url = web_url(given_url)
    assert url.isascii()
    assert stored is None or url == stored
    assert web_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.example",
        "//a.example",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user@a.example",
        "https://user:pass@a.example",
        "https://@a.example",
        "https://a.example:99999",
        "https://a.example:x",
        "https://[::1",
        "https://a..example",
        "https://-a.example",
        "https://a.example\\@b.example",
        "https://a.example/\x00",
        "https://a.example/a\nb",
        "https://a.example/\ud800",
        "https://a.example/\u2028x",
        "https://" + "a" * 64 + ".example",
        "https://a.example/" + "x" * 2000,
        "https://a.example/" + "é" * 1000,
        "ftp://a.example",
    ],
)
def test_what_is_no_web_address(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        web_url(text)


@given(st.text())
def test_no_text_at_all_is_a_fault(text: str) -> None:
    """Whatever comes in is stored safely or refused."""
    try:
        url = web_url(f"https://a.example/{text}")
    except ValueError:
        return
    assert host_of(url) == "a.example"
    assert all(0x20 < ord(c) < 0x7F for c in url)
    assert web_url(url) == url


@given(st.text(min_size=1))
def test_a_host_once_normalised_stays(text: str) -> None:
    try:
        host = normalise_host(text)
    except ValueError:
        return
    assert host.isascii()
    assert normalise_host(host) == host
    assert "/" not in host
    assert urlsplit(f"https://{host}/").path == "/" or ":" in host
