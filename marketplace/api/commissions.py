"""/v1/commissions, adjustments and balances: the ledger, and deciding about it."""

from typing import Any

from marshmallow import fields

from marketplace import accounts, clock, commissions
from marketplace.accounts import Scope
from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Moment,
    MoneyOut,
    Text,
    money,
)
from marketplace.api.frame import Resource, actor, begin, reads
from marketplace.api.frame import money as handles_money
from marketplace.api.ledger_words import in_dutch
from marketplace.api.money_fields import MoneyOrAmount
from marketplace.api.paging import (
    PageQuery,
    ShortListQuery,
    Sort,
    page,
    page_of,
    page_of_short,
)
from marketplace.campaigns.models import Campaign
from marketplace.campaigns.pay_rules import CapOf
from marketplace.collaborations.models import Application
from marketplace.collaborations.rules import ApplicationStatus
from marketplace.commissions import Commission, EntryKind, EntryStatus
from marketplace.commissions.queries import balances, commissions_of
from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.money import LARGEST_AMOUNT

blp = Resource("commissions", description="The ledger")

BALANCES = ("held", "payable", "in_payout", "paid")
FILTERS = (
    *("status", "campaign_id", "influencer_id", "order_id", "lead_id"),
    *("application_id", "payout_id", "on_hold"),
)
_OWN_CAPS = (CapOf.ORDER, CapOf.CUSTOMER, CapOf.INFLUENCER)
WITHOUT_ORDER = (EntryKind.ADJUSTMENT, EntryKind.BONUS, EntryKind.FEE)


class NotAccepted(Conflict):
    """The application is no contract, so nothing can be owed on it."""


class CommissionQuery(PageQuery):
    """Which entries."""

    status = Choice(EntryStatus, load_default=None)
    campaign_id = Text(load_default=None)
    influencer_id = Text(load_default=None)
    order_id = Text(load_default=None)
    lead_id = Text(load_default=None)
    application_id = Text(load_default=None)
    payout_id = Text(load_default=None)
    on_hold = fields.Boolean(load_default=None)


def _inputs(entry: Commission) -> dict[str, Any]:
    """To the influencer without how large the budget is and what others took of it."""
    cut = entry.inputs.get("limited_by")
    if not cut or cut["of"] in _OWN_CAPS or entry.brand_id in actor().memberships:
        return entry.inputs
    return {**entry.inputs, "limited_by": {n: cut[n] for n in ("of", "period")}}


class CommissionOut(Answer):
    """One ledger entry; a reversal's amount is negative.

    Approved by itself at `matures_at`, unless the brand decides before. `on_hold`: not
    paid, and not approved, until what `hold_reason` says is resolved. `source`: what it
    is for, where that is no order or lead (``clicks:2026-03-01``, ``bonus:0:2026-03``).
    `inputs`: all that the amount followed from.
    """

    id = fields.String()
    kind = Choice(EntryKind)
    status = Choice(EntryStatus)
    amount = fields.Function(
        lambda entry: money(entry.amount, entry.currency),
        metadata={"$ref": "#/components/schemas/MoneyOut"},
    )
    order_id = fields.String(allow_none=True)
    lead_id = fields.String(allow_none=True)
    source = fields.String(allow_none=True)
    payout_id = fields.String(allow_none=True)
    application_id = fields.String()
    campaign_id = fields.String()
    influencer_id = fields.String()
    terms_version = fields.Integer(allow_none=True)
    created_at = Moment()
    matures_at = Moment()
    decided_at = Moment(allow_none=True)
    on_hold = fields.Boolean()
    hold_reason = fields.String()
    hold_reason_nl = in_dutch("hold_reason")
    reason = fields.String()
    reason_nl = in_dutch("reason")
    inputs = fields.Function(_inputs, metadata={"type": "object"})


class RejectionIn(Body):
    """Why an entry is not paid."""

    reason = Text(required=True, shortest=1, longest=200)


class AdjustmentIn(Body):
    """A fixed fee, a bonus or a correction, in the campaign's currency."""

    amount = MoneyOrAmount(required=True, least=-LARGEST_AMOUNT)
    reason = Text(required=True, shortest=1, longest=200)
    kind = Choice(EntryKind, load_default=EntryKind.ADJUSTMENT)


