"""A brand of which much happened, as the cells that this leaves; for `reports`."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts.models import Membership, User
from marketplace.accounts.rules import Platform, Scope
from marketplace.attribution.horizons import HORIZONS
from marketplace.attribution.models import OrderCell
from marketplace.commissions.models import CommissionCell
from marketplace.content.models import Post, PostCell
from marketplace.content.rules import ContentSource, PostFormat
from marketplace.costs.models import Cost
from marketplace.costs.rules import Allocation, CostKind
from marketplace.orm import Model
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension
from marketplace.tracking.sketches import sketch_of
from marketplace.tracking.traffic_models import TrafficCell

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import factories

INFLUENCERS, DAYS, POSTS = 50, 90, 300
FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = FIRST + timedelta(days=DAYS)
DAY = timedelta(days=1)
BATCH = 5_000
VALUES = {
    Dimension.COUNTRY: "NL BE DE FR GB US ES IT",
    Dimension.DEVICE: "phone desktop tablet",
    Dimension.BROWSER: "Chrome Safari Firefox Edge Instagram TikTok",
    Dimension.OS: "iOS Android Windows macOS Linux",
    Dimension.LANGUAGE: "nl en de fr",
    Dimension.REFERRER: "instagram.com tiktok.com youtube.com -",
    Dimension.VISITOR: "new returning -",
    Dimension.PLATFORM: "instagram",
    Dimension.SOCIAL: "social",
}


def many(session: Session, model: type[Model], rows: Iterator[dict[str, Any]]) -> None:
    """Cells in batches, in the order in which they are written: as the days go by."""
    batch: list[dict[str, Any]] = []
    for row in sorted(rows, key=itemgetter("day_on")):
        batch.append(row)
        if len(batch) == BATCH:
            session.execute(insert(model), batch)
            batch = []
    if batch:
        session.execute(insert(model), batch)


class World:
    """A brand with its influencers' links; what happened is spread evenly over them."""

    def __init__(self, session: Session, name: str) -> None:
        self.session, self.name = session, name
        self.brand = factories.make_brand(session, name=name, timezone="UTC")
        self.campaign = factories.make_campaign(
            session, self.brand, created_at=FIRST, margin_bps=4_000
        )
        self.shop = factories.make_shop(session, self.brand)
        self.links: list[TrackingLink] = []
        self.people: list[str] = []
        for number in range(INFLUENCERS):
            person = factories.make_influencer(session, name=f"Person {number:02}")
            contract = factories.make_application(session, self.campaign, person)
            link = factories.make_link(session, contract, slug=f"{name}{number}")
            self.people.append(person.id)
            self.links.append(link)
        session.flush()
        self.contracts = [link.application_id for link in self.links]
        self.days = [FIRST.date() + n * DAY for n in range(DAYS)]

    def roll_up(self, clicks: int, orders: int) -> None:
        """The cells that all this leaves."""
        session, per = self.session, INFLUENCERS * DAYS
        many(session, TrafficCell, self._traffic(clicks // per))
        many(session, OrderCell, self._orders(orders // per))
        many(session, CommissionCell, self._commissions(orders // per))
        many(session, PostCell, self._posts())
        for number, contract in enumerate(self.contracts):
            session.add(self._cost(number, application_id=contract))
        session.add(self._cost(0, allocation=Allocation.CLICKS))
        session.commit()

    def _traffic(self, clicks: int) -> Iterator[dict[str, Any]]:
        scopes = [
            *((link.id, 1, False) for link in self.links),
            *((contract, 1, True) for contract in self.contracts),
            (self.campaign.id, INFLUENCERS, True),
        ]
        for scope_id, weight, is_divided in scopes:
            values = [(Dimension.ALL, "", 1)]
            for dimension, words in VALUES.items() if is_divided else ():
                parts = words.replace("-", "").split(" ")
                values += [(dimension, part, len(parts)) for part in parts]
            for day in self.days:
                for dimension, value, parts in values:
                    number = clicks * weight // parts
                    yield {
                        "scope_id": scope_id,
                        "dimension": dimension,
                        "day_on": day,
                        "value": value,
                        "gross": number,
                        "counted": number * 9 // 10,
                        "clicker_count": number // 2,
                        "visits": number // 2,
                        "page_views": number,
                        "engaged_visits": number // 3,
                        "known_visits": number // 4,
                        "new_visitors": number // 5,
                        "visitor_count": number // 2,
                        "updated_at": NOW,
                        "set_aside": {"repeat": number // 10},
                    }

    def _orders(self, orders: int) -> Iterator[dict[str, Any]]:
        for number, link in enumerate(self.links):
            for position, day in enumerate(self.days):
                first = (position * INFLUENCERS + number) * orders
                people = [f"{self.name}{n}" for n in range(first, first + orders)]
                yield {
                    "campaign_id": self.campaign.id,
                    "application_id": link.application_id,
                    "link_id": link.id,
                    "shop_id": self.shop.id,
                    "day_on": day,
                    **dict.fromkeys(COUNTED, orders),
                    "refunded_orders": orders // 20,
                    "revenue_amount": 10_000 * orders,
                    "costed_revenue_amount": 10_000 * orders,
                    "goods_cost_amount": 6_000 * orders,
                    **customers(people),
                    "updated_at": NOW,
                }

    def _commissions(self, orders: int) -> Iterator[dict[str, Any]]:
        for link in self.links:
            for day in self.days:
                yield {
                    "campaign_id": self.campaign.id,
                    "application_id": link.application_id,
                    "link_id": link.id,
                    "shop_id": self.shop.id,
                    "day_on": day,
                    "amount": 1_000 * orders,
                    "entries": orders,
                    "updated_at": NOW,
                }

    def _posts(self) -> Iterator[dict[str, Any]]:
        """Posts published over the days, each looked at every day since."""
        for number in range(POSTS):
            link = self.links[number % INFLUENCERS]
            published = number * DAYS // POSTS
            post = Post(
                brand_id=self.brand.id,
                campaign_id=self.campaign.id,
                application_id=link.application_id,
                influencer_id=self.people[number % INFLUENCERS],
                link_id=link.id,
                platform=Platform.INSTAGRAM,
                format=PostFormat.REEL,
                published_at=FIRST + published * DAY,
                created_at=FIRST,
            )
            self.session.add(post)
            self.session.flush()
            for day in self.days[published:]:
                yield {
                    "post_id": post.id,
                    "day_on": day,
                    "campaign_id": self.campaign.id,
                    "application_id": link.application_id,
                    "link_id": link.id,
                    "platform": post.platform,
                    "format": post.format,
                    "published": int(day == self.days[published]),
                    **dict.fromkeys(("impressions", "views", "reach"), 1_000),
                    **dict.fromkeys(("likes", "comments", "shares", "saves"), 20),
                    **dict.fromkeys(("interactions", "rated_interactions"), 80),
                    "rated_audience": 1_000,
                    "source": ContentSource.REPORTED,
                    "observed_at": NOW,
                    "updated_at": NOW,
                }

    def _cost(self, number: int, **told: Any) -> Cost:
        return Cost(
            brand_id=self.brand.id,
            campaign_id=self.campaign.id,
            kind=CostKind.FEE,
            amount=50_001,
            currency="EUR",
            incurred_on=self.days[number % DAYS],
            created_at=NOW,
            **told,
        )

    def token(self) -> dict[str, str]:
        """Headers of its owner."""
        owner = select(Membership.user_id).where(Membership.brand_id == self.brand.id)
        user = self.session.get_one(User, self.session.scalars(owner).one())
        _, secret = accounts.issue_token(
            self.session, user, name="bench", scopes=tuple(Scope), now=NOW
        )
        self.session.commit()
        return {"Authorization": f"Bearer {secret}"}


COUNTED = (
    *("orders", "click_orders", "new_customers", "known_customers"),
    *("converted_orders", "costed_orders"),
)


def customers(people: list[str]) -> dict[str, bytes | int | None]:
    """Who is in a cell: each bought for the first time, and one in three again."""
    again = ("repeat_buyers", *(f"repeat_buyers_{days}d" for days in HORIZONS))
    whole, part = sketch_of(people), sketch_of(people[::3])
    return {
        "customers": whole,
        "customers_count": len(people),
        **dict.fromkeys(again, part),
        **{f"{name}_count": len(people[::3]) for name in again},
        "known_buyers": whole,
        "returning_customers": None,
    }
