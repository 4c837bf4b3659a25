"""/v1/payouts: paying what is approved, and what became of each payout."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length
from sqlalchemy import select

from marketplace import accounts, clock, payouts
from marketplace.accounts import Scope
from marketplace.api.fields import (
    Amount,
    Answer,
    Body,
    Choice,
    Currency,
    Day,
    Moment,
    MoneyOut,
    Text,
    money,
)
from marketplace.api.frame import Resource, actor, begin, own_brand, reads, settings
from marketplace.api.frame import money as handles_money
from marketplace.api.funding_fields import FundingOut
from marketplace.api.paging import PageQuery, Sort, page, page_of
from marketplace.commissions import Commission, EntryKind
from marketplace.errors import Conflict
from marketplace.payouts import (
    Payout,
    PayoutLine,
    PayoutMethod,
    PayoutNotFound,
    PayoutStatus,
    Wish,
)

blp = Resource("payouts", description="Paying what is approved")
NEWEST = Sort("newest", Payout.created_at, Payout.id)
MOST_AT_ONCE = 1000


class StripeNotSetUp(Conflict):
    """This instance has no key to ask Stripe with, or pays for another brand only."""


class PayoutsIn(Body):
    """Whom to pay: everybody in every currency, unless said.

    `method`: by Stripe where this instance has an account for the brand, else `external`
    (the brand pays by itself, and says so). `cutoff`: what was earned later waits.
    `minimum`: in minor units; smaller sums wait.
    """

    brand_id = Text(load_default=None)
    method = Choice(PayoutMethod, load_default=None)
    currency = Currency(load_default=None)
    influencer_ids = fields.List(
        Text(), load_default=None, validate=Length(min=1, max=MOST_AT_ONCE)
    )
    cutoff = Moment(load_default=None)
    minimum = Amount(least=1, load_default=None)


class PayoutOut(Answer):
    """One transfer to one influencer in one currency.

    `reason`: why it waits or failed. `returned`: what of it was taken back. `batch_id`:
    in which file for the brand's bank it is.
    """

    id = fields.String()
    brand_id = fields.String()
    influencer_id = fields.String()
    amount = fields.Function(
        lambda payout: money(payout.amount, payout.currency),
        metadata={"$ref": "#/components/schemas/MoneyOut"},
    )
    returned = fields.Function(
        lambda payout: money(payout.returned_amount, payout.currency),
        metadata={"$ref": "#/components/schemas/MoneyOut"},
    )
    method = Choice(PayoutMethod)
    status = Choice(PayoutStatus)
    reason = fields.String()
    transfer_id = fields.String(allow_none=True)
    reference = fields.String()
    batch_id = fields.String(allow_none=True)
    paid_on = Day(allow_none=True)
    paid_at = Moment(allow_none=True)
    arrived_at = Moment(allow_none=True)
    created_at = Moment()
    updated_at = Moment()


class PayoutEntryOut(Answer):
    """A ledger entry that the payout settles."""

    commission_id = fields.String()
    kind = Choice(EntryKind)
    amount = fields.Nested(MoneyOut)
    order_id = fields.String(allow_none=True)
    application_id = fields.String()
    campaign_id = fields.String()
    reason = fields.String()


class PayoutWithEntriesOut(PayoutOut):
    """A payout, and all it consists of (or did, before it failed)."""

    entries = fields.Function(
        lambda payout: PayoutEntryOut(many=True).dump(_entries(payout)),
        metadata={"type": "array", "items": {"type": "object"}},
    )


class CarriedOverOut(Answer):
    """A sum that is not paid now: `below_minimum`, `negative`, or `not_exact` where
    Stripe cannot transfer such small parts of the currency.
    """

    influencer_id = fields.String()
    amount = fields.Function(
        lambda carried: money(carried.amount, carried.currency),
        metadata={"$ref": "#/components/schemas/MoneyOut"},
    )
    reason = fields.String()


class PayoutsRequested(Answer):
    """The payouts, what the brand has to pay for them first, and who is not paid."""

    data = fields.List(fields.Nested(PayoutOut))
    fundings = fields.List(fields.Nested(FundingOut))
    carried_over = fields.List(fields.Nested(CarriedOverOut))


class PayoutQuery(PageQuery):
    """Which payouts."""

    status = Choice(PayoutStatus, load_default=None)
    method = Choice(PayoutMethod, load_default=None)
    influencer_id = Text(load_default=None)
    brand_id = Text(load_default=None)
    currency = Currency(load_default=None)
    batch_id = Text(load_default=None)


class PaidIn(Body):
    """How the brand paid it; today unless said."""

    reference = Text(load_default="", longest=140)
    paid_on = Day(load_default=None, allow_none=True)


class ReturnedIn(Body):
    """Why the money came back."""

    reason = Text(required=True, shortest=1, longest=200)


@blp.route("/payouts", methods=["POST"])
@handles_money
@blp.arguments(PayoutsIn)
@blp.response(201, PayoutsRequested)
def request_payouts(body: dict[str, Any]) -> dict[str, Any]:
    """Pay all that is approved: a payout per influencer and currency.

    What is not collected yet is asked of the brand as a funding; transfers follow by
    themselves once it is.
    """
    brand = own_brand(Scope.MONEY, body.pop("brand_id"))
    wish = _wish(brand.id, body)
    accounts.lock_brand(begin(), brand.id)
    requested = payouts.request_payouts(
        begin(), brand, wish, by=actor().user_id, now=clock.now()
    )
    return {
        "data": requested.payouts,
        "fundings": requested.fundings,
        "carried_over": requested.carried_over,
    }


def _wish(brand_id: str, body: dict[str, Any]) -> Wish:
    told = settings()
    by_stripe = told.pays_by_stripe(brand_id)
    usual = PayoutMethod.STRIPE if by_stripe else PayoutMethod.EXTERNAL
    method = body.pop("method") or usual
    if method is PayoutMethod.STRIPE and not by_stripe:
        raise StripeNotSetUp(
            "This instance has no Stripe account for you; pay externally."
        )
    return Wish(
        method,
        **body,
        usual_minimum=told.payout_minimum,
        from_own_balance=brand_id == told.single_brand,
        fee_bps=told.funding_fee_bps,
    )


@blp.route("/payouts")
@reads
@blp.arguments(PayoutQuery, location="query")
@blp.response(200, page_of(PayoutOut))
def list_payouts(query: dict[str, Any]) -> dict[str, Any]:
    """The payouts of a brand or to the calling influencer, newest first."""
    rows = payouts.payouts_of(
        brand_ids=actor().brand_ids, influencer_id=actor().influencer_id
    )
    for name in (
        "status",
        "method",
        "influencer_id",
        "brand_id",
        "currency",
        "batch_id",
    ):
        if query[name] is not None:
            rows = rows.where(getattr(Payout, name) == query[name])
    return page(begin(), rows, NEWEST, query)


@blp.route("/payouts/<payout_id>")
@reads
@blp.response(200, PayoutWithEntriesOut)
def get_payout(payout_id: str) -> Payout:
    """A payout with its entries, for its brand and its influencer."""
    payout = begin().get(Payout, payout_id)
    if payout is None:
        raise PayoutNotFound("There is no such payout.")
    if payout.influencer_id != actor().influencer_id:
        actor().require_brand(payout.brand_id, Scope.READ)
    return payout


def _entries(payout: Payout) -> list[dict[str, Any]]:
    rows = begin().execute(
        select(PayoutLine.amount, Commission)
        .join(Commission, Commission.id == PayoutLine.commission_id)
        .where(PayoutLine.payout_id == payout.id)
        .order_by(Commission.created_at, Commission.id)
    )
    return [
        {
            "commission_id": entry.id,
            "kind": entry.kind,
            "amount": money(amount, payout.currency),
            "order_id": entry.order_id,
            "application_id": entry.application_id,
            "campaign_id": entry.campaign_id,
            "reason": entry.reason,
        }
        for amount, entry in rows
    ]


@blp.route("/payouts/<payout_id>/cancel", methods=["POST"])
@handles_money
@blp.response(200, PayoutOut)
def cancel_payout(payout_id: str) -> Payout:
    """Do not send it after all; its entries are payable as before."""
    payout, _ = _locked(payout_id)
    by = actor().user_id
    return payouts.cancel(begin(), payout, by=by, now=clock.now())


@blp.route("/payouts/<payout_id>/mark-paid", methods=["POST"])
@handles_money
@blp.arguments(PaidIn)
@blp.response(200, PayoutOut)
def mark_paid(body: dict[str, Any], payout_id: str) -> Payout:
    """Say that the brand paid an external payout by itself."""
    payout, brand = _locked(payout_id)
    return payouts.confirm_external(begin(), brand, payout, **body, now=clock.now())


@blp.route("/payouts/<payout_id>/mark-returned", methods=["POST"])
@handles_money
@blp.arguments(ReturnedIn)
@blp.response(200, PayoutOut)
def mark_returned(body: dict[str, Any], payout_id: str) -> Payout:
    """Say that the bank sent an external payout back; its entries are payable again."""
    payout, _ = _locked(payout_id)
    by = actor().user_id
    return payouts.return_external(begin(), payout, **body, by=by, now=clock.now())


def _locked(payout_id: str) -> tuple[Payout, accounts.Brand]:
    """The brand's payout, under the brand's lock."""
    session = begin()
    payout = session.get(Payout, payout_id)
    if payout is None:
        raise PayoutNotFound("There is no such payout.")
    actor().require_brand(payout.brand_id, Scope.MONEY)
    brand = accounts.lock_brand(session, payout.brand_id)
    session.refresh(payout)
    return payout, brand
