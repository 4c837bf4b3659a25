"""Models of credit: Markov on 10,000 paths against its limit, and a brand's own report.

    python -m benchmarks attribution [--rounds 3] [--clicks 100000] [--orders 10000]
                                     [--replayed 1000] [--database-url URL]

The paths lie in `attribution` of DATA, or of ../shared/data; without them as many are
drawn. Markov with its exact solution must take less than a second (and says what it
takes of the time in which the paths are only read from text). The report by every model
is then made from a brand's own clicks and orders, and orders are replayed under another
policy. Medians; exits with 1 beyond a limit. A database given must be empty, and keeps
what was put there.
"""

import argparse
import csv
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path as File
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

import marketplace.app  # noqa: F401 - every table must be known
from marketplace.accounts.models import Brand
from marketplace.attribution.comparison import ReportModel, compare
from marketplace.attribution.models import Attribution, Touch
from marketplace.attribution.observed_paths import observe
from marketplace.attribution.path_groups import GroupedBy, Within
from marketplace.attribution.paths import Path
from marketplace.attribution.policy_changes import policy_change
from marketplace.attribution.reasons import Reason
from marketplace.attribution.rules import Method
from marketplace.attribution.simulation import WhatIf
from marketplace.commissions.what_if import what_if
from marketplace.database import make_engine, migrate
from marketplace.ids import id_bytes
from marketplace.jobs.pipeline import keys_of
from marketplace.orders import Order, OrderStatus
from marketplace.tracking.codec import ClickCodec
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.traffic_models import Click

sys.path.insert(0, str(File(__file__).resolve().parent.parent / "tests"))
import factories

PATHS, LIMIT = 10_000, 1.0  # seconds
REPORT_LIMIT = 10.0
INFLUENCERS, DAYS = 50, 90
FILE = "ChannelAttribution_PathData.csv"
FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CODEC = ClickCodec(factories.KEYRING.key("click-id:1"))


def text_of_paths() -> list[str]:
    """Lines of the published paths, or of drawn ones of the same form."""
    shared = File(__file__).resolve().parents[2] / "shared" / "data"
    file = File(os.environ.get("DATA", shared)) / "attribution" / FILE
    if file.is_file():
        return file.read_text().splitlines()
    draw = random.Random(1)
    names = [f"channel{n}" for n in range(12)]
    lines = ["path;total_conversions;total_conversion_value;total_null"]
    for _ in range(PATHS):
        walk = " > ".join(draw.choices(names, k=draw.randint(1, 12)))
        lines.append(f"{walk};{draw.randint(0, 3)};1.5;{draw.randint(0, 9)}")
    return lines


def paths_of(lines: list[str]) -> list[Path]:
    """The paths that the lines say."""
    return [
        Path(
            touches=tuple(row["path"].split(" > ")),
            times=(FIRST,) * (row["path"].count(" > ") + 1),
            conversions=int(row["total_conversions"]),
            amount=int(Decimal(row["total_conversion_value"]) * 1000),
            nulls=int(Decimal(row["total_null"])),
        )
        for row in csv.DictReader(lines, delimiter=";")
    ]


def median(rounds: int, work: Callable[[], object]) -> float:
    """Seconds that it takes, once warm."""
    work()
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return statistics.median(took)


def published(rounds: int) -> bool:
    """Each model on the paths; whether Markov keeps its limit."""
    lines = text_of_paths()
    paths = paths_of(lines)
    reading = median(rounds, lambda: paths_of(lines))
    print(f"{len(paths)} paths; reading their text takes {reading * 1000:.0f} ms")
    kept = True
    for model in ReportModel:
        took = median(rounds, lambda model=model: compare(paths, [model]))
        told = (
            f"{model.value:12} {took * 1000:7.1f} ms  {took / reading:5.2f} of reading"
        )
        if model is ReportModel.MARKOV:
            kept = took < LIMIT
            told += f", {took / LIMIT:.1%} of its limit of {LIMIT:g} s"
        print(told, flush=True)
    return kept


def make_world(session: Session, clicks: int, orders: int) -> Brand:
    """A brand with clicks; every order carries one to three of them."""
    brand = factories.make_brand(session)
    campaign = factories.make_campaign(session, brand)
    shop = factories.make_shop(session, brand)
    links = []
    for _ in range(INFLUENCERS):
        influencer = factories.make_influencer(session)
        application = factories.make_application(session, campaign, influencer)
        links.append(factories.make_link(session, application))
    draw = random.Random(2)
    rows = [click_row(draw, links) for _ in range(clicks)]
    session.execute(insert(Click), rows)
    by_id = {link.id: link for link in links}
    sold: dict[str, list[dict[str, Any]]] = {
        "orders": [],
        "decisions": [],
        "touches": [],
    }
    for number in range(orders):
        carried = sorted(
            draw.sample(rows, draw.randint(1, 3)), key=lambda row: row["at"]
        )
        add_order(sold, number, brand, shop.id, carried, by_id)
    for model, name in (
        (Order, "orders"),
        (Attribution, "decisions"),
        (Touch, "touches"),
    ):
        session.execute(insert(model), sold[name])
    session.commit()
    return brand


