"""What people did with the links and in the shops: measures of traffic. Pure."""

from marketplace.kpis.measures.entry import (
    Measure,
    MeasureUnit,
    Merge,
    Source,
    count,
)
from marketplace.kpis.outcome import Words
from marketplace.tracking.audience_rules import Newness


def _people(
    name: str,
    column: str,
    words: Words,
    text: str,
    *,
    social: bool = False,
    newness: Newness | None = None,
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
        newness=newness,
    )


def _of_audience(
    name: str, column: str, words: Words, text: str, *, absent: str
) -> Measure:
    unit = MeasureUnit.COUNT
    return Measure(name, unit, Source.AUDIENCES, column, words, text, absent=absent)


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
NEW_PEOPLE = _people(
    "new_people",
    "visitor_count",
    Words("distinct new visitors per day", "unieke nieuwe bezoekers per dag"),
    "Distinct visitor hashes over first visits with consent, per brand and day.",
    newness=Newness.NEW,
)
RETURNING_PEOPLE = _people(
    "returning_people",
    "visitor_count",
    Words(
        "distinct returning visitors per day",
        "unieke terugkerende bezoekers per dag",
    ),
    "Distinct visitor hashes over visits with consent of people who had been at the "
    "brand before, per brand and day.",
    newness=Newness.RETURNING,
)
RETURNING_EARLIER = Measure(
    "returning_people_before",
    MeasureUnit.COUNT,
    Source.EARLIER,
    "visitor_count",
    Words(
        "returning visitors of the stretch before",
        "terugkerende bezoekers van de periode ervoor",
    ),
    "The same, of the stretch of equal length just before.",
    earlier=RETURNING_PEOPLE.name,
)
TARGET_PEOPLE = _of_audience(
    "target_people",
    "visitor_count",
    Words(
        "distinct visitors of the target audience per day",
        "unieke bezoekers uit de doelgroep per dag",
    ),
    "Distinct visitor hashes over counted clicks and visits of whom everything the "
    "campaign's target audience asks for is known and so, per campaign and day.",
    absent="no_target_audience",
)
AUDIENCE_KNOWN = _of_audience(
    "audience_known_people",
    "visitor_count",
    Words(
        "visitors known to be of the target audience or not",
        "bezoekers van wie bekend is of ze tot de doelgroep horen",
    ),
    "Of whom it is known whether they are part of it.",
    absent="no_target_audience",
)
AUDIENCE_PEOPLE = _of_audience(
    "audience_people",
    "visitor_count",
    Words(
        "visitors of campaigns with a target audience",
        "bezoekers van campagnes met een doelgroep",
    ),
    "All distinct visitors, per campaign that says whom it is meant for, and day.",
    absent="no_target_audience",
)
TARGET_COMPARED = _of_audience(
    "target_people_compared",
    "visitor_count",
    Words("visitors of the target audience", "bezoekers uit de doelgroep"),
    "Those of the target audience, of campaigns with a baseline.",
    absent="no_baseline",
)
TARGET_BASELINE = _of_audience(
    "target_baseline",
    "visitor_count",
    Words("the same in the baseline", "hetzelfde in de uitgangsperiode"),
    "As many as came over the days of the baseline, or the brand says came; scaled to "
    "as many days as it is compared with.",
    absent="no_baseline",
)

# What the script on a shop's pages tells, and nothing else does.
BY_SCRIPT = (
    *(VISITS, ENGAGED_VISITS, KNOWN_VISITS),
    *(NEW_VISITORS, NEW_PEOPLE, RETURNING_PEOPLE),
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
    NEW_PEOPLE,
    RETURNING_PEOPLE,
    RETURNING_EARLIER,
    TARGET_PEOPLE,
    AUDIENCE_KNOWN,
    AUDIENCE_PEOPLE,
    TARGET_COMPARED,
    TARGET_BASELINE,
)
