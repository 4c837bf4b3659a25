"""Posts into tallies: sums, ratios over posts that know both parts, reach and worth."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketplace.clock import local_day
from marketplace.kpis.audiences import audiences_in
from marketplace.kpis.content_queries import (
    FOLLOWERS,
    PRICED,
    REACHED_BY,
    published_around,
)
from marketplace.kpis.crowds import Crowds, Populations
from marketplace.kpis.deleted_figures import tell_deleted_of_posts
from marketplace.kpis.groups import Groups
from marketplace.kpis.matching import leave_out
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures import posts as m
from marketplace.kpis.measures.elsewhere import Elsewhere
from marketplace.kpis.measures.figures import POSTS_THEMSELVES, PostMeasure
from marketplace.kpis.outcome import Unknown
from marketplace.kpis.places import Places
from marketplace.kpis.post_lines import Kind, Line, PostLines, Published
from marketplace.kpis.rules import Breakdown, Provenance
from marketplace.kpis.stretches import Stretches
from marketplace.kpis.tally import TRACKED, Facts, Note, Tally
from marketplace.kpis.traffic_queries import Span
from marketplace.kpis.worth import Pricing, Worths, clicks, pricing_of

if TYPE_CHECKING:
    from marketplace.kpis.reader import Reader

NOT_TOLD = Unknown("not_reported")
REACHES = (m.REACH, m.REACH_WITH_LINK, m.REACH_WITH_STAND_INS)
EMV = (m.EMV_ENGAGEMENT, m.EMV_EXPOSURE)


def read_posts(
    reader: "Reader",
    facts: Facts,
    measures: list[Measure],
    span: Span,
    groups: Groups | None,
) -> None:
    """What is known of posts, into the totals and the rows of `facts`."""
    if m.NAMING in measures:
        _read_naming(reader, facts, span, groups)
    wanted = [each for each in measures if each != m.NAMING]
    if wanted:
        PostReader.of(reader, facts, wanted, span).read(groups)
        tell_deleted_of_posts(reader, facts, wanted, span, groups)


@dataclass(frozen=True, slots=True)
class PostReader:
    """Reads the measures of posts of one scope and stretch of days.

    `summed`: measures that add up, `reaches`: those that do not, `elsewhere`: what is to
    be left out. `pricing`: None where nobody asks what they are worth.
    """

    reader: "Reader"
    facts: Facts
    span: Span
    summed: tuple[PostMeasure, ...]
    reaches: tuple[Measure, ...]
    elsewhere: tuple[Elsewhere, ...]
    pricing: Pricing | None

    @classmethod
    def of(
        cls, reader: "Reader", facts: Facts, measures: Iterable[Measure], span: Span
    ) -> "PostReader":
        """What these measures need."""
        wanted = tuple(measures)
        return cls(
            reader,
            facts,
            span,
            tuple(each for each in wanted if isinstance(each, PostMeasure)),
            tuple(each for each in wanted if each in REACHES),
            tuple(each for each in wanted if isinstance(each, Elsewhere)),
            pricing_of(reader, span) if any(each in EMV for each in wanted) else None,
        )

    def read(self, groups: Groups | None) -> None:
        """All of it, into the totals and the rows."""
        stretches = self.pricing.stretches if self.pricing else Stretches(self.span)
        places = Places(self.reader) if self.elsewhere else None
        lines = PostLines(self.reader, stretches, self._columns(), places)
        worths = Worths()
        if groups is None or not groups.by.is_time:
            self._tell(lines.of_posts(groups), worths, totals=True)
        else:
            # A post is in several stretches of time, and is one post in the total.
            among = self._tell(lines.of_posts(None), worths, totals=True)
            by_day = groups.by is Breakdown.DAY
            rows = lines.of_days(groups) if by_day else lines.of_posts(groups)
            self._tell(rows, worths, totals=False, among=among)
        if self.pricing:
            self._tell_clicks(self.pricing, worths, groups)
        worths.settle()
        told = self.reader, self.facts, self.elsewhere, self.span
        leave_out(*told, groups, lines)

    def _columns(self) -> list[str]:
        names = [name for each in self.summed for name in each.needs]
        names += [name for each in self.elsewhere for name in sorted(each.figures)]
        names += [*REACHED_BY, *(PRICED if self.pricing else ())]
        return list(dict.fromkeys(names))

    def _tallies(self, line: Line, *, totals: bool) -> Iterator[Tally]:
        campaign = self.reader.campaigns[line.kind.campaign_id]
        if totals:
            yield from self.facts.totals(line.key, campaign)
        yield from self.facts.rows(line.key, campaign)

    def _tell(
        self,
        lines: Sequence[Line],
        worths: Worths,
        *,
        totals: bool,
        among: Populations | None = None,
    ) -> Populations:
        """These lines; out of how many people the posts of the totals reached some."""
        audiences = audiences_in(self.reader, self.span[1]) if self.reaches else None
        crowds = Crowds(audiences, among) if audiences else None
        plans: dict[Kind, Plan] = {}
        for line in lines:
            if line.kind not in plans:
                plans[line.kind] = _plan(self.summed, line.kind)
            plan = plans[line.kind]
            priced = [*self.pricing.of_line(line)] if self.pricing else []
            valued = {each.known_as for each in priced if each.amount is not None}
            for tally in self._tallies(line, totals=totals):
                _add(tally, line, plan)
                for worth in priced:
                    worths.add(tally, worth, line.figures)
                for name in valued:
                    tally.sums[name] += line.posts
                if crowds:
                    self._gather(crowds, tally, line)
        if crowds is None:
            return {}
        crowds.settle()
        return crowds.populations(self.facts.total)

    def _gather(self, crowds: Crowds, tally: Tally, line: Line) -> None:
        kind = line.kind
        if kind.hundredths is None:
            return
        note = line.figures or TRACKED
        for measure in self.reaches:
            is_linked = kind.has_link or measure != m.REACH_WITH_LINK
            if is_linked and (kind.is_told or measure == m.REACH_WITH_STAND_INS):
                crowds.add(tally, measure, kind, line.reached, note)

    def _tell_clicks(
        self, pricing: Pricing, worths: Worths, groups: Groups | None
    ) -> None:
        for worth, raw in clicks(self.reader, pricing, groups):
            key = groups.of(raw) if groups else None
            campaign = self.reader.campaigns[worth.price.campaign_id]
            for tally in self.facts.tallies(key, campaign):
                worths.add(tally, worth)


# Each measure's name, the column it adds up (None: it counts the posts), and which note
# goes with it: none, that of figures, that of figures and followers.
Plan = list[tuple[str, str | None, int]]


def _add(tally: Tally, line: Line, plan: Plan) -> None:
    """What a line's posts tell; as `Tally.add` does it, for tens of thousands."""
    sums, notes, amounts = tally.sums, tally.notes, line.amounts
    said = None, line.figures, line.followers
    for name, column, which in plan:
        sums[name] += amounts[column] if column else line.posts
        note = said[which]
        if note is not None and (known := notes.get(name)) is not note:
            notes[name] = note if known is None else known.beside(note)


