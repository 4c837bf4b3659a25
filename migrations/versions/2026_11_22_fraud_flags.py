"""fraud flags and what a campaign does about them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
INDEXES = (
    ("ix_flags_application_id_subject", "flags", ["application_id", "subject"]),
    ("ix_flags_order_id", "flags", ["order_id"]),
    ("ix_flags_brand_id_first_seen_at", "flags", ["brand_id", "first_seen_at"]),
    (
        "ix_flags_influencer_id_first_seen_at",
        "flags",
        ["influencer_id", "first_seen_at"],
    ),
    ("ix_flags_campaign_id_rule", "flags", ["campaign_id", "rule"]),
    ("ix_fraud_watches_watched_at", "fraud_watches", ["watched_at"]),
    ("ix_orders_address_hash_placed_at", "orders", ["address_hash", "placed_at"]),
    ("ix_orders_payment_hash_placed_at", "orders", ["payment_hash", "placed_at"]),
)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _flags() -> None:
    op.create_table(
        "flags",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(40), nullable=False),
        sa.Column("application_id", sa.String(40), nullable=False),
        sa.Column("influencer_id", sa.String(40), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("order_id", sa.String(40), nullable=True),
        sa.Column("lead_id", sa.String(40), nullable=True),
        sa.Column("source", sa.String(80), nullable=True),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("first_seen_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("resolved_at", TIME, nullable=True),
        sa.Column("resolved_by", sa.String(40), nullable=True),
        sa.Column("note", sa.String(500), nullable=False),
        _belongs("flags", "brand_id", "brands"),
        _belongs("flags", "campaign_id", "campaigns"),
        _belongs("flags", "application_id", "applications"),
        _belongs("flags", "influencer_id", "influencers"),
        _belongs("flags", "order_id", "orders"),
        _belongs("flags", "lead_id", "leads"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flags")),
        sa.UniqueConstraint("key", name=op.f("uq_flags_key")),
    )


def upgrade() -> None:
    _flags()
    op.create_table(
        "fraud_settings",
        sa.Column("campaign_id", sa.String(40), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("thresholds", JSON, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        _belongs("fraud_settings", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("campaign_id", "rule", name=op.f("pk_fraud_settings")),
    )
    op.create_table(
        "fraud_watches",
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("watched_at", TIME, nullable=False),
        _belongs("fraud_watches", "brand_id", "brands"),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_fraud_watches")),
    )
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
    for table in ("fraud_watches", "fraud_settings", "flags"):
        op.drop_table(table)
