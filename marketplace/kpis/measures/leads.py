"""Actions that are no purchases. Pure."""

from marketplace.kpis.measures.entry import Measure, Source, count
from marketplace.kpis.outcome import Words


def _kind(name: str, column: str, words: Words, text: str) -> Measure:
    return count(name, Source.LEADS, column, words, text)


LEADS = _kind(
    "credited_leads",
    "leads",
    Words("leads", "leads"),
    "Credited actions of every kind that are no purchases, dated when they happened.",
)
QUALIFIED = _kind(
    "credited_qualified_leads",
    "qualified_leads",
    Words("qualified leads", "gekwalificeerde leads"),
    "Credited leads of that kind, or told to be qualified since; on the day of the lead.",
)
REGISTRATIONS = _kind(
    "credited_registrations",
    "registrations",
    Words("registrations", "registraties"),
    "Credited leads of the kind registration.",
)
ENROLMENTS = _kind(
    "credited_enrolments",
    "enrolments",
    Words("enrolments", "inschrijvingen"),
    "Credited leads of the kind enrolment.",
)
SUBSCRIPTIONS = _kind(
    "credited_subscriptions",
    "subscriptions",
    Words("subscriptions", "abonnementen"),
    "Credited leads of the kind subscription.",
)
NEWSLETTER = _kind(
    "credited_newsletter_signups",
    "newsletter_signups",
    Words("newsletter sign-ups", "inschrijvingen op de nieuwsbrief"),
    "Credited leads of the kind newsletter, dated when the address was confirmed.",
)
GIVEAWAY = _kind(
    "credited_giveaway_leads",
    "giveaway_leads",
    Words("giveaway leads", "leads via winacties"),
    "Credited leads of the kind giveaway.",
)

ALL = (
    LEADS,
    QUALIFIED,
    REGISTRATIONS,
    ENROLMENTS,
    SUBSCRIPTIONS,
    NEWSLETTER,
    GIVEAWAY,
)
