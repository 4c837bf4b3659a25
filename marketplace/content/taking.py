"""Taking in looks, one by one: what joins what is stored, and what contradicts it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.accounts.rules import Actor
from marketplace.content import checks
from marketplace.content.models import ChannelSnapshot, Distribution, PostSnapshot
from marketplace.content.readings import Shares
from marketplace.content.rules import ContentNotValid, ContentSource

Snapshot = PostSnapshot | ChannelSnapshot


@dataclass(frozen=True, slots=True)
class Telling:
    """Whose word it is, who entered it, and when. `places`: what each reading is called
    in a refusal, such as ``lines.3``; its number if nothing is said.
    """

    source: ContentSource
    by: Actor | None
    now: datetime
    places: Sequence[str] | None = None

    def at(self, position: int, name: str) -> str:
        """A field's name in a refusal."""
        place = str(position) if self.places is None else self.places[position]
        return f"{place}.{name}" if place else name


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one reading. `snapshot`: None where it had no figures.

    `left_out`: figures told as 0 that the platform does not have: unknown, not 0.
    """

    observed_at: datetime
    source: ContentSource
    snapshot: Snapshot | None
    distributions: tuple[Distribution, ...]
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class Taking:
    """The looks of one call at one post or channel (`of_id`).

    `stored`: those of the same moments and source, by moment. `make`: a further one.
    `impossible`: what cannot be in the figures of a moment.
    """

    session: Session
    telling: Telling
    of_id: str
    campaign_id: str | None
    stored: dict[datetime, Snapshot]
    make: Callable[[], Snapshot]
    impossible: Callable[[Mapping[str, int]], checks.Errors]
    wrong: checks.Errors = field(default_factory=dict)

    def take(
        self,
        position: int,
        at: datetime,
        told: Mapping[str, int],
        shares: Iterable[Shares],
        *,
        faults: checks.Errors,
        left_out: Sequence[str] = (),
    ) -> Recorded | None:
        """One reading, with what was found wrong of it so far; None if anything is."""
        shares = tuple(shares)
        merged = dict(told)
        known = self.stored.get(at)
        if known is not None:
            faults |= self._contradictions(known, told)
            merged = {**known.metrics, **told}
        faults |= self.impossible(merged)
        if not (told or shares or left_out):
            faults["metrics"] = ["must not be empty, without distributions"]
        if faults:
            for name, reasons in faults.items():
                self.wrong[self.telling.at(position, name)] = reasons
            return None
        snapshot = self._keep(at, merged) if told else None
        divided = self._divide(at, shares)
        source = self.telling.source
        return Recorded(at, source, snapshot, divided, tuple(left_out))

    def finish(self) -> None:
        """ContentNotValid if anything was wrong."""
        if self.wrong:
            raise ContentNotValid(self.wrong)

    def _contradictions(
        self, known: Snapshot, told: Mapping[str, int]
    ) -> checks.Errors:
        if self.telling.source is ContentSource.PLATFORM_API:
            return {}
        return {
            f"metrics.{name}": [f"was told as {known.metrics[name]} of that moment"]
            for name, value in told.items()
            if known.metrics.get(name, value) != value
        }

    def _keep(self, at: datetime, metrics: dict[str, int]) -> Snapshot:
        snapshot = self.stored.get(at)
        if snapshot is None:
            snapshot = self.stored[at] = self.make()
            snapshot.observed_at, snapshot.source = at, self.telling.source
            snapshot.metrics = metrics
            snapshot.user_id = self.telling.by.user_id if self.telling.by else None
            snapshot.created_at = self.telling.now
            self.session.add(snapshot)
        elif snapshot.metrics != metrics:
            snapshot.metrics = metrics
        return snapshot

    def _divide(
        self, at: datetime, shares: Iterable[Shares]
    ) -> tuple[Distribution, ...]:
        """Each division as stored; one of that moment and source gives way."""
        kept = []
        for one in shares:
            row = self.session.scalar(
                select(Distribution).where(
                    Distribution.of_id == self.of_id,
                    Distribution.kind == one.kind,
                    Distribution.observed_at == at,
                    Distribution.source == self.telling.source,
                )
            )
            if row is None:
                row = Distribution(
                    of_id=self.of_id,
                    campaign_id=self.campaign_id,
                    kind=one.kind,
                    observed_at=at,
                    source=self.telling.source,
                    user_id=self.telling.by.user_id if self.telling.by else None,
                    created_at=self.telling.now,
                )
                self.session.add(row)
            row.shares = [{"key": k, "share": _plain(s)} for k, s in one.shares]
            row.size = one.size
            self.session.flush()
            kept.append(row)
        return tuple(kept)


def _plain(share: Decimal) -> str:
    """Decimal text without an exponent or zeros at its end."""
    text = format(share, "f")
    return text.rstrip("0").rstrip(".") or "0" if "." in text else text
