"""What an order's claim comes to before caps: from its facts as they are stored."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from marketplace.accounts.models import Brand
from marketplace.attribution import Attribution, Method
from marketplace.attribution.figures import figures_of
from marketplace.campaigns.models import Terms
from marketplace.campaigns.operations import offer_of
from marketplace.collaborations.models import Application
from marketplace.commissions.claims import terms_of
from marketplace.commissions.earnings import (
    WHOLE,
    Earned,
    Occasion,
    Pay,
    earn,
    lines_of,
    part_of,
    pay_of,
)
from marketplace.commissions.models import Claim
from marketplace.commissions.occasions import known_occasion, tiers_of
from marketplace.money import split
from marketplace.orders import KEPT, SOLD, Order


@dataclass(frozen=True, slots=True)
class Credit:
    """The part of an order that is one application's, in its campaign's currency.

    `order_base`, `order_net`: of all of it. `shares`, `place`: of all who share it.
    """

    order_base: int
    order_net: int
    shares: tuple[int, ...] = (WHOLE,)
    place: int = 0

    @property
    def share_bps(self) -> int:
        """How much of it that is."""
        return self.shares[self.place]

    @property
    def base_amount(self) -> int:
        """That part of all that was sold."""
        return split(self.order_base, self.shares)[self.place]

    @property
    def net_amount(self) -> int:
        """That part of what is left."""
        return split(self.order_net, self.shares)[self.place]


def credits_of(
    session: Session, order: Order, attribution: Attribution
) -> dict[str, Credit]:
    """Whom an order is paid to, by application: several where its codes share it.

    Nobody while no exchange rate is known.
    """
    if attribution.application_id is None or not order.was_paid:
        return {}
    shares = {attribution.application_id: WHOLE}
    if attribution.method is Method.CODE and len(attribution.credits) > 1:
        shares = {c["application_id"]: c["share_bps"] for c in attribution.credits}
    parts = tuple(shares.values())
    found = {}
    for place, application_id in enumerate(shares):
        figures = _figures(session, order, attribution, application_id)
        if figures is not None:
            base, net = figures[0], figures[1] if order.status in SOLD else 0
            found[application_id] = Credit(base, net, parts, place)
    return found


def _figures(
    session: Session, order: Order, attribution: Attribution, application_id: str
) -> tuple[int, int] | None:
    """The whole order's amounts in the currency of that application's campaign."""
    base, net = attribution.base_amount, attribution.net_amount
    if application_id != attribution.application_id:
        campaign_id = session.get_one(Application, application_id).campaign_id
        if campaign_id != attribution.campaign_id:
            brand = session.get_one(Brand, order.brand_id)
            figures = figures_of(session, brand, order, campaign_id)
            base, net = figures["base_amount"], figures["net_amount"]
    return None if base is None or net is None else (base, net)


def evaluate(
    session: Session,
    claim: Claim,
    order: Order,
    attribution: Attribution,
    credit: Credit | None,
) -> None:
    """Let an order's claim say what it would earn now."""
    _place(session, claim, order, attribution, credit)
    if credit is None:
        claim.earned_amount = claim.kept_amount = 0
        claim.tiers = ""
        return
    terms = terms_of(session, session.get_one(Application, claim.application_id))
    pay = pay_of(offer_of(terms))
    occasion = known_occasion(session, claim, order, attribution, terms, pay)
    result = earned_by(pay, order, credit, occasion)
    claim.earned_amount, claim.kept_amount = result.whole, result.kept
    claim.tiers = tiers_of(pay, occasion.volumes)
    claim.inputs = _inputs(order, attribution, terms, credit, occasion, result)


def earned_by(pay: Pay, order: Order, credit: Credit, occasion: Occasion) -> Earned:
    """What that part of an order earns: rounded once, for all who share it."""
    lines = lines_of(order.lines, credit.order_base, credit.order_net)
    return part_of(earn(pay, lines, occasion), credit.shares, credit.place)


def _place(
    session: Session,
    claim: Claim,
    order: Order,
    attribution: Attribution,
    credit: Credit | None,
) -> None:
    terms = terms_of(session, session.get_one(Application, claim.application_id))
    is_winner = claim.application_id == attribution.application_id
    is_sold = credit is not None and order.status in SOLD
    claim.terms_version = terms.version
    claim.occurred_at, claim.external_id = order.placed_at, order.external_id
    claim.day_on = attribution.day_on
    claim.matures_at = order.placed_at + timedelta(days=terms.hold_days)
    claim.order_id, claim.shop_id = order.id, order.shop_id
    claim.link_id = attribution.link_id if is_winner else None
    claim.customer_id = order.customer_id if credit is not None else None
    claim.pieces = int(is_sold)
    claim.revenue_amount = credit.net_amount if credit is not None else 0
    claim.share_bps = credit.share_bps if credit is not None else WHOLE
    claim.is_kept = credit is not None and order.status in KEPT
    claim.is_new = order.is_new


def _inputs(
    order: Order,
    attribution: Attribution,
    terms: Terms,
    credit: Credit,
    occasion: Occasion,
    result: Earned,
) -> dict[str, Any]:
    """Everything the amounts followed from, so that they can be checked by hand."""
    return {
        "terms_version": terms.version,
        "kind": terms.commission_kind.value,
        "on": terms.commission_on.value,
        "rate_bps": terms.commission_bps,
        "amount": terms.commission_amount,
        "order_status": order.status.value,
        "share_bps": credit.share_bps,
        "base_amount": credit.base_amount,
        "net_amount": credit.net_amount,
        "order_currency": order.currency,
        "exchange_rate": str(attribution.rate),
        "exchange_rate_on": attribution.rate_on and attribution.rate_on.isoformat(),
        "revision": attribution.revision,
        "is_new_customer": order.is_new,
        "customer": occasion.customer.value,
        "volumes": [
            {"of": of.value, "period": period.value, "before": number}
            for (of, period), number in occasion.volumes.items()
        ],
        "first_credited_on": occasion.first_on and occasion.first_on.isoformat(),
        "recurring_months": terms.recurring_months,
        "refused": result.refused,
        "lines": list(result.lines),
    }
