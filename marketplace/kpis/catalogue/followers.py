"""Who stayed to follow."""

from marketplace.kpis.catalogue.entry import Kpi
from marketplace.kpis.formula import Covered, Expression, Ratio
from marketplace.kpis.measures import channels as m
from marketplace.kpis.measures.channels import Whose
from marketplace.kpis.outcome import Words
from marketplace.kpis.rules import Direction, Goal, Unit

_OF: dict[Whose, Words] = {
    Whose.CHOSEN: Words(
        "of the brand's own channels, or of the influencers' if it has none with "
        "figures; the basis says which",
        "van de eigen kanalen van het merk, of van die van de influencers als het er "
        "geen met cijfers heeft; de grondslag zegt welke",
    ),
    Whose.BRAND: Words(
        "of the brand's own channels", "van de eigen kanalen van het merk"
    ),
    Whose.INFLUENCER: Words(
        "of the influencers' channels", "van de kanalen van de influencers"
    ),
}
_LABELS: dict[Whose, Words] = {
    Whose.CHOSEN: Words("", ""),
    Whose.BRAND: Words(" of the brand", " van het merk"),
    Whose.INFLUENCER: Words(" of the influencers", " van de influencers"),
}


def _followers(kpi_id: str, label: Words, formula: Expression, meaning: Words) -> Kpi:
    ratio = formula.ratio() is not None
    unit = Unit.RATIO if ratio else Unit.COUNT
    return Kpi(kpi_id, label, Goal.FOLLOWERS, unit, Direction.UP, formula, meaning)


def _both(formula: Expression, whose: Whose) -> Covered:
    # Why there is none, the measure knows: never looked at, or no level to start from.
    return Covered(formula, m.BOTH[whose].term, m.CHANNELS[whose].term, "")


def _growth(whose: Whose) -> tuple[Kpi, Kpi]:
    """Net growth and its rate, of those channels."""
    first = "" if whose is Whose.CHOSEN else f"{whose}_"
    label, of = _LABELS[whose], _OF[whose]
    net, start = m.NET[whose].term, m.START[whose].term
    return (
        _followers(
            f"{first}new_followers",
            Words(f"New followers{label.en}", f"Nieuwe volgers{label.nl}"),
            _both(net, whose),
            Words(
                f"Followers at the end less those at the start, {of.en}.",
                f"Volgers aan het eind min die aan het begin, {of.nl}.",
            ),
        ),
        _followers(
            f"{first}follower_growth_rate",
            Words(f"Follower growth{label.en}", f"Volgersgroei{label.nl}"),
            _both(Ratio(net, start, "no_followers"), whose),
            Words(
                f"By which share the followers grew, {of.en}.",
                f"Met welk deel de volgers groeiden, {of.nl}.",
            ),
        ),
    )


FOLLOWERS = _followers(
    "followers",
    Words("Followers", "Volgers"),
    Covered(
        m.LEVEL.term, m.LEVELLED.term, m.CHANNELS[Whose.CHOSEN].term, m.NO_SNAPSHOT
    ),
    Words(
        f"Followers at the end, {_OF[Whose.CHOSEN].en}. By day, week or month it is a "
        f"series.",
        f"Volgers aan het eind, {_OF[Whose.CHOSEN].nl}. Per dag, week of maand is het "
        f"een reeks.",
    ),
)
GAINED = _followers(
    "followers_gained",
    Words("Followers gained", "Gewonnen volgers"),
    m.GAINED.term,
    Words(
        f"Followers who came, those who left not taken off, {_OF[Whose.CHOSEN].en}.",
        f"Volgers die erbij kwamen, zonder aftrek van wie wegging, "
        f"{_OF[Whose.CHOSEN].nl}.",
    ),
)

ALL: tuple[Kpi, ...] = (
    *_growth(Whose.CHOSEN),
    FOLLOWERS,
    GAINED,
    *_growth(Whose.BRAND),
    *_growth(Whose.INFLUENCER),
)
