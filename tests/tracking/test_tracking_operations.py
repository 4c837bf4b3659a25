"""Wording of codes, addresses of links."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from factories import (
    START,
    make_application,
    make_brand,
    make_campaign,
    make_influencer,
    make_shop,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import tracking
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign, Terms
from marketplace.errors import Invalid
from marketplace.tracking.models import PromoCode, PromoCodeName
from marketplace.tracking.rules import (
    UTM_NAMES,
    Contract,
    alternatives,
    code_error,
    normalise_code,
    readable_handle,
    slug_of,
    with_utm,
    worded,
)

UTM = dict.fromkeys(UTM_NAMES, "x y&z")


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://a.example", "https://a.example/?utm_source=s"),
        ("https://a.example/?", "https://a.example/?utm_source=s"),
        (
            "https://a.example/p?b=%20+&a#f?",
            "https://a.example/p?b=%20+&a&utm_source=s#f?",
        ),
        ("https://a.example/?UTM_Source=o&x", "https://a.example/?x&utm_source=s"),
        ("https://a.example/?utm%5Fsource=o", "https://a.example/?utm_source=s"),
        ("https://a.example/?utm_id=7", "https://a.example/?utm_id=7&utm_source=s"),
        ("https://a.example/?mkt_click=v1", "https://a.example/?utm_source=s"),
    ],
)
def test_utm_parameters_take_the_place_of_former_ones(url: str, target: str) -> None:
    assert with_utm(url, {"utm_source": "s", "utm_term": ""}) == target


@given(
    st.lists(st.tuples(st.text("abc%=+ü", min_size=1), st.text("xyz=&%", max_size=4)))
)
def test_the_rest_of_a_query_stays_as_it_was(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={text}" for name, text in pairs).strip("&")
    target = with_utm(f"https://a.example/p?{query}#f", UTM)
    kept = "&".join(piece for piece in query.split("&") if piece)
    assert urlsplit(target).query.startswith(kept)
    added = parse_qsl(urlsplit(target).query[len(kept) :].lstrip("&"))
    assert dict(added) == UTM
    assert urlsplit(target).fragment == "f"


def test_codes_are_worded_by_their_pattern() -> None:
    assert worded("{HANDLE}{PERCENT}", handle="@anna.b", percent="10") == "ANNAB10"
    assert worded("ZON-{HANDLE}", handle="Zoë", percent="") == "ZON-ZOE"
    assert worded("{HANDLE}-{PERCENT}", handle="jo", percent="") == "JO"
    random = worded("{RANDOM}", handle="x", percent="")
    assert len(random) == 6
    assert not set(random) & set("01IOl")
    foreign = {
        worded("{HANDLE}{PERCENT}", handle="日本", percent="5") for _ in range(9)
    }
    assert len(foreign) == 9
    assert len(worded("{HANDLE}" * 6, handle="a" * 50, percent="")) <= 40


@given(st.text(max_size=80), st.text(max_size=120))
def test_whatever_the_handle_a_code_can_be_typed(handle: str, title: str) -> None:
    assert len(readable_handle(handle)) <= 12
    for pattern in ("{HANDLE}", "{HANDLE}{PERCENT}", "A{HANDLE}"):
        code = worded(pattern, handle=handle, percent="10")
        assert code
        assert code.isascii()
        for wording in (code, *alternatives(code)):
            assert len(normalise_code(wording)) <= 64
    assert len(slug_of(title)) <= 240


@given(st.text(max_size=70))
def test_a_wording_that_passes_can_be_stored(code: str) -> None:
    if not code_error(code):
        assert len(normalise_code(code)) <= 64
        assert "\x00" not in code
        code.encode()


def contract(session: Session) -> tuple[Contract, Campaign, Terms]:
    campaign = make_campaign(session, make_brand(session))
    application = make_application(session, campaign, make_influencer(session))
    terms = session.get_one(Terms, (campaign.id, 1))
    return application, campaign, terms


def test_a_code_is_unique_in_its_brand_for_ever(session: Session) -> None:
    first, campaign, terms = contract(session)
    made = tracking.mint_promo_code(
        session, first, campaign=campaign, terms=terms, handle="jo", now=START
    )
    assert made.code == "JO10"
    tracking.rename_promo_code(session, made, code="Zomer", by=None, now=START)
    tracking.disable_promo_code(session, made, by=None, now=START)
    second = make_application(session, campaign, make_influencer(session))
    other = tracking.mint_promo_code(
        session, second, campaign=campaign, terms=terms, handle="jo", now=START
    )
    assert other.code == "JO10-2"
    brand_id = campaign.brand_id
    for wording in ("jo10", " ZOMER", "ｚｏｍｅｒ"):
        found = session.scalar(tracking.code_named(brand_id, wording))
        assert found is made
        with pytest.raises(tracking.CodeTaken):
            tracking.rename_promo_code(session, other, code=wording, by=None, now=START)
    tracking.rename_promo_code(session, made, code="JO10", by=None, now=START)
    names = select(PromoCodeName.normalised).where(
        PromoCodeName.promo_code_id == made.id
    )
    assert set(session.scalars(names)) == {"jo10", "zomer"}
    stranger = make_campaign(session, make_brand(session))
    assert session.scalar(tracking.code_named(stranger.brand_id, "jo10")) is None


def test_a_wording_taken_between_looking_and_naming(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, campaign, terms = contract(session)
    second = make_application(session, campaign, make_influencer(session))
    arguments = {"campaign": campaign, "terms": terms, "handle": "jo", "now": START}
    tracking.mint_promo_code(session, first, **arguments)
    monkeypatch.setattr(
        tracking.promo_codes,
        "names_taken",
        lambda *_: select(PromoCodeName.normalised).where(PromoCodeName.brand_id == ""),
    )
    made = tracking.mint_promo_code(session, second, **arguments)
    assert made.code == "JO10-2"
    assert len(session.scalars(select(PromoCode)).all()) == 2


def test_a_link_may_lead_to_a_shop_of_the_brand(session: Session) -> None:
    application, campaign, _ = contract(session)
    elsewhere = "https://winkel.example/x"
    with pytest.raises(Invalid):
        tracking.create_link(
            session, application, None, destination_url=elsewhere, now=START
        )
    brand = session.get_one(Brand, campaign.brand_id)
    make_shop(session, brand, domain="Winkel.Example")
    link = tracking.create_link(
        session, application, None, destination_url=elsewhere, now=START
    )
    assert link.destination_url == elsewhere
    assert len(link.slug) == 8
    tracking.end_links(session, application, now=START)
    assert link.ended_at == link.changed_at == START
