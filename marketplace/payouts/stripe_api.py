"""Every call to Stripe's API for payouts, and what its refusals mean.

Sources: docs.stripe.com/api (accounts, account_links, customers, payment_intents,
transfers, transfer_reversals, balance_transactions), idempotent_requests, error-codes.
"""

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn

import httpx
import stripe

from marketplace.payouts.stated import (
    NotUnderstood,
    StatedAccount,
    StatedIntent,
    StatedTransfer,
    read_account,
    read_intent,
    read_transfer,
)

VERSION = "2026-10-28.endive"
CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
OF_A_PAGE = 100
MOST_PAGES = 50  # of what one payout to a bank consists of


class StripeSilent(Exception):
    """Stripe did not answer, or cannot now: what was asked may have been done, or not."""


class StripeRefused(Exception):
    """Stripe said no: nothing was done. `code` is one of its error codes, or empty."""

    def __init__(self, detail: str, code: str = "") -> None:
        super().__init__(detail)
        self.code = code


class CardDeclined(StripeRefused):
    """The brand's bank said no; `intent` is there, and can be paid otherwise."""

    def __init__(self, detail: str, intent: StatedIntent) -> None:
        super().__init__(detail, "card_declined")
        self.intent = intent


@cache
def _trusted() -> ssl.SSLContext:
    """Once: reading all certificates takes longer than asking does."""
    return httpx.create_ssl_context(trust_env=False)


class _Wire(stripe.HTTPClient):
    """HTTP for Stripe's client: of our own connections, with our time-outs."""

    name = "httpx"

    def __init__(self) -> None:
        super().__init__()
        self._http = httpx.Client(
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,
            verify=_trusted(),
        )

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        try:
            found = self._http.request(method, url, headers=headers, content=post_data)
        except httpx.HTTPError as error:
            silent: Callable[..., Exception] = stripe.APIConnectionError
            raise silent(type(error).__name__) from error
        return found.text, found.status_code, found.headers

    def close(self) -> None:
        self._http.close()


