"""Shows what the story came to: the KPI table and one attribution, explained."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from marketplace.cli.demo import story
from marketplace.cli.demo.calls import Json
from marketplace.cli.demo.play import Played

# KPI → heading and how its value is written.
COLUMNS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "clicks": ("clicks", str),
    "visitors": ("visitors", str),
    "conversions": ("conver-\nsions", str),
    "conversion_rate": ("conv.\nrate", lambda value: percent(value)),
    "revenue": ("revenue", lambda value: money(value)),
    "average_order_value": ("order\nvalue", lambda value: money(value)),
    "new_customers": ("new\ncust.", str),
    "repeat_buyers": ("repeat\nbuyers", str),
    "cost": ("cost", lambda value: money(value)),
    "net_profit": ("net\nprofit", lambda value: money(value)),
    "profit_per_visitor": ("profit/\nvisitor", lambda value: money(value)),
    "cpa": ("CPA", lambda value: money(value)),
    "roi": ("ROI", lambda value: percent(value)),
    "roas": ("ROAS", lambda value: f"{Decimal(value):.2f}"),
    "refund_rate": ("refund\nrate", lambda value: percent(value)),
}
UNKNOWN = "-"


def money(cents: int | str) -> str:
    """Cents, also a decimal of them, as euros: ``-1,234.50``."""
    return f"{Decimal(cents) / 100:,.2f}"


def percent(ratio: str) -> str:
    """A ratio as a percentage."""
    return f"{Decimal(ratio) * 100:.1f}%"


def report(played: Played) -> Json:
    """The campaign's KPIs by influencer, as the API gives them."""
    kpis: Json = played.brand.get(
        f"/v1/campaigns/{played.campaign_id}/kpis",
        by="influencer",
        kpis=",".join([*COLUMNS, "clicks_gross"]),
    )
    return kpis


def kpi_table(kpis: Json) -> Table:
    """A row per influencer and one for all; unknown is "-", never 0."""
    table = Table(title="Herfst op een wolk, in euros", title_justify="left")
    table.add_column("influencer", no_wrap=True)
    for heading, _ in COLUMNS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    for row in kpis["rows"]:
        name = row["key"]["name"] or "nobody in particular"
        table.add_row(name, *cells(row["kpis"]))
    table.add_section()
    table.add_row("total", *cells(kpis["totals"]), style="bold")
    return table


def cells(values: Json) -> list[str]:
    """The values of one row as text."""
    return [
        UNKNOWN if values[kpi]["value"] is None else write(values[kpi]["value"])
        for kpi, (_, write) in COLUMNS.items()
    ]


def explain(console: Console, played: Played) -> None:
    """Why the order that two influencers could claim went to one of them."""
    shop = played.shops["shopify"]["id"]
    name = f"#{story.EXPLAINED}"
    orders = played.brand.get("/v1/orders", shop_id=shop, limit=100)["data"]
    order = next(order for order in orders if order["name"] == name)
    decision = played.brand.get(f"/v1/orders/{order['id']}/attribution")
    names = {
        played.applications[influencer.key]["id"]: influencer.name
        for influencer in story.INFLUENCERS
    }
    winner = names[decision["application_id"]]
    console.print(f"\nOrder {name} was credited to {winner} by {decision['method']}:")
    for touch in decision["touches"]:
        mark = "won " if touch["won"] else "lost"
        who = names.get(touch["application_id"], "nobody")
        console.print(f"  {mark} {touch['kind']:5} of {who}: {touch['reason']}")
