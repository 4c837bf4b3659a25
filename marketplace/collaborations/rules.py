"""Statuses of an application and the moves between them. Pure."""

import enum
from typing import Final


class ApplicationStatus(enum.StrEnum):
    """Where an application is; accepted, it is the contract."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class RejectReason(enum.StrEnum):
    """Why a brand declines."""

    NEEDS_MORE_DETAIL = "needs_more_detail"
    REQUIREMENTS_NOT_MET = "requirements_not_met"
    NOT_THE_RIGHT_FIT = "not_the_right_fit"
    OTHER = "other"


MOVES: Final[dict[str, tuple[frozenset[ApplicationStatus], ApplicationStatus]]] = {
    "accept": (frozenset({ApplicationStatus.PENDING}), ApplicationStatus.ACCEPTED),
    "reject": (frozenset({ApplicationStatus.PENDING}), ApplicationStatus.REJECTED),
    "withdraw": (frozenset({ApplicationStatus.PENDING}), ApplicationStatus.WITHDRAWN),
    "end": (frozenset({ApplicationStatus.ACCEPTED}), ApplicationStatus.ENDED),
}
