"""grants of platforms"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    _grants()
    _post_fetches()


def _grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("channel_id", sa.String(40), nullable=False),
        sa.Column("influencer_id", sa.String(40), nullable=True),
        sa.Column("brand_id", sa.String(40), nullable=True),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("account_id", sa.String(200), nullable=False),
        sa.Column("account_handle", sa.String(200), nullable=False),
        sa.Column("account_name", sa.String(200), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", AT, nullable=True),
        sa.Column("failure", sa.String(500), nullable=True),
        sa.Column("counted", JSON, nullable=False),
        sa.Column("counted_until", sa.Date(), nullable=True),
        sa.Column("granted_at", AT, nullable=False),
        sa.Column("checked_at", AT, nullable=True),
        sa.Column("channel_due_at", AT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_attempt_at", AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("channel_id", name=op.f("uq_grants_channel_id")),
        sa.ForeignKeyConstraint(
            ["influencer_id"], ["influencers.id"], name=op.f("fk_grants_influencer_id")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_grants_brand_id")
        ),
    )
    for column in ("influencer_id", "brand_id", "next_attempt_at"):
        op.create_index(op.f(f"ix_grants_{column}"), "grants", [column])


def _post_fetches() -> None:
    op.create_table(
        "post_fetches",
        sa.Column("post_id", sa.String(40), nullable=False),
        sa.Column("channel_id", sa.String(40), nullable=False),
        sa.Column("platform_id", sa.String(200), nullable=True),
        sa.Column("fetched_at", AT, nullable=True),
        sa.Column("detailed_at", AT, nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.String(500), nullable=True),
        sa.Column("next_attempt_at", AT, nullable=True),
        sa.Column("comments_due_at", AT, nullable=True),
        sa.Column("comments_cursor", sa.String(4000), nullable=True),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post_fetches")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["posts.id"], name=op.f("fk_post_fetches_post_id")
        ),
    )
    for column in ("channel_id", "next_attempt_at"):
        op.create_index(op.f(f"ix_post_fetches_{column}"), "post_fetches", [column])


def downgrade() -> None:
    op.drop_table("post_fetches")
    op.drop_table("grants")
