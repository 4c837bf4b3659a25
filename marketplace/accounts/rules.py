"""Who may do what: roles of members, scopes of tokens, platforms of channels."""

import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from marketplace.errors import Forbidden, NotFound


class Role(enum.StrEnum):
    """What a user is in one brand."""

    OWNER = "owner"
    MANAGER = "manager"
    VIEWER = "viewer"


class Scope(enum.StrEnum):
    """What a token may be used for."""

    READ = "read"
    WRITE = "write"
    MONEY = "money"
    TOKENS = "tokens"


ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.OWNER: frozenset(Scope),
    Role.MANAGER: frozenset({Scope.READ, Scope.WRITE}),
    Role.VIEWER: frozenset({Scope.READ}),
}


class ScopeMissing(Forbidden):
    """The token was not issued for this."""


class RoleTooLow(Forbidden):
    """The user's role in the brand does not reach this."""


class NotAnAdmin(Forbidden):
    """Only an admin of this instance may do this."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a user by a token (null: not by one), with all that user is.

    One login may be a member of brands and an influencer as well.
    """

    user_id: str
    token_id: str | None
    scopes: frozenset[Scope]
    memberships: Mapping[str, Role]
    influencer_id: str | None
    is_admin: bool = False

    @property
    def brand_ids(self) -> list[str]:
        """The brands it may at least read."""
        return sorted(self.memberships)

    def require(self, scope: Scope) -> None:
        """ScopeMissing unless the token was issued for it."""
        if scope not in self.scopes:
            raise ScopeMissing(f"The token lacks the scope {scope.value!r}.")

    def require_admin(self) -> None:
        """NotAnAdmin unless the user is one of this instance's."""
        if not self.is_admin:
            raise NotAnAdmin("Only an admin of this instance may do this.")

    def require_brand(self, brand_id: str, scope: Scope) -> None:
        """NotFound for a stranger to the brand, RoleTooLow for too low a role."""
        role = self.memberships.get(brand_id)
        if role is None:
            raise NotFound("There is no such thing, or it is not yours.")
        self.require(scope)
        if scope not in ROLE_SCOPES[role]:
            raise RoleTooLow(f"A {role.value} of the brand may not do this.")


class Platform(enum.StrEnum):
    """Where an influencer's channel is (not the webshop's software)."""

    INSTAGRAM = "instagram"
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"
    LINKEDIN = "linkedin"
    FACEBOOK = "facebook"
    PINTEREST = "pinterest"
    SNAPCHAT = "snapchat"
    TWITCH = "twitch"
    X = "x"
    BLOG = "blog"
    PODCAST = "podcast"
    NEWSLETTER = "newsletter"
    OTHER = "other"


_EMAIL = re.compile(
    r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}\.[^@\s.\x00-\x1f]{2,}"
)


def normalise_email(email: str) -> str:
    """The form in which two spellings of one address are equal; ValueError if none."""
    text = unicodedata.normalize("NFKC", email).strip().casefold()
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{email[:80]!r} is not an e-mail address")
    return text


# One mailbox of Google's has both domains.
_GOOGLE = ("gmail.com", "googlemail.com")


def mailbox_of(email: str) -> str:
    """Where mail to an address ends up: without ``+tag``, and at Google without dots.

    Equal for all addresses somebody makes up for one mailbox; ValueError if it is none.
    """
    local, _, domain = normalise_email(email).rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _GOOGLE:
        local, domain = local.replace(".", "") or local, _GOOGLE[0]
    return f"{local}@{domain}"


# Where the tz database lists another zone first than the one most people live in.
_MOST_PEOPLE = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
}


def default_timezone(country: str) -> str:
    """The zone most people of a country live in, or UTC where none is known."""
    return _zones().get(country.upper(), "UTC")


@lru_cache(1)
def _zones() -> dict[str, str]:
    zones: dict[str, str] = {}
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            zones.setdefault(country, zone)
    return zones | _MOST_PEOPLE