def _plan(measures: Iterable[PostMeasure], kind: Kind) -> Plan:
    """What posts of a kind tell: what they know all the columns of."""
    plan: Plan = []
    for measure in measures:
        needs = measure.needs
        if not kind.known.issuperset(needs) or (measure.linked and not kind.has_link):
            continue
        if measure == m.STOOD_IN and kind.hundredths is None:
            continue
        column = None if measure.column == POSTS_THEMSELVES else measure.column
        is_figure = column is not None and measure != m.PUBLISHED
        plan.append(
            (measure.name, column, is_figure + (is_figure and FOLLOWERS in needs))
        )
    return plan


def _read_naming(
    reader: "Reader", facts: Facts, span: Span, groups: Groups | None
) -> None:
    """Posts of the window that name the brand, where that was said of any."""
    for row in reader.session.execute(published_around(reader.scope, span)):
        post = Published(*row)
        campaign = reader.campaigns[post.campaign_id]
        day = local_day(post.published_at, campaign.timezone)
        if not span[0] <= day < span[1]:
            continue
        key = groups.of(post.raw(groups.by, day)) if groups else None
        for tally in facts.tallies(key, campaign):
            if post.names_brand is not None:
                note = Note(Provenance.REPORTED)
                tally.add(m.NAMING.name, int(post.names_brand), note)
                tally.unknown.pop(m.NAMING.name, None)
            elif m.NAMING.name not in tally.sums:
                tally.unknown[m.NAMING.name] = NOT_TOLD
