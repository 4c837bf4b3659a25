"""What links are called, where they lead, and what they follow."""

from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pytest
from factories import (
    START,
    make_application,
    make_brand,
    make_campaign,
    make_channel,
    make_code,
    make_influencer,
    make_shop,
)
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import tracking
from marketplace.accounts.models import Brand, Influencer
from marketplace.accounts.urls import web_url
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.errors import Invalid
from marketplace.redirect.links import path_of, slug_of, split_target
from marketplace.shops.rules import ShopPlatform
from marketplace.tracking import link_changes, operations
from marketplace.tracking.link_rules import (
    discounted,
    slug_error,
    tidy_slug,
    utm_of,
    worded_utm,
)
from marketplace.tracking.models import LinkSlug, TrackingLink
from marketplace.tracking.rules import LONGEST_TARGET, UTM_NAMES, with_utm
from marketplace.tracking.traffic_models import JudgeRequest

LATER = START + timedelta(hours=1)
WORDS = {
    "platform": "instagram",
    "handle": "_anna.b_",
    "influencer": "anna",
    "campaign": "zomer",
    "label": "",
    "link": "lnk_x",
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def application_of(session: Session, **over: object) -> Application:
    campaign = make_campaign(session, make_brand(session), **over)
    return make_application(session, campaign, make_influencer(session))


def campaign_of(session: Session, application: Application) -> Campaign:
    return session.get_one(Campaign, application.campaign_id)


def query_of(link: TrackingLink) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link.target_url).query))


@pytest.mark.parametrize(
    ("template", "content"),
    [
        ("", "_anna.b_"),
        ("{handle}-{label}", "_anna.b_"),
        ("{label}-{handle}", "_anna.b_"),
        ("{platform}/{label}/{link}", "instagram/lnk_x"),
        ("{label} {label}", ""),
        ("{influencer} in {campaign}", "anna in zomer"),
        ("-vast-", "-vast-"),
        ("{nobody}{{campaign}}", "{nobody}{zomer}"),
    ],
)
def test_a_template_is_worded(template: str, content: str) -> None:
    said = worded_utm({"utm_content": template}, WORDS, {})
    assert said == {
        "utm_source": "instagram",
        "utm_medium": "influencer",
        "utm_campaign": "zomer",
        "utm_content": content,
        "utm_term": "",
    }


def test_what_is_chosen_for_a_link_is_nobodys_template() -> None:
    chosen = {"utm_term": "{campaign}", "utm_source": ""}
    said = worded_utm({"utm_term": "{label}"}, WORDS, chosen)
    assert said["utm_term"] == "{campaign}"
    assert said["utm_source"] == ""
    worded = worded_utm({"utm_term": "{label}"}, {**WORDS, "label": "{link}"}, {})
    assert worded["utm_term"] == "{link}"


@given(
    utm=st.fixed_dictionaries({name: TEXT for name in UTM_NAMES}),
    path=st.sampled_from(["", "/", "/zomer", "/a%2Fb/c", "/ü/{click}"]),
    query=st.sampled_from(
        ["", "a=b", "redirect=/x", "b=%20+&a", "mkt_click=v1&{click}"]
    ),
    fragment=st.sampled_from(["", "#top", "#a?b{click}"]),
    code=st.sampled_from([None, "ANNA10", "ZÖE-1"]),
)
def test_parameters_come_through_every_way_as_they_were_said(
    utm: dict[str, str], path: str, query: str, fragment: str, code: str | None
) -> None:
    try:
        target = with_utm(web_url(f"https://a.example{path}?{query}{fragment}"), utm)
    except ValueError:
        return
    led = target if code is None else discounted(target, code)
    assert len(led) <= LONGEST_TARGET
    assert utm_of(led) == utm
    before, after = split_target(led)
    location = f"{before}CLICK{after}"
    assert location.startswith("https://a.example/")
    assert not set(location) & set("\r\n\0 {}")
    if led != target:  # what the shop sends the visitor on to
        (page,) = parse_qs(urlsplit(location).query)["redirect"]
        location = f"https://a.example{page}"
    said = dict(parse_qsl(urlsplit(location).query))
    assert said.pop("mkt_click") == "CLICK"
    assert {name: said.get(name, "") for name in UTM_NAMES} == utm


def test_by_way_of_the_discount_path() -> None:
    led = discounted("https://a.example/p/1?a=b%26c&utm_term=x#top", "ZÖE 1")
    assert led == (
        "https://a.example/discount/Z%C3%96E%201"
        "?redirect=%2Fp%2F1%3Fa%3Db%2526c%26utm_term%3Dx%26mkt_click%3D{click}#top"
    )
    assert split_target(led) == (led.partition("{")[0], "#top")
    assert unquote(urlsplit(discounted("https://a.example/", "A")).query) == (
        "redirect=/?mkt_click={click}"
    )


