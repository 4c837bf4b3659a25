"""What landing pages are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.tracking.landing_rules import page_slug, page_slugs
from marketplace.tracking.link_rules import RESERVED


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("@Anna.Bakt", "anna-bakt"),
        ("Zoë_de Vries!", "zoe-de-vries"),
        ("иван", ""),
        ("--", ""),
        ("a" * 99, "a" * 40),
        ("a" * 39 + " b", "a" * 39),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_a_handle_becomes_a_word_for_an_address(name: str, slug: str) -> None:
    assert page_slug(name) == slug


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_slug_proposed_can_stand_in_an_address(name: str, title: str) -> None:
    proposed = page_slugs(name, title)
    assert len(proposed) == len(set(proposed))
    for slug in proposed:
        assert slug.isascii()
        assert slug == slug.lower()
        assert 0 < len(slug) <= 64
        assert slug.replace("-", "").isalnum()
        assert slug not in RESERVED


def test_what_is_the_houses_own_is_not_a_name_for_a_page() -> None:
    assert page_slugs("admin", "")[0] == "admin-2"
    assert page_slugs("Anna", "Zomer & zon")[:3] == [
        "anna",
        "anna-zomer-zon",
        "anna-2",
    ]
