"""What a report reads of channels: whose there are, and the looks at them."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Select, Subquery, and_, exists, func, or_, select

from marketplace.accounts.models import BrandChannel, Channel
from marketplace.collaborations.models import Application
from marketplace.content.grant_models import FigureDeletion
from marketplace.content.models import ChannelCell, ChannelSnapshot
from marketplace.content.queries import counts_followers
from marketplace.kpis.scope import ReportScope, Rows
from marketplace.kpis.traffic_queries import Span


def influencer_channels(scope: ReportScope) -> Rows:
    """Channel id, platform, followers as stated, application and campaign: a row per
    contract of whoever's it is.
    """
    return _contracts(
        scope,
        Channel.id,
        Channel.platform,
        Channel.followers,
        Application.id,
        Application.campaign_id,
    )


def _contracts(scope: ReportScope, *columns: Any) -> Rows:
    statement = (
        select(*columns)
        .select_from(Channel)
        .join(Application, Application.influencer_id == Channel.influencer_id)
        .where(
            scope.brand_is(Application.brand_id), Application.accepted_at.is_not(None)
        )
    )
    if scope.campaign_id is not None:
        statement = statement.where(Application.campaign_id == scope.campaign_id)
    if scope.influencer_id is not None:
        statement = statement.where(Application.influencer_id == scope.influencer_id)
    return statement


def brand_channels(scope: ReportScope) -> Rows:
    """Id, platform, and whether any level was ever seen, of the brand's own."""
    seen = exists().where(
        ChannelCell.channel_id == BrandChannel.id, ChannelCell.followers.is_not(None)
    )
    return select(BrandChannel.id, BrandChannel.platform, seen).where(
        scope.brand_is(BrandChannel.brand_id)
    )


def _all_in(scope: ReportScope) -> Select[tuple[str]]:
    """The ids of all channels a report of that scope looks at."""
    own: Any = _contracts(scope, Channel.id)
    if scope.influencer_id is None:
        brands = select(BrandChannel.id).where(scope.brand_is(BrandChannel.brand_id))
        own = own.union_all(brands)
    found: Subquery = own.subquery()
    return select(found.c[0])


LOOK = (
    ChannelCell.channel_id,
    ChannelCell.day_on,
    ChannelCell.followers,
    ChannelCell.followers_gained,
    ChannelCell.profile_visits,
    ChannelCell.bio_link_clicks,
    ChannelCell.mentions,
    ChannelCell.source,
    ChannelCell.observed_at,
)


def looks_in(scope: ReportScope, span: Span) -> Rows:
    """The looks on the days of `span`, and before it the last that saw a level; by
    channel and day. Columns as in `LOOK`.
    """
    ids = _all_in(scope)
    inside = and_(ChannelCell.day_on >= span[0], ChannelCell.day_on < span[1])
    last = _last_levels(ids, span[0])
    is_last = and_(
        last.c.channel_id == ChannelCell.channel_id, last.c.day_on == ChannelCell.day_on
    )
    return (
        select(*LOOK)
        .outerjoin(last, is_last)
        .where(
            ChannelCell.channel_id.in_(ids),
            or_(inside, last.c.channel_id.is_not(None)),
        )
        .order_by(ChannelCell.channel_id, ChannelCell.day_on)
    )


def deleted_in(scope: ReportScope) -> Select[FigureDeletion]:
    """What was deleted of these channels' figures."""
    return select(FigureDeletion).where(FigureDeletion.of_id.in_(_all_in(scope)))


def first_levels(channel_ids: Collection[str]) -> Rows:
    """Channel id, figures, source and moment of the very first look that saw a level; a
    row for each source that tells of that moment.
    """
    looks = ChannelSnapshot
    first = (
        select(looks.channel_id, func.min(looks.observed_at).label("at"))
        .where(looks.channel_id.in_(channel_ids), counts_followers())
        .group_by(looks.channel_id)
        .subquery()
    )
    is_first = and_(
        first.c.channel_id == looks.channel_id, first.c.at == looks.observed_at
    )
    return (
        select(looks.channel_id, looks.metrics, looks.source, looks.observed_at)
        .join(first, is_first)
        .where(counts_followers())
    )


def levels_before(scope: ReportScope, day: date) -> Rows:
    """Channel id, followers, source and moment of the last level seen before a day."""
    last = _last_levels(_all_in(scope), day)
    is_last = and_(
        last.c.channel_id == ChannelCell.channel_id, last.c.day_on == ChannelCell.day_on
    )
    return select(
        ChannelCell.channel_id,
        ChannelCell.followers,
        ChannelCell.source,
        ChannelCell.observed_at,
    ).join(last, is_last)


def _last_levels(ids: Select[tuple[str]], before: date) -> Subquery:
    return (
        select(ChannelCell.channel_id, func.max(ChannelCell.day_on).label("day_on"))
        .where(
            ChannelCell.channel_id.in_(ids),
            ChannelCell.followers.is_not(None),
            ChannelCell.day_on < before,
        )
        .group_by(ChannelCell.channel_id)
        .subquery()
    )
