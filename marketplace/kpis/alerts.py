"""Raising alerts, each once, and what people do about them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace import events
from marketplace.accounts.models import Membership
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.kpis.alert_models import Alert, AlertEntry
from marketplace.kpis.alert_queries import alerts_on
from marketplace.kpis.alert_rules import (
    COOL_DOWN,
    MOVES,
    AlertKind,
    AlertMove,
    AlertStatus,
)


class AlertNotFound(NotFound):
    """No such alert, or another brand's."""


class AlertMoveNotPermitted(Conflict):
    """The alert is in a state from which this cannot be done."""


class AnotherAlertIsOpen(Conflict):
    """The same was raised again since; there is one at a time."""


class NotAMember(Invalid):
    """Whom it is assigned to is no member of the brand."""


def raise_alert(
    session: Session,
    *,
    brand_id: str,
    campaign_id: str | None,
    kind: str | AlertKind,
    evidence: Mapping[str, Any],
    key: str = "",
    now: datetime,
) -> Alert | None:
    """Raise an alert; None where it is known already or was closed a moment ago.

    One that is not closed is seen again: its evidence becomes this. Of (campaign, or
    brand without one; kind; key) there is never more than one that is not closed, with
    any number of workers. `evidence`: what JSON can hold, without personal data. It
    flushes; after the insertion of another worker's only a savepoint is undone.
    """
    kind = AlertKind(kind)
    subject = campaign_id or brand_id
    latest = session.scalars(alerts_on(subject, kind, key).limit(1)).first()
    if latest is not None and latest.status is not AlertStatus.CLOSED:
        _see(latest, evidence, now)
        session.flush()
        return None
    if latest is not None and _is_cooling(latest, now):
        return None
    alert = Alert(
        brand_id=brand_id,
        campaign_id=campaign_id,
        subject=subject,
        kind=kind,
        key=key[:200],
        evidence=dict(evidence),
        raised_at=now,
        last_seen_at=now,
    )
    try:
        with session.begin_nested():
            session.add(alert)
    except IntegrityError:  # another worker was first
        return None
    _log(session, alert, AlertMove.RAISED, now=now)
    _tell(session, "alert.raised", alert, by=None, now=now)
    session.flush()
    return alert


def end_alert(
    session: Session,
    *,
    brand_id: str,
    campaign_id: str | None,
    kind: str | AlertKind,
    key: str = "",
    now: datetime,
) -> None:
    """What it says is no longer so: closed, or if somebody is at it, marked as over."""
    found = alerts_on(campaign_id or brand_id, AlertKind(kind), key)
    alert = session.scalars(found.limit(1)).first()
    if alert is None or alert.status is AlertStatus.CLOSED or alert.over_at is not None:
        return
    alert.over_at = now
    _log(session, alert, AlertMove.OVER, now=now)
    if alert.status is AlertStatus.OPEN and alert.assigned_to is None:
        alert.status, alert.closed_at = AlertStatus.CLOSED, now
        _tell(session, "alert.closed", alert, by=None, now=now)
    session.flush()


def acknowledge(
    session: Session, alert: Alert, *, note: str = "", by: str, now: datetime
) -> None:
    """Somebody knows of it."""
    _move(session, alert, AlertMove.ACKNOWLEDGED, note, by, now)


def assign(
    session: Session, alert: Alert, *, to: str, note: str = "", by: str, now: datetime
) -> None:
    """Give it to a member of the brand, by user id; NotAMember."""
    if session.get(Membership, (to, alert.brand_id)) is None:
        raise NotAMember({"user_id": ["There is no such member of this brand."]})
    _refuse(alert, AlertMove.ASSIGNED)
    alert.assigned_to = to
    _move(session, alert, AlertMove.ASSIGNED, note, by, now)


def add_note(
    session: Session, alert: Alert, *, note: str, by: str, now: datetime
) -> None:
    """Write something in its log."""
    _move(session, alert, AlertMove.NOTED, note, by, now)


def close_alert(
    session: Session, alert: Alert, *, note: str = "", by: str, now: datetime
) -> None:
    """It is done with; the same is not raised again for a while (`COOL_DOWN`)."""
    alert.closed_at = now
    _move(session, alert, AlertMove.CLOSED, note, by, now)


def reopen(
    session: Session, alert: Alert, *, note: str = "", by: str, now: datetime
) -> None:
    """It was not done with after all; AnotherAlertIsOpen if it was raised anew."""
    _refuse(alert, AlertMove.REOPENED)
    newer = session.scalars(
        alerts_on(alert.subject, alert.kind, alert.key)
        .where(Alert.status != AlertStatus.CLOSED)
        .limit(1)
    ).first()
    if newer is not None:
        raise AnotherAlertIsOpen(f"The same was raised again: {newer.id}.")
    alert.closed_at = None
    _move(session, alert, AlertMove.REOPENED, note, by, now)


def log_of(session: Session, alert: Alert) -> list[AlertEntry]:
    """What happened to it, oldest first."""
    lines = select(AlertEntry).where(AlertEntry.alert_id == alert.id)
    return list(session.scalars(lines.order_by(AlertEntry.at, AlertEntry.id)))


def _see(alert: Alert, evidence: Mapping[str, Any], now: datetime) -> None:
    alert.evidence, alert.last_seen_at, alert.over_at = dict(evidence), now, None


def _is_cooling(alert: Alert, now: datetime) -> bool:
    pause = COOL_DOWN[alert.kind]
    return pause is None or now < (alert.closed_at or alert.last_seen_at) + pause


def _refuse(alert: Alert, move: AlertMove) -> None:
    if alert.status not in MOVES[move][0]:
        raise AlertMoveNotPermitted(
            f"The alert is {alert.status.value}; it cannot be {move.value}."
        )


def _move(
    session: Session, alert: Alert, move: AlertMove, note: str, by: str, now: datetime
) -> None:
    _refuse(alert, move)
    after = MOVES[move][1]
    alert.status = after or alert.status
    _log(session, alert, move, note=note, by=by, now=now)
    if after is not None:
        _tell(session, f"alert.{move.value}", alert, by=by, now=now)
    session.flush()


def _log(
    session: Session,
    alert: Alert,
    move: AlertMove,
    *,
    note: str = "",
    by: str | None = None,
    now: datetime,
) -> None:
    session.add(
        AlertEntry(
            alert_id=alert.id,
            at=now,
            move=move,
            user_id=by,
            assigned_to=alert.assigned_to if move is AlertMove.ASSIGNED else None,
            note=note,
        )
    )


def _tell(
    session: Session, kind: str, alert: Alert, *, by: str | None, now: datetime
) -> None:
    events.publish(
        session,
        kind,
        now=now,
        subject_id=alert.id,
        brand_id=alert.brand_id,
        actor_id=by,
        data={
            "kind": alert.kind.value,
            "campaign_id": alert.campaign_id,
            "key": alert.key,
            "status": alert.status.value,
        },
    )
