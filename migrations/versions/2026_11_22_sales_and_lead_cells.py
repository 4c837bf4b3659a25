"""sales and lead cells, more of order cells, target audiences"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

# The sketches that stand beside these were made by it, and are united with them.
from marketplace.tracking.sketches import sketch_of

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
SOLD = ("paid", "partially_refunded", "refunded")
KEPT = ("paid", "partially_refunded")
KEY = ("campaign_id", "application_id", "link_id", "shop_id", "day_on")
SUMS = (
    *("refunded_amount", "code_converted_orders", "code_revenue_amount"),
    *("discounted_orders", "discount_amount"),
)
LEADS = (
    *("leads", "qualified_leads", "registrations", "enrolments", "subscriptions"),
    *("newsletter_signups", "giveaway_leads"),
)
HORIZONS = (30, 60, 365)
SKETCHES = (
    *(f"repeat_buyers_{days}d" for days in HORIZONS),
    *("known_buyers", "returning_customers"),
)


def _added() -> tuple[tuple[str, sa.Column], ...]:
    return (
        ("orders", sa.Column("sold_on", sa.Date(), nullable=True)),
        ("leads", sa.Column("qualified_at", TIME, nullable=True)),
        ("attributions", sa.Column("discount_amount", sa.BigInteger(), nullable=True)),
        *(
            (
                "order_cells",
                sa.Column(name, sa.BigInteger(), server_default="0", nullable=False),
            )
            for name in SUMS
        ),
        *(
            ("order_cells", sa.Column(name, sa.LargeBinary(), nullable=True))
            for name in SKETCHES
        ),
    )


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def upgrade() -> None:
    for table, column in _added():
        op.add_column(table, column)
    op.create_table(
        "sales_cells",
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("shop_id", sa.String(40), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("revenue_amount", sa.BigInteger(), nullable=False),
        _belongs("sales_cells", "brand_id", "brands"),
        _belongs("sales_cells", "shop_id", "shops"),
        sa.PrimaryKeyConstraint(
            "brand_id", "day_on", "shop_id", "currency", name=op.f("pk_sales_cells")
        ),
    )
    op.create_table(
        "lead_cells",
        sa.Column("campaign_id", sa.String(40), nullable=False),
        sa.Column("application_id", sa.String(40), nullable=False),
        sa.Column("link_id", sa.String(40), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in LEADS),
        sa.Column("updated_at", TIME, nullable=False),
        _belongs("lead_cells", "campaign_id", "campaigns"),
        _belongs("lead_cells", "application_id", "applications"),
        sa.PrimaryKeyConstraint(
            *("campaign_id", "application_id", "link_id", "day_on"),
            name=op.f("pk_lead_cells"),
        ),
    )
    op.create_index("ix_lead_cells_day_on", "lead_cells", ["day_on"])
    op.create_table(
        "target_audiences",
        sa.Column("campaign_id", sa.String(40), nullable=False),
        sa.Column("countries", JSON, nullable=False),
        sa.Column("languages", JSON, nullable=False),
        sa.Column("devices", JSON, nullable=False),
        sa.Column("visitors", sa.String(32), nullable=True),
        sa.Column("baseline_from", sa.Date(), nullable=True),
        sa.Column("baseline_to", sa.Date(), nullable=True),
        sa.Column("baseline_visitors", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("recount_from", sa.Date(), nullable=True),
        sa.Column("known_from", sa.Date(), nullable=True),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        _belongs("target_audiences", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_target_audiences")),
    )
    now = datetime.now(UTC)
    _fill_sales()
    _fill_leads(now)
    _fill_discounts(now)
    _fill_order_cells(op.get_bind())


def _fill_sales() -> None:
    """Every sold order under the day of its decision."""
    op.execute(
        """UPDATE orders SET sold_on = COALESCE(
          (SELECT a.day_on FROM attributions a WHERE a.order_id = orders.id),
          DATE(placed_at))
        WHERE status IN ('paid', 'partially_refunded', 'refunded')"""
    )
    op.execute(
        """INSERT INTO sales_cells
          (brand_id, day_on, shop_id, currency, orders, revenue_amount)
        SELECT brand_id, sold_on, shop_id, currency, COUNT(*), SUM(net_amount)
        FROM orders WHERE sold_on IS NOT NULL
        GROUP BY brand_id, sold_on, shop_id, currency"""
    )


def _fill_leads(now: datetime) -> None:
    op.get_bind().execute(
        sa.text(
            """INSERT INTO lead_cells (campaign_id, application_id, link_id, day_on,
              leads, qualified_leads, registrations, enrolments, subscriptions,
              newsletter_signups, giveaway_leads, updated_at)
            SELECT a.campaign_id, a.application_id, COALESCE(a.link_id, ''), a.day_on,
              COUNT(*),
              SUM(CASE WHEN l.kind = 'qualified' THEN 1 ELSE 0 END),
              SUM(CASE WHEN l.kind = 'registration' THEN 1 ELSE 0 END),
              0,
              SUM(CASE WHEN l.kind = 'subscription' THEN 1 ELSE 0 END),
              SUM(CASE WHEN l.kind = 'newsletter' THEN 1 ELSE 0 END),
              SUM(CASE WHEN l.kind = 'giveaway' THEN 1 ELSE 0 END),
              :now
            FROM lead_attributions a JOIN leads l ON l.id = a.lead_id
            WHERE a.application_id IS NOT NULL
            GROUP BY a.campaign_id, a.application_id, a.link_id, a.day_on"""
        ).bindparams(sa.bindparam("now", now, TIME))
    )


def _fill_discounts(now: datetime) -> None:
    """At once where the order is in the campaign's currency, else by deciding again."""
    op.execute(
        """UPDATE attributions SET discount_amount =
          (SELECT o.discount_amount FROM orders o WHERE o.id = attributions.order_id)
        WHERE rate IS NOT NULL AND EXISTS
          (SELECT 1 FROM orders o JOIN campaigns c
           ON c.id = attributions.campaign_id AND c.currency = o.currency
           WHERE o.id = attributions.order_id)"""
    )
    op.get_bind().execute(
        sa.text(
            """UPDATE orders SET settle_requested_at = :now
            WHERE discount_amount IS NOT NULL AND EXISTS
              (SELECT 1 FROM attributions a JOIN campaigns c ON c.id = a.campaign_id
               WHERE a.order_id = orders.id AND a.rate IS NOT NULL
               AND c.currency <> orders.currency)"""
        ).bindparams(sa.bindparam("now", now, TIME))
    )


