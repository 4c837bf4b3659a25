"""The demo's figures, against the same figures computed from the story by hand.

What is computed here knows the story and the words of the contract, and neither the KPI
code nor anything else of the marketplace.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from serving import descendants, free_port, parent_of, serving

from marketplace.cli.demo import command, story
from marketplace.cli.demo.calls import Caller
from marketplace.cli.demo.play import Played, play, steps
from marketplace.cli.demo.show import report
from marketplace.cli.demo.story import Fate, Order

NAMES = {influencer.key: influencer.name for influencer in story.INFLUENCERS}


def part(amount: int, of: int, whole: int) -> int:
    """amount × of ÷ whole, to the nearest cent; Python rounds a tie to the even one."""
    return round(Fraction(amount * of, whole))


@dataclass
class Bought:
    """An order by the book: what it brought, what went back, what the goods cost."""

    order: Order
    winner: str | None
    base: int
    kept: int
    goods: int

    @property
    def commission(self) -> int:
        return part(self.kept, story.COMMISSION_BPS, 10_000)


def winner_of(order: Order) -> str | None:
    """A code decides; without one the click does, if a person made it."""
    if order.code in NAMES:
        return order.code
    return order.click[0] if isinstance(order.click, tuple) else None


def paid_for(order: Order) -> dict[str, int]:
    """What was paid for each article, with tax, after the code's discount."""
    paid = {}
    for sku in order.goods.split():
        paid[sku] = paid.get(sku, 0) + story.PRODUCTS[sku].price
    if order.code in NAMES:
        for sku, amount in paid.items():
            if not story.PRODUCTS[sku].gift_card:
                paid[sku] = amount - part(amount, story.DISCOUNT_BPS, 10_000)
    return paid


def bought(order: Order) -> Bought:
    """By line: without tax, without gift cards, less what came back."""
    paid = paid_for(order)
    lines = {
        sku: part(amount, 100, 100 + story.VAT_PERCENT)
        for sku, amount in paid.items()
        if not story.PRODUCTS[sku].gift_card
    }
    base = sum(lines.values())
    back = 0
    stayed = list(lines)
    if order.fate is Fate.REFUNDED:
        back, stayed = base, []
    elif order.fate is Fate.PARTLY_REFUNDED and order.shop == "stripe":
        back = part(story.REFUNDED_MONEY, base, sum(paid.values()))
    elif order.fate is Fate.PARTLY_REFUNDED:
        back = lines[stayed.pop(0)]
    if order.shop == "stripe":  # it names no articles: the margin says what they cost
        goods = (base - back) - part(base - back, story.MARGIN_BPS, 10_000)
    else:
        goods = sum(
            lines[sku] - part(lines[sku], story.MARGIN_BPS, 10_000)
            if story.PRODUCTS[sku].cost is None
            else story.PRODUCTS[sku].cost * order.goods.split().count(sku)
            for sku in stayed
        )
    return Bought(order, winner_of(order), base, base - back, goods)


SOLD = [
    bought(order)
    for order in story.ORDERS
    if order.fate not in (Fate.TEST, Fate.UNPAID, Fate.CANCELLED)
]


def came_back(first: Bought) -> bool:
    """Whether the buyer of a first credited order bought again, in any way."""
    return any(
        later.order.buyer == first.order.buyer
        and later.order.wave > first.order.wave
        and later.order.fate is not Fate.REFUNDED
        for later in SOLD
    )


def figures(
    orders: Iterable[Bought], *, people: int, clicks: tuple[int, int], spent: int
) -> dict[str, int | Fraction | None]:
    """Every figure of the table, from the orders credited and the people who came."""
    credited = list(orders)
    first = [b for b in credited if b.order.wave == 1 and b.order.fate != Fate.REFUNDED]
    revenue = sum(b.kept for b in credited)
    cost = spent + sum(b.commission for b in credited)
    profit = revenue - sum(b.goods for b in credited) - cost
    by_click = [
        b
        for b in credited
        if isinstance(b.order.click, tuple) and b.order.click[0] == b.winner
    ]
    refunded = [b for b in credited if b.order.fate is Fate.REFUNDED]

    def per(above: int, below: int) -> Fraction | None:
        return Fraction(above, below) if below else None

    return {
        "clicks": clicks[0],
        "clicks_gross": clicks[1],
        "visitors": people,
        "conversions": len(credited),
        "conversion_rate": per(len(by_click), people),
        "revenue": revenue,
        "average_order_value": per(revenue, len(credited)),
        "new_customers": len(first),
        "repeat_buyers": sum(came_back(b) for b in first),
        "cost": cost,
        "gross_profit": profit + cost,
        "net_profit": profit,
        "profit_per_visitor": per(profit, people),
        "cpa": per(cost, len(first)),
        "roi": per(profit, cost),
        "roas": per(revenue, cost),
        "refund_rate": per(len(refunded), len(credited)),
    }


