"""What readers of facts must know of a report, without knowing who reads for it."""

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy.orm import Session

from marketplace.kpis.scope import ReportScope
from marketplace.kpis.tally import CampaignFacts


class Asked(Protocol):
    """Whose facts are asked for, and of which campaigns, by id."""

    @property
    def session(self) -> Session:
        """Where they are read."""

    @property
    def scope(self) -> ReportScope:
        """Whose they are."""

    @property
    def campaigns(self) -> Mapping[str, CampaignFacts]:
        """All campaigns of the scope."""
