"""Cells for tests of KPIs, and a small story whose every KPI is computed by hand."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from factories import (
    make_application,
    make_brand,
    make_campaign,
    make_channel,
    make_influencer,
    make_link,
    make_shop,
)
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand, Influencer
from marketplace.accounts.rules import Platform
from marketplace.attribution.models import OrderCell
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.commissions.models import CommissionCell
from marketplace.costs.models import Cost
from marketplace.costs.rules import CostKind
from marketplace.shops.models import Shop
from marketplace.tracking.dimensions import social
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension, SetAside
from marketplace.tracking.sketches import sketch_of
from marketplace.tracking.tallies import CellKey, Tallies, Tally
from marketplace.tracking.traffic import add
from marketplace.tracking.traffic_models import TrafficCell

NOW = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
MARCH, JULY = date(2026, 3, 10), date(2026, 7, 10)
START, END = date(2026, 3, 1), date(2026, 7, 16)


def add_clicks(
    session: Session,
    link: TrackingLink,
    day: date,
    visitors: str,
    *,
    gross: int | None = None,
    counted: int | None = None,
    aside: SetAside = SetAside.REPEAT,
    **said: str,
) -> None:
    """Clicks of one day in all their cells; `visitors` are names, one by each word.

    Those of `gross` that are not counted are all set `aside` for one reason. `said`:
    their values by dimension, such as country.
    """
    people = visitors.split()
    counted = len(people) if counted is None else counted
    gross = counted if gross is None else gross
    tallies = Tallies()
    for key in _cells(link, day, said):
        tallies[key] = Tally(gross=gross, counted=counted, clickers=set(people))
        if key[1] is Dimension.ALL:
            tallies[key].set_aside[aside] += gross - counted
    add(session, tallies, now=NOW)


def add_visits(
    session: Session,
    link: TrackingLink,
    day: date,
    visitors: str,
    *,
    engaged: int = 0,
    is_new: bool | None = None,
    **said: str,
) -> None:
    """A visit of each of these names by a link; the first so many are engaged."""
    people = visitors.split()
    said = {**said, "visitor": {True: "new", False: "returning", None: ""}[is_new]}
    tallies = Tallies()
    for key in _cells(link, day, said):
        tallies[key] = Tally(
            visits=len(people),
            page_views=len(people) + engaged,
            engaged_visits=engaged,
            known_visits=0 if is_new is None else len(people),
            new_visitors=len(people) if is_new else 0,
            visitors=set(people),
        )
    add(session, tallies, now=NOW)


def see_script(session: Session, shop: Shop) -> None:
    """Somebody came to the shop once, long ago, and its script told."""
    session.add(
        TrafficCell(
            scope_id=shop.id,
            dimension=Dimension.ALL,
            day_on=date(2025, 1, 1),
            value="",
            visits=1,
            updated_at=NOW,
        )
    )
    session.flush()


def _cells(link: TrackingLink, day: date, said: dict[str, str]) -> Iterator[CellKey]:
    scopes = link.id, link.application_id, link.campaign_id
    values = {
        "platform": link.platform or "",
        "channel": link.channel_id or "",
        "social": social(link.platform),
        **said,
    }
    for scope_id in scopes:
        yield scope_id, Dimension.ALL, day, ""
    for dimension in Dimension:
        if dimension is Dimension.AUDIENCE and not said.get("audience"):
            continue
        if dimension not in (Dimension.ALL, Dimension.SOURCE):
            for scope_id in scopes[1:]:
                yield scope_id, dimension, day, str(values.get(dimension, ""))


def add_orders(
    session: Session,
    application: Application,
    shop: Shop,
    day: date,
    *,
    link: TrackingLink | None = None,
    customers: str = "",
    repeat: str = "",
    repeat_90d: str = "",
    people: dict[str, str] | None = None,
    **facts: int,
) -> None:
    """A cell of orders; customers are names, one by each word. `people`: those of
    further sketches.
    """
    session.add(
        OrderCell(
            campaign_id=application.campaign_id,
            application_id=application.id,
            link_id=link.id if link else "",
            shop_id=shop.id,
            day_on=day,
            customers=sketch_of(customers.split()),
            repeat_buyers=sketch_of(repeat.split()),
            repeat_buyers_90d=sketch_of(repeat_90d.split()),
            customers_count=len(customers.split()),
            repeat_buyers_count=len(repeat.split()),
            repeat_buyers_90d_count=len(repeat_90d.split()),
            **{
                f"{each}_count": len(who.split())
                for each, who in (people or {}).items()
                if hasattr(OrderCell, f"{each}_count")
            },
            **{each: sketch_of(who.split()) for each, who in (people or {}).items()},
            updated_at=NOW,
            **facts,
        )
    )
    session.flush()


def add_commission(
    session: Session,
    application: Application,
    day: date,
    amount: int,
    *,
    link: TrackingLink | None = None,
    shop: Shop | None = None,
) -> None:
    """A cell of the ledger."""
    session.add(
        CommissionCell(
            campaign_id=application.campaign_id,
            application_id=application.id,
            link_id=link.id if link else "",
            shop_id=shop.id if shop else "",
            day_on=day,
            amount=amount,
            entries=1,
            updated_at=NOW,
        )
    )
    session.flush()


def add_cost(
    session: Session,
    campaign: Campaign,
    day: date,
    amount: int,
    application: Application | None = None,
) -> None:
    """A cost."""
    session.add(
        Cost(
            brand_id=campaign.brand_id,
            campaign_id=campaign.id,
            application_id=application.id if application else None,
            kind=CostKind.FEE,
            amount=amount,
            currency=campaign.currency,
            incurred_on=day,
            created_at=NOW,
        )
    )
    session.flush()


def facts(
    orders: int,
    revenue: int,
    goods: int = 0,
    *,
    costed: int | None = None,
    costed_revenue: int | None = None,
    **others: int,
) -> dict[str, Any]:
    """Counts and amounts of an order cell; all converted and all costed by default."""
    return {
        "orders": orders,
        "converted_orders": orders,
        "revenue_amount": revenue,
        "costed_orders": orders if costed is None else costed,
        "costed_revenue_amount": revenue if costed_revenue is None else costed_revenue,
        "goods_cost_amount": goods,
        **others,
    }


@dataclass(frozen=True)
class Story:
    """Anna has a link and a code, Bas a link; a cost belongs to neither."""

    brand: Brand
    campaign: Campaign
    shop: Shop
    anna: Influencer
    bas: Influencer
    annas: Application
    bass: Application
    anna_link: TrackingLink
    bas_link: TrackingLink


def make_people(session: Session, **brand: Any) -> Story:
    """The story's brand, people and links, with nothing happened yet."""
    wolkje = make_brand(session, **brand)
    campaign = make_campaign(session, wolkje)
    anna, bas = make_influencer(session), make_influencer(session, name="Bas")
    annas = make_application(session, campaign, anna)
    bass = make_application(session, campaign, bas)
    gram = make_channel(session, anna, handle="anna")
    tok = make_channel(session, bas, platform=Platform.TIKTOK, handle="bas")
    return Story(
        brand=wolkje,
        campaign=campaign,
        shop=make_shop(session, wolkje),
        anna=anna,
        bas=bas,
        annas=annas,
        bass=bass,
        anna_link=make_link(session, annas, slug="a-link", channel_id=gram.id),
        bas_link=make_link(
            session,
            bass,
            slug="b-link",
            platform=Platform.TIKTOK,
            channel_id=tok.id,
        ),
    )


