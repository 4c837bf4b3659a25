"""Of the touches that count, which one decides, and how credit is divided. Pure.

What the order carries itself is certain; what is known by its visitor, or by a lead of
its customer, is likely. So the first touch may be either, but the last is one the order
carries, where there is such a one. What belongs to an earlier purchase never decides.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime

from marketplace.attribution.evidence_rules import (
    BY_VISITOR,
    WHOLE,
    Candidate,
    Method,
    OrderFacts,
)
from marketplace.attribution.reasons import Reason
from marketplace.attribution.weights import weights
from marketplace.campaigns.rules import AttributionModel, Precedence, StackedCodes
from marketplace.money import split

_OWN = BY_VISITOR | {Method.CLICK, Method.LEAD}
_ONE_TOUCH = (AttributionModel.FIRST, AttributionModel.LAST)


def deciding(qualified: Sequence[Candidate]) -> list[Candidate]:
    """The touches of the kind that decides; all but codes in time order.

    A query that was granted takes nothing from anybody, unless the brand said so.
    """
    granted = [c for c in qualified if c.kind is Method.QUERY]
    instead = _in_time([c for c in granted if c.instead])
    if instead:
        return instead[-1:]
    own = _in_time([c for c in qualified if c.kind in _OWN and not c.is_past])
    codes = [c for c in qualified if c.kind is Method.CODE]  # as the order has them
    if own:
        codes = [
            c for c in codes if c.policy and c.policy.precedence is not Precedence.CLICK
        ]
    customers = [c for c in qualified if c.kind is Method.CUSTOMER]
    return codes or own or _in_time(customers)[-1:] or _in_time(granted)[:1]


def choose(pool: Sequence[Candidate]) -> Candidate | None:
    """The one that is paid: the first code; the first or last touch by the model."""
    if not pool:
        return None
    if pool[0].kind is Method.CODE:
        return pool[0]
    last = [*pool, *(c for c in pool if c.kind is Method.CLICK)][-1]
    assert last.policy is not None
    return pool[0] if last.policy.model is AttributionModel.FIRST else last


def reason_of(
    touch: Candidate, winner: Candidate | None, pool: Sequence[Candidate]
) -> Reason:
    """What a touch that counts is told."""
    if winner is None:
        return Reason.EARLIER_PURCHASE
    if Method.QUERY in (touch.kind, winner.kind):
        return _reason_of_query(touch, winner)
    if touch is winner:
        return Reason.WON
    if touch.is_past:
        by_customer = winner.kind is Method.CUSTOMER
        return Reason.EARLIER_PURCHASE if by_customer else Reason.OWN_TOUCH_FIRST
    if touch.kind is Method.CODE:
        return _reason_of_code(touch, winner, pool)
    if winner.kind is Method.CODE:
        return Reason.CODE_FIRST
    if _key(touch) <= _key(winner):
        return Reason.LATER_TOUCH
    carried = winner.kind is Method.CLICK and touch.kind is not Method.CLICK
    first = winner.policy and winner.policy.model is AttributionModel.FIRST
    return Reason.CARRIED_FIRST if carried and not first else Reason.EARLIER_TOUCH


def _reason_of_query(touch: Candidate, winner: Candidate) -> Reason:
    """Where a query decided, or stands beside what did."""
    if touch is winner:
        return Reason.GRANTED
    return Reason.OTHER_GRANTED if winner.kind is Method.QUERY else Reason.PAID_BESIDE


def _reason_of_code(
    touch: Candidate, winner: Candidate, pool: Sequence[Candidate]
) -> Reason:
    if not any(c is touch for c in pool):
        return Reason.CLICK_FIRST
    assert winner.policy is not None
    if winner.policy.stacked_codes is StackedCodes.SPLIT:
        return Reason.SHARED
    return Reason.ANOTHER_CODE


def credits_of(
    order: OrderFacts,
    qualified: Sequence[Candidate],
    pool: Sequence[Candidate],
    winner: Candidate | None,
) -> tuple[tuple[str, int], ...]:
    """Shares per application that add up to the whole, by the winner's policy.

    Codes that share do so equally. Of clicks the model divides; earlier purchases'
    touches that count have a part in it.
    """
    if winner is None or winner.policy is None:
        return ()
    touches, weighing = [winner], [1]
    if winner.kind is Method.CODE:
        if winner.policy.stacked_codes is StackedCodes.SPLIT:
            first: dict[str | None, Candidate] = {}
            for code in pool:
                first.setdefault(code.application_id, code)
            touches, weighing = list(first.values()), [1] * len(first)
    elif winner.method is Method.CLICK and winner.policy.model not in _ONE_TOUCH:
        past = [c for c in qualified if c.is_past]
        touches = _in_time([*pool, *past])
        weighing = _weights(order, touches, winner)
    total: dict[str, int] = {}
    for touch, part in zip(touches, split(WHOLE, weighing), strict=True):
        assert touch.application_id is not None
        total[touch.application_id] = total.get(touch.application_id, 0) + part
    return tuple((application, part) for application, part in total.items() if part)


def _weights(
    order: OrderFacts, touches: Sequence[Candidate], winner: Candidate
) -> list[int]:
    assert winner.policy is not None
    times = [touch.at for touch in touches if touch.at is not None]
    lead = None
    if order.lead_at is not None:
        # The touch at which the customer became a lead: the newest one by then.
        by_then = bisect_right(times, order.lead_at)
        lead = by_then - 1 if by_then else None
    half_life = winner.policy.half_life
    return weights(winner.policy.model, times, half_life=half_life, lead=lead)


def _in_time(touches: Sequence[Candidate]) -> list[Candidate]:
    return sorted(touches, key=_key)


def _key(touch: Candidate) -> tuple[datetime, str, str, str, str]:
    """Time first; then whatever makes the same touches stand in the same order."""
    assert touch.at is not None
    said = touch.click_id or "", touch.code or "", touch.application_id or ""
    return touch.at, *said, touch.kind.value
