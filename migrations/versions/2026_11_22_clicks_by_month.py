"""clicks by month: partitions on PostgreSQL, the day in the key; no cells of links only"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = "id, link_id, at, day_on, visitor, reason, evidence"
NOT_SOCIAL = "('blog', 'podcast', 'newsletter', 'other')"


def upgrade() -> None:
    move(["id", "day_on"], partitioned=True)
    say_where()
    op.drop_table("click_cells")
    # Its successors, by scope and dimension, are made from the clicks by judging them.
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if op.get_bind().dialect.name == "postgresql":
        at += "+00"
    op.execute(
        "INSERT INTO judge_requests (campaign_id, since_on, requested_at)"  # noqa: S608
        f" SELECT campaign_id, min(day_on), '{at}' FROM clicks"
        " JOIN tracking_links ON tracking_links.id = clicks.link_id"
        " GROUP BY campaign_id"
    )


def downgrade() -> None:
    op.execute("DELETE FROM judge_requests")
    move(["id"], partitioned=False)
    op.create_table(
        "click_cells",
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column(
            "set_aside",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.Column("visitors", sa.LargeBinary(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["tracking_links.id"], name=op.f("fk_click_cells_link_id")
        ),
        sa.PrimaryKeyConstraint("link_id", "day_on", name=op.f("pk_click_cells")),
    )


def say_where() -> None:
    """Into each click's evidence what new ones have there: its link's place."""
    where = "coalesce(platform, ''), 'channel', coalesce(channel_id, ''), 'social',"
    social = (
        f"CASE WHEN platform IS NULL OR platform IN {NOT_SOCIAL}"
        " THEN '' ELSE 'social' END"
    )
    postgres = op.get_bind().dialect.name == "postgresql"
    made, added = (
        ("jsonb_build_object", "evidence || {}")
        if postgres
        else ("json_object", "json_patch(evidence, {})")
    )
    said = f"{made}('platform', {where} {social})"
    place = (
        f"(SELECT {said} FROM tracking_links"  # noqa: S608 - constants
        " WHERE tracking_links.id = clicks.link_id)"
    )
    op.execute(f"UPDATE clicks SET evidence = {added.format(place)}")  # noqa: S608


def move(key: list[str], *, partitioned: bool) -> None:
    """Make the table anew with this primary key, its rows moved over."""
    postgres = op.get_bind().dialect.name == "postgresql"
    op.drop_index("ix_clicks_visitor_link_id_reason_at", "clicks")
    op.drop_index("ix_clicks_link_id_day_on", "clicks")
    op.rename_table("clicks", "clicks_before")
    if postgres:
        op.execute("ALTER TABLE clicks_before DROP CONSTRAINT pk_clicks")
        op.execute("ALTER TABLE clicks_before DROP CONSTRAINT fk_clicks_link_id")
    create(key, partitioned=partitioned)
    if postgres and partitioned:
        op.execute("CREATE TABLE clicks_rest PARTITION OF clicks DEFAULT")
    op.execute(
        f"INSERT INTO clicks ({COLUMNS})"  # noqa: S608 - constants
        f" SELECT {COLUMNS} FROM clicks_before"
    )
    op.drop_table("clicks_before")
    op.create_index(
        "ix_clicks_visitor_link_id_reason_at",
        "clicks",
        ["visitor", "link_id", "reason", "at"],
    )
    op.create_index("ix_clicks_link_id_day_on", "clicks", ["link_id", "day_on"])


def create(key: list[str], *, partitioned: bool) -> None:
    op.create_table(
        "clicks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("link_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visitor", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column(
            "evidence",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["tracking_links.id"], name=op.f("fk_clicks_link_id")
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("pk_clicks")),
        postgresql_partition_by="RANGE (day_on)" if partitioned else None,
    )
