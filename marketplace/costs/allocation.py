"""Whose a cost is: the shares of a campaign's influencers, and of their posts."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from sqlalchemy.orm import Session

from marketplace.costs import queries
from marketplace.costs.queries import Span
from marketplace.costs.rules import Allocation, divided

# By campaign and allocation, what each application weighs.
Weights = Mapping[tuple[str, Allocation], Mapping[str, int]]


class Allocated(Protocol):
    """What must be known of a cost to divide it; a `Cost` is one."""

    campaign_id: Any
    application_id: Any
    post_id: Any
    allocation: Any
    amount: Any


def weights_of(
    session: Session, found: Iterable[Allocated], span: Span | None = None
) -> Weights:
    """What decides over whom these costs go; a statement per allocation among them.

    `span`: the days whose clicks and revenue count; None: all there ever were.
    """
    wanted: dict[Allocation, set[str]] = {}
    for cost in found:
        if cost.application_id is None:
            wanted.setdefault(cost.allocation, set()).add(cost.campaign_id)
    weights: dict[tuple[str, Allocation], dict[str, int]] = {}
    for allocation, campaign_ids in wanted.items():
        statement = _statement(allocation, campaign_ids, span)
        if statement is None:
            continue
        for campaign_id, application_id, weight in session.execute(statement):
            key = campaign_id, allocation
            weights.setdefault(key, {})[application_id] = int(weight or 0)
    return weights


def _statement(
    allocation: Allocation, campaign_ids: Collection[str], span: Span | None
) -> queries.Weighed | None:
    match allocation:
        case Allocation.EQUAL:
            return queries.accepted_in(campaign_ids)
        case Allocation.POSTS:
            return queries.posts_by(campaign_ids)
        case Allocation.CLICKS:
            return queries.clicks_by(campaign_ids, span)
        case Allocation.REVENUE:
            return queries.revenue_by(campaign_ids, span)
        case Allocation.CAMPAIGN:
            return None


def shares_of(cost: Allocated, weights: Weights) -> dict[str | None, int]:
    """A cost by application; what is nobody's stays with the campaign, under None."""
    if cost.application_id is not None:
        return {cost.application_id: cost.amount}
    key = cost.campaign_id, cost.allocation
    return _or_nobody(cost.amount, divided(cost.amount, weights.get(key, {})))


def posts_by_application(
    session: Session, campaign_ids: Collection[str]
) -> dict[str, list[str]]:
    """The ids of the posts of each application; one statement."""
    posts: dict[str, list[str]] = {}
    for application_id, post_id in session.execute(queries.posts_in(campaign_ids)):
        posts.setdefault(application_id, []).append(post_id)
    return posts


def shares_of_posts(
    cost: Allocated, weights: Weights, posts: Mapping[str, Collection[str]]
) -> dict[str | None, int]:
    """A cost by post: an influencer's share goes equally over their posts.

    What is no influencer's, or of one without posts, stays under None.
    """
    if cost.post_id is not None:
        return {cost.post_id: cost.amount}
    found: dict[str | None, int] = {}
    for application_id, amount in shares_of(cost, weights).items():
        own = posts.get(application_id or "", ())
        parts = _or_nobody(amount, divided(amount, dict.fromkeys(own, 1)))
        for post_id, part in parts.items():
            found[post_id] = found.get(post_id, 0) + part
    return found


def _or_nobody(amount: int, parts: Mapping[str, int]) -> dict[str | None, int]:
    found: dict[str | None, int] = dict(parts.items())
    return found or {None: amount}
