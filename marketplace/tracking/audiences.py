"""Saying whom a campaign is meant for, and counting its visitors again by that.

The caller holds the brand's lock, as ingest does; so what comes in is counted by the
audience of now, and the job only makes anew what was counted before.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from typing import cast as typed

from sqlalchemy import Table, column, delete, func, select, table
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.errors import Invalid, NotFound
from marketplace.orm import change
from marketplace.tracking.audience_models import TargetAudience
from marketplace.tracking.audience_rules import Device, Newness
from marketplace.tracking.recount import days_kept_since
from marketplace.tracking.relations import is_one_of
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic import rebuild
from marketplace.tracking.traffic_models import TrafficCell, TrafficSketch

LONGEST_BASELINE = 1100  # days
_FIRST_DAY = date(2000, 1, 1)  # before any click
_DAY = timedelta(days=1)
_WHO = ("countries", "languages", "devices", "visitors")
# Applications belong to a later package: known here by table name.
_APPLICATIONS = table("applications", column("id"), column("campaign_id"))


class NoTargetAudience(NotFound):
    """The campaign does not say whom it is meant for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The days ``[start, end)`` growth is compared with; `visitors`: how many came in
    them, as the brand says; None for the campaign's own of those days.
    """

    start: date
    end: date
    visitors: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom a campaign is meant for: any of these, of each; `visitors`: only these."""

    countries: Collection[str] = ()
    languages: Collection[str] = ()
    devices: Collection[Device] = ()
    visitors: Newness | None = None
    baseline: Baseline | None = None


def audience_of(session: Session, campaign: Campaign) -> TargetAudience:
    """Whom it is meant for; NoTargetAudience where it does not say."""
    row = session.get(TargetAudience, campaign.id)
    if row is None or row.is_removed:
        raise NoTargetAudience("This campaign has no target audience.")
    return row


def set_audience(
    session: Session,
    campaign: Campaign,
    wanted: Wanted,
    *,
    timezone: str,
    by: str,
    now: datetime,
) -> TargetAudience:
    """Say whom a campaign is meant for, from its first visitor on.

    Those counted before are counted again, soon, by the job. `timezone`: the brand's.
    Invalid for an audience that asks for nothing, and for a baseline that cannot be.
    """
    _refuse_nonsense(campaign, wanted, timezone, now)
    row = session.get(TargetAudience, campaign.id)
    if row is None:
        row = TargetAudience(campaign_id=campaign.id, version=0, is_removed=True)
        session.add(row)
    who = {
        "countries": sorted(set(wanted.countries)),
        "languages": sorted(set(wanted.languages)),
        "devices": sorted({each.value for each in wanted.devices}),
        "visitors": wanted.visitors,
        "is_removed": False,
    }
    is_another = change(row, who)
    if is_another:
        row.recount_from = _FIRST_DAY
    base = wanted.baseline
    compared = {
        "baseline_from": base and base.start,
        "baseline_to": base and base.end,
        "baseline_visitors": base and base.visitors,
    }
    if change(row, compared) or is_another:
        row.version, row.changed_at = row.version + 1, now
        session.flush()
        _tell(session, campaign, row, by, now)
    return row


def remove_audience(
    session: Session, campaign: Campaign, *, by: str, now: datetime
) -> None:
    """Say no more whom it is meant for; NoTargetAudience if it does not."""
    row = audience_of(session, campaign)
    row.is_removed, row.recount_from, row.changed_at = True, _FIRST_DAY, now
    session.flush()
    _tell(session, campaign, row, by, now)


def _refuse_nonsense(
    campaign: Campaign, wanted: Wanted, timezone: str, now: datetime
) -> None:
    wrong: dict[str, list[str]] = {}
    if not any(getattr(wanted, name) for name in _WHO):
        wrong["countries"] = ["Must name whom it is for, here or in another field."]
    base = wanted.baseline
    if base is not None and (fault := _fault(campaign, base, timezone, now)):
        wrong["baseline"] = [fault]
    if wrong:
        raise Invalid(wrong)


def _fault(campaign: Campaign, base: Baseline, timezone: str, now: datetime) -> str:
    days = (base.end - base.start).days
    if days < 1:
        return "Must begin before it ends."
    if days > LONGEST_BASELINE:
        return f"At most {LONGEST_BASELINE} days."
    if base.end > local_day(now, timezone):
        return "Must be over by today."
    if base.visitors is None and base.start < local_day(campaign.created_at, timezone):
        return "The campaign had no visitors then: say how many there were."
    return ""


def _tell(
    session: Session, campaign: Campaign, row: TargetAudience, by: str, now: datetime
) -> None:
    events.publish(
        session,
        "campaign.target_audience_changed",
        now=now,
        subject_id=campaign.id,
        brand_id=campaign.brand_id,
        actor_id=by,
        data={"version": row.version, "is_removed": row.is_removed},
    )


def recount_some(session: Session, campaign_id: str, *, now: datetime) -> bool:
    """Count the visitors of one more day again; False once there is nothing to do."""
    row = session.get(TargetAudience, campaign_id)
    if row is None or row.recount_from is None:
        return False
    kept = days_kept_since(session)
    scopes = {campaign_id, *_applications(session, campaign_id)}
    if row.recount_from < kept or row.recount_from == _FIRST_DAY:
        row.known_from = _forget_expired(session, campaign_id, scopes, kept)
        row.recount_from = max(kept, _FIRST_DAY + _DAY)
    else:
        day = _next_day(session, campaign_id, row.recount_from)
        if day is not None:
            rebuild(session, [(scope, day) for scope in scopes], now=now)
            row.recount_from = day + _DAY
        elif row.is_removed:
            session.delete(row)
        else:
            row.recount_from = None
    session.flush()
    return True


def _applications(session: Session, campaign_id: str) -> Collection[str]:
    own = _APPLICATIONS.c.campaign_id == campaign_id
    return session.scalars(select(_APPLICATIONS.c.id).where(own)).all()


def _next_day(session: Session, campaign_id: str, since: date) -> date | None:
    """The first day from then on with anything in the roll-up; a seek."""
    return session.scalar(
        select(func.min(TrafficCell.day_on)).where(
            TrafficCell.scope_id == campaign_id,
            TrafficCell.dimension == Dimension.ALL,
            TrafficCell.day_on >= since,
        )
    )


def _forget_expired(
    session: Session, campaign_id: str, scopes: Collection[str], kept: date
) -> date | None:
    """Of days whose rows are gone nobody can say who was of which audience; since when
    that can be said, if there were such days.
    """
    for model in (TrafficCell, TrafficSketch):
        of: Any = typed(Table, model.__table__)
        session.execute(
            delete(of).where(
                is_one_of(session, of.c.scope_id, scopes),
                of.c.dimension == Dimension.AUDIENCE,
                of.c.day_on < kept,
            )
        )
    first = _next_day(session, campaign_id, date.min)
    return kept if first is not None and first < kept else None
