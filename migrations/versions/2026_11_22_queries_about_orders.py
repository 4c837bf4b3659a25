"""what influencers ask about orders; leads to decide again"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(length=40)
TIME = sa.DateTime(timezone=True)
HASHES = ("mailbox_hash", "email_domain_hash")
OPEN = sa.text("status = 'open'")


def upgrade() -> None:
    op.add_column(
        "brands",
        sa.Column("query_days", sa.BigInteger(), server_default="14", nullable=False),
    )
    op.add_column("leads", sa.Column("settle_requested_at", TIME, nullable=True))
    for name in HASHES:
        op.add_column("leads", sa.Column(name, sa.String(length=64), nullable=True))
    op.create_index("ix_leads_settle_requested_at", "leads", ["settle_requested_at"])
    op.create_table(
        "lead_clicks",
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("click_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["leads.id"], name=op.f("fk_lead_clicks_lead_id")
        ),
        sa.PrimaryKeyConstraint("lead_id", "click_id", name=op.f("pk_lead_clicks")),
    )
    op.create_index("ix_lead_clicks_click_id", "lead_clicks", ["click_id"])
    _create_queries()
    op.create_table(
        "query_steps",
        sa.Column("query_id", ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("side", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["query_id"], ["queries.id"], name=op.f("fk_query_steps_query_id")
        ),
        sa.PrimaryKeyConstraint("query_id", "position", name=op.f("pk_query_steps")),
    )


def downgrade() -> None:
    op.drop_table("query_steps")
    op.drop_table("queries")
    op.drop_table("lead_clicks")
    op.drop_index("ix_leads_settle_requested_at", "leads")
    for name in HASHES:
        op.drop_column("leads", name)
    op.drop_column("leads", "settle_requested_at")
    op.drop_column("brands", "query_days")


def _create_queries() -> None:
    op.create_table(
        "queries",
        sa.Column("id", ID, nullable=False),
        sa.Column("brand_id", ID, nullable=False),
        sa.Column("influencer_id", ID, nullable=False),
        sa.Column("application_id", ID, nullable=False),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("order_number", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=True),
        sa.Column("bought_on", sa.Date(), nullable=True),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("click_id", sa.String(length=200), nullable=False),
        sa.Column("message", sa.String(length=2000), nullable=False),
        sa.Column("claimed_amount", sa.BigInteger(), nullable=True),
        sa.Column("claimed_currency", sa.String(length=3), nullable=True),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("credit", sa.String(32), nullable=True),
        sa.Column("outcome", sa.String(32), nullable=True),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.Column("by_silence", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("answered_at", TIME, nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"{table}.id"], name=op.f(f"fk_queries_{name}_id")
            )
            for name, table in (
                ("brand", "brands"),
                ("influencer", "influencers"),
                ("application", "applications"),
                ("order", "orders"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queries")),
    )
    op.create_index(
        "ix_queries_brand_id_created_at", "queries", ["brand_id", "created_at"]
    )
    op.create_index("ix_queries_brand_id_number", "queries", ["brand_id", "number"])
    op.create_index(
        "ix_queries_influencer_id_created_at",
        "queries",
        ["influencer_id", "created_at"],
    )
    op.create_index("ix_queries_order_id", "queries", ["order_id"])
    op.create_index(
        "ix_queries_due_at",
        "queries",
        ["due_at"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_index(
        "ix_queries_open",
        "queries",
        ["influencer_id", "order_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
