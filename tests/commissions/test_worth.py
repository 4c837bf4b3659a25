"""Whoever is credited reads what an order earns, and why it is no more."""

from typing import Any

import pytest
from pipeline_world import make_world, refund, sale
from sqlalchemy.orm import Session

from marketplace.attribution import Attribution
from marketplace.campaigns.pay_rules import CommissionOn
from marketplace.campaigns.rules import CommissionKind, StackedCodes
from marketplace.commissions.wording import dutch
from marketplace.commissions.worth import worth_of
from marketplace.fraud import WORDS
from marketplace.shops.adapters.base import OrderStatus as Stated
from marketplace.shops.adapters.base import RefundReported

NO_CAP_LEFT = [{"of": "campaign", "amount": 0}]
FLAT = {"commission_kind": CommissionKind.FLAT, "commission_amount": 300}


@pytest.mark.parametrize(
    ("terms", "said", "amount", "reason"),
    [
        ({}, {}, 1_000, "the order was credited"),
        ({}, {"status": Stated.PENDING}, 0, "the order is pending"),
        (
            {"commission_on": CommissionOn.NEW_CUSTOMER},
            {},
            0,
            "these terms pay for new customers",
        ),
        (
            {**FLAT, "commission_on": CommissionOn.LEAD},
            {},
            0,
            "these terms pay for each lead",
        ),
        (
            {**FLAT, "commission_on": CommissionOn.CLICK},
            {},
            0,
            "these terms pay for each click",
        ),
        (FLAT, {"base_amount": 0}, 0, "nothing was sold that is worth anything"),
        ({}, {"base_amount": 4}, 0, "at this rate it comes to nothing"),
        (
            {"commission_caps": NO_CAP_LEFT},
            {},
            0,
            "limited by the cap for the campaign",
        ),
        (
            {},
            {"currency": "XPF"},
            0,
            "no exchange rate is known for the day of the order yet",
        ),
    ],
)
def test_why_an_order_earns_that(
    session: Session,
    terms: dict[str, Any],
    said: dict[str, Any],
    amount: int,
    reason: str,
) -> None:
    world = make_world(session, **terms)
    world.deliver(sale("1", codes=("ANNA",), **said))
    order = world.order("1")
    (found,) = worth_of(session, order, session.get_one(Attribution, order.id))
    assert (found.application_id, found.amount) == (world.apps["ANNA"], amount)
    assert found.reason == reason
    assert dutch(reason)


def test_of_those_who_share_an_order_and_after_refunds(session: Session) -> None:
    world = make_world(session, stacked_codes=StackedCodes.SPLIT)
    world.deliver(sale("1", codes=("BO", "ANNA")))
    world.deliver(RefundReported("1", refund("r", 12_100, 9)))
    order = world.order("1")
    found = worth_of(session, order, session.get_one(Attribution, order.id))
    assert [each.application_id for each in found] == [
        world.apps["BO"],
        world.apps["ANNA"],
    ]
    assert {(each.amount, each.reason) for each in found} == {
        (0, "the order is refunded")
    }


def test_every_flag_says_in_dutch_why_it_keeps_money() -> None:
    assert all(dutch(words.told[0]) == words.told[1] for words in WORDS.values())
