"""Whom the posts of each group reached, gathered until their reach can be told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from marketplace.kpis.audiences import Audiences
from marketplace.kpis.measures import Measure
from marketplace.kpis.measures.posts import (
    REACH,
    REACH_WITH_LINK,
    REACH_WITH_STAND_INS,
)
from marketplace.kpis.post_lines import Kind, Reached
from marketplace.kpis.reach import People, across, reached
from marketplace.kpis.rules import Basis, Provenance
from marketplace.kpis.tally import Bounds, Note, Tally

# Out of how many people, by platform; for posts of told reach, and with stand-ins.
Populations = Mapping[tuple[str, str], int]


@dataclass(slots=True)
class Crowd:
    """Whom the posts of one group on one platform reached.

    `declared`: by campaign how many there are, where it says so. `channels`: of the
    others the most people a post of each channel reached, `followers`: and those it had
    when it posted.
    """

    posts: list[int] = field(default_factory=list)
    declared: dict[str, int] = field(default_factory=dict)
    channels: dict[str | None, int] = field(default_factory=dict)
    followers: dict[str | None, int] = field(default_factory=dict)

    def add(
        self, campaign_id: str, reached: Iterable[Reached], declared: int | None
    ) -> None:
        """Some more posts, of a campaign that declares that many people."""
        if declared is not None:
            self.declared[campaign_id] = declared
        for each in reached:
            self.posts += each.people
            self.posts += [0] * (each.number - len(each.people))
            if declared is None:
                most = max(each.people, default=0)
                self.channels[each.channel] = max(
                    self.channels.get(each.channel, 0), most
                )
                had = max(self.followers.get(each.channel, 0), each.followers or 0)
                self.followers[each.channel] = had

    def population(self, audiences: Audiences) -> int:
        """Out of how many people its posts reached some."""
        of_channels = sum(
            max(most, self._followers(channel, audiences))
            for channel, most in self.channels.items()
        )
        return max(of_channels, *self.declared.values(), 0)

    def _followers(self, channel: str | None, audiences: Audiences) -> int:
        level = audiences.levels.get(channel or "")
        return self.followers[channel] if level is None else level.followers

    def people(self, population: int) -> People:
        """How many different ones."""
        cap = None if self.channels else sum(self.declared.values())
        return reached(self.posts, population, cap)


@dataclass(slots=True)
class Gathering:
    """The crowds of one group by platform."""

    crowds: defaultdict[str, Crowd] = field(default_factory=lambda: defaultdict(Crowd))
    campaigns: set[str] = field(default_factory=set)
    stands_in: bool = False

    def add(self, kind: Kind, reached: Sequence[Reached], declared: int | None) -> None:
        """Some more posts."""
        self.crowds[kind.platform].add(kind.campaign_id, reached, declared)
        self.campaigns.add(kind.campaign_id)
        self.stands_in |= not kind.is_told and any(each.people for each in reached)

    def people(
        self, audiences: Audiences, populations: Mapping[str, int]
    ) -> tuple[People, Basis | None]:
        """How many different ones, and on which basis that is estimated."""
        found = [
            crowd.people(populations.get(platform) or crowd.population(audiences))
            for platform, crowd in sorted(self.crowds.items())
        ]
        told = [audiences.together.get(each) for each in self.campaigns]
        known = [each for each in told if each is not None]
        together = max(known) if len(known) == len(told) else None
        whole = across(found, together)
        if self.stands_in:
            return whole, Basis.STAND_IN
        if whole.is_exact:
            return whole, None
        summed = together is None and sum(each.high > 0 for each in found) > 1
        return whole, Basis.SUM_OF_PLATFORMS if summed else Basis.RANDOM_OVERLAP


class Crowds:
    """Gathers by tally, and then says what each of them comes to.

    `populations`: out of how many people, where that is known from elsewhere: a day's
    posts reach people out of as many as those of all days.
    """

    def __init__(
        self, audiences: Audiences, populations: Populations | None = None
    ) -> None:
        self._audiences = audiences
        self._populations = populations or {}
        self._met: dict[tuple[int, str], tuple[Tally, Measure, Gathering]] = {}

    def add(
        self,
        tally: Tally,
        measure: Measure,
        kind: Kind,
        reached: Sequence[Reached],
        note: Note,
    ) -> None:
        """Posts of one kind that count for that measure of a group."""
        declared = self._audiences.declared.get((kind.campaign_id, kind.platform))
        start = tally, measure, Gathering()
        met = self._met.setdefault((id(tally), measure.name), start)
        met[2].add(kind, reached, declared)
        if not kind.is_told:
            note = note.beside(Note(Provenance.ESTIMATED))
        tally.add(measure.name, 0, note)

    def settle(self) -> None:
        """Write the reach of every group into its tally."""
        for tally, measure, gathering in self._met.values():
            known = {
                platform: people
                for (name, platform), people in self._populations.items()
                if name == measure.name
            }
            people, basis = gathering.people(self._audiences, known)
            tally.sums[measure.name] = people.value
            if basis is not None:
                tally.bases[measure.name] = basis
            if basis is not None and basis is not Basis.STAND_IN:
                tally.bounds[measure.name] = Bounds(people.low, people.high)

    def populations(self, tally: Tally) -> dict[tuple[str, str], int]:
        """Out of how many people the posts of that group reached some."""
        return {
            (measure.name, platform): crowd.population(self._audiences)
            for measure in (REACH, REACH_WITH_LINK, REACH_WITH_STAND_INS)
            if (id(tally), measure.name) in self._met
            for platform, crowd in self._met[id(tally), measure.name][2].crowds.items()
        }
