"""What accepted questions about orders are worth where somebody else keeps the order.

An adjustment beside the order's own entries: as much as the order would have earned its
asker, and nothing once it is theirs. It follows refunds as earnings do, and is a
function of what is stored: in whichever order things arrive, it comes to the same. Of
limits it has the campaign's budget alone.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace import currencies
from marketplace.accounts.models import Brand
from marketplace.attribution import Attribution
from marketplace.attribution.figures import figures_of
from marketplace.attribution.query_matching import is_borne_out
from marketplace.attribution.query_models import Query
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application
from marketplace.commissions.cells import CellKey
from marketplace.commissions.claims import (
    Changes,
    entries_of_claims,
    key_of_claim,
    new_claim,
)
from marketplace.commissions.evaluation import Credit, evaluate
from marketplace.commissions.models import Claim
from marketplace.commissions.rules import ClaimOf
from marketplace.commissions.settlement import follow, stand
from marketplace.commissions.wording import GOODWILL
from marketplace.orders import SOLD, Order

SOURCE = "query:"


def settle_goodwill(
    session: Session,
    brand: Brand,
    order: Order,
    attribution: Attribution,
    accepted: Sequence[Query],
    *,
    now: datetime,
) -> set[CellKey]:
    """Make the ledger say what these accepted questions are worth; cells to rebuild.

    One influencer is paid once for one order, whatever they asked, and not beside what
    the order earns them anyway.
    """
    if not accepted:
        return set()
    paid = {attribution.influencer_id}
    changes = Changes()
    for query in accepted:
        credit = None
        application = session.get_one(Application, query.application_id)
        if query.influencer_id not in paid and is_borne_out(query, order):
            credit = _credit(session, brand, order, application)
            paid.add(query.influencer_id)
        _settle_one(session, order, attribution, query, credit, changes, now)
    return follow(session, changes, now=now)


def _settle_one(
    session: Session,
    order: Order,
    attribution: Attribution,
    query: Query,
    credit: Credit | None,
    changes: Changes,
    now: datetime,
) -> None:
    application = session.get_one(Application, query.application_id)
    thing_id = f"{SOURCE}{query.id}"
    claim = session.get(Claim, (thing_id, application.id))
    is_new = claim is None
    if claim is None:
        at, day = order.placed_at, attribution.day_on
        claim = new_claim(
            session, application, ClaimOf.GOODWILL, thing_id, at=at, day=day
        )
    changes.watch(claim, is_new=is_new)
    changes.whys[key_of_claim(claim)] = GOODWILL
    claim.order_id = order.id
    changes.entries |= entries_of_claims(session, [claim])
    stand(session, claim, changes, now=now)
    evaluate(session, claim, order, attribution, credit)
    anyway = _earned_anyway(session, order, application, attribution.day_on)
    worth = max(0, claim.kept_amount - anyway)
    claim.earned_amount = claim.kept_amount = worth
    claim.inputs = {
        **claim.inputs,
        "query_id": query.id,
        "by_silence": query.by_silence,
        "credited_to_another": attribution.application_id is not None,
        "earned_anyway_amount": anyway,
    }


def _credit(
    session: Session, brand: Brand, order: Order, application: Application
) -> Credit | None:
    """All of the order, in the currency of the asker's campaign."""
    figures = figures_of(session, brand, order, application.campaign_id)
    base, net = figures["base_amount"], figures["net_amount"]
    if not order.was_paid or base is None or net is None:
        return None
    return Credit(base, net if order.status in SOLD else 0)


def _earned_anyway(
    session: Session, order: Order, application: Application, day: date
) -> int:
    """What the order earns them as one of several it is shared by, in the currency of
    the asker's campaign; before caps, so that it depends on the order alone.
    """
    shares = session.execute(
        select(Claim.kept_amount, Campaign.currency)
        .join(Campaign, Campaign.id == Claim.campaign_id)
        .where(
            Claim.thing_id == order.id,
            Claim.influencer_id == application.influencer_id,
            Claim.is_rejected.is_(False),
        )
    )
    target = session.get_one(Campaign, application.campaign_id).currency
    earned = 0
    for amount, source in shares.all():
        found = currencies.rate_on(session, source, target, day)
        if found is not None:
            earned += currencies.convert(amount, source, target, found[0])
    return earned
