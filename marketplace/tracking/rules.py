"""Codes, links and clicks: states, reasons and wording. Pure."""

import enum
import re
import unicodedata
from collections.abc import Mapping
from typing import Final, Protocol
from urllib.parse import quote_plus, unquote_plus, urlencode, urlsplit, urlunsplit

import shortuuid

from marketplace.campaigns.links import UTM_NAMES as UTM_NAMES


class PromoCodeStatus(enum.StrEnum):
    """Whether a code still earns."""

    ACTIVE = "active"
    DISABLED = "disabled"


class ShopCodeStatus(enum.StrEnum):
    """Where a promo code stands in a shop that we keep codes in.

    failed: tried often enough; a person must look. It is tried again when asked to.
    """

    WANTED = "wanted"
    ACTIVE = "active"
    UNWANTED = "unwanted"
    DISABLED = "disabled"
    FAILED = "failed"


class SetAside(enum.StrEnum):
    """Why a click is not counted; a closed set, the first that applies."""

    FORGED = "forged"
    HEAD = "head"
    PREFETCH = "prefetch"
    PREVIEW = "preview"
    BOT = "bot"
    INTERNAL = "internal"
    ENDED = "ended"
    BUDGET = "budget"
    REPEAT = "repeat"


# Not a person: such a click neither counts nor wins an order.
NO_EVIDENCE = frozenset(
    {
        SetAside.FORGED,
        SetAside.HEAD,
        SetAside.PREFETCH,
        SetAside.PREVIEW,
        SetAside.BOT,
    }
)


class Contract(Protocol):
    """What an accepted application is to codes, links and pages."""

    @property
    def id(self) -> str:
        """Its own id."""

    @property
    def brand_id(self) -> str:
        """Whose campaign it is in."""

    @property
    def campaign_id(self) -> str:
        """Which campaign that is."""


class BeaconKind(enum.StrEnum):
    """What the script on a shop's pages reports."""

    VIEW = "view"
    ENGAGED = "engaged"
    LEAD = "lead"


class VisitSource(enum.StrEnum):
    """How a visit came about, as far as is known; the first that applies."""

    CLICK = "click"
    UTM = "utm"
    IN_APP = "in_app"
    REFERRER = "referrer"
    DIRECT = "direct"


class Dimension(enum.StrEnum):
    """What roll-ups of clicks and visits are broken down by; `all`: not at all.

    `social`: "social" for a social platform. `visitor`: "new" or "returning", of
    visits with consent. `source`: of visits, as `VisitSource`. `audience`: of a campaign
    that says whom it is meant for, who is "in" that and of whom it is "known" whether
    they are; its cells do not add up to anything.
    """

    ALL = "all"
    PLATFORM = "platform"
    CHANNEL = "channel"
    SOCIAL = "social"
    COUNTRY = "country"
    DEVICE = "device"
    BROWSER = "browser"
    OS = "os"
    LANGUAGE = "language"
    REFERRER = "referrer"
    S1 = "s1"
    S2 = "s2"
    S3 = "s3"
    SOURCE = "source"
    VISITOR = "visitor"
    AUDIENCE = "audience"


def normalise_code(code: str) -> str:
    """The form in which two spellings of one code are equal (NFKC, case-folded)."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


LONGEST_CODE: Final = 64
# Capitals and digits nobody mistakes for one another when heard or read.
_READABLE: Final = shortuuid.ShortUUID(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
_CODE = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")


def readable_handle(handle: str) -> str:
    """A handle as capitals and digits, at most 12; empty where it does not serve."""
    plain = unicodedata.normalize("NFKD", handle)
    letters = re.sub(r"[^A-Za-z0-9]", "", plain.encode("ascii", "ignore").decode())
    return letters.upper()[:12]


def random_letters(length: int) -> str:
    """Random capitals and digits without look-alikes."""
    return str(_READABLE.random(length))


def worded(pattern: str, *, handle: str, percent: str) -> str:
    """A promo code by a campaign's pattern; what a handle cannot give is random."""
    code = pattern.replace("{HANDLE}", readable_handle(handle) or random_letters(6))
    code = code.replace("{PERCENT}", percent)
    while "{RANDOM}" in code:
        code = code.replace("{RANDOM}", random_letters(6), 1)
    return code.strip("-_")[:40] or random_letters(8)


def alternatives(code: str) -> list[str]:
    """What to call a code instead, in order, where its wording is taken."""
    numbered = [f"{code}-{number}" for number in range(2, 10)]
    return [*numbered, f"{code}-{random_letters(4)}", f"{code}-{random_letters(8)}"]


def code_error(code: str) -> str:
    """What is wrong with a brand's own wording; empty if nothing is."""
    normalised = normalise_code(code)
    if not 3 <= len(code) <= LONGEST_CODE or len(normalised) > LONGEST_CODE:
        return f"must have 3 to {LONGEST_CODE} characters"
    if not _CODE.fullmatch(normalised):
        return "must be letters and digits, with - _ . only between them"
    return ""


CLICK_PARAMETER: Final = "mkt_click"
# Where the click id goes in an address that does not just have it as a parameter.
# Nothing anybody chose contains it: braces are percent-encoded there.
CLICK_PLACEHOLDER: Final = "{click}"
LONGEST_TARGET: Final = 4000


def slug_of(title: str) -> str:
    """A title as one word for addresses: ``Zomer & zon!`` → ``zomer-zon``."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return re.sub(r"[\W_]+", "-", text)[:80].strip("-")


def with_utm(url: str, utm: Mapping[str, str]) -> str:
    """The address with these UTM parameters instead of any it had.

    The rest of its query and its fragment stay byte for byte; a click id somebody
    left in it goes. ValueError if the outcome is too long.
    """
    parts = urlsplit(url)
    replaced = {*UTM_NAMES, CLICK_PARAMETER}
    kept = [
        piece
        for piece in parts.query.split("&")
        if piece and unquote_plus(piece.partition("=")[0]).lower() not in replaced
    ]
    added = urlencode(
        {n: utm[n] for n in UTM_NAMES if utm.get(n)}, quote_via=quote_plus
    )
    query = "&".join([*kept, *([added] if added else [])])
    target = urlunsplit(parts._replace(path=parts.path or "/", query=query))
    if len(target) > LONGEST_TARGET:
        raise ValueError("is too long with its UTM parameters")
    return target
