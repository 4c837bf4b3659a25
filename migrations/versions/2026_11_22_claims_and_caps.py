"""what orders, leads and clicks would earn before caps"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.String(length=40)
TIME = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INDEXES = (
    ("ix_claims_customer_id", ["customer_id"]),
    ("ix_claims_campaign_id_occurred_at", ["campaign_id", "occurred_at"]),
    ("ix_claims_application_id_occurred_at", ["application_id", "occurred_at"]),
)


def upgrade() -> None:
    op.create_index("ix_commissions_source", "commissions", ["source"])
    _create_claims()
    op.create_table(
        "claim_days",
        sa.Column("scope_id", ID, nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("granted_amount", sa.BigInteger(), nullable=False),
        sa.Column("earned_amount", sa.BigInteger(), nullable=False),
        sa.Column("capped_granted_amount", sa.BigInteger(), nullable=False),
        sa.Column("capped_earned_amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope_id", "day_on", name=op.f("pk_claim_days")),
    )
    op.create_table(
        "claim_requests",
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("since_at", TIME, nullable=False),
        sa.Column("requested_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_claim_requests_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_claim_requests")),
    )
    _claim_what_is_there()


def downgrade() -> None:
    op.drop_table("claim_requests")
    op.drop_table("claim_days")
    op.drop_table("claims")
    op.drop_index("ix_commissions_source", "commissions")


def _create_claims() -> None:
    op.create_table(
        "claims",
        sa.Column("thing_id", sa.String(length=80), nullable=False),
        sa.Column("application_id", ID, nullable=False),
        sa.Column("of", sa.String(length=32), nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("influencer_id", ID, nullable=False),
        sa.Column("terms_version", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("external_id", sa.String(length=250), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("matures_at", TIME, nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("link_id", ID, nullable=True),
        sa.Column("shop_id", ID, nullable=True),
        sa.Column("share_bps", sa.BigInteger(), nullable=False),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("revenue_amount", sa.BigInteger(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=True),
        sa.Column("earned_amount", sa.BigInteger(), nullable=False),
        sa.Column("kept_amount", sa.BigInteger(), nullable=False),
        sa.Column("limit_amount", sa.BigInteger(), nullable=True),
        sa.Column("granted_amount", sa.BigInteger(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("is_rejected", sa.Boolean(), nullable=False),
        sa.Column("hold_reason", sa.String(length=200), nullable=False),
        sa.Column("tiers", sa.String(length=50), nullable=False),
        sa.Column("inputs", JSON, nullable=False),
        sa.Column("cut", JSON, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"{name}s.id"], name=op.f(f"fk_claims_{name}_id")
            )
            for name in ("application", "brand", "campaign", "influencer")
        ),
        sa.PrimaryKeyConstraint("thing_id", "application_id", name=op.f("pk_claims")),
    )
    for name, columns in INDEXES:
        op.create_index(name, "claims", columns)


def _claim_what_is_there() -> None:
    """Fees, bonuses and corrections are agreed; what orders earn is settled again."""
    op.execute(
        "INSERT INTO claims (thing_id, application_id, of, brand_id, campaign_id,"
        " influencer_id, terms_version, occurred_at, external_id, day_on, matures_at,"
        " share_bps, pieces, revenue_amount, is_kept, earned_amount, kept_amount, granted_amount,"
        " is_final, is_rejected, hold_reason, tiers, inputs)"
        " SELECT commissions.id, application_id, 'agreed', commissions.brand_id,"
        " commissions.campaign_id, commissions.influencer_id,"
        " applications.terms_version, commissions.created_at, commissions.id, day_on,"
        " matures_at, 10000, 0, 0, false, amount, amount, amount, true,"
        " commissions.status = 'rejected', '', '', inputs FROM commissions"
        " JOIN applications ON applications.id = commissions.application_id"
        " WHERE order_id IS NULL"
    )
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if op.get_bind().dialect.name == "postgresql":
        at += "+00"
    op.execute(
        f"UPDATE orders SET settle_requested_at = '{at}'"  # noqa: S608 - our own
        " WHERE id IN (SELECT order_id FROM commissions)"
    )
