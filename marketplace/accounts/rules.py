"""Who may do what: roles of members, scopes of tokens, platforms of channels."""

import enum
import re
import unicodedata


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


ALL_SCOPES = tuple(Scope)
ROLE_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.OWNER: frozenset(Scope),
    Role.MANAGER: frozenset({Scope.READ, Scope.WRITE}),
    Role.VIEWER: frozenset({Scope.READ}),
}


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


_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}\.[^@\s.\x00-\x1f]{2,}")


def normalise_email(email: str) -> str:
    """The form in which two spellings of one address are equal; ValueError if none."""
    text = unicodedata.normalize("NFKC", email).strip().casefold()
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{email[:80]!r} is not an e-mail address")
    return text


# The time zone a brand's days are counted in unless it says otherwise.
TIMEZONES = {
    "NL": "Europe/Amsterdam",
    "BE": "Europe/Brussels",
    "DE": "Europe/Berlin",
    "AT": "Europe/Vienna",
    "CH": "Europe/Zurich",
    "FR": "Europe/Paris",
    "LU": "Europe/Luxembourg",
    "ES": "Europe/Madrid",
    "PT": "Europe/Lisbon",
    "IT": "Europe/Rome",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "DK": "Europe/Copenhagen",
    "SE": "Europe/Stockholm",
    "NO": "Europe/Oslo",
    "FI": "Europe/Helsinki",
    "PL": "Europe/Warsaw",
    "CZ": "Europe/Prague",
    "US": "America/New_York",
    "CA": "America/Toronto",
    "AU": "Australia/Sydney",
    "JP": "Asia/Tokyo",
}


def default_timezone(country: str) -> str:
    """A country's zone, or UTC where it is not known or there are several."""
    return TIMEZONES.get(country.upper(), "UTC")
