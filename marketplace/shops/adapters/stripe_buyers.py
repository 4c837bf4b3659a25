"""Who bought by Stripe: by its customer, e-mail, address, and what they paid with."""

from marketplace.shops.adapters.base import Customer
from marketplace.shops.adapters.buyers import STRIPE, account_text, first_address
from marketplace.shops.adapters.reading import Record, record, records, reference


def buyer_of(subject: Record, mail: str | None) -> Customer:
    """The buyer of a session, invoice, intent or charge, as far as it says."""
    return Customer(
        reference(subject.get("customer")),
        mail,
        address=first_address(_places(subject), STRIPE),
        payment_account=_account(subject),
    )


def charge_of(subject: Record) -> Record:
    """The charge that an intent holds in full; empty where it does not."""
    listed = records(record(subject.get("charges")).get("data"))
    return record(subject.get("latest_charge")) or next(iter(listed), {})


def _places(subject: Record) -> list[object]:
    """Where it is sent, then where the payer lives; each object in its own words."""
    charge = charge_of(subject) or subject
    named = (
        record(subject.get("collected_information")).get("shipping_details"),
        subject.get("shipping_details"),
        subject.get("shipping"),
        subject.get("customer_shipping"),
        subject.get("customer_details"),
        charge.get("billing_details"),
    )
    places = [record(one).get("address") for one in named]
    return [*places, subject.get("customer_address")]


def _account(subject: Record) -> str | None:
    """The fingerprint of a card or bank account: equal for all that it pays."""
    charge = charge_of(subject) or subject
    ways = [
        *records(charge.get("payment_method_details")),
        record(charge.get("source")),
    ]
    return next(filter(None, (account_text(w.get("fingerprint")) for w in ways)), None)
