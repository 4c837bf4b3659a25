"""Giveaways: who may enter how often, and how winners are drawn. Pure.

A draw can be checked by anybody. Before entries close, the SHA-256 of a secret seed is
published; at closing, the list of tickets and its SHA-256; at the draw the seed itself.
The n-th pick (from 0) is the ticket at ``index_of(…, n, how many are left)`` of those
not yet picked. Where the brand announced a public source (a lottery's number, a block's
hash), its later value goes in too, so that not even who knows the seed could choose.
"""

import enum
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from typing import Final

from marketplace.errors import Conflict, Invalid, NotFound

MOST_WINNERS: Final = 1000
LONGEST_KEPT_DAYS: Final = 90
# How long after closing addresses wait for a draw that never comes.
UNDRAWN_DAYS: Final = 90
_ALL: Final = 1 << 256


class EntriesPerPerson(enum.StrEnum):
    """How often somebody may enter: once, or once on each day of the brand's calendar."""

    ONCE = "once"
    DAILY = "daily"


class EntrySource(enum.StrEnum):
    """Where an entry came from: the giveaway's page, or the brand's own server."""

    PAGE = "page"
    SERVER = "server"


class GiveawayState(enum.StrEnum):
    """Where a giveaway stands."""

    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    DRAWN = "drawn"


class PickOutcome(enum.StrEnum):
    """What became of a picked ticket.

    won; forfeited: won, and disqualified or withdrawn afterwards. Passed over, because
    its entrant was disqualified, withdrew, or had won already.
    """

    WON = "won"
    FORFEITED = "forfeited"
    DISQUALIFIED = "disqualified"
    WITHDRAWN = "withdrawn"
    WON_ALREADY = "won_already"


class GiveawayNotFound(NotFound):
    """No such giveaway, or another brand's."""


class GiveawayNotOpen(Conflict):
    """Nobody can enter now."""


class GiveawayFull(Conflict):
    """It has as many entries as it may have."""


class ConfirmationTooLate(Conflict):
    """The link in the mail holds no longer: whoever enters again gets another one."""


class GiveawayNotClosed(Conflict):
    """Winners are drawn of a list to which nothing is added any more."""


class GiveawayClosed(Conflict):
    """What is said of it cannot change any more."""


class NobodyEntered(Conflict):
    """There is nobody to draw."""


class AddressesForgotten(Conflict):
    """The time in which winners could be reached is over."""


class GiveawayNotValid(Invalid):
    """Such a giveaway cannot be."""


class EntryNotValid(Invalid):
    """Such an entry cannot be."""


def commitment_of(seed: str) -> str:
    """What is published of a seed (64 hex digits) before it may be known."""
    return hashlib.sha256(seed.encode("ascii")).hexdigest()


def list_text(tickets: Iterable[str]) -> str:
    """The list of tickets as it is published: sorted, one on each line."""
    return "".join(f"{ticket}\n" for ticket in sorted(tickets))


def list_hash_of(tickets: Iterable[str]) -> str:
    """The SHA-256 of that list."""
    return hashlib.sha256(list_text(tickets).encode("ascii")).hexdigest()


def index_of(seed: str, list_hash: str, public_value: str, pick: int, left: int) -> int:
    """Which of the `left` tickets that are left the pick of that number is.

    HMAC-SHA256 under the seed's bytes over ``list hash|public value|pick|attempt``, as a
    number; one that would favour the first tickets is left out for the next attempt.
    """
    key, fair = bytes.fromhex(seed), _ALL - _ALL % left
    attempt = 0
    while True:
        text = f"{list_hash}|{public_value}|{pick}|{attempt}"
        number = int.from_bytes(hmac.digest(key, text.encode(), "sha256"), "big")
        if number < fair:
            return number % left
        attempt += 1


def pick_order(seed: str, tickets: Iterable[str], public_value: str) -> Iterator[str]:
    """The tickets of a list in the order in which they are picked."""
    left = sorted(tickets)
    list_hash = list_hash_of(left)
    for pick in range(len(left)):
        yield left.pop(index_of(seed, list_hash, public_value, pick, len(left)))
