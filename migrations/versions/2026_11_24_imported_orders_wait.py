"""what a shop sends now goes before what was imported"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

DUE = "ix_webhook_events_due"


def upgrade() -> None:
    op.add_column(
        "webhook_events",
        sa.Column("is_import", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(
        "UPDATE webhook_events SET is_import = true"
        " WHERE is_fetched AND topic = 'imported' AND status = 'received'"
    )
    op.drop_index(DUE, table_name="webhook_events")
    _create("brand_id", "is_import", "received_at", "id", "next_attempt_at")


def downgrade() -> None:
    op.drop_index(DUE, table_name="webhook_events")
    _create("brand_id", "received_at", "id", "next_attempt_at")
    op.drop_column("webhook_events", "is_import")


def _create(*columns: str) -> None:
    received = sa.text("status = 'received'")
    op.create_index(
        DUE,
        "webhook_events",
        list(columns),
        sqlite_where=received,
        postgresql_where=received,
    )