class BalanceOut(Answer):
    """What the ledger adds up to in one currency. `held`: not approved yet, or on hold;
    `in_payout`: on its way.
    """

    currency = fields.String()
    held = fields.Nested(MoneyOut)
    payable = fields.Nested(MoneyOut)
    in_payout = fields.Nested(MoneyOut)
    paid = fields.Nested(MoneyOut)


@blp.route("/commissions", methods=["GET"])
@reads
@blp.arguments(CommissionQuery, location="query")
@blp.response(200, page_of(CommissionOut))
def list_commissions(query: dict[str, Any]) -> dict[str, Any]:
    """The entries of a brand or of the calling influencer, newest first."""
    rows = commissions_of(
        brand_ids=actor().brand_ids, influencer_id=actor().influencer_id
    )
    for name in FILTERS:
        if query[name] is not None:
            rows = rows.where(getattr(Commission, name) == query[name])
    sort = Sort("created_at", Commission.created_at, Commission.id)
    return page(begin(), rows, sort, query)


@blp.route("/commissions/<commission_id>/approve", methods=["POST"])
@handles_money
@blp.response(200, CommissionOut)
def approve_commission(commission_id: str) -> Commission:
    """Approve a held entry before it approves itself."""
    entry = _own_entry(commission_id)
    return commissions.approve(begin(), entry, now=clock.now())


@blp.route("/commissions/<commission_id>/reject", methods=["POST"])
@handles_money
@blp.arguments(RejectionIn)
@blp.response(200, CommissionOut)
def reject_commission(body: dict[str, Any], commission_id: str) -> Commission:
    """Refuse to pay a held entry, with the reason the influencer will read."""
    entry = _own_entry(commission_id)
    return commissions.reject(begin(), entry, reason=body["reason"], now=clock.now())


def _own_entry(commission_id: str) -> Commission:
    """The brand's entry, under the brand's lock."""
    session = begin()
    entry = session.get(Commission, commission_id)
    if entry is None:
        raise commissions.CommissionNotFound("There is no such commission.")
    actor().require_brand(entry.brand_id, Scope.MONEY)
    accounts.lock_brand(session, entry.brand_id)
    session.refresh(entry)
    return entry


@blp.route("/applications/<application_id>/adjustments", methods=["POST"])
@handles_money
@blp.arguments(AdjustmentIn)
@blp.response(201, CommissionOut)
def adjust(body: dict[str, Any], application_id: str) -> Commission:
    """Owe an influencer a fee, a bonus or a correction (negative takes back)."""
    if body["kind"] not in WITHOUT_ORDER:
        raise Invalid({"kind": ["must be adjustment, bonus or fee"]})
    session = begin()
    application = session.get(Application, application_id)
    if application is None:
        raise NotFound("There is no such application.")
    actor().require_brand(application.brand_id, Scope.MONEY)
    brand = accounts.lock_brand(session, application.brand_id)
    if application.status not in (ApplicationStatus.ACCEPTED, ApplicationStatus.ENDED):
        raise NotAccepted(f"The application is {application.status.value}.")
    campaign = session.get_one(Campaign, application.campaign_id)
    return commissions.adjust(
        session,
        brand,
        application,
        kind=body["kind"],
        amount=_amount(body["amount"], campaign.currency),
        reason=body["reason"],
        by=actor().user_id,
        now=clock.now(),
    )


def _amount(given: dict[str, Any], currency: str) -> int:
    if given["currency"] not in (None, currency):
        raise Invalid({"amount.currency": [f"must be {currency}, the campaign's"]})
    amount: int = given["amount"]
    if amount == 0:
        raise Invalid({"amount": ["must not be 0"]})
    return amount


@blp.route("/balances", methods=["GET"])
@reads
@blp.arguments(ShortListQuery, location="query")
@blp.response(200, page_of(BalanceOut))
def list_balances(query: dict[str, Any]) -> dict[str, Any]:
    """What is held, payable and paid, per currency: the ledger's own sums."""
    rows = begin().execute(
        balances(brand_ids=actor().brand_ids, influencer_id=actor().influencer_id)
    )
    sums: dict[str, dict[str, int]] = {}
    for currency, balance, amount in rows:
        own = sums.setdefault(currency, dict.fromkeys(BALANCES, 0))
        if balance in own:  # what was rejected is nobody's
            own[balance] = int(amount)
    shown = [
        {
            "currency": currency,
            **{name: money(amount, currency) for name, amount in by.items()},
        }
        for currency, by in sorted(sums.items())
    ]
    return page_of_short(shown, query)
