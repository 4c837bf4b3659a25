"""visits, landing pages, domains, and roll-ups by dimension"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_marks",
        sa.Column("table_name", sa.String(length=64), nullable=False),
        sa.Column("before_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("table_name", name=op.f("pk_retention_marks")),
    )
    op.create_table(
        "traffic_cells",
        sa.Column("scope_id", sa.String(length=40), nullable=False),
        sa.Column("dimension", sa.String(32), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("clicker_count", sa.BigInteger(), nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.Column("page_views", sa.BigInteger(), nullable=False),
        sa.Column("engaged_visits", sa.BigInteger(), nullable=False),
        sa.Column("known_visits", sa.BigInteger(), nullable=False),
        sa.Column("new_visitors", sa.BigInteger(), nullable=False),
        sa.Column("visitor_count", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "set_aside",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint(
            "scope_id", "dimension", "day_on", "value", name=op.f("pk_traffic_cells")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "traffic_sketches",
        sa.Column("scope_id", sa.String(length=40), nullable=False),
        sa.Column("dimension", sa.String(32), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(length=128), nullable=False),
        sa.Column("clickers", sa.LargeBinary(), nullable=True),
        sa.Column("visitors", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint(
            "scope_id", "dimension", "day_on", "value", name=op.f("pk_traffic_sketches")
        ),
    )
    with op.batch_alter_table("traffic_cells", schema=None) as batch_op:
        batch_op.create_index("ix_traffic_cells_day_on", ["day_on"], unique=False)
        batch_op.create_index(
            "ix_traffic_cells_updated_at", ["updated_at"], unique=False
        )

    op.create_table(
        "known_visitors",
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_known_visitors_brand_id")
        ),
        sa.PrimaryKeyConstraint("brand_id", "person", name=op.f("pk_known_visitors")),
    )
    with op.batch_alter_table("known_visitors", schema=None) as batch_op:
        batch_op.create_index(
            "ix_known_visitors_last_seen_at", ["last_seen_at"], unique=False
        )

    op.create_table(
        "tracking_domains",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_tracking_domains_brand_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_domains")),
        sa.UniqueConstraint(
            "brand_id", "host", name=op.f("uq_tracking_domains_brand_id_host")
        ),
    )
    with op.batch_alter_table("tracking_domains", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tracking_domains_verified_host",
            ["host"],
            unique=True,
            sqlite_where=sa.text("verified_at IS NOT NULL"),
            postgresql_where=sa.text("verified_at IS NOT NULL"),
        )

    op.create_table(
        "beacons",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("shop_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visitor", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("click_id", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column(
            "evidence",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_beacons_shop_id")
        ),
        sa.PrimaryKeyConstraint("id", "day_on", name=op.f("pk_beacons")),
        postgresql_partition_by="RANGE (day_on)",
    )
    with op.batch_alter_table("beacons", schema=None) as batch_op:
        batch_op.create_index("ix_beacons_person", ["person"], unique=False)
        batch_op.create_index(
            "ix_beacons_shop_id_visitor_at", ["shop_id", "visitor", "at"], unique=False
        )

    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE beacons_rest PARTITION OF beacons DEFAULT")
    op.create_table(
        "judge_requests",
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaigns.id"],
            name=op.f("fk_judge_requests_campaign_id"),
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_judge_requests")),
    )
    op.create_table(
        "hour_cells",
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["tracking_links.id"], name=op.f("fk_hour_cells_link_id")
        ),
        sa.PrimaryKeyConstraint("link_id", "hour_at", name=op.f("pk_hour_cells")),
    )
    with op.batch_alter_table("hour_cells", schema=None) as batch_op:
        batch_op.create_index("ix_hour_cells_hour_at", ["hour_at"], unique=False)

    op.create_table(
        "landing_pages",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("application_id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("campaign_id", sa.String(length=40), nullable=False),
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_landing_pages_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_landing_pages_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_landing_pages_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["tracking_links.id"], name=op.f("fk_landing_pages_link_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_landing_pages")),
        sa.UniqueConstraint(
            "application_id", name=op.f("uq_landing_pages_application_id")
        ),
        sa.UniqueConstraint("slug", name=op.f("uq_landing_pages_slug")),
    )
    with op.batch_alter_table("landing_pages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_landing_pages_campaign_id"), ["campaign_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_landing_pages_changed_at"), ["changed_at"], unique=False
        )

    op.create_table(
        "link_slugs",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["tracking_links.id"], name=op.f("fk_link_slugs_link_id")
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_link_slugs")),
    )
    with op.batch_alter_table("link_slugs", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_link_slugs_link_id"), ["link_id"], unique=False
        )

    op.create_table(
        "visits",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("shop_id", sa.String(length=40), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("visitor", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("page_views", sa.BigInteger(), nullable=False),
        sa.Column("engaged", sa.Boolean(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=True),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("platform", sa.String(32), nullable=True),
        sa.Column("link_id", sa.String(length=40), nullable=True),
        sa.Column("application_id", sa.String(length=40), nullable=True),
        sa.Column("campaign_id", sa.String(length=40), nullable=True),
        sa.Column(
            "facts",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["applications.id"],
            name=op.f("fk_visits_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"], ["brands.id"], name=op.f("fk_visits_brand_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_visits_campaign_id")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["tracking_links.id"], name=op.f("fk_visits_link_id")
        ),
        sa.ForeignKeyConstraint(
            ["shop_id"], ["shops.id"], name=op.f("fk_visits_shop_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index(
            "ix_visits_brand_id_person", ["brand_id", "person"], unique=False
        )
        batch_op.create_index(
            "ix_visits_campaign_id_day_on", ["campaign_id", "day_on"], unique=False
        )
        batch_op.create_index(
            "ix_visits_day_on_shop_id", ["day_on", "shop_id"], unique=False
        )
        batch_op.create_index(
            "ix_visits_shop_id_visitor", ["shop_id", "visitor"], unique=False
        )

    op.create_table(
        "landing_cells",
        sa.Column("page_id", sa.String(length=40), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column(
            "set_aside",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("visitors", sa.LargeBinary(), nullable=True),
        sa.Column("visitor_count", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["page_id"], ["landing_pages.id"], name=op.f("fk_landing_cells_page_id")
        ),
        sa.PrimaryKeyConstraint("page_id", "day_on", name=op.f("pk_landing_cells")),
    )
    op.create_table(
        "landing_views",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("page_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("visitor", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column(
            "evidence",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["page_id"], ["landing_pages.id"], name=op.f("fk_landing_views_page_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_landing_views")),
    )
    with op.batch_alter_table("landing_views", schema=None) as batch_op:
        batch_op.create_index(
            "ix_landing_views_page_id_day_on", ["page_id", "day_on"], unique=False
        )

    with op.batch_alter_table("campaigns", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "fallback_url",
                sa.String(length=2000),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column(
                "utm",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=False,
                server_default="{}",
            )
        )
        batch_op.add_column(
            sa.Column(
                "landing_page",
                sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column(
                "auto_apply_code",
                sa.Boolean(),
                nullable=False,
                server_default="0",
            )
        )
        batch_op.add_column(
            sa.Column(
                "repeat_minutes", sa.BigInteger(), nullable=False, server_default="60"
            )
        )

    with op.batch_alter_table("spool_files", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("views", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("beacons", sa.BigInteger(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("refused", sa.BigInteger(), nullable=False, server_default="0")
        )

    with op.batch_alter_table("tracking_links", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column(
                "fallback_url",
                sa.String(length=2000),
                nullable=False,
                server_default="",
            )
        )

    op.execute(
        "INSERT INTO link_slugs (slug, link_id) SELECT slug, id FROM tracking_links"
    )


def downgrade() -> None:
    op.drop_column("tracking_links", "fallback_url")
    op.drop_column("tracking_links", "expires_at")

    op.drop_column("spool_files", "refused")
    op.drop_column("spool_files", "beacons")
    op.drop_column("spool_files", "views")

    op.drop_column("campaigns", "repeat_minutes")
    op.drop_column("campaigns", "auto_apply_code")
    op.drop_column("campaigns", "landing_page")
    op.drop_column("campaigns", "utm")
    op.drop_column("campaigns", "fallback_url")

    with op.batch_alter_table("landing_views", schema=None) as batch_op:
        batch_op.drop_index("ix_landing_views_page_id_day_on")

    op.drop_table("landing_views")
    op.drop_table("landing_cells")
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.drop_index("ix_visits_shop_id_visitor")
        batch_op.drop_index("ix_visits_day_on_shop_id")
        batch_op.drop_index("ix_visits_campaign_id_day_on")
        batch_op.drop_index("ix_visits_brand_id_person")

    op.drop_table("visits")
    with op.batch_alter_table("link_slugs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_link_slugs_link_id"))

    op.drop_table("link_slugs")
    with op.batch_alter_table("landing_pages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_landing_pages_changed_at"))
        batch_op.drop_index(batch_op.f("ix_landing_pages_campaign_id"))

    op.drop_table("landing_pages")
    with op.batch_alter_table("hour_cells", schema=None) as batch_op:
        batch_op.drop_index("ix_hour_cells_hour_at")

    op.drop_table("hour_cells")
    op.drop_table("judge_requests")
    with op.batch_alter_table("beacons", schema=None) as batch_op:
        batch_op.drop_index("ix_beacons_shop_id_visitor_at")
        batch_op.drop_index("ix_beacons_person")

    op.drop_table("beacons")
    with op.batch_alter_table("tracking_domains", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_tracking_domains_verified_host",
            sqlite_where=sa.text("verified_at IS NOT NULL"),
            postgresql_where=sa.text("verified_at IS NOT NULL"),
        )

    op.drop_table("tracking_domains")
    with op.batch_alter_table("known_visitors", schema=None) as batch_op:
        batch_op.drop_index("ix_known_visitors_last_seen_at")

    op.drop_table("known_visitors")
    with op.batch_alter_table("traffic_cells", schema=None) as batch_op:
        batch_op.drop_index("ix_traffic_cells_updated_at")
        batch_op.drop_index("ix_traffic_cells_day_on")

    op.drop_table("traffic_sketches")
    op.drop_table("traffic_cells")
    op.drop_table("retention_marks")
