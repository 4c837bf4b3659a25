"""Standard Webhooks around a body of the platform's own.

For platforms that sign nothing themselves: a module or script in the shop signs what it
posts. Only secrets with their prefix count, so that nothing else that a shop has as a
secret, such as the public key of somebody who signs, can be taken for a shared one.
"""

from collections.abc import Sequence

from marketplace.shops.adapters import generic
from marketplace.shops.adapters.base import Delivery
from marketplace.shops.adapters.reading import digest, header
from marketplace.shops.adapters.signatures import (
    PUBLIC_PREFIX,
    SYMMETRIC_PREFIX,
    symmetric_key,
)


def is_claimed(delivery: Delivery) -> bool:
    """Whether it says to be signed that way."""
    return bool(header(delivery, "webhook-signature"))


def is_usable(secret: object) -> bool:
    """Whether it is a secret that can be meant here."""
    if not isinstance(secret, str) or secret.startswith(PUBLIC_PREFIX):
        return isinstance(secret, str)
    return secret.startswith(SYMMETRIC_PREFIX) and symmetric_key(secret) is not None


def authenticate(delivery: Delivery, secrets: Sequence[str]) -> None:
    """One signature must fit one ``whsec_`` or ``whpk_`` secret."""
    generic.authenticate(delivery, [secret for secret in secrets if is_usable(secret)])


def delivery_key(delivery: Delivery) -> str:
    """The webhook id where it is signed; else the body's hash."""
    if is_claimed(delivery):
        return generic.delivery_key(delivery)
    return "sha256:" + digest(delivery.body)
