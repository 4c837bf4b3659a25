"""shops that are asked: credentials, fetches, codes in shops; erasure, past customers"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COSTED_BY = (
    ("orders", "table_costed_amount"),
    ("attributions", "table_costed_amount"),
    ("attributions", "margin_costed_amount"),
    ("order_cells", "table_costed_revenue_amount"),
    ("order_cells", "margin_costed_revenue_amount"),
)
FORMER_INDEXES = (
    ("ix_webhook_events_status_next_attempt_at", ["status", "next_attempt_at"]),
    ("ix_webhook_events_brand_id_status", ["brand_id", "status"]),
)
INDEXES = (
    (
        "received",
        "ix_webhook_events_due",
        ["brand_id", "received_at", "id", "next_attempt_at"],
    ),
    ("parked", "ix_webhook_events_parked", ["shop_id", "order_external_id"]),
    ("failed", "ix_webhook_events_failed", ["shop_id"]),
)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "shop_fetches",
        sa.Column("webhook_event_id", sa.String(length=40), nullable=False),
        sa.Column("shop_id", sa.String(length=40), nullable=False),
        sa.Column("paths", JSON, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("fetched_event_id", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_event_id"],
            ["webhook_events.id"],
            name=op.f("fk_shop_fetches_webhook_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_shop_fetches_shop_id")
        ),
        sa.ForeignKeyConstraint(
            ["fetched_event_id"],
            ["webhook_events.id"],
            name=op.f("fk_shop_fetches_fetched_event_id"),
        ),
        sa.PrimaryKeyConstraint("webhook_event_id", name=op.f("pk_shop_fetches")),
    )
    op.create_index(
        "ix_shop_fetches_next_attempt_at", "shop_fetches", ["next_attempt_at"]
    )
    op.create_index(op.f("ix_shop_fetches_shop_id"), "shop_fetches", ["shop_id"])
    op.create_index(
        op.f("ix_shop_fetches_fetched_event_id"), "shop_fetches", ["fetched_event_id"]
    )
    op.create_table(
        "shop_access",
        sa.Column("shop_id", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("api_url", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("reconciled_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reading_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cursor", sa.String(length=1000), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_shop_access_shop_id")
        ),
        sa.PrimaryKeyConstraint("shop_id", name=op.f("pk_shop_access")),
    )
    op.create_index(
        "ix_shop_access_next_attempt_at", "shop_access", ["next_attempt_at"]
    )
    op.create_table(
        "shop_codes",
        sa.Column("promo_code_id", sa.String(length=40), nullable=False),
        sa.Column("shop_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["promo_code_id"],
            ["promo_codes.id"],
            name=op.f("fk_shop_codes_promo_code_id"),
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_shop_codes_shop_id")
        ),
        sa.PrimaryKeyConstraint("promo_code_id", "shop_id", name=op.f("pk_shop_codes")),
    )
    op.create_index("ix_shop_codes_next_attempt_at", "shop_codes", ["next_attempt_at"])
    op.create_index(op.f("ix_shop_codes_shop_id"), "shop_codes", ["shop_id"])
    op.add_column(
        "webhook_events",
        sa.Column("is_fetched", sa.Boolean(), server_default="0", nullable=False),
    )
    op.add_column(
        "webhook_events", sa.Column("read_as", sa.String(length=32), nullable=True)
    )
    for name, _ in FORMER_INDEXES:
        op.drop_index(name, "webhook_events")
    for status, name, columns in INDEXES:
        where = sa.text(f"status = '{status}'")
        op.create_index(
            name,
            "webhook_events",
            columns,
            sqlite_where=where,
            postgresql_where=where,
        )
    op.add_column(
        "customers",
        sa.Column("bought_before_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column(
        "orders", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "shops", sa.Column("reconnected_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_table(
        "erased_keys",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=40), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_erased_keys_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_erased_keys_customer_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "key", name=op.f("pk_erased_keys")),
    )
    op.create_index(op.f("ix_erased_keys_customer_id"), "erased_keys", ["customer_id"])
    op.create_index(op.f("ix_erased_keys_erased_at"), "erased_keys", ["erased_at"])
    op.create_table(
        "rate_fills",
        sa.Column("release", sa.String(length=100), nullable=False),
        sa.Column("filled_from", sa.Date(), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("release", name=op.f("pk_rate_fills")),
    )
    op.add_column(
        "users",
        sa.Column("is_admin", sa.Boolean(), server_default="0", nullable=False),
    )
    for table, column in COSTED_BY:
        op.add_column(
            table,
            sa.Column(
                column,
                sa.BigInteger(),
                nullable=table == "attributions",
                server_default=None if table == "attributions" else "0",
            ),
        )
    settle_again()


def settle_again() -> None:
    """Have orders looked at again whose cost may be from the cost table or a margin."""
    orders = sa.table(
        "orders",
        sa.column("id"),
        sa.column("shop_id"),
        sa.column("uncosted_amount"),
        sa.column("settle_requested_at", sa.DateTime(timezone=True)),
    )
    decided = sa.table(
        "attributions", sa.column("order_id"), sa.column("goods_cost_amount")
    )
    costed = sa.select(decided.c.order_id).where(
        decided.c.goods_cost_amount.is_not(None)
    )
    with_table = sa.select(sa.table("unit_costs", sa.column("shop_id")).c.shop_id)
    op.execute(
        orders.update()
        .where(
            orders.c.shop_id.in_(with_table)
            | ((orders.c.uncosted_amount > 0) & orders.c.id.in_(costed))
        )
        .values(settle_requested_at=datetime.now(UTC))
    )


def downgrade() -> None:
    op.drop_table("erased_keys")
    op.drop_column("users", "is_admin")
    op.drop_table("rate_fills")
    for table, column in COSTED_BY:
        op.drop_column(table, column)
    op.drop_column("shops", "reconnected_at")
    op.drop_column("orders", "erased_at")
    op.drop_column("customers", "bought_before_at")
    for _, name, _ in INDEXES:
        op.drop_index(name, "webhook_events")
    for name, columns in FORMER_INDEXES:
        op.create_index(name, "webhook_events", columns)
    op.drop_column("webhook_events", "read_as")
    op.drop_column("webhook_events", "is_fetched")
    op.drop_table("shop_codes")
    op.drop_table("shop_access")
    op.drop_table("shop_fetches")
