"""figures deleted because a platform asks for it; entries confirmed by mail"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
OF_MAILS = ("mail_due_at", "mail_asked_at", "mail_sent_at", "confirm_by")
COUNTS_OF_MAILS = ("mail_tries", "mails_asked")


def upgrade() -> None:
    _figures()
    _entries()


def _figures() -> None:
    op.add_column("grants", sa.Column("ended_at", AT, nullable=True))
    # When those of before ended nobody wrote down: not before they were last used.
    op.execute(
        "UPDATE grants SET ended_at = coalesce(checked_at, granted_at)"
        " WHERE state <> 'active'"
    )
    op.create_table(
        "figure_deletions",
        sa.Column("of_id", sa.String(40), nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("first_at", AT, nullable=False),
        sa.Column("last_at", AT, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("deleted_at", AT, nullable=False),
        sa.PrimaryKeyConstraint("of_id", name=op.f("pk_figure_deletions")),
    )


def _entries() -> None:
    op.add_column(
        "giveaways",
        sa.Column(
            "confirm_email", sa.Boolean(), nullable=False, server_default=sa.false()
        ),
    )
    op.add_column("giveaway_entries", sa.Column("valid_at", AT, nullable=True))
    op.execute("UPDATE giveaway_entries SET valid_at = entered_at")
    for name in OF_MAILS:
        op.add_column("giveaway_entries", sa.Column(name, AT, nullable=True))
    for name in COUNTS_OF_MAILS:
        op.add_column(
            "giveaway_entries",
            sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"),
        )
    op.create_index(
        "ix_giveaway_entries_mail_due_at", "giveaway_entries", ["mail_due_at"]
    )


def downgrade() -> None:
    op.drop_index("ix_giveaway_entries_mail_due_at", table_name="giveaway_entries")
    # Of before there is no entry that does not count: these are nobody's any more.
    op.execute("DELETE FROM giveaway_entries WHERE valid_at IS NULL")
    for name in (*COUNTS_OF_MAILS, *OF_MAILS, "valid_at"):
        op.drop_column("giveaway_entries", name)
    op.drop_column("giveaways", "confirm_email")
    op.drop_table("figure_deletions")
    op.drop_column("grants", "ended_at")
