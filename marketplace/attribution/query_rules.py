"""An influencer's question about an order: its states, and how numbers are read. Pure."""

import enum
import unicodedata
from datetime import timedelta
from typing import Final

SHORTEST_QUERY_DAYS: Final = 3
LONGEST_QUERY_DAYS: Final = 60
# What one influencer may have open with one brand: nobody misses more, and whoever
# tries numbers one after another stops here.
MOST_OPEN: Final = 25
# A decline can be appealed once.
MOST_ASKED: Final = 2
# Shops, brands and shoppers do not all mean the same day.
DAY_SLACK: Final = timedelta(days=1)


class QueryStatus(enum.StrEnum):
    """Where a question is; whatever is not open is answered for good."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class QueryCredit(enum.StrEnum):
    """What the brand accepted: that the order is theirs if nobody else won it (else the
    same amount as goodwill), or that it is theirs instead of whoever won it.
    """

    BESIDE = "beside"
    INSTEAD = "instead"


class QueryOutcome(enum.StrEnum):
    """What accepting came to: the order has not arrived, is theirs, or stays another's
    and they are paid beside; or silence granted what the order does not bear out.
    """

    WAITING = "waiting"
    CREDITED = "credited"
    GOODWILL = "goodwill"
    UNPROVEN = "unproven"


class Side(enum.StrEnum):
    """Who did something; `silence`: the deadline passed."""

    INFLUENCER = "influencer"
    BRAND = "brand"
    SILENCE = "silence"
    SYSTEM = "system"


def normalise_number(text: str) -> str:
    """The form in which two spellings of an order's number are equal: ``#1001``."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(plain.split()).lstrip("#")[:200]


QUERY_SENTENCES: dict[tuple[QueryStatus, QueryOutcome | None], tuple[str, str]] = {
    (QueryStatus.OPEN, None): (
        "The brand answers before the deadline; no answer until then is a yes.",
        "Het merk antwoordt voor de uiterste datum; geen antwoord is een ja.",
    ),
    (QueryStatus.ACCEPTED, None): (
        "Granted; the order is being decided again.",
        "Toegekend; over de bestelling wordt opnieuw beslist.",
    ),
    (QueryStatus.ACCEPTED, QueryOutcome.WAITING): (
        "Granted; nothing is owed until an order with this number and day arrives.",
        "Toegekend; er is niets verschuldigd tot een bestelling met dit nummer en deze "
        "dag binnenkomt.",
    ),
    (QueryStatus.ACCEPTED, QueryOutcome.CREDITED): (
        "Granted; the order is credited to the influencer who asked.",
        "Toegekend; de bestelling staat op naam van de influencer die ernaar vroeg.",
    ),
    (QueryStatus.ACCEPTED, QueryOutcome.GOODWILL): (
        "Granted; the order stays another's, and what it would have earned is paid "
        "beside it.",
        "Toegekend; de bestelling blijft van een ander, en wat die had opgeleverd wordt "
        "ernaast betaald.",
    ),
    (QueryStatus.ACCEPTED, QueryOutcome.UNPROVEN): (
        "Nobody answered, and neither the order's total nor a click id on it was stated "
        "rightly: nothing is owed.",
        "Niemand antwoordde, en het totaalbedrag van de bestelling of een klik-id erop "
        "is niet juist genoemd: er is niets verschuldigd.",
    ),
    (QueryStatus.DECLINED, None): (
        "The brand declined, for the reason given.",
        "Het merk heeft afgewezen, om de vermelde reden.",
    ),
    (QueryStatus.WITHDRAWN, None): (
        "The question was taken back.",
        "De vraag is ingetrokken.",
    ),
}
