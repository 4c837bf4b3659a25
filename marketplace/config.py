"""Settings: read once from the environment; nonsense stops the start."""

import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from marketplace.keys import Keyring
from marketplace.platform_keys import PlatformKeys, platform_keys

STRIPE = "https://api.stripe.com"
ECB = "https://www.ecb.europa.eu/stats/eurofxref"


class BadSetting(Exception):
    """A setting that makes no sense; says which and why."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What this process was told. `instance`: the folder with database and spool.

    `click_retention_days`: how long single clicks, views and beacons are kept (their
    roll-ups stay). `webhook_body_days`: how long what shops sent is, word for word.
    `metrics_token`: who may read /metrics from elsewhere; empty: nobody.
    `dns_server`: whom to ask about tracking domains; empty for the system's own.
    `outbound_networks`: not public, but may be asked all the same (a shop next door).
    `exchange_rates_url`: where the ECB's files are; empty where they are not fetched.
    `stripe_api_key`: empty where payouts are not sent through Stripe.
    `single_brand`: the brand whose payouts come out of this instance's own balance; no
    other is paid for through Stripe then.
    `funding_fee_bps`: what brands pay on top of what is collected for payouts.
    `payout_minimum`: of a currency with two decimals; what is less waits for more.
    `platforms`: those whose APIs are asked, with how we are known there.
    `smtp_url`: who takes e-mail; empty where none is sent. `mail_from`: from whom it is.
    """

    instance: Path
    database_url: str = field(repr=False)
    secret_key: bytes = field(repr=False)
    public_url: str
    tracking_url: str
    node_id: str
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    trusted_country_header: str
    redis_url: str
    click_retention_days: int
    webhook_body_days: int
    metrics_token: str = field(repr=False)
    dns_server: str
    outbound_networks: tuple[IPv4Network | IPv6Network, ...]
    exchange_rates_url: str
    stripe_api_key: str = field(repr=False)
    stripe_api_base: str
    stripe_connect_secrets: tuple[str, ...] = field(repr=False)
    single_brand: str
    funding_fee_bps: int
    payout_minimum: int
    smtp_url: str = field(repr=False)
    mail_from: str
    platforms: Mapping[str, PlatformKeys]

    @property
    def keyring(self) -> Keyring:
        """The instance's keys."""
        return _keyring(self.secret_key)

    @property
    def spool(self) -> Path:
        """Where clicks in flight are."""
        return self.instance / "spool"

    @property
    def mail_domain(self) -> str:
        """Where its mail is from."""
        return parseaddr(self.mail_from)[1].rpartition("@")[2]

    def pays_by_stripe(self, brand_id: str) -> bool:
        """Whether Stripe is there for that brand. Stripe has one balance for all: where
        one brand pays out of it, what others had paid in would be spent.
        """
        return bool(self.stripe_api_key) and self.single_brand in ("", brand_id)

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read and check everything; BadSetting for the first that makes no sense."""
        env = os.environ if env is None else env
        instance = Path(env.get("INSTANCE") or "instance").resolve()
        try:
            instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BadSetting(f"INSTANCE: {error}") from error
        public = _http_url(env, "PUBLIC_URL", "http://127.0.0.1:8000")
        return cls(
            instance=instance,
            database_url=_database_url(env, instance),
            secret_key=_secret_key(env, instance),
            public_url=public,
            tracking_url=_http_url(env, "TRACKING_URL", public),
            node_id=_node_id(env),
            trusted_proxies=_networks(env, "TRUSTED_PROXIES"),
            trusted_country_header=env.get("TRUSTED_COUNTRY_HEADER", "").strip(),
            redis_url=_redis_url(env),
            click_retention_days=_whole(env, "CLICK_RETENTION_DAYS", 400, least=31),
            webhook_body_days=_whole(env, "WEBHOOK_BODY_DAYS", 30, least=1),
            metrics_token=_token(env, "METRICS_TOKEN"),
            dns_server=_dns_server(env),
            outbound_networks=_networks(env, "OUTBOUND_NETWORKS"),
            exchange_rates_url=_url_or_none(env, "EXCHANGE_RATES_URL", ECB),
            stripe_api_key=_secret(env, "STRIPE_API_KEY"),
            stripe_api_base=_http_url(env, "STRIPE_API_BASE", STRIPE),
            stripe_connect_secrets=_secrets(env, "STRIPE_CONNECT_WEBHOOK_SECRET"),
            single_brand=_brand(env, "SINGLE_BRAND"),
            funding_fee_bps=_whole(env, "FUNDING_FEE_BPS", 0, least=0),
            payout_minimum=_whole(env, "PAYOUT_MINIMUM", 100, least=1),
            smtp_url=_smtp_url(env, "SMTP_URL"),
            mail_from=_mail_from(env, "MAIL_FROM", public),
            platforms=_platforms(env),
        )


@lru_cache(maxsize=8)
def _keyring(secret_key: bytes) -> Keyring:
    """One for each secret: it remembers what it derived."""
    return Keyring(secret_key)


def _http_url(env: Mapping[str, str], name: str, default: str) -> str:
    url = env.get(name) or default
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadSetting(f"{name} must be an http(s) address, not {url!r}")
    if parts.query or parts.fragment:
        raise BadSetting(f"{name} must have no query or fragment")
    return url.rstrip("/")


def _url_or_none(env: Mapping[str, str], name: str, default: str) -> str:
    """As that, but set to nothing it is off."""
    return _http_url(env, name, default) if env.get(name, default) else ""


def _database_url(env: Mapping[str, str], instance: Path) -> str:
    url = env.get("DATABASE_URL") or f"sqlite:///{instance / 'marketplace.db'}"
    scheme, separator, rest = url.partition("://")
    if scheme in ("postgres", "postgresql"):
        scheme = "postgresql+psycopg"
    if not separator or scheme not in ("sqlite", "postgresql+psycopg"):
        raise BadSetting("DATABASE_URL must begin with sqlite:// or postgresql://")
    if scheme == "sqlite" and rest in ("", "/", "/:memory:"):
        raise BadSetting(
            "DATABASE_URL: SQLite needs a file; several processes share it"
        )
    return f"{scheme}://{rest}"


def _whole(env: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = env.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or not least <= int(text) <= 100_000:
        raise BadSetting(f"{name} must be a whole number, {least} or more")
    return int(text)


def _secret(env: Mapping[str, str], name: str) -> str:
    """Of a vendor's making: what can stand in a header."""
    text = env.get(name, "").strip()
    if text and not (8 <= len(text) <= 500 and text.isascii() and _is_one_word(text)):
        raise BadSetting(f"{name} must have 8 to 500 printable characters, no blanks")
    return text


