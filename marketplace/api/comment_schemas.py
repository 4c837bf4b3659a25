"""How an analysis of comments looks in JSON."""

from marshmallow import fields

from marketplace.api.fields import Answer, Choice, Moment
from marketplace.api.kpi_schemas import WindowOut
from marketplace.content.opinions.crisis import Cause
from marketplace.content.opinions.emoji import Emotion
from marketplace.content.opinions.tone import Tone


class ShareOut(Answer):
    """A count with its share and the 95 % interval of that; null of nothing."""

    count = fields.Integer()
    share = fields.String(allow_none=True)
    low = fields.String(allow_none=True)
    high = fields.String(allow_none=True)


class EstimateOut(Answer):
    """A value with its 95 % interval."""

    value = fields.String()
    low = fields.String()
    high = fields.String()


class TonesOut(Answer):
    """Comments by tone. Shares, and `net_sentiment` = (positive − negative) ÷ known, are
    of those whose tone is `known`; `coverage` is their share of all. `unknown`: in a
    language that is not read, without emoji. `reason`: why there are no shares.
    """

    comments = fields.Integer()
    known = fields.Integer()
    coverage = fields.String(allow_none=True)
    positive = fields.Nested(ShareOut)
    neutral = fields.Nested(ShareOut)
    negative = fields.Nested(ShareOut)
    of_unknown_tone = fields.Integer(data_key="unknown", attribute="unknown")
    net_sentiment = fields.Nested(EstimateOut, allow_none=True)
    reason = fields.String(allow_none=True)


class ToneRowOut(Answer):
    """The tones of one row."""

    key = fields.Dict(keys=fields.String(), values=fields.String())
    tone = fields.Nested(TonesOut)


class QuoteOut(Answer):
    """What somebody wrote; handles, addresses and numbers are left out."""

    comment_id = fields.String()
    post_id = fields.String()
    text = fields.String()
    tone = Choice(Tone)
    published_at = Moment()


class KeywordOut(Answer):
    """A word, or two that follow one another, as dictionaries have them. `authors`: how
    many people name it, each once; `lift`: how many times more of them than elsewhere;
    null where there is too little to compare with.
    """

    words = fields.List(fields.String())
    authors = fields.Integer()
    share = fields.String()
    lift = fields.String(allow_none=True)
    tone = fields.Dict(keys=Choice(Tone), values=fields.Integer())
    quotes = fields.List(fields.Nested(QuoteOut))


class StrongOrWeakOut(Answer):
    """What is named above all in positive (or negative) comments: `of_tone` of the
    `authors` who name it; `lift` times as often as usual, at 95 % at least `lift_low`.
    """

    words = fields.List(fields.String())
    authors = fields.Integer()
    of_tone = fields.Integer()
    lift = fields.String()
    lift_low = fields.String()
    quotes = fields.List(fields.Nested(QuoteOut))


class EmotionOut(Answer):
    """Comments whose emoji express it; one comment may express several."""

    emotion = Choice(Emotion)
    label = fields.String()
    label_nl = fields.String()
    count = fields.Integer()
    share = fields.String(allow_none=True)
    low = fields.String(allow_none=True)
    high = fields.String(allow_none=True)


class EmotionsOut(Answer):
    """Shares are of all comments; those `without_emoji` express none."""

    with_emoji = fields.Integer()
    without_emoji = fields.Integer()
    data = fields.List(fields.Nested(EmotionOut))


class ExpectationOut(Answer):
    """Questions and wishes about the same; its first word is what all have in common."""

    words = fields.List(fields.String())
    authors = fields.Integer()
    questions = fields.Integer()
    wishes = fields.Integer()
    quotes = fields.List(fields.Nested(QuoteOut))


class ExpectationsOut(Answer):
    """What people ask and wish for. `alone`: people nobody else joins."""

    questions = fields.Integer()
    wishes = fields.Integer()
    alone = fields.Integer()
    data = fields.List(fields.Nested(ExpectationOut))


class CrisisOut(Answer):
    """The last six hours beside the two weeks before, whatever else is asked for; the
    last day, where that alone alarms (`from` and `to` say which).

    `tail`: how likely so many negative comments were, had nothing changed; null of fewer
    than 15 of known tone. `baseline`: the share of negative ones that is usual.
    `causes`: why it alarms; none, and it does not.
    """

    alarms = fields.Boolean()
    causes = fields.List(Choice(Cause))
    start = Moment(data_key="from")
    end = Moment(data_key="to")
    comments = fields.Integer()
    known = fields.Integer()
    negative = fields.Integer()
    watched = fields.Integer()
    alarming = fields.Integer()
    tail = fields.String(allow_none=True)
    baseline = fields.String()
    before_known = fields.Integer()
    before_negative = fields.Integer()


class SampleOut(Answer):
    """How many of the newest comments keywords, points and expectations are of, of how
    many; and how many elsewhere they are compared with.
    """

    comments = fields.Integer()
    of = fields.Integer()
    capped = fields.Boolean()
    baseline = fields.Integer()


class AnalysisOut(Answer):
    """What the comments under a campaign's posts say. `reason`: why there is nothing.

    `unread`: came in and not read yet; in none of the figures. `set_aside`: read and not
    counted, by reason. `cannot`: what this reading is not able to.
    """

    campaign_id = fields.String()
    window = fields.Nested(WindowOut)
    reading = fields.Integer()
    reason = fields.String(allow_none=True)
    unread = fields.Integer()
    set_aside = fields.Dict(keys=fields.String(), values=fields.Integer())
    tone = fields.Nested(TonesOut, allow_none=True)
    by_day = fields.List(fields.Nested(ToneRowOut))
    by_platform = fields.List(fields.Nested(ToneRowOut))
    by_influencer = fields.List(fields.Nested(ToneRowOut))
    emotions = fields.Nested(EmotionsOut, allow_none=True)
    keywords = fields.List(fields.Nested(KeywordOut))
    themes = fields.List(fields.Nested(KeywordOut))
    strengths = fields.List(fields.Nested(StrongOrWeakOut))
    weaknesses = fields.List(fields.Nested(StrongOrWeakOut))
    expectations = fields.Nested(ExpectationsOut, allow_none=True)
    crisis = fields.Nested(CrisisOut)
    sample = fields.Nested(SampleOut)
    cannot = fields.List(fields.String())
    cannot_nl = fields.List(fields.String())
