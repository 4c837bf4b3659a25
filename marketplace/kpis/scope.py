"""Whose facts a report may see. Every query of this package starts from one."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.accounts.models import Brand, Influencer
from marketplace.campaigns.models import Campaign
from marketplace.collaborations.models import Application

# A statement that returns rows of several columns.
Rows = Select[*tuple[Any, ...]]
IdColumn = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


@dataclass(frozen=True, slots=True)
class ReportScope:
    """A brand's campaigns, or an influencer's own share of campaigns; one, or all.

    `currency`: the one money is reported in; None chooses by the campaigns in it.
    """

    brand_id: str | None = None
    influencer_id: str | None = None
    campaign_id: str | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        if self.brand_id is None and self.influencer_id is None:
            raise ValueError("a scope belongs to a brand or to an influencer")

    def narrow(
        self, statement: Rows, campaign_id: IdColumn, application_id: IdColumn
    ) -> Rows:
        """That statement, over only what is in this scope.

        For an influencer a row without an application is nobody's, so not theirs. Whose
        a campaign is, is asked once and not of every row: a database looks it up as
        often as it joins it.
        """
        if self.campaign_id is not None:
            statement = statement.where(campaign_id == self.campaign_id)
        if self.brand_id is not None:
            own = _is_one_of(self.brand_id, self.campaign_id, campaign_id)
            statement = statement.where(own)
        if self.influencer_id is not None:
            statement = statement.join(
                Application, Application.id == application_id
            ).where(
                Application.influencer_id == self.influencer_id,
                Application.campaign_id == campaign_id,
            )
        return statement

    def brand_is(self, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """The condition that a row belongs to a brand of this scope."""
        if self.brand_id is not None:
            return column == self.brand_id
        return column.in_(
            select(Application.brand_id).where(
                Application.influencer_id == self.influencer_id
            )
        )


@lru_cache(maxsize=1024)  # a report asks it in every statement
def _is_one_of(
    brand_id: str, campaign_id: str | None, column: IdColumn
) -> ColumnElement[bool]:
    """The condition that a row is of that brand's campaign, or else of any of its."""
    own = select(Campaign.id).where(Campaign.brand_id == brand_id)
    if campaign_id is None:
        return column.in_(own)
    # Correlated to nothing: a statement may join the campaigns for itself.
    return own.where(Campaign.id == campaign_id).correlate(None).exists()


def campaign_scope(campaign: Campaign, *, currency: str | None = None) -> ReportScope:
    """Everything of one campaign, for its brand, in its currency or another one."""
    return ReportScope(
        brand_id=campaign.brand_id,
        campaign_id=campaign.id,
        currency=currency or campaign.currency,
    )


def application_scope(
    application: Application, *, currency: str | None = None
) -> ReportScope:
    """An influencer's own share of one campaign, in its currency or another one."""
    return ReportScope(
        brand_id=application.brand_id,
        influencer_id=application.influencer_id,
        campaign_id=application.campaign_id,
        currency=currency,
    )


def brand_scope(brand: Brand, *, currency: str | None = None) -> ReportScope:
    """All campaigns of a brand, in its currency or another one."""
    return ReportScope(brand_id=brand.id, currency=currency or brand.currency)


def influencer_scope(
    influencer: Influencer, *, currency: str | None = None
) -> ReportScope:
    """An influencer's own share of all campaigns, of every brand."""
    return ReportScope(influencer_id=influencer.id, currency=currency)