def _is_one_word(text: str) -> bool:
    return text.isprintable() and " " not in text


def _secrets(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Several that hold at once, with commas or blanks between."""
    words = env.get(name, "").replace(",", " ").split()
    return tuple(_secret({name: word}, name) for word in words)


def _brand(env: Mapping[str, str], name: str) -> str:
    text = env.get(name, "").strip()
    if text and not (text.startswith("brd_") and text[4:].isalnum() and text.isascii()):
        raise BadSetting(f"{name} must be a brand's id, brd_…")
    return text


def _token(env: Mapping[str, str], name: str) -> str:
    token = env.get(name, "")
    if token and (len(token) < 16 or not token.isascii() or not token.isprintable()):
        raise BadSetting(f"{name} must have at least 16 printable characters")
    return token


def _dns_server(env: Mapping[str, str]) -> str:
    server = env.get("DNS_SERVER", "")
    host, _, port = (
        server.rpartition(":") if server.count(":") == 1 else (server, "", "")
    )
    if server and not (port == "" or port.isdigit()):
        raise BadSetting("DNS_SERVER must be an address, with :port if it is not 53")
    if server:
        try:
            ip_address(host)
        except ValueError as error:
            raise BadSetting(f"DNS_SERVER: {error}") from error
    return server


def _smtp_url(env: Mapping[str, str], name: str) -> str:
    url = env.get(name, "").strip()
    parts = urlsplit(url)
    if url and not (parts.scheme in ("smtp", "smtps") and parts.hostname):
        raise BadSetting(f"{name} must be smtp://[user:password@]host[:port] or smtps")
    return url


def _mail_from(env: Mapping[str, str], name: str, public_url: str) -> str:
    text = env.get(name) or f"marketplace@{urlsplit(public_url).hostname}"
    if "@" not in parseaddr(text)[1] or not text.isprintable():
        raise BadSetting(
            f"{name} must be an address such as Name <reports@shop.example>"
        )
    return text


def _platforms(env: Mapping[str, str]) -> Mapping[str, PlatformKeys]:
    try:
        return platform_keys(env)
    except ValueError as error:
        raise BadSetting(str(error)) from error


def _redis_url(env: Mapping[str, str]) -> str:
    url = env.get("REDIS_URL", "")
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise BadSetting("REDIS_URL must begin with redis://, rediss:// or unix://")
    return url


def _networks(
    env: Mapping[str, str], name: str
) -> tuple[IPv4Network | IPv6Network, ...]:
    found = []
    for text in env.get(name, "").replace(",", " ").split():
        try:
            found.append(ip_network(text))
        except ValueError as error:
            raise BadSetting(f"{name}: {error}") from error
    return tuple(found)


def _node_id(env: Mapping[str, str]) -> str:
    node = env.get("NODE_ID") or socket.gethostname() or "node"
    kept = "".join(
        c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in node
    )
    if not 1 <= len(kept) <= 64:
        raise BadSetting("NODE_ID must have 1 to 64 characters")
    return kept


def _secret_key(env: Mapping[str, str], instance: Path) -> bytes:
    """From SECRET_KEY, else from a file that is made once (and only once)."""
    if given := env.get("SECRET_KEY"):
        if len(given.encode()) < 32:
            raise BadSetting("SECRET_KEY must have at least 32 bytes")
        return given.encode()
    path = instance / "secret.key"
    try:
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        if not path.exists():
            fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(fd, "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(fresh, path)  # two processes at once: the first one wins
            except FileExistsError:
                pass
            finally:
                fresh.unlink()
        key = path.read_text().strip().encode()
    except OSError as error:
        raise BadSetting(f"SECRET_KEY: {error}") from error
    if len(key) < 32:
        raise BadSetting(f"{path} is damaged: it must hold at least 32 bytes")
    return key
