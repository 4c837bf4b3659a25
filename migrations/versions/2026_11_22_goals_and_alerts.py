"""goals and alerts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)
NOT_CLOSED = sa.text("status <> 'closed'")
INDEXES = (
    ("ix_alerts_subject_kind_key", "alerts", ["subject", "kind", "key"]),
    ("ix_alerts_brand_id_raised_at", "alerts", ["brand_id", "raised_at"]),
    ("ix_alerts_campaign_id_raised_at", "alerts", ["campaign_id", "raised_at"]),
    ("ix_alert_entries_alert_id_at", "alert_entries", ["alert_id", "at"]),
    ("ix_goals_brand_id_created_at", "goals", ["brand_id", "created_at"]),
    ("ix_goals_campaign_id_created_at", "goals", ["campaign_id", "created_at"]),
    ("ix_goals_status_brand_id", "goals", ["status", "brand_id"]),
    ("ix_goal_watches_goals_at", "goal_watches", ["goals_at"]),
    ("ix_goal_watches_dangers_at", "goal_watches", ["dangers_at"]),
)


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}")
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(40), nullable=True),
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("assigned_to", sa.String(40), nullable=True),
        sa.Column("raised_at", TIME, nullable=False),
        sa.Column("last_seen_at", TIME, nullable=False),
        sa.Column("over_at", TIME, nullable=True),
        sa.Column("closed_at", TIME, nullable=True),
        _belongs("alerts", "brand_id", "brands"),
        _belongs("alerts", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        "ix_alerts_not_closed",
        "alerts",
        ["subject", "kind", "key"],
        unique=True,
        sqlite_where=NOT_CLOSED,
        postgresql_where=NOT_CLOSED,
    )
    op.create_table(
        "alert_entries",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("alert_id", sa.String(40), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("move", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=True),
        sa.Column("assigned_to", sa.String(40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _belongs("alert_entries", "alert_id", "alerts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_entries")),
    )


def _goals() -> None:
    op.create_table(
        "goals",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("campaign_id", sa.String(40), nullable=True),
        sa.Column("kpi", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("change_bps", sa.BigInteger(), nullable=True),
        sa.Column("baseline", sa.String(40), nullable=True),
        sa.Column("baseline_source", sa.String(32), nullable=True),
        sa.Column("start_value", sa.String(40), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("counts_from", sa.Date(), nullable=True),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("owner", sa.String(200), nullable=False),
        sa.Column("strategic_goal", sa.String(500), nullable=False),
        sa.Column("objective", sa.String(32), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("settled_value", sa.String(40), nullable=True),
        sa.Column("reached_at", TIME, nullable=True),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        _belongs("goals", "brand_id", "brands"),
        _belongs("goals", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    op.create_table(
        "goal_days",
        sa.Column("goal_id", sa.String(40), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("value", sa.String(40), nullable=True),
        sa.Column("progress", sa.String(40), nullable=True),
        _belongs("goal_days", "goal_id", "goals"),
        sa.PrimaryKeyConstraint("goal_id", "day_on", name=op.f("pk_goal_days")),
    )


def _watches_and_reports() -> None:
    op.create_table(
        "goal_watches",
        sa.Column("brand_id", sa.String(40), nullable=False),
        sa.Column("goals_at", TIME, nullable=True),
        sa.Column("dangers_at", TIME, nullable=True),
        _belongs("goal_watches", "brand_id", "brands"),
        sa.PrimaryKeyConstraint("brand_id", name=op.f("pk_goal_watches")),
    )
    op.create_table(
        "closing_reports",
        sa.Column("campaign_id", sa.String(40), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("body", JSON, nullable=False),
        _belongs("closing_reports", "campaign_id", "campaigns"),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_closing_reports")),
    )


def upgrade() -> None:
    _alerts()
    _goals()
    _watches_and_reports()
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_index("ix_alerts_not_closed", "alerts")
    for table in (
        *("closing_reports", "goal_watches", "goal_days", "goals"),
        *("alert_entries", "alerts"),
    ):
        op.drop_table(table)
