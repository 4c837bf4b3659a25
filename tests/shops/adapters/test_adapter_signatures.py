"""Our short verifiers against the vendors' own libraries and published vectors."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks
import stripe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from marketplace.shops.adapters import ADAPTERS, woocommerce
from marketplace.shops.adapters.base import Delivery, NotAuthentic
from marketplace.shops.adapters.signatures import sign

NOW = datetime.now(UTC)
BODY = '{"type": "order.paid", "naam": "Zoë"}'.encode()


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def vectors(payloads: Path) -> dict[str, Any]:
    path = payloads / "standard-webhooks" / "signature-vectors.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


# Their section of the vectors → whose adapter must accept them.
SECTIONS = {
    "standard_webhooks": "generic",
    "shopify": "shopify",
    "woocommerce": "woocommerce",
    "stripe": "stripe",
    "shopware": "shopware",
    "lightspeed_ecom": "lightspeed",
    "squarespace": "squarespace",
    "bigcommerce": "bigcommerce",
    "mollie_nextgen": "mollie",
}


def vector_delivery(vector: dict[str, Any]) -> tuple[Delivery, str]:
    """A vector as a delivery at its own time, and the secret that signed it."""
    stated = vector.get("timestamp")
    at = NOW if stated is None else datetime.fromtimestamp(stated, UTC)
    headers = {vector.get("header", "webhook-signature").lower(): vector["signature"]}
    if "id" in vector:
        headers |= {"webhook-id": vector["id"], "webhook-timestamp": str(stated)}
    names = ("secret", "secret_hex", "client_secret")
    secret = next(vector[name] for name in names if name in vector)
    return Delivery(headers, vector["body"].encode(), at), secret


def test_every_vector_is_accepted_and_nothing_near_it(payloads: Path) -> None:
    seen = 0
    for section, platform in SECTIONS.items():
        for vector in vectors(payloads)[section]:
            sent, secret = vector_delivery(vector)
            authenticate = ADAPTERS[platform].authenticate
            authenticate(sent, [ADAPTERS[platform].new_secret(), secret])
            seen += 1
            near = [replace(sent, body=sent.body + b" ")]
            if "timestamp" in vector:  # signed in 2021 or before
                near.append(replace(sent, received_at=NOW))
            for one in near:
                with pytest.raises(NotAuthentic):
                    authenticate(one, [secret])
    assert seen == 12


def test_stripes_library_and_ours_accept_each_other() -> None:
    now = datetime.now(UTC)  # they go by the clock
    secret = ADAPTERS["stripe"].new_secret()
    headers = sign("stripe", BODY, secret, delivery_id="", at=now)
    assert stripe.WebhookSignature.verify_header(
        BODY.decode(), headers["Stripe-Signature"], secret, 300
    )
    theirs = stripe.WebhookSignature.generate_signature_header(
        BODY.decode(), secret, int(now.timestamp())
    )
    sent = Delivery({"stripe-signature": theirs}, BODY, now)
    ADAPTERS["stripe"].authenticate(sent, [secret])


def test_the_standard_library_and_ours_accept_each_other() -> None:
    now = datetime.now(UTC)  # they go by the clock
    secret = ADAPTERS["generic"].new_secret()
    library = standardwebhooks.Webhook(secret)
    headers = sign("generic", BODY, secret, delivery_id="msg_1", at=now)
    library.verify(BODY, headers)
    theirs = {
        "webhook-id": "msg_2",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": library.sign("msg_2", now, BODY.decode()),
    }
    ADAPTERS["generic"].authenticate(Delivery(theirs, BODY, now), [secret])
    bare = secret.removeprefix("whsec_").rstrip("=")
    ADAPTERS["generic"].authenticate(Delivery(theirs, BODY, now), [bare])


def test_several_signatures_are_a_rotation() -> None:
    old, new = (ADAPTERS["generic"].new_secret() for _ in range(2))
    headers = lower(sign("generic", BODY, new, delivery_id="msg_1", at=NOW))
    by_old = sign("generic", BODY, old, delivery_id="msg_1", at=NOW)
    headers["webhook-signature"] += " v1 v9,x " + by_old["webhook-signature"]
    for secret in (old, new):
        ADAPTERS["generic"].authenticate(Delivery(headers, BODY, NOW), [secret])

    old, new = (ADAPTERS["stripe"].new_secret() for _ in range(2))
    first = sign("stripe", BODY, old, delivery_id="", at=NOW)["Stripe-Signature"]
    second = sign("stripe", BODY, new, delivery_id="", at=NOW)["Stripe-Signature"]
    both = f"{first},{second.partition(',')[2]},v0=00"
    for secret in (old, new):
        sent = Delivery({"stripe-signature": both}, BODY, NOW)
        ADAPTERS["stripe"].authenticate(sent, [secret])


def test_an_ed25519_public_key_verifies_v1a() -> None:
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    public = "whpk_" + base64.b64encode(raw).decode()
    seconds = str(int(NOW.timestamp()))
    signature = base64.b64encode(key.sign(f"msg_1.{seconds}.".encode() + BODY))
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,AAAA v1a,{signature.decode()}",
    }
    sent = Delivery(headers, BODY, NOW)
    ADAPTERS["generic"].authenticate(sent, [ADAPTERS["generic"].new_secret(), public])
    with pytest.raises(NotAuthentic):
        ADAPTERS["generic"].authenticate(Delivery(headers, BODY + b" ", NOW), [public])
    # A public key is no secret: nobody may sign with it.
    forged = sign("generic", BODY, "whsec_" + public[5:], delivery_id="msg_1", at=NOW)
    with pytest.raises(NotAuthentic):
        ADAPTERS["generic"].authenticate(Delivery(lower(forged), BODY, NOW), [public])


def test_stripes_secret_is_text_and_that_of_standard_webhooks_is_base64() -> None:
    secret = ADAPTERS["generic"].new_secret()
    as_text = sign("stripe", BODY, secret, delivery_id="", at=NOW)["Stripe-Signature"]
    seconds = str(int(NOW.timestamp()))
    confused = {
        "webhook-id": "msg_1",
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{as_text.partition('v1=')[2]}",
    }
    with pytest.raises(NotAuthentic):
        ADAPTERS["generic"].authenticate(Delivery(confused, BODY, NOW), [secret])


@pytest.mark.parametrize("stamp", ["1_772362800", " 5", "١٧٧٢٣٦٢٨٠٠", "1e9", "-1", ""])
def test_a_timestamp_that_python_would_take_for_a_number_is_refused(
    stamp: str,
) -> None:
    secret = ADAPTERS["generic"].new_secret()
    headers = lower(sign("generic", BODY, secret, delivery_id="msg_1", at=NOW))
    headers["webhook-timestamp"] = stamp
    with pytest.raises(NotAuthentic):
        ADAPTERS["generic"].authenticate(Delivery(headers, BODY, NOW), [secret])


def test_two_times_in_one_stripe_header_are_refused() -> None:
    secret = ADAPTERS["stripe"].new_secret()
    header = sign("stripe", BODY, secret, delivery_id="", at=NOW)["Stripe-Signature"]
    sent = Delivery({"stripe-signature": f"t=1,{header}"}, BODY, NOW)
    with pytest.raises(NotAuthentic):
        ADAPTERS["stripe"].authenticate(sent, [secret])


def test_a_woocommerce_secret_with_entities_signs_without_them() -> None:
    headers = lower(sign("woocommerce", BODY, 'a&b<"c"', delivery_id="d", at=NOW))
    sent = Delivery(headers, BODY, NOW)
    ADAPTERS["woocommerce"].authenticate(sent, ["a&amp;b&lt;&quot;c&quot;"])
    ADAPTERS["woocommerce"].authenticate(sent, ['a&b<"c"'])


def test_only_the_unsigned_form_is_a_ping() -> None:
    form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert woocommerce.is_ping(Delivery(form, b"webhook_id=12", NOW))
    for headers, body in (
        (form, b"webhook_id=12&status=paid"),
        (form, b"webhook_id="),
        (form, b'{"id": 1}'),
        ({}, b"webhook_id=12"),
        ({"content-type": "application/json"}, b"webhook_id=12"),
        ({**form, "x-wc-webhook-signature": "x"}, b"webhook_id=12"),
    ):
        assert not woocommerce.is_ping(Delivery(headers, body, NOW))


def test_signing_refuses_what_cannot_be_verified() -> None:
    with pytest.raises(ValueError, match="no signature scheme"):
        sign("etsy", BODY, "x", delivery_id="1", at=NOW)
    with pytest.raises(ValueError, match="Standard Webhooks"):
        sign("generic", BODY, "whsec_", delivery_id="1", at=NOW)
