"""Adobe Commerce over HTTP: its key is the secret, and it waits for an operation."""

import base64
import json

from api_world import make_api_world
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask

from marketplace.config import Settings

ORDER = {
    "entity_id": "17",
    "increment_id": "000000017",
    "state": "complete",
    "base_currency_code": "EUR",
    "base_grand_total": "60.5000",
    "base_subtotal": "50.0000",
    "created_at": "2026-03-01 10:00:00",
    "updated_at": "2026-03-01 10:00:00",
    "customer": {"password_hash": "2883bc:GdM9:1"},
}


def test_a_webhook_of_adobe_commerce_becomes_an_order(
    app: Flask, settings: Settings
) -> None:
    world = make_api_world(app, settings)
    key = rsa.generate_private_key(65537, 4096)
    public = key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    shop = world.call(
        "POST",
        "/v1/shops",
        201,
        {
            "platform": "magento",
            "name": "Mage",
            "domain": "mage.example",
            "currency": "EUR",
            "secret": public.decode(),
        },
    )
    body = json.dumps({"eventName": "sales_order_save_after", "data": {"order": ORDER}})
    message = base64.b64encode(body.encode())
    signed = base64.b64encode(key.sign(message, padding.PKCS1v15(), SHA256())).decode()
    path, name = f"/webhooks/{shop['id']}", "x-adobe-commerce-webhook-signature"
    refused = world.client.post(path, data=body + " ", headers={name: signed})
    assert refused.status_code == 401
    for is_repeat in (False, True):
        taken = world.client.post(path, data=body, headers={name: signed})
        assert taken.status_code == 200
        assert taken.json is not None
        assert (taken.json["op"], taken.json["duplicate"]) == ("success", is_repeat)
    world.work()
    (order,) = world.call("GET", "/v1/orders", 200)["data"]
    assert (order["external_id"], order["name"]) == ("17", "000000017")
    assert (order["net_revenue"]["amount"], order["status"]) == (5000, "paid")
