"""Forecasts of what a campaign's posts will have: before the first one, and after."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.models import Channel
from marketplace.accounts.rules import Platform
from marketplace.campaigns.models import Campaign
from marketplace.clock import day_start, local_day
from marketplace.collaborations.models import Application
from marketplace.content.emv_queries import audiences_of
from marketplace.content.rules import PostFormat
from marketplace.kpis.forecast.entry import (
    NO_HISTORY,
    NO_INFLUENCERS,
    NO_RATES,
    Evidence,
    Forecast,
    known,
    unknown,
)
from marketplace.kpis.forecast.expectations import Figure, Planned
from marketplace.kpis.forecast.growth import EARLIEST
from marketplace.kpis.forecast.intervals import interval_of
from marketplace.kpis.forecast.posts import (
    ENGAGEMENT,
    SeenPost,
    followers_of,
    seen_posts,
)
from marketplace.kpis.forecast.simulation import (
    DRAWS,
    Expected,
    draws_of,
    people_of,
    sum_of,
)
from marketplace.kpis.forecast.worth import METRICS, Worth
from marketplace.kpis.rules import Unit

SUMS = ("views", "impressions", ENGAGEMENT)
REACH = "reach"
EMV = "emv"
CONTENT = (*SUMS, REACH, EMV)
AnyPost = SeenPost | Planned
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """How many posts each influencer makes in all, and of which format, if known."""

    posts: int = 1
    format: PostFormat | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The campaign's posts, out and to come, and all that the brand knows of posts.

    `end`: the moment forecasts are of. `declared`: by platform, how many people the
    campaign says it could reach.
    """

    campaign: Campaign
    every: Sequence[SeenPost]
    published: Sequence[SeenPost]
    planned: Sequence[Planned]
    followers: Mapping[str, int]
    declared: Mapping[str, int]
    format: PostFormat | None
    end: datetime

    def figure(self, metric: str) -> Figure:
        """All that is known of one figure."""
        return Figure(metric, self.every, self.followers, self.format)

    def expected(self, figure: Figure) -> list[tuple[AnyPost, Expected | None]]:
        """What each post will have of it; None where nobody knows."""
        out = [(post, figure.of_published(post, self.end)) for post in self.published]
        coming = [(post, figure.of_planned(post)) for post in self.planned]
        return [*out, *coming]


def forecast_content(
    session: Session,
    campaign: Campaign,
    applications: Sequence[Application],
    plan: Plan,
    *,
    kpis: Collection[str] = CONTENT,
    until: date,
    timezone: str,
    now: datetime,
) -> dict[str, Forecast]:
    """Of these of `CONTENT`, at the end of `until`; reach is of different people."""
    every = seen_posts(session, campaign.brand_id, now)
    published = [post for post in every if post.campaign_id == campaign.id]
    end = day_start(until + _DAY, timezone)
    planned = _planned(session, applications, published, plan, end=end, now=now)
    people = {post.influencer_id for post in every}
    people |= {post.influencer_id for post in planned}
    content = Content(
        campaign=campaign,
        every=every,
        published=published,
        planned=planned,
        followers=followers_of(session, people),
        declared={
            row.platform: row.size
            for row in session.scalars(audiences_of([campaign.id]))
        },
        format=plan.format,
        end=end,
    )
    if not published and not planned:
        return dict.fromkeys(kpis, unknown(until, NO_INFLUENCERS))
    made = {metric: _of(content, metric, until) for metric in kpis if metric != EMV}
    if EMV in kpis:
        worth = Worth.of(session, campaign, local_day(now, timezone))
        made[EMV] = _emv(content, worth, until)
    return made


def after(kpi_id: str, made: Forecast, so_far: int | Decimal | None) -> Forecast:
    """Beside the KPI as reports have it, which never falls.

    Earned media value has what tracked clicks are worth besides, as it is by now.
    """
    known = int(made.so_far or 0) if kpi_id == EMV else None
    return made.after(so_far, known)