def clicks_of(influencer: story.Influencer) -> tuple[int, int]:
    """(those that count, all of them)."""
    machines = sum(times for _, times in influencer.machines)
    return influencer.people, influencer.people + influencer.repeats + machines


def expected() -> dict[str, dict[str, int | Fraction | None]]:
    """Figures by influencer, and in total: of shared visitors each is one person."""
    rows = {
        influencer.name: figures(
            [b for b in SOLD if b.winner == influencer.key],
            people=influencer.people,
            clicks=clicks_of(influencer),
            spent=influencer.fee + influencer.gift,
        )
        for influencer in story.INFLUENCERS
    }
    counted = [clicks_of(influencer) for influencer in story.INFLUENCERS]
    rows["total"] = figures(
        [b for b in SOLD if b.winner],
        people=sum(i.people for i in story.INFLUENCERS) - story.SHARED,
        clicks=(sum(c for c, _ in counted), sum(gross for _, gross in counted)),
        spent=story.AGENCY_FEE + sum(i.fee + i.gift for i in story.INFLUENCERS),
    )
    return rows


def test_the_story_is_the_one_that_was_counted_by_hand() -> None:
    """A few figures in digits, so that the sums above cannot all be wrong together."""
    rows = expected()
    assert {name: row["conversions"] for name, row in rows.items()} == {
        "Anna de Wit": 5,
        "Milan Peeters": 3,
        "Sanne Bakker": 4,
        "Joost Visser": 6,
        "total": 18,
    }
    assert rows["total"]["repeat_buyers"] == 5
    assert rows["total"]["visitors"] == 350
    anna = rows["Anna de Wit"]
    # pyjama 63.19, two shirts 74.30, (refunded) 0, box 42.12, shirt 31.58
    assert anna["revenue"] == 6319 + 7430 + 0 + 4212 + 3158
    assert anna["cost"] == 4000 + 3100 + 632 + 743 + 0 + 421 + 316
    assert anna["new_customers"] == 4


def compare(name: str, answered: dict[str, Any], wanted: dict[str, Any]) -> None:
    for kpi, value in wanted.items():
        shown = answered[kpi]["value"]
        if isinstance(value, Fraction):
            assert isinstance(shown, str), (name, kpi)
            assert abs(Fraction(shown) - value) < Fraction(1, 10**6), (name, kpi)
            ratio = Fraction(answered[kpi]["numerator"], answered[kpi]["denominator"])
            assert ratio == value, (name, kpi)
        else:
            assert shown == value, (name, kpi, shown, value)


def compare_all(kpis: dict[str, Any]) -> None:
    """The report by influencer with what was computed by hand."""
    wanted = expected()
    compare("total", kpis["totals"], wanted.pop("total"))
    rows = {row["key"]["name"]: row["kpis"] for row in kpis["rows"]}
    assert rows[None]["cost"]["value"] == story.AGENCY_FEE
    assert rows[None]["conversions"]["value"] == 0
    assert rows.keys() == {*wanted, None}
    for name, row in wanted.items():
        compare(name, rows[name], row)


