"""What a campaign may say of its links and pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.campaigns.links import (
    PLACEHOLDERS,
    UTM_NAMES,
    page_errors,
    page_said,
    utm_errors,
)


@given(st.dictionaries(st.sampled_from(UTM_NAMES), st.text(max_size=250)))
def test_a_template_that_is_accepted_can_be_filled_in(utm: dict[str, str]) -> None:
    wrong = utm_errors(utm)
    for name, template in utm.items():
        if f"utm.{name}" not in wrong:
            filled = template.format(**dict.fromkeys(PLACEHOLDERS, "x"))
            assert not set("{}") & set(filled)
            assert len(template) <= 200


@pytest.mark.parametrize("name", sorted(PLACEHOLDERS))
def test_every_placeholder_is_accepted(name: str) -> None:
    assert utm_errors({"utm_term": f"a{{{name}}}b{{{name}}}"}) == {}


def test_each_error_has_the_name_the_api_gives_it() -> None:
    assert set(utm_errors({"utm_x": "a", "utm_term": "{", "utm_medium": "a"})) == {
        "utm.utm_x",
        "utm.utm_term",
    }
    assert set(
        page_errors({"headline": "", "text": 7, "picture_url": "x", "a": 1})
    ) == {
        "landing_page.headline",
        "landing_page.text",
        "landing_page.picture_url",
        "landing_page.a",
    }


def test_a_page_is_stored_with_all_its_parts() -> None:
    page = page_said({"headline": "a", "text": None})
    assert page == {"headline": "a", "text": "", "button": "", "picture_url": ""}
    assert page_errors(page) == {}
