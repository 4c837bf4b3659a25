"""Paths without an order: what was clicked by visitors who are in none.

A visitor is one brand day of somebody, or all days of a person who consented to be
known. Who clicked and then bought with nothing but a code is two people here.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from marketplace.attribution.models import Touch
from marketplace.attribution.path_groups import Groups, Within
from marketplace.attribution.paths import Key, Path
from marketplace.campaigns.models import Campaign
from marketplace.clock import day_start
from marketplace.orders import SOLD, Order
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension, SetAside
from marketplace.tracking.traffic_models import Click, TrafficCell, Visit

MOST_CLICKS: Final = 200_000  # beyond that, a sample of the visitors
# Clicks that are somebody's interest, though they are not counted.
INTEREST: Final = (SetAside.REPEAT, SetAside.BUDGET)
_HASHES: Final = 2**16  # by four hexadecimal digits visitors are drawn


class Lost(NamedTuple):
    """Paths without an order; `sampled`: which part of the visitors was looked at."""

    paths: list[Path]
    sampled: Decimal


def lost_paths(session: Session, within: Within, groups: Groups) -> Lost:
    """The paths of visitors who are in no sold order of the brand.

    Above `MOST_CLICKS` half of the visitors are looked at, or a quarter, and so on, by
    their hash: the same ones each time; what is found is multiplied back.
    """
    halvings = 0
    while (
        _clicks_in(session, within) >> halvings > MOST_CLICKS
        and 1 << halvings < _HASHES
    ):
        halvings += 1
    bought = set(session.scalars(_clicks_of_orders(within)))
    people = _people(session, within)
    walks: defaultdict[str, list[tuple[datetime, str, Key]]] = defaultdict(list)
    buyers = set()
    for id_, link_id, at, visitor in session.execute(_clicks(within, halvings)):
        if link_id in groups.of_link:
            who = people.get(visitor, visitor)
            walks[who].append((at, id_, groups.of_link[link_id]))
            if id_ in bought:
                buyers.add(who)
    walked = Counter(
        _walk(clicks) for who, clicks in walks.items() if who not in buyers
    )
    paths = [Path(walk, nulls=times << halvings) for walk, times in walked.items()]
    return Lost(paths, Decimal(1) / (1 << halvings))


def _walk(clicks: Sequence[tuple[datetime, str, Key]]) -> tuple[Key, ...]:
    if len(clicks) == 1:
        return (clicks[0][2],)
    return tuple(key for _, _, key in sorted(clicks, key=lambda click: click[:2]))


def _clicks(within: Within, halvings: int) -> Select[str, str, datetime, str]:
    """The clicks of the drawn visitors that were somebody's interest."""
    found = (
        select(Click.id, Click.link_id, Click.at, Click.visitor)
        .join(TrackingLink, TrackingLink.id == Click.link_id)
        .where(
            TrackingLink.brand_id == within.brand_id,
            Click.day_on >= within.start,
            Click.day_on < within.end,
            or_(Click.reason.is_(None), Click.reason.in_(INTEREST)),
        )
    )
    if within.campaign_id is not None:
        found = found.where(TrackingLink.campaign_id == within.campaign_id)
    if halvings:
        found = found.where(Click.visitor < f"{_HASHES >> halvings:04x}")
    return found


def _clicks_in(session: Session, within: Within) -> int:
    """How many clicks of interest there are, by the roll-ups."""
    cells = (
        select(TrafficCell.counted, TrafficCell.set_aside)
        .join(Campaign, Campaign.id == TrafficCell.scope_id)
        .where(
            Campaign.brand_id == within.brand_id,
            TrafficCell.dimension == Dimension.ALL,
            TrafficCell.day_on >= within.start,
            TrafficCell.day_on < within.end,
        )
    )
    if within.campaign_id is not None:
        cells = cells.where(Campaign.id == within.campaign_id)
    return sum(
        counted + sum(aside.get(reason.value, 0) for reason in INTEREST)
        for counted, aside in session.execute(cells)
    )


def _clicks_of_orders(within: Within) -> Select[Any]:
    """Ids of the clicks that are a touch of a sold order placed since the first day."""
    return (
        select(Touch.click_id)
        .join(Order, Order.id == Touch.order_id)
        .where(
            Order.brand_id == within.brand_id,
            Order.placed_at >= day_start(within.start, within.timezone),
            Order.status.in_(SOLD),
            Touch.click_id.is_not(None),
        )
    )


def _people(session: Session, within: Within) -> dict[str, str]:
    """Who the visitors are that consented to be known."""
    visits = select(Visit.visitor, Visit.person).where(
        Visit.brand_id == within.brand_id,
        Visit.day_on >= within.start,
        Visit.day_on < within.end,
        Visit.person.is_not(None),
    )
    return {visitor: person for visitor, person in session.execute(visits) if person}