def _fill_order_cells(bind: sa.Connection) -> None:
    """A campaign at a time, from its credited orders."""
    cells = sa.table(
        "order_cells", *(sa.column(name) for name in (*KEY, *SUMS, *SKETCHES))
    )
    values = {name: sa.bindparam(f"new_{name}") for name in (*SUMS, *SKETCHES)}
    same = [cells.c[name] == sa.bindparam(f"of_{name}") for name in KEY]
    change = sa.update(cells).where(*same).values(values)
    known = sa.select(cells.c.campaign_id).distinct().order_by(cells.c.campaign_id)
    for campaign_id in bind.execute(known).scalars().all():
        rows = bind.execute(_credited(campaign_id)).all()
        found = groupby(rows, key=lambda row: tuple(row[: len(KEY)]))
        changes = [_named(key, list(orders)) for key, orders in found]
        if changes:
            bind.execute(change, changes)


def _credited(campaign_id: str) -> sa.Select[Any]:
    a = sa.table(
        "attributions",
        *(sa.column(name) for name in KEY if name != "day_on"),
        *(sa.column("order_id"), sa.column("day_on", sa.Date())),
        *(sa.column("is_first", sa.Boolean()), sa.column("code_used", sa.Boolean())),
        *(sa.column("base_amount"), sa.column("net_amount")),
        *(sa.column("discount_amount"), sa.column("next_order_at", TIME)),
    )
    o = sa.table(
        "orders",
        *(sa.column("id"), sa.column("customer_id"), sa.column("status")),
        *(sa.column("placed_at", TIME), sa.column("is_new", sa.Boolean())),
    )
    link = sa.func.coalesce(a.c.link_id, "").label("link")
    key = (a.c.campaign_id, a.c.application_id, link, a.c.shop_id, a.c.day_on)
    return (
        sa.select(
            *key,
            *(o.c.customer_id, o.c.status, o.c.placed_at, o.c.is_new),
            *(a.c.is_first, a.c.code_used, a.c.next_order_at),
            *(a.c.base_amount, a.c.net_amount, a.c.discount_amount),
        )
        .join(o, o.c.id == a.c.order_id)
        .where(
            a.c.campaign_id == campaign_id,
            a.c.application_id.is_not(None),
            o.c.status.in_(SOLD),
        )
        .order_by(a.c.application_id, sa.text("link"), a.c.shop_id, a.c.day_on)
    )


def _named(key: tuple[Any, ...], orders: list[Any]) -> dict[str, Any]:
    of = {f"of_{name}": value for name, value in zip(KEY, key, strict=True)}
    new = {f"new_{name}": value for name, value in _figures(orders)}
    return {**of, **new}


def _figures(orders: list[Any]) -> Iterator[tuple[str, Any]]:
    converted = [row for row in orders if row.net_amount is not None]
    by_code = [row for row in converted if row.code_used]
    told = [row for row in by_code if row.discount_amount is not None]
    yield "refunded_amount", sum(row.base_amount - row.net_amount for row in converted)
    yield "code_converted_orders", len(by_code)
    yield "code_revenue_amount", sum(row.net_amount for row in by_code)
    yield "discounted_orders", len(told)
    yield "discount_amount", sum(row.discount_amount for row in told)
    theirs = [row for row in orders if row.customer_id is not None]
    again = [r for r in theirs if r.is_first and r.next_order_at is not None]
    for days in HORIZONS:
        within = timedelta(days=days)
        yield (
            f"repeat_buyers_{days}d",
            _people(r for r in again if r.next_order_at <= r.placed_at + within),
        )
    known = [r for r in theirs if r.is_new is not None and r.status in KEPT]
    yield "known_buyers", _people(known)
    yield "returning_customers", _people(row for row in known if not row.is_new)


def _people(rows: Iterable[Any]) -> bytes | None:
    return sketch_of(row.customer_id for row in rows)


def downgrade() -> None:
    for table in ("target_audiences", "lead_cells", "sales_cells"):
        op.drop_table(table)
    op.execute("DELETE FROM traffic_cells WHERE dimension = 'audience'")
    op.execute("DELETE FROM traffic_sketches WHERE dimension = 'audience'")
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)