def test_the_discount_path_is_no_way_out_of_the_shop() -> None:
    for elsewhere in ("https://a.example//evil.example", "https://a.example//"):
        assert discounted(elsewhere, "A") == elsewhere
    long = f"https://a.example/{'%20' * 1200}"
    assert discounted(long, "A") == long


@pytest.mark.parametrize(
    ("slug", "fine"),
    [
        ("anna", True),
        ("Anna-Zomer_2026", True),
        ("zoë", True),
        (" zoe\u0308 ", True),  # becomes ë
        ("日本語", True),
        ("ελλάδα", True),
        ("an", False),
        ("a" * 65, False),
        ("-anna", False),
        ("anna_", False),
        ("an na", False),
        ("an/na", False),
        ("an.na", False),
        ("anna%00", False),
        ("an\0na", False),
        ("ANNÉ", False),
        ("ａｎｎａ", False),
        ("ﬁne", False),
        ("an\u202ena", False),
        ("Admin", False),
        ("undefined", False),
    ],
)
def test_what_a_link_may_be_called(slug: str, fine: bool) -> None:
    assert (slug_error(tidy_slug(slug)) == "") is fine


@given(TEXT)
def test_a_slug_that_passes_can_be_followed(slug: str) -> None:
    slug = tidy_slug(slug)
    if not slug_error(slug):
        assert slug_of(path_of(slug)) == slug


def test_earlier_slugs_go_on_leading_and_are_never_given_out(session: Session) -> None:
    application = application_of(session)
    link = tracking.create_link(session, application, None, now=START)
    first = link.slug
    other = tracking.create_link(session, application, None, slug="Zomer", now=START)
    assert other.slug == "Zomer"
    changed = tracking.change_link(session, link, changes={"slug": "anna"}, now=LATER)
    assert changed == ["slug"]
    assert (link.slug, link.changed_at) == ("anna", LATER)
    for taken in ("anna", "ANNA", first):
        with pytest.raises(tracking.SlugTaken):
            tracking.change_link(session, other, changes={"slug": taken}, now=LATER)
        with pytest.raises(tracking.SlugTaken):
            tracking.create_link(session, application, None, slug=taken, now=LATER)
    assert tracking.change_link(session, link, changes={"slug": first}, now=LATER)
    tracking.change_link(session, link, changes={"slug": "Anna"}, now=LATER)
    slugs = select(LinkSlug.slug).where(LinkSlug.link_id == link.id)
    assert set(session.scalars(slugs)) == {first, "anna", "Anna"}


