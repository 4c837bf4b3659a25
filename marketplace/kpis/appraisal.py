"""What a scope's content is worth, term by term: what stands behind ``emv``."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from sqlalchemy.orm import Session

from marketplace.kpis.content_queries import PRICED
from marketplace.kpis.facts import reader_of
from marketplace.kpis.measures.posts import EMV_ENGAGEMENT, EMV_EXPOSURE
from marketplace.kpis.post_lines import PostLines
from marketplace.kpis.reader import campaigns_of
from marketplace.kpis.report import Report, report
from marketplace.kpis.rules import Window
from marketplace.kpis.scope import ReportScope
from marketplace.kpis.worth import Price, Worth, clicks, pricing_of

EMV_KPIS = ("emv", "emv_engagement", "emv_exposure")


@dataclass(frozen=True, slots=True)
class Appraisal:
    """The terms, by platform, action and stretch of days; and the KPIs they make up."""

    made: Report
    terms: list[Worth]


def appraise(
    session: Session, scope: ReportScope, *, window: Window, now: datetime
) -> Appraisal:
    """What the content of a scope is worth over a window, term by term."""
    made = report(session, scope, window=window, kpis=EMV_KPIS, now=now)
    measures = EMV_ENGAGEMENT, EMV_EXPOSURE
    campaigns = campaigns_of(session, scope)
    reader = reader_of(session, scope, campaigns, made.currency, measures, now)
    span = window.start, window.end
    pricing = pricing_of(reader, span)
    lines = PostLines(reader, pricing.stretches, PRICED).of_posts(None)
    of_posts = (worth for line in lines for worth in pricing.of_line(line))
    of_clicks = (worth for worth, _ in clicks(reader, pricing, None))
    return Appraisal(made, _added_up(chain(of_posts, of_clicks)))


def _added_up(worths: Iterable[Worth]) -> list[Worth]:
    """One term for each price; a count that nobody knows says nothing beside others."""
    terms: dict[Price, Worth] = {}
    for worth in worths:
        known = terms.setdefault(worth.price, worth)
        if known is not worth and worth.count is not None:
            count = (known.count or 0) + worth.count
            terms[worth.price] = replace(known, count=count)
    order = sorted(terms, key=lambda each: (each.platform, each.first, each.action))
    return [terms[price] for price in order]
