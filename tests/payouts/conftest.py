"""A world of payouts on the test's database, with a Stripe of its own."""

from collections.abc import Iterator

import pytest
from payout_world import PayoutWorld, payout_world
from sqlalchemy import Engine
from stripe_server import stripe_server

from marketplace.config import Settings


@pytest.fixture
def world(engine: Engine, settings: Settings) -> Iterator[PayoutWorld]:
    with (
        stripe_server() as fake,
        payout_world(engine, settings, fake) as world,
    ):
        yield world
