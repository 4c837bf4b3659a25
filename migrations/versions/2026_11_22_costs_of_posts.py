"""costs of posts, voided ones; what refunds took from the cost of goods; how many
customers are in an order cell
"""

import sqlalchemy as sa
from alembic import op

# The sketches that are counted were made by it.
from marketplace.tracking.sketches import estimate

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

REFUND_COLUMNS = ("goods_cost_amount", "table_costed_amount", "uncosted_amount")
CUSTOMERS = (
    *("customers", "repeat_buyers", "repeat_buyers_30d", "repeat_buyers_60d"),
    *("repeat_buyers_90d", "repeat_buyers_365d"),
)
KEY = ("campaign_id", "application_id", "link_id", "shop_id", "day_on")
BATCH = 1000


def upgrade() -> None:
    op.add_column("costs", sa.Column("post_id", sa.String(length=40), nullable=True))
    op.add_column(
        "costs",
        sa.Column(
            "allocation", sa.String(32), nullable=False, server_default="campaign"
        ),
    )
    op.add_column("costs", sa.Column("updated_at", sa.DateTime(timezone=True)))
    op.add_column("costs", sa.Column("voided_at", sa.DateTime(timezone=True)))
    for name in REFUND_COLUMNS:
        op.add_column("refunds", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index("ix_refunds_refunded_at", "refunds", ["refunded_at"])
    for name in CUSTOMERS:
        op.add_column(
            "order_cells",
            sa.Column(
                f"{name}_count", sa.BigInteger(), server_default="0", nullable=False
            ),
        )
    _count_customers(op.get_bind())
    # The job folds these again, and then what came back is known of them, too.
    op.execute(
        "UPDATE orders SET settle_requested_at = updated_at"
        " WHERE settle_requested_at IS NULL"
        " AND id IN (SELECT order_id FROM refunds)"
    )


def _count_customers(connection: sa.Connection) -> None:
    """Of every cell, from its sketches."""
    cells = sa.table(
        "order_cells",
        *(sa.column(name) for name in KEY[:-1]),
        sa.column("day_on", sa.Date()),
        *(sa.column(name, sa.LargeBinary()) for name in CUSTOMERS),
        *(sa.column(f"{name}_count", sa.BigInteger()) for name in CUSTOMERS),
    )
    rows = connection.execute(
        sa.select(*(cells.c[name] for name in (*KEY, *CUSTOMERS)))
    ).all()
    counted = [
        {
            **{f"key_{name}": value for name, value in zip(KEY, row, strict=False)},
            **{
                f"{name}_count": estimate(sketch)
                for name, sketch in zip(CUSTOMERS, row[len(KEY) :], strict=True)
            },
        }
        for row in rows
    ]
    changed = cells.update().where(
        *(cells.c[name] == sa.bindparam(f"key_{name}") for name in KEY)
    )
    for start in range(0, len(counted), BATCH):
        connection.execute(changed, counted[start : start + BATCH])


def downgrade() -> None:
    for name in CUSTOMERS:
        op.drop_column("order_cells", f"{name}_count")
    op.drop_index("ix_refunds_refunded_at", table_name="refunds")
    for name in REFUND_COLUMNS:
        op.drop_column("refunds", name)
    for name in ("voided_at", "updated_at", "allocation", "post_id"):
        op.drop_column("costs", name)
