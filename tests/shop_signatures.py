"""How shops sign what they send, written from their platforms' own documentation."""

import base64
import hashlib
import hmac
import time
import uuid


def mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()


def signed(platform: str, secret: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery of the platform, after its own documentation."""
    at, once = str(int(time.time())), uuid.uuid4().hex
    plain = base64.b64encode(mac(secret.encode(), body)).decode()
    if platform == "shopify":
        return {
            "X-Shopify-Topic": "orders/updated",
            "X-Shopify-Webhook-Id": once,
            "X-Shopify-Shop-Domain": "wolkje.myshopify.example",
            "X-Shopify-Hmac-Sha256": plain,
        }
    if platform == "woocommerce":
        return {
            "X-WC-Webhook-Topic": "order.updated",
            "X-WC-Webhook-Resource": "order",
            "X-WC-Webhook-Event": "updated",
            "X-WC-Webhook-ID": "1",
            "X-WC-Webhook-Delivery-ID": once,
            "X-WC-Webhook-Signature": plain,
        }
    if platform == "stripe":
        v1 = mac(secret.encode(), at.encode() + b"." + body).hex()
        return {"Stripe-Signature": f"t={at},v1={v1}"}
    key = base64.b64decode(secret.removeprefix("whsec_"))
    v1 = base64.b64encode(mac(key, f"{once}.{at}.".encode() + body)).decode()
    return {
        "webhook-id": once,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{v1}",
    }
