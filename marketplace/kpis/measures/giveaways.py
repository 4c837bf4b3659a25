"""Who entered giveaways. Pure."""

from marketplace.kpis.measures.entry import Measure, Source, count
from marketplace.kpis.outcome import Words

ENTRIES = count(
    "valid_entries",
    Source.GIVEAWAYS,
    "entries",
    Words("valid entries", "geldige deelnames"),
    "Entries in giveaways, but for those of people who were disqualified, or did not "
    "confirm their address where they had to.",
)
ENTRANTS = count(
    "entrants",
    Source.GIVEAWAYS,
    "entrants",
    Words("distinct entrants", "unieke deelnemers"),
    "Distinct people behind these entries, by the keyed hash of their mailbox; in "
    "several giveaways of a campaign they are one.",
)
KNOWN_ENTRANTS = count(
    "known_entrants",
    Source.GIVEAWAYS,
    "known_entrants",
    Words("entrants who were not forgotten", "deelnemers die niet zijn vergeten"),
    "Entrants of whom it can still be known whether they bought: who asked to be "
    "forgotten is not among them.",
)
ENTRANTS_WHO_BOUGHT = count(
    "buying_entrants",
    Source.GIVEAWAYS,
    "buyers",
    Words(
        "entrants with a later paid order",
        "deelnemers met een latere betaalde bestelling",
    ),
    "Entrants with a paid order of the brand's placed after they first entered in the "
    "window, whoever brought it, recognised by the hash of their e-mail address.",
)

ALL: tuple[Measure, ...] = (ENTRIES, ENTRANTS, KNOWN_ENTRANTS, ENTRANTS_WHO_BOUGHT)
