"""What is told of giveaways and entries, and how they look in JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from marshmallow import fields
from marshmallow.validate import Regexp
from sqlalchemy.orm import Session

from marketplace.api.fields import (
    Answer,
    Body,
    Choice,
    Country,
    Moment,
    Text,
    WebUrl,
    Whole,
)
from marketplace.clock import now
from marketplace.tracking import giveaway_queries as queries
from marketplace.tracking.giveaway_models import (
    Giveaway,
    GiveawayPick,
)
from marketplace.tracking.giveaway_rules import (
    LONGEST_KEPT_DAYS,
    MOST_WINNERS,
    EntriesPerPerson,
    GiveawayState,
    PickOutcome,
)

# So many tickets a draw shows itself; of more it names the file they are in.
MOST_TICKETS = 10_000


class GiveawaySaid(Body):
    """What a giveaway is; its Dutch words are the English ones unless said."""

    title_nl = Text(longest=200)
    text = Text(longest=5000)
    text_nl = Text(longest=5000)
    prize_nl = Text(longest=300)
    question = Text(longest=300, metadata={"description": "empty for none"})
    question_nl = Text(longest=300)
    picture_url = WebUrl(validate=Regexp("https://", error="Must be an https address."))
    opens_at = Moment(metadata={"description": "now unless said"})
    country = Country(metadata={"description": "where entrants must live"})
    minimum_age = Whole(most=99, metadata={"description": "0 for any"})
    asks_newsletter = fields.Boolean()
    entries_per_person = Choice(EntriesPerPerson)
    max_entries = Whole(least=1, most=10_000_000, allow_none=True)
    winners = Whole(least=1, most=MOST_WINNERS)
    counts_as_lead = fields.Boolean(
        metadata={
            "description": "whether an entrant is a lead of kind giveaway as well"
        }
    )
    confirm_email = fields.Boolean(
        metadata={
            "description": "whether an entry only counts once its entrant followed a "
            "link in a mail; unless said, yes where this instance sends mail"
        }
    )
    kept_days = Whole(
        least=1,
        most=LONGEST_KEPT_DAYS,
        metadata={"description": "how long after the draw addresses are kept"},
    )
    public_source = Text(
        longest=300,
        metadata={
            "description": "where a value comes from that nobody can know before entries "
            "close, and that the draw then depends on"
        },
    )
    application_id = Text(longest=64, allow_none=True)


class GiveawayIn(GiveawaySaid):
    """A new giveaway."""

    title = Text(required=True, shortest=1, longest=200)
    prize = Text(required=True, shortest=1, longest=300)
    rules_url = WebUrl(required=True)
    closes_at = Moment(required=True)


class GiveawayPatch(GiveawaySaid):
    """What changes; what entrants went by stays once it is open."""

    title = Text(shortest=1, longest=200)
    prize = Text(shortest=1, longest=300)
    rules_url = WebUrl()
    closes_at = Moment()


class GiveawayOut(Answer):
    """A giveaway. `entries`, `entrants`: those that count, and are not disqualified.
    `unconfirmed`: entrants who are yet to confirm their address.
    """

    id = fields.String()
    slug = fields.String()
    url = fields.String()
    state = Choice(GiveawayState)
    brand_id = fields.String()
    campaign_id = fields.String()
    application_id = fields.String(allow_none=True)
    title = fields.String()
    title_nl = fields.String()
    text = fields.String()
    text_nl = fields.String()
    prize = fields.String()
    prize_nl = fields.String()
    question = fields.String()
    question_nl = fields.String()
    picture_url = fields.String()
    rules_url = fields.String()
    opens_at = Moment()
    closes_at = Moment()
    country = fields.String()
    minimum_age = fields.Integer()
    asks_newsletter = fields.Boolean()
    entries_per_person = Choice(EntriesPerPerson)
    max_entries = fields.Integer(allow_none=True)
    winners = fields.Integer()
    counts_as_lead = fields.Boolean()
    confirm_email = fields.Boolean()
    kept_days = fields.Integer()
    public_source = fields.String()
    commitment = fields.String()
    entries = fields.Integer()
    entrants = fields.Integer()
    unconfirmed = fields.Integer()
    closed_at = Moment(allow_none=True)
    drawn_at = Moment(allow_none=True)
    forgotten_at = Moment(allow_none=True)
    created_at = Moment()


class DrawIn(Body):
    """What the public source came to, where one was announced."""

    public_value = Text(load_default=None, allow_none=True, shortest=1, longest=300)


class PickOut(Answer):
    """A picked ticket, and what became of it."""

    n = fields.Integer(attribute="position")
    ticket = fields.String()
    outcome = Choice(PickOutcome)
    drawn_at = Moment()
    forfeited_at = Moment(allow_none=True)


class DrawOut(Answer):
    """All that is needed to draw again and see that it comes out the same.

    `seed` is null until the draw, `list_hash` until entries close. `tickets`: in their
    order; null where there are many, which are in the file at `tickets_url` alone.
    """

    giveaway_id = fields.String()
    state = Choice(GiveawayState)
    commitment = fields.String()
    seed = fields.String(allow_none=True)
    public_source = fields.String()
    public_value = fields.String()
    list_hash = fields.String(allow_none=True)
    list_size = fields.Integer(allow_none=True)
    tickets_url = fields.String(allow_none=True)
    tickets = fields.List(fields.String(), allow_none=True)
    winners = fields.Integer()
    picks = fields.List(fields.Nested(PickOut))
    explained_at = fields.String()


_NUMBERS = ("entries", "entrants", "unconfirmed")
_PLAIN = tuple(
    name for name in GiveawayOut._declared_fields if name not in ("state", *_NUMBERS)
)


def giveaways_shown(
    session: Session, giveaways: Sequence[Giveaway]
) -> list[dict[str, Any]]:
    """Giveaways with how many entered; one query however many."""
    ids = [each.id for each in giveaways]
    found = {row[0]: row[1:] for row in session.execute(queries.numbers(ids))}
    at = now()
    return [
        {
            **{name: getattr(each, name) for name in _PLAIN},
            "state": each.state(at),
            **dict(zip(_NUMBERS, found.get(each.id, (0, 0, 0)), strict=True)),
        }
        for each in giveaways
    ]


def draw_shown(
    session: Session, giveaway: Giveaway, picks: Iterable[GiveawayPick]
) -> dict[str, Any]:
    """The draw as anybody may see it."""
    tickets = None
    if giveaway.closed_at is not None and (giveaway.list_size or 0) <= MOST_TICKETS:
        listed = queries.tickets_listed(giveaway, giveaway.closed_at)
        tickets = session.scalars(listed).all()
    names = ("commitment", "seed", "public_source", "public_value", "list_hash")
    return {
        **{name: getattr(giveaway, name) for name in names},
        "giveaway_id": giveaway.id,
        "state": giveaway.state(now()),
        "list_size": giveaway.list_size,
        "tickets_url": f"{giveaway.url}/tickets.txt" if giveaway.closed_at else None,
        "tickets": tickets,
        "winners": giveaway.winners,
        "picks": list(picks),
        "explained_at": f"{giveaway.url}/draw",
    }