def check_ledger(instance: Path, env: Mapping[str, str]) -> str:
    """What the ledger check has to say; nothing if all is well."""
    check = subprocess.run(
        [sys.executable, "-m", "marketplace.cli", "ledger", "check"],
        env={**env, "INSTANCE": str(instance)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if check.returncode == 0 else check.stdout + check.stderr


@pytest.mark.slow
def test_every_figure_of_the_played_story(tmp_path: Path, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("on SQLite the demo plays it, below")
    proxied = {"TRUSTED_PROXIES": "127.0.0.1"}
    with (
        serving(tmp_path / "instance", database_url, **proxied) as server,
        httpx.Client(base_url=server.address, timeout=30) as client,
    ):
        reported: list[str] = []
        played = play(client, reported.append)
        kpis = report(played)
        ledger = check_ledger(server.instance, server.env)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
    assert len(reported) == steps()
    compare_all(kpis)
    assert ledger == ""


@dataclass
class Shown:
    """The demo from its start to Ctrl-C, on SQLite as it always is.

    `said`: all that it printed; `me`, `kpis`: answers while it was there; `left`: which
    of its processes outlived it.
    """

    folder: Path
    said: str
    me: Any
    kpis: dict[str, Any]
    status: int
    left: set[int]


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """One demo, for all that is asked of it."""
    folder = tmp_path_factory.mktemp("shown") / "demo"
    words = ["demo", "--port", str(free_port()), "--instance", str(folder)]
    demo = subprocess.Popen(
        [sys.executable, "-m", "marketplace.cli", *words],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert demo.stdout is not None
        said = ""
        for line in iter(demo.stdout.readline, ""):
            said += line
            if "Ctrl-C" in line:
                break
        (address,) = re.findall(r"(http://\S+)/docs", said)
        (token,) = re.findall(r"mkt_\S+", said)
        (campaign_id,) = re.findall(r"/v1/campaigns/(\S+)/kpis", said)
        with httpx.Client(base_url=address, timeout=30) as client:
            brand = Caller(client, token)
            me = brand.get("/v1/me")
            played = Played(me["brands"][0]["id"], brand, token, campaign_id)
            kpis = report(played)
        family = descendants(demo.pid)
        demo.send_signal(signal.SIGINT)
        said += demo.communicate(timeout=40)[0]
    finally:
        demo.kill()
    left = {pid for pid in family if parent_of(pid)}
    return Shown(folder, said, me, kpis, demo.returncode, left)


@pytest.mark.slow
def test_every_figure_of_the_shown_story(shown: Shown) -> None:
    compare_all(shown.kpis)
    assert check_ledger(shown.folder, {**os.environ, "DATABASE_URL": ""}) == ""


@pytest.mark.slow
def test_the_command_shows_it(shown: Shown) -> None:
    table = {
        line.strip().partition("  ")[0]: re.findall(r" (-|-?[\d,.]+%?)(?= |$)", line)
        for line in shown.said.splitlines()
    }
    rows = expected()
    for label, kpi in (("Revenue", "revenue"), ("Net profit", "net_profit")):
        amounts = [rows[name][kpi] for name in ("Anna de Wit", "Joost Visser", "total")]
        wanted = [f"{Decimal(amount) / 100:,.2f}" for amount in amounts]
        assert [table[label][n] for n in (0, 1, -1)] == wanted
    assert table["Profit per visitor"][-2] == "-"  # nobody visited the campaign itself
    assert "is credited to Milan Peeters, by code" in shown.said
    assert "won  code  of Milan Peeters: This touch decided" in shown.said
    assert "lost click of Anna de Wit" in shown.said
    again = subprocess.run(
        [
            *(sys.executable, "-m", "marketplace.cli", "demo", "--exit"),
            *("--instance", str(shown.folder)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert "has a database already" in again.stderr


@pytest.mark.slow
def test_it_goes_on_serving_until_it_is_stopped(shown: Shown) -> None:
    assert shown.me["brands"]
    assert shown.status == 0
    assert shown.left == set()


# A server that says when it is there, and how it ended.
SERVER = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit({status}))
print("ready", flush=True)
signal.pause()
"""


@pytest.mark.parametrize("status", [0, 3])
def test_it_may_stop_when_it_has_been_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    started, shows = [], []

    def start(*_: Any) -> Any:
        words = [sys.executable, "-c", SERVER.format(status=status)]
        server = subprocess.Popen(words, stdout=subprocess.PIPE)
        started.append(server)
        assert server.stdout is not None
        with server.stdout as said:
            assert said.readline() == b"ready\n"
        return server

    monkeypatch.setattr(command, "start", start)
    monkeypatch.setattr(command, "wait_until_ready", lambda *_: None)
    monkeypatch.setattr(command, "stop_on_signals", lambda *_: None)
    monkeypatch.setattr(command, "perform", shows.append)
    words = ["--exit", "--port", str(free_port()), "--instance", str(tmp_path / "demo")]
    result = CliRunner().invoke(command.demo, words)
    assert len(shows) == len(started) == 1
    assert started[0].poll() == status
    assert result.exit_code == (1 if status else 0)
    assert (f"status {status}" in result.output) == bool(status)
