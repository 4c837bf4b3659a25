"""who is paid, for statements and tax"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def _added() -> tuple[tuple[str, sa.Column], ...]:
    return (
        ("orders", sa.Column("mailbox_hash", sa.String(64), nullable=True)),
        (
            "unit_costs",
            sa.Column("category", sa.String(200), nullable=True),
        ),
    )


def upgrade() -> None:
    op.create_table(
        "legal_identities",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("influencer_id", sa.String(40), nullable=True),
        sa.Column("brand_id", sa.String(40), nullable=True),
        sa.Column("legal_name", sa.String(200), nullable=False),
        sa.Column("is_business", sa.Boolean(), nullable=False),
        sa.Column("line1", sa.String(200), nullable=False),
        sa.Column("line2", sa.String(200), nullable=False),
        sa.Column("postal_code", sa.String(20), nullable=False),
        sa.Column("city", sa.String(100), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("vat_number", sa.String(20), nullable=True),
        sa.Column("chamber_number", sa.String(40), nullable=True),
        sa.Column("small_business", sa.Boolean(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("sealed_tax_id", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_iban", sa.LargeBinary(), nullable=True),
        sa.Column("account_holder", sa.String(200), nullable=True),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_legal_identities_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["influencer_id"],
            ["influencers.id"],
            name=op.f("fk_legal_identities_influencer_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_identities")),
        sa.UniqueConstraint("brand_id", name=op.f("uq_legal_identities_brand_id")),
        sa.UniqueConstraint(
            "influencer_id", name=op.f("uq_legal_identities_influencer_id")
        ),
    )
    for table, column in _added():
        op.add_column(table, column)


def downgrade() -> None:
    for table, column in reversed(_added()):
        op.drop_column(table, column.name)
    op.drop_table("legal_identities")
