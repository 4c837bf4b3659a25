"""Which clicks are to be judged again, and who asks for it.

Whoever moves the end of a campaign or of a link, the day its budget was spent or what
makes a repeat need not think of clicks: the flush that writes it asks by itself. For
what no row says, such as a new list of bots, somebody has to.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Select, case, delete, event, select, update
from sqlalchemy.orm import PassiveFlag, Session, UOWTransaction
from sqlalchemy.orm.attributes import History, get_history

from marketplace import clock
from marketplace.campaigns.models import Campaign
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.relations import inserting
from marketplace.tracking.traffic_models import JudgeRequest

# What judging looks at: moments, before which nothing changes with them; and the rest.
_MOMENTS: Mapping[type, tuple[str, ...]] = {
    Campaign: ("ends_at", "closed_at", "budget_spent_at"),
    TrackingLink: ("ended_at", "expires_at"),
}
_OTHERS: Mapping[type, tuple[str, ...]] = {Campaign: ("repeat_minutes",)}
_SECOND_DAY = date.min + timedelta(days=1)  # of the calendar


def request(
    session: Session, campaign_id: str, since_on: date, *, now: datetime
) -> None:
    """Have the clicks of a campaign from that day on judged again, soon, by the job."""
    insert = inserting(session, JudgeRequest)
    asked, new = JudgeRequest.since_on, insert.excluded
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["campaign_id"],
            set_={
                "since_on": case((new.since_on < asked, new.since_on), else_=asked),
                "requested_at": new.requested_at,
            },
        ),
        [{"campaign_id": campaign_id, "since_on": since_on, "requested_at": now}],
    )


def campaigns_waiting() -> Select[str]:
    """The campaigns for which it was asked, the longest ago first."""
    order = JudgeRequest.requested_at, JudgeRequest.campaign_id
    return select(JudgeRequest.campaign_id).order_by(*order)


def conclude(session: Session, done: JudgeRequest, *, next_on: date | None) -> None:
    """What was asked is done: up to that day, or altogether (None).

    Unless somebody has asked again in the meantime: then it stays as they asked it.
    """
    same = (
        JudgeRequest.campaign_id == done.campaign_id,
        JudgeRequest.since_on == done.since_on,
        JudgeRequest.requested_at == done.requested_at,
    )
    options = {"synchronize_session": False}
    if next_on is None:
        forget = delete(JudgeRequest).where(*same)
        session.execute(forget, execution_options=options)
    else:
        move = update(JudgeRequest).where(*same).values(since_on=next_on)
        session.execute(move, execution_options=options)


@event.listens_for(Session, "after_flush")
def _notice(session: Session, _: UOWTransaction) -> None:
    """Ask for what the flush has changed; after it, so that locks keep their order."""
    since: dict[str, date] = {}
    for row in session.dirty:
        if isinstance(row, Campaign | TrackingLink) and (moments := _changed(row)):
            id_ = row.id if isinstance(row, Campaign) else row.campaign_id
            # In whatever time zone, it is that day or the one before.
            day = max(min(moments).date(), _SECOND_DAY) - timedelta(days=1)
            since[id_] = min(day, since.get(id_, day))
    for campaign_id, day in sorted(since.items()):
        request(session, campaign_id, day, now=clock.now())


def _changed(row: Campaign | TrackingLink) -> list[datetime]:
    """Moments from which on clicks may be judged otherwise; none: they are not."""

    def history(name: str) -> History:
        return get_history(row, name, passive=PassiveFlag.PASSIVE_NO_INITIALIZE)

    found: list[datetime] = []
    for name in _MOMENTS[type(row)]:
        changed = history(name)
        if changed.has_changes():
            was = changed.deleted or [row.created_at]  # not looked at before
            found += [at for at in (*was, *changed.added) if at is not None]
    if any(history(name).has_changes() for name in _OTHERS.get(type(row), ())):
        found.append(row.created_at)
    return found
