"""Earned media value: the rates it rests on, and its terms for a campaign."""

from typing import Any

from marketplace import accounts, content, kpis
from marketplace.accounts import Brand, Scope
from marketplace.api.emv_shapes import (
    AppraisalOut,
    AppraisalQuery,
    EmvRateIn,
    EmvRatesOut,
    EmvRatesQuery,
    EmvRatesTarget,
    Stated,
    appraisal_shown,
)
from marketplace.api.frame import Resource, actor, begin, own_brand, reads, writes
from marketplace.api.kpi_scopes import scope_of_campaign
from marketplace.api.paging import page_of_short
from marketplace.clock import local_day, now
from marketplace.content import RateBook, StatedRate
from marketplace.errors import Invalid

MOST_RATES = 500

blp = Resource("emv_rates", description="What actions on content are worth")


@blp.route("/emv-rates")
@reads
@blp.arguments(EmvRatesQuery, location="query")
@blp.response(200, EmvRatesOut)
def list_emv_rates(query: dict[str, Any]) -> dict[str, Any]:
    """The rates that hold on a day: the brand's own before the instance's before the
    published examples that come with the product.
    """
    book = _book(query["brand_id"])
    rates = book.holding(query["on"] or now().date())
    platform = query["platform"]
    wanted = [each for each in rates if platform in (None, each.platform)]
    return page_of_short(wanted, query)


@blp.route("/emv-rates", methods=["PUT"])
@writes
@blp.arguments(EmvRatesTarget, location="query")
@blp.arguments(EmvRateIn(many=True))
@blp.response(200, EmvRatesOut)
def set_emv_rates(query: dict[str, Any], body: list[dict[str, Any]]) -> dict[str, Any]:
    """Set rates of a brand's own or, as an admin, those of the instance.

    Each is a further version; what held before stays written down.
    """
    session, brand = begin(), None
    if query["instance"]:
        actor().require_admin()
    else:
        brand = own_brand(Scope.WRITE, query["brand_id"])
    rates = _rates(body, brand)
    if brand is not None:
        accounts.lock_brand(session, brand.id)  # versions are counted
    rows = content.set_emv_rates(session, rates, brand=brand, by=actor(), now=now())
    return {"data": [content.rate_of(row) for row in rows], "next_cursor": None}


@blp.route("/campaigns/<campaign_id>/emv")
@reads
@blp.arguments(AppraisalQuery, location="query")
@blp.response(200, AppraisalOut)
def get_emv(query: dict[str, Any], campaign_id: str) -> dict[str, Any]:
    """What a campaign's content is worth, term by term: counts, rates, amounts."""
    session, at = begin(), now()
    scope = scope_of_campaign(campaign_id, currency=query["currency"])
    window = kpis.window_of(
        session, scope, start=query["start"], end=query["end"], now=at
    )
    return appraisal_shown(kpis.appraise(session, scope, window=window, now=at))


def _book(brand_id: str | None) -> RateBook:
    """The rates a brand's content is valued by; of nobody's brand the instance's."""
    session = begin()
    if brand_id is None and not actor().memberships:
        return content.rate_books(session, [""])[""]
    brand = own_brand(Scope.READ, brand_id)
    return content.rate_books(session, [brand.id])[brand.id]


def _rates(body: list[dict[str, Any]], brand: Brand | None) -> list[StatedRate]:
    """The rates of a body; Invalid names what is there twice, or of what currency."""
    if len(body) > MOST_RATES:
        raise Invalid({"body": [f"at most {MOST_RATES} rates at once"]})
    errors: dict[str, list[str]] = {}
    today = local_day(now(), brand.timezone) if brand else now().date()
    rates = []
    met: set[tuple[object, ...]] = set()
    for position, row in enumerate(body):
        told: Stated | None = row["value"]
        said = {row["currency"], told and told.currency} - {None}
        if len(said) > 1:
            errors[f"{position}.currency"] = ["is not that of the value"]
        if not said and brand is None:
            errors[f"{position}.currency"] = ["must be said of the instance's rates"]
        rate = StatedRate(
            platform=row["platform"],
            action=row["action"],
            valid_from=row["valid_from"] or today,
            value=told and told.value,
            currency=said.pop() if said else brand.currency if brand else "",
            source=row["source"],
        )
        if rate.key in met:
            errors[f"{position}.valid_from"] = ["is there twice for this action"]
        met.add(rate.key)
        rates.append(rate)
    if errors:
        raise Invalid(errors)
    return rates
