"""What a platform's API is asked for, what comes back, and what can go wrong.

One file per platform beside this one; none of them touches the database, and jobs call
them outside of any transaction.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from marketplace.content.platforms.door import Door, Trouble
from marketplace.content.platforms.pace import Pace
from marketplace.content.readings import ChannelReading, CommentReading, PostReading
from marketplace.content.rules import PostFormat
from marketplace.content.shapes.days import ChannelDay


class Owner(enum.StrEnum):
    """Whose channel it is: LinkedIn asks people and pages in different ways."""

    INFLUENCER = "influencer"
    BRAND = "brand"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a platform lets us in with. `refresh`: for a further one; empty for none.

    `account_id`: whose they are, where that is said with them. `expires_at`,
    `refresh_until`: when they end; null for never, or never said.
    """

    access: str = field(repr=False)
    expires_at: datetime | None = None
    refresh: str = field(default="", repr=False)
    refresh_until: datetime | None = None
    scopes: tuple[str, ...] = ()
    account_id: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Who let us in. `handle`: empty where the platform does not say."""

    id: str
    handle: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post whose figures are wanted. `platform_id`: what its API calls it, if known.

    `in_detail`: also what changes once a day and takes questions of its own.
    """

    post_id: str
    platform_id: str | None
    url: str | None
    format: PostFormat
    published_at: datetime
    in_detail: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What a platform said of one post. `is_gone`: that there is no such post.

    `failure`: why it was not read, where the fault is this post's alone.
    """

    readings: tuple[PostReading, ...] = ()
    platform_id: str | None = None
    is_gone: bool = False
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ToldOfChannel:
    """What a platform said of the account itself. `days`: counts of single days."""

    readings: tuple[ChannelReading, ...] = ()
    days: tuple[ChannelDay, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Some comments; `cursor` asks for the next, null at the end."""

    comments: tuple[CommentReading, ...]
    cursor: str | None = None


class PlatformApi(Protocol):
    """What a platform's file has (a module, or an object where there are two ways)."""

    # Hosts by what they are for: "page" (where people consent), "token", "api", …
    HOSTS: Mapping[str, str]
    PAGE_PATH: str
    SCOPES: Sequence[str]
    SCOPES_BY: str
    PACE: Pace
    RENEW_BEFORE: timedelta  # how long before its end a token is renewed
    POSTS_AT_ONCE: int
    HAS_COMMENTS: bool
    HAS_PKCE: bool

    def consent_query(self, client_id: str) -> dict[str, str]:
        """The app's name at the page of consent, and what OAuth does not have."""

    def headers(self, access: str) -> dict[str, str]:
        """How a token is shown."""

    def judge(self, status: int, said: Any) -> Trouble | None:
        """What an answer means; null if it can be used."""

    def exchange(self, door: Door, code: str, verifier: str, now: datetime) -> Tokens:
        """Tokens for the code a person came back with."""

    def refresh(self, door: Door, tokens: Tokens, now: datetime) -> Tokens | None:
        """Further tokens; null where none are to be had without the person."""

    def revoke(self, door: Door, tokens: Tokens) -> None:
        """Tell the platform that they are no longer wanted."""

    def account(self, door: Door, tokens: Tokens, handle: str) -> Account:
        """Whose tokens these are; `handle`: of the channel they should be for."""

    def platform_id(self, external_id: str | None, url: str | None) -> str | None:
        """What the API calls a post, where that can be read from what is known."""

    def read_channel(
        self, door: Door, account: Account, now: datetime
    ) -> ToldOfChannel:
        """The account's own figures."""

    def read_posts(
        self, door: Door, account: Account, wanted: Sequence[Wanted], now: datetime
    ) -> dict[str, Told]:
        """Post id → what is said of it; at most POSTS_AT_ONCE."""

    def read_comments(
        self, door: Door, account: Account, platform_id: str, cursor: str | None
    ) -> CommentPage:
        """A page of comments, newest first where the platform can."""