@contextmanager
def open_stripe(api_key: str, api_base: str) -> Iterator["StripeApi"]:
    """Stripe's API under that key, for a while."""
    wire = _Wire()
    client = stripe.StripeClient(
        api_key,
        stripe_version=VERSION,
        base_addresses={"api": api_base},
        max_network_retries=0,  # jobs try again, after what they know was committed
        http_client=wire,
    )
    try:
        yield StripeApi(client)
    finally:
        wire.close()


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn whatever goes wrong into StripeSilent or StripeRefused."""
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        _refuse(error)
    except stripe.PermissionError as error:
        if _code(error) != "account_invalid":  # our key may not do that
            raise StripeSilent(_said(error)) from error
        raise StripeRefused(_said(error), "account_invalid") from error
    except stripe.StripeError as error:  # 401, 409, 429, 5xx, no answer
        raise StripeSilent(f"{type(error).__name__}: {_said(error)}") from error
    except (NotUnderstood, ValueError, TypeError, AttributeError) as error:
        raise StripeSilent(f"Stripe's answer was not understood: {error}") from error


@contextmanager
def _looking() -> Iterator[None]:
    """Whether something is there: a question that is refused says nothing of that."""
    try:
        with _told_apart():
            yield
    except StripeRefused as refused:
        raise StripeSilent(str(refused)) from refused


def _detail(error: stripe.StripeError) -> dict[str, Any]:
    told = error.json_body if isinstance(error.json_body, dict) else {}
    detail = told.get("error")
    return detail if isinstance(detail, dict) else {}


def _code(error: stripe.StripeError) -> str:
    return str(_detail(error).get("code") or "")


def _refuse(error: stripe.CardError | stripe.InvalidRequestError) -> NoReturn:
    intent = _detail(error).get("payment_intent")
    if isinstance(error, stripe.CardError) and isinstance(intent, dict):
        raise CardDeclined(_said(error), read_intent(intent)) from error
    raise StripeRefused(_said(error), _code(error)) from error


def _said(error: stripe.StripeError) -> str:
    return (error.user_message or "no reason given")[:400]


class StripeApi:
    """What payouts ask of Stripe. StripeSilent or StripeRefused for what goes wrong."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._v1 = client.v1

    def create_account(
        self, *, influencer_id: str, email: str, country: str, key: str
    ) -> StatedAccount:
        """An Express account that takes transfers."""
        with _told_apart():
            made = self._v1.accounts.create(
                {
                    "type": "express",
                    "country": country,
                    "email": email,
                    "capabilities": {"transfers": {"requested": True}},
                    "metadata": {"influencer_id": influencer_id},
                },
                {"idempotency_key": key},
            )
            return read_account(made.to_dict())

    def onboarding_link(self, account_id: str, *, return_url: str) -> tuple[str, int]:
        """Where the influencer tells Stripe who they are, and until when (Unix time)."""
        with _told_apart():
            made = self._v1.account_links.create(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "refresh_url": return_url,
                    "return_url": return_url,
                }
            )
            return str(made.url), int(made.expires_at)

    def create_customer(self, *, brand_id: str, name: str, key: str) -> str:
        """A brand as Stripe's customer; its id."""
        with _told_apart():
            made = self._v1.customers.create(
                {"name": name, "metadata": {"brand_id": brand_id}},
                {"idempotency_key": key},
            )
            return made.id

    def create_intent(self, params: dict[str, Any], *, key: str) -> StatedIntent:
        """A payment for a brand to make, or made at once; CardDeclined if in vain."""
        with _told_apart():
            asked: Any = params
            made = self._v1.payment_intents.create(asked, {"idempotency_key": key})
            return read_intent(made.to_dict())

    def find_intent(self, customer_id: str, funding_id: str) -> StatedIntent | None:
        """The payment that was made for a funding, if it was."""
        with _looking():
            found = self._v1.payment_intents.list(
                {"customer": customer_id, "limit": OF_A_PAGE}
            )
            for one in found.auto_paging_iter():
                stated = one.to_dict()
                if (stated.get("metadata") or {}).get("funding_id") == funding_id:
                    return read_intent(stated)
            return None

    def create_transfer(
        self,
        *,
        payout_id: str,
        amount: int,
        currency: str,
        destination: str,
        key: str,
    ) -> StatedTransfer:
        """Send money (in Stripe's minor units) to a connected account."""
        with _told_apart():
            made = self._v1.transfers.create(
                {
                    "amount": amount,
                    "currency": currency.lower(),
                    "destination": destination,
                    "transfer_group": payout_id,
                    "metadata": {"payout_id": payout_id},
                },
                {"idempotency_key": key},
            )
            return read_transfer(made.to_dict())

    def find_transfer(self, payout_id: str) -> StatedTransfer | None:
        """The transfer that was made for a payout, if it was."""
        with _looking():
            found = self._v1.transfers.list({"transfer_group": payout_id, "limit": 2})
            return read_transfer(found.data[0].to_dict()) if found.data else None

    def return_transfer(self, transfer_id: str, *, key: str) -> StatedTransfer:
        """Take back all of a transfer that was not taken back yet; how it is then."""
        stated = self._transfer(transfer_id)
        if stated.returned_amount < stated.amount:
            with _told_apart():
                self._v1.transfers.reversals.create(
                    transfer_id, {}, {"idempotency_key": key}
                )
            stated = self._transfer(transfer_id)
        return stated

    def _transfer(self, transfer_id: str) -> StatedTransfer:
        with _told_apart():
            return read_transfer(self._v1.transfers.retrieve(transfer_id).to_dict())

    def payments_in(self, bank_payout_id: str, account_id: str) -> list[str]:
        """What one payout to a connected account's bank consists of: ids of payments."""
        with _told_apart():
            rows = self._v1.balance_transactions.list(
                {"payout": bank_payout_id, "type": "payment", "limit": OF_A_PAGE},
                {"stripe_account": account_id},
            )
            found: list[str] = []
            for row in rows.auto_paging_iter():
                source = row.to_dict().get("source")
                source = source.get("id") if isinstance(source, dict) else source
                if isinstance(source, str):
                    found.append(source)
                if len(found) >= OF_A_PAGE * MOST_PAGES:
                    break
            return found
