"""terms with rules, caps, bonuses and a fuller policy; leads; entries on hold, in payouts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
INDEXES = (
    ("ix_commissions_lead_id", "commissions", ["lead_id"]),
    ("ix_commissions_payout_id", "commissions", ["payout_id"]),
    ("ix_landing_views_visitor", "landing_views", ["visitor"]),
)


def _added() -> tuple[tuple[str, sa.Column], ...]:
    return (
        (
            "terms",
            sa.Column("commission_rules", JSON, server_default="[]", nullable=False),
        ),
        (
            "terms",
            sa.Column("commission_caps", JSON, server_default="[]", nullable=False),
        ),
        (
            "terms",
            sa.Column("commission_bonuses", JSON, server_default="[]", nullable=False),
        ),
        ("terms", sa.Column("recurring_months", sa.BigInteger(), nullable=True)),
        (
            "terms",
            sa.Column(
                "half_life_days", sa.BigInteger(), server_default="7", nullable=False
            ),
        ),
        (
            "terms",
            sa.Column(
                "stacked_codes", sa.String(32), server_default="first", nullable=False
            ),
        ),
        (
            "terms",
            sa.Column(
                "leaked_codes", sa.String(32), server_default="pay", nullable=False
            ),
        ),
        ("terms", sa.Column("lapsed_after_days", sa.BigInteger(), nullable=True)),
        ("orders", sa.Column("lines", JSON, server_default="[]", nullable=False)),
        ("orders", sa.Column("email_domain_hash", sa.String(64), nullable=True)),
        ("orders", sa.Column("address_hash", sa.String(64), nullable=True)),
        ("orders", sa.Column("payment_hash", sa.String(64), nullable=True)),
        ("orders", sa.Column("disputed_at", TIME, nullable=True)),
        ("attributions", sa.Column("final_at", TIME, nullable=True)),
        ("commissions", sa.Column("lead_id", sa.String(40), nullable=True)),
        ("commissions", sa.Column("source", sa.String(80), nullable=True)),
        (
            "commissions",
            sa.Column("on_hold", sa.Boolean(), server_default="0", nullable=False),
        ),
        (
            "commissions",
            sa.Column("hold_reason", sa.String(200), server_default="", nullable=False),
        ),
        ("commissions", sa.Column("payout_id", sa.String(40), nullable=True)),
        ("promo_codes", sa.Column("leaked_at", TIME, nullable=True)),
    )


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def upgrade() -> None:
    for table, column in _added():
        op.add_column(table, column)
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    op.create_table(
        "leads",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("customer_id", sa.String(40), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("codes", JSON, nullable=False),
        sa.Column("click_ids", JSON, nullable=False),
        sa.Column("email_hash", sa.String(64), nullable=True),
        sa.Column("is_new", sa.Boolean(), nullable=True),
        sa.Column("erased_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        _belongs("leads", "brand_id", "brands"),
        _belongs("leads", "customer_id", "customers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint(
            "brand_id",
            "kind",
            "external_id",
            name=op.f("uq_leads_brand_id_kind_external_id"),
        ),
    )
    op.create_index(
        "ix_leads_brand_id_occurred_at", "leads", ["brand_id", "occurred_at"]
    )
    op.create_index("ix_leads_customer_id", "leads", ["customer_id"])
    op.create_table(
        "lead_attributions",
        sa.Column("lead_id", sa.String(40), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(40), nullable=True),
        sa.Column("application_id", sa.String(40), nullable=True),
        sa.Column("influencer_id", sa.String(40), nullable=True),
        sa.Column("link_id", sa.String(40), nullable=True),
        sa.Column("method", sa.String(32), nullable=True),
        sa.Column("model", sa.String(32), nullable=True),
        sa.Column("policy_version", sa.BigInteger(), nullable=True),
        sa.Column("touches", JSON, nullable=False),
        sa.Column("decided_at", TIME, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("final_at", TIME, nullable=True),
        _belongs("lead_attributions", "lead_id", "leads"),
        _belongs("lead_attributions", "brand_id", "brands"),
        _belongs("lead_attributions", "campaign_id", "campaigns"),
        _belongs("lead_attributions", "application_id", "applications"),
        _belongs("lead_attributions", "influencer_id", "influencers"),
        _belongs("lead_attributions", "link_id", "tracking_links"),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_lead_attributions")),
    )
    op.create_index(
        "ix_lead_attributions_application_id_day_on",
        "lead_attributions",
        ["application_id", "day_on"],
    )
    op.create_index(
        "ix_lead_attributions_brand_id_day_on",
        "lead_attributions",
        ["brand_id", "day_on"],
    )


def downgrade() -> None:
    op.drop_table("lead_attributions")
    op.drop_table("leads")
    for name, table, _ in INDEXES:
        op.drop_index(name, table)
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)
