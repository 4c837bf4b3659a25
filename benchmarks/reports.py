"""Reports over ten million clicks and a million orders, and over a tenth of them.

    python -m benchmarks reports [--rounds 7] [--clicks 10000000] [--orders 1000000]
                                 [--database-url postgresql:///test]

On a PostgreSQL database that it makes and drops: a brand with 50 influencers, 300 posts
and 90 days of all that, raw rows and the cells they leave; and beside it a brand with a
tenth. Forty KPIs over the 90 days, by influencer and by day, over HTTP (Flask's client),
must take less than 150 ms (medians), and at most half as long again as those of a tenth:
a report costs by its cells, not by what happened. Returning customers, who are distinct
people over all orders, are shown apart: their sketches grow with them. Exits with 1
beyond a limit.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Table, create_engine, insert, make_url, select, text
from sqlalchemy.orm import Session

from marketplace import accounts
from marketplace.accounts.models import Membership, User
from marketplace.accounts.rules import Platform, Scope
from marketplace.app import create_app
from marketplace.attribution.horizons import HORIZONS
from marketplace.attribution.models import Attribution, OrderCell
from marketplace.commissions.models import Commission, CommissionCell
from marketplace.commissions.rules import EntryKind, EntryStatus
from marketplace.config import Settings
from marketplace.content.models import Post, PostCell
from marketplace.content.rules import ContentSource, PostFormat
from marketplace.costs.models import Cost
from marketplace.costs.rules import Allocation, CostKind
from marketplace.database import db, make_engine, migrate
from marketplace.kpis import CATALOGUE
from marketplace.orders import Order, OrderStatus
from marketplace.orm import Model
from marketplace.tracking.models import TrackingLink
from marketplace.tracking.rules import Dimension
from marketplace.tracking.sketches import sketch_of
from marketplace.tracking.traffic_models import Click, TrafficCell

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
import factories

LIMIT, GROWTH = 0.150, 1.5  # seconds; of a tenth
INFLUENCERS, DAYS, POSTS = 50, 90, 300
TENTH = 10
# Distinct over all orders of a window, so that every customer's hash must be read: shown
# beside the limits.
DISTINCT = ("returning_customers", "returning_customer_rate")
FIRST = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = FIRST + timedelta(days=DAYS)
DAY = timedelta(days=1)
BATCH = 5_000
VALUES = {
    Dimension.COUNTRY: "NL BE DE FR GB US ES IT",
    Dimension.DEVICE: "phone desktop tablet",
    Dimension.BROWSER: "Chrome Safari Firefox Edge Instagram TikTok",
    Dimension.OS: "iOS Android Windows macOS Linux",
    Dimension.LANGUAGE: "nl en de fr",
    Dimension.REFERRER: "instagram.com tiktok.com youtube.com -",
    Dimension.VISITOR: "new returning -",
    Dimension.PLATFORM: "instagram",
    Dimension.SOCIAL: "social",
}
LARGE = ("clicks", "orders", "attributions", "commissions")
KPIS = (
    *("clicks", "clicks_gross", "unique_clickers", "visitors", "social_visitors"),
    *("new_visitors", "visits", "bounce_rate", "conversions", "conversion_rate"),
    *("revenue", "orders", "average_order_value", "new_customers", "repeat_buyers"),
    *("repeat_buyers_90d", "repeat_rate", "code_redemptions", "refunded_amount"),
    *("refund_rate", "cost", "gross_profit", "net_profit", "profit_per_visitor"),
    *("gross_profit_per_visitor", "cpa", "cost_per_conversion", "cpc", "cpm", "roi"),
    *("roas", "impressions", "views", "likes", "comments", "shares", "saves"),
    *("engagement", "engagement_rate", "ctr"),
)


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """A migrated database of one's own on that server, dropped afterwards."""
    server = make_url(url).set(drivername="postgresql+psycopg")
    name = f"marketplace_reports_{uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        own = server.set(database=name).render_as_string(hide_password=False)
        engine = make_engine(own)
        migrate(engine)
        engine.dispose()
        yield own
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def many(session: Session, model: type[Model], rows: Iterator[dict[str, Any]]) -> None:
    """Rows in batches."""
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            session.execute(insert(model), batch)
            batch = []
    if batch:
        session.execute(insert(model), batch)


def series(session: Session, model: type[Model], number: int, **told: str) -> None:
    """As many raw rows, each column an expression over `n` of generate_series.

    Columns not told have the model's own defaults.
    """
    table = model.__table__
    assert isinstance(table, Table)
    columns = {**told}
    for column in table.columns:
        default = column.default
        if column.name in columns or column.nullable or column.server_default:
            continue
        plain = getattr(default, "arg", None)
        if callable(plain):
            plain = plain(None)
        columns[column.name] = {"[]": "'[]'", "{}": "'{}'"}.get(
            repr(plain), repr(plain)
        )
    names, values = (
        ", ".join(f'"{each}"' for each in columns),
        ", ".join(columns.values()),
    )
    session.execute(
        text(
            f'INSERT INTO "{table.name}" ({names}) SELECT {values}'
            f" FROM generate_series(0, {number - 1}) AS n"
        )
    )


