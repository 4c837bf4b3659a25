"""series and giveaways"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _series()
    _giveaways()
    _entries()


def _series() -> None:
    op.create_table(
        "metric_series",
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("label_nl", sa.String(100), nullable=False),
        sa.Column("unit", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("direction", sa.String(32), nullable=False),
        sa.Column("objective", sa.String(32), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("brand_id", "slug", name=op.f("pk_metric_series")),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_metric_series_brand_id")
        ),
    )
    op.create_table(
        "metric_points",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("series", sa.String(64), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("owner_id", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(40), nullable=True),
        sa.Column("application_id", sa.String(40), nullable=True),
        sa.Column("value", sa.String(40), nullable=True),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("observed_at", AT, nullable=False),
        sa.Column("user_id", sa.String(40), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("updated_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_points")),
        sa.UniqueConstraint(
            "brand_id",
            "series",
            "day_on",
            "owner_id",
            name=op.f("uq_metric_points_brand_id_series_day_on_owner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_metric_points_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_metric_points_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_metric_points_application_id"),
        ),
    )
    op.create_index("ix_metric_points_campaign_id", "metric_points", ["campaign_id"])
    op.create_index(
        "ix_metric_points_application_id", "metric_points", ["application_id"]
    )
    op.create_table(
        "metric_tellings",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("point_id", sa.String(40), nullable=False),
        sa.Column("value", sa.String(40), nullable=True),
        sa.Column("note", sa.String(500), nullable=False),
        sa.Column("observed_at", AT, nullable=False),
        sa.Column("user_id", sa.String(40), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric_tellings")),
        sa.ForeignKeyConstraint(
            ["point_id"], ["metric_points.id"], name=op.f("fk_metric_tellings_point_id")
        ),
    )
    op.create_index("ix_metric_tellings_point_id", "metric_tellings", ["point_id"])
    op.create_table(
        "trending_hashtags",
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("hashtag", sa.String(100), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("posts", sa.BigInteger(), nullable=True),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.PrimaryKeyConstraint(
            "brand_id",
            "platform",
            "country",
            "day_on",
            "hashtag",
            name=op.f("pk_trending_hashtags"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_trending_hashtags_brand_id")
        ),
    )


def _giveaways() -> None:
    op.create_table(
        "giveaways",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("slug", sa.String(64), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(40), nullable=False),
        sa.Column("application_id", sa.String(40), nullable=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("title_nl", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_nl", sa.Text(), nullable=False),
        sa.Column("prize", sa.String(300), nullable=False),
        sa.Column("prize_nl", sa.String(300), nullable=False),
        sa.Column("question", sa.String(300), nullable=False),
        sa.Column("question_nl", sa.String(300), nullable=False),
        sa.Column("picture_url", sa.String(2000), nullable=False),
        sa.Column("rules_url", sa.String(2000), nullable=False),
        sa.Column("opens_at", AT, nullable=False),
        sa.Column("closes_at", AT, nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("minimum_age", sa.BigInteger(), nullable=False),
        sa.Column("asks_newsletter", sa.Boolean(), nullable=False),
        sa.Column("entries_per_person", sa.String(32), nullable=False),
        sa.Column("max_entries", sa.BigInteger(), nullable=True),
        sa.Column("winners", sa.BigInteger(), nullable=False),
        sa.Column("counts_as_lead", sa.Boolean(), nullable=False),
        sa.Column("kept_days", sa.BigInteger(), nullable=False),
        sa.Column("seed_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=True),
        sa.Column("commitment", sa.String(64), nullable=False),
        sa.Column("public_source", sa.String(300), nullable=False),
        sa.Column("public_value", sa.String(300), nullable=False),
        sa.Column("list_hash", sa.String(64), nullable=True),
        sa.Column("list_size", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", AT, nullable=True),
        sa.Column("drawn_at", AT, nullable=True),
        sa.Column("forgotten_at", AT, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("changed_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_giveaways")),
        sa.UniqueConstraint("slug", name=op.f("uq_giveaways_slug")),
        sa.UniqueConstraint("url", name=op.f("uq_giveaways_url")),
        _refers("giveaways", "brand_id", "brands"),
        _refers("giveaways", "campaign_id", "campaigns"),
        _refers("giveaways", "application_id", "applications"),
    )
    op.create_index("ix_giveaways_campaign_id", "giveaways", ["campaign_id"])
    op.create_index("ix_giveaways_brand_id", "giveaways", ["brand_id"])
    op.create_index(
        "ix_giveaways_closed_at_closes_at", "giveaways", ["closed_at", "closes_at"]
    )


def _entries() -> None:
    op.create_table(
        "giveaway_entries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("giveaway_id", sa.String(40), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(40), nullable=False),
        sa.Column("application_id", sa.String(40), nullable=True),
        sa.Column("link_id", sa.String(40), nullable=True),
        sa.Column("click_id", sa.String(64), nullable=True),
        sa.Column("code", sa.String(100), nullable=True),
        sa.Column("entrant", sa.String(64), nullable=False),
        sa.Column("email_hash", sa.String(64), nullable=True),
        sa.Column("occasion", sa.String(10), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.String(500), nullable=False),
        sa.Column("wants_newsletter", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("entered_at", AT, nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("lead_due_at", AT, nullable=True),
        sa.Column("disqualified_at", AT, nullable=True),
        sa.Column("disqualified_reason", sa.String(300), nullable=False),
        sa.Column("erased_at", AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_giveaway_entries")),
        sa.UniqueConstraint(
            "giveaway_id",
            "entrant",
            "occasion",
            name=op.f("uq_giveaway_entries_giveaway_id_entrant_occasion"),
        ),
        sa.UniqueConstraint(
            "giveaway_id",
            "ticket",
            name=op.f("uq_giveaway_entries_giveaway_id_ticket"),
        ),
        _refers("giveaway_entries", "giveaway_id", "giveaways"),
        _refers("giveaway_entries", "brand_id", "brands"),
        _refers("giveaway_entries", "campaign_id", "campaigns"),
        _refers("giveaway_entries", "application_id", "applications"),
        _refers("giveaway_entries", "link_id", "tracking_links"),
    )
    for columns in (
        ("campaign_id", "day_on"),
        ("brand_id", "email_hash"),
        ("application_id",),
        ("lead_due_at",),
    ):
        name = f"ix_giveaway_entries_{'_'.join(columns)}"
        op.create_index(name, "giveaway_entries", list(columns))
    op.create_table(
        "giveaway_picks",
        sa.Column("giveaway_id", sa.String(40), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.String(40), nullable=False),
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("drawn_at", AT, nullable=False),
        sa.Column("forfeited_at", AT, nullable=True),
        sa.PrimaryKeyConstraint(
            "giveaway_id", "position", name=op.f("pk_giveaway_picks")
        ),
        _refers("giveaway_picks", "giveaway_id", "giveaways"),
        _refers("giveaway_picks", "entry_id", "giveaway_entries"),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def downgrade() -> None:
    for table in (
        "giveaway_picks",
        "giveaway_entries",
        "giveaways",
        "trending_hashtags",
        "metric_tellings",
        "metric_points",
        "metric_series",
    ):
        op.drop_table(table)
