"""The words a brand wants to be told of as soon as somebody writes them."""

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length

from marketplace import clock
from marketplace.accounts import Brand, Scope
from marketplace.api.fields import Answer, Body, Moment, Text
from marketplace.api.frame import Resource, begin, own_brand, reads, writes
from marketplace.content.opinions import tables
from marketplace.content.opinions.models import WatchWords
from marketplace.content.opinions.recording import (
    LONGEST_WORD,
    MOST_WORDS,
    watch_words,
)

blp = Resource("watch_words", description="Words that raise an alert")


class WatchWordsIn(Body):
    """All of them; one that ends in ``*`` stands for all that begin so. `standard`:
    whether those that alarm anybody (fraud, poison, lawsuit) are listened for, too.
    """

    words = fields.List(
        Text(longest=LONGEST_WORD, shortest=1),
        required=True,
        validate=Length(max=MOST_WORDS),
    )
    standard = fields.Boolean(load_default=True, truthy={True}, falsy={False})


class WatchWordsOut(Answer):
    """A brand's own words raise an alert at once; the standard ones when at least three
    comments in six hours have one, and more of them than usual.
    """

    words = fields.List(fields.String())
    standard = fields.Boolean()
    standard_words = fields.List(fields.String())
    changed_at = Moment(allow_none=True)


@blp.route("/brands/<brand_id>/watch-words")
@reads
@blp.response(200, WatchWordsOut)
def list_watch_words(brand_id: str) -> dict[str, Any]:
    """The words a brand is told of."""
    brand = own_brand(Scope.READ, brand_id)
    return _shown(begin().get(WatchWords, brand.id))


@blp.route("/brands/<brand_id>/watch-words", methods=["PUT"])
@writes
@blp.arguments(WatchWordsIn)
@blp.response(200, WatchWordsOut)
def choose_watch_words(body: dict[str, Any], brand_id: str) -> dict[str, Any]:
    """Choose them; comments of the last two days are read again with them."""
    brand: Brand = own_brand(Scope.WRITE, brand_id)
    return _shown(watch_words(begin(), brand, **body, now=clock.now()))


def _shown(row: WatchWords | None) -> dict[str, Any]:
    return {
        "words": row.words if row else [],
        "standard": row.standard if row else True,
        "standard_words": list(tables.lines("alarm_words")),
        "changed_at": row.changed_at if row else None,
    }
