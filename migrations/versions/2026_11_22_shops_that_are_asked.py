"""shops that are asked: credentials, fetches, codes in shops; erasure, past customers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

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
        sa.Column("external_id", sa.String(length=200), nullable=True),
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
    op.add_column(
        "customers",
        sa.Column("bought_before_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.add_column(
        "orders", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("orders", "erased_at")
    op.drop_column("customers", "bought_before_at")
    op.drop_column("webhook_events", "read_as")
    op.drop_column("webhook_events", "is_fetched")
    op.drop_table("shop_codes")
    op.drop_table("shop_access")
    op.drop_table("shop_fetches")
