"""What the rules are called and what flags say, in English and in Dutch. Pure.

`SAID` is for the brand and fills in the evidence; `TOLD` is for the influencer whose
money it is about, and says nothing of shoppers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marketplace.fraud.rules import Rule

Both = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """English and Dutch of one rule: its name, what it means, what the influencer hears."""

    label: Both
    meaning: Both
    told: Both


WORDS: Final[Mapping[Rule, Words]] = {
    Rule.SELF_REFERRAL: Words(
        ("Own purchase", "Eigen aankoop"),
        (
            "The order has the influencer's own e-mail address, address or payment.",
            "De bestelling heeft het e-mailadres, adres of betaalmiddel van de"
            " influencer zelf.",
        ),
        (
            "The order looks like a purchase of your own.",
            "De bestelling lijkt een aankoop van jezelf.",
        ),
    ),
    Rule.SAME_EMAIL_DOMAIN: Words(
        ("Same e-mail domain", "Zelfde e-maildomein"),
        (
            "The buyer's e-mail address is at the influencer's own domain.",
            "Het e-mailadres van de koper is van het eigen domein van de influencer.",
        ),
        (
            "The order looks like a purchase by somebody of your own organisation.",
            "De bestelling lijkt een aankoop van iemand uit je eigen organisatie.",
        ),
    ),
    Rule.DISPOSABLE_EMAIL: Words(
        ("Disposable e-mail address", "Wegwerp-e-mailadres"),
        (
            "The buyer's e-mail address is of a service for addresses used once.",
            "Het e-mailadres van de koper is van een dienst voor wegwerpadressen.",
        ),
        (
            "The order was placed with an e-mail address made to be used once.",
            "De bestelling is geplaatst met een wegwerp-e-mailadres.",
        ),
    ),
    Rule.COUPON_SITE: Words(
        ("Traffic from coupon sites", "Bezoek van kortingssites"),
        (
            "Clicks on the influencer's links come from websites that collect codes.",
            "Kliks op de links van de influencer komen van sites die codes verzamelen.",
        ),
        (
            "Clicks on your links came from websites that collect discount codes.",
            "Kliks op je links kwamen van websites die kortingscodes verzamelen.",
        ),
    ),
    Rule.LEAKED_CODE: Words(
        ("Leaked code", "Gelekte code"),
        (
            "The code is used without any visit of the influencer's own audience.",
            "De code wordt gebruikt zonder bezoek van het eigen publiek van de"
            " influencer.",
        ),
        (
            "Your code is used by people who did not come by way of you.",
            "Je code wordt gebruikt door mensen die niet via jou kwamen.",
        ),
    ),
    Rule.CONVERSION_RATE: Words(
        ("Unusual conversion rate", "Ongewone conversie"),
        (
            "Far more, or far fewer, of the clicks become orders than with others.",
            "Veel meer, of veel minder, kliks worden een bestelling dan bij anderen.",
        ),
        (
            "The share of your clicks that becomes an order is very unusual.",
            "Het deel van je kliks dat een bestelling wordt is zeer ongewoon.",
        ),
    ),
    Rule.CLICK_BURST: Words(
        ("Burst of clicks", "Stortvloed van kliks"),
        (
            "One visitor followed the influencer's links very often in a day.",
            "Eén bezoeker volgde de links van de influencer zeer vaak op een dag.",
        ),
        (
            "A single visitor followed your links very often on one day.",
            "Eén bezoeker volgde je links zeer vaak op één dag.",
        ),
    ),
    Rule.CLICKS_WITHOUT_BEACON: Words(
        ("Clicks that never arrive", "Kliks die nooit aankomen"),
        (
            "Far fewer of the clicks are seen in the shop than with others.",
            "Veel minder kliks worden in de winkel gezien dan bij anderen.",
        ),
        (
            "Very few of your clicks were seen arriving in the shop.",
            "Zeer weinig van je kliks zijn in de winkel aangekomen.",
        ),
    ),
    Rule.PAID_SEARCH: Words(
        ("Paid search results", "Betaalde zoekresultaten"),
        (
            "Clicks on the influencer's links come from a search engine's paid results.",
            "Kliks op de links van de influencer komen van betaalde zoekresultaten.",
        ),
        (
            "Clicks on your links came from paid search results.",
            "Kliks op je links kwamen van betaalde zoekresultaten.",
        ),
    ),
    Rule.CUSTOMER_VELOCITY: Words(
        ("One customer, many orders", "Eén klant, veel bestellingen"),
        (
            "One customer placed very many orders in a short time.",
            "Eén klant plaatste zeer veel bestellingen in korte tijd.",
        ),
        (
            "One customer placed very many orders in a short time.",
            "Eén klant plaatste zeer veel bestellingen in korte tijd.",
        ),
    ),
    Rule.SHARED_DETAILS: Words(
        ("Many customers, one address", "Veel klanten, één adres"),
        (
            "Many customers within a week have one address or one means of payment.",
            "Veel klanten binnen een week hebben één adres of één betaalmiddel.",
        ),
        (
            "Many customers within a week appear to be one and the same.",
            "Veel klanten binnen een week lijken een en dezelfde te zijn.",
        ),
    ),
    Rule.REFUND_PATTERN: Words(
        ("Many refunds", "Veel terugbetalingen"),
        (
            "Far more of the orders are refunded than with others.",
            "Veel meer bestellingen worden terugbetaald dan bij anderen.",
        ),
        (
            "Far more of your orders are refunded than is usual in this campaign.",
            "Veel meer van je bestellingen worden terugbetaald dan in deze campagne"
            " gebruikelijk is.",
        ),
    ),
}

# By rule, and by what of it was found where there are several ways: the evidence's `by`.
SAID: Final[Mapping[tuple[Rule, str], Both]] = {
    (Rule.SELF_REFERRAL, "email"): (
        "The order was placed with the influencer's own e-mail address.",
        "De bestelling is geplaatst met het e-mailadres van de influencer zelf.",
    ),
    (Rule.SELF_REFERRAL, "address"): (
        "The order goes to an address the influencer's own purchase went to.",
        "De bestelling gaat naar een adres waar een eigen aankoop van de influencer"
        " heen ging.",
    ),
    (Rule.SELF_REFERRAL, "payment"): (
        "The order was paid as the influencer's own purchase was.",
        "De bestelling is betaald met hetzelfde betaalmiddel als een eigen aankoop van"
        " de influencer.",
    ),
    (Rule.COUPON_SITE, "order"): (
        "The buyer came from {host}.",
        "De koper kwam van {host}.",
    ),
    (Rule.COUPON_SITE, "traffic"): (
        "{clicks} of {of} clicks and visits since {since} came from {hosts}.",
        "{clicks} van {of} kliks en bezoeken sinds {since} kwamen van {hosts}.",
    ),
    (Rule.LEAKED_CODE, "order"): (
        "The code was known to be leaked since {leaked_on}, and no click is known.",
        "De code was sinds {leaked_on} als gelekt bekend, en er is geen klik bekend.",
    ),
    (Rule.LEAKED_CODE, "burst"): (
        "On {day} the code brought {orders} orders without a single click or visit;"
        " {usual} a day are usual.",
        "Op {day} bracht de code {orders} bestellingen zonder één klik of bezoek;"
        " {usual} per dag is gewoon.",
    ),
    (Rule.LEAKED_CODE, "peers"): (
        "{share} of {of} orders since {since} came by the code alone; with {peers}"
        " others in the campaign it is {usual}.",
        "{share} van {of} bestellingen sinds {since} kwam alleen via de code; bij"
        " {peers} anderen in de campagne is dat {usual}.",
    ),
    (Rule.CONVERSION_RATE, ""): (
        "{share} of {of} clicks since {since} became an order; with {peers} others in"
        " the campaign it is {usual}.",
        "{share} van {of} kliks sinds {since} werd een bestelling; bij {peers} anderen"
        " in de campagne is dat {usual}.",
    ),
    (Rule.CLICK_BURST, ""): (
        "On {day} one visitor followed the links {most} times; {visitors} did so more"
        " than {limit} times.",
        "Op {day} volgde één bezoeker de links {most} keer; {visitors} deden dat meer"
        " dan {limit} keer.",
    ),
    (Rule.CLICKS_WITHOUT_BEACON, ""): (
        "{share} of {of} clicks since {since} was seen in the shop; with {peers} others"
        " in the campaign it is {usual}.",
        "{share} van {of} kliks sinds {since} werd in de winkel gezien; bij {peers}"
        " anderen in de campagne is dat {usual}.",
    ),
    (Rule.PAID_SEARCH, "order"): (
        "The buyer came by a paid search result ({signs}).",
        "De koper kwam via een betaald zoekresultaat ({signs}).",
    ),
    (Rule.PAID_SEARCH, "traffic"): (
        "On {day} {clicks} of {of} clicks came from paid search results.",
        "Op {day} kwamen {clicks} van {of} kliks van betaalde zoekresultaten.",
    ),
    (Rule.CUSTOMER_VELOCITY, "orders_per_hour"): (
        "It is the customer's order number {count} within an hour; {limit} are usual.",
        "Het is bestelling nummer {count} van de klant binnen een uur; {limit} is"
        " gewoon.",
    ),
    (Rule.CUSTOMER_VELOCITY, "orders_per_day"): (
        "It is the customer's order number {count} within a day; {limit} are usual.",
        "Het is bestelling nummer {count} van de klant binnen een dag; {limit} is"
        " gewoon.",
    ),
    (Rule.SHARED_DETAILS, "customers_per_address"): (
        "{count} customers ordered to one address within a week; {limit} are usual.",
        "{count} klanten bestelden binnen een week op één adres; {limit} is gewoon.",
    ),
    (Rule.SHARED_DETAILS, "customers_per_payment"): (
        "{count} customers paid with one means of payment within a week; {limit} are"
        " usual.",
        "{count} klanten betaalden binnen een week met één betaalmiddel; {limit} is"
        " gewoon.",
    ),
    (Rule.REFUND_PATTERN, ""): (
        "{share} of {of} orders since {since} was refunded in full; with {peers} others"
        " in the campaign it is {usual}.",
        "{share} van {of} bestellingen sinds {since} is geheel terugbetaald; bij"
        " {peers} anderen in de campagne is dat {usual}.",
    ),
}


def said(rule: Rule, evidence: Mapping[str, Any]) -> Both:
    """What a flag says to the brand, in English and Dutch."""
    pair = SAID.get((rule, str(evidence.get("by", "")))) or WORDS[rule].meaning
    return _filled(pair[0], evidence, "."), _filled(pair[1], evidence, ",")


def told(rule: Rule) -> Both:
    """What the influencer it is about is told, in English and Dutch."""
    return WORDS[rule].told


def _filled(sentence: str, evidence: Mapping[str, Any], point: str) -> str:
    values: dict[str, Any] = dict(evidence)
    for name in ("share", "usual"):
        if (bps := evidence.get(f"{name}_bps")) is not None:
            values[name] = f"{bps // 100}{point}{bps % 100 // 10} %"
    for name in ("hosts", "signs"):
        if name in evidence:
            values[name] = ", ".join(evidence[name])
    return sentence.format_map(values)
