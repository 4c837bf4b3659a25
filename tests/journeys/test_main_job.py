"""The main job, from a published campaign to KPIs: a small story worked out by hand.

Written from the contract alone: everything goes over HTTP to a served process, and the
figures expected are sums done on paper from the orders in `main_story`.
"""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from main_story import Story, happen
from serving import serving, wait_for

Figures = dict[str, int | Fraction]


@pytest.fixture
def story(tmp_path: Path, database_url: str) -> Iterator[Story]:
    with (
        serving(tmp_path / "instance", database_url) as server,
        httpx.Client(base_url=server.address, timeout=20) as http,
    ):
        story = Story(http)
        happen(story)
        wait_for(story.settled)
        yield story


# Net 9000 + 10000 + 1800 + 3000; profit 6000 + 7500 + 720 + 1200;
# commissions 900 + 1000 + 180 + 300, and the fee.
ANNA: Figures = {
    "clicks": 4,
    "clicks_gross": 8,
    "unique_clickers": 4,
    "visitors": 4,
    "conversions": 4,
    "conversion_rate": Fraction(2, 4),
    "revenue": 23_800,
    "orders": 4,
    "average_order_value": Fraction(23_800, 4),
    "new_customers": 3,
    "repeat_buyers": 1,
    "code_redemptions": 2,
    "cost": 2_380 + 2_000,
    "gross_profit": 15_420,
    "net_profit": 11_040,
    "refund_rate": Fraction(0, 4),
}
# Net 5000 + 0 + 2500; profit 2000 + 0 + 1000; commissions 500 + 0 + 250, and the bonus.
BAS: Figures = {
    "clicks": 2,
    "clicks_gross": 2,
    "unique_clickers": 2,
    "visitors": 2,
    "conversions": 3,
    "conversion_rate": Fraction(1, 2),
    "revenue": 7_500,
    "orders": 3,
    "average_order_value": Fraction(7_500, 3),
    "new_customers": 1,
    "repeat_buyers": 0,
    "code_redemptions": 2,
    "cost": 750 + 500,
    "gross_profit": 3_000,
    "net_profit": 1_750,
    "refund_rate": Fraction(1, 3),
}
ALL: Figures = {
    "clicks": 6,
    "clicks_gross": 10,
    "unique_clickers": 6,
    "visitors": 6,
    "conversions": 7,
    "conversion_rate": Fraction(3, 6),
    "revenue": 31_300,
    "orders": 7,
    "average_order_value": Fraction(31_300, 7),
    "new_customers": 4,
    "repeat_buyers": 1,
    "code_redemptions": 4,
    "cost": 6_630,
    "gross_profit": 18_420,
    "net_profit": 11_790,
    "profit_per_visitor": Fraction(11_790, 6),
    "cpa": Fraction(6_630, 4),
    "cpc": Fraction(6_630, 6),
    "roi": Fraction(11_790, 6_630),
    "roas": Fraction(31_300, 6_630),
    "refund_rate": Fraction(1, 7),
}
STATUSES = {
    "1": "paid",
    "2": "paid",
    "3": "partially_refunded",
    "4": "refunded",
    "5": "paid",
    "6": "cancelled",
    "7": "pending",
    "8": "ignored",
    "7000000000000000001": "paid",
    "300": "paid",
    "pi_1": "partially_refunded",
}
ADDITIVE = ("clicks", "clicks_gross", "conversions", "revenue", "orders", "cost")


def figures(kpis: Any, expected: Figures) -> dict[str, Any]:
    """Those asked for; a ratio from its exact parts, if its text agrees with them."""
    found: dict[str, Any] = {}
    for name, wanted in expected.items():
        said = kpis[name]
        found[name] = said["value"]
        if isinstance(wanted, Fraction) and said["value"] is not None:
            exact = Fraction(said["numerator"], said["denominator"])
            near = abs(Fraction(said["value"]) - exact) < Fraction(1, 10**6)
            found[name] = exact if near else said
    return found


def test_the_main_job(story: Story) -> None:
    report = story.report(by="influencer")
    assert figures(report["totals"], ALL) == ALL
    rows = {row["key"]["influencer_id"]: row["kpis"] for row in report["rows"]}
    assert figures(rows[story.anna.id], ANNA) == ANNA
    assert figures(rows[story.bas.id], BAS) == BAS
    assert rows[None]["cost"]["value"] == 1_000

    whole = story.brand.get("/v1/kpis/report")
    assert figures(whole["totals"], ALL) == ALL
    own = story.anna.get("/v1/kpis/report")["totals"]
    public = {name: value for name, value in ANNA.items() if "profit" not in name}
    assert figures(own, public) == public
    assert not {"gross_profit", "net_profit"} & set(own)

    reasons = {name: n for name, n in report["set_aside"].items() if n}
    assert reasons == {"repeat": 1, "bot": 1, "prefetch": 1, "head": 1}

    for by in (
        *("day", "week", "month", "link", "platform", "channel", "shop", "country"),
        *("device", "browser", "os", "language", "referrer", "s1", "new_or_returning"),
    ):
        rows_by = story.report(by=by)["rows"]
        for name in ADDITIVE:
            assert sum(row["kpis"][name]["value"] for row in rows_by) == ALL[name], by

    (balance,) = story.brand.get("/v1/balances")["data"]
    owed = balance["held"]["amount"] + balance["payable"]["amount"]
    assert owed == 2_380 + 750 + 500

    orders = story.brand.get("/v1/orders", limit=100)["data"]
    statuses = {order["external_id"]: order["status"] for order in orders}
    assert statuses == STATUSES
    unpaid = next(order for order in orders if order["external_id"] == "5")
    why = story.brand.get(f"/v1/orders/{unpaid['id']}/attribution")
    assert (why["method"], why["credits"]) == (None, [])
    assert [touch["won"] for touch in why["touches"]] == [False]
