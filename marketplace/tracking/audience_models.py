"""Whom campaigns are meant for."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.orm import Model, choice
from marketplace.tracking.audience_rules import Newness, Segment, segment


class TargetAudience(Model):
    """Whom a campaign is meant for, and what its growth is compared with.

    `countries`, `languages`, `devices`: any of these, each; empty for whatever it is.
    `visitors`: only these. `baseline_from` to `baseline_to`: the days growth is compared
    with; `baseline_visitors` is how many came in them, where the brand said so, and is
    null where the campaign's own visitors of those days are meant.

    `recount_from`: the first day whose cells are not yet made of this; null: all are.
    `known_from`: of days before, clicks and visits had expired when they were to be
    counted. `is_removed`: there is none any more, and its cells are to go.
    """

    __tablename__ = "target_audiences"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    countries: Mapped[list[str]] = mapped_column(default=list)
    languages: Mapped[list[str]] = mapped_column(default=list)
    devices: Mapped[list[str]] = mapped_column(default=list)
    visitors: Mapped[Newness | None] = mapped_column(choice(Newness))
    baseline_from: Mapped[date | None] = mapped_column(Date)
    baseline_to: Mapped[date | None] = mapped_column(Date)
    baseline_visitors: Mapped[int | None]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    recount_from: Mapped[date | None] = mapped_column(Date)
    known_from: Mapped[date | None] = mapped_column(Date)
    is_removed: Mapped[bool] = mapped_column(default=False)

    @property
    def segment(self) -> Segment:
        """Who that is."""
        return segment(
            tuple(self.countries),
            tuple(self.languages),
            tuple(self.devices),
            self.visitors,
        )
