"""Codes, links and clicks: states, reasons and wording. Pure."""

import enum
import re
import unicodedata


class PromoCodeStatus(enum.StrEnum):
    """Whether a code still earns."""

    ACTIVE = "active"
    DISABLED = "disabled"


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


def normalise_code(code: str) -> str:
    """The form in which two spellings of one code are equal: NFKC, trimmed, case-folded."""
    return unicodedata.normalize("NFKC", code).strip().casefold()


def readable_handle(handle: str) -> str:
    """A handle as capitals and digits, at most 12; empty where it does not serve."""
    plain = unicodedata.normalize("NFKD", handle)
    letters = re.sub(r"[^A-Za-z0-9]", "", plain.encode("ascii", "ignore").decode())
    return letters.upper()[:12]
