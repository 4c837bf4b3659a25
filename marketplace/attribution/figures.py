"""Where an order belongs in time, and what it is worth in its campaign's currency."""

from typing import Any

from sqlalchemy.orm import Session

from marketplace import currencies
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.money import LARGEST_AMOUNT, share
from marketplace.orders import Order

COSTS = ("goods_cost_amount", "table_costed_amount", "margin_costed_amount")
AMOUNTS = ("base_amount", "net_amount", "discount_amount", *COSTS)


def figures_of(
    session: Session, brand: Brand, order: Order, campaign_id: str | None
) -> dict[str, Any]:
    """Where the order belongs in time, and its figures in the campaign's currency."""
    day = local_day(order.placed_at, brand.timezone)
    nothing: dict[str, Any] = dict.fromkeys(("rate", "rate_on", *AMOUNTS))
    if campaign_id is None:
        return {**nothing, "day_on": day}
    campaign = session.get_one(Campaign, campaign_id)
    found = currencies.rate_on(session, order.currency, campaign.currency, day)
    if found is None:
        return {**nothing, "day_on": day}
    rate, rate_on = found
    money = {
        "base_amount": order.base_amount,
        "net_amount": order.net_amount,
        "discount_amount": order.discount_amount,
        **_goods_cost(order, campaign),
    }
    converted = {
        name: None
        if amount is None
        else currencies.convert(amount, order.currency, campaign.currency, rate)
        for name, amount in money.items()
    }
    if any(abs(amount or 0) > LARGEST_AMOUNT for amount in converted.values()):
        return {**nothing, "day_on": day}  # more than a sum of many could hold
    return {"day_on": day, "rate": rate, "rate_on": rate_on, **_adding_up(converted)}


def _goods_cost(order: Order, campaign: Campaign) -> dict[str, int | None]:
    """What the goods cost: by line where known, by margin for the rest; and which part
    of the net amount the cost table and the margin gave a cost.
    """
    cost, rest = order.goods_cost_amount, order.uncosted_amount
    if rest and campaign.margin_bps is None:
        return dict.fromkeys(COSTS)
    if rest:
        cost += rest - share(rest, campaign.margin_bps or 0)
    amounts = (cost, order.table_costed_amount, rest)
    return dict(zip(COSTS, amounts, strict=True))


def _adding_up(amounts: dict[str, int | None]) -> dict[str, int | None]:
    """The parts of the net amount no more than all of it, each rounded by itself."""
    net, table, margin = (amounts[name] for name in ("net_amount", *COSTS[1:]))
    if net is None or table is None or margin is None:
        return amounts
    margin = min(margin, net)
    parts = dict(zip(COSTS[1:], (min(table, net - margin), margin), strict=True))
    return {**amounts, **parts}
