"""Who bought, and who came back: distinct customers of credited orders. Pure."""

from marketplace.attribution.horizons import HORIZONS
from marketplace.kpis.measures.entry import Measure, MeasureUnit, Merge, Source
from marketplace.kpis.outcome import Words


def _customers(
    name: str,
    column: str,
    words: Words,
    text: str,
    *,
    mature: int = 0,
    at_first: bool = True,
) -> Measure:
    return Measure(
        name,
        MeasureUnit.SKETCH,
        Source.ORDERS,
        column,
        words,
        text,
        Merge.UNION,
        mature,
        once=f"{column}_count" if at_first else "",
    )


def _observed(days: int) -> Measure:
    return _customers(
        f"mature_customers_{days}d",
        "customers",
        Words(
            f"customers observed for {days} days",
            f"klanten die {days} dagen gevolgd zijn",
        ),
        f"Those whose first credited order lies at least {days} days back.",
        mature=days,
    )


def _again_within(days: int) -> Measure:
    return _customers(
        f"repeat_customers_{days}d",
        f"repeat_buyers_{days}d",
        Words(
            f"customers who bought again within {days} days",
            f"klanten die binnen {days} dagen opnieuw kochten",
        ),
        f"Distinct customers with a later paid order within {days} days of their first "
        f"credited one, among those observed that long.",
        mature=days,
    )


CUSTOMERS = _customers(
    "customers",
    "customers",
    Words("customers", "klanten"),
    "Distinct customers, each at their first credited order in the campaign.",
)
REPEAT_BUYERS = _customers(
    "repeat_customers",
    "repeat_buyers",
    Words("customers who bought again", "klanten die opnieuw kochten"),
    "Distinct customers with a credited first order and a later paid order of any "
    "kind so far.",
)
MATURE = {days: _observed(days) for days in HORIZONS}
REPEAT_WITHIN = {days: _again_within(days) for days in HORIZONS}
KNOWN_BUYERS = _customers(
    "buyers_of_known_newness",
    "known_buyers",
    Words(
        "customers known to be new or not",
        "klanten van wie bekend is of ze nieuw zijn",
    ),
    "Distinct customers of credited orders that were not fully refunded, of whom it is "
    "known whether they had bought before.",
    at_first=False,
)
RETURNING_CUSTOMERS = _customers(
    "buyers_who_returned",
    "returning_customers",
    Words("returning customers", "terugkerende klanten"),
    "Those of them who are known to have bought before: with this it is at least their "
    "second paid order.",
    at_first=False,
)

ALL = (
    CUSTOMERS,
    REPEAT_BUYERS,
    *MATURE.values(),
    *REPEAT_WITHIN.values(),
    KNOWN_BUYERS,
    RETURNING_CUSTOMERS,
)
