"""What a campaign does about each rule, chosen by its brand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace import orders
from marketplace.attribution import Attribution, orders_credited
from marketplace.campaigns.models import Campaign
from marketplace.errors import Invalid
from marketplace.fraud.models import Flag, FraudSetting, FraudWatch
from marketplace.fraud.operations import settle_again, tell, withdraw
from marketplace.fraud.queries import open_flags, settings_of
from marketplace.fraud.rules import (
    STANDARD,
    Action,
    Rule,
    Settings,
    threshold_errors,
)
from marketplace.orm import change


def choose(
    session: Session,
    campaign_id: str,
    chosen: Mapping[Rule, tuple[Action | None, Mapping[str, Any]]],
    *,
    now: datetime,
) -> list[Flag]:
    """Set what a campaign does about the rules; the standard for those not named.

    Its orders are looked at again, and its open flags do at once what was chosen: those
    that do otherwise now.
    """
    _refuse_nonsense(chosen)
    rows = session.scalars(
        select(FraudSetting).where(FraudSetting.campaign_id == campaign_id)
    )
    before = {row.rule: row for row in rows}
    for rule in Rule:
        action, thresholds = chosen.get(rule, (None, {}))
        fields = {
            "action": action or STANDARD[rule].action,
            "thresholds": dict(thresholds),
        }
        row = before.get(rule)
        if rule not in chosen and row is not None:
            session.delete(row)
        elif rule in chosen and row is None:
            session.add(
                FraudSetting(
                    campaign_id=campaign_id, rule=rule, changed_at=now, **fields
                )
            )
        elif row is not None and change(row, fields):
            row.changed_at = now
    session.flush()
    own = select(Campaign.brand_id).where(Campaign.id == campaign_id)
    session.execute(  # its turn to be looked at is now
        delete(FraudWatch)
        .where(FraudWatch.brand_id.in_(own))
        .execution_options(synchronize_session="fetch")
    )
    settings = settings_of(session, [campaign_id])[campaign_id]
    return _apply(session, campaign_id, settings, now=now)


def _refuse_nonsense(
    chosen: Mapping[Rule, tuple[Action | None, Mapping[str, Any]]],
) -> None:
    errors = {
        f"rules.{rule.value}.thresholds.{name}": [fault]
        for rule, (_, thresholds) in chosen.items()
        for name, fault in threshold_errors(rule, thresholds).items()
    }
    if errors:
        raise Invalid(errors)


def _apply(
    session: Session, campaign_id: str, settings: Settings, *, now: datetime
) -> list[Flag]:
    changed = []
    for flag in session.scalars(open_flags(campaign_id, list(Rule))).all():
        action = settings[flag.rule].action
        if action is Action.ALLOW:
            changed += withdraw(session, [flag], now=now)
        elif change(flag, {"action": action}):
            tell(session, "flag.raised", flag, now=now)
            changed.append(flag)
    session.flush()
    settle_again(session, changed, now=now)
    unsettled = orders_credited(campaign_id=campaign_id).where(
        Attribution.final_at.is_(None)
    )
    orders.request_settlement(session, unsettled, now=now)
    return changed
