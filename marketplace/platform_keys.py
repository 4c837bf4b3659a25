"""How this instance is known to social platforms: read from the environment.

A platform needs both id and secret of an app that was registered with it; without, its
channels are not asked anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

PLATFORMS = ("instagram", "tiktok", "youtube", "linkedin")
TIKTOK_APIS = ("display", "business")


@dataclass(frozen=True, slots=True)
class PlatformKeys:
    """Of one platform. `api_base`: stands in for its hosts; empty for its own.

    `variant`: which of several APIs; empty where there is one.
    """

    client_id: str
    client_secret: str = field(repr=False)
    api_base: str = ""
    variant: str = ""


def platform_keys(env: Mapping[str, str]) -> dict[str, PlatformKeys]:
    """Platform → its keys, of those that are set up; ValueError for nonsense."""
    found = {}
    for platform in PLATFORMS:
        prefix = platform.upper()
        client_id = _word(env, f"{prefix}_CLIENT_ID")
        secret = _word(env, f"{prefix}_CLIENT_SECRET")
        base = _base(env, f"{prefix}_API_BASE")
        if bool(client_id) != bool(secret):
            raise ValueError(f"{prefix}_CLIENT_ID and _CLIENT_SECRET go together")
        variant = _variant(env) if platform == "tiktok" else ""
        if client_id:
            found[platform] = PlatformKeys(client_id, secret, base, variant)
    return found


def _word(env: Mapping[str, str], name: str) -> str:
    text = env.get(name, "").strip()
    if text and not (text.isascii() and text.isprintable() and " " not in text):
        raise ValueError(f"{name} must be printable characters without blanks")
    return text


def _base(env: Mapping[str, str], name: str) -> str:
    text = env.get(name, "").strip().rstrip("/")
    parts = urlsplit(text)
    if text and not (parts.scheme in ("http", "https") and parts.netloc):
        raise ValueError(f"{name} must be an http(s) address, not {text!r}")
    if parts.query or parts.fragment:
        raise ValueError(f"{name} must have no query or fragment")
    return text


def _variant(env: Mapping[str, str]) -> str:
    text = env.get("TIKTOK_API", "").strip() or TIKTOK_APIS[0]
    if text not in TIKTOK_APIS:
        raise ValueError(f"TIKTOK_API must be one of {', '.join(TIKTOK_APIS)}")
    return text
