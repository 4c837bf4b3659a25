"""What people wrote under it."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Covered, Expression, per, share
from marketplace.kpis.measures import comments as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

TONE_UNKNOWN = "tone_unknown"


def _of_known_tone(formula: Expression) -> Expression:
    """Over the comments whose tone is known; their share of all is the coverage."""
    return Covered(formula, m.KNOWN_TONE.term, m.COMMENTS.term, TONE_UNKNOWN)


COMMENTS_ANALYSED = Kpi(
    "comments_analysed",
    Words("Comments analysed", "Geanalyseerde reacties"),
    Goal.ENGAGEMENT,
    Unit.COUNT,
    Direction.UP,
    m.COMMENTS.term,
    Words(
        "Comments that tone and themes are told of: those the product was given and "
        "has read, without advertisements, copies and the influencer's own.",
        "Reacties waar toon en thema's over gaan: die het product kreeg en las, zonder "
        "reclame, kopieën en die van de influencer zelf.",
    ),
)
POSITIVE_SHARE = Kpi(
    "positive_comment_share",
    Words("Positive comments", "Positieve reacties"),
    Goal.ENGAGEMENT,
    Unit.RATIO,
    Direction.UP,
    _of_known_tone(share(m.POSITIVE.term, m.KNOWN_TONE.term, none=TONE_UNKNOWN)),
    Words(
        "The share of comments that sound positive, of those whose tone is known. By "
        "word lists and emoji, without an ear for sarcasm.",
        "Het aandeel reacties dat positief klinkt, van die met bekende toon. Op basis "
        "van woordenlijsten en emoji, zonder oor voor sarcasme.",
    ),
)
NEGATIVE_SHARE = Kpi(
    "negative_comment_share",
    Words("Negative comments", "Negatieve reacties"),
    Goal.ENGAGEMENT,
    Unit.RATIO,
    Direction.DOWN,
    _of_known_tone(share(m.NEGATIVE.term, m.KNOWN_TONE.term, none=TONE_UNKNOWN)),
    Words(
        "The share of comments that sound negative, of those whose tone is known.",
        "Het aandeel reacties dat negatief klinkt, van die met bekende toon.",
    ),
)
NET_SENTIMENT = Kpi(
    "net_sentiment",
    Words("Net sentiment", "Netto sentiment"),
    Goal.ENGAGEMENT,
    Unit.RATIO,
    Direction.UP,
    _of_known_tone(
        per(m.POSITIVE.term - m.NEGATIVE.term, m.KNOWN_TONE.term, none=TONE_UNKNOWN)
    ),
    Words(
        "Positive less negative comments, over all whose tone is known: from -1 (all "
        "negative) to 1 (all positive).",
        "Positieve min negatieve reacties, gedeeld door alle met bekende toon: van -1 "
        "(alles negatief) tot 1 (alles positief).",
    ),
)
NAMING_BRAND = Kpi(
    "comments_naming_brand",
    Words("Comments naming the brand", "Reacties die het merk noemen"),
    Goal.AWARENESS,
    Unit.COUNT,
    Direction.UP,
    m.NAMING_BRAND.term,
    Words(
        "Comments in which the brand's name, hashtag or handle stands.",
        "Reacties waarin de naam, de hashtag of een account van het merk staat.",
    ),
)
NAMING_BRAND_SHARE = Kpi(
    "comments_naming_brand_share",
    Words("Share of comments naming the brand", "Aandeel reacties dat het merk noemt"),
    Goal.AWARENESS,
    Unit.RATIO,
    Direction.UP,
    share(m.NAMING_BRAND.term, m.COMMENTS.term, none=m.NO_COMMENTS),
    Words(
        "Of the comments that were read, those that name the brand; a thousand times "
        "this is the number per 1,000 comments.",
        "Van de gelezen reacties die waarin het merk wordt genoemd; duizend keer dit is "
        "het aantal per 1.000 reacties.",
    ),
)

ALL = (
    COMMENTS_ANALYSED,
    POSITIVE_SHARE,
    NEGATIVE_SHARE,
    NET_SENTIMENT,
    NAMING_BRAND,
    NAMING_BRAND_SHARE,
)