def test_a_slug_taken_between_looking_and_naming(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = application_of(session)
    tracking.create_link(session, application, None, slug="anna", now=START)
    link = tracking.create_link(session, application, None, now=START)
    for module in (operations, link_changes):
        monkeypatch.setattr(module, "refuse_taken", lambda *_: False)
    session.expunge_all()
    with pytest.raises(tracking.SlugTaken):
        tracking.create_link(session, application, None, slug="anna", now=START)
    session.expunge_all()
    link = session.get_one(TrackingLink, link.id)
    with pytest.raises(tracking.SlugTaken):
        tracking.change_link(session, link, changes={"slug": "anna"}, now=START)


def test_links_and_their_slugs_are_bounded(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MOST_LINKS", 2)
    monkeypatch.setattr(link_changes, "MOST_SLUGS", 2)
    application = application_of(session)
    link = tracking.create_link(session, application, None, now=START)
    tracking.create_link(session, application, None, now=START)
    with pytest.raises(tracking.TooManyLinks):
        tracking.create_link(session, application, None, now=START)
    tracking.change_link(session, link, changes={"slug": "een"}, now=START)
    with pytest.raises(tracking.TooManySlugs):
        tracking.change_link(session, link, changes={"slug": "twee"}, now=START)


def test_everything_wrong_with_a_link_is_named(session: Session) -> None:
    application = application_of(session)
    wrong = {
        "slug": "a b",
        "destination_url": "https://elders.example",
        "fallback_url": "ftp://x",
        "utm": {"utm_id": "1"},
    }
    with pytest.raises(Invalid) as refusal:
        tracking.create_link(session, application, None, **wrong, now=START)
    named = {"slug", "destination_path", "fallback_url", "utm.utm_id"}
    assert refusal.value.errors.keys() == named


def test_where_a_link_leads_and_until_when(session: Session) -> None:
    application = application_of(session)
    link = tracking.create_link(session, application, None, now=START)
    yesterday = START - timedelta(days=1)
    tracking.change_link(
        session,
        link,
        changes={
            "label": "story",
            "destination_url": "/masker",
            "utm": {"utm_source": "nieuws"},
            "expires_at": yesterday,
            "fallback_url": "/voorbij",
        },
        now=LATER,
    )
    assert link.destination_url == "https://wolkje.example/masker"
    assert link.fallback_url == "https://wolkje.example/voorbij"
    assert link.expires_at == LATER  # nothing is taken back
    assert query_of(link)["utm_source"] == "nieuws"
    assert query_of(link)["utm_term"] == "story"
    assert (
        session.get_one(JudgeRequest, application.campaign_id).since_on <= LATER.date()
    )
    nothing = dict.fromkeys(("destination_url", "utm", "expires_at", "fallback_url"))
    tracking.change_link(session, link, changes=nothing, now=LATER)
    assert link.destination_url == "https://wolkje.example/spring"
    assert (link.utm, link.expires_at, link.fallback_url) == ({}, None, "")
    assert query_of(link)["utm_source"] == "other"
    assert tracking.change_link(session, link, changes=nothing, now=LATER) == []


def test_links_follow_their_campaign(session: Session) -> None:
    application = application_of(session)
    campaign = campaign_of(session, application)
    influencer = session.get_one(Influencer, application.influencer_id)
    channel = make_channel(session, influencer, handle="anna")
    usual = tracking.create_link(session, application, channel, label="a&b", now=START)
    own = tracking.create_link(
        session,
        application,
        None,
        destination_url="/masker?x=1#f",
        utm={"utm_campaign": "eigen"},
        now=START,
    )
    assert query_of(usual) == {
        "utm_source": "instagram",
        "utm_medium": "influencer",
        "utm_campaign": "spring",
        "utm_content": "anna",
        "utm_term": "a&b",
    }
    old, campaign.landing_url = campaign.landing_url, "https://wolkje.example/herfst"
    campaign.utm = {"utm_campaign": "{campaign}-{platform}", "utm_term": "{link}"}
    moved = tracking.retarget_links(session, campaign, old_landing_url=old, now=LATER)
    assert moved == 2
    assert usual.target_url.startswith("https://wolkje.example/herfst?")
    assert query_of(usual)["utm_campaign"] == "spring-instagram"
    assert query_of(usual)["utm_term"] == usual.id
    assert own.target_url.startswith(
        "https://wolkje.example/masker?x=1&utm_source=other"
    )
    assert own.target_url.endswith("#f")
    assert query_of(own)["utm_campaign"] == "eigen"
    assert usual.changed_at == own.changed_at == LATER


def test_a_code_is_applied_on_the_way_where_there_is_a_way(session: Session) -> None:
    application = application_of(session, auto_apply_code=True)
    campaign = campaign_of(session, application)
    brand = session.get_one(Brand, campaign.brand_id)
    code = make_code(session, application, "ANNA10")
    link = tracking.create_link(session, application, None, now=START)

    def way() -> str | None:
        path = urlsplit(link.target_url).path
        return path.removeprefix("/discount/") if "/discount/" in path else None

    assert way() is None  # no such shop
    make_shop(session, brand, domain="wolkje.example")
    tracking.retarget_brand(session, brand.id, now=LATER)
    assert way() is None  # not Shopify's
    shop = make_shop(
        session, brand, domain="Wolkje.Example", platform=ShopPlatform.SHOPIFY
    )
    tracking.retarget_brand(session, brand.id, now=LATER)
    assert way() == "ANNA10"
    tracking.rename_promo_code(session, code, code="Zoë", by=None, now=LATER)
    assert way() == "Zo%C3%AB"
    tracking.disable_promo_code(session, code, by=None, now=LATER)
    assert way() is None
    tracking.enable_promo_code(session, code, by=None, now=LATER)
    assert way() == "Zo%C3%AB"
    campaign.auto_apply_code = False
    tracking.retarget_links(session, campaign, now=LATER)
    assert way() is None
    campaign.auto_apply_code, shop.disconnected_at = True, LATER
    tracking.retarget_links(session, campaign, now=LATER)
    assert way() is None


def test_a_target_that_becomes_too_long_is_refused(session: Session) -> None:
    application = application_of(session)
    link = tracking.create_link(session, application, None, now=START)
    campaign = campaign_of(session, application)
    campaign.utm = dict.fromkeys(UTM_NAMES, "日" * 200)
    before = link.target_url
    with pytest.raises(Invalid, match="not valid"):
        tracking.retarget_links(session, campaign, now=LATER)
    assert link.target_url == before
