"""PaymentBatch: the payments that a brand gave to its bank in one file."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orm import Id, Model


class PaymentBatch(Model):
    """External payouts (`Payout.batch_id`) as they went into one file; never changed.

    Its id is the file's message id. The files are kept, encrypted, as they were made, so
    that a bank knows the second download for the first. `cancelled_at`: the brand said
    that its bank never got it; its payouts are in no batch again.
    """

    __tablename__ = "payment_batches"
    __table_args__ = (
        Index("ix_payment_batches_brand_id_created_at", "brand_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("bat"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    count: Mapped[int]
    amount: Mapped[int]  # in euro cents
    execute_on: Mapped[date] = mapped_column(Date)
    sealed_pain: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_csv: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(Id)
    cancelled_at: Mapped[datetime | None]
