"""What is told of entries in giveaways and of winners, and how they look in JSON."""

from marshmallow import fields
from marshmallow.validate import Regexp

from marketplace.api.fields import Answer, Body, Choice, Day, Email, Moment, Text
from marketplace.api.paging import PageQuery
from marketplace.tracking.giveaway_rules import EntrySource

LONGEST_ANSWER = 500


class EntryIn(Body):
    """An entry that was made elsewhere, as the brand's own server tells it."""

    email = Email(
        required=True,
        longest=320,
        metadata={"description": "kept sealed until the draw is settled"},
    )
    accepts_rules = fields.Boolean(load_default=False)
    meets_conditions = fields.Boolean(load_default=False)
    email_confirmed = fields.Boolean(
        load_default=False,
        metadata={"description": "you made sure that the address is theirs"},
    )
    answer = Text(load_default="", longest=LONGEST_ANSWER)
    wants_newsletter = fields.Boolean(load_default=False)
    click_id = Text(load_default=None, allow_none=True)
    promo_code = Text(load_default=None, allow_none=True, longest=100)
    language = Text(load_default="en", validate=Regexp("(nl|en)$"))
    entered_at = Moment(
        load_default=None, allow_none=True, metadata={"description": "now unless said"}
    )


class EntryOut(Answer):
    """An entry; whose it is stands nowhere but in what the winners are asked for.

    `valid_at`: since when it counts; null until its address is confirmed. `confirm_by`:
    until when it can be. `mails_asked`, `mail_sent_at`: of the mails for that.
    """

    id = fields.String()
    giveaway_id = fields.String()
    ticket = fields.String()
    application_id = fields.String(allow_none=True)
    link_id = fields.String(allow_none=True)
    click_id = fields.String(allow_none=True)
    code = fields.String(allow_none=True)
    on = Day(attribute="day_on")
    answer = fields.String()
    wants_newsletter = fields.Boolean()
    language = fields.String()
    source = Choice(EntrySource)
    entered_at = Moment()
    valid_at = Moment(allow_none=True)
    confirm_by = Moment(allow_none=True)
    mails_asked = fields.Integer()
    mail_sent_at = Moment(allow_none=True)
    disqualified_at = Moment(allow_none=True)
    disqualified_reason = fields.String()
    erased_at = Moment(allow_none=True)


class EntriesQuery(PageQuery):
    """Which entries. `valid`: those that count, or those that do not yet."""

    disqualified = fields.Boolean(load_default=None)
    valid = fields.Boolean(load_default=None)


class DisqualifyIn(Body):
    """Why somebody is taken out, with all their entries."""

    reason = Text(required=True, shortest=1, longest=300)


class GiveawayWinnerOut(Answer):
    """A winner, and where they are reached; null once that is forgotten."""

    entry_id = fields.String()
    ticket = fields.String()
    email = fields.String(allow_none=True)
    answer = fields.String()
    language = fields.String()
    influencer_id = fields.String(allow_none=True)


class GiveawayWinnersOut(Answer):
    """The winners as they now are."""

    data = fields.List(fields.Nested(GiveawayWinnerOut))
