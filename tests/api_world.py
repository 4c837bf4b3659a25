"""A brand with shops, as seen over HTTP."""

import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from marketplace import clock, shops
from marketplace.config import Settings
from marketplace.database import make_engine
from marketplace.jobs import JobContext, process_webhooks, settle_orders
from marketplace.shops import Shop
from marketplace.shops.adapters.base import Fetched
from marketplace.shops.adapters.signatures import sign

_numbers = itertools.count(1)


@dataclass
class ApiWorld:
    """A client with a brand's token, and the jobs run by hand."""

    client: FlaskClient
    settings: Settings
    headers: dict[str, str] = field(default_factory=dict)
    brand_id: str = ""
    shops: dict[str, dict[str, Any]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    influencer: dict[str, str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, status: int, body: Any = None, **kwargs: Any
    ) -> Any:
        """Ask as the brand; the JSON answered, which must have that status."""
        response = self.client.open(
            path, method=method, json=body, headers=self.headers, **kwargs
        )
        assert response.status_code == status, response.get_data(as_text=True)
        return response.get_json(silent=True)

    def connect(self, platform: str) -> dict[str, Any]:
        """A shop of that platform, once."""
        if platform not in self.shops:
            body = {
                "platform": platform,
                "name": platform,
                "domain": f"{platform}{next(_numbers)}.example",
                "currency": "EUR",
            }
            self.shops[platform] = self.call("POST", "/v1/shops", 201, body)
        return self.shops[platform]

    def send(
        self,
        platform: str,
        body: Any,
        *,
        topic: str = "",
        delivery_id: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """Post a genuinely signed webhook; `body` is raw bytes or made JSON."""
        shop = self.connect(platform)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = sign(
            platform,
            raw,
            shop["secret"],
            delivery_id=delivery_id or f"delivery-{next(_numbers)}",
            at=clock.now(),
            topic=topic,
        )
        return self.client.post(
            f"/webhooks/{shop['id']}", data=raw, headers={**signed, **(headers or {})}
        )

    def answer(self, platform: str, body: Any, *, key: str, asked_at: datetime) -> None:
        """Store what the shop's API answered then; `body` is raw bytes or made JSON."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        shop_id = self.connect(platform)["id"]
        engine = make_engine(self.settings.database_url)
        with JobContext(engine, self.settings).step() as session:
            shops.receive_fetched(
                session,
                session.get_one(Shop, shop_id),
                Fetched(key, raw),
                topic="fetched",
                keyring=self.settings.keyring,
                now=asked_at,
            )
        engine.dispose()

    def work(self) -> None:
        """Run the jobs until nothing is left to do."""
        engine = make_engine(self.settings.database_url)
        context = JobContext(engine, self.settings)
        while process_webhooks.run(context) or settle_orders.run(context):
            pass
        engine.dispose()

    def inbox(self, platform: str) -> list[dict[str, Any]]:
        """What a shop's inbox holds, newest first."""
        shop = self.connect(platform)
        events: list[dict[str, Any]] = []
        cursor = ""
        while True:
            path = f"/v1/shops/{shop['id']}/webhook-events?limit=100{cursor}"
            page = self.call("GET", path, 200)
            events += page["data"]
            if page["next_cursor"] is None:
                return events
            cursor = f"&cursor={page['next_cursor']}"


def make_api_world(app: Flask, settings: Settings) -> ApiWorld:
    """A fresh brand on that application."""
    world = ApiWorld(app.test_client(), settings)
    made = world.call(
        "POST",
        "/v1/brands",
        201,
        {
            "name": "Wolkje",
            "email": f"owner{next(_numbers)}@wolkje.example",
            "password": "een lang wachtwoord",
            "country": "NL",
            "currency": "EUR",
        },
    )
    world.brand_id = made["brand"]["id"]
    world.headers = {"Authorization": f"Bearer {made['token']}"}
    return world
