"""A brand, an influencer and an outsider brand, each with a token of their own."""

import pytest
from callers import Caller, register_brand, register_influencer
from flask.testing import FlaskClient


@pytest.fixture
def brand(client: FlaskClient) -> Caller:
    """A brand's owner."""
    return register_brand(client, "owner@wolkje.example")


@pytest.fixture
def outsider(client: FlaskClient) -> Caller:
    """The owner of another brand, to whom nothing of the first one belongs."""
    return register_brand(client, "owner@elders.example", name="Elders")


@pytest.fixture
def influencer(client: FlaskClient) -> Caller:
    """An influencer with two channels."""
    return register_influencer(client, "anna@example.com")
