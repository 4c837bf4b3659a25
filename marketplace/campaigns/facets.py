"""What a campaign can be found by, one row a value."""

from collections.abc import Iterable, Mapping

from marketplace.accounts.rules import Platform
from marketplace.campaigns.models import Campaign, CampaignFacet
from marketplace.campaigns.rules import Facet

Facets = Mapping[Facet, Iterable[str]]


def facet_rows(facets: Facets) -> list[CampaignFacet]:
    """Rows that say these, each value once."""
    found = {
        (kind, _value(kind, text)) for kind, texts in facets.items() for text in texts
    }
    return [CampaignFacet(kind=kind, value=value) for kind, value in sorted(found)]


def replace_facets(campaign: Campaign, facets: Facets) -> bool:
    """Let it have these of the kinds they name; True if it had others."""
    wanted = {(row.kind, row.value): row for row in facet_rows(facets)}
    there = {
        (row.kind, row.value): row for row in campaign.facets if row.kind in facets
    }
    for key in there.keys() - wanted.keys():
        campaign.facets.remove(there[key])
    campaign.facets.extend(wanted[key] for key in wanted.keys() - there.keys())
    return wanted.keys() != there.keys()


def _value(kind: Facet, text: str) -> str:
    """One spelling per value, so that a search finds it."""
    if kind is Facet.COUNTRY:
        return text.strip().upper()
    if kind is Facet.PLATFORM:
        return Platform(text).value
    return text.strip() if kind is Facet.LANGUAGE else text.strip().casefold()
