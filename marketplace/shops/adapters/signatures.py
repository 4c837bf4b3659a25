"""Signatures over raw bytes: what verifying shares, and signing as each sender does.

Three meanings of "secret": most are the text as it is; that of Standard Webhooks is
base64 after ``whsec_`` (or ``whpk_``, a public key); Squarespace's is hex.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from marketplace.clock import format_time
from marketplace.shops.adapters.base import NotAuthentic

TOLERANCE_SECONDS = 300
SYMMETRIC_PREFIX = "whsec_"
PUBLIC_PREFIX = "whpk_"
PEM_START = "-----BEGIN PUBLIC KEY-----"
SHORTEST_RSA_BITS = 2048
_HEX = re.compile(r"([0-9A-Fa-f]{2})+")


def texts(secrets: Sequence[str]) -> list[bytes]:
    """The secrets that are text and not empty, as bytes."""
    return [
        secret.encode("utf-8", "surrogatepass")
        for secret in secrets
        if isinstance(secret, str) and secret.strip()
    ]


def base64_hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 as base64 text."""
    return base64.b64encode(hmac.digest(key, message, hashlib.sha256))


def hex_hmac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 as lower-case hex text."""
    return hmac.digest(key, message, hashlib.sha256).hex().encode()


def hex_md5(key: bytes, message: bytes) -> bytes:
    """MD5 of the message followed by the key, in hex: a sender's scheme, not our choice."""
    return hashlib.md5(message + key, usedforsecurity=False).hexdigest().encode()


def require_one_of(expected: Iterable[bytes], given: Iterable[str]) -> None:
    """Return if any given signature is an expected one; NotAuthentic otherwise.

    Bytes are compared: text that is not ASCII would be a TypeError.
    """
    stated = [signature.encode("utf-8", "surrogatepass") for signature in given]
    matches = [
        hmac.compare_digest(wanted, signature)
        for wanted in expected
        for signature in stated
    ]
    if not any(matches):
        raise NotAuthentic("the signature does not match")


def require_recent(timestamp: str, received_at: datetime) -> None:
    """Return if these Unix seconds are at most five minutes away, past or future."""
    # int() also takes "1_000", " 5" and digits of other scripts.
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise NotAuthentic("the timestamp is not Unix seconds")
    if abs(int(timestamp) - received_at.timestamp()) > TOLERANCE_SECONDS:
        raise NotAuthentic("the timestamp is more than five minutes away")


def symmetric_key(secret: object) -> bytes | None:
    """The key bytes of a Standard Webhooks secret; null if it can sign nothing."""
    if not isinstance(secret, str) or secret.startswith(PUBLIC_PREFIX):
        return None
    return decode_base64(secret.removeprefix(SYMMETRIC_PREFIX)) or None


def hex_key(secret: object) -> bytes | None:
    """The bytes that hex digits stand for; null if it is none."""
    # bytes.fromhex() alone would skip blanks.
    if not isinstance(secret, str) or not _HEX.fullmatch(secret.strip()):
        return None
    return bytes.fromhex(secret.strip())


def decode_base64(encoded: str) -> bytes | None:
    """Strict base64, with or without its padding; null if it is none."""
    try:
        padded = encoded.rstrip("=").encode("ascii")
        return base64.b64decode(padded + b"=" * (-len(padded) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None


def is_signed_by(secret: object, message: bytes, signature: str) -> bool:
    """Whether the ed25519 private key of a ``whpk_`` public key signed the message."""
    if not isinstance(secret, str) or not secret.startswith(PUBLIC_PREFIX):
        return False
    key = decode_base64(secret.removeprefix(PUBLIC_PREFIX))
    signed = decode_base64(signature)
    if key is None or signed is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed, message)
    except (ValueError, InvalidSignature):
        return False
    return True


def rsa_key(secret: object) -> RSAPublicKey | None:
    """The RSA public key in PEM text; null for anything else and for short keys."""
    if not isinstance(secret, str) or PEM_START not in secret:
        return None
    # Settings of one line have its line ends written out.
    pem = secret.strip().replace("\\n", "\n")
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < SHORTEST_RSA_BITS:
        return None
    return key


def is_signed_by_rsa(secret: object, message: bytes, signature: str) -> bool:
    """Whether the private key of this PEM public key signed the message (RSA-SHA256)."""
    key, signed = rsa_key(secret), decode_base64(signature)
    if key is None or not signed:
        return False
    try:
        key.verify(signed, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def sign(
    platform: str,
    body: bytes,
    secret: str,
    *,
    delivery_id: str,
    at: datetime,
    topic: str = "",
) -> dict[str, str]:
    """The headers with which that platform would send this body at that moment.

    For the demo, for tests, and for shops that want to try their connection.
    ValueError for a platform without a scheme or a secret that cannot sign.
    """
    try:
        headers = _SIGNERS[platform](body, secret, delivery_id, at, topic)
    except KeyError:
        raise ValueError(f"{platform!r} has no signature scheme") from None
    return {"Content-Type": "application/json", **headers}


def _sign_shopify(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    return {
        "X-Shopify-Hmac-Sha256": base64_hmac(secret.encode(), body).decode(),
        "X-Shopify-Topic": topic,
        "X-Shopify-Webhook-Id": delivery_id,
        "X-Shopify-Triggered-At": format_time(at),
    }


def _sign_woocommerce(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    resource, _, event = topic.partition(".")
    return {
        "X-WC-Webhook-Signature": base64_hmac(secret.encode(), body).decode(),
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Delivery-ID": delivery_id,
    }


def _sign_stripe(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    seconds = str(int(at.timestamp()))
    signature = hex_hmac(secret.encode(), seconds.encode() + b"." + body).decode()
    return {"Stripe-Signature": f"t={seconds},v1={signature}"}


def _sign_generic(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    key = symmetric_key(secret)
    if key is None:
        raise ValueError("not a symmetric Standard Webhooks secret")
    seconds = str(int(at.timestamp()))
    message = f"{delivery_id}.{seconds}.".encode() + body
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64_hmac(key, message).decode()}",
    }


def _sign_lightspeed(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    signature = hex_md5(secret.encode(), body).decode()
    return {"X-Signature": signature, **({"X-Event": topic} if topic else {})}


def _sign_squarespace(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    key = hex_key(secret)
    if key is None:
        raise ValueError("not a hex secret")
    return {"Squarespace-Signature": hex_hmac(key, body).decode()}


def _sign_shopware(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    return {
        "Shopware-Shop-Signature": hex_hmac(secret.encode(), body).decode(),
        "X-Shopware-Event-Id": delivery_id,
    }


def _sign_bigcommerce(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    seconds = str(int(at.timestamp()))
    message = f"{delivery_id}.{seconds}.".encode() + body
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64_hmac(secret.encode(), message).decode()}",
    }


def _sign_mollie(
    body: bytes, secret: str, delivery_id: str, at: datetime, topic: str
) -> Mapping[str, str]:
    return {"X-Mollie-Signature": f"sha256={hex_hmac(secret.encode(), body).decode()}"}


_SIGNERS = {
    "shopify": _sign_shopify,
    "woocommerce": _sign_woocommerce,
    "stripe": _sign_stripe,
    "generic": _sign_generic,
    "magento": _sign_generic,
    "prestashop": _sign_generic,
    "bigcommerce": _sign_bigcommerce,
    "mollie": _sign_mollie,
    "lightspeed": _sign_lightspeed,
    "squarespace": _sign_squarespace,
    "shopware": _sign_shopware,
}
