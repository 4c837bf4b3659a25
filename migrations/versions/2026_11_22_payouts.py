"""payouts, funding, accounts at Stripe"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _column(name: str, kind: sa.types.TypeEngine, *, null: bool = False) -> sa.Column:
    return sa.Column(name, kind, nullable=null)


def upgrade() -> None:
    op.create_table(
        "payouts",
        _column("id", sa.String(40)),
        _column("brand_id", sa.String(40)),
        _column("influencer_id", sa.String(40)),
        _column("currency", sa.String(3)),
        _column("amount", sa.BigInteger()),
        _column("method", sa.String(32)),
        _column("status", sa.String(32)),
        _column("reason", sa.String(500)),
        _column("from_own_balance", sa.Boolean()),
        _column("created_at", TIME),
        _column("created_by", sa.String(40), null=True),
        _column("updated_at", TIME),
        _column("account_id", sa.String(255), null=True),
        _column("idempotency_key", sa.String(80)),
        _column("transfer_id", sa.String(255), null=True),
        _column("destination_payment", sa.String(255), null=True),
        _column("returned_amount", sa.BigInteger()),
        _column("paid_at", TIME, null=True),
        _column("paid_on", sa.Date(), null=True),
        _column("reference", sa.String(255)),
        _column("arrived_at", TIME, null=True),
        _column("ended_at", TIME, null=True),
        _column("attempts", sa.BigInteger()),
        _column("next_attempt_at", TIME),
        _belongs("payouts", "brand_id", "brands"),
        _belongs("payouts", "influencer_id", "influencers"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_payouts_transfer_id")),
    )
    op.create_table(
        "payout_lines",
        _column("payout_id", sa.String(40)),
        _column("commission_id", sa.String(40)),
        _column("amount", sa.BigInteger()),
        _belongs("payout_lines", "payout_id", "payouts"),
        _belongs("payout_lines", "commission_id", "commissions"),
        sa.PrimaryKeyConstraint(
            "payout_id", "commission_id", name=op.f("pk_payout_lines")
        ),
    )
    op.create_table(
        "fundings",
        _column("id", sa.String(40)),
        _column("brand_id", sa.String(40)),
        _column("currency", sa.String(3)),
        _column("amount", sa.BigInteger()),
        _column("fee_amount", sa.BigInteger()),
        _column("status", sa.String(32)),
        _column("reason", sa.String(500)),
        _column("charge_at_once", sa.Boolean()),
        _column("created_at", TIME),
        _column("created_by", sa.String(40), null=True),
        _column("updated_at", TIME),
        _column("payment_intent_id", sa.String(255), null=True),
        _column("sealed_client_secret", sa.LargeBinary()),
        _column("charge_id", sa.String(255), null=True),
        _column("received_amount", sa.BigInteger()),
        _column("refunded_amount", sa.BigInteger()),
        _column("disputed_amount", sa.BigInteger()),
        _column("disputes", JSON),
        _column("succeeded_at", TIME, null=True),
        _column("stated_at", TIME, null=True),
        _column("attempts", sa.BigInteger()),
        _column("next_attempt_at", TIME),
        _belongs("fundings", "brand_id", "brands"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fundings")),
        sa.UniqueConstraint(
            "payment_intent_id", name=op.f("uq_fundings_payment_intent_id")
        ),
    )
    _sources_accounts_and_events()
    for table, columns in INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


INDEXES = (
    ("payouts", ("brand_id", "created_at")),
    ("payouts", ("influencer_id", "created_at")),
    ("payouts", ("status", "next_attempt_at")),
    ("payouts", ("destination_payment",)),
    ("payout_lines", ("commission_id",)),
    ("fundings", ("brand_id", "created_at")),
    ("fundings", ("status", "next_attempt_at")),
    ("fundings", ("charge_id",)),
    ("connect_events", ("status", "next_attempt_at")),
)


def _sources_accounts_and_events() -> None:
    op.create_table(
        "funding_sources",
        _column("brand_id", sa.String(40)),
        _column("customer_id", sa.String(255), null=True),
        _column("payment_method_id", sa.String(255), null=True),
        _column("created_at", TIME),
        _column("updated_at", TIME),
        _belongs("funding_sources", "brand_id", "brands"),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_funding_sources")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_funding_sources_customer_id")),
    )
    op.create_table(
        "payout_accounts",
        _column("influencer_id", sa.String(40)),
        _column("account_id", sa.String(255), null=True),
        _column("number", sa.BigInteger()),
        _column("status", sa.String(32)),
        _column("requirements", JSON),
        _column("disabled_reason", sa.String(200)),
        _column("stated_at", TIME, null=True),
        _column("created_at", TIME),
        _column("updated_at", TIME),
        _belongs("payout_accounts", "influencer_id", "influencers"),
        sa.PrimaryKeyConstraint("influencer_id", name=op.f("pk_payout_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_payout_accounts_account_id")),
    )
    op.create_table(
        "connect_events",
        _column("id", sa.String(255)),
        _column("kind", sa.String(100)),
        _column("account_id", sa.String(255)),
        _column("sealed_body", sa.LargeBinary()),
        _column("stated_at", TIME),
        _column("received_at", TIME),
        _column("status", sa.String(32)),
        _column("reason", sa.String(500)),
        _column("attempts", sa.BigInteger()),
        _column("next_attempt_at", TIME),
        _column("processed_at", TIME, null=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connect_events")),
    )


def downgrade() -> None:
    for table in (
        "connect_events",
        "payout_accounts",
        "funding_sources",
        "fundings",
        "payout_lines",
        "payouts",
    ):
        op.drop_table(table)