class World:
    """A brand with its influencers' links; what happened is spread evenly over them."""

    def __init__(self, session: Session, name: str) -> None:
        self.session, self.name = session, name
        self.brand = factories.make_brand(session, name=name, timezone="UTC")
        self.campaign = factories.make_campaign(
            session, self.brand, created_at=FIRST, margin_bps=4_000
        )
        self.shop = factories.make_shop(session, self.brand)
        self.links: list[TrackingLink] = []
        self.people: list[str] = []
        for number in range(INFLUENCERS):
            person = factories.make_influencer(session, name=f"Person {number:02}")
            contract = factories.make_application(session, self.campaign, person)
            link = factories.make_link(session, contract, slug=f"{name}{number}")
            self.people.append(person.id)
            self.links.append(link)
        session.flush()
        self.contracts = [link.application_id for link in self.links]
        self.days = [FIRST.date() + n * DAY for n in range(DAYS)]

    def happen(self, clicks: int, orders: int) -> None:
        """Every click, order, decision and ledger entry as a row of its own."""
        links = _array(link.id for link in self.links)
        contracts = _array(self.contracts)
        who, day = f"1 + n % {INFLUENCERS}", f"(n / {INFLUENCERS}) % {DAYS}"
        told = {
            "day_on": f"DATE '{self.days[0]}' + ({day})::int",
            "at": f"TIMESTAMPTZ '{FIRST}' + ({day}) * INTERVAL '1 day'"
            f" + (n % 40000) * INTERVAL '1 second'",
            "link": f"({links})[{who}]",
            "contract": f"({contracts})[{who}]",
        }
        common = {"brand_id": f"'{self.brand.id}'", "shop_id": f"'{self.shop.id}'"}
        order_id = f"'ord_{self.name}' || n"
        series(
            self.session,
            Click,
            clicks,
            id=f"'{self.name}' || lpad(n::text, 12, '0')",
            day_on=told["day_on"],
            at=told["at"],
            link_id=told["link"],
            visitor="md5((n / 2)::text)",
            evidence='\'{"agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1)"}\'',
        )
        series(
            self.session,
            Order,
            orders,
            **common,
            id=order_id,
            external_id="n::text",
            status=f"'{OrderStatus.PAID.value}'",
            placed_at=told["at"],
            updated_at=told["at"],
            created_at=told["at"],
            was_paid="true",
            currency="'EUR'",
            total_amount="12100",
            base_amount="10000",
            net_amount="10000",
        )
        series(
            self.session,
            Attribution,
            orders,
            **common,
            order_id=order_id,
            campaign_id=f"'{self.campaign.id}'",
            application_id=told["contract"],
            link_id=told["link"],
            decided_at=told["at"],
            day_on=told["day_on"],
            click_used="true",
            base_amount="10000",
            net_amount="10000",
            goods_cost_amount="6000",
        )
        series(
            self.session,
            Commission,
            orders,
            **common,
            id=f"'com_{self.name}' || n",
            campaign_id=f"'{self.campaign.id}'",
            application_id=told["contract"],
            influencer_id="''",
            order_id=order_id,
            link_id=told["link"],
            kind=f"'{EntryKind.EARNING.value}'",
            status=f"'{EntryStatus.HELD.value}'",
            amount="1000",
            currency="'EUR'",
            day_on=told["day_on"],
            created_at=told["at"],
            matures_at=told["at"],
        )

    def roll_up(self, clicks: int, orders: int) -> None:
        """The cells that all this leaves."""
        session, per = self.session, INFLUENCERS * DAYS
        many(session, TrafficCell, self._traffic(clicks // per))
        many(session, OrderCell, self._orders(orders // per))
        many(session, CommissionCell, self._commissions(orders // per))
        many(session, PostCell, self._posts())
        for number, contract in enumerate(self.contracts):
            session.add(self._cost(number, application_id=contract))
        session.add(self._cost(0, allocation=Allocation.CLICKS))
        session.commit()

    def _traffic(self, clicks: int) -> Iterator[dict[str, Any]]:
        scopes = [
            *((link.id, 1, False) for link in self.links),
            *((contract, 1, True) for contract in self.contracts),
            (self.campaign.id, INFLUENCERS, True),
        ]
        for scope_id, weight, is_divided in scopes:
            values = [(Dimension.ALL, "", 1)]
            for dimension, words in VALUES.items() if is_divided else ():
                parts = words.replace("-", "").split(" ")
                values += [(dimension, part, len(parts)) for part in parts]
            for day in self.days:
                for dimension, value, parts in values:
                    number = clicks * weight // parts
                    yield {
                        "scope_id": scope_id,
                        "dimension": dimension,
                        "day_on": day,
                        "value": value,
                        "gross": number,
                        "counted": number * 9 // 10,
                        "clicker_count": number // 2,
                        "visits": number // 2,
                        "page_views": number,
                        "engaged_visits": number // 3,
                        "known_visits": number // 4,
                        "new_visitors": number // 5,
                        "visitor_count": number // 2,
                        "updated_at": NOW,
                        "set_aside": {"repeat": number // 10},
                    }

    def _orders(self, orders: int) -> Iterator[dict[str, Any]]:
        for number, link in enumerate(self.links):
            for position, day in enumerate(self.days):
                first = (position * INFLUENCERS + number) * orders
                people = [f"{self.name}{n}" for n in range(first, first + orders)]
                yield {
                    "campaign_id": self.campaign.id,
                    "application_id": link.application_id,
                    "link_id": link.id,
                    "shop_id": self.shop.id,
                    "day_on": day,
                    **dict.fromkeys(COUNTED, orders),
                    "refunded_orders": orders // 20,
                    "revenue_amount": 10_000 * orders,
                    "costed_revenue_amount": 10_000 * orders,
                    "goods_cost_amount": 6_000 * orders,
                    **customers(people),
                    "updated_at": NOW,
                }

    def _commissions(self, orders: int) -> Iterator[dict[str, Any]]:
        for link in self.links:
            for day in self.days:
                yield {
                    "campaign_id": self.campaign.id,
                    "application_id": link.application_id,
                    "link_id": link.id,
                    "shop_id": self.shop.id,
                    "day_on": day,
                    "amount": 1_000 * orders,
                    "entries": orders,
                    "updated_at": NOW,
                }

    def _posts(self) -> Iterator[dict[str, Any]]:
        """Posts published over the days, each looked at every day since."""
        for number in range(POSTS):
            link = self.links[number % INFLUENCERS]
            published = number * DAYS // POSTS
            post = Post(
                brand_id=self.brand.id,
                campaign_id=self.campaign.id,
                application_id=link.application_id,
                influencer_id=self.people[number % INFLUENCERS],
                link_id=link.id,
                platform=Platform.INSTAGRAM,
                format=PostFormat.REEL,
                published_at=FIRST + published * DAY,
                created_at=FIRST,
            )
            self.session.add(post)
            self.session.flush()
            for day in self.days[published:]:
                yield {
                    "post_id": post.id,
                    "day_on": day,
                    "campaign_id": self.campaign.id,
                    "application_id": link.application_id,
                    "link_id": link.id,
                    "platform": post.platform,
                    "format": post.format,
                    "published": int(day == self.days[published]),
                    **dict.fromkeys(("impressions", "views", "reach"), 1_000),
                    **dict.fromkeys(("likes", "comments", "shares", "saves"), 20),
                    **dict.fromkeys(("interactions", "rated_interactions"), 80),
                    "rated_audience": 1_000,
                    "source": ContentSource.REPORTED,
                    "observed_at": NOW,
                    "updated_at": NOW,
                }

    def _cost(self, number: int, **told: Any) -> Cost:
        return Cost(
            brand_id=self.brand.id,
            campaign_id=self.campaign.id,
            kind=CostKind.FEE,
            amount=50_001,
            currency="EUR",
            incurred_on=self.days[number % DAYS],
            created_at=NOW,
            **told,
        )

    def token(self) -> dict[str, str]:
        """Headers of its owner."""
        owner = select(Membership.user_id).where(Membership.brand_id == self.brand.id)
        user = self.session.get_one(User, self.session.scalars(owner).one())
        _, secret = accounts.issue_token(
            self.session, user, name="bench", scopes=tuple(Scope), now=NOW
        )
        self.session.commit()
        return {"Authorization": f"Bearer {secret}"}


COUNTED = (
    *("orders", "click_orders", "new_customers", "known_customers"),
    *("converted_orders", "costed_orders"),
)


def customers(people: list[str]) -> dict[str, bytes | int | None]:
    """Who is in a cell: each bought for the first time, and one in three again."""
    again = ("repeat_buyers", *(f"repeat_buyers_{days}d" for days in HORIZONS))
    whole, part = sketch_of(people), sketch_of(people[::3])
    return {
        "customers": whole,
        "customers_count": len(people),
        **dict.fromkeys(again, part),
        **{f"{name}_count": len(people[::3]) for name in again},
        "known_buyers": whole,
        "returning_customers": None,
    }


def _array(ids: Iterable[str | None]) -> str:
    quoted = ",".join(f"'{each}'" for each in ids)
    return f"ARRAY[{quoted}]"


@contextmanager
def without_indexes(session: Session) -> Iterator[None]:
    """The large tables meanwhile without what is no key; made again in one go."""
    found = session.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes JOIN pg_class"
            " ON pg_class.relname = indexname JOIN pg_index ON indexrelid = pg_class.oid"
            " WHERE tablename = ANY(:tables) AND NOT indisunique"
        ),
        {"tables": list(LARGE)},
    ).all()
    for name, _ in found:
        session.execute(text(f'DROP INDEX "{name}"'))
    yield
    session.execute(text("SET maintenance_work_mem = '512MB'"))
    for _, made in found:
        session.execute(text(made.replace(" ON ONLY ", " ON ")))


def load(session: Session, clicks: int, orders: int) -> dict[str, World]:
    """Both brands; foreign keys are not looked at, for the rows are known to fit."""
    session.execute(text("SET session_replication_role = replica"))
    session.execute(text("SET synchronous_commit = off"))
    session.execute(text("SET statement_timeout = 0"))
    worlds: dict[str, World] = {}
    parts = {"all": 1, "tenth": TENTH}
    for name, part in parts.items():
        begun = time.perf_counter()
        worlds[name] = World(session, name)
        worlds[name].roll_up(clicks // part, orders // part)
        print(f"{name:6} cells: {time.perf_counter() - begun:.0f} s", flush=True)
    begun = time.perf_counter()
    with without_indexes(session):
        for name, part in parts.items():
            worlds[name].happen(clicks // part, orders // part)
    session.commit()
    took = time.perf_counter() - begun
    print(f"{clicks} clicks, {orders} orders, and a tenth: {took:.0f} s", flush=True)
    for table in ("clicks", "orders", "attributions", "traffic_cells", "order_cells"):
        session.execute(text(f"ANALYZE {table}"))
    session.commit()
    size = session.scalar(
        text("SELECT pg_size_pretty(pg_database_size(current_database()))")
    )
    print(f"the database has {size}; load {os.getloadavg()[0]:.1f}", flush=True)
    return worlds


def measure(
    client: FlaskClient, world: World, by: str, kpis: Sequence[str], rounds: int
) -> tuple[float, float, float]:
    """Seconds that a report takes (median, least), and of these in Python (median)."""
    end = world.days[-1] + DAY
    query = urlencode(
        {"from": world.days[0], "to": end, "by": by, "kpis": ",".join(kpis)}
    )
    headers = world.token()
    took, worked = [], []
    for _ in range(rounds + 1):
        begun, busy = time.perf_counter(), time.process_time()
        answer = client.get(
            f"/v1/campaigns/{world.campaign.id}/kpis?{query}", headers=headers
        )
        took.append(time.perf_counter() - begun)
        worked.append(time.process_time() - busy)
        assert answer.status_code == 200, answer.text
    return statistics.median(took[1:]), min(took[1:]), statistics.median(worked[1:])


def main() -> None:
    """Load, measure, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clicks", type=int, default=10_000_000)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--database-url", default="postgresql:///test")
    told = parser.parse_args()
    unknown = sorted({*KPIS} - {*CATALOGUE})
    assert not unknown, f"no such KPIs: {unknown}"
    kept = True
    with (
        own_database(told.database_url) as url,
        tempfile.TemporaryDirectory() as folder,
    ):
        engine = make_engine(url)
        with Session(engine, expire_on_commit=False) as session:
            worlds = load(session, told.clicks, told.orders)
            names = {"INSTANCE": folder, "DATABASE_URL": url, "SECRET_KEY": "s" * 40}
            app = create_app(Settings.from_env({**names, "NODE_ID": "bench"}))
            client = app.test_client()
            for by in ("influencer", "day"):
                kept = compare(client, worlds, by, told.rounds) and kept
            took, *_ = measure(
                client, worlds["all"], "influencer", DISTINCT, told.rounds
            )
            print(f"returning customers by influencer: {took * 1000:.0f} ms")
            app.extensions["redirect"].close()
            with app.app_context():
                db.engine.dispose()
        engine.dispose()
    sys.exit(not kept)


def compare(
    client: FlaskClient, worlds: Mapping[str, World], by: str, rounds: int
) -> bool:
    """One breakdown over all and over a tenth; whether it keeps both limits."""
    whole, least, worked = measure(client, worlds["all"], by, KPIS, rounds)
    tenth, *_ = measure(client, worlds["tenth"], by, KPIS, rounds)
    print(
        f"by {by:10} {whole * 1000:6.0f} ms (at best {least * 1000:.0f};"
        f" {worked * 1000:.0f} in Python), {whole / LIMIT:.2f} of its limit;"
        f" {whole / tenth:.2f} times a tenth; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return whole < LIMIT and whole < GROWTH * tenth


if __name__ == "__main__":
    main()
