"""Shows what the story came to: the KPI table and one attribution, explained."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from marketplace.cli.demo import story
from marketplace.cli.demo.calls import Json
from marketplace.cli.demo.play import Played

UNKNOWN = "-"


def money(cents: int | str) -> str:
    """Cents, also a decimal of them, as euros: ``-1,234.50``."""
    return f"{Decimal(cents) / 100:,.2f}"


def percent(ratio: str) -> str:
    """A ratio as a percentage."""
    return f"{Decimal(ratio) * 100:.1f}%"


def times(ratio: str) -> str:
    """A ratio as a number."""
    return f"{Decimal(ratio):.2f}"


# The KPIs shown, and how a value of each is written.
SHOWN: Mapping[str, Callable[[Any], str]] = {
    "clicks": str,
    "clicks_gross": str,
    "visitors": str,
    "conversions": str,
    "conversion_rate": percent,
    "revenue": money,
    "average_order_value": money,
    "new_customers": str,
    "repeat_buyers": str,
    "cost": money,
    "gross_profit": money,
    "net_profit": money,
    "profit_per_visitor": money,
    "cpa": money,
    "roi": percent,
    "roas": times,
    "refund_rate": percent,
}


def report(played: Played) -> Json:
    """The campaign's KPIs by influencer, as the API gives them."""
    path = f"/v1/campaigns/{played.campaign_id}/kpis"
    kpis: Json = played.brand.get(path, by="influencer", kpis=",".join(SHOWN))
    return kpis


def kpi_table(played: Played) -> Table:
    """A row per KPI, a column per influencer; what is unknown is "-", never 0."""
    labels = {kpi["id"]: kpi["label"] for kpi in played.brand.get("/v1/kpis")}
    kpis = report(played)
    table = Table(
        title="Herfst op een wolk (euros)", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    table.add_column("", no_wrap=True)
    for row in kpis["rows"]:
        table.add_column(column_name(row["key"]["name"]), justify="right", no_wrap=True)
    table.add_column("total", justify="right", no_wrap=True, style="bold")
    for kpi, write in SHOWN.items():
        values = [row["kpis"][kpi]["value"] for row in kpis["rows"]]
        values.append(kpis["totals"][kpi]["value"])
        cells = [UNKNOWN if value is None else write(value) for value in values]
        table.add_row(labels[kpi], *cells)
    return table


def column_name(influencer: str | None) -> str:
    """First name and platform; what belongs to no influencer is the campaign's own."""
    for each in story.INFLUENCERS:
        if each.name == influencer:
            return f"{each.name.split()[0]}\n{each.platform}"
    return "campaign\nitself"


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
    console.print(f"Order {name} is credited to {winner}, by {decision['method']}:")
    for touch in decision["touches"]:
        outcome = "won " if touch["won"] else "lost"
        who = names.get(touch["application_id"], "nobody")
        console.print(f"  {outcome} {touch['kind']:5} of {who}: {touch['explanation']}")
