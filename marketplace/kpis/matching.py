"""Clicks and cost of posts that a ratio is not about, to be left out of it.

A ratio of clicks or cost over a figure of posts is over the posts of which the figure is
known. `places` says which posts a link or an influencer speaks of; costs go by their
allocation. What speaks of several posts, only some of which are known, is divided equally
over them: then the value is an estimate. Where every post is known nothing is left out,
and nothing is read.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from marketplace import costs
from marketplace.costs.rules import divided
from marketplace.kpis import matching_queries as queries
from marketplace.kpis.fees import fees_in
from marketplace.kpis.groups import Groups
from marketplace.kpis.matching_queries import Class
from marketplace.kpis.measures.elsewhere import Elsewhere
from marketplace.kpis.outcome import Number, Unknown
from marketplace.kpis.places import LeftOut, Places
from marketplace.kpis.post_lines import PostLines
from marketplace.kpis.rules import Basis, Breakdown
from marketplace.kpis.spending import costs_in
from marketplace.kpis.tally import Facts
from marketplace.kpis.traffic_queries import Span
from marketplace.kpis.values import NOT_BROKEN_DOWN

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

# Of each measure, which share is left out.
Shares = tuple[Fraction, ...]
BY_TIME = tuple(each for each in Breakdown if each.is_time)


class Part(NamedTuple):
    """A part of a cost; of nobody in the campaign without an application."""

    application_id: str | None
    post_id: str | None
    amount: int


def leave_out(
    reader: "Reader",
    facts: Facts,
    measures: Sequence[Elsewhere],
    span: Span,
    groups: Groups | None,
    lines: PostLines,
) -> None:
    """What these measures leave out, into the totals and the rows, given the posts."""
    if lines.places is None or not lines.kinds:
        return  # without posts there is no ratio
    units, kinds = lines.units, lines.kinds
    seen = Counter((unit, kinds[post_id].known) for post_id, unit in units.items())
    figures = {each.figures for each in measures}
    left_out = {each: LeftOut(lines.places, seen, each) for each in figures}
    matching = _Matching(reader, facts, span, groups, lines, lines.places, left_out)
    clicked = [each for each in measures if not each.is_money]
    paid = [each for each in measures if each.is_money]
    if clicked:
        matching.clicks(clicked)
        facts.round(each.name for each in clicked)
    if paid:
        matching.commissions(paid)
        matching.costs(paid)


@dataclass(frozen=True, slots=True)
class _Matching:
    """`left_out`: by figures, what is of posts of which none of these is known."""

    reader: "Reader"
    facts: Facts
    span: Span
    groups: Groups | None
    lines: PostLines
    places: Places
    left_out: Mapping[frozenset[str], LeftOut]

    @property
    def _by(self) -> Breakdown | None:
        return self.groups.by if self.groups else None

    def _left_out(self, measures: Iterable[Elsewhere]) -> list[LeftOut]:
        return [self.left_out[each.figures] for each in measures]

    def clicks(self, measures: Sequence[Elsewhere]) -> None:
        """Clicks, and clickers: who followed several links a day is one of each."""
        self._say_unknown(measures)
        left_out = self._left_out(measures)
        classes: dict[Shares, list[str]] = {}
        for link_id in self.places.links:
            shares = tuple(each.of_link(link_id) for each in left_out)
            if any(shares):
                classes.setdefault(shares, []).append(link_id)
        if not classes:
            return
        asked = self.reader.scope, self.span, self._by
        columns = [each.column for each in measures]
        rows = self.reader.session.execute(
            queries.clicks_by_class(*asked, [*map(Class, classes.values())], columns)
        )
        every = list(classes)
        for campaign_id, raw, number, *amounts in rows:
            shares = every[number]
            # One person may have followed several of these links.
            vague = [each.column == "clicker_count" for each in measures]
            for n, measure in enumerate(measures):
                self._add(
                    measure,
                    (campaign_id, None, raw),
                    int(amounts[n]) * shares[n],
                    is_estimate=vague[n] or shares[n] < 1,
                )

    def _say_unknown(self, measures: Sequence[Elsewhere]) -> None:
        """Rows of posts whose clicks stand in another row cannot tell a rate."""
        groups = self.groups
        if groups is None or groups.by not in (Breakdown.POST, Breakdown.LINK):
            return
        unknown = {each.name: Unknown(NOT_BROKEN_DOWN) for each in measures}
        for post_id, unit in self.lines.units.items():
            row = groups.of(post_id if groups.by is Breakdown.POST else unit.link_id)
            if unit.link_id is None or groups.of(unit.link_id) != row:
                campaign = self.reader.campaigns[unit.campaign_id]
                for tally in self.facts.rows(row, campaign):
                    tally.unknown |= unknown

    def commissions(self, measures: Sequence[Elsewhere]) -> None:
        """Commissions by their link; by code alone they are of all the posts."""
        left_out = self._left_out(measures)
        classes: dict[Shares, tuple[list[str], list[str]]] = {}
        whole = []
        for link_id in self.places.links:
            shares = tuple(each.of_link(link_id) for each in left_out)
            if any(shares):
                classes.setdefault(shares, ([], []))[0].append(link_id)
            else:
                whole.append(link_id)
        for application_id in self.places.contracts:
            shares = tuple(each.of(application_id) for each in left_out)
            if any(shares):
                classes.setdefault(shares, ([], []))[1].append(application_id)
        if not classes:
            return
        daily = self.facts.exchange.is_needed
        asked = self.reader.scope, self.span, self._by
        alike = [Class(*each) for each in classes.values()]
        rows = self.reader.session.execute(
            queries.commissions_by_class(*asked, alike, whole, daily=daily)
        )
        every = list(classes)
        for campaign_id, raw, day, number, amount in rows:
            if number is None:
                continue
            for measure, share in zip(measures, every[number], strict=True):
                at = campaign_id, day, raw
                self._add(measure, at, int(amount) * share, is_estimate=share < 1)

    def costs(self, measures: Sequence[Elsewhere]) -> None:
        """Costs by their allocation, and fees, which are their campaign's."""
        left_out = self._left_out(measures)
        everybody = *self.reader.campaigns, *self.places.contracts
        if not any(out.of(each) for out in left_out for each in everybody):
            return
        for fee in fees_in(self.reader, self.span):
            at = fee.campaign_id, fee.charged_on
            parts = [Part(None, None, fee.amount)]
            self._leave_out_cost(measures, left_out, at, parts)
        found = self.reader.session.execute(
            costs_in(self.reader.scope, self.span)
        ).all()
        weights = costs.weights_of(self.reader.session, found, self.span)
        posts = costs.posts_by_application(
            self.reader.session, {each.campaign_id for each in found}
        )
        for cost in found:
            at = cost.campaign_id, cost.incurred_on
            parts = [*_parts(cost, weights, posts)]
            self._leave_out_cost(measures, left_out, at, parts)

    def _leave_out_cost(
        self,
        measures: Sequence[Elsewhere],
        left_out: Sequence[LeftOut],
        at: tuple[str, date],
        parts: Sequence[Part],
    ) -> None:
        whole = sum(each.amount for each in parts)
        for measure, out in zip(measures, left_out, strict=True):
            left = [
                (each, each.amount * self._share(each, at[0], out)) for each in parts
            ]
            is_divided = sum(amount for _, amount in left) not in (0, whole)
            for part, amount in left:
                known_by: dict[Breakdown | None, Any] = {
                    Breakdown.CAMPAIGN: at[0],
                    Breakdown.INFLUENCER: part.application_id,
                    Breakdown.POST: part.post_id,
                    **dict.fromkeys(BY_TIME, at[1]),
                }
                self._add(
                    measure,
                    (*at, known_by.get(self._by)),
                    amount,
                    is_estimate=is_divided,
                )

    def _share(self, part: Part, campaign_id: str, out: LeftOut) -> Fraction:
        """Which share of a part of a cost is left out: nobody's is of all posts."""
        if part.post_id is not None:
            kind = self.lines.kinds.get(part.post_id)
            is_known = kind is not None and not kind.known.isdisjoint(out.figures)
            return Fraction(not is_known)
        return out.of(part.application_id or campaign_id)

    def _add(
        self,
        measure: Elsewhere,
        at: tuple[str, date | None, Any],
        amount: Fraction,
        *,
        is_estimate: bool,
    ) -> None:
        """That much more is left out of a campaign's day and the row of a raw key."""
        if not amount:
            return
        campaign, day, raw = self.reader.campaigns[at[0]], at[1], at[2]
        worth: Number | None = 1
        if measure.is_money and day is not None:
            worth = self.facts.exchange.factor(campaign.currency, day)
        key = self.groups.of(raw) if self.groups else None
        for tally in self.facts.tallies(key, campaign, day):
            if worth is not None:
                tally.sums[measure.name] += amount * worth
                if is_estimate:
                    tally.bases[measure.name] = Basis.DIVIDED


def _parts(
    cost: costs.Allocated, weights: costs.Weights, posts: Mapping[str, Sequence[str]]
) -> Iterator[Part]:
    """A cost by post, as reports by post have it; by influencer where there are none."""
    if cost.post_id is not None:
        yield Part(cost.application_id, cost.post_id, cost.amount)
        return
    for application_id, amount in costs.shares_of(cost, weights).items():
        own = posts.get(application_id or "", ())
        divided_over = divided(amount, dict.fromkeys(own, 1))
        if not divided_over:
            yield Part(application_id, None, amount)
        for post_id, part in divided_over.items():
            yield Part(application_id, post_id, part)
