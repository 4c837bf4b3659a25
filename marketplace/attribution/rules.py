"""The decision: which touch an order is credited to, and why the others are not. Pure.

A code decides before a click unless the campaign says otherwise; of several clicks the
model says which. The same on every shop platform.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from marketplace.attribution.reasons import Reason
from marketplace.campaigns.rules import (
    AttributionModel,
    Precedence,
    RepeatOrders,
    SelfReferral,
)
from marketplace.money import split

CLOCK_SKEW = timedelta(minutes=5)
HALF_LIFE = timedelta(days=7)
WHOLE = 10_000


class Method(enum.StrEnum):
    """By what an order was credited."""

    CODE = "code"
    CLICK = "click"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Policy:
    """What one application's frozen terms say about attribution."""

    version: int
    window: timedelta
    precedence: Precedence
    model: AttributionModel
    new_customers_only: bool
    self_referral: SelfReferral
    repeat_orders: RepeatOrders


@dataclass(frozen=True, slots=True)
class Candidate:
    """One touch with what is known of it. Without `policy` it can win nothing, and
    `unusable` says why.
    """

    kind: Method
    at: datetime | None
    application_id: str | None = None
    link_id: str | None = None
    code: str | None = None
    click_id: str | None = None
    policy: Policy | None = None
    unusable: Reason | None = None
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    disabled_at: datetime | None = None
    is_self: bool = False


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What the decision needs of the order."""

    placed_at: datetime
    is_new: bool | None


@dataclass(frozen=True, slots=True)
class Decision:
    """The winner, every touch with its reason, and the credits (basis points)."""

    winner: Candidate | None
    touches: tuple[tuple[Candidate, Reason], ...]
    credits: tuple[tuple[str, int], ...]
    qualified: tuple[Candidate, ...]


def decide(order: OrderFacts, candidates: Sequence[Candidate]) -> Decision:
    """Judge every touch and choose; the result depends on the arguments alone."""
    refused = {
        n: reason
        for n, candidate in enumerate(candidates)
        if (reason := _refusal(order, candidate)) is not None
    }
    qualified = [c for n, c in enumerate(candidates) if n not in refused]
    pool = _deciding(qualified)
    if not pool:
        touches = tuple((c, refused[n]) for n, c in enumerate(candidates))
        return Decision(None, touches, (), ())
    winner = _winner(pool)
    touches = tuple(
        (c, refused[n] if n in refused else _outcome(c, winner))
        for n, c in enumerate(candidates)
    )
    return Decision(winner, touches, _credits(pool, winner), tuple(qualified))


def _refusal(order: OrderFacts, touch: Candidate) -> Reason | None:
    if touch.unusable is not None:
        return touch.unusable
    policy = touch.policy
    assert policy is not None
    assert touch.at is not None
    return (
        _wrong_time(order, touch, policy)
        or (
            Reason.SELF_REFERRAL
            if touch.is_self and policy.self_referral is SelfReferral.REJECT
            else None
        )
        or _wrong_customer(order, touch, policy)
    )


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
    if touch.kind is Method.CUSTOMER and policy.repeat_orders is RepeatOrders.NONE:
        return Reason.REPEAT_ORDERS_NOT_CREDITED
    if policy.new_customers_only and order.is_new is not True:
        known = order.is_new is False
        return Reason.NOT_NEW_CUSTOMER if known else Reason.NEWNESS_UNKNOWN
    return None


def _deciding(qualified: Sequence[Candidate]) -> list[Candidate]:
    """The touches of the kind that decides, in time order."""
    of_kind = {
        kind: sorted(
            (c for c in qualified if c.kind is kind),
            key=lambda c: (c.at, c.click_id or ""),
        )
        for kind in Method
    }
    codes, clicks = (
        [c for c in qualified if c.kind is Method.CODE],
        of_kind[Method.CLICK],
    )
    code_first = any(c.policy and c.policy.precedence is Precedence.CODE for c in codes)
    if codes and (code_first or not clicks):
        return codes  # as they stand on the order
    return clicks or of_kind[Method.CUSTOMER][-1:]


def _winner(pool: Sequence[Candidate]) -> Candidate:
    """The one that is paid: the first code; the first or last click by the model."""
    if pool[0].kind is Method.CODE:
        return pool[0]
    policy = pool[-1].policy
    assert policy is not None
    return pool[0] if policy.model is AttributionModel.FIRST else pool[-1]


def _outcome(touch: Candidate, winner: Candidate) -> Reason:
    if touch is winner:
        return Reason.WON
    if touch.kind is Method.CUSTOMER:
        return Reason.OWN_TOUCH_FIRST
    if touch.kind is not winner.kind:
        code_won = winner.kind is Method.CODE
        return Reason.CODE_FIRST if code_won else Reason.CLICK_FIRST
    if touch.kind is Method.CODE:
        return Reason.ANOTHER_CODE
    assert touch.at is not None
    assert winner.at is not None
    return Reason.LATER_TOUCH if touch.at <= winner.at else Reason.EARLIER_TOUCH


def _credits(
    pool: Sequence[Candidate], winner: Candidate
) -> tuple[tuple[str, int], ...]:
    """Shares per application that add up to the whole, by the winner's model."""
    assert winner.policy is not None
    shares = [0] * len(pool)
    if winner.kind is Method.CLICK:
        shares = split(WHOLE, _weights(winner.policy.model, pool))
    else:
        shares[list(pool).index(winner)] = WHOLE
    total: dict[str, int] = {}
    for touch, part in zip(pool, shares, strict=True):
        application = touch.application_id
        assert application is not None
        total[application] = total.get(application, 0) + part
    return tuple((application, part) for application, part in total.items() if part)


def _weights(model: AttributionModel, pool: Sequence[Candidate]) -> list[int]:
    """Relative credit of touches in time order (integers; only ratios matter)."""
    n = len(pool)
    if model is AttributionModel.FIRST:
        return [1] + [0] * (n - 1)
    if model is AttributionModel.LAST:
        return [0] * (n - 1) + [1]
    if model is AttributionModel.POSITION and n > 2:
        inner = n - 2  # 40 % each end, 20 % shared between
        return [2 * inner, *[1] * inner, 2 * inner]
    if model is AttributionModel.TIME_DECAY:
        times = [touch.at for touch in pool if touch.at is not None]
        # Counted from the newest touch: the common factor cancels.
        return [int(2 ** -_half_lives(times[-1] - at) * 10**12) for at in times]
    return [1] * n


def _half_lives(age: timedelta) -> Decimal:
    return Decimal(int(age.total_seconds())) / int(HALF_LIFE.total_seconds())
