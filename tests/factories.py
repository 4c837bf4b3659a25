"""Rows for tests: `make_…(session, **over)` with defaults that work together."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import (
    Brand,
    Channel,
    Influencer,
    Membership,
    User,
)
from marketplace.accounts.rules import Platform, Role
from marketplace.campaigns.models import Campaign, Terms
from marketplace.campaigns.rules import (
    AttributionModel,
    CampaignStatus,
    CommissionKind,
    CommissionOn,
    Precedence,
    RepeatOrders,
    SelfReferral,
)
from marketplace.collaborations.models import Application
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.keys import Keyring
from marketplace.shops.models import Shop
from marketplace.shops.rules import ShopPlatform
from marketplace.tracking.models import (
    LandingPage,
    LinkSlug,
    PromoCode,
    PromoCodeName,
    TrackingLink,
)
from marketplace.tracking.rules import normalise_code

KEYRING = Keyring(b"a secret for tests, 32 bytes or more of it")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def make_user(session: Session, **over: Any) -> User:
    n = next(_numbers)
    user = User(
        **{
            "email": f"user{n}@example.com",
            "name": f"User {n}",
            "password_hash": "x",
            "created_at": START,
            **over,
        }
    )
    session.add(user)
    session.flush()
    return user


def make_brand(session: Session, **over: Any) -> Brand:
    brand = Brand(
        **{
            "name": "Wolkje",
            "country": "NL",
            "currency": "EUR",
            "timezone": "Europe/Amsterdam",
            "hosts": [],
            "customer_key": KEYRING.seal("customer-key", b"k" * 32),
            "created_at": START,
            **over,
        }
    )
    session.add(brand)
    session.flush()
    owner = make_user(session)
    session.add(Membership(user_id=owner.id, brand_id=brand.id, role=Role.OWNER))
    session.flush()
    return brand


def make_influencer(session: Session, **over: Any) -> Influencer:
    user = make_user(
        session, **({"email": over.pop("email")} if "email" in over else {})
    )
    influencer = Influencer(
        **{
            "user_id": user.id,
            "name": "Anna",
            "country": "NL",
            "language": "nl",
            "bio": "",
            "created_at": START,
            **over,
        }
    )
    session.add(influencer)
    session.flush()
    return influencer


def make_channel(session: Session, influencer: Influencer, **over: Any) -> Channel:
    channel = Channel(
        **{
            "influencer_id": influencer.id,
            "platform": Platform.INSTAGRAM,
            "handle": f"anna{next(_numbers)}",
            "created_at": START,
            **over,
        }
    )
    session.add(channel)
    session.flush()
    return channel


TERMS: dict[str, Any] = {
    "commission_kind": CommissionKind.PERCENT,
    "commission_bps": 1000,
    "commission_amount": None,
    "commission_on": CommissionOn.ORDER,
    "window_days": 30,
    "precedence": Precedence.CODE,
    "model": AttributionModel.LAST,
    "new_customers_only": False,
    "self_referral": SelfReferral.REJECT,
    "repeat_orders": RepeatOrders.NONE,
    "hold_days": 30,
}


def make_campaign(
    session: Session, brand: Brand, *, terms: dict[str, Any] | None = None, **over: Any
) -> Campaign:
    campaign = Campaign(
        **{
            "brand_id": brand.id,
            "title": "Spring",
            "landing_url": "https://wolkje.example/spring",
            "currency": brand.currency,
            "status": CampaignStatus.PUBLISHED,
            "terms_version": 1,
            "created_at": START,
            "published_at": START,
            **over,
        }
    )
    session.add(campaign)
    session.flush()
    session.add(
        Terms(
            **{
                **TERMS,
                "campaign_id": campaign.id,
                "version": 1,
                "created_at": START,
                **(terms or {}),
            }
        )
    )
    session.flush()
    return campaign


def make_application(
    session: Session, campaign: Campaign, influencer: Influencer, **over: Any
) -> Application:
    """An accepted one, without code or links."""
    application = Application(
        **{
            "campaign_id": campaign.id,
            "brand_id": campaign.brand_id,
            "influencer_id": influencer.id,
            "status": ApplicationStatus.ACCEPTED,
            "terms_version": 1,
            "created_at": START,
            "accepted_at": START,
            **over,
        }
    )
    session.add(application)
    session.flush()
    return application


def make_code(session: Session, application: Application, code: str) -> PromoCode:
    row = PromoCode(
        application_id=application.id,
        brand_id=application.brand_id,
        code=code,
        created_at=START,
    )
    session.add(row)
    session.flush()
    session.add(
        PromoCodeName(
            brand_id=row.brand_id,
            normalised=normalise_code(code),
            promo_code_id=row.id,
        )
    )
    session.flush()
    return row


def make_link(session: Session, application: Application, **over: Any) -> TrackingLink:
    n = next(_numbers)
    link = TrackingLink(
        **{
            "slug": f"slug{n}",
            "application_id": application.id,
            "brand_id": application.brand_id,
            "campaign_id": application.campaign_id,
            "platform": Platform.INSTAGRAM,
            "destination_url": "https://wolkje.example/spring",
            "target_url": "https://wolkje.example/spring?utm_source=instagram",
            "created_at": START,
            "changed_at": START,
            **over,
        }
    )
    session.add(link)
    session.flush()
    session.add(LinkSlug(slug=link.slug, link_id=link.id))
    session.flush()
    return link


def rename_link(session: Session, link: TrackingLink, slug: str) -> None:
    """Give it another slug; `changed_at` stays."""
    link.slug = slug
    session.add(LinkSlug(slug=slug, link_id=link.id))
    session.flush()


def make_page(session: Session, link: TrackingLink, **over: Any) -> LandingPage:
    """The landing page of a link's application, with that link as its button."""
    page = LandingPage(
        **{
            "slug": f"page{next(_numbers)}",
            "application_id": link.application_id,
            "brand_id": link.brand_id,
            "campaign_id": link.campaign_id,
            "link_id": link.id,
            "created_at": START,
            "changed_at": START,
            **over,
        }
    )
    session.add(page)
    session.flush()
    return page


def make_shop(session: Session, brand: Brand, **over: Any) -> Shop:
    n = next(_numbers)
    shop = Shop(
        **{
            "brand_id": brand.id,
            "platform": ShopPlatform.GENERIC,
            "name": "Wolkje shop",
            "domain": f"shop{n}.example",
            "currency": brand.currency,
            "timezone": brand.timezone,
            "created_at": START,
            **over,
        }
    )
    session.add(shop)
    session.flush()
    return shop


def days(number: int) -> timedelta:
    return timedelta(days=number)
