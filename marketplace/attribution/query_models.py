"""Query: what an influencer asks about an order, and the steps it went through."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.attribution.query_rules import (
    QueryCredit,
    QueryOutcome,
    QueryStatus,
    Side,
)
from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice

OPEN = text("status = 'open'")
LONGEST_TEXT = 2000


class Query(Model):
    """One question, about a known order or one that is described.

    `order_number`: as the influencer wrote it; `number`: as it is compared, null once
    the question was about a known order. `order_id` is null until such an order is
    known. `code`, `click_id`: what they say it came by. `claimed_amount`: what they say
    it was worth; shown, never paid by. `answer`: the note or reason of the answer.
    `outcome`: what became of an accepted one; null while that is not decided.
    """

    __tablename__ = "queries"
    __table_args__ = (
        Index("ix_queries_brand_id_created_at", "brand_id", "created_at"),
        Index("ix_queries_brand_id_number", "brand_id", "number"),
        Index("ix_queries_influencer_id_created_at", "influencer_id", "created_at"),
        Index("ix_queries_order_id", "order_id"),
        Index("ix_queries_due_at", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
        Index(
            "ix_queries_open",
            "influencer_id",
            "order_id",
            unique=True,
            sqlite_where=OPEN,
            postgresql_where=OPEN,
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("qry"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    influencer_id: Mapped[str] = mapped_column(ForeignKey("influencers.id"))
    application_id: Mapped[str] = mapped_column(ForeignKey("applications.id"))
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"))
    order_number: Mapped[str] = mapped_column(String(200), default="")
    number: Mapped[str | None] = mapped_column(String(200))
    bought_on: Mapped[date | None] = mapped_column(Date)
    code: Mapped[str] = mapped_column(String(100), default="")
    click_id: Mapped[str] = mapped_column(String(200), default="")
    message: Mapped[str] = mapped_column(String(LONGEST_TEXT), default="")
    claimed_amount: Mapped[int | None]
    claimed_currency: Mapped[str | None] = mapped_column(String(3))
    status: Mapped[QueryStatus] = mapped_column(
        choice(QueryStatus), default=QueryStatus.OPEN
    )
    credit: Mapped[QueryCredit | None] = mapped_column(choice(QueryCredit))
    outcome: Mapped[QueryOutcome | None] = mapped_column(choice(QueryOutcome))
    answer: Mapped[str] = mapped_column(String(LONGEST_TEXT), default="")
    by_silence: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class QueryStep(Model):
    """One thing that happened to a question, as both sides read it."""

    __tablename__ = "query_steps"

    query_id: Mapped[str] = mapped_column(ForeignKey("queries.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    side: Mapped[Side] = mapped_column(choice(Side))
    note: Mapped[str] = mapped_column(String(LONGEST_TEXT), default="")
