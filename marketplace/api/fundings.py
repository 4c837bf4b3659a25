"""/v1/fundings: the money collected from a brand for payouts, and what is left of it."""

from typing import Any

from marshmallow import fields

from marketplace import accounts, clock, payouts
from marketplace.accounts import ROLE_SCOPES, Scope
from marketplace.api.fields import Answer, Body, Choice, MoneyIn, MoneyOut, Text, money
from marketplace.api.frame import Resource, actor, begin, own_brand, reads, settings
from marketplace.api.frame import money as handles_money
from marketplace.api.funding_fields import FundingOut
from marketplace.api.paging import (
    PageQuery,
    ShortListQuery,
    Sort,
    page,
    page_of,
    page_of_short,
)
from marketplace.errors import Conflict, Invalid
from marketplace.payouts import Funding, FundingNotFound, FundingStatus

blp = Resource("fundings", description="Money collected from brands")
NEWEST = Sort("newest", Funding.created_at, Funding.id)


class NothingIsCollected(Conflict):
    """This instance has no key to ask Stripe with, or pays for another brand only."""


class FundingIn(Body):
    """So much to have there for payouts to come."""

    brand_id = Text(load_default=None)
    amount = fields.Nested(MoneyIn, required=True)


class FundingWithSecretOut(FundingOut):
    """A funding, with what a browser pays it with; for those who handle money.

    Null before Stripe was asked, and once there is nothing to pay any more.
    """

    client_secret = fields.Function(
        lambda funding: _secret(funding), metadata={"type": "string", "nullable": True}
    )


class FundingQuery(PageQuery):
    """Which fundings."""

    status = Choice(FundingStatus, load_default=None)


class FundingBalanceOut(Answer):
    """A brand's collected money: `available` is not set aside for payouts.

    `expected`: asked for and not paid yet. `missing`: what waiting payouts need beyond
    all that. `available` below 0: transferred already and then taken back.
    """

    brand_id = fields.String()
    currency = fields.String()
    collected = fields.Nested(MoneyOut)
    set_aside = fields.Nested(MoneyOut)
    available = fields.Nested(MoneyOut)
    expected = fields.Nested(MoneyOut)
    missing = fields.Nested(MoneyOut)


@blp.route("/fundings", methods=["POST"])
@handles_money
@blp.arguments(FundingIn)
@blp.response(201, FundingOut)
def add_funding(body: dict[str, Any]) -> Funding:
    """Pay in beforehand, for payouts to come."""
    if body["amount"]["amount"] == 0:
        raise Invalid({"amount.amount": ["must not be 0"]})
    brand = own_brand(Scope.MONEY, body["brand_id"])
    if not settings().pays_by_stripe(brand.id):
        raise NothingIsCollected("This instance has no Stripe account to pay into.")
    accounts.lock_brand(begin(), brand.id)
    return payouts.fund(
        begin(),
        brand,
        **body["amount"],
        fee_bps=settings().funding_fee_bps,
        by=actor().user_id,
        now=clock.now(),
    )


@blp.route("/fundings")
@reads
@blp.arguments(FundingQuery, location="query")
@blp.response(200, page_of(FundingOut))
def list_fundings(query: dict[str, Any]) -> dict[str, Any]:
    """What was collected, newest first."""
    rows = payouts.fundings_of(actor().brand_ids)
    if query["status"] is not None:
        rows = rows.where(Funding.status == query["status"])
    return page(begin(), rows, NEWEST, query)


@blp.route("/fundings/<funding_id>")
@reads
@blp.response(200, FundingWithSecretOut)
def get_funding(funding_id: str) -> Funding:
    """A payment, with what is needed to make it."""
    funding = begin().get(Funding, funding_id)
    if funding is None:
        raise FundingNotFound("There is no such funding.")
    actor().require_brand(funding.brand_id, Scope.READ)
    return funding


def _secret(funding: Funding) -> str | None:
    role = actor().memberships[funding.brand_id]
    if Scope.MONEY not in ROLE_SCOPES[role] & actor().scopes:
        return None
    return payouts.client_secret(funding, settings().keyring)


@blp.route("/funding-balances")
@reads
@blp.arguments(ShortListQuery, location="query")
@blp.response(200, page_of(FundingBalanceOut))
def list_funding_balances(query: dict[str, Any]) -> dict[str, Any]:
    """What is left of the money collected, per brand and currency."""
    found = payouts.balances_of(begin(), actor().brand_ids)
    names = ("collected", "set_aside", "available", "expected", "missing")
    shown = [
        {
            "brand_id": brand_id,
            "currency": currency,
            **{n: money(getattr(balance, n), currency) for n in names},
        }
        for (brand_id, currency), balance in sorted(found.items())
    ]
    return page_of_short(shown, query)
