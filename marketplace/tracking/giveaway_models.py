"""Giveaways, who entered them, and who was drawn."""

from datetime import date, datetime

from sqlalchemy import (
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.ids import id_maker
from marketplace.orm import Id, Model, choice
from marketplace.tracking.giveaway_rules import (
    EntriesPerPerson,
    EntrySource,
    GiveawayState,
    PickOutcome,
)


class Giveaway(Model):
    """A prize of a campaign, or of one application to it, to be won on ``/g/<slug>``.

    `url`: its page; tracked links of the brand may lead there. `…_nl`: the same in
    Dutch, empty where it is not. `country`: where entrants live, empty for anywhere.
    `minimum_age`: 0 for any. `question`: empty for none. `counts_as_lead`: whether an
    entrant is a lead of kind giveaway as well. `confirm_email`: whether an entry only
    counts once its entrant followed a link in a mail. `kept_days`: how long after the
    draw addresses are kept.

    `seed_sealed`: the secret seed; `seed`: the same once it is revealed. `commitment`:
    its SHA-256. `public_source`: the source of a value nobody can know before entries
    close, `public_value` what it came to. `list_hash`, `list_size`: of the list of
    tickets, at closing. `forgotten_at`: since when no address is kept any more.
    """

    __tablename__ = "giveaways"
    __table_args__ = (
        Index("ix_giveaways_campaign_id", "campaign_id"),
        Index("ix_giveaways_brand_id", "brand_id"),
        Index("ix_giveaways_closed_at_closes_at", "closed_at", "closes_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("gwy"))
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    url: Mapped[str] = mapped_column(String(2000), unique=True)
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    title: Mapped[str] = mapped_column(String(200))
    title_nl: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    text_nl: Mapped[str] = mapped_column(Text, default="")
    prize: Mapped[str] = mapped_column(String(300))
    prize_nl: Mapped[str] = mapped_column(String(300), default="")
    question: Mapped[str] = mapped_column(String(300), default="")
    question_nl: Mapped[str] = mapped_column(String(300), default="")
    picture_url: Mapped[str] = mapped_column(String(2000), default="")
    rules_url: Mapped[str] = mapped_column(String(2000))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    country: Mapped[str] = mapped_column(String(2), default="")
    minimum_age: Mapped[int] = mapped_column(default=0)
    asks_newsletter: Mapped[bool] = mapped_column(default=False)
    entries_per_person: Mapped[EntriesPerPerson] = mapped_column(
        choice(EntriesPerPerson), default=EntriesPerPerson.ONCE
    )
    max_entries: Mapped[int | None]
    winners: Mapped[int] = mapped_column(default=1)
    counts_as_lead: Mapped[bool] = mapped_column(default=True)
    confirm_email: Mapped[bool] = mapped_column(default=False)
    kept_days: Mapped[int] = mapped_column(default=30)
    seed_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    seed: Mapped[str | None] = mapped_column(String(64))
    commitment: Mapped[str] = mapped_column(String(64))
    public_source: Mapped[str] = mapped_column(String(300), default="")
    public_value: Mapped[str] = mapped_column(String(300), default="")
    list_hash: Mapped[str | None] = mapped_column(String(64))
    list_size: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    drawn_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    def state(self, at: datetime) -> GiveawayState:
        """Where it stands at that moment."""
        if self.drawn_at is not None:
            return GiveawayState.DRAWN
        if self.closed_at is not None or at >= self.closes_at:
            return GiveawayState.CLOSED
        return GiveawayState.OPEN if at >= self.opens_at else GiveawayState.SCHEDULED


class GiveawayEntry(Model):
    """One chance to win. `ticket`: random, so that it says nothing of its entrant.

    `entrant`: keyed hash of the mailbox, or something random once erased; distinct
    people are counted by it. `email_hash`: that of the address, as orders have it; null
    once erased. `occasion`: the day it counts for where somebody may enter daily, else
    "". `day_on`: of the brand's calendar. `address_sealed`: by which a winner is
    reached; null once it is forgotten. `lead_due_at`: it is yet to be told as a lead.

    `valid_at`: since when it counts: at once, or since the address was confirmed; null
    while that is waited for, until `confirm_by`. `mails_asked`: how often a mail was
    asked for, last at `mail_asked_at`; `mail_due_at`: when to try it (again), null for
    none; `mail_tries`: of this one so far.
    """

    __tablename__ = "giveaway_entries"
    __table_args__ = (
        UniqueConstraint("giveaway_id", "entrant", "occasion"),
        UniqueConstraint("giveaway_id", "ticket"),
        Index("ix_giveaway_entries_campaign_id_day_on", "campaign_id", "day_on"),
        Index("ix_giveaway_entries_brand_id_email_hash", "brand_id", "email_hash"),
        Index("ix_giveaway_entries_application_id", "application_id"),
        Index("ix_giveaway_entries_lead_due_at", "lead_due_at"),
        Index("ix_giveaway_entries_mail_due_at", "mail_due_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("gve"))
    giveaway_id: Mapped[str] = mapped_column(ForeignKey("giveaways.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("applications.id"))
    link_id: Mapped[str | None] = mapped_column(ForeignKey("tracking_links.id"))
    click_id: Mapped[str | None] = mapped_column(String(64))
    code: Mapped[str | None] = mapped_column(String(100))
    entrant: Mapped[str] = mapped_column(String(64))
    email_hash: Mapped[str | None] = mapped_column(String(64))
    occasion: Mapped[str] = mapped_column(String(10), default="")
    day_on: Mapped[date] = mapped_column(Date)
    ticket: Mapped[str] = mapped_column(String(32))
    address_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer: Mapped[str] = mapped_column(String(500), default="")
    wants_newsletter: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(String(2), default="en")
    source: Mapped[EntrySource] = mapped_column(choice(EntrySource))
    entered_at: Mapped[datetime]
    created_at: Mapped[datetime]
    lead_due_at: Mapped[datetime | None]
    valid_at: Mapped[datetime | None]
    confirm_by: Mapped[datetime | None]
    mails_asked: Mapped[int] = mapped_column(default=0)
    mail_asked_at: Mapped[datetime | None]
    mail_due_at: Mapped[datetime | None]
    mail_tries: Mapped[int] = mapped_column(default=0)
    mail_sent_at: Mapped[datetime | None]
    disqualified_at: Mapped[datetime | None]
    disqualified_reason: Mapped[str] = mapped_column(String(300), default="")
    erased_at: Mapped[datetime | None]

    def is_waiting(self, now: datetime) -> bool:
        """Whether its entrant was asked to confirm, and still can."""
        asked_until = self.confirm_by if self.valid_at is None else None
        return asked_until is not None and asked_until > now


class GiveawayPick(Model):
    """One picked ticket of a draw, in order; what was picked stays, whatever follows."""

    __tablename__ = "giveaway_picks"

    giveaway_id: Mapped[str] = mapped_column(
        ForeignKey("giveaways.id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[str] = mapped_column(ForeignKey("giveaway_entries.id"))
    ticket: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[PickOutcome] = mapped_column(choice(PickOutcome))
    drawn_at: Mapped[datetime]
    forfeited_at: Mapped[datetime | None]
