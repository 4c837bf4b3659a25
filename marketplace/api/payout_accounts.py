"""/v1/influencers/{id}/payout-account: who is paid through Stripe, and how to become it."""

from typing import Any

from marshmallow import fields
from sqlalchemy import select

from marketplace import clock
from marketplace.api.fields import Answer, Body, Choice, Moment, WebUrl
from marketplace.api.frame import (
    NotAnInfluencer,
    Resource,
    actor,
    begin,
    commit_first,
    money,
    reads,
    settings,
)
from marketplace.api.problems import RETRY_AFTER_SECONDS, problem
from marketplace.clock import from_timestamp
from marketplace.collaborations.models import Application
from marketplace.errors import Conflict
from marketplace.payouts import AccountStatus, PayoutAccount
from marketplace.payouts.stripe_accounts import (
    AccountErrand,
    PayoutAccountNotFound,
    close_account,
    record_account,
    reserve_account,
)
from marketplace.payouts.stripe_api import StripeRefused, StripeSilent, open_stripe

blp = Resource("payout_accounts", description="Influencers' accounts at Stripe")
GONE = ("account_invalid", "account_closed", "no_account", "resource_missing")


class StripeNotSetUp(Conflict):
    """This instance has no key to ask Stripe with."""


class StripeSaysNo(Conflict):
    """Stripe makes no such account; the detail is its own."""


class AccountIn(Body):
    """Where Stripe sends the influencer afterwards; this instance unless said."""

    return_url = WebUrl(load_default=None, allow_none=True)


class PayoutAccountOut(Answer):
    """Whether transfers can be sent. `status` is null where nobody asked for an account.

    `requirements` (what Stripe still wants to know) and `disabled_reason` are shown to
    the influencer alone.
    """

    influencer_id = fields.String()
    status = Choice(AccountStatus, allow_none=True)
    requirements = fields.List(fields.String())
    disabled_reason = fields.String()
    updated_at = Moment(allow_none=True)


class OnboardingOut(PayoutAccountOut):
    """The account, and the page at which the influencer tells Stripe who they are."""

    url = fields.String()
    expires_at = Moment()


@blp.route("/influencers/<influencer_id>/payout-account", methods=["POST"])
@money
@blp.arguments(AccountIn)
@blp.response(201, OnboardingOut)
def open_account(body: dict[str, Any], influencer_id: str) -> Any:
    """Get paid through Stripe: a page to go to, valid once and for minutes.

    503 while Stripe does not answer: ask again.
    """
    _require_oneself(influencer_id)
    told = settings()
    if not told.stripe_api_key:
        raise StripeNotSetUp("This instance does not pay through Stripe.")
    at = clock.now()
    errand = commit_first(lambda s: reserve_account(s, influencer_id, now=at))
    try:
        return _onboard(errand, body["return_url"] or told.public_url)
    except StripeSilent:
        wait = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return problem(503, "Stripe does not answer; try again.", headers=wait)
    except StripeRefused as refused:
        account_id = errand.account_id
        if account_id is not None and refused.code in GONE:
            commit_first(lambda s: close_account(s, account_id, now=clock.now()))
            raise StripeSaysNo(
                "The account is gone; ask again for a new one."
            ) from None
        raise StripeSaysNo(str(refused)) from refused


def _onboard(errand: AccountErrand, return_url: str) -> dict[str, Any]:
    """Ask Stripe for the account, unless there is one, and for the link; then record."""
    told = settings()
    with open_stripe(told.stripe_api_key, told.stripe_api_base) as stripe:
        account_id = errand.account_id
        if account_id is None:
            made = stripe.create_account(
                influencer_id=errand.influencer_id,
                email=errand.email,
                country=errand.country,
                key=errand.key,
            )
            account_id = made.id
            commit_first(lambda s: record_account(s, errand, made, now=clock.now()))
        url, expires = stripe.onboarding_link(account_id, return_url=return_url)
    row = begin().get_one(PayoutAccount, errand.influencer_id)
    shown = _shown(row, errand.influencer_id)
    return {**shown, "url": url, "expires_at": from_timestamp(expires)}


@blp.route("/influencers/<influencer_id>/payout-account")
@reads
@blp.response(200, PayoutAccountOut)
def get_account(influencer_id: str) -> dict[str, Any]:
    """One's own account, or whether an influencer of one's campaigns can be paid."""
    if influencer_id != actor().influencer_id and not _works_for_us(influencer_id):
        raise PayoutAccountNotFound("There is no such influencer, or it is not you.")
    shown = _shown(begin().get(PayoutAccount, influencer_id), influencer_id)
    if influencer_id != actor().influencer_id:
        shown |= {"requirements": [], "disabled_reason": ""}
    return shown


def _works_for_us(influencer_id: str) -> bool:
    theirs = select(Application.id).where(
        Application.influencer_id == influencer_id,
        Application.brand_id.in_(actor().brand_ids),
    )
    return begin().scalars(theirs.limit(1)).first() is not None


def _require_oneself(influencer_id: str) -> None:
    if influencer_id != actor().influencer_id:
        if actor().memberships:
            raise NotAnInfluencer("Only the influencer does this.")
        raise PayoutAccountNotFound("There is no such influencer, or it is not you.")


def _shown(row: PayoutAccount | None, influencer_id: str) -> dict[str, Any]:
    return {
        "influencer_id": influencer_id,
        "status": row.status if row else None,
        "requirements": row.requirements if row else [],
        "disabled_reason": row.disabled_reason if row else "",
        "updated_at": row.updated_at if row else None,
    }
