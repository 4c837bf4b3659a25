"""Claims computed again from the orders they are for, and granted again from nothing."""

from collections.abc import Iterator

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.operations import offer_of
from marketplace.collaborations.models import Application
from marketplace.commissions.claims import terms_of
from marketplace.commissions.earnings import pay_of
from marketplace.commissions.evaluation import credits_of, earned_by
from marketplace.commissions.granting import granted_anew
from marketplace.commissions.models import Claim, ClaimRequest
from marketplace.commissions.occasions import known_occasion
from marketplace.commissions.rules import ClaimOf
from marketplace.orders import Order

AT_ONCE = 500


def check_grants(session: Session) -> Iterator[str]:
    """Claims that would be granted something else if all were granted anew."""
    limited = (
        select(Claim.campaign_id).where(Claim.limit_amount.is_not(None)).distinct()
    )
    waiting = set(session.scalars(select(ClaimRequest.campaign_id)))
    for campaign_id in session.scalars(limited).all():
        if campaign_id in waiting:
            continue
        campaign = session.get_one(Campaign, campaign_id)
        for (thing, application), had, grant in granted_anew(session, campaign):
            if had != grant.granted:
                yield (
                    f"{thing} of {application}: granted {had},"
                    f" {grant.granted} if granted anew"
                )


def check_claims(session: Session) -> Iterator[str]:
    """Orders that earn something else than their claims say."""
    for claim, order, attribution in _orders(session):
        credit = credits_of(session, order, attribution).get(claim.application_id)
        whole = kept = 0
        if credit is not None:
            application = session.get_one(Application, claim.application_id)
            terms = terms_of(session, application)
            pay = pay_of(offer_of(terms))
            occasion = known_occasion(session, claim, order, attribution, terms, pay)
            earned = earned_by(pay, order, credit, occasion)
            whole, kept = earned.whole, earned.kept
        if (claim.earned_amount, claim.kept_amount) != (whole, kept):
            yield (
                f"{claim.thing_id} earns {claim.application_id} {kept} of {whole},"
                f" not {claim.kept_amount} of {claim.earned_amount}"
            )
    missing = select(Attribution.order_id).join(Order, Order.id == Attribution.order_id)
    missing = missing.where(
        Attribution.application_id.is_not(None),
        Attribution.net_amount.is_not(None),
        Order.was_paid.is_(True),
        Order.settle_requested_at.is_(None),
        ~select(Claim.thing_id).where(Claim.thing_id == Attribution.order_id).exists(),
    )
    yield from (
        f"{order_id} is credited and claims nothing"
        for order_id in session.scalars(missing)
    )


def _orders(session: Session) -> Iterator[tuple[Claim, Order, Attribution]]:
    """Claims of orders that nothing is about to settle again, some at a time."""
    after = ("", "")
    while True:
        rows = session.execute(_page(after)).all()
        yield from ((claim, order, row) for claim, order, row in rows)
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0]
        after = (last.thing_id, last.application_id)


def _page(after: tuple[str, str]) -> Select[Claim, Order, Attribution]:
    thing, application = after
    return (
        select(Claim, Order, Attribution)
        .join(Order, Order.id == Claim.thing_id)
        .join(Attribution, Attribution.order_id == Claim.thing_id)
        .where(
            Claim.of == ClaimOf.ORDER,
            Order.settle_requested_at.is_(None),
            (Claim.thing_id > thing)
            | ((Claim.thing_id == thing) & (Claim.application_id > application)),
        )
        .order_by(Claim.thing_id, Claim.application_id)
        .limit(AT_ONCE)
    )
