"""Kinds of alerts, the states of one and the moves between them. Pure."""

import enum
from datetime import timedelta
from typing import Final


class AlertKind(enum.StrEnum):
    """What somebody should look at.

    off_track: a goal will probably be missed. drop: a KPI falls out of its band.
    code_leak: a code is where anybody can pick it up. negative_comments: suddenly many.
    delivery_failures: a webshop's messages cannot be read, or its API not be asked.
    no_exchange_rate: orders wait for one for more than a day.
    """

    OFF_TRACK = "off_track"
    DROP = "drop"
    CODE_LEAK = "code_leak"
    NEGATIVE_COMMENTS = "negative_comments"
    DELIVERY_FAILURES = "delivery_failures"
    NO_EXCHANGE_RATE = "no_exchange_rate"


class AlertStatus(enum.StrEnum):
    """Where an alert is: raised, somebody knows of it, done."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class AlertMove(enum.StrEnum):
    """What can happen to an alert; each is a line of its log.

    over: what it says was found to be no longer so.
    """

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    NOTED = "noted"
    OVER = "over"
    CLOSED = "closed"
    REOPENED = "reopened"


# From which states a move is possible, and the state it leads to; None: it stays.
MOVES: Final[dict[AlertMove, tuple[frozenset[AlertStatus], AlertStatus | None]]] = {
    AlertMove.ACKNOWLEDGED: (
        frozenset({AlertStatus.OPEN}),
        AlertStatus.ACKNOWLEDGED,
    ),
    AlertMove.ASSIGNED: (
        frozenset({AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED}),
        AlertStatus.ACKNOWLEDGED,
    ),
    AlertMove.NOTED: (frozenset(AlertStatus), None),
    AlertMove.CLOSED: (
        frozenset({AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED}),
        AlertStatus.CLOSED,
    ),
    AlertMove.REOPENED: (frozenset({AlertStatus.CLOSED}), AlertStatus.OPEN),
}

# For how long after one was closed the same is not raised again; None: never again,
# for its key names the one thing that was found (a flag).
COOL_DOWN: Final[dict[AlertKind, timedelta | None]] = {
    AlertKind.OFF_TRACK: timedelta(days=7),
    AlertKind.DROP: timedelta(days=3),
    AlertKind.CODE_LEAK: None,
    AlertKind.NEGATIVE_COMMENTS: timedelta(hours=6),
    AlertKind.DELIVERY_FAILURES: timedelta(hours=6),
    AlertKind.NO_EXCHANGE_RATE: timedelta(days=1),
}
