"""Statement: the numbered paper about a payout, as it was when it was issued."""

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice
from marketplace.payouts.vat import VatTreatment


class StatementKind(enum.StrEnum):
    """An invoice issued by the customer (self-billing), or what takes one back."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class Statement(Model):
    """An invoice for a payout or the credit note to it; never changed once issued.

    `series`: of one brand and influencer; with `year` and `position` it is the number.
    `document`: all that is shown, both parties included; `sha256`: of it, so that a
    change is noticed. `corrects_id`: the invoice a credit note takes back.
    """

    __tablename__ = "statements"
    __table_args__ = (
        UniqueConstraint("payout_id", "kind"),
        UniqueConstraint("series", "year", "position"),
        Index("ix_statements_brand_id_issued_at", "brand_id", "issued_at"),
        Index("ix_statements_influencer_id_issued_at", "influencer_id", "issued_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("stm"))
    payout_id: Mapped[str] = mapped_column(ForeignKey("payouts.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"))
    kind: Mapped[StatementKind] = mapped_column(choice(StatementKind))
    corrects_id: Mapped[str | None] = mapped_column(ForeignKey("statements.id"))
    series: Mapped[str] = mapped_column(String(12))
    year: Mapped[int]
    position: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    issued_on: Mapped[date] = mapped_column(Date)
    issued_at: Mapped[datetime]
    currency: Mapped[str] = mapped_column(String(3))
    vat_treatment: Mapped[VatTreatment] = mapped_column(choice(VatTreatment))
    net_amount: Mapped[int]
    vat_amount: Mapped[int]
    total_amount: Mapped[int]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
