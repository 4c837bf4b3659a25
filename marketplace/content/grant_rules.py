"""What a grant can be, and what is refused about it. Pure."""

import enum

from marketplace.errors import Conflict, Invalid, NotFound


class GrantState(enum.StrEnum):
    """How it stands with a grant; only an active one is used.

    expired: it ended, and could not be renewed without the person. refused: the
    platform took it back, or no longer accepts it. revoked: its owner did.
    """

    ACTIVE = "active"
    EXPIRED = "expired"
    REFUSED = "refused"
    REVOKED = "revoked"


class DeletionReason(enum.StrEnum):
    """Why figures a platform told were deleted: what became of the grant they came by, or
    that they could not be had anew in the time its terms leave.
    """

    EXPIRED = "expired"
    REFUSED = "refused"
    REVOKED = "revoked"
    NOT_REFRESHED = "not_refreshed"


class GrantNotFound(NotFound):
    """There is no such grant, or it is somebody else's."""


class PlatformNotAsked(Conflict):
    """Channels on this platform are not asked anything: their owners enter figures."""


class PlatformNotSetUp(Conflict):
    """This instance is not known to that platform: its settings are missing."""


class AnotherAccount(Conflict):
    """Whoever consented is not the account the channel says it is."""


class ConsentNotValid(Invalid):
    """What came back from the platform is no answer to a question of ours."""
