"""files for a brand's bank, made once"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "payment_batches",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("sealed_pain", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_csv", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("created_by", sa.String(40), nullable=True),
        sa.Column("cancelled_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_payment_batches_brand_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_batches")),
    )
    op.create_index(
        "ix_payment_batches_brand_id_created_at",
        "payment_batches",
        ["brand_id", "created_at"],
    )
    op.add_column("payouts", sa.Column("batch_id", sa.String(40), nullable=True))
    op.create_index("ix_payouts_batch_id", "payouts", ["batch_id"])


def downgrade() -> None:
    op.drop_index("ix_payouts_batch_id", "payouts")
    op.drop_column("payouts", "batch_id")
    op.drop_table("payment_batches")
