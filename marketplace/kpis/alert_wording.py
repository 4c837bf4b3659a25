"""Sentences about an alert, in English and Dutch, from its evidence. Pure.

Evidence comes from several places; what is not there is left out of the sentence.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from marketplace.kpis.alert_rules import AlertKind
from marketplace.kpis.outcome import Words
from marketplace.kpis.papers.figures import day_text, figure_text
from marketplace.kpis.rules import Unit

LABELS: Mapping[AlertKind, Words] = {
    AlertKind.OFF_TRACK: Words("Goal off track", "Doel uit koers"),
    AlertKind.DROP: Words("Sudden drop", "Plotselinge daling"),
    AlertKind.CODE_LEAK: Words("Code leaked", "Kortingscode gelekt"),
    AlertKind.NEGATIVE_COMMENTS: Words("Negative comments", "Negatieve reacties"),
    AlertKind.DELIVERY_FAILURES: Words(
        "Messages of a shop fail", "Berichten van een webshop mislukken"
    ),
    AlertKind.NO_EXCHANGE_RATE: Words("No exchange rate", "Geen wisselkoers"),
}


def alert_said(kind: AlertKind, evidence: Mapping[str, Any]) -> Words:
    """What is the matter, in a sentence."""
    return _SENTENCES[kind](evidence)


def _off_track(evidence: Mapping[str, Any]) -> Words:
    return Words(_missed(evidence, "en"), _missed(evidence, "nl"))


def _missed(evidence: Mapping[str, Any], language: str) -> str:
    is_forecast = evidence.get("low") is not None
    pattern = (_FORECAST if is_forecast else _PACE)[language]
    return pattern.format(**_filled(evidence, language))


_FORECAST = {
    "en": "{label} will probably be {low} to {high} on {due_on}, not the {target} aimed "
    "for.",
    "nl": "{label} komt op {due_on} waarschijnlijk uit op {low} tot {high}, niet op de "
    "beoogde {target}.",
}
_PACE = {
    "en": "{label} is {value}; {expected_by_now} was to be expected by now, to reach "
    "{target} on {due_on}.",
    "nl": "{label} staat op {value}; {expected_by_now} was nu te verwachten, om op "
    "{due_on} uit te komen op {target}.",
}


def _drop(evidence: Mapping[str, Any]) -> Words:
    english, dutch = _filled(evidence, "en"), _filled(evidence, "nl")
    return Words(
        "{label} fell to {value} on {day}; {low} to {high} was to be expected.".format(
            **english
        ),
        "{label} zakte op {day} naar {value}; {low} tot {high} was te "
        "verwachten.".format(**dutch),
    )


def _code_leak(evidence: Mapping[str, Any]) -> Words:
    return Words(
        evidence.get("sentence") or "A promo code is used where it was not shared.",
        evidence.get("sentence_nl")
        or "Een kortingscode wordt gebruikt waar die niet is gedeeld.",
    )


def _negative_comments(evidence: Mapping[str, Any]) -> Words:
    negative, comments = evidence.get("negative"), evidence.get("comments")
    if negative is None or comments is None:
        return Words(
            "Comments are far more negative than usual.",
            "Reacties zijn veel negatiever dan gewoonlijk.",
        )
    return Words(
        f"{negative} of the last {comments} comments are negative, far more than usual.",
        f"{negative} van de laatste {comments} reacties zijn negatief, veel meer dan "
        "gewoonlijk.",
    )


def _delivery_failures(evidence: Mapping[str, Any]) -> Words:
    shop = _text(evidence, "shop")
    failed, waiting = evidence.get("failed", 0), evidence.get("parked", 0)
    english, dutch = [], []
    if failed:
        english.append(f"{failed} could not be read")
        dutch.append(f"{failed} konden niet worden gelezen")
    if waiting:
        english.append(f"{waiting} wait for an order that does not come")
        dutch.append(f"{waiting} wachten op een bestelling die niet komt")
    if evidence.get("unreachable"):
        english.append("its API does not answer as it should")
        dutch.append("de API antwoordt niet zoals het hoort")
    what = ", ".join(english) or "some fail"
    wat = ", ".join(dutch) or "een deel mislukt"
    return Words(f"Messages of {shop}: {what}.", f"Berichten van {shop}: {wat}.")


def _no_exchange_rate(evidence: Mapping[str, Any]) -> Words:
    orders = _text(evidence, "orders")
    pairs = ", ".join(str(each) for each in evidence.get("currencies") or ["?"])
    since = {lang: _day(evidence.get("since"), lang) for lang in ("en", "nl")}
    return Words(
        f"Orders that wait for an exchange rate ({pairs}): {orders}, since "
        f"{since['en']}. Until there is one they earn nothing and are in no amount.",
        f"Bestellingen die op een wisselkoers wachten ({pairs}): {orders}, sinds "
        f"{since['nl']}. Tot die er is, leveren ze niets op en tellen ze in geen bedrag "
        "mee.",
    )


def _filled(evidence: Mapping[str, Any], language: str) -> dict[str, str]:
    """Label, figures and days of it as people of that language read them."""
    label = evidence.get("label_nl" if language == "nl" else "label")
    figures = ("value", "low", "expected", "high", "target", "expected_by_now")
    texts = {name: _figure(evidence, name, language) for name in figures}
    days = {name: _day(evidence.get(name), language) for name in ("due_on", "day")}
    return {"label": str(label or evidence.get("label") or "?"), **texts, **days}


def _figure(evidence: Mapping[str, Any], name: str, language: str) -> str:
    try:
        number = Decimal(str(evidence[name]))
        unit, currency = Unit(evidence["unit"]), str(evidence["currency"])
    except (KeyError, ValueError, InvalidOperation):
        return _text(evidence, name)
    if unit in (Unit.COUNT, Unit.MONEY):
        number = number.to_integral_value()
    return figure_text(number, unit, currency, language)


def _day(value: Any, language: str) -> str:
    try:
        return day_text(date.fromisoformat(str(value)), language)
    except ValueError:
        return "?"


def _text(evidence: Mapping[str, Any], name: str) -> str:
    value = evidence.get(name)
    return "?" if value is None else str(value)


_SENTENCES = {
    AlertKind.OFF_TRACK: _off_track,
    AlertKind.DROP: _drop,
    AlertKind.CODE_LEAK: _code_leak,
    AlertKind.NEGATIVE_COMMENTS: _negative_comments,
    AlertKind.DELIVERY_FAILURES: _delivery_failures,
    AlertKind.NO_EXCHANGE_RATE: _no_exchange_rate,
}
