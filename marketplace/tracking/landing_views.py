"""Recording views of landing pages: rows, verdicts and roll-ups in one transaction.

A view is judged as a click is, but every one counts: there are no repeats and no
budget.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any
from typing import cast as typed

from sqlalchemy import Table, bindparam, column, insert, select, table, update
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.orm import UtcDateTime
from marketplace.tracking.codec import LINK_PREFIX, ClickCodec
from marketplace.tracking.evidence import Evidence
from marketplace.tracking.judging import LinkFacts, forged_id, judge, judge_stored
from marketplace.tracking.landing_cells import (
    WrongLandingCell,
    add_views,
    check,
    rebuild_cells,
)
from marketplace.tracking.landing_rules import ViewSaid
from marketplace.tracking.lookups import lock_brands
from marketplace.tracking.models import LandingPage
from marketplace.tracking.relations import is_one_of
from marketplace.tracking.retention import kept_since
from marketplace.tracking.rules import SetAside
from marketplace.tracking.traffic_models import LandingView

__all__ = [
    "ViewSaid",
    "WrongLandingCell",
    "check",
    "judge_views_again",
    "record_views",
]

_VIEWS = typed(Table, LandingView.__table__)  # plain rows, as clicks are written
# Applications belong to a later package: known here by table name.
_APPLICATIONS = table("applications", column("id"), column("ended_at", UtcDateTime()))


def record_views(
    session: Session, said: Iterable[ViewSaid], *, codec: ClickCodec, now: datetime
) -> int:
    """Judge, store and roll up these views; how many were new. Twice is once.

    The result does not depend on order or batches. A view that says ``internal`` among
    its facts was somebody's own (see `clicks`).
    """
    views = list(said)
    ids = {view.page_id for view in views}
    lock_brands(session, pages=ids)
    pages = _facts_of_pages(session, ids)
    rows: dict[str, dict[str, Any]] = {}
    for view in views:
        page = pages.get(view.page_id)
        if page is not None:
            row = _row(view, page, codec)
            rows.setdefault(row["id"], row)
    stored = select(LandingView.id).where(is_one_of(session, LandingView.id, rows))
    for known in session.scalars(stored):
        del rows[known]
    if rows:
        session.execute(insert(_VIEWS), list(rows.values()))
        add_views(session, rows.values(), now=now)
    return len(rows)


def judge_views_again(
    session: Session,
    campaign_id: str,
    since_on: date,
    *,
    until_on: date | None = None,
    now: datetime,
) -> int:
    """Judge the views of a campaign's pages anew; how many verdicts changed.

    Those of ``[since_on, until_on)``, as far as all of a day are still there.
    """
    theirs = select(LandingPage.id).where(LandingPage.campaign_id == campaign_id)
    ids = session.scalars(theirs).all()
    lock_brands(session, pages=ids)
    pages = _facts_of_pages(session, ids)
    since_on = max(since_on, kept_since(session, LandingView.__tablename__))
    query = select(_VIEWS).where(
        is_one_of(session, LandingView.page_id, ids), _VIEWS.c.day_on >= since_on
    )
    if until_on is not None:
        query = query.where(_VIEWS.c.day_on < until_on)
    stored = session.execute(query, execution_options={"yield_per": 10_000})
    changed = []
    days = set()
    for row in map(dict, stored.mappings()):
        verdict = judge_stored(row, pages[row["page_id"]])
        if verdict is not row["reason"]:
            changed.append({"view": row["id"], "verdict": verdict})
            days.add(row["day_on"])
    if changed:
        same = _VIEWS.c.id == bindparam("view")
        session.execute(
            update(_VIEWS).where(same).values(reason=bindparam("verdict")), changed
        )
        rebuild_cells(session, ids, days, now=now)
    return len(changed)


def _facts_of_pages(session: Session, ids: Collection[str]) -> dict[str, LinkFacts]:
    """What judging must know of these pages, by id; unknown ones are left out."""
    rows = session.execute(
        select(
            LandingPage.id,
            LandingPage.brand_id,
            Brand.timezone,
            _APPLICATIONS.c.ended_at,
            Campaign.closed_at,
            Campaign.ends_at,
        )
        .join(Brand, Brand.id == LandingPage.brand_id)
        .join(Campaign, Campaign.id == LandingPage.campaign_id)
        .join(_APPLICATIONS, _APPLICATIONS.c.id == LandingPage.application_id)
        .where(is_one_of(session, LandingPage.id, ids))
    )
    return {
        page_id: LinkFacts(
            brand_id=brand_id,
            timezone=timezone,
            ended_at=min((end for end in ends if end is not None), default=None),
            budget_spent_at=None,
        )
        for page_id, brand_id, timezone, *ends in rows
    }


def _row(view: ViewSaid, page: LinkFacts, codec: ClickCodec) -> dict[str, Any]:
    reason = judge(_as_click(view), page, codec)
    said = (view.view_id, view.page_id, view.at, view.visitor)
    return {
        "id": forged_id(*said) if reason is SetAside.FORGED else view.view_id,
        "page_id": view.page_id,
        "at": view.at,
        "day_on": clock.local_day(view.at, page.timezone),
        "visitor": view.visitor,
        "reason": reason,
        "evidence": dict(view.facts),
    }


def _as_click(view: ViewSaid) -> Evidence:
    """The view as what is judged; its id is a click's over the page's own bytes."""
    return Evidence(
        click_id=view.view_id,
        link_id=f"{LINK_PREFIX}_{view.page_id.partition('_')[2]}",
        at=view.at,
        visitor=view.visitor,
        facts=dict(view.facts),
    )
