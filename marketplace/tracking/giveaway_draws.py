"""Drawing winners: by the seed that was committed to, and again where one is lost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import events
from marketplace.keys import Keyring
from marketplace.tracking.giveaway_models import (
    Giveaway,
    GiveawayEntry,
    GiveawayPick,
)
from marketplace.tracking.giveaway_queries import listed, locked, picks_of
from marketplace.tracking.giveaway_rules import (
    AddressesForgotten,
    GiveawayNotClosed,
    GiveawayNotValid,
    NobodyEntered,
    PickOutcome,
    list_hash_of,
    pick_order,
)
from marketplace.tracking.giveaways import SEED_KEY, close


@dataclass(frozen=True, slots=True)
class Candidate:
    """A ticket of the list, and whether its entrant may still win."""

    ticket: str
    entry_id: str
    entrant: str
    is_disqualified: bool
    is_withdrawn: bool

    def outcome(self, won: set[str]) -> PickOutcome:
        """What becomes of it; `won`: the entrants who have something already."""
        if self.is_disqualified:
            return PickOutcome.DISQUALIFIED
        if self.is_withdrawn:
            return PickOutcome.WITHDRAWN
        return PickOutcome.WON_ALREADY if self.entrant in won else PickOutcome.WON


def draw(
    session: Session,
    giveaway: Giveaway,
    *,
    public_value: str | None,
    keyring: Keyring,
    by: str,
    now: datetime,
) -> Sequence[GiveawayPick]:
    """Reveal the seed and pick until there are as many winners as prizes; all picks.

    Where they are all there already nothing changes, so it may be asked again: after a
    winner was disqualified the next ticket is picked. GiveawayNotClosed while people
    enter; GiveawayNotValid where `public_value` is missing, or was not announced.
    """
    giveaway = session.scalars(locked(giveaway.id)).one()
    if giveaway.closed_at is None:
        if now < giveaway.closes_at:
            raise GiveawayNotClosed("People can still enter; close it first.")
        giveaway = close(session, giveaway, by=by, now=now)
    _take_value(giveaway, public_value)
    candidates = _candidates(session, giveaway)
    done = list(session.scalars(picks_of(giveaway)))
    missing = giveaway.winners - sum(p.outcome is PickOutcome.WON for p in done)
    if missing <= 0 or len(done) == len(candidates):
        return done
    if giveaway.forgotten_at is not None:
        raise AddressesForgotten("The entrants can no longer be reached.")
    if giveaway.seed is None:
        giveaway.seed = keyring.open(SEED_KEY, giveaway.seed_sealed).decode("ascii")
    for pick in _further(giveaway, candidates, done):
        session.add(pick)
        done.append(pick)
        pick.drawn_at = now
        missing -= pick.outcome is PickOutcome.WON
        if not missing:
            break
    giveaway.drawn_at = giveaway.changed_at = now
    session.flush()
    events.publish(
        session,
        "giveaway.drawn",
        now=now,
        subject_id=giveaway.id,
        brand_id=giveaway.brand_id,
        actor_id=by,
        data={"winners": [p.entry_id for p in done if p.outcome is PickOutcome.WON]},
    )
    return done


def _take_value(giveaway: Giveaway, public_value: str | None) -> None:
    """Keep what the public source came to; it is told once and stays."""
    told, reason = (public_value or "").strip(), ""
    if giveaway.drawn_at is not None or not told:
        if giveaway.public_source and not giveaway.public_value:
            reason = f"Is needed: what {giveaway.public_source} came to."
        elif told and told != giveaway.public_value:
            reason = "Winners were drawn by another value."
    elif not giveaway.public_source:
        reason = "No public source was announced before people entered."
    else:
        giveaway.public_value = told
    if reason:
        raise GiveawayNotValid({"public_value": [reason]})


def _candidates(session: Session, giveaway: Giveaway) -> dict[str, Candidate]:
    """The list, by ticket; NobodyEntered if it is empty."""
    assert giveaway.closed_at is not None
    columns = listed(giveaway, giveaway.closed_at).with_only_columns(
        GiveawayEntry.ticket,
        GiveawayEntry.id,
        GiveawayEntry.entrant,
        GiveawayEntry.disqualified_at.is_not(None),
        GiveawayEntry.erased_at.is_not(None),
    )
    found = {row[0]: Candidate(*row) for row in session.execute(columns)}
    if not found:
        raise NobodyEntered("Nobody entered, so there is nobody to draw.")
    if list_hash_of(found) != giveaway.list_hash:
        # Never draw of a list that is not the one that was published.
        raise RuntimeError(f"the entries of {giveaway.id} are not those published")
    return found


def _further(
    giveaway: Giveaway, candidates: dict[str, Candidate], done: Sequence[GiveawayPick]
) -> Iterator[GiveawayPick]:
    """The picks after those that are done."""
    assert giveaway.seed is not None
    won = {
        candidates[pick.ticket].entrant
        for pick in done
        if pick.outcome is PickOutcome.WON
    }
    order = pick_order(giveaway.seed, candidates, giveaway.public_value)
    for position, ticket in enumerate(order):
        if position < len(done):
            continue
        candidate = candidates[ticket]
        outcome = candidate.outcome(won)
        if outcome is PickOutcome.WON:
            won.add(candidate.entrant)
        yield GiveawayPick(
            giveaway_id=giveaway.id,
            position=position,
            entry_id=candidate.entry_id,
            ticket=candidate.ticket,
            outcome=outcome,
        )
