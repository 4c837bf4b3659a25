"""Actions that are no purchases."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.measures import leads as m
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

LEADS = Kpi(
    "leads",
    Words("Leads", "Leads"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.LEADS.term,
    Words(
        "Credited actions that are no purchases, of every kind.",
        "Toegekende acties die geen aankoop zijn, van elke soort.",
    ),
)
QUALIFIED_LEADS = Kpi(
    "qualified_leads",
    Words("Qualified leads", "Gekwalificeerde leads"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.QUALIFIED.term,
    Words(
        "Those told to be qualified, if only later: the day of the lead is restated.",
        "Waarvan bekend werd dat ze gekwalificeerd zijn, ook later: dan verandert de dag "
        "van de lead.",
    ),
)
REGISTRATIONS = Kpi(
    "registrations",
    Words("Registrations", "Registraties"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.REGISTRATIONS.term,
    Words(
        "Accounts made that are credited to an influencer.",
        "Aangemaakte accounts die aan een influencer zijn toegekend.",
    ),
)
ENROLMENTS = Kpi(
    "enrolments",
    Words("Enrolments", "Inschrijvingen"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.ENROLMENTS.term,
    Words(
        "Enrolments, such as for a course or an event.",
        "Inschrijvingen, zoals voor een cursus of evenement.",
    ),
)
SUBSCRIPTIONS = Kpi(
    "subscriptions",
    Words("Subscriptions", "Abonnementen"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.SUBSCRIPTIONS.term,
    Words(
        "Subscriptions taken that are told as leads.",
        "Afgesloten abonnementen die als lead zijn gemeld.",
    ),
)
NEWSLETTER_SIGNUPS = Kpi(
    "newsletter_signups",
    Words("Newsletter sign-ups", "Nieuwsbriefinschrijvingen"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.NEWSLETTER.term,
    Words(
        "Confirmed sign-ups for the newsletter, on the day of the confirmation (the double "
        "opt-in).",
        "Bevestigde inschrijvingen op de nieuwsbrief, op de dag van de bevestiging (de "
        "dubbele opt-in).",
    ),
)
GIVEAWAY_LEADS = Kpi(
    "giveaway_leads",
    Words("Giveaway leads", "Leads via winacties"),
    Goal.CONVERSIONS,
    Unit.COUNT,
    Direction.UP,
    m.GIVEAWAY.term,
    Words(
        "Entries in giveaways that the brand's own server told as leads.",
        "Deelnames aan winacties die de server van het merk als lead meldde.",
    ),
)

ALL = (
    LEADS,
    QUALIFIED_LEADS,
    REGISTRATIONS,
    ENROLMENTS,
    SUBSCRIPTIONS,
    NEWSLETTER_SIGNUPS,
    GIVEAWAY_LEADS,
)
