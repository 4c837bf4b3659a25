"""The clicks of a campaign and day, judged again by the rules and facts of now."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from typing import cast as typed

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from marketplace import clock
from marketplace.tracking.judging import LinkFacts, judge_stored, repeats
from marketplace.tracking.lookups import facts_of_links
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.recount import PORTION
from marketplace.tracking.relations import is_one_of
from marketplace.tracking.rules import NO_EVIDENCE, SetAside
from marketplace.tracking.traffic import rebuild
from marketplace.tracking.traffic_models import Click

_CLICKS = typed(Table, Click.__table__)
_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Verdict:
    """What a stored click was and is."""

    before: SetAside | None
    after: SetAside | None

    @property
    def evidence_changed(self) -> bool:
        return (self.before in NO_EVIDENCE) != (self.after in NO_EVIDENCE)


def first_day(session: Session, campaign_id: str, since_on: date) -> date | None:
    """The first day from that one on with clicks of the campaign; a seek a link."""
    first = (
        select(Click.day_on)
        .where(Click.link_id == TrackingLink.id, Click.day_on >= since_on)
        .order_by(Click.day_on)
        .limit(1)
        .scalar_subquery()
    )
    own = TrackingLink.campaign_id == campaign_id
    return session.scalar(select(func.min(first)).select_from(TrackingLink).where(own))


def judge_day(
    session: Session, campaign_id: str, day: date, *, now: datetime
) -> list[str]:
    """Judge them all, and write the day's roll-ups anew from them.

    The brand's lock is held, and the day has not expired. Returns the clicks that have
    become, or are no longer, evidence: orders with them are to be decided again.
    """
    own = select(TrackingLink.id).where(TrackingLink.campaign_id == campaign_id)
    links = facts_of_links(session, session.scalars(own).all())
    verdicts = _judged(session, links, day)
    changed = {id_: v for id_, v in verdicts.items() if v.before != v.after}
    ids: dict[SetAside | None, list[str]] = defaultdict(list)
    for click_id, verdict in changed.items():
        ids[verdict.after].append(click_id)
    for reason, theirs in ids.items():
        session.execute(
            update(_CLICKS)
            .where(_CLICKS.c.day_on == day, is_one_of(session, _CLICKS.c.id, theirs))
            .values(reason=reason)
        )
    applications = {link.application_id for link in links.values()}
    scopes = {campaign_id, *applications, *links}
    rebuild(session, [(scope_id, day) for scope_id in scopes], now=now)
    return [id_ for id_, verdict in changed.items() if verdict.evidence_changed]


def _judged(
    session: Session, links: Mapping[str, LinkFacts], day: date
) -> dict[str, _Verdict]:
    """The verdict on each click of that day on these links."""
    found: dict[str, _Verdict] = {}
    timelines: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in _rows(session, links, day):
        link = links[row["link_id"]]
        reason = judge_stored(row, link)
        if row["day_on"] == day:
            found[row["id"]] = _Verdict(row["reason"], reason)
        if reason is None and link.repeat_within:
            timelines[row["link_id"], row["visitor"]].append((row["at"], row["id"]))
    for (link_id, _), timeline in timelines.items():
        for click_id in repeats(timeline, links[link_id].repeat_within) & found.keys():
            found[click_id].after = SetAside.REPEAT
    return found


def _rows(
    session: Session, links: Mapping[str, LinkFacts], day: date
) -> Iterator[Mapping[str, Any]]:
    """The clicks of the day, and those before it that one of them may repeat."""
    names = ("id", "day_on", "link_id", "at", "visitor", "reason", "evidence")
    own = is_one_of(session, _CLICKS.c.link_id, links)
    query = select(*(_CLICKS.c[name] for name in names)).where(own)
    within = max((link.repeat_within for link in links.values()), default=timedelta())
    timezone = next((link.timezone for link in links.values()), "UTC")
    before = _CLICKS.c.day_on.between(day - within - 2 * _DAY, day - _DAY)
    since = clock.day_start(day, timezone) - within
    for part in (
        query.where(_CLICKS.c.day_on == day),
        query.where(before, _CLICKS.c.at > since),
    ):
        rows = session.execute(part, execution_options={"yield_per": PORTION})
        yield from typed(Iterable[Any], rows.mappings())
