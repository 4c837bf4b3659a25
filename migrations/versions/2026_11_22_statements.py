"""statements of payouts, numbered"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def _belongs(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_statements_{column}")
    )


def upgrade() -> None:
    op.create_table(
        "statements",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("payout_id", sa.String(40), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("influencer_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("corrects_id", sa.String(40), nullable=True),
        sa.Column("series", sa.String(12), nullable=False),
        sa.Column("year", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("vat_treatment", sa.String(32), nullable=False),
        sa.Column("net_amount", sa.BigInteger(), nullable=False),
        sa.Column("vat_amount", sa.BigInteger(), nullable=False),
        sa.Column("total_amount", sa.BigInteger(), nullable=False),
        sa.Column("document", JSON, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        _belongs("payout_id", "payouts"),
        _belongs("brand_id", "brands"),
        _belongs("influencer_id", "influencers"),
        _belongs("corrects_id", "statements"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint(
            "payout_id", "kind", name=op.f("uq_statements_payout_id_kind")
        ),
        sa.UniqueConstraint(
            "series",
            "year",
            "position",
            name=op.f("uq_statements_series_year_position"),
        ),
    )
    for column in ("brand_id", "influencer_id"):
        op.create_index(
            f"ix_statements_{column}_issued_at", "statements", [column, "issued_at"]
        )


def downgrade() -> None:
    op.drop_table("statements")
