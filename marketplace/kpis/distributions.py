"""How the people and views behind a campaign's content are divided.

Of each post (or channel) the newest word counts; of two at one moment the most trusted.
Several are weighted by their size: as told with the figures, else by what they divide:
impressions (traffic sources), views (retention), reach (people), of channels followers.
A whole whose size nobody knows is left out beside others, and the coverage says so.

Shares sum to 1 together with `unknown`, what was not told of. Retention is a curve, not
a whole: it is averaged at the positions that all curves have in common.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy.orm import Session

from marketplace.content.growth import TRUST
from marketplace.content.models import Distribution
from marketplace.content.rules import ContentSource, DistributionKind
from marketplace.kpis import channel_queries
from marketplace.kpis import distribution_queries as queries
from marketplace.kpis.outcome import decimal_of_fraction
from marketplace.kpis.scope import ReportScope

NO_SIZE = "no_size"
NO_COMMON_POSITIONS = "no_common_positions"
_LONG_BATCH = 5000


class Share(NamedTuple):
    """A part of a whole."""

    key: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class Divided:
    """How something is divided, over all that was told.

    `of`: posts or channels. `unknown`: the rest of 1; None for retention. `used` of
    `told` wholes are in it. `size`: of all those together; None where only one is, and
    nobody knows. `as_of`: the oldest of the newest words.
    """

    kind: DistributionKind
    of: str
    shares: list[Share]
    unknown: Decimal | None
    used: int
    told: int
    size: int | None
    as_of: datetime
    source: ContentSource
    reason: str | None

    @property
    def coverage(self) -> Decimal:
        """The share of the wholes that are in it."""
        return decimal_of_fraction(Fraction(self.used, self.told))


Sizes = Mapping[DistributionKind, int | None]


def distributions(
    session: Session,
    scope: ReportScope,
    *,
    kind: DistributionKind | None = None,
    post_id: str | None = None,
    channel_id: str | None = None,
    now: datetime,
) -> list[Divided] | None:
    """Of all posts of a scope, or where these were told nothing of its channels; of one
    post or channel alone. None where that is not of this scope.
    """
    posts = _posts(session, scope) if channel_id is None else {}
    channels = _channels(session, scope, now) if post_id is None else {}
    if post_id is not None or channel_id is not None:
        wholes = posts if post_id is not None else channels
        one = post_id or channel_id or ""
        if one not in wholes:
            return None
        posts = {one: posts[one]} if post_id is not None else {}
        channels = {one: channels[one]} if channel_id is not None else {}
    found: dict[DistributionKind, Divided] = {}
    for of, sizes in (("posts", posts), ("channels", channels)):
        newest = _newest(session, list(sizes), kind)
        for each, told in newest.items():
            found.setdefault(each, _divided(each, of, told, sizes))
    return [found[each] for each in DistributionKind if each in found]


def _posts(session: Session, scope: ReportScope) -> dict[str, Sizes]:
    rows = session.execute(queries.posts_of(scope))
    return {
        post_id: {
            **dict.fromkeys(DistributionKind, _whole(reach)),
            DistributionKind.TRAFFIC_SOURCE: _whole(impressions),
            DistributionKind.RETENTION: _whole(views),
        }
        for post_id, impressions, views, reach in rows
    }


def _whole(amount: int | None) -> int | None:
    return None if amount is None else int(amount)


def _channels(session: Session, scope: ReportScope, now: datetime) -> dict[str, Sizes]:
    followers: dict[str, int | None] = {}
    for row in session.execute(channel_queries.influencer_channels(scope)):
        followers[row[0]] = row[2]
    if scope.influencer_id is None:
        for row in session.execute(channel_queries.brand_channels(scope)):
            followers[row[0]] = None
    tomorrow: date = (now + timedelta(days=1)).date()
    for row in session.execute(channel_queries.levels_before(scope, tomorrow)):
        followers[row[0]] = row[1]
    return {
        channel_id: dict.fromkeys(DistributionKind, count)
        for channel_id, count in followers.items()
    }


def _newest(
    session: Session, ids: list[str], kind: DistributionKind | None
) -> dict[DistributionKind, list[Distribution]]:
    newest: dict[tuple[DistributionKind, str], Distribution] = {}
    for start in range(0, len(ids), _LONG_BATCH):
        batch = ids[start : start + _LONG_BATCH]
        for row in session.scalars(queries.told_of(batch, kind)):
            known = newest.get((row.kind, row.of_id))
            if known is None or _better(row, known):
                newest[row.kind, row.of_id] = row
    found: dict[DistributionKind, list[Distribution]] = {}
    for (each, _), row in newest.items():
        found.setdefault(each, []).append(row)
    return found


def _better(row: Distribution, known: Distribution) -> bool:
    if row.observed_at != known.observed_at:
        return row.observed_at > known.observed_at
    return TRUST[row.source] <= TRUST[known.source]


def _divided(
    kind: DistributionKind,
    of: str,
    told: Sequence[Distribution],
    sizes: Mapping[str, Sizes],
) -> Divided:
    weighed = []
    for row in told:
        size = sizes[row.of_id][kind] if row.size is None else row.size
        weighed.append((row, size))
    used = [(row, size) for row, size in weighed if size is not None and size > 0]
    if len(told) == 1:
        used = [(told[0], weighed[0][1] or 1)]
    is_curve = kind is DistributionKind.RETENTION
    shares = _averaged(used, common=is_curve)
    reason = None if used else NO_SIZE
    if used and is_curve and not shares:
        reason = NO_COMMON_POSITIONS
    rest = max(Fraction(0), 1 - sum(shares.values(), Fraction(0)))
    return Divided(
        kind=kind,
        of=of,
        shares=[Share(key, decimal_of_fraction(each)) for key, each in shares.items()],
        unknown=None if is_curve or not used else decimal_of_fraction(rest),
        used=len(used),
        told=len(told),
        size=_size(weighed),
        as_of=min(row.observed_at for row in told),
        source=max((row.source for row in told), key=TRUST.__getitem__),
        reason=reason,
    )


def _size(weighed: Iterable[tuple[Distribution, int | None]]) -> int | None:
    known = [size for _, size in weighed if size is not None]
    return sum(known) if known else None


def _averaged(
    used: Sequence[tuple[Distribution, int]], *, common: bool
) -> dict[str, Fraction]:
    """The weighted mean of each share; one that is not told of is 0, or (`common`) only
    those that all tell of are kept.
    """
    whole = sum(size for _, size in used)
    sums: dict[str, Fraction] = {}
    told: dict[str, int] = {}
    for row, size in used:
        for each in row.shares:
            key, share = str(each["key"]), Fraction(str(each["share"]))
            sums[key] = sums.get(key, Fraction(0)) + share * size
            told[key] = told.get(key, 0) + 1
    return {
        key: total / whole
        for key, total in sums.items()
        if not common or told[key] == len(used)
    }
