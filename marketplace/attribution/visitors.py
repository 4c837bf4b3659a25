"""What else the visitor did whose click an order carries, as far as that may be known.

A visitor's hash is good for one brand and day. Whoever consented to being known again
is found on other days as well, by their visits to the shop.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from marketplace.attribution.carried import MOST_TOUCHES, Seen
from marketplace.attribution.evidence_rules import (
    BY_VISITOR,
    CLOCK_SKEW,
    Candidate,
    Method,
)
from marketplace.attribution.models import Touch
from marketplace.attribution.past import LONGEST_WINDOW
from marketplace.attribution.reasons import Reason
from marketplace.orders import Order
from marketplace.shops.models import Shop
from marketplace.tracking.models import LandingPage, TrackingLink
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic_models import (
    Click,
    LandingView,
    RetentionMark,
    Visit,
)

# A repeat is the click it repeats; these are evidence though they are not counted.
_EVIDENCE = (SetAside.ENDED, SetAside.INTERNAL, SetAside.BUDGET)
_MOST_VISITS = 50
_SAME_VISIT = timedelta(days=1)


class _Window(NamedTuple):
    """From when to when something can be a touch of the order."""

    since: datetime
    until: datetime


def found_by_visitor(
    session: Session,
    order: Order,
    seen: Collection[Seen],
    known: Sequence[Touch],
    *,
    carried: Sequence[Candidate],
) -> list[Candidate]:
    """Clicks, looks at landing pages and visits of these visitors, but for what is
    `carried`. `known`: the touches stored; of days that have expired, they stand.
    """
    window = _Window(order.placed_at - LONGEST_WINDOW, order.placed_at + CLOCK_SKEW)
    found: list[Candidate] = []
    if seen:
        visits = _visits(session, order.brand_id, seen, window)
        visitors = {*seen, *(Seen(visit.visitor, visit.day_on) for visit in visits)}
        but = {touch.click_id for touch in carried if touch.click_id}
        found = _clicks_and_views(session, order.brand_id, visitors, window, but)
        found += _led_by_links(visits, [*carried, *found])
    ids = {touch.click_id for touch in (*carried, *found)}
    lasting = [t for t in _expired(session, known) if t.click_id not in ids]
    return [*found, *(_as_candidate(touch) for touch in lasting)]


def _visits(
    session: Session, brand_id: str, seen: Collection[Seen], window: _Window
) -> Sequence[Visit]:
    """The newest visits of the consenting people who are these visitors."""
    shops = select(Shop.id).where(Shop.brand_id == brand_id)
    first = aliased(Visit)
    return session.scalars(
        select(Visit)
        .where(
            Visit.brand_id == brand_id,
            Visit.person.in_(
                select(first.person).where(
                    first.shop_id.in_(shops),
                    first.visitor.in_(sorted({each.visitor for each in seen})),
                    first.person.is_not(None),
                )
            ),
            Visit.started_at.between(*window),
        )
        .order_by(Visit.started_at.desc(), Visit.id)
        .limit(_MOST_VISITS)
    ).all()


def _clicks_and_views(
    session: Session,
    brand_id: str,
    seen: Collection[Seen],
    window: _Window,
    but: Collection[str],
) -> list[Candidate]:
    """The newest of both, in one question."""
    clicks = _seen_in(
        Method.VISITOR_CLICK, Click, TrackingLink.application_id, TrackingLink.id
    ).join(TrackingLink, TrackingLink.id == Click.link_id)
    views = _seen_in(
        Method.LANDING_PAGE,
        LandingView,
        LandingPage.application_id,
        LandingPage.link_id,
    ).join(LandingPage, LandingPage.id == LandingView.page_id)
    visitors = sorted({each.visitor for each in seen})
    days = sorted({each.day_on for each in seen})
    both = union_all(
        *(
            part.where(
                owner.brand_id == brand_id,
                model.visitor.in_(visitors),
                model.day_on.in_(days),
                model.at.between(*window),
                or_(model.reason.is_(None), model.reason.in_(_EVIDENCE)),
                model.id.not_in(sorted(but)),
            )
            for part, model, owner in (
                (clicks, Click, TrackingLink),
                (views, LandingView, LandingPage),
            )
        )
    ).subquery()
    newest = select(both).order_by(both.c.at.desc(), both.c.id).limit(MOST_TOUCHES)
    return [
        Candidate(
            Method(row.kind),
            at=row.at,
            application_id=row.application_id,
            link_id=row.link_id,
            click_id=row.id,
        )
        for row in reversed(session.execute(newest).all())
    ]


def _seen_in(
    kind: Method,
    model: type[Click] | type[LandingView],
    application_id: InstrumentedAttribute[str],
    link_id: InstrumentedAttribute[str],
) -> Select[str, str, datetime, str, str]:
    return select(
        literal(kind.value).label("kind"),
        model.id,
        model.at,
        application_id,
        link_id.label("link_id"),
    )


def _led_by_links(
    visits: Sequence[Visit], clicks: Sequence[Candidate]
) -> list[Candidate]:
    """Visits that a link led to whose click is not known."""
    return [
        Candidate(
            Method.VISIT,
            at=visit.started_at,
            application_id=visit.application_id,
            link_id=visit.link_id,
            click_id=visit.id,
        )
        for visit in reversed(visits)
        if visit.application_id is not None
        and not any(
            click.link_id == visit.link_id
            and click.at is not None
            and abs(click.at - visit.started_at) < _SAME_VISIT
            for click in clicks
        )
    ]


def _expired(session: Session, known: Sequence[Touch]) -> list[Touch]:
    """Stored touches of days of which single clicks, views and visits are gone."""
    ours = [touch for touch in known if touch.kind in BY_VISITOR and touch.at]
    if not ours:
        return []
    marks = select(RetentionMark.before_on)
    before_on = max(session.scalars(marks), default=date.min)
    if before_on == date.min:
        return []
    before_on += timedelta(days=1)  # a day of the brand may begin the day before
    return [touch for touch in ours if touch.at and touch.at.date() < before_on]


def _as_candidate(touch: Touch) -> Candidate:
    is_person = touch.reason is not Reason.NOT_A_PERSON
    return Candidate(
        touch.kind,
        at=touch.at,
        application_id=touch.application_id,
        link_id=touch.link_id,
        click_id=touch.click_id,
        unusable=None if is_person else Reason.NOT_A_PERSON,
    )
