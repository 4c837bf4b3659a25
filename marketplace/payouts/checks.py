"""What must hold between payouts, the ledger and the money collected."""

from collections.abc import Iterable, Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.commissions.models import Commission
from marketplace.commissions.rules import EntryStatus
from marketplace.payouts.batch_models import PaymentBatch
from marketplace.payouts.models import Funding, Payout, PayoutLine
from marketplace.payouts.rules import (
    ENDED,
    SETTLED,
    FundingStatus,
    PayoutMethod,
    PayoutStatus,
)


def check(session: Session) -> list[str]:
    """What is wrong; nothing, if all is well."""
    payouts = {payout.id: payout for payout in session.scalars(select(Payout))}
    return [
        *_lines(session, payouts),
        *_entries(session, payouts),
        *_states(payouts),
        *_money(session),
        *_batches(session, payouts.values()),
    ]


def _lines(session: Session, payouts: dict[str, Payout]) -> Iterator[str]:
    """A payout is the sum of its lines; an entry stands in one that did not end."""
    sums: dict[str, int] = {}
    alive: dict[str, str] = {}
    amounts = select(PayoutLine, Commission.amount).join(
        Commission, Commission.id == PayoutLine.commission_id
    )
    for line, amount in session.execute(amounts):
        sums[line.payout_id] = sums.get(line.payout_id, 0) + line.amount
        if line.amount != amount:
            yield f"{line.payout_id}: {line.commission_id} is {amount}, not {line.amount}"
        if payouts[line.payout_id].status in ENDED:
            continue
        other = alive.setdefault(line.commission_id, line.payout_id)
        if other != line.payout_id:
            yield f"{line.commission_id} is in {other} and in {line.payout_id}"
    for payout in payouts.values():
        if sums.get(payout.id) != payout.amount:
            yield f"{payout.id}: {payout.amount} ≠ {sums.get(payout.id)}, its lines"


def _entries(session: Session, payouts: dict[str, Payout]) -> Iterator[str]:
    """The ledger says of each entry what its payout says."""
    sums: dict[str, int] = {}
    named = Commission.payout_id.is_not(None)
    paid = Commission.status == EntryStatus.PAID
    for entry in session.scalars(select(Commission).where(named | paid)):
        payout = payouts.get(entry.payout_id or "")
        if payout is None:
            yield f"{entry.id} is {entry.status.value} without a payout"
            continue
        sums[payout.id] = sums.get(payout.id, 0) + entry.amount
        mine = (payout.brand_id, payout.influencer_id, payout.currency)
        if (entry.brand_id, entry.influencer_id, entry.currency) != mine:
            yield f"{entry.id} is in {payout.id}, which is somebody else's"
        wanted = EntryStatus.APPROVED
        if payout.status in SETTLED:
            wanted = EntryStatus.PAID
        if payout.status in ENDED or entry.status is not wanted:
            yield f"{entry.id} is {entry.status.value}, {payout.id} {payout.status.value}"
    for payout in payouts.values():
        wanted_sum = 0 if payout.status in ENDED else payout.amount
        if sums.get(payout.id, 0) != wanted_sum:
            yield f"{payout.id}: {wanted_sum} ≠ {sums.get(payout.id, 0)}, its entries"


def _states(payouts: dict[str, Payout]) -> Iterator[str]:
    """Nothing is paid that is not positive, or without a transfer; or sent for nothing."""
    for payout in payouts.values():
        if payout.amount <= 0:
            yield f"{payout.id}: {payout.amount} is no payout"
        is_sent = payout.transfer_id is not None
        by_stripe = payout.method is PayoutMethod.STRIPE and payout.status not in ENDED
        if by_stripe and is_sent is not (payout.status in SETTLED):
            yield f"{payout.id} is {payout.status.value}: {payout.transfer_id}"
        if not 0 <= payout.returned_amount <= payout.amount:
            yield f"{payout.id}: {payout.returned_amount} of {payout.amount} taken back"
        came_back = payout.returned_amount == payout.amount
        if payout.status in ENDED and is_sent and not came_back:
            yield f"{payout.id} is {payout.status.value} and was sent all the same"
        if payout.status is PayoutStatus.REVERSED and not came_back:
            yield f"{payout.id} is reversed, but {payout.returned_amount} came back"


def _money(session: Session) -> Iterator[str]:
    """No brand's transfers are more than was received from that brand.

    What was refunded or is disputed since cannot be called back: it is a debt of the
    brand's, which keeps its further payouts waiting.
    """
    received = select(
        Funding.brand_id,
        Funding.currency,
        func.sum(Funding.received_amount - Funding.fee_amount),
    ).where(Funding.status == FundingStatus.SUCCEEDED)
    of_brand = received.group_by(Funding.brand_id, Funding.currency)
    have = {(b, c): int(n) for b, c, n in session.execute(of_brand)}
    sent = (
        select(
            Payout.brand_id,
            Payout.currency,
            func.sum(Payout.amount - Payout.returned_amount),
        )
        .where(
            Payout.method == PayoutMethod.STRIPE,
            Payout.from_own_balance.is_(False),
            Payout.transfer_id.is_not(None),
        )
        .group_by(Payout.brand_id, Payout.currency)
    )
    for brand_id, currency, amount in session.execute(sent):
        there = have.get((brand_id, currency), 0)
        if int(amount) > there:
            yield f"{brand_id}: {amount} {currency} sent, {there} received"


def _batches(session: Session, payouts: Iterable[Payout]) -> Iterator[str]:
    """A file for a bank orders what its payouts come to; a cancelled one nothing."""
    found: dict[str, list[Payout]] = {}
    for payout in payouts:
        if payout.batch_id is not None:
            found.setdefault(payout.batch_id, []).append(payout)
    columns = (PaymentBatch.id, PaymentBatch.brand_id, PaymentBatch.count)
    rows = select(*columns, PaymentBatch.amount, PaymentBatch.cancelled_at)
    for batch_id, brand_id, count, amount, cancelled_at in session.execute(rows):
        own = found.pop(batch_id, [])
        have = (len(own), sum(payout.amount for payout in own))
        wanted = (0, 0) if cancelled_at else (count, amount)
        if have != wanted:
            yield f"{batch_id}: {wanted} (number, sum) ≠ {have}, its payouts"
        for payout in own:
            told = (payout.brand_id, payout.method, payout.currency)
            if told != (brand_id, PayoutMethod.EXTERNAL, "EUR"):
                yield f"{payout.id} does not belong in {batch_id}"
            if payout.status is PayoutStatus.CANCELLED:
                yield f"{payout.id} is cancelled and in {batch_id}"
    for batch_id in found:
        yield f"{batch_id} is no batch"