def _of(content: Content, metric: str, until: date) -> Forecast:
    figure = content.figure(metric)
    posts = [expected for _, expected in content.expected(figure)]
    some = [post for post in posts if post is not None]
    if not some:
        return unknown(until, NO_HISTORY)
    campaign_id = content.campaign.id
    if metric == REACH:
        draws = people_of(campaign_id, some, _audiences(content))
    else:
        draws = sum_of(campaign_id, some)
    interval, calibration = interval_of(draws), figure.calibration
    found = known(until, Unit.COUNT, interval, calibration, figure.evidence)
    return replace(found, coverage=Fraction(len(some), len(posts)))


def _emv(content: Content, worth: Worth, until: date) -> Forecast:
    """Counts times what they are worth today; actions that nobody knows are left out."""
    figures = {metric: content.figure(metric) for metric in METRICS.values()}
    total, valued, by_now = np.zeros(DRAWS), set[str](), Fraction(0)
    priced = False
    for action, metric in METRICS.items():
        for post, expected in content.expected(figures[metric]):
            price = worth.price(action, post)
            priced = priced or price is not None
            if price is not None and expected is not None:
                total += float(price) * draws_of(content.campaign.id, expected)
                by_now += price * round(expected.floor)
                valued.add(expected.key)
    posts = len(content.published) + len(content.planned)
    if not valued:
        return unknown(until, NO_HISTORY if priced else NO_RATES)
    used = [figure for figure in figures.values() if figure.calibrations]
    calibrations = [figure.calibration for figure in used]
    doubtful = [each for each in calibrations if not each.is_calibrated]
    evidence = set[Evidence]().union(*(figure.evidence for figure in used))
    calibration = (doubtful or calibrations)[0]
    found = known(until, Unit.MONEY, interval_of(total), calibration, evidence)
    return replace(found, so_far=int(by_now), coverage=Fraction(len(valued), posts))


def _audiences(content: Content) -> dict[str, float]:
    """By platform, how many people the campaign says it could reach, else how many
    follow its channels there; those known.
    """
    channels: dict[str, set[str | None]] = {}
    posts: list[AnyPost] = [*content.published, *content.planned]
    for post in posts:
        channels.setdefault(post.platform.value, set()).add(post.channel_id)
    followers = {
        platform: float(sum(content.followers.get(each or "", 0) for each in ids))
        for platform, ids in channels.items()
        if all((each or "") in content.followers for each in ids)
    }
    return followers | {name: float(size) for name, size in content.declared.items()}


def _planned(
    session: Session,
    applications: Sequence[Application],
    published: Iterable[SeenPost],
    plan: Plan,
    *,
    end: datetime,
    now: datetime,
) -> list[Planned]:
    """Those not out yet, spread over each influencer's channels of the campaign.

    They are taken to come half way to the end, each as likely earlier as later.
    """
    if end <= now:
        return []
    out = [post.influencer_id for post in published]
    channels = _channels(session, applications)
    found = []
    for application in applications:
        theirs = channels.get(application.id, [])
        done = out.count(application.influencer_id)
        for n in range(done, plan.posts if theirs else 0):
            channel_id, platform = theirs[n % len(theirs)]
            found.append(
                Planned(
                    f"{application.influencer_id}:{n}",
                    application.influencer_id,
                    channel_id,
                    platform,
                    max((end - now) / _DAY / 2, EARLIEST),
                )
            )
    return found


def _channels(
    session: Session, applications: Sequence[Application]
) -> dict[str, list[tuple[str, Platform]]]:
    """By application, the channels it is for; of one without any, the first one."""
    whose = {each.influencer_id for each in applications}
    rows = session.execute(
        select(Channel.influencer_id, Channel.id, Channel.platform)
        .where(Channel.influencer_id.in_(whose))
        .order_by(Channel.position, Channel.id)
    ).all()
    found = {}
    for application in applications:
        theirs = [(r[1], r[2]) for r in rows if r[0] == application.influencer_id]
        named = [each for each in theirs if each[0] in application.channel_ids]
        found[application.id] = named or theirs[:1]
    return found
