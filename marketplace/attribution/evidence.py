"""What is known that could have brought an order: its codes, its clicks, its buyer."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace.attribution.carried import (
    Clicks,
    clicks_of,
    code_touch,
    codes_of,
    few,
)
from marketplace.attribution.contracts import Contract, completed, contracts_of
from marketplace.attribution.evidence_rules import CLOCK_SKEW, Candidate, Method
from marketplace.attribution.keys import Keys
from marketplace.attribution.models import Touch
from marketplace.attribution.own_purchase import own_purchases
from marketplace.attribution.past import Past
from marketplace.attribution.query_matching import touches_asked
from marketplace.attribution.visitors import found_by_visitor
from marketplace.orders import Order
from marketplace.orders.models import Lead
from marketplace.tracking.models import PromoCode

__all__ = ["Keys", "candidates"]


def candidates(
    session: Session,
    order: Order,
    past: Past | None,
    keys: Keys,
    *,
    known: Sequence[Touch] = (),
) -> list[Candidate]:
    """Every touch of an order.

    `past`: what came before it. `known`: the touches it was told of before; what was
    found by its visitor stands after the clicks themselves have expired.
    """
    past = past or Past()
    found = [
        *_carried(session, order, past.leads, keys, known),
        *past.touches(),
    ]
    found = [*spent_by(past.previous_at, found), *touches_asked(session, order)]
    ids = {c.application_id for c in found if c.application_id is not None}
    contracts = contracts_of(session, ids)
    return completed(found, contracts, _own(session, order, contracts, keys))


def spent_by(
    previous_at: datetime | None, found: Sequence[Candidate]
) -> list[Candidate]:
    """The same touches, those marked that belong to the customer's previous purchase."""
    return [
        replace(touch, was_spent=True)
        if previous_at is not None
        and touch.at is not None
        and touch.at <= previous_at
        and touch.kind not in (Method.CODE, Method.CLICK)
        else touch
        for touch in found
    ]


def _own(
    session: Session, order: Order, contracts: Mapping[str, Contract], keys: Keys
) -> Mapping[str, str]:
    """Which of the influencers behind these bought it themselves, and how that shows."""
    ids = {contract.influencer_id for contract in contracts.values()}
    return own_purchases(session, order, ids, keys)


def _carried(
    session: Session,
    order: Order,
    leads: Collection[Lead],
    keys: Keys,
    known: Sequence[Touch],
) -> list[Candidate]:
    """What the order carries, what its customer's leads carried, what else the visitor
    did.
    """
    leads = [lead for lead in leads if lead.occurred_at <= order.placed_at + CLOCK_SKEW]
    own_codes, own_clicks = few(order.codes), few(order.click_ids)
    more_clicks = few(text for lead in leads for text in lead.click_ids)
    more_codes = few(text for lead in leads for text in lead.codes)
    codes = codes_of(session, order.brand_id, {*own_codes, *more_codes})
    told = {touch.click_id: touch.reason for touch in known}
    texts = dict.fromkeys([*own_clicks, *more_clicks])
    clicks = clicks_of(session, order.brand_id, texts, keys.codec, told=told)
    found = [
        *(code_touch(text, codes.get(text), order.placed_at) for text in own_codes),
        *(clicks.touches[text] for text in own_clicks),
        *_of_leads(leads, codes, clicks, but=own_clicks),
    ]
    seen = {clicks.visitors[text] for text in own_clicks if text in clicks.visitors}
    others = found_by_visitor(session, order, seen, known, carried=found)
    return [*found, *others]


def _of_leads(
    leads: Collection[Lead],
    codes: Mapping[str, PromoCode],
    clicks: Clicks,
    *,
    but: Collection[str],
) -> list[Candidate]:
    """What leads carried that is somebody's; each click once."""
    found: dict[str, Candidate] = {}
    for lead in leads:
        touches = [
            code_touch(text, codes[text], lead.occurred_at)
            for text in lead.codes
            if text in codes
        ]
        touches += [
            clicks.touches[text]
            for text in lead.click_ids
            if text in clicks.touches and text not in but
        ]
        for touch in touches:
            if touch.unusable is None:
                name = touch.click_id or f"{lead.id} {touch.code}"
                found.setdefault(name, replace(touch, kind=Method.LEAD))
    return list(found.values())
