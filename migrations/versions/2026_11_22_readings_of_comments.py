"""readings of comments"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_comments_brand_id_published_at": ["brand_id", "published_at"],
    "ix_comments_campaign_id_twin": ["campaign_id", "twin"],
    "ix_comments_post_id_day_on": ["post_id", "day_on"],
    "ix_comments_post_id_hour": ["post_id", "hour"],
}
COUNTS = (
    *("comments", "positive", "neutral", "negative", "unknown", "naming_brand"),
    *("with_emoji", "own", "spam", "duplicates", "tags"),
)
HOURLY = ("comments", "known", "negative", "watched", "alarming")


def json() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def columns() -> list[sa.Column]:
    return [
        sa.Column("set_aside", sa.String(length=16), nullable=True),
        sa.Column("day_on", sa.Date(), nullable=True),
        sa.Column("hour", sa.BigInteger(), nullable=True),
        sa.Column("twin", sa.String(length=32), nullable=True),
        sa.Column("asks", sa.String(length=16), nullable=True),
        sa.Column("has_emoji", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("alarm", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("alarms", json(), nullable=False, server_default="[]"),
        sa.Column("terms", json(), nullable=False, server_default="[]"),
    ]


def counts(names: tuple[str, ...]) -> list[sa.Column]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def belongs_to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}")
    )


def upgrade() -> None:
    for column in columns():
        op.add_column("comments", column)
    for name, of in INDEXES.items():
        op.create_index(name, "comments", of)
    op.create_table(
        "comment_cells",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        *counts(COUNTS),
        sa.Column("emotions", json(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        belongs_to("comment_cells", "post_id", "posts"),
        belongs_to("comment_cells", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint(
            *("post_id", "day_on", "language", "source"), name=op.f("pk_comment_cells")
        ),
    )
    op.create_index(
        "ix_comment_cells_campaign_id_day_on",
        "comment_cells",
        ["campaign_id", "day_on"],
    )
    op.create_table(
        "comment_hours",
        sa.Column("post_id", sa.String(length=40), nullable=False),
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        *counts(HOURLY),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        belongs_to("comment_hours", "post_id", "posts"),
        belongs_to("comment_hours", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("post_id", "hour", name=op.f("pk_comment_hours")),
    )
    op.create_index(
        "ix_comment_hours_campaign_id_hour", "comment_hours", ["campaign_id", "hour"]
    )
    op.create_index("ix_comment_hours_updated_at", "comment_hours", ["updated_at"])
    op.create_table(
        "comment_watches",
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("watched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("alarmed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarmed_at", sa.DateTime(timezone=True), nullable=True),
        belongs_to("comment_watches", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_comment_watches")),
    )
    op.create_table(
        "watch_words",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("words", json(), nullable=False),
        sa.Column("standard", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        belongs_to("watch_words", "brand_id", "brands"),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_watch_words")),
    )


def downgrade() -> None:
    for table in ("watch_words", "comment_watches", "comment_hours", "comment_cells"):
        op.drop_table(table)
    for name in INDEXES:
        op.drop_index(name, "comments")
    for column in columns():
        op.drop_column("comments", column.name)
