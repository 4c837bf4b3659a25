"""The decision: which touch an order is credited to, and why the others are not. Pure.

A code decides before a click unless the campaign says otherwise; of several clicks the
model says which. The same on every shop platform.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from marketplace.attribution.choosing import (
    choose,
    credits_of,
    deciding,
    reason_of,
)
from marketplace.attribution.evidence_rules import (
    CLOCK_SKEW,
    WHOLE,
    Candidate,
    Method,
    OrderFacts,
    Policy,
)
from marketplace.attribution.reasons import Reason
from marketplace.campaigns.rules import (
    LeakedCodes,
    Precedence,
    RepeatOrders,
    SelfReferral,
)

__all__ = [
    "CLOCK_SKEW",
    "WHOLE",
    "Candidate",
    "Decision",
    "Method",
    "OrderFacts",
    "Policy",
    "decide",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """The winner, every touch with its reason, and the credits (basis points).

    `own_purchases`: how it is known that a credited influencer bought it personally, by
    application; only where the campaign wants such an order held for the brand.
    """

    winner: Candidate | None
    touches: tuple[tuple[Candidate, Reason], ...]
    credits: tuple[tuple[str, int], ...]
    qualified: tuple[Candidate, ...]
    own_purchases: Mapping[str, str]


def decide(order: OrderFacts, candidates: Sequence[Candidate]) -> Decision:
    """Judge every touch and choose; the result depends on the arguments alone."""
    refused = {
        n: reason
        for n, candidate in enumerate(candidates)
        if (reason := _refusal(order, candidate)) is not None
    }
    touched = {
        c.application_id
        for n, c in enumerate(candidates)
        if n not in refused and c.is_visit
    }
    for n, candidate in enumerate(candidates):
        if n not in refused and (reason := _untouched(candidate, touched)) is not None:
            refused[n] = reason
    qualified = [c for n, c in enumerate(candidates) if n not in refused]
    pool = deciding(qualified)
    winner = choose(pool)
    touches = tuple(
        (c, refused[n] if n in refused else reason_of(c, winner, pool))
        for n, c in enumerate(candidates)
    )
    credits = credits_of(order, qualified, pool, winner)
    own = _held(qualified, {application for application, _ in credits})
    return Decision(winner, touches, credits, tuple(qualified), own)


def _refusal(order: OrderFacts, touch: Candidate) -> Reason | None:
    """Why a touch counts for nothing, whatever others there are."""
    if touch.unusable is not None:
        return touch.unusable
    if touch.kind is Method.QUERY:
        return None  # the brand saw why not, and granted it
    policy = touch.policy
    assert policy is not None
    if (reason := _wrong_time(order, touch, policy)) is not None:
        return reason
    if touch.own_purchase and policy.self_referral is SelfReferral.REJECT:
        return Reason.SELF_REFERRAL
    if touch.is_leaked and policy.leaked_codes is LeakedCodes.REJECT:
        return Reason.CODE_LEAKED
    return _wrong_customer(order, touch, policy)


def _wrong_time(order: OrderFacts, touch: Candidate, policy: Policy) -> Reason | None:
    assert touch.at is not None
    if touch.accepted_at is None or touch.accepted_at > touch.at + CLOCK_SKEW:
        return Reason.BEFORE_ACCEPTANCE
    if touch.ended_at is not None and touch.at > touch.ended_at:
        return Reason.ENDED
    if touch.disabled_at is not None and touch.at > touch.disabled_at:
        return Reason.CODE_DISABLED
    if touch.at < order.placed_at - policy.window:
        return Reason.OUTSIDE_WINDOW
    if touch.at > order.placed_at + CLOCK_SKEW:
        return Reason.AFTER_ORDER
    return None


def _wrong_customer(
    order: OrderFacts, touch: Candidate, policy: Policy
) -> Reason | None:
    if touch.is_past and policy.repeat_orders is RepeatOrders.NONE:
        return Reason.REPEAT_ORDERS_NOT_CREDITED
    if not policy.new_customers_only:
        return None
    if order.is_new is None:
        return Reason.NEWNESS_UNKNOWN
    if order.is_new or _has_lapsed(order, policy):
        return None
    return Reason.NOT_NEW_CUSTOMER


def _has_lapsed(order: OrderFacts, policy: Policy) -> bool:
    """Whether the customer stayed away for so long that they count as new again."""
    if order.previous_at is None or policy.lapsed_after is None:
        return False
    return order.placed_at - order.previous_at > policy.lapsed_after


def _untouched(touch: Candidate, touched: Collection[str | None]) -> Reason | None:
    """Why a code counts for nothing whose influencer brought no visit besides."""
    policy = touch.policy
    if touch.kind is not Method.CODE or policy is None:
        return None
    if touch.application_id in touched:
        return None
    if policy.precedence is Precedence.CODE_IF_TOUCHED:
        return Reason.CODE_NOT_TOUCHED
    if touch.is_leaked and policy.leaked_codes is LeakedCodes.ONLY_IF_TOUCHED:
        return Reason.LEAKED_NOT_TOUCHED
    return None


def _held(
    qualified: Sequence[Candidate], credited: Collection[str]
) -> Mapping[str, str]:
    return {
        c.application_id: c.own_purchase
        for c in qualified
        if c.application_id is not None
        and c.application_id in credited
        and c.own_purchase
        and c.policy is not None
        and c.policy.self_referral is SelfReferral.HOLD
    }
