"""What people did with the links and in the shops: measures of traffic. Pure."""

from marketplace.kpis.measures.entry import (
    Measure,
    MeasureUnit,
    Merge,
    Source,
    count,
)
from marketplace.kpis.outcome import Words


def _people(
    name: str, column: str, words: Words, text: str, *, social: bool = False
) -> Measure:
    return Measure(
        name,
        MeasureUnit.SKETCH,
        Source.TRAFFIC,
        column,
        words,
        text,
        Merge.DAILY,
        social=social,
    )


CLICKS = count(
    "counted_clicks",
    Source.TRAFFIC,
    "counted",
    Words("counted clicks", "getelde klikken"),
    "Clicks on tracked links that were not set aside.",
)
CLICKS_GROSS = count(
    "all_clicks",
    Source.TRAFFIC,
    "gross",
    Words("all clicks", "alle klikken"),
    "Every followed tracked link, those set aside included.",
)
CLICKERS = _people(
    "clickers",
    "clicker_count",
    Words("distinct clickers per brand and day", "unieke klikkers per merk en dag"),
    "Distinct visitor hashes over counted clicks, per brand and day; a longer window "
    "is the sum of its days.",
)
VISITORS = _people(
    "people",
    "visitor_count",
    Words("distinct visitors per brand and day", "unieke bezoekers per merk en dag"),
    "Distinct visitor hashes over counted clicks and visits to the shop, per brand and "
    "day; a longer window is the sum of its days.",
)
SOCIAL_VISITORS = _people(
    "social_people",
    "visitor_count",
    Words(
        "distinct visitors from social platforms per brand and day",
        "unieke bezoekers van sociale platforms per merk en dag",
    ),
    "The same, of clicks and visits that came by a social platform only.",
    social=True,
)
VISITS = count(
    "all_visits",
    Source.TRAFFIC,
    "visits",
    Words("visits", "bezoeken"),
    "Sessions in the shop that an influencer brought, as its script reported them; "
    "half an hour without a sign ends one.",
)
ENGAGED_VISITS = count(
    "engaged_visits",
    Source.TRAFFIC,
    "engaged_visits",
    Words("engaged visits", "betrokken bezoeken"),
    "Visits of ten seconds, two pages or an action of note.",
)
KNOWN_VISITS = count(
    "known_visits",
    Source.TRAFFIC,
    "known_visits",
    Words("visits with consent", "bezoeken met toestemming"),
    "Visits of people who let themselves be recognised, so that it is known whether "
    "they are new.",
)
NEW_VISITORS = count(
    "first_visits",
    Source.TRAFFIC,
    "new_visitors",
    Words("first visits with consent", "eerste bezoeken met toestemming"),
    "Visits with consent that are the first ever of that person at the brand.",
)

ALL = (
    CLICKS,
    CLICKS_GROSS,
    CLICKERS,
    VISITORS,
    SOCIAL_VISITORS,
    VISITS,
    ENGAGED_VISITS,
    KNOWN_VISITS,
    NEW_VISITORS,
)
