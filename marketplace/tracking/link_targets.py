"""Where links lead: their targets, made anew when what they are made of changes.

Whoever makes targets holds the campaign's row, if only shared: so none is made of what
another transaction is changing. The campaign is locked before its links.
"""

from datetime import datetime
from urllib.parse import urljoin

from sqlalchemy import ColumnElement, Select, and_, column, select, table, update
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand, Channel, Influencer
from marketplace.accounts.urls import host_of, normalise_host, web_url
from marketplace.campaigns.models import Campaign
from marketplace.errors import Invalid
from marketplace.shops.rules import ShopPlatform
from marketplace.tracking.giveaway_queries import page_of_brand
from marketplace.tracking.link_rules import discounted, worded_utm
from marketplace.tracking.models import LandingPage, PromoCode, TrackingLink
from marketplace.tracking.queries import landing_pages, shop_domains
from marketplace.tracking.rules import PromoCodeStatus, slug_of, with_utm

# Applications belong to a later package: known here by table name.
_APPLICATIONS = table(
    "applications", column("id"), column("influencer_id"), column("campaign_id")
)


def retarget_links(
    session: Session,
    campaign: Campaign,
    *,
    old_landing_url: str | None = None,
    now: datetime,
) -> int:
    """Let the campaign's links follow it, after any change of it; how many there are.

    Those that led to the old landing page lead to the new one. The click path looks
    again at all of them, and at the campaign's landing pages. Invalid (`utm`) where a
    target becomes too long.
    """
    if old_landing_url is not None and old_landing_url != campaign.landing_url:
        session.execute(
            update(TrackingLink)
            .where(
                TrackingLink.campaign_id == campaign.id,
                TrackingLink.destination_url == old_landing_url,
            )
            .values(destination_url=campaign.landing_url)
            .execution_options(synchronize_session="fetch")
        )
    number = retarget(session, campaign, TrackingLink.campaign_id == campaign.id, now)
    _touch(session, LandingPage.campaign_id == campaign.id, now)
    return number


def retarget_brand(session: Session, brand_id: str, *, now: datetime) -> None:
    """The same where codes are applied on the way, after a change of its shops."""
    applying = select(Campaign).where(
        Campaign.brand_id == brand_id, Campaign.auto_apply_code.is_(True)
    )
    locked = applying.order_by(Campaign.id).with_for_update(read=True)
    for campaign in session.scalars(locked).all():
        retarget_links(session, campaign, now=now)


def follow_code(session: Session, application_id: str, *, now: datetime) -> None:
    """After a change of its code: what the application's links and page say of it."""
    _touch(session, LandingPage.application_id == application_id, now)
    campaign_id = select(_APPLICATIONS.c.campaign_id).where(
        _APPLICATIONS.c.id == application_id
    )
    applying = select(Campaign.id).where(
        Campaign.id == campaign_id.scalar_subquery(), Campaign.auto_apply_code.is_(True)
    )
    if (found := session.scalar(applying)) is not None:
        campaign = hold_campaign(session, found)
        retarget(session, campaign, TrackingLink.application_id == application_id, now)


def hold_campaign(session: Session, campaign_id: str) -> Campaign:
    """The campaign as it is until this transaction ends."""
    return session.get_one(
        Campaign, campaign_id, populate_existing=True, with_for_update={"read": True}
    )


def retarget(
    session: Session, campaign: Campaign, which: ColumnElement[bool], now: datetime
) -> int:
    """Make the targets of these links of the campaign anew; how many there are."""
    session.flush()
    hosts = _shopify_hosts(session, campaign) if campaign.auto_apply_code else set()
    title = slug_of(campaign.title) or campaign.id
    found = session.execute(_with_words().where(which)).all()
    for link, platform, handle, influencer, code in found:
        words = {
            "platform": platform or "other",
            "handle": handle or "",
            "influencer": slug_of(influencer),
            "campaign": title,
            "label": link.label,
            "link": link.id,
        }
        utm = worded_utm(campaign.utm, words, link.utm)
        target = _with_utm(link.destination_url, utm)
        if code is not None and host_of(link.destination_url) in hosts:
            target = discounted(target, code)
        link.target_url, link.changed_at = target, now
    session.flush()
    return len(found)


def listed_url(session: Session, campaign: Campaign, destination: str) -> str:
    """The address in full, if its host is one the brand has listed, or if it is the page
    of a giveaway of the brand's; else ValueError.

    A relative one starts from the landing page.
    """
    url = web_url(urljoin(campaign.landing_url, destination.strip()))
    is_listed = host_of(url) in _hosts(session, campaign.brand_id)
    page = url.partition("#")[0].partition("?")[0]
    if not is_listed and not session.scalar(page_of_brand(campaign.brand_id, page)):
        raise ValueError("leads to a host that the brand has not listed")
    return url


def touch_page_of_link(session: Session, link: TrackingLink, now: datetime) -> None:
    """The button of a landing page leads elsewhere: let the click path look again."""
    _touch(session, LandingPage.link_id == link.id, now)


def _touch(session: Session, which: ColumnElement[bool], now: datetime) -> None:
    session.execute(update(LandingPage).where(which).values(changed_at=now))


def _with_words() -> Select[TrackingLink, str | None, str | None, str, str | None]:
    """Links, each with platform, handle, influencer's name, and code if active."""
    active = and_(
        PromoCode.application_id == TrackingLink.application_id,
        PromoCode.status == PromoCodeStatus.ACTIVE,
    )
    return (
        select(
            TrackingLink,
            Channel.platform,
            Channel.handle,
            Influencer.name,
            PromoCode.code,
        )
        .join(_APPLICATIONS, _APPLICATIONS.c.id == TrackingLink.application_id)
        .join(Influencer, Influencer.id == _APPLICATIONS.c.influencer_id)
        .outerjoin(Channel, Channel.id == TrackingLink.channel_id)
        .outerjoin(PromoCode, active)
    )


def _hosts(session: Session, brand_id: str) -> set[str]:
    """Listed by the brand, and implied by its landing pages and shops."""
    listed = set(session.get_one(Brand, brand_id).hosts)
    listed |= {host_of(url) for url in session.scalars(landing_pages(brand_id))}
    return listed | _normalised(session, shop_domains(brand_id))


def _shopify_hosts(session: Session, campaign: Campaign) -> set[str]:
    """Where there is a discount path: the domains of the brand's Shopify shops."""
    found = shop_domains(campaign.brand_id, platform=ShopPlatform.SHOPIFY)
    return _normalised(session, found)


def _normalised(session: Session, domains: Select[str]) -> set[str]:
    hosts = set()
    for domain in session.scalars(domains):
        try:
            hosts.add(normalise_host(domain))
        except ValueError:  # no host name, so nothing leads there
            continue
    return hosts


def _with_utm(destination: str, utm: dict[str, str]) -> str:
    try:
        return with_utm(destination, utm)
    except ValueError as error:
        raise Invalid({"utm": [str(error)]}) from error
