"""What counted clicks earn: one claim for each application and day of the brand.

A running day is settled every quarter of an hour at most, or each click would be an
entry; clicks that come or are judged otherwise later are a difference.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Select, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Terms
from marketplace.campaigns.pay_rules import BonusGoal, CommissionOn
from marketplace.clock import local_day
from marketplace.collaborations.models import Application
from marketplace.commissions.bonuses import end_of
from marketplace.commissions.cells import rebuild
from marketplace.commissions.claims import (
    Changes,
    entries_of_claims,
    key_of_claim,
    new_claim,
    terms_of,
)
from marketplace.commissions.models import Claim, Commission
from marketplace.commissions.rules import ClaimOf
from marketplace.commissions.settlement import follow, stand
from marketplace.commissions.wording import CLICKS
from marketplace.tracking.rules import Dimension
from marketplace.tracking.traffic_models import TrafficCell

SOURCE = "clicks:"
BATCH = 100
PAUSE = timedelta(minutes=15)  # between two entries of a day that is not over
_GOAL = f'"{BonusGoal.CLICKS.value}"'  # in the JSON of bonuses


def brands_with_clicks_to_settle(now: datetime) -> Select[str]:
    """Brands with clicks that may earn something else than they do."""
    return _to_settle(now).with_only_columns(Application.brand_id).distinct()


def settle_clicks(session: Session, brand: Brand, *, now: datetime) -> int:
    """Make the ledger say what the clicks of some days earn, the brand's running day
    included; how many days of applications.
    """
    today = local_day(now, brand.timezone)
    just_told = exists().where(
        Commission.source == f"{SOURCE}{today.isoformat()}",
        Commission.application_id == Application.id,
        Commission.created_at > now - PAUSE,
    )
    is_due = (TrafficCell.day_on == today) & ~just_told
    due = _to_settle(now).where(
        Application.brand_id == brand.id, (TrafficCell.day_on < today) | is_due
    )
    rows = session.execute(
        due.order_by(TrafficCell.day_on, Application.id).limit(BATCH)
    ).all()
    changes = Changes()
    for application, day, counted in rows:
        _settle_day(session, brand, application, day, counted, changes, now)
    changes.entries |= entries_of_claims(session, changes.claims)
    for claim in changes.claims:
        stand(session, claim, changes, now=now)
    rebuild(session, follow(session, changes, now=now), now=now)
    return len(rows)


def _to_settle(now: datetime) -> Select[Application, date, int]:
    """(application, day, counted clicks) that are not what their claim says."""
    own = and_(
        Claim.application_id == Application.id,
        Claim.of == ClaimOf.CLICKS,
        Claim.day_on == TrafficCell.day_on,
    )
    tomorrow = now.date() + timedelta(days=1)  # further is nobody's today
    return (
        select(Application, TrafficCell.day_on, TrafficCell.counted)
        .select_from(Application)
        .join(
            Terms,
            and_(
                Terms.campaign_id == Application.campaign_id,
                Terms.version == Application.terms_version,
            ),
        )
        .join(TrafficCell, TrafficCell.scope_id == Application.id)
        .outerjoin(Claim, own)
        .where(
            or_(
                Terms.commission_on == CommissionOn.CLICK,
                cast(Terms.commission_bonuses, String).contains(_GOAL),
            ),
            TrafficCell.dimension == Dimension.ALL,
            TrafficCell.day_on <= tomorrow,
            TrafficCell.counted != func.coalesce(Claim.pieces, 0),
        )
    )


def _settle_day(
    session: Session,
    brand: Brand,
    application: Application,
    day: date,
    counted: int,
    changes: Changes,
    now: datetime,
) -> None:
    thing_id = f"{SOURCE}{day.isoformat()}"
    claim = session.get(Claim, (thing_id, application.id))
    is_new = claim is None
    if claim is None:
        at = end_of(day, brand.timezone)
        claim = new_claim(
            session, application, ClaimOf.CLICKS, thing_id, at=at, day=day
        )
        claim.external_id = thing_id
    changes.watch(claim, is_new=is_new)
    changes.whys[key_of_claim(claim)] = CLICKS
    terms = terms_of(session, application)
    earns = terms.commission_on is CommissionOn.CLICK
    amount = counted * (terms.commission_amount or 0) if earns else 0
    claim.pieces, claim.is_kept = counted, counted > 0
    claim.earned_amount = claim.kept_amount = amount
    claim.inputs = {
        "terms_version": terms.version,
        "kind": terms.commission_kind.value,
        "on": terms.commission_on.value,
        "amount": terms.commission_amount,
        "clicks": counted,
        "settled_at": now.isoformat(),
    }
