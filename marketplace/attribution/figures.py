"""Where an order belongs in time, and what it is worth in its campaign's currency."""

from typing import Any

from sqlalchemy.orm import Session

from marketplace import currencies
from marketplace.accounts.models import Brand
from marketplace.campaigns.models import Campaign
from marketplace.clock import local_day
from marketplace.money import LARGEST_AMOUNT, share
from marketplace.orders import Order


def figures_of(
    session: Session, brand: Brand, order: Order, campaign_id: str | None
) -> dict[str, Any]:
    """Where the order belongs in time, and its figures in the campaign's currency."""
    day = local_day(order.placed_at, brand.timezone)
    nothing: dict[str, Any] = dict.fromkeys(
        ("rate", "rate_on", "base_amount", "net_amount", "goods_cost_amount")
    )
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
        "goods_cost_amount": _goods_cost(order, campaign),
    }
    converted = {
        name: None
        if amount is None
        else currencies.convert(amount, order.currency, campaign.currency, rate)
        for name, amount in money.items()
    }
    if any(abs(amount or 0) > LARGEST_AMOUNT for amount in converted.values()):
        return {**nothing, "day_on": day}  # more than a sum of many could hold
    return {"day_on": day, "rate": rate, "rate_on": rate_on, **converted}


def _goods_cost(order: Order, campaign: Campaign) -> int | None:
    """What the goods cost: by line where known, by margin for the rest."""
    if order.uncosted_amount == 0:
        return order.goods_cost_amount
    if campaign.margin_bps is None:
        return None
    profit = share(order.uncosted_amount, campaign.margin_bps)
    return order.goods_cost_amount + order.uncosted_amount - profit
