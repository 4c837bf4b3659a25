"""What touches and decisions are called, in English and Dutch. Pure."""

from typing import Final

from marketplace.attribution.evidence_rules import Method

Words = tuple[str, str]

KINDS: Final[dict[Method, Words]] = {
    Method.CODE: ("promo code on the order", "promocode op de bestelling"),
    Method.CLICK: ("click the order carries", "klik die de bestelling draagt"),
    Method.CUSTOMER: ("brought the customer before", "bracht de klant eerder"),
    Method.VISITOR_CLICK: (
        "earlier click of the same visitor",
        "eerdere klik van dezelfde bezoeker",
    ),
    Method.LANDING_PAGE: (
        "look at the influencer's page by the same visitor",
        "bezoek van dezelfde bezoeker aan de pagina van de influencer",
    ),
    Method.VISIT: (
        "visit to the shop by way of a link",
        "bezoek aan de winkel via een link",
    ),
    Method.LEAD: (
        "carried by a lead of the same customer",
        "hoort bij een lead van dezelfde klant",
    ),
    Method.EARLIER_ORDER: (
        "carried by an earlier order of the same customer",
        "hoort bij een eerdere bestelling van dezelfde klant",
    ),
    Method.QUERY: ("question the brand granted", "vraag die het merk heeft toegekend"),
}

NOBODY: Final = (
    "Nobody is credited: no touch counts.",
    "Niemand krijgt de bestelling: geen enkel contact telt.",
)
NOT_YOU: Final = (
    "The order is not credited to you; each touch says why.",
    "De bestelling is niet van jou; bij elk contact staat waarom.",
)
SHARED: Final = (
    "The order is shared equally by the promo codes on it.",
    "De bestelling wordt gelijk verdeeld over de promocodes die erop staan.",
)
DECIDED_BY: Final[dict[Method, Words]] = {
    Method.CODE: (
        "The order is credited by promo code.",
        "De bestelling is toegekend op grond van een promocode.",
    ),
    Method.CLICK: (
        "The order is credited by a visit by way of the influencer's link or page.",
        "De bestelling is toegekend op grond van een bezoek via de link of pagina van "
        "de influencer.",
    ),
    Method.CUSTOMER: (
        "The order is credited to whoever brought this customer before.",
        "De bestelling is van wie deze klant eerder bracht.",
    ),
    Method.QUERY: (
        "The order is credited because the brand granted the influencer's question.",
        "De bestelling is toegekend omdat het merk de vraag van de influencer toekende.",
    ),
}


def sentence_of(method: Method | None, *, is_shared: bool) -> Words:
    """A decision in one sentence; `is_shared`: by several codes."""
    if method is None:
        return NOBODY
    if method is Method.CODE and is_shared:
        return SHARED
    return DECIDED_BY[method]
