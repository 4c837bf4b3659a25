"""Which clicks are to be judged again, and who asks for it.

Whoever moves the end of a campaign or of a link, the day its budget was spent or what
makes a repeat says so: `judged_by` before, `request_if_moved` afterwards. For what no
row says, such as a new list of bots, `request`.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Select, case, delete, select, update
from sqlalchemy.orm import Session

from marketplace.campaigns.models import Campaign
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.relations import inserting
from marketplace.tracking.traffic_models import JudgeRequest

Judged = tuple[datetime | int | None, ...]

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


def judged_by(row: Campaign | TrackingLink) -> Judged:
    """What clicks are judged by of this row, as it now is."""
    if isinstance(row, TrackingLink):
        return row.ended_at, row.expires_at
    return row.ends_at, row.closed_at, row.budget_spent_at, row.repeat_minutes


def request_if_moved(
    session: Session, row: Campaign | TrackingLink, before: Judged, *, now: datetime
) -> None:
    """Have those clicks judged again that may be judged otherwise than `before`.

    Moments change nothing for what was before them; what makes a repeat changes all.
    """
    pairs = zip(before, judged_by(row), strict=True)
    moved = [pair for pair in pairs if pair[0] != pair[1]]
    if not moved:
        return
    moments = [each for pair in moved for each in pair if isinstance(each, datetime)]
    if any(isinstance(each, int) for pair in moved for each in pair):
        moments.append(row.created_at)
    session.flush()
    # In whatever time zone, it is that day or the one before.
    day = max(min(moments).date(), _SECOND_DAY) - timedelta(days=1)
    campaign_id = row.id if isinstance(row, Campaign) else row.campaign_id
    request(session, campaign_id, day, now=now)