def click_row(draw: random.Random, links: list[TrackingLink]) -> dict[str, Any]:
    """A click by one of many visitors of that day."""
    at = FIRST + timedelta(seconds=draw.randrange(DAYS * 86_400))
    link = draw.choice(links)
    visitor = random.Random(f"{at.date()}{draw.randrange(1000)}").getrandbits(128)
    return {
        "id": CODEC.mint(id_bytes(link.id), int(at.timestamp() * 1000)),
        "day_on": at.date(),
        "link_id": link.id,
        "at": at,
        "visitor": f"{visitor:032x}",
        "evidence": {},
    }


def add_order(
    sold: dict[str, list[dict[str, Any]]],
    number: int,
    brand: Brand,
    shop_id: str,
    carried: list[dict[str, Any]],
    links: dict[str, TrackingLink],
) -> None:
    """An order with its decision and its touches, as if it had been settled."""
    at, order_id = carried[-1]["at"] + timedelta(minutes=9), f"ord_{number:08}"
    amount = 1_000 + number % 9_000
    common = {"brand_id": brand.id, "shop_id": shop_id}
    money = {"base_amount": amount, "net_amount": amount}
    sold["orders"].append(
        {
            **common,
            **money,
            "id": order_id,
            "external_id": str(number),
            "status": OrderStatus.PAID,
            "placed_at": at,
            "updated_at": at,
            "created_at": at,
            "was_paid": True,
            "currency": brand.currency,
            "total_amount": amount,
            "codes": [],
            "click_ids": [row["id"] for row in carried],
        }
    )
    winner = links[carried[-1]["link_id"]]
    sold["decisions"].append(
        {
            **common,
            **money,
            "order_id": order_id,
            "campaign_id": winner.campaign_id,
            "application_id": winner.application_id,
            "link_id": winner.id,
            "method": Method.CLICK,
            "model": "last",
            "policy_version": 1,
            "credits": [{"application_id": winner.application_id, "share_bps": 10_000}],
            "decided_at": at,
            "day_on": at.date(),
            "click_used": True,
            "rate": Decimal(1),
            "rate_on": at.date(),
        }
    )
    for position, row in enumerate(carried):
        won = position == len(carried) - 1
        sold["touches"].append(
            {
                "order_id": order_id,
                "position": position,
                "kind": Method.CLICK,
                "at": row["at"],
                "application_id": links[row["link_id"]].application_id,
                "link_id": row["link_id"],
                "click_id": row["id"],
                "won": won,
                "reason": Reason.WON if won else Reason.LATER_TOUCH,
            }
        )


def own(session: Session, brand: Brand, options: argparse.Namespace) -> bool:
    """The report by every model from the database; whether it keeps its limit."""
    first = FIRST.date()
    within = Within(
        brand.id, brand.timezone, first, first + timedelta(days=DAYS + 1), "EUR"
    )
    seen = observe(session, within, GroupedBy.INFLUENCER)
    print(
        f"{options.clicks} clicks, {options.orders} orders:"
        f" {sum(path.conversions for path in seen.paths)} paths with an order and"
        f" {sum(path.nulls for path in seen.paths)} without"
    )
    reading = median(
        options.rounds, lambda: observe(session, within, GroupedBy.INFLUENCER)
    )
    dividing = median(options.rounds, lambda: compare(seen.paths, ReportModel))
    took = reading + dividing
    print(
        f"report by {len(ReportModel)} models: {reading:.2f} s to read,"
        f" {dividing:.2f} s to divide; {took / REPORT_LIMIT:.0%} of {REPORT_LIMIT:g} s"
    )
    return took < REPORT_LIMIT


def replayed(session: Session, brand: Brand, most: int) -> None:
    """Another policy for as many orders, of which each is decided twice."""
    first, last = FIRST.date(), FIRST.date() + timedelta(days=DAYS + 1)
    days = session.scalars(select(Attribution.day_on).order_by(Attribution.day_on))
    for number, day in enumerate(days):
        if number == most:
            last = day
            break
    change = policy_change({"model": "first", "window_days": 7})
    keys = keys_of(brand, factories.KEYRING)
    asked = WhatIf(change, first, last)
    begun = time.perf_counter()
    found = what_if(session, brand, asked, keys=keys, now=FIRST)
    took = time.perf_counter() - begun
    print(
        f"{found.orders} orders replayed in {took:.1f} s,"
        f" {took / found.orders * 1000:.1f} ms each; {len(found.changed)} change"
    )


def main() -> None:
    """The published paths, then a brand's own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clicks", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--replayed", type=int, default=1_000)
    parser.add_argument("--database-url", default="")
    options = parser.parse_args()
    kept = published(options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        url = options.database_url or f"sqlite:///{folder}/bench.db"
        engine = make_engine(url)
        migrate(engine)
        with Session(engine) as session:
            brand = make_world(session, options.clicks, options.orders)
            kept &= own(session, brand, options)
            replayed(session, brand, options.replayed)
        engine.dispose()
    if not kept:
        sys.exit(1)


if __name__ == "__main__":
    main()