def tell(session: Session, **brand: Any) -> Story:
    """The whole story: a day in March, long ago, and one in July, last week."""
    story = make_people(session, **brand)
    see_script(session, story.shop)
    _march(session, story)
    add_clicks(session, story.anna_link, JULY, "v1 v2", gross=3, counted=3)
    add_visits(session, story.anna_link, JULY, "v1 v2", engaged=1)
    add_visits(session, story.anna_link, JULY, "v3", engaged=1, is_new=True)
    add_visits(session, story.anna_link, JULY, "v1", is_new=False)
    add_orders(
        session,
        story.bass,
        story.shop,
        JULY,
        link=story.bas_link,
        customers="c5 c6",
        repeat="c5",
        repeat_90d="c5",
        **facts(
            2, 7000, goods=3500, click_orders=2, new_customers=1, known_customers=1
        ),
    )
    add_commission(session, story.bass, JULY, 700, link=story.bas_link, shop=story.shop)
    return story


def _march(session: Session, story: Story) -> None:
    anna, link, shop = story.annas, story.anna_link, story.shop
    add_clicks(session, link, MARCH, "v1 v2 v3 v4 v5", gross=10, counted=7)
    add_clicks(session, story.bas_link, MARCH, "v4 v5 v6 v7", gross=8, counted=6)
    # Three by link, of which one went back and one has no known cost.
    add_orders(
        session,
        anna,
        shop,
        MARCH,
        link=link,
        customers="c1 c2",
        repeat="c1",
        repeat_90d="c1",
        **facts(
            3,
            12000,
            goods=4000,
            costed=2,
            costed_revenue=9000,
            refunded_orders=1,
            click_orders=3,
            code_orders=1,
            new_customers=2,
            known_customers=3,
        ),
    )
    # One by code alone, whose buyer came back, but later than 90 days after.
    add_orders(
        session,
        anna,
        shop,
        MARCH,
        customers="c4",
        repeat="c4",
        **facts(1, 5000, goods=2000, code_orders=1),
    )
    add_commission(session, anna, MARCH, 1200, link=link, shop=shop)
    add_commission(session, anna, MARCH, 500, shop=shop)
    add_cost(session, story.campaign, MARCH, 3000, anna)
    add_cost(session, story.campaign, MARCH, 1000)
