"""What platforms say of channels: measures of followers. Pure.

Each of the first five stands there three times: of the brand's own channels, of those
of the influencers, and of whichever of the two a campaign is measured by.
"""

import enum
from dataclasses import dataclass

from marketplace.kpis.measures.entry import Measure, MeasureUnit, Source
from marketplace.kpis.outcome import Words

NO_SNAPSHOT = "no_snapshot"


class Whose(enum.StrEnum):
    """Whose channels a measure is of. chosen: the brand's own if it has any with
    figures, else the influencers'.
    """

    CHOSEN = "chosen"
    BRAND = "brand"
    INFLUENCER = "influencer"


class Counted(enum.StrEnum):
    """What a measure of channels counts.

    gained: as the platform counts those who came. net: the level at the end less that
    at the start. start, level: those two. both, channels: of how many channels both
    levels are known, and how many there are.
    """

    NET = "net"
    START = "start"
    LEVEL = "level"
    GAINED = "gained"
    BOTH = "both"
    LEVELLED = "levelled"
    CHANNELS = "channels"
    PROFILE_VISITS = "profile_visits"
    BIO_LINK_CLICKS = "bio_link_clicks"
    MENTIONS = "mentions"


@dataclass(frozen=True, slots=True)
class ChannelMeasure(Measure):
    """One of channels; `column` says what is counted."""

    whose: Whose = Whose.CHOSEN


_WORDS: dict[Counted, tuple[Words, str]] = {
    Counted.NET: (
        Words(
            "followers at the end less at the start", "volgers aan het eind min begin"
        ),
        "By how much the followers grew between the last look before the window (or the "
        "first one in it) and the last look in it, over channels with both.",
    ),
    Counted.START: (
        Words("followers at the start", "volgers aan het begin"),
        "Followers at the start, over the same channels.",
    ),
    Counted.LEVEL: (
        Words("followers at the end", "volgers aan het eind"),
        "Followers as last seen before the end.",
    ),
    Counted.GAINED: (
        Words("followers who came", "volgers die erbij kwamen"),
        "Followers who came, as the platforms count them; those who left are not taken "
        "off.",
    ),
    Counted.BOTH: (
        Words("channels with both levels", "kanalen met beide standen"),
        "Channels whose followers are known at the start and at the end.",
    ),
    Counted.LEVELLED: (
        Words("channels with a known level", "kanalen met een bekende stand"),
        "Channels whose followers were ever seen before the end.",
    ),
    Counted.CHANNELS: (
        Words("channels", "kanalen"),
        "The channels there are.",
    ),
}
_OWNERS: dict[Whose, Words] = {
    Whose.CHOSEN: Words("", ""),
    Whose.BRAND: Words(" (brand's own channels)", " (eigen kanalen van het merk)"),
    Whose.INFLUENCER: Words(
        " (channels of the influencers)", " (kanalen van de influencers)"
    ),
}
_COUNTS = (Counted.BOTH, Counted.LEVELLED, Counted.CHANNELS)


def _measure(counted: Counted, whose: Whose) -> ChannelMeasure:
    words, text = _WORDS[counted]
    owner = _OWNERS[whose]
    absent = {Counted.GAINED: "not_reported"}.get(counted, NO_SNAPSHOT)
    return ChannelMeasure(
        f"{whose}_followers_{counted}",
        MeasureUnit.COUNT,
        Source.CHANNELS,
        counted,
        Words(f"{words.en}{owner.en}", f"{words.nl}{owner.nl}"),
        text,
        absent="" if counted in _COUNTS else absent,
        whose=whose,
    )


NET = {whose: _measure(Counted.NET, whose) for whose in Whose}
START = {whose: _measure(Counted.START, whose) for whose in Whose}
BOTH = {whose: _measure(Counted.BOTH, whose) for whose in Whose}
CHANNELS = {whose: _measure(Counted.CHANNELS, whose) for whose in Whose}
GAINED = _measure(Counted.GAINED, Whose.CHOSEN)
LEVEL = _measure(Counted.LEVEL, Whose.CHOSEN)
LEVELLED = _measure(Counted.LEVELLED, Whose.CHOSEN)


def _counter(
    name: str, counted: Counted, whose: Whose, words: Words, text: str
) -> ChannelMeasure:
    return ChannelMeasure(
        name,
        MeasureUnit.COUNT,
        Source.CHANNELS,
        counted,
        words,
        text,
        absent="not_reported",
        whose=whose,
    )


CHANNEL_PROFILE_VISITS = _counter(
    "channel_profile_visits",
    Counted.PROFILE_VISITS,
    Whose.CHOSEN,
    Words("profile visits of the channels", "profielbezoeken van de kanalen"),
    "Visits to the profiles of channels, where no post says any.",
)
CHANNEL_BIO_LINK_CLICKS = _counter(
    "channel_bio_link_clicks",
    Counted.BIO_LINK_CLICKS,
    Whose.INFLUENCER,
    Words("bio link clicks of the channels", "klikken op de biolink van de kanalen"),
    "Clicks on the link in the profile of influencers' channels, where no post says any.",
)
CHANNEL_MENTIONS = _counter(
    "channel_mentions",
    Counted.MENTIONS,
    Whose.BRAND,
    Words(
        "mentions of the brand's channels", "vermeldingen van de kanalen van het merk"
    ),
    "How often others tagged the brand's own channels, as the platforms count it.",
)

# Of channels that posted; followers as last seen, else as the influencer says.
POTENTIAL = ChannelMeasure(
    "followers_of_posting_channels",
    MeasureUnit.COUNT,
    Source.CHANNELS,
    "potential",
    Words("followers of the channels that posted", "volgers van de kanalen met posts"),
    "Followers at the end of the window, of the channels with a post published in it; "
    "who follows several is in it several times.",
    absent="no_posts",
)
POSTING = ChannelMeasure(
    "posting_channels",
    MeasureUnit.COUNT,
    Source.CHANNELS,
    "posting",
    Words("channels that posted", "kanalen met posts"),
    "Channels with a post published in the window.",
)
POSTING_KNOWN = ChannelMeasure(
    "posting_channels_with_followers",
    MeasureUnit.COUNT,
    Source.CHANNELS,
    "posting_known",
    Words("of those with known followers", "daarvan met bekende volgers"),
    "Those of them whose followers are known.",
)

ALL: tuple[Measure, ...] = (
    *(each[whose] for whose in Whose for each in (NET, START, BOTH, CHANNELS)),
    GAINED,
    LEVEL,
    LEVELLED,
    CHANNEL_PROFILE_VISITS,
    CHANNEL_BIO_LINK_CLICKS,
    CHANNEL_MENTIONS,
    POTENTIAL,
    POSTING,
    POSTING_KNOWN,
)
