"""Goals, how they went day by day, and the report made when a campaign closed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.campaigns.rules import Objective
from marketplace.ids import id_maker
from marketplace.kpis.goal_rules import BaselineSource, GoalStatus
from marketplace.orm import Id, Model, choice


class Goal(Model):
    """A SMART target for one KPI, of a campaign or (null) of the whole brand.

    `kpi`: an id of the catalogue, or ``series:<slug>``. `target`, `baseline`: in the
    KPI's own unit, money in minor units of `currency`. `change_bps`: where the target was
    said as a change of the baseline. `baseline_source`: null where there is none.
    `start_value`: what was measured in the stretch before, from which the pace is
    reckoned; null where nothing was. `starts_on`: the day from which time runs.
    `counts_from`: the first day that counts, null for all of a campaign.
    `settled_value`: what it was when it was reached or due.
    """

    __tablename__ = "goals"
    __table_args__ = (
        Index("ix_goals_brand_id_created_at", "brand_id", "created_at"),
        Index("ix_goals_campaign_id_created_at", "campaign_id", "created_at"),
        Index("ix_goals_status_brand_id", "status", "brand_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=id_maker("gol"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaigns.id"))
    kpi: Mapped[str] = mapped_column(String(100))
    currency: Mapped[str] = mapped_column(String(3))
    target: Mapped[Decimal]
    change_bps: Mapped[int | None]
    baseline: Mapped[Decimal | None]
    baseline_source: Mapped[BaselineSource | None] = mapped_column(
        choice(BaselineSource)
    )
    start_value: Mapped[Decimal | None]
    starts_on: Mapped[date] = mapped_column(Date)
    counts_from: Mapped[date | None] = mapped_column(Date)
    due_at: Mapped[datetime]
    owner: Mapped[str] = mapped_column(String(200))
    strategic_goal: Mapped[str] = mapped_column(String(500), default="")
    objective: Mapped[Objective | None] = mapped_column(choice(Objective))
    status: Mapped[GoalStatus] = mapped_column(
        choice(GoalStatus), default=GoalStatus.OPEN
    )
    settled_value: Mapped[Decimal | None]
    reached_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class GoalDay(Model):
    """How a goal stood at the end of a day (of today: so far)."""

    __tablename__ = "goal_days"

    goal_id: Mapped[str] = mapped_column(ForeignKey("goals.id"), primary_key=True)
    day_on: Mapped[date] = mapped_column(Date, primary_key=True)
    value: Mapped[Decimal | None]
    progress: Mapped[Decimal | None]


class GoalWatch(Model):
    """When a brand's goals were last looked at, and all else it is watched for."""

    __tablename__ = "goal_watches"

    brand_id: Mapped[str] = mapped_column(ForeignKey("brands.id"), primary_key=True)
    goals_at: Mapped[datetime | None] = mapped_column(index=True)
    dangers_at: Mapped[datetime | None] = mapped_column(index=True)


class ClosingReport(Model):
    """What a campaign had come to when it closed, as the API shows it."""

    __tablename__ = "closing_reports"

    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("campaigns.id"), primary_key=True
    )
    made_at: Mapped[datetime]
    body: Mapped[dict[str, Any]]
